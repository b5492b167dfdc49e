#include "noderuntime/observe/views.h"

#include <algorithm>
#include <charconv>

namespace noderuntime::observe {

namespace {

constexpr std::size_t default_rows = 50, most_found = 100, most_registered = 50'000;
constexpr Milliseconds keep_walks{60'000};  // after the last request for them

std::string parameter(const Views::Parameters& parameters, std::string_view name) {
  auto found = parameters.find(name);
  return found == parameters.end() ? std::string{} : found->second;
}

template <class Integer>
Integer number_of(const std::string& text, Integer otherwise) {
  std::from_chars(text.data(), text.data() + text.size(), otherwise);
  return otherwise;
}

Term row_term(Terms& terms, const ProcessRow& row, std::optional<double> reductions) {
  Object object{terms};
  object.add("pid", row.pid);
  if (!row.name.empty()) object.add("name", row.name);
  return object.add("initial_call", row.starts)
      .add("current_function", row.runs)
      .add("memory", row.memory)
      .add("message_queue_len", row.queue)
      .add("reductions", row.reductions)
      .add("reductions_per_second", reductions)
      .term();
}

std::string in_lower_case(std::string text) {
  for (auto& letter : text)
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  return text;
}

}  // namespace

Result<Atom> Views::node_of(const Parameters& parameters) const {
  auto name = parameter(parameters, "node");
  auto node = Atom::find(name);
  auto state = node ? cluster_.state(*node) : std::nullopt;
  if (!state) return Error{Errc::not_found, clean(name, 255)};
  if (*state != Cluster::State::up) return Error{Errc::unreachable, name};
  return *node;
}

void Views::show(std::string_view view, const Parameters& parameters, Answer done) {
  auto node = node_of(parameters);
  if (!node) return done(node.error());
  if (view == "applications") return ask_applications(questions_, *node, done);
  if (view == "modules") return ask_modules(questions_, *node, done);
  if (view == "tables") return ask_tables(questions_, *node, done);
  if (view == "ports") return ask_ports(questions_, *node, done);
  if (view == "mnesia") return ask_mnesia(questions_, *node, done);
  if (view == "objects")
    return pages_.ask(*node, cluster_.is_ours(*node), parameter(parameters, "table"),
                      parameter(parameters, "from"), done);
  if (view == "log")
    return logs_.ask(cluster_.self(), *node, cluster_.is_ours(*node),
                     number_of(parameter(parameters, "after"), std::int64_t{0}), done);
  if (view == "children") return ask_children(questions_, *node, parameter(parameters, "of"), done);
  if (view == "process")
    return ask_process(questions_, *node, parameter(parameters, "pid"), parameter(parameters, "state") == "1",
                       done);
  if (view == "processes") return show_processes(*node, parameters, done);
  done(Error{Errc::not_found, clean(view, 255)});
}

void Views::act(const Parameters& parameters, Answer done) {
  auto node = node_of(parameters);
  if (!node) return done(node.error());
  auto action = action_of(parameter(parameters, "action"));
  if (!action) return done(Error{Errc::not_found, clean(parameter(parameters, "action"), 255)});
  observe::act(questions_, *node, *action, parameter(parameters, "what"), done);
}

// --- processes

void Views::show_processes(Atom node, const Parameters& parameters, Answer done) {
  if (auto text = parameter(parameters, "search"); !text.empty()) return search(node, text, done);
  auto order = order_of(parameter(parameters, "order"));
  auto rows = number_of(parameter(parameters, "rows"), default_rows);
  forget();
  Key key{node, order.value_or(Order::reductions)};
  auto& walks = walks_[key];
  auto now = questions_.now();
  walks.used = now;
  bool more = std::clamp<std::size_t>(rows, 1, most_rows) >
              std::exchange(walks.rows, std::clamp<std::size_t>(rows, 1, most_rows));
  bool due = !walks.walked || more || now >= next_walk(walks);
  if (walks.walked && !more)
    tell(key, done);
  else
    walks.waiting.push_back(done);
  if (due && !walks.walking) walk(key);
}

Milliseconds Views::next_walk(const Walks& walks) const {
  return walks.finished + std::max(interval_, std::min(walks.took * walk_pause_factor, longest_walk_pause));
}

void Views::walk(Key key) {
  auto& walks = walks_[key];
  walks.walking = true;
  find_processes(questions_, key.first, cluster_.is_ours(key.first), key.second, walks.rows,
                 cluster_.processes(key.first),
                 [this, key, rows = walks.rows, life = std::weak_ptr{life_}](Result<Walked> walked) {
                   if (life.expired()) return;
                   auto& walks = walks_[key];
                   walks.walking = false;
                   walks.finished = questions_.now();
                   if (walked && rows < walks.rows) return walk(key);  // more were asked for meanwhile
                   auto waiting = std::exchange(walks.waiting, {});
                   if (!walked) {
                     for (auto& done : waiting) done(walked.error());
                     return;
                   }
                   walks.walked = true;
                   walks.ranks = std::move(walked->processes);
                   walks.took = walked->took;
                   for (auto& done : waiting) tell(key, done);
                 });
}

// The rows of the last walk, with their present figures.
void Views::tell(Key key, Answer done) {
  std::vector<Value> pids;
  for (auto& rank : walks_[key].ranks) pids.push_back(rank.pid);
  if (pids.empty()) return done(table(key, {}));
  describe_processes(questions_, key.first, cluster_.is_ours(key.first), std::move(pids),
                     [this, key, done, life = std::weak_ptr{life_}](Result<std::vector<ProcessRow>> rows) {
                       if (life.expired()) return;
                       if (!rows) return done(rows.error());
                       done(table(key, std::move(*rows)));
                     });
}

Value Views::table(Key key, std::vector<ProcessRow> rows) {
  auto& walks = walks_[key];
  auto now = questions_.now();
  std::map<std::string, std::int64_t> ranked;
  NodeIdentity nobody{Atom{}, Creation{0}};
  for (auto& rank : walks.ranks)
    if (auto pid = detail::read_pid(nobody, rank.pid.term())) ranked[pid_text(*pid)] = rank.value;
  auto before = std::exchange(walks.reductions, {});
  return built([&](Terms& terms) {
    std::vector<Term> made;
    for (auto& row : rows) {
      std::optional<double> rate;
      if (auto found = before.find(row.pid);
          found != before.end() && row.reductions && now > found->second.second)
        rate = static_cast<double>(*row.reductions - found->second.first) * 1'000 /
               static_cast<double>((now - found->second.second).count());
      if (!rate && key.second == Order::reductions) rate = static_cast<double>(ranked[row.pid]);
      if (row.reductions) walks.reductions[row.pid] = {*row.reductions, now};
      made.push_back(row_term(terms, row, rate));
    }
    auto next = next_walk(walks);
    return Object{terms}
        .add("node", std::string{key.first.text()})
        .add("rows", terms.list_of(made))
        .add("walk_milliseconds", Number{walks.took.count()})
        .add("walked_seconds_ago", Number{(now - walks.finished).count() / 1000})
        .add("next_walk_seconds", Number{std::max<std::int64_t>(0, (next - now).count() / 1000)})
        .term();
  });
}

void Views::forget() {
  auto now = questions_.now();
  for (auto each = walks_.begin(); each != walks_.end();)
    each =
        !each->second.walking && now - each->second.used > keep_walks ? walks_.erase(each) : std::next(each);
}

// A pid, or part of a registered name.
void Views::search(Atom node, const std::string& text, Answer done) {
  bool ours = cluster_.is_ours(node);
  auto describe = [this, node, ours, done, life = std::weak_ptr{life_}](std::vector<Value> pids) {
    if (life.expired()) return;
    describe_processes(questions_, node, ours, std::move(pids),
                       [node, done](Result<std::vector<ProcessRow>> rows) {
                         if (!rows) return done(rows.error());
                         done(built([&](Terms& terms) {
                           std::vector<Term> made;
                           for (auto& row : *rows) made.push_back(row_term(terms, row, std::nullopt));
                           return Object{terms}
                               .add("node", std::string{node.text()})
                               .add("rows", terms.list_of(made))
                               .term();
                         }));
                       });
  };
  auto found = [done, describe](const CallResult& result, Milliseconds) {
    if (!result.ok()) return done(error_of(result));
    std::vector<Value> pids;
    for (Term pid : some_elements(result.term, most_found))
      if (pid.is_pid()) pids.push_back(Value::of(pid));
    describe(std::move(pids));
  };
  if (is_pid_text(text)) {
    auto arguments = built([&](Terms& terms) {
      return terms.list(terms.fun("erlang"_atom, "list_to_pid"_atom, 1), terms.list(terms.string(text)));
    });
    return questions_.ask(node, "lists", "map", arguments,
                          [found, describe](const CallResult& result, Milliseconds now) {
                            if (result.kind == CallResult::Kind::error)
                              return describe({});  // no such process
                            found(result, now);
                          });
  }
  auto registered = [this, node, done, found, wanted = in_lower_case(text), life = std::weak_ptr{life_}](
                        const CallResult& result, Milliseconds) {
    if (life.expired()) return;
    if (!result.ok()) return done(error_of(result));
    auto arguments = built([&](Terms& terms) {
      std::vector<Term> names;
      for (Term name : some_elements(result.term, most_registered)) {
        if (!name.is_atom() || names.size() == most_found) continue;
        if (in_lower_case(std::string{name.as_atom().text()}).find(wanted) != std::string::npos)
          names.push_back(name);
      }
      return terms.list(terms.fun("erlang"_atom, "whereis"_atom, 1), terms.list_of(names));
    });
    questions_.ask(node, "lists", "map", arguments, found);
  };
  questions_.ask(node, "erlang", "registered", Value{}, registered);
}

}  // namespace noderuntime::observe
