#include "striate/io/onnx_import.hpp"

#include "striate/core/text.hpp"

#include <vector>

namespace striate::io {

using core::Buffer;
using core::Error;
using core::ErrorCode;
using core::Status;

Status set_parameters(const ImportedNetwork& imported, graph::ParamStore& store) {
  const auto wrong = [](const std::string& name, const char* what) {
    return Error{ErrorCode::invalid_file, core::text("ONNX file: parameter '", name, "' ", what),
                 "The file is damaged or not an ONNX model."};
  };
  std::vector<char> given(store.parameters().size(), false);
  Buffer<float> converted;
  for (const ImportedParameter& parameter : imported.parameters) {
    const int index = store.find(parameter.name);
    if (index < 0) return wrong(parameter.name, "belongs to no layer");
    if (given[static_cast<std::size_t>(index)]) return wrong(parameter.name, "is given twice");
    given[static_cast<std::size_t>(index)] = true;
    if (parameter.tensor == nullptr) {
      STRIATE_CHECK(store.set_values(index, parameter.values.span()));
      continue;
    }
    if (parameter.tensor->elements() != store.values(index).size())
      return wrong(parameter.name, "has another number of values than its layer needs");
    STRIATE_CHECK(converted.resize(store.values(index).size(), "a parameter of the ONNX file"));
    STRIATE_CHECK(parameter.tensor->copy_floats(converted.span()));
    STRIATE_CHECK(store.set_values(index, converted.span()));
  }
  for (std::size_t i = 0; i < given.size(); ++i) {
    if (!given[i]) return wrong(store.parameters()[i].name, "has no values");
  }
  return {};
}

}  // namespace striate::io
