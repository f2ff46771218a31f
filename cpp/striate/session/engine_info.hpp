// What the engine says about itself, and the peak its figures are measured against.
#pragma once

#include "striate/io/json.hpp"

namespace striate::session {

// {build, version, arch, width}. build: "simd" in WebAssembly, "strict" for the native build with the same bits, else
// the arch; arch: the kernels in use; width: floats in one register.
io::Json engine_info();
// [{name, description, classes, inputShape: [c, h, w]}, …]
io::Json zoo_list();

// Each thread of the pool runs about `rounds` rounds of multiply-and-add in registers; the floating-point operations of
// all together.
double peak(double rounds);

}  // namespace striate::session
