// Writes an array or object that does not fit with one element per line, indented by two.
#include "noderuntime/notation/layout.h"

namespace noderuntime::notation {
namespace {

class JsonLayout : Layout {
 public:
  JsonLayout(const MarkedText& marked, std::size_t width) : Layout{marked}, width_{width} {}

  std::string run() && {
    place(0, 0, 0);
    while (!open_.empty()) step();
    return std::move(out_);
  }

 private:
  struct Open {
    std::size_t part, child, indentation;
    bool first = true;
  };

  // `column`: where the part would start.
  void place(std::size_t index, std::size_t indentation, std::size_t column) {
    if (!has_children(index) || column + part(index).width < width_) return put(text(index));
    put(opening(index));
    open_.push_back({index, first_child(index), indentation});
  }

  void step() {
    Open& open = open_.back();
    bool pair = part(open.part).kind == Part::pair;
    std::size_t inside = open.indentation + (pair ? 0 : 2), before = open.child;
    if (!open.first) {
      if (!has_next(before, open.part)) return close(open, pair);
      open.child = part(before).after;
      put(slice(part(before).end, part(open.child).begin));
    }
    open.first = false;
    std::size_t child = open.child;
    std::size_t column = inside + (pair ? part(child).begin - part(open.part).begin : 0);
    if (!pair) new_line(inside);
    place(child, inside, column);
  }

  void close(const Open& open, bool pair) {
    if (!pair) new_line(open.indentation);
    put(closing(open.part, open.child));
    open_.pop_back();
  }

  std::size_t width_;
  std::vector<Open> open_;
};

}  // namespace

std::string lay_out_json(const MarkedText& marked, std::size_t width) {
  return JsonLayout{marked, width}.run();
}

}  // namespace noderuntime::notation
