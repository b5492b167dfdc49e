// Claims about the service logger_proxy, which writes log events of other nodes to our log.
#include "test/unit/services/service_world.h"

using namespace noderuntime;
using namespace noderuntime::test;

namespace {

const Atom logger_proxy = Atom::of("logger_proxy");

// The log line for `message`, or "nothing" if there is none.
std::string line(const std::string& message) {
  ServiceWorld world;
  world.surroundings.logged.clear();
  world.ask(logger_proxy, message);
  return world.surroundings.logged.empty() ? "nothing" : world.surroundings.logged.back();
}
// The log line for a format and a list of arguments in Erlang syntax, without the text that names the origin.
std::string formatted(const std::string& format, const std::string& arguments) {
  auto text = line("{log,error,\"" + format + "\"," + arguments + ",#{}}");
  const std::string origin = "reported: ";
  return text.starts_with(origin) ? text.substr(origin.size()) : text;
}

}  // namespace

TEST_CASE("log sink: a report tells whose it is", "[services]") {
  CHECK(line("{log,error,\"hello\",[],#{pid => '$peer'}}") == "reported by peer@there: hello");
  CHECK(line("{log,error,\"hello\",[],#{}}") == "reported: hello");
  CHECK(line("{log,error,\"hello\",[],#{pid => none}}") == "reported: hello");
  CHECK(line("{log,error,\"hello\",[],no_map}") == "reported: hello");
}

TEST_CASE("log sink: a text, a report, or a format with arguments", "[services]") {
  CHECK(line("{log,error,\"a text\",#{}}") == "reported: a text");
  CHECK(line("{log,error,<<\"a binary\">>,#{}}") == "reported: a binary");
  CHECK(line("{log,error,[\"a \",[<<\"deep\">>,32],\"text\"],#{}}") == "reported: a deep text");
  CHECK(line("{log,error,#{what => happened},#{}}") == "reported: #{what => happened}");
  CHECK(line("{log,error,[{a,1},{b,\"two\"}],#{}}") == "reported: [{a,1},{b,\"two\"}]");
  CHECK(line("{log,error,[],#{}}") == "reported: []");
  CHECK(line("{log,error,\"~p is ~s\",[{x,1},\"one\"],#{}}") == "reported: {x,1} is one");
}

TEST_CASE("log sink: the level is OTP's, as far as there is one here", "[services]") {
  struct Row {
    const char* name;
    LogLevel level;
  };
  const Row rows[] = {{"emergency", LogLevel::error}, {"alert", LogLevel::error},
                      {"critical", LogLevel::error},  {"error", LogLevel::error},
                      {"warning", LogLevel::warning}, {"notice", LogLevel::info},
                      {"info", LogLevel::info},       {"debug", LogLevel::debug},
                      {"no_such", LogLevel::error},   {"17", LogLevel::error}};
  for (auto& row : rows) {
    CAPTURE(row.name);
    ServiceWorld world;
    world.ask(logger_proxy, "{log," + std::string{row.name} + ",\"x\",#{}}");
    REQUIRE_FALSE(world.surroundings.levels.empty());
    CHECK(world.surroundings.levels.back() == row.level);
  }
}

TEST_CASE("log sink: what is no report is dropped", "[services]") {
  for (auto message :
       {"hello", "{log}", "{log,error,\"x\"}", "{gol,error,\"x\",#{}}", "{log,error,1,2,3,4}", "[]"}) {
    CAPTURE(message);
    CHECK(line(message) == "nothing");
  }
}

TEST_CASE("log sink: directives of io:format take their arguments", "[services]") {
  CHECK(formatted("~p ~w ~tp ~s ~ts", "[a,b,\"c\",\"d\",<<\"e\">>]") == "a b \"c\" d e");
  CHECK(formatted("100~~", "[]") == "100~");
  CHECK(formatted("a~nb", "[]") == "a b");
  CHECK(formatted("~5p|~-5.3s|~2..0w", "[a,\"b\",7]") == "a|b|7");
  CHECK(formatted("~P ~W ~p", "[a,9,b,9,c]") == "a b c");
  CHECK(formatted("~*p ~p", "[9,a,b]") == "a b");
  CHECK(formatted("~i~p", "[a,b]") == "b");
  CHECK(formatted("~c~c~tc", "[104,105,8364]") == "hi\u20ac");
  CHECK(formatted("~b ~.16B ~g", "[10,255,1.5]") == "10 255 1.5");
  CHECK(formatted("~x ~p", "[10,\"0x\",a]") == "10 a");
  CHECK(formatted("~s", "[{no,text}]") == "{no,text}");
  CHECK(formatted("~p ~p", "[a]") == "a []");
  CHECK(formatted("~p", "no_list") == "[]");
  CHECK(formatted("the end ~", "[]") == "the end ~");
  CHECK(line("{log,error,'~p',[a],#{}}") == "reported: a");
}

TEST_CASE("log sink: no report forges a line or grows without bound", "[services]") {
  CHECK(formatted("~s", "[\"a\\r\\nerror: forged\\e[2J\\n\"]") == "a  error: forged [2J");
  CHECK(line("{log,error,\"two\\nlines\\n\",#{}}") == "reported: two lines");
  std::string many = "[";
  for (int i = 0; i < 3000; ++i) many += "abcdefgh,";
  many += "z]";
  CHECK(formatted("~p ~p", '[' + many + ',' + many + ']').size() < 8200);
  CHECK(line("{log,error," + many + ",#{}}").size() < 4100);
  CHECK(line("{log,error,\"" + std::string(20000, 'x') + "\",#{}}").size() < 4100);
}

TEST_CASE("log sink: handlers of logger get what other nodes send, and not what comes from them",
          "[services]") {
  ServiceWorld world;
  auto logger = world.actor();
  world.processes.names().register_name(atoms::logger, *logger.process);
  world.ask(logger_proxy, "{log,error,a,[1],#{}}");
  world.ask(logger_proxy, "{log,warning,#{b => 1},#{}}");
  world.ask(logger_proxy, "{own_log,error,\"b\",#{}}");
  world.ask(logger_proxy, "{another,error,\"c\",#{}}");
  CHECK(text(*logger.log) == "{reported,error,a,[1],#{}} {reported,warning,#{b => 1},#{}}");
  CHECK(world.surroundings.logged.size() == 3);
}
