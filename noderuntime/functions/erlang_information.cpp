// Information about processes and the node: process_info, system_info, statistics, memory.
#include <algorithm>
#include <initializer_list>

#include "common/wire/endian.h"
#include "noderuntime/functions/bytes_of.h"
#include "noderuntime/functions/erlang.h"
#include "noderuntime/functions/node_access.h"
#include "noderuntime/process/processes.h"
#include "noderuntime/tables/tables.h"
#include "noderuntime/term/integer.h"
#include "noderuntime/term/map.h"
#include "noderuntime/term/shared_walk.h"
#include "noderuntime/term/text.h"

namespace noderuntime {

namespace {

Term number(std::size_t value) { return Term::small(static_cast<std::int64_t>(value)); }
Term name(std::string_view text) { return Term::atom(Atom::of(text)); }
Term pair(Heap& heap, std::string_view key, Term value) { return make_tuple(heap, {name(key), value}); }
Term list(Heap& heap, const std::vector<Term>& terms) {
  return make_list(heap, std::span<const Term>{terms});
}

// A setting of OTP's collector: reported, because code asks for it, but without effect.
struct Setting {
  std::string_view name;
  std::size_t value;
};
constexpr Setting settings[] = {
    {"min_bin_vheap_size", 46422}, {"min_heap_size", 233}, {"fullsweep_after", 65535}};

Term max_heap_size(Heap& heap) { return max_heap_term(heap, {}); }

// --- one process

// The process that an item is asked of, and the one that asks. Others run while a long item is gathered; when the
// process has ended meanwhile, the item stays as it is.
class ProcessQuery {
 public:
  ProcessQuery(Context& asking, Term pid)
      : context{asking}, heap{asking.heap}, own_messages{asking.process.mailbox.size()}, pid_{pid} {}

  Process& process() const { return *process_; }  // precondition: it has not ended
  bool own() const { return process_ == &context.process; }
  ErlangState* state() const { return own() ? &context.state : process_->body()->erlang_state(); }
  // To be called first, and when others may have run. False: the process has ended. Waits while a collection moves what
  // the process has.
  bool find() {
    constexpr std::int64_t time_slice = 32'768;  // steps: at least
    for (;; let_others_run(time_slice)) {
      process_ = context.processes.table().find(pid_);
      if (process_ && process_->has_pending_exit()) process_ = nullptr;  // it ends in its next time slice
      if (!process_ || own() || !process_->body() || !process_->body()->is_collecting())
        return process_ != nullptr;
    }
  }
  bool has_ended() const { return process_ == nullptr; }
  void ask_own() { process_ = &context.process; }

  Context& context;
  Heap& heap;
  const std::size_t own_messages;  // of the process that asks, when it asked: more may come meanwhile

 private:
  Term pid_;
  Process* process_ = nullptr;
};

Term registered_name(ProcessQuery& q) {
  bool named = q.process().has_relations() && q.process().relations().name != Atom{};
  return named ? Term::atom(q.process().relations().name) : Term::nil();
}

Term messages_of_own(ProcessQuery& q) {
  MayPause here;
  ListBuilder found{q.heap};
  Mailbox::Reader all{q.process().mailbox};
  for (std::size_t left = q.own_messages; left > 0; --left) {
    auto message = all.next();
    if (!message) break;
    pace.spend(1);
    found.add(copy(*message, q.heap));
  }
  return found.finish();
}

// Whether the terms of the process are hidden. Not from the collector, nor from who looks at sizes.
bool is_sensitive(ProcessQuery& q) { return q.process().settings().sensitive; }

// The mailbox at one moment: when others have changed it between two pieces, it is read again, in the end without
// letting them.
Term messages(ProcessQuery& q) {
  constexpr int most_attempts = 4;
  constexpr std::size_t piece = 256, words_at_once = 16'384;
  for (int attempt = 1;; ++attempt) {
    ListBuilder found{q.heap};
    Mailbox::Reader all{q.process().mailbox};
    std::size_t done = 0, before = q.heap.used_words();
    bool ended = false, valid = true;
    while (valid && !ended) {
      auto message = all.next();
      ended = !message;
      if (message) found.add(copy(*message, q.heap));
      auto words = q.heap.used_words() - before;
      if (ended || attempt == most_attempts || (++done < piece && words < words_at_once)) continue;
      let_others_run(static_cast<std::int64_t>(8 * done + words));
      if (!q.find()) return Term::nil();
      valid = all.is_valid();
      done = 0, before = q.heap.used_words();
    }
    if (valid) return found.finish();
  }
}

// A list of what item(row) makes of the rows of a table of relations; nullopt: nothing.
template <class Rows, class Item>
Term of_relations(ProcessQuery& q, Rows Relations::*rows, Item item) {
  Term found = Term::nil();
  if (!q.process().has_relations()) return found;
  auto find = [&]() -> const Rows* { return q.find() ? &(q.process().relations().*rows) : nullptr; };
  visit_in_pieces(
      find, [&] { found = Term::nil(); },
      [&](auto& row) {
        if (std::optional<Term> term = item(row.first, row.second)) found = make_cons(q.heap, *term, found);
      });
  return found;
}

Term links(ProcessQuery& q) {
  auto& self = q.context.processes.self();
  return of_relations(q, &Relations::links, [&](const Pid& pid, const Relations::LinkState& state) {
    return state.active ? std::optional{make_pid(q.heap, self, pid)} : std::nullopt;
  });
}

Term monitors(ProcessQuery& q) {
  auto& self = q.context.processes.self();
  auto target = [&](const Relations::Monitor& row) {
    if (auto* pid = std::get_if<Pid>(&row.target)) return make_pid(q.heap, self, *pid);
    return make_tuple(q.heap, {Term::atom(std::get<Atom>(row.target)), Term::atom(row.node)});
  };
  return of_relations(q, &Relations::monitors, [&](const Reference&, const Relations::Monitor& row) {
    return row.of_node ? std::nullopt
                       : std::optional{make_tuple(q.heap, {Term::atom(atoms::process), target(row)})};
  });
}

Term monitored_by(ProcessQuery& q) {
  auto& self = q.context.processes.self();
  return of_relations(q, &Relations::monitored_by,
                      [&](const Reference&, const Relations::MonitoredBy& watcher) {
                        return std::optional{make_pid(q.heap, self, watcher.pid)};
                      });
}

// {Pid, Count, 0} for each process here that this one suspends: none is still to be suspended.
Term suspending(ProcessQuery& q) {
  auto& processes = q.context.processes;
  return of_relations(q, &Relations::suspending, [&](const Pid& pid, std::uint32_t count) {
    auto* process = processes.table().find(pid);
    return process ? std::optional{make_tuple(
                         q.heap, {process->self(), Term::small(std::int64_t{count}), Term::small(0)})}
                   : std::nullopt;
  });
}

Term function_term(Heap& heap, Atom module, Atom function, std::uint32_t arity) {
  return make_tuple(heap, {Term::atom(module), Term::atom(function), Term::small(arity)});
}

Body::Description description(ProcessQuery& q) {
  return q.process().body() ? q.process().body()->describe() : Body::Description{};
}

Term current_function(ProcessQuery& q) {
  auto at = description(q);
  return function_term(q.heap, at.module, at.function, at.arity);
}

Term initial_call(ProcessQuery& q) {
  auto at = description(q);
  return function_term(q.heap, at.initial_module, at.initial_function, at.initial_arity);
}

Term current_stacktrace(ProcessQuery& q) { return q.process().body()->stack_trace(q.heap); }

Term current_location(ProcessQuery& q) {
  Term trace = current_stacktrace(q);
  if (trace.is_cons()) return trace.head();
  auto at = description(q);
  return make_tuple(q.heap,
                    {Term::atom(at.module), Term::atom(at.function), Term::small(at.arity), Term::nil()});
}

// Terms of another process are copied.
Term given(ProcessQuery& q, Term term) { return q.own() ? term : copy(term, q.heap); }

Term dictionary(ProcessQuery& q) {
  auto* state = q.state();
  Term found = Term::nil();
  if (!state || state->dictionary.is_nil() || is_sensitive(q)) return found;
  auto may_pause = q.own() ? std::make_optional<MayPause>() : std::nullopt;
  Rounds rounds{2};
  map::Iterator all{state->dictionary};
  for (map::Entry entry; all.next(entry); rounds.next())
    found = make_cons(q.heap, make_tuple(q.heap, {given(q, entry.key), given(q, entry.value)}), found);
  return found;
}

Term from_dictionary(ProcessQuery& q, Term key) {
  auto* state = q.state();
  auto value = state && !state->dictionary.is_nil() ? map::get(state->dictionary, key) : std::nullopt;
  return value ? given(q, *value) : Term::atom(atoms::undefined);
}

// The functions that the process is in, as text. Terms on its stack are not shown.
Term backtrace(ProcessQuery& q) {
  std::string text;
  auto add = [&](Term module, Term function, Term arity, Term location) {
    text += text.empty() ? "Program counter: (" : "Return addr (";
    text += to_text(module) + ":" + to_text(function) + "/" + to_text(arity);
    if (location.is_cons()) text += ", line " + to_text(location.tail().head().element(1));
    text += ")\n";
  };
  if (is_sensitive(q)) return make_binary(q.heap, std::string_view{});
  Heap scratch;
  for (Term trace = q.process().body()->stack_trace(scratch); trace.is_cons(); trace = trace.tail())
    add(trace.head().element(0), trace.head().element(1), trace.head().element(2), trace.head().element(3));
  auto at = description(q);
  if (text.empty()) add(Term::atom(at.module), Term::atom(at.function), Term::small(at.arity), Term::nil());
  return make_binary(q.heap, std::string_view{text});
}

Term label(ProcessQuery& q) { return from_dictionary(q, name("$process_label")); }

Term parent(ProcessQuery& q) {
  auto& pid = q.process().parent;
  return pid.node.name == Atom{} ? Term::atom(atoms::undefined)
                                 : make_pid(q.heap, q.context.processes.self(), pid);
}

template <const Atom* name>
Term told(ProcessQuery& q) {
  return *setting(q.heap, q.process().settings(), *name);
}

Term garbage_collection(ProcessQuery& q) {
  std::vector<Term> items;
  for (Atom name :
       {atoms::max_heap_size, atoms::min_bin_vheap_size, atoms::min_heap_size, atoms::fullsweep_after})
    items.push_back(pair(q.heap, name.text(), *setting(q.heap, q.process().settings(), name)));
  items.push_back(pair(q.heap, "minor_gcs", Term::small(0)));
  return list(q.heap, items);
}

bool is_hibernating(const Process& process) {
  static const Atom hibernate = Atom::of("hibernate");
  if (!process.is_waiting() || !process.body()) return false;
  auto at = process.body()->describe();
  return at.module == atoms::erlang && at.function == hibernate;
}

// OTP's block of heap and stack: what they use, and, but for a hibernating process, at least what they may use before the
// first collection.
std::size_t heap_block(const Process& process) {
  auto used = process.heap.used_words() + process.stack_words();
  if (is_hibernating(process)) return used;
  return std::max(used, static_cast<std::size_t>(process.settings().min_heap_size));
}

std::size_t words_of_messages(const Process& process) {
  return process.settings().message_queue_data == atoms::on_heap ? process.mailbox.words() : 0;
}

Term garbage_collection_info(ProcessQuery& q) {
  constexpr std::string_view names[] = {"old_heap_block_size",
                                        "heap_block_size",
                                        "mbuf_size",
                                        "recent_size",
                                        "stack_size",
                                        "old_heap_size",
                                        "heap_size",
                                        "bin_vheap_size",
                                        "bin_vheap_block_size",
                                        "bin_old_vheap_size",
                                        "bin_old_vheap_block_size"};
  auto& process = q.process();
  auto value = [&](std::string_view text) -> std::size_t {
    if (text == "heap_block_size") return heap_block(process);
    if (text == "heap_size") return process.heap.used_words();
    if (text == "mbuf_size") return words_of_messages(process);
    if (text == "stack_size") return process.stack_words();
    if (text == "bin_vheap_size") return process.heap.off_heap_bytes() / sizeof(Word);
    return 0;
  };
  std::vector<Term> items;
  for (auto text : names) items.push_back(pair(q.heap, text, number(value(text))));
  return list(q.heap, items);
}

// Counted binaries: {Id, Bytes, Holders}.
Term binaries(ProcessQuery& q) {
  auto may_pause = q.own() ? std::make_optional<MayPause>() : std::nullopt;
  Rounds rounds{4};
  ListBuilder items{q.heap};
  for (auto* object = q.process().heap.outside(); object; object = object->next, rounds.next()) {
    if (header_kind(object->header) != Kind::slice) continue;
    auto* bytes = reinterpret_cast<const SubBinary*>(object)->bytes;
    items.add(make_tuple(q.heap, {make_unsigned(q.heap, reinterpret_cast<std::uintptr_t>(bytes)),
                                  number(bytes->used), number(bytes->count)}));
  }
  return items.finish();
}

std::size_t memory_of(const Process& process) {
  return (process.heap.used_words() + process.stack_words() + process.mailbox.words()) * sizeof(Word) +
         sizeof(Process);
}

struct Item {
  std::string_view name;
  Term (*value)(ProcessQuery&);
  bool among_all = false;  // part of process_info/1
};

// In the order of process_info/1.
constexpr Item items[] = {
    {"registered_name", registered_name, true},
    {"current_function", current_function, true},
    {"initial_call", initial_call, true},
    {"status",
     [](ProcessQuery& q) {
       auto& process = q.process();
       return name(q.own()                ? "running"
                   : process.suspended()  ? "suspended"
                   : process.is_waiting() ? "waiting"
                                          : "runnable");
     },
     true},
    {"message_queue_len",
     [](ProcessQuery& q) { return number(q.own() ? q.own_messages : q.process().mailbox.size()); }, true},
    {"links", links, true},
    {"dictionary", dictionary, true},
    {"trap_exit", [](ProcessQuery& q) { return Term::boolean(q.process().trap_exit); }, true},
    {"error_handler", told<&atoms::error_handler>, true},
    {"priority", told<&atoms::priority>, true},
    {"group_leader",
     [](ProcessQuery& q) { return make_pid(q.heap, q.context.processes.self(), q.process().group_leader); },
     true},
    {"total_heap_size",
     [](ProcessQuery& q) { return number(heap_block(q.process()) + words_of_messages(q.process())); }, true},
    {"heap_size", [](ProcessQuery& q) { return number(heap_block(q.process())); }, true},
    {"stack_size", [](ProcessQuery& q) { return number(q.process().stack_words()); }, true},
    {"reductions",
     [](ProcessQuery& q) { return number(q.context.processes.scheduler().reductions_of(q.process())); },
     true},
    {"garbage_collection", garbage_collection, true},
    {"suspending", suspending, true},
    {"async_dist", told<&atoms::async_dist>},
    {"backtrace", backtrace},
    {"binary", binaries},
    {"catchlevel", [](ProcessQuery&) { return number(0); }},
    {"current_location", current_location},
    {"current_stacktrace", current_stacktrace},
    {"fullsweep_after", told<&atoms::fullsweep_after>},
    {"garbage_collection_info", garbage_collection_info},
    {"label", label},
    {"last_calls", [](ProcessQuery&) { return Term::boolean(false); }},
    {"max_heap_size", told<&atoms::max_heap_size>},
    {"memory", [](ProcessQuery& q) { return number(memory_of(q.process())); }},
    {"message_queue_data", told<&atoms::message_queue_data>},
    {"messages",
     [](ProcessQuery& q) {
       return is_sensitive(q) ? Term::nil() : q.own() ? messages_of_own(q) : messages(q);
     }},
    {"min_bin_vheap_size", told<&atoms::min_bin_vheap_size>},
    {"min_heap_size", told<&atoms::min_heap_size>},
    {"magic_ref", [](ProcessQuery&) { return Term::nil(); }},
    {"monitored_by", monitored_by},
    {"monitors", monitors},
    {"parent", parent},
    {"sequential_trace_token", [](ProcessQuery&) { return Term::nil(); }},
    {"trace",
     [](ProcessQuery& q) {
       auto& trace = q.process().trace;
       return number(trace ? trace->flags : 0);
     }},
};

// The value of an item, which may be {dictionary, Key}; nullopt: no such item.
std::optional<Term> process_item(ProcessQuery& q, Term item) {
  if (item.is_tuple(2) && item.element(0) == name("dictionary"))
    return is_sensitive(q) ? Term::atom(atoms::undefined) : from_dictionary(q, item.element(1));
  if (!item.is_atom()) return std::nullopt;
  auto text = item.as_atom().text();
  for (auto& row : items)
    if (row.name == text) return row.value(q);
  return std::nullopt;
}

}  // namespace

namespace erlang {

NativeResult process_info_2(Context& context, const Term* a) {
  if (!a[0].is_local_pid()) return badarg();
  bool several = a[1].is_list();
  if (several && !paced_length_of(a[1])) return badarg();
  ProcessQuery query{context, a[0]};
  bool is_there = query.find();
  if (!is_there) query.ask_own();  // whether the items exist
  Term wanted = several ? a[1] : make_list(context.heap, {a[1]});
  ListBuilder values{context.heap};
  for (; wanted.is_cons() && !query.has_ended(); wanted = wanted.tail()) {
    auto value = process_item(query, wanted.head());
    if (!value) return badarg();
    values.add(make_tuple(context.heap, {wanted.head(), *value}));
  }
  if (!is_there || query.has_ended()) return Term::atom(atoms::undefined);
  Term found = values.finish();
  if (several) return found;
  bool unnamed = a[1].is(atoms::registered_name) && found.head().element(1).is_nil();
  return unnamed ? Term::nil() : found.head();
}

NativeResult process_info_1(Context& context, const Term* a) {
  if (!a[0].is_local_pid()) return badarg();
  ProcessQuery query{context, a[0]};
  if (!query.find()) return Term::atom(atoms::undefined);
  ListBuilder values{context.heap};
  for (auto& item : items) {
    if (!item.among_all) continue;
    Term value = item.value(query);
    if (query.has_ended()) return Term::atom(atoms::undefined);
    if (item.value == registered_name && value.is_nil()) continue;
    values.add(pair(context.heap, item.name, value));
  }
  return values.finish();
}

}  // namespace erlang

namespace {

// --- memory

struct Memory {
  std::size_t processes = 0, atom = 0, binary = 0, code = 0, ets = 0;
};

Memory measure(Context& context) {
  constexpr std::size_t per_atom = 64;  // text and table entry, roughly
  Memory memory;
  constexpr std::size_t slots_at_once = 500;
  constexpr std::int64_t steps_per_slot = 16;
  auto& table = context.processes.table();
  auto add = [&](Term pid) {
    auto* process = table.find(pid);
    if (!process) return;
    memory.processes += memory_of(*process);
    memory.binary += process->heap.off_heap_bytes();
  };
  ProcessTable::Census census{table};
  while (census.next(slots_at_once, add)) let_others_run(slots_at_once * steps_per_slot);
  memory.atom = atom_count() * per_atom;
  memory.code = context.node.modules.code_bytes();
  memory.ets = context.node.tables.words() * sizeof(Word);
  return memory;
}

std::optional<std::size_t> share(const Memory& memory, std::string_view text) {
  std::size_t system = memory.atom + memory.binary + memory.code + memory.ets;
  if (text == "total") return memory.processes + system;
  if (text == "processes" || text == "processes_used") return memory.processes;
  if (text == "system") return system;
  if (text == "atom" || text == "atom_used") return memory.atom;
  if (text == "binary") return memory.binary;
  if (text == "code") return memory.code;
  if (text == "ets") return memory.ets;
  return std::nullopt;
}

}  // namespace

// --- the node

namespace {

struct Fact {
  std::string_view name;
  Term (*value)(Context&);
};

Term yes(Context&) { return Term::boolean(true); }
Term no(Context&) { return Term::boolean(false); }
Term one(Context&) { return number(1); }
Term none(Context&) { return number(0); }
Term undefined(Context&) { return Term::atom(atoms::undefined); }

Term largest_integer(Context& context) {
  Word* box = context.heap.allocate(1 + integer::max_limbs);
  box[0] = box_header(Kind::positive_integer, integer::max_limbs);
  std::fill_n(box + 1, integer::max_limbs, ~Word{0});
  return box_at(box);
}

// [{Module, Function, Arity}] of functions that are native both here and on OTP.
Term snifs(Context& context) {
  auto& heap = context.heap;
  Term all = Term::nil();
  for (auto& module : native_modules()) {
    for (auto& row : module.rows) {
      if (row.on_otp != native_code) continue;
      Term function = make_tuple(heap, {name(module.module), name(row.function), number(row.arity)});
      all = make_cons(heap, function, all);
    }
  }
  return all;
}

template <const auto& text>
Term text_of(Context& context) {
  return make_string(context.heap, text);
}
// The system as config.guess names it; OTP is configured with that name.
#if defined(__x86_64__)
constexpr char architecture[] = "x86_64-pc-linux-gnu";
#elif defined(__aarch64__)
constexpr char architecture[] = "aarch64-unknown-linux-gnu";
#else
constexpr char architecture[] = "unknown-unknown-linux-gnu";
#endif
constexpr char release[] = "27", version[] = "15.0", machine[] = "BEAM",
               banner[] = "Node Runtime " NODERUNTIME_VERSION "\n", driver[] = "3.3", nif[] = "2.17";

// --- what tools ask about allocators: one allocator for each kind of memory, with one carrier

struct Allocator {
  std::string_view name;
  std::size_t Memory::*bytes;  // null: there is no such memory here
};
constexpr Allocator allocators[] = {{"temp_alloc", nullptr},
                                    {"sl_alloc", nullptr},
                                    {"std_alloc", nullptr},
                                    {"ll_alloc", nullptr},
                                    {"eheap_alloc", &Memory::processes},
                                    {"ets_alloc", &Memory::ets},
                                    {"fix_alloc", nullptr},
                                    {"literal_alloc", &Memory::code},
                                    {"binary_alloc", &Memory::binary},
                                    {"driver_alloc", nullptr}};

Term allocator_names(Context& c) {
  std::vector<Term> all;
  for (auto& row : allocators) all.push_back(name(row.name));
  return list(c.heap, all);
}

// {Key, Value, HighestSince, Highest}: only the value is known.
Term amount(Heap& heap, std::string_view key, std::size_t value) {
  return make_tuple(heap, {name(key), number(value), number(value), number(value)});
}

// The carriers of one kind, of many blocks or of single ones. `sizes`: without numbers of calls and of carriers.
Term carriers(Heap& heap, const Allocator& row, std::string_view kind, std::size_t bytes, bool sizes) {
  std::vector<Term> of_blocks{amount(heap, "size", bytes)};
  if (!sizes) of_blocks.insert(of_blocks.begin(), amount(heap, "count", bytes > 0));
  Term blocks = bytes == 0 ? Term::nil() : make_list(heap, {pair(heap, row.name, list(heap, of_blocks))});
  std::vector<Term> items{pair(heap, "blocks", blocks)};
  if (!sizes) items.push_back(amount(heap, "carriers", bytes > 0));
  items.push_back(amount(heap, "carriers_size", bytes));
  if (!sizes) {
    items.push_back(pair(heap, "mseg_alloc_carriers_size", number(0)));
    items.push_back(pair(heap, "sys_alloc_carriers_size", number(bytes)));
  }
  return pair(heap, kind, list(heap, items));
}

// Those of OTP that are not in use here.
constexpr std::string_view unused_allocators[] = {"mseg_alloc", "sys_alloc", "test_alloc"};

// The result for {allocator, Name} and {allocator_sizes, Name}: false for an allocator that is not used.
std::optional<Term> allocator(Context& context, Term wanted, bool sizes) {
  if (!wanted.is_atom()) return std::nullopt;
  if (std::find(std::begin(unused_allocators), std::end(unused_allocators), wanted.as_atom().text()) !=
      std::end(unused_allocators))
    return Term::boolean(false);
  for (auto& row : allocators) {
    if (wanted.as_atom().text() != row.name) continue;
    auto bytes = row.bytes ? measure(context).*row.bytes : 0;
    auto& heap = context.heap;
    Term all =
        make_list(heap, {carriers(heap, row, "mbcs", bytes, sizes), carriers(heap, row, "sbcs", 0, sizes)});
    return make_list(heap, {make_tuple(heap, {name("instance"), number(0), all})});
  }
  return std::nullopt;
}

// The same for {_, [Name, ...]}: a row for each; no name stands twice. So the list is short.
std::optional<Term> listed_allocators(Context& context, Term wanted, bool sizes) {
  std::vector<Term> names, rows;
  for (; wanted.is_cons(); wanted = wanted.tail()) {
    auto found = allocator(context, wanted.head(), sizes);
    if (!found || std::find(names.begin(), names.end(), wanted.head()) != names.end()) return std::nullopt;
    names.push_back(wanted.head());
    rows.push_back(make_tuple(context.heap, {wanted.head(), *found}));
  }
  return wanted.is_nil() && !rows.empty() ? std::optional{list(context.heap, rows)} : std::nullopt;
}

// [{Name, Bytes}]
Term allocated_areas(Context& context) {
  auto memory = measure(context);
  auto& heap = context.heap;
  return make_list(
      heap, {pair(heap, "atom_table", number(memory.atom)), pair(heap, "loaded_code", number(memory.code)),
             pair(heap, "processes", number(memory.processes)), pair(heap, "ets", number(memory.ets))});
}

Term clock_source(Heap& heap, std::string_view clock, std::string_view extended, std::int64_t now) {
  return make_list(heap,
                   {pair(heap, "function", name("clock_gettime")), pair(heap, "clock_id", name(clock)),
                    pair(heap, "resolution", number(1'000'000'000)), pair(heap, "extended", name(extended)),
                    pair(heap, "parallel", name("yes")), pair(heap, "time", make_integer(heap, now))});
}

Term heap_sizes(Context& context) {
  ListBuilder all{context.heap};
  all.add(number(12));
  constexpr std::int64_t most = std::int64_t{1} << 56;  // words
  for (auto size = heap_size_from(1); size < most; size = heap_size_from(size + 1))
    all.add(number(static_cast<std::size_t>(size)));
  return all.finish();
}

// A short text in place of the pages that OTP prints.
Term text_about_node(Context& context) {
  auto text = "=node:" + std::string{context.processes.self().name.text()} +
              "\nProcesses: " + std::to_string(context.processes.table().count()) + '\n';
  return make_binary(context.heap, text);
}

constexpr Fact facts[] = {
    {"alloc_util_allocators", allocator_names},
    {"allocated_areas", allocated_areas},
    {"allocator",
     [](Context& c) {
       return make_tuple(c.heap, {name("undefined"), Term::nil(), Term::nil(), Term::nil()});
     }},
    {"atom_count", [](Context&) { return number(atom_count()); }},
    {"atom_limit", [](Context&) { return number(atom_limit()); }},
    {"break_ignored", yes},
    {"build_type", [](Context&) { return name("opt"); }},
    {"c_compiler_used",
     [](Context& c) {
       Term release =
           make_tuple(c.heap, {number(__GNUC__), number(__GNUC_MINOR__), number(__GNUC_PATCHLEVEL__)});
       return pair(c.heap, "gnuc", release);
     }},
    {"check_io",
     [](Context& c) {
       return make_list(c.heap, {make_list(c.heap, {pair(c.heap, "primary", name("epoll"))})});
     }},
    {"compat_rel", [](Context&) { return number(27); }},
    {"compile_info", [](Context&) { return Term::nil(); }},
    {"context_reductions", [](Context&) { return number(4000); }},
    {"cpu_topology", undefined},
    {"creation", [](Context& c) { return number(c.processes.self().creation.value()); }},
    {"debug_compiled", no},
    {"delayed_node_table_gc", [](Context&) { return number(60); }},
    {"dirty_cpu_schedulers", one},
    {"dirty_cpu_schedulers_online", one},
    {"dirty_io_schedulers", one},
    {"dist", [](Context& c) { return make_binary(c.heap, std::string_view{}); }},
    {"dist_buf_busy_limit", [](Context& c) { return number(c.node.cluster.busy_bytes()); }},
    {"dist_ctrl", [](Context&) { return Term::nil(); }},
    {"driver_version", text_of<driver>},
    {"dynamic_trace", [](Context&) { return name("none"); }},
    {"dynamic_trace_probes", no},
    {"eager_check_io", yes},
    {"emu_flavor", [](Context&) { return name("emu"); }},
    {"emu_type", [](Context&) { return name("opt"); }},
    {"end_time", [](Context& c) { return make_integer(c.heap, std::numeric_limits<std::int64_t>::max()); }},
    {"endian", [](Context&) { return name(is_little_endian ? "little" : "big"); }},
    {"ethread_info", [](Context&) { return Term::nil(); }},
    {"ets_count", [](Context& c) { return number(c.node.tables.count()); }},
    {"ets_always_compress", [](Context&) { return Term::boolean(false); }},
    {"ets_limit", [](Context& c) { return number(c.node.tables.limits().tables); }},
    {"fullsweep_after", [](Context& c) { return pair(c.heap, "fullsweep_after", number(65535)); }},
    {"garbage_collection",
     [](Context& c) {
       std::vector<Term> all{pair(c.heap, "max_heap_size", max_heap_size(c.heap))};
       for (auto& setting : settings) all.push_back(pair(c.heap, setting.name, number(setting.value)));
       return list(c.heap, all);
     }},
    {"heap_sizes", heap_sizes},
    {"heap_type", [](Context&) { return name("private"); }},
    {"info", text_about_node},
    {"kernel_poll", no},
    {"loaded", text_about_node},
    {"lock_checking", no},
    {"lock_counting", no},
    {"logical_processors", one},
    {"logical_processors_available", one},
    {"logical_processors_online", one},
    {"machine", text_of<machine>},
    {"max_integer", largest_integer},
    {"max_heap_size", [](Context& c) { return pair(c.heap, "max_heap_size", max_heap_size(c.heap)); }},
    {"message_queue_data", [](Context&) { return name("on_heap"); }},
    {"min_bin_vheap_size", [](Context& c) { return pair(c.heap, "min_bin_vheap_size", number(46422)); }},
    {"min_heap_size", [](Context& c) { return pair(c.heap, "min_heap_size", number(233)); }},
    {"modified_timing_level", undefined},
    {"multi_scheduling", [](Context&) { return name("disabled"); }},
    {"multi_scheduling_blockers", [](Context&) { return Term::nil(); }},
    {"nif_version", text_of<nif>},
    {"normal_multi_scheduling_blockers", [](Context&) { return Term::nil(); }},
    {"os_monotonic_time_source",
     [](Context& c) {
       return clock_source(c.heap, "CLOCK_MONOTONIC", "no", c.processes.host().monotonic_nanoseconds());
     }},
    {"os_system_time_source",
     [](Context& c) {
       return clock_source(c.heap, "CLOCK_REALTIME", "no", c.processes.host().system_nanoseconds());
     }},
    {"otp_release", text_of<release>},
    {"outstanding_system_requests_limit", [](Context&) { return number(128'000); }},
    {"port_count", none},
    {"port_limit", none},
    {"port_parallelism", no},
    {"process_count", [](Context& c) { return number(c.processes.table().count()); }},
    {"process_limit", [](Context& c) { return number(c.processes.table().limits().processes); }},
    {"procs", text_about_node},
    {"scheduler_bind_type", [](Context&) { return name("unbound"); }},
    {"scheduler_bindings", [](Context& c) { return make_tuple(c.heap, {name("unbound")}); }},
    {"scheduler_id", one},
    {"schedulers", one},
    {"schedulers_online", one},
    {"schedulers_state",
     [](Context& c) {
       return make_tuple(c.heap, {number(1), number(1), number(1)});
     }},
    {"sequential_tracer", [](Context& c) { return pair(c.heap, "sequential_tracer", Term::boolean(false)); }},
    {"smp_support", yes},
    {"snifs", snifs},
    {"start_time", [](Context& c) { return make_integer(c.heap, c.node.state.start_time); }},
    {"static_nifs", [](Context&) { return Term::nil(); }},
    {"system_architecture", text_of<architecture>},
    {"system_logger", [](Context&) { return Term::atom(atoms::logger); }},
    {"system_version", text_of<banner>},
    {"taints", [](Context&) { return Term::nil(); }},
    {"thread_pool_size", one},
    {"threads", yes},
    {"time_correction", yes},
    {"time_offset", [](Context&) { return name("volatile"); }},
    {"time_warp_mode", [](Context&) { return name("multi_time_warp"); }},
    {"tolerant_timeofday", [](Context&) { return name("enabled"); }},
    {"trace_control_word", [](Context& c) { return number(c.node.tracing.control_word()); }},
    {"update_cpu_info", [](Context&) { return name("unchanged"); }},
    {"version", text_of<version>},
    {"wordsize", [](Context&) { return number(sizeof(Word)); }},
};

}  // namespace

namespace erlang {

NativeResult system_info_1(Context& context, const Term* a) {
  if (a[0].is_tuple(2)) {
    Term key = a[0].element(0), of = a[0].element(1);
    bool sizes = key == name("allocator_sizes");
    auto of_is = [&](std::initializer_list<std::string_view> texts) {
      return std::any_of(texts.begin(), texts.end(), [&](auto text) { return of == name(text); });
    };
    if (key == name("wordsize") && of_is({"internal", "external"})) return number(sizeof(Word));
    if (key == name("cpu_topology") && of_is({"defined", "detected", "used"}))
      return Term::atom(atoms::undefined);
    if (!sizes && key != name("allocator")) return badarg();
    auto found = of.is_cons() ? listed_allocators(context, of, sizes) : allocator(context, of, sizes);
    return found ? NativeResult{*found} : badarg();
  }
  if (!a[0].is_atom()) return badarg();
  auto text = a[0].as_atom().text();
  for (auto& fact : facts)
    if (fact.name == text) return fact.value(context);
  return badarg();
}

}  // namespace erlang

namespace {

// --- the scheduler's time

// Removes users that have ended. The measuring itself costs too little to be turned off.
NodeState::SchedulerTimeUse& living_users(Context& context) {
  auto& use = context.node.state.scheduler_time_use;
  std::erase_if(use.users, [&](const auto& user) { return !context.processes.table().find(user.pid); });
  return use;
}

// Returns the old value, as OTP's kernel_refc: true if the process, or another one, had turned it on.
bool use_scheduler_time(Context& context, bool on) {
  auto& use = living_users(context);
  bool before = !use.users.empty();
  Term self = context.process.self();
  auto own = std::find_if(use.users.begin(), use.users.end(), [&](auto& user) { return user.pid == self; });
  if (on && !before) use.since = context.node.system.scheduler_time();
  if (on && own == use.users.end())
    use.users.push_back({self, 1});
  else if (on)
    ++own->times;
  else if (own != use.users.end() && --own->times == 0)
    use.users.erase(own);
  return before;
}

// [{Scheduler, BusyTime, TotalTime}]: the only scheduler, and those for long functions that system_info/1
// lists, which are always idle.
Term scheduler_times(Context& context, std::int64_t schedulers) {
  auto& use = living_users(context);
  if (use.users.empty()) return Term::atom(atoms::undefined);
  auto& heap = context.heap;
  auto now = context.node.system.scheduler_time();
  Term total = make_integer(heap, now.total_nanoseconds - use.since.total_nanoseconds);
  Term busy = make_integer(heap, now.busy_nanoseconds - use.since.busy_nanoseconds);
  std::vector<Term> all;
  for (std::int64_t i = 1; i <= schedulers; ++i)
    all.push_back(make_tuple(heap, {Term::small(i), i == 1 ? busy : Term::small(0), total}));
  return list(heap, all);
}

// --- counters

// {All, SinceLastAsked}
NativeResult since(Heap& heap, std::uint64_t all, std::uint64_t& last) {
  auto before = std::exchange(last, all);
  return make_tuple(heap, {make_unsigned(heap, all), make_unsigned(heap, all - before)});
}

// Steps of the loop, by the clock and by processor time, and a time slice, as a map.
Term longest(Heap& heap, const System::Step& step, const System::Work& work, const Scheduler::Slice& slice) {
  auto microseconds = [](std::int64_t nanoseconds) {
    return number(static_cast<std::size_t>(nanoseconds / 1000));
  };
  std::string function;
  function.append(slice.module.text()).append(":").append(slice.function.text()).append("/");
  function += std::to_string(slice.arity);
  Term map = map::empty(heap);
  auto put = [&](std::string_view key, Term value) {
    map = map::put(heap, map, Term::atom(Atom::of(key)), value);
  };
  put("microseconds", microseconds(step.nanoseconds));
  put("what", make_binary(heap, step.what));
  put("processor_microseconds", microseconds(work.step.nanoseconds));
  put("processor_what", make_binary(heap, work.step.what));
  put("turn_microseconds", microseconds(work.turn_nanoseconds));
  put("slice_microseconds", microseconds(slice.nanoseconds));
  put("slice_function", make_binary(heap, slice.nanoseconds == 0 ? "" : function));
  return map;
}

// What the node holds, as a map of numbers: what no other function counts.
Term held(Context& context) {
  auto& heap = context.heap;
  auto relations = context.processes.relations().counts();
  auto modules = context.node.modules.counts();
  Term map = map::empty(heap);
  for (auto [key, count] : std::initializer_list<std::pair<std::string_view, std::size_t>>{
           {"memory", held_memory.used()},
           {"timers", context.processes.timers().count()},
           {"aliases", relations.aliases},
           {"monitors_by_name", relations.monitors_by_name},
           {"related_nodes", relations.nodes},
           {"realms", modules.realms},
           {"module_instances", modules.instances}})
    map = map::put(heap, map, Term::atom(Atom::of(key)), number(count));
  return map;
}

NativeResult statistics_1(Context& context, const Term* a) {
  if (!a[0].is_atom()) return badarg();
  auto text = a[0].as_atom().text();
  auto& heap = context.heap;
  auto& last = context.node.state.last_asked;
  auto milliseconds = [](std::int64_t nanoseconds) {
    return static_cast<std::uint64_t>(nanoseconds / 1'000'000);
  };
  auto& counters = context.processes.scheduler().counters();
  Term waiting = number(context.processes.scheduler().runnable());
  if (text == "context_switches")
    return make_tuple(heap, {make_unsigned(heap, counters.time_slices), number(0)});
  if (text == "reductions") return since(heap, counters.reductions, last.reductions);
  if (text == "exact_reductions") return since(heap, counters.reductions, last.exact_reductions);
  if (text == "runtime")
    return since(heap, milliseconds(context.node.system.processor_nanoseconds()), last.runtime);
  if (text == "wall_clock")
    return since(
        heap, milliseconds(context.processes.host().monotonic_nanoseconds() - context.node.state.start_time),
        last.wall_clock);
  if (text == "garbage_collection") {
    auto& counts = context.node.state.collections;
    return make_tuple(heap, {make_unsigned(heap, counts.all + counts.young),
                             make_unsigned(heap, counts.reclaimed_words), number(0)});
  }
  if (text == "io") {
    auto bytes = context.node.cluster.carried();
    return make_tuple(heap, {pair(heap, "input", make_unsigned(heap, bytes.received)),
                             pair(heap, "output", make_unsigned(heap, bytes.sent))});
  }
  Term none = number(0), active = Term::small(waiting.as_small() + 1);
  if (text == "run_queue" || text == "total_run_queue_lengths" || text == "total_run_queue_lengths_all")
    return waiting;
  if (text == "total_active_tasks" || text == "total_active_tasks_all") return active;
  // One for each scheduler, then one for all dirty ones (of each kind): they never have work.
  if (text == "run_queue_lengths") return make_list(heap, {waiting, none});
  if (text == "run_queue_lengths_all") return make_list(heap, {waiting, none, none});
  if (text == "active_tasks") return make_list(heap, {active, none});
  if (text == "active_tasks_all") return make_list(heap, {active, none, none});
  if (text == "scheduler_wall_time") return scheduler_times(context, 2);
  if (text == "scheduler_wall_time_all") return scheduler_times(context, 3);
  if (text == "longest_step") {  // not on OTP: {SinceStart, SinceLastAsked}
    auto& system = context.node.system;
    auto& scheduler = context.processes.scheduler();
    Term whole = longest(heap, system.longest_step(), system.longest_work(), scheduler.longest_slice());
    Term lately =
        longest(heap, system.take_longest_step(), system.take_longest_work(), scheduler.take_longest_slice());
    return make_tuple(heap, {whole, lately});
  }
  if (text == "held") return held(context);  // not on OTP
  if (text == "microstate_accounting") return Term::atom(atoms::undefined);
  return badarg();
}

NativeResult memory_0(Context& context, const Term*) {
  constexpr std::string_view names[] = {"total",     "processes", "processes_used", "system", "atom",
                                        "atom_used", "binary",    "code",           "ets"};
  auto memory = measure(context);
  std::vector<Term> all;
  for (auto text : names) all.push_back(pair(context.heap, text, number(*share(memory, text))));
  return list(context.heap, all);
}

NativeResult memory_1(Context& context, const Term* a) {
  auto memory = measure(context);
  auto of = [&](Term key) { return key.is_atom() ? share(memory, key.as_atom().text()) : std::nullopt; };
  if (!a[0].is_list()) {
    auto value = of(a[0]);
    return value ? NativeResult{number(*value)} : badarg();
  }
  std::vector<Term> all;
  Term keys = a[0];
  for (; keys.is_cons(); keys = keys.tail()) {
    auto value = of(keys.head());
    if (!value) return badarg();
    all.push_back(make_tuple(context.heap, {keys.head(), number(*value)}));
  }
  return keys.is_nil() ? NativeResult{list(context.heap, all)} : badarg();
}

// --- flags without effect here, ports that do not exist

NativeResult system_flag_2(Context& context, const Term* a) {
  if (!a[0].is_atom()) return badarg();
  auto text = a[0].as_atom().text();
  bool whole = a[1].is_small() && a[1].as_small() >= 0;
  if (text == "backtrace_depth" && whole) {
    auto depth = std::min(a[1].as_small(), NodeState::most_frames);
    return number(std::exchange(context.node.state.backtrace_depth, depth));
  }
  for (auto& setting : settings)
    if (text == setting.name && whole) return number(setting.value);
  if (text == "max_heap_size" && (whole || a[1].is_map())) return max_heap_size(context.heap);
  if ((text == "schedulers_online" || text == "dirty_cpu_schedulers_online") && whole && a[1].as_small() == 1)
    return number(1);
  if (text == "multi_scheduling" && a[1].is_atom()) return name("disabled");
  bool on = a[1] == Term::boolean(true), boolean = on || a[1] == Term::boolean(false);
  if (text == "scheduler_wall_time" && boolean) return Term::boolean(use_scheduler_time(context, on));
  if (text == "microstate_accounting" && (boolean || a[1] == name("reset"))) return Term::boolean(false);
  if (text == "trace_control_word" && whole && a[1].as_small() <= 0xFFFFFFFF) {
    auto before = context.node.tracing.control_word();
    context.node.tracing.set_control_word(static_cast<std::uint32_t>(a[1].as_small()));
    return number(before);
  }
  if (text == "system_logger" && (a[1].is_atom() || a[1].is_pid())) return Term::atom(atoms::logger);
  if (text == "time_offset" && a[1] == name("finalize")) return name("volatile");
  if (text == "outstanding_system_requests_limit" && whole) return number(128'000);
  constexpr std::string_view known[] = {"backtrace_depth",
                                        "dirty_cpu_schedulers_online",
                                        "fullsweep_after",
                                        "max_heap_size",
                                        "microstate_accounting",
                                        "min_bin_vheap_size",
                                        "min_heap_size",
                                        "multi_scheduling",
                                        "outstanding_system_requests_limit",
                                        "scheduler_wall_time",
                                        "schedulers_online",
                                        "system_logger",
                                        "time_offset",
                                        "trace_control_word"};
  bool is_flag = std::find(std::begin(known), std::end(known), text) != std::end(known);
  return is_flag ? badarg() : badarg(atoms::badopt);
}

NativeResult ports_0(Context&, const Term*) { return Term::nil(); }

NativeResult port_info_1(Context&, const Term* a) {
  return a[0].is_port() || a[0].is_atom() ? NativeResult{Term::atom(atoms::undefined)} : badarg();
}

NativeResult port_info_2(Context& context, const Term* a) {
  constexpr std::string_view known[] = {
      "connected", "id",     "input",  "links",       "locking",    "memory",          "monitors",
      "name",      "os_pid", "output", "parallelism", "queue_size", "registered_name", "monitored_by"};
  bool is_item = a[1].is_atom() &&
                 std::find(std::begin(known), std::end(known), a[1].as_atom().text()) != std::end(known);
  return is_item ? port_info_1(context, a) : badarg();
}

// OTP prints it on the terminal; here it goes to the log.
NativeResult process_display_2(Context& context, const Term* a) {
  if (a[1] != name("backtrace")) return badarg(atoms::badopt);
  if (!a[0].is_local_pid() || !context.processes.table().find(a[0])) return badarg();
  return Term::boolean(true);
}

constexpr NativeRow erlang_information_functions[] = {
    {"memory", 0, memory_0},         {"memory", 1, memory_1},
    {"port_info", 1, port_info_1},   {"port_info", 2, port_info_2},
    {"ports", 0, ports_0},           {"process_display", 2, process_display_2},
    {"statistics", 1, statistics_1}, {"system_flag", 2, system_flag_2},
};

}  // namespace

extern const NativeModule erlang_information_module;
const NativeModule erlang_information_module{"erlang", erlang_information_functions, "erl_erts_errors"};

}  // namespace noderuntime
