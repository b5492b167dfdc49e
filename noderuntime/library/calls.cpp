// The requests of a process to other nodes and to servers.
#include "noderuntime/library/process_body.h"
#include "noderuntime/node/node.h"
#include "noderuntime/services/gen.h"
#include "noderuntime/term/order.h"
#include "noderuntime/term/well_known_atoms.h"

namespace noderuntime {

namespace {

using End = ProcessBody::End;
using Outcomes = CallResult::Kind;

CallResult failed(Atom why) { return {Outcomes::failed, Term::atom(why), Term::nil()}; }

// The result of erpc:execute_call/4, taken from the exit reason of its process.
CallResult result_of(Terms& terms, const Reference& key, Term reason) {
  bool ours = (reason.is_tuple(3) || reason.is_tuple(4)) && same(reason.element(0), terms.of(key));
  if (!ours) {
    bool lost = reason.is(atoms::noconnection);
    return {lost ? Outcomes::failed : Outcomes::exit, reason, Term::nil()};
  }
  Term how = reason.element(1), what = reason.element(2);
  if (how.is(atoms::error))
    return {Outcomes::error, what, reason.is_tuple(4) ? reason.element(3) : Term::nil()};
  if (how.is(atoms::exit)) return {Outcomes::exit, what, Term::nil()};
  if (how.is(atoms::throw_)) return {Outcomes::throw_, what, Term::nil()};
  return {Outcomes::value, what, Term::nil()};
}

Atom node_of(const NodeIdentity& self, Term destination) {
  if (destination.is_pid()) return to_pid(self, destination).node.name;
  if (destination.is_tuple(2) && destination.element(1).is_atom()) return destination.element(1).as_atom();
  return self.name;
}

// Abandons the request: its process is no longer expected, and a 'DOWN' message that has come is removed.
void abandon(SignalRouter& signals, Process& process, const Reference& request) {
  process.relations().spawns.erase(request);
  signals.demonitor(process, request, true);
}

}  // namespace

// A node without a name is named by the first node that it connects to; a node with a name has an identity
// once it is up. Until then messages cannot be made. False: it has an identity already.
bool Self::connect_first(Atom there, std::function<void(Self&)> then, std::function<void(Self&)> failed) {
  auto& node = body_.node();
  if (node.has_identity() || there == node.node->self().name) return false;
  auto go_on = [&node, held = std::weak_ptr{node.alive}, pid = process_.self(), then, failed](bool good) {
    if (!held.expired()) ProcessBody::run_in(node, pid, good ? then : failed);
  };
  if (node.tell_when_up(go_on)) return true;
  if (node.has_name) return go_on(false), true;
  node.node->connect(there, [go_on](Outcome outcome) { go_on(outcome.ok()); });
  return true;
}

void Self::call(Atom node, Atom module, Atom function, Term arguments, Continuation done,
                Milliseconds limit) {
  auto later = [=, arguments = Value::of(arguments)](Self& self) {
    self.call(node, module, function, arguments.term(), done, limit);
  };
  auto never = [done](Self& self) { done(self, failed(atoms::noconnection)); };
  if (!body_.node().has_identity() && connect_first(node, later, never)) return;

  Reference key = body_.node().processes().this_node().make_reference();
  auto request = body_.signals().spawn_request(process_, node, atoms::erpc, atoms::execute_call,
                                               list(key, module, function, arguments),
                                               list(atoms::monitor, tuple(atoms::reply, atoms::error_only)));
  if (!request) return done(*this, failed(atoms::badarg));
  body_.expect(process_, *request, limit,
               [done = std::move(done), key, request = *request](Self& self, End how, Term what) {
                 if (how == End::down) return done(self, result_of(self, key, what));
                 if (how == End::timeout) abandon(self.body_.signals(), self.process_, request);
                 done(self, {Outcomes::failed, what, Term::nil()});
               });
}

void Self::cast(Atom node, Atom module, Atom function, Term arguments) {
  auto later = [=, arguments = Value::of(arguments)](Self& self) {
    self.cast(node, module, function, arguments.term());
  };
  if (!body_.node().has_identity() && connect_first(node, later, [](Self&) {})) return;
  body_.signals().spawn_request(process_, node, atoms::erpc, atoms::execute_cast,
                                list(module, function, arguments), list(tuple(atoms::reply, atoms::no)));
}

void Self::multicall(const std::vector<Atom>& nodes, Atom module, Atom function, Term arguments,
                     std::function<void(Self&, std::span<const NodeResult>)> done, Milliseconds limit) {
  struct Row {
    Outcomes kind;
    Value term, stack;
  };
  struct Gathering {
    std::vector<Atom> nodes;
    std::vector<Row> rows;
    std::size_t left;
    std::function<void(Self&, std::span<const NodeResult>)> done;
  };
  if (nodes.empty()) return done(*this, {});
  auto all = std::make_shared<Gathering>(
      Gathering{nodes, std::vector<Row>(nodes.size()), nodes.size(), std::move(done)});
  for (std::size_t i = 0; i < nodes.size(); ++i)
    call(
        nodes[i], module, function, arguments,
        [all, i](Self& self, const CallResult& result) {
          all->rows[i] = {result.kind, Value::of(result.term), Value::of(result.stack)};
          if (--all->left > 0) return;
          std::vector<NodeResult> results;
          for (std::size_t k = 0; k < all->nodes.size(); ++k)
            results.push_back(
                {all->nodes[k], {all->rows[k].kind, all->rows[k].term.term(), all->rows[k].stack.term()}});
          all->done(self, results);
        },
        limit);
}

// Source: net_adm:ping/1; a gen_server call of net_kernel.
void Self::ping(Atom node, std::function<void(Self&, bool)> done, Milliseconds limit) {
  auto later = [=](Self& self) { self.ping(node, done, limit); };
  auto never = [done](Self& self) { done(self, false); };
  if (!body_.node().has_identity() && connect_first(node, later, never)) return;
  gen_call(
      std::pair{atoms::net_kernel, node}, tuple(atoms::is_auth, node_identity().name),
      [done = std::move(done)](Self& self, const CallResult& result) {
        done(self, result.ok() && result.term.is(atoms::yes));
      },
      limit);
}

// Source: gen.erl of OTP 24 and later: the reference of the monitor is an alias, which
// ends with the first reply.
void Self::gen_call_term(Term server, Term request, Continuation done, Milliseconds limit) {
  auto later = [server = Value::of(server), request = Value::of(request), done, limit](Self& self) {
    self.gen_call_term(server.term(), request.term(), done, limit);
  };
  auto never = [done](Self& self) { done(self, failed(atoms::noconnection)); };
  if (!body_.node().has_identity() && connect_first(node_of(node_identity(), server), later, never)) return;

  auto reference = body_.signals().monitor(process_, server, {.alias = Relations::AliasEnd::reply_demonitor});
  if (!reference) return done(*this, failed(atoms::badarg));
  Term from = tuple(pid(), cons(Term::atom(atoms::alias), of(*reference)));
  body_.expect(process_, *reference, limit,
               [done = std::move(done), reference = *reference](Self& self, End how, Term what) {
                 if (how == End::reply) return done(self, {Outcomes::value, what, Term::nil()});
                 if (how == End::timeout) self.demonitor(reference);
                 done(self, {Outcomes::failed, what, Term::nil()});
               });
  send_term(server, tuple(atoms::gen_call, from, request), false);
}

void Self::spawn_on(Atom node, Atom module, Atom function, Term arguments, SpawnWish wish,
                    std::function<void(Self&, const SpawnResult&)> done) {
  auto refused = [done](Self& self, Term why) { done(self, {false, Term::nil(), why, Reference{}}); };
  auto later = [=, arguments = Value::of(arguments)](Self& self) {
    self.spawn_on(node, module, function, arguments.term(), wish, done);
  };
  auto never = [refused](Self& self) { refused(self, Term::atom(atoms::noconnection)); };
  if (!body_.node().has_identity() && connect_first(node, later, never)) return;

  std::vector<Term> options;
  if (wish.link) options.push_back(Term::atom(atoms::link));
  if (wish.monitor) options.push_back(Term::atom(atoms::monitor));
  auto request = body_.signals().spawn_request(process_, node, module, function, arguments, list_of(options));
  if (!request) return refused(*this, Term::atom(atoms::badarg));
  body_.expect(process_, *request, no_limit, [=, request = *request](Self& self, End how, Term what) {
    if (how == End::spawned) return done(self, {true, what, Term::nil(), request});
    refused(self, what);
  });
}

}  // namespace noderuntime
