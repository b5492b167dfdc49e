#include "noderuntime/observe/tables.h"

#include <map>

#include "noderuntime/observe/asking.h"
#include "noderuntime/observe/forms.h"

namespace noderuntime::observe {

namespace {

constexpr std::int64_t most_average = 4'000'000;     // bytes of an object
constexpr std::int64_t most_continuation = 100'000;  // bytes; it has the rest of a bag's objects with one key

// --- the tables

struct TableRow {
  std::string table, name, owner, type, protection;
  Number objects, bytes;
};

TableRow read_table(Term info) {
  auto text = [&](Atom key) {
    auto value = value_at(info, key);
    return value ? shown(*value, short_text) : std::string{};
  };
  auto owner = value_at(info, "owner"_atom), id = value_at(info, "id"_atom),
       name = value_at(info, "name"_atom);
  bool named = value_at(info, "named_table"_atom).value_or(Term::nil()).is("true"_atom);
  auto plain = name && name->is_atom() ? clean(name->as_atom().text(), short_text) : std::string{};
  return {named ? plain
          : id  ? shown(*id, short_text)
                : "",
          plain,
          owner ? pid_in(*owner) : "",
          text("type"_atom),
          text("protection"_atom),
          count_at(info, "size"_atom),
          bytes_of_words(count_at(info, "memory"_atom))};
}

void tell_tables(std::size_t count, Term told, const Answer& done) {
  std::vector<TableRow> rows;
  for (Term info : some_elements(told, most_asked))
    if (info.is_cons()) rows.push_back(read_table(info));  // else undefined: it was deleted
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
}

}  // namespace

void ask_tables(Questions& questions, Atom node, Answer done) {
  auto got = [=, &questions](Term told) {
    auto ids = built([&](Terms& terms) { return terms.list_of(some_elements(told, most_asked)); });
    auto arguments = [&](Terms& terms) { return terms.list(terms.fun("ets"_atom, "info"_atom, 1), ids); };
    auto count = length_of(told);
    ask(questions, node, "lists", "map", arguments, done, [=](Term told) { tell_tables(count, told, done); });
  };
  ask(questions, node, "ets", "all", nothing, done, got);
}

// --- mnesia

namespace {

// What is asked of each table. All of it is known where mnesia runs: other nodes are not asked.
constexpr std::string_view mnesia_items[] = {"storage_type", "type", "ram_copies", "disc_copies",
                                             "disc_only_copies"};

struct MnesiaAsked {
  Questions& questions;
  Atom node;
  Answer done;
  std::vector<Value> tables;  // sorted by name, at most most_listed
  std::size_t count;
};

// The nodes of a list, each with a space before it.
std::string nodes_text(Term list) {
  std::string text;
  for (Term node : some_elements(list, most_listed))
    if (node.is_atom()) text += ' ' + std::string{node.as_atom().text()};
  return clean(text, long_text);
}

// infos  of ets, for tables that are in memory there
void tell_mnesia(const MnesiaAsked& asked, Term told, Term infos) {
  auto values = some_elements(told, asked.tables.size() * std::size(mnesia_items));
  auto figures = some_elements(infos, asked.tables.size());
  give(asked.done, [&](Terms& terms) {
    std::vector<Term> rows;
    for (std::size_t i = 0; (i + 1) * std::size(mnesia_items) <= values.size(); ++i) {
      auto* value = &values[i * std::size(mnesia_items)];
      std::string copies;
      for (std::size_t kind = 2; kind < std::size(mnesia_items); ++kind)
        if (auto nodes = nodes_text(value[kind]); !nodes.empty())
          copies += (copies.empty() ? "" : "; ") + std::string{mnesia_items[kind]} + ':' + nodes;
      Object row{terms};
      row.add("table", clean(asked.tables[i].term().as_atom().text(), short_text));
      row.add("storage", shown(value[0], short_text)).add("type", shown(value[1], short_text));
      row.add("copies", clean(copies, long_text));
      if (i < figures.size() && figures[i].is_cons()) {
        auto table = read_table(figures[i]);
        row.add("objects", table.objects).add("bytes", table.bytes);
      }
      rows.push_back(row.term());
    }
    return Object{terms}
        .flag("running", true)
        .add("count", Number{static_cast<std::int64_t>(asked.count)})
        .add("rows", terms.list_of(rows))
        .term();
  });
}

void ask_mnesia_tables(Questions& questions, Atom node, const Answer& done, Term told) {
  std::map<std::string, Value> sorted;
  for (Term table : some_elements(told, most_asked))
    if (table.is_atom()) sorted.emplace(std::string{table.as_atom().text()}, Value::of(table));
  MnesiaAsked asked{questions, node, done, {}, sorted.size()};
  for (auto& [name, table] : sorted)
    if (asked.tables.size() < most_listed) asked.tables.push_back(table);
  auto arguments = [&](Terms& terms) {
    std::vector<Term> tables, items;
    for (auto& table : asked.tables)
      for (auto item : mnesia_items) {
        tables.push_back(terms.of(table));
        items.push_back(Term::atom(Atom::of(item)));
      }
    return terms.list(terms.fun("mnesia"_atom, "table_info"_atom, 2), terms.list_of(tables),
                      terms.list_of(items));
  };
  ask(questions, node, "lists", "zipwith", arguments, done, [=](Term told) {
    auto kept = Value::of(told);
    auto arguments = [&](Terms& terms) {
      return terms.list(terms.fun("ets"_atom, "info"_atom, 1), terms.of(asked.tables));
    };
    ask(asked.questions, node, "lists", "map", arguments, done,
        [=](Term infos) { tell_mnesia(asked, kept.term(), infos); });
  });
}

}  // namespace

// A node without mnesia does not even have the atoms of its names.
void ask_mnesia(Questions& questions, Atom node, Answer done) {
  auto absent = [done](const Result<Value>& answer) {
    if (answer.error().code != Errc::not_found) return done(answer.error());
    give(done, [](Terms& terms) {
      return Object{terms}.flag("running", false).add("count", Number{0}).add("rows", terms.list()).term();
    });
  };
  auto running = [=, &questions](Term told) {
    if (!told.is_pid()) return absent(Error{Errc::not_found, {}});
    auto tables = [=, &questions](Term told) { ask_mnesia_tables(questions, node, done, told); };
    ask(
        questions, node, "mnesia", "system_info", [](Terms& terms) { return terms.list("tables"_atom); },
        done, tables);
  };
  ask_for(questions, node, "binary_to_existing_atom", "mnesia_sup", absent, [=, &questions](Term name) {
    ask(
        questions, node, "erlang", "whereis", [&](Terms& terms) { return terms.list(name); }, done, running);
  });
}

// --- objects

namespace {

// process_flag(priority, low),
// process_flag(max_heap_size, HEAP),
// (fun() ->
//    case ets:select(TABLE, ALL, Rows) or ets:select(ets:repair_continuation(FROM, ALL)) of
//      '$end_of_table' -> {[], '$end_of_table'};
//      {Objects, Next} ->
//        {lists:map(fun(Object) ->
//                     case external_size(Object) > most_object_bytes of
//                       true -> external_size(Object);
//                       false -> [Object]
//                     end
//                   end, Objects),
//         case external_size(Next) > most_continuation of true -> []; false -> Next end}
//    end
//  end)()
//
// Names in capitals are bindings. The fun keeps what was found out of the bindings, which are part of the answer.
Term page_program(Terms& terms, std::size_t rows, bool first) {
  const Atom table = "info"_atom, all = "select"_atom, from = "next"_atom, heap = "size"_atom,
             objects = "lookup"_atom, left = "member"_atom, object = "insert"_atom;
  Forms form{terms};
  auto erlang = [&](const char* function, auto... arguments) {
    return form.call("erlang"_atom, Atom::of(function), arguments...);
  };
  auto exceeds = [&](Atom what, std::int64_t most) {
    return form.op(">"_atom, erlang("external_size", form.var(what)), form.number(most));
  };
  Term end = form.atom("$end_of_table"_atom);
  Term found =
      first ? form.call("ets"_atom, "select"_atom, form.var(table), form.var(all),
                        form.number(static_cast<std::int64_t>(rows)))
            : form.call("ets"_atom, "select"_atom,
                        form.call("ets"_atom, "repair_continuation"_atom, form.var(from), form.var(all)));
  Term told = form.fun_of({form.var(object)}, {form.choose(exceeds(object, most_object_bytes),
                                                           {erlang("external_size", form.var(object))},
                                                           {form.list(form.var(object))})});
  Term page = form.tuple(form.call("lists"_atom, "map"_atom, told, form.var(objects)),
                         form.choose(exceeds(left, most_continuation), {form.nil()}, {form.var(left)}));
  Term body = form.cases(found, {form.clause({end}, {form.tuple(form.nil(), end)}),
                                 form.clause({form.tuple(form.var(objects), form.var(left))}, {page})});
  return terms.list(erlang("process_flag", form.atom("priority"_atom), form.atom("low"_atom)),
                    form.bound_heap(heap), form.apply(form.fun_of({}, {body})));
}

Value page_arguments(const Value& table, const Value& continuation, std::size_t rows, bool first) {
  return built([&](Terms& terms) {
    Term all = *terms.parse("[{'$1',[],['$1']}]");
    Term bindings =
        terms.list(terms.tuple("info"_atom, table), terms.tuple("next"_atom, continuation),
                   terms.tuple("select"_atom, all), terms.tuple("size"_atom, Forms{terms}.heap_bound()));
    return terms.list(page_program(terms, rows, first), bindings);
  });
}

}  // namespace

void TablePages::ask(Atom node, bool ours, const std::string& table, const std::string& from, Answer done) {
  if (!from.empty()) {
    auto found = std::find_if(ends_.begin(), ends_.end(),
                              [&](auto& end) { return end.id == from && end.node == node; });
    if (found == ends_.end())
      return done(Error{Errc::not_found, "the page before is not kept any more: begin with the first one"});
    return read(*found, ours, false, done);
  }
  auto info = [=, this, life = std::weak_ptr{life_}](const Value& id, Term told) {
    if (life.expired()) return;
    auto size = count_at(told, "size"_atom), bytes = bytes_of_words(count_at(told, "memory"_atom));
    auto protection = value_at(told, "protection"_atom);
    if (!size || !bytes || !protection) return done(Error{Errc::not_found, clean(table, short_text)});
    if (protection->is("private"_atom))
      return done(
          Error{Errc::not_allowed, clean(table, short_text) + " is private: only its owner can read it"});
    auto average = *bytes / std::max<std::int64_t>(*size, 1);
    if (*size > 0 && average > most_average)
      return done(Error{Errc::too_large, std::to_string(average) + " bytes for each object"});
    auto rows = std::clamp<std::int64_t>(page_bytes / std::max<std::int64_t>(average, 1), 1, most_objects);
    read({{}, node, id, Value{}, static_cast<std::size_t>(rows), 0, *size}, ours, true, done);
  };
  auto found = [=, this, life = std::weak_ptr{life_}](Term id) {
    if (life.expired()) return;
    auto kept = Value::of(id);
    observe::ask(
        questions_, node, "ets", "info", [&](Terms& terms) { return terms.list(kept); }, done,
        [=](Term told) { info(kept, told); });
  };
  if (!table.starts_with("#Ref<"))
    return ask_for(questions_, node, "binary_to_existing_atom", table, done, found);
  // #Ref<NODE.A.B.C>, as it is told, is #Ref<0.A.B.C> there.
  auto at = table.rfind('@'), dot = at == table.npos ? at : table.find('.', at);
  auto there = dot == table.npos ? table : "#Ref<0" + table.substr(dot);
  ask_for(questions_, node, "list_to_ref", there, done, found);
}

void TablePages::read(End page, bool ours, bool first, Answer done) {
  auto answered = [=, this, life = std::weak_ptr{life_}](const CallResult& result, Milliseconds) {
    if (life.expired()) return;
    if (!result.ok()) {
      auto error = error_of(result);
      bool killed = error.code == Errc::raised && error.context.find("killed") != error.context.npos;
      return done(killed ? Error{Errc::too_large, "the objects of this page"} : error);
    }
    // {Page, Next}; of erl_eval {value, {Page, Next}, Bindings}
    Term answer = ours ? result.term : program_value(result.term).value_or(result.term);
    if (!answer.is_tuple(2)) return done(Error{Errc::raised, "its answer cannot be read"});
    done(told(page, answer));
  };
  if (!ours)
    return questions_.ask(page.node, "erl_eval", "exprs",
                          page_arguments(page.table, page.continuation, page.rows, first), answered);
  auto arguments = built([&](Terms& terms) {
    Term from = first ? Term::atom("first"_atom) : terms.of(page.continuation);
    return terms.list(page.table, from, static_cast<std::int64_t>(page.rows), most_object_bytes);
  });
  questions_.ask(page.node, "ets", "$page", arguments, answered);
}

// Keeps where the page ends, if there is more.
Value TablePages::told(End page, Term answer) {
  auto objects = some_elements(answer.element(0), page.rows);
  Term next = answer.element(1);
  auto before = page.shown;
  page.shown += objects.size();
  bool more = !next.is("$end_of_table"_atom), goes_on = more && !next.is_nil();
  if (goes_on) {
    page.id = std::to_string(++last_id_);
    page.continuation = Value::of(next);
    ends_.push_back(page);
    if (ends_.size() > most_kept_pages) ends_.pop_front();
  }
  return built([&](Terms& terms) {
    std::vector<Term> rows;
    for (Term object : objects) {
      auto size = count_in(object);
      rows.push_back(terms.of(size ? "an object of " + std::to_string(*size) + " bytes, which is not read"
                              : object.is_cons() ? shown(object.head(), long_text)
                                                 : shown(object, long_text)));
    }
    Object row{terms};
    row.add("objects", terms.list_of(rows)).flag("more", more);
    row.add("before", Number{static_cast<std::int64_t>(before)}).add("count", Number{page.count});
    if (goes_on) row.add("next", page.id);
    return row.term();
  });
}

}  // namespace noderuntime::observe
