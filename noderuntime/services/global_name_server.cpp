#include "noderuntime/services/global_name_server.h"

#include <algorithm>

#include "noderuntime/term/map.h"
#include "noderuntime/term/order.h"
#include "noderuntime/term/text.h"

namespace noderuntime {

namespace {

constexpr std::int64_t protocol_version = 8;
constexpr std::size_t max_reports = 1000;  // of lost connections, remembered to detect repetitions

Term node_term(const ThisNode& node) { return Term::atom(node.identity().name); }

// Marks an init_connect: its sender never takes the lock. OTP has an atom there that is never read.
Atom passive() {
  static const Atom atom = Atom::of("passive");
  return atom;
}

}  // namespace

void GlobalNameServer::serve(Process& self, Term message) {
  if (auto call = gen::as_call(message)) return on_call(self, *call);
  if (auto request = gen::as_cast(message)) return on_cast(self, *request);
  if (!message.is_tuple() || message.arity() == 0 || !message.element(0).is_atom()) return;
  Atom what = message.element(0).as_atom();
  if (message.is_tuple(3) && what == atoms::nodeup && message.element(1).is_atom()) {
    if (message.element(2).is(atoms::visible)) on_node_up(self, message.element(1).as_atom());
  } else if (message.is_tuple(3) && what == atoms::nodedown && message.element(1).is_atom()) {
    on_node_down(self, message.element(1).as_atom());
  } else if (message.is_tuple(5) && what == atoms::DOWN) {
    forget_holders(message.element(1));
    if (message.element(1).is_reference()) names_.process_ended(message.element(1));
  } else if (message.is_tuple(5) && what == atoms::lost_connection) {
    on_lost_connection(self, message);
  } else if (message.is_tuple(2) && what == atoms::remove_connection) {
    on_remove_connection(message.element(1));
  } else if (message.is_tuple(4) && what == atoms::lock_set) {
    on_lock_set(self, message);
  }
}

// --- members

void GlobalNameServer::on_node_up(Process& self, Atom node) {
  auto& member = members_[node] = Member{};
  member.our_tag = next_tag_++;
  Heap& heap = self.heap;
  Term versions = make_tuple(heap, {Term::small(protocol_version), Term::small(member.our_tag)});
  Term locker =
      make_tuple(heap, {Term::atom(atoms::locker), Term::atom(passive()), map::empty(heap), self.self()});
  cast(self, node, make_tuple(heap, {Term::atom(atoms::init_connect), versions, node_term(node_), locker}));
}

// A member that loses another one notifies all others, so that no overlapping partitions remain.
void GlobalNameServer::on_node_down(Process& self, Atom node) {
  names_.node_down(self, node);
  if (members_.erase(node) == 0) return;
  Term identity = Term::small(node_.identity().creation.value());
  for (auto& [other, member] : members_) {
    if (member.version < tells_losses) continue;
    Term report = make_tuple(self.heap, {Term::atom(atoms::lost_connection), node_term(node_), identity,
                                         Term::small(next_tag_++), Term::atom(node)});
    send(self, gen::name_at(self.heap, atoms::global_name_server, other), report);
  }
}

// {lost_connection, Reporter, Creation, Operation, Lost}: a member lost another. It is passed on to every
// member; those still connected to the lost one ask it to disconnect.
void GlobalNameServer::on_lost_connection(Process& self, Term report) {
  Term reporter = report.element(1), lost = report.element(4);
  if (!reporter.is_atom() || !lost.is_atom() || !is_news(report)) return;
  for (auto& [node, member] : members_)
    if (!reporter.is(node) && member.version >= tells_losses)
      send(self, gen::name_at(self.heap, atoms::global_name_server, node), report);
  bool us = lost.is(node_.identity().name);
  Atom out = us ? reporter.as_atom() : lost.as_atom();
  auto member = members_.find(out);
  if (member == members_.end() || member->second.version < tells_losses) return;
  Term request = make_tuple(self.heap, {Term::atom(atoms::remove_connection), node_term(node_)});
  send(self, gen::name_at(self.heap, atoms::global_name_server, out), request);
  members_.erase(member);
  host_.log(LogLevel::warning, "asked " + std::string{out.text()} +
                                   " to disconnect: another node lost it (overlapping partitions)");
}

// A report arrives once from its author, and again from every member that repeats it.
bool GlobalNameServer::is_news(Term report) {
  if (reports_.size() >= max_reports) reports_.clear();
  auto [at, fresh] = reports_.try_emplace({report.element(1).as_atom(), report.element(4).as_atom()});
  Term seen = at->second.term();
  bool old = !fresh && exactly_equal(seen.element(2), report.element(2)) &&
             compare(report.element(3), seen.element(3)) <= 0;
  if (!old) at->second = OwnedTerm::copy_of(report);
  return !old;
}

void GlobalNameServer::on_remove_connection(Term node) {
  if (!node.is_atom()) return;
  host_.log(LogLevel::warning,
            std::string{node.as_atom().text()} + " asks us to disconnect (overlapping partitions)");
  members_.erase(node.as_atom());
  cluster_.disconnect(node.as_atom());
}

void GlobalNameServer::on_cast(Process& self, Term request) {
  if (!request.is_tuple() || request.arity() < 3 || !request.element(0).is_atom()) return;
  Atom what = request.element(0).as_atom();
  auto node = [&](std::size_t index) { return request.element(index).as_atom(); };
  if (what == atoms::init_connect && request.arity() == 4 && request.element(2).is_atom()) {
    on_init_connect(self, request.element(1), node(2), request.element(3));
  } else if (what == atoms::lock_set && (request.arity() == 4 || request.arity() == 5)) {
    on_lock_set(self, request);
  } else if (what == atoms::exchange && request.arity() == 5 && request.element(1).is_atom()) {
    on_exchange(self, node(1), request.element(2), request.element(3));
  } else if (what == atoms::resolved && request.arity() == 7 && request.element(1).is_atom()) {
    on_resolved(self, node(1), request);
  } else if (what == atoms::new_nodes && request.arity() == 6) {
    apply(self, request.element(2), request.element(3));
    join(self, request.element(4));
  } else if (what == atoms::in_sync && request.element(1).is_atom()) {
    on_in_sync(node(1));
  }
}

void GlobalNameServer::on_init_connect(Process& self, Term versions, Atom node, Term locker) {
  auto found = members_.find(node);
  if (found == members_.end() || !versions.is_tuple(2) || !versions.element(0).is_small()) return;
  found->second.version = versions.element(0).as_small();
  found->second.their_tag = OwnedTerm::copy_of(versions.element(1));
  if (found->second.version < acknowledges) return;
  Term acknowledgement = make_tuple(self.heap, {Term::atom(atoms::init_connect_ack), node_term(node_),
                                                versions.element(1), Term::small(found->second.our_tag)});
  send(self, gen::name_at(self.heap, atoms::global_name_server, node), acknowledgement);
  if (locker.is_tuple(4) && locker.element(1).is(passive())) cast_names(self, node, found->second);
}

// {lock_set, Locker, true, Known[, Tag]}: their locker holds the lock on both sides. Answers the same, with
// this node's names. A tag of another connection means that the message is late.
void GlobalNameServer::on_lock_set(Process& self, Term lock_set) {
  Term locker = lock_set.element(1);
  if (!locker.is_pid() || !lock_set.element(2).is(atoms::true_)) return;
  Atom node = to_pid(node_.identity(), locker).node.name;
  auto found = members_.find(node);
  if (found == members_.end()) return;
  Member& member = found->second;
  if (lock_set.arity() == 5 && !exactly_equal(lock_set.element(4), Term::small(member.our_tag))) return;
  Heap& heap = self.heap;
  std::vector<Term> ours{Term::atom(atoms::lock_set), self.self(), Term::atom(atoms::true_),
                         known(heap, false, true)};
  if (member.version >= acknowledges) ours.push_back(member.their_tag.term());
  Term answer = make_tuple(heap, ours);
  if (member.version >= locks_by_server)
    cast(self, node, answer);
  else
    send(self, locker, answer);
  cast_names(self, node, member);
}

void GlobalNameServer::cast_names(Process& self, Atom node, const Member& member) {
  Heap& heap = self.heap;
  cast(self, node,
       make_tuple(heap, {Term::atom(atoms::exchange), node_term(node_), names_.rows(heap),
                         names_.externals(heap), member.their_tag.term()}));
}

// Takes new names. If both nodes have a name with different processes, the node with the lesser name decides.
// If that is this node, the prelude decides, which may have to ask a third node, and then sends `resolved`.
void GlobalNameServer::on_exchange(Process& self, Atom node, Term names, Term externals) {
  auto found = members_.find(node);
  if (found == members_.end()) return;
  Heap& heap = self.heap;
  bool ours_to_resolve = node_.identity().name.text() < node.text();
  std::vector<Term> conflicts;
  for (; names.is_cons(); names = names.tail()) {
    Term row = names.head();
    if (!row.is_tuple(3) || !row.element(1).is_pid()) continue;
    auto known = names_.row(row.element(0));
    if (!known)
      insert(self, row, externals);
    else if (ours_to_resolve && !exactly_equal(known->element(1), row.element(1)))
      conflicts.push_back(make_tuple(heap, {row, copy(*known, heap)}));
  }
  Term tag = found->second.their_tag.term();
  Term members = known(heap, found->second.version >= tells_losses, true);
  if (conflicts.empty()) {
    return cast(self, node,
                make_tuple(heap, {Term::atom(atoms::resolved), node_term(node_), Term::nil(), members,
                                  Term::atom(atoms::unused), names_.externals(heap), tag}));
  }
  SpawnOptions options;
  options.origin = node;
  Term arguments =
      make_list(heap, {Term::atom(node), make_list(heap, conflicts), members, names_.externals(heap), tag});
  spawner_.spawn(&self, Atom::of("global"), Atom::of("resolve"), arguments, options);
}

// {resolved, Node, Operations, Known, _, Externals, Tag}
void GlobalNameServer::on_resolved(Process& self, Atom node, Term request) {
  on_in_sync(node);
  apply(self, request.element(2), request.element(5));
  join(self, request.element(3));
}

void GlobalNameServer::on_in_sync(Atom node) {
  if (auto found = members_.find(node); found != members_.end()) found->second.synced = true;
}

// Connects to members that other members know, as OTP does. A message is enough for that.
void GlobalNameServer::join(Process& self, Term nodes) {
  for (; nodes.is_cons(); nodes = nodes.tail()) {
    Term row = nodes.head();  // {Node, Version}, or Node
    Term node = row.is_tuple(2) ? row.element(0) : row;
    if (!node.is_atom() || node == node_term(node_)) continue;
    cast(self, node.as_atom(),
         make_tuple(self.heap, {Term::atom(atoms::in_sync), node_term(node_), Term::atom(atoms::true_)}));
  }
}

void GlobalNameServer::cast(Process& self, Atom node, Term request) {
  send(self, gen::name_at(self.heap, atoms::global_name_server, node), gen::cast_message(self.heap, request));
}

Term GlobalNameServer::known(Heap& heap, bool with_version, bool only_synced) const {
  std::vector<Term> nodes;
  for (auto& [node, member] : members_) {
    if (only_synced && !member.synced) continue;
    Term name = Term::atom(node);
    nodes.push_back(with_version ? make_tuple(heap, {name, Term::small(member.version)}) : name);
  }
  return make_list(heap, nodes);
}

// --- names and locks

std::string GlobalNameServer::key(Term term) const { return to_text(term); }

void GlobalNameServer::apply(Process& self, Term operations, Term externals) {
  for (; operations.is_cons(); operations = operations.tail()) {
    Term operation = operations.head();
    if (gen::is_record(operation, atoms::insert, 2) && operation.element(1).is_tuple(3))
      insert(self, operation.element(1), externals);
    if (gen::is_record(operation, atoms::delete_, 2)) names_.erase(self, operation.element(1));
  }
}

// `externals`: {Name, Pid, Node} of rows whose processes are on nodes that are not members.
void GlobalNameServer::insert(Process& self, Term row, Term externals) {
  if (!row.element(1).is_pid()) return;
  std::optional<Atom> registered_by;
  for (; externals.is_cons(); externals = externals.tail()) {
    Term external = externals.head();
    if (external.is_tuple(3) && exactly_equal(external.element(0), row.element(0)) &&
        external.element(2).is_atom())
      registered_by = external.element(2).as_atom();
  }
  names_.insert(self, row, registered_by);
}

void GlobalNameServer::on_call(Process& self, const gen::Call& call) {
  Term reply = answer(self, call);
  send(self, gen::reply_target(call), gen::reply_message(self.heap, call, reply));
}

Term GlobalNameServer::answer(Process& self, const gen::Call& call) {
  Term request = call.request;
  Heap& heap = self.heap;
  if (request.is(atoms::get_known)) return known(heap, false, false);
  if (request.is(atoms::get_synced)) return known(heap, false, true);
  if (request.is(atoms::get_protocol_version)) return Term::small(protocol_version);
  if (request.is(atoms::get_names_ext)) return names_.externals(heap);
  if (gen::is_record(request, atoms::set_lock, 2)) return set_lock(self, request.element(1), call.from);
  if (gen::is_record(request, atoms::del_lock, 2)) return delete_lock(self, request.element(1), call.from);
  if (gen::is_record(request, atoms::register_, 4) || gen::is_record(request, atoms::register_ext, 5)) {
    if (!request.element(2).is_pid()) return Term::atom(atoms::no);
    bool external = request.arity() == 5 && request.element(4).is_atom();
    names_.insert(self, make_tuple(heap, {request.element(1), request.element(2), request.element(3)}),
                  external ? std::optional{request.element(4).as_atom()} : std::nullopt);
    return Term::atom(atoms::yes);
  }
  if (gen::is_record(request, atoms::unregister, 2)) names_.erase(self, request.element(1));
  if (gen::is_record(request, atoms::whereis, 2)) {
    auto pid = names_.pid(request.element(1));
    return pid ? copy(*pid, heap) : Term::atom(atoms::undefined);
  }
  static const Atom names_of = Atom::of("names_of"), apply_these = Atom::of("apply");
  if (request.is(Atom::of("registered_names"))) return names_.names(heap);
  if (gen::is_record(request, names_of, 2)) return names_.names_of(heap, request.element(1));
  if (gen::is_record(request, apply_these, 2) && table_.find(call.from))
    apply(self, request.element(1), Term::nil());
  return Term::atom(atoms::ok);
}

// {Resource, Requester}: any number of processes of one requester may hold it.
Term GlobalNameServer::set_lock(Process& self, Term lock, Term holder) {
  if (!lock.is_tuple(2)) return Term::atom(atoms::false_);
  auto [at, fresh] = locks_.try_emplace(key(lock.element(0)));
  if (fresh) at->second.requester = OwnedTerm::copy_of(lock.element(1));
  if (!exactly_equal(at->second.requester.term(), lock.element(1))) return Term::atom(atoms::false_);
  auto& holders = at->second.holders;
  bool holds_it = std::any_of(holders.begin(), holders.end(),
                              [&](auto& row) { return exactly_equal(row.term().element(0), holder); });
  if (holds_it) return Term::atom(atoms::true_);  // one deletion releases it, however often it was set
  auto reference = signals().monitor(self, holder, {});
  if (!reference) return Term::atom(atoms::false_);
  Term row = make_tuple(self.heap, {holder, make_reference(self.heap, node_.identity(), *reference)});
  holders.push_back(OwnedTerm::copy_of(row));
  return Term::atom(atoms::true_);
}

Term GlobalNameServer::delete_lock(Process& self, Term lock, Term holder) {
  if (lock.is_tuple(2)) {
    auto found = locks_.find(key(lock.element(0)));
    if (found != locks_.end() && exactly_equal(found->second.requester.term(), lock.element(1)))
      release(self, found->first, holder);
  }
  return Term::atom(atoms::true_);
}

void GlobalNameServer::release(Process& self, const std::string& resource, Term holder) {
  auto& holders = locks_.at(resource).holders;
  auto at = std::find_if(holders.begin(), holders.end(),
                         [&](auto& row) { return exactly_equal(row.term().element(0), holder); });
  if (at == holders.end()) return;
  signals().demonitor(self, to_reference(node_.identity(), at->term().element(1)), true);
  holders.erase(at);
  if (holders.empty()) locks_.erase(std::string{resource});
}

void GlobalNameServer::forget_holders(Term down_reference) {
  for (auto at = locks_.begin(); at != locks_.end();) {
    auto& holders = at->second.holders;
    std::erase_if(holders, [&](auto& row) { return exactly_equal(row.term().element(1), down_reference); });
    at = holders.empty() ? locks_.erase(at) : std::next(at);
  }
}

}  // namespace noderuntime
