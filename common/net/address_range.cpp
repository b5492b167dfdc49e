#include "common/net/address_range.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace noderuntime::net {
namespace {
constexpr std::size_t mapped_bits = 96;  // of ::ffff:0:0/96, in front of the IPv4 address

// Digits only, at most `most`.
std::optional<std::size_t> prefix_length(std::string_view digits, std::size_t most) {
  std::size_t number = 0;
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc{} || end != digits.data() + digits.size() || number > most) return std::nullopt;
  return number;
}

// Whether the first `bits` bits are equal. Both have at least as many.
bool same_prefix(Bytes one, Bytes other, std::size_t bits) {
  auto whole = bits / 8, rest = bits % 8;
  if (!std::equal(one.begin(), one.begin() + whole, other.begin())) return false;
  return rest == 0 || (one[whole] ^ other[whole]) >> (8 - rest) == 0;
}

// Whether all bits behind the first `bits` are 0.
bool is_zero_behind(Bytes bytes, std::size_t bits) {
  auto whole = bits / 8, rest = bits % 8;
  if (rest != 0 && (bytes[whole] & (0xff >> rest)) != 0) return false;
  auto behind = bytes.subspan(whole + (rest != 0));
  return std::all_of(behind.begin(), behind.end(), [](Byte byte) { return byte == 0; });
}

Error bad_range(std::string_view text, const std::string& advice) {
  return {Errc::configuration, "\"" + std::string{text} + "\": " + advice};
}
}  // namespace

Result<AddressRange> AddressRange::parse(std::string_view text) {
  auto slash = text.find('/');
  auto host = text.substr(0, slash);
  // A zone is refused before Address::parse() asks the system for the number of its interface.
  auto address = host.find('%') == host.npos ? Address::parse(host, Port{0})
                                             : Result<Address>{Error{Errc::configuration, ""}};
  if (!address) return bad_range(text, "write a network such as 10.0.0.0/8 or fd00::/8, or an address");
  auto most = address->bytes().size() * 8, bits = most;
  if (slash != text.npos) {
    auto typed = prefix_length(text.substr(slash + 1), most);
    if (!typed) return bad_range(text, "write a number from 0 to " + std::to_string(most) + " after '/'");
    bits = *typed;
  }
  if (!is_zero_behind(address->bytes(), bits))
    return bad_range(text, "the address has bits behind the first " + std::to_string(bits) +
                               ", which the range would ignore");
  auto plain = address->unmapped();
  return AddressRange{plain, plain.family() == address->family() ? bits : bits - mapped_bits};
}

AddressRange AddressRange::only(const Address& address) {
  auto plain = address.unmapped();
  auto host = plain.host_text();
  return *parse(std::string_view{host}.substr(0, host.find('%')));
}

bool AddressRange::matches(const Address& address) const {
  auto plain = address.unmapped();
  return plain.family() == first_.family() && same_prefix(plain.bytes(), first_.bytes(), bits_);
}

std::string AddressRange::text() const { return first_.host_text() + "/" + std::to_string(bits_); }

Result<std::vector<AddressRange>> parse_address_ranges(std::string_view list) {
  std::vector<AddressRange> ranges;
  for (auto rest = std::optional{list}; rest;) {
    auto comma = rest->find(',');
    auto range = AddressRange::parse(rest->substr(0, comma));
    if (!range) return range.error();
    ranges.push_back(*range);
    rest = comma == rest->npos ? std::nullopt : std::optional{rest->substr(comma + 1)};
  }
  return ranges;
}

}  // namespace noderuntime::net
