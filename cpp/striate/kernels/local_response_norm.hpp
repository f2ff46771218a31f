// The four numbers of local response normalisation, with torch's defaults; AlexNet-12 has size 5, alpha 5e-4 (torch divides
// it by size), beta 0.75, k 2.
#pragma once

namespace striate::kernels {

struct LocalResponseNorm {
  int size = 5;
  float alpha = 1e-4f, beta = 0.75f, k = 1.0f;
};

}  // namespace striate::kernels
