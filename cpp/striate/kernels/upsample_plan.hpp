// Where an upsampled pixel looks: at one input pixel (nearest) or between two (bilinear), per axis, worked out once.
//
//   nearest                 i = ⌊o·I/O⌋
//   bilinear                i + f = max((o + ½)·I/O − ½, 0)
//   bilinear, align corners i + f = o·(I − 1)/(O − 1)
//
// Source: torch.nn.Upsample; ONNX Resize with the same coordinate modes.
#pragma once

#include <vector>

namespace striate::kernels {

enum class UpsampleMode { nearest, bilinear, bilinear_align_corners };

struct UpsampleTap {
  int first = 0, second = 0;   // equal for nearest and at the far edge
  float weight = 0;            // of the second; the first has 1 − weight
};

struct UpsamplePlan {
  std::vector<UpsampleTap> y, x;  // one per output row and column
};

UpsamplePlan make_upsample_plan(UpsampleMode mode, int input_height, int input_width, int output_height, int output_width);

}  // namespace striate::kernels
