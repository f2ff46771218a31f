// Cutting out and padding: an image laid into another frame.
#pragma once

#include "striate/augment/transform.hpp"

#include <span>
#include <string_view>
#include <vector>

namespace striate::augment {

// out(x, y) = in(x + left, y + top); what lies outside `in` comes from the border.
void place(const ConstImage& in, int left, int top, Border border, std::span<const double> fill, const Image& out);

// One plane with `top` … `right` pixels around it; `to` has room for (height + top + bottom) × (width + left + right).
void pad_plane(const std::uint8_t* from, int height, int width, int top, int bottom, int left, int right, Border border,
               std::uint8_t fill, std::uint8_t* to);

// A box of the input, which may reach outside it.
struct Box {
  int left = 0, top = 0, right = 1, bottom = 1;
  int width() const { return right - left; }
  int height() const { return bottom - top; }
};

// Puts it as "box": [left, top, right, bottom].
void put_box(Draw& d, const Box& box);
// As drawn, or made harmless: at least one pixel, sides that an image can have.
Box box_of(const Parameters& p);

// A transform whose result is the drawn box, with the border of its options around the image.
class BoxTransform : public Transform {
 public:
  BoxTransform() = default;
  explicit BoxTransform(const Options& options);  // border_mode, fill
  core::Shape output(const Parameters& p, const core::Shape& in) const override;
  core::Status apply(const Job& job) const override;

 protected:
  Border border_ = Border::constant;
  std::vector<double> fill_;
};

// How much of `padding` goes in front of the image on one axis, by the place among `positions`.
inline constexpr std::string_view positions = "center|top_left|top_right|bottom_left|bottom_right|random";
int padding_before(Draw& d, int position, int padding, bool vertical);

}  // namespace striate::augment
