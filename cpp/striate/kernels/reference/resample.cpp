// Padding, upsampling and average pooling by their definitions: each says where an output comes from, and its backward
// adds the gradient there.
#include "striate/kernels/reference/reference.hpp"

#include <algorithm>
#include <cmath>

namespace striate::kernels::reference {
namespace {

int source(PadMode mode, int at, int size) {
  if (at >= 0 && at < size) return at;
  if (mode == PadMode::constant) return -1;
  if (mode == PadMode::replicate) return at < 0 ? 0 : size - 1;
  return at < 0 ? -at : 2 * size - 2 - at;
}

Images padded(const Halo& sides, const Images& images) {
  return {images.batch, {images.shape.channels, images.shape.height + sides.top + sides.bottom,
                         images.shape.width + sides.left + sides.right}};
}

// Calls body(input index along the axis, weight) for what output position `o` is made of.
template <class Body>
void for_each_tap(UpsampleMode mode, int o, int input, int output, Body&& body) {
  if (mode == UpsampleMode::nearest) return body(static_cast<int>(std::int64_t{o} * input / output), 1.0);
  double at = mode == UpsampleMode::bilinear ? std::max((o + 0.5) * input / output - 0.5, 0.0)
                                             : (output > 1 ? static_cast<double>(o) * (input - 1) / (output - 1) : 0.0);
  at = std::min(at, static_cast<double>(input - 1));
  const int first = std::min(static_cast<int>(std::floor(at + 1e-12)), input - 1);
  const double weight = at - first;
  body(first, 1 - weight);
  if (first + 1 < input) body(first + 1, weight);
}

template <class Body>
void for_each_upsampled(UpsampleMode mode, const Images& images, int height, int width, Body&& body) {
  const Images larger{images.batch, {images.shape.channels, height, width}};
  for_each_place(larger, [&](int n, int c, int y, int x) {
    for_each_tap(mode, y, images.shape.height, height, [&](int iy, double wy) {
      for_each_tap(mode, x, images.shape.width, width, [&](int ix, double wx) {
        body(larger.at(n, c, y, x), images.at(n, c, iy, ix), wy * wx);
      });
    });
  });
}

// Calls body(output index, input index, share) for every pixel of every window.
template <class Body>
void for_each_share(const Pool2d& pool, bool count_padding, Body&& body) {
  const Images in{pool.batch, pool.input}, out{pool.batch, pool.output};
  const auto inside = [](const core::WindowAxis& axis, int o, int tap, int size) {
    const int at = axis.start(o) + tap * axis.dilation;
    return at >= 0 && at < size ? at : -1;
  };
  const auto counted = [&](const core::WindowAxis& axis, int o, int size) {
    int count = 0;
    for (int tap = 0; tap < axis.kernel; ++tap) {
      const int at = axis.start(o) + tap * axis.dilation;
      count += count_padding ? at < size + axis.after : at >= 0 && at < size;
    }
    return count;
  };
  for_each_place(out, [&](int n, int c, int y, int x) {
    const int divisor = std::max(1, counted(pool.window.y, y, pool.input.height) * counted(pool.window.x, x, pool.input.width));
    for (int ky = 0; ky < pool.window.y.kernel; ++ky) {
      for (int kx = 0; kx < pool.window.x.kernel; ++kx) {
        const int iy = inside(pool.window.y, y, ky, pool.input.height), ix = inside(pool.window.x, x, kx, pool.input.width);
        if (iy >= 0 && ix >= 0) body(out.at(n, c, y, x), in.at(n, c, iy, ix), 1.0 / divisor);
      }
    }
  });
}

}  // namespace

Values pad2d_forward(PadMode mode, const Halo& sides, double value, const Images& images, const Values& input) {
  const Images larger = padded(sides, images);
  Values output(larger.size());
  for_each_place(larger, [&](int n, int c, int y, int x) {
    const int iy = source(mode, y - sides.top, images.shape.height), ix = source(mode, x - sides.left, images.shape.width);
    output[larger.at(n, c, y, x)] = iy < 0 || ix < 0 ? value : input[images.at(n, c, iy, ix)];
  });
  return output;
}

Values pad2d_backward(PadMode mode, const Halo& sides, const Images& images, const Values& doutput) {
  const Images larger = padded(sides, images);
  Values dinput(images.size());
  for_each_place(larger, [&](int n, int c, int y, int x) {
    const int iy = source(mode, y - sides.top, images.shape.height), ix = source(mode, x - sides.left, images.shape.width);
    if (iy >= 0 && ix >= 0) dinput[images.at(n, c, iy, ix)] += doutput[larger.at(n, c, y, x)];
  });
  return dinput;
}

Values upsample_forward(UpsampleMode mode, const Images& images, int height, int width, const Values& input) {
  Values output(Images{images.batch, {images.shape.channels, height, width}}.size());
  for_each_upsampled(mode, images, height, width, [&](std::size_t out, std::size_t in, double w) { output[out] += w * input[in]; });
  return output;
}

Values upsample_backward(UpsampleMode mode, const Images& images, int height, int width, const Values& doutput) {
  Values dinput(images.size());
  for_each_upsampled(mode, images, height, width, [&](std::size_t out, std::size_t in, double w) { dinput[in] += w * doutput[out]; });
  return dinput;
}

Values average_pool2d_forward(const Pool2d& pool, bool count_padding, const Values& input) {
  Values output(static_cast<std::size_t>(pool.batch * pool.output.elements()));
  for_each_share(pool, count_padding, [&](std::size_t out, std::size_t in, double share) { output[out] += share * input[in]; });
  return output;
}

Values average_pool2d_backward(const Pool2d& pool, bool count_padding, const Values& doutput) {
  Values dinput(static_cast<std::size_t>(pool.batch * pool.input.elements()));
  for_each_share(pool, count_padding, [&](std::size_t out, std::size_t in, double share) { dinput[in] += share * doutput[out]; });
  return dinput;
}

}  // namespace striate::kernels::reference
