// Claims about conf files, whose lines are options of `noderuntime start`.
#include "noderuntime/command/conf_file.h"

#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include "test/unit/catch.h"

using namespace noderuntime;
using namespace noderuntime::command;

using Words = std::vector<std::string>;

TEST_CASE("conf file: a line is an option, with its value if it has one", "[command]") {
  CHECK(options_in("hidden\ncode-path /srv/a b\n\n# no\n  listen-min\t9100  \r\nsetcookie -x") ==
        Words{"--hidden", "--code-path=/srv/a b", "--listen-min=9100", "--setcookie=-x"});
  CHECK(options_in("").empty());
  CHECK(options_in("\n#only a comment").empty());
}

TEST_CASE("conf file: its options stand where it was named", "[command]") {
  std::string path = "/tmp/noderuntime_conf_file_test." + std::to_string(getpid());
  std::ofstream{path} << "hidden\n";
  CHECK(*with_conf_files({"start", "--conf-file", path, "--echo"}) == Words{"start", "--hidden", "--echo"});
  CHECK(*with_conf_files({"start", "--conf-file", "-" + path}) == Words{"start", "--hidden"});
  CHECK(*with_conf_files({"start", "--conf-file=" + path, "--echo"}) == Words{"start", "--hidden", "--echo"});
  CHECK(*with_conf_files({"start", "--conf-file=" + path, "--conf-file", path}) ==
        Words{"start", "--hidden", "--hidden"});
  CHECK(*with_conf_files({"start", "--", "--conf-file", path}) == Words{"start", "--", "--conf-file", path});
  std::ofstream{path} << "conf-file /etc/other\n";
  CHECK(with_conf_files({"start", "--conf-file", path}).error().code == Errc::configuration);
  std::remove(path.c_str());
  CHECK(*with_conf_files({"start", "--conf-file", "-" + path, "--echo"}) == Words{"start", "--echo"});
  auto missing = with_conf_files({"start", "--conf-file", path});
  REQUIRE_FALSE(missing);
  CHECK(missing.error().code == Errc::configuration);
}

TEST_CASE("conf file: without one the arguments stay", "[command]") {
  CHECK(*with_conf_files({"start", "--echo"}) == Words{"start", "--echo"});
  CHECK(*with_conf_files({"start", "--conf-file"}) == Words{"start", "--conf-file"});
}
