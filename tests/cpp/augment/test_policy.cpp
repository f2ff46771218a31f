// Policies: both forms, what is refused and how, the way back to JSON.
#include "support.hpp"

#include <fstream>
#include <set>

using namespace striate;
using namespace striate::tests;

TEST_CASE("a policy is read from Albumentations' form and from the short one, and they mean the same") {
  const auto saved = policy_of(R"({"__version__": "2.0.8", "transform": {"__class_fullname__": "Compose", "p": 1.0, "transforms": [
      {"__class_fullname__": "HorizontalFlip", "p": 0.5},
      {"__class_fullname__": "albumentations.augmentations.geometric.rotate.Rotate", "p": 0.9, "limit": [-20.0, 20.0], "interpolation": 1,
       "border_mode": 0, "rotate_method": "largest_box", "crop_border": false, "mask_interpolation": 0, "fill": 0.0, "fill_mask": 0.0}],
      "bbox_params": null, "keypoint_params": null, "additional_targets": {}, "is_check_shapes": true}})");
  const auto brief = policy_of(R"([{"type": "HorizontalFlip"}, {"name": "Rotate", "p": 0.9, "limit": 20}])");
  CHECK(json_text(saved->to_value()) == json_text(brief->to_value()));
}

TEST_CASE("what is written is read back to the same, for every transform with its defaults and for compositions") {
  const std::set<std::string_view> needs{"Resize", "RandomCrop", "CenterCrop", "RandomSizedCrop", "RandomResizedCrop", "CropAndPad",
                                         "LongestMaxSize", "SmallestMaxSize", "GridElasticDeform"};
  for (const augment::TransformSpec* spec : augment::transforms()) {
    CAPTURE(spec->name);
    CHECK_FALSE(spec->doc.empty());
    CHECK_FALSE(spec->family.empty());
    if (needs.contains(spec->name)) continue;
    const auto first = value_of(augment::Policy::read(augment::Value::map({{"type", spec->name}})));
    const std::string text = json_text(first->to_value());
    CHECK(json_text(policy_of(text)->to_value()) == text);
  }
  const std::string text = json_text(policy_of(R"({"type": "Compose", "p": 0.9, "transforms": [
      {"type": "OneOf", "p": 0.7, "transforms": [{"type": "VerticalFlip", "p": 0.2}, {"type": "Transpose"}]},
      {"type": "SomeOf", "n": 2, "replace": true, "transforms": [{"type": "InvertImg"}, {"type": "RandomGamma"}]},
      {"type": "RandomOrder", "n": 2, "transforms": [{"type": "D4"}, {"type": "Sequential", "transforms": [{"type": "NoOp"}]}]},
      {"type": "OneOrOther", "transforms": [{"type": "D4"}, {"type": "NoOp"}]},
      {"type": "Affine", "translate_percent": {"x": [0, 0.1], "y": 0.2}, "scale": {"x": [0.9, 1.1]}, "fill": [1, 2, 3]}]})")->to_value());
  CHECK(json_text(policy_of(text)->to_value()) == text);
  CHECK(contains(text, R"("fill":[1,2,3])"));
  CHECK(contains(text, R"("scale":{"x":[0.9,1.1],"y":[1,1]})"));
}

TEST_CASE("what Albumentations writes is read, for every transform that makes sense without boxes, masks and files") {
  // Boxes and masks; three dimensions; sound; stained tissue; floats in; other images and where they lie, by name.
  const std::set<std::string> left_out{"BBoxSafeRandomCrop", "RandomCropNearBBox", "MaskDropout", "ConstrainedCoarseDropout", "CoarseDropout3D",
                                       "CubicSymmetry", "FrequencyMasking", "TimeMasking", "TimeReverse", "HEStain", "FromFloat",
                                       "Mosaic", "OverlayElements"};
  std::ifstream file(STRIATE_TEST_DATA "/augment/policies.jsonl");
  std::set<std::string> read, refused;
  for (std::string line; std::getline(file, line);) {
    CAPTURE(line);
    const std::string name = augment_value(line).find("transform")->find("__class_fullname__")->text();
    const auto policy = session::read_policy(line);
    if (!policy) {
      CHECK(contains(policy.error().message, "'" + name + "'"));
      refused.insert(name);
      continue;
    }
    read.insert(name);
    const std::string text = json_text((*policy)->to_value());
    CHECK(json_text(policy_of(text)->to_value()) == text);
  }
  CHECK(refused == left_out);
  CHECK(read.contains("Compose"));
  CHECK(read.size() >= 92);
}

TEST_CASE("the registry describes every option, for the palette and the docs") {
  const augment::Value all = augment::describe_transforms();
  REQUIRE(all.items().size() == augment::transforms().size());
  for (const augment::Value& one : all.items()) {
    CAPTURE(one.find("name")->text());
    for (const augment::Value& option : one.find("options")->items()) {
      CAPTURE(option.find("name")->text());
      CHECK_FALSE(option.find("doc")->text().empty());
      CHECK_FALSE(option.find("allowed")->text().empty());
      CHECK(option.find("doc")->text().back() == '.');
    }
  }
  std::set<std::string_view> names;
  for (const augment::TransformSpec* spec : augment::transforms()) CHECK(names.insert(spec->name).second);
}

TEST_CASE("a policy that cannot be is refused with the transform, the option and what is allowed") {
  struct Reject {
    const char* policy;
    const char* message;  // a part of it
    const char* hint;
  };
  const Reject rejects[] = {
      {R"([{"type": "HorizontalFlop"}])", "HorizontalFlop", "HorizontalFlip"},
      {R"([{"type": "horizontalflip"}])", "horizontalflip", "HorizontalFlip"},
      {R"([{"type": "Zzz"}])", "Zzz", "palette"},
      {R"([{"p": 0.5}])", "without a name", "type"},
      {R"([{"type": 7}])", "without a name", "type"},
      {R"([{"type": "D4", "name": "D4"}])", "names itself twice", "Give one"},
      {R"([3])", "3 stands where", "list"},
      {R"("Rotate")", "stands where", "transform"},
      {R"({"transform": {"type": "D4"}, "extra": 1})", "extra", "__version__"},
      {R"([{"type": "HorizontalFlip", "p": 1.5}])", "HorizontalFlip: 'p' cannot be 1.5", "0 to 1"},
      {R"([{"type": "HorizontalFlip", "p": -0.1}])", "'p' cannot be -0.1", "0 to 1"},
      {R"([{"type": "HorizontalFlip", "p": "often"}])", "'p' cannot be 'often'", "0 to 1"},
      {R"([{"type": "HorizontalFlip", "angle": 3}])", "HorizontalFlip: 'angle' is not one of its options", "It takes p"},
      {R"([{"type": "Rotate", "limits": 3}])", "Rotate: 'limits' is not", "limit"},
      {R"([{"type": "Rotate", "limit": "wide"}])", "Rotate: 'limit' cannot be 'wide'", "[low, high]"},
      {R"([{"type": "Rotate", "limit": [10, -10]}])", "'limit' cannot be [10, -10]", "[low, high]"},
      {R"([{"type": "Rotate", "limit": [1, 2, 3]}])", "'limit' cannot be [1, 2, 3]", "[low, high]"},
      {R"([{"type": "Rotate", "limit": 1e9}])", "'limit' cannot be 1e+09", "-3600 to 3600"},
      {R"([{"type": "Rotate", "limit": null}])", "'limit' cannot be null", "[low, high]"},
      {R"([{"type": "Rotate", "limit": [true, 2]}])", "'limit' cannot be [true, 2]", "[low, high]"},
      {R"([{"type": "Rotate", "interpolation": 9}])", "'interpolation' cannot be 9", "'nearest'"},
      {R"([{"type": "Rotate", "interpolation": "best"}])", "'interpolation' cannot be 'best'", "'linear'"},
      {R"([{"type": "Rotate", "interpolation": 1.5}])", "'interpolation' cannot be 1.5", "'linear'"},
      {R"([{"type": "Rotate", "border_mode": "mirror"}])", "'border_mode' cannot be 'mirror'", "'reflect_101'"},
      {R"([{"type": "Rotate", "border_mode": -1}])", "'border_mode' cannot be -1", "'constant'"},
      {R"([{"type": "Rotate", "fill": "black"}])", "'fill' cannot be 'black'", "each channel"},
      {R"([{"type": "Rotate", "fill": []}])", "'fill' cannot be []", "each channel"},
      {R"([{"type": "Rotate", "fill": ["a"]}])", "'fill' cannot be ['a']", "each channel"},
      {R"([{"type": "Rotate", "crop_border": 1}])", "'crop_border' cannot be 1", "true or false"},
      {R"([{"type": "Affine", "scale": 0}])", "Affine: 'scale' cannot be 0", "x"},
      {R"([{"type": "Affine", "scale": {"z": 1}}])", "'scale' cannot be {z: 1}", "x"},
      {R"([{"type": "Affine", "scale": {}}])", "'scale' cannot be {}", "x"},
      {R"([{"type": "Affine", "shear": 95}])", "'shear' cannot be 95", "-89 to 89"},
      {R"([{"type": "Affine", "translate_px": 1, "translate_percent": 0.1}])", "both given", "one of them"},
      {R"([{"type": "Affine", "keep_ratio": true, "scale": {"x": 1, "y": 2}}])", "keep_ratio", "one range"},
      {R"([{"type": "ShiftScaleRotate", "shift_limit": 2}])", "'shift_limit' cannot be 2", "-1 to 1"},
      {R"([{"type": "RandomGamma", "gamma_limit": [0, 50]}])", "'gamma_limit' cannot be [0, 50]", "from 1"},
      {R"([{"type": "Solarize", "threshold_range": 0.5}])", "'threshold_range' cannot be 0.5", "[low, high]"},
      {R"([{"type": "Solarize", "threshold_range": [0.5, 1.5]}])", "cannot be [0.5, 1.5]", "0 to 1"},
      {R"([{"type": "Posterize", "num_bits": 8}])", "Posterize: 'num_bits' cannot be 8", "1 to 7"},
      {R"([{"type": "Posterize", "num_bits": [1, 2, 9]}])", "'num_bits' cannot be [1, 2, 9]", "1 to 7"},
      {R"([{"type": "ColorJitter", "brightness": -1}])", "'brightness' cannot be -1", "1 - v"},
      {R"([{"type": "ColorJitter", "hue": 0.7}])", "'hue' cannot be 0.7", "-0.5 to 0.5"},
      {R"([{"type": "PlanckianJitter", "temperature_limit": [7000, 9000]}])", "temperature_limit", "6000"},
      {R"([{"type": "PlanckianJitter", "mode": "neon"}])", "'mode' cannot be 'neon'", "'blackbody'"},
      {R"([{"type": "OneOf"}])", "OneOf: 'transforms' is missing", "list"},
      {R"([{"type": "OneOf", "transforms": []}])", "OneOf: 'transforms' is empty", "one"},
      {R"([{"type": "OneOf", "transforms": [{"type": "D4", "p": 0}]}])", "p = 0", "share"},
      {R"([{"type": "OneOf", "transforms": {"type": "D4"}}])", "'transforms' cannot be", "list"},
      {R"([{"type": "OneOf", "n": 2, "transforms": [{"type": "D4"}]}])", "OneOf: 'n' is not", "transforms"},
      {R"([{"type": "SomeOf", "n": 0, "transforms": [{"type": "D4"}]}])", "SomeOf: 'n' cannot be 0", "1 to 64"},
      {R"([{"type": "SomeOf", "n": 1.5, "transforms": [{"type": "D4"}]}])", "SomeOf: 'n' cannot be 1.5", "whole"},
      {R"([{"type": "SomeOf", "replace": 1, "transforms": [{"type": "D4"}]}])", "'replace' cannot be 1", "true or false"},
      {R"({"type": "Compose", "transforms": [], "bbox_params": {"format": "coco"}})", "bbox_params", "remove"},
  };
  for (const Reject& reject : rejects) {
    CAPTURE(reject.policy);
    const auto read = session::read_policy(reject.policy);
    const core::Error error = error_of(read);
    CHECK(error.code == core::ErrorCode::invalid_argument);
    CHECK_MESSAGE(contains(error.message, reject.message), error.message);
    CHECK_MESSAGE(contains(error.hint, reject.hint), error.hint);
  }
  CHECK_ERROR(session::read_policy("[{\"type\": \"D4\", \"type\": \"D4\"}]"), invalid_json, "type");
  // JSON itself refuses nesting past 64; a tree of Values is refused by the policy's own limit.
  augment::Value nested = augment::Value::map({{"type", "D4"}});
  for (int i = 0; i < 40; ++i) nested = augment::Value::list({nested});
  CHECK_ERROR(augment::Policy::read(nested), invalid_argument, "nested deeper");
}

TEST_CASE("a policy that cannot work on a data set is refused before an image is touched") {
  const auto error_on = [](const char* policy, core::Shape shape) { return error_of(policy_of(policy)->sizes(shape)); };
  CHECK(contains(error_on(R"([{"type": "PlanckianJitter"}])", {1, 28, 28}).message, "PlanckianJitter needs 3 channels"));
  CHECK(contains(error_on(R"([{"type": "HueSaturationValue"}])", {2, 8, 8}).message, "needs 1 or 3 channels"));
  CHECK(contains(error_on(R"([{"type": "Rotate", "fill": [1, 2, 3]}])", {1, 28, 28}).message, "'fill' has 3 numbers"));
  CHECK(contains(error_on(R"([{"type": "Affine", "fit_output": true, "scale": 100}])", {3, 2000, 2000}).message, "would come out"));
  CHECK(contains(error_on("[]", {1, 0, 5}).message, "1×0×5"));
  CHECK(policy_of(R"([{"type": "Rotate", "fill": 3}])")->sizes({1, 28, 28})->fixed());
  const auto turned = *policy_of(R"([{"type": "Transpose"}])")->sizes({3, 10, 20});
  CHECK(turned == augment::SizeRange{3, 10, 20, 10, 20});
  const auto always = *policy_of(R"([{"type": "Transpose", "p": 1}])")->sizes({3, 10, 20});
  CHECK(always == augment::SizeRange{3, 20, 20, 10, 10});
  CHECK(policy_of(R"([{"type": "Rotate", "p": 0, "fill": [1, 2, 3]}])")->sizes({1, 28, 28})->fixed());  // never applied
}
