#include "striate/augment/registry.hpp"

#include "striate/augment/families.hpp"

namespace striate::augment {
namespace {

std::vector<const TransformSpec*> join() {
  std::vector<const TransformSpec*> all;
  for (const auto family :
       {flip_transforms, affine_transforms, perspective_transforms, distortion_transforms, grid_elastic_transforms, crop_transforms,
        pad_transforms, resize_transforms, tone_transforms, equalize_transforms, light_transforms, colour_transforms, channel_transforms,
        blur_transforms, sharpen_transforms, noise_transforms, degrade_transforms, jpeg_transforms, dropout_transforms, grid_transforms,
        weather_transforms, flare_transforms, spatter_transforms, domain_transforms, fourier_transforms, mixing_transforms, automatic_transforms,
        output_transforms}) {
    for (const TransformSpec& spec : family()) all.push_back(&spec);
  }
  return all;
}

std::string_view last_part(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  return name.starts_with("albumentations.") && dot != std::string_view::npos ? name.substr(dot + 1) : name;
}

std::string_view kind_name(const OptionSpec& spec) {
  switch (spec.kind) {
    case OptionKind::boolean: return "boolean";
    case OptionKind::integer: return "integer";
    case OptionKind::number: return "number";
    case OptionKind::choice: return "choice";
    case OptionKind::range: return "range";
    case OptionKind::integer_range: return "integerRange";
    case OptionKind::numbers: return "numbers";
    case OptionKind::integers: return "integers";
    case OptionKind::fill: return "fill";
    case OptionKind::axes: return "axes";
    case OptionKind::interpolation: return "interpolation";
    case OptionKind::border: return "border";
    default: return "value";
  }
}

std::string_view channels_name(Channels channels) {
  switch (channels) {
    case Channels::any: return "any";
    case Channels::rgb: return "rgb";
    case Channels::rgb_or_gray: return "rgbOrGray";
    case Channels::several: return "several";
  }
  return "";
}

Value describe_option(const OptionSpec& spec) {
  Value made = Value::map({{"name", spec.name}, {"kind", kind_name(spec)}, {"default", default_of(spec)}});
  if (spec.minimum > -option::unbounded) made.set("minimum", spec.minimum);
  if (spec.maximum < option::unbounded) made.set("maximum", spec.maximum);
  if (spec.count > 1) made.set("count", spec.count);
  if (!spec.choices.empty()) {
    Value words = Value::list();
    std::string_view rest = spec.choices;
    for (std::size_t end = 0; end != std::string_view::npos; rest.remove_prefix(end == std::string_view::npos ? 0 : end + 1)) {
      end = rest.find('|');
      words.push(rest.substr(0, end));
    }
    made.set("choices", std::move(words));
  }
  if (spec.required) made.set("required", true);
  if (spec.nullable) made.set("nullable", true);
  made.set("allowed", Value(describe(spec)));
  made.set("doc", spec.doc);
  return made;
}

}  // namespace

const std::vector<const TransformSpec*>& transforms() {
  static const std::vector<const TransformSpec*> all = join();
  return all;
}

const TransformSpec* find_transform(std::string_view name) {
  std::string_view wanted = last_part(name);
  if (wanted == "TrivialAugmentWide") wanted = "TrivialAugment";
  for (const TransformSpec* spec : transforms()) {
    if (spec->name == wanted) return spec;
  }
  return nullptr;
}

Value describe_transforms() {
  Value all = Value::list();
  for (const TransformSpec* spec : transforms()) {
    Value options = Value::list();
    for (const OptionSpec& one : spec->options) {
      if (one.kind != OptionKind::unused) options.push(describe_option(one));
    }
    all.push(Value::map({{"name", spec->name}, {"family", spec->family}, {"doc", spec->doc}, {"p", spec->p},
                         {"channels", channels_name(spec->channels)}, {"options", std::move(options)}}));
  }
  return all;
}

}  // namespace striate::augment
