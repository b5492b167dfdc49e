// Erlang's notation, as io:format ~tp and ~tw. As in a shell without +pc unicode, lists with characters above
// 255 are lists of numbers; binaries of UTF-8 are always text.
#include "noderuntime/notation/characters.h"
#include "noderuntime/notation/writer.h"
#include "noderuntime/term/text.h"

namespace noderuntime::notation {
namespace {

class Erlang final : public Dialect {
 public:
  explicit Erlang(bool strings) : strings_{strings} {}

  bool write_leaf(std::string& out, Term term) const override {
    if (has_inside(term)) return false;
    out += to_text(term, {.strings = strings_, .unicode = true});
    return true;
  }

  Shape shape(Term& term) const override {
    if (term.is_tuple()) return {Part::tuple, Shape::elements, "{", ",", "}"};
    if (term.is_cons()) return {Part::list, Shape::cells, "[", ",", "]", "|"};
    return {Part::map, Shape::entries, "#{", ",", "}", {}, map::sorted(term), " => "};
  }

 private:
  bool has_inside(Term term) const {
    if (term.is_cons())
      return !strings_ || !characters_of_list(term, [](char32_t c) { return is_printable(c, false); });
    return (term.is_tuple() && term.arity() > 0) || (term.is_map() && map::size(term) > 0);
  }
  bool strings_;
};

}  // namespace

std::unique_ptr<Dialect> erlang_dialect(bool strings) { return std::make_unique<Erlang>(strings); }

}  // namespace noderuntime::notation
