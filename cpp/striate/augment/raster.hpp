// Drawing on a plane of bytes: disks, lines, polygons, with OpenCV's pixels.
//
// Disks follow the midpoint circle; thin lines are Bresenham's, 4-connected or 8-connected; a polygon is filled by the
// even-odd rule and its outline drawn over it. Everything is cut at the plane's edges.
// Source: Bresenham 1965 and 1977; OpenCV's documentation of circle, polylines, fillPoly.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace striate::augment {

struct Point {
  int x = 0, y = 0;
};

// Half widths of a disk's rows: half[d] pixels to each side of the middle in the rows d above and below it, d ≤ radius.
void disk_rows(int radius, std::vector<int>& half);

// Calls span(y, left, right) for each row of the disk inside height × width, right not included.
template <class Span>
void for_disk(std::span<const int> half, int cx, int cy, int height, int width, Span&& span) {
  const int radius = static_cast<int>(half.size()) - 1;
  for (int y = cy < radius ? 0 : cy - radius; y <= cy + radius && y < height; ++y) {
    const int wide = half[static_cast<std::size_t>(y < cy ? cy - y : y - cy)];
    const int left = cx < wide ? 0 : cx - wide, right = cx + wide + 1 > width ? width : cx + wide + 1;
    if (left < right) span(y, left, right);
  }
}

struct Plane {
  std::uint8_t* pixels = nullptr;
  int height = 0, width = 0;
};

// four: steps go along the axes only.
void draw_line(const Plane& plane, Point from, Point to, std::uint8_t value, bool four);
// A line of some thickness with round ends.
void draw_thick_line(const Plane& plane, Point from, Point to, int thickness, std::uint8_t value);
void fill_polygon(const Plane& plane, std::span<const Point> corners, std::uint8_t value);

}  // namespace striate::augment
