#include "noderuntime/command/hooks.h"

#include <algorithm>
#include <csignal>
#include <map>
#include <optional>
#include <utility>

#include "common/net/child_process.h"
#include "common/net/timer.h"
#include "noderuntime/command/output.h"
#include "noderuntime/command/webhook.h"

namespace noderuntime::command {

namespace {

constexpr net::Milliseconds kill_after{2'000};  // of SIGTERM

std::string seconds_text(net::Milliseconds time) {
  char text[32];
  std::snprintf(text, sizeof text, "%g s", static_cast<double>(time.count()) / 1000);
  return text;
}

}  // namespace

// The events on their way to one receiver.
class Hooks::Lane {
 public:
  Lane(net::Loop& loop, std::string name, const HookOptions& options, unsigned attempts)
      : loop_{loop},
        name_{std::move(name)},
        limit_{std::chrono::ceil<net::Milliseconds>(options.limit)},
        attempts_{attempts},
        waiting_{options.waiting},
        deliveries_{{.at_once = options.at_once, .waiting = options.waiting, .attempts = attempts}},
        timer_{loop} {}
  virtual ~Lane() = default;

  void tell(const alerts::Event& event) {
    if (!deliveries_.add(event)) {
      if (dropped_++ == 0)
        complain(name_ + ": " + std::to_string(waiting_) + " events wait, further ones are dropped");
      return;
    }
    if (dropped_ > 0)
      complain(name_ + ": " + std::to_string(std::exchange(dropped_, 0)) + " events were dropped");
    advance();
  }

 protected:
  virtual void start(std::uint64_t id, const alerts::Event& event) = 0;

  // problem  empty: it was delivered
  void end(std::uint64_t id, alerts::Attempt attempt, const std::string& problem) {
    if (auto lost = deliveries_.on_end(id, attempt, loop_.now())) {
      auto tries = attempts_ > 1 && attempt != alerts::Attempt::hopeless
                       ? ", in " + std::to_string(attempts_) + " attempts"
                       : std::string{};
      complain(name_ + ": " + problem + tries + ": " + lost->line);
    }
    advance();
  }

  net::Loop& loop_;
  std::string name_;
  net::Milliseconds limit_;

 private:
  void advance() {
    if (std::exchange(advancing_, true)) return;
    // A start that fails at once ends inside.
    for (auto starts = deliveries_.take(loop_.now()); !starts.empty(); starts = deliveries_.take(loop_.now()))
      for (auto& each : starts) start(each.id, *each.event);
    advancing_ = false;
    if (auto next = deliveries_.deadline())
      timer_.start(std::max(net::Milliseconds{0}, *next - loop_.now()), [this] { advance(); });
  }

  unsigned attempts_;
  std::size_t waiting_, dropped_ = 0;
  alerts::Deliveries deliveries_;
  net::Timer timer_;
  bool advancing_ = false;
};

class Hooks::Commands final : public Lane {
 public:
  Commands(net::Loop& loop, const HookOptions& options)
      : Lane{loop, "--exec", options, 1}, command_{options.command} {}
  ~Commands() override {
    for (auto& [id, running] : running_)
      if (running.child) running.child->kill_all(SIGTERM);
  }

 private:
  struct Running {
    std::unique_ptr<net::ChildProcess> child;
    std::unique_ptr<net::Timer> timer;
    bool late = false;
  };

  void start(std::uint64_t id, const alerts::Event& event) override {
    auto child = net::ChildProcess::start(loop_, "/bin/sh", {"-c", command_},
                                          {.input = event.json + '\n', .shares_errors = true},
                                          [this, id](int status) { on_exit(id, status); });
    if (!child) return end(id, alerts::Attempt::hopeless, child.error().message());
    auto& running = running_[id];
    running = {std::move(*child), std::make_unique<net::Timer>(loop_)};
    running.timer->start(limit_, [this, &running] {
      running.late = true;
      running.child->kill_all(SIGTERM);
      running.timer->start(kill_after, [&running] { running.child->kill_all(SIGKILL); });
    });
  }

  void on_exit(std::uint64_t id, int status) {
    auto running = std::move(running_[id]);
    running_.erase(id);
    running.child->kill_all(SIGKILL);  // what it has left
    running.timer->stop();
    auto problem = running.late  ? "it took longer than " + seconds_text(limit_) + " and was ended"
                   : status != 0 ? "it ended with status " + std::to_string(status)
                                 : std::string{};
    loop_.drop_later(std::move(running.child));
    end(id, problem.empty() ? alerts::Attempt::delivered : alerts::Attempt::hopeless, problem);
  }

  std::string command_;
  std::map<std::uint64_t, Running> running_;
};

class Hooks::Posts final : public Lane {
 public:
  Posts(net::Loop& loop, std::unique_ptr<Webhook> server, const HookOptions& options)
      : Lane{loop, "--webhook " + server->url().origin(), options, options.attempts},
        server_{std::move(server)} {}

 private:
  void start(std::uint64_t id, const alerts::Event& event) override {
    posts_[id] = std::make_unique<Post>(*server_, event.json, limit_,
                                        [this, id](Result<int> status) { on_done(id, status); });
  }

  void on_done(std::uint64_t id, const Result<int>& status) {
    loop_.drop_later(std::move(posts_[id]));
    posts_.erase(id);
    if (!status) return end(id, alerts::Attempt::failed, status.error().message());
    if (*status >= 200 && *status < 300) return end(id, alerts::Attempt::delivered, {});
    bool later = *status >= 500 || *status == 408 || *status == 425 || *status == 429;
    end(id, later ? alerts::Attempt::failed : alerts::Attempt::hopeless, "status " + std::to_string(*status));
  }

  std::unique_ptr<Webhook> server_;
  std::map<std::uint64_t, std::unique_ptr<Post>> posts_;
};

Result<std::unique_ptr<Hooks>> Hooks::create(net::Loop& loop, const HookOptions& options) {
  std::unique_ptr<Hooks> hooks{new Hooks};
  if (!options.command.empty()) hooks->lanes_.push_back(std::make_unique<Commands>(loop, options));
  if (!options.url.empty()) {
    auto server = Webhook::create(loop, options.url, options.authorities);
    if (!server) return server.error();
    hooks->lanes_.push_back(std::make_unique<Posts>(loop, std::move(*server), options));
  }
  return hooks;
}

Hooks::~Hooks() = default;

void Hooks::tell(const alerts::Event& event) {
  for (auto& lane : lanes_) lane->tell(event);
}

}  // namespace noderuntime::command
