#include "noderuntime/command/shell_session.h"

#include <unistd.h>

#include <utility>

#include "noderuntime/command/exit_status.h"
#include "noderuntime/command/output.h"
#include "noderuntime/library/process_body.h"

namespace noderuntime::command {

// The process that is the shell's group leader.
class ShellSession::Leader final : public NativeProcess {
 public:
  explicit Leader(ShellSession& session) : session_{session}, alive_{session.alive_} {}
  ~Leader() override {
    if (!alive_.expired()) session_.on_leader_end();
  }

 private:
  void on_start(Self& self) override {
    if (!alive_.expired()) session_.start(self);
  }
  void on_message(Self& self, Term message) override {
    if (!alive_.expired()) session_.on_message(self, message);
  }

  ShellSession& session_;
  std::weak_ptr<bool> alive_;
};

ShellSession::ShellSession(LocalNode& host, Options options)
    : host_{host},
      options_{std::move(options)},
      history_{options_.history_lines},
      file_{options_.history_file},
      editor_{columns_of_character, history_},
      terminal_{host.loop().state().loop,
                !options_.text,
                {.input =
                     [this](std::string_view bytes) {
                       run([this, bytes = std::string{bytes}](Self& self) { on_input(self, bytes); });
                     },
                 .end = [this] { run([this](Self& self) { on_end_of_input(self); }); },
                 .room =
                     [this] {
                       run([this](Self& self) {
                         leader_.set_room(true);
                         pump(self);
                       });
                     },
                 .resized =
                     [this] {
                       take_size();
                       flush();
                     }}},
      leader_{{.terminal = terminal_.interactive()}} {
  if (terminal_.interactive())
    if (auto loaded = file_.load(history_); !loaded) complain(loaded.error().message());
  take_size();
  if (options_.text) unread_ = *options_.text, at_end_ = true;
  process_ = host_.spawn(std::make_unique<Leader>(*this), {.code_from = options_.code_from});
}

ShellSession::~ShellSession() { alive_.reset(); }

void ShellSession::run(std::function<void(Self&)> task) {
  auto guarded = [task = std::move(task), held = std::weak_ptr{alive_}](Self& self) {
    if (!held.expired()) task(self);
  };
  NodeIdentity self = host_.identity();
  Heap heap;
  Terms terms{heap, self};
  ProcessBody::run_in(host_.state(), terms.pid(process_), std::move(guarded));
}

// --- the shell

// The shell inherits the group leader of the process that asks for it. Later questions must not: what they print would
// come here while the group leader waits for them.
void ShellSession::start(Self& self) {
  self.trap_exit(true);
  auto own = self.as<Pid>(self.pid());
  auto user = self.whereis("user"_atom);
  if (own) self.set_group_leader(*own);
  auto started = [this, held = std::weak_ptr{alive_}](Self& self, const CallResult& result) {
    if (!held.expired()) on_started(self, result);
  };
  self.call(options_.node, Atom::of(options_.language.module), Atom::of(options_.language.function),
            Term::nil(), started, options_.limit);
  if (user) self.set_group_leader(*user);
}

void ShellSession::on_started(Self& self, const CallResult& result) {
  if (over_) return;
  if (!result.ok() || !result.term.is_pid()) return explain_failure(result);
  shell_ = Value::of(result.term);
  if (!self.link(result.term)) return on_shell_end(Term::atom("noproc"_atom));
  if (!terminal_.interactive()) return;
  editor_.print("Shell on " + std::string{options_.node.text()} + ": ^D leaves it, ^C interrupts it.\n");
  flush();
}

void ShellSession::explain_failure(const CallResult& result) {
  editor_.leave();
  flush();
  std::string node{options_.node.text()};
  if (result.kind == CallResult::Kind::failed) {
    bool late = result.term.is("timeout"_atom);
    complain(node + (late ? ": no shell was started in time" : ": the connection is lost"));
    return finish(late ? temporary : unreachable);
  }
  if (result.kind == CallResult::Kind::error && result.term.is("undef"_atom))
    complain(node + " has no shell of " + std::string{options_.language.name} + ": it finds no module " +
             std::string{options_.language.module} +
             ". A node of noderuntime takes it from --code-path, or from a node that --borrow-from names");
  else
    complain(node + ": no shell was started: " + print(result.term));
  finish(remote_failure);
}

void ShellSession::on_message(Self& self, Term message) {
  Term who, reason;
  if (self.matches(message, "EXIT"_atom, &who, &reason)) {
    if (shell_ && same(who, shell_->term())) on_shell_end(reason);
    return;
  }
  leader_.on_message(message);
  pump(self);
}

void ShellSession::on_shell_end(Term reason) {
  if (over_ || leaving_) return finish(status_);
  editor_.leave();
  flush();
  std::string node{options_.node.text()};
  if (reason.is("normal"_atom)) return finish(success);
  if (reason.is("noconnection"_atom)) {
    complain(node + ": the connection is lost");
    return finish(unreachable);
  }
  complain(node + ": the shell has ended: " + print(reason));
  finish(remote_failure);
}

// It was killed, by what was typed or for its memory.
void ShellSession::on_leader_end() {
  if (over_) return;
  editor_.leave();
  flush();
  complain("the process of the terminal has ended, and with it the shell on " +
           std::string{options_.node.text()});
  finish(remote_failure);
}

void ShellSession::leave(int status) {
  run([this, status](Self& self) { end(self, status); });
}

void ShellSession::end(Self& self, int status) {
  if (over_ || std::exchange(leaving_, true)) return;
  status_ = status;
  editor_.leave();
  flush();
  if (!shell_) return finish(status);
  self.exit(shell_->term(), "kill"_atom);
  host_.loop().after(end_limit, [this, held = std::weak_ptr{alive_}] {
    if (!held.expired()) finish(status_);
  });
}

void ShellSession::finish(int status) {
  if (std::exchange(over_, true)) return;
  status_ = status;
}

// --- the I/O protocol

void ShellSession::pump(Self& self) {
  while (!over_) {
    if (auto event = leader_.next())
      std::visit([&](auto& one) { act(self, std::move(one)); }, *event);
    else if (auto typed = editor_.next())
      std::visit([&](auto& one) { act(self, std::move(one)); }, *typed);
    else
      break;
    flush();
  }
  flush();
}

void ShellSession::act(Self& self, shell::Question question) {
  auto pid = self.as<Pid>(question.on.term());
  auto answered = [this, id = question.id, held = std::weak_ptr{alive_}](Self& self,
                                                                         const CallResult& result) {
    if (held.expired()) return;
    leader_.on_answer(id, result.ok() ? std::optional{result.term} : std::nullopt);
    pump(self);
  };
  Atom node = pid ? pid->node.name : options_.node;
  self.call(node, question.module, question.function, question.arguments.term(), answered, options_.limit);
}

void ShellSession::act(Self& self, shell::Reply reply) {
  self.send(reply.to, self.tuple("io_reply"_atom, reply.as, reply.answer));
}

// Without a terminal, what the shell says before it reads for the first time is no answer to anything.
void ShellSession::act(Self&, shell::Print print) {
  if (terminal_.interactive()) {
    editor_.print(print.text);
    flush();
  } else if (leader_.has_read()) {
    terminal_.write(std::move(print.text));
  } else {
    (void)!::write(STDERR_FILENO, print.text.data(), print.text.size());
  }
  if (terminal_.full()) leader_.set_room(false);
}

void ShellSession::act(Self&, shell::Read read) {
  interrupts_ = 0;
  if (terminal_.interactive()) return editor_.begin(read.prompt, read.echo, read.remember);
  offer_lines();
}

void ShellSession::act(Self&, shell::StopReading) { editor_.stop(); }

void ShellSession::act(Self& self, shell::EndOfSession) { end(self, success); }

// --- the terminal

void ShellSession::take_size() {
  auto size = terminal_.size();
  leader_.set_size(size.columns, size.rows);
  editor_.resize(size.columns);
}

void ShellSession::flush() {
  terminal_.write(editor_.take_output());
  if (terminal_.reader_is_gone()) finish(success);
}

void ShellSession::on_input(Self& self, std::string_view bytes) {
  if (terminal_.interactive()) {
    editor_.feed(bytes);
  } else {
    unread_ += bytes;
    offer_lines();
  }
  pump(self);
}

// Gives the group leader the lines that it asks for, and then asks for more input.
void ShellSession::offer_lines() {
  while (leader_.reading()) {
    auto end = unread_.find('\n', searched_);
    if (end == unread_.npos) {
      searched_ = unread_.size();
      break;
    }
    std::string line = shell::valid_text(std::string_view{unread_}.substr(0, end + 1));
    unread_.erase(0, end + 1);
    searched_ = 0;
    leader_.on_line(line);
  }
  if (unread_.size() > shell::GroupLeader::most_input) {
    complain("a line of the input has more than " + std::to_string(shell::GroupLeader::most_input) +
             " bytes");
    return finish(bad_term);
  }
  if (at_end_ && leader_.reading()) {
    if (!unread_.empty()) leader_.on_line(shell::valid_text(std::exchange(unread_, {})));
    leader_.on_end_of_input();
  }
  terminal_.want_input(!at_end_ && leader_.reading());
}

void ShellSession::on_end_of_input(Self& self) {
  at_end_ = true;
  if (terminal_.interactive()) return end(self, success);  // it was closed
  offer_lines();
  pump(self);
}

void ShellSession::act(Self&, shell::TypedLine line) {
  if (line.remembered)
    if (auto written = file_.append(line.text); !written) {
      complain(written.error().message());
      file_ = HistoryFile{""};
    }
  leader_.on_line(line.text + '\n');
}

void ShellSession::act(Self& self, shell::EndTyped) { end(self, success); }
void ShellSession::act(Self& self, shell::QuitTyped) { end(self, success); }

// As "i" of OTP's job control. The lines of an expression that is not complete are forgotten.
void ShellSession::act(Self& self, shell::InterruptTyped) {
  if (leader_.reading()) return (void)leader_.interrupt();
  if (!shell_) return end(self, by_interrupt);
  self.exit(shell_->term(), "interrupt"_atom);
  if (++interrupts_ == 2) editor_.print("(interrupted; ^\\ leaves the shell)\n");
}

void ShellSession::act(Self& self, shell::CompletionTyped typed) {
  auto size = terminal_.size();
  constexpr unsigned usual_columns = 80;
  expansion_.emplace(leader_.expand_fun(), typed.before, size.columns > 0 ? size.columns : usual_columns);
  ++expansions_;
  complete(self);
}

void ShellSession::complete(Self& self) {
  auto& call = expansion_->call();
  if (!call) {
    editor_.complete(expansion_->insert(), expansion_->listing());
    return expansion_.reset();
  }
  auto answered = [this, number = expansions_, held = std::weak_ptr{alive_}](Self& self,
                                                                             const CallResult& result) {
    if (held.expired() || number != expansions_ || !expansion_) return;
    expansion_->on_answer(result.ok() ? std::optional{result.term} : std::nullopt);
    complete(self);
    pump(self);
  };
  self.call(options_.node, call->module, call->function, call->arguments.term(), answered, completion_limit);
}

}  // namespace noderuntime::command
