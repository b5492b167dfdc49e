#include "noderuntime/observe/traces.h"

#include "noderuntime/observe/asking.h"
#include "noderuntime/observe/forms.h"

namespace noderuntime::observe {

namespace {

// process_flag(max_heap_size, HEAP),
// trace(PID, true, [send, 'receive', procs]),
// send_after(traced_for, self(), timeout),
// lists:reverse((fun Loop(Events, Count) ->
//   case Count < most_traced of
//     true ->
//       receive
//         timeout -> Events;
//         Event -> Loop([characters_to_binary(io_lib:format(FORMAT, [Event, 12], LIMIT)) | Events], Count + 1)
//       end;
//     false -> Events
//   end
// end)([], 0))
//
// Names in capitals are bindings.
class Tracer {
 public:
  explicit Tracer(Terms& terms) : terms_{terms}, form_{terms} {}

  Term forms() {
    Term flags = form_.literal(terms_.list("send"_atom, "receive"_atom, "procs"_atom));
    return terms_.list(
        form_.bound_heap(heap), erlang("trace", form_.var(pid), form_.atom("true"_atom), flags),
        erlang("send_after", form_.number(traced_for), erlang("self"), form_.atom("timeout"_atom)),
        form_.call("lists"_atom, "reverse"_atom, form_.apply(loop_fun(), form_.nil(), form_.number(0))));
  }
  Term bindings(Term traced) {
    Term limit = terms_.list(terms_.tuple("chars_limit"_atom, most_traced_text));
    return terms_.list(terms_.tuple(format, *terms_.parse("\"~0tP\"")), terms_.tuple(options, limit),
                       terms_.tuple(heap, form_.heap_bound()), terms_.tuple(pid, traced));
  }

 private:
  const Atom format = "format"_atom, options = "get"_atom, heap = "size"_atom,
             pid = "whereis"_atom;  // in their order
  const Atom loop = "loop"_atom, events = "list"_atom, count = "length"_atom, event = "element"_atom;

  template <class... Arguments>
  Term erlang(const char* function, const Arguments&... arguments) {
    return form_.call("erlang"_atom, Atom::of(function), arguments...);
  }
  Term loop_fun() {
    constexpr std::int64_t depth = 12;
    Term text = form_.call("unicode"_atom, "characters_to_binary"_atom,
                           form_.call("io_lib"_atom, "format"_atom, form_.var(format),
                                      form_.list(form_.var(event), form_.number(depth)), form_.var(options)));
    Term more = form_.apply(form_.var(loop), form_.cons(text, form_.var(events)),
                            form_.op("+"_atom, form_.var(count), form_.number(1)));
    Term next = form_.receive({form_.clause({form_.atom("timeout"_atom)}, {form_.var(events)}),
                               form_.clause({form_.var(event)}, {more})});
    return form_.named_fun(loop, {events, count},
                           {form_.choose(form_.op("<"_atom, form_.var(count), form_.number(most_traced)),
                                         {next}, {form_.var(events)})});
  }

  Terms& terms_;
  Forms form_;
};

}  // namespace

void ask_trace(Questions& questions, Atom node, Term pid, Answer done) {
  auto arguments = built([&](Terms& terms) {
    Tracer tracer{terms};
    return terms.list(tracer.forms(), tracer.bindings(pid));
  });
  auto answered = [done](const CallResult& result, Milliseconds) {
    if (!result.ok()) return done(error_of(result));
    auto traced = program_value(result.term);
    if (!traced) return done(Error{Errc::raised, "its answer cannot be read"});
    give(done, [&](Terms& terms) {
      std::vector<Term> events;
      for (Term event : some_elements(*traced, most_traced))
        events.push_back(terms.of(text_in(event, 4 * most_traced_text).value_or(shown(event, long_text))));
      return Object{terms}.add("answer", "traced").add("events", terms.list_of(events)).term();
    });
  };
  questions.ask(node, "erl_eval", "exprs", arguments, answered, Milliseconds{2 * traced_for});
}

}  // namespace noderuntime::observe
