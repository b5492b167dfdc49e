// All code of a node: native functions, the prelude, what was borrowed or pushed, the code path; images by
// MD5, realms with their instances.
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
    bool borrow = false;                 // peers have realms and are asked for what these lack
  };
  // How long a peer is not asked again for what it did not have, in milliseconds.
  static constexpr std::int64_t absence = 5'000;
  Registry(Surroundings& surroundings, Config config);
  ~Registry();

  Realm& home() { return home_; }
  Realm& realm(Atom node);       // of a peer; home when nothing is borrowed
  void peer_returns(Atom node);  // connected again: its modules may have changed
  const LiteralSpace& literals() const { return literals_; }

  // Fills in where the call goes: native row, prelude, the realm's instance, what was pushed, the code path.
  // False: nowhere, or only the peer knows. Loads modules when `load` is set.
  bool resolve(Realm& realm, Link& link, bool load = true);
  // The link for a call by name, resolved.
  Link& named(Realm& realm, const FunctionName& name);

  // Whether the realm's peer is to be asked for the module; or for that version of it, which a fun needs.
  bool may_borrow(const Realm& realm, Atom module) const;
  bool may_borrow(const Realm& realm, const FunObject& fun) const;
  // What the peer answered: the module's file, or nothing.
  Result<Instance*> lend(Realm& realm, Atom module, Bytes file);
  void deny(Realm& realm, Atom module);
  void deny(Realm& realm, const Digest& version);

  // The instance of a module as the realm sees it, without loading. Null: none.
  Instance* find(const Realm& realm, Atom module) const;
  // The same, or from the code path. Null: nobody has it, or only the peer knows.
  Instance* instance(Realm& realm, Atom module);
  // A module (any, or this one) that is pushed, replacing the realm's instance of that name; all realms see
  // it. Code that runs in the old one goes on there.
  Result<Instance*> load_binary(Realm& realm, Bytes file, Atom module = {});
  Instance* instance_by_id(std::uint64_t id) const {
    return id < instances_.size() ? instances_[id].get() : nullptr;
  }

  // The code of a fun that came from elsewhere: by module, MD5 and index. Null: not here, or of another MD5.
  const FunBinding* bind(Realm& realm, const FunObject& fun);

  // Whether only our own functions of the module exist, whoever has others.
  bool is_ours(Atom module) const;
  bool is_native(const FunctionName& name) const { return natives_.contains(name); }
  // The module that explains errors of a native function of `module`; '': none.
  Atom error_module(Atom module) const;

 private:
  Result<std::shared_ptr<const Image>> image_of(Bytes file);
  void give_native_bodies(Image& image);
  std::int64_t now() const { return surroundings_.monotonic_nanoseconds() / 1'000'000; }
  bool asks(const Realm& realm, Atom module) const;
  Instance* add(std::shared_ptr<const Image> image, Realm& realm);
  Instance* prelude(Realm& realm, Atom module);
  void forget_links(Atom module);

  Surroundings& surroundings_;
  Config config_;
  LiteralSpace literals_;
  Realm home_{Atom{}};
  std::unordered_map<Atom, std::unique_ptr<Realm>> realms_;  // of peers; kept when they are gone
  std::unordered_map<Atom, Instance*> pushed_;
  std::unordered_map<FunctionName, Native, FunctionNameHash> natives_;
  std::unordered_map<Atom, Atom> error_modules_;
  std::unordered_map<Digest, std::shared_ptr<const Image>, DigestHash> images_;
  std::deque<std::unique_ptr<Instance>> instances_;
};

}  // namespace noderuntime
