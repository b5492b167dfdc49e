#include "noderuntime/functions/pcre2.h"

#include <dlfcn.h>

#include <list>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

namespace noderuntime::pcre2 {

namespace {

// A match that takes more steps is given up, so that no expression delays other processes for long.
constexpr std::uint32_t usual_match_limit = 1'000'000;
constexpr std::size_t kept_patterns = 100;

// The functions of the library that are used.
// clang-format off
#define NODERUNTIME_PCRE2(X) \
  X(config) X(compile) X(code_free) X(compile_context_create) X(compile_context_free) \
  X(set_newline) X(set_bsr) X(pattern_info) X(match) X(match_data_create_from_pattern) \
  X(match_data_free) X(match_context_create) X(match_context_free) X(set_match_limit) \
  X(set_depth_limit) X(get_ovector_pointer) X(get_error_message)
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
    auto* context = call.compile_context_create(nullptr);
    if (options.newline) call.set_newline(context, options.newline);
    if (options.bsr) call.set_bsr(context, options.bsr);
    int problem = 0;
    PCRE2_SIZE position = 0;
    auto* code = call.compile(reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), options.bits, &problem,
                              &position, context);
    call.compile_context_free(context);
    if (!code) return CompileError{message(problem), position};
    std::shared_ptr<const Pattern> pattern{new Pattern{*this, code}};
    kept_.push_front({std::string{text}, options, pattern});
    if (kept_.size() > kept_patterns) kept_.pop_back();
    return pattern;
  }

  Match match(const Pattern& pattern, std::string_view subject, std::size_t offset,
              const MatchOptions& options) {
    auto* code = static_cast<pcre2_code*>(pattern.code_);
    auto* data = call.match_data_create_from_pattern(code, nullptr);
    auto* context = call.match_context_create(nullptr);
    call.set_match_limit(context, options.match_limit ? options.match_limit : usual_match_limit);
    if (options.depth_limit) call.set_depth_limit(context, options.depth_limit);
    int count = call.match(code, reinterpret_cast<PCRE2_SPTR>(subject.data()), subject.size(), offset,
                           options.bits, data, context);
    Match result{outcome_of(count), {}};
    auto* places = call.get_ovector_pointer(data);
    for (int i = 0; i < count; ++i) result.groups.emplace_back(places[2 * i], places[2 * i + 1]);
    call.match_context_free(context);
    call.match_data_free(data);
    return result;
  }

 private:
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

Pattern::Pattern(Library& library, void* code) : library_{library}, code_{code} {
  auto* compiled = static_cast<pcre2_code*>(code);
  auto info = [&](std::uint32_t what, auto& value) { library.call.pattern_info(compiled, what, &value); };
  std::uint32_t options = 0, newline = 0, count = 0, width = 0;
  PCRE2_SPTR table = nullptr;
  info(PCRE2_INFO_CAPTURECOUNT, captures_);
  info(PCRE2_INFO_ALLOPTIONS, options);
  info(PCRE2_INFO_NEWLINE, newline);
  info(PCRE2_INFO_NAMECOUNT, count);
  info(PCRE2_INFO_NAMEENTRYSIZE, width);
  info(PCRE2_INFO_NAMETABLE, table);
  unicode_ = (options & PCRE2_UTF) != 0;
  crlf_ = newline == PCRE2_NEWLINE_CRLF || newline == PCRE2_NEWLINE_ANY || newline == PCRE2_NEWLINE_ANYCRLF;
  for (std::uint32_t i = 0; i < count; ++i, table += width) {  // each entry: group:16, name, zero
    std::string name{reinterpret_cast<const char*>(table + 2)};
    if (names_.empty() || names_.back().name != name) names_.push_back({name, {}});
    names_.back().groups.push_back(static_cast<std::uint32_t>(table[0] << 8 | table[1]));
  }
}

Pattern::~Pattern() { library_.call.code_free(static_cast<pcre2_code*>(code_)); }

std::variant<std::shared_ptr<const Pattern>, CompileError> compile(Library& library, std::string_view text,
                                                                   const CompileOptions& options) {
  return library.compile(text, options);
}

Match match(Library& library, const Pattern& pattern, std::string_view subject, std::size_t offset,
            const MatchOptions& options) {
  return library.match(pattern, subject, offset, options);
}

}  // namespace noderuntime::pcre2
