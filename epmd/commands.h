// The client's verbs: what is asked, and what is printed. Scripts parse these texts.
#pragma once

#include <optional>
#include <string>

#include "epmd/options.h"

namespace noderuntime::epmd {

struct Question {
  Buffer request;
  std::size_t enough;                      // bytes of an answer that nobody needs to wait longer for
  std::optional<Milliseconds> limit = {};  // the answer is what has come until then; none: waits for ever
};

struct Report {
  std::string out;  // to standard output
  std::string err;  // to standard error
  int status;
  friend bool operator==(const Report&, const Report&) = default;
};

// nullopt: the verb asks nothing, its report(…) says why.
std::optional<Question> question_of(const Options& options);

// `answer` is what the daemon sent before it closed, or before there was enough; nullopt: no connection.
Report report(const Options& options, const std::optional<Buffer>& answer);

// What -watch prints when the names were `before` and are `now`: a line for each name that
// came or went, or, as JSON, all of them whenever they have changed. Before the first answer
// nothing was there. nullopt: no daemon.
std::string changes(const std::optional<Buffer>& before, const std::optional<Buffer>& now, bool json);

}  // namespace noderuntime::epmd
