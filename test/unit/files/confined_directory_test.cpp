// The files below one directory: what leads out, what is no file, limits.
#include "test/unit/catch.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "noderuntime/files/confined_directory.h"

namespace {

using namespace noderuntime;
using files::ConfinedDirectory;
namespace host = std::filesystem;

// A directory with `inside` and `outside`; the first is confined.
struct World {
  World(bool writable = true, ConfinedDirectory::Limits limits = {}) {
    std::string name = host::temp_directory_path() / "confined_XXXXXX";
    root = mkdtemp(name.data());
    host::create_directories(root / "inside/sub/deep");
    host::create_directory(root / "outside");
    std::ofstream{root / "outside/secret"} << "secret";
    std::ofstream{root / "inside/file"} << "one\r\ntwo\nthree";
    auto opened = ConfinedDirectory::open(root / "inside", writable, limits);
    REQUIRE(opened);
    files = std::move(*opened);
  }
  ~World() { host::remove_all(root); }
  void link(const std::string& text, const std::string& name) {
    host::create_symlink(text, root / "inside" / name);
  }
  std::string text_of(const std::string& place) {
    auto file = files->open(place, {.read = true});
    if (!file) return std::to_string(file.error);
    std::array<Byte, 100> bytes;
    auto got = file.value->read(bytes.data(), bytes.size());
    return {reinterpret_cast<char*>(bytes.data()), got.value};
  }
  host::path root;
  std::unique_ptr<ConfinedDirectory> files;
};

Bytes bytes_of(std::string_view text) { return {reinterpret_cast<const Byte*>(text.data()), text.size()}; }

}  // namespace

TEST_CASE("files: a name is relative, or begins with the directory", "[files]") {
  World world;
  auto inside = (world.root / "inside").string();
  CHECK(world.files->place_of("file") == "file");
  CHECK(world.files->place_of(inside) == ".");
  CHECK(world.files->place_of(inside + "/") == ".");
  CHECK(world.files->place_of(inside + "//file") == "file");
  CHECK_FALSE(world.files->place_of(inside + "2/file"));
  CHECK_FALSE(world.files->place_of("/etc/passwd"));
  CHECK_FALSE(world.files->place_of("/"));
  world.files->set_working_directory("sub");
  CHECK(world.files->place_of("file") == "sub/file");
  CHECK(world.files->place_of(inside + "/file") == "file");
  CHECK(world.files->working_directory() == inside + "/sub");
}

TEST_CASE("files: what leads out of the directory is EACCES", "[files]") {
  World world;
  world.link("../outside/secret", "relative");
  world.link(world.root / "outside/secret", "absolute");
  world.link("../outside", "directory");
  world.link("/proc/self/root", "magic");
  auto denied = std::to_string(EACCES);
  for (auto place : {"..", "../outside/secret", "sub/../../outside/secret", "relative", "absolute",
                     "directory/secret", "magic/etc/passwd", "/etc/passwd"}) {
    CAPTURE(place);
    CHECK(world.text_of(place) == denied);
    CHECK(world.files->info(place, true).error == EACCES);
    CHECK(world.files->open(place, {.write = true}).error == EACCES);
    CHECK(world.files->list(place).error == EACCES);
    CHECK(world.files->directory(place).error == EACCES);
    CHECK(world.files->write_info(place, {.mode = 0777}) == EACCES);
  }
  CHECK(world.files->info("..", false).error == EACCES);
  CHECK(world.files->info("relative", false));
  for (auto place : {"../new", "directory/new", "sub/../../new"}) {
    CAPTURE(place);
    CHECK(world.files->make_directory(place) == EACCES);
    CHECK(world.files->rename("file", place) == EACCES);
    CHECK(world.files->make_link("file", place) == EACCES);
    CHECK(world.files->make_symlink("file", place) == EACCES);
  }
  CHECK(world.files->remove("../outside/secret") == EACCES);
  CHECK(world.files->remove("directory/secret") == EACCES);
  CHECK(world.files->remove_directory("../outside") == EACCES);
  CHECK(world.files->make_link("directory/secret", "mine") == EACCES);
  CHECK(host::exists(world.root / "outside/secret"));
  CHECK(std::distance(host::directory_iterator{world.root}, host::directory_iterator{}) == 2);
}

TEST_CASE("files: a link to an absolute name of the directory leads there", "[files]") {
  World world;
  auto inside = (world.root / "inside").string();
  world.link(inside + "/file", "to_file");
  world.link(inside + "/sub", "to_directory");
  world.link(inside, "to_all");
  world.link("to_all/to_directory", "twice");
  world.link("../to_file", "sub/back");
  world.link(inside + "/missing", "to_nothing");
  for (auto place : {"to_file", "to_all/file", "to_directory/../file", "twice/back", "twice/deep/../back",
                     "to_all/to_all/./to_all//sub/back"}) {
    CAPTURE(place);
    CHECK(world.text_of(place) == "one\r\ntwo\nthree");
  }
  CHECK(world.files->info("to_file", true).value.type == FileInfo::Type::regular);
  CHECK(world.files->info("to_all/to_file", false).value.type == FileInfo::Type::symlink);
  CHECK(world.files->read_link("to_all/to_file").value == inside + "/file");
  CHECK(world.files->list("twice").value.size() == 2);
  CHECK(world.files->directory("twice").value == "sub");
  CHECK(world.files->make_directory("twice/new") == 0);
  CHECK(host::is_directory(world.root / "inside/sub/new"));
  CHECK(world.files->rename("twice/new", "to_all/moved") == 0);
  CHECK(host::is_directory(world.root / "inside/moved"));
  CHECK(world.text_of("to_nothing") == std::to_string(ENOENT));
  CHECK(world.files->open("to_nothing", {.write = true, .exclusive = true}).error == EEXIST);
  CHECK(world.files->open("to_nothing", {.write = true}));
  CHECK(host::exists(world.root / "inside/missing"));
  CHECK(world.files->remove("to_all/to_file") == 0);
  CHECK(world.text_of("file") == "one\r\ntwo\nthree");
}

TEST_CASE("files: links to absolute names lead nowhere else", "[files]") {
  World world;
  auto inside = (world.root / "inside").string();
  world.link(inside + "2/secret", "beside");
  world.link(inside + "/../outside/secret", "above");
  world.link(inside + "/sub/../../outside/secret", "above_later");
  world.link(inside + "/above", "chain");
  world.link(inside + "/out/secret", "through");
  world.link("../outside", "out");
  for (auto place : {"beside", "above", "above_later", "chain", "through", "sub/../above"}) {
    CAPTURE(place);
    CHECK(world.text_of(place) == std::to_string(EACCES));
    CHECK(world.files->open(place, {.write = true}).error == EACCES);
  }
  world.link(inside + "/loop", "loop");
  world.link(inside + "/one", "two");
  world.link(inside + "/two", "one");
  for (auto place : {"loop", "one", "one/file"}) CHECK(world.text_of(place) == std::to_string(ELOOP));
}

TEST_CASE("files: with the root directory each name of the host is the same name", "[files]") {
  World world;
  auto opened = ConfinedDirectory::open("/", false, {});
  REQUIRE(opened);
  world.files = std::move(*opened);
  auto inside = (world.root / "inside").string();
  world.link(inside + "/file", "absolute");
  world.link("../outside/secret", "relative");
  auto place = [&](const std::string& name) { return world.files->place_of(name).value(); };
  CHECK(world.text_of(place(inside + "/absolute")) == "one\r\ntwo\nthree");
  CHECK(world.text_of(place(inside + "/relative")) == "secret");
  CHECK(world.text_of(place("/.." + inside + "/../inside/file")) == "one\r\ntwo\nthree");
  CHECK(world.files->directory(place("/..")).value.empty());
  CHECK(world.files->working_directory() == "/");
  CHECK_FALSE(world.files->open(place("/proc/self/exe"), {.read = true}));
}

TEST_CASE("files: nothing outside is seen while a directory on the way is moved", "[files]") {
  World world;
  std::atomic<bool> ends{false};
  std::thread mover{[&] {
    while (!ends) {
      world.files->rename("sub/deep", "moved");
      world.files->rename("moved", "sub/deep");
    }
  }};
  int seen = 0;
  for (int i = 0; i < 5'000; ++i)
    for (auto place : {"sub/deep/../../../outside/secret", "moved/../../outside/secret"})
      if (world.text_of(place) == "secret") ++seen;
  ends = true;
  mover.join();
  CHECK(seen == 0);
}

TEST_CASE("files: pipes and directories are no files, and nobody waits for a pipe", "[files]") {
  World world;
  REQUIRE(mkfifo((world.root / "inside/pipe").c_str(), 0600) == 0);
  CHECK(world.files->open("pipe", {.read = true}).error == EISDIR);
  CHECK(world.files->open("pipe", {.write = true}).error == EISDIR);
  CHECK(world.files->open("pipe", {.read = true, .append = true}).error == EISDIR);
  CHECK(world.files->open("sub", {.read = true}).error == EISDIR);
  CHECK(world.files->open("sub", {.read = true, .directory = true}));
  CHECK(world.files->open("file", {.read = true, .directory = true}).error == ENOTDIR);
}

TEST_CASE("files: a directory that is read only stays as it is", "[files]") {
  World world{false};
  CHECK(world.text_of("file") == "one\r\ntwo\nthree");
  CHECK(world.files->open("file", {.write = true}).error == EROFS);
  CHECK(world.files->open("new", {.append = true}).error == EROFS);
  CHECK(world.files->make_directory("new") == EROFS);
  CHECK(world.files->remove("file") == EROFS);
  CHECK(world.files->rename("file", "new") == EROFS);
  CHECK(world.files->make_link("file", "new") == EROFS);
  CHECK(world.files->make_symlink("file", "new") == EROFS);
  CHECK(world.files->write_info("file", {.mode = 0777}) == EROFS);
  CHECK(world.files->info("file", true).value.access == FileInfo::Access::read);
}

TEST_CASE("files: so many may be open, and a closed one makes room", "[files]") {
  World world{true, {.open_files = 2}};
  auto first = world.files->open("file", {.read = true});
  auto second = world.files->open("file", {.read = true});
  CHECK(world.files->open("file", {.read = true}).error == EMFILE);
  CHECK(world.files->open("nothing", {.read = true}).error == ENOENT);
  first.value.reset();
  CHECK(world.files->open("file", {.read = true}));
}

TEST_CASE("files: reading ahead is not seen", "[files]") {
  World world;
  for (bool ahead : {false, true}) {
    CAPTURE(ahead);
    std::ofstream{world.root / "inside/file"} << "one\r\ntwo\nthree";
    auto file = world.files->open("file", {.read = true, .write = true, .reads_ahead = ahead}).value;
    std::array<Byte, 4> bytes;
    CHECK(file->read_line(100).value == "one\n");
    CHECK(file->position(OpenFile::From::current, 0).value == 5);
    CHECK(file->read_line(2).error == ENOMEM);
    CHECK(file->position(OpenFile::From::begin, 1).value == 1);
    CHECK(file->read(bytes.data(), 2).value == 2);
    CHECK(file->bytes_left(-1).value == 11);
    CHECK(file->read_at(5, bytes.data(), 3).value == 3);
    CHECK(file->write(bytes_of("X")) == 0);
    CHECK(file->position(OpenFile::From::current, 0).value == 4);
    CHECK(file->position(OpenFile::From::begin, -1).error == EINVAL);
    CHECK(file->position(OpenFile::From::end, 0).value == 14);
    CHECK(file->read(bytes.data(), 2).value == 0);
  }
  CHECK(world.text_of("file") == "oneX\ntwo\nthree");
}

TEST_CASE("files: modes, links and rights are changed", "[files]") {
  World world;
  CHECK(world.files->open("file", {.write = true, .exclusive = true}).error == EEXIST);
  CHECK(world.files->open("new", {.write = true, .exclusive = true}));
  CHECK(world.files->open("file", {.append = true}).value->write(bytes_of("!")) == 0);
  CHECK(world.text_of("file") == "one\r\ntwo\nthree!");
  CHECK(world.files->write_info("file", {.mode = 0640, .accessed = 5, .modified = 7}) == 0);
  auto info = world.files->info("file", true).value;
  CHECK((info.mode & 07777) == 0640);
  CHECK(info.modified == 7);
  CHECK(world.files->make_symlink("file", "link") == 0);
  CHECK(world.files->read_link("link").value == "file");
  CHECK(world.files->read_link("file").error == EINVAL);
  CHECK(world.files->info("link", false).value.type == FileInfo::Type::symlink);
  CHECK(world.files->rename("link", "sub/link") == 0);
  CHECK(world.files->remove_directory("sub") == EEXIST);
  CHECK(world.files->directory("sub/../sub/deep").value == "sub/deep");
  auto names = world.files->list(".").value;
  std::sort(names.begin(), names.end());
  CHECK(names == std::vector<std::string>{"file", "new", "sub"});
}

TEST_CASE("files: a directory that is not there is an error", "[files]") {
  World world;
  CHECK_FALSE(ConfinedDirectory::open(world.root / "nothing", true, {}));
  CHECK_FALSE(ConfinedDirectory::open(world.root / "inside/file", true, {}));
}
