// JavaScript values: checked on the way in, copied on the way out.
//
// Reader takes the arguments of one call, one after the other, and remembers the first that has the wrong type; the
// call then answers with that error instead of running. Nothing here throws, and nothing that goes out points into
// WebAssembly memory, which moves when it grows.
#pragma once

#include "striate/core/buffer.hpp"
#include "striate/core/result.hpp"
#include "striate/session/answer.hpp"
#include "striate/session/pixels.hpp"

#include <emscripten/val.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace striate::bindings {

// What a value is a view of; other: no view, or of another type.
enum class ViewKind { other, uint8, float32, int32, uint32 };

class Reader {
 public:
  // `method` names the call in errors.
  explicit Reader(std::string_view method) : method_(method) {}

  std::string text(const emscripten::val& value, std::string_view name);
  double number(const emscripten::val& value, std::string_view name);
  core::Buffer<std::uint8_t> bytes(const emscripten::val& value, std::string_view name);
  core::Buffer<std::int32_t> labels(const emscripten::val& value, std::string_view name);
  core::Buffer<std::uint32_t> indices(const emscripten::val& value, std::string_view name);
  session::Pixels pixels(const emscripten::val& value, std::string_view name);

  const std::optional<core::Error>& error() const { return error_; }

 private:
  void refuse(const emscripten::val& value, std::string_view name, std::string_view wanted);
  template <typename T>
  core::Buffer<T> copy(const emscripten::val& value, ViewKind kind, std::string_view name);

  std::string_view method_;
  std::optional<core::Error> error_;
};

// {ok: true, json, floats?, bytes?} or {ok: false, code, message, hint}
emscripten::val to_javascript(const session::Reply& reply);
emscripten::val to_javascript(const core::Error& error);

}  // namespace striate::bindings
