// family_readers.hpp: one function a family, see families.hpp.
#pragma once

#include "models/formats/families.hpp"

namespace ww {

void read_llama(const ConfigReader& config, FamilyModel& model);
void read_mistral(const ConfigReader& config, FamilyModel& model);
void read_qwen2(const ConfigReader& config, FamilyModel& model);
void read_qwen3(const ConfigReader& config, FamilyModel& model);
void read_gemma(const ConfigReader& config, FamilyModel& model);
void read_gemma2(const ConfigReader& config, FamilyModel& model);
void read_gemma3(const ConfigReader& config, FamilyModel& model);
void read_gpt_neox(const ConfigReader& config, FamilyModel& model);
void read_gptj(const ConfigReader& config, FamilyModel& model);
void read_phi(const ConfigReader& config, FamilyModel& model);
void read_phi3(const ConfigReader& config, FamilyModel& model);
void read_olmo(const ConfigReader& config, FamilyModel& model);
void read_olmo2(const ConfigReader& config, FamilyModel& model);
void read_stablelm(const ConfigReader& config, FamilyModel& model);
void read_smollm3(const ConfigReader& config, FamilyModel& model);

}  // namespace ww
