// Claims about the loader: what it takes from a .beam file, and that it refuses damaged files.
#include "test/unit/catch.h"

#include <zlib.h>

#include "noderuntime/beam/chunks.h"
#include "noderuntime/beam/generic_instructions.h"
#include "noderuntime/beam/loader.h"
#include "test/unit/machine/library.h"
#include "test/unit/machine/world.h"
#include "test/unit/paths.h"

using namespace noderuntime;
using namespace noderuntime::test;

namespace {

Buffer basic() { return *file_contents(test_modules() + "/basic.beam"); }

Buffer gzipped(Bytes bytes) {
  z_stream stream{};
  deflateInit2(&stream, 6, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY);
  Buffer out(bytes.size() + 100);
  stream.next_in = const_cast<Byte*>(bytes.data()), stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = out.data(), stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

}  // namespace

TEST_CASE("loader: the generic instructions are numbered as in genop.tab", "[machine]") {
  CHECK(std::string{generic_row(1)->name} == "label");
  CHECK(std::string{generic_row(64)->name} == "move");
  CHECK(std::string{generic_row(177)->name} == "bs_create_bin");
  CHECK(generic_row(182)->arity == 3);
  CHECK(generic_row(0) == nullptr);
  CHECK(generic_row(192) == nullptr);
}

TEST_CASE("loader: a row says which operation an instruction becomes, and of which operands", "[machine]") {
  auto& append = *generic_row(135);  // bs_private_append: fail, size, unit, binary, flags, destination
  CHECK(append.operation == Operation::bs_append);
  REQUIRE(append.field_count == 5);
  CHECK(append.fields[0].kind == FieldRule::label);
  CHECK(append.fields[2].kind == FieldRule::value);
  CHECK(append.fields[4].kind == FieldRule::register_of_code);
  for (unsigned i = 0; auto operand : {0, 1, 2, 3, 5}) CHECK(append.fields[i++].operand == operand);
  CHECK_FALSE(generic_row(79)->translated);  // bs_start_match
}

TEST_CASE("loader: a module has its name, exports, funs, lines and MD5", "[machine]") {
  LiteralSpace space;
  auto image = load(basic(), space);
  INFO((image ? "" : image.error().message()));
  REQUIRE(image);
  CHECK((*image)->module.text() == "basic");
  CHECK((*image)->find_export(Atom::of("fib"), 1));
  CHECK_FALSE((*image)->find_export(Atom::of("fib"), 2));
  CHECK((*image)->lambdas.size() > 20);
  CHECK((*image)->line_items.size() > 50);
  auto text = disassemble(**image);
  CHECK(text.find("fib/1:") != text.npos);
  CHECK(text.find("subtract") != text.npos);
}

TEST_CASE("loader: a gzipped module is the same module", "[machine]") {
  LiteralSpace space;
  auto plain = load(basic(), space), packed = load(gzipped(basic()), space);
  REQUIRE(plain);
  REQUIRE(packed);
  CHECK((*plain)->md5 == (*packed)->md5);
}

TEST_CASE("loader: no flipped byte does more than be refused", "[machine]") {
  LiteralSpace space;
  auto file = *file_contents(test_modules() + "/small.beam");
  std::size_t refused = 0;
  for (std::size_t at = 0; at < file.size(); ++at) {
    for (Byte flip : {Byte{0xFF}, Byte{0x01}, Byte{0x10}}) {
      auto damaged = file;
      damaged[at] ^= flip;
      if (!load(damaged, space)) ++refused;
    }
  }
  CHECK(refused > file.size() / 2);
}

TEST_CASE("loader: no cut file does more than be refused", "[machine]") {
  LiteralSpace space;
  auto file = *file_contents(test_modules() + "/small.beam");
  for (std::size_t size = 0; size < file.size(); ++size) CHECK_FALSE(load(Bytes{file}.first(size), space));
}

TEST_CASE("loader: every module of the installed OTP loads", "[machine]") {
  auto directories = library({"stdlib", "kernel", "compiler"});
  INFO(where_library_is);
  REQUIRE_FALSE(directories.empty());
  LiteralSpace space;
  for (auto& directory : directories)
    for (auto& entry : std::filesystem::directory_iterator(directory)) {
      if (entry.path().extension() != ".beam") continue;
      auto image = load(*file_contents(entry.path().string()), space);
      INFO(entry.path().string() << (image ? "" : ": " + image.error().message()));
      CHECK(image.ok());
    }
}
