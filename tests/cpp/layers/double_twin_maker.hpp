// How double twins are made: one object draws the shape, the options and the arguments, and a function for each kind of
// layer adds forward and backward.
#pragma once

#include "layers/double_twin.hpp"

#include <cmath>
#include <numeric>

namespace striate::tests {

namespace reference = kernels::reference;
using Arguments = std::vector<Values>;
using List = std::vector<double>;

inline std::size_t size(std::int64_t count) { return static_cast<std::size_t>(count); }

// Two different numbers are at least 1/64 apart and none is nearer to zero: no step of a difference crosses a kink.
inline Values apart(std::size_t count, Draw& draw) {
  std::vector<std::uint32_t> order(count);
  std::iota(order.begin(), order.end(), 0u);
  core::shuffle(order, draw.rng);
  Values values(count);
  for (std::size_t i = 0; i < count; ++i)
    values[i] = (order[i] - std::floor(static_cast<double>(count) / 2) + 0.5) / 32;
  return values;
}

struct Maker {
  Draw& draw;
  DoubleTwin twin{};

  reference::Images images() const { return {twin.batch, twin.input}; }
  void image(int channels = 3, int least = 1, int most = 5) {
    twin.batch = draw.pick(1, 2);
    twin.input = {draw.pick(1, channels), draw.pick(least, most), draw.pick(least, most)};
  }
  void flat(int features) {
    twin.batch = draw.pick(1, 3);
    twin.input = {draw.pick(1, features), 1, 1};
  }
  void input(double scale = 1) { twin.arguments.push_back(draw.values(images().size(), scale)); }
  void parameter(std::size_t count) { twin.arguments.push_back(draw.values(count)); }
  void option(const char* name, core::OptionValue value) { twin.options.push_back({name, std::move(value)}); }

  core::WindowGeometry window(int kernel, bool pool, bool dilates) {
    core::WindowGeometry made;
    for (core::WindowAxis* axis : {&made.y, &made.x}) {
      const int k = draw.pick(1, kernel), most = pool ? k / 2 : 2;
      *axis = {k, draw.pick(1, 3), draw.pick(0, most), draw.pick(0, most), dilates ? draw.pick(1, 2) : 1};
    }
    option("kernelSize", List{static_cast<double>(made.y.kernel), static_cast<double>(made.x.kernel)});
    option("stride", List{static_cast<double>(made.y.stride), static_cast<double>(made.x.stride)});
    option("padding", List{static_cast<double>(made.y.before), static_cast<double>(made.y.after),
                           static_cast<double>(made.x.before), static_cast<double>(made.x.after)});
    if (dilates) option("dilation", List{static_cast<double>(made.y.dilation), static_cast<double>(made.x.dilation)});
    return made;
  }

  void conv2d();
  void conv_transpose2d();
  void linear();
  void pool(bool average);
  void subsampling2d();
  void batch_norm2d();
  void group_norm();
  void local_response_norm();
  void pad();
  void upsample();
  void identity_shortcut();
  void radial_basis();
  void softmax(bool logarithm);
  void activation(const kernels::Activation& activation);
  void sum(int inputs);
  void product();
  void concat();
  void dropout();
  void same();
};

}  // namespace striate::tests
