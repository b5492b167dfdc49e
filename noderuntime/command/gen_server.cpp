#include "noderuntime/command/gen_server.h"

namespace noderuntime::command {

namespace {

int ask(Client& client, Atom node, const GenServerOptions& options) {
  auto name = Atom::intern(options.name);
  if (!name) return client.fail(name.error());
  auto request = client.read(options.request);
  if (!request) return client.fail(request.error());
  if (int failed = client.reach(node)) return failed;

  auto answer = std::make_shared<std::optional<Called>>();
  auto limit = std::chrono::ceil<Milliseconds>(client.options().timeout);
  client.node().act([&, answer](Self& self) {
    auto server = std::pair{*name, node};
    auto done = [answer](Self&, const CallResult& result) { *answer = Called::of(result); };
    if (options.what == "call") return self.gen_call(server, *request, done, limit);
    self.gen_cast(server, *request);
    self.ping(node, [done](Self& self, bool pong) {  // by then the node has read the cast
      done(self,
           {pong ? CallResult::Kind::value : CallResult::Kind::failed, Term::atom("noconnection"_atom), {}});
    });
  });
  client.wait([&] { return answer->has_value(); }, Seconds{-1});
  if (!*answer) return by_interrupt;
  if (!(*answer)->ok()) return client.fail(node, **answer);
  if (options.what == "call") client.result(node, (*answer)->term.term());
  return success;
}

}  // namespace

int gen_server(const GenServerOptions& options) { return with_node(options, ask); }

}  // namespace noderuntime::command
