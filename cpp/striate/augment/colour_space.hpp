// Changes made in another colour space, a few thousand pixels at a time so that all stays in the first caches.
#pragma once

#include "striate/augment/tables.hpp"
#include "striate/augment/transform.hpp"

namespace striate::augment {

// table[h] = h + by, modulo 180, its whole part.
void hue_table(double by, Table& table);

// RGB to HSV, each of the three through its table, and back. `in` and `out` may be the same image.
core::Status through_hsv(const ConstImage& in, const Image& out, const Table& hue, const Table& saturation, const Table& value,
                         Scratch& scratch, const ImageKernels& kernels);
core::Status turn_hue(const ConstImage& in, const Image& out, const Table& hue, Scratch& scratch, const ImageKernels& kernels);

}  // namespace striate::augment
