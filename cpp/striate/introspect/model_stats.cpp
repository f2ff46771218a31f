#include "striate/introspect/model_stats.hpp"

namespace striate::introspect {

std::vector<SummaryRow> summary(const graph::Network& network) {
  const std::vector<ReceptiveField> fields = receptive_fields(network);
  std::vector<SummaryRow> rows;
  for (std::size_t i = 0; i < network.nodes().size(); ++i) {
    const graph::Node& node = network.nodes()[i];
    rows.push_back({node.name, node.type, node.shape, node.parameter_count(), node.description.macs, fields[i],
                    node.description.algorithm});
  }
  return rows;
}

}  // namespace striate::introspect
