#include "noderuntime/observe/details.h"

#include <algorithm>

#include "noderuntime/observe/reading.h"
#include "noderuntime/observe/walk.h"

namespace noderuntime::observe {

namespace {

constexpr std::size_t most_asked = 5'000;     // tables or ports whose figures are asked
constexpr std::size_t most_children = 1'000;  // of a supervisor
constexpr std::size_t most_modules = 5'000;
constexpr std::size_t most_objects = 100;           // of a table
constexpr std::int64_t most_messages = 1'000;       // in the queue, for them to be asked for
constexpr std::int64_t small_process = 10'000'000;  // bytes; what a larger one holds is not copied
constexpr std::int64_t small_object = 100'000;      // bytes, on average
constexpr std::int64_t word = 8;
constexpr std::int64_t call_time = 2'000;  // milliseconds that a process of the node has for an answer
constexpr std::size_t short_text = 255, long_text = 1'000;

using Got = std::function<void(Term)>;

// Asks, and gives the value to `got`, or the error to `done`.
void ask(Questions& questions, Atom node, std::string_view module, std::string_view function,
         const std::function<Term(Terms&)>& arguments, const Answer& done, Got got) {
  questions.ask(node, module, function, built(arguments),
                [done, got = std::move(got)](const CallResult& result, Milliseconds) {
                  if (!result.ok()) return done(error_of(result));
                  got(result.term);
                });
}

// Reads what somebody typed: the pid, reference or atom of that text, which the node must have. Else not_found.
void ask_for(Questions& questions, Atom node, const char* reader, const std::string& text, const Answer& done,
             Got got) {
  bool atom = std::string_view{reader} == "binary_to_existing_atom";
  auto arguments =
      built([&](Terms& terms) { return terms.list(atom ? terms.of(text) : terms.string(text)); });
  questions.ask(node, "erlang", reader, arguments,
                [text, done, got = std::move(got)](const CallResult& result, Milliseconds) {
                  if (result.kind == CallResult::Kind::error)
                    return done(Error{Errc::not_found, clean(text, short_text)});
                  if (!result.ok()) return done(error_of(result));
                  got(result.term);
                });
}

Term nothing(Terms& terms) { return terms.list(); }

std::string pid_in(Term term) {
  NodeIdentity nobody{Atom{}, Creation{0}};
  auto pid = term.is_pid() ? detail::read_pid(nobody, term) : std::nullopt;
  return pid ? pid_text(*pid) : std::string{};
}

// A pid of the node as it is written there, another one with its node.
std::string pid_in(Term term, Atom node) {
  NodeIdentity nobody{Atom{}, Creation{0}};
  auto pid = term.is_pid() ? detail::read_pid(nobody, term) : std::nullopt;
  return !pid ? std::string{} : pid->node.name == node ? pid_text(*pid) : shown(term, short_text);
}

void give(const Answer& done, const std::function<Term(Terms&)>& make) { done(built(make)); }

// The rows that `compare` puts first, as {"count": …, "rows": […]}.
template <class Row, class Before, class Make>
Term table_of(Terms& terms, std::vector<Row>& rows, std::size_t count, Before before, Make make) {
  auto shown = std::min(rows.size(), most_listed);
  std::partial_sort(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(shown), rows.end(), before);
  std::vector<Term> made;
  for (std::size_t i = 0; i < shown; ++i) made.push_back(make(rows[i]));
  return Object{terms}
      .add("count", Number{static_cast<std::int64_t>(count)})
      .add("rows", terms.list_of(made))
      .term();
}

std::size_t length_of(Term list) {
  std::size_t length = 0;
  for (; list.is_cons(); list = list.tail()) ++length;
  return length;
}

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

void ask_tables(Questions& questions, Atom node, Answer done) {
  auto infos = [done](std::size_t count, Term told) {
    struct Row {
      std::string table, name, owner, type, protection;
      Number objects, bytes;
    };
    std::vector<Row> rows;
    for (Term info : some_elements(told, most_asked)) {
      if (!info.is_cons()) continue;  // undefined: it was deleted
      auto text = [&](Atom key) {
        auto value = value_at(info, key);
        return value ? shown(*value, short_text) : std::string{};
      };
      auto bytes = count_at(info, "memory"_atom);
      if (bytes) *bytes = *bytes <= most_exact / word ? *bytes * word : most_exact;
      auto owner = value_at(info, "owner"_atom), id = value_at(info, "id"_atom),
           name = value_at(info, "name"_atom);
      bool named = value_at(info, "named_table"_atom).value_or(Term::nil()).is("true"_atom);
      auto plain = name && name->is_atom() ? clean(name->as_atom().text(), short_text) : std::string{};
      rows.push_back({named ? plain
                      : id  ? shown(*id, short_text)
                            : "",
                      plain, owner ? pid_in(*owner) : "", text("type"_atom), text("protection"_atom),
                      count_at(info, "size"_atom), bytes});
    }
    give(done, [&](Terms& terms) {
      return table_of(
          terms, rows, count, [](auto& a, auto& b) { return a.bytes > b.bytes; },
          [&](auto& row) {
            return Object{terms}
                .add("table", row.table)
                .add("name", row.name)
                .add("owner", row.owner)
                .add("type", row.type)
                .add("protection", row.protection)
                .add("objects", row.objects)
                .add("bytes", row.bytes)
                .term();
          });
    });
  };
  auto got = [=, &questions](Term told) {
    auto ids =
        Value::of(built([&](Terms& terms) { return terms.list_of(some_elements(told, most_asked)); }).term());
    auto arguments = [&](Terms& terms) { return terms.list(terms.fun("ets"_atom, "info"_atom, 1), ids); };
    auto count = length_of(told);
    ask(questions, node, "lists", "map", arguments, done, [=](Term told) { infos(count, told); });
  };
  ask(questions, node, "ets", "all", nothing, done, got);
}

namespace {

std::string address_text(Term answer) {
  // {ok, {{127,0,0,1}, Port}}, {ok, {local, Path}}, {error, enotconn}
  if (!answer.is_tuple(2) || !answer.element(0).is("ok"_atom)) return "";
  Term address = answer.element(1);
  if (!address.is_tuple(2)) return shown(address, short_text);
  Term ip = address.element(0);
  auto port = Terms::digits(address.element(1));
  if (ip.is_tuple(4)) {
    std::string text;
    for (std::size_t i = 0; i < 4; ++i) text += (i ? "." : "") + Terms::digits(ip.element(i));
    return text + ':' + port;
  }
  if (ip.is_tuple(8)) {
    std::string text = "[";
    for (std::size_t i = 0; i < 8; ++i) {
      char group[24];
      std::snprintf(group, sizeof group, "%llx",
                    static_cast<unsigned long long>(count_in(ip.element(i)).value_or(0)));
      text += (i ? ":" : "") + std::string{group};
    }
    return text + "]:" + port;
  }
  return shown(address, short_text);
}

struct PortRow {
  Value port;
  std::string text, name, owner, local, remote;
  Number input, output, system_process;
  std::int64_t traffic() const { return input.value_or(0) / 2 + output.value_or(0) / 2; }
};

void tell_ports(const std::vector<PortRow>& all, std::size_t count, const Answer& done) {
  auto rows = all;
  give(done, [&](Terms& terms) {
    return table_of(
        terms, rows, count, [](auto& a, auto& b) { return a.traffic() > b.traffic(); },
        [&](auto& row) {
          Object object{terms};
          object.add("port", row.text).add("name", row.name).add("owner", row.owner);
          object.add("input_bytes", row.input).add("output_bytes", row.output);
          object.add("system_process", row.system_process);
          if (!row.local.empty()) object.add("local_address", row.local);
          if (!row.remote.empty()) object.add("remote_address", row.remote);
          return object.term();
        });
  });
}

// Asks where those that are sockets lead.
void ask_addresses(Questions& questions, Atom node, std::vector<PortRow> rows, std::size_t count,
                   Answer done) {
  std::vector<std::size_t> sockets;
  for (std::size_t i = 0; i < rows.size(); ++i)
    if (rows[i].name == "tcp_inet" || rows[i].name == "udp_inet") sockets.push_back(i);
  if (sockets.empty()) return tell_ports(rows, count, done);
  auto of = [rows, sockets](const char* function) {
    return [rows, sockets, function](Terms& terms) {
      std::vector<Term> ports;
      for (auto place : sockets) ports.push_back(terms.of(rows[place].port));
      return terms.list(terms.fun("inet"_atom, Atom::of(function), 1), terms.list_of(ports));
    };
  };
  auto remote = [=](std::vector<PortRow> rows, Term told) {
    auto addresses = some_elements(told, sockets.size());
    for (std::size_t i = 0; i < addresses.size(); ++i) rows[sockets[i]].remote = address_text(addresses[i]);
    tell_ports(rows, count, done);
  };
  auto local = [=, &questions](Term told) mutable {
    auto addresses = some_elements(told, sockets.size());
    for (std::size_t i = 0; i < addresses.size(); ++i) rows[sockets[i]].local = address_text(addresses[i]);
    ask(questions, node, "lists", "map", of("peername"), done, [=](Term told) { remote(rows, told); });
  };
  ask(questions, node, "lists", "map", of("sockname"), done, local);
}

}  // namespace

void ask_ports(Questions& questions, Atom node, Answer done) {
  auto infos = [=, &questions](const std::vector<Value>& ports, std::size_t count, Term told) {
    std::vector<PortRow> rows;
    auto all = some_elements(told, ports.size());
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (!all[i].is_cons()) continue;  // undefined: it was closed
      auto name = value_at(all[i], "name"_atom), owner = value_at(all[i], "connected"_atom);
      rows.push_back({.port = ports[i],
                      .text = shown(ports[i].term(), short_text),
                      .name = name ? text_in(*name, short_text).value_or("") : "",
                      .owner = owner ? pid_in(*owner) : "",
                      .local = {},
                      .remote = {},
                      .input = count_at(all[i], "input"_atom),
                      .output = count_at(all[i], "output"_atom),
                      .system_process = count_at(all[i], "os_pid"_atom)});
    }
    ask_addresses(questions, node, std::move(rows), count, done);
  };
  auto got = [=, &questions](Term told) {
    std::vector<Value> ports;
    for (Term port : some_elements(told, most_asked))
      if (port.is_port()) ports.push_back(Value::of(port));
    auto arguments = [&](Terms& terms) {
      return terms.list(terms.fun("erlang"_atom, "port_info"_atom, 1), ports);
    };
    auto count = length_of(told);
    ask(questions, node, "lists", "map", arguments, done, [=](Term told) { infos(ports, count, told); });
  };
  ask(questions, node, "erlang", "ports", nothing, done, got);
}

void ask_objects(Questions& questions, Atom node, const std::string& table, Answer done) {
  auto objects = [done](Term told) {
    // '$end_of_table', or {[[Object]], Continuation}
    give(done, [&](Terms& terms) {
      std::vector<Term> rows;
      if (told.is_tuple(2))
        for (Term row : some_elements(told.element(0), most_objects))
          rows.push_back(terms.of(shown(row.is_cons() ? row.head() : row, long_text)));
      bool more = told.is_tuple(2) && !told.element(1).is("$end_of_table"_atom);
      return Object{terms}.add("objects", terms.list_of(rows)).flag("more", more).term();
    });
  };
  auto info = [=, &questions](const Value& id, Term told) {
    auto size = count_at(told, "size"_atom), words = count_at(told, "memory"_atom);
    auto protection = value_at(told, "protection"_atom);
    if (!size || !words || !protection) return done(Error{Errc::not_found, table});
    if (protection->is("private"_atom)) return done(Error{Errc::not_allowed, table + " is private"});
    if (*size > 0 && *words / *size > small_object / word) return done(Error{Errc::too_large, table});
    // ets:match(Table, '$1', Limit)
    auto arguments = [&](Terms& terms) {
      return terms.list(id, "$1"_atom, static_cast<std::int64_t>(most_objects));
    };
    ask(questions, node, "ets", "match", arguments, done, objects);
  };
  auto found = [=, &questions](Term id) {
    auto kept = Value::of(id);
    auto arguments = [&](Terms& terms) { return terms.list(kept); };
    ask(questions, node, "ets", "info", arguments, done, [=](Term told) { info(kept, told); });
  };
  if (!table.starts_with("#Ref<"))
    return ask_for(questions, node, "binary_to_existing_atom", table, done, found);
  // #Ref<NODE.A.B.C>, as it is told, is #Ref<0.A.B.C> there.
  auto at = table.rfind('@'), dot = at == table.npos ? at : table.find('.', at);
  auto there = dot == table.npos ? table : "#Ref<0" + table.substr(dot);
  ask_for(questions, node, "list_to_ref", there, done, found);
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
  constexpr std::string_view names[] = {"kill", "collect", "disconnect"};
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
