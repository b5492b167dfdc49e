#include "noderuntime/observe/walk.h"

#include <algorithm>
#include <map>
#include <memory>

#include "noderuntime/observe/forms.h"

namespace noderuntime::observe {

namespace {

constexpr std::int64_t slice = 2'000;  // processes that are looked at together
constexpr std::int64_t slice_of_two =
    100'000;                           // the same where each is looked at twice, with `pause` between
constexpr std::int64_t pause = 1'000;  // milliseconds
constexpr std::size_t slice_of_ours = 1'000;
constexpr Milliseconds walk_limit{120'000};  // for the answer; a million processes take 15 s

struct OrderRow {
  std::string_view name, item;  // of process_info/2
};
constexpr OrderRow orders[] = {
    {"memory", "memory"}, {"queue", "message_queue_len"}, {"reductions", "reductions"}};

Atom item_of(Order order) { return Atom::of(orders[static_cast<int>(order)].item); }

// process_flag(priority, low),
// (fun Walk(Pids, Least, Best) ->
//    case Pids =:= [] of
//      true -> Best;
//      false ->
//        Chunk = lists:sublist(Pids, Slice),
//        Before = FIRST,
//        Found = ets:match_spec_run(lists:zip3(Chunk, Before, SECOND), ets:match_spec_compile(ABOVE)),
//        All = lists:sublist(lists:reverse(lists:sort(Found ++ Best)), Rows),
//        Walk(lists:nthtail(length(Chunk), Pids),
//             case length(All) < Rows of true -> Least; false -> element(1, lists:last(All)) end, All)
//    end
//  end)(processes(), -1, [])
//
// SECOND is a look, lists:zipwith(fun process_info/2, Chunk, lists:duplicate(length(Chunk), Item)); FIRST is one too,
// with a pause behind it, or a list of {Item, 0}. ABOVE takes objects {Pid, {Item, First}, {Item, Second}} whose
// difference exceeds Least, and gives {Second - First, Pid}.
class Program {
 public:
  Program(Terms& terms, Order order, std::size_t rows)
      : terms_{terms},
        form_{terms},
        item_{Term::atom(item_of(order))},
        twice_{order == Order::reductions},
        rows_{form_.number(static_cast<std::int64_t>(rows))} {}

  Term forms() {
    Term flag = remote("process_flag", atom("priority"_atom), atom("low"_atom));
    Term nothing_left = form_.op("=:="_atom, form_.var(pids), form_.nil());
    Term loop =
        form_.named_fun(walk, {pids, least, best}, {form_.choose(nothing_left, {form_.var(best)}, step())});
    return terms_.list(
        flag, form_.apply(loop, remote("processes"), form_.literal(terms_.integer(-1)), form_.nil()));
  }

 private:
  const Atom walk = "apply"_atom, pids = "processes"_atom, least = "element"_atom, best = "sublist"_atom,
             chunk = "split"_atom, before = "list"_atom, all = "sort"_atom;

  template <class... Arguments>
  Term remote(const char* function, const Arguments&... arguments) {
    return form_.call("erlang"_atom, Atom::of(function), arguments...);
  }
  template <class... Arguments>
  Term lists(const char* function, const Arguments&... arguments) {
    return form_.call("lists"_atom, Atom::of(function), arguments...);
  }
  Term atom(Atom name) { return form_.literal(Term::atom(name)); }
  Term copies(Term of) { return lists("duplicate", remote("length", form_.var(chunk)), form_.literal(of)); }
  Term look() {
    Term process_info = form_.fun("erlang"_atom, "process_info"_atom, 2);
    return lists("zipwith", process_info, form_.var(chunk), copies(item_));
  }
  Term above() {
    Term head = *terms_.parse("{'$1', {'_', '$2'}, {'_', '$3'}}");
    Term difference = *terms_.parse("{'-', '$3', '$2'}");
    Term result = *terms_.parse("[{{{'-', '$3', '$2'}, '$1'}}]");
    Term guard = form_.tuple(atom(">"_atom), form_.literal(difference), form_.var(least));
    return form_.list(form_.tuple(form_.literal(head), form_.list(guard), form_.literal(result)));
  }
  std::vector<Term> step() {
    Term size = form_.number(twice_ ? slice_of_two : slice);
    std::vector<Term> body{form_.match(chunk, lists("sublist", form_.var(pids), size))};
    body.push_back(form_.match(before, twice_ ? look() : copies(terms_.tuple(item_, 0))));
    if (twice_) body.push_back(form_.call("timer"_atom, "sleep"_atom, form_.number(pause)));
    Term found = form_.call("ets"_atom, "match_spec_run"_atom,
                            lists("zip3", form_.var(chunk), form_.var(before), look()),
                            form_.call("ets"_atom, "match_spec_compile"_atom, above()));
    Term sorted = lists("reverse", lists("sort", form_.op("++"_atom, found, form_.var(best))));
    body.push_back(form_.match(all, lists("sublist", sorted, rows_)));
    Term few = form_.op("<"_atom, remote("length", form_.var(all)), rows_);
    Term last = remote("element", form_.number(1), lists("last", form_.var(all)));
    body.push_back(form_.apply(form_.var(walk),
                               lists("nthtail", remote("length", form_.var(chunk)), form_.var(pids)),
                               form_.choose(few, {form_.var(least)}, {last}), form_.var(all)));
    return body;
  }

  Terms& terms_;
  Forms form_;
  Term item_;
  bool twice_;
  Term rows_;
};

// {value, [{Value, Pid}, …], Bindings}
std::optional<std::vector<Ranked>> ranks_in(Term answer, std::size_t rows) {
  auto told = program_value(answer);
  if (!told) return std::nullopt;
  std::vector<Ranked> ranks;
  for (Term pair : some_elements(*told, rows)) {
    auto value = pair.is_tuple(2) ? count_in(pair.element(0)) : std::nullopt;
    if (!value || !pair.element(1).is_pid()) return std::nullopt;
    ranks.push_back({*value, Value::of(pair.element(1))});
  }
  return ranks;
}

// The walk over a node of ours: calls for a slice each, one after the other.
class WalkOfOurs : public std::enable_shared_from_this<WalkOfOurs> {
 public:
  WalkOfOurs(Questions& questions, Atom node, Order order, std::size_t rows,
             std::function<void(Result<Walked>)> done)
      : questions_{questions}, node_{node}, order_{order}, rows_{rows}, done_{std::move(done)} {}

  void start() {
    ask("erlang", "processes", Value{}, [](WalkOfOurs& self, const CallResult& result) {
      for (Term pid : some_elements(result.term, most_processes))
        if (pid.is_pid()) self.pids_.push_back(Value::of(pid));
      self.values_.resize(self.pids_.size());
      self.next();
    });
  }

 private:
  static constexpr std::size_t most_processes = 1 << 20;
  using Then = std::function<void(WalkOfOurs&, const CallResult&)>;

  void ask(std::string_view module, std::string_view function, Value arguments, Then then) {
    questions_.ask(node_, module, function, std::move(arguments),
                   [self = shared_from_this(), then](const CallResult& result, Milliseconds) {
                     if (!result.ok()) return self->done_(error_of(result));
                     then(*self, result);
                   });
  }

  void next() {
    if (at_ < pids_.size()) return look();
    if (order_ == Order::reductions && !std::exchange(second_, true)) {
      at_ = 0;
      auto wait = built([](Terms& terms) { return terms.list(pause); });
      return ask("timer", "sleep", wait, [](WalkOfOurs& self, const CallResult&) { self.next(); });
    }
    finish();
  }

  void look() {
    auto end = std::min(at_ + slice_of_ours, pids_.size());
    auto arguments = built([&](Terms& terms) {
      std::vector<Term> pids;
      for (auto each = at_; each < end; ++each) pids.push_back(pids_[each].term());
      std::vector<Term> items(pids.size(), Term::atom(item_of(order_)));
      return terms.list(terms.fun("erlang"_atom, "process_info"_atom, 2), terms.list_of(pids),
                        terms.list_of(items));
    });
    ask("lists", "zipwith", arguments, [end](WalkOfOurs& self, const CallResult& result) {
      auto told = some_elements(result.term, end - self.at_);
      for (std::size_t i = 0; i < told.size(); ++i) {
        auto value = told[i].is_tuple(2) ? count_in(told[i].element(1)) : std::nullopt;
        auto& kept = self.values_[self.at_ + i];
        if (self.second_)
          kept = value && kept && *value >= *kept ? Number{*value - *kept} : std::nullopt;
        else
          kept = value;
      }
      self.at_ = end;
      self.next();
    });
  }

  void finish() {
    Walked walked;
    for (std::size_t i = 0; i < pids_.size(); ++i)
      if (values_[i]) walked.processes.push_back({*values_[i], pids_[i]});
    auto shown = std::min(rows_, walked.processes.size());
    std::partial_sort(walked.processes.begin(), walked.processes.begin() + static_cast<std::ptrdiff_t>(shown),
                      walked.processes.end(), [](auto& a, auto& b) { return a.value > b.value; });
    walked.processes.erase(walked.processes.begin() + static_cast<std::ptrdiff_t>(shown),
                           walked.processes.end());
    done_(std::move(walked));
  }

  Questions& questions_;
  Atom node_;
  Order order_;
  std::size_t rows_;
  std::function<void(Result<Walked>)> done_;
  std::vector<Value> pids_;
  std::vector<Number> values_;
  std::size_t at_ = 0;
  bool second_ = false;
};

}  // namespace

std::optional<Order> order_of(std::string_view name) {
  for (std::size_t i = 0; i < std::size(orders); ++i)
    if (orders[i].name == name) return static_cast<Order>(i);
  return std::nullopt;
}

Error error_of(const CallResult& result) {
  if (result.kind != CallResult::Kind::failed) return {Errc::raised, shown(result.term, 300)};
  if (result.term.is("timeout"_atom)) return {Errc::timeout, {}};
  return {Errc::unreachable, shown(result.term, 300)};
}

void find_processes(Questions& questions, Atom node, bool ours, Order order, std::size_t rows,
                    std::int64_t count, std::function<void(Result<Walked>)> done) {
  rows = std::clamp<std::size_t>(rows, 1, most_rows);
  if (ours) return std::make_shared<WalkOfOurs>(questions, node, order, rows, std::move(done))->start();
  auto begin = questions.now();
  auto arguments = built([&](Terms& terms) {
    return terms.list(Program{terms, order, rows}.forms(), terms.list());
  });
  questions.ask(
      node, "erl_eval", "exprs", arguments,
      [=, done = std::move(done)](const CallResult& result, Milliseconds now) {
        if (!result.ok()) return done(error_of(result));
        auto ranks = ranks_in(result.term, rows);
        if (!ranks) return done(Error{Errc::raised, "its answer cannot be read"});
        auto took = now - begin;
        auto pauses = order == Order::reductions
                          ? std::max<std::int64_t>(1, (count + slice_of_two - 1) / slice_of_two)
                          : 0;
        took -= std::min(took, Milliseconds{pause * pauses});
        done(Walked{std::move(*ranks), took});
      },
      walk_limit);
}

// --- the rows

namespace {

class Description : public std::enable_shared_from_this<Description> {
 public:
  using Done = std::function<void(Result<std::vector<ProcessRow>>)>;
  Description(Questions& questions, Atom node, std::vector<Value> pids, Done done)
      : questions_{questions},
        node_{node},
        pids_{std::move(pids)},
        rows_(pids_.size()),
        done_{std::move(done)} {}

  void start(bool ours) {
    auto arguments = built([&](Terms& terms) {
      Term wanted = terms.list("registered_name"_atom, "initial_call"_atom, "current_function"_atom,
                               "memory"_atom, "message_queue_len"_atom, "reductions"_atom);
      std::vector<Term> items(pids_.size(), wanted);
      return terms.list(terms.fun("erlang"_atom, "process_info"_atom, 2), terms.of(pids_),
                        terms.list_of(items));
    });
    questions_.ask(node_, "lists", "zipwith", arguments,
                   [self = shared_from_this(), ours](const CallResult& result, Milliseconds) {
                     if (!result.ok()) return self->done_(error_of(result));
                     self->read(result.term);
                     self->ask_for_starts(ours);
                   });
  }

 private:
  void read(Term told) {
    NodeIdentity nobody{Atom{}, Creation{0}};
    auto all = some_elements(told, pids_.size());
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (!all[i].is_cons()) continue;  // undefined: it has ended
      auto part = [&](Atom item) { return value_at(all[i], item).value_or(Term::nil()); };
      auto pid = detail::read_pid(nobody, pids_[i].term());
      Term name = part("registered_name"_atom);
      rows_[i] = {.pid = pid ? pid_text(*pid) : "",
                  .name = name.is_atom() ? clean(name.as_atom().text(), 255) : "",
                  .starts = function_text(part("initial_call"_atom)),
                  .runs = function_text(part("current_function"_atom)),
                  .memory = count_in(part("memory"_atom)),
                  .queue = count_in(part("message_queue_len"_atom)),
                  .reductions = count_in(part("reductions"_atom))};
    }
  }

  // The function that proc_lib started a process with stands in its dictionary, which is copied to read it; not where
  // that could be large.
  void ask_for_starts(bool ours) {
    constexpr std::int64_t small_enough = 10'000'000;
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < rows_.size() && !ours; ++i)
      if (rows_[i].starts == "proc_lib:init_p/5" && rows_[i].memory.value_or(small_enough) < small_enough)
        places.push_back(i);
    if (places.empty()) return finish();
    auto arguments = built([&](Terms& terms) {
      std::vector<Term> asked;
      for (auto place : places) asked.push_back(terms.of(pids_[place]));
      return terms.list(terms.fun("proc_lib"_atom, "translate_initial_call"_atom, 1), terms.list_of(asked));
    });
    questions_.ask(node_, "lists", "map", arguments,
                   [self = shared_from_this(), places](const CallResult& result, Milliseconds) {
                     auto told =
                         result.ok() ? some_elements(result.term, places.size()) : std::vector<Term>{};
                     for (std::size_t i = 0; i < told.size(); ++i)
                       self->rows_[places[i]].starts = function_text(told[i]);
                     self->finish();
                   });
  }

  void finish() {
    rows_.erase(std::remove_if(rows_.begin(), rows_.end(), [](auto& row) { return row.pid.empty(); }),
                rows_.end());
    done_(std::move(rows_));
  }

  Questions& questions_;
  Atom node_;
  std::vector<Value> pids_;
  std::vector<ProcessRow> rows_;
  Done done_;
};

}  // namespace

void describe_processes(Questions& questions, Atom node, bool ours, std::vector<Value> pids,
                        std::function<void(Result<std::vector<ProcessRow>>)> done) {
  std::make_shared<Description>(questions, node, std::move(pids), std::move(done))->start(ours);
}

}  // namespace noderuntime::observe
