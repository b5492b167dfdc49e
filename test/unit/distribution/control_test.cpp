// Claims about control messages: each signal is written and read in every form, and forged ones are refused.
#include "noderuntime/distribution/control.h"
#include "common/wire/writer.h"
#include "noderuntime/distribution/control_reader.h"
#include "noderuntime/external_format/encode.h"

#include "test/unit/catch.h"

#include "test/unit/distribution/support.h"

namespace noderuntime::distribution {
namespace {

using namespace signal;
using test::node_a;
using test::node_b;
using test::pid_of;
using test::reference_of;

// b is our node, a is the peer.
ControlContext at_b(Flags flags = visible_flags) { return {node_b(), node_a(), flags}; }
ControlContext at_a(Flags flags = visible_flags) { return {node_a(), node_b(), flags}; }

Pid theirs() { return pid_of(node_a(), 11); }
Pid ours() { return pid_of(node_b(), 22); }
Term number(int value) { return Term::small(value); }
Term name(std::string_view text) { return Term::atom(Atom::of(text)); }

// Makes the terms of a control tuple; pids and references of b are local.
struct Terms {
  Heap heap;
  Term pid(const Pid& pid) { return make_pid(heap, node_b(), pid); }
  Term reference(const Reference& reference) { return make_reference(heap, node_b(), reference); }
  Term tuple(std::initializer_list<Term> elements) { return make_tuple(heap, elements); }
};

// Encodes a control tuple as the node `writer` does, and reads it as the node `reader` does. So pids that are
// local to one are remote to the other.
Result<SignalBody> read_back(Term control, Term payload, const NodeIdentity& writer,
                             const ControlContext& reader, const ControlLayout** form = nullptr) {
  static Heap heap;  // holds the terms of the signal
  auto bytes = encode(control, {.self = writer});
  REQUIRE(bytes);
  DecodeOptions options{.self = reader.self};
  ControlReader in{heap, *bytes, options};
  SignalBody body;
  auto read = read_control(in, reader, body);
  if (!read) return read.error();
  CHECK(in.rest().empty());
  set_payload(**read, body, payload);
  if (form) *form = *read;
  return body;
}

Result<SignalBody> decode(Term control, Flags flags = visible_flags, Term payload = number(5)) {
  return read_back(control, payload, node_b(), at_b(flags));
}

std::string error_of(Term control, Flags flags = visible_flags) {
  auto decoded = decode(control, flags);
  if (decoded) return "none";
  CHECK(decoded.error().code == Errc::bad_control);
  return decoded.error().context;
}

struct Sample {
  SignalBody body;
  std::string all, plain;  // the operation for a peer with all flags, and with the mandatory flags only
};

// One of each signal, from a to b.
std::vector<Sample> samples(Heap& heap) {
  Pid from = theirs(), to = ours();
  auto reference = reference_of(node_a()), asked = reference_of(node_b());
  Term reason = noderuntime::make_tuple(heap, {name("stop"), number(1)});
  Atom registered = Atom::of("sink");
  return {
      {Message{from, to, reason}, "SEND_SENDER", "SEND"},
      {Message{from, registered, reason}, "REG_SEND", "REG_SEND"},
      {Message{from, reference, reason}, "ALTACT_SIG_SEND", "-"},
      {Message{from, to, reason, true}, "ALTACT_SIG_SEND", "SEND"},
      {Message{from, registered, reason, true}, "ALTACT_SIG_SEND", "REG_SEND"},
      {Message{from, reference, reason, true}, "ALTACT_SIG_SEND", "-"},
      {Link{from, to}, "LINK", "LINK"},
      {Unlink{from, to, 0xFFFFFFFFFFFFFFFF}, "UNLINK_ID", "UNLINK"},
      {UnlinkAck{from, to, 5}, "UNLINK_ID_ACK", "-"},
      {Exit{from, to, reason}, "PAYLOAD_EXIT", "EXIT"},
      {Exit2{from, to, reason}, "PAYLOAD_EXIT2", "EXIT2"},
      {Exit2{from, to, reason, true}, "ALTACT_SIG_SEND", "EXIT2"},
      {Exit2{from, registered, reason, true}, "ALTACT_SIG_SEND", "-"},
      {Exit2{from, reference, reason}, "ALTACT_SIG_SEND", "-"},
      {Monitor{from, to, reference}, "MONITOR_P", "-"},
      {Monitor{from, registered, reference}, "MONITOR_P", "-"},
      {Demonitor{from, to, reference}, "DEMONITOR_P", "-"},
      {Demonitor{from, registered, reference}, "DEMONITOR_P", "-"},
      {Down{from, to, asked, reason}, "PAYLOAD_MONITOR_P_EXIT", "MONITOR_P_EXIT"},
      {Down{registered, to, asked, reason}, "PAYLOAD_MONITOR_P_EXIT", "MONITOR_P_EXIT"},
      {GroupLeader{from, to}, "GROUP_LEADER", "GROUP_LEADER"},
      {SpawnRequest{reference, from, from, Atom::of("math"), Atom::of("pi"),
                    make_list(heap, {name("link"), name("monitor")}), make_list(heap, {number(1), number(2)}),
                    2},
       "SPAWN_REQUEST", "-"},
      {SpawnReply{asked, to, 3, from}, "SPAWN_REPLY", "SPAWN_REPLY"},
      {SpawnReply{asked, to, 0, Atom::of("badopt")}, "SPAWN_REPLY", "SPAWN_REPLY"},
  };
}

// A signal as text, for comparisons.
std::string shown(const SignalBody& body, const NodeIdentity& self) {
  Heap heap;
  auto encoded = spell_control(body, {self, node_a(), visible_flags}, heap);
  REQUIRE(encoded);
  return std::string{encoded->form->name} + test::spelled(encoded->control, self) +
         (encoded->payload ? test::spelled(*encoded->payload, self) : "");
}

}  // namespace

TEST_CASE("control: one row for each operation of the protocol", "[distribution]") {
  std::vector<int> opcodes;
  for (const auto& form : control_forms()) {
    opcodes.push_back(form.opcode);
    CHECK(control_form(form.opcode) == &form);
  }
  CHECK(opcodes == std::vector<int>{1,  2,  3,  4,  6,  7,  8,  12, 13, 16, 18, 19, 20, 21, 22,
                                    23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37});
  for (unsigned dead : {0u, 5u, 9u, 10u, 11u, 14u, 15u, 17u, 38u, 255u, 1000u})
    CHECK_FALSE(control_form(dead));
}

TEST_CASE("control: each signal is read as it was written, in every form", "[distribution]") {
  for (auto flags :
       {visible_flags, visible_flags.without(flag::ALTACT_SIG), visible_flags.without(flag::EXIT_PAYLOAD),
        visible_flags.without(flag::UNLINK_ID), visible_flags.without(flag::SEND_SENDER), needed_flags}) {
    Heap heap;
    for (const auto& sample : samples(heap)) {
      Heap scratch;
      auto said = spell_control(sample.body, at_a(flags), scratch);
      if (!said) continue;
      INFO(said->form->name);
      const ControlLayout* form = nullptr;
      auto heard = read_back(said->control, said->payload.value_or(Term{}), node_a(), at_b(flags), &form);
      REQUIRE(heard);
      CHECK(form == said->form);
      CHECK(heard->index() == sample.body.index());
      if (said->form->name == "SEND" || said->form->name == "UNLINK") continue;   // these forms lack fields
      bool urgent = sample.all == "ALTACT_SIG_SEND" && said->form->opcode != 37;  // the priority is lost
      if (!urgent) CHECK(shown(*heard, node_b()) == shown(sample.body, node_b()));
    }
  }
}

TEST_CASE("control: the flags choose the form", "[distribution]") {
  Heap heap;
  for (const auto& sample : samples(heap)) {
    Heap scratch;
    auto all = spell_control(sample.body, at_a(visible_flags), scratch);
    auto plain = spell_control(sample.body, at_a(needed_flags), scratch);
    CHECK((all ? all->form->name : "-") == sample.all);
    CHECK((plain ? plain->form->name : "-") == sample.plain);
  }
  Heap scratch;
  Message to_alias{theirs(), reference_of(node_b()), number(1)};
  auto otp27 = visible_flags.without(flag::ALTACT_SIG);
  CHECK(spell_control(to_alias, at_a(otp27), scratch)->form->name == "ALIAS_SEND");
  Monitor monitor{theirs(), ours(), reference_of(node_a())};
  CHECK_FALSE(spell_control(monitor, at_a(visible_flags.without(flag::DIST_MONITOR_NAME)), scratch));
}

TEST_CASE("control: old forms, and forms with a trace token, are read as the same signals",
          "[distribution]") {
  Terms t;
  Term from = t.pid(theirs()), to = t.pid(ours()), reference = t.reference(reference_of(node_a()));
  Term asked = t.reference(reference_of(node_b()));
  Term token = t.tuple({number(1), number(17), number(1), from, number(0)}), empty = name("");
  auto payload_message = decode(t.tuple({number(12), empty, to, token}));
  REQUIRE(payload_message);
  CHECK(std::get<Pid>(std::get<Message>(*payload_message).to) == ours());
  CHECK(std::get<Message>(*payload_message).message == number(5));
  CHECK(std::get<Exit>(*decode(t.tuple({number(3), from, to, name("bye")}))).reason == name("bye"));
  CHECK(std::get<Exit>(*decode(t.tuple({number(13), from, to, token, name("bye")}))).reason == name("bye"));
  CHECK(std::get<Exit>(*decode(t.tuple({number(25), from, to, token}))).reason == number(5));
  CHECK(std::get<Exit2>(*decode(t.tuple({number(8), from, to, name("bye")}))).reason == name("bye"));
  CHECK(std::get<Exit2>(*decode(t.tuple({number(18), from, to, token, name("bye")}))).reason == name("bye"));
  CHECK(std::get<Exit2>(*decode(t.tuple({number(27), from, to, token}))).from == theirs());
  CHECK(std::get<Atom>(std::get<Message>(*decode(t.tuple({number(16), from, empty, name("x"), token}))).to) ==
        Atom::of("x"));
  CHECK(std::get<Message>(*decode(t.tuple({number(23), from, to, token}))).from == theirs());
  CHECK(std::get<Reference>(std::get<Message>(*decode(t.tuple({number(34), from, reference, token}))).to) ==
        reference_of(node_a()));
  CHECK(std::get<Down>(*decode(t.tuple({number(21), from, to, asked, name("bye")}))).reason == name("bye"));
  CHECK(std::get<SpawnReply>(*decode(t.tuple({number(32), asked, to, number(2), from, token}))).flags == 2);
  Term call = t.tuple({name("m"), name("f"), number(3)});
  auto spawn = decode(t.tuple({number(30), reference, from, from, call, Term::nil(), token}));
  REQUIRE(spawn);
  CHECK(std::get<SpawnRequest>(*spawn).arity == 3);
  CHECK(std::get<SpawnRequest>(*spawn).arguments == number(5));
  auto old_unlink = decode(t.tuple({number(4), from, to}), visible_flags.without(flag::UNLINK_ID));
  REQUIRE(old_unlink);
  CHECK(std::get<Unlink>(*old_unlink).id == 0);
}

TEST_CASE("control: ALTACT_SIG_SEND in all its shapes", "[distribution]") {
  Terms t;
  Term from = t.pid(theirs()), to = t.pid(ours()), alias = t.reference(reference_of(node_b()));
  auto say = [&](int flags, Term target) {
    return decode(t.tuple({number(37), number(flags), from, target}));
  };
  CHECK(std::get<Pid>(std::get<Message>(*say(0, to)).to) == ours());
  CHECK(std::get<Message>(*say(1, to)).priority);
  CHECK(std::get<Reference>(std::get<Message>(*say(4, alias)).to) == reference_of(node_b()));
  CHECK(std::get<Atom>(std::get<Message>(*say(8, name("x"))).to) == Atom::of("x"));
  CHECK(std::get<Exit2>(*say(16, to)).reason == number(5));
  CHECK(std::get<Exit2>(*say(17, to)).priority);
  CHECK(decode(t.tuple({number(37), number(2), from, to, name("token")})));
  CHECK_FALSE(decode(t.tuple({number(37), number(2), from, to})));
  CHECK_FALSE(decode(t.tuple({number(37), number(0), from, to, name("token")})));
  CHECK_FALSE(say(4, to));
  CHECK_FALSE(say(8, alias));
  CHECK_FALSE(say(12, alias));
  CHECK_FALSE(say(-1, to));
}

TEST_CASE("control: malformed messages, and those for or from wrong nodes, close the connection",
          "[distribution]") {
  Terms t;
  NodeIdentity third{Atom::of("c@d"), Creation{1}};
  NodeIdentity our_past{node_b().name, Creation{98}};
  NodeIdentity their_past{node_a().name, Creation{16}};
  Term from = t.pid(theirs()), to = t.pid(ours()), stranger = t.pid(pid_of(third, 1));
  Term past = t.pid(pid_of(our_past, 1)), peers_past = t.pid(pid_of(their_past, 1));
  Term reference = t.reference(reference_of(node_a())), empty = name("");

  CHECK(error_of(number(1)) == "no control tuple");
  CHECK(error_of(t.tuple({})) == "no control tuple");
  CHECK(error_of(t.tuple({name("link"), from, to})) == "no control tuple");
  CHECK(error_of(t.tuple({number(5)})) == "unknown operation 5");
  CHECK(error_of(t.tuple({number(99), from, to})) == "unknown operation 99");
  CHECK(error_of(t.tuple({number(-1), from, to})) == "no control tuple");
  CHECK(error_of(t.tuple({number(1), from})) == "LINK with 2 elements");
  CHECK(error_of(t.tuple({number(6), number(1), empty, name("x")})) == "REG_SEND: element 2");
  CHECK(error_of(t.tuple({number(6), from, empty, number(1)})) == "REG_SEND: element 4");
  CHECK(error_of(t.tuple({number(22), from, name("x")})) == "SEND_SENDER: element 3");
  CHECK(error_of(t.tuple({number(33), from, to})) == "ALIAS_SEND: element 3");
  CHECK(error_of(t.tuple({number(1), stranger, to})) == "LINK: element 2");
  CHECK(error_of(t.tuple({number(1), to, to})) == "LINK: element 2");
  CHECK(error_of(t.tuple({number(1), from, stranger})) == "LINK: element 3");
  CHECK(error_of(t.tuple({number(35), number(1), stranger, to})) == "UNLINK_ID: element 3");
  CHECK(error_of(t.tuple({number(35), number(0), from, to})) == "UNLINK_ID: element 2");
  CHECK(error_of(t.tuple({number(35), number(-1), from, to})) == "UNLINK_ID: element 2");
  CHECK(error_of(t.tuple({number(19), stranger, to, reference})) == "MONITOR_P: element 2");
  CHECK(error_of(t.tuple({number(19), from, to, name("x")})) == "MONITOR_P: element 4");
  CHECK(error_of(t.tuple({number(24), from, past})) == "PAYLOAD_EXIT: element 3");
  CHECK(error_of(t.tuple({number(4), from, to})) == "UNLINK was not negotiated so");
  Term altact = t.tuple({number(37), number(0), from, to});
  CHECK(error_of(altact, visible_flags.without(flag::ALTACT_SIG)) == "ALTACT_SIG_SEND was not negotiated so");
  Term no_arity = t.tuple({name("m"), name("f"), name("1")});
  CHECK(error_of(t.tuple({number(29), reference, from, from, no_arity, Term::nil()})) ==
        "SPAWN_REQUEST: element 5");
  CHECK(error_of(t.tuple({number(31), t.reference(reference_of(node_b())), to, number(0), number(1)})) ==
        "SPAWN_REPLY: element 5");

  // An id beyond 64 bits.
  auto* limbs = t.heap.allocate(3);
  limbs[0] = box_header(Kind::positive_integer, 2), limbs[1] = 0, limbs[2] = 1;
  CHECK(error_of(t.tuple({number(35), box_at(limbs), from, to})) == "UNLINK_ID: element 2");

  SECTION("and what does not") {
    CHECK(decode(t.tuple({number(6), from, name("cookie"), name("x")})));
    CHECK(decode(t.tuple({number(6), stranger, empty, name("x")})));
    CHECK(decode(t.tuple({number(6), from, number(1), name("x")})));
    CHECK(decode(t.tuple({number(22), from, stranger})));
    CHECK(decode(t.tuple({number(22), from, past})));
    CHECK(decode(t.tuple({number(26), from, past})));
    CHECK(decode(t.tuple({number(1), peers_past, to})));
    CHECK(decode(t.tuple({number(1), from, past})));
    CHECK(decode(t.tuple({number(33), from, t.reference(reference_of(third))})));
    CHECK(decode(t.tuple({number(36), number(77), from, to})));
    Term call = t.tuple({name("m"), name("f"), number(0)});
    CHECK(decode(t.tuple({number(29), reference, from, from, call, name("no_list")})));
    Term odd_arity = t.tuple({name("m"), name("f"), number(-1)});
    auto odd = decode(t.tuple({number(29), reference, from, from, odd_arity, Term::nil()}));
    REQUIRE(odd);
    CHECK(std::get<SpawnRequest>(*odd).arity == -1);
    CHECK(decode(t.tuple({number(36), number(0), from, to})));
  }
}

namespace {

// The node that an identifier names as its own.
enum Owner { peer, peer_before, third, us, us_before };
constexpr Owner owners[] = {peer, peer_before, third, us, us_before};

NodeIdentity node_of(Owner owner) {
  switch (owner) {
    case peer: return node_a();
    case peer_before: return {node_a().name, Creation{16}};
    case third: return {Atom::of("c@127.0.0.1"), Creation{5}};
    case us: return node_b();
    case us_before: return {node_b().name, Creation{98}};
  }
  return {};
}

// A control tuple in which one field is forged. `fields` has a letter for each field after the opcode:
//
//   p, u   a pid of the peer, a pid of ours         a  an atom
//   P, U   a reference of the peer, one of ours     m  a module, a function and an arity
//   *, R   the forged pid, the forged reference     n  a number
//   .      a trace token                             0, 4, e  the numbers 0, 4 and 16
//
// `taken` lists the nodes for whose identifiers the message is not an error.
struct Forgery {
  int opcode;
  std::string_view fields;
  std::vector<Owner> taken;
};

const std::vector<Owner> anybody{std::begin(owners), std::end(owners)};
const std::vector<Owner> the_peer{peer, peer_before}, we{us, us_before}, we_now{us};

const Forgery forgeries[] = {
    {1, "*u", the_peer},      {1, "p*", we},
    {2, "a*", anybody},       {3, "*ua", the_peer},
    {3, "p*a", we_now},       {4, "*u", the_peer},
    {4, "p*", we_now},        {6, "*aa", anybody},
    {7, "*u", anybody},       {7, "p*", anybody},
    {8, "*ua", the_peer},     {8, "p*a", we},
    {12, "a*.", anybody},     {13, "*u.a", the_peer},
    {13, "p*.a", we_now},     {16, "*aa.", anybody},
    {18, "*u.a", the_peer},   {18, "p*.a", we},
    {19, "*uP", the_peer},    {19, "p*P", we},
    {19, "puR", the_peer},    {19, "paR", the_peer},
    {20, "*uP", the_peer},    {20, "p*P", we},
    {20, "puR", the_peer},    {20, "paR", the_peer},
    {21, "*uUa", the_peer},   {21, "p*Ua", we},
    {21, "puRa", anybody},    {21, "auRa", anybody},
    {22, "*u", anybody},      {22, "p*", anybody},
    {23, "*u.", anybody},     {23, "p*.", anybody},
    {24, "*u", the_peer},     {24, "p*", we_now},
    {25, "*u.", the_peer},    {25, "p*.", we_now},
    {26, "*u", the_peer},     {26, "p*", we},
    {27, "*u.", the_peer},    {27, "p*.", we},
    {28, "*uU", the_peer},    {28, "p*U", we},
    {28, "puR", anybody},     {28, "auR", anybody},
    {29, "Rppma", the_peer},  {29, "P*pma", the_peer},
    {29, "Pp*ma", anybody},   {30, "Rppma.", the_peer},
    {30, "P*pma.", the_peer}, {30, "Pp*ma.", anybody},
    {31, "Runp", we},         {31, "U*np", we},
    {31, "Uun*", the_peer},   {32, "Runp.", we},
    {32, "U*np.", we},        {32, "Uun*.", the_peer},
    {33, "*U", anybody},      {33, "pR", anybody},
    {34, "*U.", anybody},     {34, "pR.", anybody},
    {35, "n*u", the_peer},    {35, "np*", we_now},
    {36, "n*u", the_peer},    {36, "np*", we_now},
    {37, "0*u", anybody},     {37, "0p*", anybody},
    {37, "4pR", anybody},     {37, "e*u", the_peer},
    {37, "ep*", anybody},
};

Term forged(Terms& t, const Forgery& row, Owner owner, std::uint8_t words = 3) {
  std::vector<Term> elements{number(row.opcode)};
  auto pid = [&](const NodeIdentity& node) { return t.pid(pid_of(node, 11)); };
  Reference reference{node_of(owner), words, {7, 8, 9, 0, 0}};
  for (char field : row.fields) switch (field) {
      case 'p': elements.push_back(pid(node_a())); break;
      case 'u': elements.push_back(pid(node_b())); break;
      case 'P': elements.push_back(t.reference(reference_of(node_a()))); break;
      case 'U': elements.push_back(t.reference(reference_of(node_b()))); break;
      case '.': elements.push_back(Term::nil()); break;
      case 'a': elements.push_back(name("x")); break;
      case 'm': elements.push_back(t.tuple({name("m"), name("f"), number(0)})); break;
      case 'n': elements.push_back(number(1)); break;
      case '*': elements.push_back(pid(node_of(owner))); break;
      case 'R': elements.push_back(t.reference(reference)); break;
      case '0': elements.push_back(number(0)); break;
      case '4': elements.push_back(number(4)); break;
      case 'e': elements.push_back(number(16)); break;
    }
  return make_tuple(t.heap, elements);
}

Flags flags_for(const Forgery& row) {
  return row.opcode == 4 ? visible_flags.without(flag::UNLINK_ID) : visible_flags;
}

// What the channel of b receives if a sends this control tuple in a frame that arrives in two pieces, cut at
// `cut`.
test::Received on_the_wire(Term control, Flags flags, bool payload, std::size_t cut) {
  auto without_cache = flags.without(flag::FRAGMENTS).without(flag::DIST_HDR_ATOM_CACHE);
  auto channel = test::channel(node_b(), node_a(), without_cache);
  Buffer body{112, 131};
  append(body, *encode(control, {.self = node_b()}));
  if (payload) append(body, Writer{}.u8(131).u8(97).u8(5).buffer());
  auto frame = Writer{}.u32(static_cast<std::uint32_t>(body.size())).bytes(body).buffer();
  test::Received received;
  cut = std::min(cut, frame.size());
  test::feed(channel, Bytes(frame).first(cut), received);
  test::feed(channel, Bytes(frame).subspan(cut), received);
  return received;
}

}  // namespace

TEST_CASE("control: a peer speaks for itself only, in every field of every message", "[distribution]") {
  std::vector<int> opcodes;
  for (const auto& row : forgeries) {
    opcodes.push_back(row.opcode);
    for (auto owner : owners) {
      Terms t;
      INFO(row.opcode << " " << row.fields << ", of " << owner);
      bool taken = std::find(row.taken.begin(), row.taken.end(), owner) != row.taken.end();
      auto read = decode(forged(t, row, owner), flags_for(row));
      CHECK(static_cast<bool>(read) == taken);
      if (!read) CHECK(read.error().code == Errc::bad_control);
    }
  }
  opcodes.erase(std::unique(opcodes.begin(), opcodes.end()), opcodes.end());
  CHECK(opcodes.size() == control_forms().size());
}

TEST_CASE("control: a reference of our node with more than three words is refused", "[distribution]") {
  for (const auto& row : forgeries) {
    if (row.fields.find('R') == std::string_view::npos) continue;
    for (auto owner : owners) {
      Terms t;
      INFO(row.opcode << " " << row.fields << ", of " << owner);
      bool taken = std::find(row.taken.begin(), row.taken.end(), owner) != row.taken.end() && owner != us;
      CHECK(static_cast<bool>(decode(forged(t, row, owner, 5))) == taken);
    }
  }
}

TEST_CASE("control: a forged message ends the connection at every cut, and is no signal", "[distribution]") {
  for (const auto& row : forgeries)
    for (auto owner : owners) {
      Terms t;
      INFO(row.opcode << " " << row.fields << ", of " << owner);
      bool taken = std::find(row.taken.begin(), row.taken.end(), owner) != row.taken.end();
      Term control = forged(t, row, owner);
      bool payload = control_form(static_cast<unsigned>(row.opcode))->payload;
      for (std::size_t cut = 0; cut < 120; ++cut) {
        auto received = on_the_wire(control, flags_for(row), payload, cut);
        REQUIRE(received.signals.size() == (taken ? 1 : 0));
        REQUIRE(received.error.has_value() == !taken);
        if (!taken) REQUIRE(received.error->code == Errc::bad_control);
      }
    }
}

TEST_CASE("control: a Down or SpawnReply signal names the node that sent it", "[distribution]") {
  Terms t;
  Term from = t.pid(theirs()), to = t.pid(ours()), asked = t.reference(reference_of(node_b()));
  for (Term who : {from, name("x")})
    CHECK(std::get<Down>(*decode(t.tuple({number(28), who, to, asked}))).said_by == node_a().name);
  for (Term child : {from, name("badopt")})
    CHECK(std::get<SpawnReply>(*decode(t.tuple({number(31), asked, to, number(3), child}))).said_by ==
          node_a().name);
}

}  // namespace noderuntime::distribution
