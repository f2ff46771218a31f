// Flips, transposition and quarter turns: HorizontalFlip, VerticalFlip, Transpose, RandomRotate90, D4, SquareSymmetry, NoOp.
//
// All are one of the eight symmetries of a square, written as up to three moves: transpose, then mirror left–right, then
// mirror top–bottom. Pixels move whole, so nothing is lost.
// Shapes: transposition swaps height and width. Drawn: "element" for D4 and SquareSymmetry, 0…7 in the order e, r90, r180,
// r270, v, hvt, h, t; "factor" for RandomRotate90, quarter turns against the clock.
// Source: Albumentations 2.0.8, geometric/flip and geometric/rotate (documentation); numpy.rot90.
#include "striate/augment/families.hpp"
#include "striate/augment/short_rows.hpp"
#include "striate/augment/transform.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace striate::augment {
namespace {

struct Symmetry {
  bool transpose = false, mirror_x = false, mirror_y = false;
};

constexpr Symmetry quarter_turns[] = {{}, {true, false, true}, {false, true, true}, {true, true, false}};
constexpr Symmetry elements[] = {{}, quarter_turns[1], quarter_turns[2], quarter_turns[3],
                                 {false, false, true}, {true, true, true}, {false, true, false}, {true, false, false}};

void flip(const std::uint8_t* in, std::uint8_t* out, int height, int width, const Symmetry& how, const ImageKernels& kernels) {
  if (!how.mirror_y) {
    kernels.mirror_rows(in, out, height, width);
    return;
  }
  for (int y = 0; y < height; ++y) {
    const std::uint8_t* from = in + std::ptrdiff_t{height - 1 - y} * width;
    std::uint8_t* to = out + std::ptrdiff_t{y} * width;
    if (how.mirror_x) {
      kernels.mirror_rows(from, to, 1, width);
    } else {
      copy_row(from, to, static_cast<std::size_t>(width));
    }
  }
}

class SymmetryTransform : public Transform {
 public:
  core::Shape output(const Parameters& parameters, const core::Shape& in) const override {
    return symmetry(parameters).transpose ? core::Shape{in.channels, in.width, in.height} : in;
  }

  core::Result<SizeRange> sizes(const SizeRange& in) const override {
    if (!may_transpose()) return in;
    const SizeRange turned{in.channels, in.least_width, in.most_width, in.least_height, in.most_height};
    if (always_transposes()) return turned;
    return SizeRange{in.channels, std::min(in.least_height, in.least_width), std::max(in.most_height, in.most_width),
                     std::min(in.least_height, in.least_width), std::max(in.most_height, in.most_width)};
  }

  core::Status apply(const Job& job) const override {
    const Symmetry how = symmetry(job.parameters);
    const bool flips = how.mirror_x || how.mirror_y;
    const core::Shape& to = job.out.shape;
    if (!flips && !how.transpose) {
      std::memcpy(job.out.pixels, job.in.pixels, job.in.size());
      return {};
    }
    STRIATE_TAKE(std::uint8_t, turned, job.scratch, how.transpose && flips ? job.in.plane_size() : 0);
    for (int c = 0; c < job.in.shape.channels; ++c) {
      const std::uint8_t* from = job.in.plane(c);
      if (how.transpose) {
        std::uint8_t* place = flips ? turned : job.out.plane(c);
        job.kernels.transpose(from, place, job.in.shape.height, job.in.shape.width);
        from = place;
      }
      if (flips) flip(from, job.out.plane(c), to.height, to.width, how, job.kernels);
    }
    return {};
  }

  bool warp(const Parameters& parameters, const core::Shape& in, Warp& warp) const override {
    const Symmetry how = symmetry(parameters);
    const core::Shape to = output(parameters, in);
    // (u, v): the output's pixel before the mirrors; transposed, the input's row is u and its column v.
    const double ux = how.mirror_x ? -1 : 1, u0 = how.mirror_x ? to.width - 1 : 0;
    const double vy = how.mirror_y ? -1 : 1, v0 = how.mirror_y ? to.height - 1 : 0;
    if (how.transpose) {
      warp.matrix = {0, vy, v0, ux, 0, u0, 0, 0, 1};
    } else {
      warp.matrix = {ux, 0, u0, 0, vy, v0, 0, 0, 1};
    }
    warp.exact = true;
    return true;
  }

 protected:
  virtual Symmetry symmetry(const Parameters& parameters) const = 0;
  virtual bool may_transpose() const { return true; }
  virtual bool always_transposes() const { return false; }
};

template <int element>
class FixedSymmetry final : public SymmetryTransform {
 public:
  explicit FixedSymmetry(const Options&) {}

 protected:
  Symmetry symmetry(const Parameters&) const override { return elements[element]; }
  bool may_transpose() const override { return elements[element].transpose; }
  bool always_transposes() const override { return elements[element].transpose; }
};

class RandomRotate90 final : public SymmetryTransform {
 public:
  explicit RandomRotate90(const Options&) {}
  void draw(Draw& draw) const override { draw.put("factor", draw.integer(0, 3)); }

 protected:
  Symmetry symmetry(const Parameters& parameters) const override { return quarter_turns[parameters.integer("factor", 0, 3)]; }
};

class AnySymmetry final : public SymmetryTransform {
 public:
  explicit AnySymmetry(const Options&) {}
  void draw(Draw& draw) const override { draw.put("element", draw.integer(0, 7)); }

 protected:
  Symmetry symmetry(const Parameters& parameters) const override { return elements[parameters.integer("element", 0, 7)]; }
};

constexpr TransformSpec flips_specs[] = {
    {.name = "HorizontalFlip", .family = "flips", .doc = "Mirrors left and right.", .make = make_transform<FixedSymmetry<6>>},
    {.name = "VerticalFlip", .family = "flips", .doc = "Mirrors top and bottom.", .make = make_transform<FixedSymmetry<4>>},
    {.name = "Transpose", .family = "flips", .doc = "Swaps rows and columns.", .make = make_transform<FixedSymmetry<7>>},
    {.name = "RandomRotate90", .family = "flips", .doc = "0 to 3 quarter turns against the clock.", .p = 1, .make = make_transform<RandomRotate90>},
    {.name = "D4", .family = "flips", .doc = "One of the eight symmetries of a square.", .p = 1, .make = make_transform<AnySymmetry>},
    {.name = "SquareSymmetry", .family = "flips", .doc = "D4 by its other name.", .p = 1, .make = make_transform<AnySymmetry>},
    {.name = "NoOp", .family = "flips", .doc = "Leaves the image as it is.", .make = make_transform<FixedSymmetry<0>>},
};

}  // namespace

std::span<const TransformSpec> flip_transforms() { return flips_specs; }

}  // namespace striate::augment
