// Breaks the text of a term into lines, as the printer of each notation does.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "noderuntime/notation/writer.h"

namespace noderuntime::notation {

std::string lay_out_erlang(const MarkedText& marked, std::size_t width);  // ~p
std::string lay_out_lfe(const MarkedText& marked, std::size_t width);     // lfe_io:prettyprint
std::string lay_out_elixir(const MarkedText& marked, std::size_t width);  // inspect with pretty: true
std::string lay_out_json(const MarkedText& marked, std::size_t width);    // ours: indented by two

// What the layouts share: the parts, the output, and the column where its last line ends.
class Layout {
 protected:
  explicit Layout(const MarkedText& marked) : marked_{marked}, parts_{marked.parts} {}

  const Part& part(std::size_t index) const { return parts_[index]; }
  bool has_children(std::size_t index) const { return parts_[index].after > index + 1; }
  static std::size_t first_child(std::size_t index) { return index + 1; }
  // Whether another part of the same parent follows; it is at part(child).after.
  bool has_next(std::size_t child, std::size_t parent) const {
    return parts_[child].after < parts_[parent].after;
  }

  std::string_view slice(std::size_t from, std::size_t to) const {
    return std::string_view{marked_.text}.substr(from, to - from);
  }
  std::string_view text(std::size_t index) const { return slice(parts_[index].begin, parts_[index].end); }
  std::string_view opening(std::size_t index) const {
    return slice(parts_[index].begin, parts_[index + 1].begin);
  }
  std::string_view closing(std::size_t index, std::size_t last_child) const {
    return slice(parts_[last_child].end, parts_[index].end);
  }
  // The text between a child and the next one, without spaces at its end.
  std::string_view separator(std::size_t child) const {
    auto between = slice(parts_[child].end, parts_[parts_[child].after].begin);
    return between.substr(0, between.find_last_not_of(' ') + 1);
  }

  void put(std::string_view text) { out_ += text; }
  // Limits the indentation of very deep terms.
  void new_line(std::size_t indentation) {
    constexpr std::size_t most = 500;
    (out_ += '\n').append(std::min(indentation, most), ' ');
  }

  const MarkedText& marked_;
  const std::vector<Part>& parts_;
  std::string out_;
};

}  // namespace noderuntime::notation
