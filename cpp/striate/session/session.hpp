// Session: the façade of the engine. Coarse verbs over numbered models and datasets; it owns them all.
//
// Numbers of models and datasets count from 1 and are never used twice. Arguments are what a foreign caller has: JSON
// texts, doubles, blocks of pixels; each verb checks them. "…_json" arguments and answers are described beside the
// verb. Ensures: a verb that fails changes nothing, but for train_steps, which keeps the steps before the failing one.
// Errors: not_found for a number never given out, invalid_state for one disposed of; else what the rooms below say.
#pragma once

#include "striate/core/buffer.hpp"
#include "striate/core/result.hpp"
#include "striate/data/memory_dataset.hpp"
#include "striate/session/answer.hpp"
#include "striate/session/model.hpp"
#include "striate/session/pixels.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace striate::session {

class Session {
 public:
  Session() = default;
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // ---- models (model_verbs.cpp)
  // A network object, the name of a zoo network as a JSON string, or {zoo: name, classes?, input?} → {model}
  Reply create_model(std::string_view spec_json, double seed);
  // → [{name, type, outputShape: [c, h, w], parameters, macs, receptiveField: {size, stride, start: [h, w]}}, …]
  Reply summary(double model);
  // options_json: {batchSize, training} → {plan, weights, total, lanes}: bytes that such a plan and what stands by it would
  // take, and whether "images" or "channels" lie in its lanes
  // (weights; in training their gradients and the copy before a step too, without the optimizer's state). Allocates
  // nothing. Error out_of_memory when the plan would be refused, with the numbers.
  Reply planned_memory(double model, std::string_view options_json);
  // → the network, every name filled in
  Reply spec(double model);
  // names_json: null or [name, …] → [{name, shape, offset, length}, …] and floats
  Reply parameters(double model, std::string_view names_json);
  // options_json: {optimizer: boolean} → bytes (safetensors)
  Reply save(double model, std::string_view options_json);
  // → {model}
  Reply load(std::span<const std::uint8_t> bytes);
  // → bytes (an ONNX model; what its input and output are stands in io/onnx_export.hpp)
  Reply export_onnx(double model);
  // → {model}
  Reply import_onnx(std::span<const std::uint8_t> bytes);
  // Both may be called again for the same number.
  Reply dispose_model(double model);
  Reply dispose_dataset(double dataset);

  // ---- datasets (dataset_verbs.cpp); info = {dataset, count, shape: [c, h, w], classes}
  Reply dataset_from_idx(core::Buffer<std::uint8_t> images, std::span<const std::uint8_t> labels);
  Reply dataset_from_cifar10(std::span<const std::uint8_t> records);
  // options_json: {count, seed?, size?} (data/synthetic.hpp)
  Reply dataset_synthetic(std::string_view options_json);
  // shape_json: [n, c, h, w]
  Reply dataset_from_pixels(Pixels pixels, std::span<const std::int32_t> labels, std::string_view shape_json,
                            double classes);
  // options_json: {validation, seed} → {train: info, validation: info}
  Reply dataset_split(double dataset, std::string_view options_json);
  Reply dataset_slice(double dataset, double first, double count);
  // A training on this dataset takes the new images in from its next epoch on. → info
  Reply dataset_append(double dataset, Pixels pixels, std::span<const std::int32_t> labels);
  // options_json: {times, seed, includeOriginal} → info of a new dataset: the images as they are, then changed in `times`
  // ways: those of a training's epochs 0, 1, … with this seed
  Reply dataset_augment(double dataset, std::string_view policy_json, std::string_view options_json);
  // → {labels, shape: [n, c, h, w]} and bytes or floats
  Reply dataset_images(double dataset, std::span<const std::uint32_t> indices);

  // ---- augmentation (augmentation_verbs.cpp); policies as augment/policy.hpp reads them
  // → {policy: in Albumentations' form with all defaults, mixes: boolean, floats: boolean}
  Reply read_policy(std::string_view policy_json);
  // → [{name, family, doc, p, channels, options: [{name, kind, default, …}]}, …]
  Reply transforms();
  // options_json: {shape: [n, c, h, w], seed, epoch, samples: [number, …], replay: [log, …], log: boolean}. samples: the
  // numbers that the draws are keyed by, 0, 1, … unless given; with one image there may be several. →
  // {shapes: [[c, h, w], …], logs?: [log, …], mixes?: [{partner, weight} or null, …]} and bytes, or floats when the policy
  // ends in Normalize or ToFloat
  Reply augment(std::string_view policy_json, const Pixels& pixels, std::string_view options_json);

  // ---- training (training_verbs.cpp); plan = {stepsPerEpoch, plannedBytes, step, epoch, batchSize, done}
  // options_json: as training_options.hpp says, and resume → plan. resume: goes on from the state that the model was
  // saved with or that train_end left; all options are then those of the saved state, but for epochs.
  Reply train_begin(double model, double dataset, std::string_view options_json);
  // {learningRate?, batchSize?}, from the next step on → plan
  Reply train_configure(double model, std::string_view options_json);
  // At most `steps` steps, fewer at the end of an epoch →
  // {step, epoch, loss, accuracy, learningRate, images, epochEnd, done, gradientNorm?: of the last step}, and each step's loss as
  // floats
  Reply train_steps(double model, double steps);
  // The batch of the last step, as the network got it (only its normalization is not done) → null before the first
  // step, else {step, epoch, indices: [into the dataset], labels, shape: [n, c, h, w]} and bytes, or floats of a dataset of
  // floats
  Reply train_batch(double model);
  // Frees the plan and keeps the state for resume and save; the model keeps the weights of the best validation, the
  // averaged ones or those of the last step (train/trainer.hpp). May be called again.
  Reply train_end(double model);

  // ---- preparing a training (tuning_verbs.cpp)
  // change_json: layer_settings.hpp → the settings of all layers with weights. Error invalid_state while training.
  Reply configure_layers(double model, std::string_view change_json);
  // The members of training_options.hpp but for epochs, schedule, averageWeights and earlyStopping, and {start, end,
  // steps, smoothing, divergence} → {steps}. Works on a copy of the weights. Takes the place of an older sweep.
  Reply rate_begin(double model, double dataset, std::string_view options_json);
  // At most `steps` steps → {done, step}, and when done {…, rates, losses, smoothed, suggestion: number or null}
  Reply rate_steps(double model, double steps);
  // Gives a sweep up. May be called again.
  Reply rate_end(double model);

  // ---- looking (inspection_verbs.cpp, prediction_verbs.cpp)
  // options_json: {topK, loss: {type, …}, tta: as predict's, training: boolean}. training: the evaluation is the validation of the
  // training under way: with its loss (unless another is given) and its averaged weights, and it is told the result.
  Reply evaluate_begin(double model, double dataset, std::string_view options_json = "{}");
  // At least `images` further images → {done, images}, and when done {…, loss, accuracy, topK, topKAccuracy,
  // calibrationError, confusionMatrix[label][predicted], classes: [{precision, recall, f1, support}, …],
  // macro: {precision, recall, f1}}, and of a training also {trainingDone, improved}
  Reply evaluate_steps(double model, double images);
  // → floats [count, classes], softmax probabilities
  Reply predict(double model, const Pixels& pixels, double count);
  // The same, merged from several views of each image. options_json: {tta: session/test_time_options.hpp, perView: boolean,
  // shape: [n, c, h, w]}; shape: of the images where tta brings them to the network's size. → {shape: [count, classes], views}
  // and floats; with perView there are also {perView: [{x, y, mirrored} or {log}, …] of [count][views], viewShape}, and behind
  // the merged probabilities the views' [count, views, classes] and the views' pixels, in bytes or, when the images are floats,
  // behind those
  Reply predict_views(double model, const Pixels& pixels, double count, std::string_view options_json);
  // One image. layers_json: null or [name, …] → {layers: [{name, type, shape, offset, length}], probabilities: {offset,
  // length}} and floats
  Reply inspect(double model, const Pixels& pixels, std::string_view layers_json);
  // One image and the name of a conv2d layer as a JSON string → {filters, rows, columns, matrix, weights, product, output:
  // {offset, length}} and floats (introspect/im2col.hpp)
  Reply im2col(double model, const Pixels& pixels, std::string_view layer_json);

  std::size_t model_count() const { return models_.size(); }
  std::size_t dataset_count() const { return datasets_.size(); }

 private:
  using Dataset = std::shared_ptr<data::MemoryDataset>;

  core::Result<Model*> find_model(double number);
  core::Result<Dataset> find_dataset(double number);
  io::Json add_model(std::unique_ptr<Model> model);
  io::Json add_dataset(data::MemoryDataset dataset);

  // Ordered maps: nothing in the engine depends on the order of addresses or hashes.
  std::map<std::int64_t, std::unique_ptr<Model>> models_;
  std::map<std::int64_t, Dataset> datasets_;
  std::int64_t next_model_ = 1, next_dataset_ = 1;
};

}  // namespace striate::session
