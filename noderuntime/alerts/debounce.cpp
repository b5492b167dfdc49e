#include "noderuntime/alerts/debounce.h"

#include <algorithm>
#include <utility>

namespace noderuntime::alerts {

void Debounce::note(Event event, Milliseconds now) {
  bool known = subjects_.count(event.subject) != 0;
  if (hold_ == Milliseconds{0} || (!known && subjects_.size() >= most_subjects)) {
    ready_.push_back(std::move(event));
    return;
  }
  auto& subject = subjects_[event.subject];
  bool nothing_new = subject.told.empty() ? event.rests : subject.told == event.state;
  if (nothing_new) {
    subject.next.reset();
    if (subject.told.empty()) subjects_.erase(event.subject);
    return;
  }
  bool waits_already = subject.next && subject.next->state == event.state;
  if (!waits_already) subject.due = now + hold_;
  subject.next = std::move(event);
}

std::vector<Event> Debounce::take(Milliseconds now) {
  auto events = std::exchange(ready_, {});
  std::vector<std::pair<Milliseconds, Event>> due;
  for (auto each = subjects_.begin(); each != subjects_.end();) {
    auto& subject = each->second;
    bool is_due = subject.next && subject.due <= now, rests = is_due && subject.next->rests;
    if (is_due) {
      subject.told = subject.next->state;
      due.emplace_back(subject.due, std::move(*std::exchange(subject.next, std::nullopt)));
    }
    each = rests ? subjects_.erase(each) : std::next(each);
  }
  std::stable_sort(due.begin(), due.end(), [](auto& a, auto& b) { return a.first < b.first; });
  for (auto& [time, event] : due) events.push_back(std::move(event));
  return events;
}

std::optional<Milliseconds> Debounce::deadline() const {
  if (!ready_.empty()) return Milliseconds{0};
  std::optional<Milliseconds> first;
  for (auto& [name, subject] : subjects_)
    if (subject.next && (!first || subject.due < *first)) first = subject.due;
  return first;
}

}  // namespace noderuntime::alerts
