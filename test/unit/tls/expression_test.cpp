#include "noderuntime/tls/expression.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "test/unit/catch.h"
#include "test/unit/paths.h"
#include "test/unit/tls/scripts.h"

using namespace noderuntime;
using tls::Expression;
using tls::read_expression;
using Kind = tls::Expression::Kind;
using namespace std::string_literals;

namespace {

// The expression as text, to compare with.
std::string form(const Expression& value) {
  auto parts = [&](const std::string& open, const std::string& close) {
    std::string text = open;
    for (std::size_t i = 0; i < value.parts.size(); ++i) text += (i ? "," : "") + form(value.parts[i]);
    return text + close;
  };
  switch (value.kind) {
    case Kind::atom: return value.text;
    case Kind::integer: return std::to_string(value.number);
    case Kind::string: return "\"" + value.text + "\"";
    case Kind::binary: return "<<" + value.text + ">>";
    case Kind::list: return parts("[", "]");
    case Kind::tuple: return parts("{", "}");
    case Kind::map: return parts("#{", "}");
    case Kind::function: return "fun " + value.text;
    case Kind::call: return value.text + parts("(", ")");
    case Kind::code: return "fun";
  }
  return {};
}

std::string read(std::string_view source) {
  auto read = read_expression(source);
  return read ? form(*read) : read.error().context;
}

std::string content(const std::filesystem::path& path) {
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

std::string nested(std::size_t levels) { return std::string(levels, '[') + std::string(levels, ']') + "."; }

}  // namespace

TEST_CASE("expression: values of all kinds", "[tls]") {
  CHECK(read("[].") == "[]");
  CHECK(read("{a,'B c',\"d\",<<\"e\">>,[1,-2]}.") == "{a,B c,\"d\",<<e>>,[1,-2]}");
  CHECK(read("#{a => 1, \"b\" => [2]}.") == "#{a,1,\"b\",[2]}");
  CHECK(read("#{}.") == "#{}");
  CHECK(read("{}.") == "{}");
  CHECK(read("fun inet_tls_dist:verify_client/3.") == "fun inet_tls_dist:verify_client/3");
  CHECK(read("(a).") == "a");
  CHECK(read("{\xE5, b@c, d_1}.") == "{\xC3\xA5,b@c,d_1}");  // Latin-1
}

TEST_CASE("expression: numbers have a radix, separators and signs", "[tls]") {
  CHECK(read("[16#Ff, 2#101, 1_000, $a, $\\n, -3, 36#z].") == "[255,5,1000,97,10,-3,35]");
  CHECK(read("37#1.") == "line 1: a radix is 2 to 36");
  CHECK(read("2#2.") == "line 1: digits are missing");
  CHECK(read("1.5.") == "line 1: no option is a number with a fraction");
  CHECK(read(std::string(400, '9') + ".") == "line 1: the number is too large");
  CHECK(read("-a.") == "line 1: an atom stands where a number is needed");
  CHECK(read("$") == "line 1: a character is missing behind $");
}

TEST_CASE("expression: strings have escape sequences, and adjacent ones are one", "[tls]") {
  CHECK(read(R"("a\"b\\c\n\t\s\e\d\x41\x{42}\103\^A\q".)") == "\"a\"b\\c\n\t \033\177ABC\001q\"");
  CHECK(read("\"/etc/\"\n  \"dist\" \"/a\".") == "\"/etc/dist/a\"");
  CHECK(read("\"a\nb\".") == "\"a\nb\"");
  CHECK(read(R"("\x{110000}".)") == "line 1: an escape sequence is no character");
  CHECK(read(R"("\x{D800}".)") == "line 1: an escape sequence is no character");
  CHECK(read(R"("\x{}".)") == "line 1: an escape sequence is no character");
  CHECK(read(R"("\xg0".)") == "line 1: an escape sequence is no character");
  CHECK(read("\"\\") == "line 1: the file ends within an escape sequence");
  CHECK(read("\"\\^") == "line 1: the file ends within an escape sequence");
}

TEST_CASE("expression: ++ joins lists and strings", "[tls]") {
  CHECK(read("[a] ++ [b, c] ++ [].") == "[a,b,c]");
  CHECK(read("\"a\" ++ \"b\" ++ [$c].") == "\"abc\"");
  CHECK(read("[$a] ++ \"b\".") == "\"ab\"");
  CHECK(read("[] ++ \"b\".") == "\"b\"");
  CHECK(read("[a | [b]].") == "[a,b]");
  CHECK(read("[$a | \"b\"].") == "\"ab\"");
  CHECK(read("a ++ \"b\".") == "line 1: ++ joins lists and strings only");
  CHECK(read("[a] ++\n\"b\".") == "line 1: ++ joins a string and a list that is no string");
  CHECK(read("[a | b].") == "line 1: what follows | is no list");
  CHECK(read("[a | [b], c].") == R"(line 1: "," stands where "]" is needed)");
}

TEST_CASE("expression: binaries have strings and bytes", "[tls]") {
  CHECK(read("<<>>.") == "<<>>");
  CHECK(read("<<\"a\", 98, \"c\"/utf8>>.") == "<<abc>>");
  CHECK(read("<<\"\xE9\"/utf8>>.") == "<<\xC3\xA9>>");
  CHECK(read("%% coding: utf-8\n<<\"\xC3\xA9\">>.") == "<<\xE9>>");
  CHECK(read("%% coding: utf-8\n<<\"\xC3\xA9\"/utf8>>.") == "<<\xC3\xA9>>");
  CHECK(read("<<1:8>>.") == R"(line 1: ":" stands where "," or ">>" is needed)");
  CHECK(read("<<\"a\"/binary>>.") == "line 1: an atom stands where utf8 is needed");
  CHECK(read("<<a>>.") == "line 1: an atom stands where a string or a byte is needed");
}

TEST_CASE("expression: paths keep their bytes in either encoding", "[tls]") {
  CHECK(read("\"\xE9\".") == "\"\xE9\"");
  CHECK(read("\"\xC3\xA9\".") == "\"\xC3\xA9\"");
  for (std::string comment : {"%% -*- coding: utf-8 -*-\n", "%% coding=UTF-8\n", "\n% coding : Utf-8\n"})
    CHECK(read(comment + "\"\xC3\xA9 \\x{e9}\".") == "\"\xC3\xA9 \xC3\xA9\"");
  CHECK(read("%% -*- coding: latin-1 -*-\n\"\xE9\\x{e9}\".") == "\"\xE9\xE9\"");
  CHECK(read("\"\\x{20AC}\".") == "\"\xE2\x82\xAC\"");
  CHECK(read("\n\n%% coding: utf-8\n\"\xE9\".") == "\"\xE9\"");  // only the first two lines count
}

TEST_CASE("expression: what is not UTF-8 is an error where a comment promises UTF-8", "[tls]") {
  for (std::string bytes :
       {"\xE9", "\xC3", "\xC0\x80", "\xED\xA0\x80", "\xF5\x80\x80\x80", "\xF4\x90\x80\x80", "\xFF"})
    CHECK(read("%% coding: utf-8\n\n\"" + bytes + "\".") ==
          "line 3: a character is not UTF-8, which the first lines promise");
  CHECK(read("\xEF\xBB\xBF[].") == "line 1: the file begins with a byte order mark: remove it");
}

TEST_CASE("expression: calls and funs with a body are passed over", "[tls]") {
  CHECK(read("public_key:pkix_verify_hostname_match_fun(https).") ==
        "public_key:pkix_verify_hostname_match_fun(https)");
  CHECK(read("{f(), 'g'(1, [2])}.") == "{f(),g(1,[2])}");
  CHECK(
      read(
          "[fun(_, {bad_cert, _} = R, S) -> case R of a -> fun(X) -> X end; _ -> fun m:f/1 end; (A, B, _) -> "
          "if A > B -> {valid, A} end end, b].") == "[fun,b]");
  CHECK(read("[\nfun(X) -> begin X end.") == "line 2: the fun that begins here has no end");
  CHECK(read("m:f.") == R"(line 1: a dot stands where "(" is needed)");
  CHECK(read("m:F(1).") == "line 1: a variable stands here, and variables have no values in this file");
}

TEST_CASE("expression: each error has its line and shows no name", "[tls]") {
  CHECK(read("") == "line 1: the file is empty");
  CHECK(read("% nothing\n") == "line 1: the file is empty");
  CHECK(read("[a]\n\n") == "line 3: the file ends without the dot behind the last bracket");
  CHECK(read("[a].\n[b].") == "line 2: the file goes on behind the dot that ends the expression");
  CHECK(read("[a],\n[b].") == "line 1: the file has more than one expression");
  CHECK(read("[a]\n{b}.") == R"(line 2: "{" stands where the dot that ends the expression is needed)");
  CHECK(read("[\nSecret].") == "line 2: a variable stands here, and variables have no values in this file");
  CHECK(read("[a,\n\n].") == R"(line 3: "]" stands where a value is needed)");
  CHECK(read("[a\nb].") == R"(line 2: an atom stands where "," or "]" is needed)");
  CHECK(read("{a,\n") == "line 2: the end of the file stands where a value is needed");
  CHECK(read("[a,\n end].") == "line 2: the reserved word end stands where a value is needed");
  CHECK(read("[\n\"a\n\n") == "line 2: the string that begins here has no end");
  CHECK(read("[\n'a") == "line 2: the atom that begins here has no end: a ' is missing");
  CHECK(read("#{a := 1}.") == R"(line 1: ":=" stands where "=>" is needed)");
  CHECK(read("#record{}.") == R"(line 1: an atom stands where "{" is needed)");
  CHECK(read("[X || X <- []].") ==
        "line 1: a variable stands here, and variables have no values in this file");
  CHECK(read("fun f/1.") == R"(line 1: "/" stands where ":" is needed)");
  CHECK(read("fun m:f.") == R"(line 1: a dot stands where "/" is needed)");
  CHECK(read("?MODULE.") == R"(line 1: "?" stands where a value is needed)");
  CHECK(read("[a.b].") == R"(line 1: "." stands where "," or "]" is needed)");
}

TEST_CASE("expression: nesting is bounded for all brackets", "[tls]") {
  CHECK(read(nested(tls::max_expression_depth + 1)).front() == '[');
  std::string error = "line 1: brackets are nested deeper than 32";
  CHECK(read(nested(tls::max_expression_depth + 2)) == error);
  for (std::string open : {"[", "{", "(", "#{", "[a|", "f(", "#{a=>", "[a]++(", "[a,"}) {
    std::string text;
    while (text.size() + open.size() < tls::max_optfile_bytes) text += open;
    CHECK(read(text) == error);
  }
}

TEST_CASE("expression: long files of little depth are read in time that grows with their size", "[tls]") {
  for (std::string piece :
       {"a,", "\"b\" ", "[c]++", "{},", "1_0,", "$a,", "% comment\n", "\\", "<<1>>,", "--"}) {
    std::string text = "[";
    while (text.size() + piece.size() < tls::max_optfile_bytes) text += piece;
    (void)read(text);
  }
  std::string joined = "[";
  while (joined.size() < tls::max_optfile_bytes / 2) joined += "[$a] ++ ";
  CHECK(read(joined + "\"b\"].").size() > 1000);
}

TEST_CASE("expression: a file above the bound is not looked at", "[tls]") {
  std::string error = "line 1: the file has more than 262144 bytes";
  CHECK(read(std::string(tls::max_optfile_bytes + 1, '[')) == error);
  CHECK(read(std::string(std::size_t{10} << 20, '\0')) == error);
}

TEST_CASE("expression: bytes that are no text", "[tls]") {
  CHECK(read("[a,\0\1 b].\0"s) == "[a,b]");  // white space, as for erl_scan
  CHECK(read("\"a\0b\"."s) == "\"a\0b\""s);
  CHECK(read("[\x7F].") == "line 1: \"\\x7f\" stands where a value is needed");
  for (int byte = 0; byte < 256; ++byte) {
    std::string text = "[a, " + std::string(3, static_cast<char>(byte)) + "].";
    (void)read(text);
    (void)read("%% coding: utf-8\n" + text);
  }
}

TEST_CASE("expression: option files have the values that a real OTP evaluates", "[.otp]") {
  std::vector<std::string> files;
  for (const auto& file : std::filesystem::directory_iterator{test::test_data() + "/tls/optfile"})
    if (file.path().extension() == ".conf") files.push_back(file.path());
  std::sort(files.begin(), files.end());
  REQUIRE(files.size() >= 10);
  auto lines = test::lines_of_script("consult.escript", files);
  if (lines.empty()) {
    WARN("skipped: escript cannot be run");
    return;
  }
  REQUIRE(lines.size() == files.size());
  for (std::size_t i = 0; i < files.size(); ++i) CHECK(read(content(files[i])) == lines[i]);
}
