#include "noderuntime/shell/group_leader.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "noderuntime/shell/fun.h"
#include "noderuntime/term/well_known_atoms.h"

namespace noderuntime::shell {

namespace {

enum class Act { put, compute, line, characters, until, password, options, geometry, several };

// The requests that are tuples. `size` counts the name. Those of before R13 have no encoding: it is latin1.
struct RequestRow {
  std::string_view name;
  std::size_t size;
  bool has_encoding;
  Act act;
};
constexpr RequestRow request_rows[] = {
    {"put_chars", 3, true, Act::put},          {"put_chars", 2, false, Act::put},
    {"put_chars", 5, true, Act::compute},      {"put_chars", 4, false, Act::compute},
    {"get_line", 3, true, Act::line},          {"get_line", 2, false, Act::line},
    {"get_chars", 4, true, Act::characters},   {"get_chars", 3, false, Act::characters},
    {"get_until", 6, true, Act::until},        {"get_until", 5, false, Act::until},
    {"get_password", 2, true, Act::password},  {"setopts", 2, false, Act::options},
    {"get_geometry", 2, false, Act::geometry}, {"requests", 2, false, Act::several},
};

const RequestRow* row_of(Term request) {
  if (!request.is_tuple() || request.arity() == 0 || !request.element(0).is_atom()) return nullptr;
  auto name = request.element(0).as_atom().text();
  auto found = std::find_if(std::begin(request_rows), std::end(request_rows),
                            [&](auto& row) { return row.name == name && row.size == request.arity(); });
  return found == std::end(request_rows) ? nullptr : found;
}

std::optional<Encoding> encoding_of(Term name) {
  if (name.is(atoms::unicode)) return Encoding::unicode;
  if (name.is(atoms::latin1)) return Encoding::latin1;
  return std::nullopt;
}

template <class Make>
Value made(Make make) {
  Heap heap;
  NodeIdentity nobody{};
  Terms terms{heap, nobody};
  return Value::of(make(terms));
}

Value atom_value(Atom atom) { return Value::of(Term::atom(atom)); }
Value failure(Term why) {
  return made([&](Terms& terms) { return terms.tuple(atoms::error, why); });
}
Value failure(Atom why) { return failure(Term::atom(why)); }

bool is_list_of_atoms_or_pairs(Term list) {
  for (; list.is_cons(); list = list.tail())
    if (!list.head().is_atom() && !(list.head().is_tuple(2) && list.head().element(0).is_atom()))
      return false;
  return list.is_nil();
}

}  // namespace

std::optional<LeaderEvent> GroupLeader::next() {
  if (events_.empty()) return std::nullopt;
  auto event = std::move(events_.front());
  events_.pop_front();
  return event;
}

void GroupLeader::on_message(Term message) {
  if (!message.is_tuple(4) || !message.element(0).is(atoms::io_request) || !message.element(1).is_pid())
    return;
  OwnedTerm kept = OwnedTerm::copy_of(message);
  std::size_t bytes = kept.heap().used_words() * sizeof(Word) + kept.heap().off_heap_bytes();
  if (!jobs_.empty() && waiting_bytes_ + bytes > bytes_waiting) {
    events_.push_back(
        Reply{Value::of(message.element(1)), Value::of(message.element(2)), failure("terminated"_atom)});
    return;
  }
  waiting_bytes_ += bytes;
  Term request = kept.term().element(3);
  jobs_.push_back(Job{std::move(kept), request, Term::nil(), bytes});
  advance();
}

void GroupLeader::set_room(bool room) {
  room_ = room;
  advance();
}

void GroupLeader::advance() {
  for (;;) {
    bool asks = computing_ || (input_ && input_->question != 0);
    if (room_ && !asks && !jobs_.empty()) {
      Job job = std::move(jobs_.front());
      jobs_.pop_front();
      perform(std::move(job));
    } else if (!serve()) {
      return;
    }
  }
}

void GroupLeader::done(Job job, Value answer) {
  if (job.rest.is_cons() && answer.term().is(atoms::ok)) {
    job.request = job.rest.head();
    job.rest = job.rest.tail();
    return jobs_.push_front(std::move(job));
  }
  waiting_bytes_ -= job.bytes;
  events_.push_back(Reply{Value::of(job.to()), Value::of(job.as()), std::move(answer)});
}

std::uint64_t GroupLeader::ask(Term on, Atom module, Atom function, Value arguments) {
  events_.push_back(Question{++last_question_, Value::of(on), module, function, std::move(arguments)});
  return last_question_;
}

// --- one request

void GroupLeader::perform(Job job) {
  Term request = job.request;
  if (request.is("getopts"_atom)) return done(std::move(job), options());
  auto* row = row_of(request);
  auto encoding = row && row->has_encoding ? encoding_of(request.element(1)) : Encoding::latin1;
  if (!row || !encoding) return done(std::move(job), failure(atoms::request));
  std::size_t first = row->has_encoding ? 2 : 1;
  auto part = [&](std::size_t index) { return request.element(first + index); };
  switch (row->act) {
    case Act::put: return put(std::move(job), *encoding, part(0));
    case Act::compute: return compute(std::move(job), *encoding, part(0), part(1), part(2));
    case Act::line: return read(std::move(job), Kind::line, *encoding, part(0), {}, {}, {});
    case Act::characters: return read(std::move(job), Kind::characters, *encoding, part(0), part(1), {}, {});
    case Act::until: return read(std::move(job), Kind::until, *encoding, part(0), part(1), part(2), part(3));
    case Act::password: return read(std::move(job), Kind::password, *encoding, {}, {}, {}, {});
    case Act::options: return done(std::move(job), set_options(part(0)));
    case Act::geometry: return done(std::move(job), geometry(part(0)));
    case Act::several: break;
  }
  Term requests = part(0);
  if (!Terms::elements(requests) || !requests.is_list() || !job.rest.is_nil())
    return done(std::move(job), failure(atoms::request));
  job.rest = requests;
  done(std::move(job), atom_value(atoms::ok));
}

void GroupLeader::put(Job job, Encoding encoding, Term characters) {
  auto text = text_of(characters, encoding);
  if (!text) {
    auto what = made([&](Terms& terms) {
      return terms.tuple(atoms::put_chars, encoding == Encoding::latin1 ? atoms::latin1 : atoms::unicode,
                         characters);
    });
    return done(std::move(job), failure(what.term()));
  }
  events_.push_back(Print{std::move(*text)});
  done(std::move(job), atom_value(atoms::ok));
}

void GroupLeader::compute(Job job, Encoding encoding, Term module, Term function, Term arguments) {
  if (!module.is_atom() || !function.is_atom()) return done(std::move(job), failure(function));
  auto question = ask(job.to(), module.as_atom(), function.as_atom(), Value::of(arguments));
  computing_ = Computing{std::move(job), question, encoding, function};
}

void GroupLeader::on_answer(std::uint64_t id, std::optional<Term> result) {
  if (computing_ && computing_->question == id) {
    auto [job, question, encoding, function] = std::move(*computing_);
    computing_.reset();
    auto text = result ? text_of(*result, encoding) : std::nullopt;
    if (text) events_.push_back(Print{std::move(*text)});
    done(std::move(job), text ? atom_value(atoms::ok) : failure(function));
    return advance();
  }
  if (!input_ || input_->question != id || id == 0) return;
  input_->question = 0;
  if (!input_->prompt)
    input_->prompt = (result ? text_of(*result, Encoding::unicode) : std::nullopt).value_or("");
  else if (result)
    on_until(*result);
  else
    fail_input(Term::atom(input_->function));
  advance();
}

// --- options

// As group.erl: either all options are valid, or none is set.
Value GroupLeader::set_options(Term list) {
  if (!is_list_of_atoms_or_pairs(list)) return failure(atoms::enotsup);
  bool binary = binary_, echo = echo_, remembers = true, latin1 = latin1_;
  std::optional<Value> expand_fun = expand_fun_;
  for (; list.is_cons(); list = list.tail()) {
    Term option = list.head();
    Term name = option.is_tuple() ? option.element(0) : option;
    Term value = option.is_tuple() ? option.element(1) : Term::boolean(true);
    bool yes = value == Term::boolean(true), is_flag = yes || value == Term::boolean(false);
    auto arity = arity_of_fun(value);
    if (name.is("binary"_atom) && is_flag)
      binary = yes;
    else if (name.is("list"_atom) && is_flag)
      binary = !yes;
    else if (name.is("echo"_atom) && is_flag)
      echo = yes;
    else if (name.is("line_history"_atom) && is_flag)
      remembers = yes;
    else if (name.is("expand_fun"_atom) && (arity == 1u || arity == 2u))
      expand_fun = Value::of(value);
    else if (Term which = name.is("encoding"_atom) && option.is_tuple() ? value : option;
             which.is(atoms::unicode) || which.is("utf8"_atom))
      latin1 = false;
    else if (which.is(atoms::latin1))
      latin1 = true;
    else
      return failure(atoms::enotsup);
  }
  binary_ = binary, echo_ = echo, remembers_ = remembers, latin1_ = latin1;
  expand_fun_ = std::move(expand_fun);
  return atom_value(atoms::ok);
}

Value GroupLeader::options() const {
  return made([&](Terms& terms) {
    auto row = [&](const char* name, auto value) { return terms.tuple(Atom::of(name), value); };
    bool terminal = options_.terminal;
    return terms.list(row("expand_fun", expand_fun_ ? terms.of(*expand_fun_) : Term::boolean(false)),
                      row("echo", echo_), row("line_history", remembers_), row("binary", binary_),
                      row("encoding", latin1_ ? atoms::latin1 : atoms::unicode), row("terminal", terminal),
                      row("stdin", terminal), row("stdout", terminal), row("stderr", terminal));
  });
}

Value GroupLeader::geometry(Term what) const {
  unsigned size = what.is("columns"_atom) ? columns_ : what.is("rows"_atom) ? rows_ : 0;
  return size > 0 ? Value::of(Term::small(size)) : failure(atoms::enotsup);
}

// --- reading

void GroupLeader::read(Job job, Kind kind, Encoding encoding, Term prompt, Term what, Term function,
                       Term arguments) {
  bool valid = true;
  if (kind == Kind::characters) valid = what.is_small() && what.as_small() >= 0;
  if (kind == Kind::until)
    valid = what.is_atom() && function.is_atom() && arguments.is_list() && Terms::elements(arguments);
  if (!valid) return done(std::move(job), failure(atoms::request));
  if (kind == Kind::password && !options_.terminal) return done(std::move(job), failure(atoms::enotsup));
  if (paused_.size() >= most_reads) return done(std::move(job), failure("terminated"_atom));
  Input input{
      .job = std::move(job), .kind = kind, .encoding = encoding, .arguments = arguments, .asked = prompt};
  if (kind == Kind::characters) input.count = static_cast<std::uint64_t>(what.as_small());
  if (kind == Kind::until) input.module = what.as_atom(), input.function = function.as_atom();
  if (!std::exchange(has_read_, true)) first_kind_ = kind;
  if (input_) {
    if (std::exchange(input_->reading, false)) events_.push_back(StopReading{});
    paused_.push_back(std::move(*input_));
  }
  input_ = std::move(input);
}

void GroupLeader::on_line(std::string_view line) {
  if (!reading()) return;
  input_->reading = false;
  buffer_ += line;
  advance();
}

void GroupLeader::on_end_of_input() {
  at_end_ = true;
  if (input_) input_->reading = false;
  advance();
}

bool GroupLeader::interrupt() {
  bool of_shell = reading() && input_->kind == first_kind_ && !input_->continuation;
  if (!reading() || of_shell) return false;
  events_.push_back(StopReading{});
  fail_input(Term::atom("interrupted"_atom));
  advance();
  return true;
}

// As io_lib:format_prompt/2.
void GroupLeader::find_prompt() {
  Term prompt = input_->asked;
  std::optional<std::string> text;
  if (prompt.is_atom()) text = prompt.as_atom().text();
  if (prompt.is_list() || prompt.is_bitstring()) text = text_of(prompt, Encoding::unicode);
  if (!text && prompt.is_tuple(3) && prompt.element(0).is("format"_atom)) {
    auto name = input_->encoding == Encoding::latin1 ? atoms::latin1 : atoms::unicode;
    input_->question = ask(input_->job.to(), "io_lib"_atom, "format_prompt"_atom,
                           made([&](Terms& terms) { return terms.list(prompt, name); }));
    return;
  }
  input_->prompt = text ? std::move(*text) : print(prompt);
}

bool GroupLeader::serve() {
  if (!input_ || input_->question != 0 || ended_) return false;
  if (!input_->prompt) return find_prompt(), true;
  bool whole_line = buffer_.find('\n') != buffer_.npos;
  switch (input_->kind) {
    case Kind::line:
    case Kind::password:
      if (whole_line || (at_end_ && !buffer_.empty())) return finish_with_text(take_line()), true;
      break;
    case Kind::characters: {
      auto size = bytes_of_characters(buffer_, input_->count);
      bool enough = size < buffer_.size() || input_->count == 0 ||
                    bytes_of_characters(buffer_, input_->count - 1) < buffer_.size();
      if (!enough && !(at_end_ && !buffer_.empty())) break;
      std::string text = buffer_.substr(0, size);
      buffer_.erase(0, size);
      return finish_with_text(std::move(text)), true;
    }
    case Kind::until:
      if (!buffer_.empty()) return ask_until(take_line()), true;
      break;
  }
  if (buffer_.size() > most_input) return fail_input(Term::atom("terminated"_atom)), true;
  if (at_end_) return serve_end();
  if (!std::exchange(input_->reading, true)) {
    bool echo = echo_ && input_->kind != Kind::password;
    events_.push_back(Read{*input_->prompt, echo, echo && remembers_ && input_->kind == first_kind_});
  }
  return false;
}

// Another process than the shell gets `eof`. The shell would end its node for it (shell.erl), so it gets no answer.
bool GroupLeader::serve_end() {
  bool of_shell = input_->kind == first_kind_;
  if (input_->kind == Kind::until && input_->continuation) {
    ask_until(std::nullopt);
  } else if (of_shell || input_->kind == Kind::until) {
    ended_ = true;
    events_.push_back(EndOfSession{});
    return false;
  } else {
    finish(atom_value("eof"_atom));
  }
  return true;
}

void GroupLeader::ask_until(const std::optional<std::string>& line) {
  auto& input = *input_;
  auto arguments = made([&](Terms& terms) {
    Term text = line ? terms.string(*line) : Term::atom("eof"_atom);
    return terms.cons(input.continuation ? input.continuation->term() : Term::nil(),
                      terms.cons(text, input.arguments));
  });
  input.question = ask(input.job.to(), input.module, input.function, std::move(arguments));
}

void GroupLeader::on_until(Term result) {
  if (result.is_tuple(2) && result.element(0).is("more"_atom)) {
    input_->continuation = Value::of(result.element(1));
    return;
  }
  bool done = result.is_tuple(3) && result.element(0).is("done"_atom);
  if (!done) return fail_input(Term::atom(input_->function));
  Term value = result.element(1), rest = result.element(2);
  if (!rest.is("eof"_atom)) {
    auto text = text_of(rest, Encoding::unicode);
    if (!text) return fail_input(Term::atom(input_->function));
    buffer_.insert(0, *text);
  }
  if (!binary_ || !value.is_list()) return finish(Value::of(value));
  auto text = text_of(value, Encoding::unicode);
  if (!text) return fail_input(Term::atom(input_->function));
  finish(made([&](Terms& terms) { return terms.binary(*text); }));
}

void GroupLeader::finish_with_text(std::string text) {
  if (input_->kind == Kind::password && text.ends_with('\n')) text.pop_back();
  bool translated = true;
  auto value = made([&](Terms& terms) {
    auto term = characters_of(terms, text, input_->encoding, binary_);
    translated = term.has_value();
    return term.value_or(Term::nil());
  });
  if (translated) return finish(std::move(value));
  auto why =
      made([](Terms& terms) { return terms.tuple("no_translation"_atom, atoms::unicode, atoms::latin1); });
  fail_input(why.term());
}

void GroupLeader::fail_input(Term why) {
  buffer_.clear();
  finish(failure(why));
}

void GroupLeader::finish(Value answer) {
  Input input = std::move(*input_);
  input_.reset();
  if (!paused_.empty()) {
    input_ = std::move(paused_.front());
    paused_.pop_front();
  }
  done(std::move(input.job), std::move(answer));
}

// Removes the first line from the buffer; the whole buffer if it has no end of a line.
std::string GroupLeader::take_line() {
  auto end = buffer_.find('\n');
  if (end == buffer_.npos) return std::exchange(buffer_, {});
  std::string line = buffer_.substr(0, end + 1);
  buffer_.erase(0, end + 1);
  return line;
}

}  // namespace noderuntime::shell
