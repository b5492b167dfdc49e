// Records of TLS: any bytes in place of the peer's, and the records of a real peer, cut and damaged. A session fails or
// waits; it never gives out other bytes than the peer has sent.
#include <algorithm>
#include <cstdlib>
#include <optional>

#include "noderuntime/tls/session.h"
#include "test/unit/tls/certificates.h"

namespace {

using namespace noderuntime;
using namespace noderuntime::tls;

std::shared_ptr<const Context> context_of(Role role, bool fresh) {
  auto settings = test::settings_with("a");
  settings.version_1_2 = !fresh;
  settings.version_1_3 = fresh;
  return Context::load(settings, role).value();
}

Session session_of(Role role, bool fresh) {
  static const std::shared_ptr<const Context> contexts[] = {
      context_of(Role::server, false), context_of(Role::server, true), context_of(Role::client, false),
      context_of(Role::client, true)};
  auto& context = contexts[(role == Role::client ? 2 : 0) + (fresh ? 1 : 0)];
  return Session::create(context, role == Role::client ? "a.example" : "").value();
}

struct Side {
  Session session;
  bool finished = false, failed = false;
  Buffer read{};

  void advance() {
    if (failed) return;
    if (!finished) {
      auto outcome = session.handshake();
      failed = !outcome;
      finished = outcome && *outcome;
    }
    Byte place[700];
    while (finished && !failed) {
      auto count = session.read(place);
      failed = !count;
      if (failed || *count == 0) break;
      append(read, {place, *count});
    }
    session.keep_input();
  }
};

// The bytes of the input, one after the other; 0 when they are used up.
struct Choices {
  Bytes left;
  std::size_t next() {
    if (left.empty()) return 0;
    auto first = left.front();
    left = left.subspan(1);
    return first;
  }
};

// Cut as the choices say; a choice above 250 damages a byte.
bool carry(Side& from, Side& to, Choices& choices) {
  auto records = from.session.take_output();
  Bytes left = records;
  while (!left.empty()) {
    auto choice = choices.next();
    auto piece = left.first(std::min(left.size(), choice == 0 ? left.size() : choice));
    left = left.subspan(piece.size());
    Buffer bytes(piece.begin(), piece.end());
    if (choice > 250) bytes[choices.next() % bytes.size()] ^= static_cast<Byte>(choices.next());
    to.session.feed(bytes);
    to.advance();
  }
  return !records.empty();
}

void run_pair(Choices choices, bool fresh) {
  Side client{session_of(Role::client, fresh)}, server{session_of(Role::server, fresh)};
  const Buffer sent(5'000, 'x');
  bool written = false;
  client.advance();
  for (bool moved = true; moved;) {
    moved = carry(client, server, choices);
    moved |= carry(server, client, choices);
    if (client.finished && !client.failed && !written) {
      written = true;
      moved |= client.session.write(sent).ok();
    }
  }
  if (server.read.size() > sent.size() || !std::equal(server.read.begin(), server.read.end(), sent.begin()))
    std::abort();
}

void run_alone(Role role, Bytes input, std::size_t cut, bool fresh) {
  Side side{session_of(role, fresh)};
  side.advance();
  (void)side.session.take_output();
  while (!input.empty()) {
    auto piece = input.first(std::min(input.size(), cut == 0 ? input.size() : cut));
    side.session.feed(piece);
    side.advance();
    input = input.subspan(piece.size());
  }
  if (side.finished) std::abort();  // no input without the keys can finish a handshake
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  Bytes rest{data + 2, size - 2};
  bool fresh = (data[1] & 1) != 0;
  switch (data[0] % 3) {
    case 0: run_alone(Role::server, rest, data[1] / 2, fresh); break;
    case 1: run_alone(Role::client, rest, data[1] / 2, fresh); break;
    case 2: run_pair({rest}, fresh); break;
  }
  return 0;
}
