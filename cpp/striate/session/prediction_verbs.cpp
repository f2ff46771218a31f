// The verbs of Session that predict, plainly or in several views.
#include "striate/core/text.hpp"
#include "striate/io/fields.hpp"
#include "striate/kernels/kernel_table.hpp"
#include "striate/session/arguments.hpp"
#include "striate/session/augmentation.hpp"
#include "striate/session/pixel_loading.hpp"
#include "striate/session/session.hpp"
#include "striate/session/test_time_options.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <utility>
#include <vector>

namespace striate::session {

using core::Error;
using core::ErrorCode;
using core::Result;
using core::Status;
using io::Json;

void load_pixels(const Model& model, const Pixels& pixels, std::size_t first, std::size_t count,
                 const kernels::KernelTable& kernels, const kernels::BlockedView& input) {
  const auto each = static_cast<std::size_t>(model.network->input_shape().elements());
  if (pixels.kind == data::PixelKind::bytes) {
    std::vector<const std::uint8_t*> images(count);
    for (std::size_t i = 0; i < count; ++i) images[i] = pixels.bytes() + (first + i) * each;
    kernels.load_bytes(images, model.normalization.value_of_byte.data(), input);
  } else {
    std::vector<const float*> images(count);
    for (std::size_t i = 0; i < count; ++i) images[i] = pixels.floats() + (first + i) * each;
    kernels.load_floats(images, model.normalization.mean.data(), model.normalization.scale.data(), input);
  }
}

namespace {

constexpr std::size_t largest_predict_batch = 128;

// A plan that suits `batch` images: large enough, and with the block size that this many would choose.
Status prepare_predictor(Model& model, int batch) {
  const kernels::KernelTable& kernels = kernels::kernels();
  graph::ExecutorOptions options;
  options.mode = graph::Mode::inference;
  options.batch = batch;
  const auto suits = [&](const graph::Executor& old) {
    return old.batch() == batch || (old.batch() > batch && old.lanes() == kernels::choose_lanes(batch, kernels.width) &&
                                    old.channel_lanes() == graph::Executor::would_use_channel_lanes(*model.network, options));
  };
  if (model.predictor != nullptr && &model.predictor->kernels() == &kernels && suits(*model.predictor)) return {};
  STRIATE_TRY(executor, graph::Executor::make(*model.network, model.seen_store(), options));
  model.predictor = std::move(executor);
  return {};
}

// Softmax of flat logits, in memory that `storage` keeps.
Result<kernels::BlockedView> softmax_of(const kernels::ConstBlockedView& logits, const kernels::KernelTable& kernels,
                                        core::Buffer<float>& storage) {
  const core::Shape flat{logits.channels * logits.height * logits.width, 1, 1};
  STRIATE_CHECK(storage.resize(kernels::blocked_floats(flat, logits.blocks, logits.lanes), "the probabilities"));
  const kernels::BlockedView view = kernels::blocked_view(storage.data(), flat, logits.blocks, logits.lanes);
  kernels.softmax(logits, view);
  return view;
}

Status check_finite(std::span<const float> probabilities, std::size_t classes) {
  for (std::size_t i = 0; i < probabilities.size(); ++i) {
    if (std::isfinite(probabilities[i])) continue;
    return Error{ErrorCode::not_finite, core::text("a probability of image ", i / classes, " is not a finite number"),
                 "The weights have grown too large: train again with a smaller learning rate."};
  }
  return {};
}

// Softmax probabilities of `total` images of the network's size, [total][classes].
Reply predict_plain(Model& model, const Pixels& pixels, std::size_t total) {
  STRIATE_CHECK(prepare_predictor(model, static_cast<int>(std::min<std::size_t>(total, largest_predict_batch))));
  graph::Executor& executor = *model.predictor;
  const kernels::KernelTable& kernels = executor.kernels();
  const auto classes = static_cast<std::size_t>(model.network->classes());
  Answer answer;
  STRIATE_CHECK(answer.floats.emplace().resize(total * classes, "the probabilities"));
  core::Buffer<float> probabilities;
  for (std::size_t first = 0; first < total; first += static_cast<std::size_t>(executor.batch())) {
    const std::size_t here = std::min(total - first, static_cast<std::size_t>(executor.batch()));
    const kernels::BlockedView input = executor.input(static_cast<int>(here));
    load_pixels(model, pixels, first, here, kernels, input);
    executor.forward(static_cast<int>(here));
    STRIATE_TRY(view, softmax_of(executor.output(), kernels, probabilities));
    for (std::size_t i = 0; i < here; ++i) {
      kernels.store_image(view, static_cast<int>(i), answer.floats->data() + (first + i) * classes);
    }
  }
  STRIATE_CHECK(check_finite({answer.floats->data(), total * classes}, classes));
  return answer;
}

// The views of `total` images, as many images at once as fit a batch. The answer holds the merged probabilities,
// [total][classes]; with per_view behind them those of each view, [total][views][classes], and the pixels of the views.
Reply predict_in_views(Model& model, const Pixels& pixels, std::size_t total, const core::Shape& shape,
                       const train::TestTimeOptions& options, bool per_view) {
  STRIATE_TRY(maker, train::TestTimeViews::make(options, shape, pixels.kind, model.network->input_shape()));
  const auto views = static_cast<std::size_t>(maker->count()), classes = static_cast<std::size_t>(model.network->classes());
  const auto each = static_cast<std::size_t>(maker->shape().elements()), source = static_cast<std::size_t>(shape.elements());
  const bool bytes = pixels.kind == PixelKind::bytes;
  const std::size_t together = std::min(total, std::max<std::size_t>(1, largest_predict_batch / views));
  STRIATE_CHECK(prepare_predictor(model, static_cast<int>(together * views)));
  graph::Executor& executor = *model.predictor;
  const kernels::KernelTable& kernels = executor.kernels();

  const std::size_t shown = total * views, view_floats = per_view ? shown * (classes + (bytes ? 0 : each)) : 0;
  Answer answer(Json::object({{"shape", Json::array(total, classes)}, {"views", views}}));
  STRIATE_CHECK(answer.floats.emplace().resize(total * classes + view_floats, "the probabilities"));
  if (per_view && bytes) STRIATE_CHECK(answer.bytes.emplace().resize(shown * each, "the views"));
  float* merged = answer.floats->data();
  float* of_views = merged + total * classes;
  Pixels made;
  made.kind = pixels.kind;
  STRIATE_CHECK(made.storage.resize(together * views * each * (bytes ? 1 : sizeof(float)), "the views"));
  core::Buffer<float> probabilities;
  std::vector<float> merged_logits(classes);
  Json said = Json::array();
  for (std::size_t first = 0; first < total; first += together) {
    const std::size_t here = std::min(total - first, together);
    for (std::size_t i = 0; i < here; ++i) {
      const std::size_t image = first + i;
      const auto index = static_cast<std::uint32_t>(image);
      if (bytes) {
        STRIATE_CHECK(maker->write(pixels.bytes() + image * source, index, made.storage.data() + i * views * each));
      } else {
        float* out = reinterpret_cast<float*>(made.storage.data()) + i * views * each;
        STRIATE_CHECK(maker->write(pixels.floats() + image * source, index, out));
      }
    }
    const auto count = static_cast<int>(here * views);
    load_pixels(model, made, 0, here * views, kernels, executor.input(count));
    executor.forward(count);
    const kernels::ConstBlockedView logits = executor.output();
    STRIATE_TRY(view, softmax_of(logits, kernels, probabilities));
    for (std::size_t i = 0; i < here; ++i) {
      train::merge_views(options.merge, logits, view, static_cast<int>(i * views), static_cast<int>(views),
                         {merged + (first + i) * classes, classes}, merged_logits);
    }
    if (!per_view) continue;
    for (std::size_t i = 0; i < here * views; ++i) {
      kernels.store_image(view, static_cast<int>(i), of_views + (first * views + i) * classes);
      const auto index = static_cast<std::uint32_t>(first + i / views);
      said.push(json_of(maker->describe(static_cast<int>(i % views), index)));
    }
    if (bytes) {
      std::copy_n(made.storage.data(), here * views * each, answer.bytes->data() + first * views * each);
    } else {
      std::copy_n(made.floats(), here * views * each, of_views + shown * classes + first * views * each);
    }
  }
  if (per_view) {
    answer.json.set("perView", std::move(said));
    answer.json.set("viewShape", shape_to_json(maker->shape()));
  }
  STRIATE_CHECK(check_finite({merged, total * classes}, classes));
  return answer;
}

}  // namespace

Reply Session::predict(double number, const Pixels& pixels, double count) {
  STRIATE_TRY(model, find_model(number));
  STRIATE_TRY(images, whole_number(count, "count", 1, most_images));
  STRIATE_CHECK(check_pixels(pixels, images, model->network->input_shape(), "images"));
  return predict_plain(*model, pixels, static_cast<std::size_t>(images));
}

Reply Session::predict_views(double number, const Pixels& pixels, double count, std::string_view options_json) {
  STRIATE_TRY(model, find_model(number));
  STRIATE_TRY(images, whole_number(count, "count", 1, most_images));
  STRIATE_TRY(json, parse_argument(options_json, "prediction options"));
  io::Fields fields(json, "prediction options");
  STRIATE_TRY(tta, tta_member(fields));
  STRIATE_TRY(per_view, fields.boolean("perView", false));
  core::Shape shape = model->network->input_shape();
  if (const Json* given = fields.get("shape"); given != nullptr) {
    STRIATE_TRY(batch, batch_shape(*given));
    shape = batch.shape;
  }
  STRIATE_CHECK(fields.finish());
  if (!tta) return Error{ErrorCode::invalid_argument, "prediction options have no tta", "Say which views, or use predict."};
  STRIATE_CHECK(check_pixels(pixels, images, shape, "images"));
  return predict_in_views(*model, pixels, static_cast<std::size_t>(images), shape, *tta, per_view);
}

}  // namespace striate::session
