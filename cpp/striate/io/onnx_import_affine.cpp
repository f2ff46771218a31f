// Constants that are added and multiplied: the input's normalization, or a subsampling2d of one pixel, which is a scale
// and a shift per channel. A constant that differs from pixel to pixel takes every value as a channel of its own.
#include "striate/core/text.hpp"
#include "striate/io/onnx_importer.hpp"

#include <algorithm>
#include <cmath>

namespace striate::io {

using core::Buffer;
using core::Result;

// The constant as one number a channel or, where it differs within a channel, one a value.
Result<Buffer<float>> OnnxImporter::broadcast(const Operand& x, const OnnxTensor& tensor, bool& per_channel) const {
  // Dims of both from the back; those that are missing in front are 1.
  const std::vector<std::int64_t> own = x.dims();
  std::int64_t sides[3] = {1, 1, 1};
  const int rank = static_cast<int>(tensor.dims.size());
  for (int i = 0; i < rank; ++i) {
    const int at = i - rank + x.rank;  // the axis of x; 0 counts images
    const std::int64_t side = tensor.dims[static_cast<std::size_t>(i)];
    if (side == 1) continue;
    if (at <= 0) return refuse("has a constant that differs from image to image");
    if (side != own[static_cast<std::size_t>(at - 1)])
      return refuse("has a constant with a side of ", side, " that does not fit the ", to_string(x.shape), " it meets");
    sides[at - 1] = side;
  }
  per_channel = sides[1] == 1 && sides[2] == 1;
  STRIATE_TRY(source, floats(tensor));
  Buffer<float> values;
  STRIATE_CHECK(values.resize(static_cast<std::size_t>(per_channel ? x.shape.channels : x.shape.elements()),
                              "a constant of the ONNX file"));
  const std::int64_t rows = per_channel ? 1 : x.shape.height, columns = per_channel ? 1 : x.shape.width;
  std::size_t at = 0;
  for (std::int64_t c = 0; c < x.shape.channels; ++c) {
    for (std::int64_t y = 0; y < rows; ++y) {
      for (std::int64_t column = 0; column < columns; ++column) {
        const std::int64_t index =
            ((sides[0] == 1 ? 0 : c) * sides[1] + (sides[1] == 1 ? 0 : y)) * sides[2] + (sides[2] == 1 ? 0 : column);
        values[at++] = source[static_cast<std::size_t>(index)];
      }
    }
  }
  return values;
}

// Right behind the input (p − mean)/std is the input's own normalization: a mean first, then a spread, each once.
Result<bool> OnnxImporter::normalization(const Operand& x, std::span<const float> scale, std::span<const float> shift) {
  if (x.layer != Operand::network_input || !imported_.spec.layers.empty() || !reads_alone(input_value_)) return false;
  graph::InputSpec& input = imported_.spec.input;
  if (scale.empty() && normalization_stage_ == 0) {
    for (const float value : shift) {
      if (!(std::fabs(value) <= 1e30f)) return false;
    }
    for (const float value : shift) input.mean.push_back(-static_cast<double>(value));
    normalization_stage_ = 1;
    input_value_ = node_->outputs[0];
    return true;
  }
  if (shift.empty() && normalization_stage_ < 2) {
    for (const float value : scale) {
      if (!(value > 1e-30f && value < 1e30f)) return false;
    }
    // Of Div the divisor itself, so that it comes back as it was written.
    for (const float value : scale)
      input.std.push_back(node_->type == "Div" ? static_cast<double>(value) : 1.0 / static_cast<double>(value));
    normalization_stage_ = 2;
    input_value_.clear();
    return true;
  }
  return false;
}

Result<Operand> OnnxImporter::affine(const Operand& x, const OnnxTensor* scale, const OnnxTensor* shift, Sense sense) {
  bool scale_flat = true, shift_flat = true;
  Buffer<float> scales, shifts;
  if (scale != nullptr) {
    STRIATE_TRY(values, broadcast(x, *scale, scale_flat));
    scales = std::move(values);
  }
  if (shift != nullptr) {
    STRIATE_TRY(values, broadcast(x, *shift, shift_flat));
    if (sense == Sense::inverse) {
      for (float& value : values.span()) value = -value;
    }
    shifts = std::move(values);
  }
  if (scale_flat && shift_flat) {
    STRIATE_TRY(taken, normalization(x, scales.span(), shifts.span()));
    if (taken) return x;
  }
  if (scale != nullptr && sense == Sense::inverse) {
    for (float& value : scales.span()) value = 1.0f / value;
  }
  return affine_layer(x, std::move(scales), std::move(shifts), scale_flat && shift_flat);
}

Result<Operand> OnnxImporter::affine(const Operand& x, float scale, float shift) {
  const auto channels = static_cast<std::size_t>(x.shape.channels);
  Buffer<float> scales, shifts;
  STRIATE_CHECK(scales.resize(channels, "a scale"));
  STRIATE_CHECK(shifts.resize(channels, "a shift"));
  std::fill_n(scales.data(), channels, scale);
  std::fill_n(shifts.data(), channels, shift);
  return affine_layer(x, std::move(scales), std::move(shifts), true);
}

Result<Operand> OnnxImporter::affine_layer(const Operand& x, Buffer<float> scales, Buffer<float> shifts,
                                           bool per_channel) {
  // A scale made just before, which this layer alone reads, takes the shift in.
  if (scales.empty() && per_channel && reads_alone(scaled_value_) &&
      x.layer + 1 == static_cast<int>(imported_.spec.layers.size())) {
    scaled_value_.clear();
    imported_.parameters.back().values = std::move(shifts);
    return x;
  }
  const bool no_shift = shifts.empty();
  const std::size_t count = scales.empty() ? shifts.size() : scales.size();
  if (scales.empty()) {
    STRIATE_CHECK(scales.resize(count, "a scale"));
    std::fill_n(scales.data(), count, 1.0f);
  }
  if (no_shift) {
    STRIATE_CHECK(shifts.resize(count, "a shift"));
    std::fill_n(shifts.data(), count, 0.0f);
  }
  Operand channels = x;
  if (!per_channel) {
    STRIATE_TRY(flat, emit("reshape", LayerOptions().shape({static_cast<int>(x.shape.elements()), 1, 1}), x));
    channels = flat;
  }
  STRIATE_TRY(out, emit("subsampling2d", LayerOptions().number("kernelSize", 1), channels));
  give("weight", std::move(scales));
  give("bias", std::move(shifts));
  scaled_value_ = no_shift && per_channel ? node_->outputs[0] : std::string();
  if (per_channel) return out;
  return emit("reshape", LayerOptions().shape(x.shape), out);
}

}  // namespace striate::io
