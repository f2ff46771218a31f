// A table of kernels that counts the time spent in them, for the profile: what a step takes beside it is the engine's own.
//
// Each function is the given table's behind two readings of the clock, which count as the engine's time. Counted is the
// calling thread's time alone.
#pragma once

#include "striate/kernels/kernel_table.hpp"

namespace striate::session {

// One table for the process: the last one asked for.
const kernels::KernelTable& timed_kernels(const kernels::KernelTable& kernels);
// Of the calling thread, since it was set to zero.
double& spent_in_kernels_ms();

}  // namespace striate::session
