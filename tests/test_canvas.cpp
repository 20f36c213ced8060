// test_canvas.cpp: marks reach every format, the same figure gives the same bytes.

#include <cmath>
#include <limits>

#include "base/files.hpp"
#include "plots/axis.hpp"
#include "plots/cairo.hpp"
#include "plots/colours.hpp"
#include "plots/draw_to.hpp"
#include "plots/svg.hpp"
#include "tests/catch.hpp"

using namespace ww;

namespace {

Figure small_figure() {
  return {"a & b", {60, 40}, [](Canvas& canvas) {
            const Group group(canvas, "all");
            canvas.rect({1, 2, 10.005, 5}, {255, 0, 0}, {"<one>", {{"value", "0.5"}}});
            canvas.line({0, 0}, {60, 40}, {.colour = {0, 0, 255}, .dash = {2, 1.5}});
            canvas.circle({30, 20}, 4, {0, 128, 0}, {});
            canvas.text({30, 30}, "a < b", {.anchor = Anchor::middle, .angle = -90});
          }};
}

/// Big-endian 32-bit number at `offset`, as PNG writes its sizes.
uint32_t big_endian(const std::string& bytes, size_t offset) {
  uint32_t value = 0;
  for (size_t i = 0; i < 4; ++i) value = value << 8 | static_cast<uint8_t>(bytes.at(offset + i));
  return value;
}

}  // namespace

TEST_CASE("SVG numbers are short and never minus zero", "[plots]") {
  CHECK(short_number(12) == "12");
  CHECK(short_number(0.5) == "0.5");
  CHECK(short_number(-3.254) == "-3.25");
  CHECK(short_number(100) == "100");
  CHECK(short_number(-0.001) == "0");
  CHECK_THROWS_AS(short_number(std::numeric_limits<double>::quiet_NaN()), std::logic_error);
}

TEST_CASE("An SVG carries data, titles and escaped text", "[plots]") {
  const auto svg = svg_document(small_figure());
  CHECK(svg.find("<rect shape-rendering=\"crispEdges\" x=\"1\" y=\"2\"") != std::string::npos);
  CHECK(svg.find("data-value=\"0.5\"><title>&lt;one&gt;</title></rect>") != std::string::npos);
  CHECK(svg.find(">a &lt; b</text>") != std::string::npos);
  CHECK(svg.find("rotate(-90 30 30)") != std::string::npos);
  CHECK(svg.find("aria-label=\"a &amp; b\"") != std::string::npos);
}

TEST_CASE("Every format has its signature, and the same figure gives the same bytes", "[plots]") {
  const test::TemporaryFolder folder;
  const std::pair<const char*, const char*> signatures[] = {
      {".svg", "<?xml"}, {".pdf", "%PDF-"}, {".png", "\x89PNG"}, {".html", "<!doctype html>"}};
  for (const auto& [extension, signature] : signatures) {
    DYNAMIC_SECTION(extension) {
      const auto path = folder / (std::string("figure") + extension);
      draw_to(path, small_figure());
      const auto bytes = read_file(path);
      CHECK(bytes.find(signature) == 0);
      CHECK(bytes.find("CreationDate") == std::string::npos);
      draw_to(path, small_figure());
      CHECK(read_file(path) == bytes);
    }
  }
}

TEST_CASE("A PNG has two pixels to a CSS pixel", "[plots]") {
  const auto png = png_image(small_figure());
  CHECK(big_endian(png, 16) == 120);
  CHECK(big_endian(png, 20) == 80);
}

TEST_CASE("An unknown figure format is refused with the list", "[plots]") {
  const test::TemporaryFolder folder;
  const auto sentence = test::refusal([&] { draw_to(folder / "a.gif", small_figure()); });
  CHECK(sentence.find("'.gif'; there are: .svg, .pdf, .png, .html") != std::string::npos);
  CHECK(std::filesystem::is_empty(folder.path()));
}

TEST_CASE("Colour maps begin and end at their anchors and show NaN as grey", "[plots]") {
  CHECK(hex(viridis(0)) == "#440154");
  CHECK(hex(viridis(1)) == "#fde725");
  CHECK(hex(viridis(-3)) == "#440154");
  CHECK(hex(viridis(7)) == "#fde725");
  CHECK(hex(viridis(1.0 / 3)) == "#31688e");
  CHECK(hex(diverging(0.5)) == "#f7f7f7");
  CHECK(hex(viridis(std::nan(""))) == "#bdbdbd");
}

TEST_CASE("Ticks are round numbers inside the range", "[plots]") {
  CHECK(linear_ticks(0, 1) == std::vector<double>{0, 0.2, 0.4, 0.6000000000000001, 0.8, 1});
  CHECK(linear_ticks(3, 17) == std::vector<double>{4, 6, 8, 10, 12, 14, 16});
  CHECK(linear_ticks(2, 2) == std::vector<double>{2});
  CHECK(log_ticks(6.28, 50000) == std::vector<double>{10, 100, 1000, 10000});
  CHECK(log_ticks(6.28, 63) == std::vector<double>{10, 20, 50});
  CHECK(round_up(0.93) == 1);
  CHECK(round_up(41) == 50);
  CHECK(tick_label(0.2 * 3) == "0.6");
  CHECK(tick_label(12000) == "12,000");
  CHECK(with_commas(-1234567) == "-1,234,567");
}

TEST_CASE("Text breaks at blanks within the width", "[plots]") {
  CHECK(wrap_text("one two three", 1000, 10) == std::vector<std::string>{"one two three"});
  const auto lines = wrap_text("one  two three incomprehensibilities", 45, 10);
  CHECK(lines == std::vector<std::string>{"one two", "three", "incomprehensibilities"});
  CHECK(text_width("mm", 10) == Approx(16.66));
  CHECK(text_width("é", 10) == Approx(5.56));
}
