// lfe_io's prettyprinter: of what does not fit, several leaves share a line, and everything else has a
// line of its own; so have the pairs of maps. Lists that look like code are laid out like other lists,
// where LFE has special forms.
#include "noderuntime/notation/layout.h"

namespace noderuntime::notation {
namespace {

class LfeLayout : Layout {
 public:
  LfeLayout(const MarkedText& marked, std::size_t width) : Layout{marked}, width_{width} {}

  std::string run() && {
    place(0, 0, width_);
    while (!open_.empty()) step();
    return std::move(out_);
  }

 private:
  // Lines of leaves and pairs end well before the edge.
  static constexpr std::size_t margin = 10, value_indentation = 2;

  // `width`: for the contents; lists make it narrower.
  struct Open {
    std::size_t part, child, indentation, width;
    std::size_t column = 0;  // where the line ends
    std::size_t before = 0;  // where the text before the child ends
    bool first = true;       // nothing is written inside yet
    bool complete = false;   // the last child has been written
    bool key_written = false;
  };

  static std::size_t less(std::size_t width) { return width > 0 ? width - 1 : 0; }

  bool is_leaf(std::size_t index) const {
    if (has_children(index) || text(index)[0] == '"') return false;
    return text(index)[0] != '#' || text(index)[1] == 'P' || text(index)[1] == 'R' || text(index)[1] == 'F';
  }

  void place(std::size_t index, std::size_t indentation, std::size_t width) {
    if (!has_children(index)) return put(text(index));
    auto bracket = opening(index);
    std::size_t inside = indentation + bracket.size();
    if (part(index).kind == Part::map) return open_map(index, bracket, indentation, width);
    if (bracket.back() != '(') {  // a quote
      put(bracket);
      open_.push_back({index, first_child(index), inside, width});
      return;
    }
    std::size_t inner_width = part(index).width - bracket.size() - 1;
    if (inside + inner_width + 1 < width) return put(text(index));
    put(bracket);
    open_.push_back(
        {index, first_child(index), inside, part(index).kind == Part::list ? less(width) : width});
  }

  // The name of a struct is at the place of the first pair.
  void open_map(std::size_t index, std::string_view bracket, std::size_t indentation, std::size_t width) {
    bool named = bracket.back() != '(';
    if (named) bracket.remove_suffix(1);
    put(bracket);
    Open open{index, first_child(index), indentation + 3, named ? width : less(width)};
    open.column = indentation + bracket.size();
    open.first = !named;
    open_.push_back(open);
  }

  void step() {
    Open& open = open_.back();
    if (open.complete) {
      put(closing(open.part, open.child));
      return open_.pop_back();
    }
    if (part(open.part).kind == Part::map) return step_pair(open);
    if (part(open.part).kind == Part::pair) return open_.pop_back();
    step_element(open);
  }

  void advance(Open& open) {
    open.before = part(open.child).end;
    if (has_next(open.child, open.part))
      open.child = part(open.child).after;
    else
      open.complete = true;
  }

  void step_element(Open& open) {
    std::size_t index = open.child, indentation = open.indentation, width = open.width;
    bool quote = opening(open.part).back() != '(';
    bool tail = !open.first && slice(open.before, part(index).begin) == " . ";
    std::size_t column = open.first ? indentation : open.column + (tail ? 3 : 1);
    bool leaf = is_leaf(index) && !quote, joined = leaf && column + part(index).width + margin <= width;
    if (!open.first) {
      if (joined)
        put(tail ? " . " : " ");
      else
        put(tail ? " ." : ""), new_line(indentation);
    }
    open.column = joined                ? column + part(index).width
                  : leaf && !open.first ? indentation + part(index).width
                                        : width;
    open.first = false;
    advance(open);
    place(index, indentation, width);
  }

  void step_pair(Open& open) {
    std::size_t index = open.child, key = first_child(index), value = part(key).after;
    std::size_t indentation = open.indentation, width = open.width, size = part(index).width;
    if (open.key_written) {
      open.key_written = false;
      advance(open);
      new_line(indentation + value_indentation);
      return place_half(value, indentation, indentation + value_indentation, width);
    }
    std::size_t column = open.column + (open.first ? 0 : 1);
    bool here = column + size + margin <= width, in_line = here || indentation + size + margin <= width;
    if (!open.first) here ? put(" ") : new_line(indentation);
    open.first = false;
    if (in_line) {
      open.column = (here ? column : indentation) + size;
      advance(open);
      return put(text(index));
    }
    open.column = width;
    open.key_written = true;
    place_half(key, indentation, indentation, width);
  }

  // A key or value on a line of its own, indented relative to the keys.
  void place_half(std::size_t index, std::size_t of_keys, std::size_t indentation, std::size_t width) {
    if (of_keys + part(index).width + margin < width) return put(text(index));
    place(index, indentation, width);
  }

  std::size_t width_;
  std::vector<Open> open_;
};

}  // namespace

std::string lay_out_lfe(const MarkedText& marked, std::size_t width) {
  return LfeLayout{marked, width}.run();
}

}  // namespace noderuntime::notation
