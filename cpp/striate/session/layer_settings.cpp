#include "striate/session/layer_settings.hpp"

#include "striate/core/text.hpp"
#include "striate/io/fields.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace striate::session {

using core::Error;
using core::ErrorCode;
using core::Result;
using core::Status;
using graph::Network;
using graph::Parameter;
using graph::ParamStore;
using io::Fields;
using io::Json;

namespace {

struct Settings {
  bool trainable = false, trains = false, held = false, has_statistics = false;
  float rate = 1;
};

Settings settings_of(const ParamStore& store, int node) {
  Settings settings;
  for (int p = store.first_of(node); p < store.first_of(node + 1); ++p) {
    const Parameter& parameter = store.parameters()[static_cast<std::size_t>(p)];
    settings.trains = settings.trains || !parameter.statistic;
    settings.trainable = settings.trainable || parameter.trainable;
    const bool running = parameter.statistic && parameter.name.find(".running_") != std::string::npos;
    settings.has_statistics = settings.has_statistics || running;
    settings.held = settings.held || parameter.held;
    if (!parameter.statistic) settings.rate = parameter.rate;
  }
  return settings;
}

Status set_rate(ParamStore& store, int node, double rate) {
  for (int p = store.first_of(node); p < store.first_of(node + 1); ++p) {
    STRIATE_CHECK(store.set_rate(store.parameters()[static_cast<std::size_t>(p)].name, static_cast<float>(rate)));
  }
  return {};
}

Result<int> node_of(const Network& network, const std::string& name) {
  STRIATE_TRY(node, network.node(name));
  return static_cast<int>(node - network.nodes().data());
}

// The layers named in a list; without the member, all.
Result<std::vector<int>> layers_of(Fields& fields, const Network& network) {
  std::vector<int> nodes;
  const Json* list = fields.get("layers");
  if (list == nullptr) {
    for (std::size_t i = 0; i < network.nodes().size(); ++i) nodes.push_back(static_cast<int>(i));
    return nodes;
  }
  bool good = list->is(Json::Kind::array);
  for (const Json& name : list->items()) {
    good = good && name.is(Json::Kind::string);
    if (!good) break;
    STRIATE_TRY(node, node_of(network, name.string()));
    nodes.push_back(node);
  }
  if (!good) {
    return Error{ErrorCode::invalid_argument, core::text(fields.what(), ".layers is not a list of names"),
                 "Give [\"conv1\"]."};
  }
  return nodes;
}

// True for "frozen".
Result<bool> held_from(Fields& fields, std::string_view fallback) {
  STRIATE_TRY(given, fields.string("batchNorm", fallback));
  if (given == "frozen" || given == "updated") return given == "frozen";
  return Error{ErrorCode::invalid_argument, core::text(fields.what(), ".batchNorm is '", given, "'"),
               "Give 'frozen' or 'updated'."};
}

Status freeze(const Json& json, const Network& network, ParamStore& store) {
  Fields fields(json, "freeze");
  STRIATE_TRY(hold, held_from(fields, "frozen"));
  STRIATE_TRY(until, fields.string("until", ""));
  STRIATE_TRY(nodes, layers_of(fields, network));
  STRIATE_CHECK(fields.finish());
  const bool some = json.find("layers") != nullptr;
  if (until.empty() != some) {
    return Error{ErrorCode::invalid_argument, "freeze takes either until or layers",
                 "Give {\"until\": \"conv2\"}, which freezes it and all before it, or {\"layers\": [\"conv1\"]}."};
  }
  if (some) {
    for (const int node : nodes) store.set_node(node, false, hold);
    return {};
  }
  STRIATE_TRY(last, node_of(network, until));
  for (const int node : nodes) store.set_node(node, node > last, node <= last && hold);
  return {};
}

Status unfreeze(const Json& json, const Network& network, ParamStore& store) {
  Fields fields(json, "unfreeze");
  STRIATE_TRY(nodes, layers_of(fields, network));
  STRIATE_CHECK(fields.finish());
  for (const int node : nodes) store.set_node(node, true, false);
  return {};
}

Status set_rates(const Json& json, const Network& network, ParamStore& store) {
  Fields fields(json, "learningRates");
  std::vector<std::pair<int, double>> rates;
  for (const Json::Member& member : json.members()) {
    STRIATE_TRY(node, node_of(network, member.first));
    STRIATE_TRY(rate, fields.number(member.first, 1, {0, 1e30}));
    rates.emplace_back(node, rate);
  }
  STRIATE_CHECK(fields.finish());
  for (const auto& [node, rate] : rates) STRIATE_CHECK(set_rate(store, node, rate));
  return {};
}

}  // namespace

Json layer_settings_to_json(const Network& network, const ParamStore& store) {
  Json list = Json::array();
  for (std::size_t i = 0; i < network.nodes().size(); ++i) {
    const Settings settings = settings_of(store, static_cast<int>(i));
    if (!settings.trains && !settings.has_statistics) continue;
    Json entry = Json::object({{"name", network.nodes()[i].name},
                               {"trainable", settings.trainable},
                               {"learningRate", settings.rate}});
    if (settings.has_statistics) entry.set("batchNorm", settings.held ? "frozen" : "updated");
    list.push(std::move(entry));
  }
  return list;
}

bool layer_settings_are_usual(const ParamStore& store) {
  return std::all_of(store.parameters().begin(), store.parameters().end(), [](const Parameter& parameter) {
    return parameter.trainable != parameter.statistic && !parameter.held && parameter.rate == 1;
  });
}

Status apply_layer_settings(const Json& settings, const Network& network, ParamStore& store) {
  struct Entry {
    int node;
    bool trainable, held;
    double rate;
  };
  std::vector<Entry> entries;
  if (!settings.is(Json::Kind::array)) {
    return Error{ErrorCode::invalid_argument, "the layers' settings are not a list", "Give what configureLayers gave."};
  }
  for (const Json& item : settings.items()) {
    Fields fields(item, "layer settings");
    STRIATE_TRY(name, fields.string("name", ""));
    STRIATE_TRY(trainable, fields.boolean("trainable", true));
    STRIATE_TRY(rate, fields.number("learningRate", 1, {0, 1e30}));
    STRIATE_TRY(held, held_from(fields, "updated"));
    STRIATE_CHECK(fields.finish());
    STRIATE_TRY(node, node_of(network, name));
    entries.push_back({node, trainable, held, rate});
  }
  for (const Entry& entry : entries) {
    store.set_node(entry.node, entry.trainable, entry.held);
    STRIATE_CHECK(set_rate(store, entry.node, entry.rate));
  }
  return {};
}

Status change_layers(const Json& change, const Network& network, ParamStore& store) {
  Fields fields(change, "layer change");
  const Json* frozen = fields.get("freeze");
  const Json* unfrozen = fields.get("unfreeze");
  const Json* rates = fields.get("learningRates");
  const Json* settings = fields.get("settings");
  STRIATE_CHECK(fields.finish());
  if (change.members().size() > 1) {
    return Error{ErrorCode::invalid_argument, "layers are changed in two ways at once",
                 "Make one change after the other."};
  }
  if (frozen != nullptr) return freeze(*frozen, network, store);
  if (unfrozen != nullptr) return unfreeze(*unfrozen, network, store);
  if (rates != nullptr) return set_rates(*rates, network, store);
  if (settings != nullptr) return apply_layer_settings(*settings, network, store);
  return {};
}

}  // namespace striate::session
