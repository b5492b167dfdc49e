// A shell on a node, and the terminal at which its user sits.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <noderuntime/local_node.h>
#include "noderuntime/command/history_file.h"
#include "noderuntime/command/terminal.h"
#include "noderuntime/shell/expansion.h"
#include "noderuntime/shell/group_leader.h"
#include "noderuntime/shell/line_editor.h"

namespace noderuntime::command {

// How a shell of a language is started. Source: group.erl calls such a function; it gives the pid of the shell.
struct ShellLanguage {
  std::string_view name;
  std::string_view module, function;
};
inline constexpr ShellLanguage erlang_shell{"Erlang", "shell", "start"};
inline constexpr ShellLanguage lfe_shell{"LFE", "lfe_shell", "start"};
inline constexpr ShellLanguage elixir_shell{"Elixir", "Elixir.IEx", "start"};

// A process of `host` is the group leader of a shell on `node`, which may be `host` itself. Owned by the verb; begins
// with its construction, and is to be destroyed before `host`. Runs on the loop thread.
class ShellSession {
 public:
  struct Options {
    Atom node;
    ShellLanguage language;
    std::optional<std::string> text;  // what the shell reads in place of standard input
    std::string history_file;
    std::size_t history_lines;
    Milliseconds limit;  // for each question to the node
    Atom code_from{};    // ProcessOptions::code_from
  };
  // The time for an answer to Tab, and for a shell to end that was told to.
  static constexpr Milliseconds completion_limit{5'000}, end_limit{1'000};

  ShellSession(LocalNode& host, Options options);
  ~ShellSession();
  ShellSession(const ShellSession&) = delete;
  ShellSession& operator=(const ShellSession&) = delete;

  bool over() const { return over_; }
  int status() const { return status_; }  // once it is over: an ExitStatus
  void leave(int status);                 // ends the shell, but not its node

 private:
  class Leader;

  void run(std::function<void(Self&)> task);  // in the process
  void start(Self& self);
  void on_started(Self& self, const CallResult& result);
  void on_message(Self& self, Term message);
  void on_shell_end(Term reason);
  void on_leader_end();
  void pump(Self& self);
  void act(Self& self, shell::Question question);
  void act(Self& self, shell::Reply reply);
  void act(Self& self, shell::Print print);
  void act(Self& self, shell::Read read);
  void act(Self& self, shell::StopReading);
  void act(Self& self, shell::EndOfSession);
  void on_input(Self& self, std::string_view bytes);
  void offer_lines();
  void on_end_of_input(Self& self);
  void act(Self& self, shell::TypedLine line);
  void act(Self& self, shell::EndTyped);
  void act(Self& self, shell::InterruptTyped);
  void act(Self& self, shell::QuitTyped);
  void act(Self& self, shell::CompletionTyped typed);
  void complete(Self& self);
  void end(Self& self, int status);
  void finish(int status);
  void take_size();
  void flush();
  void explain_failure(const CallResult& result);

  LocalNode& host_;
  Options options_;
  Pid process_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  shell::History history_;
  HistoryFile file_;
  shell::LineEditor editor_;
  Terminal terminal_;
  shell::GroupLeader leader_;
  std::optional<Value> shell_;  // its pid
  std::optional<shell::Expansion> expansion_;
  std::uint64_t expansions_ = 0;
  std::string unread_;        // input that is no terminal's, and was not asked for
  std::size_t searched_ = 0;  // bytes of unread_ without the end of a line
  unsigned interrupts_ = 0;   // since something was read
  bool at_end_ = false, leaving_ = false, over_ = false;
  int status_ = 0;
};

}  // namespace noderuntime::command
