// Prints results on standard output and everything else on standard error.
#pragma once

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <noderuntime/terms.h>
#include "noderuntime/command/exit_status.h"
#include "noderuntime/notation/notation.h"

namespace noderuntime::command {

bool is_terminal();  // standard output
// Text that may come from another node, safe to print on a terminal: control characters, except line ends and
// tabs, and bytes that are not UTF-8 are written as \xHH.
std::string without_controls(std::string_view text);
// Prints a line on standard error: "noderuntime: TEXT", without control characters.
void complain(std::string_view text);
// The same for an error, with the node or thing it is about, if any; returns the exit status for it.
int report(const Error& error, std::string_view about = {});

// The progress of long work: one line on standard error that is overwritten; on a terminal only.
class Progress {
 public:
  static constexpr std::chrono::duration<double> interval{0.5};
  ~Progress();
  void show(const std::string& text);

 private:
  bool shown_ = false;
};

// A field of a JSON object.
using Field = std::pair<std::string_view, Value>;

// Writes results: terms in a notation, or JSON objects that say what they are about.
class Output {
 public:
  enum class Form { text, etf };
  Output(Notation notation, Form form, bool json) : notation_{notation}, form_{form}, json_{json} {}

  void set_self(const NodeIdentity& self) { self_ = self; }  // the node of local pids, for etf

  bool json() const { return json_; }  // --json: one object per line
  Notation notation() const { return notation_; }

  void value(Term term) const;                             // a line; etf: the bytes, without a line end
  void object(std::initializer_list<Field> fields) const;  // JSON, in any notation
  void object(const std::vector<Field>& fields) const;
  void document(Term object) const;  // JSON, in any notation
  void json_line(std::string_view json) const;
  static std::string json_text(
      const std::vector<Field>& fields);   // what object() prints, without its line end
  void line(std::string_view text) const;  // without control characters
  void clear_screen() const;
  std::string text(Term term) const;  // in the notation, as part of a line

 private:
  Notation notation_;
  Form form_;
  bool json_;
  NodeIdentity self_{};
};

// The text of characters and binaries in nested lists; other terms are left out.
std::string characters(Term deep);

Value text_value(std::string_view utf8);  // a binary
Value number_value(double number);
Value integer_value(std::int64_t number);
// Rounds to three digits after the point.
double rounded(double number);

}  // namespace noderuntime::command
