#include "striate/introspect/im2col.hpp"

#include "striate/core/text.hpp"

#include <algorithm>
#include <cstdint>
#include <variant>

namespace striate::introspect {
namespace {

constexpr std::size_t most_numbers = std::size_t{1} << 26;

const core::OptionValue* option(const graph::Node& node, std::string_view name) {
  for (const core::Option& one : node.description.options) {
    if (one.name == name) return &one.value;
  }
  return nullptr;
}

double number(const graph::Node& node, std::string_view name, double fallback) {
  const core::OptionValue* value = option(node, name);
  const double* given = value == nullptr ? nullptr : std::get_if<double>(value);
  return given == nullptr ? fallback : *given;
}

bool has_text(const graph::Node& node, std::string_view name, std::string_view text) {
  const core::OptionValue* value = option(node, name);
  const std::string* given = value == nullptr ? nullptr : std::get_if<std::string>(value);
  return given != nullptr && *given == text;
}

// Where a place beside the image is read: inside it, or −1 for the padding's number.
int source(int at, int size, bool reflect, bool replicate) {
  if (at >= 0 && at < size) return at;
  if (reflect) return at < 0 ? -at : 2 * (size - 1) - at;
  if (replicate) return std::clamp(at, 0, size - 1);
  return -1;
}

}  // namespace

core::Result<std::unique_ptr<Im2col>> Im2col::make(const graph::Network& network, graph::ParamStore& store,
                                                   std::string_view layer) {
  STRIATE_TRY(node, network.node(layer));
  if (node->type != "conv2d") {
    return core::Error{core::ErrorCode::invalid_argument,
                       core::text("layer '", layer, "' is a ", node->type, ", which has no windows of weights to unroll"),
                       "Name a conv2d layer."};
  }
  const core::Shape& from = node->input_shapes[0];
  const auto& [y, x] = node->description.window;
  std::unique_ptr<Im2col> made(new Im2col);
  made->node_ = node;
  made->store_ = &store;
  made->first_parameter_ = store.first_of(network.find(layer));
  made->filters_ = static_cast<std::size_t>(node->shape.channels);
  made->rows_ = static_cast<std::size_t>(from.channels) * static_cast<std::size_t>(y.kernel) * static_cast<std::size_t>(x.kernel);
  made->columns_ = static_cast<std::size_t>(node->shape.height) * static_cast<std::size_t>(node->shape.width);
  if (made->rows_ * (made->columns_ + made->filters_) > most_numbers) {
    return core::Error{core::ErrorCode::out_of_memory,
                       core::text("the matrix of '", layer, "' has ", made->rows_, " × ", made->columns_, " numbers"),
                       core::text("Look at a smaller layer: at most ", most_numbers, " numbers are written down.")};
  }
  const std::string& reads = network.value_name(node->inputs[0]);
  graph::ExecutorOptions options{.mode = graph::Mode::inference, .batch = 1};
  options.pins = {node->name, reads};
  STRIATE_TRY(executor, graph::Executor::make(network, store, options));
  made->executor_ = std::move(executor);
  STRIATE_TRY(read, made->executor_->value(reads));
  STRIATE_TRY(wrote, made->executor_->value(node->name));
  made->read_ = read;
  made->wrote_ = wrote;
  made->image_.resize(static_cast<std::size_t>(from.elements()));
  made->matrix_.resize(made->rows_ * made->columns_);
  made->weights_.resize(made->filters_ * made->rows_);
  made->product_.resize(made->filters_ * made->columns_);
  made->output_.resize(made->filters_ * made->columns_);
  return made;
}

void Im2col::unroll() {
  const core::Shape& from = node_->input_shapes[0];
  const auto& [y, x] = node_->description.window;
  const bool reflect = has_text(*node_, "paddingMode", "reflect"), replicate = has_text(*node_, "paddingMode", "replicate");
  const auto padding = static_cast<float>(number(*node_, "paddingValue", 0));
  float* out = matrix_.data();
  for (int c = 0; c < from.channels; ++c) {
    const float* map = image_.data() + static_cast<std::ptrdiff_t>(c) * from.height * from.width;
    for (int ky = 0; ky < y.kernel; ++ky) {
      for (int kx = 0; kx < x.kernel; ++kx) {
        for (int oy = 0; oy < node_->shape.height; ++oy) {
          const int row = source(y.start(oy) + ky * y.dilation, from.height, reflect, replicate);
          for (int ox = 0; ox < node_->shape.width; ++ox) {
            const int column = source(x.start(ox) + kx * x.dilation, from.width, reflect, replicate);
            *out++ = row < 0 || column < 0 ? padding : map[row * from.width + column];
          }
        }
      }
    }
  }
}

void Im2col::spread_weights() {
  const std::span<const float> given = store_->values(first_parameter_);
  const auto& [y, x] = node_->description.window;
  const auto window = static_cast<std::size_t>(y.kernel) * static_cast<std::size_t>(x.kernel);
  const std::size_t channels = rows_ / window;
  const auto groups = static_cast<std::size_t>(number(*node_, "groups", 1));
  const core::OptionValue* list = option(*node_, "connections");
  const auto* connections = list == nullptr ? nullptr : std::get_if<std::vector<double>>(list);
  std::fill(weights_.begin(), weights_.end(), 0.0f);
  std::size_t next = 0;
  for (std::size_t f = 0; f < filters_; ++f) {
    const std::size_t group = f / (filters_ / groups), each = channels / groups;
    for (std::size_t c = 0; c < channels; ++c) {
      const bool seen = connections != nullptr ? (static_cast<std::uint64_t>((*connections)[f]) >> c & 1) != 0
                                               : c / each == group;
      if (!seen) continue;
      std::copy_n(given.data() + next, window, weights_.data() + f * rows_ + c * window);
      next += window;
    }
  }
}

void Im2col::multiply() {
  const bool biased = node_->parameters.size() > 1;
  const std::span<const float> bias = biased ? store_->values(first_parameter_ + 1) : std::span<const float>();
  std::vector<double> sums(columns_);
  for (std::size_t f = 0; f < filters_; ++f) {
    std::fill(sums.begin(), sums.end(), biased ? static_cast<double>(bias[f]) : 0.0);
    for (std::size_t r = 0; r < rows_; ++r) {
      const auto weight = static_cast<double>(weights_[f * rows_ + r]);
      const float* row = matrix_.data() + r * columns_;
      for (std::size_t i = 0; i < columns_; ++i) sums[i] += weight * static_cast<double>(row[i]);
    }
    for (std::size_t i = 0; i < columns_; ++i) product_[f * columns_ + i] = static_cast<float>(sums[i]);
  }
}

void Im2col::run() {
  executor_->forward(1);
  executor_->kernels().store_image(read_, 0, image_.data());
  executor_->kernels().store_image(wrote_, 0, output_.data());
  unroll();
  spread_weights();
  multiply();
}

}  // namespace striate::introspect
