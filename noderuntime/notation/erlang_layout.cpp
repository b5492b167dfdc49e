// ~p: leaves share lines, and everything else ends its line. What does not fit is broken: elements are one
// column behind the bracket, those of a tagged tuple behind the tag, values of maps below their keys. If tags
// would push anything beyond the middle of the line, elements behind a tag are indented by 4, or by 1.
#include <algorithm>

#include "noderuntime/notation/layout.h"

namespace noderuntime::notation {
namespace {

class ErlangLayout : Layout {
 public:
  // `tag_indentation`: 0: behind the tag.
  ErlangLayout(const MarkedText& marked, std::size_t width, std::size_t tag_indentation)
      : Layout{marked}, width_{width}, tag_indentation_{tag_indentation} {}

  std::string run() && {
    place_all();
    return std::move(out_);
  }
  // Whether no tag pushes anything beyond the middle. As in OTP, the tail of an improper list counts from the
  // end of the line, although it starts a new one.
  bool is_narrow() && {
    trying_ = true;
    place_all();
    return !too_far_;
  }

 private:
  void place_all() {
    place(0, 1, 0);
    while (!open_.empty() && !too_far_) step();
  }

  // Columns count from 1, as in OTP. `closing`: brackets that follow on the same line.
  struct Open {
    std::size_t part, child;
    std::size_t start, column;  // of its elements; where the line ends
    std::size_t closing;
    enum State : std::uint8_t { before_first, first, next, value } state = before_first;
  };

  bool is_bits(std::size_t index) const {
    return part(index).kind == Part::leaf && text(index).size() > 4 && text(index).substr(0, 2) == "<<" &&
           text(index)[2] != '"';
  }
  bool is_leaf(std::size_t index) const {
    if (part(index).kind != Part::pair) return !has_children(index) && !is_bits(index);
    std::size_t key = first_child(index);
    return is_leaf(key) && is_leaf(part(key).after);
  }
  bool fits(std::size_t index, std::size_t column, std::size_t closing) const {
    return part(index).width + column + closing < width_;
  }

  void place(std::size_t index, std::size_t column, std::size_t closing) {
    if (is_bits(index) && !fits(index, column, closing)) return place_bits(index, column, closing);
    if (!has_children(index) || fits(index, column, closing)) return put(text(index));
    if (part(index).kind == Part::pair) return open_pair(index, column, closing);
    auto bracket = opening(index);
    put(bracket);
    Open open{index, first_child(index), column + bracket.size(), 0, closing};
    if (part(index).kind == Part::tuple && has_tag(index)) open_tagged(open, column);
    open_.push_back(open);
  }

  bool has_tag(std::size_t index) const {
    std::size_t tag = first_child(index);
    char c = marked_.text[part(tag).begin];
    bool atom = is_leaf(tag) && (c == '\'' || (c >= 'a' && c <= 'z') || (c & 0x80));
    return atom && has_next(tag, index) && text(tag).substr(0, 4) != "fun ";
  }

  void open_tagged(Open& open, std::size_t column) {
    std::size_t tag = open.child, behind_tag = column + part(tag).width + 2;
    put(text(tag));
    open.child = part(tag).after;
    bool indented = tag_indentation_ > 0 && part(tag).width + 2 > tag_indentation_;
    open.start = indented ? column + tag_indentation_ : behind_tag;
    if (tag_indentation_ != 1) too_far_ |= indented ? open.start > width_ / 2 : behind_tag >= width_ / 2;
    if (!indented) put(",");
    open.state = indented ? Open::next : Open::first;
    open.column = behind_tag;
  }

  // A pair that does not fit: its value goes to the next line.
  void open_pair(std::size_t index, std::size_t column, std::size_t closing) {
    open_.push_back({index, first_child(index), column, 0, closing});
  }

  void step() {
    Open& open = open_.back();
    if (part(open.part).kind == Part::pair) return step_pair();
    if (open.state == Open::before_first || open.state == Open::first) return place_at_start(open);
    if (open.state == Open::value) {  // the child is complete
      if (!has_next(open.child, open.part)) {
        put(closing(open.part, open.child));
        return open_.pop_back();
      }
      open.child = part(open.child).after;
    }
    place_next(open);
  }

  std::size_t closing_of(const Open& open) const {
    bool last = !has_next(open.child, open.part);
    bool tail_follows = !last && separator(open.child) == "|";
    return last || tail_follows ? open.closing + 1 : 0;
  }

  void place_at_start(Open& open) {
    std::size_t closing = closing_of(open), index = open.child, start = open.start;
    open.column = fits(index, start, closing) && is_leaf(index) ? start + part(index).width : width_;
    open.state = Open::value;
    place(index, start, closing);  // `open` may have moved
  }

  void place_next(Open& open) {
    std::size_t closing = closing_of(open), index = open.child, needed = 1 + part(index).width;
    put(slice(end_of_previous(open), part(index).begin));
    bool room = needed + open.column + std::max<std::size_t>(closing, 1) < width_;
    if (is_leaf(index) && room) {
      open.column += needed;
      open.state = Open::value;
      return put(text(index));
    }
    new_line(open.start - 1);
    bool tail = marked_.text[part(index).begin - 1] == '|' && part(open.part).kind == Part::list;
    if (trying_ && tail) open.start = open.column;
    place_at_start(open);
  }
  std::size_t end_of_previous(const Open& open) const { return part(open.child).begin - 1; }  // one character

  void step_pair() {
    Open& open = open_.back();
    std::size_t key = first_child(open.part), value = part(key).after;
    std::size_t column = open.start, closing = open.closing;
    switch (open.state) {
      case Open::before_first: open.state = Open::first; return place(key, column, closing);
      case Open::first: {
        open.state = Open::value;
        put(separator(key));
        std::size_t indentation = tag_indentation_ > 0 ? tag_indentation_ : 4;
        new_line(column + indentation - 1);
        return place(value, column + indentation, closing);
      }
      case Open::next:
      case Open::value: return open_.pop_back();
    }
  }

  void place_bits(std::size_t index, std::size_t column, std::size_t closing) {
    column += 2;
    std::size_t room = std::min(width_ - std::min(width_, column), part(0).width - 4);
    std::size_t most = std::max<std::size_t>(8, room - std::min(room, closing));
    std::size_t left = most;
    auto numbers = text(index);
    numbers = numbers.substr(2, numbers.size() - 4);
    put("<<");
    while (!numbers.empty()) {
      auto comma = numbers.find(',');
      std::size_t size = comma == std::string_view::npos ? numbers.size() : comma + 1;
      if (size > left) new_line(column - 1), left = most;
      put(numbers.substr(0, size));
      left -= std::min(left, size);
      numbers.remove_prefix(size);
    }
    put(">>");
  }

  std::size_t width_, tag_indentation_;
  std::vector<Open> open_;
  bool trying_ = false, too_far_ = false;
};

}  // namespace

std::string lay_out_erlang(const MarkedText& marked, std::size_t width) {
  std::size_t tag_indentation = 1;
  for (std::size_t wider : {4, 0})
    if (ErlangLayout{marked, width, wider}.is_narrow()) tag_indentation = wider;
  return ErlangLayout{marked, width, tag_indentation}.run();
}

}  // namespace noderuntime::notation
