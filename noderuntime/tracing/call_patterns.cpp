#include "noderuntime/tracing/call_patterns.h"

#include <algorithm>
#include <unordered_set>

#include "noderuntime/beam/operations.h"
#include "noderuntime/term/shared_walk.h"

namespace noderuntime {

namespace {

constexpr std::uint32_t no_id = (std::uint32_t{1} << 29) - 1;
constexpr std::uint32_t stub_entry = 3;
constexpr std::int64_t steps_per_function = 20;

// Functions of the node's own modules that OTP does not have.
bool is_hidden(Atom name) { return name.text().starts_with('$'); }

// The code that a stub executes. In front of its entry is what stands in front of each function.
std::shared_ptr<const Image> stub_image(const FunctionName& name) {
  auto image = std::make_shared<Image>();
  image->module = name.module;
  image->code = {static_cast<std::uint32_t>(Operation::unreachable),
                 static_cast<std::uint32_t>(Operation::function_clause), 0,
                 static_cast<std::uint32_t>(Operation::traced_export)};
  image->functions.push_back({1, stub_entry, name.function, name.arity});
  return image;
}

// The first unit of the function is the only thing that changes in an image.
std::uint32_t& first_unit(const Image& image, std::uint32_t entry) {
  return const_cast<Image&>(image).code[entry];
}

}  // namespace

void PatternChange::apply(CallPattern& pattern) const {
  if (to == To::off) {
    if (is_global()) pattern.global = false;
    if (local) pattern.local = false;
    if (is_global() || local) pattern.program = nullptr;
    if (meta) pattern.meta = false, pattern.meta_program = nullptr, pattern.meta_tracer = Term::nil();
    if (counts) pattern.counts = pattern.counting = false;
    if (times) pattern.times = pattern.timing = false;
    return;
  }
  if (is_global()) pattern = {};
  pattern.global = is_global();
  if (is_global() || local) pattern.program = program;
  if (local) pattern.local = true;
  if (meta) pattern.meta = true, pattern.meta_program = program, pattern.meta_tracer = meta_tracer;
  if (times) pattern.times = true, pattern.timing = to != To::pause;
  if (!counts) return;
  pattern.counts = true, pattern.counting = to != To::pause;
  if (to != To::pause) pattern.count = 0;
}

CallPatterns::~CallPatterns() = default;

CallPatterns::Breakpoint* CallPatterns::breakpoint_at(const Image& image, std::uint32_t offset) {
  auto* breakpoints = static_cast<Breakpoints*>(image.breakpoints.get());
  if (!breakpoints) return nullptr;
  auto found = breakpoints->rows.find(offset);
  return found == breakpoints->rows.end() ? nullptr : &found->second;
}

CallPatterns::TracedNative* CallPatterns::named(const FunctionName& name) {
  auto found = named_.find(name);
  return found == named_.end() ? nullptr : &found->second;
}

void CallPatterns::change_breakpoint(const Image& image, std::uint32_t entry, const PatternChange& change) {
  auto* row = breakpoint_at(image, entry);
  if (!row) {
    if (change.to == PatternChange::To::off || change.is_global()) return;
    if (!image.breakpoints) image.breakpoints = std::make_shared<Breakpoints>();
    auto& rows = static_cast<Breakpoints*>(image.breakpoints.get())->rows;
    auto& unit = first_unit(image, entry);
    row = &rows.try_emplace(entry, Breakpoint{{}, unit}).first->second;
    unit = static_cast<std::uint32_t>(Operation::breakpoint);
    if (image.module == atoms::error_handler) ++error_handler_breakpoints_;
  }
  // A breakpoint knows nothing of global tracing, which clears it.
  if (change.to == PatternChange::To::off && change.is_global()) return;
  change.apply(row->pattern);
  row->pattern.global = false;
  if (row->pattern.is_set()) return;
  first_unit(image, entry) = row->original;
  static_cast<Breakpoints*>(image.breakpoints.get())->rows.erase(entry);
  if (image.module == atoms::error_handler) --error_handler_breakpoints_;
}

void CallPatterns::change_named(const FunctionName& name, const PatternChange& change, Native native) {
  bool off = change.to == PatternChange::To::off;
  auto* row = named(name);
  if (!row && (off || (!native && !change.is_global()))) return;
  if (!row) row = &named_[name];
  row->native = native;
  if (native || change.is_global())
    change.apply(row->pattern);
  else if (!off)
    row->pattern = {};  // other patterns of Erlang code are breakpoints
  if (!row->pattern.is_set()) named_.erase(name);
}

void CallPatterns::set_in(const ModuleInstance& instance, const FunctionFilter& functions,
                          const PatternChange& change, std::vector<FunctionName>& matched) {
  auto& image = *instance.image;
  for (auto& function : image.functions) {
    FunctionName name{image.module, function.name, function.arity};
    bool is_own = registry_.is_built_in(image.module) && is_hidden(name.function);
    if (!functions.has(name.function, name.arity) || is_own || registry_.is_native(name)) continue;
    change_breakpoint(image, function.entry, change);
    if (change.is_global() && !image.find_export(name.function, name.arity)) continue;
    change_named(name, change, nullptr);
    note_times(name, change);
    matched.push_back(name);
  }
}

std::size_t CallPatterns::set(Realm& realm, const FunctionFilter& functions, const PatternChange& change) {
  // So that a pattern for all functions has the same ones later, when they have been called.
  constexpr std::int64_t steps_per_module = 10'000;
  if (!functions.module)
    for (Atom name : ModuleRegistry::names_of_prelude()) {
      registry_.load_prelude(realm, name);
      let_others_run(steps_per_module);
    }
  else
    registry_.load_prelude(realm, *functions.module);
  std::vector<FunctionName> matched;
  std::vector<std::pair<FunctionName, Native>> natives;
  registry_.for_each_native([&](const FunctionName& name, Native native) {
    if (functions.module && *functions.module != name.module) return;
    if (functions.has(name.function, name.arity) && !is_hidden(name.function) && !is_hidden(name.module))
      natives.emplace_back(name, native);
  });
  for (auto& [name, native] : natives) {
    change_named(name, change, native);
    note_times(name, change);
    matched.push_back(name);
  }
  std::unordered_set<const Image*> done;
  std::vector<std::uint32_t> ids;
  for (auto* instance : registry_.current_instances()) {
    Atom module = instance->image->module;
    if (module != Atom{} && (!functions.module || *functions.module == module)) ids.push_back(instance->id);
  }
  for (auto id : ids) {
    auto* instance = registry_.instance_by_id(id);
    if (!instance || !done.insert(instance->image.get()).second) continue;
    set_in(*instance, functions, change, matched);
    let_others_run(static_cast<std::int64_t>(instance->image->functions.size()) * steps_per_function);
  }
  observe();
  registry_.resolve_again(functions.module.value_or(Atom{}));
  std::unordered_set<FunctionName, FunctionNameHash> different{matched.begin(), matched.end()};
  return different.size();
}

// Paused times are kept.
void CallPatterns::note_times(const FunctionName& name, const PatternChange& change) {
  bool ends = change.to != PatternChange::To::pause && (change.times || change.is_global());
  if (ends) times_.erase(name);
}

void CallPatterns::add_time(const FunctionName& name, Term pid, std::uint64_t count,
                            std::int64_t nanoseconds) {
  auto& rows = times_[name];
  auto found = rows.find(word_of(pid));
  if (found == rows.end()) {
    if (rows.size() >= most_times || count == 0) return;
    found = rows.try_emplace(word_of(pid)).first;
  }
  found->second.count += count, found->second.nanoseconds += nanoseconds;
}

Term CallPatterns::times(Heap& heap, const FunctionName& name) const {
  constexpr std::int64_t million = 1'000'000;
  Term list = Term::nil();
  auto found = times_.find(name);
  if (found == times_.end()) return list;
  for (auto& [pid, time] : found->second) {
    auto microseconds = time.nanoseconds / 1000;
    Term row = make_tuple(heap, {from_word(pid), Term::small(static_cast<std::int64_t>(time.count)),
                                 Term::small(microseconds / million), Term::small(microseconds % million)});
    list = make_cons(heap, row, list);
  }
  return list;
}

void CallPatterns::set_on_load(const PatternChange& change) {
  change.apply(on_load_);
  auto& kept = change.meta && !change.local ? on_load_meta_ : on_load_change_;
  if (change.to == PatternChange::To::off)
    kept.reset();
  else
    kept = change;
  observe();
}

void CallPatterns::observe() {
  bool any = !named_.empty() || on_load_change_ || on_load_meta_;
  registry_.set_observer(any ? this : nullptr);
}

std::optional<CallPattern> CallPatterns::find(Realm& realm, const FunctionName& name) {
  auto* by_name = named(name);
  if (registry_.is_native(name)) return by_name ? by_name->pattern : CallPattern{};
  std::optional<CallPattern> found;
  auto look = [&](const ModuleInstance* instance) {
    if (!instance || instance->image->module != name.module) return;
    for (auto& function : instance->image->functions) {
      if (function.name != name.function || function.arity != name.arity) continue;
      if (!found) found = CallPattern{};
      auto* row = breakpoint_at(*instance->image, function.entry);
      if (row && !found->is_set()) found = row->pattern;
    }
  };
  look(registry_.find(realm, name.module));
  if (!found || !found->is_set())
    for (auto* instance : registry_.current_instances()) look(instance);
  if (found && by_name) found = by_name->pattern;
  return found;
}

const CallTarget* CallPatterns::target_of(ModuleInstance& instance) {
  auto& stub = static_cast<Stub&>(instance);
  if (stub.version == registry_.version_of_links()) return &stub.target;
  CallTarget link;
  link.name = stub.target.name;
  if (!registry_.resolve(*stub.realm, link)) return nullptr;
  // If it is still traced, the link leads to this stub again, whose target is new.
  if (link.instance != &stub) stub.target = link, stub.version = registry_.version_of_links();
  return &stub.target;
}

void CallPatterns::resolved(Realm& realm, CallTarget& link) {
  auto* row = named(link.name);
  if (!row) return;
  if (link.kind == CallTarget::Kind::native) {
    link.native = traced_native_;
    return;
  }
  if (link.kind != CallTarget::Kind::code || !row->pattern.global) return;
  auto& stub = stubs_[{&realm, link.name}];
  if (!stub) stub = std::make_unique<Stub>(stub_image(link.name), realm, no_id);
  stub->target = link, stub->version = registry_.version_of_links();
  link.instance = stub.get();
  link.entry = stub->image->code.data() + stub_entry;
}

// New code is not traced, unless what is loaded is.
void CallPatterns::placed(ModuleInstance& instance, bool replaced) {
  Atom module = instance.image->module;
  if (replaced)
    std::erase_if(named_, [&](auto& row) { return row.first.module == module && !row.second.native; });
  std::vector<FunctionName> matched;
  for (auto* change : {&on_load_change_, &on_load_meta_})
    if (*change) set_in(instance, {module, {}, {}}, **change, matched);
  if (!matched.empty()) registry_.resolve_again(module);
  observe();
}

}  // namespace noderuntime
