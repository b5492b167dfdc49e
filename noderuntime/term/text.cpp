// Prints terms. The forms are those of io_lib:format/2 with ~w and ~p, on one line.
#include "noderuntime/term/text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <memory>
#include <vector>

#include "common/wire/utf8.h"
#include "noderuntime/term/bits.h"
#include "noderuntime/term/frame_stack.h"
#include "noderuntime/term/integer.h"
#include "noderuntime/term/map.h"
#include "noderuntime/term/pace.h"

namespace noderuntime {

bool is_printable(char32_t c, bool unicode) {
  if ((c >= 0x20 && c <= 0x7E) || (c >= 0xA0 && c <= 0xFF)) return true;
  if ((c >= 8 && c <= 13) || c == 27) return true;  // \b \t \n \v \f \r \e
  return unicode && c > 0xFF && (c < 0xD800 || (c > 0xDFFF && c < 0xFFFE) || (c > 0xFFFF && c <= 0x10FFFF));
}

namespace {

// OTP quotes `else` and `maybe` since 27.
constexpr std::string_view reserved_words[] = {
    "after", "and",   "andalso", "band",   "begin",   "bnot", "bor", "bsl",  "bsr", "bxor",
    "case",  "catch", "cond",    "div",    "else",    "end",  "fun", "if",   "let", "maybe",
    "not",   "of",    "or",      "orelse", "receive", "rem",  "try", "when", "xor"};

bool is_lower(char32_t c) { return (c >= 'a' && c <= 'z') || (c >= 0xDF && c <= 0xFF && c != 0xF7); }
bool is_upper(char32_t c) { return (c >= 'A' && c <= 'Z') || (c >= 0xC0 && c <= 0xDE && c != 0xD7); }
bool is_name(char32_t c) {
  return is_lower(c) || is_upper(c) || (c >= '0' && c <= '9') || c == '_' || c == '@';
}

bool is_word(std::string_view atom) {
  std::size_t at = 0;
  auto first = utf8::next(atom, at);
  if (!first || !is_lower(*first)) return false;
  while (at < atom.size()) {
    auto c = utf8::next(atom, at);
    if (!c || !is_name(*c)) return false;
  }
  return true;
}

bool is_reserved(std::string_view atom) {
  return std::binary_search(std::begin(reserved_words), std::end(reserved_words), atom);
}

bool needs_quotes(std::string_view atom) { return !is_word(atom) || is_reserved(atom); }

// In an external fun reserved words have no quotes, as OTP prints it.
std::string name_in_fun(Atom atom, bool unicode) {
  return is_reserved(atom.text()) ? std::string{atom.text()} : atom_to_text(atom, unicode);
}

void append_escaped(std::string& out, char32_t c, char quote, bool unicode) {
  constexpr std::string_view controls = "\b\t\n\v\f\r\x1B\x7F", letters = "btnvfred";
  if (c == static_cast<unsigned char>(quote) || c == '\\') {
    out += '\\', out += static_cast<char>(c);
  } else if ((c >= 0x20 && c <= 0x7E) || (c >= 0xA0 && (c <= 0xFF || unicode))) {
    utf8::append(out, c);
  } else if (c > 0xFF) {
    std::array<char, 8> digits;
    auto end = std::to_chars(digits.begin(), digits.end(), static_cast<std::uint32_t>(c), 16).ptr;
    std::transform(digits.begin(), end, digits.begin(),
                   [](char d) { return d >= 'a' ? static_cast<char>(d - 32) : d; });
    out += "\\x{", out.append(digits.begin(), end), out += '}';
  } else if (auto found = c < 0x80 ? controls.find(static_cast<char>(c)) : std::string_view::npos;
             found != std::string_view::npos) {
    out += '\\', out += letters[found];
  } else {
    out += '\\';
    for (int shift : {6, 3, 0}) out += static_cast<char>('0' + ((c >> shift) & 7));
  }
}

void append_number(std::string& out, std::uint64_t value) {
  std::array<char, 24> digits;
  out.append(digits.begin(), std::to_chars(digits.begin(), digits.end(), value).ptr);
}

// The first part of an identifier: the node's name, or 0 for this node.
void append_node(std::string& out, const Term* node) {
  if (node)
    out += node->as_atom().text();
  else
    out += '0';
}

class Printer {
 public:
  explicit Printer(const TextOptions& options) : options_{options} {}

  std::string print(Term root) {
    value(root);
    while (!waiting_.empty()) {
      if (out_.size() > options_.limit) return cut();
      rounds_.next();
      run(waiting_.pop());
    }
    return out_.size() > options_.limit ? cut() : std::move(out_);
  }

 private:
  // What is still to be printed; the last item comes next.
  struct Item {
    enum Kind : std::uint32_t { text, term, terms, list, map, fields } kind;
    std::uint32_t first = true;
    const char* literal = nullptr;
    Term one = {};                 // term; list: the rest
    const Term* at = nullptr;      // terms; fields: the names
    const Term* values = nullptr;  // fields
    std::size_t left = 0;
  };

  static Item literal(const char* text) { return {Item::text, true, text}; }

  std::string cut() {
    out_.resize(std::min(out_.size(), options_.limit));
    while (!out_.empty() && (out_.back() & 0xC0) == 0x80) out_.pop_back();  // no half character
    if (!out_.empty() && (out_.back() & 0x80)) out_.pop_back();
    return out_ += "...", std::move(out_);
  }

  void separate(Item& item) {
    if (!item.first) out_ += ',';
    item.first = false;
  }

  void run(Item item) {
    switch (item.kind) {
      case Item::text: out_ += item.literal; break;
      case Item::term: value(item.one); break;
      case Item::terms: {
        if (item.left == 0) break;
        separate(item);
        Term next = *item.at++;
        if (--item.left > 0) waiting_.push(item);
        value(next);
        break;
      }
      case Item::list: {
        if (item.one.is_nil()) break;
        if (!item.one.is_cons()) {
          out_ += '|';
          value(item.one);
          break;
        }
        separate(item);
        Term head = item.one.head();
        item.one = item.one.tail();
        waiting_.push(item);
        value(head);
        break;
      }
      case Item::map: {
        map::Entry entry;
        if (!maps_.back()->next(entry)) {
          maps_.pop_back();
          break;
        }
        separate(item);
        waiting_.push(item);
        waiting_.push({Item::term, true, nullptr, entry.value});
        waiting_.push(literal(" => "));
        value(entry.key);
        break;
      }
      case Item::fields: {
        if (item.left == 0) break;
        separate(item);
        --item.left;
        out_ += atom_to_text(item.at++->as_atom(), options_.unicode);
        out_ += " = ";
        Term next = *item.values++;
        waiting_.push(item);
        value(next);
        break;
      }
    }
  }

  void value(Term term) {
    if (term.is_small()) {
      if (term.as_small() < 0) out_ += '-';
      return append_number(out_, static_cast<std::uint64_t>(std::abs(term.as_small())));
    }
    if (term.is_atom()) return static_cast<void>(out_ += atom_to_text(term.as_atom(), options_.unicode));
    if (term.is_nil()) return static_cast<void>(out_ += "[]");
    if (term.is_cons()) return list(term);
    if (term.is_local_pid()) return identifier("<", nullptr, {pid_slot(term), pid_serial(term)});
    switch (kind_of(term)) {
      case Kind::tuple:
        out_ += '{';
        waiting_.push(literal("}"));
        waiting_.push({Item::terms, true, nullptr, {}, elements_of(term), nullptr, box_size(term)});
        break;
      case Kind::positive_integer:
      case Kind::negative_integer: out_ += integer::to_text(term); break;
      case Kind::floating: out_ += float_to_text(to_double(term)); break;
      case Kind::reference:
      case Kind::magic_reference: {
        auto* words = local_reference_words(term);
        identifier("#Ref<", nullptr, {words[2], words[1], words[0]});
        break;
      }
      case Kind::external_reference: external_reference(box_as<ExternalReference>(term)); break;
      case Kind::external_pid: {
        auto* pid = box_as<ExternalPid>(term);
        identifier("<", &pid->node, {pid->id, pid->serial});
        break;
      }
      case Kind::external_port:
        identifier("#Port<", &box_as<ExternalPort>(term)->node, {box_as<ExternalPort>(term)->id});
        break;
      case Kind::fun: {
        auto* fun = box_as<FunObject>(term);
        out_ += "#Fun<" + std::string{fun->module.as_atom().text()} + '.' + std::to_string(fun->old_index) +
                '.' + integer::to_text(fun->old_uniq) + '>';
        break;
      }
      case Kind::export_fun: {
        auto* fun = box_as<ExportFun>(term);
        out_ += "fun " + name_in_fun(fun->module.as_atom(), options_.unicode) + ':' +
                name_in_fun(fun->function.as_atom(), options_.unicode) + '/';
        append_number(out_, fun->arity);
        break;
      }
      case Kind::binary:
      case Kind::slice: bitstring(bits_of(term)); break;
      case Kind::flat_map:
      case Kind::trie_map:
        out_ += "#{";
        waiting_.push(literal("}"));
        waiting_.push({Item::map});
        maps_.push_back(std::make_unique<map::Iterator>(term));
        break;
      case Kind::record: record(box_as<NativeRecord>(term)); break;
      case Kind::trie_node:
      case Kind::match_context: out_ += "#Internal<>"; break;
    }
  }

  void identifier(const char* start, const Term* node, std::initializer_list<std::uint64_t> numbers) {
    out_ += start;
    append_node(out_, node);
    for (auto number : numbers) out_ += '.', append_number(out_, number);
    out_ += '>';
  }

  void external_reference(const ExternalReference* reference) {
    out_ += "#Ref<";
    append_node(out_, &reference->node);
    for (std::size_t i = reference->count; i-- > 0;) out_ += '.', append_number(out_, reference->words[i]);
    out_ += '>';
  }

  void record(NativeRecord* record) {
    out_ += '#' + atom_to_text(record->module.as_atom(), options_.unicode) + ':' +
            atom_to_text(record->name.as_atom(), options_.unicode) + '{';
    waiting_.push(literal("}"));
    waiting_.push(
        {Item::fields, true, nullptr, {}, record->fields, record->fields + record->count, record->count});
  }

  // Looks no further than the limit.
  bool is_string(Term list) {
    std::size_t seen = 0;
    for (; list.is_cons() && seen <= options_.limit; list = list.tail(), ++seen) {
      rounds_.next();
      Term head = list.head();
      if (!head.is_small() || head.as_small() < 0 || head.as_small() > 0x10FFFF) return false;
      if (!is_printable(static_cast<char32_t>(head.as_small()), options_.unicode)) return false;
    }
    return list.is_nil() || list.is_cons();
  }

  void list(Term list) {
    if (options_.strings && is_string(list)) {
      out_ += '"';
      for (; list.is_cons() && out_.size() <= options_.limit; list = list.tail())
        rounds_.next(),
            append_escaped(out_, static_cast<char32_t>(list.head().as_small()), '"', options_.unicode);
      out_ += '"';
      return;
    }
    out_ += '[';
    waiting_.push(literal("]"));
    waiting_.push({Item::list, true, nullptr, list});
  }

  enum class Printable { no, latin1, utf8 };

  Printable printable(std::string_view bytes) {
    if (options_.unicode && utf8::length(bytes)) {
      bool ascii = true;
      for (std::size_t at = 0; at < bytes.size();) {
        rounds_.next();
        auto c = *utf8::next(bytes, at);
        if (!is_printable(c, true)) return Printable::no;
        ascii &= c < 0x80;
      }
      return ascii ? Printable::latin1 : Printable::utf8;
    }
    bool all = std::all_of(bytes.begin(), bytes.end(), [&](char c) {
      return rounds_.next(), is_printable(static_cast<unsigned char>(c), false);
    });
    return all ? Printable::latin1 : Printable::no;
  }

  void bitstring(const BitView& view) {
    if (options_.strings && view.whole_bytes() && view.bit_size > 0 && binary_as_string(view)) return;
    out_ += "<<";
    for (std::uint64_t at = 0; at < view.bit_size && out_.size() <= options_.limit; at += 8) {
      rounds_.next();
      if (at > 0) out_ += ',';
      auto here = static_cast<unsigned>(std::min<std::uint64_t>(8, view.bit_size - at));
      append_number(out_, bits::read(view.data, view.bit_offset + at, here));
      if (here < 8) out_ += ':', append_number(out_, here);
    }
    out_ += ">>";
  }

  bool binary_as_string(const BitView& view) {
    std::string copy;
    std::string_view bytes;
    if (view.bit_offset % 8 == 0) {
      bytes = {reinterpret_cast<const char*>(view.data + view.bit_offset / 8), view.bit_size / 8};
    } else {
      copy.resize(view.bit_size / 8);
      bits::copy_to_front(view.data, view.bit_offset, reinterpret_cast<std::uint8_t*>(copy.data()),
                          view.bit_size);
      bytes = copy;
    }
    auto form = printable(bytes);
    if (form == Printable::no) return false;
    out_ += "<<\"";
    for (std::size_t at = 0; at < bytes.size() && out_.size() <= options_.limit;) {
      rounds_.next();
      char32_t c = form == Printable::utf8 ? *utf8::next(bytes, at) : static_cast<unsigned char>(bytes[at++]);
      append_escaped(out_, c, '"', true);
    }
    out_ += form == Printable::utf8 ? "\"/utf8>>" : "\">>";
    return true;
  }

  TextOptions options_;
  std::string out_;
  FrameStack<Item, 8> waiting_;
  std::vector<std::unique_ptr<map::Iterator>> maps_;  // the iterators of the maps in waiting_
  static constexpr std::int64_t steps_per_item = 8;
  Rounds rounds_{steps_per_item};
};

}  // namespace

std::string to_text(Term term, const TextOptions& options) { return Printer{options}.print(term); }

std::string atom_to_text(Atom atom, bool unicode) {
  auto text = atom.text();
  if (!needs_quotes(text)) return std::string{text};
  std::string out = "'";
  for (std::size_t at = 0; at < text.size();) append_escaped(out, *utf8::next(text, at), '\'', unicode);
  return out += '\'';
}

namespace {

// 0.d1d2d3… times 10^place.
struct Decimal {
  std::string digits;
  int place;
};

Decimal shortest_digits(double magnitude) {
  std::array<char, 32> buffer;
  char* end = std::to_chars(buffer.begin(), buffer.end(), magnitude, std::chars_format::scientific).ptr;
  char* e = std::find(buffer.begin(), end, 'e');
  int exponent = 0;
  std::from_chars(e[1] == '+' ? e + 2 : e + 1, end, exponent);
  std::string digits{buffer[0]};
  if (e > buffer.begin() + 1) digits.append(buffer.begin() + 2, e);
  return {digits, exponent + 1};
}

std::string with_exponent(const Decimal& decimal) {
  auto rest = decimal.digits.size() == 1 ? "0" : decimal.digits.substr(1);
  return decimal.digits.substr(0, 1) + '.' + rest + 'e' + std::to_string(decimal.place - 1);
}

std::string with_point(const Decimal& decimal) {
  int place = decimal.place, count = static_cast<int>(decimal.digits.size());
  auto zeros = [](int number) { return std::string(static_cast<std::size_t>(number), '0'); };
  if (place <= 0) return "0." + zeros(-place) + decimal.digits;
  if (place >= count) return decimal.digits + zeros(place - count) + ".0";
  auto split = static_cast<std::size_t>(place);
  return decimal.digits.substr(0, split) + '.' + decimal.digits.substr(split);
}

}  // namespace

// The shorter of the two forms; always with an exponent from 2^53 on, where not every integer is a float.
std::string float_to_text(double value) {
  constexpr double exact_integers = 9007199254740992.0;
  std::string sign = std::signbit(value) ? "-" : "";
  if (value == 0) return sign + "0.0";
  auto decimal = shortest_digits(std::fabs(value));
  auto scientific = with_exponent(decimal);
  if (std::fabs(value) >= exact_integers) return sign + scientific;
  if (decimal.place < -20) return sign + scientific;
  auto plain = with_point(decimal);
  return sign + (plain.size() <= scientific.size() ? plain : scientific);
}

}  // namespace noderuntime
