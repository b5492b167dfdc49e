// Feeds any bytes to eight connections of one epmd, in any order. Seeds: corpus/epmd_session.
//
// The input is a list of steps. A step is a byte with the number of the connection and the kind of step:
// bytes, the end of the connection, its time limit, a new connection. For bytes their number and the bytes
// follow.
#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>

#include "common/wire/reader.h"
#include "epmd/session.h"
#include "epmd/table.h"

namespace noderuntime::epmd {
namespace {

class World final : public SessionHost {
 public:
  explicit World(bool relaxed) {
    rules_.relaxed = relaxed;
    rules_.registrars = *net::parse_address_ranges("10.0.0.0/24");
  }

  void step(std::uint8_t what, Reader& in) {
    auto& session = sessions_[what & 7];
    now_ += Milliseconds{1000};
    if (!session || session->wants_close()) return open(what & 7, (what & 8) == 0);
    switch (what >> 4 & 3) {
      case 0:
      case 1: session->feed(in.bytes(std::min<std::size_t>(in.u8(), in.remaining())), now_); break;
      case 2: session->finish(); break;
      case 3: session->on_time(now_); break;
    }
    check(*session);
  }

 private:
  void open(std::size_t index, bool local) {
    owners_[index] = ConnectionId{++last_};
    // Every second connection from elsewhere may register.
    auto peer = *net::Address::parse(last_ % 2 == 0 ? "10.0.0.2" : "10.0.1.2", Port{1});
    sessions_[index] =
        std::make_unique<Session>(*this, rules_, Session::Peer{owners_[index], 7, local, peer}, now_);
  }
  // A registered session has its name, and nobody else has one; what is answered
  // is bounded; a table says the same.
  void check(Session& session) {
    std::size_t registered = 0;
    for (std::size_t i = 0; i < sessions_.size(); ++i)
      if (sessions_[i] && sessions_[i]->is_registered()) ++registered, must(registry_.owned_by(owners_[i]));
    must(registered == registry_.registered().size());
    must(session.take_output().bytes.size() < 100'000);
    must(!session.deadline() || *session.deadline() <= now_ + rules_.total_timeout);
    Registry copy{3};
    auto whole = replay(encode_table(registry_, 1), copy);
    must(whole && *whole && copy.registered().size() == registered);
  }
  static void must(bool true_) {
    if (!true_) std::abort();
  }

  Registry& registry() override { return registry_; }
  Creation fresh_creation() override { return Creation{4}; }
  bool has_room() override { return registry_.registered().size() < 6; }
  bool is_gone(const Registry::Record& record) override { return record.owner.value() % 3 == 0; }
  void drop(const Registry::Record& record) override {
    for (std::size_t i = 0; i < sessions_.size(); ++i)
      if (owners_[i] == record.owner) return sessions_[i]->finish();
    std::abort();
  }
  void log(ConnectionId, LogEvent, std::string_view) override {}

  Rules rules_;
  Registry registry_{3};
  std::array<std::unique_ptr<Session>, 8> sessions_;
  std::array<ConnectionId, 8> owners_{ConnectionId{0}, ConnectionId{0}, ConnectionId{0}, ConnectionId{0},
                                      ConnectionId{0}, ConnectionId{0}, ConnectionId{0}, ConnectionId{0}};
  std::uint64_t last_ = 0;
  Milliseconds now_{0};
};

}  // namespace
}  // namespace noderuntime::epmd

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace noderuntime;
  for (bool relaxed : {false, true}) {
    Reader in{Bytes{data, size}};
    epmd::World world{relaxed};
    while (!in.at_end()) world.step(in.u8(), in);
  }
  return 0;
}
