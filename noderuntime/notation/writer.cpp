#include "noderuntime/notation/writer.h"

namespace noderuntime::notation {
namespace {

class Walk {
 public:
  Walk(const Dialect& dialect, std::string& text, std::vector<Part>* parts)
      : dialect_{dialect}, text_{text}, parts_{parts} {}

  void run(Term root) {
    value(root);
    while (!open_.empty()) {
      if (!next(open_.back())) close();
    }
  }

 private:
  // A term whose contents are being written.
  struct Frame {
    Shape shape;
    Term term;                                                 // cells: what is left
    std::size_t part;                                          // its own
    std::size_t at = 0;                                        // elements, entries: the next one
    std::size_t pair = 0;                                      // entries: the part of the one under way
    enum Half : std::uint8_t { none, key, both } half = none;  // of that entry
    bool first = true;
  };

  void value(Term term) {
    std::size_t part = begin(Part::leaf);
    if (dialect_.write_leaf(text_, term)) return end(part);
    Shape shape = dialect_.shape(term);
    open_.push_back({std::move(shape), term, part});
    if (parts_) (*parts_)[part].kind = open_.back().shape.kind;
    text_ += open_.back().shape.open;
  }

  // Writes the next inner term; false: there is none. `frame` may be invalid afterwards.
  bool next(Frame& frame) {
    switch (frame.shape.inside) {
      case Shape::elements:
        if (frame.at == frame.term.arity()) return false;
        separate(frame);
        value(frame.term.element(frame.at++));
        return true;
      case Shape::cells: return next_cell(frame);
      case Shape::entries: return next_half(frame);
    }
    return false;
  }

  bool next_cell(Frame& frame) {
    if (frame.term.is_nil()) return false;
    Term next = frame.term;
    if (next.is_cons()) {
      separate(frame);
      frame.term = next.tail();
      next = next.head();
    } else {
      text_ += frame.shape.tail;
      frame.term = Term::nil();
    }
    value(next);
    return true;
  }

  bool next_half(Frame& frame) {
    if (frame.half == Frame::both) {
      text_ += frame.shape.pair_close;
      end(frame.pair);
      frame.half = Frame::none;
      ++frame.at;
    }
    if (frame.at == frame.shape.pairs.size()) return false;
    map::Entry entry = frame.shape.pairs[frame.at];
    if (frame.half == Frame::key) {
      frame.half = Frame::both;
      text_ += frame.shape.arrow;
      value(entry.value);
      return true;
    }
    separate(frame);
    frame.half = Frame::key;
    frame.pair = begin(Part::pair);
    text_ += frame.shape.pair_open;
    if (!frame.shape.named) return value(entry.key), true;
    std::size_t key = begin(Part::leaf);
    dialect_.write_key(text_, entry.key);
    end(key);
    return true;
  }

  void separate(Frame& frame) {
    if (!frame.first) text_ += frame.shape.separator;
    frame.first = false;
  }

  void close() {
    text_ += open_.back().shape.close;
    end(open_.back().part);
    open_.pop_back();
  }

  std::size_t begin(Part::Kind kind) {
    if (!parts_) return 0;
    parts_->push_back({kind, text_.size(), 0, 0, characters()});
    return parts_->size() - 1;
  }
  void end(std::size_t index) {
    if (!parts_) return;
    Part& part = (*parts_)[index];
    part.end = text_.size(), part.after = parts_->size(), part.width = characters() - part.width;
  }
  // The number of characters of the text so far.
  std::size_t characters() {
    for (; counted_ < text_.size(); ++counted_) characters_ += (text_[counted_] & 0xC0) != 0x80;
    return characters_;
  }

  const Dialect& dialect_;
  std::string& text_;
  std::vector<Part>* parts_;
  std::vector<Frame> open_;
  std::size_t counted_ = 0, characters_ = 0;
};

}  // namespace

std::string write(const Dialect& dialect, Term term) {
  std::string text;
  Walk{dialect, text, nullptr}.run(term);
  return text;
}

MarkedText write_marked(const Dialect& dialect, Term term) {
  MarkedText marked;
  Walk{dialect, marked.text, &marked.parts}.run(term);
  return marked;
}

}  // namespace noderuntime::notation
