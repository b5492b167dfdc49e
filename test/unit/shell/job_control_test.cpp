// Claims about the user switch command: its texts are those of erl, and its jobs are bounded.
#include "noderuntime/shell/job_control.h"
#include "test/unit/catch.h"

using namespace noderuntime;
using namespace noderuntime::shell;

namespace {

JobControl control() { return {Atom::of("shell"), Atom::of("here@host")}; }

// The text, and what is to be done.
std::string answer(JobControl& jobs, std::string_view line) {
  auto [text, act] = jobs.on_line(line);
  if (std::get_if<JobControl::Quit>(&act)) text += "quit";
  if (auto* one = std::get_if<JobControl::Connect>(&act)) text += "connect " + std::to_string(one->job);
  if (auto* one = std::get_if<JobControl::Interrupt>(&act)) text += "interrupt " + std::to_string(one->job);
  if (auto* one = std::get_if<JobControl::Kill>(&act)) text += "kill " + std::to_string(one->job);
  if (auto* one = std::get_if<JobControl::Start>(&act))
    text += "start " + std::to_string(one->job) + " " + std::string{one->shell.node.text()} + " " +
            std::string{one->shell.module.text()};
  return text;
}

}  // namespace

TEST_CASE("job control: each command does what erl's does", "[shell]") {
  auto jobs = control();
  CHECK(jobs.add({Atom{}, Atom::of("shell")}) == 1);
  CHECK(answer(jobs, "j") == "   1* {shell,start,[]}\n");
  CHECK(answer(jobs, "c") == "connect 1");
  CHECK(answer(jobs, "s") == "start 2  shell");
  CHECK(answer(jobs, "s lfe_shell") == "start 3  lfe_shell");
  CHECK(answer(jobs, "r") == "start 4 here@host shell");
  CHECK(answer(jobs, "r 'a@b'") == "start 5 a@b shell");
  CHECK(answer(jobs, "r c@d 'Elixir.IEx'") == "start 6 c@d Elixir.IEx");
  CHECK(answer(jobs, "i") == "interrupt 6");
  CHECK(answer(jobs, "i 2") == "interrupt 2");
  CHECK(answer(jobs, "c 2") == "connect 2");
  CHECK(answer(jobs, "k 3") == "kill 3");
  CHECK(answer(jobs, "j") ==
        "   1  {shell,start,[]}\n   2* {shell,start,[]}\n   4  {here@host,shell,start,[]}\n"
        "   5  {a@b,shell,start,[]}\n   6  {c@d,'Elixir.IEx',start,[]}\n");
  CHECK(answer(jobs, "k") == "kill 2");
  for (auto line : {"c", "i", "k", "c 3", "i 99", "k 99999999999999999999"})
    CHECK(answer(jobs, line) == "Unknown job\n");
  CHECK(answer(jobs, "q") == "quit");
  CHECK(answer(jobs, "h") == answer(jobs, "?"));
  CHECK(answer(jobs, "").empty());
  CHECK(answer(jobs, " % a comment").empty());
}

TEST_CASE("job control: what is no command has no effect", "[shell]") {
  auto jobs = control();
  CHECK(jobs.add({Atom{}, Atom::of("shell")}) == 1);
  for (auto line :
       {"x", "C", "1", "c.", "c 1 2", "c a", "j 1", "s 1", "r 1", "r a 1", "\"c\"", "? ?", "r a b c"})
    CHECK(answer(jobs, line) == "Unknown command\n");
  for (auto line : {"'c", "\"c", "c \x01", "$"}) CHECK(answer(jobs, line) == "Illegal input\n");
  CHECK(answer(jobs, std::string(JobControl::most_line + 1, 'c')) == "Illegal input\n");
  CHECK(jobs.size() == 1);
}

TEST_CASE("job control: jobs are bounded, and a number is not used again", "[shell]") {
  auto jobs = control();
  for (unsigned i = 1; i <= JobControl::most_jobs; ++i) CHECK(jobs.add({Atom{}, Atom::of("shell")}) == i);
  CHECK(answer(jobs, "s") == "Too many jobs\n");
  jobs.remove(1);
  CHECK(answer(jobs, "s") == "start " + std::to_string(JobControl::most_jobs + 1) + "  shell");
}
