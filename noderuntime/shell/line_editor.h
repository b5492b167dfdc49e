// A line editor without I/O: keys in; lines, and what the terminal has to show, out.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <noderuntime/result.h>
#include "noderuntime/shell/history.h"

namespace noderuntime::shell {

struct TypedLine {
  std::string text;  // UTF-8, without its end
  bool remembered;   // it is in the history now
};
struct EndTyped {};        // ^D on an empty line
struct InterruptTyped {};  // ^C
struct QuitTyped {};       // ^backslash
struct SwitchTyped {       // ^G: nothing is read any more
  std::string line;        // what was typed of the line, for begin()
};
struct CompletionTyped {  // Tab: complete() is to be called
  std::string before;     // the line left of the cursor
};
using EditorEvent =
    std::variant<TypedLine, EndTyped, InterruptTyped, QuitTyped, SwitchTyped, CompletionTyped>;

// Edits one line after the other on a terminal as xterm and all that follow it (ECMA-48). Loop thread only.
//
// feed() takes bytes of any cut; keys that are typed while nothing is read wait for the next begin(), but ^C, ^\ and ^G
// are told at once. print() puts text above the line that is being edited: it erases the line, and draws it again. Each
// step draws once, however many keys it had.
//
// The line is a sequence of code points; the cursor stands between grapheme clusters (roughly those of UAX #29).
// Source of the keys: those that edlin of OTP, readline and libedit have in common.
class LineEditor {
 public:
  // The columns of a character: 0, 1 or 2; negative if it cannot be printed.
  using Width = int (*)(char32_t);

  static constexpr std::size_t most_line = 256 << 10;  // characters of a line; those beyond are dropped
  static constexpr std::size_t most_waiting = std::size_t{4} << 20;  // bytes typed before they are read
  static constexpr std::size_t most_open_output = 4'096;  // bytes of a line of output that has no end yet

  LineEditor(Width width, History& history) : width_{width}, history_{history} {}

  // Shows the prompt and reads a line, which begins with `line`. Without echo nothing of it is shown, nor remembered.
  void begin(std::string_view prompt, bool echo, bool remember, std::string_view line = {});
  void stop();   // erases the prompt and forgets the line
  void leave();  // forgets the line, which stays on the screen; the cursor goes to a new screen line
  bool reading() const { return reading_; }
  void feed(std::string_view typed);
  void clear();  // empties the line
  // The answer to CompletionTyped: text to insert at the cursor, and lines to show below
  // the line, which is then drawn again.
  void complete(std::string_view insert, std::string_view listing);

  void print(std::string_view text);
  void resize(std::size_t columns);  // 0: unknown, so 80
  void redraw();                     // on an empty screen line

  std::optional<EditorEvent> next();
  std::string take_output();

 private:
  using Text = std::u32string;
  struct Place {
    std::size_t row = 0, column = 0;
  };
  enum class Act;
  struct Binding;
  static const Binding bindings[];

  struct Key {
    char32_t code = 0;  // a character, or one of `Named`
    bool meta = false;
  };
  std::optional<Key> next_key();
  std::optional<Key> next_pasted_key();
  Key escape_sequence(std::string_view sequence) const;
  void run();
  void watch_for_interrupts();
  void press(Key key);
  void perform(Act act);
  bool search_with(Key key);
  void search_further(std::size_t from);
  void enter();
  void leave_line();
  void switch_job();
  void end_line();
  bool is_text_key(Key key) const;
  void insert(std::u32string_view text);
  void kill(std::size_t from, std::size_t to);
  void recall(std::size_t index);
  void set_text(std::string_view utf8);

  std::size_t cluster_after(std::size_t at) const;
  std::size_t cluster_before(std::size_t at) const;
  std::size_t word_after(std::size_t at) const;
  std::size_t word_before(std::size_t at) const;
  int columns_of(char32_t character) const;
  Place place_after(Place from, std::u32string_view text) const;
  Place place_after_raw(Place from, std::string_view output) const;
  void erase();
  void draw();
  void move_from_to(Place from, Place to);

  Width width_;
  History& history_;
  std::size_t columns_ = 80;
  std::string output_;
  std::vector<EditorEvent> events_;
  std::size_t events_taken_ = 0;

  std::string typed_;
  std::size_t taken_ = 0;  // bytes of typed_ that were handled in this step
  Text inserted_;          // characters that this step inserts at the cursor
  bool pasting_ = false;
  bool reading_ = false, echo_ = true, remember_ = true, completing_ = false;
  std::string open_output_;  // of the last line of output, if it has no end yet
  std::string asked_prompt_, prompt_;
  Text text_, killed_;
  std::size_t cursor_ = 0;
  std::size_t recalled_ = 0;  // index in the history; its size: the line that is new
  Text draft_;                // of the new line, while a recalled one is shown
  bool searching_ = false;
  std::string query_;
  std::size_t found_ = 0;

  // What stands on the screen.
  Place cursor_place_;  // relative to where the prompt begins
  Text drawn_;
  bool drawn_at_end_ = false;  // the cursor stands behind drawn_
};

}  // namespace noderuntime::shell
