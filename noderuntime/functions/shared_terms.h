// Terms that functions of several modules take or return.
#pragma once

#include <ctime>
#include <optional>

#include "noderuntime/term/integer.h"
#include "noderuntime/term/map.h"

namespace noderuntime {

// {{Year, Month, Day}, {Hour, Minute, Second}}
inline Term date_and_time(Heap& heap, const std::tm& time) {
  Term date = make_tuple(
      heap, {Term::small(time.tm_year + 1900), Term::small(time.tm_mon + 1), Term::small(time.tm_mday)});
  Term clock =
      make_tuple(heap, {Term::small(time.tm_hour), Term::small(time.tm_min), Term::small(time.tm_sec)});
  return make_tuple(heap, {date, clock});
}

// The position of a map iterator: 0 at the start, then {Path, Twin}; nullopt: not a position.
inline std::optional<map::Iterator::Position> position_of(Term place) {
  if (place == Term::small(0)) return map::Iterator::Position{};
  if (!place.is_tuple(2)) return std::nullopt;
  auto path = to_uint64(place.element(0)), twin = to_uint64(place.element(1));
  if (!path || !twin || *twin > UINT32_MAX) return std::nullopt;
  return map::Iterator::Position{*path, static_cast<std::uint32_t>(*twin)};
}

}  // namespace noderuntime
