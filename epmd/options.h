// The command line and environment of epmd, as OTP's: single dashes, taken from left to right.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <noderuntime/result.h>
#include "epmd/bounds.h"
#include "epmd/session.h"

namespace noderuntime::epmd {

enum class Verb { serve, names, watch, lookup, dump, kill, stop, started };

struct Options {
  Verb verb = Verb::serve;
  std::string name;                           // to stop or look up
  bool details = false;                       // -names -long
  bool json = false;                          // the output format of -names, -watch and -lookup
  std::uint32_t port = default_port.value();  // listens on it modulo 2^16, announces it as it is
  bool port_given = false;                    // by an option or the environment
  std::string metrics;                        // ADDRESS:PORT to tell metrics at; empty: nowhere
  std::string addresses;
  std::string allow_register;                 // the lists as typed, joined by commas
  std::vector<net::AddressRange> registrars;  // the same, parsed
  Milliseconds packet_timeout{60'000};
  Milliseconds total_timeout{0};  // 0: ten times packet_timeout
  WantedBounds bounds;
  std::string user;  // to run as; empty: unchanged
  Milliseconds delay_accept{0};
  Milliseconds delay_write{0};
  int debug = 0;
  bool daemon = false;
  bool relaxed = false;
  bool systemd = false;

  Port listen_port() const { return Port{static_cast<std::uint16_t>(port)}; }
};

struct Environment {
  std::optional<std::string> port;       // ERL_EPMD_PORT
  std::optional<std::string> addresses;  // ERL_EPMD_ADDRESS
  bool relaxed = false;                  // ERL_EPMD_RELAXED_COMMAND_CHECK is set, even if empty
};

// Errors: usage; configuration for a bad value, with a text for the user.
Result<Options> parse_options(const std::vector<std::string>& arguments, const Environment& environment);

std::string usage_text();

}  // namespace noderuntime::epmd
