// The protocol of epmd: one table of requests, their layouts, encoders and decoders for both sides.
// Source: erl_dist_protocol, "EPMD Protocol"; erts/epmd/src/epmd_srv.c; docs/protocol/epmd.md.
//
// A request is its length in two bytes, then the body, whose first byte is the tag. Answers have no length.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include <noderuntime/bytes.h>
#include <noderuntime/result.h>
#include <noderuntime/strong.h>

namespace noderuntime {
class Reader;
class Writer;
}  // namespace noderuntime

namespace noderuntime::epmd {

// X(C++ name, tag, name in the documents, whether other hosts may send it)
#define EPMD_REQUESTS(X)                        \
  X(Alive2, 'x', "ALIVE2_REQ", false)           \
  X(PortPlease2, 'z', "PORT_PLEASE2_REQ", true) \
  X(Names, 'n', "NAMES_REQ", true)              \
  X(Dump, 'd', "DUMP_REQ", false)               \
  X(Kill, 'k', "KILL_REQ", false)               \
  X(Stop, 's', "STOP_REQ", false)               \
  X(Details, 'i', "DETAILS_REQ", true)

inline constexpr Port default_port{4369};

// Limits of OTP's epmd, which clients and its test suite rely on.
inline constexpr std::size_t max_request = 3057;  // bytes of a body
inline constexpr std::size_t max_name_bytes = 1020;
inline constexpr std::size_t max_name_characters = 255;
inline constexpr std::size_t max_extra = 1020;

// What a node registers and a look-up returns. epmd does not check the numbers.
struct NodeEntry {
  std::string name;  // the part of the node's name before '@'
  Port port{0};
  std::uint8_t node_type = 77;  // 77: Erlang node; 72: hidden node; ei sends 104, jinterface 110
  std::uint8_t protocol = 0;    // 0: TCP over IPv4
  std::uint16_t highest = 6;    // versions of the distribution protocol
  std::uint16_t lowest = 5;
  std::string extra;
  friend bool operator==(const NodeEntry&, const NodeEntry&) = default;
};

struct Alive2 {
  NodeEntry node;
};
struct PortPlease2 {
  std::string name;
};
struct Names {};
struct Dump {};
struct Kill {};
struct Stop {
  std::string name;
};
// Not of OTP: its epmd closes the connection without an answer.
struct Details {};
using Request = std::variant<Alive2, PortPlease2, Names, Dump, Kill, Stop, Details>;

// A registered name with what epmd knows about it.
struct Registered {
  NodeEntry node;  // without `extra`
  std::optional<Creation> creation;
  std::optional<std::int64_t> since;  // seconds since 1970
  std::string connection;             // address and port of the node's connection to epmd; empty: not told
  friend bool operator==(const Registered&, const Registered&) = default;
};

std::string_view request_name(const Request& request);  // ALIVE2_REQ
bool allowed_from_other_hosts(const Request& request);

Buffer encode(const Request& request);  // with its length
// An error means: close without an answer. Requests that are to be refused (see
// is_acceptable) decode without error.
Result<Request> decode_request(Bytes body);

// Whether the name and extra of a registration are acceptable: valid UTF-8, not too long, and without control
// characters, which could forge lines of the NAMES answer.
bool is_acceptable(const NodeEntry& node);

// The tags of answers. A result follows them: 0 for success, anything else for a refusal.
inline constexpr Byte alive2_wide_answer = 'v';
inline constexpr Byte alive2_answer = 'y';
inline constexpr Byte port2_answer = 'w';
inline constexpr Byte accepted = 0;

// The answer to ALIVE2_REQ. Its form depends on the highest version in the request: `v` with a creation of 32
// bits from 6 on, else `y` with 16 bits.
Buffer encode_registered(Creation creation, std::uint16_t highest);
Buffer encode_refused(std::uint16_t highest);
inline bool has_wide_creation(std::uint16_t highest) { return highest >= 6; }

Buffer encode_port2(const NodeEntry* found);  // null: the name is not registered

// Reads the layout that follows the tag in ALIVE2_REQ and the result in PORT2_RESP.
NodeEntry read_entry(Reader& in);
void write_entry(Writer& out, const NodeEntry& node);

// The answers to NAMES and DUMP are a port number and text. These append one line to `text`.
void append_names_line(std::string& text, const NodeEntry& node);
void append_dump_line(std::string& text, const NodeEntry& node, int descriptor);
// "PORT TYPE PROTOCOL LOWEST HIGHEST CREATION SINCE CONNECTION NAME"; "-" stands for what is not told.
void append_details_line(std::string& text, const Registered& row);
std::optional<Registered> read_details_line(
    std::string_view line);  // without the line end; nullopt: malformed
void append_dump_old_line(std::string& text, std::string_view name, Port port, int descriptor);
Buffer encode_listing(std::uint32_t epmd_port, std::string_view text);

}  // namespace noderuntime::epmd
