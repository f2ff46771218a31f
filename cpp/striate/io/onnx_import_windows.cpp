// ONNX operators with windows and statistics: convolution, pooling, normalization.
#include "striate/core/text.hpp"
#include "striate/io/onnx_importer.hpp"

#include <algorithm>
#include <cmath>

namespace striate::io {

using core::Buffer;
using core::Result;
using core::Status;

namespace {

// Kernel, stride, padding and dilation per axis (rows, columns); a 1-d window has one column.
struct Window {
  std::int64_t kernel[2] = {1, 1}, stride[2] = {1, 1}, dilation[2] = {1, 1}, before[2] = {0, 0}, after[2] = {0, 0};
  bool dilated() const { return dilation[0] != 1 || dilation[1] != 1; }
};

void put(LayerOptions& options, std::string_view name, const std::int64_t (&pair)[2]) {
  options.list(name, {static_cast<double>(pair[0]), static_cast<double>(pair[1])});
}
void put_window(LayerOptions& options, const Window& w) {
  put(options, "kernelSize", w.kernel);
  put(options, "stride", w.stride);
  options.list("padding", {double(w.before[0]), double(w.after[0]), double(w.before[1]), double(w.after[1])});
}

bool small(std::int64_t value, std::int64_t least) { return value >= least && value <= 65'535; }

// `kernel`: of the weight, or empty where the attribute alone says it. Leaves padding to the caller for ConvTranspose.
Result<Window> read_window(const OnnxImporter& in, int rank, std::span<const std::int64_t> kernel) {
  if (rank != 3 && rank != 4) return in.refuse("works on ", rank, " dimensions; windows here have one or two axes");
  const auto axes = static_cast<std::size_t>(rank - 2);
  const std::vector<std::int64_t> shape = in.wholes("kernel_shape"), strides = in.wholes("strides"),
                                  dilations = in.wholes("dilations"), pads = in.wholes("pads");
  const auto fits = [&](const std::vector<std::int64_t>& list, std::size_t size) {
    return list.empty() || list.size() == size;
  };
  if (!fits(shape, axes) || !fits(strides, axes) || !fits(dilations, axes) || !fits(pads, 2 * axes) ||
      (kernel.empty()
           ? shape.size() != axes
           : kernel.size() != axes || (!shape.empty() && !std::equal(kernel.begin(), kernel.end(), shape.begin())))) {
    return in.contradiction("has kernel_shape, strides, dilations or pads that do not fit its input and weight");
  }
  Window w;
  for (std::size_t i = 0; i < axes; ++i) {
    w.kernel[i] = kernel.empty() ? shape[i] : kernel[i];
    if (!strides.empty()) w.stride[i] = strides[i];
    if (!dilations.empty()) w.dilation[i] = dilations[i];
    if (!pads.empty()) w.before[i] = pads[i], w.after[i] = pads[i + axes];
    if (!small(w.kernel[i], 1) || !small(w.stride[i], 1) || !small(w.dilation[i], 1) || !small(w.before[i], 0) ||
        !small(w.after[i], 0)) {
      return in.refuse("has a kernel, stride, dilation or padding out of range (1, and 0 for padding, to 65535)");
    }
  }
  return w;
}

// auto_pad: output = ⌈input / stride⌉, the odd pixel behind (SAME_UPPER) or in front (SAME_LOWER).
Status pad_automatically(const OnnxImporter& in, const core::Shape& input, int rank, Window& w) {
  const std::string_view mode = in.text("auto_pad", "NOTSET");
  if (mode == "NOTSET" || mode.empty()) return {};
  if (mode != "VALID" && mode != "SAME_UPPER" && mode != "SAME_LOWER")
    return in.contradiction("has an unknown auto_pad");
  const std::int64_t size[] = {input.height, input.width};
  for (int i = 0; i < rank - 2; ++i) {
    const std::int64_t out = (size[i] + w.stride[i] - 1) / w.stride[i];
    const std::int64_t all =
        mode == "VALID"
            ? 0
            : std::max<std::int64_t>(0, (out - 1) * w.stride[i] + w.dilation[i] * (w.kernel[i] - 1) + 1 - size[i]);
    w.before[i] = mode == "SAME_UPPER" ? all / 2 : all - all / 2;
    w.after[i] = all - w.before[i];
  }
  return {};
}

// What a convolution and a transposed one read alike.
struct Convolution {
  Operand x;
  const OnnxTensor* weight = nullptr;
  const OnnxTensor* bias = nullptr;
  Window window;
};

Result<Convolution> read_convolution(const OnnxImporter& in) {
  STRIATE_TRY(x, in.value(0));
  STRIATE_TRY(weight, in.constant(1));
  STRIATE_TRY(bias, in.constant(2));
  if (weight == nullptr || weight->dims.size() != static_cast<std::size_t>(x.rank))
    return in.contradiction("has no weight of as many dimensions as its input");
  STRIATE_TRY(window, read_window(in, x.rank, std::span(weight->dims).subspan(2)));
  return Convolution{x, weight, bias, window};
}

bool one_each(const OnnxTensor* bias, std::int64_t filters) {
  return bias == nullptr || (bias->dims.size() == 1 && bias->dims[0] == filters);
}

Status conv(OnnxImporter& in) {
  STRIATE_TRY(convolution, read_convolution(in));
  auto& [x, weight, bias, w] = convolution;
  STRIATE_CHECK(pad_automatically(in, x.shape, x.rank, w));
  const std::int64_t groups = in.whole("group", 1), filters = weight->dims[0];
  if (!small(groups, 1) || weight->dims[1] * groups != x.shape.channels)
    return in.contradiction("has a weight for ", weight->dims[1], "·", groups, " channels over ", x.shape.channels);
  if (!one_each(bias, filters)) return in.contradiction("has a bias that is not one number a filter");
  LayerOptions options;
  options.number("outChannels", static_cast<double>(filters)).number("groups", static_cast<double>(groups));
  options.flag("bias", bias != nullptr);
  put_window(options, w);
  put(options, "dilation", w.dilation);
  STRIATE_TRY(out, in.emit("conv2d", options, x, OnnxImporter::layer_of(*weight)));
  in.give("weight", *weight);
  if (bias != nullptr) in.give("bias", *bias);
  in.output(out);
  return {};
}

// Groups and dilation are spelled out in a dense kernel: [Ci, Co/g, K] → [Ci, Co, (K − 1)·D + 1], zeros between.
Result<Buffer<float>> dense_kernel(const OnnxImporter& in, const OnnxTensor& weight, std::int64_t groups,
                                   const Window& w, const Window& dense) {
  STRIATE_TRY(source, in.floats(weight));
  const std::int64_t channels = weight.dims[0], part = weight.dims[1], filters = part * groups;
  const double size = static_cast<double>(channels) * static_cast<double>(filters) *
                      static_cast<double>(dense.kernel[0]) * static_cast<double>(dense.kernel[1]);
  if (size > 16'777'216) return in.refuse("has groups or a dilation that would make its kernel too large");
  Buffer<float> values;
  STRIATE_CHECK(values.resize(static_cast<std::size_t>(size), "a kernel with its zeros"));
  std::fill_n(values.data(), values.size(), 0.0f);
  std::size_t at = 0;
  for (std::int64_t i = 0; i < channels; ++i) {
    for (std::int64_t o = 0; o < part; ++o) {
      const std::int64_t plane = i * filters + i / (channels / groups) * part + o;
      for (std::int64_t y = 0; y < w.kernel[0]; ++y) {
        for (std::int64_t column = 0; column < w.kernel[1]; ++column) {
          values[static_cast<std::size_t>((plane * dense.kernel[0] + y * w.dilation[0]) * dense.kernel[1] +
                                          column * w.dilation[1])] = source[at++];
        }
      }
    }
  }
  return values;
}

Status conv_transpose(OnnxImporter& in) {
  STRIATE_TRY(convolution, read_convolution(in));
  const auto& [x, weight, bias, w] = convolution;
  const std::int64_t groups = in.whole("group", 1);
  if (!small(groups, 1) || weight->dims[0] != x.shape.channels || x.shape.channels % groups != 0 ||
      !small(weight->dims[1], 1) || !small(weight->dims[1] * groups, 1)) {
    return in.contradiction("has a weight for ", weight->dims[0], " channels in ", groups, " groups over ",
                            x.shape.channels);
  }
  const std::int64_t filters = weight->dims[1] * groups;
  if (!one_each(bias, filters)) return in.contradiction("has a bias that is not one number a feature map");
  const std::vector<std::int64_t> extra = in.wholes("output_padding"), wanted = in.wholes("output_shape");
  const std::string_view mode = in.text("auto_pad", "NOTSET");
  const auto axes = static_cast<std::size_t>(x.rank - 2);
  if ((!extra.empty() && extra.size() != axes) || (!wanted.empty() && wanted.size() < axes))
    return in.contradiction("has output_padding or output_shape that do not fit its input");
  Window dense = w;
  std::int64_t added[2] = {0, 0};
  const std::int64_t size[] = {x.shape.height, x.shape.width};
  for (std::size_t i = 0; i < axes; ++i) {
    if (!extra.empty()) added[i] = extra[i];
    if (!small(added[i], 0)) return in.refuse("has an output_padding out of range");
    dense.kernel[i] = (w.kernel[i] - 1) * w.dilation[i] + 1;
    const bool same = mode == "SAME_UPPER" || mode == "SAME_LOWER";
    if (mode == "VALID") dense.before[i] = dense.after[i] = 0;
    if (wanted.empty() && !same) continue;
    // What is over at the wanted size is cut; what is missing is added.
    const std::int64_t target = wanted.empty() ? size[i] * w.stride[i] : wanted[wanted.size() - axes + i];
    const std::int64_t all = (size[i] - 1) * w.stride[i] + added[i] + dense.kernel[i] - target;
    if (!small(target, 1) || all > 65'535) return in.refuse("has an output_shape out of range");
    if (all < 0) added[i] -= all;
    const std::int64_t cut = std::max<std::int64_t>(all, 0);
    dense.before[i] = mode == "SAME_UPPER" ? cut / 2 : cut - cut / 2;
    dense.after[i] = cut - dense.before[i];
  }
  LayerOptions options;
  options.number("outChannels", static_cast<double>(filters)).flag("bias", bias != nullptr);
  put_window(options, dense);
  put(options, "outputPadding", added);
  STRIATE_TRY(out, in.emit("convTranspose2d", options, x, OnnxImporter::layer_of(*weight)));
  if (groups == 1 && !w.dilated()) {
    in.give("weight", *weight);
  } else {
    STRIATE_TRY(values, dense_kernel(in, *weight, groups, w, dense));
    in.give("weight", std::move(values));
  }
  if (bias != nullptr) in.give("bias", *bias);
  in.output(out);
  return {};
}

Status pool(OnnxImporter& in, bool average) {
  STRIATE_TRY(x, in.value(0));
  STRIATE_TRY(w, read_window(in, x.rank, {}));
  STRIATE_CHECK(pad_automatically(in, x.shape, x.rank, w));
  if (average && w.dilated()) return in.refuse("is dilated; averages here have no dilation");
  LayerOptions options;
  put_window(options, w);
  options.flag("ceilMode", in.whole("ceil_mode", 0) != 0);
  if (average)
    options.flag("countPadding", in.whole("count_include_pad", 0) != 0);
  else
    put(options, "dilation", w.dilation);
  return in.becomes(average ? "averagePool2d" : "maxPool2d", options);
}

Status max_pool(OnnxImporter& in) { return pool(in, false); }
Status average_pool(OnnxImporter& in) { return pool(in, true); }

Status global_average_pool(OnnxImporter& in) {
  LayerOptions none;
  return in.becomes("globalAveragePool2d", none);
}

Status global_max_pool(OnnxImporter& in) {
  STRIATE_TRY(x, in.value(0));
  const std::int64_t kernel[] = {x.shape.height, x.shape.width};
  LayerOptions options;
  put(options, "kernelSize", kernel);
  return in.becomes("maxPool2d", options);
}

// The mean over all rows and columns, and over nothing else.
Status reduce_mean(OnnxImporter& in) {
  STRIATE_TRY(x, in.value(0));
  STRIATE_TRY(axes, in.settings(1, "axes"));
  std::vector<char> seen(4, false);
  for (const std::int64_t axis : axes) {
    const int at = OnnxImporter::axis_of(axis, x.rank);
    if (at < 2)
      return in.refuse("takes a mean over images or channels; only rows and columns together can be averaged");
    seen[static_cast<std::size_t>(at)] = true;
  }
  for (int axis = 2; axis < x.rank; ++axis) {
    if (!seen[static_cast<std::size_t>(axis)])
      return in.refuse("takes a mean over some axes; only rows and columns together can be averaged");
  }
  if (x.rank < 3)
    return in.refuse("takes a mean over images or channels; only rows and columns together can be averaged");
  STRIATE_TRY(out, in.emit("globalAveragePool2d", x));
  if (in.whole("keepdims", 1) == 0) out.rank = 2;
  in.output(out);
  return {};
}

// Inputs first … first + count − 1: constants of one number a channel.
Status per_channel(const OnnxImporter& in, const Operand& x, std::size_t first, std::size_t count) {
  for (std::size_t i = first; i < first + count; ++i) {
    STRIATE_TRY(tensor, in.constant(i));
    if (tensor == nullptr || tensor->dims.size() != 1 || tensor->dims[0] != x.shape.channels)
      return in.contradiction("needs one number a channel as input ", i + 1);
  }
  return {};
}

Status batch_normalization(OnnxImporter& in) {
  STRIATE_TRY(x, in.value(0));
  STRIATE_CHECK(per_channel(in, x, 1, 4));
  if (in.whole("training_mode", 0) != 0) return in.refuse("is in training mode; export the model for inference");
  if (in.whole("spatial", 1) == 0) return in.refuse("has statistics per pixel (spatial = 0); ours are per channel");
  LayerOptions options;
  options.number("eps", static_cast<double>(in.real("epsilon", 1e-5f)));
  options.number("momentum", std::clamp(1.0 - static_cast<double>(in.real("momentum", 0.9f)), 0.0, 1.0));
  STRIATE_TRY(out, in.emit("batchNorm2d", options, x, OnnxImporter::layer_of(*in.operand(1).constant)));
  constexpr const char* names[] = {"weight", "bias", "running_mean", "running_var"};
  for (std::size_t i = 0; i < 4; ++i) in.give(names[i], *in.operand(i + 1).constant);
  in.output(out);
  return {};
}

Status instance_normalization(OnnxImporter& in) {
  STRIATE_TRY(x, in.value(0));
  STRIATE_CHECK(per_channel(in, x, 1, 2));
  LayerOptions options;
  options.number("groups", x.shape.channels).number("eps", static_cast<double>(in.real("epsilon", 1e-5f)));
  STRIATE_TRY(out, in.emit("groupNorm", options, x, OnnxImporter::layer_of(*in.operand(1).constant)));
  in.give("weight", *in.operand(1).constant);
  in.give("bias", *in.operand(2).constant);
  in.output(out);
  return {};
}

// Scale and bias are per channel from version 21 on, per group before.
Status group_normalization(OnnxImporter& in) {
  STRIATE_TRY(x, in.value(0));
  const std::int64_t groups = in.whole("num_groups", 0);
  if (groups < 1 || groups > x.shape.channels || x.shape.channels % groups != 0)
    return in.contradiction("has num_groups that do not divide its channels");
  LayerOptions options;
  options.number("groups", static_cast<double>(groups)).number("eps", static_cast<double>(in.real("epsilon", 1e-5f)));
  STRIATE_TRY(out, in.emit("groupNorm", options, x));
  constexpr const char* names[] = {"weight", "bias"};
  for (std::size_t i = 1; i <= 2; ++i) {
    STRIATE_TRY(tensor, in.constant(i));
    if (tensor == nullptr || tensor->dims.size() != 1)
      return in.contradiction("needs a list of numbers as scale and bias");
    const std::int64_t count = tensor->dims[0];
    if (count != x.shape.channels && (in.opset() >= 21 || count != groups))
      return in.contradiction("has a scale or bias that is neither per channel nor per group");
    STRIATE_TRY(source, in.floats(*tensor));
    Buffer<float> values;
    STRIATE_CHECK(values.resize(static_cast<std::size_t>(x.shape.channels), "a scale per channel"));
    for (std::size_t c = 0; c < values.size(); ++c) values[c] = source[c * source.size() / values.size()];
    in.give(names[i - 1], std::move(values));
  }
  in.output(out);
  return {};
}

// ONNX's window reaches (size − 1)/2 channels down and size/2 up, ours the other way round: alike for odd sizes.
Status local_response(OnnxImporter& in) {
  const std::int64_t size = in.whole("size", 0);
  if (size % 2 == 0) return in.refuse("has the even size ", size, ", whose window lies differently here");
  LayerOptions options;
  options.number("size", static_cast<double>(size)).number("alpha", static_cast<double>(in.real("alpha", 1e-4f)));
  options.number("beta", static_cast<double>(in.real("beta", 0.75f)));
  options.number("k", static_cast<double>(in.real("bias", 1.0f)));
  return in.becomes("localResponseNorm", options);
}

constexpr OnnxOperator window_operators[] = {
    {"Conv", conv},
    {"ConvTranspose", conv_transpose},
    {"MaxPool", max_pool},
    {"AveragePool", average_pool},
    {"GlobalAveragePool", global_average_pool},
    {"GlobalMaxPool", global_max_pool},
    {"ReduceMean", reduce_mean},
    {"BatchNormalization", batch_normalization},
    {"InstanceNormalization", instance_normalization},
    {"GroupNormalization", group_normalization},
    {"LRN", local_response},
};

}  // namespace

std::span<const OnnxOperator> onnx_window_operators() { return window_operators; }

}  // namespace striate::io
