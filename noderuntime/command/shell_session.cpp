#include "noderuntime/command/shell_session.h"

#include <unistd.h>

#include <utility>

#include "noderuntime/command/exit_status.h"
#include "noderuntime/command/output.h"
#include "noderuntime/library/process_body.h"

namespace noderuntime::command {

namespace {

unsigned columns_or_usual(const Terminal::Size& size) {
  constexpr unsigned usual = 80;
  return size.columns > 0 ? size.columns : usual;
}

}  // namespace

// The process that is the group leader of a job; that of no job (0) only runs tasks.
class ShellSession::Leader final : public NativeProcess {
 public:
  Leader(ShellSession& session, unsigned job) : session_{session}, alive_{session.alive_}, job_{job} {}
  ~Leader() override {
    if (!alive_.expired()) session_.on_leader_end(job_);
  }

 private:
  void on_start(Self& self) override {
    if (alive_.expired()) return;
    if (auto* job = session_.find(job_)) session_.start(self, *job);
  }
  void on_message(Self& self, Term message) override {
    if (!alive_.expired()) session_.on_message(self, job_, message);
  }

  ShellSession& session_;
  std::weak_ptr<bool> alive_;
  unsigned job_;
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
                         if (current_ && !switching_) current_->leader.set_room(true);
                         pump(self);
                       });
                     },
                 .resized =
                     [this] {
                       take_size();
                       flush();
                     }}},
      control_{Atom::of(options_.language.module), options_.node} {
  if (terminal_.interactive())
    if (auto loaded = file_.load(history_); !loaded) complain(loaded.error().message());
  take_size();
  if (options_.text) unread_ = *options_.text, at_end_ = true;
  process_ = host_.spawn(std::make_unique<Leader>(*this, 0), {.code_from = options_.code_from});
  bool local = options_.node == host_.name();
  auto module = Atom::of(options_.language.module);
  auto number = control_.add({local ? Atom{} : options_.node, module});
  start_job(number.value_or(0), options_.node, module, Atom::of(options_.language.function));
}

ShellSession::~ShellSession() { alive_.reset(); }

void ShellSession::run(std::function<void(Self&)> task) { run_in(process_, std::move(task)); }

void ShellSession::run_in(Pid process, std::function<void(Self&)> task) {
  auto guarded = [task = std::move(task), held = std::weak_ptr{alive_}](Self& self) {
    if (!held.expired()) task(self);
  };
  NodeIdentity self = host_.identity();
  Heap heap;
  Terms terms{heap, self};
  ProcessBody::run_in(host_.state(), terms.pid(process), std::move(guarded));
}

// --- jobs

ShellSession::Job& ShellSession::start_job(unsigned number, Atom node, Atom module, Atom function) {
  auto made = std::make_unique<Job>(
      Job{number, node, module, function, shell::GroupLeader{{.terminal = terminal_.interactive()}}});
  Job& job = *made;
  jobs_.emplace(number, std::move(made));
  set_current(&job);
  take_size();
  job.process = host_.spawn(std::make_unique<Leader>(*this, number), {.code_from = options_.code_from});
  return job;
}

ShellSession::Job* ShellSession::find(unsigned number) {
  auto job = jobs_.find(number);
  return job == jobs_.end() ? nullptr : job->second.get();
}

// The current job has room for output, but not while a switch command is read. That of the others is lost.
void ShellSession::set_current(Job* job) {
  if (current_) current_->leader.set_room(true);
  current_ = job;
  if (current_) current_->leader.set_room(!switching_ && !terminal_.full());
}

void ShellSession::drop(Job& job) {
  if (current_ == &job) current_ = nullptr;
  control_.remove(job.number);
  auto row = jobs_.extract(job.number);
  if (!row) return;
  dropped_.push_back(std::move(row.mapped()));
  run_in(job.process, [](Self& self) { self.exit("normal"_atom); });
}

bool ShellSession::only(const Job& job) const {
  return !switching_ && jobs_.size() == 1 && jobs_.contains(job.number);
}

// Erl's texts. What happens while a switch command is read is told when the user goes on with the job.
void ShellSession::on_end_beside_others(Job& job, bool by_error) {
  job.shell.reset();
  job.ended = by_error ? "*** ERROR: " : "*** ";
  if (&job != current_) return drop(job);
  if (!switching_) tell_end(job);
}

void ShellSession::tell_end(Job& job) {
  editor_.leave();
  editor_.print(*job.ended + "Shell process terminated! (^G to start new job) ***\n");
  drop(job);
  flush();
}

// --- the shell

// The shell inherits the group leader of the process that asks for it. Later questions must not: what they print would
// come here while the group leader waits for them.
void ShellSession::start(Self& self, Job& job) {
  self.trap_exit(true);
  auto own = self.as<Pid>(self.pid());
  auto user = self.whereis("user"_atom);
  if (own) self.set_group_leader(*own);
  auto started = [this, number = job.number, held = std::weak_ptr{alive_}](Self& self,
                                                                           const CallResult& result) {
    if (held.expired()) return;
    if (auto* job = find(number)) on_started(self, *job, result);
  };
  self.call(job.node, job.module, job.function, Term::nil(), started, options_.limit);
  if (user) self.set_group_leader(*user);
}

void ShellSession::on_started(Self& self, Job& job, const CallResult& result) {
  if (over_) return;
  if (!result.ok() || !result.term.is_pid()) return explain_failure(job, result);
  job.shell = Value::of(result.term);
  if (!self.link(result.term)) return on_shell_end(job, Term::atom("noproc"_atom));
  if (!terminal_.interactive() || job.number != 1) return;
  editor_.print("Shell on " + std::string{options_.node.text()} + ": ^D leaves it, ^C interrupts it.\n");
  flush();
}

void ShellSession::explain_failure(Job& job, const CallResult& result) {
  if (!only(job)) return on_end_beside_others(job, true);
  editor_.leave();
  flush();
  std::string node{job.node.text()};
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

void ShellSession::on_message(Self& self, unsigned number, Term message) {
  dropped_.clear();
  auto* job = find(number);
  if (!job) return;
  Term who, reason;
  if (self.matches(message, "EXIT"_atom, &who, &reason)) {
    if (job->shell && same(who, job->shell->term())) on_shell_end(*job, reason);
    return;
  }
  job->leader.on_message(message);
  pump(self);
}

void ShellSession::on_shell_end(Job& job, Term reason) {
  if (over_ || leaving_) return finish(status_);
  if (!only(job)) return on_end_beside_others(job, !reason.is("normal"_atom));
  editor_.leave();
  flush();
  std::string node{job.node.text()};
  if (reason.is("normal"_atom)) return finish(success);
  if (reason.is("noconnection"_atom)) {
    complain(node + ": the connection is lost");
    return finish(unreachable);
  }
  complain(node + ": the shell has ended: " + print(reason));
  finish(remote_failure);
}

// It was killed, by what was typed or for its memory.
void ShellSession::on_leader_end(unsigned number) {
  auto* job = find(number);
  if (over_ || (!job && number != 0)) return;
  if (job && !only(*job)) return on_end_beside_others(*job, true);
  editor_.leave();
  flush();
  complain("the process of the terminal has ended, and with it the shell on " +
           std::string{options_.node.text()});
  finish(remote_failure);
}

void ShellSession::leave(int status) {
  run([this, status](Self& self) { end(self, status); });
}

void ShellSession::end(Self&, int status) {
  if (over_ || std::exchange(leaving_, true)) return;
  status_ = status;
  editor_.leave();
  flush();
  bool any = false;
  for (auto& [number, job] : jobs_) {
    any = any || job->shell;
    kill(*job);
  }
  if (!any) return finish(status);
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
    Job* job = nullptr;
    std::optional<shell::LeaderEvent> event;
    for (auto row = jobs_.begin(); row != jobs_.end() && !event; ++row) {
      job = row->second.get();
      event = job->leader.next();
    }
    if (event)
      std::visit([&](auto& one) { act(self, *job, std::move(one)); }, *event);
    else if (auto typed = editor_.next())
      std::visit([&](auto& one) { act(self, std::move(one)); }, *typed);
    else
      break;
    flush();
  }
  flush();
}

void ShellSession::act(Self& self, Job& job, shell::Question question) {
  auto pid = self.as<Pid>(question.on.term());
  auto answered = [this, id = question.id, number = job.number, held = std::weak_ptr{alive_}](
                      Self& self, const CallResult& result) {
    if (held.expired()) return;
    auto* job = find(number);
    if (!job) return;
    job->leader.on_answer(id, result.ok() ? std::optional{result.term} : std::nullopt);
    pump(self);
  };
  Atom node = pid ? pid->node.name : job.node;
  self.call(node, question.module, question.function, question.arguments.term(), answered, options_.limit);
}

void ShellSession::act(Self& self, Job&, shell::Reply reply) {
  self.send(reply.to, self.tuple("io_reply"_atom, reply.as, reply.answer));
}

// Without a terminal, what the shell says before it reads for the first time is no answer to anything.
void ShellSession::act(Self&, Job& job, shell::Print print) {
  if (&job != current_) return;
  if (terminal_.interactive()) {
    editor_.print(print.text);
    flush();
  } else if (job.leader.has_read()) {
    terminal_.write(std::move(print.text));
  } else {
    (void)!::write(STDERR_FILENO, print.text.data(), print.text.size());
  }
  if (terminal_.full()) job.leader.set_room(false);
}

void ShellSession::act(Self&, Job& job, shell::Read read) {
  job.interrupts = 0;
  job.read = std::move(read);
  if (&job != current_ || switching_) return;
  if (terminal_.interactive()) return begin_read(job);
  offer_lines();
}

void ShellSession::act(Self&, Job& job, shell::StopReading) {
  job.read.reset();
  job.line.clear();
  if (&job == current_ && !switching_) editor_.stop();
}

void ShellSession::act(Self& self, Job&, shell::EndOfSession) { end(self, success); }

void ShellSession::begin_read(Job& job) {
  editor_.begin(job.read->prompt, job.read->echo, job.read->remember, std::exchange(job.line, {}));
}

// --- the user switch command

void ShellSession::act(Self&, shell::SwitchTyped typed) {
  if (switching_) return ask_for_command();
  if (!terminal_.interactive()) return;
  if (current_ && current_->read) current_->line = std::move(typed.line);
  switching_ = true;
  expansion_.reset();
  if (current_) current_->leader.set_room(false);
  editor_.print(shell::JobControl::greeting);
  ask_for_command();
}

void ShellSession::ask_for_command() { editor_.begin(shell::JobControl::prompt, true, false); }

void ShellSession::act(Self&, const shell::JobControl::Stay&) { ask_for_command(); }
void ShellSession::act(Self& self, const shell::JobControl::Quit&) { end(self, success); }

void ShellSession::act(Self&, const shell::JobControl::Connect& command) {
  if (auto* job = find(command.job)) connect(*job);
}

void ShellSession::connect(Job& job) {
  switching_ = false;
  set_current(&job);
  if (job.ended) return tell_end(job);
  if (job.read) begin_read(job);
}

void ShellSession::act(Self& self, const shell::JobControl::Interrupt& command) {
  if (auto* job = find(command.job)) interrupt(self, *job);
  ask_for_command();
}

void ShellSession::act(Self&, const shell::JobControl::Kill& command) {
  if (auto* job = find(command.job)) {
    kill(*job);
    drop(*job);
  }
  ask_for_command();
}

void ShellSession::act(Self&, const shell::JobControl::Start& command) {
  start_job(command.job, full_name(command.shell.node), command.shell.module, "start"_atom);
  ask_for_command();
}

// '' is the node of the session; a name without a host is of a node on ours.
Atom ShellSession::full_name(Atom node) const {
  if (node == Atom{}) return options_.node;
  std::string name{node.text()}, own{host_.name().text()};
  if (name.find('@') != name.npos || own.find('@') == own.npos) return node;
  auto made = Atom::intern(name + own.substr(own.find('@')));
  return made ? *made : node;
}

// In the process of the job, from which the shell expects it.
void ShellSession::kill(Job& job) {
  if (!job.shell) return;
  run_in(job.process, [shell = *job.shell](Self& self) { self.exit(shell.term(), "kill"_atom); });
}

// --- the terminal

void ShellSession::take_size() {
  auto size = terminal_.size();
  for (auto& [number, job] : jobs_) job->leader.set_size(size.columns, size.rows);
  editor_.resize(size.columns);
}

void ShellSession::flush() {
  terminal_.write(editor_.take_output());
  if (terminal_.reader_is_gone()) finish(success);
}

void ShellSession::on_input(Self& self, std::string_view bytes) {
  dropped_.clear();
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
  if (!current_) return;
  auto& leader = current_->leader;
  while (leader.reading()) {
    auto end = unread_.find('\n', searched_);
    if (end == unread_.npos) {
      searched_ = unread_.size();
      break;
    }
    std::string line = shell::valid_text(std::string_view{unread_}.substr(0, end + 1));
    unread_.erase(0, end + 1);
    searched_ = 0;
    leader.on_line(line);
  }
  if (unread_.size() > shell::GroupLeader::most_input) {
    complain("a line of the input has more than " + std::to_string(shell::GroupLeader::most_input) +
             " bytes");
    return finish(bad_term);
  }
  if (at_end_ && leader.reading()) {
    if (!unread_.empty()) leader.on_line(shell::valid_text(std::exchange(unread_, {})));
    leader.on_end_of_input();
  }
  terminal_.want_input(!at_end_ && leader.reading());
}

void ShellSession::on_end_of_input(Self& self) {
  at_end_ = true;
  if (terminal_.interactive()) return end(self, success);  // it was closed
  offer_lines();
  pump(self);
}

void ShellSession::act(Self& self, shell::TypedLine line) {
  if (switching_) {
    auto answer = control_.on_line(line.text);
    editor_.print(answer.text);
    return std::visit([&](auto& command) { act(self, command); }, answer.act);
  }
  if (!current_) return;
  current_->read.reset();
  if (line.remembered)
    if (auto written = file_.append(line.text); !written) {
      complain(written.error().message());
      file_ = HistoryFile{""};
    }
  current_->leader.on_line(line.text + '\n');
}

void ShellSession::act(Self& self, shell::EndTyped) { end(self, success); }
void ShellSession::act(Self& self, shell::QuitTyped) { end(self, success); }

void ShellSession::act(Self& self, shell::InterruptTyped) {
  if (switching_) return;
  if (!current_) return jobs_.empty() ? end(self, by_interrupt) : void();
  if (!current_->shell) return end(self, by_interrupt);
  interrupt(self, *current_);
}

// As "i" of OTP's job control. The lines of an expression that is not complete are forgotten.
void ShellSession::interrupt(Self&, Job& job) {
  if (job.leader.reading()) return (void)job.leader.interrupt();
  if (!job.shell) return;
  run_in(job.process, [shell = *job.shell](Self& self) { self.exit(shell.term(), "interrupt"_atom); });
  if (++job.interrupts == 2 && !switching_) editor_.print("(interrupted; ^\\ leaves the shell)\n");
}

void ShellSession::act(Self& self, shell::CompletionTyped typed) {
  if (switching_ || !current_) return editor_.complete("", "");
  expansion_.emplace(current_->leader.expand_fun(), typed.before, columns_or_usual(terminal_.size()));
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
  Atom node = current_ ? current_->node : options_.node;
  self.call(node, call->module, call->function, call->arguments.term(), answered, completion_limit);
}

}  // namespace noderuntime::command
