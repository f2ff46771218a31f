// Rows of floats: conversion, weighted sums of rows, picks from a row. Filters and resizing are made of these.
//
// A weighted sum takes any rows of memory: neighbours in x are the same row begun one later, neighbours in y are other
// rows. Sums run in the order of the list, four terms a pass, each product rounded and then added.
#pragma once

#include "striate/kernels/image/impl/pointwise.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace striate::kernels::image::impl {

template <class Arch>
void to_floats(const std::uint8_t* __restrict in, float* __restrict out, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) out[i] = static_cast<float>(in[i]);
}

// Whole numbers nearest to the values (halves to even), cut to 0…255.
template <class Arch>
void to_bytes(const float* __restrict in, std::uint8_t* __restrict out, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    out[i] = static_cast<std::uint8_t>(static_cast<int>(round_even<Arch>(cut<Arch>(in[i]))));
  }
}

// out = offset + Σ weights[k] · rows[k]. With up to three terms, `out` may be one of the rows.
template <class Arch>
void weigh(const float* const* rows, const float* weights, int terms, float offset, float* out, std::size_t count) {
  int k = terms % 4;
  if (k == 0) {
    for (std::size_t i = 0; i < count; ++i) out[i] = offset;
  } else {
    const float *a = rows[0], *b = rows[k > 1 ? 1 : 0], *c = rows[k > 2 ? 2 : 0];
    const float wa = weights[0], wb = weights[k > 1 ? 1 : 0], wc = weights[k > 2 ? 2 : 0];
    switch (k) {
      case 1:
        for (std::size_t i = 0; i < count; ++i) out[i] = offset + wa * a[i];
        break;
      case 2:
        for (std::size_t i = 0; i < count; ++i) out[i] = (offset + wa * a[i]) + wb * b[i];
        break;
      default:
        for (std::size_t i = 0; i < count; ++i) out[i] = ((offset + wa * a[i]) + wb * b[i]) + wc * c[i];
    }
  }
  for (; k < terms; k += 4) {
    const float *a = rows[k], *b = rows[k + 1], *c = rows[k + 2], *d = rows[k + 3];
    const float wa = weights[k], wb = weights[k + 1], wc = weights[k + 2], wd = weights[k + 3];
    for (std::size_t i = 0; i < count; ++i) out[i] = (((out[i] + wa * a[i]) + wb * b[i]) + wc * c[i]) + wd * d[i];
  }
}

// out[i] = Σ weights[k · count + i] · row[first[i] + k].
template <class Arch>
void pick(const float* __restrict row, const std::int32_t* __restrict first, const float* __restrict weights, int taps,
          float* __restrict out, int count) {
  if (taps == 2) {
    const float* __restrict second = weights + count;
    for (int i = 0; i < count; ++i) out[i] = weights[i] * row[first[i]] + second[i] * row[first[i] + 1];
    return;
  }
  for (int i = 0; i < count; ++i) out[i] = 0;
  for (int k = 0; k < taps; ++k) {
    const float* __restrict w = weights + std::ptrdiff_t{k} * count;
    const float* __restrict from = row + k;
    for (int i = 0; i < count; ++i) out[i] += w[i] * from[first[i]];
  }
}

// Sums of k neighbours of a row of bytes; k ≤ 255.
template <class Arch>
void box_row(const std::uint8_t* __restrict row, int k, std::uint16_t* __restrict out, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) out[i] = row[i];
  int j = 1;
  for (; j + 2 <= k; j += 2) {
    for (std::size_t i = 0; i < count; ++i) {
      const auto two = static_cast<std::uint16_t>(row[i + static_cast<std::size_t>(j)] + row[i + static_cast<std::size_t>(j) + 1]);
      out[i] = static_cast<std::uint16_t>(out[i] + two);
    }
  }
  for (; j < k; ++j) {
    for (std::size_t i = 0; i < count; ++i) out[i] = static_cast<std::uint16_t>(out[i] + row[i + static_cast<std::size_t>(j)]);
  }
}

// A window of rows moves on by one: what it sums, and its mean, rounded. Sums below 2^24 are whole as floats.
template <class Arch>
void box_step(const std::uint16_t* __restrict entering, const std::uint16_t* __restrict leaving, std::int32_t* __restrict sums, float scale,
              std::uint8_t* __restrict out, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    const std::int32_t sum = sums[i] + (std::int32_t{entering[i]} - std::int32_t{leaving[i]});
    sums[i] = sum;
    out[i] = static_cast<std::uint8_t>(static_cast<int>(round_even<Arch>(static_cast<float>(sum) * scale)));
  }
}

// The largest (or smallest) of the rows, for dilation and erosion.
template <class Arch>
void extreme(const std::uint8_t* const* rows, int terms, bool largest, std::uint8_t* __restrict out, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) out[i] = rows[0][i];
  for (int k = 1; k < terms; ++k) {
    const std::uint8_t* __restrict row = rows[k];
    if (largest) {
      for (std::size_t i = 0; i < count; ++i) out[i] = std::max(out[i], row[i]);
    } else {
      for (std::size_t i = 0; i < count; ++i) out[i] = std::min(out[i], row[i]);
    }
  }
}

}  // namespace striate::kernels::image::impl
