#include "noderuntime/observe/figures.h"

#include <functional>
#include <iterator>

#include <noderuntime/node_name.h>

namespace noderuntime::observe {

namespace {

struct Row {
  const char *function, *arguments;
};
#define NODERUNTIME_OBSERVE_ROW(name, kind, function, arguments) {function, arguments},
constexpr Row fact_rows[] = {NODERUNTIME_OBSERVE_FACTS(NODERUNTIME_OBSERVE_ROW)};
constexpr Row figure_rows[] = {NODERUNTIME_OBSERVE_FIGURES(NODERUNTIME_OBSERVE_ROW)};
#undef NODERUNTIME_OBSERVE_ROW

constexpr std::size_t longest_text = 200;

// --- how answers are read: a function for each shape

shape::text read_text(Term term) {
  auto text = text_in(term, longest_text);
  while (text && !text->empty() && text->back() == '\n') text->pop_back();
  return text;
}
shape::count read_count(Term term) { return count_in(term); }
shape::first read_first(Term term) { return first_in(term); }
// Bounded, so that the difference of two of them is an integer of 64 bits.
shape::time read_time(Term term) {
  constexpr std::int64_t most = std::int64_t{1} << 62;
  auto time = integer_in(term);
  return time && *time > -most && *time < most ? time : std::nullopt;
}

// {{input,Bytes},{output,Bytes}}
shape::io read_io(Term term) {
  auto part = [&](std::size_t at, Atom name) -> Number {
    if (!term.is_tuple(2)) return std::nullopt;
    Term pair = term.element(at);
    return pair.is_tuple(2) && pair.element(0).is(name) ? count_in(pair.element(1)) : std::nullopt;
  };
  return {part(0, "input"_atom), part(1, "output"_atom)};
}

shape::memory read_memory(Term term) {
  auto part = [&](Atom name) { return count_at(term, name); };
  return {part("total"_atom), part("processes"_atom),      part("system"_atom),
          part("atom"_atom),  part("binary"_atom),         part("code"_atom),
          part("ets"_atom),   part("processes_used"_atom), part("atom_used"_atom)};
}

bool is_node(Term term) { return term.is_atom() && NodeName::parse(term.as_atom().text()); }

shape::nodes read_nodes(Term term) {
  shape::nodes nodes;
  for (Term node : some_elements(term, most_connections))
    if (is_node(node)) nodes.push_back(node.as_atom());
  return nodes;
}

shape::carriers read_carriers(Term term) {
  shape::carriers carriers;
  for (Term pair : some_elements(term, most_connections))
    if (pair.is_tuple(2) && is_node(pair.element(0)) &&
        (pair.element(1).is_port() || pair.element(1).is_pid()))
      carriers.push_back({pair.element(0).as_atom(), Value::of(pair.element(1))});
  return carriers;
}

// {ok,[{recv_oct,Bytes},…]}, or {error,einval} if the connection has ended.
std::optional<Traffic> read_traffic(Term term) {
  if (!term.is_tuple(2) || !term.element(0).is("ok"_atom)) return std::nullopt;
  auto part = [&](Atom name) { return count_at(term.element(1), name); };
  return Traffic{part("recv_oct"_atom),
                 part("send_oct"_atom),
                 part("recv_cnt"_atom),
                 part("send_cnt"_atom),
                 part("send_pend"_atom),
                 {},
                 {}};
}

// {ok,[{Node,[{in,Signals},{out,Signals},{received_bytes,Bytes},…]},…]}: of a node of ours.
std::map<Atom, Traffic> read_own_traffic(Term term) {
  std::map<Atom, Traffic> traffic;
  if (!term.is_tuple(2) || !term.element(0).is("ok"_atom)) return traffic;
  for (Term pair : some_elements(term.element(1), most_connections)) {
    if (!pair.is_tuple(2) || !is_node(pair.element(0))) continue;
    auto part = [&](Atom name) { return count_at(pair.element(1), name); };
    traffic[pair.element(0).as_atom()] = {part("received_bytes"_atom),
                                          part("sent_bytes"_atom),
                                          part("in"_atom),
                                          part("out"_atom),
                                          part("queue_bytes"_atom),
                                          part("busy_milliseconds"_atom),
                                          part("missed_ticks"_atom)};
  }
  return traffic;
}

// --- batches

Term function_of(Terms& terms, std::string_view text) {
  auto colon = text.find(':'), slash = text.find('/');
  return terms.fun(Atom::of(text.substr(0, colon)), Atom::of(text.substr(colon + 1, slash - colon - 1)),
                   static_cast<std::uint32_t>(text[slash + 1] - '0'));
}

std::vector<Carrier> ports_of(const std::vector<Carrier>& carriers) {
  std::vector<Carrier> ports;
  for (auto& carrier : carriers)
    if (carrier.port.term().is_port()) ports.push_back(carrier);
  return ports;
}

Term traffic_arguments(Terms& terms, const std::vector<Carrier>& ports) {
  Term wanted =
      terms.list("recv_oct"_atom, "send_oct"_atom, "recv_cnt"_atom, "send_cnt"_atom, "send_pend"_atom);
  std::vector<Term> all;
  for (auto& carrier : ports) all.push_back(terms.of(carrier.port));
  std::vector<Term> options(ports.size(), wanted);
  return terms.list(terms.fun("inet"_atom, "getstat"_atom, 2), terms.list_of(all), terms.list_of(options));
}

// more  adds another function, and returns its arguments
template <std::size_t N>
Batch batch_of(const Row (&rows)[N], const std::function<Term(Terms&, std::vector<Term>&)>& more) {
  return {.arguments = built([&](Terms& terms) {
            std::vector<Term> functions, arguments;
            for (auto& row : rows) {
              functions.push_back(function_of(terms, row.function));
              arguments.push_back(*terms.parse(row.arguments));
            }
            if (more) arguments.push_back(more(terms, functions));
            return terms.list(terms.fun("erlang"_atom, "apply"_atom, 2), terms.list_of(functions),
                              terms.list_of(arguments));
          })};
}

}  // namespace

bool Facts::is_ours() const { return system && system->starts_with("Node Runtime"); }

Batch facts_batch() { return batch_of(fact_rows, {}); }
Batch figures_batch(const std::vector<Carrier>& carriers, bool ours) {
  return batch_of(figure_rows, [&](Terms& terms, std::vector<Term>& functions) {
    functions.push_back(ours ? terms.fun("net_kernel"_atom, "nodes_info"_atom, 0)
                             : terms.fun("lists"_atom, "zipwith"_atom, 3));
    return ours ? terms.list() : traffic_arguments(terms, ports_of(carriers));
  });
}

#define NODERUNTIME_OBSERVE_READ(name, kind, function, arguments) .name = read_##kind(told[at++]),

std::optional<Facts> facts_in(Term answer) {
  auto told = some_elements(answer, std::size(fact_rows) + 1);
  if (told.size() != std::size(fact_rows)) return std::nullopt;
  std::size_t at = 0;
  return Facts{NODERUNTIME_OBSERVE_FACTS(NODERUNTIME_OBSERVE_READ)};
}

std::optional<Figures> figures_in(Term answer, const std::vector<Carrier>& carriers, bool ours) {
  auto told = some_elements(answer, std::size(figure_rows) + 2);
  if (told.size() != std::size(figure_rows) + 1) return std::nullopt;
  std::size_t at = 0;
  Figures figures{NODERUNTIME_OBSERVE_FIGURES(NODERUNTIME_OBSERVE_READ)};
  if (ours) {
    figures.traffic = read_own_traffic(told[at]);
    return figures;
  }
  auto ports = ports_of(carriers);
  auto counted = some_elements(told[at], ports.size());
  for (std::size_t i = 0; i < counted.size(); ++i)
    if (auto traffic = read_traffic(counted[i])) figures.traffic[ports[i].node] = *traffic;
  return figures;
}

#undef NODERUNTIME_OBSERVE_READ

}  // namespace noderuntime::observe
