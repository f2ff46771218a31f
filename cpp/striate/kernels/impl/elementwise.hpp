// Same-shape arithmetic on views: copy, add, multiply, accumulate. The views may differ in strides, and `output` may be
// one of the inputs.
#pragma once

#include "striate/kernels/blocked_view.hpp"
#include "striate/kernels/impl/rows.hpp"
#include "striate/kernels/impl/simd.hpp"

namespace striate::kernels::impl {

// output = f(input), vector by vector.
template <class Arch, class Function>
inline void map_rows(const ConstBlockedView& input, const BlockedView& output, Function&& f) {
  const int row_floats = input.width * input.lanes;
  for_each_row(input.blocks, input.height, input.channels, [&](int block, int y, int c) {
    const float* from = input.at(block, y, c);
    float* to = output.at(block, y, c);
    for (int i = 0; i < row_floats; i += width_of<Arch>) f(load<Arch>(from + i)).store_unaligned(to + i);
  });
}

// output = f(a, b).
template <class Arch, class Function>
inline void zip_rows(const ConstBlockedView& a, const ConstBlockedView& b, const BlockedView& output, Function&& f) {
  const int row_floats = a.width * a.lanes;
  for_each_row(a.blocks, a.height, a.channels, [&](int block, int y, int c) {
    const float* from_a = a.at(block, y, c);
    const float* from_b = b.at(block, y, c);
    float* to = output.at(block, y, c);
    for (int i = 0; i < row_floats; i += width_of<Arch>) f(load<Arch>(from_a + i), load<Arch>(from_b + i)).store_unaligned(to + i);
  });
}

template <class Arch>
void copy(const ConstBlockedView& input, const BlockedView& output) {
  map_rows<Arch>(input, output, [](const auto& x) { return x; });
}

template <class Arch>
void add(const ConstBlockedView& a, const ConstBlockedView& b, const BlockedView& output) {
  zip_rows<Arch>(a, b, output, [](const auto& x, const auto& y) { return x + y; });
}

template <class Arch>
void add_relu(const ConstBlockedView& a, const ConstBlockedView& b, const BlockedView& output) {
  zip_rows<Arch>(a, b, output, [](const auto& x, const auto& y) { return relu<Arch>(x + y); });
}

template <class Arch>
void multiply(const ConstBlockedView& a, const ConstBlockedView& b, const BlockedView& output) {
  zip_rows<Arch>(a, b, output, [](const auto& x, const auto& y) { return x * y; });
}

template <class Arch>
void fill(const BlockedView& view, float value) {
  const Vector<Arch> filling(value);
  const int row_floats = view.width * view.lanes;
  for_each_row(view.blocks, view.height, view.channels, [&](int block, int y, int c) {
    float* row = view.at(block, y, c);
    for (int i = 0; i < row_floats; i += width_of<Arch>) filling.store_unaligned(row + i);
  });
}

}  // namespace striate::kernels::impl
