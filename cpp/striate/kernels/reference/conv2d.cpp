// conv2d by its definition: five nested sums, each gradient by the chain rule on the same loop nest.
#include "striate/kernels/reference/reference.hpp"

namespace striate::kernels::reference {
namespace {

// Calls body(output index, input index or −1 for padding, weight index) for every product of the convolution.
template <class Body>
void for_each_product(const Conv2d& conv, Body&& body) {
  const auto& [channels, height, width] = conv.input;
  const auto& y = conv.window.y;
  const auto& x = conv.window.x;
  std::int64_t out = 0;
  for (int n = 0; n < conv.batch; ++n) {
    for (int co = 0; co < conv.output.channels; ++co) {
      for (int oy = 0; oy < conv.output.height; ++oy) {
        for (int ox = 0; ox < conv.output.width; ++ox, ++out) {
          std::int64_t weight = std::int64_t{co} * channels * y.kernel * x.kernel;
          for (int ci = 0; ci < channels; ++ci) {
            for (int ky = 0; ky < y.kernel; ++ky) {
              for (int kx = 0; kx < x.kernel; ++kx, ++weight) {
                const int iy = y.start(oy) + ky * y.dilation, ix = x.start(ox) + kx * x.dilation;
                const bool inside = iy >= 0 && iy < height && ix >= 0 && ix < width;
                const std::int64_t in = inside ? ((std::int64_t{n} * channels + ci) * height + iy) * width + ix : -1;
                body(static_cast<std::size_t>(out), in, static_cast<std::size_t>(weight));
              }
            }
          }
        }
      }
    }
  }
}

std::size_t output_size(const Conv2d& conv) { return static_cast<std::size_t>(conv.batch * conv.output.elements()); }

}  // namespace

Values conv2d_forward(const Conv2d& conv, const Values& input, const Values& weight, const Values& bias) {
  Values output(output_size(conv));
  const auto plane = static_cast<std::size_t>(conv.output.height * conv.output.width);
  for (std::size_t i = 0; i < output.size(); ++i) {
    output[i] = bias.empty() ? 0.0 : bias[i / plane % static_cast<std::size_t>(conv.output.channels)];
  }
  for_each_product(conv, [&](std::size_t out, std::int64_t in, std::size_t w) {
    output[out] += weight[w] * (in < 0 ? conv.padding_value : input[static_cast<std::size_t>(in)]);
  });
  return output;
}

Values conv2d_dinput(const Conv2d& conv, const Values& doutput, const Values& weight) {
  Values dinput(static_cast<std::size_t>(conv.batch * conv.input.elements()));
  for_each_product(conv, [&](std::size_t out, std::int64_t in, std::size_t w) {
    if (in >= 0) dinput[static_cast<std::size_t>(in)] += weight[w] * doutput[out];
  });
  return dinput;
}

Values conv2d_dweight(const Conv2d& conv, const Values& input, const Values& doutput) {
  Values dweight(static_cast<std::size_t>(conv.output.channels * conv.input.channels * conv.window.y.kernel *
                                          conv.window.x.kernel));
  for_each_product(conv, [&](std::size_t out, std::int64_t in, std::size_t w) {
    dweight[w] += doutput[out] * (in < 0 ? conv.padding_value : input[static_cast<std::size_t>(in)]);
  });
  return dweight;
}

Values conv2d_dbias(const Conv2d& conv, const Values& doutput) {
  Values dbias(static_cast<std::size_t>(conv.output.channels));
  const auto plane = static_cast<std::size_t>(conv.output.height * conv.output.width);
  for (std::size_t i = 0; i < doutput.size(); ++i) dbias[i / plane % dbias.size()] += doutput[i];
  return dbias;
}

}  // namespace striate::kernels::reference
