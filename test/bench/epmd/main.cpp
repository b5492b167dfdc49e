// Compares our epmd with OTP's and with a minimal server, in one run over loopback sockets.
//
//     bench_epmd [--json] OURS [OTPS]        OTPS: /usr/lib/erlang/bin/epmd
//
// Takes about two minutes, and at most twenty thousand descriptors.
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstring>
#include <memory>
#include <thread>

#include "test/bench/epmd/client.h"

namespace bench {
namespace {
constexpr std::uint16_t first_port = 14650;
constexpr std::size_t many_names = 19'000, some_names = 1'000, few_names = 10;
using Clients = std::vector<Client>;
using Value = std::optional<double>;

struct Row {
  std::string what, unit;
  Value ours, otps, minimal;
};
std::vector<Row> rows;

struct Programs {
  std::string ours, otps;
};
enum class Who { ours, otps };
std::unique_ptr<Server> start(const Programs& programs, Who who, std::size_t descriptors = 0) {
  auto port = static_cast<std::uint16_t>(first_port + (who == Who::ours ? 0 : 1));
  const auto& program = who == Who::ours ? programs.ours : programs.otps;
  return std::make_unique<Server>(who == Who::ours ? "ours" : "OTP's", port,
                                  std::vector<std::string>{program, "-port", std::to_string(port)},
                                  descriptors);
}

double at(std::vector<double>& sorted, double part) {
  return sorted.empty() ? 0 : sorted[static_cast<std::size_t>(part * static_cast<double>(sorted.size() - 1))];
}

struct Times {
  double median, p99, cpu;
};
// Looks up names, one at a time, at all servers in turn, so that other load on the machine affects all
// servers alike.
std::vector<Times> look_up(const std::vector<Server*>& servers, std::size_t names, std::size_t rounds = 10) {
  constexpr std::size_t per_round = 500;
  std::vector<std::vector<double>> walls(servers.size());
  std::vector<double> cpu(servers.size());
  for (std::size_t round = 0; round < rounds; ++round)
    for (std::size_t i = 0; i < servers.size(); ++i) {
      auto before = servers[i]->cpu_microseconds();
      for (std::size_t turn = 0; turn < per_round; ++turn) {
        auto name = name_of((round * per_round + turn) * 7919 % names);
        auto begin = Clock::now();
        looked_up(servers[i]->port(), name);
        walls[i].push_back(Microseconds{Clock::now() - begin}.count());
      }
      cpu[i] += servers[i]->cpu_microseconds() - before;
    }
  std::vector<Times> times;
  for (std::size_t i = 0; i < servers.size(); ++i) {
    std::sort(walls[i].begin(), walls[i].end());
    times.push_back(
        {at(walls[i], 0.5), at(walls[i], 0.99), cpu[i] / static_cast<double>(rounds * per_round)});
  }
  return times;
}

Clients register_names(const Server& server, std::size_t from, std::size_t to) {
  Clients clients;
  for (auto number = from; number < to; ++number) {
    clients.push_back(registered(server.port(), name_of(number)));
    if (clients.back().is_connected()) continue;
    clients.pop_back();
    break;
  }
  return clients;
}

void names_and_look_ups(const Programs& programs) {
  auto ours = start(programs, Who::ours), otps = start(programs, Who::otps);
  Server minimal{"minimal", first_port + 2, serve_minimally};
  std::vector<Clients> kept;
  auto grow = [&](Server& server, std::size_t from, std::size_t to) {
    kept.push_back(register_names(server, from, to));
    return static_cast<double>(kept.back().size());
  };
  auto add = [](const std::string& text, const std::vector<Times>& times, bool with_otps) {
    auto otps_value = [&](double value) { return with_otps ? Value{value} : Value{}; };
    const auto &a = times[0], &m = times[1], &o = times.back();
    rows.push_back({text + ": wall, median", "us", a.median, otps_value(o.median), m.median});
    rows.push_back({text + ": wall, p99", "us", a.p99, otps_value(o.p99), m.p99});
    rows.push_back({text + ": CPU of the server", "us", a.cpu, otps_value(o.cpu), m.cpu});
    rows.push_back(
        {text + ": CPU, times the minimal server's", "", a.cpu / m.cpu, otps_value(o.cpu / m.cpu), 1.0});
  };
  auto memory_ours = ours->resident_bytes(), memory_otps = otps->resident_bytes();
  for (auto* server : {ours.get(), otps.get()}) grow(*server, 0, few_names);
  add("look-up with 10 names", look_up({ours.get(), &minimal, otps.get()}, few_names), true);
  for (auto* server : {ours.get(), otps.get()}) grow(*server, few_names, some_names);
  add("look-up with 1,000 names", look_up({ours.get(), &minimal, otps.get()}, some_names, 4), true);

  auto list = [](Server& server) {
    std::vector<double> walls;
    for (int i = 0; i < 800; ++i) {
      auto begin = Clock::now();
      auto client = Client::connect(server.port());
      client.send(encode(epmd::Request{epmd::Names{}}));
      client.receive(SIZE_MAX);
      walls.push_back(Microseconds{Clock::now() - begin}.count());
    }
    std::sort(walls.begin(), walls.end());
    return at(walls, 0.5);
  };
  rows.push_back({"NAMES of 1,000 names: wall, median", "us", list(*ours), list(*otps), {}});
  auto memory_per_name = (otps->resident_bytes() - memory_otps) / static_cast<double>(some_names);
  auto held_by_otps = static_cast<double>(some_names) + grow(*otps, some_names, 1'100);
  otps.reset();
  kept.pop_back();  // this process needs the descriptors too
  kept.erase(kept.begin() + 3), kept.erase(kept.begin() + 1);
  auto held = static_cast<double>(some_names) + grow(*ours, some_names, many_names);
  auto memory = (ours->resident_bytes() - memory_ours) / held;
  rows.push_back({"resident memory per name", "bytes", memory, memory_per_name, {}});
  add("look-up with 19,000 names", look_up({ours.get(), &minimal}, many_names), false);
  rows.push_back({"names at once", "", held, held_by_otps, {}});
}

struct Churn {
  double per_second, cpu;
};
// Fifty nodes come, and go when all are registered, again and again beside those that stay.
Churn churn(Server& server, std::size_t staying) {
  constexpr std::size_t at_once = 50, turns = 100;
  auto kept = register_names(server, 100, 100 + staying);
  auto cpu = server.cpu_microseconds();
  auto begin = Clock::now();
  for (std::size_t turn = 0; turn < turns; ++turn) {
    Clients clients;
    for (std::size_t i = 0; i < at_once; ++i) {
      clients.push_back(Client::connect(server.port()));
      clients.back().send(encode(epmd::Request{epmd::Alive2{{.name = name_of(i), .port = Port{4242}}}}));
    }
    for (const auto& client : clients) client.receive(6);
  }
  auto seconds = Microseconds{Clock::now() - begin}.count() / 1e6;
  constexpr double all = at_once * turns;
  return {all / seconds, (server.cpu_microseconds() - cpu) / all};
}

void churns(const Programs& programs) {
  for (std::size_t staying : {std::size_t{0}, std::size_t{900}}) {
    auto ours = churn(*start(programs, Who::ours), staying),
         otps = churn(*start(programs, Who::otps), staying);
    auto text = "registrations and ends beside " + std::to_string(staying) + " names";
    rows.push_back({text, "1/s", ours.per_second, otps.per_second, {}});
    rows.push_back({text + ": CPU of the server", "us", ours.cpu, otps.cpu, {}});
  }
}

// The next incarnation connects before the one before it has closed, as when a node is restarted quickly.
double refused(Server& server) {
  constexpr int count = 10'000;
  int failures = 0;
  auto request = encode(epmd::Request{epmd::Alive2{{.name = "again", .port = Port{1}}}});
  auto current = registered(server.port(), "again");
  for (int i = 0; i < count; ++i) {
    auto next = Client::connect(server.port());
    current.close();
    next.send(request);
    auto answer = next.receive(6);
    if (answer.size() == 6 && answer[1] == 0)
      current = std::move(next);
    else
      ++failures;
    if (!current.is_connected()) current = registered(server.port(), "again");
  }
  return failures;
}

// p99 of look-ups; nullopt: not one was answered.
Value tail(Server& server, std::size_t count) {
  std::vector<double> walls;
  bool any = false;
  for (std::size_t i = 0; i < count; ++i) {
    auto begin = Clock::now();
    bool answered = looked_up(server.port(), "node1");
    any |= answered;
    walls.push_back(Microseconds{Clock::now() - begin}.count());
    if (!any && i >= 2) return {};
  }
  std::sort(walls.begin(), walls.end());
  return at(walls, 0.99);
}

Value tail_among_idle(Server& server, std::size_t idle_count, bool trickling) {
  Clients idle;
  for (std::size_t i = 0; i < idle_count; ++i) idle.push_back(Client::connect(server.port()));
  Buffer start_of_request{11, 0};
  std::atomic<bool> stop{false};
  std::thread trickle{[&] {
    for (std::size_t turn = 0; trickling && !stop; turn = (turn + 1) % idle.size()) {
      idle[turn].send(turn == 0 ? start_of_request : Buffer{11});
      if (turn % 100 == 0) std::this_thread::sleep_for(std::chrono::milliseconds{5});
    }
  }};
  auto value = tail(server, 2'000);
  stop = true;
  trickle.join();
  return value;
}

Value tail_among_deaf(Server& server) {
  Clients names, deaf;
  for (int i = 0; i < 800; ++i)
    names.push_back(registered(server.port(), name_of(static_cast<std::size_t>(i)) + std::string(220, 'x')));
  for (int i = 0; i < 20; ++i) {
    deaf.push_back(Client::connect(server.port(), 2, 2048));
    deaf.back().send(encode(epmd::Request{epmd::Names{}}));
  }
  return tail(server, 1'000);
}

// The names that are left, of ten, when twice as many connections came as there are descriptors.
double names_after_exhaustion(Server& server) {
  auto names = register_names(server, 0, 10);
  {
    Clients idle;
    for (int i = 0; i < 128; ++i) idle.push_back(Client::connect(server.port()));
    std::this_thread::sleep_for(std::chrono::milliseconds{300});
  }
  std::this_thread::sleep_for(std::chrono::milliseconds{100});
  int left = 0;
  for (std::size_t i = 0; server.lives() && i < names.size(); ++i) {
    auto client = Client::connect(server.port());
    if (client.is_connected() && client.send(encode(epmd::Request{epmd::PortPlease2{name_of(i)}})))
      left += client.receive(SIZE_MAX).starts_with(std::string_view{"w\0", 2});
  }
  return left;
}

template <class Measure>
void both(const Programs& programs, const std::string& text, const std::string& unit, Measure measure,
          std::size_t descriptors = 0) {
  Row row{text, unit, {}, {}, {}};
  for (auto who : {Who::ours, Who::otps}) {
    auto server = start(programs, who, descriptors);
    (who == Who::ours ? row.ours : row.otps) = measure(*server);
  }
  rows.push_back(row);
}

std::string text_of(Value value, bool json) {
  if (!value) return json ? "null" : "-";
  char text[32];
  std::snprintf(text, sizeof text, *value < 10 ? "%.2f" : "%.0f", *value);
  return text;
}

void print(bool json) {
  if (json) std::printf("[\n");
  if (!json) std::printf("%-52s %10s %10s %10s\n", "", "ours", "OTP's", "minimal");
  for (const auto& row : rows) {
    auto ours = text_of(row.ours, json), otps = text_of(row.otps, json), minimal = text_of(row.minimal, json);
    if (json)
      std::printf("  {\"what\": \"%s\", \"unit\": \"%s\", \"ours\": %s, \"otp\": %s, \"minimal\": %s}%s\n",
                  row.what.c_str(), row.unit.c_str(), ours.c_str(), otps.c_str(), minimal.c_str(),
                  &row == &rows.back() ? "" : ",");
    else
      std::printf("%-52s %10s %10s %10s %s\n", row.what.c_str(), ours.c_str(), otps.c_str(), minimal.c_str(),
                  row.unit.c_str());
  }
  if (json) std::printf("]\n");
}

int run(bool json, const Programs& programs) {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  names_and_look_ups(programs);
  churns(programs);
  both(programs, "refused of 10,000 quick registrations again", "", refused);
  both(programs, "look-up, nothing else: p99", "us", [](Server& server) { return tail(server, 2'000); });
  both(programs, "look-up among 5,000 idle connections: p99", "us",
       [](Server& server) { return tail_among_idle(server, 5'000, false); });
  both(programs, "look-up among 5,000 trickling ones: p99", "us",
       [](Server& server) { return tail_among_idle(server, 5'000, true); });
  both(programs, "look-up among 20 that do not read NAMES: p99", "us", tail_among_deaf);
  both(programs, "names left of 10 after want of descriptors", "", names_after_exhaustion, 64);
  print(json);
  return 0;
}
}  // namespace
}  // namespace bench

int main(int count, char** arguments) {
  bool json = count > 1 && std::strcmp(arguments[1], "--json") == 0;
  int first = json ? 2 : 1;
  if (count <= first) {
    std::fputs("usage: bench_epmd [--json] OURS [OTPS]\n", stderr);
    return 2;
  }
  return bench::run(
      json, {arguments[first], count > first + 1 ? arguments[first + 1] : "/usr/lib/erlang/bin/epmd"});
}
