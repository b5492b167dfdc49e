#include "noderuntime/command/observation.h"

#include <algorithm>

#include "noderuntime/library/states.h"

namespace noderuntime::command {

Milliseconds steady_time() {
  return std::chrono::duration_cast<Milliseconds>(std::chrono::steady_clock::now().time_since_epoch());
}

std::int64_t wall_time() {
  return std::chrono::duration_cast<Milliseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

void Observation::turn(Milliseconds deadline, const std::function<bool()>& more) {
  happened_ = false;
  notice_losses();
  auto steps = cluster_.take_steps(steady_time());
  for (auto& host : steps.list) list(host);
  for (Atom node : steps.connect) connect(node);
  for (auto& call : questions_.take()) make(call);
  auto until = std::min(deadline, cluster_.deadline());
  client_.wait([&] { return happened_ || something_lost() || more(); },
               std::max(Milliseconds{0}, until - steady_time()));
}

void Observation::list(const std::string& host) {
  auto place = requests_.emplace(requests_.end());
  auto& loop = client_.loop().state().loop;
  auto done = [this, place, host, &loop](Result<std::vector<epmd::NameAndPort>> listed) {
    std::optional<std::vector<std::string>> names;
    if (listed) {
      names.emplace();
      for (auto& row : *listed) names->push_back(row.name);
    }
    cluster_.on_listed(host, names, steady_time());
    happened_ = true;
    auto request = std::move(*place);
    requests_.erase(place);
    loop.drop_later(std::move(request));
  };
  *place = std::make_unique<EpmdNames>(loop, host, epmd_port_, client_.options().common.family(),
                                       answer_limit_, std::move(done));
}

void Observation::connect(Atom node) {
  auto connected = [this, node](const Outcome& outcome) {
    cluster_.set_self(client_.node().name());
    if (outcome) {
      losses_[node] = client_.losses(node);
      cluster_.on_connected(node, steady_time());
    } else {
      cluster_.on_unreachable(node, outcome.error(), steady_time());
    }
    happened_ = true;
  };
  if (named_) return client_.node().connect(node, connected);
  client_.restart_clock();
  auto outcome = client_.connect(node);  // waits: the first node that answers gives us our name
  named_ = outcome.ok();
  connected(outcome);
}

void Observation::make(const observe::Questions::Call& call) {
  client_.node().act([this, call](Self& self) {
    auto answered = [this, id = call.id](Self&, const CallResult& result) {
      questions_.on_answer(id, result, steady_time());
      happened_ = true;
    };
    auto limit = call.limit > Milliseconds{0} ? std::max(call.limit, answer_limit_) : answer_limit_;
    self.call(call.node, call.module, call.function, self.of(call.arguments), answered, limit);
  });
}

bool Observation::something_lost() const {
  return std::any_of(losses_.begin(), losses_.end(), [this](auto& each) { return is_lost(each); });
}

void Observation::notice_losses() {
  for (auto each = losses_.begin(); each != losses_.end();) {
    bool lost = is_lost(*each);
    if (lost) cluster_.on_lost(each->first, steady_time());
    each = lost ? losses_.erase(each) : std::next(each);
  }
}

}  // namespace noderuntime::command
