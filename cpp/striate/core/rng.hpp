// Counter-based random numbers: the value depends on (seed, stream, epoch, index) alone, never on who asked before.
//
// Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011). Each (key, counter) pair gives
// four 32-bit words; there is no state to share between threads or to save in a checkpoint.
// Integers only inside, and floats are made by exact scaling, so that every build draws the same bits.
#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace striate::core {

// What a number is drawn for. Streams never overlap; append only, since the values are part of "same seed, same bits".
enum class RandomStream : std::uint32_t { init = 1, shuffle = 2, split = 3, augment = 4, dropout = 5, synthetic = 6 };

std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 2> key);

class Rng {
 public:
  // `item` separates independent draws of one epoch: the sample's index, the parameter's position, …
  Rng(std::uint64_t seed, RandomStream stream, std::uint32_t epoch = 0, std::uint32_t item = 0)
      : key_{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)},
        counter_{0, item, epoch, static_cast<std::uint32_t>(stream)} {}

  std::uint32_t next_u32();
  float uniform();                          // [0, 1), a multiple of 2^-24
  float uniform(float low, float high);     // low + uniform() * (high - low)
  std::uint32_t below(std::uint32_t bound); // 0 … bound - 1 without bias; bound ≥ 1
  // Mean 0, variance 1: twelve uniforms summed (Irwin–Hall), so no libm and tails that end at ±6.
  float normal();

 private:
  std::array<std::uint32_t, 2> key_;
  std::array<std::uint32_t, 4> counter_;
  std::array<std::uint32_t, 4> block_{};
  int used_ = 4;
};

// Fisher–Yates over the whole span; the order depends on the Rng alone.
void shuffle(std::span<std::uint32_t> items, Rng& rng);

}  // namespace striate::core
