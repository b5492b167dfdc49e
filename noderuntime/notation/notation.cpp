#include "noderuntime/notation/notation.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "noderuntime/notation/layout.h"
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

namespace {

using LayOut = std::string (*)(const notation::MarkedText&, std::size_t width);

std::pair<std::unique_ptr<notation::Dialect>, LayOut> writer_of(Notation notation, bool strings) {
  switch (notation) {
    case Notation::erlang: break;
    case Notation::lfe: return {notation::lfe_dialect(strings), notation::lay_out_lfe};
    case Notation::elixir: return {notation::elixir_dialect(strings), notation::lay_out_elixir};
    case Notation::json: return {notation::json_dialect(), notation::lay_out_json};
  }
  return {notation::erlang_dialect(strings), notation::lay_out_erlang};
}

}  // namespace

std::string write_term(Term term, Notation notation, const WriteOptions& options) {
  auto [dialect, lay_out] = writer_of(notation, options.strings);
  return options.pretty ? lay_out(write_marked(*dialect, term), options.width) : write(*dialect, term);
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
