// Transform: one augmentation. Drawing its parameters and applying them are two functions; neither keeps state.
//
// A transform is made once from its options, then shared by all workers. draw() sees only the shape; apply() sees the
// pixels and what was drawn. output() tells the size that an application gives, from the parameters alone, so that a
// whole plan is known before a pixel moves. sizes() tells it for every possible draw, so that a policy that cannot work
// on a data set is refused before training begins.
#pragma once

#include "striate/augment/draw.hpp"
#include "striate/augment/image.hpp"
#include "striate/augment/options.hpp"
#include "striate/augment/plan.hpp"
#include "striate/augment/scratch.hpp"
#include "striate/core/result.hpp"
#include "striate/kernels/image/image_kernels.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace striate::augment {

using kernels::image::Border;
using kernels::image::ImageKernels;
using kernels::image::Interpolation;

// Other images that a step may look at (mixing, domain adaptation): usually the data set.
class ImagePool {
 public:
  virtual ~ImagePool() = default;
  virtual std::size_t count() const = 0;
  virtual ConstImage image(std::size_t index) const = 0;  // index < count()
  // The number that the image's own draws are keyed by.
  virtual std::uint32_t sample(std::size_t index) const { return static_cast<std::uint32_t>(index); }
};

// All sizes an image can have at some point of a policy.
struct SizeRange {
  int channels = 0;
  int least_height = 0, most_height = 0;
  int least_width = 0, most_width = 0;
  bool operator==(const SizeRange&) const = default;
  bool fixed() const { return least_height == most_height && least_width == most_width; }
  static SizeRange of(const core::Shape& s) { return {s.channels, s.height, s.height, s.width, s.width}; }
};

struct Job {
  ConstImage in;
  Image out;  // does not overlap `in`
  const Parameters& parameters;
  Scratch& scratch;
  const ImagePool* pool;
  ConstImage partner;  // of a step that mixes: of the same shape as `in`
  const ImageKernels& kernels;
};

// A resampling: output pixel (x, y) takes the input at (X/W, Y/W), (X, Y, W) = matrix · (x, y, 1). Rows first.
struct Warp {
  std::array<double, 9> matrix{1, 0, 0, 0, 1, 0, 0, 0, 1};
  bool exact = false;  // whole pixels onto whole pixels: a flip, a quarter turn
  Interpolation interpolation = Interpolation::linear;
  Border border = Border::constant;
  std::span<const double> fill;  // one number, or one a channel
};

// How finished bytes become floats: Normalize, ToFloat.
class FloatOutput {
 public:
  virtual void convert(ConstImage in, float* out) const = 0;

 protected:
  ~FloatOutput() = default;
};

class Transform {
 public:
  virtual ~Transform() = default;

  virtual core::Result<SizeRange> sizes(const SizeRange& in) const { return in; }
  virtual void draw(Draw& draw) const { static_cast<void>(draw); }
  virtual core::Shape output(const Parameters& parameters, const core::Shape& in) const {
    static_cast<void>(parameters);
    return in;
  }
  virtual core::Status apply(const Job& job) const = 0;
  // Fills `warp` and returns true when the step is nothing but a resampling of the same size (or the transposed one);
  // neighbours of that kind then become one.
  virtual bool warp(const Parameters& parameters, const core::Shape& in, Warp& warp) const {
    static_cast<void>(parameters), static_cast<void>(in), static_cast<void>(warp);
    return false;
  }

  // True when it blends in another image of the pool, named by the parameter "partner", which comes as job.partner with
  // the policy's other steps done; "weight" is then the share of the image's own label.
  virtual bool mixes() const { return false; }
  virtual const FloatOutput* float_output() const { return nullptr; }

  std::string_view name() const { return name_; }
  void set_name(std::string_view name) { name_ = name; }  // static storage

 private:
  std::string_view name_;
};

// Which numbers of channels a transform makes sense for.
enum class Channels { any, rgb, rgb_or_gray, several };

struct TransformSpec {
  std::string_view name;
  std::string_view family;  // the palette's heading
  std::string_view doc;
  double p = 0.5;  // the default probability
  Channels channels = Channels::any;
  std::span<const OptionSpec> options = {};
  core::Result<std::unique_ptr<Transform>> (*make)(Options& options) = nullptr;
};

// TransformSpec::make for a class with a constructor from Options. It may have a static check(options), when options may
// not fit each other, and a static settle(options), when one given takes another's default away.
template <class T>
core::Result<std::unique_ptr<Transform>> make_transform(Options& options) {
  if constexpr (requires { T::check(options); }) {
    STRIATE_CHECK(T::check(options));
  }
  if constexpr (requires { T::settle(options); }) T::settle(options);
  return std::unique_ptr<Transform>(std::make_unique<T>(options));
}

// The byte that `fill` means for channel c: rounded, and cut to 0…255.
std::uint8_t fill_byte(std::span<const double> fill, int c);

// A drawn size as a side that an image can have.
inline int clamp_side(double value) { return bounded(value, 1, static_cast<int>(option::largest_side)); }

}  // namespace striate::augment
