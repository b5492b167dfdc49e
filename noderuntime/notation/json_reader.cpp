// Reads JSON as docs/json.md describes it. The only user of nlohmann's parser.
#include <algorithm>

#include <nlohmann/json.hpp>

#include "noderuntime/notation/base64.h"
#include "noderuntime/notation/reader.h"
#include "noderuntime/term/text_reader.h"
#include "noderuntime/term/well_known_atoms.h"

namespace noderuntime::notation {
namespace {

// Counts how far the parser has read, which its events do not report.
class Cursor {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  Cursor(const char* at, const char** seen) : at_{at}, seen_{seen} {}
  reference operator*() const { return *at_; }
  Cursor& operator++() { return *seen_ = ++at_, *this; }
  friend bool operator==(const Cursor& a, const Cursor& b) { return a.at_ == b.at_; }

 private:
  const char* at_;
  const char** seen_;
};

class JsonReader : TextReader {
 public:
  JsonReader(std::string_view text, const ReadOptions& options) : TextReader{text, '\0'}, options_{options} {}

  Result<OwnedTerm> term() {
    const char* end = text_.data() + text_.size();
    bool whole = nlohmann::json::sax_parse(Cursor{text_.data(), &seen_}, Cursor{end, &seen_}, this);
    if (!whole) fail();
    at_ = text_.size();
    return finish();
  }

  // --- called by the parser; false: it stops

  bool null() { return push_atom("null"); }
  bool boolean(bool value) { return push(Term::boolean(value)); }
  bool number_integer(std::int64_t value) { return push(make_integer(heap_, value)); }
  bool number_unsigned(std::uint64_t value) { return push(make_unsigned(heap_, value)); }
  bool number_float(double value, const std::string& text) {
    if (text.find_first_of(".eE") != std::string::npos) return push(make_float(heap_, value));
    return here(), push_integer(text.substr(text[0] == '-'), 10, text[0] == '-');
  }
  bool string(std::string& text) {
    if (options_.self && text == "$self") return push(copy(*options_.self, heap_));
    return push(make_binary(heap_, std::string_view{text}));
  }
  bool binary(std::vector<std::uint8_t>&) { return false; }
  bool key(std::string& text) { return push(make_binary(heap_, std::string_view{text})); }
  bool start_array(std::size_t) { return open_.push_back(values_.size()), true; }
  bool end_array() {
    auto inner = take_open();
    return close(make_list(heap_, inner));
  }
  bool start_object(std::size_t) { return open_.push_back(values_.size()), true; }
  bool end_object() {
    auto inner = take_open();
    auto special = inner.size() == 2 ? special_form(inner[0], inner[1]) : Special{};
    if (special.known) return special.term ? close(*special.term) : (here(), fail(), false);
    return close(map_of(inner));
  }
  bool parse_error(std::size_t position, const std::string&, const nlohmann::json::exception&) {
    at_ = std::min(position > 0 ? position - 1 : 0, text_.size());
    return fail(), false;
  }

 private:
  void here() { at_ = static_cast<std::size_t>(seen_ - text_.data()); }

  std::span<Term> take_open() {
    start_ = open_.back();
    open_.pop_back();
    return {values_.data() + start_, values_.size() - start_};
  }
  bool close(Term built) { return values_.resize(start_), push(built); }

  struct Special {
    bool known = false;
    std::optional<Term> term;  // nullopt: not as the form requires
  };
  Special special_form(Term key, Term value) {
    std::string_view name = text_of(key);
    if (name == "$binary") return {true, binary_form(value)};
    if (name == "$map") return {true, map_form(value)};
    if (name == "$improper") return {true, improper_form(value)};
    return {};
  }

  static std::string_view text_of(Term binary) {
    auto bytes = *aligned_bytes(binary);
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }

  std::optional<Term> binary_form(Term value) {
    if (!value.is_bitstring()) return std::nullopt;
    auto bytes = from_base64(text_of(value));
    return bytes ? std::optional{make_binary(heap_, std::string_view{*bytes})} : std::nullopt;
  }
  static bool is_pair(Term list) {
    return list.is_cons() && list.tail().is_cons() && list.tail().tail().is_nil();
  }
  std::optional<Term> map_form(Term list) {
    std::vector<Term> inner;
    for (; list.is_cons(); list = list.tail()) {
      if (!is_pair(list.head())) return std::nullopt;
      inner.push_back(list.head().head()), inner.push_back(list.head().tail().head());
    }
    return list.is_nil() ? std::optional{map_of(inner)} : std::nullopt;
  }
  std::optional<Term> improper_form(Term value) {
    if (!is_pair(value) || !value.head().is_cons()) return std::nullopt;
    std::vector<Term> elements;
    for (Term list = value.head(); list.is_cons(); list = list.tail()) elements.push_back(list.head());
    return make_list(heap_, elements, value.tail().head());
  }

  const ReadOptions& options_;
  const char* seen_ = text_.data();
  std::vector<std::size_t> open_;  // the first value of each open bracket
  std::size_t start_ = 0;
};

}  // namespace

Result<OwnedTerm> read_json(std::string_view text, const ReadOptions& options) {
  return JsonReader{text, options}.term();
}

}  // namespace noderuntime::notation
