#include "models/run_state.hpp"

#include <cmath>
#include <tuple>

#include "base/check.hpp"
#include "models/config_json.hpp"

namespace ww {

namespace {

using Json = nlohmann::json;

void check_history(const std::vector<Progress>& history, const std::string& where) {
  int64_t before = -1;
  for (const auto& p : history) {
    check(p.step > before && std::isfinite(p.train_loss) && p.accuracy >= 0 && p.accuracy <= 1,
          "{}: \"history\" says loss {} and accuracy {} at step {}, which cannot be; the file is "
          "damaged",
          where,
          p.train_loss,
          p.accuracy,
          p.step);
    before = p.step;
  }
}

}  // namespace

Json RunState::to_json() const {
  auto points = Json::array();
  for (const auto& p : history) points.push_back({p.step, p.train_loss, p.accuracy});
  return {{"step", step},
          {"evaluated_at", evaluated_at},
          {"seconds", seconds},
          {"loss_sum", loss_sum},
          {"grad_norm", grad_norm},
          {"record_length", record_length},
          {"history", points}};
}

RunState RunState::from_json(const Json& object, int64_t steps, const std::string& where) {
  RunState state;
  read_member(object, "step", state.step, where);
  read_member(object, "evaluated_at", state.evaluated_at, where);
  read_member(object, "seconds", state.seconds, where);
  read_member(object, "loss_sum", state.loss_sum, where);
  read_member(object, "grad_norm", state.grad_norm, where);
  read_member(object, "record_length", state.record_length, where);
  std::vector<std::tuple<int64_t, double, double>> points;
  read_member(object, "history", points, where);
  for (const auto& [step, loss, accuracy] : points) state.history.push_back({step, loss, accuracy});
  state.check_possible(steps, where);
  return state;
}

void RunState::check_possible(int64_t steps, const std::string& where) const {
  const auto possible = [&](bool holds, const char* name, auto value) {
    check(holds, "{}: \"{}\" is {}, which cannot be; the file is damaged", where, name, value);
  };
  const auto amount = [](double value) { return std::isfinite(value) && value >= 0; };
  possible(step >= 0 && step <= steps, "step", step);
  const auto last = history.empty() ? 0 : history.back().step;
  possible(evaluated_at == last && last <= step, "evaluated_at", evaluated_at);
  possible(amount(seconds), "seconds", seconds);
  possible(std::isfinite(loss_sum), "loss_sum", loss_sum);
  possible(amount(grad_norm), "grad_norm", grad_norm);
  possible(record_length > 0, "record_length", record_length);
  check_history(history, where);
}

}  // namespace ww
