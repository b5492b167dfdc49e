// Claims about the reports of processes that crash: where they go, and how many wait for handlers of `logger`.
#include "noderuntime/services/crash_report.h"

#include <string>

#include "test/unit/process/world.h"

using namespace noderuntime;
using namespace noderuntime::test;

namespace {

struct Crashes : World {
  Actor crashing = actor();

  Actor logger() {
    auto logger = actor();
    processes.names().register_name(atoms::logger, *logger.process);
    return logger;
  }
  void crash(const char* reason = "why") { report_crash(processes, *crashing.process, atom(reason)); }
};

}  // namespace

TEST_CASE("crash reports: they go to our log if the group leader is here", "[services]") {
  Crashes world;
  world.crash();
  REQUIRE(world.surroundings.logged.size() == 1);
  CHECK(world.surroundings.logged[0].ends_with(" with exit value: why"));
  CHECK(world.surroundings.sent.empty());
}

TEST_CASE("crash reports: they go to the node of the group leader if it is another one", "[services]") {
  Crashes world;
  world.crashing.process->group_leader = world.remote(1);
  world.crash();
  auto* message = world.only_sent<signal::Message>();
  REQUIRE(message);
  CHECK(std::get<Atom>(message->to) == atoms::logger_proxy);
  CHECK(message->message.element(0).is(Atom::of("log")));
  CHECK(world.surroundings.logged.empty());
}

TEST_CASE("crash reports: the process logger gets them as well", "[services]") {
  Crashes world;
  auto logger = world.logger();
  world.crash();
  world.run();
  REQUIRE(logger.log->size() == 1);
  Term event = logger.log->front().term();
  REQUIRE(event.is_tuple(5));
  CHECK(event.element(0).is(Atom::of("reported")));
  CHECK(event.element(1).is(atoms::error));
  CHECK(event.element(3).head() == world.crashing.pid);
  CHECK(to_text(event.element(3).tail()) == "[us@here,why]");
  CHECK(world.surroundings.logged.size() == 1);
}

TEST_CASE("crash reports: a bounded number of them waits for the process logger, the log has all",
          "[services]") {
  Crashes world;
  auto logger = world.logger();
  for (std::size_t i = 0; i < max_waiting_reports + 10; ++i) world.crash();
  CHECK(logger.process->mailbox.size() == max_waiting_reports);
  CHECK(world.surroundings.logged.size() == max_waiting_reports + 10);
}
