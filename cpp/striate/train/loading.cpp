#include "striate/train/loading.hpp"

#include <string>
#include <utility>
#include <vector>

namespace striate::train {

using core::Error;
using core::ErrorCode;

core::Result<data::DataLoader> make_loader(const graph::Network& network,
                                           std::shared_ptr<const data::MemoryDataset> dataset, LoaderOptions options) {
  const graph::InputSpec& input = network.spec().input;
  if (options.policy == nullptr && !options.any_size && dataset->shape() != input.shape) {
    return Error{
        ErrorCode::invalid_shape,
        "the dataset's images are " + to_string(dataset->shape()) + " and the network takes " + to_string(input.shape),
        "Use a network with this input, or resize the images."};
  }
  const core::Shape& output = network.output_shape();
  if (output.height != 1 || output.width != 1) {
    return Error{ErrorCode::invalid_shape,
                 "the network's output is " + to_string(output) + ", which is not one number per class",
                 "End the network with flatten and a linear layer of as many outputs as there are classes."};
  }
  if (dataset->classes() > output.channels) {
    return Error{ErrorCode::invalid_argument,
                 "the dataset has " + std::to_string(dataset->classes()) + " classes and the network " +
                     std::to_string(output.channels) + " outputs",
                 "Give the last layer " + std::to_string(dataset->classes()) + " outputs."};
  }
  std::vector<float> mean(input.mean.begin(), input.mean.end()), std(input.std.begin(), input.std.end());
  if (options.any_size) mean.clear(), std.clear();
  const int channels = options.any_size ? dataset->shape().channels : input.shape.channels;
  STRIATE_TRY(normalization, data::make_normalization(channels, mean, std));
  // Known before the loader, which takes the normalization of the channels that come out.
  if (options.policy != nullptr) {
    STRIATE_TRY(sizes, options.policy->sizes(dataset->shape()));
    if (sizes.fixed() && augment::SizeRange::of(input.shape) != sizes) {
      return Error{ErrorCode::invalid_shape,
                   "augmentation makes " + core::to_string(core::Shape{sizes.channels, sizes.least_height, sizes.least_width}) +
                       " of the dataset's " + to_string(dataset->shape()) + " and the network takes " +
                       to_string(input.shape),
                   "End the policy with a Resize or a crop to that size."};
    }
  }
  return data::DataLoader::make(std::move(dataset), std::move(normalization), options.order, options.seed,
                                options.largest_batch, options.drop_last, std::move(options.policy));
}

}  // namespace striate::train
