// Strict JSON: what is read, what is refused and where, what is written.
#include "striate/io/fields.hpp"
#include "striate/io/json.hpp"

#include "expect.hpp"
#include "io/parsed.hpp"

#include <cmath>
#include <limits>
#include <string>
#include <vector>

using namespace striate;
using namespace striate::tests;
using io::Json;

namespace {

std::string repeated(const std::string& part, int times) {
  std::string text;
  for (int i = 0; i < times; ++i) text += part;
  return text;
}

}  // namespace

TEST_CASE("json: values of every kind") {
  CHECK(parsed("null").is(Json::Kind::null));
  CHECK(parsed(" \t\r\n true ").boolean());
  CHECK_FALSE(parsed("false").boolean());
  CHECK(parsed("-12.5e1").number() == -125.0);
  CHECK(parsed("0").number() == 0.0);
  CHECK(std::signbit(parsed("-0").number()));
  CHECK(parsed("1E+2").number() == 100.0);
  CHECK(parsed("9007199254740993").number() == 9007199254740992.0);
  CHECK(parsed("0.1").number() == 0.1);
  CHECK(parsed("5e-324").number() == 5e-324);
  CHECK(parsed("1.7976931348623157e308").number() == std::numeric_limits<double>::max());
  CHECK(parsed("1e-400").number() == 0.0);
  CHECK(parsed(R"("a\"\\\/\b\f\n\r\tz")").string() == "a\"\\/\b\f\n\r\tz");
  CHECK(parsed(R"("\u0041\u00e9\u20ac\ud83d\ude00")").string() == "Aé€😀");
  CHECK(parsed("\"é€😀\"").string() == "é€😀");
  CHECK(parsed(R"("\u0000x")").string() == std::string("\0x", 2));
  CHECK(parsed("[]").items().empty());
  CHECK(parsed("[1, [2], {}]").items().size() == 3);
  const Json object = parsed(R"({"b": 1, "a": {"c": [true]}})");
  CHECK(object.members()[0].first == "b");
  CHECK(object.find("a")->find("c")->items()[0].boolean());
  CHECK(object.find("z") == nullptr);
  CHECK(parsed("1").find("z") == nullptr);
}

TEST_CASE("json: what is not strict JSON is refused") {
  const std::vector<std::string> refused = {"",
                                            " ",
                                            "nul",
                                            "nulll",
                                            "True",
                                            "tru",
                                            "falsey",
                                            "undefined",
                                            "NaN",
                                            "Infinity",
                                            "-Infinity",
                                            "-",
                                            "+1",
                                            ".5",
                                            "1.",
                                            "01",
                                            "-01",
                                            "1e",
                                            "1e+",
                                            "1.e3",
                                            "0x10",
                                            "1_000",
                                            "1e999",
                                            "-1e999",
                                            "--1",
                                            "1 2",
                                            "{} {}",
                                            "[1,]",
                                            "[,1]",
                                            "[1 2]",
                                            "[1",
                                            "]",
                                            "[1}",
                                            "{",
                                            "{\"a\"}",
                                            "{\"a\":}",
                                            "{\"a\":1,}",
                                            "{,}",
                                            "{a:1}",
                                            "{'a':1}",
                                            "{\"a\":1 \"b\":2}",
                                            "{\"a\":1,\"a\":2}",
                                            "{\"a\":1,\"b\":2,\"\\u0061\":3}",
                                            "{1:2}",
                                            "'a'",
                                            "\"",
                                            "\"abc",
                                            "\"\\\"",
                                            "\"\\x41\"",
                                            "\"\\u12\"",
                                            "\"\\u12g4\"",
                                            "\"\\ud800\"",
                                            "\"\\ud800x\"",
                                            "\"\\ud800\\u0041\"",
                                            "\"\\udc00\"",
                                            "\"a\nb\"",
                                            "\"a\tb\"",
                                            std::string("\"a\0b\"", 5),
                                            std::string("1\0", 2),
                                            "// c\n1",
                                            "/* c */ 1",
                                            "1 // c",
                                            "# c\n1",
                                            "\xEF\xBB\xBF{}",
                                            "\"\x80\"",
                                            "\"\xC0\x80\"",
                                            "\"\xC3\"",
                                            "\"\xC3(\"",
                                            "\"\xE0\x80\x80\"",
                                            "\"\xED\xA0\x80\"",
                                            "\"\xF0\x80\x80\x80\"",
                                            "\"\xF4\x90\x80\x80\"",
                                            "\"\xFF\"",
                                            "\"\xE2\x82",
                                            "[\"a\",]",
                                            "{\"a\":[}",
                                            "\v1",
                                            "\xC2\xA0"
                                            "1",
                                            repeated("1", 129),
                                            repeated("[", 66) + repeated("]", 66),
                                            repeated("{\"a\":", 66) + "1" + repeated("}", 66),
                                            repeated("[", 100'000)};
  CHECK(refused.size() >= 40);
  for (const std::string& text : refused) {
    CAPTURE(text.substr(0, 80));
    CHECK_ERROR(io::parse_json(text, "test"), invalid_json, "test, line ");
  }
}

TEST_CASE("json: nesting up to the limit is read") {
  CHECK(parsed(repeated("[", 64) + repeated("]", 64)).is(Json::Kind::array));
}

TEST_CASE("json: errors name the text, the line and the column") {
  CHECK_ERROR(io::parse_json("{\n  \"a\": tru\n}", "network file"), invalid_json, "network file, line 2, column 8");
  CHECK_ERROR(io::parse_json("{\"a\":1,\"a\":2}", "options"), invalid_json, "\"a\" appears twice");
  CHECK_ERROR(io::parse_json("[1] x", "options"), invalid_json, "column 5: something follows");
}

TEST_CASE("json: many keys cost n log n") {
  std::string text = "{";
  for (int i = 0; i < 60'000; ++i) text += "\"" + std::to_string(i) + "\":0,";
  CHECK(parsed(text + "\"x\":0}").members().size() == 60'001);
  CHECK_ERROR(io::parse_json(text + "\"7\":0}", "test"), invalid_json, "appears twice");
}

TEST_CASE("json: what is written reads back the same") {
  Json list = Json::array();
  list.push(true);
  list.push(Json());
  list.push("x\n\"\x01é");
  const Json object = Json::object({{"a", 1}, {"b", std::move(list)}, {"c", 0.1}});
  CHECK(Json::array(1, 2.5, -3).text() == "[1,2.5,-3]");
  CHECK(Json::array().text() == "[]");
  CHECK(object.text() == "{\"a\":1,\"b\":[true,null,\"x\\n\\\"\\u0001é\"],\"c\":0.1}");
  CHECK(parsed(object.text()).text() == object.text());
}

TEST_CASE("json: numbers are short and exact") {
  CHECK(io::json_number(0) == "0");
  CHECK(io::json_number(-0.0) == "-0");
  CHECK(io::json_number(-17) == "-17");
  CHECK(io::json_number(9007199254740992.0) == "9007199254740992");
  CHECK(io::json_number(0.001) == "0.001");
  CHECK(io::json_number(1.0 / 3) == "0.3333333333333333");
  CHECK(io::json_number(std::nan("")) == "null");
  CHECK(io::json_number(std::numeric_limits<double>::infinity()) == "null");
  for (const double value : {1e300, 5e-324, 0.1 + 0.2, 2.2250738585072014e-308, 1e21, -1.7976931348623157e308,
                             123456789.123456789, static_cast<double>(0.1f)}) {
    CHECK(parsed(io::json_number(value)).number() == value);
  }
}

TEST_CASE("fields: types, ranges, defaults, and no unknown members") {
  const Json json =
      parsed(R"({"rate": 0.5, "count": 3, "on": true, "name": "x", "half": 1.5, "list": [], "nothing": null})");
  io::Fields fields(json, "thing");
  CHECK(value_of(fields.number("rate", 1)) == 0.5);
  CHECK(value_of(fields.number("absent", 7)) == 7);
  CHECK(value_of(fields.integer("count", 0, 0, 5)) == 3);
  CHECK(value_of(fields.boolean("on", false)));
  CHECK(value_of(fields.string("name", "")) == "x");
  CHECK(value_of(fields.string("other", "y")) == "y");
  CHECK_ERROR(fields.integer("half", 0, 0, 5), invalid_argument, "thing.half is 1.5, not a whole number 0…5");
  CHECK_ERROR(fields.integer("count", 0, 0, 2), invalid_argument, "thing.count is 3, not a whole number 0…2");
  CHECK_ERROR(fields.number("rate", 0, {0, 0.25}), invalid_argument, "0…0.25");
  CHECK_ERROR(fields.number("rate", 0, {1}), invalid_argument, "a number from 1");
  CHECK_ERROR(fields.number("name", 0), invalid_argument, "thing.name is \"x\", not a number");
  CHECK_ERROR(fields.boolean("count", false), invalid_argument, "true or false");
  CHECK_ERROR(fields.string("on", ""), invalid_argument, "not text");
  CHECK_ERROR(fields.number("nothing", 0), invalid_argument, "thing.nothing is null");
  CHECK_ERROR(fields.require("missing"), invalid_argument, "thing has no 'missing'");
  succeed(fields.require("rate"));
  CHECK_ERROR(fields.finish(), invalid_argument, "thing has no option 'list'");
  CHECK(fields.get("list") != nullptr);
  succeed(fields.finish());
}

TEST_CASE("fields: what is no object is refused at the first question") {
  for (const char* text : {"[]", "1", "null", "\"x\""}) {
    const Json json = parsed(text);
    io::Fields fields(json, "options");
    CHECK_ERROR(fields.number("a", 0), invalid_argument, "not an object");
    CHECK_ERROR(fields.finish(), invalid_argument, "not an object");
  }
}
