// Times one augmentation policy on one image, again and again: for comparisons with other libraries.
//   striate_augment_bench <policies | -> <height> <width> <channels> <batch> <seconds> [<images>]
// Reads one policy a line from the file or standard input; writes one JSON object a line with images per second. The images
// are a file of bytes, planes after planes; random ones without it.
#include "striate/augment/augmenter.hpp"
#include "striate/core/rng.hpp"
#include "striate/session/augmentation.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

using namespace striate;

namespace {

// Processor time of this process: other programs on the machine do not count.
double now() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

class Pool final : public augment::ImagePool {
 public:
  Pool(const std::uint8_t* pixels, const core::Shape& shape, int count) : pixels_(pixels), shape_(shape), count_(count) {}
  std::size_t count() const override { return static_cast<std::size_t>(count_); }
  augment::ConstImage image(std::size_t index) const override { return {pixels_ + index * static_cast<std::size_t>(shape_.elements()), shape_}; }

 private:
  const std::uint8_t* pixels_;
  core::Shape shape_;
  int count_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 7) {
    std::fprintf(stderr, "usage: %s <policies, one a line, or -> <height> <width> <channels> <batch> <seconds>\n", argv[0]);
    return 2;
  }
  const core::Shape shape{std::atoi(argv[4]), std::atoi(argv[2]), std::atoi(argv[3])};
  const int batch = std::atoi(argv[5]);
  const double seconds = std::atof(argv[6]);
  std::ifstream file(argv[1]);
  std::istream& lines = std::string(argv[1]) == "-" ? std::cin : file;
  const auto size = static_cast<std::size_t>(shape.elements());
  std::vector<std::uint8_t> images(size * static_cast<std::size_t>(batch)), out;
  core::Rng rng(1, core::RandomStream::synthetic);
  for (auto& byte : images) byte = static_cast<std::uint8_t>(rng.below(256));
  if (argc > 7) {
    std::ifstream bytes(argv[7], std::ios::binary);
    if (!bytes.read(reinterpret_cast<char*>(images.data()), static_cast<std::streamsize>(images.size()))) {
      std::fprintf(stderr, "%s holds less than %zu bytes\n", argv[7], images.size());
      return 2;
    }
  }
  const Pool pool(images.data(), shape, batch);
  for (std::string line; std::getline(lines, line);) {
    const auto policy = session::read_policy(line);
    if (!policy) {
      std::printf("{\"error\":%s}\n", io::json_string(policy.error().message + ". " + policy.error().hint).c_str());
      continue;
    }
    augment::Augmenter augmenter(*policy, &pool);
    std::vector<double> rates;
    std::uint32_t sample = 0;
    std::string error;
    const auto turn = [&] {
      for (int i = 0; i < batch && error.empty(); ++i, ++sample) {
        const augment::ConstImage image{images.data() + static_cast<std::size_t>(i) * size, shape};
        const auto drawn = augmenter.draw(shape, {1, 0, sample});
        const auto bytes = static_cast<std::size_t>(drawn.elements());
        core::Status status;
        if ((*policy)->float_output() != nullptr) {
          static std::vector<float> floats;
          if (floats.size() < bytes) floats.resize(bytes);
          status = augmenter.apply(image, floats.data());
        } else {
          if (out.size() < bytes) out.resize(bytes);
          status = augmenter.apply(image, out.data());
        }
        if (!status) error = status.error().message;
      }
    };
    turn();
    for (int repetition = 0; repetition < 5 && error.empty(); ++repetition) {
      const double start = now();
      double spent = 0;
      long done = 0;
      while (spent < seconds / 5 && error.empty()) {
        turn();
        done += batch;
        spent = now() - start;
      }
      rates.push_back(static_cast<double>(done) / spent);
    }
    if (!error.empty()) {
      std::printf("{\"error\":%s}\n", io::json_string(error).c_str());
      continue;
    }
    std::sort(rates.begin(), rates.end());
    std::printf("{\"images_per_s_median\":%.6g,\"images_per_s_min\":%.6g,\"images_per_s_max\":%.6g}\n", rates[rates.size() / 2], rates.front(), rates.back());
    std::fflush(stdout);
  }
  return 0;
}
