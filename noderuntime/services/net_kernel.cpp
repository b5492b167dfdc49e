#include "noderuntime/services/net_kernel.h"

#include <algorithm>

#include "noderuntime/term/map.h"

namespace noderuntime {

void NetKernel::serve(Process& self, Term message) {
  bool comes = gen::is_record(message, atoms::nodeup, 3), goes = gen::is_record(message, atoms::nodedown, 3);
  if (comes || goes)
    return tell(self, message.element(0), message.element(1), message.element(2).is(atoms::visible));
  auto call = gen::as_call(message);
  if (!call) return;
  static const Atom monitor_nodes = Atom::of("monitor_nodes");
  Term answer = Term::atom(atoms::yes);
  if (gen::is_record(call->request, monitor_nodes, 3)) {
    bool good = subscribe(to_pid(node_.identity(), call->from), call->request.element(1).is(atoms::true_),
                          call->request.element(2));
    answer = Term::atom(good ? atoms::ok : atoms::badarg);
  } else if (!gen::is_record(call->request, atoms::is_auth, 2)) {
    return ask_prelude(self, *call);
  }
  send(self, gen::reply_target(*call), gen::reply_message(self.heap, *call, answer));
}

void NetKernel::ask_prelude(Process& self, const gen::Call& call) {
  SpawnOptions options;
  options.origin = to_pid(node_.identity(), call.from).node.name;
  Term arguments = make_list(self.heap, {gen::reply_target(call), call.tag, call.request});
  spawner_.spawn(&self, atoms::net_kernel, Atom::of("answer"), arguments, options);
}

// Source: net_kernel(3), monitor_nodes/2. Without options it is {nodeup, Node}.
bool NetKernel::subscribe(const Pid& pid, bool wanted, Term options) {
  static const Atom node_type = Atom::of("node_type"), all = Atom::of("all"),
                    reason = Atom::of("nodedown_reason"), id = Atom::of("connection_id");
  Subscription asked;
  asked.pid = pid;
  asked.pair = options.is_nil();
  asked.map = options.is_map();
  auto choose = [&](Term type) {
    asked.type = true;
    asked.visible = !type.is(atoms::hidden);
    asked.hidden = !type.is(atoms::visible);
    return type.is(atoms::visible) || type.is(atoms::hidden) || type.is(all);
  };
  if (asked.map) {
    auto type = map::get(options, Term::atom(node_type));
    if (type && !choose(*type)) return false;
  }
  for (; options.is_cons(); options = options.tail()) {
    Term option = options.head();
    bool known = option.is(reason) || option.is(id) ||
                 (gen::is_record(option, node_type, 2) && choose(option.element(1)));
    if (!known) return false;
  }
  std::erase_if(subscriptions_, [&](auto& row) { return !table_.find(row.pid); });
  if (wanted)
    subscriptions_.push_back(asked);
  else
    std::erase(subscriptions_, asked);
  return true;
}

void NetKernel::tell(Process& self, Term what, Term node, bool visible) {
  std::erase_if(subscriptions_, [&](auto& row) { return !table_.find(row.pid); });
  static const Atom node_type = Atom::of("node_type");
  auto& heap = self.heap;
  Term type = Term::atom(visible ? atoms::visible : atoms::hidden), key = Term::atom(node_type);
  for (auto& row : subscriptions_) {
    if (visible ? !row.visible : !row.hidden) continue;
    Term message = make_tuple(heap, {what, node});
    if (row.map) {
      message = make_tuple(heap, {what, node, map::put(heap, map::empty(heap), key, type)});
    } else if (!row.pair) {
      Term information = row.type ? make_list(heap, {make_tuple(heap, {key, type})}) : Term::nil();
      message = make_tuple(heap, {what, node, information});
    }
    send(self, make_pid(heap, node_.identity(), row.pid), message);
  }
}

}  // namespace noderuntime
