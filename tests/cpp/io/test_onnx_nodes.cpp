// ONNX's own backend tests (see scripts/golden/onnx_nodes.py): every case is imported and gives ONNX's outputs, or is
// refused with a message and stands in the table below with the reason.
#include "graph/golden.hpp"
#include "io/onnx_case.hpp"

#include <map>

using namespace striate;
using namespace striate::tests;

namespace {

struct Refused {
  const char* reason;
  const char* message;  // part of what the importer says
  std::vector<const char*> cases;
};

const std::vector<Refused>& refused() {
  static const std::vector<Refused> table = {
      {"averages have no dilation", "is dilated", {"node/averagepool_2d_dilations"}},
      {"three dimensions of space, or sequences",
       "with 5 dimensions",
       {"converted/AvgPool3d",
        "converted/AvgPool3d_stride",
        "converted/AvgPool3d_stride1_pad0_gpu_input",
        "converted/BatchNorm3d_eval",
        "converted/BatchNorm3d_momentum_eval",
        "converted/Conv3d",
        "converted/Conv3d_dilated",
        "converted/Conv3d_dilated_strided",
        "converted/Conv3d_groups",
        "converted/Conv3d_no_bias",
        "converted/Conv3d_stride",
        "converted/Conv3d_stride_padding",
        "converted/MaxPool3d",
        "converted/MaxPool3d_stride",
        "converted/MaxPool3d_stride_padding",
        "converted/PReLU_3d",
        "converted/PReLU_3d_multiparam",
        "node/averagepool_3d_dilations_small",
        "node/convtranspose_3d",
        "node/maxpool_3d_dilations",
        "node/maxpool_3d_dilations_use_ref_impl"}},
      {"several outputs",
       "outputs",
       {"node/batchnorm_epsilon_training_mode", "node/batchnorm_example_training_mode", "node/dropout_default_mask",
        "node/dropout_default_mask_ratio", "node/maxpool_with_argmax_2d_precomputed_pads",
        "node/maxpool_with_argmax_2d_precomputed_strides", "node/training_dropout_default_mask",
        "node/training_dropout_mask", "node/training_dropout_zero_ratio_mask",
        "operator/operator_symbolic_override_nested"}},
      {"images joined, or rows",
       "joined along their channels",
       {"node/concat_1d_axis_0", "node/concat_1d_axis_negative_1", "node/concat_2d_axis_0",
        "node/concat_2d_axis_negative_2", "node/concat_3d_axis_0", "node/concat_3d_axis_2",
        "node/concat_3d_axis_negative_1", "node/concat_3d_axis_negative_3"}},
      {"values that differ from image to image are no constants",
       "differs from image to image",
       {"node/div", "node/div_example", "node/div_uint8", "node/gemm_default_matrix_bias",
        "operator/operator_non_float_params", "operator/operator_params"}},
      {"images and their values mixed",
       "flattens from axis",
       {"node/flatten_axis0", "node/flatten_axis2", "node/flatten_axis3", "node/flatten_negative_axis1",
        "node/flatten_negative_axis2", "node/flatten_negative_axis4"}},
      {"images and their values mixed",
       "transposes its first input",
       {"node/gemm_all_attributes", "node/gemm_transposeA"}},
      {"sequences and optional values", "with 0 dimensions", {"node/identity_opt", "node/identity_sequence"}},
      {"no layer along another axis than the channels",
       "runs along axis",
       {"converted/log_softmax_dim3", "converted/softmax_functional_dim3", "node/logsoftmax_axis_0",
        "node/logsoftmax_axis_2", "node/logsoftmax_default_axis", "node/logsoftmax_negative_axis",
        "node/softmax_axis_0", "node/softmax_axis_2", "node/softmax_default_axis", "node/softmax_negative_axis"}},
      {"matrices times matrices", "linear takes [images, features]", {"node/matmul_3d", "node/matmul_4d"}},
      {"several slopes", "has several slopes", {"node/prelu_broadcast", "node/prelu_example"}},
      {"a mean over images or channels",
       "only rows and columns together",
       {"node/reduce_mean_default_axes_keepdims_example", "node/reduce_mean_default_axes_keepdims_random",
        "node/reduce_mean_do_not_keepdims_example", "node/reduce_mean_do_not_keepdims_random",
        "node/reduce_mean_keepdims_example", "node/reduce_mean_keepdims_random",
        "node/reduce_mean_negative_axes_keepdims_example", "node/reduce_mean_negative_axes_keepdims_random",
        "operator/operator_reduced_mean", "operator/operator_reduced_mean_keepdim"}},
      {"dimensions of 0", "has a dimension of 0", {"node/reshape_allowzero_reordered"}},
      {"images and their values mixed",
       "mixes images",
       {"node/reshape_negative_extended_dims", "node/reshape_one_dim", "node/reshape_reordered_all_dims"}},
      {"cubic resizing",
       "resizes in mode",
       {"node/resize_downsample_scales_cubic", "node/resize_downsample_scales_cubic_A_n0p5_exclude_outside",
        "node/resize_downsample_scales_cubic_align_corners", "node/resize_downsample_sizes_cubic",
        "node/resize_upsample_scales_cubic", "node/resize_upsample_scales_cubic_A_n0p5_exclude_outside",
        "node/resize_upsample_scales_cubic_align_corners", "node/resize_upsample_scales_cubic_asymmetric",
        "node/resize_upsample_sizes_cubic"}},
      {"resizing with antialiasing",
       "antialias",
       {"node/resize_downsample_scales_cubic_antialias", "node/resize_downsample_scales_linear_antialias",
        "node/resize_downsample_sizes_cubic_antialias", "node/resize_downsample_sizes_linear_antialias"}},
      {"resizing that rounds or scales otherwise than upsample",
       "looks at other pixels",
       {"node/resize_downsample_scales_linear", "node/resize_downsample_scales_linear_align_corners",
        "node/resize_downsample_scales_linear_half_pixel_symmetric",
        "node/resize_downsample_sizes_linear_pytorch_half_pixel", "node/resize_downsample_sizes_nearest",
        "node/resize_downsample_sizes_nearest_not_smaller", "node/resize_upsample_scales_linear_half_pixel_symmetric",
        "node/resize_upsample_sizes_nearest_ceil_half_pixel", "node/resize_upsample_sizes_nearest_floor_align_corners",
        "node/resize_upsample_sizes_nearest_round_prefer_ceil_asymmetric"}},
      {"resizing that crops",
       "has coordinates",
       {"node/resize_tf_crop_and_resize", "node/resize_tf_crop_and_resize_axes_2_3",
        "node/resize_tf_crop_and_resize_axes_3_2", "node/resize_tf_crop_and_resize_extrapolation_value"}},
      {"training",
       "in training mode",
       {"node/training_dropout", "node/training_dropout_default", "node/training_dropout_zero_ratio"}},
      {"wrapping around", "pads in mode", {"node/wrap_pad"}},
      {"doubles past the range of float32 (uninitialised memory, as published)",
       "error nan",
       {"operator/operator_add_broadcast", "operator/operator_add_size1_right_broadcast",
        "operator/operator_add_size1_singleton_broadcast", "operator/operator_addconstant"}},
      {"values of different shapes", "(add) is given", {"operator/operator_add_size1_broadcast"}},
      {"a bias that is computed", "must be a constant", {"operator/operator_addmm"}},
      {"five dimensions, which its channel shuffle goes through", "makes 5 dimensions", {"light/shufflenet"}},
  };
  return table;
}

// Six billion multiplications take minutes there: whole networks are imported, and their arithmetic left out.
#ifdef __SANITIZE_ADDRESS__
constexpr bool sanitized = true;
#else
constexpr bool sanitized = false;
#endif

struct Verdict {
  bool passed = false;
  std::string message;
};

io::OnnxTensor counted(const io::OnnxGraph& graph) {
  io::OnnxTensor tensor;
  tensor.type = io::OnnxType::float32;
  for (const io::OnnxValue& value : graph.inputs) {
    const auto same = [&](const io::OnnxTensor& given) { return given.name == value.name; };
    if (std::none_of(graph.initializers.begin(), graph.initializers.end(), same)) tensor.dims = value.dims;
  }
  const std::uint64_t count = tensor.elements();
  for (std::uint64_t i = 0; i < count; ++i)
    tensor.floats.push_back(static_cast<float>(static_cast<double>(i) / static_cast<double>(count)));
  return tensor;
}

Verdict run(const Golden& golden, const std::string& name) {
  const auto bytes = [&](const std::string& key) { return golden.tensor(name + "/" + key).bytes; };
  const auto all = [&](const std::string& kind) {
    std::vector<io::OnnxTensor> tensors;
    for (int i = 0; golden.view().find(name + "/" + kind + std::to_string(i)) != nullptr; ++i) {
      auto tensor = io::read_onnx_tensor(bytes(kind + std::to_string(i)));
      if (!tensor) break;
      tensors.push_back(std::move(*tensor));
    }
    return tensors;
  };
  auto graph = io::read_onnx(bytes("model"));
  if (!graph) return {false, graph.error().message};
  auto inputs = all("input_");
  // The light networks come without: their input counts 0, 1/n, 2/n, … (onnx/backend/test/runner).
  if (name.starts_with("light/")) inputs.push_back(counted(*graph));
  const OnnxCase prepared(std::move(*graph), std::move(inputs));
  auto imported = import_model(prepared.graph());
  if (!imported) return {false, imported.error().message};
  if (sanitized && name.starts_with("light/")) return {true, {}};
  const auto outputs = all("output_");
  if (outputs.size() != 1) return {false, "the case has " + std::to_string(outputs.size()) + " readable outputs"};
  const Floats wanted = OnnxCase::values_of(outputs[0]), got = imported->run(prepared.input(), prepared.images());
  if (got.size() != wanted.size())
    return {false, "WRONG: " + std::to_string(got.size()) + " values, not " + std::to_string(wanted.size())};
  const double error = relative_error(got, wanted);
  if (!(error <= 1e-5)) return {false, "WRONG: relative error " + std::to_string(error)};
  return {true, {}};
}

}  // namespace

TEST_CASE("onnx: the published backend tests pass, or are refused for a stated reason") {
  const Golden golden("onnx");
  std::map<std::string, const Refused*> expected;
  for (const Refused& group : refused()) {
    for (const char* name : group.cases) expected[name] = &group;
  }
  int passed = 0, cases = 0;
  for (const io::TensorView& tensor : golden.view().tensors) {
    if (!tensor.name.ends_with("/model")) continue;
    const std::string name = tensor.name.substr(0, tensor.name.size() - 6);
    ++cases;
    const Verdict verdict = run(golden, name);
    passed += verdict.passed ? 1 : 0;
    const auto skip = expected.find(name);
    if (skip == expected.end()) {
      CHECK_MESSAGE(verdict.passed, name << ": " << verdict.message);
    } else {
      CHECK_MESSAGE(!verdict.passed, name << " passes now: take it out of the table");
      CHECK_MESSAGE(contains(verdict.message, skip->second->message), name << ": " << verdict.message);
      expected.erase(skip);
    }
  }
  CHECK(cases == std::stoi(*golden.view().find_metadata("cases")));
  for (const auto& left : expected) FAIL_CHECK("no case is called ", left.first);
  MESSAGE(passed, " of ", cases, " ONNX backend tests pass");
  CHECK(passed == 202);
}
