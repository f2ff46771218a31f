// Resizing: where each output pixel looks is worked out by ONNX's rules, and compared with what our layer would do.
#include "striate/core/text.hpp"
#include "striate/io/onnx_importer.hpp"
#include "striate/kernels/upsample_plan.hpp"

#include <algorithm>
#include <cmath>

namespace striate::io {

using core::Status;

namespace {

struct Axis {
  std::int64_t in = 1, out = 1;
  double scale = 1;
};

double coordinate(std::string_view mode, const Axis& a, std::int64_t o) {
  const double x = static_cast<double>(o), in = static_cast<double>(a.in), out = static_cast<double>(a.out);
  // Whether o/scale falls below a whole number is a matter of rounding: in single precision, as runtimes do it.
  if (mode == "asymmetric") return static_cast<double>(static_cast<float>(o) / static_cast<float>(a.scale));
  // The length is in·scale there, unrounded.
  if (mode == "align_corners") return a.out == 1 ? 0 : x * (in - 1) / (in * a.scale - 1);
  if (mode == "pytorch_half_pixel" && a.out == 1) return 0;
  const double half = (x + 0.5) / a.scale - 0.5;
  return mode == "half_pixel_symmetric" ? in / 2 * (1 - out / (a.scale * in)) + half : half;
}

std::int64_t nearest(std::string_view rounding, double at) {
  if (rounding == "floor") return static_cast<std::int64_t>(std::floor(at));
  if (rounding == "ceil") return static_cast<std::int64_t>(std::ceil(at));
  return static_cast<std::int64_t>(rounding == "round_prefer_ceil" ? std::floor(at + 0.5) : std::ceil(at - 0.5));
}

bool looks_alike(const Axis& a, bool linear, std::string_view coordinates, std::string_view rounding,
                 const std::vector<kernels::UpsampleTap>& taps) {
  for (std::int64_t o = 0; o < a.out; ++o) {
    const double at = coordinate(coordinates, a, o);
    const kernels::UpsampleTap& tap = taps[static_cast<std::size_t>(o)];
    if (linear) {
      const double wanted = std::clamp(at, 0.0, static_cast<double>(a.in - 1));
      if (!(std::fabs(tap.first + static_cast<double>(tap.weight) - wanted) < 1e-5)) return false;
    } else if (std::clamp<std::int64_t>(nearest(rounding, at), 0, a.in - 1) != tap.first) {
      return false;
    }
  }
  return true;
}

Status resize_to(OnnxImporter& in, const Operand& x, const Axis (&axes)[4], std::string_view coordinates,
                 std::string_view rounding) {
  const std::string_view mode = in.text("mode", "nearest");
  const bool linear = mode == "linear" || mode == "bilinear";
  if (!linear && mode != "nearest")
    return in.refuse("resizes in mode ", quoted(mode), "; there are nearest and linear");
  if (axes[0].out != axes[0].in || axes[1].out != axes[1].in) return in.refuse("resizes images or channels");
  const Axis &y = axes[2], &column = axes[3];
  if (y.out < 1 || column.out < 1 || y.out > 65'535 || column.out > 65'535)
    return in.refuse("resizes to a size out of range (1 to 65535)");
  constexpr kernels::UpsampleMode modes[] = {kernels::UpsampleMode::nearest, kernels::UpsampleMode::bilinear,
                                             kernels::UpsampleMode::bilinear_align_corners};
  for (const kernels::UpsampleMode ours : modes) {
    if ((ours == kernels::UpsampleMode::nearest) == linear) continue;
    const auto plan = kernels::make_upsample_plan(ours, x.shape.height, x.shape.width, static_cast<int>(y.out),
                                                  static_cast<int>(column.out));
    if (!looks_alike(y, linear, coordinates, rounding, plan.y) ||
        !looks_alike(column, linear, coordinates, rounding, plan.x))
      continue;
    LayerOptions options;
    options.list("size", {static_cast<double>(y.out), static_cast<double>(column.out)});
    options.text("mode", linear ? "bilinear" : "nearest");
    options.flag("alignCorners", ours == kernels::UpsampleMode::bilinear_align_corners);
    return in.becomes("upsample", options);
  }
  return in.refuse("looks at other pixels than upsample would (", quoted(coordinates), ", ", quoted(rounding), ")");
}

Status resize(OnnxImporter& in) {
  STRIATE_TRY(x, in.value(0));
  if (x.rank != 3 && x.rank != 4) return in.refuse("resizes ", x.rank, " dimensions; images have rows and columns");
  const bool old = in.node().type == "Upsample" || in.opset() < 11;  // scales only, and one way to look
  const std::string_view coordinates = old ? "asymmetric" : in.text("coordinate_transformation_mode", "half_pixel");
  const std::string_view rounding = old ? "floor" : in.text("nearest_mode", "round_prefer_floor");
  constexpr std::string_view known[] = {"asymmetric", "align_corners", "half_pixel", "pytorch_half_pixel",
                                        "half_pixel_symmetric"};
  if (std::find(std::begin(known), std::end(known), coordinates) == std::end(known))
    return in.refuse("has coordinates ", quoted(coordinates));
  if (in.whole("antialias", 0) != 0) return in.refuse("smooths as it resizes (antialias)");
  std::vector<std::int64_t> chosen = in.wholes("axes"), sizes;
  if (!old && in.has(3)) {
    STRIATE_TRY(given, in.settings(3, ""));
    sizes = std::move(given);
  }
  STRIATE_TRY(tensor, in.constant(old ? 1 : 2));
  std::vector<float> scales =
      in.node().find("scales") != nullptr ? in.node().find("scales")->reals : std::vector<float>();
  if (tensor != nullptr && sizes.empty()) {
    STRIATE_TRY(given, in.floats(*tensor));
    scales.assign(given.span().begin(), given.span().end());
  }
  if (chosen.empty()) {
    for (int axis = 0; axis < x.rank; ++axis) chosen.push_back(axis);
  }
  if ((sizes.empty() ? scales.size() : sizes.size()) != chosen.size())
    return in.contradiction("has scales or sizes that do not fit its axes");
  Axis axes[4] = {{},
                  {x.shape.channels, x.shape.channels, 1},
                  {x.shape.height, x.shape.height, 1},
                  {x.shape.width, x.shape.width, 1}};
  const std::string_view policy = in.text("keep_aspect_ratio_policy", "stretch");
  double shared = 0;
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    const int at = OnnxImporter::axis_of(chosen[i], x.rank);
    if (at < 0) return in.contradiction("names an axis that does not exist");
    Axis& axis = axes[at];
    if (!sizes.empty() && at == 0) continue;  // as many images as come in
    axis.scale =
        sizes.empty() ? static_cast<double>(scales[i]) : static_cast<double>(sizes[i]) / static_cast<double>(axis.in);
    if (!(axis.scale > 0 && axis.scale < 65'536)) return in.refuse("has a scale out of range");
    axis.out = sizes.empty()
                   ? static_cast<std::int64_t>(std::floor(static_cast<float>(axis.in) * static_cast<float>(axis.scale)))
                   : sizes[i];
    const bool first = shared == 0;
    shared = first ? axis.scale : policy == "not_larger" ? std::min(shared, axis.scale) : std::max(shared, axis.scale);
  }
  if (!sizes.empty() && policy != "stretch") {
    for (const std::int64_t one : chosen) {
      Axis& axis = axes[OnnxImporter::axis_of(one, x.rank)];
      axis.scale = shared;
      axis.out = static_cast<std::int64_t>(std::floor(shared * static_cast<double>(axis.in) + 0.5));
    }
  }
  return resize_to(in, x, axes, coordinates, rounding);
}

constexpr OnnxOperator resize_operators[] = {{"Resize", resize}, {"Upsample", resize}};

}  // namespace

std::span<const OnnxOperator> onnx_resize_operators() { return resize_operators; }

}  // namespace striate::io
