#include "noderuntime/node/join.h"

#include <algorithm>
#include <utility>

#include "common/program/logging.h"
#include "noderuntime/node/peers.h"

namespace noderuntime {

using membership::Joiner;
using membership::JoinSource;

namespace {
// Atoms are never freed, and a name server may tell other names all the time.
constexpr std::size_t most_new_atoms = 65'536;
}  // namespace

Join::Join(net::Loop& loop, NodeConfiguration& configuration, Peers& peers, Events events)
    : loop_{loop},
      configuration_{configuration},
      peers_{peers},
      events_{std::move(events)},
      joiner_{configuration.join_plan, *configuration.full_name},
      timer_{loop} {
  arm();
}

// Never called from inside of an answer: these only arm the timer.
void Join::stop() {
  timer_.stop();
  dns_questions_.clear();
  epmd_questions_.clear();
}

void Join::node_up(Atom node, bool visible) {
  if (auto name = NodeName::parse(node.text())) joiner_.node_up(loop_.now(), *name, visible);
  arm();
}

void Join::node_down(Atom node) {
  if (auto name = NodeName::parse(node.text())) joiner_.node_down(loop_.now(), *name, events_.random());
  arm();
}

void Join::unreachable(Atom node, ReachStep step, const Error& why) {
  if (auto name = NodeName::parse(node.text()))
    joiner_.unreachable(loop_.now(), *name, {why, advice_for(step, why.code)}, events_.random());
  arm();
}

// At once, because an event may have made notes.
void Join::arm() {
  timer_.start(net::Milliseconds{0}, [this] { act(); });
}

void Join::act() {
  auto steps = joiner_.take_steps(loop_.now());
  for (auto which : steps.ask) ask(which);
  for (auto& wanted : steps.connect) connect(wanted);
  for (auto& note : joiner_.take_notes()) events_.note(note.warning, program::printable(note.text));
  auto deadline = joiner_.deadline();
  if (deadline) timer_.start(std::max(net::Milliseconds{0}, *deadline - loop_.now()), [this] { act(); });
  if (!joined_ && joiner_.has_joined()) {
    joined_ = true;
    events_.joined();
  }
}

void Join::ask(std::size_t which) {
  joiner_.source(which).kind == JoinSource::Kind::epmd ? ask_epmd(which) : ask_name_server(which);
}

void Join::ask_name_server(std::size_t which) {
  auto& source = joiner_.source(which);
  auto type = source.kind == JoinSource::Kind::services ? net::DnsType::services : net::DnsType::addresses;
  auto done = [this, which](net::DnsQuestion::Answer records) {
    loop_.drop_later(std::move(dns_questions_.extract(which).mapped()));
    if (!records) return answer(which, records.error());
    answer(which, Joiner::Found{records->hosts, records->ttl, records->complete});
  };
  dns_questions_[which] = std::make_unique<net::DnsQuestion>(loop_, source.name, type, done);
}

void Join::ask_epmd(std::size_t which) {
  auto done = [this, which](Result<std::vector<epmd::NameAndPort>> listed) {
    loop_.drop_later(std::move(epmd_questions_.extract(which).mapped()));
    if (!listed) return answer(which, listed.error());
    Joiner::Found found;
    for (auto& row : *listed) found.names.push_back(row.name);
    answer(which, found);
  };
  epmd_questions_[which] =
      std::make_unique<EpmdNames>(loop_, joiner_.source(which).name, Port{configuration_.epmd_port},
                                  configuration_.family(), configuration_.setup_time, done);
}

void Join::answer(std::size_t which, const Result<Joiner::Found>& found) {
  if (found)
    joiner_.found(loop_.now(), which, *found, events_.random());
  else
    joiner_.not_found(loop_.now(), which, found.error(), events_.random());
  arm();
}

void Join::connect(const Joiner::Connect& wanted) {
  auto refuse = [&](const Error& why) {
    joiner_.unreachable(loop_.now(), wanted.node, {why, {}}, events_.random());
  };
  bool known = Atom::existing(wanted.node.full()).ok();
  if (!known && ++new_atoms_ > most_new_atoms) return refuse(Error{Errc::too_many_atoms, wanted.node.full()});
  auto node = Atom::intern(wanted.node.full());
  if (!node) return refuse(node.error());
  // An address that the owner of the node has set stays.
  if (!wanted.address.empty()) configuration_.addresses.try_emplace(wanted.node.full(), wanted.address);
  peers_.reach(*node);  // its failure comes to unreachable()
}

}  // namespace noderuntime
