// Reads tests/golden/<name>.safetensors: what PyTorch computed (see scripts/golden).
#pragma once

#include "harness.hpp"
#include "striate/io/network_json.hpp"
#include "striate/io/safetensors.hpp"

#include <cstring>
#include <string>
#include <vector>

namespace striate::tests {

class Golden {
 public:
  explicit Golden(const std::string& name)
      : bytes_(read_file(std::string(STRIATE_TEST_DATA) + "/" + name + ".safetensors")),
        view_(value_of(io::read_safetensors(bytes_))) {}

  const io::SafetensorsView& view() const { return view_; }

  const io::TensorView& tensor(const std::string& name) const {
    const io::TensorView* found = view_.find(name);
    if (found == nullptr) FAIL("no tensor ", name);
    return *found;
  }

  Floats floats(const std::string& name) const {
    Floats values(tensor(name).elements());
    succeed(tensor(name).copy_floats(values));
    return values;
  }

  // Values of another type, which the file holds little-endian as all our machines do.
  template <typename T>
  std::vector<T> values(const std::string& name, const std::string& dtype) const {
    REQUIRE(tensor(name).dtype == dtype);
    std::vector<T> out(tensor(name).elements());
    REQUIRE(tensor(name).bytes.size() == out.size() * sizeof(T));
    std::memcpy(out.data(), tensor(name).bytes.data(), tensor(name).bytes.size());
    return out;
  }

  io::Json metadata(const std::string& key) const {
    const std::string* text = view_.find_metadata(key);
    if (text == nullptr) FAIL("no metadata ", key);
    return value_of(io::parse_json(*text, key));
  }

 private:
  std::vector<std::uint8_t> bytes_;
  io::SafetensorsView view_;
};

}  // namespace striate::tests
