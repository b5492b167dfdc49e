// Claims about Registry: in which order calls look for their module, and how modules are shared.
#include "test/unit/catch.h"

#include "noderuntime/code/module_registry.h"
#include "test/unit/machine/world.h"
#include "test/unit/paths.h"

using namespace noderuntime;
using namespace noderuntime::test;

namespace {

CallTarget link_to(const char* module, const char* function, std::uint32_t arity) {
  CallTarget link;
  link.name = {Atom::of(module), Atom::of(function), arity};
  return link;
}

}  // namespace

TEST_CASE("registry: native rows, then the prelude, then the code path", "[code]") {
  MachineSurroundings surroundings;
  ModuleRegistry registry{surroundings, surroundings, surroundings, {{test_modules()}}};
  auto native = link_to("lists", "reverse", 1), prelude = link_to("lists", "map", 2),
       file = link_to("basic", "fib", 1);
  CHECK(registry.resolve(registry.home(), native));
  CHECK(native.kind == CallTarget::Kind::native);
  CHECK(registry.resolve(registry.home(), prelude));
  CHECK(prelude.kind == CallTarget::Kind::code);
  CHECK_FALSE(registry.resolve(registry.home(), file, false));
  CHECK(registry.resolve(registry.home(), file));
  CHECK(file.instance->image->module.text() == "basic");
}

TEST_CASE("registry: when the table of atoms is full the prelude is still there", "[code]") {
  MachineSurroundings surroundings;
  ModuleRegistry registry{surroundings, surroundings, surroundings, {{test_modules()}}};
  CallTarget prelude[] = {link_to("erpc", "execute_call", 4), link_to("timer", "sleep", 1),
                          link_to("application", "get_env", 2), link_to("global", "whereis_name", 1)};
  set_atom_limit(atom_count());
  for (auto& link : prelude) {
    CHECK(registry.resolve(registry.home(), link));
    CHECK(link.kind == CallTarget::Kind::code);
  }
  CHECK(Atom::intern("one that nobody has named").error().code == Errc::too_many_atoms);
  set_atom_limit(1u << 20);
}

TEST_CASE("registry: a missing module is looked for once", "[code]") {
  struct Counting : MachineSurroundings {
    int reads = 0;
    Result<Buffer> read_file(const std::string& path) override {
      return ++reads, MachineSurroundings::read_file(path);
    }
  } surroundings;
  ModuleRegistry registry{surroundings, surroundings, surroundings, {{test_modules()}}};
  auto link = link_to("nosuch", "f", 0);
  CHECK_FALSE(registry.resolve(registry.home(), link));
  CHECK_FALSE(registry.resolve(registry.home(), link));
  CHECK(surroundings.reads == 1);
}

TEST_CASE("registry: modules of others may hold half of the bound of memory", "[code]") {
  MachineSurroundings surroundings;
  ModuleRegistry registry{surroundings, surroundings, surroundings, {}};
  auto file = *file_contents(test_modules() + "/basic.beam");
  auto before = held_memory.used();
  held_memory.set_bound(2 * registry.code_bytes() + file.size());
  auto refused = registry.load_binary(registry.home(), file);
  held_memory.set_bound(HeldMemory::no_bound);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().code == Errc::too_large);
  CHECK(held_memory.used() == before);

  REQUIRE(registry.load_binary(registry.home(), file).ok());
  CHECK(held_memory.used() - before > file.size());
  CHECK(registry.code_bytes() == held_memory.used() - before);
}

TEST_CASE("registry: modules that belong to the node are never taken from the code path", "[code]") {
  MachineSurroundings surroundings;
  surroundings.files["dir/init.beam"] = *file_contents(test_modules() + "/basic.beam");
  ModuleRegistry registry{surroundings, surroundings, surroundings, {{"dir"}}};
  CHECK(registry.instance(registry.home(), Atom::of("init")) == nullptr);
}

TEST_CASE("registry: a file that holds another module is refused and logged", "[code]") {
  MachineSurroundings surroundings;
  surroundings.files["dir/other.beam"] = *file_contents(test_modules() + "/basic.beam");
  ModuleRegistry registry{surroundings, surroundings, surroundings, {{"dir"}}};
  CHECK(registry.instance(registry.home(), Atom::of("other")) == nullptr);
  CHECK(surroundings.logged.size() == 1);
}

TEST_CASE("registry: images are shared by MD5, links belong to the realm", "[code]") {
  MachineSurroundings surroundings;
  ModuleRegistry registry{surroundings, surroundings, surroundings, {{test_modules()}}};
  Realm peer{Atom::of("peer@host")};
  auto* here = registry.instance(registry.home(), Atom::of("basic"));
  auto* there = registry.instance(peer, Atom::of("basic"));
  REQUIRE(here);
  REQUIRE(there);
  CHECK(here != there);
  CHECK(here->image == there->image);
}

TEST_CASE("registry: a fun is bound by module, MD5 and index", "[code]") {
  MachineSurroundings surroundings;
  ModuleRegistry registry{surroundings, surroundings, surroundings, {{test_modules()}}};
  auto* instance = registry.instance(registry.home(), Atom::of("basic"));
  FunObject fun{};
  auto& lambda = instance->image->lambdas[0];
  fun.module = Term::atom(Atom::of("basic"));
  fun.index = lambda.index;
  fun.arity = static_cast<std::uint16_t>(lambda.arity),
  fun.free_count = static_cast<std::uint16_t>(lambda.free_count);
  std::copy(instance->image->md5.begin(), instance->image->md5.end(), fun.uniq);
  CHECK(registry.bind(registry.home(), fun));
  fun.uniq[0] ^= 1;
  CHECK(registry.bind(registry.home(), fun) == nullptr);
}
