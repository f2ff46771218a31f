// A batch-blocked tensor with a halo, for kernel tests: filled from and read back as NCHW doubles. Every float that the
// kernel must not touch holds a sentinel, so that a write outside the interior is noticed.
#pragma once

#include "draw.hpp"
#include "striate/kernels/kernel_table.hpp"
#include "striate/kernels/reference/reference.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace striate::tests {

inline constexpr float sentinel = -7.0e33f;

struct BlockedTensor {
  std::vector<float> storage;
  core::Shape shape;
  kernels::Halo halo;
  int batch = 0, lanes = 0, blocks = 0;
  int idle = 0;  // lanes of the last block that kernels need not work out

  BlockedTensor(const core::Shape& s, int n, int lanes_, const kernels::Halo& h = {})
      : shape(s), halo(h), batch(n), lanes(lanes_), blocks((n + lanes_ - 1) / lanes_) {
    storage.assign(kernels::blocked_floats(shape, blocks, lanes, halo), sentinel);
  }
  kernels::BlockedView view() {
    kernels::BlockedView made = kernels::blocked_view(storage.data(), shape, blocks, lanes, halo);
    made.idle_lanes = idle;
    return made;
  }

  // NCHW values in; lanes without an image get `empty`.
  void fill(const Values& nchw, float empty = 0.0f) {
    each([&](int image, std::size_t index, float& value) {
      value = image < batch ? static_cast<float>(nchw[index]) : empty;
    });
  }
  Values read() {
    Values nchw(static_cast<std::size_t>(batch * shape.elements()));
    each([&](int image, std::size_t index, float& value) {
      if (image < batch) nchw[index] = value;
    });
    return nchw;
  }
  // Floats outside the interior that no longer hold the sentinel.
  int disturbed() {
    auto copy = storage;
    BlockedTensor other = *this;
    other.each([](int, std::size_t, float& value) { value = sentinel; });
    return static_cast<int>(std::count_if(other.storage.begin(), other.storage.end(), [](float v) { return v != sentinel; }));
  }

  template <class Body>
  void each(Body&& body) {
    const auto v = view();
    for (int image = 0; image < blocks * lanes; ++image) {
      for (int c = 0; c < shape.channels; ++c) {
        for (int y = 0; y < shape.height; ++y) {
          for (int x = 0; x < shape.width; ++x) {
            const auto index = static_cast<std::size_t>(((std::int64_t{image} * shape.channels + c) * shape.height + y) * shape.width + x);
            body(image, index, v.at(image / lanes, y, c, x)[image % lanes]);
          }
        }
      }
    }
  }
};

// A batch with these values; lanes without an image get `empty`.
inline BlockedTensor filled(const kernels::reference::Images& images, int lanes, const Values& values, float empty = 0.0f,
                            const kernels::Halo& halo = {}) {
  BlockedTensor tensor(images.shape, images.batch, lanes, halo);
  tensor.fill(values, empty);
  return tensor;
}

// What a plan does where the last block has vectors without an image.
template <class... Tensors>
void let_idle(const kernels::KernelTable& table, Tensors&... tensors) {
  const auto let = [&](BlockedTensor& tensor) {
    tensor.idle = tensor.lanes - kernels::working_lanes(tensor.batch - (tensor.blocks - 1) * tensor.lanes, tensor.lanes, table.width);
  };
  (let(tensors), ...);
}

inline bool idle_lanes_are_zero(BlockedTensor& tensor) {
  bool zero = true;
  tensor.each([&](int image, std::size_t, float& value) {
    zero = zero && (image < tensor.blocks * tensor.lanes - tensor.idle || value == 0.0f);
  });
  return zero;
}

inline bool empty_lanes_are_zero(BlockedTensor& tensor) {
  bool zero = true;
  tensor.each([&](int image, std::size_t, float& value) { zero = zero && (image < tensor.batch || value == 0.0f); });
  return zero;
}

inline std::vector<float> to_floats(const Values& values) { return {values.begin(), values.end()}; }
inline Values to_doubles(const std::vector<float>& values) { return {values.begin(), values.end()}; }
inline Values absolute(Values values) {
  for (double& value : values) value = std::abs(value);
  return values;
}

// Largest of |got − expected| / (epsilon · length · magnitude): at most 1 when each of `length` terms rounded once or so.
// magnitude: the same sum taken over absolute values, elementwise.
inline double worst_error(const Values& got, const Values& expected, const Values& magnitude, double length) {
  if (got.size() != expected.size()) return std::numeric_limits<double>::infinity();
  double worst = 0;
  for (std::size_t i = 0; i < got.size(); ++i) {
    const double allowed = 0x1p-24 * length * magnitude[i] + 0x1p-140;
    const double error = std::abs(got[i] - expected[i]) / allowed;
    if (!(error <= worst)) worst = error;
  }
  return worst;
}

// Runs body(table, lanes) for every arch of this build that the machine can run and every block size it offers.
template <class Body>
void for_each_arch(Body&& body) {
  for (const kernels::KernelTable* table : kernels::kernel_tables()) {
    for (const int lanes : {4, 8, 16}) {
      if (lanes % table->width == 0) body(*table, lanes);
    }
  }
}

}  // namespace striate::tests
