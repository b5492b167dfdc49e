// The TLS engine: two sessions, client and server, whose records are carried by hand.
#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <initializer_list>
#include <memory>
#include <optional>
#include <random>
#include "test/unit/catch.h"

#include "noderuntime/tls/session.h"
#include "test/unit/tls/certificates.h"

using namespace noderuntime;
using namespace noderuntime::tls;
using noderuntime::test::certificates;
using noderuntime::test::settings_with;

namespace {

Session session_of(const RoleSettings& settings, Role role, const std::string& host = "") {
  auto context = Context::load(settings, role);
  INFO((context.ok() ? "" : context.error().message()));
  REQUIRE(context.ok());
  auto session = Session::create(*context, host);
  REQUIRE(session.ok());
  return std::move(*session);
}

// What became of one side of a handshake.
using Ending = std::optional<Error>;

struct Pair {
  Session client, server;
  std::size_t piece = SIZE_MAX;  // bytes that are fed at once
  bool client_done = false, server_done = false;
  Ending client_error{}, server_error{};
  Buffer to_server{}, to_client{};  // what was read

  Pair(const RoleSettings& ours, const RoleSettings& theirs, const std::string& host = "a.example",
       std::size_t piece = SIZE_MAX)
      : client{session_of(ours, Role::client, host)},
        server{session_of(theirs, Role::server)},
        piece{piece} {}

  Pair(std::shared_ptr<const Context> ours, std::shared_ptr<const Context> theirs, const std::string& host)
      : client{Session::create(std::move(ours), host).value()},
        server{Session::create(std::move(theirs), "").value()} {}

  static void advance(Session& session, bool& finished, Ending& error, Buffer& read) {
    if (!finished && !error) {
      auto outcome = session.handshake();
      if (!outcome)
        error = outcome.error();
      else
        finished = *outcome;
    }
    while (finished && !error) {
      Byte place[3000];
      auto count = session.read(place);
      if (!count) error = count.error();
      if (!count || *count == 0) break;
      append(read, {place, *count});
    }
    session.keep_input();
  }
  void advance_client() { advance(client, client_done, client_error, to_client); }
  void advance_server() { advance(server, server_done, server_error, to_server); }

  bool carry(Session& from, Session& to, auto advance_to) {
    auto records = from.take_output();
    for (std::size_t at = 0; at < records.size();) {
      auto size = std::min(piece, records.size() - at);
      to.feed(Bytes{records}.subspan(at, size));
      advance_to();
      at += size;
    }
    return !records.empty();
  }
  // Carries records until none is left.
  Pair& run() {
    advance_client();
    bool moved = true;
    while (moved) {
      moved = carry(client, server, [&] { advance_server(); });
      moved |= carry(server, client, [&] { advance_client(); });
    }
    return *this;
  }
  bool up() const { return client_done && server_done && !client_error && !server_error; }
};

RoleSettings only(RoleSettings settings, bool version_1_2, bool version_1_3) {
  settings.version_1_2 = version_1_2;
  settings.version_1_3 = version_1_3;
  return settings;
}

Buffer pattern(std::size_t size) {
  Buffer bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<Byte>(i * 31 + i / 251);
  return bytes;
}

}  // namespace

TEST_CASE("session: the handshake ends and bytes arrive in both directions, however records are cut") {
  for (bool fresh : {false, true})
    for (std::size_t piece : {std::size_t{1}, std::size_t{2}, std::size_t{7}, std::size_t{1000}, SIZE_MAX}) {
      CAPTURE(fresh, piece);
      auto settings = only(settings_with("a"), !fresh, fresh);
      Pair pair{settings, settings, "a.example", piece};
      REQUIRE(pair.run().up());
      CHECK(pair.client.description().substr(0, 7) == (fresh ? "TLSv1.3" : "TLSv1.2"));
      auto asked = pattern(70'000), answered = pattern(123);
      REQUIRE(pair.client.write(asked).value() == asked.size());
      REQUIRE(pair.server.write(answered).value() == answered.size());
      pair.run();
      CHECK(pair.to_server == asked);
      CHECK(pair.to_client == answered);
    }
}

TEST_CASE("session: keys of each kind are accepted on both sides") {
  for (const char* name : {"a", "rsa", "ed25519", "any_usage"}) {
    CAPTURE(name);
    CHECK(Pair{settings_with(name), settings_with(name)}.run().up());
  }
}

TEST_CASE("session: both sides learn why a certificate is refused") {
  struct Row {
    const char* what;
    std::string client, server, host;
    Errc at_client, at_server;
  };
  // The refused certificate is never checked at the start here: Context::load is asked with the other role's.
  const Row rows[] = {
      {"the server's authority is unknown", "a", "foreign", "a.example", Errc::certificate_untrusted,
       Errc::certificate_untrusted},
      {"the client's authority is unknown", "foreign", "a", "a.example", Errc::certificate_untrusted,
       Errc::certificate_untrusted},
      {"the server's certificate names another host", "a", "b", "a.example", Errc::certificate_host,
       Errc::certificate_refused},
      {"the server's certificate is revoked", "a", "revoked", "a.example", Errc::certificate_revoked,
       Errc::certificate_revoked},
      {"the client's certificate is revoked", "revoked", "a", "a.example", Errc::certificate_revoked,
       Errc::certificate_revoked},
  };
  for (bool fresh : {false, true})
    for (auto& row : rows) {
      CAPTURE(row.what, fresh);
      auto client = only(settings_with(row.client), !fresh, fresh);
      auto server = only(settings_with(row.server), !fresh, fresh);
      if (row.at_client == Errc::certificate_revoked)
        for (auto* role : {&client, &server}) {
          role->crl_check = CrlCheck::all;
          role->crl_directory = certificates() + "/crls";
        }
      Pair pair{client, server, row.host};
      pair.run();
      REQUIRE(pair.client_error);
      REQUIRE(pair.server_error);
      CHECK(error_name(pair.client_error->code) == error_name(row.at_client));
      CHECK(error_name(pair.server_error->code) == error_name(row.at_server));
    }
}

TEST_CASE("session: a client without a certificate is refused, unless the server asks for none") {
  auto nameless = settings_with("a");
  nameless.certificate_file = nameless.key_file = "";
  for (bool fresh : {false, true}) {
    Pair pair{only(nameless, !fresh, fresh), settings_with("a")};
    pair.run();
    REQUIRE(pair.server_error);
    CHECK(pair.server_error->code == Errc::certificate_missing);
    REQUIRE(pair.client_error);  // TLS 1.2 has only handshake_failure for it
    CHECK(pair.client_error->code == (fresh ? Errc::certificate_missing : Errc::tls_failed));
    auto lenient = settings_with("a");
    lenient.demand_certificate = false;
    CHECK(Pair{nameless, lenient}.run().up());
    lenient.verify_peer = false;
    CHECK(Pair{nameless, lenient}.run().up());
  }
}

TEST_CASE("session: without a common version or cipher both sides say so") {
  Pair versions{only(settings_with("a"), true, false), only(settings_with("a"), false, true)};
  versions.run();
  REQUIRE(versions.client_error);
  REQUIRE(versions.server_error);
  CHECK(versions.client_error->code == Errc::tls_version);
  CHECK(versions.server_error->code == Errc::tls_version);

  auto one = settings_with("a"), other = settings_with("a");
  one.ciphers_1_3 = "TLS_AES_128_GCM_SHA256";
  other.ciphers_1_3 = "TLS_CHACHA20_POLY1305_SHA256";
  Pair ciphers{only(one, false, true), only(other, false, true)};
  ciphers.run();
  REQUIRE(ciphers.server_error);
  CHECK(ciphers.server_error->code == Errc::tls_version);
}

TEST_CASE(
    "session: a certificate names a host by DNS, an address by either kind, never by a wildcard or subject") {
  struct Row {
    const char *certificate, *host;
    bool accepted;
  };
  for (auto& row :
       {Row{"b", "b.example", true}, Row{"b", "B.EXAMPLE", true}, Row{"b", "b", true},
        Row{"b", "c.example", false}, Row{"address", "127.0.0.1", true}, Row{"address", "fd77::1", true},
        Row{"address", "127.0.0.2", false}, Row{"text", "127.0.0.1", true}, Row{"text", "fd77::1", true},
        Row{"text", "127.0.0.2", false}, Row{"wildcard", "a.example", false},
        Row{"common_name", "common_name", false}, Row{"address", "a.example", false}}) {
    CAPTURE(row.certificate, row.host);
    Pair pair{settings_with("a"), settings_with(row.certificate), row.host};
    pair.run();
    CHECK(pair.up() == row.accepted);
    if (row.accepted) {
      CHECK(pair.client.vouches_for(row.host).ok());
      CHECK(pair.server.vouches_for("a.example").ok());
      CHECK(pair.server.vouches_for("b.example").error().code == Errc::certificate_host);
    } else {
      REQUIRE(pair.client_error);
      CHECK(pair.client_error->code == Errc::certificate_host);
    }
  }
}

TEST_CASE("session: the settings may name another host than that of the node, or none") {
  auto settings = settings_with("a");
  settings.server_host = "b.example";
  CHECK(Pair{settings, settings_with("b"), "a.example"}.run().up());
  CHECK(Pair{settings, settings_with("a"), "a.example"}.run().client_error->code == Errc::certificate_host);
  settings.checks_host = false;
  CHECK(Pair{settings, settings_with("b"), "a.example"}.run().up());
  CHECK(Pair{settings, settings_with("foreign"), "a.example"}.run().client_error->code ==
        Errc::certificate_untrusted);
}

TEST_CASE(
    "session: certificates between ours and the root are sent, also where only the authorities have them") {
  auto below = settings_with("below");
  below.authorities_file = certificates() + "/both.pem";
  auto command =
      "cd " + certificates() + " && cat middle.pem ca.pem >both.pem && cat below.pem middle.pem >chain.pem";
  REQUIRE(std::system(command.c_str()) == 0);
  CHECK(Pair{settings_with("a"), below}.run().up());
  CHECK(Pair{below, settings_with("a")}.run().up());
  auto with_chain = settings_with("below");
  with_chain.certificate_file = certificates() + "/chain.pem";
  CHECK(Pair{settings_with("a"), with_chain}.run().up());
  Pair without{settings_with("a"), settings_with("below")};
  REQUIRE(without.run().client_error);
  CHECK(without.client_error->code == Errc::certificate_untrusted);
}

TEST_CASE("session: a chain is verified once by each side, and the name of the host each time") {
  auto client = Context::load(settings_with("a"), Role::client).value();
  auto server = Context::load(settings_with("a"), Role::server).value();
  for (int round = 0; round < 3; ++round) {
    CHECK(Pair{client, server, "a.example"}.run().up());
    CHECK(client->verified_chains().size() == 1);
    CHECK(server->verified_chains().size() == 1);
  }
  Pair elsewhere{client, server, "elsewhere.example"};
  REQUIRE(elsewhere.run().client_error);
  CHECK(elsewhere.client_error->code == Errc::certificate_host);
  auto until = client->verified_chains().validities().at(0).until - std::time(nullptr);
  CHECK(std::abs(until - server->seconds_to_expiry()) <= 10);  // the authority lives longer

  // The others hold what one trusts for nothing.
  auto foreign = Context::load(settings_with("foreign"), Role::server).value();
  Pair untrusted{client, foreign, "a.example"};
  REQUIRE(untrusted.run().client_error);
  CHECK(client->verified_chains().size() == 1);
}

TEST_CASE("session: what revocation lists say is asked each time") {
  auto careful = settings_with("a");
  careful.crl_check = CrlCheck::all;
  careful.crl_directory = certificates() + "/crls";
  auto client = Context::load(careful, Role::client).value();
  auto server = Context::load(settings_with("a"), Role::server).value();
  for (int round = 0; round < 2; ++round) CHECK(Pair{client, server, "a.example"}.run().up());
  CHECK(client->verified_chains().size() == 0);
}

TEST_CASE("verified chains: known are these certificates in this order, while all are valid") {
  VerifiedChains chains;
  auto key = [](std::initializer_list<int> numbers) {
    VerifiedChains::Key made;
    for (int number : numbers) made.push_back({static_cast<Byte>(number >> 8), static_cast<Byte>(number)});
    return made;
  };
  chains.add(key({1, 2}), {100, 200});
  CHECK(chains.has(key({1, 2}), 100));
  CHECK(chains.has(key({1, 2}), 199));
  CHECK_FALSE(chains.has(key({1, 2}), 99));
  CHECK_FALSE(chains.has(key({1, 2}), 200));
  for (auto& other : {key({}), key({1}), key({2}), key({2, 1}), key({1, 2, 3})})
    CHECK_FALSE(chains.has(other, 150));
  chains.add(key({1, 2}), {300, 400});
  CHECK(chains.size() == 1);
  CHECK_FALSE(chains.has(key({1, 2}), 150));
  for (int i = 0; i < static_cast<int>(VerifiedChains::most); ++i) chains.add(key({1000 + i}), {0, 1000});
  CHECK(chains.size() == VerifiedChains::most);
  CHECK_FALSE(chains.has(key({1, 2}), 350));
  CHECK(chains.has(key({1000}), 350));
}

TEST_CASE("session: a peer that does not speak TLS is told at its first byte") {
  for (auto role : {Role::server, Role::client}) {
    auto session = session_of(settings_with("a"), role, role == Role::client ? "a.example" : "");
    (void)session.handshake();
    (void)session.take_output();
    const Byte first[] = {0};
    session.feed(first);
    auto outcome = session.handshake();
    REQUIRE(!outcome.ok());
    CHECK(outcome.error().code == Errc::plain_peer);
    CHECK(session.take_output() == Buffer{0x15, 3, 3, 0, 2, 2, 10});
    CHECK(session.read({}).error().code == Errc::plain_peer);
  }
}

TEST_CASE("session: close_notify ends it for the other side; a second write fails") {
  Pair pair{settings_with("a"), settings_with("a")};
  REQUIRE(pair.run().up());
  pair.client.close();
  pair.run();
  REQUIRE(pair.server_error);
  CHECK(pair.server_error->code == Errc::connection_closed);
  CHECK(!pair.server.write(pattern(5)).ok());
}

TEST_CASE("session: a damaged record ends it, and the other side gets the alert") {
  for (bool fresh : {false, true}) {
    auto settings = only(settings_with("a"), !fresh, fresh);
    Pair pair{settings, settings};
    REQUIRE(pair.run().up());
    REQUIRE(pair.client.write(pattern(100)).ok());
    auto records = pair.client.take_output();
    records.back() ^= 1;
    pair.server.feed(records);
    pair.advance_server();
    REQUIRE(pair.server_error);
    CHECK(pair.server_error->code == Errc::tls_failed);
    CHECK(pair.to_server.empty());
    pair.run();
    REQUIRE(pair.client_error);
    CHECK(pair.client_error->code == Errc::tls_failed);
  }
}

TEST_CASE("session: whatever arrives in place of a handshake, it fails or waits") {
  std::mt19937 chance{1};
  auto context = Context::load(settings_with("a"), Role::server).value();
  auto hello = [&] {
    auto client = session_of(settings_with("a"), Role::client, "a.example");
    (void)client.handshake();
    return client.take_output();
  }();
  for (int round = 0; round < 2000; ++round) {
    auto input = hello;
    for (int change = static_cast<int>(chance() % 4); change >= 0; --change)
      input[chance() % input.size()] = static_cast<Byte>(chance());
    if (chance() % 3 == 0) input.resize(chance() % input.size());
    auto session = Session::create(context, "").value();
    session.feed(input);
    (void)session.handshake();
    session.keep_input();
    session.feed(input);
    auto outcome = session.handshake();
    CHECK((!outcome.ok() || !*outcome));
  }
}

TEST_CASE("context: what is wrong with a file is said when it is loaded") {
  auto refusal = [](const RoleSettings& settings, Role role) {
    auto context = Context::load(settings, role);
    REQUIRE(!context.ok());
    CHECK(context.error().code == Errc::configuration);
    return context.error().context;
  };
  auto has = [](const std::string& text, const char* part) { return text.find(part) != std::string::npos; };
  CHECK(has(refusal(settings_with("nobody"), Role::server), "No such file"));
  CHECK(has(refusal(settings_with("expired"), Role::server), "expired"));
  CHECK(has(refusal(settings_with("early"), Role::client), "not valid yet"));
  CHECK(has(refusal(settings_with("client_only"), Role::server), "serverAuth"));
  CHECK(has(refusal(settings_with("server_only"), Role::client), "clientAuth"));
  auto mixed = settings_with("a");
  mixed.key_file = settings_with("b").key_file;
  CHECK(has(refusal(mixed, Role::server), "does not fit"));
  auto no_key = settings_with("a");
  no_key.key_file = no_key.authorities_file;
  CHECK(has(refusal(no_key, Role::server), "no key"));
  auto no_certificate = settings_with("a");
  no_certificate.certificate_file = no_certificate.key_file;
  CHECK(has(refusal(no_certificate, Role::server), ".key: "));
  auto bad_cipher = settings_with("a");
  bad_cipher.ciphers_1_2 = "NO-SUCH";
  CHECK(has(refusal(bad_cipher, Role::server), "NO-SUCH"));
  auto no_list = settings_with("a");
  no_list.crl_check = CrlCheck::all;
  no_list.crl_directory = certificates() + "/nowhere";
  CHECK(has(refusal(no_list, Role::client), "nowhere"));
}

TEST_CASE("context: a key that others may read is refused") {
  auto settings = settings_with("a");
  auto open = certificates() + "/open.key";
  REQUIRE(std::system(("cp " + settings.key_file + ' ' + open + " && chmod 640 " + open).c_str()) == 0);
  settings.key_file = open;
  auto context = Context::load(settings, Role::server);
  REQUIRE(!context.ok());
  CHECK(context.error().context.find("accessible by owner only") != std::string::npos);
}

TEST_CASE("context: a missing revocation list is an error, except by best effort") {
  auto server = settings_with("a");
  auto client = settings_with("a");
  client.crl_check = CrlCheck::all;
  client.crl_directory = certificates();  // has none
  Pair refused{client, server};
  refused.run();
  REQUIRE(refused.client_error);
  CHECK(refused.client_error->code == Errc::certificate_refused);
  client.crl_check = CrlCheck::best_effort;
  CHECK(Pair{client, server}.run().up());
  client.crl_check = CrlCheck::peer;
  client.crl_directory = certificates() + "/crls";
  CHECK(Pair{client, server}.run().up());
}
