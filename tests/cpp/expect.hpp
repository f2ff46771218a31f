// Small helpers for results in tests: the value, or a failure that shows the error; the error, or a failure.
#pragma once

#include "striate/core/result.hpp"

#include <doctest/doctest.h>

#include <string>
#include <utility>

namespace striate::tests {

template <typename T>
T value_of(core::Result<T> result) {
  if (!result) FAIL(core::to_string(result.error().code), ": ", result.error().message);
  return std::move(*result);
}

inline void succeed(const core::Status& status) {
  if (!status) FAIL(core::to_string(status.error().code), ": ", status.error().message);
}

template <typename T>
core::Error error_of(const core::Result<T>& result) {
  if (result) FAIL("an error was expected");
  return result.error();
}

inline core::Error error_of(const core::Status& status) {
  if (status) FAIL("an error was expected");
  return status.error();
}

inline bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

// The error has this code, and its message holds this text; it also has a hint.
#define CHECK_ERROR(result, wanted_code, part)                                                                    \
  do {                                                                                                            \
    const auto striate_error = ::striate::tests::error_of(result);                                                \
    CHECK(striate_error.code == ::striate::core::ErrorCode::wanted_code);                                         \
    CHECK_MESSAGE(::striate::tests::contains(striate_error.message, part), "message: " << striate_error.message); \
    CHECK_FALSE(striate_error.hint.empty());                                                                      \
  } while (false)

}  // namespace striate::tests
