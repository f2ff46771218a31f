// max_pool2d by its definition.
#include "striate/kernels/reference/reference.hpp"

#include <cmath>
#include <limits>

namespace striate::kernels::reference {
namespace {

// Calls body(output index, input index of the first maximum, its value) for every window.
template <class Body>
void for_each_window(const Pool2d& pool, const Values& input, Body&& body) {
  const auto& [channels, height, width] = pool.input;
  std::size_t out = 0;
  for (int plane = 0; plane < pool.batch * channels; ++plane) {
    for (int oy = 0; oy < pool.output.height; ++oy) {
      for (int ox = 0; ox < pool.output.width; ++ox, ++out) {
        double best = -std::numeric_limits<double>::infinity();
        std::size_t where = 0;
        bool found = false;
        for (int ky = 0; ky < pool.window.y.kernel; ++ky) {
          for (int kx = 0; kx < pool.window.x.kernel; ++kx) {
            const int iy = pool.window.y.start(oy) + ky * pool.window.y.dilation;
            const int ix = pool.window.x.start(ox) + kx * pool.window.x.dilation;
            if (iy < 0 || iy >= height || ix < 0 || ix >= width) continue;
            const auto in = static_cast<std::size_t>((std::int64_t{plane} * height + iy) * width + ix);
            if (!found || input[in] > best || std::isnan(input[in])) {
              best = input[in];
              where = in;
              found = true;
            }
          }
        }
        body(out, where, best, found);
      }
    }
  }
}

}  // namespace

Values max_pool2d_forward(const Pool2d& pool, const Values& input) {
  Values output(static_cast<std::size_t>(pool.batch * pool.output.elements()));
  for_each_window(pool, input, [&](std::size_t out, std::size_t, double best, bool) { output[out] = best; });
  return output;
}

Values max_pool2d_backward(const Pool2d& pool, const Values& input, const Values& doutput) {
  Values dinput(input.size());
  for_each_window(pool, input, [&](std::size_t out, std::size_t where, double, bool found) {
    if (found) dinput[where] += doutput[out];
  });
  return dinput;
}

}  // namespace striate::kernels::reference
