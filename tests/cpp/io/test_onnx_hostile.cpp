// Hostile bytes: whatever is cut, changed or made up, the reader and importer give a network or a typed error.
#include "graph/golden.hpp"
#include "io/onnx_case.hpp"
#include "striate/core/bytes.hpp"
#include "striate/io/onnx_export.hpp"
#include "striate/io/protobuf.hpp"

#include <cstdlib>

using namespace striate;
using namespace striate::tests;

namespace {

using Bytes = std::vector<std::uint8_t>;

// One of each kind of thing that a file of ours holds.
Bytes small_model() {
  graph::NetworkSpec spec{"small", {{3, 8, 8}, {0.5, 0.5, 0.5}, {0.25, 0.25, 0.25}}, {}};
  spec.layers = {
      layer("conv2d", {{"outChannels", 4.0}, {"kernelSize", 3.0}, {"padding", 1.0}, {"paddingMode", "reflect"}}, "a"),
      layer("batchNorm2d"),
      layer("scaledTanh"),
      layer("maxPool2d", {{"kernelSize", 2.0}}, "pool"),
      layer("convTranspose2d", {{"outChannels", 4.0}, {"kernelSize", 2.0}, {"stride", 2.0}}),
      layer("upsample", {{"size", std::vector<double>{4, 4}}, {"mode", "bilinear"}}),
      {"add", "sum", {"upsample1", "pool"}, {}},
      layer("groupNorm", {{"groups", 2.0}}),
      layer("identityShortcut", {{"outChannels", 6.0}}),
      layer("gelu"),
      layer("flatten"),
      layer("linear", {{"outFeatures", 4.0}}),
      layer("radialBasis", {{"outFeatures", 3.0}, {"codes", "random"}})};
  const Model model = make_model(spec);
  const auto bytes = value_of(io::export_onnx(*model.network, *model.store));
  return {bytes.span().begin(), bytes.span().end()};
}

// True when it made a network. Small ones are run too.
bool attempt(std::span<const std::uint8_t> bytes) {
  const auto graph = io::read_onnx(bytes);
  if (!graph) {
    CHECK_FALSE(graph.error().message.empty());
    CHECK_FALSE(graph.error().hint.empty());
    return false;
  }
  const auto imported = io::import_onnx(*graph);
  if (!imported) {
    CHECK_FALSE(imported.error().message.empty());
    CHECK_FALSE(imported.error().hint.empty());
    return false;
  }
  const auto network = graph::build_network(imported->spec);
  if (!network || (*network)->parameter_count() > 100'000) return false;
  const auto store = graph::ParamStore::make(**network, 0);
  if (!store || !io::set_parameters(*imported, **store)) return false;
  const auto executor = graph::Executor::plan(**network, **store, {.batch = 1});
  if (!executor || (*executor)->planned_bytes() > (1u << 22) || !(*executor)->reserve()) return true;
  (*executor)->forward(1);
  return true;
}

core::Error refusal(const io::ProtoWriter& model) {
  const std::string& text = model.text();
  const auto graph = io::read_onnx({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
  return graph ? error_of(io::import_onnx(*graph)) : graph.error();
}

// A model of one graph.
io::ProtoWriter model_of(const io::ProtoWriter& graph) {
  io::ProtoWriter model, version;
  version.number(2, 17);
  model.message(8, version);
  model.message(7, graph);
  return model;
}

io::ProtoWriter tensor_of(std::initializer_list<std::int64_t> dims, int type, std::string_view raw) {
  io::ProtoWriter tensor;
  for (const std::int64_t side : dims) tensor.number(1, side);
  tensor.number(2, type);
  tensor.bytes(8, "t");
  tensor.bytes(9, raw);
  return tensor;
}

}  // namespace

TEST_CASE("onnx: a file cut anywhere is refused") {
  const Bytes bytes = small_model();
  REQUIRE(attempt(bytes));
  const std::size_t step = bytes.size() > 4000 ? 3 : 1;
  for (std::size_t size = 0; size < bytes.size(); size += step) {
    CAPTURE(size);
    CHECK_FALSE(attempt(std::span(bytes).first(size)));
  }
}

// STRIATE_FUZZ_ROUNDS=1000000 for a long night.
TEST_CASE("onnx: changed bytes give a network or an error") {
  const char* more = std::getenv("STRIATE_FUZZ_ROUNDS");
  const int rounds = more == nullptr ? 4000 : std::atoi(more);
  const Golden golden("onnx");
  std::vector<Bytes> models = {small_model()};
  for (const char* name :
       {"light/squeezenet", "node/resize_upsample_sizes_nearest_axes_2_3", "node/convtranspose_output_shape",
        "node/celu_expanded", "node/batchnorm_example", "converted/Conv2d_dilated",
        "node/reshape_zero_and_negative_dim", "node/dropout_default_ratio"}) {
    const auto bytes = golden.tensor(std::string(name) + "/model").bytes;
    models.emplace_back(bytes.begin(), bytes.end());
  }
  core::Rng rng(17, core::RandomStream::synthetic);
  const auto below = [&](std::size_t count) {
    return static_cast<std::size_t>(rng.uniform(0, 1) * static_cast<float>(count)) % count;
  };
  int made = 0;
  for (int round = 0; round < rounds; ++round) {
    // Half of all rounds change the model with most kinds of things in it.
    Bytes bytes = round % 2 == 0 ? models[0] : models[below(models.size())];
    const std::size_t changes = 1 + below(4);
    for (std::size_t k = 0; k < changes; ++k) {
      // Two in three changes fall into the head, where the nodes are.
      const std::size_t at = below(3) == 0 ? below(bytes.size()) : below(std::min<std::size_t>(bytes.size(), 4096));
      switch (below(4)) {
        case 0:
          bytes[at] = static_cast<std::uint8_t>(below(256));
          break;
        case 1:
          bytes[at] ^= static_cast<std::uint8_t>(1u << below(8));
          break;
        case 2:
          bytes[at] = below(2) == 0 ? 0x80 : 0xff;
          break;
        default: {
          const std::size_t from = below(bytes.size()),
                            count = std::min({below(32) + 1, bytes.size() - at, bytes.size() - from});
          std::copy_n(Bytes(bytes).data() + from, count, bytes.data() + at);
        }
      }
    }
    made += attempt(bytes) ? 1 : 0;
  }
  MESSAGE(made, " of ", rounds, " changed models still made a network");
  CHECK(made > 0);
  CHECK(made < rounds);
}

TEST_CASE("onnx: sizes that lie are refused before memory is taken") {
  struct Lie {
    io::ProtoWriter tensor;
    const char* part;
  };
  const Lie lies[] = {
      {tensor_of({1 << 20, 1 << 20, 1 << 20}, 1, "1234"), "too many values"},
      {tensor_of({-4}, 1, "1234"), "dimension of -4"},
      {tensor_of({2}, 1, "1234"), "has 2 values by its dims, and its data hold 1"},
      {tensor_of({1}, 1, "12345"), "its data hold 1"},
      {tensor_of({1}, 99, "1234"), "number 99"},
      {tensor_of({1}, 8, "1234"), "string"},
      {tensor_of({1, 1, 1, 1, 1, 1, 1, 1, 1}, 1, "1234"), "9 dimensions"},
  };
  for (const Lie& lie : lies) {
    io::ProtoWriter graph;
    graph.message(5, lie.tensor);
    const core::Error error = refusal(model_of(graph));
    CHECK(error.code == core::ErrorCode::invalid_file);
    CHECK_MESSAGE(contains(error.message, lie.part), error.message);
  }
  io::ProtoWriter elsewhere = tensor_of({1}, 1, ""), graph;
  elsewhere.number(14, 1);
  graph.message(5, elsewhere);
  CHECK(contains(refusal(model_of(graph)).message, "in another file"));
}

TEST_CASE("protobuf: what is not a message is refused with the place") {
  const auto first = [](std::initializer_list<std::uint8_t> bytes) {
    const Bytes copy = bytes;
    io::ProtoReader reader(copy, "message");
    return reader.next();
  };
  CHECK(value_of(first({0x08, 0x96, 0x01})).value == 150);
  CHECK(value_of(first({0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01})).value == ~std::uint64_t{0});
  CHECK_ERROR(first({0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02}), invalid_file,
              "wider than 64 bits");
  CHECK_ERROR(first({0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01}), invalid_file, "64 bits");
  CHECK_ERROR(first({0x08}), invalid_file, "truncated");
  CHECK_ERROR(first({0x0a, 0x05, 0x01}), invalid_file, "truncated");
  CHECK_ERROR(first({0x0b}), invalid_file, "wire type 3");
  CHECK_ERROR(first({0x00}), invalid_file, "field number 0");
  CHECK_ERROR(first({0x0d, 0x01, 0x02}), invalid_file, "truncated");
}

TEST_CASE("onnx: errors name node and operator, and what is supported") {
  const Bytes bytes = small_model();
  io::OnnxGraph graph = value_of(io::read_onnx(bytes));
  const auto conv = std::find_if(graph.nodes.begin(), graph.nodes.end(),
                                 [](const io::OnnxNode& node) { return node.type == "Conv"; });
  REQUIRE(conv != graph.nodes.end());

  io::OnnxGraph changed = graph;
  changed.nodes[static_cast<std::size_t>(conv - graph.nodes.begin())].type = "Einsum";
  const core::Error unknown = error_of(io::import_onnx(changed));
  CHECK(unknown.code == core::ErrorCode::unknown_layer);
  CHECK(contains(unknown.message, "node 'a' ('Einsum')"));
  CHECK(contains(unknown.hint, "Conv, ConvTranspose, MaxPool"));

  changed = graph;
  changed.inputs.push_back({"second", io::OnnxType::float32, true, {1, 2}});
  CHECK_ERROR(io::import_onnx(changed), invalid_argument, "the inputs 'input' and 'second'");

  changed = graph;
  changed.inputs[0].dims[2] = -1;
  CHECK_ERROR(io::import_onnx(changed), invalid_shape, "dimension 2");

  changed = graph;
  std::swap(changed.nodes.front(), changed.nodes.back());
  CHECK_FALSE(io::import_onnx(changed).ok());

  changed = graph;
  changed.nodes.clear();
  CHECK_ERROR(io::import_onnx(changed), invalid_file, "nothing computes");
}
