// The client's verbs: their requests and their output. Scripts parse these texts.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "epmd/options.h"

namespace noderuntime::epmd {

struct Query {
  Buffer request;
  std::size_t enough;                      // bytes of an answer that need not be waited for beyond
  std::optional<Milliseconds> limit = {};  // the answer is what has come by then; none: waits for ever
};

struct Report {
  std::string out;  // to standard output
  std::string err;  // to standard error
  int status;
  friend bool operator==(const Report&, const Report&) = default;
};

// nullopt: the verb sends no request; report(…) says why.
std::optional<Query> query_of(const Options& options);

// `answer` is what the daemon sent before it closed, or until there was enough; nullopt: no connection.
Report report(const Options& options, const std::optional<Buffer>& answer);

// Who holds a name: the process and user that are connected to epmd.
struct Holder {
  std::optional<std::int64_t> process;
  std::string user;  // a name, or a number if the system has no name for it; empty: not known
};
// The output of -names -long. `holders` is as long as `rows`.
Report report_details(const Options& options, const std::vector<Registered>& rows,
                      const std::vector<Holder>& holders);
// The rows of an answer to DETAILS_REQ; or of one to NAMES_REQ, which an epmd of OTP gives, with names and ports alone.
// nullopt: it is none.
std::optional<std::vector<Registered>> details_in(Bytes answer);
std::optional<std::vector<Registered>> details_of_names(Bytes answer);

// The output of -watch when the names change from `before` to `now`: a line for each name that came or went,
// or as JSON all names. `before` is empty for the first answer. nullopt: no daemon.
std::string changes(const std::optional<Buffer>& before, const std::optional<Buffer>& now, bool json);

}  // namespace noderuntime::epmd
