#include "striate/cli/commands.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

namespace striate::cli {

using core::Error;
using core::ErrorCode;
using core::Result;
using core::Status;
using io::Json;

namespace {

struct Close {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, Close>;

Error failed(const char* doing, const std::string& path) {
  return Error{ErrorCode::io, std::string(doing) + " '" + path + "': " + std::strerror(errno),
               "Check the path and its permissions."};
}

}  // namespace

Result<core::Buffer<std::uint8_t>> read_file(const std::string& path) {
  const File file(std::fopen(path.c_str(), "rb"));
  if (!file) return failed("cannot open", path);
  core::Buffer<std::uint8_t> bytes;
  std::size_t used = 0;
  for (;;) {
    if (used == bytes.size()) STRIATE_CHECK(bytes.resize(used == 0 ? std::size_t{1} << 16 : used * 2, path));
    const std::size_t got = std::fread(bytes.data() + used, 1, bytes.size() - used, file.get());
    used += got;
    if (got == 0) break;
  }
  if (std::ferror(file.get()) != 0) return failed("cannot read", path);
  STRIATE_CHECK(bytes.resize(used, path));
  return bytes;
}

Status write_file(const std::string& path, const void* bytes, std::size_t size) {
  File file(std::fopen(path.c_str(), "wb"));
  if (!file) return failed("cannot create", path);
  if (std::fwrite(bytes, 1, size, file.get()) != size) return failed("cannot write", path);
  if (std::fclose(file.release()) != 0) return failed("cannot write", path);
  return {};
}

Result<double> open_model(session::Session& session, const ModelOptions& options) {
  if (!options.saved.empty()) {
    STRIATE_TRY(bytes, read_file(options.saved));
    STRIATE_TRY(loaded, session.load(bytes.span()));
    return loaded.json.find("model")->number();
  }
  std::string spec = io::json_string(options.network);
  if (options.network.ends_with(".json")) {
    STRIATE_TRY(text, read_file(options.network));
    spec.assign(reinterpret_cast<const char*>(text.data()), text.size());
  }
  STRIATE_TRY(made, session.create_model(spec, options.seed));
  return made.json.find("model")->number();
}

Result<double> open_dataset(session::Session& session, const DataOptions& options) {
  if (!options.cifar10.empty()) {
    core::Buffer<std::uint8_t> records;
    for (const std::string& path : options.cifar10) {
      STRIATE_TRY(file, read_file(path));
      const std::size_t before = records.size();
      STRIATE_CHECK(records.resize(before + file.size(), path));
      std::memcpy(records.data() + before, file.data(), file.size());
    }
    STRIATE_TRY(made, session.dataset_from_cifar10(records.span()));
    return made.json.find("dataset")->number();
  }
  if (options.synthetic != 0) {
    const Json wanted = Json::object({{"count", options.synthetic}, {"seed", options.synthetic_seed}});
    STRIATE_TRY(made, session.dataset_synthetic(wanted.text()));
    return made.json.find("dataset")->number();
  }
  STRIATE_TRY(images, read_file(options.images));
  STRIATE_TRY(labels, read_file(options.labels));
  STRIATE_TRY(made, session.dataset_from_idx(std::move(images), labels.span()));
  return made.json.find("dataset")->number();
}

Result<Json> evaluate(session::Session& session, double model, double dataset, std::string_view options_json) {
  STRIATE_TRY(begun, session.evaluate_begin(model, dataset, options_json));
  STRIATE_TRY(result, session.evaluate_steps(model, begun.json.find("images")->number()));
  return std::move(result.json);
}

void print_line(std::string_view line) {
  std::fwrite(line.data(), 1, line.size(), stdout);
  std::fputc('\n', stdout);
  std::fflush(stdout);
}

}  // namespace striate::cli
