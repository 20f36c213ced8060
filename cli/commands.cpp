#include "cli/commands.hpp"

namespace ww {

const std::vector<AddCommand>& commands() {
  static const std::vector<AddCommand> table = {
      add_tasks,
      add_show,
      add_floors,
      add_export,
      add_train,
      add_diagnose,
      add_inspect,
      add_score,
      add_logits,
      add_probe,
  };
  return table;
}

}  // namespace ww
