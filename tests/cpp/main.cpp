// The one main of the tests. Says which kernels ran, so that a log shows which build it was.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include "striate/kernels/kernel_table.hpp"

#include <cstdio>

int main(int argc, char** argv) {
  doctest::Context context(argc, argv);
  std::printf("[striate] kernels here:");
  for (const striate::kernels::KernelTable* table : striate::kernels::kernel_tables()) {
    std::printf(" %s (%d floats)", table->arch, table->width);
  }
  std::printf("; in use: %s\n", striate::kernels::kernels().arch);
  std::fflush(stdout);
  return context.run();
}
