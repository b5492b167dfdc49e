// Peers for tests of whole verbs: epmd and two nodes of the library, in a process of their own; and a verb
// that runs in a process of its own, so that signals and time act on it as they do on the program.
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <regex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <noderuntime/gen_server.h>
#include <noderuntime/local_node.h>
#include "noderuntime/command/exit_status.h"
#include "noderuntime/library/states.h"
#include "test/unit/catch.h"
#include "test/unit/command/captured.h"
#include "test/unit/port_mapper.h"

namespace noderuntime::command::test {

using Words = std::vector<std::string>;

inline bool matches(const std::string& text, const std::string& pattern) {
  return std::regex_match(text, std::regex{pattern});
}

// Waits until `condition` holds, at most a minute. Returns whether it holds.
inline bool eventually(const std::function<bool()>& condition) {
  auto limit = std::chrono::steady_clock::now() + std::chrono::minutes{1};
  while (!condition()) {
    if (std::chrono::steady_clock::now() > limit) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds{2});
  }
  return true;
}

// A gen_server: the call {add, N} adds N to its count and returns it, a cast of a number sets the count.
class Counter final : public GenServer {
  void on_call(Self& self, Term from, Term request) override {
    std::int64_t more = 0;
    if (self.matches(request, "add"_atom, &more)) return reply(self, from, count_ += more);
    reply(self, from, self.tuple("unknown"_atom, request));
  }
  void on_cast(Self&, Term request) override { count_ = request.is_small() ? request.as_small() : 0; }
  std::int64_t count_ = 0;
};

// A process with epmd, and the nodes b@localhost and c@localhost with the cookie "secret". The process ends
// with this object.
class Neighbours {
 public:
  // `prepare` adds functions and processes to both nodes. It is called in the process of the nodes.
  explicit Neighbours(const std::function<void(LocalNode&)>& prepare = [](LocalNode&) {}) {
    int ports[2];
    REQUIRE(pipe(ports) == 0);
    process_ = fork();
    if (process_ == 0) serve(ports[1], prepare);
    std::uint16_t said[2]{};
    REQUIRE(read(ports[0], said, sizeof said) == sizeof said);
    close(ports[0]), close(ports[1]);
    epmd_port = said[0], port_of_b = said[1];
    setenv("ERL_EPMD_PORT", std::to_string(epmd_port).c_str(), 1);
  }
  ~Neighbours() {
    unsetenv("ERL_EPMD_PORT");
    end();
  }
  void end() {
    if (process_ == 0) return;
    kill(process_, SIGKILL);
    waitpid(std::exchange(process_, 0), nullptr, 0);
  }
  std::uint16_t epmd_port = 0, port_of_b = 0;

 private:
  [[noreturn]] static void serve(int ports, const std::function<void(LocalNode&)>& prepare) {
    EventLoop loop;
    EventLoop::log_level("error");
    noderuntime::test::PortMapper epmd{loop.state().loop};
    auto start = [&](const char* name) {
      NodeOptions options{.name = name, .cookie = "secret"};
      options.epmd_port = epmd.port().value();
      options.start_epmd = false;
      auto node = std::move(*LocalNode::create(loop, options));
      if (!node->wait_until_up()) _exit(1);
      node->expose("m", "sum", [](int x, int y) { return x + y; });
      node->expose("m", "fail", [](noderuntime::Call& call) { return call.error("why"_atom); });
      node->spawn(
          [](Self& self, Term message) {
            Term sender, what;
            if (self.matches(message, &sender, &what)) self.send(sender, what);
            if (message.is("stop"_atom)) self.exit("normal"_atom);
          },
          {.name = "echo"_atom});
      node->spawn(std::make_unique<Counter>(), {.name = "counter"_atom});
      prepare(*node);
      return node;
    };
    auto b = start("b@localhost"), c = start("c@localhost");
    std::uint16_t said[]{epmd.port().value(), b->port()};
    if (write(ports, said, sizeof said) != sizeof said) _exit(1);
    loop.run();
    _exit(0);
  }

  pid_t process_ = 0;
};

// Runs `noderuntime WORDS…` in this process, with the cookie of the neighbours.
inline Ran ask(Words words) {
  words.insert(words.end(), {"--setcookie", "secret", "--timeout", "60"});
  return type(std::move(words));
}

// `noderuntime WORDS…` in a process of its own, for verbs that run until a signal or another node ends them.
class Running {
 public:
  explicit Running(Words words) : output_{std::tmpfile()}, errors_{std::tmpfile()} {
    std::fflush(nullptr);  // or the child would write what waits in the buffers once more
    process_ = fork();
    if (process_ != 0) return;
    for (int signal : {SIGINT, SIGTERM}) std::signal(signal, SIG_DFL);  // not Catch2's handler
    dup2(fileno(output_), STDOUT_FILENO);
    dup2(fileno(errors_), STDERR_FILENO);
    words.insert(words.begin(), "noderuntime");
    std::vector<char*> pointers;
    for (auto& word : words) pointers.push_back(word.data());
    int status = run_command_line(static_cast<int>(pointers.size()), pointers.data());
    std::fflush(nullptr);
    _exit(status);
  }
  ~Running() {
    if (!ended_) kill(process_, SIGKILL), waitpid(process_, nullptr, 0);
    std::fclose(output_), std::fclose(errors_);
  }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

  std::string output() const { return text_of(output_); }
  std::string errors() const { return text_of(errors_); }
  // Waits for a text on standard output, or standard error.
  bool prints(const std::string& text) const {
    return eventually([&] { return output().find(text) != std::string::npos; });
  }
  bool complains(const std::string& text) const {
    return eventually([&] { return errors().find(text) != std::string::npos; });
  }
  void signal(int number) const { kill(process_, number); }
  // Waits for its end. Returns the exit status; -1 if a signal ended it, or nothing.
  int status() {
    int status = 0;
    ended_ = eventually([&] { return waitpid(process_, &status, WNOHANG) == process_; });
    return ended_ && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  int status_after(int number) {
    signal(number);
    return status();
  }

 private:
  static std::string text_of(std::FILE* file) {
    std::string all;
    char buffer[4096];
    for (ssize_t count;
         (count = pread(fileno(file), buffer, sizeof buffer, static_cast<off_t>(all.size()))) > 0;)
      all.append(buffer, static_cast<std::size_t>(count));
    return all;
  }

  std::FILE* output_;
  std::FILE* errors_;
  pid_t process_ = 0;
  bool ended_ = false;
};

// `noderuntime start` of a node with the neighbours' cookie and epmd.
inline Words start_of(const std::string& name, const Words& more = {}) {
  Words words{"start", "--sname", name, "--setcookie", "secret", "--no-start-epmd"};
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

}  // namespace noderuntime::command::test
