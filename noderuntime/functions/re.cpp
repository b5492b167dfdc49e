// The native functions of module re: expressions are compiled and matched by PCRE2.
#define PCRE2_CODE_UNIT_WIDTH 8
#include <algorithm>
#include <utility>
#include <variant>

#include <pcre2.h>

#include "noderuntime/functions/bytes_of.h"
#include "noderuntime/functions/native.h"
#include "noderuntime/functions/pcre2.h"
#include "noderuntime/functions/sub_binary.h"

namespace noderuntime {

namespace {

// --- options

struct NamedBits {
  std::string_view name;
  std::uint32_t bits;
};
constexpr NamedBits compile_bits[] = {
    {"unicode", PCRE2_UTF},
    {"anchored", PCRE2_ANCHORED},
    {"caseless", PCRE2_CASELESS},
    {"dollar_endonly", PCRE2_DOLLAR_ENDONLY},
    {"dotall", PCRE2_DOTALL},
    {"extended", PCRE2_EXTENDED},
    {"firstline", PCRE2_FIRSTLINE},
    {"multiline", PCRE2_MULTILINE},
    {"no_auto_capture", PCRE2_NO_AUTO_CAPTURE},
    {"dupnames", PCRE2_DUPNAMES},
    {"ungreedy", PCRE2_UNGREEDY},
    {"no_start_optimize", PCRE2_NO_START_OPTIMIZE},
    {"ucp", PCRE2_UCP},
    {"never_utf", PCRE2_NEVER_UTF},
};
constexpr NamedBits run_bits[] = {
    {"anchored", PCRE2_ANCHORED},
    {"notbol", PCRE2_NOTBOL},
    {"noteol", PCRE2_NOTEOL},
    {"notempty", PCRE2_NOTEMPTY},
    {"notempty_atstart", PCRE2_NOTEMPTY_ATSTART},
};
constexpr NamedBits newlines[] = {
    {"cr", PCRE2_NEWLINE_CR},   {"lf", PCRE2_NEWLINE_LF},           {"crlf", PCRE2_NEWLINE_CRLF},
    {"any", PCRE2_NEWLINE_ANY}, {"anycrlf", PCRE2_NEWLINE_ANYCRLF}, {"nul", PCRE2_NEWLINE_NUL},
};

template <std::size_t size>
std::optional<std::uint32_t> bits_named(const NamedBits (&rows)[size], Term name) {
  if (!name.is_atom()) return std::nullopt;
  auto text = name.as_atom().text();
  for (auto& row : rows)
    if (row.name == text) return row.bits;
  return std::nullopt;
}

bool is_named(Term term, std::string_view text) { return term.is_atom() && term.as_atom().text() == text; }

// Adds one option of re:compile/2; false: not an option.
bool add_compile_option(pcre2::CompileOptions& options, Term option) {
  if (auto bits = bits_named(compile_bits, option)) {
    options.bits |= *bits;
  } else if (is_named(option, "bsr_anycrlf")) {
    options.bsr = PCRE2_BSR_ANYCRLF;
  } else if (is_named(option, "bsr_unicode")) {
    options.bsr = PCRE2_BSR_UNICODE;
  } else {
    bool newline = option.is_tuple(2) && is_named(option.element(0), "newline");
    auto which = newline ? bits_named(newlines, option.element(1)) : std::nullopt;
    if (!which) return false;
    options.newline = *which;
  }
  return true;
}

bool is_export(Term option) { return is_named(option, "export"); }

std::optional<pcre2::CompileOptions> compile_options(Term list) {
  pcre2::CompileOptions options;
  Rounds rounds;
  for (; list.is_cons(); list = list.tail(), rounds.next())
    if (!is_export(list.head()) && !add_compile_option(options, list.head())) return std::nullopt;
  return list.is_nil() ? std::optional{options} : std::nullopt;
}

struct RunOptions {
  pcre2::CompileOptions compile;
  bool compiles = false;  // an option was given that applies to compiling only
  pcre2::MatchOptions match;
  std::size_t offset = 0;
  bool global = false, report_errors = false;
  Term capture = Term::nil();  // nil: all
  enum class As { index, list, binary } as = As::index;
};

std::optional<RunOptions::As> capture_type(Term term) {
  if (is_named(term, "index")) return RunOptions::As::index;
  if (is_named(term, "list")) return RunOptions::As::list;
  if (is_named(term, "binary")) return RunOptions::As::binary;
  return std::nullopt;
}

// {offset, N} and other options with a number; false: not such an option.
bool add_number(RunOptions& options, Term name, Term number) {
  auto value = to_uint64(number);
  if (!value) return false;
  if (is_named(name, "offset"))
    options.offset = *value;
  else if (is_named(name, "match_limit"))
    options.match.match_limit = static_cast<std::uint32_t>(std::min<std::uint64_t>(*value, UINT32_MAX));
  else if (is_named(name, "match_limit_recursion"))
    options.match.depth_limit = static_cast<std::uint32_t>(std::min<std::uint64_t>(*value, UINT32_MAX));
  else
    return false;
  return true;
}

bool add_run_option(RunOptions& options, Term option) {
  if (is_named(option, "global")) return options.global = true;
  if (is_named(option, "report_errors")) return options.report_errors = true;
  if (auto bits = bits_named(run_bits, option)) {
    options.match.bits |= *bits;
    return true;
  }
  if (option.is_tuple(2) || option.is_tuple(3)) {
    if (is_named(option.element(0), "capture")) {
      auto as = option.is_tuple(3) ? capture_type(option.element(2)) : RunOptions::As::index;
      if (!as) return false;
      options.capture = option.element(1), options.as = *as;
      if (is_named(options.capture, "all"))
        options.capture = Term::nil();
      else if (options.capture.is_nil())
        options.capture = Term::atom(Atom::of("none"));
      return options.capture.is_atom() || options.capture.is_list();
    }
    if (option.is_tuple(2) && add_number(options, option.element(0), option.element(1))) return true;
    if (is_named(option.element(0), "newline")) return add_compile_option(options.compile, option);
  }
  options.compiles = true;
  return add_compile_option(options.compile, option);
}

std::optional<RunOptions> run_options(Term list) {
  RunOptions options;
  Rounds rounds;
  for (; list.is_cons(); list = list.tail(), rounds.next())
    if (!add_run_option(options, list.head())) return std::nullopt;
  return list.is_nil() ? std::optional{options} : std::nullopt;
}

// --- patterns as terms: {re_pattern, Groups, Unicode, UseCRLF, Binary}; the binary holds text and options

constexpr std::string_view mark = "noderuntime re 1";

Term pattern_term(Heap& heap, const pcre2::Pattern& pattern, const pcre2::CompileOptions& options,
                  std::string_view text) {
  std::string kept{mark};
  for (auto number : {options.bits, options.newline, options.bsr})
    for (int shift : {24, 16, 8, 0}) kept.push_back(static_cast<char>(number >> shift));
  kept.append(text);
  auto flag = [](bool value) { return Term::small(value ? 1 : 0); };
  return make_tuple(heap, {Term::atom(Atom::of("re_pattern")), Term::small(pattern.captures()),
                           flag(pattern.unicode()), flag(pattern.crlf()), make_binary(heap, kept)});
}

Term exported_term(Heap& heap, std::string_view text, Term options) {
  Term nothing = make_binary(heap, std::string_view{});
  return make_tuple(heap, {Term::atom(Atom::of("re_exported_pattern")), nothing, make_binary(heap, text),
                           options, nothing});
}

struct Source {
  pcre2::CompileOptions options;
  std::string text;
};

std::optional<std::string> text_of(Term data, bool unicode) {
  auto bytes = unicode ? characters_of(data) : bytes_of_iolist(data);
  return bytes ? std::optional{std::string{bytes->text()}} : std::nullopt;
}

// The bytes that an expression is matched with. Those of a list are UTF-8 if `unicode`.
class Subject {
 public:
  static std::optional<Subject> of(Term data, bool unicode) {
    if (is_binary(data)) return Subject{BinaryView{data}};
    if (data.is_bitstring()) return std::nullopt;
    auto bytes = unicode ? characters_of(data) : bytes_of_iolist(data);
    return bytes ? std::optional{Subject{std::move(*bytes)}} : std::nullopt;
  }
  std::string_view text() const {
    auto* view = std::get_if<BinaryView>(&bytes_);
    return view ? view->text() : std::get<HeldBytes>(bytes_).text();
  }

 private:
  template <class OfBytes>
  explicit Subject(OfBytes&& bytes) : bytes_{std::forward<OfBytes>(bytes)} {}
  std::variant<BinaryView, HeldBytes> bytes_;
};

// {re_exported_pattern, Header, Expression, Options, Encoded} of OTP 28. Other nodes compile the expression
// again, unless the header says that they can use the encoded form.
bool is_exported(Term term) { return term.is_tuple(5) && is_named(term.element(0), "re_exported_pattern"); }
bool is_pattern(Term term) {
  return is_exported(term) || (term.is_tuple(5) && is_named(term.element(0), "re_pattern"));
}

std::optional<Source> exported_source(Term pattern) {
  auto options = compile_options(pattern.element(3));
  auto text = options ? text_of(pattern.element(2), (options->bits & PCRE2_UTF) != 0) : std::nullopt;
  return text ? std::optional{Source{*options, *text}} : std::nullopt;
}

std::optional<Source> source_of(Term pattern) {
  if (!is_pattern(pattern) || !pattern.element(4).is_bitstring()) return std::nullopt;
  if (is_exported(pattern)) return exported_source(pattern);
  constexpr std::size_t header = mark.size() + 12;
  if (!is_binary(pattern.element(4))) return std::nullopt;
  BinaryView bytes{pattern.element(4)};
  if (bytes.size() < header || !bytes.text().starts_with(mark)) return std::nullopt;
  Source source;
  std::size_t at = mark.size();
  for (auto* number : {&source.options.bits, &source.options.newline, &source.options.bsr})
    for (int i = 0; i < 4; ++i) *number = *number << 8 | bytes.bytes()[at++];
  source.text = bytes.text().substr(header);
  return source;
}

Term compile_error(Heap& heap, const pcre2::CompileError& problem) {
  Term text = make_characters(heap, problem.text);
  return make_tuple(heap, {text, Term::small(static_cast<std::int64_t>(problem.position))});
}

NativeResult missing() { return error(atoms::notsup); }

NativeResult compile(Context& context, Term expression, Term option_list) {
  auto* library = pcre2::library();
  if (!library) return missing();
  MayPause here;
  auto options = compile_options(option_list);
  auto text = options ? text_of(expression, (options->bits & PCRE2_UTF) != 0) : std::nullopt;
  if (!text) return badarg();
  auto compiled = pcre2::compile(*library, *text, *options);
  auto& heap = context.heap;
  if (auto* problem = std::get_if<pcre2::CompileError>(&compiled))
    return make_tuple(heap, {Term::atom(atoms::error), compile_error(heap, *problem)});
  auto& pattern = *std::get<0>(compiled);
  bool exported = false;
  for (Term list = option_list; list.is_cons(); list = list.tail()) exported |= is_export(list.head());
  Term made =
      exported ? exported_term(heap, *text, option_list) : pattern_term(heap, pattern, *options, *text);
  return make_tuple(heap, {Term::atom(atoms::ok), made});
}

// Such a pattern is a plain term already, so importing only checks it.
NativeResult re_import(Context& context, const Term* a) {
  auto* library = pcre2::library();
  if (!library) return missing();
  auto source = is_exported(a[0]) ? source_of(a[0]) : std::nullopt;
  if (!source) return badarg();
  auto compiled = pcre2::compile(*library, source->text, source->options);
  auto* pattern = std::get_if<0>(&compiled);
  return pattern ? NativeResult{pattern_term(context.heap, **pattern, source->options, source->text)}
                 : badarg();
}

NativeResult re_compile_1(Context& context, const Term* a) { return compile(context, a[0], Term::nil()); }
NativeResult re_compile_2(Context& context, const Term* a) { return compile(context, a[0], a[1]); }

// --- running

// The wanted groups of a match. A name may stand for several groups; the first that took part counts.
using Wanted = std::vector<std::vector<std::uint32_t>>;
struct Selection {
  bool all = false, none = false;
  Wanted groups;
};

std::optional<std::vector<std::uint32_t>> groups_named(const pcre2::Pattern& pattern, Term name) {
  constexpr std::uint32_t no_group = UINT32_MAX;
  if (name.is_small())
    return name.as_small() < 0 ? std::nullopt
                               : std::optional{std::vector{static_cast<std::uint32_t>(
                                     std::min<std::int64_t>(name.as_small(), no_group))}};
  auto text = name.is_atom() ? std::optional{std::string{name.as_atom().text()}} : text_of(name, false);
  if (!text) return std::nullopt;
  for (auto& row : pattern.names())
    if (row.name == *text) return row.groups;
  return std::vector{no_group};
}

std::optional<Selection> selection_of(const pcre2::Pattern& pattern, Term capture) {
  Selection selection;
  if (capture.is_nil()) {
    selection.all = true;
  } else if (is_named(capture, "none")) {
    selection.none = true;
  } else if (is_named(capture, "first")) {
    selection.groups = {{0}};
  } else if (is_named(capture, "all_but_first")) {
    selection.all = true, selection.groups = {{0}};
  } else if (is_named(capture, "all_names")) {
    for (auto& row : pattern.names()) selection.groups.push_back(row.groups);
    selection.none = selection.groups.empty();
  } else if (capture.is_list()) {
    Rounds rounds{4};
    for (; capture.is_cons(); capture = capture.tail(), rounds.next()) {
      auto groups = groups_named(pattern, capture.head());
      if (!groups) return std::nullopt;
      selection.groups.push_back(*groups);
    }
    if (!capture.is_nil()) return std::nullopt;
  } else {
    return std::nullopt;
  }
  return selection;
}

// Makes terms from the matches in a subject.
class Captures {
 public:
  Captures(Heap& heap, Term subject, std::string_view text, const pcre2::Pattern& pattern,
           const Selection& selection, RunOptions::As as)
      : heap_{heap},
        subject_{subject},
        text_{text},
        unicode_{pattern.unicode()},
        selection_{selection},
        as_{as} {}

  Term list(const pcre2::Match& match) {
    ListBuilder values{heap_};
    Rounds rounds{4};
    if (selection_.all) {
      std::size_t first = selection_.groups.empty() ? 0 : 1;
      for (auto i = first; i < match.groups.size(); ++i, rounds.next()) values.add(group(match.groups[i]));
    } else {
      for (auto& candidates : selection_.groups) rounds.next(), values.add(first_of(match, candidates));
    }
    return values.finish();
  }

 private:
  using Place = std::pair<std::size_t, std::size_t>;
  Term first_of(const pcre2::Match& match, const std::vector<std::uint32_t>& candidates) {
    for (auto number : candidates)
      if (number < match.groups.size() && match.groups[number].first != pcre2::unset)
        return group(match.groups[number]);
    return group({pcre2::unset, pcre2::unset});
  }

  Term group(Place place) {
    bool took_part = place.first != pcre2::unset;
    auto from = took_part ? place.first : 0, size = took_part ? place.second - place.first : 0;
    switch (as_) {
      case RunOptions::As::index:
        return make_tuple(heap_, {Term::small(took_part ? static_cast<std::int64_t>(from) : -1),
                                  Term::small(static_cast<std::int64_t>(size))});
      case RunOptions::As::list:
        return unicode_ ? make_characters(heap_, text_.substr(from, size))
                        : make_bytes(heap_, text_.substr(from, size));
      case RunOptions::As::binary: break;
    }
    return subject_.is_bitstring() ? part_of(heap_, subject_, from * 8, size * 8)
                                   : make_binary(heap_, text_.substr(from, size));
  }

  Heap& heap_;
  Term subject_;
  std::string_view text_;
  bool unicode_;
  const Selection& selection_;
  RunOptions::As as_;
};

class Run {
 public:
  Run(Heap& heap, pcre2::Library& library, const pcre2::Pattern& pattern, const RunOptions& options,
      std::string_view text, const Selection& selection, Captures captures)
      : heap_{heap},
        library_{library},
        pattern_{pattern},
        options_{options},
        text_{text},
        selection_{selection},
        captures_{std::move(captures)} {}

  NativeResult once() {
    auto found = at(options_.offset, 0);
    if (found.outcome != pcre2::Outcome::match) return failed(found.outcome);
    if (selection_.none) return Term::atom(Atom::of("match"));
    return matched(captures_.list(found));
  }

  // Continues behind each match. After an empty match, looks for a non-empty one at the same place first.
  NativeResult everywhere() {
    ListBuilder lists{heap_};
    bool any = false;
    auto keep = [&](const pcre2::Match& found) {
      any = true;
      if (!selection_.none) lists.add(captures_.list(found));
    };
    for (auto from = options_.offset; from <= text_.size();) {
      auto found = at(from, 0);
      if (found.outcome == pcre2::Outcome::no_match && any) break;
      if (found.outcome != pcre2::Outcome::match) {
        if (any && !options_.report_errors && is_limit(found.outcome)) break;
        return failed(found.outcome);
      }
      keep(found);
      auto [start, end] = found.groups[0];
      if (end > start) {
        from = end;
        continue;
      }
      auto longer = at(from, PCRE2_NOTEMPTY_ATSTART | PCRE2_ANCHORED);
      bool step = longer.outcome == pcre2::Outcome::match && longer.groups[0].second > longer.groups[0].first;
      if (longer.outcome == pcre2::Outcome::match) keep(longer);
      from = step ? start + longer.groups[0].second - longer.groups[0].first : behind(start);
    }
    if (!any) return Term::atom(Atom::of("nomatch"));
    if (selection_.none) return Term::atom(Atom::of("match"));
    return matched(lists.finish());
  }

 private:
  bool inside_character(std::size_t at) const { return at < text_.size() && (text_[at] & 0xC0) == 0x80; }

  pcre2::Match at(std::size_t offset, std::uint32_t more) {
    pace.spend(0);
    if (pattern_.unicode() && !std::exchange(checked_, true) && !is_utf8(text_))
      return {pcre2::Outcome::bad_utf8, {}};
    if (pattern_.unicode() && inside_character(offset)) return {pcre2::Outcome::failed, {}};
    auto how = options_.match;
    how.bits |= more | PCRE2_NO_UTF_CHECK;
    return pcre2::match(library_, pattern_, text_, offset, how);
  }

  std::size_t behind(std::size_t at) const {
    if (pattern_.crlf() && text_.substr(at).starts_with("\r\n")) return at + 2;
    ++at;
    while (pattern_.unicode() && inside_character(at)) ++at;
    return at;
  }

  static bool is_limit(pcre2::Outcome outcome) {
    return outcome == pcre2::Outcome::match_limit || outcome == pcre2::Outcome::depth_limit;
  }

  NativeResult failed(pcre2::Outcome outcome) {
    if (outcome == pcre2::Outcome::bad_utf8) return badarg();
    if (!is_limit(outcome) || !options_.report_errors) return Term::atom(Atom::of("nomatch"));
    bool depth = outcome == pcre2::Outcome::depth_limit;
    Term which = Term::atom(Atom::of(depth ? "match_limit_recursion" : "match_limit"));
    return make_tuple(heap_, {Term::atom(atoms::error), which});
  }

  Term matched(Term list) { return make_tuple(heap_, {Term::atom(Atom::of("match")), list}); }

  Heap& heap_;
  pcre2::Library& library_;
  const pcre2::Pattern& pattern_;
  const RunOptions& options_;
  std::string_view text_;
  const Selection& selection_;
  Captures captures_;
  bool checked_ = false;
};

NativeResult run(Context& context, Term subject, Term expression, Term option_list) {
  auto* library = pcre2::library();
  if (!library) return missing();
  MayPause here;
  auto options = run_options(option_list);
  if (!options) return badarg();
  auto source = is_pattern(expression) ? source_of(expression) : std::nullopt;
  if (is_pattern(expression)) {
    if (!source || options->compiles) return badarg();
  } else {
    auto text = text_of(expression, (options->compile.bits & PCRE2_UTF) != 0);
    if (!text) return badarg();
    source = Source{options->compile, *text};
  }
  auto compiled = pcre2::compile(*library, source->text, source->options);
  auto& heap = context.heap;
  if (auto* problem = std::get_if<pcre2::CompileError>(&compiled)) {
    if (!options->report_errors) return badarg();
    Term why = make_tuple(heap, {Term::atom(Atom::of("compile")), compile_error(heap, *problem)});
    return make_tuple(heap, {Term::atom(atoms::error), why});
  }
  auto& pattern = *std::get<0>(compiled);
  auto read = Subject::of(subject, pattern.unicode());
  auto selection = selection_of(pattern, options->capture);
  if (!read || !selection || options->offset > read->text().size()) return badarg();
  Captures captures{heap, subject, read->text(), pattern, *selection, options->as};
  Run run{heap, *library, pattern, *options, read->text(), *selection, std::move(captures)};
  return options->global ? run.everywhere() : run.once();
}

NativeResult re_run_2(Context& context, const Term* a) { return run(context, a[0], a[1], Term::nil()); }
NativeResult re_run_3(Context& context, const Term* a) { return run(context, a[0], a[1], a[2]); }

// inspect(Pattern, namelist)
NativeResult re_inspect(Context& context, const Term* a) {
  auto* library = pcre2::library();
  if (!library) return missing();
  auto source = source_of(a[0]);
  if (!source || !is_named(a[1], "namelist")) return badarg();
  auto compiled = pcre2::compile(*library, source->text, source->options);
  auto* pattern = std::get_if<0>(&compiled);
  if (!pattern) return badarg();
  std::vector<Term> names;
  for (auto& row : (*pattern)->names()) names.push_back(make_binary(context.heap, row.name));
  return make_tuple(context.heap, {a[1], make_list(context.heap, std::span<const Term>{names})});
}

NativeResult re_version(Context& context, const Term*) {
  auto* library = pcre2::library();
  return library ? NativeResult{make_binary(context.heap, pcre2::version(*library))} : missing();
}

constexpr NativeRow re_functions[] = {
    {"compile", 1, re_compile_1}, {"compile", 2, re_compile_2},  {"import", 1, re_import},
    {"inspect", 2, re_inspect},   {"internal_run", 4, re_run_3}, {"run", 2, re_run_2},
    {"run", 3, re_run_3},         {"version", 0, re_version},
};

}  // namespace

extern const NativeModule re_module;
const NativeModule re_module{"re", re_functions, "erl_stdlib_errors"};

}  // namespace noderuntime
