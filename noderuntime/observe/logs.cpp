#include "noderuntime/observe/logs.h"

#include "noderuntime/observe/asking.h"
#include "noderuntime/observe/forms.h"

namespace noderuntime::observe {

namespace {

constexpr std::int64_t call_limit = 2'000;  // milliseconds

// process_flag(priority, low),
// process_flag(max_heap_size, HEAP),
// monitor_node(NODE, true),
// Counter = counters:new(1, []),
// Keeper = self(),
// Filter = fun(Event, _) -> FILTER end,
// send_after(1000, Keeper, timeout),
// (fun Loop(Kept, Count, Lost, Idle, Added) ->
//    receive
//      {'$gen_call', From, _} ->
//        gen_server:reply(From, {lists:reverse(Kept), Lost, Added}), Loop([], 0, 0, 0, Added);
//      {nodedown, NODE} -> logger:remove_primary_filter(NODE);
//      timeout when it has waited for too long -> logger:remove_primary_filter(NODE);
//      timeout ->
//        Over = max(0, counters:get(Counter, 1) - most_log_events),
//        counters:put(Counter, 1, 0),
//        send_after(1000, Keeper, timeout),
//        Loop(Kept, Count, Lost + Over, Idle + 1, ADD);
//      {log, Event} -> Loop with {Time, Level, Pid, Function, Text} before Kept, or with Lost + 1;
//      {log, Level, Meta, Bytes} -> the same with Bytes as the text;
//      _ -> Loop(Kept, Count, Lost, Idle, Added)
//    end
//  end)([], 0, 0, 0, ADD)
//
// ADD is logger:add_primary_filter(NODE, {Filter, []}). It is repeated, because somebody may have set all filters anew,
// or an earlier process of ours may just be about to end. Names in capitals are bindings.
class Keeper {
 public:
  explicit Keeper(Terms& terms) : terms_{terms}, form_{terms} {}

  Term forms() {
    return terms_.list(
        erlang("process_flag", form_.atom("priority"_atom), form_.atom("low"_atom)), form_.bound_heap(heap),
        erlang("monitor_node", form_.var(node), form_.atom("true"_atom)),
        form_.match(counter, form_.call("counters"_atom, "new"_atom, form_.number(1), form_.nil())),
        form_.match(keeper, erlang("self")),
        form_.match(filter, form_.fun_of({form_.var(event), form_.any()}, filter_body())), later(),
        form_.apply(loop_fun(), form_.nil(), form_.number(0), form_.number(0), form_.number(0), add()));
  }
  Term bindings() {
    Term formatter =
        terms_.map(std::pair{"template"_atom, terms_.list("msg"_atom)}, std::pair{"single_line"_atom, false},
                   std::pair{"legacy_header"_atom, false}, std::pair{"depth"_atom, 30},
                   std::pair{"max_size"_atom, most_event_characters},
                   std::pair{"chars_limit"_atom, most_event_characters});
    return terms_.list(terms_.tuple(config, formatter), terms_.tuple(heap, form_.heap_bound()));
  }
  const Atom node = "whereis"_atom;  // its binding comes last in their order

 private:
  const Atom config = "format"_atom, heap = "size"_atom, counter = "counters"_atom, keeper = "self"_atom,
             filter = "filter"_atom, event = "element"_atom, bytes = "byte_size"_atom, loop = "loop"_atom,
             kept = "list"_atom, count = "length"_atom, lost = "sum"_atom, idle = "time"_atom,
             added = "add"_atom, from = "hd"_atom, over = "max"_atom, level = "level"_atom, meta = "get"_atom;

  template <class... Arguments>
  Term erlang(const char* function, const Arguments&... arguments) {
    return form_.call("erlang"_atom, Atom::of(function), arguments...);
  }
  Term part(Atom key, Term map) { return form_.call("maps"_atom, "get"_atom, form_.atom(key), map); }
  Term part_or(Atom key, Term map, Term otherwise) {
    return form_.call("maps"_atom, "get"_atom, form_.atom(key), map, otherwise);
  }
  Term counted() { return form_.call("counters"_atom, "get"_atom, form_.var(counter), form_.number(1)); }
  Term later() {
    return erlang("send_after", form_.number(1'000), form_.var(keeper), form_.atom("timeout"_atom));
  }
  Term add() {
    return form_.call("logger"_atom, "add_primary_filter"_atom, form_.var(node),
                      form_.tuple(form_.var(filter), form_.nil()));
  }
  Term remove() { return form_.call("logger"_atom, "remove_primary_filter"_atom, form_.var(node)); }
  Term sum(Atom of, Term more) { return form_.op("+"_atom, form_.var(of), more); }
  Term loop_with(Term kept_now, Term count_now, Term lost_now, Term idle_now, Term added_now) {
    return form_.apply(form_.var(loop), kept_now, count_now, lost_now, idle_now, added_now);
  }

  // What a process that logs something does for us.
  Forms::Some filter_body() {
    Term large =
        form_.tuple(form_.atom("log"_atom), part("level"_atom, form_.var(event)),
                    form_.call("maps"_atom, "with"_atom, form_.literal(*terms_.parse("[time,pid,mfa]")),
                               part("meta"_atom, form_.var(event))),
                    form_.var(bytes));
    Term whole = form_.tuple(form_.atom("log"_atom), form_.var(event));
    Term forward =
        form_.choose(form_.op(">"_atom, form_.var(bytes), form_.number(most_event_bytes)),
                     {erlang("send", form_.var(keeper), large)}, {erlang("send", form_.var(keeper), whole)});
    Term few = form_.op("=<"_atom, counted(), form_.number(most_log_events));
    Forms::Some look{
        form_.call("counters"_atom, "add"_atom, form_.var(counter), form_.number(1), form_.number(1)),
        form_.choose(few, {form_.match(bytes, erlang("external_size", form_.var(event))), forward},
                     {form_.nil()})};
    Term removal = erlang("spawn", form_.atom("logger"_atom), form_.atom("remove_primary_filter"_atom),
                          form_.list(form_.var(node)));
    return {form_.choose(erlang("is_process_alive", form_.var(keeper)), look, {removal}),
            form_.atom("ignore"_atom)};
  }

  Term row(Term of_level, Term of_meta, Term text) {
    Term none = form_.atom("undefined"_atom);
    return form_.tuple(part_or("time"_atom, of_meta, none), of_level, part_or("pid"_atom, of_meta, none),
                       part_or("mfa"_atom, of_meta, none), text);
  }
  Term keep(Term made) {
    return form_.choose(form_.op("<"_atom, form_.var(count), form_.number(most_waiting_events)),
                        {loop_with(form_.cons(made, form_.var(kept)), sum(count, form_.number(1)),
                                   form_.var(lost), form_.var(idle), form_.var(added))},
                        {loop_with(form_.var(kept), form_.var(count), sum(lost, form_.number(1)),
                                   form_.var(idle), form_.var(added))});
  }

  Term loop_fun() {
    Term zero = form_.number(0);
    Term reply = form_.call("gen_server"_atom, "reply"_atom, form_.var(from),
                            form_.tuple(form_.call("lists"_atom, "reverse"_atom, form_.var(kept)),
                                        form_.var(lost), form_.var(added)));
    Term too_many = erlang("max", zero, form_.op("-"_atom, counted(), form_.number(most_log_events)));
    Forms::Some tick{form_.match(over, too_many),
                     form_.call("counters"_atom, "put"_atom, form_.var(counter), form_.number(1), zero),
                     later(),
                     loop_with(form_.var(kept), form_.var(count), sum(lost, form_.var(over)),
                               sum(idle, form_.number(1)), add())};
    Term text = form_.catching(
        form_.call("unicode"_atom, "characters_to_binary"_atom,
                   form_.call("logger_formatter"_atom, "format"_atom, form_.var(event), form_.var(config))));
    Term small = row(part("level"_atom, form_.var(event)), part("meta"_atom, form_.var(event)), text);
    Term large = row(form_.var(level), form_.var(meta), form_.var(bytes));
    Term log = form_.atom("log"_atom);
    Term patience = form_.op(">="_atom, form_.var(idle), form_.number(log_lease));
    return form_.named_fun(
        loop, {kept, count, lost, idle, added},
        {form_.receive(
            {form_.clause({form_.tuple(form_.atom("$gen_call"_atom), form_.var(from), form_.any())},
                          {reply, loop_with(form_.nil(), zero, zero, zero, form_.var(added))}),
             form_.clause({form_.tuple(form_.atom("nodedown"_atom), form_.var(node))}, {remove()}),
             form_.clause({form_.atom("timeout"_atom)}, {form_.choose(patience, {remove()}, tick)}),
             form_.clause({form_.tuple(log, form_.var(event))}, {keep(small)}),
             form_.clause({form_.tuple(log, form_.var(level), form_.var(meta), form_.var(bytes))},
                          {keep(large)}),
             form_.clause({form_.any()}, {loop_with(form_.var(kept), form_.var(count), form_.var(lost),
                                                    form_.var(idle), form_.var(added))})})});
  }

  Terms& terms_;
  Forms form_;
};

// ok, or {error, {already_exist, _}}: it is there already.
bool is_there(Term added) {
  if (added.is("ok"_atom)) return true;
  Term reason = added.is_tuple(2) ? added.element(1) : added;
  return reason.is_tuple(2) && reason.element(0).is("already_exist"_atom);
}

Number milliseconds_in(Term microseconds) {
  auto time = count_in(microseconds);
  return time ? Number{*time / 1'000} : std::nullopt;
}

}  // namespace

void Logs::ask(Atom self, Atom node, bool ours, std::int64_t after, Answer done) {
  forget();
  auto& log = logs_[node];
  log.used = questions_.now();
  if (log.asking) return done(told(log, after));  // for another browser: what comes is told next time
  log.asking = true;
  if (ours) return ask_ours(node, after, done);
  log.keeper ? ask_keeper(self, node, after, done) : begin(self, node, after, done);
}

void Logs::begin(Atom self, Atom node, std::int64_t after, const Answer& done) {
  auto arguments = built([&](Terms& terms) {
    Keeper keeper{terms};
    auto bindings = *Terms::elements(keeper.bindings());
    bindings.push_back(terms.tuple(keeper.node, self));
    return terms.list("erl_eval"_atom, "exprs"_atom, terms.list(keeper.forms(), bindings));
  });
  questions_.ask(node, "erlang", "spawn", arguments,
                 [=, this, life = std::weak_ptr{life_}](const CallResult& result, Milliseconds) {
                   if (life.expired()) return;
                   auto& log = logs_[node];
                   log.asking = false;
                   if (!result.ok()) return done(error_of(result));
                   if (result.term.is_pid()) log.keeper = Value::of(result.term);
                   done(told(log, after));
                 });
}

void Logs::ask_keeper(Atom self, Atom node, std::int64_t after, const Answer& done) {
  auto arguments =
      built([&](Terms& terms) { return terms.list(*logs_[node].keeper, "read"_atom, call_limit); });
  questions_.ask(
      node, "gen_server", "call", arguments,
      [=, this, life = std::weak_ptr{life_}](const CallResult& result, Milliseconds) {
        if (life.expired()) return;
        auto& log = logs_[node];
        if (!result.ok()) {  // it has ended; or is too busy, and ends by itself
          log.keeper.reset();
          auto error = error_of(result);
          if (error.code == Errc::raised) return begin(self, node, after, done);
          log.asking = false;
          return done(error);
        }
        log.asking = false;
        Term answer = result.term;  // {Rows, Lost, Added}
        if (!answer.is_tuple(3)) return done(Error{Errc::raised, "its answer cannot be read"});
        for (Term row : some_elements(answer.element(0), most_waiting_events)) {
          if (!row.is_tuple(5)) continue;
          Term text = row.element(4);
          auto size = count_in(text);
          add(log,
              {0, milliseconds_in(row.element(0)), shown(row.element(1), 20), pid_in(row.element(2), node),
               row.element(3).is_atom() ? "" : function_text(row.element(3)),
               size ? "an event of " + std::to_string(*size) + " bytes, which is not read"
                    : text_in(text, 4 * most_event_characters).value_or(shown(text, long_text))});
        }
        log.lost += count_in(answer.element(1)).value_or(0);
        if (!is_there(answer.element(2)))
          return done(Error{Errc::raised, "no filter: " + shown(answer.element(2), long_text)});
        done(told(log, after));
      });
}

void Logs::ask_ours(Atom node, std::int64_t after, const Answer& done) {
  auto arguments = built([&](Terms& terms) { return terms.list(logs_[node].last_of_node); });
  questions_.ask(node, "erlang", "$log_lines", arguments,
                 [=, this, life = std::weak_ptr{life_}](const CallResult& result, Milliseconds) {
                   if (life.expired()) return;
                   auto& log = logs_[node];
                   log.asking = false;
                   if (!result.ok()) return done(error_of(result));
                   // [{Number, Microseconds, Level, Text}]
                   for (Term row : some_elements(result.term, most_log_rows)) {
                     auto number = row.is_tuple(4) ? count_in(row.element(0)) : std::nullopt;
                     if (!number || *number <= log.last_of_node) continue;
                     if (log.last_of_node > 0) log.lost += *number - log.last_of_node - 1;
                     log.last_of_node = *number;
                     add(log, {0, milliseconds_in(row.element(1)), shown(row.element(2), 20), "", "",
                               text_in(row.element(3), 4 * most_event_characters).value_or("")});
                   }
                   done(told(log, after));
                 });
}

void Logs::add(Log& log, Row row) {
  row.number = ++log.last;
  log.rows.push_back(std::move(row));
  if (log.rows.size() > most_log_rows) log.rows.pop_front();
}

void Logs::forget() {
  auto now = questions_.now();
  std::erase_if(logs_, [&](auto& each) { return !each.second.asking && now - each.second.used > keep_log; });
}

Value Logs::told(const Log& log, std::int64_t after) {
  return built([&](Terms& terms) {
    std::vector<Term> rows;
    for (auto& row : log.rows) {
      if (row.number <= after && after <= log.last) continue;
      Object made{terms};
      made.add("number", Number{row.number}).add("time_milliseconds", row.milliseconds);
      made.add("level", row.level).add("text", row.text);
      if (!row.pid.empty()) made.add("pid", row.pid);
      if (!row.function.empty()) made.add("function", row.function);
      rows.push_back(made.term());
    }
    return Object{terms}
        .add("rows", terms.list_of(rows))
        .add("last", Number{log.last})
        .add("lost", Number{log.lost})
        .term();
  });
}

}  // namespace noderuntime::observe
