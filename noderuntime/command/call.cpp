#include "noderuntime/command/call.h"

namespace noderuntime::command {

Result<Call> read_call(const Client& client, Atom node, const std::vector<std::string>& words) {
  if (words.size() == 1) {
    auto call = noderuntime::read_call(words[0], client.output().notation());
    if (!call) return call.error();
    return Call{node, call->module, call->function, Value::of(call->arguments.term())};
  }
  std::vector<Value> read;
  for (auto& word : words) {
    auto value = client.read(word);
    if (read.size() < 2 && !(value && value->term().is_atom())) {  // a name as it stands, such as +
      auto name = Atom::intern(word);
      if (!name) return name.error();
      value = client.build([&](Terms&) { return Term::atom(*name); });
    }
    if (!value) return Error{value.error().code, "'" + word + "': " + value.error().context};
    read.push_back(*value);
  }
  auto arguments = client.build([&](Terms& terms) {
    std::vector<Term> all;
    for (std::size_t i = 2; i < read.size(); ++i) all.push_back(read[i].term());
    return terms.list_of(all);
  });
  return Call{node, read[0].term().as_atom(), read[1].term().as_atom(), arguments};
}

namespace {

int call_there(Client& client, Atom node, const CallOptions& options) {
  auto what = read_call(client, node, options.words);
  if (!what) return client.fail(what.error());
  if (int failed = client.reach(node)) return failed;
  auto called = client.call(*what);
  if (!called.ok()) return client.fail(node, called);
  client.result(node, called.term.term());
  return success;
}

}  // namespace

int call(const CallOptions& options) { return with_node(options, call_there); }

}  // namespace noderuntime::command
