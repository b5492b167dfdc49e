// Where names of modules mean something: realms, their instances of modules, and how a call finds its code.
#pragma once

#include <cstring>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "noderuntime/functions/native.h"
#include "noderuntime/machine/image.h"

namespace noderuntime {

class Realm;

// Where a call goes. Resolved in the realm of the calling instance when first used.
struct Link {
  enum class Kind : std::uint8_t {
    unresolved,
    code,
    native,
    apply_2,  // functions that are the machine's own
    apply_3,
    hibernate_3,
    missing,  // known not to exist; asked again when modules come
  };
  Kind kind = Kind::unresolved;
  const std::uint32_t* entry = nullptr;
  Instance* instance = nullptr;
  Native native = nullptr;
  FunctionName name;
};

// What a local fun points to. It outlives its instance: the fun is bound anew then.
struct FunBinding {
  Instance* instance;  // null: gone
  const std::uint32_t* entry;
  const Image::Lambda* lambda;
};

// A module linked into a realm.
struct Instance {
  Instance(std::shared_ptr<const Image> image, Realm& realm, std::uint32_t id);
  std::shared_ptr<const Image> image;
  Realm* realm;
  std::uint32_t id;              // in Registry::instance(); names it in raw stack traces
  std::vector<Link> links;       // by import
  std::vector<FunBinding> funs;  // by lambda
  FunBinding on_load;            // of the function that runs before anything else
  bool started = false;          // it has run
  std::string file_name;         // as whoever gave the module calls it
};

struct FunctionNameHash {
  std::size_t operator()(const FunctionName& name) const {
    return (std::uint64_t{name.module.index()} << 32 | name.function.index()) * 0x9E3779B97F4A7C15u +
           name.arity;
  }
};

struct DigestHash {
  std::size_t operator()(const Digest& digest) const {
    std::size_t hash;
    static_assert(sizeof hash <= sizeof digest);
    std::memcpy(&hash, digest.data(), sizeof hash);
    return hash;
  }
};

// Home, or the code of one peer. Holds links for calls by name (apply, spawn, fun M:F/A).
class Realm {
 public:
  explicit Realm(Atom node) : node_{node} {}
  Atom node() const { return node_; }  // '' : home

  Instance* find(Atom module) const {
    auto found = instances_.find(module);
    return found == instances_.end() ? nullptr : found->second;
  }
  Instance* find_prelude(Atom module) const {
    auto found = prelude_.find(module);
    return found == prelude_.end() ? nullptr : found->second;
  }
  const std::unordered_map<Atom, Instance*>& instances() const { return instances_; }

 private:
  friend class Registry;
  // A version of a module that no name leads to before its -on_load function has run.
  struct Starting {
    Instance* instance;
    bool pushed;
    bool running = false;
  };
  Atom node_;
  std::unordered_map<Atom, std::vector<Starting>> starting_;  // one that runs, and the latest behind it
  std::unordered_map<Atom, Instance*> instances_, prelude_;
  std::unordered_set<Atom> missing_;  // modules that are not on the code path
  // What the peer did not have, and until when (milliseconds) it is not asked for it again: modules, and
  // versions of modules that funs were made in.
  std::unordered_map<Atom, std::int64_t> absent_;
  std::unordered_map<Digest, std::int64_t, DigestHash> absent_versions_;
  std::unordered_map<FunctionName, Link, FunctionNameHash> named_;
};

}  // namespace noderuntime
