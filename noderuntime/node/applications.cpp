#include "noderuntime/node/applications.h"

#include <utility>

#include "noderuntime/code/requests.h"
#include "noderuntime/functions/bytes_of.h"
#include "noderuntime/term/text.h"
#include "noderuntime/term/well_known_atoms.h"

namespace noderuntime {

namespace {

std::string in_words(Term term) { return to_text(term, {.strings = true, .unicode = true, .limit = 1'000}); }

// The reasons that users cause most often; other reasons are terms.
std::string why(Term reason) {
  constexpr std::string_view hint = " (--code-path)";
  Term what = reason.is_tuple(2) ? reason.element(1) : Term::nil();
  if (what.is_tuple(3) && reason.element(0).is(atoms::undef))
    return "the code path does not have " + in_words(what.element(0)) + ":" + in_words(what.element(1)) +
           "/" + in_words(what.element(2)) + std::string{hint};
  auto text = reason.is_tuple(2) ? text_of_list(reason.element(0)) : std::nullopt;
  if (auto file = text ? text_of_list(what) : std::nullopt) return *text + ": " + *file + std::string{hint};
  return in_words(reason);
}

// `reason`: how the process that ran application:'$start'/1 has ended.
Outcome started(Term reason) {
  static const Atom cannot_start = Atom::of("cannot_start");
  if (reason.is(atoms::normal)) return done;
  if (reason.is_tuple(3) && reason.element(0).is(cannot_start))
    return Error{Errc::not_started, in_words(reason.element(1)) + ": " + why(reason.element(2))};
  return Error{Errc::not_started, in_words(reason)};
}

}  // namespace

bool Applications::start(const std::vector<std::string>& names, std::function<void(Outcome)> done) {
  Heap heap;
  std::vector<Term> atoms;
  for (auto& name : names) {
    auto atom = Atom::intern(name);
    if (!atom) return done(Error{Errc::not_started, name + ": " + atom.error().message()}), true;
    atoms.push_back(Term::atom(*atom));
  }
  Term arguments = make_list(heap, {make_list(heap, std::span<const Term>{atoms})});
  return requests_
      .run(Atom::of("application"), Atom::of("$start"), arguments, Atom{},
           [done = std::move(done)](const Reference&, Term reason) { done(started(reason)); })
      .has_value();
}

bool Applications::stop(std::function<void()> done) {
  return requests_
      .run(Atom::of("application"), Atom::of("$stop"), Term::nil(), Atom{},
           [done = std::move(done)](const Reference&, Term) { done(); })
      .has_value();
}

}  // namespace noderuntime
