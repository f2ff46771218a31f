// The bench: which rows words choose, the floating-point operations of an image, and the shape of a row.
#include "striate/session/bench.hpp"

#include "striate/session/engine_info.hpp"

#include "expect.hpp"

#include <string>
#include <vector>

using namespace striate;
using namespace striate::tests;
using session::BenchMode;
using session::BenchRequest;

namespace {

std::vector<BenchRequest> rows(const std::vector<std::string>& words) { return value_of(session::bench_rows(words)); }

}  // namespace

TEST_CASE("bench: words choose rows") {
  CHECK(rows({}).size() >= 6);
  const auto one = rows({"lenet", "train", "b32", "t1", "native"});
  REQUIRE(one.size() == 1);
  CHECK(one[0].mode == BenchMode::train);
  CHECK(one[0].batch == 32);
  CHECK(rows({"infer", "b7"})[0].batch == 7);
  CHECK(rows({"train"}).size() == 3);
  for (const char* word : {"frain", "b0", "b", "bx", "t2", "b1x"}) {
    CAPTURE(std::string(word));
    CHECK_ERROR(session::bench_rows(std::vector<std::string>{word}), not_found, word);
  }
}

TEST_CASE("bench: a row has the operations of the network and every member") {
  for (const BenchMode mode : {BenchMode::train, BenchMode::infer}) {
    BenchRequest request;
    request.mode = mode;
    request.batch = 4;
    request.repetitions = 3;
    request.warm_up_ms = request.repetition_ms = 1;
    const auto row = value_of(session::run_bench(request));
    CHECK(row.flop_per_image == (mode == BenchMode::train ? 2'263'920.0 : 833'040.0));
    CHECK(row.images_per_s.size() == 3);
    CHECK(row.images_per_s[0] <= row.median());
    CHECK(row.median() <= row.images_per_s[2]);
    CHECK(row.peak_gflops > 0);
    const io::Json json = session::bench_row_to_json(row, "native");
    CHECK(json.find("mode")->string() == (mode == BenchMode::train ? "train" : "infer"));
    for (const char* key : {"workload", "batch", "threads", "runtime", "build", "images_per_s_median",
                            "images_per_s_min", "images_per_s_max", "gflops", "share_of_peak"}) {
      CAPTURE(std::string(key));
      CHECK(json.find(key) != nullptr);
    }
  }
  BenchRequest unknown;
  unknown.workload = "nobody";
  CHECK_ERROR(session::run_bench(unknown), not_found, "nobody");
}

TEST_CASE("engine info names the build, and the peak counts operations") {
  const io::Json info = session::engine_info();
  CHECK_FALSE(info.find("build")->string().empty());
  CHECK(info.find("width")->number() >= 4);
  CHECK(session::peak(1000) > 0);
  CHECK(session::peak(0) == 0);
  CHECK(session::peak(-5) == 0);
}
