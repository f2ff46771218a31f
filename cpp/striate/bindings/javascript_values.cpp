#include "striate/bindings/javascript_values.hpp"

#include <utility>

namespace striate::bindings {

using core::Buffer;
using core::Error;
using core::ErrorCode;
using emscripten::typed_memory_view;
using emscripten::val;

namespace {

// "Uint8Array" and so on; empty when the value is no view of a buffer. Not by instanceof: an array may come from
// another realm. isView is the brand that cannot be imitated; the tag then says which view it is.
std::string view_type(const val& value) {
  if (!val::global("ArrayBuffer").call<bool>("isView", value)) return {};
  const val tag = value[val::global("Symbol")["toStringTag"]];
  return tag.isString() ? tag.as<std::string>() : std::string("DataView");
}

std::string described(const val& value) {
  const std::string view = view_type(value);
  if (!view.empty()) return "a " + view;
  if (value.isNull()) return "null";
  if (value.isUndefined()) return "missing";
  return "of type " + value.typeOf().as<std::string>();
}

template <typename T>
val copy_out(const Buffer<T>& buffer, const char* type) {
  val array = val::global(type).new_(static_cast<double>(buffer.size()));
  if (!buffer.empty()) array.call<void>("set", val(typed_memory_view(buffer.size(), buffer.data())));
  return array;
}

}  // namespace

void Reader::refuse(const val& value, std::string_view name, std::string_view wanted) {
  if (error_) return;
  error_ = Error{
      ErrorCode::invalid_argument,
      std::string(method_) + ": " + std::string(name) + " is " + described(value) + ", not " + std::string(wanted),
      "Give " + std::string(wanted) + "."};
}

std::string Reader::text(const val& value, std::string_view name) {
  if (value.isString()) return value.as<std::string>();
  refuse(value, name, "a string");
  return {};
}

double Reader::number(const val& value, std::string_view name) {
  if (value.isNumber()) return value.as<double>();
  refuse(value, name, "a number");
  return 0;
}

template <typename T>
Buffer<T> Reader::copy(const val& value, std::string_view name, const char* type) {
  Buffer<T> buffer;
  if (error_) return buffer;
  if (view_type(value) != type) {
    refuse(value, name, std::string("a ") + type);
    return buffer;
  }
  // A detached view has length 0, and set() would throw on it.
  const auto count = static_cast<std::size_t>(value["length"].as<double>());
  if (auto status = buffer.resize(count, name); !status) {
    error_ = status.error();
  } else if (count != 0) {
    val(typed_memory_view(count, buffer.data())).call<void>("set", value);
  }
  return buffer;
}

Buffer<std::uint8_t> Reader::bytes(const val& value, std::string_view name) {
  return copy<std::uint8_t>(value, name, "Uint8Array");
}

Buffer<std::int32_t> Reader::labels(const val& value, std::string_view name) {
  return copy<std::int32_t>(value, name, "Int32Array");
}

Buffer<std::uint32_t> Reader::indices(const val& value, std::string_view name) {
  return copy<std::uint32_t>(value, name, "Uint32Array");
}

session::Pixels Reader::pixels(const val& value, std::string_view name) {
  session::Pixels pixels;
  if (error_) return pixels;
  const std::string type = view_type(value);
  if (type == "Uint8Array") {
    pixels.kind = session::PixelKind::bytes;
    pixels.storage = bytes(value, name);
  } else if (type == "Float32Array") {
    pixels.kind = session::PixelKind::floats;
    const auto count = static_cast<std::size_t>(value["length"].as<double>());
    // The product cannot overflow: a Float32Array of that length has those bytes.
    if (auto status = pixels.storage.resize(count * sizeof(float), name); !status) {
      error_ = status.error();
    } else if (count != 0) {
      auto* floats = reinterpret_cast<float*>(pixels.storage.data());
      val(typed_memory_view(count, floats)).call<void>("set", value);
    }
  } else {
    refuse(value, name, "a Uint8Array or Float32Array");
  }
  return pixels;
}

val to_javascript(const Error& error) {
  val object = val::object();
  object.set("ok", false);
  object.set("code", std::string(core::to_string(error.code)));
  object.set("message", error.message);
  object.set("hint", error.hint);
  return object;
}

val to_javascript(const session::Reply& reply) {
  if (!reply) return to_javascript(reply.error());
  val object = val::object();
  object.set("ok", true);
  object.set("json", reply->json.text());
  if (reply->floats) object.set("floats", copy_out(*reply->floats, "Float32Array"));
  if (reply->bytes) object.set("bytes", copy_out(*reply->bytes, "Uint8Array"));
  return object;
}

}  // namespace striate::bindings
