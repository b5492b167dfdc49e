// Claims about what the verbs print: values, JSON objects, and errors on standard error.
#include "noderuntime/command/output.h"

#include "noderuntime/term/text.h"
#include "test/unit/catch.h"
#include "test/unit/command/captured.h"

namespace noderuntime::command {
namespace {

Value value_of(std::string_view erlang) { return *Value::parse(erlang); }

std::string written(Notation notation, std::string_view erlang, Output::Form form = Output::Form::text) {
  return test::run([&] {
           Output{notation, form, false}.value(value_of(erlang).term());
           return 0;
         })
      .output;
}

}  // namespace

TEST_CASE("output: a value is a line in the notation that is asked for", "[command]") {
  constexpr auto term = "{ok, [1, \"text\"], #{key => <<\"value\">>}}";
  CHECK(written(Notation::erlang, term) == "{ok,[1,\"text\"],#{key => <<\"value\">>}}\n");
  CHECK(written(Notation::lfe, term) == "#(ok (1 \"text\") #M(key #\"value\"))\n");
  CHECK(written(Notation::elixir, term) == "{:ok, [1, ~c\"text\"], %{key: \"value\"}}\n");
  CHECK(written(Notation::json, "#{key => [1, <<\"value\">>]}") == "{\"key\":[1,\"value\"]}\n");
}

TEST_CASE("output: etf is the bytes of the external format, without a line end", "[command]") {
  CHECK(written(Notation::erlang, "ok", Output::Form::etf) == std::string{"\x83w\x02ok"});
  CHECK(written(Notation::erlang, "10", Output::Form::etf) == std::string{"\x83"
                                                                          "a\n"});
}

TEST_CASE("output: an object is one line of JSON, in any notation", "[command]") {
  auto ran = test::run([] {
    Output{Notation::lfe, Output::Form::text, true}.object(
        {{"node", text_value("a@host")}, {"port", integer_value(7)}, {"ms", number_value(0.5)}});
    return 0;
  });
  CHECK(ran.output == "{\"ms\":0.5,\"node\":\"a@host\",\"port\":7}\n");
}

TEST_CASE("output: an error goes to standard error, and its status is returned", "[command]") {
  auto ran = test::run([] { return report(Error{Errc::no_epmd, "port 4369"}, "a@host"); });
  CHECK(ran.status == unreachable);
  CHECK(ran.output.empty());
  CHECK(ran.errors == "noderuntime: a@host: no port mapper daemon answers: port 4369\n");
  auto named = test::run([] { return report(Error{Errc::unknown_node, "a@host"}, "a@host"); });
  CHECK(named.errors == "noderuntime: the port mapper daemon does not know the node: a@host\n");
}

TEST_CASE("output: lines, complaints and errors have no control characters but line ends and tabs",
          "[command]") {
  constexpr auto hostile = "a\x1b[2J\tb\n\"\\\x7f\u009b\xff\u20ac";
  constexpr auto safe = "a\\x1b[2J\tb\n\"\\\\x7f\\xc2\\x9b\\xff\u20ac";
  CHECK(without_controls(hostile) == safe);
  CHECK(without_controls("").empty());
  auto ran = test::run([&] {
    Output{Notation::erlang, Output::Form::text, false}.line(hostile);
    complain(hostile);
    return report(Error{Errc::bad_text, hostile});
  });
  CHECK(ran.output == std::string{safe} + "\n");
  CHECK(ran.errors.starts_with("noderuntime: " + std::string{safe} + "\nnoderuntime: "));
  CHECK(ran.errors.ends_with(": " + std::string{safe} + "\n"));
}

TEST_CASE("output: characters are the text in nested lists and binaries", "[command]") {
  CHECK(characters(value_of("[\"ab\", [<<\"c\">>, [8364]], 100]").term()) == "abc\u20acd");
  CHECK(characters(value_of("[]").term()).empty());
  CHECK(characters(value_of("[atom, {tuple}, \"x\"]").term()) == "x");
  CHECK(characters(value_of("<<\"binary\">>").term()) == "binary");
}

TEST_CASE("output: numbers are rounded to three digits", "[command]") {
  CHECK(rounded(1.23456) == 1.235);
  CHECK(rounded(-0.0004) == 0);
  CHECK(rounded(2) == 2);
}

}  // namespace noderuntime::command
