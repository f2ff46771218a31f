// The bench inside the engine, as a WebAssembly program: layers alone, augmented trainings, trainings by direct
// convolutions alone and the profile, which the shipped module does not offer (every byte of it is downloaded). Other whole
// networks are measured through the shipped module instead (web/worker/benchmark.ts).
//   striate_bench_simd <runtime> [--profile] words …
// One JSON object a line; exit status 3 when no row has the words.
#include "striate/session/bench.hpp"

#include <algorithm>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

using namespace striate;

namespace {

void print(const io::Json& json) { std::printf("%s\n", json.text().c_str()); }

core::Status run(std::string_view runtime, bool profile, const std::vector<session::BenchRequest>& rows) {
  for (const session::BenchRequest& request : rows) {
    if (!profile) {
      STRIATE_TRY(row, session::run_bench(request));
      print(session::bench_row_to_json(row, runtime));
    } else if (request.mode == session::BenchMode::train) {
      STRIATE_TRY(measured, session::run_profile(request));
      for (const io::Json& line : session::profile_to_json(measured, runtime)) print(line);
    }
  }
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  const std::string runtime = argc > 1 ? argv[1] : "node";
  bool profile = false;
  std::vector<std::string> words;
  for (int i = 2; i < argc; ++i) {
    if (std::string_view(argv[i]) == "--profile") {
      profile = true;
    } else {
      words.emplace_back(argv[i]);
    }
  }
  const auto rows = session::bench_rows(words, runtime);
  if (!rows) {
    std::fprintf(stderr, "%s\n%s\n", rows.error().message.c_str(), rows.error().hint.c_str());
    return 3;
  }
  const core::Status done = run(runtime, profile, *rows);
  if (done.ok()) return 0;
  std::fprintf(stderr, "%s\n%s\n", done.error().message.c_str(), done.error().hint.c_str());
  return 1;
}
