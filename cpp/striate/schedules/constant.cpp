#include "striate/schedules/constant.hpp"

namespace striate::schedules {
namespace {

class Constant final : public Schedule {
 public:
  explicit Constant(double rate) : rate_(rate) {}
  SchedulePoint at(std::int64_t) const override { return {rate_, -1}; }

 private:
  double rate_;
};

}  // namespace

const ScheduleType& constant_type() {
  static const ScheduleType type = {
      .name = "constant",
      .doc = "The optimizer's rate at every step.",
      .options = {},
      .make = [](const core::ParsedOptions&,
                 const ScheduleContext& context) -> core::Result<std::unique_ptr<Schedule>> {
        return std::unique_ptr<Schedule>(std::make_unique<Constant>(context.learning_rate));
      }};
  return type;
}

}  // namespace striate::schedules
