// Training options as JSON: what `fit`, the command line and a saved training write down.
//
//   {epochs, batchSize, seed, optimizer: {type, …}, schedule: {type, …}, loss: {type, …}, clipNorm, clipValue,
//    gradientNorm: boolean, sampling: "shuffled" | "balanced" | "sequential", dropLast: boolean,
//    parameterGroups: [{names: [text, …], learningRate: factor, weightDecay}, …],
//    averageWeights: {decay, warmup}, earlyStopping: {monitor: "loss" | "accuracy", patience, minDelta, restoreBest},
//    augmentation: policy (augment/policy.hpp)}
//
// Absent members take the defaults, and are not written. Errors: invalid_argument naming member and value.
#pragma once

#include "striate/core/result.hpp"
#include "striate/io/fields.hpp"
#include "striate/io/json.hpp"
#include "striate/session/arguments.hpp"
#include "striate/train/trainer.hpp"

#include <cstdint>

namespace striate::session {

inline constexpr std::int64_t largest_batch = 65'536;
inline constexpr int default_batch = 32;

// The object may hold more: the caller's finish() judges that.
core::Result<train::TrainOptions> train_options_from_json(io::Fields& fields);
io::Json train_options_to_json(const train::TrainOptions& options);
// The member as {type, …}; absent: an empty type.
core::Result<core::TypedOptions> typed_member(io::Fields& fields, std::string_view key);

}  // namespace striate::session
