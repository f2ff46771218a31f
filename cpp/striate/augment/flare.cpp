// RandomSunFlare.
//
//   overlay   disks of a colour each along a line through the sun blended in, then the sun: growing disks of one colour,
//             each blended with the cube of an alpha that falls outwards
//   physics   the sun's disk, eight rays and the disks, blurred (σ = 15), fading with the distance, red and blue blurred
//             once more, blended by 255 − (255 − in)(255 − flare) / 255
// Drawn: "center" (x, y) of the sun; "circles": alpha, x, y, radius, red, green, blue each.
// Source: Albumentations 2.0.8, pixel/transforms (documentation), which follows U. Saxena, "Automold".
#include "striate/augment/exact_math.hpp"
#include "striate/augment/families.hpp"
#include "striate/augment/filter.hpp"
#include "striate/augment/raster.hpp"
#include "striate/augment/tables.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace striate::augment {
namespace {

constexpr int far_away = 1 << 15;

struct Circle {
  double alpha = 0;
  int x = 0, y = 0, radius = 0;
  std::uint8_t colour[3] = {};
};

Circle circle_at(std::span<const double> list, std::size_t i) {
  Circle c;
  c.alpha = std::clamp(list[i], 0.0, 1.0);
  c.x = bounded(list[i + 1], -far_away, far_away);
  c.y = bounded(list[i + 2], -far_away, far_away);
  c.radius = bounded(list[i + 3], 0, far_away);
  for (std::size_t k = 0; k < 3; ++k) c.colour[k] = static_cast<std::uint8_t>(bounded(list[i + 4 + k], 0, 255));
  return c;
}

class RandomSunFlare final : public Transform {
 public:
  explicit RandomSunFlare(const Options& o)
      : radius_(o.integer("src_radius")), angle_(o.range("angle_range")), count_(o.range("num_flare_circles_range")), physics_(o.choice("method") == 1) {
    std::copy_n(o.numbers("flare_roi").begin(), 4, region_);
    std::copy_n(o.numbers("src_color").begin(), 3, colour_);
  }
  static core::Status check(const Options& o) {
    const auto r = o.numbers("flare_roi");
    if (r[0] < r[2] && r[1] < r[3]) return {};
    return option_error(o.owner(), "flare_roi", "cannot be " + o.value("flare_roi").shown(), "It is [x_min, y_min, x_max, y_max], shares of the sides, the first two below the last two.");
  }

  void draw(Draw& d) const override {
    const int height = d.shape().height, width = d.shape().width;
    const double angle = 2 * pi * d.uniform(angle_), c = exact_cos(angle), s = exact_sin(angle);
    const int x = static_cast<int>(width * d.uniform({region_[0], region_[2]})), y = static_cast<int>(height * d.uniform({region_[1], region_[3]}));
    auto& list = d.list();
    list.assign({double(x), double(y)});
    d.put("center", list);
    const int step = std::max(1, static_cast<int>(std::sqrt(double(height) * height + double(width) * width) * 0.01));
    const int most = std::max(2, static_cast<int>(height * 0.01)), points = (width + step - 1) / step;
    const int dim = static_cast<int>(*std::max_element(colour_, colour_ + 3) * 0.2);
    list.clear();
    for (int i = d.integer(count_); i > 0; --i) {
      const double alpha = d.uniform({0.05, 0.2});
      const double t = -x + double(step) * d.integer(0, points - 1);
      const int radius = d.integer(1, most);
      list.insert(list.end(), {alpha, std::trunc(x + t * c), std::trunc(y + t * s), double(radius) * radius * radius});
      for (const double k : colour_) list.push_back(d.integer(std::max(static_cast<int>(k) - dim, 0), static_cast<int>(k)));
    }
    d.put("circles", list);
  }

  core::Status apply(const Job& job) const override {
    const auto centre = job.parameters.list("center"), circles = job.parameters.list("circles");
    const Point sun{centre.empty() ? 0 : bounded(centre[0], -far_away, far_away), centre.size() < 2 ? 0 : bounded(centre[1], -far_away, far_away)};
    return physics_ ? physics(job, sun, circles) : overlay(job, sun, circles);
  }

 private:
  core::Status overlay(const Job& job, Point sun, std::span<const double> circles) const {
    const int height = job.in.shape.height, width = job.in.shape.width;
    const std::size_t count = job.in.plane_size();
    STRIATE_TAKE(std::uint8_t, layer, job.scratch, count);
    STRIATE_TAKE(std::uint16_t, ring, job.scratch, count);
    std::vector<int> half;
    double brightness = 0, radii = 0;
    std::memcpy(job.out.pixels, job.in.pixels, job.in.size());
    for (int c = 0; c < 3; ++c) {
      std::memcpy(layer, job.in.plane(c), count);
      for (std::size_t i = 0; i + 7 <= circles.size(); i += 7) {
        const Circle circle = circle_at(circles, i);
        if (c == 0) {
          brightness += circle.alpha * circle.radius;
          radii += circle.radius;
        }
        disk_rows(circle.radius, half);
        for_disk(half, circle.x, circle.y, height, width, [&](int y, int left, int right) {
          std::memset(layer + std::ptrdiff_t{y} * width + left, circle.colour[c], static_cast<std::size_t>(right - left));
        });
        const auto alpha = static_cast<float>(circle.alpha);
        job.kernels.blend(layer, alpha, job.out.plane(c), 1.0f - alpha, 0.0f, job.out.plane(c), count);
      }
    }
    // Which of the sun's disks is the smallest that covers a place; all larger ones are blended over it too, which one table
    // a ring and channel does.
    const int rings = std::min(radius_ / 10, 60000);
    if (rings < 1) return {};
    std::fill(ring, ring + count, static_cast<std::uint16_t>(rings));
    for (int i = rings - 1; i >= 0; --i) {
      disk_rows(rings == 1 ? 1 : static_cast<int>(1 + (radius_ - 1.0) * i / (rings - 1)), half);
      for_disk(half, sun.x, sun.y, height, width, [&](int y, int left, int right) {
        std::fill(ring + std::ptrdiff_t{y} * width + left, ring + std::ptrdiff_t{y} * width + right, static_cast<std::uint16_t>(i));
      });
    }
    const double most = std::min(radii > 0 ? brightness / radii * 5 : 0.0, 1.0);
    STRIATE_TAKE(std::uint8_t, tables, job.scratch, static_cast<std::size_t>(rings + 1) * 256);
    for (int v = 0; v < 256; ++v) tables[rings * 256 + v] = static_cast<std::uint8_t>(v);
    for (int c = 0; c < 3; ++c) {
      for (int i = rings - 1; i >= 0; --i) {
        const double alpha = rings == 1 ? 0 : most * (rings - 1 - i) / (rings - 1), cube = alpha * alpha * alpha;
        for (int v = 0; v < 256; ++v) tables[i * 256 + v] = tables[(i + 1) * 256 + round_byte(colour_[c] * cube + v * (1 - cube))];
      }
      std::uint8_t* out = job.out.plane(c);
      for (std::size_t k = 0; k < count; ++k) out[k] = tables[static_cast<std::size_t>(ring[k]) * 256 + out[k]];
    }
    return {};
  }

  core::Status physics(const Job& job, Point sun, std::span<const double> circles) const {
    const int height = job.in.shape.height, width = job.in.shape.width, longest = std::max(height, width);
    const std::size_t count = job.in.plane_size();
    STRIATE_TAKE(std::uint8_t, drawn, job.scratch, count);
    STRIATE_TAKE(float, flare, job.scratch, count);
    const Plane plane{drawn, height, width};
    std::vector<int> half;
    const auto disk = [&](int x, int y, int radius, std::uint8_t value) {
      disk_rows(radius, half);
      for_disk(half, x, y, height, width, [&](int row, int left, int right) { std::memset(drawn + std::ptrdiff_t{row} * width + left, value, static_cast<std::size_t>(right - left)); });
    };
    for (int c = 0; c < 3; ++c) {
      const std::uint8_t value = round_byte(colour_[c]);
      std::memset(drawn, 0, count);
      disk(sun.x, sun.y, std::min(radius_, far_away), value);
      for (const double angle : {0.0, 45.0, 90.0, 135.0}) {
        const Point end{bounded(sun.x + exact_cos(radians(angle)) * longest, -far_away, far_away), bounded(sun.y + exact_sin(radians(angle)) * longest, -far_away, far_away)};
        draw_thick_line(plane, sun, end, 2, value);
      }
      for (std::size_t i = 0; i + 7 <= circles.size(); i += 7) {
        const Circle circle = circle_at(circles, i);
        disk(circle.x, circle.y, bounded(exact_pow(circle.radius, 0.33), 0, far_away), circle.colour[c]);
      }
      job.kernels.to_floats(drawn, flare, count);
      STRIATE_CHECK(gaussian_blur_field(flare, height, width, 15, gaussian_size(15, false), Border::reflect_101, job.scratch, job.kernels));
      const auto reach = static_cast<float>(1 / (longest * 0.7));
      for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
          const auto dx = static_cast<float>(x - sun.x), dy = static_cast<float>(y - sun.y);
          flare[std::ptrdiff_t{y} * width + x] *= 1.0f - std::min(std::sqrt(dx * dx + dy * dy) * reach, 1.0f);
        }
      }
      const double sigma = c == 0 ? 3 : c == 2 ? 5 : 0;
      if (sigma > 0) STRIATE_CHECK(gaussian_blur_field(flare, height, width, sigma, gaussian_size(sigma, false), Border::reflect_101, job.scratch, job.kernels));
      const std::uint8_t* in = job.in.plane(c);
      std::uint8_t* out = job.out.plane(c);
      for (std::size_t i = 0; i < count; ++i) {
        const float value_here = 255.0f - (255.0f - static_cast<float>(in[i])) * (255.0f - flare[i]) * (1.0f / 255.0f);
        out[i] = static_cast<std::uint8_t>(static_cast<int>(std::min(std::max(value_here, 0.0f), 255.0f)));
      }
    }
    return {};
  }

  double region_[4], colour_[3];
  int radius_;
  Range angle_, count_;
  bool physics_;
};

using namespace option;

constexpr OptionSpec flare_options[] = {
    numbers("flare_roi", 4, {0, 0, 1, 0.5}, zero_to_one, "Where the sun is: x_min, y_min, x_max, y_max as shares of the sides."), integer("src_radius", 400, 2, largest_side, "Radius of the sun's light."),
    integers("src_color", 3, {255, 255, 255}, {0, 255}, "Its colour."), range("angle_range", {0, 1}, zero_to_one, Single::refused, "Direction of the disks, in turns."),
    integer_range("num_flare_circles_range", {6, 10}, {1, 1000}, Single::refused, "How many disks."), choice("method", "overlay|physics_based", 0, "Disks laid over, or light that scatters."),
};

constexpr TransformSpec flare_specs[] = {
    {.name = "RandomSunFlare", .family = "weather", .doc = "The sun in the lens.", .channels = Channels::rgb, .options = flare_options, .make = make_transform<RandomSunFlare>},
};

}  // namespace

std::span<const TransformSpec> flare_transforms() { return flare_specs; }

}  // namespace striate::augment
