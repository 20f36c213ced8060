#include "cli/commands.hpp"

namespace ww {

const std::vector<AddCommand>& commands() {
  static const std::vector<AddCommand> table = {
      add_tasks,
      add_show,
      add_floors,
      add_export,
      add_report,
      add_plot,
  };
  return table;
}

}  // namespace ww
