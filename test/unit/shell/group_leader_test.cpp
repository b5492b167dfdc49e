// Claims about the server side of the I/O protocol: what it answers, prints, reads and asks.
#include "noderuntime/shell/group_leader.h"
#include "noderuntime/term/text.h"
#include "test/unit/catch.h"
#include "test/unit/random_terms.h"

using namespace noderuntime;
using namespace noderuntime::shell;
using namespace noderuntime::test;

namespace {

Term pid() { return local_pid(7, 0); }

OwnedTerm parsed(const std::string& text) { return std::move(parse_text(text, {.self = pid()})).value(); }

struct Server {
  explicit Server(bool terminal = true) : leader{{.terminal = terminal}} { leader.set_size(100, 30); }

  // Sends the request; returns all events as text.
  std::string ask(const std::string& request) {
    leader.on_message(parsed("{io_request,$self," + std::to_string(++number) + "," + request + "}").term());
    return events();
  }
  // Whether the only event is this answer.
  bool answers(const std::string& request, const std::string& answer) {
    auto events = ask(request);
    return events == std::to_string(number) + "<-" + answer;
  }
  std::string line(const std::string& text) {
    leader.on_line(text);
    return events();
  }
  std::string answer(const std::string& result) {
    if (result.empty())
      leader.on_answer(question, std::nullopt);
    else
      leader.on_answer(question, parsed(result).term());
    return events();
  }
  std::string events() {
    std::string all;
    while (auto event = leader.next()) {
      if (!all.empty()) all += ' ';
      if (auto* reply = std::get_if<Reply>(&*event))
        all += print(reply->as.term()) + "<-" + print(reply->answer.term());
      if (auto* print = std::get_if<Print>(&*event)) all += "print(" + print->text + ")";
      if (auto* read = std::get_if<Read>(&*event))
        all += "read(" + read->prompt + (read->echo ? "" : ",hidden") + (read->remember ? "" : ",forgotten") +
               ")";
      if (std::get_if<StopReading>(&*event)) all += "stop";
      if (std::get_if<EndOfSession>(&*event)) all += "end";
      if (auto* asked = std::get_if<Question>(&*event)) {
        question = asked->id;
        all += std::string{asked->module.text()} + ":" + std::string{asked->function.text()} +
               print(asked->arguments.term());
      }
    }
    return all;
  }

  GroupLeader leader;
  int number = 0;
  std::uint64_t question = 0;
};

}  // namespace

TEST_CASE("group leader: each form of output is printed and answered", "[shell]") {
  struct Row {
    std::string request, events;
  };
  auto row = GENERATE(values<Row>({
      {"{put_chars,unicode,<<\"text\">>}", "print(text) 1<-ok"},
      {"{put_chars,unicode,[\"a\",<<\"b\">>|<<195,164>>]}", "print(ab\xC3\xA4) 1<-ok"},
      {"{put_chars,latin1,<<228>>}", "print(\xC3\xA4) 1<-ok"},
      {"{put_chars,\"old\"}", "print(old) 1<-ok"},
      {"{put_chars,unicode,[]}", "print() 1<-ok"},
      {"{put_chars,unicode,[a]}", "1<-{error,{put_chars,unicode,[a]}}"},
      {"{put_chars,latin1,[256]}", "1<-{error,{put_chars,latin1,\"\xC4\x80\"}}"},
      {"{put_chars,utf16,\"x\"}", "1<-{error,request}"},
      {"{put_chars,unicode,1,f,[]}", "1<-{error,f}"},
      {"{requests,[{put_chars,unicode,\"a\"},{put_chars,unicode,\"b\"}]}", "print(a) print(b) 1<-ok"},
      {"{requests,[{put_chars,unicode,\"a\"},{put_chars,unicode,x},{put_chars,unicode,\"c\"}]}",
       "print(a) 1<-{error,{put_chars,unicode,x}}"},
      {"{requests,[]}", "1<-ok"},
      {"{requests,[nonsense,{put_chars,unicode,\"a\"}]}", "1<-{error,request}"},
      {"{requests,[{requests,[]},{requests,[]}]}", "1<-{error,request}"},
      {"{requests,[a|b]}", "1<-{error,request}"},
      {"{requests,{}}", "1<-{error,request}"},
  }));
  CAPTURE(row.request);
  Server server;
  CHECK(server.ask(row.request) == row.events);
}

TEST_CASE("group leader: requests of unknown and wrong shapes are answered as OTP does", "[shell]") {
  Server server;
  for (auto request : {"nonsense", "{}", "{put_chars}", "{1,2,3}", "{get_line}", "[]", "\"text\"",
                       "{get_chars,unicode,\"\",-1}", "{get_chars,unicode,\"\",x}",
                       "{get_until,unicode,\"\",1,f,[]}", "{get_until,unicode,\"\",m,f,x}",
                       "{get_until,unicode,\"\",m,f,[a|b]}", "{get_password,x}", "{a,b,c,d,e,f,g}"}) {
    CAPTURE(request);
    CHECK(server.answers(request, "{error,request}"));
  }
  for (auto message :
       {"io_request", "{io_request,1,2,getopts}", "{io_request,$self,getopts}", "{io_reply,$self,1,ok}"}) {
    server.leader.on_message(parsed(message).term());
    CHECK(server.events() == "");
  }
}

TEST_CASE("group leader: put_chars of a function is computed there, and what follows waits for it",
          "[shell]") {
  Server server;
  CHECK(server.ask("{put_chars,unicode,io_lib,format,[\"~p\",[x]]}") == "io_lib:format[\"~p\",[x]]");
  CHECK(server.ask("{put_chars,unicode,\"second\"}") == "");
  CHECK(server.answer("\"first\"") == "print(first) 1<-ok print(second) 2<-ok");
  server.ask("{put_chars,unicode,m,f,[]}");
  CHECK(server.answer("not_text") == "3<-{error,f}");
  server.ask("{put_chars,unicode,m,f,[]}");
  CHECK(server.answer("") == "4<-{error,f}");
  CHECK(server.answer("\"late\"") == "");
}

TEST_CASE("group leader: lines, characters and what a function wants are read", "[shell]") {
  Server server;
  CHECK(server.ask("{get_line,unicode,\"name: \"}") == "read(name: )");
  CHECK(server.line("\xC3\xA4rger\n") == "1<-\"\xC3\xA4rger\\n\"");
  CHECK(server.ask("{get_chars,unicode,ask,3}") == "read(ask,forgotten)");
  CHECK(server.line("ab\n") == "2<-\"ab\\n\"");
  CHECK(server.ask("{get_chars,unicode,<<\"p\">>,2}") == "read(p,forgotten)");
  CHECK(server.line("abcd\n") == "3<-\"ab\"");
  CHECK(server.ask("{get_line,unicode,\"\"}") == "4<-\"cd\\n\"");
  CHECK(server.ask("{get_until,unicode,\"1> \",erl_scan,tokens,[1]}") == "read(1> ,forgotten)");
  CHECK(server.line("foo(\n") == "erl_scan:tokens[[],\"foo(\\n\",1]");
  CHECK(server.answer("{more,{opaque,1}}") == "read(1> ,forgotten)");
  CHECK(server.line("1). rest\n") == "erl_scan:tokens[{opaque,1},\"1). rest\\n\",1]");
  CHECK(server.answer("{done,{ok,tokens,2},\"rest\\n\"}") == "5<-{ok,tokens,2}");
  CHECK(server.ask("{get_line,unicode,\"\"}") == "6<-\"rest\\n\"");
  CHECK(server.ask("{get_chars,unicode,\"\",0}") == "7<-[]");
}

TEST_CASE("group leader: a function that fails, or answers nonsense, fails the read, and its input goes",
          "[shell]") {
  Server server;
  for (auto answer : {"", "nonsense", "{done,1}", "{more}", "{done,x,[a]}"}) {
    server.ask("{get_until,unicode,\"\",m,f,[]}");
    server.line("x\n");
    auto events = server.answer(answer);
    CHECK(events == std::to_string(server.number) + "<-{error,f}");
  }
}

TEST_CASE("group leader: binaries and Latin-1 are given where they are wanted", "[shell]") {
  Server server;
  CHECK(server.ask("{setopts,[binary]}") == "1<-ok");
  server.ask("{get_line,unicode,\"\"}");
  CHECK(server.line("\xC3\xA4\n") == "2<-<<\"\xC3\xA4\\n\"/utf8>>");
  server.ask("{get_line,latin1,\"\"}");
  CHECK(server.line("\xC3\xA4\n") == "3<-<<\"\xC3\xA4\\n\">>");
  server.ask("{get_line,latin1,\"\"}");
  CHECK(server.line("\xE2\x82\xAC\n") == "4<-{error,{no_translation,unicode,latin1}}");
  server.ask("{get_until,unicode,\"\",m,f,[]}");
  server.line("x\n");
  CHECK(server.answer("{done,\"list\",[]}") == "5<-<<\"list\">>");
}

TEST_CASE("group leader: a password is read without echo, but not from a pipe", "[shell]") {
  Server server;
  CHECK(server.ask("{get_password,unicode}") == "read(,hidden,forgotten)");
  CHECK(server.line("secret\n") == "1<-\"secret\"");
  Server pipe{false};
  CHECK(pipe.ask("{get_password,unicode}") == "1<-{error,enotsup}");
}

TEST_CASE("group leader: options are set as a whole, or not at all", "[shell]") {
  Server server;
  CHECK(
      server.ask("{setopts,[{echo,false},{line_history,false},{encoding,latin1},{expand_fun,fun a:b/1}]}") ==
      "1<-ok");
  CHECK(server.ask("getopts") ==
        "2<-[{expand_fun,fun a:b/1},{echo,false},{line_history,false},{binary,false},{encoding,latin1},"
        "{terminal,true},{stdin,true},{stdout,true},{stderr,true}]");
  for (auto options : {"[{echo,true},nonsense]", "[{echo,maybe}]", "[{expand_fun,fun a:b/3}]",
                       "[{expand_fun,x}]", "[{a,b,c}]", "{}", "[binary|x]", "[{encoding,utf16}]"})
    CHECK(server.answers("{setopts," + std::string{options} + "}", "{error,enotsup}"));
  CHECK(server.ask("{get_line,unicode,\"\"}") == "read(,hidden,forgotten)");
  CHECK(server.ask("{setopts,[list,unicode,{echo,true}]}").ends_with("<-ok"));
  CHECK(server.ask("getopts").find("{echo,true},{line_history,true},{binary,false},{encoding,unicode}") !=
        std::string::npos);
}

TEST_CASE("group leader: the size of the window is told", "[shell]") {
  Server server;
  CHECK(server.ask("{get_geometry,columns}") == "1<-100");
  CHECK(server.ask("{get_geometry,rows}") == "2<-30");
  CHECK(server.ask("{get_geometry,depth}") == "3<-{error,enotsup}");
  server.leader.set_size(0, 0);
  CHECK(server.ask("{get_geometry,columns}") == "4<-{error,enotsup}");
}

TEST_CASE("group leader: prompts are formatted where they come from, if they must be", "[shell]") {
  Server server;
  CHECK(server.ask("{get_line,unicode,{format,\"~p\",[x]}}") ==
        "io_lib:format_prompt[{format,\"~p\",[x]},unicode]");
  CHECK(server.answer("[\"x\"]") == "read(x)");
  server.line("\n");
  CHECK(server.ask("{get_line,unicode,{1,2}}") == "read({1,2})");
}

TEST_CASE("group leader: output and a second read come while one is waiting", "[shell]") {
  Server server;
  CHECK(server.ask("{get_line,unicode,\"a\"}") == "read(a)");
  CHECK(server.ask("{put_chars,unicode,\"out\"}") == "print(out) 2<-ok");
  CHECK(server.ask("{get_line,unicode,\"b\"}") == "stop read(b)");
  CHECK(server.line("for b\n") == "3<-\"for b\\n\" read(a)");
  CHECK(server.line("for a\n") == "1<-\"for a\\n\"");
  CHECK(server.line("for nobody\n") == "");
}

TEST_CASE("group leader: at the end of input others get eof, and the shell is not asked", "[shell]") {
  Server server{false};
  server.ask("{get_until,unicode,\"1> \",m,f,[]}");
  server.line("go.\n");
  CHECK(server.answer("{done,ok,[]}") == "1<-ok");
  server.ask("{get_line,unicode,\"\"}");
  server.leader.on_end_of_input();
  CHECK(server.events() == "2<-eof");
  CHECK(server.ask("{get_chars,unicode,\"\",5}") == "3<-eof");
  CHECK(server.ask("{get_until,unicode,\"1> \",m,f,[]}") == "end");
  CHECK(server.ask("{put_chars,unicode,\"x\"}") == "print(x) 5<-ok");
}

TEST_CASE("group leader: a last line without an end, or an expression without one, is read", "[shell]") {
  Server server{false};
  server.ask("{get_until,unicode,\"\",m,f,[]}");
  server.leader.on_line("1 +");
  server.leader.on_end_of_input();
  CHECK(server.events() == "m:f[[],\"1 +\"]");
  CHECK(server.answer("{more,c}") == "m:f[c,eof]");
  CHECK(server.answer("{done,{error,x},eof}") == "1<-{error,x}");
  CHECK(server.ask("{get_until,unicode,\"\",m,f,[]}") == "end");
}

TEST_CASE("group leader: an interrupt abandons an expression that has begun, but no empty one", "[shell]") {
  Server server;
  server.ask("{get_until,unicode,\"\",m,f,[]}");
  CHECK_FALSE(server.leader.interrupt());
  server.line("foo(\n");
  server.answer("{more,c}");
  CHECK(server.leader.interrupt());
  CHECK(server.events() == "stop 1<-{error,interrupted}");
  server.ask("{get_line,unicode,\"\"}");
  CHECK(server.leader.interrupt());
  CHECK(server.events() == "stop 2<-{error,interrupted}");
}

TEST_CASE("group leader: while the terminal has no room, requests wait; too many are refused", "[shell]") {
  Server server;
  server.leader.set_room(false);
  CHECK(server.ask("{put_chars,unicode,\"a\"}") == "");
  CHECK(server.ask("getopts") == "");
  const std::string large(100'000, 'x');
  std::string events;
  while (events.empty() && server.number < 1'000)
    events = server.ask("{put_chars,unicode,<<\"" + large + "\">>}");
  CHECK(events == std::to_string(server.number) + "<-{error,terminated}");
  CHECK(server.number > 100);
  server.leader.set_room(true);
  CHECK(server.events().starts_with("print(a) 1<-ok 2<-"));
  CHECK(server.ask("{put_chars,unicode,\"b\"}").starts_with("print(b)"));
}

TEST_CASE("group leader: reads that wait for others are bounded", "[shell]") {
  Server server;
  std::string events;
  while (events.find("terminated") == std::string::npos && server.number < 5'000)
    events = server.ask("{get_line,unicode,\"\"}");
  CHECK(server.number == static_cast<int>(GroupLeader::most_reads) + 2);
}

TEST_CASE("group leader: terms by chance are answered, or dropped, and disturb nothing", "[shell]") {
  Server server;
  Heap heap;
  RandomTerms terms{heap, 5};
  for (int i = 0; i < 5'000; ++i) {
    Term request = terms.of(1 + i % 30);
    if (i % 3 == 0)
      request = make_tuple(heap, {Term::atom(Atom::of("put_chars")), Term::atom(atoms::unicode), request});
    if (i % 3 == 1) request = make_tuple(heap, {Term::atom(Atom::of("setopts")), request});
    server.leader.on_message(
        make_tuple(heap, {Term::atom(atoms::io_request), pid(), Term::small(i), request}));
    std::string events = server.events();
    CHECK(events.find("<-") != std::string::npos);
  }
  CHECK(server.ask("{put_chars,unicode,\"fine\"}") == "print(fine) 1<-ok");
}
