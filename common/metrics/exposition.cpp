#include "common/metrics/exposition.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "common/wire/utf8.h"

namespace noderuntime::metrics {
namespace {

constexpr std::string_view total = "_total";

void append_number(std::string& text, auto number) {
  std::array<char, 32> digits;
  auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  text.append(digits.data(), end);
}

void append_escaped(std::string& text, std::string_view value) {
  for (char c : value) switch (c) {
      case '\\': text.append("\\\\"); break;
      case '"': text.append("\\\""); break;
      case '\n': text.append("\\n"); break;
      default: text.push_back(c);
    }
}

void append_label(std::string& text, std::string_view name, std::string_view value) {
  text.append(name).append("=\"");
  // Malformed text is shown as if it were Latin-1, so that different values stay different.
  append_escaped(text, utf8::length(value) ? std::string{value} : utf8::from_latin1(value));
  text.push_back('"');
}

std::string_view trimmed(std::string_view text) {
  auto begin = text.find_first_not_of(" \t");
  if (begin == text.npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

// Cuts off what stands in front of the next `separator`.
std::string_view cut(std::string_view& rest, char separator) {
  auto part = rest.substr(0, rest.find(separator));
  rest.remove_prefix(std::min(part.size() + 1, rest.size()));
  return trimmed(part);
}

struct MediaRange {
  std::string_view type, version;
  int quality = 1000;  // in thousandths
};

// 0, 1, 0.5, 0.75, 1.000. Source: RFC 9110, 12.4.2. 0 for anything else.
int thousandths(std::string_view text) {
  if (text.empty() || text.size() > 5 || text[0] < '0' || text[0] > '1') return 0;
  if (text.size() > 1 && text[1] != '.') return 0;
  int value = text[0] - '0';
  for (std::size_t i = 2; i < 5; ++i) {
    char digit = i < text.size() ? text[i] : '0';
    if (digit < '0' || digit > '9') return 0;
    value = 10 * value + (digit - '0');
  }
  return value;
}

// The shortest decimal that is read as the same number. The standard library's to_chars() has 150 KB of tables for it.
void append_fraction(std::string& text, double number) {
  std::array<char, 32> digits;
  for (int precision : {15, 17}) {
    std::snprintf(digits.data(), digits.size(), "%.*g", precision, number);
    if (std::strtod(digits.data(), nullptr) == number) break;
  }
  text.append(digits.data());
}

MediaRange parse_range(std::string_view text) {
  MediaRange range{cut(text, ';'), {}};
  while (!text.empty()) {
    auto value = cut(text, ';');
    auto name = cut(value, '=');
    if (name == "version") range.version = value;
    if (name == "q") range.quality = thousandths(value);
  }
  return range;
}

}  // namespace

Format format_for(std::string_view accept) {
  int open_metrics = 0, text = 0;
  while (!accept.empty()) {
    auto range = parse_range(cut(accept, ','));
    bool known = range.version.empty() || range.version == "1.0.0" || range.version == "0.0.1";
    if (range.type == "application/openmetrics-text" && known)
      open_metrics = std::max(open_metrics, range.quality);
    if (range.type == "text/plain" || range.type == "text/*" || range.type == "*/*")
      text = std::max(text, range.quality);
  }
  return open_metrics > 0 && open_metrics >= text ? Format::open_metrics : Format::prometheus;
}

std::string_view content_type(Format format) {
  return format == Format::open_metrics ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
                                        : "text/plain; version=0.0.4; charset=utf-8";
}

std::string_view type_name(Type type) {
  switch (type) {
    case Type::counter: return "counter";
    case Type::gauge: return "gauge";
    case Type::histogram: return "histogram";
  }
  return "unknown";
}

void Value::append_to(std::string& text) const {
  if (is_fraction_ && std::isnan(fraction_))
    text.append("NaN");
  else if (is_fraction_ && std::isinf(fraction_))
    text.append(fraction_ > 0 ? "+Inf" : "-Inf");
  else if (is_fraction_)
    append_fraction(text, fraction_);
  else if (negative_)
    append_number(text, static_cast<std::int64_t>(number_));
  else
    append_number(text, number_);
}

// In OpenMetrics a counter's samples end with _total, and the name of its family does not. Counters with another name,
// which exists on OTP, are of unknown type there.
void Exposition::begin(const Family& family) {
  family_ = family;
  auto name = family.name, type = type_name(family.type);
  if (format_ == Format::open_metrics && family.type == Type::counter) {
    if (name.ends_with(total))
      name.remove_suffix(total.size());
    else
      type = "unknown";
  }
  text_.append("# HELP ").append(name).append(" ").append(family.help);
  text_.append("\n# TYPE ").append(name).append(" ").append(type).append("\n");
}

void Exposition::append_name(std::string_view suffix) { text_.append(family_.name).append(suffix); }

void Exposition::add(Value value) {
  assert(family_.labels.empty());
  append_name();
  text_.push_back(' ');
  value.append_to(text_);
  text_.push_back('\n');
}

void Exposition::add(std::initializer_list<std::string_view> labels, Value value) {
  append_name();
  auto names = family_.labels;
  text_.push_back('{');
  for (auto label : labels) {
    assert(!names.empty());
    if (text_.back() != '{') text_.push_back(',');
    append_label(text_, cut(names, ','), label);
  }
  assert(names.empty());
  text_.append("} ");
  value.append_to(text_);
  text_.push_back('\n');
}

void Exposition::add_histogram(std::span<const std::chrono::nanoseconds> bounds,
                               std::span<const std::uint64_t> counts, std::chrono::nanoseconds sum) {
  auto seconds = [](std::chrono::nanoseconds time) { return static_cast<double>(time.count()) / 1e9; };
  assert(counts.size() == bounds.size() + 1);
  std::uint64_t all = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    all += counts[i];
    append_name("_bucket{le=\"");
    auto bound = i < bounds.size() ? seconds(bounds[i]) : HUGE_VAL;
    Value{bound}.append_to(text_);
    // A bound is a floating-point number there, also a whole one.
    if (format_ == Format::open_metrics && i < bounds.size() && bound == std::floor(bound))
      text_.append(".0");
    text_.append("\"} ");
    append_number(text_, all);
    text_.push_back('\n');
  }
  append_name("_sum ");
  Value{seconds(sum)}.append_to(text_);
  text_.push_back('\n');
  append_name("_count ");
  append_number(text_, all);
  text_.push_back('\n');
}

std::string Exposition::finish() && {
  if (format_ == Format::open_metrics) text_.append("# EOF\n");
  return std::move(text_);
}

}  // namespace noderuntime::metrics
