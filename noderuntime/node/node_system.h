// The operating system and the node's console, for native functions and services.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "common/net/loop.h"
#include "noderuntime/functions/system.h"

namespace noderuntime::net {
class Output;
}

namespace noderuntime {

// Owned by the Node. Loop thread only.
class NodeSystem final : public System {
 public:
  // `halt` is called by halt(), from inside a process.
  NodeSystem(net::Loop& loop, std::function<void(int)> halt);
  ~NodeSystem() override;

  // Opens the console, which is the program's standard output. `drained` is called when it has been full and is not
  // any more. Without a console, what is printed is lost.
  void open_console(std::function<void()> drained);
  void close_console();

  std::int64_t processor_nanoseconds() override;
  SchedulerTime scheduler_time() override;
  Step longest_step() override;
  Step take_longest_step() override;
  std::tm local_time(std::int64_t seconds) override;
  std::int64_t seconds_of_local(std::tm parts) override;
  std::map<std::string, std::string> environment() override;
  std::int64_t process_id() override;
  std::string system_release() override;
  Result<Buffer> read_file(const std::string& path) override;
  bool print(std::string_view text) override;
  bool console_is_full() override;
  void halt(int status) override { halt_(status); }

 private:
  net::Loop& loop_;
  std::function<void(int)> halt_;
  std::unique_ptr<net::Output> console_;
};

}  // namespace noderuntime
