// Im2col: a convolution as the lecture tells it: every window unrolled into a column, and one matrix product.
//
//   matrix   [C·Kh·Kw][Oh·Ow]    row (c, ky, kx), column (oy, ox): the input pixel under that place of that window
//   weights  [Co][C·Kh·Kw]       a filter a row; zeros where groups or a connection table leave maps out
//   product  [Co][Oh·Ow]         weights · matrix + bias
//   output   [Co][Oh·Ow]         the layer's own, from the fast path that never writes the matrix down
//
//   STRIATE_TRY(im2col, Im2col::make(network, store, "conv1"));
//   load the image into im2col->input() (one image, normalised as in training);   im2col->run();
//
// Numerics: product sums in double and rounds once, so that it differs from output by the fast path's rounding alone.
// Errors: unknown_layer for a name that is not there; invalid_argument for a layer that is no conv2d; out_of_memory for a
// matrix of more than 2²⁶ numbers. Source: the lecture, "Свёртка"; Chellapilla, Puri, Simard 2006.
#pragma once

#include "striate/core/result.hpp"
#include "striate/graph/executor.hpp"

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace striate::introspect {

class Im2col {
 public:
  static core::Result<std::unique_ptr<Im2col>> make(const graph::Network& network, graph::ParamStore& store,
                                                    std::string_view layer);

  kernels::BlockedView input() const { return executor_->input(1); }
  void run();

  std::size_t filters() const { return filters_; }
  std::size_t rows() const { return rows_; }        // C·Kh·Kw
  std::size_t columns() const { return columns_; }  // Oh·Ow
  std::span<const float> matrix() const { return matrix_; }
  std::span<const float> weights() const { return weights_; }
  std::span<const float> product() const { return product_; }
  std::span<const float> output() const { return output_; }

 private:
  Im2col() = default;
  void unroll();
  void spread_weights();
  void multiply();

  const graph::Node* node_ = nullptr;
  const graph::ParamStore* store_ = nullptr;
  int first_parameter_ = 0;
  std::unique_ptr<graph::Executor> executor_;
  kernels::ConstBlockedView read_, wrote_;
  std::size_t filters_ = 0, rows_ = 0, columns_ = 0;
  std::vector<float> image_, matrix_, weights_, product_, output_;
};

}  // namespace striate::introspect
