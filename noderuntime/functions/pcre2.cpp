#include "noderuntime/functions/pcre2.h"

#include <dlfcn.h>

#include <algorithm>
#include <cstdlib>
#include <list>
#include <utility>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "noderuntime/term/pace.h"

namespace noderuntime::pcre2 {

namespace {

// A match that takes more of PCRE2's steps is given up, so that no expression takes the processor for long.
constexpr std::uint32_t usual_match_limit = 1'000'000;
// Most matches are short. Those in short subjects are first tried without a chance to be paused, which is faster,
// and within a limit that they reach before others have waited for long.
constexpr std::uint32_t quick_match_limit = 5'000;
constexpr std::size_t quick_bytes = 1024;
constexpr std::size_t kept_patterns = 100;

// The functions of the library that are used.
// clang-format off
#define NODERUNTIME_PCRE2(X) \
  X(config) X(compile) X(code_free) X(compile_context_create) X(compile_context_free) \
  X(set_newline) X(set_bsr) X(pattern_info) X(match) X(match_data_create_from_pattern) \
  X(match_data_free) X(match_context_create) X(match_context_free) X(set_match_limit) \
  X(set_depth_limit) X(set_callout) X(get_ovector_pointer) X(get_error_message) \
  X(maketables) X(set_character_tables)
// clang-format on

struct Functions {
#define NODERUNTIME_POINTER(name) decltype(&pcre2_##name) name = nullptr;
  NODERUNTIME_PCRE2(NODERUNTIME_POINTER)
#undef NODERUNTIME_POINTER
};

#define NODERUNTIME_TEXT_2(text) #text
#define NODERUNTIME_TEXT(text) NODERUNTIME_TEXT_2(text)

bool load(Functions& functions) {
  void* handle = dlopen("libpcre2-8.so.0", RTLD_NOW | RTLD_LOCAL);
  if (!handle) return false;
  bool whole = true;
#define NODERUNTIME_LOAD(function)                                                                       \
  functions.function =                                                                                   \
      reinterpret_cast<decltype(functions.function)>(dlsym(handle, NODERUNTIME_TEXT(pcre2_##function))); \
  whole = whole && functions.function;
  NODERUNTIME_PCRE2(NODERUNTIME_LOAD)
#undef NODERUNTIME_LOAD
  return whole;
}

// As on OTP, characters above 127 are those of Latin-1. Each gets the classes of a character of ASCII.
// The layout is that of PCRE2's tables (pcre2_dftables): lower case, other case, ten bit maps of classes, types.
namespace latin1 {

constexpr std::size_t characters = 256, other_case_at = 256, maps_at = 512, maps = 10, map_bytes = 32,
                      types_at = 832;

bool is_upper(unsigned c) { return c >= 0xC0 && c <= 0xDE && c != 0xD7; }
bool is_lower(unsigned c) {
  constexpr unsigned feminine = 0xAA, micro = 0xB5, masculine = 0xBA;
  return (c >= 0xDF && c != 0xF7) || c == feminine || c == micro || c == masculine;
}

unsigned model_of(unsigned c) {
  if (is_upper(c)) return 'Z';
  if (is_lower(c)) return 'z';
  return c < 0xA0 ? 0x01 : '!';
}

void complete(std::uint8_t* tables) {
  constexpr unsigned distance = 'a' - 'A';
  for (unsigned c = 0x80; c < characters; ++c) {
    auto model = model_of(c);
    tables[types_at + c] = tables[types_at + model];
    for (std::size_t map = maps_at; map < maps_at + maps * map_bytes; map += map_bytes)
      if (tables[map + model / 8] >> model % 8 & 1)
        tables[map + c / 8] = static_cast<std::uint8_t>(tables[map + c / 8] | 1u << c % 8);
    if (!is_upper(c)) continue;
    tables[c] = tables[other_case_at + c] = static_cast<std::uint8_t>(c + distance);
    tables[other_case_at + c + distance] = static_cast<std::uint8_t>(c);
  }
}

}  // namespace latin1

// Counts the work of a match by the callouts in front of the items of its pattern, and pauses it.
class Callouts {
 public:
  static int call(pcre2_callout_block* block, void* data) {
    return static_cast<Callouts*>(data)->count(block->current_position);
  }
  bool cancelled() const { return cancelled_; }

 private:
  static constexpr std::int64_t steps_per_callout = 4, steps_at_once = 1024;
  static constexpr std::size_t bytes_per_step = 16;

  int count(std::size_t position) {
    auto moved = position > last_ ? position - last_ : last_ - position;
    last_ = position;
    steps_ += steps_per_callout + static_cast<std::int64_t>(moved / bytes_per_step);
    if (steps_ < steps_at_once) return 0;
    pace.charge(std::exchange(steps_, 0));
    if (!pace.should_pause() || pace.pause_here()) return 0;
    cancelled_ = true;
    return PCRE2_ERROR_CALLOUT;
  }

  std::int64_t steps_ = 0;
  std::size_t last_ = 0;
  bool cancelled_ = false;
};

}  // namespace

class Library {
 public:
  Functions call;

  std::variant<std::shared_ptr<const Pattern>, CompileError> compile(std::string_view text,
                                                                     const CompileOptions& options) {
    for (auto row = kept_.begin(); row != kept_.end(); ++row) {
      if (row->text != text || row->options != options) continue;
      kept_.splice(kept_.begin(), kept_, row);
      return kept_.front().pattern;
    }
    int problem = 0;
    std::size_t position = 0;
    auto* code = compile_code(text, options, 0, problem, position);
    if (!code) return CompileError{message(problem), position};
    std::shared_ptr<const Pattern> pattern{new Pattern{*this, code, text, options}};
    kept_.push_front({std::string{text}, options, pattern});
    if (kept_.size() > kept_patterns) kept_.pop_back();
    return pattern;
  }

  void make_tables() {
    tables_.reset(const_cast<std::uint8_t*>(call.maketables(nullptr)));
    if (tables_) latin1::complete(tables_.get());
  }

  // Null: the expression is wrong; `problem` and `position` say how and where.
  pcre2_code* compile_code(std::string_view text, const CompileOptions& options, std::uint32_t more,
                           int& problem, std::size_t& position) {
    auto* context = call.compile_context_create(nullptr);
    if (!tables_) make_tables();
    if (tables_) call.set_character_tables(context, tables_.get());
    if (options.newline) call.set_newline(context, options.newline);
    if (options.bsr) call.set_bsr(context, options.bsr);
    auto* code = call.compile(reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), options.bits | more,
                              &problem, &position, context);
    call.compile_context_free(context);
    return code;
  }

  Match match(const Pattern& pattern, std::string_view subject, std::size_t offset,
              const MatchOptions& options) {
    auto limit = options.match_limit ? options.match_limit : usual_match_limit;
    bool paced = pace.can_pause();
    if (!paced || subject.size() <= quick_bytes) {
      auto most = paced ? std::min(limit, quick_match_limit) : limit;
      auto found = run(pattern.code_, subject, offset, options, most, nullptr);
      pace.charge(static_cast<std::int64_t>(16 + subject.size() / 16));
      if (most == limit || found.outcome != Outcome::match_limit) return found;
    }
    Callouts callouts;
    auto found = run(pattern.paced_code(), subject, offset, options, limit, &callouts);
    if (callouts.cancelled()) throw ProcessCancelled{};
    return found;
  }

 private:
  Match run(void* code, std::string_view subject, std::size_t offset, const MatchOptions& options,
            std::uint32_t match_limit, Callouts* callouts) {
    auto* data = call.match_data_create_from_pattern(static_cast<pcre2_code*>(code), nullptr);
    auto* context = call.match_context_create(nullptr);
    call.set_match_limit(context, match_limit);
    if (options.depth_limit) call.set_depth_limit(context, options.depth_limit);
    if (callouts) call.set_callout(context, Callouts::call, callouts);
    int count = call.match(static_cast<pcre2_code*>(code), reinterpret_cast<PCRE2_SPTR>(subject.data()),
                           subject.size(), offset, options.bits, data, context);
    Match result{outcome_of(count), {}};
    auto* places = call.get_ovector_pointer(data);
    for (int i = 0; i < count; ++i) result.groups.emplace_back(places[2 * i], places[2 * i + 1]);
    call.match_context_free(context);
    call.match_data_free(data);
    return result;
  }

  static Outcome outcome_of(int count) {
    if (count > 0) return Outcome::match;
    if (count == PCRE2_ERROR_NOMATCH) return Outcome::no_match;
    if (count == PCRE2_ERROR_MATCHLIMIT) return Outcome::match_limit;
    if (count == PCRE2_ERROR_DEPTHLIMIT) return Outcome::depth_limit;
    if (count <= PCRE2_ERROR_UTF8_ERR1 && count >= PCRE2_ERROR_UTF8_ERR21) return Outcome::bad_utf8;
    return Outcome::failed;
  }

  std::string message(int problem) {
    char text[256] = {};
    call.get_error_message(problem, reinterpret_cast<PCRE2_UCHAR*>(text), sizeof text);
    return text;
  }

  struct Kept {
    std::string text;
    CompileOptions options;
    std::shared_ptr<const Pattern> pattern;
  };
  std::list<Kept> kept_;  // the most recently used one first
  struct Free {
    void operator()(std::uint8_t* tables) const { std::free(tables); }
  };
  std::unique_ptr<std::uint8_t, Free> tables_;  // of classes and cases of characters; null: not needed yet
};

Library* library() {
  static const auto loaded = [] {
    auto fresh = std::make_unique<Library>();
    if (!load(fresh->call)) fresh.reset();
    return fresh;
  }();
  return loaded.get();
}

std::string version(Library& library) {
  char text[64] = {};
  library.call.config(PCRE2_CONFIG_VERSION, text);
  return text;
}

Pattern::Pattern(Library& library, void* code, std::string_view text, const CompileOptions& options)
    : library_{library}, code_{code}, text_{text}, options_{options} {
  auto* compiled = static_cast<pcre2_code*>(code);
  auto info = [&](std::uint32_t what, auto& value) { library.call.pattern_info(compiled, what, &value); };
  std::uint32_t all_options = 0, newline = 0, count = 0, width = 0;
  PCRE2_SPTR table = nullptr;
  info(PCRE2_INFO_CAPTURECOUNT, captures_);
  info(PCRE2_INFO_ALLOPTIONS, all_options);
  info(PCRE2_INFO_NEWLINE, newline);
  info(PCRE2_INFO_NAMECOUNT, count);
  info(PCRE2_INFO_NAMEENTRYSIZE, width);
  info(PCRE2_INFO_NAMETABLE, table);
  unicode_ = (all_options & PCRE2_UTF) != 0;
  crlf_ = newline == PCRE2_NEWLINE_CRLF || newline == PCRE2_NEWLINE_ANY || newline == PCRE2_NEWLINE_ANYCRLF;
  for (std::uint32_t i = 0; i < count; ++i, table += width) {  // each entry: group:16, name, zero
    std::string name{reinterpret_cast<const char*>(table + 2)};
    if (names_.empty() || names_.back().name != name) names_.push_back({name, {}});
    names_.back().groups.push_back(static_cast<std::uint32_t>(table[0] << 8 | table[1]));
  }
}

Pattern::~Pattern() {
  library_.call.code_free(static_cast<pcre2_code*>(code_));
  library_.call.code_free(static_cast<pcre2_code*>(paced_code_));
}

void* Pattern::paced_code() const {
  int problem = 0;
  std::size_t position = 0;
  if (!paced_code_)
    paced_code_ = library_.compile_code(text_, options_, PCRE2_AUTO_CALLOUT, problem, position);
  return paced_code_ ? paced_code_ : code_;  // the callouts may make it too large
}

std::variant<std::shared_ptr<const Pattern>, CompileError> compile(Library& library, std::string_view text,
                                                                   const CompileOptions& options) {
  return library.compile(text, options);
}

Match match(Library& library, const Pattern& pattern, std::string_view subject, std::size_t offset,
            const MatchOptions& options) {
  return library.match(pattern, subject, offset, options);
}

}  // namespace noderuntime::pcre2
