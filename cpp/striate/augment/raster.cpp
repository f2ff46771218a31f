#include "striate/augment/raster.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace striate::augment {
namespace {

void set_span(const Plane& plane, int y, int left, int right, std::uint8_t value) {
  left = std::max(left, 0);
  right = std::min(right, plane.width);
  if (y < 0 || y >= plane.height || left >= right) return;
  std::memset(plane.pixels + std::ptrdiff_t{y} * plane.width + left, value, static_cast<std::size_t>(right - left));
}

// Moves the ends of a line to the plane's edges, their other coordinate cut to a whole number. False when nothing is inside.
bool clip_line(const Plane& plane, Point& a, Point& b) {
  const auto outside = [](int v, int last) { return v < 0 ? -1 : v > last ? 1 : 0; };
  const int right = plane.width - 1, bottom = plane.height - 1;
  // First above and below, then left and right.
  for (Point* end : {&a, &b}) {
    const Point& other = end == &a ? b : a;
    const int side = outside(end->y, bottom);
    if (side == 0) continue;
    if (side == outside(other.y, bottom)) return false;
    const int edge = side < 0 ? 0 : bottom;
    end->x += static_cast<int>(double(edge - end->y) * (other.x - end->x) / (other.y - end->y));
    end->y = edge;
  }
  for (Point* end : {&a, &b}) {
    const Point& other = end == &a ? b : a;
    const int side = outside(end->x, right);
    if (side == 0) continue;
    if (side == outside(other.x, right)) return false;
    const int edge = side < 0 ? 0 : right;
    end->y += static_cast<int>(double(edge - end->x) * (other.y - end->y) / (other.x - end->x));
    end->x = edge;
  }
  return true;
}

}  // namespace

void disk_rows(int radius, std::vector<int>& half) {
  half.assign(static_cast<std::size_t>(radius) + 1, 0);
  // One eighth of the circle: y grows, x shrinks whenever the middle between two candidates lies outside.
  int x = radius, error = 0;
  for (int y = 0; y <= x; ++y) {
    half[static_cast<std::size_t>(y)] = std::max(half[static_cast<std::size_t>(y)], x);
    half[static_cast<std::size_t>(x)] = std::max(half[static_cast<std::size_t>(x)], y);
    error += 2 * y + 1;
    if (error > 0) {
      error -= 2 * x - 1;
      --x;
    }
  }
}

void draw_line(const Plane& plane, Point from, Point to, std::uint8_t value, bool four) {
  if (!clip_line(plane, from, to)) return;
  if (to.x < from.x) std::swap(from, to);  // from the left, as OpenCV: ties fall the same way from both ends
  const int dx = std::abs(to.x - from.x), dy = std::abs(to.y - from.y);
  const int step_x = to.x < from.x ? -1 : 1, step_y = to.y < from.y ? -1 : 1;
  const bool steep = dy > dx;
  const int major = steep ? dy : dx, minor = steep ? dx : dy;
  int error = four ? 0 : major - 2 * minor;
  const int steps = four ? major + minor : major;
  Point at = from;
  for (int i = 0; i <= steps; ++i) {
    if (at.x >= 0 && at.x < plane.width && at.y >= 0 && at.y < plane.height) plane.pixels[std::ptrdiff_t{at.y} * plane.width + at.x] = value;
    const bool turn = error < 0;
    error -= 2 * minor;
    if (turn) error += four ? 2 * (major + minor) : 2 * major;
    // Along the main axis, unless a 4-connected line steps aside; an 8-connected one does both at once.
    const bool along = !four || !turn;
    (steep ? at.y : at.x) += along ? (steep ? step_y : step_x) : 0;
    (steep ? at.x : at.y) += turn ? (steep ? step_x : step_y) : 0;
  }
}

void fill_polygon(const Plane& plane, std::span<const Point> corners, std::uint8_t value) {
  if (corners.empty()) return;
  int top = corners[0].y, bottom = top;
  for (const Point& p : corners) {
    top = std::min(top, p.y);
    bottom = std::max(bottom, p.y);
  }
  std::vector<double> crossings;
  for (int y = std::max(top, 0); y <= std::min(bottom, plane.height - 1); ++y) {
    crossings.clear();
    for (std::size_t i = 0; i < corners.size(); ++i) {
      Point a = corners[i], b = corners[(i + 1) % corners.size()];
      if (a.y > b.y) std::swap(a, b);
      if (y < a.y || y >= b.y) continue;
      crossings.push_back(a.x + double(y - a.y) * (b.x - a.x) / (b.y - a.y));
    }
    std::make_heap(crossings.begin(), crossings.end());  // in order, with less code than std::sort
    std::sort_heap(crossings.begin(), crossings.end());
    for (std::size_t i = 0; i + 1 < crossings.size(); i += 2) {
      set_span(plane, y, static_cast<int>(std::ceil(crossings[i])), static_cast<int>(std::floor(crossings[i + 1])) + 1, value);
    }
  }
  for (std::size_t i = 0; i < corners.size(); ++i) draw_line(plane, corners[i], corners[(i + 1) % corners.size()], value, false);
}

void draw_thick_line(const Plane& plane, Point from, Point to, int thickness, std::uint8_t value) {
  if (thickness <= 1) return draw_line(plane, from, to, value, true);
  const double dx = to.x - from.x, dy = to.y - from.y, length = std::sqrt(dx * dx + dy * dy);
  // Odd widths are a pixel wider, as OpenCV draws them.
  const double reach = (thickness + (thickness & 1)) * 0.5;
  if (length > 0) {
    const double nx = -dy / length * reach, ny = dx / length * reach;
    const auto corner = [](double x, double y) { return Point{static_cast<int>(std::floor(x + 0.5)), static_cast<int>(std::floor(y + 0.5))}; };
    const Point corners[] = {corner(from.x + nx, from.y + ny), corner(from.x - nx, from.y - ny), corner(to.x - nx, to.y - ny), corner(to.x + nx, to.y + ny)};
    fill_polygon(plane, corners, value);
  }
  std::vector<int> half;
  disk_rows((thickness + 1) / 2, half);
  for (const Point& end : {from, to}) {
    for_disk(half, end.x, end.y, plane.height, plane.width, [&](int y, int left, int right) { set_span(plane, y, left, right, value); });
  }
}

}  // namespace striate::augment
