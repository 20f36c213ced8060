// tensor_names.hpp: the names that tools leave in checkpoints brought to those of the family.
//
//   _orig_mod.base_model.model.model.layers.0.self_attn.q_proj.weight     torch.compile, PEFT
//   layers.0.self_attn.q_proj.weight                                      a backbone saved alone
//   model.language_model.layers.0.self_attn.q_proj.weight                 text beside a vision
//   tower
//
// all become model.layers.0.self_attn.q_proj.weight.
#pragma once

#include <string>
#include <vector>

#include "models/formats/names.hpp"

namespace ww {

/// The name without what wrappers of modules put into it, anywhere (torch.compile, DDP, FSDP), and
/// without what the model of text is called beside other parts.
std::string without_wrappers(const std::string& name);

/// Whether a tensor is of a part beside the model of text: a vision or audio tower, or its link to
/// the text; or of heads that predict further tokens.
bool is_beside_text(const std::string& name);

/// Renames the tensors of a file to the family's names: wrappers go, parts beside the text are
/// dropped, and whatever stands before the first layer's queries in place of the family's own
/// prefix is replaced by that. Throws InputError where two tensors would get one name, or two sets
/// of layers stand in the file.
void use_family_names(WeightFile& weights, const TensorNames& names, const std::string& where);

}  // namespace ww
