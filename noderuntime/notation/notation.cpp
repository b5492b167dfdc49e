#include "noderuntime/notation/notation.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "noderuntime/notation/reader.h"
#include "noderuntime/notation/writer.h"
#include "noderuntime/term/text.h"

namespace noderuntime {

std::optional<Notation> notation_of(std::string_view name) {
  static constexpr std::pair<std::string_view, Notation> names[] = {{"erlang", Notation::erlang},
                                                                    {"lfe", Notation::lfe},
                                                                    {"elixir", Notation::elixir},
                                                                    {"json", Notation::json}};
  auto found = std::find_if(std::begin(names), std::end(names), [&](auto& row) { return row.first == name; });
  return found == std::end(names) ? std::nullopt : std::optional{found->second};
}

std::string write_term(Term term, Notation notation, const WriteOptions& options) {
  switch (notation) {
    case Notation::erlang: return notation::write_erlang(term, options.strings);
    case Notation::lfe: return notation::write_lfe(term, options.strings);
    case Notation::elixir: return notation::write_elixir(term, options.strings);
    case Notation::json: return notation::write_json(term);
  }
  return {};
}

Result<OwnedTerm> read_term(std::string_view text, Notation notation, const ReadOptions& options) {
  switch (notation) {
    case Notation::erlang: break;
    case Notation::lfe: return notation::read_lfe(text, options);
    case Notation::elixir: return notation::read_elixir(text, options);
    case Notation::json: return notation::read_json(text, options);
  }
  return parse_text(text, {options.self});
}

Result<CallText> read_call(std::string_view text, Notation notation, const ReadOptions& options) {
  if (notation == Notation::lfe) return notation::read_lfe_call(text, options);
  if (notation == Notation::elixir) return notation::read_elixir_call(text, options);
  auto call = parse_call(text, {options.self});
  if (!call) return call.error();
  return CallText{call->module, call->function, std::move(call->arguments)};
}

}  // namespace noderuntime
