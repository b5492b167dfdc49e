// Realms, their instances of modules, and how a call finds its code.
#pragma once

#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include <noderuntime/pid.h>
#include "common/entropy/keyed_hash.h"
#include "noderuntime/beam/image.h"
#include "noderuntime/functions/native.h"

namespace noderuntime {

class Realm;

// The target of a call, resolved in the realm of the calling instance when it is first used.
struct CallTarget {
  enum class Kind : std::uint8_t {
    unresolved,
    code,
    native,
    apply_2,  // functions that the machine itself carries out
    apply_3,
    hibernate_3,
  };
  Kind kind = Kind::unresolved;
  const std::uint32_t* entry = nullptr;
  ModuleInstance* instance = nullptr;
  Native native = nullptr;
  FunctionName name;
};

// What a fun of this node points to. It outlives its instance; the fun is then bound again.
struct FunEntry {
  ModuleInstance* instance;  // null: the instance is gone
  const std::uint32_t* entry;
  const Image::Lambda* lambda;
};

// A module linked into a realm. Owned by the ModuleRegistry, which destroys it when no name and
// no process refers to it.
struct ModuleInstance {
  ModuleInstance(std::shared_ptr<const Image> image, Realm& realm, std::uint32_t id);
  std::shared_ptr<const Image> image;
  Realm* realm;
  std::uint32_t id;               // the key in ModuleRegistry's instances; raw stack traces use it
  std::vector<CallTarget> links;  // by import
  std::vector<FunEntry> funs;     // by lambda
  FunEntry on_load;               // the function that runs before anything else
  bool started = false;           // on_load has run
  std::string file_name;          // as the node that gave the module calls it
};

struct FunctionNameHash {
  std::size_t operator()(const FunctionName& name) const {
    return keyed_hash::of_words(std::uint64_t{index_of(name.module)} << 32 | index_of(name.function),
                                name.arity);
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

// What is known about the peer that a realm is named after.
struct Lender {
  // The program whose code the realm has; another program may take the same name. nullopt: it has no code.
  std::optional<Creation> program;
  // OTP releases as text, '' if not known: of the connected program, and of the realm's code.
  std::string release, code_release;
  std::optional<Reference> meeting;  // the request for the release, while in progress
  std::int64_t met_at = 0;           // when it was sent, in milliseconds
  bool silent = false;               // it left a request unanswered for too long, and has not answered since
  bool compares = false;             // its versions are to be compared with those here
};

// The home realm, or the code of one peer. Also holds the links for calls by name (apply, spawn, fun M:F/A).
class Realm {
 public:
  explicit Realm(Atom node) : node_{node} {}
  Atom node() const { return node_; }  // '': home

  ModuleInstance* find(Atom module) const {
    auto found = instances_.find(module);
    return found == instances_.end() ? nullptr : found->second;
  }
  ModuleInstance* find_prelude(Atom module) const {
    auto found = prelude_.find(module);
    return found == prelude_.end() ? nullptr : found->second;
  }
  const std::unordered_map<Atom, ModuleInstance*>& instances() const { return instances_; }

  Lender lender;

 private:
  friend class ModuleRegistry;
  // A version of a module that calls do not reach before its -on_load function has run.
  struct Starting {
    ModuleInstance* instance;
    bool pushed;
    bool running = false;
  };
  Atom node_;
  std::unordered_map<Atom, std::vector<Starting>> starting_;  // the running one, and behind it the latest
  std::unordered_map<Atom, ModuleInstance*> instances_, prelude_;
  std::unordered_set<Atom> missing_;  // modules that are not on the code path
  // Modules, and versions of modules that funs need, that none of the peers asked had, and until when
  // (milliseconds) they are not asked for again.
  struct Absence {
    std::int64_t until = 0;
    std::vector<Atom> callers{};  // peers that were asked because they called
  };
  std::unordered_map<Atom, Absence> absent_;
  std::unordered_map<Digest, std::int64_t, DigestHash> absent_versions_;
  std::unordered_map<FunctionName, CallTarget, FunctionNameHash> named_;
  std::unordered_map<const Image*, ModuleInstance*> by_image_;
};

}  // namespace noderuntime
