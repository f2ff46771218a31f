// Layer: the small protocol that every layer speaks.
//
// A Layer is its options, checked, and nothing else: it is immutable, holds no weights and no buffers, and can be asked
// about any input shapes. plan() makes a PlannedLayer for known strides, with tables worked out once; forward and
// backward then allocate nothing.
//
// Shapes are of one image (C, H, W); the batch is a matter of the plan. Parameters have PyTorch's shapes (OIHW).
// Activations and gradients are batch-blocked views (kernels/blocked_view.hpp).
#pragma once

#include "striate/core/options.hpp"
#include "striate/core/result.hpp"
#include "striate/core/shape.hpp"
#include "striate/core/window_geometry.hpp"
#include "striate/kernels/blocked_view.hpp"
#include "striate/kernels/channel_lanes.hpp"
#include "striate/kernels/kernel_table.hpp"
#include "striate/kernels/row_range.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace striate::layers {

using core::Shape;
using kernels::BlockedView;
using kernels::ConstBlockedView;

// How a parameter starts. The numbers are drawn by the init room; a layer only says what it wants.
struct InitRecipe {
  enum class Kind {
    zeros,
    ones,
    constant,        // `value`
    reciprocal,      // 1/fan_in
    he_normal,       // N(0, 2/fan_in), for layers before a ReLU
    lecun_uniform,   // U(−√(3/fan_in), √(3/fan_in)): variance 1/fan_in, for squashing functions
    xavier_normal,   // N(0, 2/(fan_in + fan_out))
    xavier_uniform,  // U with the same variance
    orthogonal,      // rows (or columns) of length 1 at right angles
    signs,           // ±1
    digit_codes,     // ±1 pictures of the ten digits, 7×12 (LeNet-98's output)
  };
  Kind kind = Kind::zeros;
  std::int64_t fan_in = 1;
  std::int64_t fan_out = 1;
  float value = 0;
};

struct ParameterSpec {
  std::string name;        // "weight"; with its layer's name in front it becomes "conv1.weight"
  std::vector<int> shape;  // [Co, Ci, Kh, Kw], [out, in], [Co]
  InitRecipe init;
  bool decay = true;      // whether weight decay applies (PyTorch: to everything)
  bool trainable = true;  // false: a statistic without gradient, such as batch norm's running mean
};

// A halo that a layer wants around one of its inputs, and the number it fills it with at each forward.
struct HaloRequest {
  kernels::Halo halo;
  float value = 0;
  bool empty() const { return halo == kernels::Halo{}; }
};

// How far one output pixel looks: at one input pixel, through a window, or at everything.
enum class Reach { pixel, window, everything };

struct LayerDescription {
  Reach reach = Reach::pixel;
  core::WindowGeometry window;  // for Reach::window
  std::int64_t macs = 0;        // multiply-adds for one image, forward
  core::Options options;        // all options in force, the defaults too, as JSON would spell them
  const char* algorithm = "";   // how it is worked out, where there is a choice: "direct", "winograd4"
};

// How a layer's passes may be cut into pieces that run at the same time, each with its part of every view.
enum class Split {
  blocks,    // image by image: a piece is a run of blocks, and `saved` holds equally many floats for each block, in order
  channels,  // a piece is a run of channels, in plans that predict; the layer has no parameters and no workspace
  none,
  own,  // the layer's forward is told its piece, and how many there are (most_pieces at most), and has a workspace for each thread
};

// What a layer does in a plan whose lanes are channels (kernels/channel_lanes.hpp).
enum class ChannelLanes {
  no,     // it cannot
  alike,  // as ever: its kernels go lane by lane, on the shapes that the views show
  own,    // it has a way of its own
  any,    // the same, and its inputs may be plain images, of one lane
};

// What a plan may do with a layer beside calling it.
struct LayerTraits {
  bool is_relu = false;                // output = max(0, input), so that it can vanish into its neighbours
  bool is_sum = false;                 // output = the sum of its inputs
  bool is_affine = false;              // at inference an affine map of each channel, by affine()
  bool takes_affine = false;           // with channels as lanes: an affine map, a sum with one other value and a ReLU behind
                                       // the layer can be done by its forward
  bool relu_epilogue = false;          // forward can apply a following ReLU in the same pass
  bool relu_mask = false;              // backward can apply the mask of a preceding ReLU to dinput in the same pass
  bool passes_gradient = false;        // the gradient of every input is doutput as it stands: dinput may be doutput itself
  bool backward_reads_inputs = true;   // input values must live until backward (a mask reads them too)
  bool backward_reads_output = false;  // the same for the output
  Split split = Split::blocks;
  bool own_backward = false;  // backward is told its piece, as by Split::own, and its parameters' gradients are whole sums
};

class Layer;

// Of a call that is not for one phase, but for all.
inline constexpr int all_phases = -1;

// What is known when a plan is made: strides (the views' data may be null), fusion, and who wants gradients.
struct PlanContext {
  const kernels::KernelTable& kernels;
  bool training = false;
  bool hold_statistics = false;          // training uses running statistics as in inference, and leaves them alone
  std::span<const Shape> input_shapes;
  Shape output_shape;
  std::span<const ConstBlockedView> inputs;
  ConstBlockedView output;
  ConstBlockedView doutput;              // training only
  std::span<const BlockedView> dinputs;  // training only; lanes is 0 where nobody wants the gradient
  bool relu = false;                     // apply a ReLU to the output
  bool relu_input = false;               // input 0 came out of a ReLU whose backward pass this layer does
  kernels::Convolution convolution = kernels::Convolution::automatic;  // for tests: what conv2d takes where it can
  bool channel_lanes = false;            // the views' lanes are channels; shapes are those of the images
  const Layer* affine = nullptr;         // an affine layer whose work is done, too; its parameters follow the layer's own
  bool residual = false;                 // one more input is added before the ReLU
};

struct ForwardContext {
  const kernels::KernelTable& kernels;
  std::span<const BlockedView> inputs;  // writable for the halo alone
  BlockedView output;
  std::span<float* const> parameters;  // in the order of parameters(); only statistics may be written
  float* workspace = nullptr;          // workspace_floats(), garbage on entry
  float* saved = nullptr;              // saved_floats(), kept until backward
  const float* prepared = nullptr;     // prepared_floats(), as prepare() left them
  int piece = 0, pieces = 1;           // with Split::own
  int phase = all_phases;              // with forward_phases()
  kernels::RowRange rows;              // with forward_band_rows(): those of the output that are wanted, after start()
  int images = 0;                      // images in the batch; lanes behind them hold zeros or garbage-free values
  std::uint64_t seed = 0;              // with step: for layers that draw random numbers
  std::uint32_t step = 0;
};

struct BackwardContext {
  const kernels::KernelTable& kernels;
  std::span<const BlockedView> inputs;
  ConstBlockedView output;  // data is null unless backward_reads_output
  ConstBlockedView doutput;
  std::span<const BlockedView> dinputs;  // data is null where nobody wants the gradient
  std::span<float* const> parameters;
  std::span<float* const> gradients;  // null where the parameter is frozen; written, not added to
  float* workspace = nullptr;
  float* saved = nullptr;
  int piece = 0, pieces = 1;  // with own_backward
  int phase = all_phases;     // with backward_phases()
  kernels::RowRange rows;     // with dinput_band_rows(): those of dinputs that are wanted; gradients is then empty
  int images = 0;
};

// One layer inside one plan. Holds tables, never activations.
class PlannedLayer {
 public:
  virtual ~PlannedLayer() = default;
  virtual std::size_t workspace_floats() const { return 0; }  // scratch of a single call
  virtual std::size_t saved_floats() const { return 0; }      // from forward to backward (masks, batch statistics)
  // What inference makes of the parameters once, again only after they have changed.
  virtual std::size_t prepared_floats() const { return 0; }
  virtual void prepare(const kernels::KernelTable&, std::span<float* const> /*parameters*/, float* /*prepared*/) {}
  virtual int most_pieces() const { return 1; }     // with Split::own or own_backward
  // With these: all pieces of a phase are done before those of the next begin, which may read what they left in `saved`.
  virtual int forward_phases() const { return 1; }
  virtual int backward_phases() const { return 1; }
  // With Split::blocks: rows that bands of an output, and of an input gradient, are multiples of; 0: blocks are not cut further.
  // Parameters' and input gradients may then come from different calls, of which each is given no place for the others.
  virtual int forward_band_rows() const { return 0; }
  virtual int dinput_band_rows() const { return 0; }
  virtual void start(const ForwardContext&) {}      // what comes before pieces of Split::own, and before bands
  virtual void forward(const ForwardContext& context) = 0;
  virtual void backward(const BackwardContext& context) = 0;
};

class Layer {
 public:
  explicit Layer(std::string name) : name_(std::move(name)) {}
  virtual ~Layer() = default;
  Layer(const Layer&) = delete;
  Layer& operator=(const Layer&) = delete;

  const std::string& name() const { return name_; }

  // Error invalid_shape names the layer, the shapes and the formula.
  virtual core::Result<Shape> infer_shape(std::span<const Shape> inputs) const = 0;

  // The rest requires inputs that infer_shape accepted.
  virtual std::vector<ParameterSpec> parameters(std::span<const Shape>) const { return {}; }
  virtual LayerDescription describe(std::span<const Shape> inputs) const = 0;
  virtual HaloRequest input_halo(std::size_t) const { return {}; }
  virtual LayerTraits traits() const { return {}; }
  // For a vector of so many floats; in training or in inference.
  virtual ChannelLanes channel_lanes(std::span<const Shape>, int /*width*/, bool /*training*/) const { return ChannelLanes::no; }
  // With traits().is_affine: scale and shift of each channel, so many.
  virtual void affine(std::span<float* const>, int, float*, float*) const {}
  virtual std::unique_ptr<PlannedLayer> plan(const PlanContext& context) const = 0;

 private:
  std::string name_;
};

}  // namespace striate::layers
