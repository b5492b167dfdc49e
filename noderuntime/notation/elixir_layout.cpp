// Inspect.Algebra: a group that does not fit is broken. In groups of simple pieces, and in tuples and
// bitstrings, only breaks before pieces that do not fit are taken; in other groups all breaks.
#include <algorithm>

#include "noderuntime/notation/layout.h"

namespace noderuntime::notation {
namespace {

class ElixirLayout : Layout {
 public:
  ElixirLayout(const MarkedText& marked, std::size_t width) : Layout{marked}, width_{width} { measure(); }

  std::string run() && {
    place(0, 0);
    while (!open_.empty())
      if (!next_child()) open_.pop_back();
    return std::move(out_);
  }

 private:
  enum class Breaks { none, where_needed, all };
  struct Measured {
    Breaks breaks = Breaks::none;
    // Characters from its start to the end of the last group inside that can be broken: what has to fit.
    std::size_t need = 0;
    std::size_t behind = 0;  // characters that must follow its end on the same line
  };
  struct Open {
    std::size_t part, child, indentation;
    bool first = true;
  };

  bool is_bits(std::size_t index) const { return !has_children(index) && text(index).substr(0, 2) == "<<"; }
  bool is_simple(std::size_t index) const { return !has_children(index) && !is_bits(index); }

  Breaks breaks_of(std::size_t index) const {
    if (is_bits(index) || part(index).kind == Part::tuple) return Breaks::where_needed;
    if (part(index).kind == Part::map ||
        part(part(index + 1).kind == Part::pair ? index + 1 : index).kind == Part::pair)
      return Breaks::all;
    for (std::size_t child = first_child(index);; child = part(child).after) {
      if (!is_simple(child)) return Breaks::all;
      if (!has_next(child, index)) return Breaks::where_needed;
    }
  }

  // Children come after their parents, so one pass in each direction is enough.
  void measure() {
    measured_.resize(parts_.size());
    for (std::size_t index = parts_.size(); index-- > 0;) {
      Measured& own = measured_[index];
      if (!has_children(index)) {
        bool several = is_bits(index) && text(index).find(", ") != std::string_view::npos;
        own.need = several ? part(index).width : 0;
        continue;
      }
      bool several = has_next(first_child(index), index);
      if (part(index).kind != Part::pair) own.breaks = breaks_of(index);
      if (own.breaks == Breaks::all || (own.breaks == Breaks::where_needed && several)) {
        own.need = part(index).width;
        continue;
      }
      std::size_t before = 0, end = part(index).begin;
      for (std::size_t child = first_child(index);; child = part(child).after) {
        before += part(child).begin - end;
        if (measured_[child].need > 0) own.need = std::max(own.need, before + measured_[child].need);
        before += part(child).width, end = part(child).end;
        if (!has_next(child, index)) break;
      }
    }
    for (std::size_t index = 0; index < parts_.size(); ++index) {
      if (!has_children(index)) continue;
      for (std::size_t child = first_child(index);; child = part(child).after) {
        if (has_next(child, index)) {
          std::size_t next = part(child).after, between = part(next).begin - part(child).end;
          bool pair = part(index).kind == Part::pair;
          measured_[child].behind =
              pair ? between + part(next).width + measured_[index].behind : separator(child).size();
          continue;
        }
        std::size_t close = closing(index, child).size();
        measured_[child].behind =
            measured_[index].breaks == Breaks::all ? 0 : close + measured_[index].behind;
        break;
      }
    }
  }

  void place(std::size_t index, std::size_t indentation) {
    if (column_ + measured_[index].need <= width_ || is_simple(index)) return put_here(text(index));
    if (is_bits(index)) return place_bits(index, indentation);
    put_here(opening(index));
    if (measured_[index].breaks == Breaks::all) break_line(indentation + 2);
    open_.push_back({index, first_child(index), indentation});
  }

  // False: the part is complete.
  bool next_child() {
    Open& open = open_.back();
    std::size_t index = open.part, child = open.child, indentation = open.indentation;
    Breaks breaks = measured_[index].breaks;
    if (!open.first) {
      if (!has_next(child, index)) return finish(index, child, indentation), false;
      std::size_t end = part(child).end;
      child = open.child = part(child).after;
      separate(index, end, child, indentation);
    }
    open.first = false;
    std::size_t inner = breaks == Breaks::all ? 2 : breaks == Breaks::where_needed ? 1 : 0;
    place(child, indentation + inner);
    return true;
  }

  // Writes what separates `child` from the text before it, which is written up to `end`.
  void separate(std::size_t index, std::size_t end, std::size_t child, std::size_t indentation) {
    auto between = slice(end, part(child).begin);
    auto spaceless = between.substr(0, between.find_last_not_of(' ') + 1);
    switch (measured_[index].breaks) {
      case Breaks::none: return put_here(between);
      case Breaks::all: return put_here(spaceless), break_line(indentation + 2);
      case Breaks::where_needed: break;
    }
    put_here(spaceless);
    if (column_ + 1 + part(child).width + measured_[child].behind <= width_)
      put_here(" ");
    else
      break_line(indentation + 1);
  }
  void finish(std::size_t index, std::size_t last, std::size_t indentation) {
    if (measured_[index].breaks == Breaks::all) break_line(indentation);
    put_here(closing(index, last));
  }

  void place_bits(std::size_t index, std::size_t indentation) {
    auto left = text(index);
    while (!left.empty()) {
      auto end = left.find(", ");
      bool last = end == std::string_view::npos;
      put_here(left.substr(0, last ? left.size() : end + 1));
      left.remove_prefix(last ? left.size() : end + 2);
      if (last) return;
      auto next = left.find(", ");
      std::size_t needed = next == std::string_view::npos ? left.size() + measured_[index].behind : next + 1;
      column_ + 1 + needed <= width_ ? put_here(" ") : break_line(indentation + 2);
    }
  }

  void put_here(std::string_view text) {
    put(text);
    column_ += std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; });
  }
  void break_line(std::size_t indentation) {
    new_line(indentation);
    column_ = indentation;
  }

  std::size_t width_, column_ = 0;
  std::vector<Measured> measured_;
  std::vector<Open> open_;
};

}  // namespace

std::string lay_out_elixir(const MarkedText& marked, std::size_t width) {
  return ElixirLayout{marked, width}.run();
}

}  // namespace noderuntime::notation
