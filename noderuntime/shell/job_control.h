// The user switch command: which shells run as jobs, and what a line behind the prompt " --> " says of them.
// Source: what erl prints and does after ^G; "User Switch Command" of the module shell.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include <noderuntime/atom.h>

namespace noderuntime::shell {

// An engine without I/O: lines in; text to print and what is to be done, out. Jobs are numbered from 1, and no number
// is used again. The current job is the one that a bare command means, also after it has ended. Loop thread only.
class JobControl {
 public:
  static constexpr std::size_t most_jobs = 32;     // further ones are refused
  static constexpr std::size_t most_line = 4'096;  // bytes of a command; a longer one is illegal
  static constexpr std::string_view greeting = "User switch command\n", prompt = " --> ";

  struct Shell {
    Atom node;    // '': the node of the session
    Atom module;  // whose start/0 starts it
  };
  struct Stay {};  // read another command
  struct Quit {};  // end the session
  struct Connect {
    unsigned job;
  };
  struct Interrupt {
    unsigned job;
  };
  struct Kill {  // the job is forgotten already
    unsigned job;
  };
  struct Start {  // the new job is the current one
    unsigned job;
    Shell shell;
  };
  using Act = std::variant<Stay, Quit, Connect, Interrupt, Kill, Start>;
  struct Answer {
    std::string text;  // UTF-8, lines
    Act act;
  };

  // `usual`: the module of shells that a command does not name; `here`: the node of `r` alone.
  JobControl(Atom usual, Atom here) : usual_{usual}, here_{here} {}

  // The number of the new job, which is the current one now; nullopt: there are too many.
  std::optional<unsigned> add(Shell shell);
  void remove(unsigned job) { jobs_.erase(job); }
  std::size_t size() const { return jobs_.size(); }

  Answer on_line(std::string_view line);

 private:
  struct Token;
  struct Tokens;
  Answer start(Shell shell);
  std::string list() const;

  Atom usual_, here_;
  std::map<unsigned, Shell> jobs_;
  unsigned last_ = 0, current_ = 0;
};

}  // namespace noderuntime::shell
