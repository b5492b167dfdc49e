// What all notations share in writing: the walk over a term, and the positions of its parts in the text.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "noderuntime/term/map.h"

namespace noderuntime::notation {

// A piece of the text for one term, or for one entry of a map.
struct Part {
  enum Kind : std::uint8_t { leaf, tuple, list, map, pair };
  Kind kind;
  std::size_t begin, end;  // in the text
  std::size_t after;       // the index of the part behind this one and its inner parts
  std::size_t width;       // characters
};

// A term on one line, for layouts that break it. Parts are ordered by their beginnings.
struct MarkedText {
  std::string text;
  std::vector<Part> parts;
};

// The spelling of a term that contains others.
struct Shape {
  enum Inside : std::uint8_t { elements, cells, entries };  // of a tuple; of a list; pairs
  Part::Kind kind;
  Inside inside;
  std::string open;
  std::string_view separator, close;
  std::string_view tail{};          // before the tail of an improper list
  std::vector<map::Entry> pairs{};  // entries
  std::string_view arrow{};         // between key and value
  std::string_view pair_open{}, pair_close{};
  bool named = false;  // keys are written by write_key()
};

class Dialect {
 public:
  Dialect() = default;
  Dialect(const Dialect&) = delete;
  Dialect& operator=(const Dialect&) = delete;
  virtual ~Dialect() = default;

  // False: the term contains others, and nothing was written.
  virtual bool write_leaf(std::string& out, Term term) const = 0;
  // The spelling of a term with others inside. May replace `term` by the term to walk over
  // (a tail, for instance).
  virtual Shape shape(Term& term) const = 0;
  virtual void write_key(std::string&, Term) const {}
};

std::string write(const Dialect& dialect, Term term);
MarkedText write_marked(const Dialect& dialect, Term term);

// `strings`: as in WriteOptions.
std::unique_ptr<Dialect> erlang_dialect(bool strings);
std::unique_ptr<Dialect> lfe_dialect(bool strings);
std::unique_ptr<Dialect> elixir_dialect(bool strings);
std::unique_ptr<Dialect> json_dialect();

}  // namespace noderuntime::notation
