#include "cli/commands.hpp"

namespace ww {

const std::vector<AddCommand>& commands() {
  static const std::vector<AddCommand> table = {};
  return table;
}

}  // namespace ww
