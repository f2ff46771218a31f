// GridElasticDeform: the image is cut into a grid; its inner corners are moved by whole pixels, and each cell follows its own
// projective map. Where cells overlap the later one is seen; what none covers is black.
//
// Drawn: "rows" and "columns", the places of the cuts, and "moves" of the inner corners, x and y each, in reading order.
// Source: Albumentations 2.0.8, geometric/transforms (documentation).
#include "striate/augment/families.hpp"
#include "striate/augment/grid.hpp"
#include "striate/augment/linear_solve.hpp"
#include "striate/augment/raster.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace striate::augment {
namespace {

class GridElasticDeform final : public Transform {
 public:
  explicit GridElasticDeform(const Options& o)
      : rows_(static_cast<int>(o.numbers("num_grid_xy")[1])), columns_(static_cast<int>(o.numbers("num_grid_xy")[0])), magnitude_(o.integer("magnitude")) {
    sampling_.interpolation = static_cast<Interpolation>(o.choice("interpolation"));
  }
  void draw(Draw& d) const override {
    std::vector<int> ys, xs;
    const int rows = std::min(rows_, d.shape().height), columns = std::min(columns_, d.shape().width);
    shuffled_splits(d, d.shape().height, rows, ys);
    shuffled_splits(d, d.shape().width, columns, xs);
    auto& numbers = d.list();
    numbers.assign(ys.begin(), ys.end());
    d.put("rows", numbers);
    numbers.assign(xs.begin(), xs.end());
    d.put("columns", numbers);
    numbers.clear();
    for (int i = 0; i < 2 * (rows - 1) * (columns - 1); ++i) numbers.push_back(d.integer(-magnitude_, magnitude_));
    d.put("moves", numbers);
  }

  core::Status apply(const Job& job) const override {
    const auto ys = job.parameters.list("rows"), xs = job.parameters.list("columns"), moves = job.parameters.list("moves");
    const int height = job.in.shape.height, width = job.in.shape.width;
    const std::size_t count = job.in.plane_size();
    STRIATE_TAKE(float, map_x, job.scratch, count);
    STRIATE_TAKE(float, map_y, job.scratch, count);
    STRIATE_TAKE(std::uint8_t, mask, job.scratch, count);
    std::fill(map_x, map_x + count, -1e6f);  // what no cell covers stays black
    std::fill(map_y, map_y + count, -1e6f);
    std::memset(mask, 0, count);
    const int rows = static_cast<int>(ys.size()) - 1, columns = static_cast<int>(xs.size()) - 1;
    const auto place = [&](int i, int j, double (&corner)[2]) {
      corner[0] = bounded(xs[static_cast<std::size_t>(j)], 0, width);
      corner[1] = bounded(ys[static_cast<std::size_t>(i)], 0, height);
    };
    for (int i = 0; i < rows; ++i) {
      for (int j = 0; j < columns; ++j) {
        double from[8], to[8];
        Point quad[4];
        for (int k = 0; k < 4; ++k) {
          const int ci = i + (k >= 2 ? 1 : 0), cj = j + (k == 1 || k == 2 ? 1 : 0);
          double corner[2];
          place(ci, cj, corner);
          const bool inner = ci > 0 && ci < rows && cj > 0 && cj < columns;
          const std::size_t m = inner ? 2 * static_cast<std::size_t>((ci - 1) * (columns - 1) + cj - 1) : 0;
          for (std::size_t axis = 0; axis < 2; ++axis) {
            from[2 * k + static_cast<int>(axis)] = corner[axis];
            to[2 * k + static_cast<int>(axis)] = corner[axis] + (inner && m + axis < moves.size() ? bounded(moves[m + axis], -(1 << 14), 1 << 14) : 0);
          }
          quad[k] = {static_cast<int>(to[2 * k]), static_cast<int>(to[2 * k + 1])};
        }
        Matrix3 back;
        if (!quad_to_quad(to, from, back)) continue;
        fill_polygon({mask, height, width}, quad, 255);
        const auto [left, right] = std::minmax({quad[0].x, quad[1].x, quad[2].x, quad[3].x});
        const auto [top, bottom] = std::minmax({quad[0].y, quad[1].y, quad[2].y, quad[3].y});
        for (int y = std::max(top, 0); y <= std::min(bottom, height - 1); ++y) {
          for (int x = std::max(left, 0); x <= std::min(right, width - 1); ++x) {
            const std::ptrdiff_t at = std::ptrdiff_t{y} * width + x;
            if (mask[at] == 0) continue;
            mask[at] = 0;
            const double depth = back[6] * x + back[7] * y + back[8], scale = std::abs(depth) > 1e-12 ? 1 / depth : 0;
            map_x[at] = static_cast<float>((back[0] * x + back[1] * y + back[2]) * scale);
            map_y[at] = static_cast<float>((back[3] * x + back[4] * y + back[5]) * scale);
          }
        }
      }
    }
    return remap(sampling_, map_x, map_y, job.in, job.out, job.scratch, job.kernels);
  }

 private:
  int rows_, columns_, magnitude_;
  Sampling sampling_;
};

using namespace option;

constexpr OptionSpec deform_options[] = {
    required(integers("num_grid_xy", 2, {}, {1, 256}, "Cells along x and y.")), required(integer("magnitude", 0, 1, 10000, "The largest move in pixels.")), interpolation(), unused("mask_interpolation"),
};

constexpr TransformSpec grid_elastic_specs[] = {
    {.name = "GridElasticDeform", .family = "distortion", .doc = "Moves the corners of a grid's cells.", .p = 1, .channels = Channels::rgb_or_gray, .options = deform_options, .make = make_transform<GridElasticDeform>},
};

}  // namespace

std::span<const TransformSpec> grid_elastic_transforms() { return grid_elastic_specs; }

}  // namespace striate::augment
