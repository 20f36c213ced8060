// record.cpp: record.jsonl of a run.

#include "plots/records.hpp"
#include "tests/fuzz/fuzz.hpp"

void ww::fuzz::read(std::string_view bytes) {
  std::vector<std::string> warnings;
  (void)read_record(put("record.jsonl", bytes), warnings);
}
