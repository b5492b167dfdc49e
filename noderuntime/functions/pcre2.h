// Regular expressions for module re, by the system's PCRE2, which is loaded at the first use.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace noderuntime::pcre2 {

// Null: the library is not installed. Keeps recent `Pattern`s for the next use.
class Library;
Library* library();

std::string version(Library&);

struct CompileError {
  std::string text;
  std::size_t position;
};

// The options of re:compile/2 as bits of PCRE2 and its newline conventions. 0: the default.
struct CompileOptions {
  std::uint32_t bits = 0, newline = 0, bsr = 0;
  friend bool operator==(const CompileOptions&, const CompileOptions&) = default;
};

// A compiled expression.
class Pattern {
 public:
  ~Pattern();
  Pattern(const Pattern&) = delete;
  Pattern& operator=(const Pattern&) = delete;

  std::uint32_t captures() const { return captures_; }
  bool unicode() const { return unicode_; }
  bool crlf() const { return crlf_; }  // CR LF ends a line
  // The names in alphabetical order, each with its groups.
  struct Name {
    std::string name;
    std::vector<std::uint32_t> groups;
  };
  const std::vector<Name>& names() const { return names_; }

 private:
  friend class Library;
  Pattern(Library& library, void* code, std::string_view text, const CompileOptions& options);
  void* paced_code() const;  // the same expression with a callout in front of each item

  Library& library_;
  void* code_;
  mutable void* paced_code_ = nullptr;  // null: not needed yet
  std::string text_;
  CompileOptions options_;
  std::uint32_t captures_ = 0;
  bool unicode_ = false, crlf_ = false;
  std::vector<Name> names_;
};

// A recent pattern with the same text and options, or a new one.
std::variant<std::shared_ptr<const Pattern>, CompileError> compile(Library&, std::string_view text,
                                                                   const CompileOptions& options);

struct MatchOptions {
  std::uint32_t bits = 0;
  std::uint32_t match_limit = 0, depth_limit = 0;  // 0: the default
};
enum class Outcome { match, no_match, match_limit, depth_limit, bad_utf8, failed };
struct Match {
  Outcome outcome;
  // Start and end of each group, up to the last that took part; npos for groups that did not.
  std::vector<std::pair<std::size_t, std::size_t>> groups;
};
inline constexpr std::size_t unset = ~std::size_t{0};
// Inside of a MayPause, a long match is paused; then it may throw ProcessCancelled. Nothing that it uses belongs to
// the library alone: other matches may run meanwhile.
Match match(Library&, const Pattern& pattern, std::string_view subject, std::size_t offset,
            const MatchOptions& options);

}  // namespace noderuntime::pcre2
