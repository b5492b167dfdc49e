#include "noderuntime/process/settings.h"

#include <algorithm>
#include <utility>

#include "noderuntime/term/map.h"

namespace noderuntime {

namespace {

bool set_flag(bool& to, Term value) {
  if (!value.is(atoms::true_) && !value.is(atoms::false_)) return false;
  to = value.is(atoms::true_);
  return true;
}

bool set_number(std::int64_t& to, Term value, std::int64_t most = INT64_MAX) {
  if (!value.is_small() || value.as_small() < 0 || value.as_small() > most) return false;
  to = value.as_small();
  return true;
}

bool set_one_of(Atom& to, Term value, std::initializer_list<Atom> known) {
  if (!value.is_atom() || std::find(known.begin(), known.end(), value.as_atom()) == known.end()) return false;
  to = value.as_atom();
  return true;
}

}  // namespace

// Source: erl_gc.c, erts_init_gc.
std::int64_t heap_size_from(std::int64_t wanted) {
  constexpr int by_sums = 21;
  std::int64_t before = 12, size = 38;
  for (int i = 0; size < wanted; ++i) {
    auto next = i < by_sums ? before + size + 1 : size + size / 5;
    before = std::exchange(size, next);
  }
  return size;
}

namespace {

bool set_heap_size(std::int64_t& to, Term value, std::int64_t least) {
  constexpr std::int64_t most = std::int64_t{1} << 56;
  if (!set_number(to, value, most)) return false;
  to = heap_size_from(std::max(to, least));
  return true;
}

// A number of words, or a map with `size` and flags.
bool set_max_heap(Settings& settings, Term value) {
  Settings::MaxHeap bound;
  Term size = value;
  if (value.is_map()) {
    auto at = [&](const char* key) { return map::get(value, Term::atom(Atom::of(key))); };
    auto flag = [&](const char* key, bool& to) {
      auto found = at(key);
      return !found || set_flag(to, *found);
    };
    size = at("size").value_or(Term::nil());
    if (!flag("kill", bound.kill) || !flag("error_logger", bound.error_logger) ||
        !flag("include_shared_binaries", bound.include_shared_binaries))
      return false;
  }
  if (!set_number(bound.words, size) || (bound.words != 0 && bound.words < settings.min_heap_size))
    return false;
  settings.max_heap = bound;
  return true;
}

}  // namespace

std::size_t Settings::heap_words() const {
  return max_heap.words == 0 || !max_heap.kill ? Heap::unlimited : static_cast<std::size_t>(max_heap.words);
}

bool set_spawn_option(Settings& settings, Atom name, Term value) {
  if (name == atoms::priority)
    return set_one_of(settings.priority, value, {atoms::low, atoms::normal, atoms::high, atoms::max});
  if (name == atoms::message_queue_data)
    return set_one_of(settings.message_queue_data, value, {atoms::on_heap, atoms::off_heap});
  if (name == atoms::fullsweep_after) return set_number(settings.fullsweep_after, value);
  if (name == atoms::min_heap_size)
    return set_heap_size(settings.min_heap_size, value, Settings{}.min_heap_size);
  if (name == atoms::min_bin_vheap_size)
    return set_heap_size(settings.min_bin_vheap_size, value, Settings{}.min_bin_vheap_size);
  if (name == atoms::max_heap_size) return set_max_heap(settings, value);
  if (name == atoms::async_dist) return set_flag(settings.async_dist, value);
  if (name == atoms::scheduler) return set_number(settings.scheduler, value, 1);
  return false;
}

bool set_process_flag(Settings& settings, Atom name, Term value) {
  constexpr std::int64_t most_calls = 10'000;
  if (name == atoms::error_handler) {
    if (!value.is_atom()) return false;
    settings.error_handler = value.as_atom();
    return true;
  }
  if (name == atoms::sensitive) return set_flag(settings.sensitive, value);
  if (name == atoms::save_calls) return set_number(settings.save_calls, value, most_calls);
  return set_spawn_option(settings, name, value);
}

std::optional<Term> setting(Heap& heap, const Settings& settings, Atom name) {
  if (name == atoms::priority) return Term::atom(settings.priority);
  if (name == atoms::message_queue_data) return Term::atom(settings.message_queue_data);
  if (name == atoms::error_handler) return Term::atom(settings.error_handler);
  if (name == atoms::sensitive) return Term::boolean(settings.sensitive);
  if (name == atoms::async_dist) return Term::boolean(settings.async_dist);
  if (name == atoms::fullsweep_after) return make_integer(heap, settings.fullsweep_after);
  if (name == atoms::min_heap_size) return make_integer(heap, settings.min_heap_size);
  if (name == atoms::min_bin_vheap_size) return make_integer(heap, settings.min_bin_vheap_size);
  if (name == atoms::save_calls) return make_integer(heap, settings.save_calls);
  if (name == atoms::scheduler) return make_integer(heap, settings.scheduler);
  if (name == atoms::max_heap_size) return max_heap_term(heap, settings.max_heap);
  return std::nullopt;
}

Term max_heap_term(Heap& heap, const Settings::MaxHeap& bound) {
  auto key = [](const char* text) { return Term::atom(Atom::of(text)); };
  map::Entry entries[] = {{key("error_logger"), Term::boolean(bound.error_logger)},
                          {key("include_shared_binaries"), Term::boolean(bound.include_shared_binaries)},
                          {key("kill"), Term::boolean(bound.kill)},
                          {key("size"), make_integer(heap, bound.words)}};
  return *map::from_entries(heap, entries);
}

}  // namespace noderuntime
