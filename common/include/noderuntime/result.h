// Errors as values: one row per cause, with the data that a reader of the message needs.
#pragma once

#include <cassert>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace noderuntime {

#define NODERUNTIME_ERRORS(X)                                                                        \
  X(system, "the operating system refused")                                                          \
  X(timeout, "the time is over")                                                                     \
  X(interrupted, "it was interrupted")                                                               \
  X(usage, "the command line is wrong")                                                              \
  X(configuration, "the configuration is wrong")                                                     \
  X(truncated, "the message ends before its last field")                                             \
  X(unexpected, "the peer sent a message this state does not allow")                                 \
  X(too_large, "a length or count exceeds its limit")                                                \
  X(too_deep, "the nesting exceeds its limit")                                                       \
  X(bad_node_name,                                                                                   \
    "a node name is NAME@HOST, NAME of the letters A to Z and a to z, digits, _ and -, at most 255 " \
    "characters in all")                                                                             \
  X(bad_cookie, "the peer does not know our cookie")                                                 \
  X(bad_flags, "the peer lacks capabilities that we need")                                           \
  X(names_nobody, "the peer gives no names to nodes without one")                                    \
  X(not_allowed, "the peer does not allow the connection")                                           \
  X(other_connection, "another connection to the same node is preferred")                            \
  X(wrong_node, "another node than the expected one answered")                                       \
  X(name_taken, "the name is in use by another node")                                                \
  X(unknown_host, "the host has no address")                                                         \
  X(no_epmd, "no port mapper daemon answers")                                                        \
  X(unknown_node, "the port mapper daemon does not know the node")                                   \
  X(connection_closed, "the peer closed the connection")                                             \
  X(bad_term, "the external term is malformed")                                                      \
  X(bad_control, "the control message is malformed")                                                 \
  X(bad_frame, "the distribution frame is malformed")                                                \
  X(too_many_atoms, "the allowance of atoms is used up")                                             \
  X(bad_text, "the text is not a term")                                                              \
  X(bad_module, "the module file is malformed")                                                      \
  X(not_found, "there is no such thing")                                                             \
  X(unreachable, "there is no connection to the node")                                               \
  X(raised, "the called function raised an exception")                                               \
  X(not_started, "an application cannot start")                                                      \
  X(plain_peer, "the peer does not speak TLS")                                                       \
  X(tls_peer, "the peer speaks TLS, we do not")                                                      \
  X(tls_failed, "the TLS handshake failed")                                                          \
  X(tls_version, "both sides have no version or cipher of TLS in common")                            \
  X(certificate_missing, "TLS needs a certificate of both sides")                                    \
  X(certificate_expired, "the certificate has expired")                                              \
  X(certificate_early, "the certificate is not valid yet")                                           \
  X(certificate_untrusted, "the certificate is from an unknown authority")                           \
  X(certificate_host, "the certificate names other hosts")                                           \
  X(certificate_purpose, "the certificate is not for this purpose")                                  \
  X(certificate_revoked, "the certificate is revoked")                                               \
  X(certificate_refused, "the certificate is refused")

#define NODERUNTIME_ERROR_NAME(name, text) name,
enum class Errc { NODERUNTIME_ERRORS(NODERUNTIME_ERROR_NAME) };
#undef NODERUNTIME_ERROR_NAME

std::string_view error_text(Errc code);  // the row's text
std::string_view error_name(Errc code);  // the row's name

// What went wrong. `context` holds data (a name, an address, a field), no prose.
struct Error {
  Errc code;
  std::string context;
  int system = 0;               // of Errc::system: the value of errno; 0: unknown
  std::string message() const;  // "text: context", for people
};

// A value or an Error. Every failure that a peer, a file or the system can cause is returned in a Result.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_{std::in_place_index<0>, std::move(value)} {}
  Result(Error error) : state_{std::in_place_index<1>, std::move(error)} {}

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  T& value() & {
    assert(ok());
    return *std::get_if<0>(&state_);
  }
  const T& value() const& {
    assert(ok());
    return *std::get_if<0>(&state_);
  }
  T&& value() && {
    assert(ok());
    return std::move(*std::get_if<0>(&state_));
  }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  const Error& error() const {
    assert(!ok());
    return *std::get_if<1>(&state_);
  }

 private:
  std::variant<T, Error> state_;
};

struct Done {};  // the value of an Outcome that succeeded
using Outcome = Result<Done>;
inline constexpr Done done{};

}  // namespace noderuntime
