// Shells on nodes, and the terminal at which their user sits.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <noderuntime/local_node.h>
#include "noderuntime/command/history_file.h"
#include "noderuntime/command/terminal.h"
#include "noderuntime/shell/expansion.h"
#include "noderuntime/shell/group_leader.h"
#include "noderuntime/shell/job_control.h"
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

// Processes of `host` are the group leaders of the jobs: shells on `node`, which may be `host` itself, and on others. The
// user talks to one of them. What the others print is lost, as with erl, and what they read waits. While the user
// types a switch command (^G), the output of the current one waits. Owned by the verb; begins with its construction,
// and is to be destroyed before `host`. Runs on the loop thread.
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

  // A shell, and the process that is its group leader.
  struct Job {
    unsigned number;
    Atom node;
    Atom module, function;
    shell::GroupLeader leader;
    Pid process{};
    std::optional<Value> shell{};        // its pid
    std::optional<shell::Read> read{};   // that is not answered yet
    std::string line{};                  // what is typed of it, while another job is the current one
    unsigned interrupts = 0;             // since something was read
    std::optional<std::string> ended{};  // what is still to be told of its end
  };

  void run(std::function<void(Self&)> task);  // in a process of the session
  void run_in(Pid process, std::function<void(Self&)> task);
  Job& start_job(unsigned number, Atom node, Atom module, Atom function);
  Job* find(unsigned number);
  void drop(Job& job);  // ends its process
  void start(Self& self, Job& job);
  void on_started(Self& self, Job& job, const CallResult& result);
  void on_message(Self& self, unsigned job, Term message);
  void on_shell_end(Job& job, Term reason);
  void on_leader_end(unsigned job);
  bool only(const Job& job) const;  // the session ends with it
  void on_end_beside_others(Job& job, bool by_error);
  void tell_end(Job& job);
  void pump(Self& self);
  void act(Self& self, Job& job, shell::Question question);
  void act(Self& self, Job& job, shell::Reply reply);
  void act(Self& self, Job& job, shell::Print print);
  void act(Self& self, Job& job, shell::Read read);
  void act(Self& self, Job& job, shell::StopReading);
  void act(Self& self, Job& job, shell::EndOfSession);
  void on_input(Self& self, std::string_view bytes);
  void offer_lines();
  void on_end_of_input(Self& self);
  void act(Self& self, shell::TypedLine line);
  void act(Self& self, shell::EndTyped);
  void act(Self& self, shell::InterruptTyped);
  void act(Self& self, shell::QuitTyped);
  void act(Self& self, shell::SwitchTyped typed);
  void act(Self& self, shell::CompletionTyped typed);
  void act(Self& self, const shell::JobControl::Stay&);
  void act(Self& self, const shell::JobControl::Quit&);
  void act(Self& self, const shell::JobControl::Connect& command);
  void act(Self& self, const shell::JobControl::Interrupt& command);
  void act(Self& self, const shell::JobControl::Kill& command);
  void act(Self& self, const shell::JobControl::Start& command);
  Atom full_name(Atom node) const;
  void ask_for_command();
  void connect(Job& job);
  void begin_read(Job& job);
  void interrupt(Self& self, Job& job);
  void kill(Job& job);
  void set_current(Job* job);
  void complete(Self& self);
  void end(Self& self, int status);
  void finish(int status);
  void take_size();
  void flush();
  void explain_failure(Job& job, const CallResult& result);

  LocalNode& host_;
  Options options_;
  Pid process_;  // which belongs to no job
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  shell::History history_;
  HistoryFile file_;
  shell::LineEditor editor_;
  Terminal terminal_;
  shell::JobControl control_;
  std::map<unsigned, std::unique_ptr<Job>> jobs_;
  std::vector<std::unique_ptr<Job>> dropped_;  // whose code may still run
  Job* current_ = nullptr;                     // null: the last one has ended
  bool switching_ = false;                     // a switch command is read
  std::optional<shell::Expansion> expansion_;
  std::uint64_t expansions_ = 0;
  std::string unread_;        // input that is no terminal's, and was not asked for
  std::size_t searched_ = 0;  // bytes of unread_ without the end of a line
  bool at_end_ = false, leaving_ = false, over_ = false;
  int status_ = 0;
};

}  // namespace noderuntime::command
