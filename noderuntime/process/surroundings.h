// What processes and the machine need from the world. The node implements it; tests fake it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "noderuntime/bytes.h"
#include "noderuntime/process/signal.h"
#include "noderuntime/result.h"

namespace noderuntime {

class Body;
class Process;

enum class LogLevel { debug, info, warning, error };

// All calls on the loop thread. Nothing here calls back into processes before it returns.
class Surroundings {
 public:
  virtual ~Surroundings() = default;

  // Gives a signal to the connection to `node`, connecting first when there is none. Order between two processes
  // is kept. When the node cannot be reached, links, monitors and spawn requests are answered with noconnection
  // by a later Processes::deliver(); other signals are lost.
  virtual void send(Atom node, Signal signal) = 0;

  virtual std::int64_t monotonic_nanoseconds() = 0;
  virtual std::int64_t system_nanoseconds() = 0;  // since 1970
  virtual std::uint64_t random() = 0;

  enum class NodeKind { visible, hidden };
  virtual std::vector<Atom> connected_nodes(NodeKind kind) = 0;

  virtual Result<Buffer> read_file(const std::string& path) = 0;
  virtual void log(LogLevel level, std::string_view text) = 0;

  // The outcome of making a body for `module:function(arguments)`; `arguments` is a proper list on the process's heap.
  virtual std::unique_ptr<Body> start_function(Process& process, Atom module, Atom function, Term arguments) = 0;
};

}  // namespace noderuntime
