// How padding is filled: with a number, by reflection without repeating the edge, or by repeating the edge. (torch's words.)
#pragma once

namespace striate::kernels {

enum class PadMode { constant, reflect, replicate };

}  // namespace striate::kernels
