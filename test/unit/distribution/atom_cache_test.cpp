// Claims about the atom caches of a connection, and about the headers that fill them.
#include "noderuntime/distribution/atom_cache.h"

#include "test/unit/catch.h"

namespace noderuntime::distribution {
namespace {

Buffer bytes_of(std::initializer_list<int> values) { return {values.begin(), values.end()}; }

struct Ends {
  SentAtoms sent;
  ReceivedAtoms received;
  HeaderAtoms named;
  AtomAllowance allowance{100000};

  // Sends a header that names these atoms. Returns its bytes.
  Buffer send(const std::vector<Atom>& atoms) {
    sent.begin();
    for (auto atom : atoms) sent.number(atom);
    Buffer header;
    sent.write_header(header);
    sent.commit();
    return header;
  }
  Outcome receive(const Buffer& header) {
    Reader in{header};
    return received.read_header(in, allowance, named);
  }
};

// Two atoms that belong to the same slot of the cache.
std::pair<Atom, Atom> colliding() {
  auto first = Atom::of("collide_0");
  for (int i = 1;; ++i) {
    auto other = Atom::of("collide_" + std::to_string(i));
    if (index_of(other) % atom_cache_slots == index_of(first) % atom_cache_slots) return {first, other};
  }
}

std::vector<Atom> many(int count, const std::string& prefix) {
  std::vector<Atom> atoms;
  for (int i = 0; i < count; ++i) atoms.push_back(Atom::of(prefix + std::to_string(i)));
  return atoms;
}

}  // namespace

TEST_CASE("atom cache: a header of OTP 25", "[distribution]") {
  // From the capture otp25/reg_send: two new entries in different segments.
  Ends ends;
  auto header = bytes_of({2, 0x8F, 0x00, 68, 1, 'a', 5, 0});
  REQUIRE(ends.receive(header));
  REQUIRE(ends.named.atoms().size() == 2);
  CHECK(ends.named.atoms()[0].text() == "a");
  CHECK(ends.named.atoms()[1].text() == "");
  REQUIRE(ends.receive(bytes_of({1, 0x07, 68})));  // the atom of this slot, without its text
  CHECK(ends.named.atoms()[0].text() == "a");
}

TEST_CASE("atom cache: what is sent is received, first with text, then without", "[distribution]") {
  for (int count : {0, 1, 2, 3, 254, 255}) {
    Ends ends;
    auto atoms = many(count, "cache" + std::to_string(count) + "_");
    auto first = ends.send(atoms), second = ends.send(atoms);
    REQUIRE(ends.receive(first));
    CHECK(std::equal(atoms.begin(), atoms.end(), ends.named.atoms().begin(), ends.named.atoms().end()));
    REQUIRE(ends.receive(second));
    CHECK(std::equal(atoms.begin(), atoms.end(), ends.named.atoms().begin(), ends.named.atoms().end()));
    if (count > 0) CHECK(second.size() == 1 + static_cast<std::size_t>(count / 2 + 1 + count));
  }
}

TEST_CASE("atom cache: at most 255 atoms have numbers, the others go as text", "[distribution]") {
  SentAtoms sent;
  sent.begin();
  auto atoms = many(300, "over_");
  for (int i = 0; i < 255; ++i) CHECK(sent.number(atoms[static_cast<std::size_t>(i)]) == i);
  CHECK(sent.number(atoms[255]) == -1);
  CHECK(sent.number(atoms[7]) == 7);
}

TEST_CASE("atom cache: two atoms of one slot replace each other", "[distribution]") {
  auto [first, second] = colliding();
  Ends ends;
  SECTION("in one message the second goes as text") {
    ends.sent.begin();
    CHECK(ends.sent.number(first) == 0);
    CHECK(ends.sent.number(second) == -1);
  }
  SECTION("in the next message it takes the slot over") {
    auto one = ends.send({first}), two = ends.send({second}), three = ends.send({first});
    for (auto [header, atom] : {std::pair{one, first}, {two, second}, {three, first}}) {
      REQUIRE(ends.receive(header));
      CHECK(ends.named.atoms()[0] == atom);
      CHECK(header.size() > 3);  // each header has the text of the atom
    }
  }
}

TEST_CASE("atom cache: a message that is not sent leaves nothing behind", "[distribution]") {
  Ends ends;
  auto atom = Atom::of("unsent");
  ends.sent.begin();
  ends.sent.number(atom);
  auto header = ends.send({atom});  // send() begins another header
  REQUIRE(ends.receive(header));
  CHECK(ends.named.atoms()[0] == atom);
}

TEST_CASE("atom cache: long atoms have long lengths", "[distribution]") {
  std::string text;
  for (int i = 0; i < 255; ++i) text += "\xF0\x9F\x98\x80";
  Ends ends;
  auto longest = Atom::of(text), other = Atom::of("other");
  auto first = ends.send({other, longest}), second = ends.send({longest, other});
  REQUIRE(ends.receive(first));
  CHECK(ends.named.atoms()[1] == longest);
  REQUIRE(ends.receive(second));
  CHECK(ends.named.atoms()[0] == longest);
  CHECK(ends.named.atoms()[1] == other);
  // OTP sets the bit for long atoms also if the header only refers to a long atom.
  auto slot = static_cast<int>(index_of(longest) % atom_cache_slots);
  REQUIRE(ends.receive(bytes_of({1, slot >> 8 | 0x10, slot & 0xFF})));
  CHECK(ends.named.atoms()[0] == longest);
}

TEST_CASE("atom cache: bad headers are errors", "[distribution]") {
  struct Case {
    Buffer header;
    Errc error;
  };
  std::string too_long(256, 'x');
  Buffer of_256 = bytes_of({1, 0x18, 0, 1, 0});
  append(of_256, as_bytes(too_long));
  for (const auto& [header, error] : {
           Case{{}, Errc::bad_frame},
           Case{bytes_of({1}), Errc::bad_frame},
           Case{bytes_of({1, 8}), Errc::bad_frame},
           Case{bytes_of({1, 8, 0}), Errc::bad_frame},
           Case{bytes_of({1, 8, 0, 2, 'a'}), Errc::bad_frame},
           Case{bytes_of({255, 8, 0}), Errc::bad_frame},
           Case{bytes_of({1, 0, 9}), Errc::bad_frame},                      // an undefined slot
           Case{bytes_of({1, 8, 0, 1, 0xFF}), Errc::bad_term},              // not UTF-8
           Case{bytes_of({1, 8, 0, 3, 0xED, 0xA0, 0x80}), Errc::bad_term},  // a surrogate
           Case{of_256, Errc::bad_term},
       }) {
    Ends ends;
    auto outcome = ends.receive(header);
    REQUIRE_FALSE(outcome);
    CHECK(error_name(outcome.error().code) == error_name(error));
  }
}

TEST_CASE("atom cache: a peer's allowance ends", "[distribution]") {
  ReceivedAtoms received;
  HeaderAtoms named;
  AtomAllowance two{2};
  auto header = [](char c) { return bytes_of({1, 8, 0, 9, 'n', 'e', 'w', ' ', 'a', 't', 'o', 'm', c}); };
  for (char c : {'1', '2'}) {
    auto bytes = header(c);
    Reader in{bytes};
    CHECK(received.read_header(in, two, named));
  }
  auto bytes = header('3');
  Reader in{bytes};
  auto outcome = received.read_header(in, two, named);
  REQUIRE_FALSE(outcome);
  CHECK(outcome.error().code == Errc::too_many_atoms);
}

}  // namespace noderuntime::distribution
