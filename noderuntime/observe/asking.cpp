#include "noderuntime/observe/asking.h"

namespace noderuntime::observe {

void ask(Questions& questions, Atom node, std::string_view module, std::string_view function,
         const std::function<Term(Terms&)>& arguments, const Answer& done, Got got) {
  questions.ask(node, module, function, built(arguments),
                [done, got = std::move(got)](const CallResult& result, Milliseconds) {
                  if (!result.ok()) return done(error_of(result));
                  got(result.term);
                });
}

void ask_for(Questions& questions, Atom node, const char* reader, const std::string& text, const Answer& done,
             Got got) {
  bool atom = std::string_view{reader} == "binary_to_existing_atom";
  auto arguments =
      built([&](Terms& terms) { return terms.list(atom ? terms.of(text) : terms.string(text)); });
  questions.ask(node, "erlang", reader, arguments,
                [text, done, got = std::move(got)](const CallResult& result, Milliseconds) {
                  if (result.kind == CallResult::Kind::error)
                    return done(Error{Errc::not_found, clean(text, short_text)});
                  if (!result.ok()) return done(error_of(result));
                  got(result.term);
                });
}

std::string pid_in(Term term) {
  NodeIdentity nobody{Atom{}, Creation{0}};
  auto pid = term.is_pid() ? detail::read_pid(nobody, term) : std::nullopt;
  return pid ? pid_text(*pid) : std::string{};
}

std::string pid_in(Term term, Atom node) {
  NodeIdentity nobody{Atom{}, Creation{0}};
  auto pid = term.is_pid() ? detail::read_pid(nobody, term) : std::nullopt;
  return !pid ? std::string{} : pid->node.name == node ? pid_text(*pid) : shown(term, short_text);
}

std::size_t length_of(Term list) {
  std::size_t length = 0;
  for (; list.is_cons(); list = list.tail()) ++length;
  return length;
}

Number bytes_of_words(Number words) {
  if (words) *words = *words <= most_exact / word ? *words * word : most_exact;
  return words;
}

}  // namespace noderuntime::observe
