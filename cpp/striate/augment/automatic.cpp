// Automatic policies: RandAugment, TrivialAugment, AugMix. Each draws operations of pillow.hpp and their magnitudes.
//
//   RandAugment      num_ops operations of 14 after one another, all at bin `magnitude` of their ranges
//   TrivialAugment   one operation, at any bin of wider ranges
//   AugMix           m · image + (1 − m) · Σ wᵢ · chainᵢ of 1 to 3 operations of 13 (without identity) at low bins;
//                    m ~ Beta(α, α), w ~ Dirichlet(α)
// Magnitudes that have a direction turn it with probability ½.
// Drawn: "operations" (numbers of Operation), "magnitudes"; AugMix besides: "depths" of its chains, "weights", and "own", m.
// Source: Cubuk et al., "RandAugment", 2020; Müller and Hutter, "TrivialAugment", 2021; Hendrycks et al., "AugMix", 2020; ranges
// and defaults as torchvision's documentation has them. AugMix rounds the sum where torchvision drops its fraction.
#include "striate/augment/families.hpp"
#include "striate/augment/pillow.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <string>
#include <utility>

namespace striate::augment {
namespace {

// A bin, 0 ≤ bin < bins, of an operation's range as a magnitude.
struct Ranges {
  double shear, translate_x, translate_y, turn, tone;
  int most_bits, fewer_bits;  // posterize keeps most_bits … most_bits − fewer_bits

  double at(Operation operation, int bin, int bins) const {
    const double share = bins > 1 ? double(bin) / (bins - 1) : 0;
    switch (operation) {
      case Operation::shear_x:
      case Operation::shear_y: return shear * share;
      case Operation::translate_x: return std::floor(translate_x * share);
      case Operation::translate_y: return std::floor(translate_y * share);
      case Operation::rotate: return turn * share;
      case Operation::brightness:
      case Operation::colour:
      case Operation::contrast:
      case Operation::sharpness: return tone * share;
      case Operation::posterize: return most_bits - std::nearbyint(fewer_bits * share);
      case Operation::solarize: return 255 * (1 - share);
      default: return 0;
    }
  }
  double draw(Draw& d, Operation operation, int bin, int bins) const {
    const double magnitude = at(operation, bin, bins);
    const bool directed = operation >= Operation::shear_x && operation <= Operation::sharpness;
    return directed && d.chance(0.5) ? -magnitude : magnitude;
  }
};

class Automatic : public Transform {
 public:
  explicit Automatic(const Options& o) : interpolation_(static_cast<Interpolation>(o.choice("interpolation"))) {}

 protected:
  Operation operation(std::span<const double> list, std::size_t i) const { return static_cast<Operation>(i < list.size() ? bounded(list[i], 0, operations - 1) : 0); }

  // Operations first … first + count − 1 after one another; the last one writes into `out`.
  core::Status chain(const Job& job, std::size_t first, std::size_t count, const Image& out) const {
    const auto list = job.parameters.list("operations"), magnitudes = job.parameters.list("magnitudes");
    STRIATE_TAKE(std::uint8_t, one, job.scratch, job.in.size());
    STRIATE_TAKE(std::uint8_t, two, job.scratch, job.in.size());
    ConstImage now = job.in;
    std::uint8_t* next = one;
    for (std::size_t i = first; i < first + count; ++i) {
      const Scratch::Mark mark = job.scratch.mark();
      const Image to{i + 1 == first + count ? out.pixels : next, job.in.shape};
      STRIATE_CHECK(operate(operation(list, i), i < magnitudes.size() ? magnitudes[i] : 0, now, to, interpolation_, job.scratch, job.kernels));
      job.scratch.release(mark);
      now = to;
      next = next == one ? two : one;
    }
    if (count == 0) std::memcpy(out.pixels, job.in.pixels, job.in.size());
    return {};
  }

 private:
  Interpolation interpolation_;
};

constexpr int most_operations = 16;

class RandAugment final : public Automatic {
 public:
  explicit RandAugment(const Options& o) : Automatic(o), count_(o.integer("num_ops")), bin_(o.integer("magnitude")), bins_(o.integer("num_magnitude_bins")) {}
  static core::Status check(const Options& o) {
    if (o.integer("magnitude") < o.integer("num_magnitude_bins")) return {};
    return option_error(o.owner(), "magnitude", "is " + std::to_string(o.integer("magnitude")) + ", and there are " + std::to_string(o.integer("num_magnitude_bins")) + " bins",
                        "magnitude is less than num_magnitude_bins.");
  }
  void draw(Draw& d) const override {
    const Ranges ranges{0.3, 150.0 / 331 * d.shape().width, 150.0 / 331 * d.shape().height, 30, 0.9, 8, 4};
    std::array<double, most_operations> chosen{}, magnitudes{};
    for (int i = 0; i < count_; ++i) {
      const int operation = d.integer(0, operations - 1);
      chosen[static_cast<std::size_t>(i)] = operation;
      magnitudes[static_cast<std::size_t>(i)] = ranges.draw(d, static_cast<Operation>(operation), bin_, bins_);
    }
    d.put("operations", std::span(chosen).first(static_cast<std::size_t>(count_)));
    d.put("magnitudes", std::span(magnitudes).first(static_cast<std::size_t>(count_)));
  }
  core::Status apply(const Job& job) const override { return chain(job, 0, job.parameters.list("operations").size(), job.out); }

 private:
  int count_, bin_, bins_;
};

class TrivialAugment final : public Automatic {
 public:
  explicit TrivialAugment(const Options& o) : Automatic(o), bins_(o.integer("num_magnitude_bins")) {}
  void draw(Draw& d) const override {
    const Ranges ranges{0.99, 32, 32, 135, 0.99, 8, 6};
    const double chosen = d.integer(0, operations - 1);
    const double magnitude = ranges.draw(d, static_cast<Operation>(static_cast<int>(chosen)), d.integer(0, bins_ - 1), bins_);
    d.put("operations", std::span(&chosen, 1));
    d.put("magnitudes", std::span(&magnitude, 1));
  }
  core::Status apply(const Job& job) const override { return chain(job, 0, std::min<std::size_t>(job.parameters.list("operations").size(), 1), job.out); }

 private:
  int bins_;
};

class AugMix final : public Automatic {
 public:
  explicit AugMix(const Options& o)
      : Automatic(o), severity_(o.integer("severity")), width_(o.integer("mixture_width")), depth_(o.integer("chain_depth")), alpha_(o.number("alpha")), all_(o.boolean("all_ops")) {}
  void draw(Draw& d) const override {
    const Ranges ranges{0.3, d.shape().width / 3.0, d.shape().height / 3.0, 30, 0.9, 4, 4};
    std::array<double, most_operations * most_operations> chosen{}, magnitudes{};
    std::array<double, most_operations> depths{}, weights{};
    std::size_t count = 0;
    double sum = 0;
    d.put("own", d.beta(alpha_, alpha_));
    for (std::size_t i = 0; i < static_cast<std::size_t>(width_); ++i) {
      weights[i] = d.gamma(alpha_);
      sum += weights[i];
      const int depth = depth_ > 0 ? depth_ : d.integer(1, 3);
      depths[i] = depth;
      for (int k = 0; k < depth; ++k, ++count) {
        // Without the four tones when not all are wanted: they stand between the turns and posterize.
        int operation = d.integer(1, all_ ? operations - 1 : operations - 5);
        if (!all_ && operation >= static_cast<int>(Operation::brightness)) operation += 4;
        chosen[count] = operation;
        magnitudes[count] = ranges.draw(d, static_cast<Operation>(operation), d.integer(0, severity_ - 1), 10);
      }
    }
    for (double& weight : weights) weight = sum > 0 ? weight / sum : 1.0 / width_;
    const auto width = static_cast<std::size_t>(width_);
    d.put("depths", std::span(depths).first(width));
    d.put("weights", std::span(weights).first(width));
    d.put("operations", std::span(chosen).first(count));
    d.put("magnitudes", std::span(magnitudes).first(count));
  }
  core::Status apply(const Job& job) const override {
    const std::size_t size = job.in.size();
    const auto depths = job.parameters.list("depths"), weights = job.parameters.list("weights");
    const double own = std::clamp(job.parameters.number("own"), 0.0, 1.0);
    STRIATE_TAKE(std::uint8_t, pixels, job.scratch, size);
    STRIATE_TAKE(float, sum, job.scratch, size);
    STRIATE_TAKE(float, values, job.scratch, size);
    job.kernels.to_floats(job.in.pixels, values, size);
    const float share = static_cast<float>(own);
    const float* first[] = {values};
    job.kernels.weigh(first, &share, 1, 0.0f, sum, size);
    std::size_t begin = 0;
    for (std::size_t i = 0; i < std::min<std::size_t>(depths.size(), most_operations); ++i) {
      const Scratch::Mark mark = job.scratch.mark();
      const auto depth = static_cast<std::size_t>(bounded(depths[i], 0, most_operations));
      STRIATE_CHECK(chain(job, begin, depth, {pixels, job.in.shape}));
      begin += depth;
      job.kernels.to_floats(pixels, values, size);
      const float* rows[] = {sum, values};
      const float both[] = {1.0f, static_cast<float>((1 - own) * (i < weights.size() ? std::clamp(weights[i], 0.0, 1.0) : 0))};
      job.kernels.weigh(rows, both, 2, 0.0f, sum, size);
      job.scratch.release(mark);
    }
    job.kernels.to_bytes(sum, job.out.pixels, size);
    return {};
  }

 private:
  int severity_, width_, depth_;
  double alpha_;
  bool all_;
};

using namespace option;

constexpr OptionSpec rand_options[] = {
    integer("num_ops", 2, 1, most_operations, "How many operations."), integer("magnitude", 9, 0, 1000, "The bin of each operation's range."), integer("num_magnitude_bins", 31, 2, 1001, "Bins of a range."),
    interpolation("interpolation", 0),
};
constexpr OptionSpec trivial_options[] = {integer("num_magnitude_bins", 31, 2, 1001, "Bins of a range."), interpolation("interpolation", 0)};
constexpr OptionSpec augmix_options[] = {
    integer("severity", 3, 1, 10, "The highest bin of ten that is used."), integer("mixture_width", 3, 1, most_operations, "Chains."), integer("chain_depth", -1, -1, most_operations, "Operations of a chain; below 1 any from 1 to 3."),
    number("alpha", 1, 0.01, 100, "Of the Beta and Dirichlet distributions."), boolean("all_ops", true, "Brightness, colour, contrast and sharpness too."), interpolation("interpolation", 1),
};

constexpr TransformSpec automatic_specs[] = {
    {.name = "RandAugment", .family = "automatic", .doc = "Some operations, all of one strength.", .p = 1, .channels = Channels::rgb_or_gray, .options = rand_options, .make = make_transform<RandAugment>},
    {.name = "TrivialAugment", .family = "automatic", .doc = "One operation of any strength.", .p = 1, .channels = Channels::rgb_or_gray, .options = trivial_options, .make = make_transform<TrivialAugment>},
    {.name = "AugMix", .family = "automatic", .doc = "A blend of the image and of chains of weak operations.", .p = 1, .channels = Channels::rgb_or_gray, .options = augmix_options, .make = make_transform<AugMix>},
};

}  // namespace

std::span<const TransformSpec> automatic_transforms() { return automatic_specs; }

}  // namespace striate::augment
