// The families' lists, one a file; registry.cpp joins them.
#pragma once

#include "striate/augment/transform.hpp"

#include <span>

namespace striate::augment {

std::span<const TransformSpec> flip_transforms();
std::span<const TransformSpec> affine_transforms();
std::span<const TransformSpec> tone_transforms();
std::span<const TransformSpec> colour_transforms();
std::span<const TransformSpec> channel_transforms();
std::span<const TransformSpec> equalize_transforms();
std::span<const TransformSpec> light_transforms();
std::span<const TransformSpec> blur_transforms();
std::span<const TransformSpec> sharpen_transforms();
std::span<const TransformSpec> noise_transforms();
std::span<const TransformSpec> dropout_transforms();
std::span<const TransformSpec> weather_transforms();
std::span<const TransformSpec> flare_transforms();
std::span<const TransformSpec> spatter_transforms();
std::span<const TransformSpec> degrade_transforms();
std::span<const TransformSpec> jpeg_transforms();
std::span<const TransformSpec> grid_transforms();
std::span<const TransformSpec> perspective_transforms();
std::span<const TransformSpec> distortion_transforms();
std::span<const TransformSpec> grid_elastic_transforms();
std::span<const TransformSpec> crop_transforms();
std::span<const TransformSpec> pad_transforms();
std::span<const TransformSpec> resize_transforms();
std::span<const TransformSpec> domain_transforms();
std::span<const TransformSpec> fourier_transforms();
std::span<const TransformSpec> mixing_transforms();
std::span<const TransformSpec> automatic_transforms();
std::span<const TransformSpec> output_transforms();

}  // namespace striate::augment
