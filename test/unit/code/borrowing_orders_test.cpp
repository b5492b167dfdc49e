// Claims about borrowing that hold in every order of events: calls, answers, refusals, late answers,
// time-outs, peers that go and come back, -on_load functions, ends of processes, pushed and deleted code,
// reclaimed realms.
#include <algorithm>
#include <random>
#include <set>

#include "test/unit/code/peers.h"
#include "test/unit/paths.h"

using namespace noderuntime;
using namespace noderuntime::test;

namespace {

constexpr const char *lender = "lender@host", *helper = "helper@host";  // both may have the module

// A world in which one step happens at a time. After each step it checks what must always hold.
class Orders {
 public:
  enum Step {
    call,         // a process of the peer calls module:value/0
    call_too,     // a process of the other peer calls it
    give,         // the oldest open request is answered with the file, another MD5 or a release
    refuse,       // the oldest open request is answered with an error
    lose,         // the oldest open request is answered with noconnection, although the connection is up
    repeat,       // the last answer arrives once more
    wait_half,    // half of the time limit of a search passes
    wait,         // the whole time limit of a search passes
    leave,        // the connection to the peer is lost
    come_back,    // the connection to the peer is up again
    change,       // another program takes the peer's name while it is away
    helper_goes,  // the other peer leaves, or comes back
    kill_caller,  // the oldest calling process is killed
    kill_others,  // the processes that ask peers or run an -on_load function are killed
    push,         // the peer loads the module by code:load_binary/3
    erase,        // the peer deletes the module by code:delete/1
    step_count
  };

  explicit Orders(const std::string& variant)
      : file_{*file_contents(test_modules() + "/" + variant + "/starter.beam")},
        refused_{variant == "refused" || variant == "waits"} {
    for (auto* node : {lender, helper}) world_.surroundings.nodes.push_back(Atom::of(node));
  }

  void take(Step step) {
    trace_ += std::to_string(step) + " ";
    INFO("steps: " << trace_);
    switch (step) {
      case call:
        callers_.push_back(world_.start(lender, "erpc", "execute_call", "[r,starter,value,[]]"));
        break;
      case call_too:
        callers_.push_back(world_.start(helper, "erpc", "execute_call", "[r,starter,value,[]]"));
        break;
      case give: answer(&Orders::lend); break;
      case refuse: refused_ = true, answer(&Orders::have_nothing); break;
      case lose: refused_ = true, answer(&Orders::lose_it); break;
      case repeat:
        if (last_) (this->*last_->second)(last_->first);
        break;
      case wait_half: world_.pass(Borrower::time_limit / 2), refused_ = true; break;
      case wait: world_.pass(Borrower::time_limit), refused_ = true; break;
      case leave: go(lender); break;
      case come_back: come(lender); break;
      case change:
        if (is_away(lender)) world_.surroundings.creations[Atom::of(lender)] = Creation{++creation_};
        break;
      case helper_goes: is_away(helper) ? come(helper) : go(helper); break;
      case kill_caller:
        for (Term pid : callers_)
          if (auto* process = world_.processes.table().find(pid)) {
            world_.processes.exits().exit(*process, Term::atom(atoms::killed));
            break;
          }
        break;
      case kill_others:
        refused_ = true;
        for (Term pid : world_.processes.table().all())
          if (!is_caller(pid) && !world_.is_watcher(pid))
            world_.processes.exits().exit(*world_.processes.table().find(pid), Term::atom(atoms::killed));
        break;
      case push: push_it(); break;
      case erase:
        refused_ = true;
        world_.machine.registry().forget(realm(), Atom::of(module_));
        break;
      case step_count: break;
    }
    world_.run();
    check();
  }

  // Checks at the end that every caller has an answer, and that no question is left.
  void end() {
    refused_ = true;
    for (int i = 0; i < 6; ++i) world_.pass(Borrower::time_limit), check();
    for (Term pid : callers_) REQUIRE(world_.processes.table().find(pid) == nullptr);
    REQUIRE(world_.machine.searches().size() == 0);
    REQUIRE(world_.machine.searches().requests() == 0);
  }

 private:
  using Answer = void (Orders::*)(const Peers::Question&);

  Realm& realm() { return world_.machine.registry().realm(Atom::of(lender)); }
  void check() {
    auto& searches = world_.machine.searches();
    std::size_t requests = 0, waiting = 0;
    searches.for_each([&](const ModuleSearch& search) {
      REQUIRE(searches.find(*search.realm, search.module) == &search);
      REQUIRE((!search.requests.empty() || search.meets));
      for (auto& request : search.requests) REQUIRE(searches.find(request.reference) == &search);
      requests += search.requests.size();
      auto ends = world_.processes.timers().deadline_of(search.timer);
      REQUIRE(ends);
      REQUIRE(*ends <= world_.surroundings.now_milliseconds + Borrower::time_limit);
      for (Word pid : search.waiting)
        waiting += is_caller(from_word(pid)) && world_.processes.table().find(from_word(pid));
    });
    REQUIRE(searches.requests() == requests);
    std::size_t alive = 0;
    for (std::size_t i = 0; i < callers_.size(); ++i) {
      alive += world_.processes.table().find(callers_[i]) != nullptr;
      auto outcome = world_.outcome(i);
      if (outcome == "{r,return,42}")
        REQUIRE(given_);
      else if (outcome.starts_with("{r,error,undef"))
        REQUIRE(refused_);
      else
        REQUIRE((outcome == "no answer" || outcome == "killed"));
    }
    REQUIRE(alive == waiting);
  }
  bool is_caller(Term pid) { return std::find(callers_.begin(), callers_.end(), pid) != callers_.end(); }

  bool is_away(const char* node) const { return world_.surroundings.away.contains(Atom::of(node)); }
  void go(const char* node) {
    if (!world_.surroundings.away.insert(Atom::of(node)).second) return;
    refused_ = true;
    world_.processes.signals().node_down(Atom::of(node));
    world_.machine.peer_leaves();
    auto requests = world_.requests();
    for (std::size_t i = 0; i < requests.size(); ++i)
      if (requests[i].node == Atom::of(node)) answered_.insert(i);
  }
  void come(const char* node) {
    if (world_.surroundings.away.erase(Atom::of(node))) world_.machine.peer_returns(Atom::of(node));
  }

  void answer(Answer how) {
    auto requests = world_.requests();
    for (std::size_t i = 0; i < requests.size(); ++i)
      if (answered_.insert(i).second) {
        last_ = {requests[i], how};
        return (this->*how)(requests[i]);
      }
  }
  void lend(const Peers::Question& search) {
    if (search.arguments == "[code,get_object_code,[starter]]") {
      given_ = true;
      world_.lend_bytes(search, module_, file_);
    } else if (search.arguments.starts_with("[code,")) {
      have_nothing(search);
    } else {
      bool meeting = search.arguments.starts_with("[erlang,system_info");
      world_.answer(search, *parse_text(meeting ? "{r,return,\"25\"}" : "{r,return,<<1>>}"));
    }
  }
  void have_nothing(const Peers::Question& search) { world_.have_nothing(search); }
  void lose_it(const Peers::Question& search) {
    world_.answer(search, OwnedTerm::copy_of(Term::atom(atoms::noconnection)));
  }
  void push_it() {
    given_ = true;
    Heap heap;
    Term arguments = make_list(heap, {Term::atom(Atom::of(module_)), Term::nil(), make_binary(heap, file_)});
    SpawnOptions options;
    options.origin = Atom::of(lender);
    world_.spawn(Atom::of("code"), Atom::of("load_binary"), arguments, options);
  }

  Peers world_;
  static constexpr const char* module_ = "starter";
  std::string trace_;
  Buffer file_;
  std::vector<Term> callers_;
  std::set<std::size_t> answered_;  // the answered requests, by their numbers in the order of sending
  std::uint32_t creation_ = 1;
  std::optional<std::pair<Peers::Question, Answer>> last_;
  bool given_ = false;  // the module was given or pushed at least once
  bool refused_;        // something has happened after which a call may be undef
};

// The length of the sequences that are tried in every order, and the number of random sequences. Both are
// smaller where a step takes longer.
#if defined(NODERUNTIME_EMULATED)
constexpr std::size_t deepest = 2;
constexpr int rounds = 5;
#elif defined(__SANITIZE_ADDRESS__)
constexpr std::size_t deepest = 3;
constexpr int rounds = 60;
#else
constexpr std::size_t deepest = 4;
constexpr int rounds = 60;
#endif
// The module `starter` with different -on_load functions; that of `waits` never returns.
constexpr const char* variants[] = {"ok", "refused", "itself", "lacks", "waits"};

}  // namespace

TEST_CASE("borrowing in every order: all short sequences", "[code]") {
  for (std::string variant : variants) {
    std::size_t length = variant == "refused" ? deepest : std::min<std::size_t>(3, deepest);
    std::size_t total = 1;
    for (std::size_t i = 0; i < length; ++i) total *= Orders::step_count;
    for (std::size_t number = 0; number < total; ++number) {
      Orders orders{variant};
      INFO(variant);
      orders.take(Orders::call);
      for (std::size_t i = 0, rest = number; i < length; ++i, rest /= Orders::step_count)
        orders.take(static_cast<Orders::Step>(rest % Orders::step_count));
      orders.end();
    }
  }
}

TEST_CASE("borrowing in every order: long sequences, drawn by chance", "[code]") {
  for (auto* variant : variants)
    for (int round = 0; round < rounds; ++round) {
      auto seed = std::random_device{}();
      std::mt19937 random{seed};
      Orders orders{variant};
      CAPTURE(variant, seed);
      orders.take(Orders::call);
      for (int i = 0; i < 80; ++i) orders.take(static_cast<Orders::Step>(random() % Orders::step_count));
      orders.end();
    }
}
