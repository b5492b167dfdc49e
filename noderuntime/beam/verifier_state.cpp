#include "noderuntime/beam/verifier_state.h"

#include <algorithm>

namespace noderuntime {

namespace {

// Whether `into` changed. `from` has at least as many.
bool add_contents(std::vector<Content>& into, const std::vector<Content>& from) {
  bool changed = false;
  for (std::size_t i = 0; i < into.size(); ++i) {
    auto both = static_cast<Content>(into[i] | from[i]);
    changed |= both != into[i];
    into[i] = both;
  }
  return changed;
}

}  // namespace

void PathState::forget_x(std::size_t keep) {
  if (keep < x.size()) std::fill(x.begin() + static_cast<std::ptrdiff_t>(keep), x.end(), content::nothing);
}

void PathState::drop_frame() {
  frame = no_frame;
  y.clear();
  handlers.clear();
}

void PathState::add_handler(Handler handler) {
  auto at = std::lower_bound(handlers.begin(), handlers.end(), handler);
  if (at == handlers.end() || *at != handler) handlers.insert(at, handler);
}

bool PathState::merge(const PathState& from) {
  bool changed = merge_frame(from);
  changed |= add_contents(x, from.x);
  changed |= add_contents(y, from.y);
  if (from.looking && !looking) looking = changed = true;
  if (building && !from.building) {
    building = false;
    changed = true;
  }
  return changed;
}

bool PathState::merge_frame(const PathState& from) {
  bool changed = false;
  if (frame != from.frame && frame != any_frame) {
    frame = any_frame;
    handlers.clear();
    changed = true;
  }
  if (from.y.size() < y.size()) {
    y.resize(from.y.size());
    changed = true;
  }
  if (frame == any_frame) return changed;
  auto before = handlers.size();
  for (auto& handler : from.handlers) add_handler(handler);
  return changed || handlers.size() != before;
}

}  // namespace noderuntime
