// Claims about the line editor: which lines the keys give, and what then stands on the screen.
#include "noderuntime/shell/line_editor.h"
#include "test/unit/catch.h"
#include "test/unit/cuts.h"
#include "test/unit/shell/screen.h"

using namespace noderuntime;
using namespace noderuntime::shell;
using namespace noderuntime::test;

namespace {

struct Seat {
  explicit Seat(std::size_t columns = 40) : screen{columns} {
    editor.resize(columns);
    editor.begin("1> ", true, true);
  }
  // The events as text.
  std::string type(std::string_view keys) {
    editor.feed(keys);
    return events();
  }
  std::string events() {
    std::string all;
    while (auto event = editor.next()) {
      if (auto* line = std::get_if<TypedLine>(&*event)) all += "line " + line->text + ";";
      if (std::get_if<EndTyped>(&*event)) all += "end;";
      if (std::get_if<InterruptTyped>(&*event)) all += "interrupt;";
      if (std::get_if<QuitTyped>(&*event)) all += "quit;";
      if (auto* typed = std::get_if<SwitchTyped>(&*event)) all += "switch " + typed->line + ";";
      if (auto* tab = std::get_if<CompletionTyped>(&*event)) all += "tab " + tab->before + ";";
    }
    screen.write(editor.take_output());
    return all;
  }
  std::string shows() {
    events();
    return screen.text();
  }

  History history{100};
  LineEditor editor{width_of, history};
  Screen screen;
};

}  // namespace

TEST_CASE("line editor: a line is what its keys say, however they are cut", "[shell]") {
  std::string keys = "list\x02\x02X\x05s:h\xC3\xA4\x1b[D\x1b[D\x1b[3~\x01(\x1b[F)\r";
  for_each_cut(as_bytes(keys), [](const std::vector<Bytes>& pieces) {
    Seat seat;
    std::string events;
    for (auto piece : pieces) events += seat.type(as_text(piece));
    CHECK(events == "line (liXsts:\xC3\xA4);");
    CHECK(seat.shows() == "1> (liXsts:\xC3\xA4)|_");
  });
}

TEST_CASE("line editor: ^G leaves the line, which a later read can go on with", "[shell]") {
  Seat seat;
  CHECK(seat.type("ab\x02\x07"
                  "c 1\r") == "switch ab;");
  CHECK_FALSE(seat.editor.reading());
  seat.editor.begin(" --> ", true, false);
  CHECK(seat.events() == "line c 1;");
  seat.editor.begin("1> ", true, true, "ab");
  CHECK(seat.shows() == "1> ab| --> c 1|1> ab_");
  CHECK(seat.type("c\r") == "line abc;");
  CHECK(seat.type("lost\x07j\r") == "switch ;");
  seat.editor.begin(" --> ", true, false);
  CHECK(seat.events() == "line j;");
}

TEST_CASE("line editor: each key does on the screen what it does in the line", "[shell]") {
  struct Row {
    std::string keys, shown;
  };
  auto row = GENERATE(values<Row>({
      {"abc", "1> abc_"},
      {"abc\x02", "1> ab_c"},
      {"abc\x01", "1> _abc"},
      {"abc\x01\x06", "1> a_bc"},
      {"abc\x7f", "1> ab_"},
      {"abc\x02\x08", "1> a_c"},
      {"abc\x02\x04", "1> ab_"},
      {"abc\x01\x0b", "1> _"},
      {"abc\x15", "1> _"},
      {"abc def\x17", "1> abc _"},
      {"abc def\x17\x01\x19", "1> def_abc "},
      {"abc def\x1b"
       "b",
       "1> abc _def"},
      {"abc def\x01\x1b"
       "f",
       "1> abc_ def"},
      {"abc def\x01\x1b"
       "d",
       "1> _ def"},
      {"abc def\x1b[1;5D", "1> abc _def"},
      {"ab\x14", "1> ba_"},
      {"abc\x1b[H\x1b[C", "1> a_bc"},
      {"abc\x1b[999;999Zd", "1> abcd_"},
      {"a\xE6\x97\xA5"
       "b\x02\x02",
       "1> a_\xE6\x97\xA5"
       "b"},
      {"a\xE6\x97\xA5\x7f", "1> a_"},
      {"e\xCC\x81\x7f", "1> _"},
      {"e\xCC\x81x\x02\x02y", "1> y_e\xCC\x81x"},
      {"\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x91\xA7\x7f", "1> _"},
      {"\xff\xfe"
       "a",
       "1> a_"},
      {"a\x1b[200~b\tc\x01\x1b[201~d", "1> ab cd_"},
      {"abc\x0c", "1> abc_"},
      {"abc\x1b[\x1b\x1b\x15"
       "d",
       "1> d_"},
      {"\x00\x07\x1c\x0f", "1> _"},
  }));
  CAPTURE(row.keys);
  Seat seat;
  seat.type(row.keys);
  CHECK(seat.shows() == row.shown);
}

TEST_CASE("line editor: long lines wrap, with the cursor where it belongs", "[shell]") {
  Seat seat{10};
  seat.type("abcdefg");
  CHECK(seat.shows() == "1> abcdefg|_");
  seat.type("h");
  CHECK(seat.shows() == "1> abcdefg|h_");
  seat.type(
      "\x01"
      "X");
  CHECK(seat.shows() == "1> X_abcdef|gh");
  seat.type("\x05\x7f\x7f");
  CHECK(seat.shows() == "1> Xabcdef|_");
  seat.type("\x7f");
  CHECK(seat.shows() == "1> Xabcde_");
  seat.type("\xE6\x97\xA5");  // has no room in the last column
  CHECK(seat.shows() == "1> Xabcde|\xE6\x97\xA5_");
  CHECK(seat.type("0123456789012345\x01\r") ==
        "line Xabcde\xE6\x97\xA5"
        "0123456789012345;");
  CHECK(seat.shows() ==
        "1> Xabcde|\xE6\x97\xA5"
        "01234567|89012345|_");
}

TEST_CASE("line editor: output comes above the line that is typed, and partial lines stay", "[shell]") {
  Seat seat{10};
  seat.type("abcdefghij\x02\x02");
  seat.editor.print("out\n");
  CHECK(seat.shows() == "out|1> abcdefg|h_ij");
  seat.editor.print("12");
  CHECK(seat.shows() == "out|121> abcde|fgh_ij");
  seat.editor.print("34\n");
  CHECK(seat.shows() == "out|1234|1> abcdefg|h_ij");
  CHECK(seat.type("\r") == "line abcdefghij;");
  seat.editor.print("no end");
  seat.editor.begin("2> ", true, true);
  seat.type("x");
  CHECK(seat.shows() == "out|1234|1> abcdefg|hij|no end2> x|_");
}

TEST_CASE("line editor: escape sequences in prompts and output take no room", "[shell]") {
  Seat seat{20};
  seat.editor.print("\x1b[31mred\x1b[0m");
  seat.editor.begin("\x1b]0;title\x07\x1b[1miex\x1b[22m> ", true, true);
  seat.type(
      "ab\x01"
      "c\r");
  CHECK(seat.type("") == "");
  seat.editor.begin("\x1b[1;33miex\x1b[22m> ", true, true);
  seat.editor.feed(
      "ab\x02"
      "c");
  auto output = seat.editor.take_output();
  CHECK(output.ends_with("\r\x1b[7C"));
}

TEST_CASE("line editor: a prompt of several lines is output and a prompt", "[shell]") {
  Seat seat;
  seat.editor.begin("Name\nplease: ", true, true);
  seat.type("ab\x02");
  CHECK(seat.shows() == "Name|please: a_b");
}

TEST_CASE("line editor: ^D ends on an empty line only, ^C clears the line, ^backslash quits", "[shell]") {
  Seat seat;
  CHECK(seat.type("a\x01\x04") == "");
  CHECK(seat.type("abc\x03") == "interrupt;");
  CHECK(seat.shows() == "1> _");
  CHECK(seat.type("\x1c") == "quit;");
  CHECK(seat.type("\x04") == "end;");
}

TEST_CASE("line editor: keys wait for the next line, but ^C and ^backslash do not", "[shell]") {
  Seat seat;
  CHECK(seat.type("one\rtwo\rthr") == "line one;");
  CHECK_FALSE(seat.editor.reading());
  seat.editor.begin("2> ", true, true);
  CHECK(seat.events() == "line two;");
  seat.editor.begin("3> ", true, true);
  CHECK(seat.events() == "");
  CHECK(seat.shows() == "1> one|2> two|3> thr_");
  seat.type("\r");
  CHECK(seat.type("lost\x03kept") == "interrupt;");
  CHECK(seat.type("\x1c") == "quit;");
  seat.editor.begin("4> ", true, true);
  CHECK(seat.shows() == "1> one|2> two|3> thr|4> _");
}

TEST_CASE("line editor: the history is walked and searched", "[shell]") {
  Seat seat;
  for (auto line : {"first(1)\r", "second\r", "first(2)\r", "   \r", "first(2)\r"}) {
    seat.type(line);
    seat.editor.begin("1> ", true, true);
  }
  CHECK(seat.history.size() == 3);
  seat.type("draft\x10");
  CHECK(seat.type("\x1b[A\r") == "line second;");
  seat.editor.begin("1> ", true, true);
  CHECK(seat.type("draft\x10\x10\x0e\x0e\r") == "line draft;");
  seat.editor.begin("1> ", true, true);
  CHECK(seat.type("\x12"
                  "fir\r") == "line first(2);");
  seat.editor.begin("1> ", true, true);
  CHECK(seat.type("\x12"
                  "first\x12\x12\x01(\r") == "line (first(1);");
  seat.editor.begin("1> ", true, true);
  CHECK(seat.type("mine\x12"
                  "second\x07\r") == "line mine;");
}

TEST_CASE("line editor: a password is neither shown nor remembered", "[shell]") {
  Seat seat;
  seat.editor.stop();
  seat.editor.begin("Password: ", false, true);
  CHECK(seat.type("secretX\x7f\x10\t\r") == "line secret;");
  CHECK(seat.shows() == "Password: |_");
  CHECK(seat.history.size() == 0);
}

TEST_CASE("line editor: keys wait for a completion; ^C gives it up", "[shell]") {
  Seat seat;
  CHECK(seat.type("li\tX") == "tab li;");
  seat.editor.complete("sts:", "");
  CHECK(seat.shows() == "1> lists:X_");
  CHECK(seat.type("\t") == "tab lists:X;");
  seat.editor.complete("", "Xa  Xb");
  CHECK(seat.shows() == "1> lists:X|Xa  Xb|1> lists:X_");
  CHECK(seat.type("\t") == "tab lists:X;");
  CHECK(seat.type("\x03") == "");
  seat.editor.complete("late", "late");
  CHECK(seat.shows() == "1> lists:X|Xa  Xb|1> _");
}

TEST_CASE("line editor: a window of another width shows the same line", "[shell]") {
  Seat seat{20};
  seat.type("abcdefghij\x02");
  seat.editor.resize(8);
  seat.events();
  CHECK(seat.type("\r") == "line abcdefghij;");
}

TEST_CASE("line editor: what is typed is bounded", "[shell]") {
  Seat seat;
  seat.type("\x1b[200~");
  for (int i = 0; i < 3; ++i) seat.type(std::string(100'000, 'x'));
  auto events = seat.type("\x1b[201~\r");
  CHECK(events.size() == LineEditor::most_line + std::string_view{"line ;"}.size());
  for (int i = 0; i < 100; ++i) seat.type(std::string(100'000, 'y'));  // while nothing is read
  seat.editor.begin("2> ", true, true);
  CHECK(seat.events() == "");
  seat.editor.print(std::string(100'000, 'z'));  // a line of output without an end
  CHECK(seat.editor.take_output().size() < 4 * LineEditor::most_line);
}
