// What the views of a node have in common: calls whose errors end the view, and how answers are told.
#pragma once

#include <algorithm>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "noderuntime/observe/details.h"
#include "noderuntime/observe/reading.h"
#include "noderuntime/observe/walk.h"

namespace noderuntime::observe {

inline constexpr std::size_t most_asked = 5'000;  // tables, ports or sockets whose figures are asked
inline constexpr std::int64_t word = 8;           // bytes
inline constexpr std::size_t short_text = 255, long_text = 1'000;

using Got = std::function<void(Term)>;

// Asks, and gives the value to `got`, or the error to `done`.
void ask(Questions& questions, Atom node, std::string_view module, std::string_view function,
         const std::function<Term(Terms&)>& arguments, const Answer& done, Got got);

// Reads what somebody typed: the pid, reference or atom of that text, which the node must have. Else not_found.
//   reader  list_to_pid, list_to_ref or binary_to_existing_atom
void ask_for(Questions& questions, Atom node, const char* reader, const std::string& text, const Answer& done,
             Got got);

inline Term nothing(Terms& terms) { return terms.list(); }

// A pid as it is written on its own node; "" of another term.
std::string pid_in(Term term);
// A pid of the node as it is written there, another one with its node.
std::string pid_in(Term term, Atom node);
std::size_t length_of(Term list);
Number bytes_of_words(Number words);

inline void give(const Answer& done, const std::function<Term(Terms&)>& make) { done(built(make)); }

// The rows that `before` puts first, as {"count": …, "rows": […]}.
template <class Row, class Before, class Make>
Term table_of(Terms& terms, std::vector<Row>& rows, std::size_t count, Before before, Make make) {
  auto shown = std::min(rows.size(), most_listed);
  std::partial_sort(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(shown), rows.end(), before);
  std::vector<Term> made;
  for (std::size_t i = 0; i < shown; ++i) made.push_back(make(rows[i]));
  return Object{terms}
      .add("count", Number{static_cast<std::int64_t>(count)})
      .add("rows", terms.list_of(made))
      .term();
}

}  // namespace noderuntime::observe
