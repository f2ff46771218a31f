// Arena and Buffer: alignment, zeroing, moves, and refusing what the system has not got.
#include "striate/core/arena.hpp"
#include "striate/core/buffer.hpp"

#include "expect.hpp"

#include <cstdint>
#include <limits>

using namespace striate;
using namespace striate::tests;

TEST_CASE("arena: aligned, zeroed, rounded up") {
  core::Arena arena;
  CHECK(arena.size() == 0);
  CHECK(arena.data() == nullptr);
  succeed(arena.reserve(1000, "test"));
  CHECK(arena.size() == 1024);
  CHECK(reinterpret_cast<std::uintptr_t>(arena.data()) % core::alignment == 0);
  for (std::size_t i = 0; i < arena.size() / sizeof(float); ++i) CHECK(arena.floats()[i] == 0.0f);
  CHECK(arena.floats(64) == arena.floats() + 16);
  succeed(arena.reserve(0, "nothing"));
  CHECK(arena.size() == core::alignment);
}

TEST_CASE("arena: a refusal names the owner and leaves the old block") {
  core::Arena arena;
  succeed(arena.reserve(128, "small"));
  arena.floats()[3] = 5.0f;
  std::byte* before = arena.data();
  CHECK_ERROR(arena.reserve(std::numeric_limits<std::size_t>::max() - 10, "training plan"), out_of_memory,
              "training plan");
  CHECK_ERROR(arena.reserve(std::numeric_limits<std::size_t>::max() / 2, "training plan"), out_of_memory, "KiB");
  CHECK(arena.data() == before);
  CHECK(arena.floats()[3] == 5.0f);
}

TEST_CASE("arena: moving hands the block over") {
  core::Arena a;
  succeed(a.reserve(64, "a"));
  std::byte* block = a.data();
  core::Arena b(std::move(a));
  CHECK(b.data() == block);
  CHECK(a.data() == nullptr);
  core::Arena c;
  c = std::move(b);
  CHECK(c.data() == block);
}

TEST_CASE("align_up") {
  CHECK(core::align_up(0) == 0);
  CHECK(core::align_up(1) == 64);
  CHECK(core::align_up(64) == 64);
  CHECK(core::align_up(65) == 128);
  CHECK(core::align_up(5, 4) == 8);
}

TEST_CASE("buffer: grows and shrinks, keeping what both sizes hold") {
  core::Buffer<std::uint32_t> buffer;
  CHECK(buffer.empty());
  succeed(buffer.resize(3, "test"));
  CHECK(reinterpret_cast<std::uintptr_t>(buffer.data()) % core::alignment == 0);
  for (std::uint32_t i = 0; i < 3; ++i) buffer[i] = i + 10;
  succeed(buffer.resize(5000, "test"));
  CHECK(buffer.size() == 5000);
  for (std::uint32_t i = 0; i < 3; ++i) CHECK(buffer[i] == i + 10);
  succeed(buffer.resize(2, "test"));
  CHECK(buffer.size() == 2);
  CHECK(buffer[1] == 11);
  succeed(buffer.resize(0, "test"));
  CHECK(buffer.empty());
  CHECK(buffer.span().empty());
}

TEST_CASE("buffer: a refusal names the owner and leaves the values") {
  core::Buffer<double> buffer;
  succeed(buffer.resize(1, "test"));
  buffer[0] = 2.5;
  constexpr std::size_t most = std::numeric_limits<std::size_t>::max();
  CHECK_ERROR(buffer.resize(most, "the dataset"), out_of_memory, "the dataset");
  CHECK_ERROR(buffer.resize(most / 2 / sizeof(double), "the dataset"), out_of_memory, "KiB");
  CHECK(buffer.size() == 1);
  CHECK(buffer[0] == 2.5);
  core::Buffer<double> moved(std::move(buffer));
  CHECK(moved[0] == 2.5);
  CHECK(buffer.empty());
}
