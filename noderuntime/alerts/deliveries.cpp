#include "noderuntime/alerts/deliveries.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

namespace noderuntime::alerts {

bool Deliveries::add(Event event) {
  if (waiting_.size() >= rules_.waiting) return false;
  waiting_.push_back({.event = std::move(event)});
  return true;
}

bool Deliveries::is_running(const std::string& subject) const {
  return std::any_of(running_.begin(), running_.end(),
                     [&](auto& each) { return each.second.event.subject == subject; });
}

std::vector<Deliveries::Start> Deliveries::take(Milliseconds now) {
  std::vector<Start> starts;
  std::set<std::string> passed;  // subjects with an event that waits for its time
  for (auto each = waiting_.begin(); each != waiting_.end() && running_.size() < rules_.at_once;) {
    auto& subject = each->event.subject;
    if (each->next > now || passed.count(subject) != 0 || is_running(subject)) {
      passed.insert(subject);
      ++each;
      continue;
    }
    auto id = ++last_;
    auto& running = running_.emplace(id, std::move(*each)).first->second;
    each = waiting_.erase(each);
    starts.push_back({id, &running.event, ++running.attempts});
  }
  return starts;
}

std::optional<Event> Deliveries::on_end(std::uint64_t id, Attempt attempt, Milliseconds now) {
  auto found = running_.find(id);
  if (found == running_.end()) return std::nullopt;
  auto delivery = std::move(found->second);
  running_.erase(found);
  if (attempt == Attempt::delivered) return std::nullopt;
  if (attempt == Attempt::hopeless || delivery.attempts >= rules_.attempts) return std::move(delivery.event);
  auto pause = rules_.first_pause;
  for (unsigned i = 1; i < delivery.attempts && pause < rules_.longest_pause; ++i) pause *= 2;
  delivery.next = now + std::min(pause, rules_.longest_pause);
  // In front of what came later about the same thing.
  auto subject = delivery.event.subject;
  auto place = std::find_if(waiting_.begin(), waiting_.end(),
                            [&](auto& waiting) { return waiting.event.subject == subject; });
  waiting_.insert(place, std::move(delivery));
  return std::nullopt;
}

std::optional<Milliseconds> Deliveries::deadline() const {
  std::optional<Milliseconds> first;
  if (running_.size() >= rules_.at_once) return first;
  std::set<std::string_view> passed;
  for (auto& delivery : waiting_) {
    if (!passed.insert(delivery.event.subject).second || is_running(delivery.event.subject)) continue;
    if (!first || delivery.next < *first) first = delivery.next;
  }
  return first;
}

}  // namespace noderuntime::alerts
