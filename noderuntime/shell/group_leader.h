// The server side of Erlang's I/O protocol, for one terminal or a pair of pipes.
// Source: "The Erlang I/O Protocol" in stdlib's User's Guide; answers and their order as OTP's group.erl.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include <noderuntime/terms.h>
#include "noderuntime/shell/characters.h"
#include "noderuntime/term/heap.h"

namespace noderuntime::shell {

// Call module:function(arguments) on the node of the process `on`, and pass the result to on_answer().
struct Question {
  std::uint64_t id;
  Value on;  // a pid
  Atom module, function;
  Value arguments;  // a list
};
struct Reply {  // send {io_reply, As, Answer} to the process
  Value to, as, answer;
};
struct Print {
  std::string text;  // UTF-8; control characters included
};
struct Read {  // read one line, and pass it to on_line()
  std::string prompt;
  bool echo;      // false: a password, or a read with the option {echo, false}
  bool remember;  // whether the line belongs to the history
};
struct StopReading {};   // the line is not wanted any more, or another one first
struct EndOfSession {};  // the input is at its end, and the shell itself asks for more
using LeaderEvent = std::variant<Question, Reply, Print, Read, StopReading, EndOfSession>;

// An engine without I/O. Its owner passes requests, lines and answers in, and takes events out with next() until
// there are none. Loop thread only.
//
// Output requests are served in the order in which they came, also while a line is read. A put_chars that has to be
// computed is computed, and the continuation of a read, are questions to the process's node; requests behind them wait. So do all
// while the terminal has no room.
//
//     process                    GroupLeader                       owner
//     {io_request, get_until} ─►             ─► Read            ─► prompt, line editor
//                                            ◄─ on_line()       ◄─
//                                            ─► Question M:F    ─► erpc to the process's node
//                                            ◄─ on_answer()     ◄─ {more, Continuation}: Read again; {done, …}:
//     {io_reply, …}           ◄─  Reply
class GroupLeader {
 public:
  static constexpr std::size_t bytes_waiting = std::size_t{16}
                                               << 20;               // of requests; more: {error, terminated}
  static constexpr std::size_t most_input = std::size_t{64} << 20;  // bytes that one read may gather
  static constexpr std::size_t most_reads = 1'000;                  // reads that wait for another one

  struct Options {
    bool terminal = false;  // false: pipes; the end of input then ends reads
  };
  explicit GroupLeader(const Options& options) : options_{options} {}

  // An {io_request, From, ReplyAs, Request}; other messages are dropped.
  void on_message(Term message);
  // A line with its end, which only the last one before the end of input may lack. Valid UTF-8.
  void on_line(std::string_view line);
  void on_end_of_input();
  // nullopt: the call failed, or took too long.
  void on_answer(std::uint64_t id, std::optional<Term> result);
  // Abandons the read, if it is not that of a new expression: {error, interrupted}. False: it is.
  bool interrupt();
  void set_room(bool room);  // whether the terminal takes more output
  void set_size(unsigned columns, unsigned rows) { columns_ = columns, rows_ = rows; }  // 0: unknown

  std::optional<LeaderEvent> next();

  bool reading() const { return input_ && input_->reading; }
  bool has_read() const { return has_read_; }  // whether something was read, or asked for
  const std::optional<Value>& expand_fun() const { return expand_fun_; }

 private:
  // A request, or the rest of {requests, […]}.
  struct Job {
    OwnedTerm message;
    Term request, rest;  // in the message
    std::size_t bytes;
    Term to() const { return message.term().element(1); }
    Term as() const { return message.term().element(2); }
  };
  enum class Kind { line, characters, until, password };
  struct Input {
    Job job;
    Kind kind;
    Encoding encoding;
    std::uint64_t count = 0;                            // of characters
    Atom module{}, function{};                          // of until
    Term arguments = Term::nil(), asked = Term::nil();  // asked: the prompt as it came
    std::optional<std::string> prompt;
    std::optional<Value> continuation;
    std::uint64_t question = 0;  // that is open; 0: none
    bool reading = false;        // an event Read is out
  };
  struct Computing {  // a put_chars
    Job job;
    std::uint64_t question;
    Encoding encoding;
    Term function;
  };

  void advance();
  void perform(Job job);
  void perform_tuple(Job job, Term request);
  void put(Job job, Encoding encoding, Term characters);
  void compute(Job job, Encoding encoding, Term module, Term function, Term arguments);
  void read(Job job, Kind kind, Encoding encoding, Term prompt, Term what, Term function, Term arguments);
  Value set_options(Term list);
  Value options() const;
  Value geometry(Term what) const;

  void find_prompt();
  bool serve();  // one step of the current read; false: it waits
  bool serve_end();
  void ask_until(const std::optional<std::string>& line);
  void on_until(Term result);
  void finish_with_text(std::string text);
  void finish(Value answer);
  void fail_input(Term why);
  std::string take_line();

  void done(Job job, Value answer);
  std::uint64_t ask(Term on, Atom module, Atom function, Value arguments);

  Options options_;
  std::deque<LeaderEvent> events_;
  std::deque<Job> jobs_;
  std::size_t waiting_bytes_ = 0;
  bool room_ = true;
  std::optional<Computing> computing_;
  std::optional<Input> input_;
  std::deque<Input> paused_;
  std::string buffer_;  // input that no read has consumed
  bool at_end_ = false, ended_ = false;
  bool has_read_ = false;
  Kind first_kind_ = Kind::until;  // of the first read, which is the shell's
  std::uint64_t last_question_ = 0;
  unsigned columns_ = 0, rows_ = 0;
  bool binary_ = false, echo_ = true, remembers_ = true, latin1_ = false;
  std::optional<Value> expand_fun_;
};

}  // namespace noderuntime::shell
