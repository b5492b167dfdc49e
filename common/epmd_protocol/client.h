// The client's side of epmd's protocol, without I/O.
//
//     Registration   ALIVE2_REQ         ──────►
//                                       ◄──────  ALIVE2_X_RESP (v) or ALIVE2_RESP (y); the connection stays,
//                                                and its end is the end of the registration
//     Lookup         PORT_PLEASE2_REQ   ──────►
//                                       ◄──────  PORT2_RESP, close
//     Listing        NAMES_REQ          ──────►
//                                       ◄──────  port, text, close
//
//     DetailsListing   DETAILS_REQ      ──────►
//                                       ◄──────  port, text, close; OTP's epmd closes at once
//
// Each engine gives its request once by take_output(), takes any cut of the answer by feed(), and the end of
// the stream by finish().
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/epmd_protocol/messages.h"

namespace noderuntime::epmd {

class Registration {
 public:
  explicit Registration(const NodeEntry& self);
  Buffer take_output() { return std::exchange(output_, {}); }

  // Errors: name_taken: refused, most likely because another node has the name; unexpected:
  // not an answer of epmd.
  Outcome feed(Bytes input);
  Error finish() const;  // always connection_closed: the registration is over

  std::optional<Creation> creation() const { return creation_; }  // set as soon as the name is registered

 private:
  Buffer output_;
  Buffer input_;
  std::optional<Creation> creation_;
};

class Lookup {
 public:
  // nullopt: needs more input; error unknown_node: not registered
  using Answer = Result<std::optional<NodeEntry>>;
  explicit Lookup(std::string name);
  Buffer take_output() { return std::exchange(output_, {}); }
  Answer feed(Bytes input);
  Error finish() const;  // the stream ended before the answer did

 private:
  std::string name_;
  Buffer output_;
  Buffer input_;
};

struct NameAndPort {
  std::string name;
  Port port{0};
  friend bool operator==(const NameAndPort&, const NameAndPort&) = default;
};

// All registered names. Reads as erl_epmd:names/1 does: only whole lines `name NAME at port PORT`, where NAME
// ends at the first blank; other lines are skipped.
class Listing {
 public:
  using Row = NameAndPort;
  explicit Listing(Port asked) : asked_{asked} {}  // the port of epmd, which it must announce
  static Buffer request() { return encode(Request{Names{}}); }

  // Errors: unexpected: it announced another port; too_large: more names than any epmd has.
  Outcome feed(Bytes input);
  std::vector<NameAndPort> finish() && { return std::move(names_); }  // in epmd's order: the newest first

 private:
  void take_line(std::string_view line);
  Port asked_;
  bool announced_ = false;
  std::size_t size_ = 0;
  std::string input_;
  std::vector<NameAndPort> names_;
};

// All registered names, with more about each. Malformed lines are skipped.
class DetailsListing {
 public:
  using Row = Registered;
  explicit DetailsListing(Port asked) : asked_{asked} {}
  static Buffer request() { return encode(Request{Details{}}); }

  Outcome feed(Bytes input);  // as of Listing
  // Error truncated: no answer came; this epmd does not know the request.
  Result<std::vector<Registered>> finish() &&;

 private:
  Port asked_;
  bool announced_ = false;
  std::size_t size_ = 0;
  std::string input_;
  std::vector<Registered> rows_;
};

}  // namespace noderuntime::epmd
