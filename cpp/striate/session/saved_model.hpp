// Saved models: a model as one safetensors file, and back.
//
// Tensors have PyTorch's state names and shapes ("conv1.weight" [O, I, H, W], "fc1.bias" [out]). Metadata:
//   format             "pt", the mark by which other readers know the conventions
//   striate.network    the network as JSON (io/network_json.hpp)
//   striate.layers     which layers are frozen and their learning rates (layer_settings.hpp), where any are
//   striate.training   with the optimizer's state: options, changes and position (training_state.hpp), and tensors
//                      "optimizer.velocity.<parameter>"
// A file with the optimizer's state lets training go on exactly where it stood.
// Errors: invalid_file naming the tensor that is missing, unknown or of another shape; what the readers of safetensors,
// JSON and networks say.
#pragma once

#include "striate/core/buffer.hpp"
#include "striate/core/result.hpp"
#include "striate/session/model.hpp"

#include <cstdint>
#include <memory>
#include <span>

namespace striate::session {

core::Result<core::Buffer<std::uint8_t>> save_model(Model& model, bool with_optimizer);
core::Result<std::unique_ptr<Model>> load_model(std::span<const std::uint8_t> bytes);

}  // namespace striate::session
