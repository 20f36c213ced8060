#include "cli/commands.hpp"

namespace ww {

const std::vector<AddCommand>& commands() {
  static const std::vector<AddCommand> table = {
      add_tasks,  // what there is
      add_encodings,  add_show,   add_floors, add_export, add_grade,
      add_diagnose,  // the main job, and its parts
      add_train,      add_report,
      add_inspect,  // a checkpoint
      add_score,      add_logits, add_probe,  add_ablate, add_explain, add_compare, add_plot,
      add_gpu_check,  // a machine
      add_help,       // the program itself
      add_completion, add_manual,
  };
  return table;
}

}  // namespace ww
