// Result<T>: a value, or an Error that names the thing, the value and the remedy.
//
// The engine throws nothing (it is built without exceptions for WebAssembly). Every call that a caller's
// input can make fail returns Result<T> or Status; programming mistakes are caught by assert instead.
//
//   Result<Shape> out = infer(input);
//   if (!out) return out.error();
//   use(*out);
//
// or, shorter, with early return:  STRIATE_TRY(out, infer(input));
#pragma once

#include <cassert>
#include <optional>
#include <string>
#include <utility>

namespace striate::core {

// Codes are part of the public contract: JavaScript sees them as StriateError.code, in this spelling.
enum class ErrorCode {
  invalid_argument,   // an option or value outside its range
  invalid_shape,      // a tensor or image whose sizes do not fit
  invalid_file,       // bytes that are not what their format promises
  invalid_json,       // text that is not the JSON asked for
  unknown_layer,      // a layer type or name nobody registered
  not_finite,         // NaN or infinity where a number is needed
  out_of_memory,      // the plan, dataset or file does not fit
  invalid_state,      // the call came at the wrong time (no training begun, handle disposed)
  not_found,          // a handle, layer or parameter that does not exist
  io,                 // a file could not be read or written (native command line only)
};

// Spelling of the code, e.g. "invalid_shape".
const char* to_string(ErrorCode code);

struct Error {
  ErrorCode code = ErrorCode::invalid_argument;
  std::string message;  // what happened, to which thing, with the value
  std::string hint;     // what to do about it
};

// An error in a box: results are made and destroyed at every step, errors almost never, so a result carries one pointer
// and the code that copies and frees the strings exists once (a fifth of the WebAssembly module was made of it).
class ErrorBox {
 public:
  ErrorBox() = default;
  explicit ErrorBox(Error error);
  ErrorBox(const ErrorBox& other);
  ErrorBox(ErrorBox&& other) noexcept : error_(std::exchange(other.error_, nullptr)) {}
  ErrorBox& operator=(ErrorBox other) noexcept {
    std::swap(error_, other.error_);
    return *this;
  }
  ~ErrorBox() {
    if (error_ != nullptr) release();
  }

  explicit operator bool() const { return error_ != nullptr; }
  const Error& operator*() const { return *error_; }

 private:
  void release();
  Error* error_ = nullptr;
};

template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : value_(std::move(value)) {}
  Result(Error error) : error_(std::move(error)) {}
  Result(ErrorBox error) : error_(std::move(error)) {}

  explicit operator bool() const { return value_.has_value(); }
  bool ok() const { return value_.has_value(); }

  T& operator*() & { assert(value_); return *value_; }
  const T& operator*() const& { assert(value_); return *value_; }
  T&& operator*() && { assert(value_); return std::move(*value_); }
  T* operator->() { assert(value_); return &*value_; }
  const T* operator->() const { assert(value_); return &*value_; }

  const Error& error() const { assert(!value_); return *error_; }
  // The error as it is, to hand on from a result that nobody needs any more.
  ErrorBox take_error() { assert(!value_); return std::move(error_); }

 private:
  std::optional<T> value_;
  ErrorBox error_;
};

// Success without a value, or an Error.
class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(Error error) : error_(std::move(error)) {}
  Status(ErrorBox error) : error_(std::move(error)) {}

  explicit operator bool() const { return !error_; }
  bool ok() const { return !error_; }
  const Error& error() const { assert(error_); return *error_; }
  ErrorBox take_error() { assert(error_); return std::move(error_); }

 private:
  ErrorBox error_;
};

}  // namespace striate::core

// Returns the error of `expression` from the enclosing function, or binds its value to a new variable `name`.
#define STRIATE_TRY(name, expression)                    \
  auto name##_result = (expression);                     \
  if (!name##_result) return name##_result.take_error(); \
  auto& name = *name##_result

// The same for a Status.
#define STRIATE_CHECK(expression)                                                                \
  do {                                                                                           \
    if (auto striate_status = (expression); !striate_status) return striate_status.take_error(); \
  } while (false)
