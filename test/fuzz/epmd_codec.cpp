// Feeds any bytes to epmd's codec, the engines of its clients, the output of its command line, or its table;
// the first byte chooses. Seeds: corpus/epmd_codec.
#include <algorithm>
#include <cstdlib>

#include "common/epmd_protocol/client.h"
#include "epmd/commands.h"
#include "epmd/table.h"

namespace noderuntime::epmd {
namespace {

void must(bool true_) {
  if (!true_) std::abort();
}

// A decoded request is encoded and decoded again, and must be the same.
void request(Bytes body) {
  auto decoded = decode_request(body);
  if (!decoded) return;
  auto again = encode(*decoded);
  auto twice = decode_request(Bytes{again}.subspan(2));
  if (again.size() > 2 + body.size()) return;  // an empty name of STOP has no form of its own
  if (twice) must(encode(*twice) == again);
}

void client(Bytes input) {
  for (std::size_t piece : {std::size_t{1}, input.size() + 1}) {
    Registration registration{{.name = "a"}};
    Lookup lookup{"a"};
    Listing listing{default_port};
    bool go_on[3] = {true, true, true};
    for (std::size_t at = 0; at < input.size(); at += piece) {
      auto bytes = input.subspan(at, std::min(piece, input.size() - at));
      go_on[0] = go_on[0] && registration.feed(bytes);
      if (go_on[1]) {
        auto answer = lookup.feed(bytes);
        go_on[1] = answer && !*answer;
      }
      go_on[2] = go_on[2] && listing.feed(bytes);
    }
    must(std::move(listing).finish().size() <= input.size());
  }
}

void printed(Bytes input) {
  Buffer answer{input.begin(), input.end()};
  for (auto verb : {Verb::names, Verb::lookup, Verb::dump, Verb::kill, Verb::stop})
    for (bool json : {false, true}) {
      Options options;
      options.verb = verb;
      options.name = "a";
      options.json = json;
      (void)report(options, answer);
    }
  (void)changes(Buffer{}, answer, false);
  (void)changes(answer, Buffer{0, 0, 17, 17}, true);
}

void table(Bytes input) {
  Registry registry{3};
  if (!replay(input, registry)) return;
  Registry again{3};
  auto whole = replay(encode_table(registry, 1), again);
  must(whole && *whole && again.registered().size() == registry.registered().size());
}

}  // namespace
}  // namespace noderuntime::epmd

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace noderuntime;
  if (size == 0) return 0;
  Bytes input{data + 1, size - 1};
  switch (data[0] & 3) {
    case 0: epmd::request(input); break;
    case 1: epmd::client(input); break;
    case 2: epmd::printed(input); break;
    case 3: epmd::table(input); break;
  }
  return 0;
}
