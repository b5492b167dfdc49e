#include "noderuntime/observe/details.h"

#include <algorithm>

#include "noderuntime/observe/asking.h"
#include "noderuntime/observe/traces.h"

namespace noderuntime::observe {

namespace {

constexpr std::size_t most_children = 1'000;  // of a supervisor
constexpr std::size_t most_modules = 5'000;
constexpr std::int64_t most_messages = 1'000;       // in the queue, for them to be asked for
constexpr std::int64_t small_process = 10'000'000;  // bytes; what a larger one holds is not copied
constexpr std::int64_t call_time = 2'000;  // milliseconds that a process of the node has for an answer

}  // namespace

bool is_pid_text(std::string_view text) {
  if (!text.starts_with("<0.") || !text.ends_with('>') || text.size() > 30) return false;
  auto inside = text.substr(3, text.size() - 4);
  auto dot = inside.find('.');
  auto digits = [](std::string_view part) {
    return !part.empty() && part.find_first_not_of("0123456789") == part.npos;
  };
  return dot != inside.npos && digits(inside.substr(0, dot)) && digits(inside.substr(dot + 1));
}

// --- the parts of a node

void ask_applications(Questions& questions, Atom node, Answer done) {
  // [{Name, Description, Version}]
  auto got = [done](Term told) {
    give(done, [&](Terms& terms) {
      std::vector<Term> rows;
      for (Term row : some_elements(told, most_listed)) {
        if (!row.is_tuple(3) || !row.element(0).is_atom()) continue;
        rows.push_back(Object{terms}
                           .add("application", clean(row.element(0).as_atom().text(), short_text))
                           .add("description", text_in(row.element(1), short_text).value_or(""))
                           .add("version", text_in(row.element(2), short_text).value_or(""))
                           .term());
      }
      return Object{terms}
          .add("count", Number{static_cast<std::int64_t>(length_of(told))})
          .add("rows", terms.list_of(rows))
          .term();
    });
  };
  ask(
      questions, node, "application", "which_applications",
      [](Terms& terms) { return terms.list(call_time); }, done, got);
}

void ask_modules(Questions& questions, Atom node, Answer done) {
  // [{Module, File}]
  auto got = [done](Term told) {
    give(done, [&](Terms& terms) {
      std::vector<std::pair<std::string, std::string>> modules;
      for (Term row : some_elements(told, most_modules))
        if (row.is_tuple(2) && row.element(0).is_atom())
          modules.emplace_back(
              clean(row.element(0).as_atom().text(), short_text),
              text_in(row.element(1), short_text).value_or(shown(row.element(1), short_text)));
      std::sort(modules.begin(), modules.end());
      std::vector<Term> rows;
      for (auto& [module, file] : modules)
        rows.push_back(Object{terms}.add("module", module).add("file", file).term());
      return Object{terms}
          .add("count", Number{static_cast<std::int64_t>(length_of(told))})
          .add("rows", terms.list_of(rows))
          .term();
    });
  };
  ask(questions, node, "code", "all_loaded", nothing, done, got);
}

// --- supervision

namespace {

void ask_children_of(Questions& questions, Atom node, const Value& supervisor, const Answer& done) {
  auto request = [supervisor](const char* what) {
    return [supervisor, what](Terms& terms) { return terms.list(supervisor, Atom::of(what), call_time); };
  };
  // [{Id, Pid | undefined | restarting, worker | supervisor, Modules}]
  auto children = [done, node](Term told) {
    give(done, [&](Terms& terms) {
      std::vector<Term> rows;
      for (Term child : some_elements(told, most_children)) {
        if (!child.is_tuple(4)) continue;
        rows.push_back(Object{terms}
                           .add("id", shown(child.element(0), short_text))
                           .add("pid", pid_in(child.element(1), node))
                           .flag("supervisor", child.element(2).is("supervisor"_atom))
                           .add("modules", shown(child.element(3), short_text))
                           .term());
      }
      return Object{terms}.add("rows", terms.list_of(rows)).term();
    });
  };
  auto counts = [=, &questions](Term told) {
    auto specs = count_at(told, "specs"_atom), active = count_at(told, "active"_atom);
    auto count = std::max(specs.value_or(0), active.value_or(0));
    if (count > static_cast<std::int64_t>(most_children))
      return done(Error{Errc::too_large, std::to_string(count) + " children"});
    ask(questions, node, "gen_server", "call", request("which_children"), done, children);
  };
  ask(questions, node, "gen_server", "call", request("count_children"), done, counts);
}

}  // namespace

void ask_children(Questions& questions, Atom node, const std::string& of, Answer done) {
  if (is_pid_text(of))
    return ask_for(questions, node, "list_to_pid", of, done,
                   [=, &questions](Term pid) { ask_children_of(questions, node, Value::of(pid), done); });
  auto child = [=](Term told) {
    // {Pid, Module} of the top supervisor
    if (!told.is_tuple(2) || !told.element(0).is_pid()) return done(Error{Errc::not_found, of});
    give(done, [&](Terms& terms) {
      Term row = Object{terms}
                     .add("id", shown(told.element(1), short_text))
                     .add("pid", pid_in(told.element(0), node))
                     .flag("supervisor", true)
                     .term();
      return Object{terms}.add("rows", terms.list(row)).term();
    });
  };
  auto master = [=, &questions](Term told) {
    if (!told.is_pid()) return done(Error{Errc::not_found, of});  // a library has no process
    auto pid = Value::of(told);
    ask(
        questions, node, "application_master", "get_child", [&](Terms& terms) { return terms.list(pid); },
        done, child);
  };
  ask_for(questions, node, "binary_to_existing_atom", of, done, [=, &questions](Term name) {
    ask(
        questions, node, "application_controller", "get_master",
        [&](Terms& terms) { return terms.list(name); }, done, master);
  });
}

// --- one process

namespace {

struct Found {
  Questions& questions;
  Atom node;
  Value pid;
  Answer done;
};

Term texts(Terms& terms, Term list, std::size_t limit) {
  std::vector<Term> shown_ones;
  for (Term element : some_elements(list, most_listed)) shown_ones.push_back(terms.of(shown(element, limit)));
  return terms.list_of(shown_ones);
}

// Pids, ports, and {process, Pid} or {process, {Name, Node}}.
Term relations(Terms& terms, Term list, Atom node) {
  std::vector<Term> rows;
  for (Term element : some_elements(list, most_listed)) {
    if (element.is_tuple(2) && element.element(0).is("process"_atom)) element = element.element(1);
    auto pid = pid_in(element, node);
    rows.push_back(terms.of(pid.empty() ? shown(element, short_text) : pid));
  }
  return terms.list_of(rows);
}

std::string frame_text(Term frame) {
  // {Module, Function, Arity, [{file, File}, {line, Line}]}
  if (!frame.is_tuple(4)) return shown(frame, short_text);
  auto file = value_at(frame.element(3), "file"_atom), line = value_at(frame.element(3), "line"_atom);
  auto text = shown(frame.element(0), short_text) + ':' + shown(frame.element(1), short_text) + '/' +
              shown(frame.element(2), short_text);
  auto name = file ? text_in(*file, short_text) : std::nullopt;
  if (name) text += " (" + *name + (line ? ", line " + Terms::digits(*line) : "") + ")";
  return text;
}

void add_figures(Object& row, Term told, Atom node) {
  auto part = [&](Atom key) { return value_at(told, key).value_or(Term::nil()); };
  auto bytes = [&](Atom key) {
    auto words = count_in(part(key));
    return words && *words <= most_exact / word ? Number{*words * word} : std::nullopt;
  };
  Term name = part("registered_name"_atom);
  if (name.is_atom()) row.add("name", clean(name.as_atom().text(), short_text));
  row.add("status", shown(part("status"_atom), short_text));
  row.add("initial_call", function_text(part("initial_call"_atom)));
  row.add("current_function", function_text(part("current_function"_atom)));
  row.add("group_leader", pid_in(part("group_leader"_atom), node));
  row.add("priority", shown(part("priority"_atom), short_text));
  row.flag("trap_exit", part("trap_exit"_atom).is("true"_atom));
  row.add("memory", count_in(part("memory"_atom)))
      .add("message_queue_len", count_in(part("message_queue_len"_atom)));
  row.add("reductions", count_in(part("reductions"_atom)));
  row.add("heap_bytes", bytes("total_heap_size"_atom)).add("stack_bytes", bytes("stack_size"_atom));
}

void add_contents(Terms& terms, Object& row, Term told, Atom node) {
  auto part = [&](Atom key) { return value_at(told, key); };
  for (auto* key : {"links", "monitors", "monitored_by"})
    if (auto list = part(Atom::of(key))) row.add(key, relations(terms, *list, node));
  if (auto stack = part("current_stacktrace"_atom)) {
    std::vector<Term> frames;
    for (Term frame : some_elements(*stack, most_listed)) frames.push_back(terms.of(frame_text(frame)));
    row.add("stack", terms.list_of(frames));
  }
  if (auto messages = part("messages"_atom)) row.add("messages", texts(terms, *messages, long_text));
  auto dictionary = part("dictionary"_atom);
  if (!dictionary) return;
  if (auto ancestors = value_at(*dictionary, "$ancestors"_atom))
    row.add("ancestors", relations(terms, *ancestors, node));
  if (auto call = value_at(*dictionary, "$initial_call"_atom)) row.add("starts", function_text(*call));
  std::vector<Term> entries;
  for (Term entry : some_elements(*dictionary, most_listed)) {
    if (!entry.is_tuple(2)) continue;
    entries.push_back(Object{terms}
                          .add("key", shown(entry.element(0), short_text))
                          .add("value", shown(entry.element(1), long_text))
                          .term());
  }
  row.add("dictionary", terms.list_of(entries));
}

void ask_contents(const Found& found, const Value& figures, bool with_state) {
  auto memory = count_at(figures.term(), "memory"_atom),
       queue = count_at(figures.term(), "message_queue_len"_atom);
  bool small = memory && *memory < small_process;
  bool few = small && queue && *queue <= most_messages;
  auto arguments = [&](Terms& terms) {
    std::vector<Term> items;
    for (auto* item : {"links", "monitors", "monitored_by", "current_stacktrace"})
      items.push_back(Term::atom(Atom::of(item)));
    if (small) items.push_back(Term::atom("dictionary"_atom));
    if (few) items.push_back(Term::atom("messages"_atom));
    return terms.list(found.pid, items);
  };
  auto tell = [found, figures, small, few](const Value& contents, const std::optional<std::string>& state) {
    if (!contents.term().is_cons()) return found.done(Error{Errc::not_found, "the process has ended"});
    give(found.done, [&](Terms& terms) {
      Object row{terms};
      row.add("node", std::string{found.node.text()}).add("pid", pid_in(found.pid.term()));
      add_figures(row, figures.term(), found.node);
      add_contents(terms, row, contents.term(), found.node);
      row.flag("dictionary_left_out", !small).flag("messages_left_out", !few);
      if (state) row.add("state", *state);
      return row.term();
    });
  };
  auto got = [=](Term told) {
    auto contents = Value::of(told);
    if (!with_state) return tell(contents, std::nullopt);
    if (!small) return tell(contents, "not asked for: the process is too large");
    auto arguments = built([&](Terms& terms) { return terms.list(found.pid, std::int64_t{1'000}); });
    found.questions.ask(
        found.node, "sys", "get_state", arguments, [=](const CallResult& result, Milliseconds) {
          tell(contents,
               result.ok() ? shown(result.term, 20 * long_text) : "none: " + shown(result.term, short_text));
        });
  };
  ask(found.questions, found.node, "erlang", "process_info", arguments, found.done, got);
}

}  // namespace

void ask_process(Questions& questions, Atom node, const std::string& pid, bool with_state, Answer done) {
  if (!is_pid_text(pid)) return done(Error{Errc::not_found, clean(pid, short_text)});
  auto got_pid = [=, &questions](Term term) {
    Found found{questions, node, Value::of(term), done};
    auto arguments = [&](Terms& terms) {
      std::vector<Term> items;
      for (auto* item :
           {"registered_name", "status", "initial_call", "current_function", "group_leader", "priority",
            "trap_exit", "memory", "message_queue_len", "reductions", "total_heap_size", "stack_size"})
        items.push_back(Term::atom(Atom::of(item)));
      return terms.list(found.pid, items);
    };
    ask(questions, node, "erlang", "process_info", arguments, done, [=](Term told) {
      if (!told.is_cons()) return done(Error{Errc::not_found, "the process has ended"});
      ask_contents(found, Value::of(told), with_state);
    });
  };
  ask_for(questions, node, "list_to_pid", pid, done, got_pid);
}

// --- actions

std::optional<Action> action_of(std::string_view name) {
  constexpr std::string_view names[] = {"kill", "collect", "disconnect", "trace"};
  for (std::size_t i = 0; i < std::size(names); ++i)
    if (names[i] == name) return static_cast<Action>(i);
  return std::nullopt;
}

void act(Questions& questions, Atom node, Action action, const std::string& what, Answer done) {
  auto did = [done](Term told) {
    give(done, [&](Terms& terms) { return Object{terms}.add("answer", shown(told, short_text)).term(); });
  };
  if (action == Action::disconnect) {
    auto other = Atom::find(what);  // of a node that is known
    if (!other) return done(Error{Errc::not_found, clean(what, short_text)});
    return ask(
        questions, node, "erlang", "disconnect_node", [&](Terms& terms) { return terms.list(*other); }, done,
        did);
  }
  if (!is_pid_text(what)) return done(Error{Errc::not_found, clean(what, short_text)});
  auto got_pid = [=, &questions](Term term) {
    auto pid = Value::of(term);
    if (action == Action::trace) return ask_trace(questions, node, term, done);
    if (action == Action::kill)
      ask(
          questions, node, "erlang", "exit", [&](Terms& terms) { return terms.list(pid, "kill"_atom); }, done,
          did);
    else
      ask(
          questions, node, "erlang", "garbage_collect", [&](Terms& terms) { return terms.list(pid); }, done,
          did);
  };
  ask_for(questions, node, "list_to_pid", what, done, got_pid);
}

}  // namespace noderuntime::observe
