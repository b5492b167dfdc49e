// The regular expressions of module re, made by the system's PCRE2. Loaded when the first one is asked for.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace noderuntime::pcre2 {

// Null: the library is not installed. `Pattern`s are kept for the next use.
class Library;
Library* library();

std::string version(Library&);

struct CompileError {
  std::string text;
  std::size_t position;
};

// A compiled expression, without what is done with it.
class Pattern {
 public:
  ~Pattern();
  Pattern(const Pattern&) = delete;
  Pattern& operator=(const Pattern&) = delete;

  std::uint32_t captures() const { return captures_; }
  bool unicode() const { return unicode_; }
  bool crlf() const { return crlf_; }  // CR LF ends a line
  // Names in alphabetical order, with the groups that bear them.
  struct Name {
    std::string name;
    std::vector<std::uint32_t> groups;
  };
  const std::vector<Name>& names() const { return names_; }

 private:
  friend class Library;
  Pattern(Library& library, void* code);
  Library& library_;
  void* code_;
  std::uint32_t captures_ = 0;
  bool unicode_ = false, crlf_ = false;
  std::vector<Name> names_;
};

// What the options of re:compile/2 say, as bits of PCRE2 and its newline conventions. 0: the default.
struct CompileOptions {
  std::uint32_t bits = 0, newline = 0, bsr = 0;
  friend bool operator==(const CompileOptions&, const CompileOptions&) = default;
};

// The expression from the store, or compiled.
std::variant<std::shared_ptr<const Pattern>, CompileError> compile(Library&, std::string_view text,
                                                                   const CompileOptions& options);

struct MatchOptions {
  std::uint32_t bits = 0;
  std::uint32_t match_limit = 0, depth_limit = 0;  // 0: the default
};
enum class Outcome { match, no_match, match_limit, depth_limit, bad_utf8, failed };
struct Match {
  Outcome outcome;
  // Start and end of the groups that took part, up to the last that did; npos: it did not.
  std::vector<std::pair<std::size_t, std::size_t>> groups;
};
inline constexpr std::size_t unset = ~std::size_t{0};
Match match(Library&, const Pattern& pattern, std::string_view subject, std::size_t offset,
            const MatchOptions& options);

}  // namespace noderuntime::pcre2
