// Commands that are started, and servers that are posted to, for each event.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include <noderuntime/result.h>
#include "common/net/loop.h"
#include "noderuntime/alerts/deliveries.h"

namespace noderuntime::command {

struct HookOptions {
  std::string command;                      // of the shell; empty: none
  std::string url;                          // empty: none
  std::string authorities;                  // see Webhook::create
  std::chrono::duration<double> limit{10};  // of a command and of a post
  std::size_t at_once = 4;                  // commands; posts as well
  std::size_t waiting = 1'000;              // events for the command; for the server as well
  unsigned attempts = 6;                    // to post an event
};

// Nothing here waits: commands run beside the loop, and read their event from a file. Loop thread only.
//
// A command has a session of its own. Above the limit it gets SIGTERM, and SIGKILL 2 s later, with what it has started;
// what is left of that when the command ends gets SIGKILL. What fails is one line on standard error.
class Hooks {
 public:
  // Errors: those of Webhook::create.
  static Result<std::unique_ptr<Hooks>> create(net::Loop& loop, const HookOptions& options);
  ~Hooks();  // ends the commands, and cancels the posts
  Hooks(const Hooks&) = delete;
  Hooks& operator=(const Hooks&) = delete;

  void tell(const alerts::Event& event);

 private:
  class Lane;
  class Commands;
  class Posts;
  Hooks() = default;
  std::vector<std::unique_ptr<Lane>> lanes_;
};

}  // namespace noderuntime::command
