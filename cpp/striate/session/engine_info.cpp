#include "striate/session/engine_info.hpp"

#include "striate/core/thread_pool.hpp"
#include "striate/kernels/kernel_table.hpp"
#include "striate/models/zoo.hpp"
#include "striate/session/arguments.hpp"

#include <array>
#include <cstdint>
#include <numeric>
#include <string_view>

namespace striate::session {

io::Json engine_info() {
  const kernels::KernelTable& kernels = kernels::kernels();
#if defined(__wasm_simd128__)
  const char* build = std::string_view(kernels.arch) == "wasm" ? "simd" : "relaxed-simd";
#elif defined(STRIATE_STRICT)
  const char* build = "strict";
#else
  const char* build = kernels.arch;
#endif
  return io::Json::object(
      {{"build", build}, {"version", STRIATE_VERSION}, {"arch", kernels.arch}, {"width", kernels.width}});
}

io::Json zoo_list() {
  io::Json list = io::Json::array();
  for (const models::ZooEntry& entry : models::zoo()) {
    io::Json described = io::Json::object({{"name", entry.name},
                                           {"description", entry.doc},
                                           {"classes", entry.classes},
                                           {"inputShape", shape_to_json(entry.input)}});
    if (auto recipe = io::parse_json(entry.recipe, "recipe")) described.set("recipe", *std::move(recipe));
    list.push(std::move(described));
  }
  return list;
}

double peak(double rounds) {
  constexpr double most = 1e12;
  if (!(rounds >= 1)) return 0;  // NaN too
  core::ThreadPool& pool = core::thread_pool();
  std::array<double, core::most_threads> flop{};
  pool.run(pool.threads(), pool.threads(), [&](int task, int) {
    flop[static_cast<std::size_t>(task)] = kernels::kernels().peak(static_cast<std::int64_t>(rounds < most ? rounds : most));
  });
  return std::accumulate(flop.begin(), flop.end(), 0.0);
}

}  // namespace striate::session
