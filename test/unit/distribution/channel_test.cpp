// Claims about Channel: frames in every layout, fragments, the order of signals, bounds and ticks.
#include "noderuntime/distribution/channel.h"

#include <map>
#include <random>
#include <tuple>
#include "test/unit/catch.h"

#include "common/wire/writer.h"
#include "noderuntime/term/order.h"
#include "noderuntime/term/pace.h"
#include "test/unit/cuts.h"
#include "test/unit/distribution/support.h"
#include "test/unit/paced.h"

namespace noderuntime::distribution {
namespace {

using namespace test;
using noderuntime::test::Paced;

constexpr Flags pass_through = visible_flags.without(both_header_flags);
const Flags layouts[] = {visible_flags, visible_flags.without(flag::FRAGMENTS),
                         visible_flags.without(flag::DIST_HDR_ATOM_CACHE), pass_through};

Channel a(Flags flags = visible_flags) { return channel(node_a(), node_b(), flags); }
Channel b(Flags flags = visible_flags, Channel::Limits limits = {}) {
  return channel(node_b(), node_a(), flags, limits);
}

signal::Message message(Term payload, std::string_view to = "sink") {
  return {pid_of(node_a(), 5), Atom::of(to), payload};
}
signal::Message of(const Signal& signal) { return std::get<signal::Message>(signal.body); }

Buffer written(Channel& channel, const SignalBody& body) {
  REQUIRE(channel.write(body).value());
  return channel.take_output().flatten();
}

Buffer frame(const Buffer& body) {
  return Writer{}.u32(static_cast<std::uint32_t>(body.size())).bytes(body).buffer();
}
Buffer joined(std::initializer_list<Buffer> parts) {
  Buffer all;
  for (const auto& part : parts) append(all, part);
  return all;
}

// The control tuple {6, Pid, '', sink} with a pid of a, without atoms in the header.
Buffer control_bytes() {
  Heap heap;
  auto encoded = spell_control(message(Term::nil()), {node_a(), node_b(), visible_flags}, heap);
  return *encode(encoded->control, {.self = node_a()});
}
Buffer hi() { return {119, 2, 'h', 'i'}; }
Buffer whole(const Buffer& terms) { return frame(joined({{131, 68, 0}, terms})); }
Buffer start_of(std::uint64_t id, std::uint64_t number, const Buffer& bytes) {
  return frame(Writer{}.u8(131).u8(69).u64(id).u64(number).u8(0).bytes(bytes).buffer());
}
Buffer rest_of(std::uint64_t id, std::uint64_t number, const Buffer& bytes) {
  return frame(Writer{}.u8(131).u8(70).u64(id).u64(number).bytes(bytes).buffer());
}

Received receive(const Buffer& bytes, Flags flags = visible_flags, Channel::Limits limits = {}) {
  auto receiver = b(flags, limits);
  return feed_all(receiver, bytes);
}
std::string error_of(const Buffer& bytes, Flags flags = visible_flags, Channel::Limits limits = {}) {
  auto received = receive(bytes, flags, limits);
  return received.error ? received.error->message() : "none";
}

Term numbers(Heap& heap, std::int64_t count) {
  std::vector<Term> all;
  for (std::int64_t i = 0; i < count; ++i) all.push_back(Term::small(i));
  return make_list(heap, all);
}
Term blob(Heap& heap, std::size_t size, Byte fill = 'x') { return make_binary(heap, Buffer(size, fill)); }

}  // namespace

TEST_CASE("channel: every layout carries small and large messages", "[distribution]") {
  for (auto flags : layouts) {
    for (std::size_t size : {0u, 10u, 16383u, 16384u, 65400u, 65536u, 70000u, 200000u, 1000000u}) {
      auto sender = a(flags), receiver = b(flags);
      Heap heap;
      Term payload =
          make_tuple(heap, {blob(heap, size), Term::atom(Atom::of("tag")), blob(heap, size / 3, 'y')});
      REQUIRE(sender.write(message(payload)).value());
      auto queued = sender.queued_bytes(), waiting = sender.waiting_bytes();
      auto bytes = sender.take_output().flatten();
      CHECK((waiting > 0 ? queued == 0 && waiting < bytes.size() : queued == bytes.size()));
      CHECK(sender.queued_bytes() == 0);
      auto received = feed_all(receiver, bytes);
      if (received.error) FAIL(received.error->message());
      REQUIRE(received.signals.size() == 1);
      CHECK(exactly_equal(of(received.signals[0]).message, payload));
      CHECK(of(received.signals[0]).from == pid_of(node_a(), 5));
    }
  }
}

TEST_CASE("channel: messages with the same control tuple as the one before mean what they say",
          "[distribution]") {
  std::minstd_rand random{7};
  const Target targets[] = {Atom::of("sink"), Atom::of("other"), pid_of(node_b(), 3), reference_of(node_b())};
  for (auto flags : layouts) {
    auto sender = a(flags), receiver = b(flags);
    std::vector<signal::Message> sent;
    Buffer bytes;
    for (int i = 0; i < 2000; ++i) {
      bool as_before = !sent.empty() && random() % 4 != 0;
      signal::Message next{pid_of(node_a(), 5 + random() % 2), targets[random() % 4], Term::nil()};
      if (as_before) next = sent.back();
      // Payload atoms come and go in the header and may replace cached ones.
      next.message = Term::atom(Atom::of("atom" + std::to_string(random() % 3000)));
      append(bytes, written(sender, next));
      sent.push_back(next);
    }
    auto received = feed_all(receiver, bytes);
    REQUIRE(received.signals.size() == sent.size());
    for (std::size_t i = 0; i < sent.size(); ++i) {
      auto got = of(received.signals[i]);
      bool same =
          got.from == sent[i].from && got.to == sent[i].to && got.message.is(sent[i].message.as_atom());
      if (!same) FAIL("message " << i << " differs");
    }
  }
}

TEST_CASE("channel: equal bytes that name other cached atoms are another control tuple", "[distribution]") {
  // {6, Pid, '', Name}, where the node of the pid is the first atom of the header, and Name the second
  auto to = [](std::string_view name) {
    std::string_view node = "a@127.0.0.1";
    Writer out;
    out.u8(131).u8(68).u8(2).u8(0x88).u8(0);
    out.u8(1).u8(static_cast<Byte>(node.size())).bytes(Buffer(node.begin(), node.end()));
    out.u8(2).u8(static_cast<Byte>(name.size())).bytes(Buffer(name.begin(), name.end()));
    out.bytes(Buffer{104, 4, 97, 6, 88, 82, 0})
        .u32(5)
        .u32(0)
        .u32(17)
        .bytes(Buffer{119, 0, 82, 1})
        .bytes(hi());
    return frame(out.buffer());
  };
  auto received = receive(joined({to("one"), to("one"), to("two"), to("one")}));
  if (received.error) FAIL(received.error->message());
  std::string names;
  for (auto& signal : received.signals) names += std::string{std::get<Atom>(of(signal).to).text()} + " ";
  CHECK(names == "one one two one ");
}

TEST_CASE("channel: each layout has its first bytes", "[distribution]") {
  Heap heap;
  auto first_bytes = [&](Flags flags, std::size_t size) {
    auto sender = a(flags);
    auto bytes = written(sender, message(blob(heap, size)));
    return std::vector<int>{bytes[4], bytes[5]};
  };
  CHECK(first_bytes(pass_through, 10) == std::vector{112, 131});
  CHECK(first_bytes(pass_through, 100000) == std::vector{112, 131});
  for (auto flags : {layouts[0], layouts[1], layouts[2]})
    CHECK(first_bytes(flags, 10) == std::vector{131, 68});
  CHECK(first_bytes(layouts[0], 100000) == std::vector{131, 69});
  CHECK(first_bytes(layouts[1], 100000) == std::vector{131, 68});
  CHECK(first_bytes(layouts[2], 100000) == std::vector{131, 69});

  // The second message is shorter, because the receiver knows its atoms.
  auto sender = a();
  auto first = written(sender, message(Term::atom(Atom::of("hello"))));
  auto second = written(sender, message(Term::atom(Atom::of("hello"))));
  CHECK(second.size() + 20 < first.size());
}

TEST_CASE("channel: fragments have the size of OTP's, and signals around them keep their order",
          "[distribution]") {
  auto sender = a(), receiver = b();
  Heap heap;
  REQUIRE(sender.write(message(Term::small(1))));
  REQUIRE(sender.write(message(blob(heap, 200000))));
  REQUIRE(sender.write(message(Term::small(2))));
  REQUIRE(sender.write(message(blob(heap, 100000))));
  auto bytes = sender.take_output().flatten();

  std::vector<std::size_t> lengths;
  std::vector<std::uint64_t> sequences;
  for (Reader in{bytes}; !in.at_end();) {
    auto length = in.u32();
    Reader body{in.bytes(length)};
    body.u8();
    if (auto kind = body.u8(); kind != 68) lengths.push_back(length), sequences.push_back(body.u64());
  }
  REQUIRE(lengths.size() == 6);
  CHECK(lengths[0] == 65536 + 19);
  CHECK(lengths[1] == 65536 + 18);
  CHECK(lengths[2] == 65536 + 18);
  CHECK(sequences[0] != 0);
  CHECK(sequences[0] != sequences[4]);

  auto received = feed_all(receiver, bytes);
  REQUIRE(received.signals.size() == 4);
  CHECK(of(received.signals[0]).message == Term::small(1));
  CHECK(of(received.signals[2]).message == Term::small(2));
}

TEST_CASE("channel: a large message with hundreds of atoms, then small ones with the same",
          "[distribution]") {
  auto sender = a(), receiver = b();
  Heap heap;
  std::vector<Term> atoms;
  for (int i = 0; i < 300; ++i) atoms.push_back(Term::atom(Atom::of("channel_atom_" + std::to_string(i))));
  Term many = make_list(heap, atoms);
  Term large = make_tuple(heap, {many, blob(heap, 100000)});
  for (Term payload : {many, large, many, many}) {
    auto received = feed_all(receiver, written(sender, message(payload)));
    if (received.error) FAIL(received.error->message());
    REQUIRE(received.signals.size() == 1);
    CHECK(exactly_equal(of(received.signals[0]).message, payload));
  }
}

TEST_CASE("channel: signals arrive whatever way the stream is cut", "[distribution]") {
  for (auto flags : {visible_flags, pass_through}) {
    auto sender = a(flags);
    Heap heap;
    for (int i = 0; i < 3; ++i) {
      REQUIRE(sender.write(message(make_tuple(heap, {Term::small(i), blob(heap, 100)}))));
      REQUIRE(sender.on_time(sender.deadline()));
    }
    auto bytes = joined({{0, 0, 0, 0}, sender.take_output().flatten(), {0, 0, 0, 0}});
    noderuntime::test::for_each_cut(bytes, [&](const std::vector<Bytes>& pieces) {
      auto receiver = b(flags);
      Received received;
      for (auto piece : pieces) test::feed(receiver, piece, received);
      REQUIRE_FALSE(received.error);
      REQUIRE(received.signals.size() == 3);
    });
  }
}

TEST_CASE("channel: priority arrives with what it is of, whatever way the stream is cut", "[distribution]") {
  Pid from = pid_of(node_a(), 5), to = pid_of(node_b(), 6);
  const Target targets[] = {to, Atom::of("sink"), reference_of(node_b())};
  auto sender = a();
  for (auto& target : targets)
    for (bool priority : {true, false}) {
      REQUIRE(sender.write(signal::Message{from, target, Term::small(1), priority}));
      REQUIRE(sender.write(signal::Exit2{from, target, Term::small(2), priority}));
    }
  auto bytes = sender.take_output().flatten();
  noderuntime::test::for_each_cut(bytes, [&](const std::vector<Bytes>& pieces) {
    auto receiver = b();
    Received received;
    for (auto piece : pieces) test::feed(receiver, piece, received);
    REQUIRE_FALSE(received.error);
    REQUIRE(received.signals.size() == 12);
    std::size_t next = 0;
    for (auto& target : targets)
      for (bool priority : {true, false}) {
        auto& message = std::get<signal::Message>(received.signals[next++].body);
        REQUIRE((message.to == target && message.priority == priority && message.message == Term::small(1)));
        auto& exit = std::get<signal::Exit2>(received.signals[next++].body);
        REQUIRE((exit.to == target && exit.priority == priority && exit.reason == Term::small(2)));
      }
  });
}

struct Reading {
  std::size_t placed = 0;  // bytes that were read directly to the channel's place for them
  int reads = 0;
};

// Feeds `bytes` as a connection does, at most `most` at once: directly to the channel's place if it has one,
// otherwise through a buffer.
Reading read_to_place(Channel& receiver, Bytes bytes, std::size_t most, Received& received) {
  Reading reading;
  for (std::size_t at = 0; at < bytes.size(); ++reading.reads) {
    auto place = receiver.place();
    auto count = std::min({place.empty() ? std::size_t{262144} : place.size(), most, bytes.size() - at});
    auto piece = bytes.subspan(at, count);
    if (!place.empty()) {
      std::copy(piece.begin(), piece.end(), place.begin());
      piece = place.first(count);
      if (place.size() > FrameReader::read_ahead) reading.placed += count;
    }
    test::feed(receiver, piece, received);
    at += count;
  }
  return reading;
}

TEST_CASE("channel: large messages are read straight to their place, in frames and in fragments",
          "[distribution]") {
  for (auto flags : {pass_through, visible_flags, visible_flags.without(flag::FRAGMENTS)}) {
    auto sender = a(flags);
    Heap heap;
    const std::vector<Term> payloads{blob(heap, 5000000), Term::small(7),      blob(heap, 65536),
                                     Term::small(8),      blob(heap, 1000000), blob(heap, 65500),
                                     blob(heap, 33000)};
    Buffer bytes;
    for (auto payload : payloads) append(bytes, written(sender, message(payload)));
    for (std::size_t most : {1000000, 262144, 65536, 65558, 4096, 1000, 19}) {
      auto receiver = b(flags);
      Received received;
      auto reading = read_to_place(receiver, bytes, most, received);
      REQUIRE_FALSE(received.error);
      REQUIRE(received.signals.size() == payloads.size());
      for (std::size_t i = 0; i < payloads.size(); ++i)
        REQUIRE(exactly_equal(of(received.signals[i]).message, payloads[i]));
      CHECK(reading.placed > bytes.size() / 4 * 3);
    }
  }
}

TEST_CASE("channel: one read brings the end of a large frame and the begin of the next", "[distribution]") {
  constexpr int frames = 100;
  for (auto [flags, messages, size] : {std::tuple{visible_flags, 1, frames * 65536},
                                       {visible_flags, frames, 65000},
                                       {pass_through, frames, 40000}}) {
    auto sender = a(flags), receiver = b(flags);
    Heap heap;
    auto payload = blob(heap, static_cast<std::size_t>(size));
    Buffer bytes;
    for (int i = 0; i < messages; ++i) append(bytes, written(sender, message(payload)));
    Received received;
    auto reading = read_to_place(receiver, bytes, bytes.size(), received);
    REQUIRE(received.signals.size() == static_cast<std::size_t>(messages));
    CHECK(reading.reads < frames + 10);
  }
}

TEST_CASE("channel: a small message passes by the large one of another process, its own waits",
          "[distribution]") {
  auto sender = a(visible_flags), receiver = b(visible_flags);
  Heap heap;
  auto from = [](std::uint32_t id, Term payload) {
    return signal::Message{pid_of(node_a(), id), Atom::of("sink"), payload};
  };
  Received received;
  auto pass = [&](std::size_t room) {
    test::feed(receiver, sender.take_output(room).flatten(), received);
    REQUIRE_FALSE(received.error);
  };
  REQUIRE(sender.write(from(1, blob(heap, 300000))));
  REQUIRE(sender.write(from(1, Term::small(1))));
  CHECK(sender.holds_back(sender_of(from(1, Term::small(0)))));
  CHECK_FALSE(sender.holds_back(sender_of(from(2, Term::small(0)))));
  CHECK(sender.waiting_bytes() > 300000);
  CHECK(sender.queued_bytes() == 0);
  pass(1);  // one fragment
  REQUIRE(sender.write(from(2, Term::small(2))));
  pass(1);
  REQUIRE(received.signals.size() == 1);
  CHECK(of(received.signals[0]).message == Term::small(2));
  pass(1000000);
  REQUIRE(received.signals.size() == 3);
  CHECK(exactly_equal(of(received.signals[1]).message, blob(heap, 300000)));
  CHECK(of(received.signals[2]).message == Term::small(1));
  CHECK(sender.waiting_bytes() == 0);
  CHECK_FALSE(sender.holds_back(sender_of(from(1, Term::small(0)))));
}

TEST_CASE("channel: whatever is written and taken, the signals of each sender arrive in order",
          "[distribution]") {
  std::mt19937 random{7};
  auto below = [&](unsigned bound) { return random() % bound; };
  for (auto flags : {visible_flags, visible_flags.without(flag::DIST_HDR_ATOM_CACHE)})
    for (int round = 0; round < 20; ++round) {
      auto sender = a(flags), receiver = b(flags);
      Heap heap;
      Received received;
      std::map<std::uint32_t, std::vector<int>> said, heard;
      for (int i = 0; i < 120; ++i) {
        std::uint32_t id = below(4);
        auto size = below(4) == 0 ? 60000 + below(200000) : 100;
        if (below(10) == 0) {  // a signal without a known sender waits behind all others
          auto reference = reference_of(node_b());
          REQUIRE(
              sender.write(signal::Down{Atom::of("name"), pid_of(node_b(), 9), reference, Term::small(i)}));
          for (auto& [each, list] : said) list.push_back(i);
        } else {
          Term atom = Term::atom(Atom::of("atom" + std::to_string(below(30))));
          Term payload = make_tuple(heap, {Term::small(i), atom, blob(heap, size)});
          REQUIRE(sender.write(signal::Message{pid_of(node_a(), id), Atom::of("sink"), payload}));
          said[id].push_back(i);
        }
        if (below(3) == 0) test::feed(receiver, sender.take_output(below(300000)).flatten(), received);
      }
      test::feed(receiver, sender.take_output().flatten(), received);
      REQUIRE_FALSE(received.error);
      CHECK(sender.waiting_bytes() == 0);
      for (auto& signal : received.signals) {
        if (auto* down = std::get_if<signal::Down>(&signal.body)) {
          for (auto& [each, list] : heard) list.push_back(static_cast<int>(down->reason.as_small()));
          continue;
        }
        auto got = of(signal);
        heard[got.from.id].push_back(static_cast<int>(got.message.element(0).as_small()));
      }
      CHECK(heard == said);
    }
}

TEST_CASE("channel: nothing is allocated for a length that is only announced", "[distribution]") {
  FrameReader frames{0x7FFFFFFF};
  auto start = Writer{}.u32(0x7FFFFFFB).u8(131).buffer();
  frames.feed(start);
  REQUIRE_FALSE(*frames.next());
  CHECK(frames.held_bytes() == 1);
  CHECK(frames.place().size() < 100000);
}

TEST_CASE("channel: a frame over the limit is refused by its length", "[distribution]") {
  Channel::Limits limits{.frame_bytes = 1000};
  CHECK(error_of(Writer{}.u32(1001).buffer(), visible_flags, limits) ==
        "a length or count exceeds its limit: frame of 1001 bytes");
  CHECK(error_of(Writer{}.u32(1000).buffer(), visible_flags, limits) == "none");
  CHECK(error_of(Writer{}.u32(0xFFFFFFFF).buffer()) ==
        "a length or count exceeds its limit: frame of 4294967295 bytes");
  CHECK(error_of(Writer{}.u32(0x7FFFFFFB).buffer()) == "none");
  CHECK(error_of(Writer{}.u32(0x7FFFFFFC).buffer()) ==
        "a length or count exceeds its limit: frame of 2147483644 bytes");
}

TEST_CASE("channel: only the negotiated layout is taken", "[distribution]") {
  auto header = whole(joined({control_bytes(), hi()}));
  auto passed = frame(joined({{112, 131}, control_bytes(), {131}, hi()}));
  CHECK(error_of(header) == "none");
  CHECK(error_of(passed, pass_through) == "none");
  CHECK(error_of(passed).starts_with("the distribution frame is malformed"));
  CHECK(error_of(header, pass_through).starts_with("the distribution frame is malformed"));
  CHECK(error_of(frame({131, 71, 0})).starts_with("the distribution frame is malformed"));
  CHECK(error_of(frame({131})).starts_with("the distribution frame is malformed"));
  CHECK(error_of(whole({})).starts_with("the external term is malformed"));
  CHECK(error_of(whole(joined({{131}, control_bytes(), hi()}))) != "none");
  CHECK(error_of(frame(joined({{112, 131}, control_bytes(), hi()})), pass_through) != "none");
  CHECK(error_of(start_of(1, 1, joined({control_bytes(), hi()})), visible_flags.without(flag::FRAGMENTS)) ==
        "the distribution frame is malformed: fragments were not negotiated");
}

TEST_CASE("channel: payloads that close the connection, and those that do not", "[distribution]") {
  auto with = [](const Buffer& payload) { return whole(joined({control_bytes(), payload})); };
  CHECK(error_of(with({})).starts_with("the external term is malformed: REG_SEND: "));
  CHECK(error_of(with({104, 2, 97, 1})) != "none");
  CHECK(error_of(with({82, 0})) != "none");                                // an atom not in the header
  CHECK(error_of(with({80, 0, 0, 0, 3, 0x78, 0x9C, 1, 2, 3})) != "none");  // compressed
  CHECK(error_of(with({121, 0, 0, 0, 0})) != "none");                      // LOCAL_EXT
  CHECK(error_of(with({255})) != "none");
  CHECK(error_of(with(joined({hi(), {1, 2, 3}}))) == "none");  // trailing bytes
  CHECK(error_of(with({100, 0, 1, 'x'})) == "none");           // an old atom
}

TEST_CASE("channel: an atom's number beyond the header's is refused", "[distribution]") {
  auto one_atom = [](int number) {
    return frame(joined({{131, 68, 1, 8, 0, 1, 'z'}, control_bytes(), {82, static_cast<Byte>(number)}}));
  };
  CHECK(error_of(one_atom(0)) == "none");
  CHECK(error_of(one_atom(1)) != "none");
}

TEST_CASE("fragments: put together in their order", "[distribution]") {
  auto control = control_bytes();
  auto one = joined({control, {104, 2, 119}}), two = Buffer{2, 'h'}, three = Buffer{'i', 97, 9};
  SECTION("one after the other") {
    auto received = receive(joined({start_of(5, 3, one), rest_of(5, 2, two), rest_of(5, 1, three)}));
    REQUIRE(received.signals.size() == 1);
    CHECK(of(received.signals[0]).message.element(0) == Term::atom(Atom::of("hi")));
  }
  SECTION("with others in between") {
    auto received =
        receive(joined({start_of(5, 3, one), start_of(6, 2, joined({control, {119, 2}})), rest_of(5, 2, two),
                        whole(joined({control, hi()})), rest_of(6, 1, {'o', 'k'}), rest_of(5, 1, three)}));
    REQUIRE(received.signals.size() == 3);
    CHECK(of(received.signals[0]).message == Term::atom(Atom::of("hi")));
    CHECK(of(received.signals[1]).message == Term::atom(Atom::of("ok")));
    CHECK(of(received.signals[2]).message.is_tuple(2));
  }
  SECTION("a single one, and the same sequence again") {
    auto single = start_of(5, 1, joined({control, hi()}));
    CHECK(receive(joined({single, single})).signals.size() == 2);
  }
  SECTION("empty pieces are pieces") {
    CHECK(receive(joined({start_of(5, 3, joined({control, hi()})), rest_of(5, 2, {}), rest_of(5, 1, {})}))
              .signals.size() == 1);
  }
  SECTION("atoms are those of the first fragment") {
    auto first =
        frame(joined({{131, 69, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 2, 1, 8, 0, 1, 'q'}, control}));
    auto other = frame(joined({{131, 68, 1, 8, 0, 1, 'w'}, control, {82, 0}}));  // takes the slot over
    auto received = receive(joined({first, other, rest_of(5, 1, {82, 0})}));
    REQUIRE(received.signals.size() == 2);
    CHECK(of(received.signals[0]).message == Term::atom(Atom::of("w")));
    CHECK(of(received.signals[1]).message == Term::atom(Atom::of("q")));
  }
}

TEST_CASE("fragments: wrong sequences close the connection", "[distribution]") {
  auto start = start_of(5, 3, control_bytes());
  for (const auto& bytes : {
           joined({start, rest_of(5, 1, hi())}),  // a gap
           joined({start, rest_of(5, 3, hi())}),  // the same number again
           joined({start, start}),                // a second start
           rest_of(5, 1, hi()),                   // unknown
           joined({start_of(5, 1, joined({control_bytes(), hi()})), rest_of(5, 0, {})}),
           start_of(0, 1, joined({control_bytes(), hi()})),  // sequence 0
           start_of(5, 0, joined({control_bytes(), hi()})),  // number 0
           frame({131, 69, 0, 0}),
           frame({131, 70, 0, 0}),
       })
    CHECK(error_of(bytes).starts_with("the distribution frame is malformed"));
  CHECK(error_of(start_of(5, 1, {})).starts_with("the external term is malformed"));
}

TEST_CASE("fragments: open sequences and their bytes are bounded", "[distribution]") {
  Channel::Limits limits{.open_sequences = 2, .fragment_bytes = 1000};
  auto started = [](int id, std::size_t size) {
    return start_of(static_cast<std::uint64_t>(id), 9, Buffer(size, 0));
  };
  CHECK(error_of(joined({started(1, 10), started(2, 10)}), visible_flags, limits) == "none");
  CHECK(error_of(joined({started(1, 10), started(2, 10), started(3, 10)}), visible_flags, limits) ==
        "a length or count exceeds its limit: open fragment sequences");
  CHECK(error_of(joined({started(1, 500), started(2, 500)}), visible_flags, limits) == "none");
  CHECK(error_of(joined({started(1, 500), started(2, 501)}), visible_flags, limits) ==
        "a length or count exceeds its limit: bytes in fragments");
}

TEST_CASE("channel: a signal that the peer's flags do not allow is dropped", "[distribution]") {
  auto sender = a(needed_flags);
  signal::Message to_alias{pid_of(node_a(), 1), reference_of(node_b()), Term::nil()};
  auto wrote = sender.write(to_alias);
  REQUIRE(wrote);
  CHECK_FALSE(*wrote);
  CHECK(sender.queued_bytes() == 0);
}

TEST_CASE("channel: ticks when nothing was written for a quarter of the ticktime", "[distribution]") {
  auto sender = a();
  CHECK(sender.deadline() == Milliseconds{15000});
  REQUIRE(sender.on_time(Milliseconds{14999}));
  CHECK(sender.queued_bytes() == 0);
  REQUIRE(sender.on_time(Milliseconds{15000}));
  CHECK(sender.take_output().flatten() == Buffer{0, 0, 0, 0});
  CHECK(sender.deadline() == Milliseconds{30000});
  REQUIRE(sender.write(message(Term::nil())));
  sender.take_output();
  REQUIRE(sender.on_time(Milliseconds{30000}));
  CHECK(sender.queued_bytes() == 0);
  REQUIRE(sender.on_time(Milliseconds{45000}));
  CHECK(sender.queued_bytes() == 4);
}

TEST_CASE("channel: a silent peer is down after a ticktime, one that sends any bytes is not",
          "[distribution]") {
  auto silent = a();
  for (int quarter = 1; quarter <= 3; ++quarter) REQUIRE(silent.on_time(Milliseconds{quarter * 15000}));
  auto down = silent.on_time(Milliseconds{60000});
  REQUIRE_FALSE(down);
  CHECK(down.error().code == Errc::timeout);

  auto slow = a();
  Buffer part = Writer{}.u32(1000000).buffer();
  for (int quarter = 1; quarter <= 40; ++quarter) {
    slow.feed(part);
    Signal signal;
    REQUIRE(slow.next(signal));
    part = {1};
    REQUIRE(slow.on_time(Milliseconds{quarter * 15000}));
  }

  auto asleep = a();  // our program was stopped for an hour, which says nothing about the peer
  REQUIRE(asleep.on_time(Milliseconds{3600000}));
}

TEST_CASE("channel: a hidden peer that only answers ticks gets them although we write", "[distribution]") {
  for (bool hidden : {true, false}) {
    auto sender = a(hidden ? hidden_flags : visible_flags);
    REQUIRE(sender.write(message(Term::nil())));
    sender.take_output();
    REQUIRE(sender.on_time(Milliseconds{15000}));
    CHECK(sender.queued_bytes() == (hidden ? 4 : 0));
  }
}

TEST_CASE("channel: a long payload is decoded in slices, and is what next() gives", "[distribution]") {
  Heap heap;
  Term payload = numbers(heap, 300'000);
  for (auto flags : layouts) {
    auto sender = a(flags), receiver = b(flags);
    REQUIRE(sender.write(message(payload)));
    REQUIRE(sender.write(message(Term::small(2))));
    auto output = sender.take_output().flatten();
    receiver.feed(output);
    Signal signal;
    REQUIRE(receiver.receive(signal).value() == Channel::Got::long_signal);
    CHECK(receiver.unfinished_bytes() > 1'000'000);
    {
      Paced paced;
      MayPause here;
      REQUIRE(receiver.decode_payload(signal));
      CHECK(paced.pauses() > 10);
      CHECK(paced.overdrawn() < Paced::slice);
    }
    CHECK(exactly_equal(of(signal).message, payload));
    Signal second;
    REQUIRE(receiver.receive(second).value() == Channel::Got::signal);
    CHECK(of(second).message == Term::small(2));
    CHECK(receiver.unfinished_bytes() < 100);
  }
}

TEST_CASE("channel: input that is kept at any signal is not borrowed any more", "[distribution]") {
  Heap heap;
  Term payload = numbers(heap, 20'000);
  for (auto flags : layouts) {
    auto sender = a(flags);
    for (int i = 0; i < 3; ++i) {
      REQUIRE(sender.write(message(Term::small(i))));
      REQUIRE(sender.write(message(payload)));
    }
    auto output = sender.take_output().flatten();
    for (std::size_t cut : {output.size(), std::size_t{100}, std::size_t{70'000}}) {
      auto receiver = b(flags);
      std::vector<Signal> got;
      for (std::size_t at = 0; at < output.size(); at += cut) {
        Buffer piece(output.begin() + static_cast<std::ptrdiff_t>(at),
                     output.begin() + static_cast<std::ptrdiff_t>(std::min(output.size(), at + cut)));
        receiver.feed(piece);
        while (true) {
          Signal signal;
          auto next = receiver.receive(signal);
          REQUIRE(next);
          receiver.keep_input();
          std::ranges::fill(piece, Byte{0xEE});
          if (*next == Channel::Got::nothing) break;
          if (*next == Channel::Got::long_signal) REQUIRE(receiver.decode_payload(signal));
          got.push_back(std::move(signal));
        }
      }
      REQUIRE(got.size() == 6);
      std::size_t longs = 0;
      for (auto& signal : got) longs += exactly_equal(of(signal).message, payload);
      CHECK(longs == 3);
      CHECK(receiver.unfinished_bytes() == 0);
    }
  }
}

TEST_CASE("channel: a malformed long payload is an error when it is decoded", "[distribution]") {
  auto terms =
      joined({control_bytes(), {108, 0, 1, 0, 0}, Buffer(70'000, 97)});  // 97: an integer and its value
  auto receiver = b();
  auto input = whole(terms);
  receiver.feed(input);
  Signal signal;
  REQUIRE(receiver.receive(signal).value() == Channel::Got::long_signal);
  auto decoded = receiver.decode_payload(signal);
  REQUIRE_FALSE(decoded);
  CHECK(decoded.error().code == Errc::bad_term);
  CHECK(error_of(whole(terms)) == decoded.error().message());
}

TEST_CASE("channel: a long message is encoded in slices, to the bytes that write() gives", "[distribution]") {
  Heap heap;
  Term payload = make_tuple(heap, {numbers(heap, 300'000), blob(heap, 100'000)});
  auto at_once = a(), in_slices = a();
  auto expected = written(at_once, message(payload));
  auto signal = SignalBody{message(payload)};
  REQUIRE(in_slices.write_unless_long(signal).value() == Channel::Wrote::is_long);
  CHECK(in_slices.waiting_bytes() == 0);
  auto encoded = in_slices.long_message(signal);
  {
    Paced paced;
    MayPause here;
    REQUIRE(encoded.encode());
    CHECK(paced.pauses() > 10);
    CHECK(paced.overdrawn() < Paced::slice);
  }
  auto held = held_memory.used();
  {
    auto message = std::move(encoded);
    in_slices.write(std::move(message), signal);
  }
  CHECK(in_slices.waiting_bytes() > 1'000'000);
  CHECK(in_slices.take_output().flatten() == expected);
  CHECK(held_memory.used() + 1'000'000 < held);
}

}  // namespace noderuntime::distribution
