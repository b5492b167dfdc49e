// Writes metrics as text: Prometheus' format 0.0.4, and OpenMetrics 1.0.0.
// Source: prometheus.io, "Exposition formats"; the OpenMetrics specification, version 1.0.0.
#pragma once

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

namespace noderuntime::metrics {

enum class Format { prometheus, open_metrics };

// The format that the header Accept of a request prefers; Prometheus' if it is empty or names none of them.
Format format_for(std::string_view accept);
std::string_view content_type(Format format);

enum class Type { counter, gauge, histogram };
std::string_view type_name(Type type);

// One metric, with all its series.
struct Family {
  std::string_view name;
  Type type;
  std::string_view labels;  // their names, with commas between them; empty: none
  std::string_view help;    // one line, without backslashes and quotes
};

// A number of a series: exact up to 64 bits, or a fraction.
class Value {
 public:
  template <class Number>
  requires std::is_integral_v<Number> Value(Number number)
      : number_{static_cast<std::uint64_t>(number)}, negative_{number < Number{}} {}
  Value(double number) : fraction_{number}, is_fraction_{true} {}
  void append_to(std::string& text) const;

 private:
  std::uint64_t number_ = 0;
  double fraction_ = 0;
  bool is_fraction_ = false, negative_ = false;
};

// Collects the text of one answer. The values of labels may be any bytes: they are escaped, and made UTF-8, so that no value can make a series or a line of its own.
class Exposition {
 public:
  explicit Exposition(Format format) : format_{format} {}

  void begin(const Family& family);  // the samples of the last family follow
  void add(Value value);             // of a family without labels
  void add(std::initializer_list<std::string_view> labels,
           Value value);  // one value for each of the family's labels
  // A histogram of times in seconds, without labels: its upper bounds, rising, how many values are in each interval and
  // above the last bound, and the sum of all.
  void add_histogram(std::span<const std::chrono::nanoseconds> bounds, std::span<const std::uint64_t> counts,
                     std::chrono::nanoseconds sum);

  std::string finish() &&;

 private:
  void append_name(std::string_view suffix = {});

  Format format_;
  Family family_{};
  std::string text_;
};

}  // namespace noderuntime::metrics
