// test_findings.cpp: sentences and comparisons of probe files, held against loops in double and
// closed forms.

#include <fmt/format.h>

#include <cmath>
#include <numbers>

#include "base/check.hpp"
#include "plots/findings/compare.hpp"
#include "plots/findings/findings.hpp"
#include "plots/findings/price.hpp"
#include "plots/findings/quadrature.hpp"
#include "plots/findings/usage_shares.hpp"
#include "plots/page.hpp"
#include "tests/catch.hpp"
#include "tests/synthetic_probe.hpp"

using namespace ww;
using Catch::Matchers::Contains;

namespace {

/// A probe of 5 texts with norms of each text; those of text t are 1 + t / 10 times as steep.
NamedProbe made_probe(const test::SyntheticProbe& how = {}, double steepness = 0.2) {
  test::SyntheticFile made(how);
  made.add_usage();
  made.add_decomposition();
  made.add_ablation();
  const auto norm = [=](const auto& at) {
    const double t = test::number(at[0]), f = test::number(at[3]);
    return (1 + 0.1 * test::number(at[2])) * std::exp(-steepness * f * (1 + t / 10));
  };
  made.put("per_text/query_norm_mean", norm);
  made.put("per_text/key_norm_mean", norm);
  made.put("per_text/query_count", [](const auto& at) { return 100 + 50 * test::number(at[0]); });
  made.file.strings["text_sha256"] = {"a", "b", "c", "d", "e"};
  return {how.name, made.file};
}

/// The share of usage at wavelengths from `from` tokens on, by loops, without one text.
double looped_share(const NamedProbe& probe, double from, size_t without) {
  const auto& query = array_of(probe, "per_text/query_norm_mean");
  const auto& key = array_of(probe, "per_text/key_norm_mean");
  const auto& count = array_of(probe, "per_text/query_count");
  const auto& wavelength = array_of(probe, "wavelength");
  double share = 0;
  for (size_t l = 0; l < 4; ++l) {
    for (size_t h = 0; h < 6; ++h) {
      double within = 0, all = 0;
      for (size_t f = 0; f < 8; ++f) {
        double q = 0, k = 0;
        for (size_t t = 0; t < 5; ++t) {
          if (t == without) continue;
          q += value_at(count, {t}) * value_at(query, {t, l, h, f});
          k += value_at(count, {t}) * value_at(key, {t, l, h / 3, f});
        }
        all += q * k;
        if (value_at(wavelength, {l, f}) >= from) within += q * k;
      }
      share += within / all / 24;
    }
  }
  return share;
}

std::string text_of(const NamedProbe& probe, const std::string& title) {
  for (const auto& finding : findings(probe)) {
    if (finding.title == title) return finding.text;
  }
  return {};
}

const ComparedRow& row_named(const Comparison& comparison, const std::string& part) {
  for (const auto& row : comparison.rows) {
    if (row.quantity.find(part) != std::string::npos) return row;
  }
  throw std::out_of_range(part);
}

}  // namespace

TEST_CASE("Usage shares and their jackknife intervals equal loops over texts", "[findings]") {
  const auto probe = made_probe();
  const UsageShares usage(probe);
  const auto beyond = [](const auto& cells) { return usage_between(cells, 512, INFINITY); };
  const auto found = usage.estimate(beyond);
  CHECK(found.value == Approx(looped_share(probe, 512, 9)).epsilon(1e-12));
  double centre = 0, squares = 0;
  for (size_t t = 0; t < 5; ++t) centre += looped_share(probe, 512, t) / 5;
  for (size_t t = 0; t < 5; ++t) squares += std::pow(looped_share(probe, 512, t) - centre, 2);
  const double half = 2.776445105 * std::sqrt(squares * 4 / 5);  // Student's t with 4 degrees
  CHECK(found.high - found.value == Approx(half).epsilon(1e-6));
  CHECK(found.value - found.low == Approx(half).epsilon(1e-6));
}

TEST_CASE("Equal norms give the share of frequencies, and shares add up to 1", "[findings]") {
  const auto probe = made_probe({}, 0);
  const auto cells = UsageShares(probe).cells();
  CHECK(usage_between(cells, 0, 100) == Approx(frequencies_between(cells, 0, 100)).epsilon(1e-12));
  CHECK(usage_between(cells, 0, INFINITY) == Approx(1).epsilon(1e-12));
  CHECK(median_wavelength(cells) == Approx(2 * std::numbers::pi * std::pow(10000.0, 3 / 8.0)));
}

TEST_CASE("One text gives no interval", "[findings]") {
  test::SyntheticProbe how;
  how.texts = 1;
  test::SyntheticFile made(how);
  made.add_usage();
  const NamedProbe probe{"a.h5", made.file};
  const auto found = UsageShares(probe).estimate(median_wavelength);
  CHECK(std::isnan(found.low));
  CHECK_THAT(text_of(probe, "Where usage sits"), !Contains("interval"));
}

TEST_CASE("Findings state the file's own numbers", "[findings]") {
  const auto probe = made_probe();
  const double share = looped_share(probe, 512, 9);
  CHECK_THAT(text_of(probe, "Where usage sits"),
             Contains(fmt::format("{:.1f} %", 100 * share)) && Contains("training length of 512"));
  // Layers 0 to 3 have 0.03 + 0.05 l; random weights 0.02 + 0.001 l.
  CHECK(mean_quadrature(probe).value == Approx(0.105));
  CHECK_THAT(
      text_of(probe, "Content and position"),
      Contains("Q = 0.105") && Contains("highest 0.180 in layer 3") && Contains("give 0.02"));
  CHECK_THAT(text_of(probe, "Heads"), Contains("of 24 heads"));
  CHECK_THAT(text_of(probe, "Price of entanglement"),
             Contains("+0.2100") && Contains("+0.1100 to +0.3600") &&
                 Contains("different from 0") && Contains("head 5 (+0.0700)"));
  CHECK_THAT(text_of(probe, "What this cannot show"), Contains("fewer than 8 texts"));
}

TEST_CASE("Texts that cost next to nothing are said to be memorised", "[findings]") {
  auto probe = made_probe();
  CHECK_THAT(text_of(probe, "What this cannot show"), !Contains("memorised"));
  probe.file.variables.at("loss").values[2] = 0.4;
  CHECK_THAT(text_of(probe, "What this cannot show"), Contains("1 of 5 texts"));
}

TEST_CASE("Findings of a file that lacks a variable say so or refuse it by name", "[findings]") {
  const auto whole = made_probe();
  for (const auto& [name, array] : whole.file.variables) {
    auto probe = whole;
    probe.file.variables.erase(name);
    INFO(name);
    try {
      for (const auto& finding : findings(probe)) CHECK_THAT(finding.text, !Contains("nan"));
    } catch (const InputError& error) {
      CHECK_THAT(error.what(), Contains(name));
    }
  }
}

TEST_CASE("Findings fill lines up to the width, the first word of each a paragraph", "[findings]") {
  const auto text =
      findings_text({{"One", std::string(3, 'a') + " bb ccc dddd"}, {"Two", "x"}}, 10);
  CHECK(text == "One: aaa\n  bb ccc\n  dddd\nTwo: x\n");
}

TEST_CASE("A file compared with itself differs by nothing, exactly", "[findings]") {
  const auto probe = made_probe();
  const auto comparison = compare(probe, probe, std::nullopt);
  CHECK(comparison.same_texts);
  CHECK(comparison.length == 512);
  for (const auto& row : comparison.rows) {
    INFO(row.quantity);
    CHECK(row.difference == 0);
  }
  CHECK(row_named(comparison, "beyond 512").high == 0);
}

TEST_CASE("Differences over the same texts are jackknifed in pairs", "[findings]") {
  const auto a = made_probe({}, 0.2), b = made_probe({}, 0.1);
  const auto& row = row_named(compare(a, b, 100), "beyond 100");
  double centre = 0, squares = 0;
  const auto difference = [&](size_t without) {
    return looped_share(b, 100, without) - looped_share(a, 100, without);
  };
  for (size_t t = 0; t < 5; ++t) centre += difference(t) / 5;
  for (size_t t = 0; t < 5; ++t) squares += std::pow(difference(t) - centre, 2);
  CHECK(row.difference == Approx(difference(9)).epsilon(1e-12));
  CHECK(row.high - row.difference ==
        Approx(2.776445105 * std::sqrt(squares * 4 / 5)).epsilon(1e-6));
}

TEST_CASE("Errors over other texts are added as independent", "[findings]") {
  const auto a = made_probe({}, 0.2);
  auto b = made_probe({}, 0.1);
  b.file.strings["text_sha256"][0] = "other";
  const auto beyond = [](const auto& cells) { return usage_between(cells, 512, INFINITY); };
  const auto first = UsageShares(a).estimate(beyond), second = UsageShares(b).estimate(beyond);
  const auto comparison = compare(a, b, std::nullopt);
  const auto& row = row_named(comparison, "beyond 512");
  const double half = std::hypot(first.high - first.value, second.high - second.value);
  CHECK(row.high - row.difference == Approx(half).epsilon(1e-9));
  CHECK(std::isnan(row_named(comparison, "loss").difference));
}

TEST_CASE("Prices over other ranges of offsets are not subtracted", "[findings]") {
  auto a = made_probe(), b = made_probe();
  a.file.variables["ablation/averaged_offsets"] = {{"intervention"}, {3}, {0, 0, 128}};
  b.file.variables["ablation/averaged_offsets"] = {{"intervention"}, {3}, {0, 0, 64}};
  CHECK(price_of(a)->offsets == 128);
  const auto other = row_named(compare(a, b, std::nullopt), "price");
  CHECK(std::isnan(other.difference));
  CHECK_THAT(other.note, Contains("128") && Contains("64") && Contains("--range"));
  CHECK(row_named(compare(a, a, std::nullopt), "price").difference == 0);
}

TEST_CASE("Files with nothing in common, and lengths below 1, are refused", "[findings]") {
  const auto probe = made_probe();
  CHECK_THAT(test::refusal([&] { compare(probe, probe, 0); }), Contains("--length"));
  NamedProbe empty{"b.h5", {}};
  CHECK_THAT(test::refusal([&] { compare(probe, empty, std::nullopt); }), Contains("b.h5"));
}

TEST_CASE("The page says on top what was found", "[findings][page]") {
  const auto probe = made_probe();
  const auto page = probe_page(probe, {});
  CHECK(page.find("What was found") < page.find("id=\"controls\""));
  CHECK_THAT(page, Contains("Price of entanglement: if content could"));
}
