// Finds modules of the installed OTP, for tests that run them.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

namespace noderuntime::test {

// The ebin directories of these applications, of any release; none if an application is missing. The
// environment variable ERLANG_LIB_DIRECTORY replaces Debian's directory of libraries.
inline std::vector<std::string> library(std::vector<std::string> applications = {"stdlib", "kernel"}) {
  const char* given = std::getenv("ERLANG_LIB_DIRECTORY");
  std::filesystem::path root = given ? given : "/usr/lib/erlang/lib";
  std::vector<std::string> found;
  if (!std::filesystem::is_directory(root)) return {};
  for (auto& application : applications) {
    std::string newest;
    for (auto& entry : std::filesystem::directory_iterator(root)) {
      auto ebin = entry.path() / "ebin";
      if (entry.path().filename().string().starts_with(application + "-") && std::filesystem::exists(ebin))
        newest = std::max(newest, ebin.string());
    }
    if (newest.empty()) return {};
    found.push_back(newest);
  }
  return found;
}

// Whether the installed stdlib is OTP 25's. The funs in test/data/closures are from shells of OTP 25, and a
// fun can only be called with the same version of the module that made it (erl_eval).
inline bool has_library_of_closures() {
  auto found = library();
  return !found.empty() && found[0].find("/stdlib-4.") != std::string::npos;
}
constexpr const char* no_library_of_closures =
    "skipped: the funs of test/data/closures need stdlib and kernel of OTP 25 (erlang-base, or "
    "ERLANG_LIB_DIRECTORY)";

constexpr const char* where_library_is =
    "stdlib and kernel of OTP come with erlang-base; ERLANG_LIB_DIRECTORY names another place";

}  // namespace noderuntime::test
