#include "striate/augment/place.hpp"

#include "striate/augment/short_rows.hpp"

#include <algorithm>

namespace striate::augment {
namespace {

void place_plane(const std::uint8_t* from, int height, int width, int left, int top, Border border, std::uint8_t fill,
                 std::uint8_t* to, int to_height, int to_width) {
  // Columns before … inside_end − 1 of the output lie in the image.
  const int before = std::clamp(-left, 0, to_width), inside_end = std::clamp(width - left, before, to_width);
  const auto inside = static_cast<std::size_t>(inside_end - before);
  const auto row_of = [&](int y) {
    const int row = y + top;
    return row >= 0 && row < height ? row : kernels::image::border_index(row, height, border);
  };
  for (int y = 0; y < to_height; ++y) {
    const int row = row_of(y);
    std::uint8_t* line = to + std::ptrdiff_t{y} * to_width;
    if (row < 0) {
      fill_row(line, fill, static_cast<std::size_t>(to_width));
      continue;
    }
    if (inside > 0) copy_row(from + std::ptrdiff_t{row} * width + before + left, line + before, inside);
    if (border != Border::constant) continue;
    fill_row(line, fill, static_cast<std::size_t>(before));
    fill_row(line + inside_end, fill, static_cast<std::size_t>(to_width - inside_end));
  }
  if (border == Border::constant) return;
  // The other borders' columns, some at a time: where they come from is the same in each row.
  const auto outside = [&](int begin, int end) {
    constexpr int together = 64;
    int columns[together];
    for (int some = 0; begin < end; begin += some) {
      some = std::min(together, end - begin);
      for (int i = 0; i < some; ++i) columns[i] = kernels::image::border_index(std::ptrdiff_t{begin} + i + left, width, border);
      for (int y = 0; y < to_height; ++y) {
        const std::uint8_t* source = from + std::ptrdiff_t{row_of(y)} * width;
        std::uint8_t* line = to + std::ptrdiff_t{y} * to_width + begin;
        for (int i = 0; i < some; ++i) line[i] = source[columns[i]];
      }
    }
  };
  outside(0, before);
  outside(inside_end, to_width);
}

}  // namespace

void place(const ConstImage& in, int left, int top, Border border, std::span<const double> fill, const Image& out) {
  for (int c = 0; c < in.shape.channels; ++c) {
    place_plane(in.plane(c), in.shape.height, in.shape.width, left, top, border, fill_byte(fill, c), out.plane(c), out.shape.height, out.shape.width);
  }
}

void pad_plane(const std::uint8_t* from, int height, int width, int top, int bottom, int left, int right, Border border,
               std::uint8_t fill, std::uint8_t* to) {
  place_plane(from, height, width, -left, -top, border, fill, to, height + top + bottom, width + left + right);
}

void put_box(Draw& d, const Box& box) {
  auto& list = d.list();
  list.assign({double(box.left), double(box.top), double(box.right), double(box.bottom)});
  d.put("box", list);
}

Box box_of(const Parameters& p) {
  const auto list = p.list("box");
  constexpr int most = static_cast<int>(option::largest_side);
  if (list.size() != 4) return {};
  Box box;
  box.left = bounded(list[0], -most, most);
  box.top = bounded(list[1], -most, most);
  box.right = bounded(list[2], box.left + 1, box.left + most);
  box.bottom = bounded(list[3], box.top + 1, box.top + most);
  return box;
}

BoxTransform::BoxTransform(const Options& options) : border_(static_cast<Border>(options.choice("border_mode"))) {
  const auto fill = options.numbers("fill");
  fill_.assign(fill.begin(), fill.end());
}

core::Shape BoxTransform::output(const Parameters& p, const core::Shape& in) const {
  const Box box = box_of(p);
  return {in.channels, box.height(), box.width()};
}

core::Status BoxTransform::apply(const Job& job) const {
  const Box box = box_of(job.parameters);
  place(job.in, box.left, box.top, border_, fill_, job.out);
  return {};
}

int padding_before(Draw& d, int position, int padding, bool vertical) {
  switch (position) {
    case 0: return padding / 2;
    case 1: return 0;                       // top left
    case 2: return vertical ? 0 : padding;  // top right
    case 3: return vertical ? padding : 0;  // bottom left
    case 4: return padding;                 // bottom right
    default: return d.integer(0, padding);
  }
}

}  // namespace striate::augment
