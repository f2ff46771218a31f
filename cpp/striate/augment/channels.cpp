// Channels: ToGray, ToRGB, ToSepia, ChannelShuffle, ChannelDropout, FancyPCA.
//
//   ToGray    weighted_average 0.299 r + 0.587 g + 0.114 b; from_lab L*; desaturation (max + min) / 2; average; max;
//             pca: the first principal component, stretched over 0…255
//   ToSepia   three fixed weighted sums of r, g, b
//   FancyPCA  in + Σ_j v_j · a_j λ_j · (in_j − mean_j), λ and v of the covariance of in / 255, a normal
// Shapes: ToGray and ToRGB give num_output_channels channels. ToGray leaves one-channel images, ToRGB three-channel ones.
// The sign of an eigenvector is nobody's: here its largest component is positive.
// Source: Albumentations 2.0.8, pixel/transforms and dropout/channel_dropout (documentation).
#include "striate/augment/families.hpp"
#include "striate/augment/lab.hpp"
#include "striate/augment/statistics.hpp"
#include "striate/augment/tables.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>

namespace striate::augment {
namespace {

class ToGray final : public Transform {
 public:
  explicit ToGray(const Options& o) : channels_(o.integer("num_output_channels")), method_(o.choice("method")) {}

  core::Result<SizeRange> sizes(const SizeRange& in) const override {
    if (in.channels == 1) return in;
    if (in.channels != 3 && method_ < 2) {
      return core::Error{core::ErrorCode::invalid_shape, std::string(name()) + " by weighted_average or from_lab needs 3 channels, and the images have " + std::to_string(in.channels),
                         "Use another method."};
    }
    SizeRange out = in;
    out.channels = channels_;
    return out;
  }
  core::Shape output(const Parameters&, const core::Shape& in) const override {
    return {in.channels == 1 ? 1 : channels_, in.height, in.width};
  }

  core::Status apply(const Job& job) const override {
    const ConstImage& in = job.in;
    const std::size_t count = in.plane_size();
    if (in.shape.channels == 1) {
      std::memcpy(job.out.pixels, in.pixels, in.size());
      return {};
    }
    std::uint8_t* gray = job.out.plane(0);
    switch (method_) {
      case 0: job.kernels.gray(in.plane(0), in.plane(1), in.plane(2), gray, count); break;
      case 1: LabTables::get().from_rgb(in.plane(0), in.plane(1), in.plane(2), gray, nullptr, nullptr, count); break;
      case 5: principal(in, gray); break;
      default: merge(in, gray);
    }
    for (int c = 1; c < channels_; ++c) std::memcpy(job.out.plane(c), gray, count);
    return {};
  }

 private:
  void merge(const ConstImage& in, std::uint8_t* gray) const {
    const std::size_t count = in.plane_size();
    for (std::size_t i = 0; i < count; ++i) {
      int high = 0, low = 255, sum = 0;
      for (int c = 0; c < in.shape.channels; ++c) {
        const int value = in.pixels[static_cast<std::size_t>(c) * count + i];
        high = std::max(high, value);
        low = std::min(low, value);
        sum += value;
      }
      gray[i] = static_cast<std::uint8_t>(method_ == 2 ? (high + low) / 2 : method_ == 3 ? sum / in.shape.channels : high);
    }
  }
  static void principal(const ConstImage& in, std::uint8_t* gray) {
    const int n = in.shape.channels;
    const std::size_t count = in.plane_size();
    ColourStatistics statistics = colour_statistics(in, false);
    std::vector<double> values, vectors;
    symmetric_eigen(n, std::move(statistics.covariance), values, vectors);
    const auto project = [&](std::size_t i) {
      double sum = 0;
      for (int c = 0; c < n; ++c) sum += vectors[static_cast<std::size_t>(c * n)] * in.pixels[static_cast<std::size_t>(c) * count + i];
      return sum;
    };
    double low = std::numeric_limits<double>::max(), high = -low;
    for (std::size_t i = 0; i < count; ++i) {
      low = std::min(low, project(i));
      high = std::max(high, project(i));
    }
    for (std::size_t i = 0; i < count; ++i) gray[i] = round_byte(255 * (project(i) - low) / std::max(high - low, 1e-4));
  }

  int channels_, method_;
};

class ToRGB final : public Transform {
 public:
  explicit ToRGB(const Options& o) : channels_(o.integer("num_output_channels")) {}
  core::Result<SizeRange> sizes(const SizeRange& in) const override {
    SizeRange out = in;
    if (in.channels == 1) out.channels = channels_;
    return out;
  }
  core::Shape output(const Parameters&, const core::Shape& in) const override {
    return {in.channels == 1 ? channels_ : in.channels, in.height, in.width};
  }
  core::Status apply(const Job& job) const override {
    for (int c = 0; c < job.out.shape.channels; ++c) {
      std::memcpy(job.out.plane(c), job.in.plane(job.in.shape.channels == 1 ? 0 : c), job.in.plane_size());
    }
    return {};
  }

 private:
  int channels_;
};

class ToSepia final : public Transform {
 public:
  explicit ToSepia(const Options&) {}
  core::Status apply(const Job& job) const override {
    if (job.in.shape.channels == 1) {
      std::memcpy(job.out.pixels, job.in.pixels, job.in.size());
      return {};
    }
    constexpr float weights[3][3] = {{0.393f, 0.769f, 0.189f}, {0.349f, 0.686f, 0.168f}, {0.272f, 0.534f, 0.131f}};
    constexpr std::size_t chunk = 2048;
    STRIATE_TAKE(float, planes, job.scratch, 4 * chunk);
    const float* rows[] = {planes, planes + chunk, planes + 2 * chunk};
    for (std::size_t first = 0; first < job.in.plane_size(); first += chunk) {
      const std::size_t some = std::min(chunk, job.in.plane_size() - first);
      for (std::size_t c = 0; c < 3; ++c) job.kernels.to_floats(job.in.plane(static_cast<int>(c)) + first, planes + c * chunk, some);
      for (int c = 0; c < 3; ++c) {
        job.kernels.weigh(rows, weights[c], 3, 0.0f, planes + 3 * chunk, some);
        job.kernels.to_bytes(planes + 3 * chunk, job.out.plane(c) + first, some);
      }
    }
    return {};
  }
};

class ChannelShuffle final : public Transform {
 public:
  explicit ChannelShuffle(const Options&) {}
  void draw(Draw& d) const override { d.put("channels", d.permutation(d.shape().channels)); }
  core::Status apply(const Job& job) const override {
    const auto order = job.parameters.list("channels");
    for (int c = 0; c < job.in.shape.channels; ++c) {
      const int from = static_cast<std::size_t>(c) < order.size() ? bounded(order[static_cast<std::size_t>(c)], 0, job.in.shape.channels - 1) : c;
      std::memcpy(job.out.plane(c), job.in.plane(from), job.in.plane_size());
    }
    return {};
  }
};

class ChannelDropout final : public Transform {
 public:
  explicit ChannelDropout(const Options& o) : count_(o.range("channel_drop_range")), fill_(o.number("fill")) {}
  core::Result<SizeRange> sizes(const SizeRange& in) const override {
    if (count_.high >= in.channels) return option_error(name(), "channel_drop_range", "would drop all " + std::to_string(in.channels) + " channels", "Drop fewer.");
    return in;
  }
  void draw(Draw& d) const override {
    const int count = d.integer(count_);
    auto& channels = d.permutation(d.shape().channels);
    channels.resize(static_cast<std::size_t>(count));
    d.put("channels", channels);
  }
  core::Status apply(const Job& job) const override {
    std::memcpy(job.out.pixels, job.in.pixels, job.in.size());
    for (const double channel : job.parameters.list("channels")) {
      std::memset(job.out.plane(bounded(channel, 0, job.in.shape.channels - 1)), fill_byte(std::span(&fill_, 1), 0), job.in.plane_size());
    }
    return {};
  }

 private:
  Range count_;
  double fill_;
};

class FancyPCA final : public Transform {
 public:
  explicit FancyPCA(const Options& o) : alpha_(o.number("alpha")) {}
  core::Result<SizeRange> sizes(const SizeRange& in) const override {
    if (in.channels > 64) return core::Error{core::ErrorCode::invalid_shape, "FancyPCA works on up to 64 channels, and the images have " + std::to_string(in.channels), "Leave it out."};
    return in;
  }
  void draw(Draw& d) const override {
    auto& alphas = d.list();
    for (int c = 0; c < d.shape().channels; ++c) alphas.push_back(alpha_ * d.normal());
    d.put("alpha", alphas);
  }
  core::Status apply(const Job& job) const override {
    const ConstImage& in = job.in;
    const auto n = static_cast<std::size_t>(in.shape.channels);
    const std::size_t count = in.plane_size();
    const auto given = job.parameters.list("alpha");
    const auto alpha = [&](std::size_t j) { return j < given.size() ? given[j] : 0.0; };
    // out_i = Σ_j matrix(i, j) · in_j − offset_i, the identity included.
    std::vector<float> matrix(n * n), offset(n, 0);
    const ColourStatistics statistics = colour_statistics(in, true);
    if (n == 1) {
      const double deviation = std::sqrt(std::max(0.0, statistics.covariance[0]) * std::max<double>(0, double(count) - 1) / double(count)) / 255;
      matrix[0] = static_cast<float>(1 + alpha(0) * deviation);
    } else {
      std::vector<double> values, vectors;
      symmetric_eigen(static_cast<int>(n), statistics.covariance, values, vectors);
      for (std::size_t i = 0; i < n; ++i) {
        for (std::size_t j = 0; j < n; ++j) {
          matrix[i * n + j] = static_cast<float>((i == j ? 1 : 0) + vectors[i * n + j] * alpha(j) * values[j] / (255.0 * 255.0));
        }
      }
    }
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < n; ++j) offset[i] += (matrix[i * n + j] - (i == j ? 1.0f : 0.0f)) * static_cast<float>(statistics.mean[j]);
    }
    constexpr std::size_t chunk = 2048;
    STRIATE_TAKE(float, planes, job.scratch, (n + 1) * chunk);
    STRIATE_TAKE(const float*, rows, job.scratch, n);
    for (std::size_t j = 0; j < n; ++j) rows[j] = planes + j * chunk;
    for (std::size_t first = 0; first < count; first += chunk) {
      const std::size_t some = std::min(chunk, count - first);
      for (std::size_t j = 0; j < n; ++j) job.kernels.to_floats(in.plane(static_cast<int>(j)) + first, planes + j * chunk, some);
      for (std::size_t i = 0; i < n; ++i) {
        job.kernels.weigh(rows, matrix.data() + i * n, static_cast<int>(n), -offset[i], planes + n * chunk, some);
        job.kernels.to_bytes(planes + n * chunk, job.out.plane(static_cast<int>(i)) + first, some);
      }
    }
    return {};
  }

 private:
  double alpha_;
};

using namespace option;

constexpr OptionSpec gray_options[] = {
    integer("num_output_channels", 3, 1, 64, "Channels that come out, all the same."),
    choice("method", "weighted_average|from_lab|desaturation|average|max|pca", 0, "How gray is made."),
};
constexpr OptionSpec rgb_options[] = {integer("num_output_channels", 3, 1, 64, "Channels that come out, all the same.")};
constexpr OptionSpec dropout_options[] = {
    integer_range("channel_drop_range", {1, 1}, {1, 1024}, Single::refused, "How many channels."), number("fill", 0, -1e6, 1e6, "Their value."),
};
constexpr OptionSpec pca_options[] = {number("alpha", 0.1, 0, 1000, "Spread of the factors.")};

constexpr TransformSpec channels_specs[] = {
    {.name = "ToGray", .family = "colour", .doc = "Takes the colour away.", .options = gray_options, .make = make_transform<ToGray>},
    {.name = "ToRGB", .family = "colour", .doc = "Gives one-channel images three equal channels.", .p = 1, .options = rgb_options, .make = make_transform<ToRGB>},
    {.name = "ToSepia", .family = "colour", .doc = "As old photographs.", .channels = Channels::rgb_or_gray, .make = make_transform<ToSepia>},
    {.name = "ChannelShuffle", .family = "colour", .doc = "Channels change places.", .make = make_transform<ChannelShuffle>},
    {.name = "ChannelDropout", .family = "colour", .doc = "Fills whole channels.", .channels = Channels::several, .options = dropout_options, .make = make_transform<ChannelDropout>},
    {.name = "FancyPCA", .family = "colour", .doc = "Stretches colours along their principal axes.", .options = pca_options, .make = make_transform<FancyPCA>},
};

}  // namespace

std::span<const TransformSpec> channel_transforms() { return channels_specs; }

}  // namespace striate::augment
