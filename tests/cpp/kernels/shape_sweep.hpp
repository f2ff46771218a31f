// A kernel held to its double twin over many small shapes, half of them at the edges of tiles and vectors (1, t − 1, t,
// t + 1, primes). STRIATE_KERNEL_SHAPES sets how many shapes an operation gets; 100000 is the extended run, which also
// prints how much of each bound was used.
//
// Errors are counted in ULP of float32 (2⁻²³) of a magnitude: of the result itself where an operation rounds its
// result, and of the sum of the absolute terms where it sums, since cancellation is the input's doing and not the
// kernel's.
#pragma once

#include "blocked_tensor.hpp"
#include "striate/kernels/row_range.hpp"

#include <doctest/doctest.h>

#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>

namespace striate::tests {

inline constexpr double ulp = 0x1p-23;

class ShapeSweep {
 public:
  ShapeSweep(const char* operation, std::uint32_t stream, int usual)
      : operation_(operation), stream_(stream), count_(usual) {
#if defined(__SANITIZE_ADDRESS__)
    count_ /= 8;
#endif
    if (const char* wanted = std::getenv("STRIATE_KERNEL_SHAPES")) extended_ = (count_ = std::atoi(wanted)) > usual;
  }

  // body(draw) once a shape.
  template <class Body>
  void run(Body&& body) {
    for (item_ = 0; item_ < count_; ++item_) {
      Draw draw{core::Rng(77, core::RandomStream::synthetic, stream_, static_cast<std::uint32_t>(item_))};
      body(draw);
    }
    CHECK(held_ > 0);
    CHECK(wrong_ == 0);
    if (!extended_) return;
    for (const auto& [what, share] : worst_) {
      std::printf("[kernels] %-16s %-22s %8d shapes, %4.0f%% of the bound\n", operation_, what.c_str(), count_,
                  100 * share);
    }
  }

  // body(table, lanes) on every arch, with one of its block sizes, in turn.
  template <class Body>
  void on_each_arch(Body&& body) {
    for (const kernels::KernelTable* table : kernels::kernel_tables()) {
      int choices[3], count = 0;
      for (const int lanes : {4, 8, 16}) {
        if (lanes % table->width == 0) choices[count++] = lanes;
      }
      arch_ = table->arch;
      body(*table, choices[item_ % count]);
    }
  }

  // share: error over bound, at most 1.
  void hold(const char* what, double share) {
    ++held_;
    if (share <= 1.0) {
      if (extended_) worst_[what] = std::max(worst_[what], share);
      return;
    }
    if (++wrong_ > 20) return;  // a report that can be read
    CAPTURE(std::string(operation_));
    CAPTURE(std::string(what));
    CAPTURE(std::string(arch_));
    CAPTURE(item_);
    CHECK(share <= 1.0);
  }
  void hold(const char* what, bool right) { hold(what, right ? 0.0 : 2.0); }

 private:
  const char* operation_;
  std::uint32_t stream_;
  int count_, item_ = 0;
  bool extended_ = false;
  long held_ = 0, wrong_ = 0;
  const char* arch_ = "";
  std::map<std::string, double> worst_;
};

// Largest |got − expected| / bound(i); infinity for another size or a value that is no number.
template <class Bound>
double share_of_bound(const Values& got, const Values& expected, Bound&& bound) {
  if (got.size() != expected.size()) return std::numeric_limits<double>::infinity();
  double worst = 0;
  for (std::size_t i = 0; i < got.size(); ++i) {
    const double share = std::abs(got[i] - expected[i]) / (bound(i) + 0x1p-140);
    if (!(share <= worst)) worst = share == share ? share : std::numeric_limits<double>::infinity();
  }
  return worst;
}

// In ULP of `magnitude`.
// body(rows) for the two bands above and below row `cut`.
template <class Body>
void for_each_band(int height, int cut, Body&& body) {
  if (cut > 0) body(kernels::RowRange{0, cut});
  if (cut < height) body(kernels::RowRange{cut, height});
}

inline double share_of_ulp(const Values& got, const Values& expected, const Values& magnitude, double ulps) {
  return share_of_bound(got, expected, [&](std::size_t i) { return ulp * ulps * magnitude[i]; });
}

}  // namespace striate::tests
