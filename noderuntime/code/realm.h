// Where names of modules mean something: realms, their instances of modules, and how a call finds its code.
#pragma once

#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "common/entropy/keyed_hash.h"
#include "noderuntime/functions/native.h"
#include "noderuntime/machine/image.h"
#include "noderuntime/pid.h"

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
    return keyed_hash::of_words(std::uint64_t{name.module.index()} << 32 | name.function.index(), name.arity);
  }
};

struct DigestHash {
  std::size_t operator()(const Digest& digest) const {
    std::uint64_t words[2];
    static_assert(sizeof words == sizeof digest);
    std::memcpy(words, digest.data(), sizeof words);
    return keyed_hash::of_words(words[0], words[1]);
  }
};

// What is known of the peer that a realm is named after.
struct Lender {
  // The program whose code the realm has; another one may take the same name. Nullopt: it has none of it.
  std::optional<Creation> program;
  // Of OTP, as text; '': not known. That of the program that is connected, and that of the realm's code.
  std::string release, code_release;
  std::optional<Reference> meeting;  // under way: asks for the release
  std::int64_t met_at = 0;           // when that was sent, in milliseconds
  bool silent = false;               // left a request unanswered for too long, and has answered none since
  bool compares = false;             // its versions are to be compared with those that are here
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

  Lender lender;

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
  // What nobody had who was asked, and until when (milliseconds) they are not asked for it again: modules,
  // and versions of modules that funs were made in.
  struct Absence {
    std::int64_t until = 0;
    std::vector<Atom> callers{};  // peers that were asked because they called
  };
  std::unordered_map<Atom, Absence> absent_;
  std::unordered_map<Digest, std::int64_t, DigestHash> absent_versions_;
  std::unordered_map<FunctionName, Link, FunctionNameHash> named_;
  std::unordered_map<const Image*, Instance*> by_image_;
};

}  // namespace noderuntime
