// Claims about the exit status of each error.
#include "noderuntime/command/exit_status.h"

#include <map>
#include <vector>

#include "test/unit/catch.h"

namespace noderuntime::command {

// The rows of docs/commands.md, "Exit status".
TEST_CASE("exit status: each error has the status of its kind", "[command]") {
  const std::map<ExitStatus, std::vector<Errc>> expected{
      {usage, {Errc::usage}},
      {bad_term, {Errc::bad_text}},
      {no_host, {Errc::unknown_host}},
      {unreachable,
       {Errc::system, Errc::no_epmd, Errc::unknown_node, Errc::unreachable, Errc::connection_closed}},
      {internal, {Errc::raised, Errc::not_started, Errc::bad_module, Errc::not_found}},
      {cannot_create, {Errc::name_taken}},
      {temporary, {Errc::timeout}},
      {protocol,
       {Errc::truncated, Errc::unexpected, Errc::too_large, Errc::too_deep, Errc::bad_flags,
        Errc::names_nobody, Errc::other_connection, Errc::wrong_node, Errc::bad_term, Errc::bad_control,
        Errc::bad_frame, Errc::too_many_atoms, Errc::plain_peer, Errc::tls_peer, Errc::tls_failed,
        Errc::tls_version}},
      {not_permitted,
       {Errc::bad_cookie, Errc::not_allowed, Errc::certificate_missing, Errc::certificate_expired,
        Errc::certificate_early, Errc::certificate_untrusted, Errc::certificate_host,
        Errc::certificate_purpose, Errc::certificate_revoked, Errc::certificate_refused}},
      {configuration, {Errc::configuration, Errc::bad_node_name}},
      {by_interrupt, {Errc::interrupted}}};
  std::size_t errors = 0, rows = 0;
#define NODERUNTIME_COUNT(name, text) ++errors;
  NODERUNTIME_ERRORS(NODERUNTIME_COUNT)
#undef NODERUNTIME_COUNT
  for (auto& [status, codes] : expected)
    for (auto code : codes) {
      INFO(error_name(code));
      CHECK(exit_status(Error{code, {}}) == status);
      ++rows;
    }
  CHECK(rows == errors);
}

TEST_CASE("exit status: no error is success, and the numbers are those of sysexits.h", "[command]") {
  const std::map<ExitStatus, int> numbers{
      {success, 0},   {remote_failure, 1}, {partial, 2},        {usage, 64},         {bad_term, 65},
      {no_host, 68},  {unreachable, 69},   {internal, 70},      {cannot_create, 73}, {temporary, 75},
      {protocol, 76}, {not_permitted, 77}, {configuration, 78}, {by_interrupt, 130}};
  for (auto& [status, number] : numbers) CHECK(static_cast<int>(status) == number);
#define NODERUNTIME_FAILS(name, text) CHECK(exit_status(Error{Errc::name, {}}) != success);
  NODERUNTIME_ERRORS(NODERUNTIME_FAILS)
#undef NODERUNTIME_FAILS
}

}  // namespace noderuntime::command
