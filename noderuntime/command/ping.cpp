#include "noderuntime/command/ping.h"

#include <cstdio>

namespace noderuntime::command {

namespace {

using Clock = std::chrono::steady_clock;
constexpr Seconds between_attempts{0.2}, between_pings{1};

struct Pinged {
  Outcome outcome = Error{Errc::timeout, {}};
  double milliseconds = 0;
};

Pinged ask(Client& client, Atom node) {
  auto answer = std::make_shared<std::optional<bool>>();
  auto limit = std::chrono::ceil<Milliseconds>(client.options().timeout);
  auto asked = Clock::now();
  client.node().act([answer, node, limit](Self& self) {
    self.ping(
        node, [answer](Self&, bool pong) { *answer = pong; }, limit);
  });
  client.wait([&] { return answer->has_value(); }, Seconds{-1});
  if (client.interrupted()) return {Error{Errc::interrupted, {}}};
  double took = std::chrono::duration<double, std::milli>(Clock::now() - asked).count();
  if (**answer) return {done, took};
  return {Error{Errc::unexpected, "it has no net_kernel"}};
}

// Tries until the node is up, or the time for that is over.
Outcome connect(Client& client, Atom node, Seconds wait) {
  auto begin = Clock::now();
  Progress progress;
  while (true) {
    client.restart_clock();
    auto outcome = client.connect(node);
    if (outcome || client.interrupted() || Seconds{Clock::now() - begin} >= wait) return outcome;
    progress.show(std::string{node.text()} + ": " + outcome.error().message());
    client.wait([] { return false; }, between_attempts);
  }
}

void pong(Client& client, Atom node, const Pinged& pinged, const std::string& release) {
  if (client.output().json())
    return client.output().object({{"node", text_value(node.text())},
                                   {"pong", client.build([](Terms& terms) { return terms.of(true); })},
                                   {"milliseconds", number_value(rounded(pinged.milliseconds))},
                                   {"release", text_value(release)}});
  char milliseconds[32];
  std::snprintf(milliseconds, sizeof milliseconds, "%.1f", pinged.milliseconds);
  client.output().line("pong " + std::string{node.text()} + " " + milliseconds + " ms" +
                       (release.empty() ? "" : " OTP " + release));
}

int ping_one(Client& client, const std::string& typed, const PingOptions& options) {
  auto pang = [&](const Error& error) {
    if (!client.output().json() && error.code != Errc::interrupted) client.output().line("pang " + typed);
    return client.fail(error, typed);
  };
  auto node = client.target(typed);
  if (!node) return pang(node.error());
  if (auto outcome = connect(client, *node, options.wait); !outcome) return pang(outcome.error());
  std::string release;
  for (unsigned i = 0; i < options.count; ++i) {
    if (i > 0) client.wait([] { return false; }, between_pings);
    if (client.interrupted()) return by_interrupt;
    client.restart_clock();
    auto pinged = ask(client, *node);
    if (!pinged.outcome) return pang(pinged.outcome.error());
    if (i == 0) release = client.release(*node);
    pong(client, *node, pinged, release);
  }
  return success;
}

int ping_all(Client& client, const PingOptions& options) {
  int status = success;
  for (auto& typed : options.nodes) {
    int one = ping_one(client, typed, options);
    if (status == success) status = one;
    if (client.interrupted()) break;
  }
  return status;
}

}  // namespace

int ping(const PingOptions& options) { return with_client(options, ping_all); }

}  // namespace noderuntime::command
