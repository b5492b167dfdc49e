// The operating system and the node's console, for native functions and services.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/net/loop.h"
#include "noderuntime/functions/file_system.h"
#include "noderuntime/functions/system.h"
#include "noderuntime/node/node_background.h"

namespace noderuntime::net {
class Output;
}

namespace noderuntime {

// Owned by the Node. Loop thread only.
class NodeSystem final : public System {
 public:
  // `halt` and `stop` are called by the functions of these names, from inside a process.
  // `files`: null if code may use none. `woken`: a process can go on.
  NodeSystem(net::Loop& loop, Processes& processes, std::shared_ptr<FileSystem> files, std::size_t operations,
             std::function<void()> woken, std::function<void(int)> halt, std::function<void(int)> stop);
  ~NodeSystem() override;

  // Opens the console, which is the program's standard output. `drained` is called when it has been full and is not
  // any more. Without a console, what is printed is lost.
  void open_console(std::function<void()> drained);
  void close_console();
  void stop_background();  // no process is woken any more when its work in the background has ended

  std::int64_t processor_nanoseconds() override;
  SchedulerTime scheduler_time() override;
  Step longest_step() override;
  Step take_longest_step() override;
  Work longest_work() override;
  Work take_longest_work() override;
  std::tm local_time(std::int64_t seconds) override;
  std::int64_t seconds_of_local(std::tm parts) override;
  std::map<std::string, std::string> environment() override;
  std::int64_t process_id() override;
  std::string system_release() override;
  Result<Buffer> read_file(const std::string& path) override;
  FileSystem* files() override { return files_.get(); }
  CryptoLibrary* crypto() override;
  std::shared_ptr<Background> background() override { return background_; }
  bool print(std::string_view text) override;
  bool console_is_full() override;
  std::vector<LogLine> log_lines(std::uint64_t after) override;
  void halt(int status) override { halt_(status); }
  void stop(int status) override { stop_(status); }

 private:
  net::Loop& loop_;
  std::function<void(int)> halt_, stop_;
  std::unique_ptr<net::Output> console_;
  std::shared_ptr<FileSystem> files_;
  std::shared_ptr<NodeBackground> background_;
};

}  // namespace noderuntime
