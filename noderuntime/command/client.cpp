#include "noderuntime/command/client.h"

#include <unistd.h>

#include <algorithm>
#include <csignal>

#include "common/net/host.h"
#include "common/program/logging.h"
#include "noderuntime/node/own_name.h"

namespace noderuntime::command {

namespace {

constexpr std::string_view class_names[] = {"value", "error", "exit", "throw", "failed"};

// The answer of a node that cannot name its callers to one without a name.
bool needs_a_name(const Error& error) {
  switch (error.code) {
    case Errc::names_nobody:
    case Errc::connection_closed: return true;  // the latter by OTP 23
    default: return false;
  }
}

Milliseconds limit_of(Seconds seconds) {
  return seconds < Seconds{0} ? no_limit : std::chrono::ceil<Milliseconds>(seconds);
}

// {Module, Function, ArityOrArguments, Location}
std::string frame_text(Term frame) {
  if (!frame.is_tuple(4) && !frame.is_tuple(3)) return print(frame);
  Term third = frame.element(2);
  std::string text = print(frame.element(0)) + ':' + print(frame.element(1));
  if (third.is_list()) {
    auto arguments = Terms::elements(third);
    text += '(';
    for (std::size_t i = 0; arguments && i < arguments->size(); ++i)
      text += (i ? "," : "") + print((*arguments)[i]);
    text += ')';
  } else {
    text += '/' + print(third);
  }
  std::string file, line;
  if (frame.is_tuple(4))
    for (Term row : Terms::elements(frame.element(3)).value_or(std::vector<Term>{})) {
      if (!row.is_tuple(2)) continue;
      if (row.element(0).is("file"_atom)) file = characters(row.element(1));
      if (row.element(0).is("line"_atom)) line = print(row.element(1));
    }
  if (!file.empty()) text += " (" + file + (line.empty() ? "" : ", line " + line) + ")";
  return text;
}

}  // namespace

std::string_view Called::class_name() const { return class_names[static_cast<int>(kind)]; }

Called Called::of(const CallResult& result) {
  return {result.kind, Value::of(result.term), Value::of(result.stack)};
}

Result<std::unique_ptr<Client>> Client::create(const ClientOptions& options) {
  auto level = program::parse_log_level(options.common.log_level);
  if (!level) return level.error();
  if (options.verbose > 0) *level = program::LogLevel::debug;
  setenv("UV_THREADPOOL_SIZE", "1", 0);  // threads only resolve names here, one after the other
  std::unique_ptr<Client> client{new Client{options}};
  program::set_up_logging("noderuntime", *level);
  if (auto started = client->start(options.own_name); !started) return started.error();
  return client;
}

Client::Client(const ClientOptions& options)
    : options_{options},
      output_{notation_of(options.format).value_or(Notation::erlang),
              options.format == "etf" ? Output::Form::etf : Output::Form::text, options.json},
      begin_{std::chrono::steady_clock::now()},
      loop_{std::make_unique<EventLoop>()} {
  loop_->on_signals({SIGINT, SIGTERM}, [this](int) { interrupted_ = true; });
}

Outcome Client::start(const std::string& own_name) {
  NodeOptions node;
  node.name = own_name;
  node.long_name = own_name.find('.', own_name.find('@') + 1) != std::string::npos;
  node.publish = false;
  node.hidden = true;
  node.code_path = options_.code_path;
  if (options_.max_message > 0) node.max_message = options_.max_message;
  if (auto set = options_.common.set(node); !set) return set;
  if (options_.verbose > 1) node.trace = [](std::string_view line) { program::log_debug(line); };
  auto changed = [this](Atom other, bool up) {
    auto& seen = seen_[other];
    seen.connected = up;
    if (!up) ++seen.losses;
  };
  auto made = LocalNode::create(*loop_, node, {.node_changed = changed});
  if (!made) return made.error();
  node_ = std::move(*made);
  named_ = !own_name.empty();
  return named_ ? node_->wait_until_up() : Outcome{done};
}

Seconds Client::left() const {
  if (options_.timeout == Seconds{0}) return Seconds{-1};
  return std::max(Seconds{0}, options_.timeout - Seconds{std::chrono::steady_clock::now() - begin_});
}

Waited Client::wait_until(const std::function<bool()>& condition) { return wait(condition, left()); }

Waited Client::wait(const std::function<bool()>& condition, Seconds most) {
  auto limit = limit_of(most);
  bool in_time = loop_->run_until([&] { return interrupted_ || condition(); }, limit);
  if (interrupted_) return Waited::interrupted;
  return in_time ? Waited::done : Waited::timeout;
}

Result<Atom> Client::target(const std::string& typed) const {
  auto name = typed.find('@') != std::string::npos ? NodeName::parse(typed)
                                                   : own_node_name(typed, NameKind::short_name);
  if (!name) return name.error();
  return Atom::intern(name->full());
}

Result<std::vector<Atom>> Client::targets(const std::vector<std::string>& typed) const {
  std::vector<Atom> all;
  for (auto& each : typed) {
    auto node = target(each);
    if (!node) return node.error();
    all.push_back(*node);
  }
  return all;
}

Outcome Client::connect_once(Atom node) {
  auto outcome = std::make_shared<std::optional<Outcome>>();
  if (!options_.address.empty()) node_->set_address(node, options_.address);
  node_->connect(node, [outcome](Outcome made) { *outcome = std::move(made); });
  switch (wait_until([&] { return outcome->has_value(); })) {
    case Waited::done: return **outcome;
    case Waited::timeout: return Error{Errc::timeout, std::string{node.text()}};
    case Waited::interrupted: break;
  }
  return Error{Errc::interrupted, std::string{node.text()}};
}

void Client::become_known() {
  named_ = true;
  output_.set_self(node_->identity());
}

Outcome Client::connect(Atom node) {
  auto outcome = connect_once(node);
  if (outcome) {
    become_known();
    return outcome;
  }
  if (named_ || !needs_a_name(outcome.error())) return outcome;
  bool long_name = node.text().find('.') != std::string_view::npos;
  auto own_host = net::host_name();
  if (!own_host) return own_host.error();
  auto host = *own_host;
  if (long_name && host.find('.') == std::string::npos) host += ".localdomain";
  if (!long_name) host = host.substr(0, host.find('.'));
  program::log_debug(std::string{node.text()} + " does not name us: " + outcome.error().message());
  if (auto started = start("noderuntime-" + std::to_string(getpid()) + '@' + host); !started) return started;
  if (connect_once(node)) {
    become_known();
    return done;
  }
  if (auto back = start(""); !back) return back;
  return outcome;
}

int Client::reach(Atom node) {
  auto connected = connect(node);
  return connected ? static_cast<int>(success) : fail(connected.error(), node.text());
}

std::vector<Outcome> Client::connect_all(const std::vector<Atom>& nodes) {
  struct Gathering {
    std::vector<std::optional<Outcome>> outcomes;
    std::size_t missing = 0;
  };
  auto all = std::make_shared<Gathering>();
  all->outcomes.resize(nodes.size());
  std::size_t next = 0;
  for (; next < nodes.size() && !named_ && !interrupted_; ++next) all->outcomes[next] = connect(nodes[next]);
  for (; next < nodes.size(); ++next) {
    ++all->missing;
    node_->connect(nodes[next], [all, next](Outcome outcome) {
      all->outcomes[next] = std::move(outcome);
      --all->missing;
    });
  }
  auto waited = wait_until([&] { return all->missing == 0; });
  std::vector<Outcome> outcomes;
  for (std::size_t i = 0; i < nodes.size(); ++i)
    outcomes.push_back(all->outcomes[i].value_or(Error{
        waited == Waited::interrupted ? Errc::interrupted : Errc::timeout, std::string{nodes[i].text()}}));
  return outcomes;
}

Value Client::build(const std::function<Term(Terms&)>& make) const {
  Heap heap;
  NodeIdentity self = node_->identity();
  Terms terms{heap, self};
  return Value::of(make(terms));
}

Result<Value> Client::read(std::string_view text, std::optional<Term> self) const {
  auto term = read_term(text, output_.notation(), {.self = self});
  if (!term) return term.error();
  return Value::of(term->term());
}

Called Client::call(Atom node, std::string_view module, std::string_view function, const Value& arguments) {
  return call(Call{node, Atom::of(module), Atom::of(function), arguments});
}

std::vector<Called> Client::call_all(const std::vector<Call>& calls) {
  struct Gathering {
    std::vector<Call> calls;
    std::vector<Called> answers;
    std::size_t missing;
  };
  Value late = build([](Terms&) { return Term::atom("timeout"_atom); });
  auto all = std::make_shared<Gathering>(
      Gathering{calls, std::vector<Called>(calls.size(), Called{.term = late, .stack = {}}), calls.size()});
  auto limit = limit_of(left());
  node_->act([all, limit](Self& self) {
    for (std::size_t i = 0; i < all->calls.size(); ++i)
      self.call(
          all->calls[i].node, all->calls[i].module, all->calls[i].function, self.of(all->calls[i].arguments),
          [all, i](Self&, const CallResult& result) {
            all->answers[i] = Called::of(result);
            --all->missing;
          },
          limit);
  });
  Progress progress;
  auto answered = [&] { return all->missing == 0; };  // every call has a time limit, so this becomes true
  while (wait(answered, Progress::interval) == Waited::timeout)
    if (calls.size() > 1)
      progress.show(std::to_string(calls.size() - all->missing) + " of " + std::to_string(calls.size()));
  return all->answers;
}

void Client::result(Atom node, Term value) const {
  if (!output_.json()) return output_.value(value);
  output_.object({{"node", text_value(node.text())}, {"value", Value::of(value)}});
}

void Client::result_of(Atom node, Term value) const {
  if (output_.json()) return result(node, value);
  output_.line(std::string{node.text()} + ": " + output_.text(value));
}

std::string Client::release(Atom node) {
  auto called =
      call(node, "erlang", "system_info", build([](Terms& terms) { return terms.list("otp_release"_atom); }));
  return called.ok() ? characters(called.term.term()) : std::string{};
}

bool Client::lost(Atom node) const {
  auto found = seen_.find(node);
  return found != seen_.end() && !found->second.connected;
}

std::size_t Client::losses(Atom node) const {
  auto found = seen_.find(node);
  return found == seen_.end() ? 0 : found->second.losses;
}

int Client::fail(const Error& error, std::string_view about) {
  if (error.code == Errc::interrupted) return by_interrupt;
  int status = report(error, about);
  if (!output_.json()) return status;
  std::vector<Field> fields{{"error", error_value(error)}};
  if (!about.empty()) fields.emplace_back("node", text_value(about));
  output_.object(fields);
  return status;
}

Value Client::error_value(const Error& error) const {
  return build([&](Terms& terms) {
    return terms.map(std::pair{"class"_atom, terms.of(class_names[4])},
                     std::pair{"reason"_atom, terms.of(error_name(error.code))},
                     std::pair{"text"_atom, terms.of(error.message())});
  });
}

Value Client::error_value(const Called& called) const {
  return build([&](Terms& terms) {
    std::vector<Term> frames;
    for (Term frame : Terms::elements(called.stack.term()).value_or(std::vector<Term>{}))
      frames.push_back(terms.of(frame_text(frame)));
    return terms.map(std::pair{"class"_atom, terms.of(called.class_name())},
                     std::pair{"reason"_atom, called.term.term()},
                     std::pair{"text"_atom, terms.of(print(called.term.term()))},
                     std::pair{"stack"_atom, terms.list_of(frames)});
  });
}

int Client::fail(Atom node, const Called& called) {
  if (interrupted_) return by_interrupt;
  if (output_.json()) output_.object({{"node", text_value(node.text())}, {"error", error_value(called)}});
  return complain_about(node, called);
}

int Client::complain_about(Atom node, const Called& called) const {
  std::string what = output_.text(called.term.term());
  if (called.kind == CallResult::Kind::failed) {
    bool late = called.term.term().is("timeout"_atom), cut = called.term.term().is("noconnection"_atom);
    complain(std::string{node.text()} + ": " +
             (late  ? "no answer in time"
              : cut ? "the connection is lost"
                    : "the call failed: " + what));
    return late ? temporary : cut ? unreachable : remote_failure;
  }
  complain(std::string{node.text()} + ": exception " + std::string{called.class_name()} + ": " + what);
  for (Term frame : Terms::elements(called.stack.term()).value_or(std::vector<Term>{}))
    std::fprintf(stderr, "  in %s\n", without_controls(frame_text(frame)).c_str());
  return remote_failure;
}

}  // namespace noderuntime::command
