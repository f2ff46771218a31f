// RandomGridShuffle and Morphological.
//
//   RandomGridShuffle  the image is cut into a grid whose cells differ by a pixel; cells of the same shape change places
//   Morphological      the largest (dilation) or smallest (erosion) value under an ellipse of width × height
// Drawn: RandomGridShuffle "rows" and "columns", the places of the cuts, and "mapping": where each cell goes, in reading order.
// Source: Albumentations 2.0.8, geometric/transforms (documentation); OpenCV getStructuringElement.
#include "striate/augment/grid.hpp"

#include "striate/augment/families.hpp"
#include "striate/augment/short_rows.hpp"
#include "striate/augment/place.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>

namespace striate::augment {

void shuffled_splits(Draw& d, int size, int parts, std::vector<int>& splits) {
  std::vector<int> lengths;
  for (int i = 0; i < parts; ++i) lengths.push_back(size / parts + (i < size % parts ? 1 : 0));
  for (int i = parts; i > 1; --i) std::swap(lengths[static_cast<std::size_t>(i - 1)], lengths[static_cast<std::size_t>(d.integer(0, i - 1))]);
  splits.assign(1, 0);
  for (const int length : lengths) splits.push_back(splits.back() + length);
}

namespace {

class RandomGridShuffle final : public Transform {
 public:
  explicit RandomGridShuffle(const Options& o) : rows_(static_cast<int>(o.numbers("grid")[0])), columns_(static_cast<int>(o.numbers("grid")[1])) {}

  void draw(Draw& d) const override {
    std::vector<int> ys, xs;
    const int rows = std::min(rows_, d.shape().height), columns = std::min(columns_, d.shape().width);
    shuffled_splits(d, d.shape().height, rows, ys);
    shuffled_splits(d, d.shape().width, columns, xs);
    std::vector<double>& numbers = d.list();
    numbers.assign(ys.begin(), ys.end());
    d.put("rows", numbers);
    numbers.assign(xs.begin(), xs.end());
    d.put("columns", numbers);
    // Cells of one shape change places among themselves.
    const int cells = rows * columns;
    std::vector<double> mapping(static_cast<std::size_t>(cells), -1);
    const auto shape = [&](int cell) {
      const auto i = static_cast<std::size_t>(cell / columns), j = static_cast<std::size_t>(cell % columns);
      return std::pair{ys[i + 1] - ys[i], xs[j + 1] - xs[j]};
    };
    std::vector<int> same, shuffled;
    for (int first = 0; first < cells; ++first) {
      if (mapping[static_cast<std::size_t>(first)] >= 0) continue;
      same.clear();
      for (int cell = first; cell < cells; ++cell) {
        if (shape(cell) == shape(first)) same.push_back(cell);
      }
      shuffled = same;
      for (std::size_t i = shuffled.size(); i > 1; --i) std::swap(shuffled[i - 1], shuffled[static_cast<std::size_t>(d.integer(0, static_cast<int>(i) - 1))]);
      for (std::size_t i = 0; i < same.size(); ++i) mapping[static_cast<std::size_t>(same[i])] = shuffled[i];
    }
    d.put("mapping", mapping);
  }

  core::Status apply(const Job& job) const override {
    const auto ys = job.parameters.list("rows"), xs = job.parameters.list("columns"), mapping = job.parameters.list("mapping");
    std::memcpy(job.out.pixels, job.in.pixels, job.in.size());
    if (ys.size() < 2 || xs.size() < 2) return {};
    const auto rows = static_cast<int>(ys.size()) - 1, columns = static_cast<int>(xs.size()) - 1;
    const int width = job.in.shape.width, height = job.in.shape.height;
    for (int cell = 0; cell < rows * columns && static_cast<std::size_t>(cell) < mapping.size(); ++cell) {
      const int target = bounded(mapping[static_cast<std::size_t>(cell)], 0, rows * columns - 1);
      const auto edge = [](std::span<const double> splits, int place, int size) { return bounded(splits[static_cast<std::size_t>(place)], 0, size); };
      const int top = edge(ys, cell / columns, height), left = edge(xs, cell % columns, width);
      const int to_top = edge(ys, target / columns, height), to_left = edge(xs, target % columns, width);
      // In a log from elsewhere the cells may differ: what fits is moved.
      const int tall = std::min(edge(ys, cell / columns + 1, height) - top, height - to_top);
      const int wide = std::min(edge(xs, cell % columns + 1, width) - left, width - to_left);
      for (int c = 0; c < job.in.shape.channels && wide > 0; ++c) {
        for (int y = 0; y < tall; ++y) copy_row(job.in.row(c, top + y) + left, job.out.row(c, to_top + y) + to_left, static_cast<std::size_t>(wide));
      }
    }
    return {};
  }

 private:
  int rows_, columns_;
};

class Morphological final : public Transform {
 public:
  explicit Morphological(const Options& o) : width_(static_cast<int>(o.range("scale").low)), height_(static_cast<int>(o.range("scale").high)), dilate_(o.choice("operation") == 1) {}

  core::Status apply(const Job& job) const override {
    const int width = job.in.shape.width, height = job.in.shape.height;
    const int left = width_ / 2, top = height_ / 2;
    const auto padded = static_cast<std::size_t>(width + width_ - 1);
    STRIATE_TAKE(std::uint8_t, plane, job.scratch, padded * static_cast<std::size_t>(height + height_ - 1));
    STRIATE_TAKE(const std::uint8_t*, rows, job.scratch, static_cast<std::size_t>(width_ * height_));
    for (int c = 0; c < job.in.shape.channels; ++c) {
      // What lies outside never wins.
      pad_plane(job.in.plane(c), height, width, top, height_ - 1 - top, left, width_ - 1 - left, Border::constant, dilate_ ? 0 : 255, plane);
      for (int y = 0; y < height; ++y) {
        int terms = 0;
        for (int j = 0; j < height_; ++j) {
          int from, until;
          ellipse_row(j, from, until);
          for (int i = from; i < until; ++i) rows[terms++] = plane + static_cast<std::size_t>(y + j) * padded + i;
        }
        job.kernels.extreme(rows, terms, dilate_, job.out.row(c, y), static_cast<std::size_t>(width));
      }
    }
    return {};
  }

 private:
  // Which columns of row j the ellipse covers.
  void ellipse_row(int j, int& from, int& until) const {
    const int r = height_ / 2, centre = width_ / 2, dy = j - r;
    from = until = 0;
    if (std::abs(dy) > r) return;
    const double share = r == 0 ? 0 : double(r * r - dy * dy) / (double(r) * r);
    const int dx = static_cast<int>(std::nearbyint(centre * std::sqrt(share)));
    from = std::max(centre - dx, 0);
    until = std::min(centre + dx + 1, width_);
  }

  int width_, height_;
  bool dilate_;
};

using namespace option;

constexpr OptionSpec shuffle_options[] = {integers("grid", 2, {3, 3}, {1, 256}, "[rows, columns].")};
constexpr OptionSpec morphological_options[] = {
    integer_range("scale", {2, 3}, {1, 255}, Single::from_low, "Width and height of the ellipse.", 1), choice("operation", "erosion|dilation", 1, "Thinner or thicker."),
};

constexpr TransformSpec grid_specs[] = {
    {.name = "RandomGridShuffle", .family = "grid", .doc = "Cells of a grid change places.", .options = shuffle_options, .make = make_transform<RandomGridShuffle>},
    {.name = "Morphological", .family = "grid", .doc = "Dilates or erodes bright parts.", .options = morphological_options, .make = make_transform<Morphological>},
};

}  // namespace

std::span<const TransformSpec> grid_transforms() { return grid_specs; }

}  // namespace striate::augment
