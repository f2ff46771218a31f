#include "striate/session/test_time_options.hpp"

#include "striate/core/text.hpp"
#include "striate/session/augmentation.hpp"
#include "striate/session/training_options.hpp"

#include <span>
#include <string>
#include <utility>

namespace striate::session {

using core::Error;
using core::ErrorCode;
using core::Result;
using io::Json;

namespace {

Result<int> place_in(io::Fields& fields, std::string_view key, std::span<const std::string_view> names) {
  STRIATE_TRY(given, fields.string(key, names[0]));
  std::string all;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] == given) return static_cast<int>(i);
    all += core::text(i == 0 ? "'" : ", '", names[i], "'");
  }
  return Error{ErrorCode::invalid_argument, core::text(fields.what(), ".", key, " is '", given, "'"),
               core::text("Give one of ", all, ".")};
}

}  // namespace

Result<std::optional<train::TestTimeOptions>> tta_member(io::Fields& parent) {
  std::optional<train::TestTimeOptions> wanted;
  const Json* json = parent.get("tta");
  if (json == nullptr || json->is(Json::Kind::null)) return wanted;
  io::Fields fields(*json, "tta");
  train::TestTimeOptions& options = wanted.emplace();
  STRIATE_TRY(set, place_in(fields, "set", train::view_set_names));
  STRIATE_TRY(merge, place_in(fields, "merge", train::view_merge_names));
  options.set = static_cast<train::ViewSet>(set);
  options.merge = static_cast<train::ViewMerge>(merge);
  if (const Json* policy = fields.get("policy"); policy != nullptr) {
    if (json->find("set") != nullptr) {
      return Error{ErrorCode::invalid_argument, "tta has both a set and a policy", "Give one of them."};
    }
    STRIATE_TRY(read, augment::Policy::read(value_of(*policy)));
    options.policy = std::move(read);
    STRIATE_TRY(views, fields.integer("views", options.views, 1, train::most_views));
    STRIATE_TRY(original, fields.boolean("includeOriginal", true));
    STRIATE_TRY(seed, fields.integer("seed", 0, 0, largest_whole));
    options.views = static_cast<int>(views);
    options.include_original = original;
    options.seed = static_cast<std::uint64_t>(seed);
  }
  STRIATE_CHECK(fields.finish());
  return wanted;
}

}  // namespace striate::session
