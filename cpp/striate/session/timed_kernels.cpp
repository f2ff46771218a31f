#include "striate/session/timed_kernels.hpp"

#include "striate/session/bench_parts.hpp"

namespace striate::session {
namespace {

using kernels::KernelTable;

KernelTable untimed, timed;

// The thread that asked for timed kernels. Others help it in the same time, and in WebAssembly have no clock.
thread_local bool timed_here = false;

struct Stopped {
  double start = timed_here ? bench_clock_ms() : 0;
  ~Stopped() {
    if (timed_here) spent_in_kernels_ms() += bench_clock_ms() - start;
  }
};

template <auto Member>
struct Timed;

template <class Result, class... Arguments, Result (*KernelTable::*Member)(Arguments...)>
struct Timed<Member> {
  static Result call(Arguments... arguments) {
    const Stopped stopped;
    return (untimed.*Member)(arguments...);
  }
};

template <auto... Members>
struct Kernels {
  static constexpr std::size_t count = sizeof...(Members);
  static void time() { ((timed.*Members = &Timed<Members>::call), ...); }
};

using All = Kernels<
    &KernelTable::fill_halo, &KernelTable::conv2d_forward, &KernelTable::conv2d_dinput, &KernelTable::conv2d_dweight,
    &KernelTable::conv2d_winograd, &KernelTable::conv2d_winograd_dweight, &KernelTable::conv2d_winograd_gradients,
    &KernelTable::channel_conv2d_weights, &KernelTable::channel_conv2d, &KernelTable::channel_scale_shift, &KernelTable::channel_conv2d_dweight,
    &KernelTable::channel_linear_forward, &KernelTable::channel_linear_dinput, &KernelTable::channel_linear_dweight, &KernelTable::linear_forward,
    &KernelTable::linear_dinput, &KernelTable::linear_dweight, &KernelTable::relu_forward,
    &KernelTable::relu_backward, &KernelTable::activation_forward, &KernelTable::activation_backward,
    &KernelTable::fill, &KernelTable::copy, &KernelTable::add, &KernelTable::add_relu, &KernelTable::multiply, &KernelTable::channel_sums,
    &KernelTable::channel_products, &KernelTable::max_pool2d_forward, &KernelTable::max_pool2d_backward,
    &KernelTable::average_pool2d_forward, &KernelTable::average_pool2d_backward, &KernelTable::pad2d_forward,
    &KernelTable::pad2d_backward, &KernelTable::upsample_forward, &KernelTable::upsample_backward,
    &KernelTable::batch_norm_statistics, &KernelTable::scale_shift, &KernelTable::batch_norm_sums,
    &KernelTable::batch_norm_dinput,
    &KernelTable::group_norm_forward, &KernelTable::group_norm_backward, &KernelTable::local_response_norm_forward,
    &KernelTable::local_response_norm_backward, &KernelTable::softmax_forward, &KernelTable::softmax_backward,
    &KernelTable::dropout_mask, &KernelTable::radial_basis_forward, &KernelTable::radial_basis_dinput,
    &KernelTable::radial_basis_dcenters, &KernelTable::flatten_forward, &KernelTable::flatten_backward,
    &KernelTable::softmax, &KernelTable::softmax_cross_entropy, &KernelTable::target_cross_entropy,
    &KernelTable::focal_loss, &KernelTable::mean_squared_error, &KernelTable::radial_basis_loss,
    &KernelTable::sgd_update, &KernelTable::adam_update, &KernelTable::rmsprop_update, &KernelTable::sum_of_squares,
    &KernelTable::scale, &KernelTable::clamp, &KernelTable::moving_average, &KernelTable::load_bytes,
    &KernelTable::load_floats, &KernelTable::store_image>;
// Its name and width, and the peak, which no step calls.
static_assert(offsetof(KernelTable, peak) == offsetof(KernelTable, fill_halo) + All::count * sizeof(void (*)()),
              "a kernel that is not listed here counts as the engine's own time");

}  // namespace

const KernelTable& timed_kernels(const KernelTable& kernels) {
  untimed = timed = kernels;
  All::time();
  timed_here = true;
  return timed;
}

double& spent_in_kernels_ms() {
  thread_local double spent = 0;
  return spent;
}

}  // namespace striate::session
