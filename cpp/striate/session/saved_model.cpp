#include "striate/session/saved_model.hpp"

#include "striate/core/text.hpp"
#include "striate/io/network_json.hpp"
#include "striate/io/safetensors.hpp"
#include "striate/session/layer_settings.hpp"
#include "striate/session/training_state.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace striate::session {

using core::Error;
using core::ErrorCode;
using core::Result;
using core::Status;

namespace {

constexpr std::string_view network_key = "striate.network";
constexpr std::string_view layers_key = "striate.layers";
constexpr std::string_view training_key = "striate.training";
constexpr std::string_view slot_prefix = "optimizer.";

Error invalid(std::string message) {
  return Error{ErrorCode::invalid_file, core::text("saved model: ", std::move(message)),
               "The file is damaged or was not saved by Striate; save it again."};
}

// A layer may be called "optimizer" too: what the network knows is a parameter.
bool is_slot(std::string_view name, const graph::ParamStore& store) {
  return name.starts_with(slot_prefix) && store.find(name) < 0;
}

std::vector<std::int64_t> wide(const std::vector<int>& shape) { return {shape.begin(), shape.end()}; }

std::string shape_text(const std::vector<std::int64_t>& shape) {
  std::string text = "[";
  for (std::size_t i = 0; i < shape.size(); ++i) text += (i == 0 ? "" : ", ") + std::to_string(shape[i]);
  return core::text(text, "]");
}

Status check_tensor(const io::TensorView* tensor, const std::string& name, const std::vector<int>& shape) {
  if (tensor == nullptr) return invalid(core::text("tensor '", name, "' is missing"));
  if (tensor->shape != wide(shape)) {
    return invalid(core::text("tensor '", name, "' has shape ", shape_text(tensor->shape), ", and the network's is ",
                              shape_text(wide(shape))));
  }
  return {};
}

Status load_parameters(const io::SafetensorsView& file, graph::ParamStore& store) {
  std::vector<float> values;
  for (std::size_t i = 0; i < store.parameters().size(); ++i) {
    const graph::Parameter& parameter = store.parameters()[i];
    const io::TensorView* tensor = file.find(parameter.name);
    STRIATE_CHECK(check_tensor(tensor, parameter.name, parameter.shape));
    values.resize(parameter.count);
    STRIATE_CHECK(tensor->copy_floats(values));
    STRIATE_CHECK(store.set_values(static_cast<int>(i), values));
  }
  for (const io::TensorView& tensor : file.tensors) {
    if (store.find(tensor.name) < 0 && !is_slot(tensor.name, store)) {
      return invalid(core::text("tensor '", tensor.name, "' belongs to no layer of the network"));
    }
  }
  return {};
}

Result<TrainingState> load_training(const io::SafetensorsView& file, const std::string& text,
                                    const graph::ParamStore& store) {
  STRIATE_TRY(json, io::parse_json(text, "metadata 'striate.training'"));
  STRIATE_TRY(state, training_state_from_json(json));
  for (const io::TensorView& tensor : file.tensors) {
    if (!is_slot(tensor.name, store)) continue;
    const std::size_t dot = tensor.name.find('.', slot_prefix.size());
    const int index = dot == std::string::npos ? -1 : store.find(std::string_view(tensor.name).substr(dot + 1));
    if (index < 0) return invalid(core::text("tensor '", tensor.name, "' belongs to no parameter"));
    const graph::Parameter& parameter = store.parameters()[static_cast<std::size_t>(index)];
    STRIATE_CHECK(check_tensor(&tensor, tensor.name, parameter.shape));
    TrainingState::Slot slot{tensor.name, std::vector<float>(parameter.count)};
    STRIATE_CHECK(tensor.copy_floats(slot.values));
    for (const float value : slot.values) {
      if (!(value - value == 0.0f))
        return invalid(core::text("tensor '", tensor.name, "' holds a value that is not finite"));
    }
    state.slots.push_back(std::move(slot));
  }
  return std::move(state);
}

}  // namespace

Result<core::Buffer<std::uint8_t>> save_model(Model& model, bool with_optimizer) {
  io::Metadata metadata;
  metadata.emplace_back("format", "pt");
  metadata.emplace_back(network_key, io::network_to_json(model.network->spec()).text());

  std::vector<io::TensorSource> tensors;
  const graph::ParamStore& store = *model.store;
  if (!layer_settings_are_usual(store)) {
    metadata.emplace_back(layers_key, layer_settings_to_json(*model.network, store).text());
  }
  for (std::size_t i = 0; i < store.parameters().size(); ++i) {
    const graph::Parameter& parameter = store.parameters()[i];
    tensors.push_back({parameter.name, wide(parameter.shape), store.values(static_cast<int>(i))});
  }

  std::optional<TrainingState> running;
  if (with_optimizer && model.trainer != nullptr) {
    running = capture(*model.trainer, store, model.train_options, model.train_changes);
  }
  const std::optional<TrainingState>& state = running ? running : model.set_aside;
  if (with_optimizer && state) {
    metadata.emplace_back(training_key, training_state_to_json(*state).text());
    for (const TrainingState::Slot& slot : state->slots) {
      const std::size_t dot = slot.name.find('.', slot_prefix.size());
      const int index = store.find(std::string_view(slot.name).substr(dot + 1));
      tensors.push_back({slot.name, wide(store.parameters()[static_cast<std::size_t>(index)].shape), slot.values});
    }
  }
  return io::write_safetensors(tensors, metadata);
}

Result<std::unique_ptr<Model>> load_model(std::span<const std::uint8_t> bytes) {
  STRIATE_TRY(file, io::read_safetensors(bytes));
  const std::string* network_text = file.find_metadata(network_key);
  if (network_text == nullptr) return invalid("metadata 'striate.network' is missing, so the layers are unknown");
  STRIATE_TRY(json, io::parse_json(*network_text, "metadata 'striate.network'"));
  STRIATE_TRY(spec, io::network_from_json(json));
  STRIATE_TRY(network, graph::build_network(spec));
  // Before memory is taken for them: a file cannot hold fewer bytes than its network has weights.
  if (static_cast<std::uint64_t>(network->parameter_count()) > bytes.size() / sizeof(float)) {
    return invalid(core::text("the network has ", network->parameter_count(), " parameters, and the file's ",
                              bytes.size(), " bytes cannot hold them"));
  }
  STRIATE_TRY(model, make_model(std::move(network), 0));
  STRIATE_CHECK(load_parameters(file, *model->store));
  if (const std::string* layers = file.find_metadata(layers_key); layers != nullptr) {
    STRIATE_TRY(settings, io::parse_json(*layers, "metadata 'striate.layers'"));
    if (const Status applied = apply_layer_settings(settings, *model->network, *model->store); !applied) {
      return invalid(core::text("metadata 'striate.layers': ", applied.error().message));
    }
  }
  if (const std::string* training = file.find_metadata(training_key); training != nullptr) {
    STRIATE_TRY(state, load_training(file, *training, *model->store));
    model->set_aside = std::move(state);
  }
  return std::move(model);
}

}  // namespace striate::session
