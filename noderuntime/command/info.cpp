#include "noderuntime/command/info.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace noderuntime::command {

namespace {

struct Query {
  const char* field;  // of the JSON object
  const char* function;
  const char* argument;  // an atom; empty: none
};
constexpr Query queries[] = {{"release", "system_info", "otp_release"},
                             {"version", "system_info", "version"},
                             {"architecture", "system_info", "system_architecture"},
                             {"schedulers", "system_info", "schedulers_online"},
                             {"processes", "system_info", "process_count"},
                             {"process_limit", "system_info", "process_limit"},
                             {"ports", "system_info", "port_count"},
                             {"port_limit", "system_info", "port_limit"},
                             {"atoms", "system_info", "atom_count"},
                             {"atom_limit", "system_info", "atom_limit"},
                             {"run_queue", "statistics", "run_queue"},
                             {"uptime", "statistics", "wall_clock"},
                             {"longest_step", "statistics", "longest_step"},  // not on OTP
                             {"memory", "memory", ""},
                             {"nodes", "nodes", ""}};

std::string megabytes(double bytes) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", bytes / 1e6);
  return text;
}

std::string milliseconds(std::int64_t microseconds) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", static_cast<double>(microseconds) / 1000);
  return text;
}

std::string duration(std::int64_t seconds) {
  char text[64];
  if (seconds >= 86'400)
    std::snprintf(text, sizeof text, "%lld d %lld h", static_cast<long long>(seconds / 86'400),
                  static_cast<long long>(seconds / 3600 % 24));
  else if (seconds >= 3600)
    std::snprintf(text, sizeof text, "%lld h %lld min", static_cast<long long>(seconds / 3600),
                  static_cast<long long>(seconds / 60 % 60));
  else
    std::snprintf(text, sizeof text, "%lld min %lld s", static_cast<long long>(seconds / 60),
                  static_cast<long long>(seconds % 60));
  return text;
}

// The facts that the node reported, by field.
class Facts {
 public:
  void add(const char* field, const Value& value) { told_.emplace_back(field, value); }
  const std::vector<Field>& all() const { return told_; }
  std::optional<Term> find(std::string_view field) const {
    for (auto& [name, value] : told_)
      if (name == field) return value.term();
    return std::nullopt;
  }
  std::string number(std::string_view field) const {
    auto found = find(field);
    return found ? Terms::digits(*found) : std::string{};
  }
  std::string of(std::string_view count, std::string_view limit) const {
    auto most = number(limit);
    return number(count) + (most.empty() ? "" : " of " + most);
  }

 private:
  std::vector<Field> told_;
};

// The value in JSON output: texts as texts, memory as an object, times in seconds.
Value for_people(Client& client, std::string_view field, Term term) {
  if (field == "release" || field == "version" || field == "architecture")
    return text_value(characters(term));
  if (field == "uptime" && term.is_tuple(2) && term.element(0).is_small())
    return integer_value(term.element(0).as_small() / 1000);
  if (field == "longest_step" && term.is_tuple(2)) return Value::of(term.element(0));
  if (field == "memory")
    return client.build([&](Terms& terms) {
      std::vector<std::pair<Term, Term>> rows;
      for (Term row : Terms::elements(term).value_or(std::vector<Term>{}))
        if (row.is_tuple(2)) rows.emplace_back(row.element(0), row.element(1));
      return terms.map_of(rows);
    });
  return Value::of(term);
}

void print_facts(const Output& output, Atom node, const Facts& facts) {
  auto line = [&](const char* label, const std::string& text) {
    if (!text.empty())
      output.line(std::string{label}.append(12 - std::string_view{label}.size(), ' ') + text);
  };
  auto text = [&](std::string_view field) {
    auto found = facts.find(field);
    auto bytes = found ? detail::read_bytes(*found) : std::nullopt;
    return bytes ? std::string{as_text(*bytes)} : std::string{};
  };
  line("node", std::string{node.text()});
  if (facts.find("release")) line("release", "OTP " + text("release") + ", ERTS " + text("version"));
  auto schedulers = facts.number("schedulers");
  line(
      "system",
      text("architecture") +
          (schedulers.empty() ? "" : ", " + schedulers + (schedulers == "1" ? " scheduler" : " schedulers")));
  if (auto up = facts.find("uptime"); up && up->is_small()) line("uptime", duration(up->as_small()));
  line("processes", facts.of("processes", "process_limit"));
  line("ports", facts.of("ports", "port_limit"));
  line("atoms", facts.of("atoms", "atom_limit"));
  line("run queue", facts.number("run_queue"));
  if (auto memory = facts.find("memory")) {
    auto part = [&](Atom name) {
      auto bytes = Terms::get(*memory, Term::atom(name));
      return bytes && bytes->is_small() ? megabytes(static_cast<double>(bytes->as_small()))
                                        : std::string{"?"};
    };
    line("memory", part("total"_atom) + " MB: processes " + part("processes"_atom) + ", code " +
                       part("code"_atom) + ", atoms " + part("atom"_atom) + ", binaries " +
                       part("binary"_atom) + ", ets " + part("ets"_atom));
  }
  if (auto step = facts.find("longest_step"); step && step->is_map()) {
    auto part = [&](Atom time, Atom what) {
      auto microseconds = Terms::get(*step, Term::atom(time));
      auto name = Terms::get(*step, Term::atom(what));
      auto bytes = name ? detail::read_bytes(*name) : std::nullopt;
      bool told = microseconds && microseconds->is_small() && bytes;
      return told ? milliseconds(microseconds->as_small()) + " ms (" + std::string{as_text(*bytes)} + ")"
                  : std::string{"?"};
    };
    line("longest", part("microseconds"_atom, "what"_atom) + "; by processor time " +
                        part("processor_microseconds"_atom, "processor_what"_atom) + "; of a process " +
                        part("slice_microseconds"_atom, "slice_function"_atom));
  }
  std::string nodes;
  if (auto list = facts.find("nodes"))
    for (Term other : Terms::elements(*list).value_or(std::vector<Term>{}))
      nodes += (nodes.empty() ? "" : " ") + print(other);
  line("nodes", nodes);
}

int info_of(Client& client, Atom node, const InfoOptions&) {
  if (int failed = client.reach(node)) return failed;
  std::vector<Call> calls;
  for (auto& query : queries) {
    auto arguments = client.build([&](Terms& terms) {
      return query.argument[0] ? terms.list(Atom::of(query.argument)) : terms.list();
    });
    calls.push_back({node, "erlang"_atom, Atom::of(query.function), arguments});
  }
  auto answers = client.call_all(calls);
  if (client.interrupted()) return by_interrupt;
  Facts facts;
  for (std::size_t i = 0; i < answers.size(); ++i)
    if (answers[i].ok())
      facts.add(queries[i].field, for_people(client, queries[i].field, answers[i].term.term()));
  if (facts.all().empty()) return client.fail(node, answers[0]);
  if (!client.output().json()) return print_facts(client.output(), node, facts), success;
  auto fields = facts.all();
  fields.emplace_back("node", text_value(node.text()));
  client.output().object(fields);
  return success;
}

// --- top

constexpr std::array items{"registered_name", "initial_call",      "current_function",
                           "memory",          "message_queue_len", "reductions"};

struct Row {
  std::string pid, name, current;
  std::int64_t memory = 0, queue = 0, reductions = 0, work = 0;  // work: reductions since the last time
};

std::string function_text(Term function) {
  if (!function.is_tuple(3)) return print(function);
  if (function.element(0).is(Atom{})) return "-";  // native code
  return print(function.element(0)) + ':' + print(function.element(1)) + '/' + print(function.element(2));
}

Row row_of(Term pid, Term told) {
  Row row;
  row.pid = print(pid);
  auto number = [](Term value) { return value.is_small() ? value.as_small() : 0; };
  auto elements = Terms::elements(told).value_or(std::vector<Term>{});
  for (Term item : elements) {
    if (!item.is_tuple(2)) continue;
    Term key = item.element(0), value = item.element(1);
    if (key.is("registered_name"_atom) && value.is_atom()) row.name = print(value);
    if (key.is("initial_call"_atom) && row.name.empty()) row.name = function_text(value);
    if (key.is("current_function"_atom)) row.current = function_text(value);
    if (key.is("memory"_atom)) row.memory = number(value);
    if (key.is("message_queue_len"_atom)) row.queue = number(value);
    if (key.is("reductions"_atom)) row.reductions = number(value);
  }
  return row;
}

// All processes of the node, by two requests: their pids, then lists:zipwith over them.
class Processes {
 public:
  Processes(Client& client, Atom node) : client_{client}, node_{node} {}

  std::optional<std::vector<Row>> look() {
    client_.restart_clock();
    auto pids = client_.call(node_, "erlang", "processes", Value{});
    if (!pids.ok()) return failed(pids);
    auto all = Terms::elements(pids.term.term()).value_or(std::vector<Term>{});
    auto told = client_.call(node_, "lists", "zipwith", client_.build([&](Terms& terms) {
      std::vector<Term> wanted;
      for (auto item : items) wanted.push_back(Term::atom(Atom::of(item)));
      std::vector<Term> queries(all.size(), terms.list_of(wanted));
      return terms.list(terms.fun("erlang"_atom, "process_info"_atom, 2), pids.term, terms.list_of(queries));
    }));
    if (!told.ok()) return failed(told);
    auto answers = Terms::elements(told.term.term()).value_or(std::vector<Term>{});
    std::vector<Row> rows;
    for (std::size_t i = 0; i < std::min(all.size(), answers.size()); ++i) {
      if (!answers[i].is_cons()) continue;  // undefined: it has ended
      rows.push_back(row_of(all[i], answers[i]));
      auto& before = reductions_[rows.back().pid];
      rows.back().work = rows.back().reductions - before;
      before = rows.back().reductions;
    }
    return rows;
  }
  int status() const { return status_; }

 private:
  std::nullopt_t failed(const Called& called) {
    status_ = client_.fail(node_, called);
    return std::nullopt;
  }

  Client& client_;
  Atom node_;
  int status_ = success;
  std::map<std::string, std::int64_t> reductions_;
};

void print_rows(const Output& output, Atom node, const std::vector<Row>& rows, std::size_t all) {
  if (output.json()) {
    for (auto& row : rows)
      output.object({{"node", text_value(node.text())},
                     {"pid", text_value(row.pid)},
                     {"name", text_value(row.name)},
                     {"current_function", text_value(row.current)},
                     {"memory", integer_value(row.memory)},
                     {"message_queue_len", integer_value(row.queue)},
                     {"reductions", integer_value(row.reductions)}});
    return;
  }
  output.line(std::string{node.text()} + ": " + std::to_string(all) + " processes");
  auto line = [&](const std::string& pid, const std::string& name, const std::string& memory,
                  const std::string& queue, const std::string& work, const std::string& current) {
    char text[256];
    std::snprintf(text, sizeof text, "%-18.40s %-34.34s %10.20s %8.20s %12.20s %.60s", pid.c_str(),
                  name.c_str(), memory.c_str(), queue.c_str(), work.c_str(), current.c_str());
    output.line(text);
  };
  line("PID", "NAME OR START", "MEMORY", "QUEUE", "REDUCTIONS", "RUNS");
  for (auto& row : rows)
    line(row.pid, row.name, std::to_string(row.memory), std::to_string(row.queue), std::to_string(row.work),
         row.current);
}

int top_of(Client& client, Atom node, const TopOptions& options) {
  if (int failed = client.reach(node)) return failed;
  auto key = [&](const Row& row) {
    return options.order == "memory" ? row.memory : options.order == "queue" ? row.queue : row.work;
  };
  bool terminal = is_terminal() && !client.output().json();
  unsigned times = options.times != 0 ? options.times : terminal ? 0 : 1;
  Processes processes{client, node};
  for (unsigned i = 0; times == 0 || i < times; ++i) {
    if (i > 0) client.wait([&] { return client.lost(node); }, options.interval);
    if (client.interrupted()) return by_interrupt;
    auto rows = processes.look();
    if (!rows) return processes.status();
    auto all = rows->size();
    auto shown = std::min(options.rows, all);
    std::partial_sort(rows->begin(), rows->begin() + static_cast<std::ptrdiff_t>(shown), rows->end(),
                      [&](const Row& a, const Row& b) { return key(a) > key(b); });
    rows->resize(shown);
    if (terminal) client.output().clear_screen();
    print_rows(client.output(), node, *rows, all);
  }
  return success;
}

}  // namespace

int info(const InfoOptions& options) { return with_node(options, info_of); }
int top(const TopOptions& options) { return with_node(options, top_of); }

}  // namespace noderuntime::command
