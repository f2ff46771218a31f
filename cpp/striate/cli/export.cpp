// export: a model as an ONNX file, and a sample that tells other runtimes what to expect.
#include "striate/cli/commands.hpp"
#include "striate/core/rng.hpp"

#include <cstring>

namespace striate::cli {

using core::Status;
using io::Json;

namespace {

Status write_sample(session::Session& session, double model, const std::string& prefix) {
  STRIATE_TRY(summary, session.summary(model));
  STRIATE_TRY(spec, session.spec(model));
  const Json& input = *spec.json.find("input");
  std::size_t count = 1;
  for (const char* side : {"channels", "height", "width"})
    count *= static_cast<std::size_t>(input.find(side)->number());
  session::Pixels pixels;
  pixels.kind = data::PixelKind::floats;
  STRIATE_CHECK(pixels.storage.resize(count * sizeof(float), "the sample"));
  core::Rng rng(1, core::RandomStream::synthetic);
  for (std::size_t i = 0; i < count; ++i) {
    const float pixel = rng.uniform(0, 1);
    std::memcpy(pixels.storage.data() + i * sizeof(float), &pixel, sizeof(float));
  }
  STRIATE_CHECK(write_file(prefix + ".input", pixels.storage.data(), pixels.storage.size()));

  const Json& last = summary.json.items().back();
  Json names = Json::array();
  names.push(*last.find("name"));
  STRIATE_TRY(seen, session.inspect(model, pixels, names.text()));
  const Json& block = seen.json.find("layers")->items()[0];
  const auto offset = static_cast<std::size_t>(block.find("offset")->number());
  const auto length = static_cast<std::size_t>(block.find("length")->number());
  return write_file(prefix + ".output", seen.floats->data() + offset, length * sizeof(float));
}

}  // namespace

Status run(const ExportCommand& command) {
  session::Session session;
  STRIATE_TRY(model, open_model(session, command.model));
  std::size_t size = 0;
  {
    STRIATE_TRY(file, session.export_onnx(model));
    size = file.bytes->size();
    STRIATE_CHECK(write_file(command.onnx, file.bytes->data(), size));
  }
  if (!command.sample.empty()) STRIATE_CHECK(write_sample(session, model, command.sample));
  if (command.json) print_line(Json::object({{"file", command.onnx}, {"bytes", size}}).text());
  return {};
}

}  // namespace striate::cli
