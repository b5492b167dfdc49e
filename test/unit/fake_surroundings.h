// Surroundings of processes for tests: outgoing signals are recorded, and the time changes only when the test
// changes it.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "noderuntime/functions/cluster.h"
#include "noderuntime/functions/system.h"
#include "noderuntime/process/processes.h"
#include "noderuntime/process/signal_copy.h"
#include "noderuntime/term/pace.h"

namespace noderuntime::test {

class FakeSurroundings : public Host, public System, public Cluster {
 public:
  struct Sent {
    Atom node;
    Signal signal;
  };
  std::vector<Sent> sent;
  std::int64_t now_milliseconds = 1'000;
  bool busy = false;
  bool sender_may_pause = false;  // at the last signal
  bool is_connected = false;      // to all nodes except those in `away`
  std::unordered_set<Atom> away;
  std::string printed;  // the output on the console
  bool console_full = false, console_closed = false, console_out_of_memory = false;
  std::vector<Atom> nodes;                       // the visible nodes, which count while is_connected
  std::unordered_map<Atom, Creation> creations;  // the creations of nodes that have another one than 1
  std::vector<HeldForPeer> held;                 // what connections hold
  std::vector<Atom> ended;                       // the connections that were to end
  std::vector<std::string> logged;
  std::vector<LogLevel> levels;  // the levels of the lines in `logged`
  std::map<std::string, Buffer> files;
  std::function<std::unique_ptr<Body>(Process&, const Process*, Atom, Atom, Term)> starter;

  bool send(Atom node, const SignalBody& signal) override {
    sender_may_pause = pace.can_pause();
    sent.push_back({node, copy_signal(signal)});
    return busy;
  }
  std::int64_t monotonic_nanoseconds() override { return now_milliseconds * 1'000'000; }
  std::int64_t system_nanoseconds() override { return (1'700'000'000'000 + now_milliseconds) * 1'000'000; }
  std::uint64_t random() override { return random_ += 0x9E3779B97F4A7C15u; }
  std::vector<Atom> connected_nodes(NodeKind kind) override {
    std::vector<Atom> found;
    for (Atom node : nodes)
      if (kind == NodeKind::visible && connected(node)) found.push_back(node);
    return found;
  }
  std::optional<Creation> creation_of(Atom node) override {
    auto own = creations.find(node);
    if (own != creations.end() && connected(node)) return own->second;
    return Cluster::creation_of(node);
  }
  bool connected(Atom node) override { return is_connected && !away.contains(node); }
  void disconnect(Atom) override {}
  Result<Buffer> read_file(const std::string& path) override {
    auto found = files.find(path);
    if (found == files.end()) return Error{Errc::not_found, path};
    return found->second;
  }
  std::vector<HeldForPeer> held_for_peers() override { return held; }
  void end_connection(Atom node, std::string) override { ended.push_back(node); }
  bool print(std::string_view text) override {
    if (console_out_of_memory) throw std::bad_alloc{};
    printed += text;
    return !console_closed;
  }
  bool console_is_full() override { return console_full; }
  void log(LogLevel level, std::string_view text) override {
    logged.emplace_back(text);
    levels.push_back(level);
  }
  std::unique_ptr<Body> start_function(Process& process, const Process* spawner, Atom module, Atom function,
                                       Term arguments) override {
    return starter(process, spawner, module, function, arguments);
  }

 private:
  std::uint64_t random_ = 1;
};

}  // namespace noderuntime::test
