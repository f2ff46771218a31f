#include "striate/core/result.hpp"

namespace striate::core {

ErrorBox::ErrorBox(Error error) : error_(new Error(std::move(error))) {}
ErrorBox::ErrorBox(const ErrorBox& other) : error_(other.error_ == nullptr ? nullptr : new Error(*other.error_)) {}
void ErrorBox::release() { delete error_; }

const char* to_string(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid_argument: return "invalid_argument";
    case ErrorCode::invalid_shape: return "invalid_shape";
    case ErrorCode::invalid_file: return "invalid_file";
    case ErrorCode::invalid_json: return "invalid_json";
    case ErrorCode::unknown_layer: return "unknown_layer";
    case ErrorCode::not_finite: return "not_finite";
    case ErrorCode::out_of_memory: return "out_of_memory";
    case ErrorCode::invalid_state: return "invalid_state";
    case ErrorCode::not_found: return "not_found";
    case ErrorCode::io: return "io";
  }
  return "unknown";
}

}  // namespace striate::core
