#include "cli/commands.hpp"

namespace ww {

const std::vector<AddCommand>& commands() {
  static const std::vector<AddCommand> table = {
      add_tasks,
      add_show,
      add_floors,
      add_export,
  };
  return table;
}

}  // namespace ww
