// Claims about where a node's cookie comes from, and about the files that hold cookies.
#include "noderuntime/node/cookie.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include "test/unit/catch.h"

using namespace noderuntime;

namespace {

struct Directory {
  std::string path;
  Directory() {
    char name[] = "/tmp/cookie_test_XXXXXX";
    path = mkdtemp(name);
  }
  ~Directory() { std::filesystem::remove_all(path); }
  std::string file(const std::string& content, mode_t mode) {
    std::string name = path + "/cookie";
    std::ofstream{name} << content;
    chmod(name.c_str(), mode);
    return name;
  }
};

}  // namespace

TEST_CASE("cookie: the text before the first line end", "[node]") {
  Directory directory;
  CHECK(*read_cookie_file(directory.file("SECRET\nmore", 0400), false) == "SECRET");
}

TEST_CASE("cookie: a file that others may read is refused", "[node]") {
  for (mode_t mode : {0440, 0404, 0644, 0620}) {
    Directory directory;
    auto cookie = read_cookie_file(directory.file("SECRET", mode), true);
    REQUIRE_FALSE(cookie);
    CHECK(cookie.error().message().find("accessible by owner only") != std::string::npos);
  }
}

TEST_CASE("cookie: made when absent: 20 capital letters, mode 0400, the same at the next reading", "[node]") {
  Directory directory;
  std::string path = directory.path + "/cookie";
  auto made = read_cookie_file(path, true);
  REQUIRE(made);
  CHECK(made->size() == 20);
  CHECK(made->find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ") == std::string::npos);
  struct stat status {};
  REQUIRE(stat(path.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0400);
  CHECK(*read_cookie_file(path, true) == *made);
}

TEST_CASE("cookie: what systemd passes goes before the home, and an option before that", "[node]") {
  Directory directory;
  directory.file("PASSED\n", 0440);
  setenv("CREDENTIALS_DIRECTORY", directory.path.c_str(), 1);
  CHECK(find_cookie("", "")->text == "PASSED");
  CHECK(find_cookie("", "")->file == directory.path + "/cookie");
  CHECK(find_cookie("TYPED", "")->text == "TYPED");
  CHECK(find_cookie("TYPED", "")->file.empty());
  unsetenv("CREDENTIALS_DIRECTORY");
}

TEST_CASE("cookie: absent, empty or too long files are errors that name the file", "[node]") {
  Directory directory;
  CHECK(read_cookie_file(directory.path + "/none", false).error().context.find("/none") != std::string::npos);
  CHECK_FALSE(read_cookie_file(directory.file("", 0400), false));
  Directory other;
  CHECK_FALSE(read_cookie_file(other.file(std::string(300, 'x'), 0400), false));
}
