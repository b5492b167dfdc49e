// Drives a node: bench_node NAME@HOST PORT COOKIE PROCESS ROW…. The target has the registered processes
//   sink  counts binaries whose first 8 bytes are their number, in order; answers {Pid, sync} with the count
//   echo  answers {Pid, Term} with Term
// and prints one line for each row: its name, operations per second,
// microseconds of the target's CPU for one.
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <thread>
#include <vector>

#include "test/bench/node/client.h"

using namespace noderuntime;
using namespace noderuntime::bench;

namespace {

constexpr std::uint8_t send_opcode = 6, spawn_opcode = 29;

// A name that no connection of this target's life had before.
std::string unique_name() {
  static std::atomic<unsigned> next{0};
  return "load_" + std::to_string(getpid()) + "_" + std::to_string(next++);
}

void put_to_registered(Buffer& control, const std::string& own, std::string_view name) {
  put_tuple(control, 4), put_small(control, send_opcode), put_pid(control, own, 1), put_atom(control, ""),
      put_atom(control, name);
}

// {Pid, Word}
Buffer question(const std::string& own, std::string_view word) {
  Buffer term;
  put_tuple(term, 2), put_pid(term, own, 1), put_atom(term, word);
  return term;
}

struct Result {
  double operations, elapsed, cpu;
};

template <class Work>
Result measure(const Target& target, double operations, Work work) {
  double cpu = cpu_seconds(target.process), start = seconds();
  work();
  return {operations, seconds() - start, cpu_seconds(target.process) - cpu};
}

// The number in a frame that holds a send with {N, sync}: its last bytes.
std::uint32_t count_in(Bytes frame) {
  // … 104 2, 97 N | 98 NNNN, 119 4 "sync"
  auto tail = frame.subspan(0, frame.size() - 6);
  if (tail.size() >= 5 && tail[tail.size() - 5] == 98)
    return std::uint32_t{tail[tail.size() - 4]} << 24 | std::uint32_t{tail[tail.size() - 3]} << 16 |
           std::uint32_t{tail[tail.size() - 2]} << 8 | tail[tail.size() - 1];
  return tail.back();
}

// Binaries of `size` bytes to the sink; each starts with its number, and the sink counts only those in order.
Result send(const Target& target, std::size_t size, std::uint32_t count, bool fragmented) {
  Client client{target, unique_name()};
  Buffer control;
  put_to_registered(control, client.name(), "sink");
  Buffer content(std::max<std::size_t>(size, 8));
  constexpr std::size_t burst = 64 * 1024;
  Buffer ask;
  put_frame(ask, control, question(client.name(), "start"));
  client.write(ask);
  client.frame();
  // A template whose number is written over.
  Buffer frame;
  std::size_t number_at = 0;
  {
    Buffer payload;
    put_binary(payload, content);
    if (fragmented)
      put_fragments(frame, 1, control, payload), number_at = 4 + 19 + control.size() + 5;
    else
      put_frame(frame, control, payload), number_at = frame.size() - content.size();
  }
  auto result = measure(target, count, [&] {
    Buffer bytes;
    bytes.reserve(burst + frame.size());
    for (std::uint32_t i = 0; i < count; ++i) {
      auto at = bytes.size();
      bytes.insert(bytes.end(), frame.begin(), frame.end());
      for (std::size_t k = 0; k < 4; ++k)
        bytes[at + number_at + 4 + k] = static_cast<Byte>(i >> (24 - 8 * k));
      if (bytes.size() >= burst) client.write(bytes), bytes.clear();
    }
    put_frame(bytes, control, question(client.name(), "sync"));
    client.write(bytes);
    auto seen = count_in(client.frame());
    if (seen != count)
      give_up("the sink saw " + std::to_string(seen) + " messages in order of " + std::to_string(count));
  });
  return result;
}

Result echo(const Target& target, std::size_t size, std::uint32_t count, std::uint32_t in_flight) {
  Client client{target, unique_name()};
  Buffer control, payload, frame;
  put_to_registered(control, client.name(), "echo");
  put_tuple(payload, 2), put_pid(payload, client.name(), 1), put_binary(payload, Buffer(size));
  put_frame(frame, control, payload);
  return measure(target, count, [&] {
    std::uint32_t sent = 0, received = 0;
    while (received < count) {
      Buffer bytes;
      while (sent < count && sent - received < in_flight)
        bytes.insert(bytes.end(), frame.begin(), frame.end()), ++sent;
      client.write(bytes);
      do {
        client.frame();
        ++received;
      } while (received < count && client.has_frame());
    }
  });
}

// erlang:node/0 spawned with a monitor: a SPAWN_REPLY and a DOWN for each.
Result spawn(const Target& target, std::uint32_t count, std::uint32_t in_flight) {
  Client client{target, unique_name()};
  std::uint32_t next = 1;
  auto put_request = [&](Buffer& to) {
    Buffer control, arguments{106};
    put_tuple(control, 6), put_small(control, spawn_opcode), put_reference(control, client.name(), next++),
        put_pid(control, client.name(), 1), put_pid(control, client.name(), 1);
    put_tuple(control, 3), put_atom(control, "erlang"), put_atom(control, "node"), put_small(control, 0);
    control.push_back(108), control.insert(control.end(), {0, 0, 0, 1}), put_atom(control, "monitor"),
        control.push_back(106);
    put_frame(to, control, arguments);
  };
  return measure(target, count, [&] {
    std::uint32_t sent = 0, received = 0;
    while (received < 2 * count) {
      Buffer bytes;
      while (sent < count && sent - received / 2 < in_flight) put_request(bytes), ++sent;
      client.write(bytes);
      do {
        client.frame();
        ++received;
      } while (received < 2 * count && client.has_frame());
    }
  });
}

Result connect(const Target& target, std::uint32_t count, std::uint32_t clients) {
  return measure(target, count, [&] {
    std::vector<std::thread> threads;
    for (std::uint32_t i = 0; i < clients; ++i)
      threads.emplace_back([&] {
        for (std::uint32_t k = 0; k < count / clients; ++k) Client{target, unique_name()};
      });
    for (auto& thread : threads) thread.join();
  });
}

struct Row {
  const char* name;
  Result (*run)(const Target&);
};

constexpr Row rows[] = {
    {"send_16", [](const Target& t) { return send(t, 16, 400'000, false); }},
    {"send_1k", [](const Target& t) { return send(t, 1024, 200'000, false); }},
    {"send_64k", [](const Target& t) { return send(t, 65'536, 20'000, false); }},
    {"send_1m", [](const Target& t) { return send(t, 1'048'576, 1'500, false); }},
    {"fragments_64k", [](const Target& t) { return send(t, 65'536, 20'000, true); }},
    {"fragments_1m", [](const Target& t) { return send(t, 1'048'576, 1'500, true); }},
    {"echo_64_100", [](const Target& t) { return echo(t, 64, 100'000, 100); }},
    {"echo_64_1", [](const Target& t) { return echo(t, 64, 10'000, 1); }},
    {"spawn_100", [](const Target& t) { return spawn(t, 30'000, 100); }},
    {"connect_8", [](const Target& t) { return connect(t, 4'000, 8); }},
    {"connect_1", [](const Target& t) { return connect(t, 500, 1); }},
};

}  // namespace

int main(int count, char** arguments) {
  if (count < 5) give_up("NAME@HOST PORT COOKIE PROCESS [ROW…]");
  auto name = NodeName::parse(arguments[1]);
  if (!name) give_up(name.error().message());
  Target target{*name, Port{static_cast<std::uint16_t>(std::atoi(arguments[2]))}, arguments[3],
                std::atoi(arguments[4])};
  for (auto& row : rows) {
    bool wanted = count == 5;
    for (int i = 5; i < count; ++i) wanted |= std::strcmp(arguments[i], row.name) == 0;
    if (!wanted) continue;
    auto result = row.run(target);
    std::printf("%-14s %12.0f %10.3f\n", row.name, result.operations / result.elapsed,
                1e6 * result.cpu / result.operations);
    std::fflush(stdout);
  }
  return 0;
}
