// Claims about funs that real erl and iex shells sent: run with OTP's erl_eval from the code path, they give
// the results that were recorded on a real node (test/data/closures). docs/protocol/shell-funs.md explains
// such funs.
#include "test/unit/catch.h"

#include <nlohmann/json.hpp>

#include "common/wire/utf8.h"
#include "noderuntime/term/order.h"
#include "test/unit/machine/library.h"
#include "test/unit/machine/world.h"
#include "test/unit/paths.h"

using namespace noderuntime;
using namespace noderuntime::test;

namespace {

using Json = nlohmann::json;

std::string text_of(const Json& json, const char* name) {
  return json.contains(name) ? json[name].get<std::string>() : std::string{};
}

Buffer base64(std::string_view text) {
  Buffer out;
  std::uint32_t bits = 0;
  int count = 0;
  for (char c : text) {
    auto at = std::string_view{"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"}.find(c);
    if (at == std::string_view::npos) continue;
    bits = bits << 6 | static_cast<std::uint32_t>(at), count += 6;
    if (count >= 8) count -= 8, out.push_back(static_cast<Byte>(bits >> count));
  }
  return out;
}

// A process of the test. It keeps its messages, and answers I/O requests as a group leader does.
class Client : public Body {
 public:
  explicit Client(Processes& processes) : processes_{processes} {}
  std::vector<OwnedTerm> messages;
  std::vector<OwnedTerm> output;  // characters, or {Module, Function, Arguments} whose value is characters

  Next run(Process& self, int&) override {
    while (self.mailbox.has_current()) {
      auto message = self.mailbox.take_current();
      if (message.term().is_tuple(4) && message.term().element(0).is(atoms::io_request))
        answer(self, message.term());
      else
        messages.push_back(std::move(message));
    }
    return Next::wait;
  }

 private:
  void answer(Process& self, Term request) {
    Heap heap;
    Term what = request.element(3);
    if (what.is_tuple(3) && what.element(0).is(atoms::put_chars))
      output.push_back(OwnedTerm::copy_of(what.element(2)));
    if (what.is_tuple(5) && what.element(0).is(atoms::put_chars))
      output.push_back(OwnedTerm::copy_of(make_tuple(
          heap, {copy(what.element(2), heap), copy(what.element(3), heap), copy(what.element(4), heap)})));
    Term reply = make_tuple(
        heap, {Term::atom(atoms::io_reply), copy(request.element(2), heap), Term::atom(atoms::ok)});
    processes_.signals().send(self, request.element(1), reply);
  }
  Processes& processes_;
};

void add_characters(std::string& to, Term text) {
  for (; text.is_cons(); text = text.tail())
    if (text.head().is_small())
      utf8::append(to, static_cast<char32_t>(text.head().as_small()));
    else
      add_characters(to, text.head());
  if (text.is_bitstring()) to += as_text(*aligned_bytes(text));
}

// Whether `seen` matches `wanted`. In `wanted` an atom such as '$pid' stands for any term of that type.
bool fits(Term wanted, Term seen) {
  if (wanted.is_atom() && wanted.as_atom().text().starts_with("$")) {
    auto kind = wanted.as_atom().text();
    if (kind == "$self" || kind == "$proc" || kind == "$pid") return seen.is_pid();
    if (kind == "$ref") return seen.is_reference();
    if (kind == "$fun") return seen.is_fun();
    if (kind == "$node") return seen.is_atom();
    return seen.is_list();
  }
  if (wanted.is_cons() && seen.is_cons()) {
    for (; wanted.is_cons() && seen.is_cons(); wanted = wanted.tail(), seen = seen.tail())
      if (!fits(wanted.head(), seen.head())) return false;
    return fits(wanted, seen);
  }
  if (wanted.is_tuple() && seen.is_tuple(wanted.arity())) {
    for (std::size_t i = 0; i < wanted.arity(); ++i)
      if (!fits(wanted.element(i), seen.element(i))) return false;
    return true;
  }
  return exactly_equal(wanted, seen);
}

class Replay {
 public:
  Replay(bool collect_always, int slice)
      : world_{{.code_path = library(), .collect_always = collect_always}, {.slice = slice}} {
    auto client = std::make_unique<Client>(world_.processes);
    client_ = client.get();
    process_ = world_.processes.spawner().spawn(nullptr, std::move(client), SpawnOptions{});
    world_.processes.names().register_name(Atom::of("test_client"), *process_);
  }

  // Returns the difference to what was recorded; an empty text if there is none.
  std::string apply(const Json& closure, const Json& run) {
    start(closure, base64(text_of(run, "args_b64")), run.value("pre", Json::array()));
    world_.settle();
    OwnedTerm down = take([](Term term) { return term.is_tuple(5) && term.element(0).is(atoms::DOWN); });
    Term reason = down.term().is_tuple(5) ? down.term().element(4) : Term::atom(Atom::of("still_running"));
    auto& expected = run["expect"];
    auto wanted = term(base64(text_of(expected, "term_b64")));
    auto kind = text_of(expected, "class");
    bool right = false;
    if (kind == "value")
      right = reason.is_tuple(3) && reason.element(1).is(atoms::return_) &&
              matches(run, wanted.term(), reason.element(2));
    if (kind == "throw")
      right = reason.is_tuple(3) && reason.element(1).is(atoms::throw_) &&
              matches(run, wanted.term(), reason.element(2));
    if (kind == "exit")
      right = reason.is_tuple(3) && reason.element(1).is(atoms::exit) &&
              matches(run, wanted.term(), reason.element(2));
    if (kind == "error")
      right = reason.is_tuple(4) && reason.element(1).is(atoms::error) &&
              matches(run, wanted.term(), reason.element(2));
    if (!right)
      return "wanted " + kind + " " + to_text(wanted.term()) + ", got " + to_text(reason, {.limit = 600});
    for (auto& message : run["messages"])
      if (auto problem = receive(base64(text_of(message, "term_b64"))); !problem.empty()) return problem;
    return rest(run);
  }

  std::string server(const Json& closure, const Json& run) {
    start(closure, base64(text_of(run, "args_b64")), Json::array(), true);
    world_.settle(plenty, 0);
    for (auto& step : run["steps"]) {
      auto operation = text_of(step, "op");
      if (operation == "sleep") {
        pass(step["ms"].get<std::int64_t>());
      } else if (operation == "send" || operation == "send_name") {
        inputs_ = true;
        auto message = term(base64(text_of(step, "term_b64")));
        inputs_ = false;
        Term to = operation == "send" ? target_ : Term::atom(Atom::of(text_of(step, "name")));
        if (world_.processes.signals().send(*process_, to, message.term()) != SignalRouter::Sent::ok)
          return "no " + text_of(step, "name");
        world_.settle(plenty, 0);
      } else if (operation == "recv") {
        pass(1);
        if (auto problem = receive(base64(text_of(step, "term_b64"))); !problem.empty()) return problem;
      } else if (operation == "exit") {
        auto reason = term(base64(text_of(step, "term_b64")));
        world_.processes.signals().exit_signal(*process_, target_, reason.term());
        world_.settle(plenty, 0);
      } else if (operation == "await_exit") {
        world_.settle();
      }
    }
    OwnedTerm down = take([](Term term) { return term.is_tuple(5) && term.element(0).is(atoms::DOWN); });
    bool exited = down.term().is_tuple(5);
    if (exited != (text_of(run["exit"], "status") == "exited"))
      return exited ? "exited: " + to_text(down.term().element(4), {.limit = 600}) : "still running";
    if (!exited) return rest(run);
    auto wanted = term(base64(text_of(run["exit"], "reason_b64")));
    if (!fits(wanted.term(), down.term().element(4)))
      return "exited with " + to_text(down.term().element(4), {.limit = 600});
    return rest(run);
  }

 private:
  // Compares the output and the remaining messages with those recorded. Returns the difference.
  std::string rest(const Json& run) {
    if (auto printed = output(); printed != text_of(run, "output")) return "printed " + printed;
    if (!run.contains("leftover_messages")) return "";
    for (auto& message : run["leftover_messages"])
      if (auto problem = receive(base64(text_of(message, "term_b64"))); !problem.empty()) return problem;
    return client_->messages.empty() ? "" : "left over: " + to_text(client_->messages.front().term());
  }

  // The output since the last call, formatted as a group leader formats it.
  std::string output() {
    std::string all;
    for (auto& piece : std::exchange(client_->output, {})) {
      if (!piece.term().is_tuple(3)) {
        add_characters(all, piece.term());
        continue;
      }
      Heap heap;
      std::vector<Term> call{Term::atom(atoms::reply)};
      for (std::size_t i = 0; i < 3; ++i) call.push_back(copy(piece.term().element(i), heap));
      SpawnOptions options;
      options.monitor = world_.processes.this_node().make_reference();
      world_.processes.spawner().spawn(process_, atoms::erpc, atoms::execute_call,
                                       make_list(heap, std::span<const Term>{call}), options);
      world_.settle();
      OwnedTerm down = take([](Term term) { return term.is_tuple(5) && term.element(0).is(atoms::DOWN); });
      if (!down.term().is_tuple(5) || !down.term().element(4).is_tuple(3)) return all + "<no format>";
      add_characters(all, down.term().element(4).element(2));
    }
    return all;
  }

  bool matches(const Json& run, Term wanted, Term seen) {
    return text_of(run, "compare") == "class" || fits(wanted, seen);
  }

  OwnedTerm term(const Buffer& bytes) {
    Heap heap;
    DecodeOptions options;
    options.self = world_.processes.self();
    auto decoded = decode_with_version(heap, bytes, options);
    REQUIRE(decoded);
    Term value = substituted(decoded->term, heap, inputs_);
    return {std::move(heap), value};
  }

  // Replaces the atoms $self, $proc and $node in data that is sent. The recorded data has them in flat terms
  // only.
  Term substituted(Term value, Heap& heap, bool on) {
    if (!on) return value;
    if (value.is_atom()) {
      auto text = value.as_atom().text();
      if (text == "$self") return process_->self();
      if (text == "$proc") return target_;
      if (text == "$node") return Term::atom(world_.processes.self().name);
      return value;
    }
    if (value.is_tuple()) {
      std::vector<Term> elements;
      for (std::size_t i = 0; i < value.arity(); ++i)
        elements.push_back(substituted(value.element(i), heap, on));
      return make_tuple(heap, std::span<const Term>{elements});
    }
    if (value.is_cons()) {
      std::vector<Term> elements;
      for (; value.is_cons(); value = value.tail()) elements.push_back(substituted(value.head(), heap, on));
      return make_list(heap, std::span<const Term>{elements}, value);
    }
    return value;
  }

  void start(const Json& closure, const Buffer& arguments, const Json& before, bool plain = false) {
    inputs_ = true;
    auto fun = term(*file_contents(test_data() + "/closures/" + text_of(closure, "file")));
    auto list = term(arguments);
    Heap heap;
    Term call = make_list(heap, {copy(fun.term(), heap), copy(list.term(), heap)});
    SpawnOptions options;
    options.monitor = world_.processes.this_node().make_reference();
    Process* started =
        plain ? world_.processes.spawner().spawn(process_, atoms::erlang, atoms::apply, call, options)
              : world_.processes.spawner().spawn(
                    process_, atoms::erpc, atoms::execute_call,
                    make_list(heap, {Term::atom(atoms::reply), Term::atom(atoms::erlang),
                                     Term::atom(atoms::apply), call}),
                    options);
    target_ = started->self();
    started->group_leader = world_.processes.table().pid_of(*process_);
    for (auto& message : before)
      world_.processes.signals().send(*process_, target_, term(base64(text_of(message, "term_b64"))).term());
    inputs_ = false;
  }

  template <class Test>
  OwnedTerm take(Test test) {
    for (auto at = client_->messages.begin(); at != client_->messages.end(); ++at) {
      if (!test(at->term())) continue;
      OwnedTerm taken = std::move(*at);
      client_->messages.erase(at);
      return taken;
    }
    return {};
  }

  std::string receive(const Buffer& bytes) {
    auto wanted = term(bytes);
    if (client_->messages.empty()) return "no message, wanted " + to_text(wanted.term());
    OwnedTerm first = std::move(client_->messages.front());
    client_->messages.erase(client_->messages.begin());
    if (fits(wanted.term(), first.term())) return "";
    return "message " + to_text(first.term(), {.limit = 600}) + ", wanted " + to_text(wanted.term());
  }

  void pass(std::int64_t milliseconds) {
    world_.settle(plenty, milliseconds);
    world_.surroundings.now_milliseconds += milliseconds;
    world_.processes.timers().advance(world_.surroundings.now_milliseconds);
    world_.settle(plenty, 0);
  }

  static constexpr int plenty = 1'000'000;  // of time slices
  World world_;
  Client* client_ = nullptr;
  Process* process_ = nullptr;
  Term target_;
  bool inputs_ = false;
};

Json cases() {
  auto file = file_contents(test_data() + "/closures/expected.json");
  REQUIRE(file);
  return Json::parse(file->begin(), file->end());
}

std::string replay(const Json& closure, const Json& run, bool collect_always, int slice) {
  Replay replay{collect_always, slice};
  return text_of(run, "kind") == "apply" ? replay.apply(closure, run) : replay.server(closure, run);
}

}  // namespace

TEST_CASE("closures: funs of real shells give what they gave on a real node", "[.otp25]") {
  if (!has_library_of_closures()) {
    WARN(no_library_of_closures);
    return;
  }
  auto all = cases();
  int good = 0, bad = 0;
  for (auto& closure : all["cases"]) {
    if (!closure["needs"].empty()) continue;
    for (auto& run : closure["runs"]) {
      if (run.contains("quirk") || text_of(run, "args").find("fun erlang:") != std::string::npos)
        continue;  // the fun needs modules of Elixir
      auto problem = replay(closure, run, false, 4000);
      problem.empty() ? ++good : ++bad;
      INFO(text_of(closure, "id") << " " << text_of(run, "args") << ": " << problem);
      CHECK(problem.empty());
    }
  }
  CHECK(good > 60);
}

TEST_CASE("closures: a fun with receive waits, is preempted and collected while messages arrive",
          "[.otp25]") {
  if (!has_library_of_closures()) {
    WARN(no_library_of_closures);
    return;
  }
  auto all = cases();
  for (auto& closure : all["cases"]) {
    auto id = text_of(closure, "id");
    if (id != "erl-001-ack-server" && id != "erl-029-receive" && id != "erl-032-server") continue;
    for (auto& run : closure["runs"]) {
      INFO(id << " " << text_of(run, "args"));
      CHECK(replay(closure, run, true, 1000) == "");
    }
  }
}
