// Every deterministic transform against what Albumentations, OpenCV and Pillow make with the same parameters
// (scripts/golden/augment.py): at least 99.5% of the values within one level, unless a case says otherwise and why. On
// every arch, which must agree to the bit.
#include "support.hpp"
#include "striate/io/safetensors.hpp"
#include "striate/kernels/kernel_table.hpp"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

using namespace striate;
using namespace striate::tests;

namespace {

core::Shape shape_of(const io::TensorView& tensor) {
  return {static_cast<int>(tensor.shape[0]), static_cast<int>(tensor.shape[1]), static_cast<int>(tensor.shape[2])};
}

class OneImage final : public augment::ImagePool {
 public:
  explicit OneImage(const augment::ConstImage& image) : image_(image) {}
  std::size_t count() const override { return image_.pixels == nullptr ? 0 : 1; }
  augment::ConstImage image(std::size_t) const override { return image_; }

 private:
  augment::ConstImage image_;
};

std::vector<std::uint8_t> replayed(const io::Json& given, const augment::ConstImage& image, const augment::ConstImage& other, core::Shape& shape) {
  augment::Value transform = session::value_of(*given.find("transform"));
  const std::string name = transform.find("type")->text();
  if (transform.find("p") == nullptr) transform.set("p", 1.0);
  const OneImage pool(other);
  augment::Augmenter augmenter(value_of(augment::Policy::read(transform)), &pool);
  const augment::Value log = augment::Value::list({augment::Value::map(
      {{"transform", augment::Value(name)}, {"node", 0}, {"parameters", session::value_of(*given.find("parameters"))}, {"partner", augment::Value::list()}})});
  shape = value_of(augmenter.replay(image.shape, log));
  std::vector<std::uint8_t> pixels(static_cast<std::size_t>(shape.elements()));
  succeed(augmenter.apply(image, pixels.data()));
  return pixels;
}

void check_case(const io::SafetensorsView& file, const std::string& name, const std::string& text, bool verbose) {
  CAPTURE(name);
  const io::Json given = value_of(io::parse_json(text, "golden case"));
  const io::TensorView* input = file.find("in/" + given.find("input")->string());
  const io::TensorView* expected = file.find(name);
  REQUIRE(input != nullptr);
  REQUIRE(expected != nullptr);
  const augment::ConstImage image{input->bytes.data(), shape_of(*input)};
  augment::ConstImage other;
  if (const io::Json* pool = given.find("pool")) {
    const io::TensorView* found = file.find("in/" + pool->string());
    REQUIRE(found != nullptr);
    other = {found->bytes.data(), shape_of(*found)};
  }
  std::vector<std::uint8_t> first;
  for (const kernels::KernelTable* table : kernels::kernel_tables()) {
    CAPTURE(table->arch);
    REQUIRE(kernels::use_kernels(table->arch));
    core::Shape shape;
    const std::vector<std::uint8_t> pixels = replayed(given, image, other, shape);
    REQUIRE(core::to_string(shape) == core::to_string(shape_of(*expected)));
    if (first.empty()) first = pixels;
    REQUIRE(pixels == first);
  }
  kernels::use_kernels(nullptr);
  const double level = given.find("level") == nullptr ? 1 : given.find("level")->number();
  const double share = given.find("share") == nullptr ? 0.995 : given.find("share")->number();
  std::size_t within = 0, equal = 0;
  int worst = 0;
  for (std::size_t i = 0; i < first.size(); ++i) {
    const int difference = std::abs(int{first[i]} - int{expected->bytes[i]});
    worst = std::max(worst, difference);
    if (difference <= level) ++within;
    if (difference == 0) ++equal;
  }
  const double total = static_cast<double>(first.size());
  if (verbose) std::printf("%-40s equal %6.2f%% within %g: %6.2f%% worst %d\n", name.c_str(), 100 * equal / total, level, 100 * within / total, worst);
  CHECK_MESSAGE(static_cast<double>(within) >= share * total, name << ": " << 100 * within / total << "% within " << level << ", worst " << worst);
}

}  // namespace

TEST_CASE("augmentations give the pixels of Albumentations, OpenCV and Pillow") {
  const bool verbose = std::getenv("STRIATE_VERBOSE") != nullptr;
  int cases = 0;
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(STRIATE_TEST_DATA "/augment")) {
    if (entry.path().extension() == ".safetensors") files.push_back(entry.path());
  }
  for (const auto& path : files) {
    std::ifstream stream(path, std::ios::binary);
    const std::vector<char> content((std::istreambuf_iterator<char>(stream)), {});
    const std::span<const std::uint8_t> bytes(reinterpret_cast<const std::uint8_t*>(content.data()), content.size());
    const io::SafetensorsView file = value_of(io::read_safetensors(bytes));
    for (const auto& [name, text] : file.metadata) {
      check_case(file, name, text, verbose);
      ++cases;
    }
  }
  CHECK(cases >= 60);
}
