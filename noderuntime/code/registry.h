// All code of a node: native functions, the prelude, the code path; images by MD5, realms with their
// instances.
#pragma once

#include <deque>
#include <map>
#include <string>

#include "noderuntime/code/realm.h"
#include "noderuntime/machine/literal_space.h"

namespace noderuntime {

class Registry {
 public:
  struct Config {
    std::vector<std::string> code_path;  // directories, searched in their order
  };
  Registry(Surroundings& surroundings, Config config);
  ~Registry();

  Realm& home() { return home_; }
  const LiteralSpace& literals() const { return literals_; }

  // Fills in where the call goes: native row, prelude, the realm's instance, the code path. False: nowhere.
  // Loads modules when `load` is set.
  bool resolve(Realm& realm, Link& link, bool load = true);
  // The link for a call by name, resolved.
  Link& named(Realm& realm, const FunctionName& name);

  // The instance of a module that the realm has or gets from the code path. Null: nobody has it.
  Instance* instance(Realm& realm, Atom module);
  // A module from bytes, replacing the realm's instance of that name. Code that runs in the old one goes on
  // there.
  Result<Instance*> load_binary(Realm& realm, Bytes file);
  Instance* instance_by_id(std::uint64_t id) const {
    return id < instances_.size() ? instances_[id].get() : nullptr;
  }

  // The code of a fun that came from elsewhere: by module, MD5 and index. Null: not here, or of another MD5.
  const FunBinding* bind(Realm& realm, const FunObject& fun);

  bool is_native(const FunctionName& name) const { return natives_.contains(name); }
  // The module that explains errors of a native function of `module`; '': none.
  Atom error_module(Atom module) const;

 private:
  struct DigestHash {
    std::size_t operator()(const Digest& digest) const {
      std::size_t hash;
      static_assert(sizeof hash <= sizeof digest);
      __builtin_memcpy(&hash, digest.data(), sizeof hash);
      return hash;
    }
  };
  Result<std::shared_ptr<const Image>> image_of(Bytes file);
  void give_native_bodies(Image& image);
  Instance* add(std::shared_ptr<const Image> image, Realm& realm);
  Instance* prelude(Realm& realm, Atom module);
  void forget_links(Realm& realm, Atom module);

  Surroundings& surroundings_;
  Config config_;
  LiteralSpace literals_;
  Realm home_{Atom{}};
  std::unordered_map<FunctionName, Native, FunctionNameHash> natives_;
  std::unordered_map<Atom, Atom> error_modules_;
  std::unordered_map<Digest, std::shared_ptr<const Image>, DigestHash> images_;
  std::deque<std::unique_ptr<Instance>> instances_;
};

}  // namespace noderuntime
