// Layers with windows and statistics as ONNX operators.
#include "striate/core/window_geometry.hpp"
#include "striate/io/onnx_exporter.hpp"
#include "striate/kernels/upsample_plan.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

namespace striate::io {
namespace {

using core::Buffer;
using Sides = std::array<int, 4>;  // top, bottom, left, right

// Padding by an operator of its own, for what Conv and pools cannot do.
std::string_view padded(OnnxExporter& out, std::string_view x, const Sides& sides, std::string_view mode,
                        double value) {
  const std::string_view pads = out.wholes("pads", {0, 0, sides[0], sides[2], 0, 0, sides[1], sides[3]});
  const std::string_view fill = out.constant("fill", static_cast<float>(value));
  return out.step("pad", "Pad", {x, pads, fill}, OnnxAttributes().text("mode", mode == "replicate" ? "edge" : mode));
}

OnnxAttributes window_attributes(const OnnxExporter& out, std::array<int, 2> stride, const Sides& sides) {
  const auto kernel = out.options().pair("kernelSize");
  OnnxAttributes attributes;
  attributes.wholes("kernel_shape", {kernel[0], kernel[1]})
      .wholes("strides", {stride[0], stride[1]})
      .wholes("pads", {sides[0], sides[2], sides[1], sides[3]});
  return attributes;
}

// One kernel per link → all kernels, zeros where there is no link.
std::string_view dense_weight(OnnxExporter& out) {
  const auto kernel = out.options().pair("kernelSize");
  const std::vector<double>& masks = out.options().list("connections");
  const std::size_t taps = static_cast<std::size_t>(kernel[0]) * static_cast<std::size_t>(kernel[1]);
  const auto channels = static_cast<std::size_t>(out.input_shape().channels);
  Buffer<float> dense = out.floats(masks.size() * channels * taps);
  std::fill_n(dense.data(), dense.size(), 0.0f);
  const float* next = out.parameter_values(0).data();
  for (std::size_t filter = 0; filter < masks.size() && !dense.empty(); ++filter) {
    for (auto left = static_cast<std::uint64_t>(masks[filter]); left != 0; left &= left - 1) {
      const auto map = static_cast<std::size_t>(std::countr_zero(left));
      std::copy_n(next, taps, dense.data() + (filter * channels + map) * taps);
      next += taps;
    }
  }
  return out.constant("weight",
                      {static_cast<std::int64_t>(masks.size()), out.input_shape().channels, kernel[0], kernel[1]},
                      std::move(dense));
}

void conv2d(OnnxExporter& out) {
  const core::ParsedOptions& o = out.options();
  const Sides sides = o.sides("padding");
  const auto dilation = o.pair("dilation");
  const bool zeros = o.text("paddingMode") == "constant" && (o.number("paddingValue") == 0 || sides == Sides{});
  std::string_view x = out.input(0, 4);
  if (!zeros) x = padded(out, x, sides, o.text("paddingMode"), o.number("paddingValue"));
  OnnxAttributes attributes = window_attributes(out, o.pair("stride"), zeros ? sides : Sides{});
  attributes.wholes("dilations", {dilation[0], dilation[1]}).whole("group", o.integer("groups"));
  std::vector<std::string_view> inputs = {x, o.has("connections") ? dense_weight(out) : out.parameter(0)};
  if (o.boolean("bias")) inputs.push_back(out.parameter(1));
  out.finish("Conv", inputs, 4, attributes);
}

void conv_transpose2d(OnnxExporter& out) {
  const core::ParsedOptions& o = out.options();
  const auto extra = o.pair("outputPadding");
  OnnxAttributes attributes = window_attributes(out, o.pair("stride"), o.sides("padding"));
  attributes.wholes("output_padding", {extra[0], extra[1]});
  std::vector<std::string_view> inputs = {out.input(0, 4), out.parameter(0)};
  if (o.boolean("bias")) inputs.push_back(out.parameter(1));
  out.finish("ConvTranspose", inputs, 4, attributes);
}

// Rounding the size up is written as more padding at the end: readers disagree about ceil_mode.
Sides hanging_over(const OnnxExporter& out, std::array<int, 2> stride, std::array<int, 2> dilation) {
  const Sides sides = out.options().sides("padding");
  const auto kernel = out.options().pair("kernelSize");
  const core::Shape &in = out.input_shape(), &made = out.layer().shape;
  const auto over = [](int outputs, int step, int extent, int length) {
    return std::max(0, (outputs - 1) * step + extent - length);
  };
  return {0, over(made.height, stride[0], dilation[0] * (kernel[0] - 1) + 1, in.height + sides[0] + sides[1]), 0,
          over(made.width, stride[1], dilation[1] * (kernel[1] - 1) + 1, in.width + sides[2] + sides[3])};
}

Sides sum(const Sides& a, const Sides& b) { return {a[0] + b[0], a[1] + b[1], a[2] + b[2], a[3] + b[3]}; }

std::array<int, 2> pool_stride(const core::ParsedOptions& o) {
  return o.has("stride") ? o.pair("stride") : o.pair("kernelSize");
}

void max_pool2d(OnnxExporter& out) {
  const core::ParsedOptions& o = out.options();
  const auto stride = pool_stride(o), dilation = o.pair("dilation");
  OnnxAttributes attributes =
      window_attributes(out, stride, sum(o.sides("padding"), hanging_over(out, stride, dilation)));
  attributes.wholes("dilations", {dilation[0], dilation[1]});
  out.finish("MaxPool", {out.input(0, 4)}, 4, attributes);
}

// What hangs over never counts, and padding may: where both are there, the padding is put on before.
void average_pool2d(OnnxExporter& out) {
  const core::ParsedOptions& o = out.options();
  const auto stride = pool_stride(o);
  const Sides over = hanging_over(out, stride, {1, 1});
  const bool counts = o.boolean("countPadding");
  const bool apart = counts && over != Sides{} && o.sides("padding") != Sides{};
  std::string_view x = out.input(0, 4);
  if (apart) x = padded(out, x, o.sides("padding"), "constant", 0);
  OnnxAttributes attributes = window_attributes(out, stride, apart ? over : sum(o.sides("padding"), over));
  attributes.whole("count_include_pad", counts && over == Sides{} ? 1 : 0);
  out.finish("AveragePool", {x}, 4, attributes);
}

void global_average_pool2d(OnnxExporter& out) { out.finish("GlobalAveragePool", {out.input(0, 4)}, 4); }

void subsampling2d(OnnxExporter& out) {
  const auto kernel = out.options().pair("kernelSize");
  const std::int64_t channels = out.input_shape().channels;
  const int rank = kernel == std::array<int, 2>{1, 1} ? out.input_rank(0) : 4;
  std::string_view x = out.input(0, rank);
  if (kernel != std::array<int, 2>{1, 1}) x = out.step("mean", "AveragePool", {x}, window_attributes(out, kernel, {}));
  Buffer<float> scales = out.floats(static_cast<std::size_t>(channels));
  for (std::size_t c = 0; c < scales.size(); ++c)
    scales[c] = out.parameter_values(0)[c] * static_cast<float>(kernel[0] * kernel[1]);
  const std::vector<std::int64_t> dims =
      rank == 2 ? std::vector<std::int64_t>{channels} : std::vector<std::int64_t>{channels, 1, 1};
  const std::string_view scaled = out.step("scaled", "Mul", {x, out.constant("scale", dims, std::move(scales))});
  out.finish("Add", {scaled, out.parameter(1, dims)}, rank);
}

void batch_norm2d(OnnxExporter& out) {
  const bool affine = out.options().boolean("affine");
  const std::int64_t channels = out.input_shape().channels;
  const auto count = static_cast<std::size_t>(channels);
  const std::string_view scale = affine ? out.parameter(0) : out.filled("scale", {channels}, count, 1);
  const std::string_view shift = affine ? out.parameter(1) : out.filled("shift", {channels}, count, 0);
  const int first = affine ? 2 : 0, rank = out.input_rank(0);
  OnnxAttributes attributes;
  attributes.real("epsilon", out.options().number("eps")).real("momentum", 1 - out.options().number("momentum"));
  out.finish("BatchNormalization", {out.input(0, rank), scale, shift, out.parameter(first), out.parameter(first + 1)},
             rank, attributes);
}

// Opset 17 has no group normalization: each group is made one channel of InstanceNormalization.
void group_norm(OnnxExporter& out) {
  const std::int64_t groups = out.options().integer("groups");
  const bool affine = out.options().boolean("affine");
  const core::Shape& shape = out.input_shape();
  const auto count = static_cast<std::size_t>(groups);
  OnnxAttributes attributes;
  attributes.real("epsilon", out.options().number("eps"));
  const std::string_view x = out.input(0, 4);
  if (affine && groups == shape.channels) {
    out.finish("InstanceNormalization", {x, out.parameter(0), out.parameter(1)}, 4, attributes);
    return;
  }
  const std::string_view grouped = out.step("grouped", "Reshape", {x, out.wholes("groups", {0, groups, -1})});
  const std::string_view normal =
      out.step("normal", "InstanceNormalization",
               {grouped, out.filled("ones", {groups}, count, 1), out.filled("zeros", {groups}, count, 0)}, attributes);
  const std::string_view back = out.wholes("shape", {0, shape.channels, shape.height, shape.width});
  if (!affine) {
    out.finish("Reshape", {normal, back}, 4);
    return;
  }
  const std::vector<std::int64_t> dims = {shape.channels, 1, 1};
  const std::string_view image = out.step("image", "Reshape", {normal, back});
  const std::string_view scaled = out.step("scaled", "Mul", {image, out.parameter(0, dims)});
  out.finish("Add", {scaled, out.parameter(1, dims)}, 4);
}

// x/(k + α/size·Σ x²)^β. LRN's window lies as ours for odd sizes alone; the sum is a 1×1 convolution for even ones.
void local_response_norm(OnnxExporter& out) {
  const core::ParsedOptions& o = out.options();
  const int size = o.integer("size");
  const std::int64_t channels = out.input_shape().channels;
  const std::string_view x = out.input(0, 4);
  if (size % 2 == 1) {
    OnnxAttributes attributes;
    attributes.whole("size", size)
        .real("alpha", o.number("alpha"))
        .real("beta", o.number("beta"))
        .real("bias", o.number("k"));
    out.finish("LRN", {x}, 4, attributes);
    return;
  }
  const auto count = static_cast<std::size_t>(channels);
  Buffer<float> band = out.floats(count * count);
  for (std::int64_t c = 0; c < channels && !band.empty(); ++c) {
    for (std::int64_t near = 0; near < channels; ++near) {
      const bool seen = near >= c - size / 2 && near <= c + (size - 1) / 2;
      band[static_cast<std::size_t>(c * channels + near)] = seen ? static_cast<float>(o.number("alpha") / size) : 0.0f;
    }
  }
  const std::string_view squares = out.step("squares", "Mul", {x, x});
  const std::string_view sums = out.step("sums", "Conv",
                                         {squares, out.constant("band", {channels, channels, 1, 1}, std::move(band)),
                                          out.filled("k", {channels}, count, static_cast<float>(o.number("k")))});
  const std::string_view power =
      out.step("power", "Pow", {sums, out.constant("beta", static_cast<float>(o.number("beta")))});
  out.finish("Div", {x, power}, 4);
}

void zero_pad2d(OnnxExporter& out) {
  const core::ParsedOptions& o = out.options();
  const Sides sides = o.sides("padding");
  const std::string_view pads = out.wholes("pads", {0, 0, sides[0], sides[2], 0, 0, sides[1], sides[3]});
  const std::string_view fill = out.constant("fill", static_cast<float>(o.number("value")));
  const std::string& mode = o.text("paddingMode");
  out.finish("Pad", {out.input(0, 4), pads, fill}, 4,
             OnnxAttributes().text("mode", mode == "replicate" ? std::string_view("edge") : mode));
}

// Single precision decides what ⌊o/scale⌋ is: the first scale near out/in that finds every pixel and the size.
float nearest_scale(int in, int made) {
  const std::vector<kernels::UpsampleTap> taps =
      kernels::make_upsample_plan(kernels::UpsampleMode::nearest, in, in, made, made).y;
  float scale = static_cast<float>(made) / static_cast<float>(in);
  float below = scale;
  const auto serves = [&](float s) {
    if (static_cast<int>(std::floor(static_cast<float>(in) * s)) != made) return false;
    for (int o = 0; o < made; ++o) {
      if (static_cast<int>(static_cast<float>(o) / s) != taps[static_cast<std::size_t>(o)].first) return false;
    }
    return true;
  };
  for (int tries = 0; tries < 16; ++tries) {
    if (serves(scale)) return scale;
    if (serves(below)) return below;
    scale = std::nextafter(scale, std::numeric_limits<float>::max());
    below = std::nextafter(below, 0.0f);
  }
  return static_cast<float>(made) / static_cast<float>(in);
}

// Linear places scale with out/in, whichever way the size itself is rounded.
float linear_scale(int in, int made) {
  float scale = static_cast<float>(made) / static_cast<float>(in);
  while (static_cast<int>(std::floor(static_cast<float>(in) * scale)) < made)
    scale = std::nextafter(scale, std::numeric_limits<float>::max());
  return scale;
}

void upsample(OnnxExporter& out) {
  const core::Shape &in = out.input_shape(), &made = out.layer().shape;
  const bool linear = out.options().text("mode") == "bilinear";
  const auto scale = linear ? linear_scale : nearest_scale;
  Buffer<float> scales = out.floats(4);
  if (!scales.empty()) {
    scales[0] = scales[1] = 1;
    scales[2] = scale(in.height, made.height);
    scales[3] = scale(in.width, made.width);
  }
  OnnxAttributes attributes;
  attributes.text("mode", linear ? "linear" : "nearest");
  attributes.text("coordinate_transformation_mode", !linear                                 ? "asymmetric"
                                                    : out.options().boolean("alignCorners") ? "align_corners"
                                                                                            : "half_pixel");
  if (!linear) attributes.text("nearest_mode", "floor");
  out.finish("Resize", {out.input(0, 4), "", out.constant("scales", {4}, std::move(scales))}, 4, attributes);
}

// Every n-th pixel, then channels of zeros in front and behind.
void identity_shortcut(OnnxExporter& out) {
  const std::int64_t stride = out.options().integer("stride"),
                     more = out.options().integer("outChannels") - out.input_shape().channels;
  constexpr std::int64_t end = std::numeric_limits<std::int32_t>::max();
  std::vector<std::string_view> cut = {out.input(0, 4), out.wholes("starts", {0, 0}), out.wholes("ends", {end, end}),
                                       out.wholes("axes", {2, 3}), out.wholes("steps", {stride, stride})};
  if (more == 0) {
    out.finish("Slice", cut, 4);
    return;
  }
  const std::string_view kept =
      stride == 1 ? cut[0] : out.step("kept", "Slice", {cut[0], cut[1], cut[2], cut[3], cut[4]});
  out.finish("Pad", {kept, out.wholes("pads", {0, more / 2, 0, 0, 0, more - more / 2, 0, 0})}, 4,
             OnnxAttributes().text("mode", "constant"));
}

constexpr OnnxLayerExport window_exports[] = {
    {"conv2d", conv2d},
    {"convTranspose2d", conv_transpose2d},
    {"maxPool2d", max_pool2d},
    {"averagePool2d", average_pool2d},
    {"globalAveragePool2d", global_average_pool2d},
    {"subsampling2d", subsampling2d},
    {"batchNorm2d", batch_norm2d},
    {"groupNorm", group_norm},
    {"localResponseNorm", local_response_norm},
    {"zeroPad2d", zero_pad2d},
    {"upsample", upsample},
    {"identityShortcut", identity_shortcut},
};

}  // namespace

std::span<const OnnxLayerExport> onnx_window_exports() { return window_exports; }

}  // namespace striate::io
