#include "common/epmd_protocol/client.h"

#include <charconv>

#include "common/wire/reader.h"

namespace noderuntime::epmd {
namespace {
constexpr std::size_t max_listing = 64 * 1024 * 1024;
}

Registration::Registration(const NodeEntry& self) : output_{encode(Request{Alive2{self}})} {}

Outcome Registration::feed(Bytes input) {
  if (creation_) return done;  // epmd sends nothing more; anything else is ignored
  append(input_, input);
  if (input_.empty()) return done;
  Reader in{input_};
  auto tag = in.u8();
  if (tag != alive2_wide_answer && tag != alive2_answer)
    return Error{Errc::unexpected, "answer to ALIVE2_REQ"};
  auto result = in.u8();
  auto creation = tag == alive2_wide_answer ? in.u32() : in.u16();
  if (!in.ok()) return done;
  if (result != accepted) return Error{Errc::name_taken, ""};
  creation_ = Creation{creation};
  return done;
}

Error Registration::finish() const { return Error{Errc::connection_closed, "epmd"}; }

Lookup::Lookup(std::string name) : name_{std::move(name)}, output_{encode(Request{PortPlease2{name_}})} {}

Lookup::Answer Lookup::feed(Bytes input) {
  append(input_, input);
  if (input_.empty()) return std::optional<NodeEntry>{};
  Reader in{input_};
  if (in.u8() != port2_answer) return Error{Errc::unexpected, "answer to PORT_PLEASE2_REQ"};
  auto result = in.u8();
  if (in.ok() && result != accepted) return Error{Errc::unknown_node, name_};
  auto node = read_entry(in);
  if (!in.ok()) return std::optional<NodeEntry>{};
  return std::optional{std::move(node)};
}

Error Lookup::finish() const { return Error{Errc::truncated, "answer to PORT_PLEASE2_REQ"}; }

namespace {

// Both listings: the port of epmd, which must be `asked`, then lines.
struct ListingInput {
  Port asked;
  bool& announced;
  std::size_t& size;
  std::string& text;

  template <class TakeLine>
  Outcome feed(Bytes input, const char* what, TakeLine take_line) {
    size += input.size();
    if (size > max_listing) return Error{Errc::too_large, std::string{"answer to "} + what};
    text += as_text(input);
    std::string_view rest = text;
    if (!announced) {
      Reader in{as_bytes(rest)};
      auto port = in.u32();
      if (!in.ok()) return done;
      if (port != asked.value())
        return Error{Errc::unexpected, "epmd announces port " + std::to_string(port)};
      announced = true;
      rest.remove_prefix(4);
    }
    for (auto end = rest.find('\n'); end != rest.npos; end = rest.find('\n')) {
      take_line(rest.substr(0, end));
      rest.remove_prefix(end + 1);
    }
    text.erase(0, text.size() - rest.size());
    return done;
  }
};

}  // namespace

Outcome Listing::feed(Bytes input) {
  return ListingInput{asked_, announced_, size_, input_}.feed(
      input, "NAMES_REQ", [this](std::string_view line) { take_line(line); });
}

Outcome DetailsListing::feed(Bytes input) {
  return ListingInput{asked_, announced_, size_, input_}.feed(input, "DETAILS_REQ",
                                                              [this](std::string_view line) {
                                                                if (auto row = read_details_line(line))
                                                                  rows_.push_back(std::move(*row));
                                                              });
}

Result<std::vector<Registered>> DetailsListing::finish() && {
  if (!announced_) return Error{Errc::truncated, "answer to DETAILS_REQ"};
  return std::move(rows_);
}

// Source: erl_epmd.erl, parse_line/1.
void Listing::take_line(std::string_view line) {
  constexpr std::string_view opening = "name ";
  constexpr std::string_view middle = " at port ";
  if (!line.starts_with(opening)) return;
  line.remove_prefix(opening.size());
  auto name = line.substr(0, line.find(' '));
  line.remove_prefix(name.size());
  if (!line.starts_with(middle)) return;
  line.remove_prefix(middle.size());
  std::uint16_t port = 0;
  auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), port);
  if (error != std::errc{} || end != line.data() + line.size()) return;
  names_.push_back({std::string{name}, Port{port}});
}

}  // namespace noderuntime::epmd
