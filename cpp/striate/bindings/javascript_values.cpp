#include "striate/bindings/javascript_values.hpp"

#include <emscripten/em_js.h>

#include <utility>

// What a prediction of one image calls: as chains of val's operations it took longer than a small network.
EM_JS_DEPS(striate_values, "$Emval,$UTF8ToString");
// clang-format off
// As ViewKind counts. Not by instanceof: an array may come from another realm. isView is the brand that cannot be imitated; the
// tag then says which view it is.
EM_JS(int, striate_view_kind, (emscripten::EM_VAL value), {
  const view = Emval.toValue(value);
  if (!ArrayBuffer.isView(view)) return 0;
  switch (view[Symbol.toStringTag]) {
    case "Uint8Array": return 1;
    case "Float32Array": return 2;
    case "Int32Array": return 3;
    case "Uint32Array": return 4;
  }
  return 0;
});
// Of a value that is a number.
EM_JS(double, striate_number, (emscripten::EM_VAL value), { return Emval.toValue(value); });
// A detached view has 0.
EM_JS(double, striate_view_bytes, (emscripten::EM_VAL value), { return Emval.toValue(value).byteLength; });
EM_JS(void, striate_copy_in, (emscripten::EM_VAL value, int kind, void* to, int bytes), {
  const view = Emval.toValue(value);
  new Uint8Array(wasmMemory.buffer, to, bytes).set(kind === 1 ? view : new Uint8Array(view.buffer, view.byteOffset, bytes));
});
// A count of -1: no such numbers in the reply.
EM_JS(emscripten::EM_VAL, striate_reply, (const char* json, int length, const float* floats, int float_count,
                                          const unsigned char* bytes, int byte_count), {
  const reply = { ok: true, json: UTF8ToString(json, length) };
  if (float_count >= 0) reply.floats = new Float32Array(wasmMemory.buffer, floats, float_count).slice();
  if (byte_count >= 0) reply.bytes = new Uint8Array(wasmMemory.buffer, bytes, byte_count).slice();
  return Emval.toHandle(reply);
});
// clang-format on

namespace striate::bindings {

using core::Buffer;
using core::Error;
using core::ErrorCode;
using emscripten::val;

namespace {

ViewKind kind_of(const val& value) { return static_cast<ViewKind>(striate_view_kind(value.as_handle())); }

// "Uint8Array" and so on; empty when the value is no view of a buffer.
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
int count_of(const std::optional<Buffer<T>>& buffer) {
  return buffer ? static_cast<int>(buffer->size()) : -1;
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
  if (value.isNumber()) return striate_number(value.as_handle());
  refuse(value, name, "a number");
  return 0;
}

template <typename T>
Buffer<T> Reader::copy(const val& value, ViewKind kind, std::string_view name) {
  Buffer<T> buffer;
  const auto bytes = static_cast<std::size_t>(striate_view_bytes(value.as_handle()));
  if (auto status = buffer.resize(bytes / sizeof(T), name); !status) {
    error_ = status.error();
  } else if (bytes != 0) {
    striate_copy_in(value.as_handle(), static_cast<int>(kind), buffer.data(), static_cast<int>(bytes));
  }
  return buffer;
}

Buffer<std::uint8_t> Reader::bytes(const val& value, std::string_view name) {
  if (error_) return {};
  if (kind_of(value) == ViewKind::uint8) return copy<std::uint8_t>(value, ViewKind::uint8, name);
  refuse(value, name, "a Uint8Array");
  return {};
}

Buffer<std::int32_t> Reader::labels(const val& value, std::string_view name) {
  if (error_) return {};
  if (kind_of(value) == ViewKind::int32) return copy<std::int32_t>(value, ViewKind::int32, name);
  refuse(value, name, "an Int32Array");
  return {};
}

Buffer<std::uint32_t> Reader::indices(const val& value, std::string_view name) {
  if (error_) return {};
  if (kind_of(value) == ViewKind::uint32) return copy<std::uint32_t>(value, ViewKind::uint32, name);
  refuse(value, name, "a Uint32Array");
  return {};
}

session::Pixels Reader::pixels(const val& value, std::string_view name) {
  session::Pixels pixels;
  if (error_) return pixels;
  const ViewKind kind = kind_of(value);
  if (kind == ViewKind::uint8 || kind == ViewKind::float32) {
    pixels.kind = kind == ViewKind::uint8 ? session::PixelKind::bytes : session::PixelKind::floats;
    pixels.storage = copy<std::uint8_t>(value, kind, name);
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
  const std::string json = reply->json.text();
  return val::take_ownership(striate_reply(json.data(), static_cast<int>(json.size()),
                                           reply->floats ? reply->floats->data() : nullptr, count_of(reply->floats),
                                           reply->bytes ? reply->bytes->data() : nullptr, count_of(reply->bytes)));
}

}  // namespace striate::bindings
