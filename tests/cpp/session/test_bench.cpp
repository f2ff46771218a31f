// The bench: which rows words choose, the floating-point operations of an image, and the shape of a row.
#include "striate/session/bench.hpp"

#include "striate/session/engine_info.hpp"

#include "expect.hpp"

#include <algorithm>
#include <string>
#include <vector>

using namespace striate;
using namespace striate::tests;
using session::BenchMode;
using session::BenchRequest;

namespace {

std::vector<BenchRequest> rows(const std::vector<std::string>& words) { return value_of(session::bench_rows(words)); }

}  // namespace

TEST_CASE("bench: words choose rows") {
  const auto all = rows({});
  CHECK(all.size() == 10);
  CHECK(std::all_of(all.begin(), all.end(), [](const BenchRequest& row) {
    return row.mode == BenchMode::train || row.mode == BenchMode::infer;
  }));
  const auto one = rows({"lenet", "train", "b32", "t1", "native"});
  REQUIRE(one.size() == 1);
  CHECK(one[0].mode == BenchMode::train);
  CHECK(one[0].batch == 32);
  CHECK(rows({"infer", "b7"})[0].batch == 7);
  CHECK(rows({"lenet", "train"}).size() == 3);
  CHECK(rows({"resnet18"}).size() == 1);
  // Augmented trainings come only when asked for.
  const auto augmented = rows({"lenet", "train", "augmented"});
  REQUIRE(augmented.size() == 1);
  CHECK(augmented[0].mode == BenchMode::augmented);
  CHECK(augmented[0].batch == 64);
  for (const char* word : {"frain", "b0", "b", "bx", "t0", "b1x", "lenet/conv9", "node"}) {
    CAPTURE(std::string(word));
    CHECK_ERROR(session::bench_rows(std::vector<std::string>{word}), not_found, word);
  }
  CHECK_ERROR(session::bench_rows(std::vector<std::string>{"resnet18", "train"}), not_found, "all of these words");
  CHECK(value_of(session::bench_rows(std::vector<std::string>{"node"}, "node")).size() == 10);
}

TEST_CASE("bench: layers alone are asked for, one of each shape") {
  const auto lenet = rows({"layers", "lenet"});
  REQUIRE(lenet.size() == 15);  // two convolutions and three linear layers, each forward, dinput, dweight
  CHECK(lenet[0].workload == "lenet/conv1");
  CHECK(lenet[0].batch == 32);
  CHECK(rows({"dweight", "lenet/conv2", "b7"}).at(0).batch == 7);
  CHECK(rows({"linear/512"}).size() == 3);
  CHECK(rows({"linear/512"})[0].batch == 512);
  CHECK(rows({"gemm", "512"}).size() == 3);
  CHECK(rows({"gemm", "512", "forward"})[0].workload == "linear/512");
  // The first convolution; a block's two of equal shape; each wider stage's first, its projection and the rest; fc.
  CHECK(rows({"resnet20", "forward"}).size() == 9);
  CHECK(rows({"resnet18", "forward"})[0].batch == 1);
}

TEST_CASE("bench: a layer alone does twice its multiply-adds each way") {
  for (const char* mode : {"forward", "dinput", "dweight"}) {
    CAPTURE(std::string(mode));
    const auto chosen = rows({"lenet/conv2", mode, "b4", "quick"});
    REQUIRE(chosen.size() == 1);
    const auto row = value_of(session::run_bench(chosen[0]));
    CHECK(row.flop_per_image == 480'000.0);
    CHECK(row.images_per_s.size() == 5);
    CHECK(row.images_per_s[0] > 0);
    CHECK(session::bench_row_to_json(row, "native").find("workload")->string() == "lenet/conv2");
  }
}

TEST_CASE("bench: a profile's rows add up to the step") {
  const auto chosen = rows({"lenet", "train", "b8", "quick"});
  const auto profile = value_of(session::run_profile(chosen.at(0)));
  CHECK(profile.steps >= 5);
  double sum = 0;
  int forward = 0, backward = 0;
  for (const session::ProfileRow& row : profile.rows) {
    CAPTURE(row.part);
    CAPTURE(row.layer);
    CHECK(row.us > 0);
    sum += row.us;
    forward += row.part == "forward";
    backward += row.part == "backward";
  }
  CHECK(sum == doctest::Approx(profile.step_us));
  CHECK(forward == 8);  // two convolutions, two pools, flatten, three linear layers; ReLUs are fused
  CHECK(backward == 8);
  CHECK(profile.rows.back().part == "rest");
  const auto lines = session::profile_to_json(profile, "native");
  REQUIRE(lines.size() == profile.rows.size() + 1);
  CHECK(lines[0].find("layer")->string() == "conv1");
  CHECK(lines.back().find("part")->string() == "step");
  CHECK(lines.back().find("share")->number() == 1);
}

TEST_CASE("bench: a row has the operations of the network and every member") {
  for (const BenchMode mode : {BenchMode::train, BenchMode::infer}) {
    BenchRequest request;
    request.mode = mode;
    request.batch = 4;
    request.repetitions = 3;
    request.warm_up_ms = request.repetition_ms = 1;
    const auto row = value_of(session::run_bench(request));
    CHECK(row.flop_per_image == (mode == BenchMode::train ? 2'263'920.0 : 833'040.0));
    CHECK(row.images_per_s.size() == 3);
    CHECK(row.images_per_s[0] <= row.median());
    CHECK(row.median() <= row.images_per_s[2]);
    CHECK(row.peak_gflops > 0);
    const io::Json json = session::bench_row_to_json(row, "native");
    CHECK(json.find("mode")->string() == (mode == BenchMode::train ? "train" : "infer"));
    for (const char* key : {"workload", "batch", "threads", "runtime", "build", "images_per_s_median",
                            "images_per_s_min", "images_per_s_max", "gflops", "share_of_peak"}) {
      CAPTURE(std::string(key));
      CHECK(json.find(key) != nullptr);
    }
  }
  BenchRequest unknown;
  unknown.workload = "nobody";
  CHECK_ERROR(session::run_bench(unknown), not_found, "nobody");
  unknown.mode = BenchMode::forward;
  for (const char* name : {"nobody/conv1", "linear/0", "linear/x", "lenet"}) {
    CAPTURE(std::string(name));
    unknown.workload = name;
    CHECK_FALSE(session::run_bench(unknown).ok());
  }
}

TEST_CASE("bench: the workloads have the operations of the published figures") {
  const std::pair<const char*, double> flops[] = {
      {"cifar-small", 148'250'112.0}, {"resnet20", 243'994'368.0}, {"resnet18", 3'628'146'688.0}};
  for (const auto& [name, flop] : flops) {
    CAPTURE(std::string(name));
    const auto mode = std::string(name) == "resnet18" ? BenchMode::infer : BenchMode::train;
    CHECK(value_of(session::workload_flop(name, mode)) == flop);
  }
}

TEST_CASE("engine info names the build, and the peak counts operations") {
  const io::Json info = session::engine_info();
  CHECK_FALSE(info.find("build")->string().empty());
  CHECK(info.find("width")->number() >= 4);
  CHECK(session::peak(1000) > 0);
  CHECK(session::peak(0) == 0);
  CHECK(session::peak(-5) == 0);
}
