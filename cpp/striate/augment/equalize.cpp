// Tone by the image's own histogram: Equalize, AutoContrast, CLAHE.
//
//   Equalize      cv: level v → 255 · (cdf(v) − cdf(first)) / (count − cdf(first)); pil: Pillow's integer form; each channel, or Y of YCrCb
//   AutoContrast  cdf: as Equalize between the cut-off bounds; pil: the bounds stretched over 0…255
//   CLAHE         equalization in tiles with clipped histograms, the four nearest tiles' curves blended; on L* of RGB
// As in Albumentations, AutoContrast's histogram leaves out level 255 (OpenCV's upper bound is exclusive).
// Source: Albumentations 2.0.8, pixel/transforms (documentation); OpenCV equalizeHist and createCLAHE; Pillow ImageOps; Zuiderveld,
// "Contrast limited adaptive histogram equalization", 1994.
#include "striate/augment/families.hpp"
#include "striate/augment/lab.hpp"
#include "striate/augment/place.hpp"
#include "striate/augment/statistics.hpp"
#include "striate/augment/tables.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace striate::augment {

namespace {

void identity(Table& table) {
  for (int i = 0; i < 256; ++i) table[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(i);
}

}  // namespace

void equalize_table(const Histogram& histogram, bool pil, Table& table) {
  std::uint64_t total = 0;
  std::size_t first = 256, last = 0, levels = 0;
  for (std::size_t v = 0; v < 256; ++v) {
    total += histogram[v];
    if (histogram[v] == 0) continue;
    first = std::min(first, v);
    last = v;
    ++levels;
  }
  if (pil) {
    const std::uint64_t step = levels <= 1 ? 0 : (total - histogram[last]) / 255;
    if (step == 0) return identity(table);
    std::uint64_t sum = 0;
    for (std::size_t v = 0; v < 256; ++v) {
      // Albumentations counts the level itself in, Pillow only those below.
      sum += histogram[v];
      table[v] = static_cast<std::uint8_t>(std::min<std::uint64_t>((sum + step / 2) / step, 255));
    }
    return;
  }
  if (levels <= 1) {
    table.fill(static_cast<std::uint8_t>(levels == 0 ? 0 : first));
    return;
  }
  const float scale = 255.0f / static_cast<float>(total - histogram[first]);
  std::uint64_t sum = 0;
  for (std::size_t v = 0; v < 256; ++v) {
    if (v > first) sum += histogram[v];
    table[v] = round_byte(static_cast<double>(static_cast<float>(sum) * scale));
  }
}

namespace {

class Equalize final : public Transform {
 public:
  explicit Equalize(const Options& o) : pil_(o.choice("mode") == 1), apart_(o.boolean("by_channels")) {}
  static core::Status check(const Options& o) {
    if (!o.has("mask")) return {};
    return option_error(o.owner(), "mask", "is not supported", "Images come without masks here: leave it out or null.");
  }
  core::Status apply(const Job& job) const override {
    Histogram histogram;
    Table table;
    const std::size_t count = job.in.plane_size();
    if (apart_ || job.in.shape.channels == 1) {
      for (int c = 0; c < job.in.shape.channels; ++c) {
        count_bytes(job.in.plane(c), count, histogram);
        equalize_table(histogram, pil_, table);
        job.kernels.lookup(job.in.plane(c), job.out.plane(c), count, table.data());
      }
      return {};
    }
    // Y is equalized, Cr and Cb stay. 14-bit weights, as OpenCV's.
    STRIATE_TAKE(std::uint8_t, y, job.scratch, count);
    const std::uint8_t *r = job.in.plane(0), *g = job.in.plane(1), *b = job.in.plane(2);
    const auto descale = [](int v) { return (v + (1 << 13)) >> 14; };
    const auto cut = [](int v) { return static_cast<std::uint8_t>(std::min(std::max(v, 0), 255)); };
    for (std::size_t i = 0; i < count; ++i) y[i] = static_cast<std::uint8_t>(descale(4899 * r[i] + 9617 * g[i] + 1868 * b[i]));
    count_bytes(y, count, histogram);
    equalize_table(histogram, pil_, table);
    for (std::size_t i = 0; i < count; ++i) {
      const int cr = cut(descale((r[i] - y[i]) * 11682) + 128) - 128, cb = cut(descale((b[i] - y[i]) * 9241) + 128) - 128;
      const int made = table[y[i]];
      job.out.plane(0)[i] = cut(made + descale(22987 * cr));
      job.out.plane(1)[i] = cut(made + descale(-11698 * cr - 5636 * cb));
      job.out.plane(2)[i] = cut(made + descale(29049 * cb));
    }
    return {};
  }

 private:
  bool pil_, apart_;
};

class AutoContrast final : public Transform {
 public:
  explicit AutoContrast(const Options& o) : cutoff_(o.number("cutoff")), ignore_(o.has("ignore") ? o.integer("ignore") : -1), pil_(o.choice("method") == 1) {}
  core::Status apply(const Job& job) const override {
    Histogram histogram;
    Table table;
    for (int c = 0; c < job.in.shape.channels; ++c) {
      count_bytes(job.in.plane(c), job.in.plane_size(), histogram);
      histogram[255] = 0;
      if (ignore_ >= 0) histogram[static_cast<std::size_t>(ignore_)] = 0;
      int low, high;
      bounds(histogram, low, high);
      if (high <= low) {
        identity(table);
      } else {
        fill(histogram, low, high, table);
        if (ignore_ >= 0) table[static_cast<std::size_t>(ignore_)] = static_cast<std::uint8_t>(ignore_);
      }
      job.kernels.lookup(job.in.plane(c), job.out.plane(c), job.in.plane_size(), table.data());
    }
    return {};
  }

 private:
  void bounds(const Histogram& histogram, int& low, int& high) const {
    double total = 0;
    for (const std::uint32_t n : histogram) total += n;
    low = high = 0;
    if (total == 0) return;
    const double cut = total * cutoff_ / 100;
    double sum = 0;
    if (cutoff_ == 0) {
      for (low = 0; histogram[static_cast<std::size_t>(low)] == 0;) ++low;
      for (high = 255; histogram[static_cast<std::size_t>(high)] == 0;) --high;
      return;
    }
    for (int v = 0; v < 256; ++v) {
      sum += histogram[static_cast<std::size_t>(v)];
      if (sum >= cut) {
        low = std::min(v + 1, 255);
        break;
      }
    }
    sum = 0;
    high = 255;
    for (int v = 255; v >= 0; --v) {
      sum += histogram[static_cast<std::size_t>(v)];
      if (sum >= cut) {
        high = v;
        break;
      }
    }
    if (low > high) low = high = 127;
  }
  void fill(const Histogram& histogram, int low, int high, Table& table) const {
    double sum = 0;
    const double first = histogram[static_cast<std::size_t>(low)];
    double last = 0;
    for (int v = low; v <= high; ++v) last += histogram[static_cast<std::size_t>(v)];
    if (!pil_ && last - first <= 0) return identity(table);
    for (int v = 0; v < 256; ++v) {
      const auto place = static_cast<std::size_t>(v);
      if (v < low) {
        table[place] = 0;
      } else if (v > high) {
        table[place] = 255;
      } else if (pil_) {
        table[place] = even_byte((v - low) * (255.0 / (high - low)));
      } else {
        sum += histogram[place];
        table[place] = even_byte(std::max(0.0, sum - first) * 255 / (last - first));
      }
    }
  }

  double cutoff_;
  int ignore_;
  bool pil_;
};

class Clahe final : public Transform {
 public:
  explicit Clahe(const Options& o) : limit_(o.range("clip_limit")), columns_(static_cast<int>(o.numbers("tile_grid_size")[0])), rows_(static_cast<int>(o.numbers("tile_grid_size")[1])) {}
  void draw(Draw& d) const override { d.put("clip_limit", d.uniform(limit_)); }
  core::Status apply(const Job& job) const override {
    const double limit = job.parameters.number("clip_limit");
    const std::size_t count = job.in.plane_size();
    const int height = job.in.shape.height, width = job.in.shape.width;
    if (job.in.shape.channels == 1) return plane(job.in.pixels, height, width, limit, job.out.pixels, job.scratch, job.kernels);
    STRIATE_TAKE(std::uint8_t, lab, job.scratch, 4 * count);
    const LabTables& tables = LabTables::get();
    tables.from_rgb(job.in.plane(0), job.in.plane(1), job.in.plane(2), lab, lab + count, lab + 2 * count, count);
    STRIATE_CHECK(plane(lab, height, width, limit, lab + 3 * count, job.scratch, job.kernels));
    tables.to_rgb(lab + 3 * count, lab + count, lab + 2 * count, job.out.plane(0), job.out.plane(1), job.out.plane(2), count);
    return {};
  }

 private:
  core::Status plane(const std::uint8_t* in, int height, int width, double limit, std::uint8_t* out, Scratch& scratch,
                     const ImageKernels& kernels) const {
    // Tiles of one size: what is missing at the right and the bottom mirrors. (OpenCV adds a whole row of pixels a tile even on
    // the axis that divides, once the other does not.)
    const bool whole = height % rows_ == 0 && width % columns_ == 0;
    const int tall = whole ? height : height + rows_ - height % rows_, wide = whole ? width : width + columns_ - width % columns_;
    const std::uint8_t* from = in;
    if (!whole) {
      STRIATE_TAKE(std::uint8_t, padded, scratch, static_cast<std::size_t>(tall) * static_cast<std::size_t>(wide));
      pad_plane(in, height, width, 0, tall - height, 0, wide - width, Border::reflect_101, 0, padded);
      from = padded;
    }
    const int tile_height = tall / rows_, tile_width = wide / columns_, tile = tile_height * tile_width;
    STRIATE_TAKE(std::uint8_t, curves, scratch, static_cast<std::size_t>(rows_ * columns_) * 256);
    const int clip = limit > 0 ? std::max(1, static_cast<int>(limit * tile / 256)) : 0;
    // A curve's level follows from how many of the tile's pixels are not brighter: where tiles are small, from a table.
    constexpr int small = 256;
    std::uint8_t levels[small + 1];
    const float scale = 255.0f / static_cast<float>(tile);
    const auto level = [&](std::uint32_t sum) { return even_byte(static_cast<double>(static_cast<float>(sum) * scale)); };
    for (int n = 0; tile <= small && n <= tile; ++n) levels[n] = level(static_cast<std::uint32_t>(n));
    for (int t = 0; t < rows_ * columns_; ++t) {
      std::uint32_t counts[256] = {};
      for (int y = 0; y < tile_height; ++y) {
        const std::uint8_t* row = from + std::ptrdiff_t{(t / columns_) * tile_height + y} * wide + (t % columns_) * tile_width;
        for (int x = 0; x < tile_width; ++x) ++counts[row[x]];
      }
      if (clip > 0) redistribute(counts, static_cast<std::uint32_t>(clip));
      std::uint32_t sum = 0;
      std::uint8_t* const curve = curves + std::ptrdiff_t{t} * 256;
      if (tile <= small) {
        for (int v = 0; v < 256; ++v) curve[v] = levels[sum += counts[v]];
      } else {
        for (int v = 0; v < 256; ++v) curve[v] = level(sum += counts[v]);
      }
    }
    // Where each column lies between the tiles' middles.
    STRIATE_TAKE(int, lefts, scratch, static_cast<std::size_t>(width));
    STRIATE_TAKE(int, rights, scratch, static_cast<std::size_t>(width));
    STRIATE_TAKE(float, shares, scratch, static_cast<std::size_t>(width));
    STRIATE_TAKE(float, made, scratch, static_cast<std::size_t>(width));
    const auto between = [](int i, int size, int tiles, int& low, int& high) {
      const float place = static_cast<float>(i) * (1.0f / static_cast<float>(size)) - 0.5f;
      const int floor = static_cast<int>(std::floor(place));
      low = std::max(floor, 0);
      high = std::min(floor + 1, tiles - 1);
      return place - static_cast<float>(floor);
    };
    for (int x = 0; x < width; ++x) {
      shares[x] = between(x, tile_width, columns_, lefts[x], rights[x]);
      lefts[x] *= 256;
      rights[x] *= 256;
    }
    for (int y = 0; y < height; ++y) {
      int top, bottom;
      const float down = between(y, tile_height, rows_, top, bottom);
      const std::uint8_t *above = curves + top * columns_ * 256, *below = curves + bottom * columns_ * 256;
      for (int x = 0; x < width; ++x) {
        const int v = in[std::ptrdiff_t{y} * width + x];
        const float share = shares[x], rest = 1.0f - share;
        const float upper = static_cast<float>(above[lefts[x] + v]) * rest + static_cast<float>(above[rights[x] + v]) * share;
        const float lower = static_cast<float>(below[lefts[x] + v]) * rest + static_cast<float>(below[rights[x] + v]) * share;
        made[x] = upper * (1.0f - down) + lower * down;
      }
      kernels.to_bytes(made, out + std::ptrdiff_t{y} * width, static_cast<std::size_t>(width));
    }
    return {};
  }

  // What exceeds the limit is spread over all levels, the rest of the division over every few.
  static void redistribute(std::uint32_t (&counts)[256], std::uint32_t clip) {
    std::uint32_t excess = 0;
    for (std::uint32_t& n : counts) {
      const std::uint32_t most = std::min(n, clip);
      excess += n - most;
      n = most;
    }
    const std::uint32_t each = excess / 256;
    std::uint32_t left = excess % 256;
    if (each > 0) {
      for (std::uint32_t& n : counts) n += each;
    }
    if (left == 0) return;
    const std::uint32_t step = std::max(256 / left, 1u);
    for (std::uint32_t v = 0; v < 256 && left > 0; v += step, --left) ++counts[v];
  }

  Range limit_;
  int columns_, rows_;
};

using namespace option;

constexpr OptionSpec equalize_options[] = {
    choice("mode", "cv|pil", 0, "OpenCV's way or Pillow's."), boolean("by_channels", true, "Each channel; else the luma alone."), value("mask", "Must be null."), unused("mask_params"),
};
constexpr OptionSpec contrast_options[] = {
    number("cutoff", 0, 0, 100, "Per cent of the pixels that may be cut at each end."), optional(integer("ignore", 0, 0, 255, "A level that does not count and stays.")),
    choice("method", "cdf|pil", 0, "Equalize between the bounds, or stretch them."),
};
constexpr OptionSpec clahe_options[] = {
    range("clip_limit", {1, 4}, {1, 1000}, Single::from_low, "How far a level may exceed its share.", 1), integers("tile_grid_size", 2, {8, 8}, {1, 128}, "Tiles along x and y."),
};

constexpr TransformSpec equalize_specs[] = {
    {.name = "Equalize", .family = "tone", .doc = "Makes all levels equally frequent.", .channels = Channels::rgb_or_gray, .options = equalize_options, .make = make_transform<Equalize>},
    {.name = "AutoContrast", .family = "tone", .doc = "Stretches each channel's levels.", .options = contrast_options, .make = make_transform<AutoContrast>},
    {.name = "CLAHE", .family = "tone", .doc = "Equalizes locally, within limits.", .channels = Channels::rgb_or_gray, .options = clahe_options, .make = make_transform<Clahe>},
};

}  // namespace

std::span<const TransformSpec> equalize_transforms() { return equalize_specs; }

}  // namespace striate::augment
