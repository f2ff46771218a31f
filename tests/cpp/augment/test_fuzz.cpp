// Random policies on random images: every transform with options anywhere in their ranges, on images from 1 × 1 up, alone
// and in compositions. No application may fail once the policy accepts the size, write beyond its image, or come out
// differently when repeated, replayed, or done by another arch's kernels; logs full of absurd numbers are refused or done.
// An item is a policy and an image, applied four times. Two thousand items here; the extended run, under asan, is
// STRIATE_AUGMENT_FUZZ=250000, in parts from STRIATE_AUGMENT_FUZZ_FROM on; STRIATE_VERBOSE counts the applications.
#include "support.hpp"
#include "striate/kernels/kernel_table.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <map>

using namespace striate;
using namespace striate::tests;
using augment::OptionKind;
using augment::OptionSpec;
using augment::Value;

namespace {

class Fuzz {
 public:
  explicit Fuzz(std::uint32_t item) : rng_(2024, core::RandomStream::synthetic, 9, item) {}
  int below(int n) { return static_cast<int>(rng_.below(static_cast<std::uint32_t>(n))); }
  bool chance(int of) { return below(of) == 0; }
  double unit() { return rng_.next_u32() * 0x1p-32; }

  // In the option's range, seldom large: most ranges reach far beyond what a small image can bear.
  double number(const OptionSpec& spec, bool whole) {
    const double low = std::max(spec.minimum, -40.0), high = std::min(spec.maximum, std::max(40.0, spec.minimum + 8));
    if (chance(8)) return whole ? std::ceil(low) : low;
    if (chance(8)) return whole ? std::floor(high) : high;
    // Half of the numbers lie near the small end.
    const double share = chance(2) ? unit() : unit() * unit() * unit();
    const double value = low < 0 ? low + (high - low) * unit() : low + (high - low) * share;
    return whole ? std::clamp(std::round(value), std::ceil(low), std::floor(high)) : value;
  }

  Value option(const OptionSpec& spec) {
    const bool whole = spec.kind == OptionKind::integer || spec.kind == OptionKind::integer_range || spec.kind == OptionKind::integers;
    switch (spec.kind) {
      case OptionKind::boolean: return chance(2);
      case OptionKind::integer:
      case OptionKind::number: return number(spec, whole);
      case OptionKind::choice: {
        const std::string_view words = spec.choices;
        std::vector<std::string> list(1);
        for (const char c : words) {
          if (c == '|') {
            list.emplace_back();
          } else {
            list.back().push_back(c);
          }
        }
        return std::string_view(list[static_cast<std::size_t>(below(static_cast<int>(list.size())))]);
      }
      case OptionKind::interpolation: return double(below(7));
      case OptionKind::border: return double(below(5));
      case OptionKind::range:
      case OptionKind::integer_range: return range(spec, whole);
      case OptionKind::axes: return chance(2) ? range(spec, false) : Value::map({{"x", range(spec, false)}, {"y", range(spec, false)}});
      case OptionKind::numbers:
      case OptionKind::integers: {
        Value list = Value::list();
        for (int i = 0; i < spec.count; ++i) list.push(number(spec, whole));
        return list;
      }
      case OptionKind::fill: return std::clamp(double(below(400)) - 50, spec.minimum, spec.maximum);
      default: return {};
    }
  }
  Value range(const OptionSpec& spec, bool whole) {
    double a = number(spec, whole), b = number(spec, whole);
    if (a > b) std::swap(a, b);
    Value list = Value::list();
    list.push(a);
    list.push(b);
    return list;
  }

  Value transform(const augment::TransformSpec& spec) {
    Value made = Value::map({{"type", spec.name}, {"p", chance(4) && spec.family != "output" ? 0.5 : 1.0}});
    for (const OptionSpec& one : spec.options) {
      if (one.kind == OptionKind::unused) continue;
      if (one.required || !chance(3)) {
        if (one.kind != OptionKind::value && one.name != "temperature_limit") made.set(one.name, option(one));
      }
    }
    // What is read by the transforms themselves.
    if (spec.name == "CropAndPad") made.set(chance(2) ? "px" : "percent", chance(2) ? 0.0 : double(below(3)));
    if (spec.name == "LongestMaxSize" || spec.name == "SmallestMaxSize") made.set("max_size", double(1 + below(40)));
    return made;
  }

  // A number as a log from elsewhere might hold it.
  double absurd(double was) {
    constexpr double list[] = {0, -1, 1, 1e300, -1e300, 1e9, -1e9, 4294967295.0, 2147483648.0, 0.5, 255, 3e-320};
    return chance(3) ? list[below(12)] : was * (chance(2) ? -1 : 1000);
  }
  Value tampered(const Value& log) {
    Value made = Value::list();
    for (const Value& step : log.items()) {
      Value parameters = Value::map();
      for (const auto& [name, value] : step.find("parameters")->members()) {
        if (chance(12)) continue;  // lost
        if (value.is(Value::Kind::number)) {
          parameters.set(name, chance(3) ? Value(absurd(value.number())) : value);
          continue;
        }
        Value list = Value::list();
        if (!chance(10)) {
          for (const Value& item : value.items()) {
            if (chance(20)) continue;
            list.push(chance(5) ? absurd(item.number()) : item.number());
          }
          if (chance(10)) list.push(absurd(7));
        }
        parameters.set(name, std::move(list));
      }
      Value changed = Value::map({{"transform", *step.find("transform")}, {"node", *step.find("node")}, {"parameters", std::move(parameters)}});
      if (const Value* partner = step.find("partner")) changed.set("partner", tampered(*partner));
      made.push(std::move(changed));
    }
    return made;
  }

 private:
  core::Rng rng_;
};

// One more byte on either side, to see that it stays; address sanitizer sees the rest.
std::vector<std::uint8_t> guarded(std::size_t size) {
  std::vector<std::uint8_t> bytes(size + 2, 0xA5);
  return bytes;
}

struct Pool final : augment::ImagePool {
  std::vector<std::vector<std::uint8_t>> images;
  core::Shape shape;
  std::size_t count() const override { return images.size(); }
  augment::ConstImage image(std::size_t index) const override { return {images[index].data(), shape}; }
};

long applications = 0;

template <typename T>
core::Status applied(augment::Augmenter& augmenter, const augment::ConstImage& image, T* out) {
  ++applications;
  return augmenter.apply(image, out);
}

void once(std::uint32_t item, std::map<std::string_view, int>& accepted) {
  CAPTURE(item);
  Fuzz fuzz(item);
  const auto& all = augment::transforms();
  Value list = Value::list();
  const int steps = fuzz.chance(2) ? 1 : 2 + fuzz.below(3);
  std::vector<const augment::TransformSpec*> used;
  for (int i = 0; i < steps; ++i) {
    const augment::TransformSpec& spec = *all[i == 0 ? item % all.size() : static_cast<std::size_t>(fuzz.below(static_cast<int>(all.size())))];
    used.push_back(&spec);
    Value one = fuzz.transform(spec);
    if (fuzz.chance(8)) {
      Value inner = Value::list();
      inner.push(std::move(one));
      one = Value::map({{"type", fuzz.chance(2) ? "OneOf" : "SomeOf"}, {"p", 1.0}, {"transforms", std::move(inner)}});
    }
    list.push(std::move(one));
  }
  const std::string policy_text = json_text(list);
  CAPTURE(policy_text);
  const auto policy = augment::Policy::read(list);
  if (!policy) {
    CHECK(policy.error().code == core::ErrorCode::invalid_argument);
    return;
  }
  Pool pool;
  pool.shape = {fuzz.chance(4) ? 1 + fuzz.below(5) : fuzz.chance(4) ? 1 : 3, 1 + fuzz.below(24), 1 + fuzz.below(24)};
  for (int i = 0; i < 3; ++i) {
    std::vector<std::uint8_t> pixels = test_image(pool.shape, static_cast<std::uint32_t>(i));
    if (fuzz.chance(3)) std::fill(pixels.begin(), pixels.end(), static_cast<std::uint8_t>(fuzz.chance(2) ? 0 : 255));
    if (fuzz.chance(3)) {
      for (auto& byte : pixels) byte = static_cast<std::uint8_t>(fuzz.below(256));
    }
    pool.images.push_back(std::move(pixels));
  }
  const auto sizes = (*policy)->sizes(pool.shape);
  if (!sizes) {
    CHECK_MESSAGE((sizes.error().code == core::ErrorCode::invalid_shape || sizes.error().code == core::ErrorCode::invalid_argument), sizes.error().message);
    return;
  }
  // Seldom large: enlarging to hundreds of pixels takes longer than all else together, and finds no more.
  const bool large = fuzz.chance(32);
  const int longest = large ? 300 : 100;
  if (sizes->most_height > longest || sizes->most_width > longest) return;
  if (used.size() == 1) ++accepted[used[0]->name];
  augment::Augmenter augmenter(*policy, &pool);
  const augment::DrawKey key{item, 1, 2};
  const core::Shape shape = augmenter.draw(pool.shape, key);
  CHECK(shape.channels == sizes->channels);
  CHECK(shape.height >= sizes->least_height);
  CHECK(shape.height <= sizes->most_height);
  CHECK(shape.width >= sizes->least_width);
  CHECK(shape.width <= sizes->most_width);
  const auto size = static_cast<std::size_t>(shape.elements());
  const augment::ConstImage image = pool.image(0);
  const auto before = pool.images;
  std::vector<std::uint8_t> out = guarded(size);
  const auto status = applied(augmenter, image, out.data() + 1);
  if (!status) {
    // Images of different sizes, or a pool whose channels were changed meanwhile.
    REQUIRE_MESSAGE(status.error().code == core::ErrorCode::invalid_shape, status.error().message);
    return;
  }
  CHECK(out.front() == 0xA5);
  CHECK(out.back() == 0xA5);
  CHECK(pool.images == before);
  const Value log = augmenter.log();
  // Replayed by other kernels, through the text of the log.
  kernels::use_kernels(fuzz.chance(2) ? "sse4_2" : "avx2");
  const Value text = augment_value(json_text(log));
  augment::Augmenter again(*policy, &pool);
  REQUIRE(core::to_string(value_of(again.replay(pool.shape, text))) == core::to_string(shape));
  std::vector<std::uint8_t> second = guarded(size);
  succeed(applied(again, image, second.data() + 1));
  CHECK(second == out);
  kernels::use_kernels(nullptr);
  std::vector<float> floats(size);
  succeed(applied(again, image, floats.data()));
  CHECK(std::all_of(floats.begin(), floats.end(), [](float v) { return std::isfinite(v); }));
  // Nonsense: any answer but a crash.
  const Value nonsense = fuzz.tampered(log);
  const auto replayed = again.replay(pool.shape, nonsense);
  if (!replayed) {
    CHECK(replayed.error().code == core::ErrorCode::invalid_argument);
  } else if (replayed->elements() < (large ? 200000 : 40000)) {
    std::vector<std::uint8_t> third = guarded(static_cast<std::size_t>(replayed->elements()));
    static_cast<void>(applied(again, image, third.data() + 1));
    CHECK(third.back() == 0xA5);
  }
}

}  // namespace

TEST_CASE("random policies on random images") {
  const char* wanted = std::getenv("STRIATE_AUGMENT_FUZZ");
  const long count = wanted != nullptr ? std::atol(wanted) : 2000;
  const char* start = std::getenv("STRIATE_AUGMENT_FUZZ_FROM");
  const long from = start != nullptr ? std::atol(start) : 0;
  std::map<std::string_view, int> accepted;
  for (long i = from; i < from + count; ++i) {
    if (std::getenv("STRIATE_VERBOSE") != nullptr && i % 10000 == 0) {
      std::printf("fuzz %ld\n", i);
      std::fflush(stdout);
    }
    once(static_cast<std::uint32_t>(i), accepted);
  }
  if (std::getenv("STRIATE_VERBOSE") != nullptr) std::printf("%ld applications\n", applications);
  if (count < 2000 || from != 0) return;  // which options fit is a matter of luck
  for (const augment::TransformSpec* spec : augment::transforms()) {
    CAPTURE(spec->name);
    CHECK(accepted[spec->name] > 0);
  }
}
