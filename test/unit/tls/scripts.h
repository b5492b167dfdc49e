// Runs a script of this folder on a real OTP.
#pragma once

#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "test/unit/paths.h"

namespace noderuntime::test {

// The lines that it prints; none if it cannot be run, or fails. The arguments have no quotes.
inline std::vector<std::string> lines_of_script(const std::string& name,
                                                const std::vector<std::string>& arguments) {
  std::string command = "escript '" + source_directory() + "/test/unit/tls/" + name + "'";
  for (const auto& argument : arguments) command += " '" + argument + "'";
  std::vector<std::string> lines;
  FILE* output = popen((command + " 2>/dev/null").c_str(), "r");
  if (!output) return lines;
  std::string line;
  for (int c; (c = std::fgetc(output)) != EOF;) {
    if (c != '\n')
      line += static_cast<char>(c);
    else
      lines.push_back(std::exchange(line, {}));
  }
  if (pclose(output) != 0) lines.clear();
  return lines;
}

}  // namespace noderuntime::test
