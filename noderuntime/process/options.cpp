#include "noderuntime/process/options.h"

#include "noderuntime/term/copy_at_pace.h"
#include "noderuntime/term/pace.h"
#include "noderuntime/term/well_known_atoms.h"

namespace noderuntime {

namespace {

using AliasEnd = Relations::AliasEnd;

const Atom explicit_unalias = Atom::of("explicit_unalias");

std::optional<AliasEnd> end_with_monitor(Term value) {
  if (value.is(explicit_unalias)) return AliasEnd::unalias;
  if (value.is(atoms::demonitor)) return AliasEnd::demonitor;
  if (value.is(atoms::reply_demonitor)) return AliasEnd::reply_demonitor;
  return std::nullopt;
}

bool set(AliasOptions& options, Term option) {
  if (option.is(atoms::priority)) return options.priority = true;
  if (option.is(atoms::reply)) return options.end = AliasEnd::reply, true;
  if (option.is(explicit_unalias)) return options.end = AliasEnd::unalias, true;
  return false;
}

bool set(MonitorOptions& options, Term option) {
  if (option.is(atoms::priority)) return options.priority = true;
  if (!option.is_tuple(2)) return false;
  Term name = option.element(0), value = option.element(1);
  if (name.is(atoms::tag)) return options.tag = keep_at_pace(value), true;
  if (name.is(atoms::alias)) return (options.alias = end_with_monitor(value)).has_value();
  return false;
}

bool set(LinkOptions& options, Term option) {
  return option.is(atoms::priority) && (options.priority = true);
}

template <class Options>
std::optional<Options> options_of(Term list) {
  Options options;
  MayPause here;
  Rounds rounds;
  for (; list.is_cons(); list = list.tail(), rounds.next())
    if (!set(options, list.head())) return std::nullopt;
  return list.is_nil() ? std::optional{options} : std::nullopt;
}

}  // namespace

std::optional<AliasOptions> alias_options(Term list) { return options_of<AliasOptions>(list); }
std::optional<MonitorOptions> monitor_options(Term list) { return options_of<MonitorOptions>(list); }
std::optional<LinkOptions> link_options(Term list) { return options_of<LinkOptions>(list); }

}  // namespace noderuntime
