// How a layer's weights start, as an option: shared by conv2d, convTranspose2d and linear. Biases start at zero.
#pragma once

#include "striate/core/options.hpp"
#include "striate/layers/layer.hpp"

namespace striate::layers {

inline constexpr std::string_view init_names[] = {"heNormal",   "lecunUniform", "xavierNormal", "xavierUniform",
                                                  "orthogonal", "zeros",        "constant"};

inline constexpr core::OptionSpec init_option = {
    .name = "init", .kind = core::OptionKind::text,
    .doc = "How the weights start: heNormal before ReLU, lecunUniform or xavier before squashing functions",
    .text_fallback = "heNormal", .choices = init_names};

inline constexpr core::OptionSpec init_value_option = {
    .name = "initValue", .kind = core::OptionKind::number, .fallback = 0, .minimum = -1e30, .maximum = 1e30,
    .doc = "What every weight starts as under init 'constant'"};

inline InitRecipe init_from(const core::ParsedOptions& options) {
  using Kind = InitRecipe::Kind;
  constexpr Kind kinds[] = {Kind::he_normal,  Kind::lecun_uniform, Kind::xavier_normal, Kind::xavier_uniform,
                            Kind::orthogonal, Kind::zeros,         Kind::constant};
  InitRecipe recipe;
  for (std::size_t i = 0; i < std::size(kinds); ++i) {
    if (options.text("init") == init_names[i]) recipe.kind = kinds[i];
  }
  recipe.value = static_cast<float>(options.number("initValue"));
  return recipe;
}

inline InitRecipe with_fans(InitRecipe recipe, std::int64_t fan_in, std::int64_t fan_out) {
  recipe.fan_in = fan_in;
  recipe.fan_out = fan_out;
  return recipe;
}

}  // namespace striate::layers
