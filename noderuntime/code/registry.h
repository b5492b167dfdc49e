// All code of a node: native functions, the prelude, what was borrowed or pushed, the code path; images by
// MD5, realms with their instances.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "noderuntime/code/references.h"
#include "noderuntime/machine/literal_space.h"
#include "noderuntime/process/surroundings.h"

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
  Realm& realm(Atom node);              // of a peer; home when nothing is borrowed
  Realm* find_realm(Atom node) const {  // of a peer. Null: none
    auto found = realms_.find(node);
    return found == realms_.end() ? nullptr : found->second.get();
  }
  void peer_returns(Atom node);  // connected, perhaps again: it may have what others lack
  const LiteralSpace& literals() const { return *literals_; }
  const std::shared_ptr<LiteralSpace>& shared_literals() { return literals_; }

  // Fills in where the call goes: native row, prelude, the realm's instance, what was pushed, the code path.
  // False: nowhere, or only the peer knows. Loads modules when `load` is set.
  bool resolve(Realm& realm, Link& link, bool load = true);
  // The link for a call by name, resolved.
  Link& named(Realm& realm, const FunctionName& name);

  // Who can be asked for code that the realm lacks, in this order: its peer, the peers that call, and, when
  // its peer does not give any more what the realm needs (gone, silent, or another program), the other
  // visible peers, but for those of another release than the realm's code. Peers that are silent come last.
  std::vector<Atom> lenders(const Realm& realm, std::span<const Atom> callers) const;
  // Whether somebody is to be asked for the module that a process of `caller` needs ('': of nobody); or for
  // that version of it, which a fun needs.
  bool may_borrow(const Realm& realm, Atom module, Atom caller = {}) const;
  bool may_borrow(const Realm& realm, const FunObject& fun, Atom caller = {}) const;
  // The module's file, from `node`. Code of another peer than the realm's never
  // takes the place of what is there.
  Result<Instance*> lend(Realm& realm, Atom module, Bytes file, std::string file_name, Atom node);
  // What nobody had, of the realm's peer and these callers.
  void deny(Realm& realm, Atom module, std::span<const Atom> callers = {});
  void deny(Realm& realm, const Digest& version);
  // The modules that came from the realm's peer, or for it from others: what it may have another version of.
  std::vector<Atom> borrowed(const Realm& realm) const;
  // A version that a peer has now.
  struct Version {
    std::shared_ptr<const Image> image;
    std::string file_name;
  };
  Result<Version> version(Atom module, Bytes file, std::string file_name);
  // All at once take the place of what the realm has; what runs goes on in its instances. `all`: the program
  // that the peer is now has each module that the realm borrowed, so that it is their lender.
  void replace(Realm& realm, std::vector<Version> versions, bool all);

  // A module with an -on_load function, however it came, waits until that has run: start()
  // gives the instance to run it on (null: none waits), started() takes its outcome. A version
  // that comes meanwhile waits behind.
  bool starts(const Realm& realm, Atom module) const {
    auto found = realm.starting_.find(module);
    return found != realm.starting_.end() && !found->second.empty();
  }
  Instance* start(Realm& realm, Atom module);
  void started(Realm& realm, Atom module, bool good);

  // The instance of a module as the realm sees it, without loading. Null: none.
  Instance* find(const Realm& realm, Atom module) const;
  // The same, or from the code path. Null: nobody has it, or only the peer knows.
  Instance* instance(Realm& realm, Atom module);
  // A module (any, or this one) that is pushed, replacing the realm's instance of that name; all realms see
  // it. Code that runs in the old one goes on there.
  Result<Instance*> load_binary(Realm& realm, Bytes file, Atom module = {}, std::string file_name = {});
  // The next call looks for the module anew. False: no name leads to it.
  bool forget(Realm& realm, Atom module);
  // What can be lent to others: the module as the realm sees it, or anybody's. Null: nobody has it here.
  Instance* any(Realm& realm, Atom module);
  // The modules as the realm sees them.
  std::vector<Instance*> all(const Realm& realm) const;
  Instance* instance_by_id(std::uint64_t id) const {
    auto found = instances_.find(static_cast<std::uint32_t>(id));
    return found == instances_.end() ? nullptr : found->second.get();
  }

  // Realms of peers that are gone, and instances that no name leads to, end when nothing refers to them: who
  // knows the processes adds what these refer to, then reclaim() gives the realms that ended (pointers that
  // are of no use but to be forgotten). `asking`: a question is under way for the realm.
  bool has_suspects() const;
  std::size_t instance_count() const { return instances_.size(); }
  CodeReferences suspects() const;
  std::vector<const Realm*> reclaim(const CodeReferences& in_use,
                                    const std::function<bool(const Realm&)>& asking);

  // The realm of the node that made the fun. Null: ours, or nothing is borrowed.
  Realm* maker(const FunObject& fun);
  // The code of a fun that came from elsewhere: by module, MD5 and index. Null: not here, or of another MD5.
  const FunBinding* bind(Realm& realm, const FunObject& fun);

  // Whether only our own functions of the module exist, whoever has others.
  bool is_ours(Atom module) const;
  // Modules of which the node has functions of its own, natively or in the prelude.
  const std::unordered_set<Atom>& built_in() const { return built_in_; }
  bool is_built_in(Atom module) const { return built_in_.contains(module); }
  // A function of the program that the node is part of: before all others of that name, for every realm.
  void provide(const FunctionName& name, std::unique_ptr<ProvidedFunction> function);
  ProvidedFunction* provided(const FunctionName& name) const;
  bool is_native(const FunctionName& name) const { return natives_.contains(name); }
  // The module that explains errors of a native function of `module`; '': none.
  Atom error_module(Atom module) const;

 private:
  Result<std::shared_ptr<const Image>> image_of(Bytes file, AtomAllowance* atoms = nullptr);
  void give_native_bodies(Image& image);
  std::int64_t now() const { return surroundings_.monotonic_nanoseconds() / 1'000'000; }
  bool borrows(const Realm& realm, Atom module) const;
  bool denied(const Realm& realm, Atom module, Atom caller) const;
  void takes_from_peer(Realm& realm);
  Instance* add(std::shared_ptr<const Image> image, Realm& realm, std::string file_name = {});
  Instance* start_or_place(std::shared_ptr<const Image> image, Realm& realm, std::string file_name,
                           bool pushed);
  void place(Instance& instance, bool pushed);
  bool is_prelude(const Instance& instance) const;
  bool is_gone(const Realm& realm) const;
  bool is_named(const Instance& instance) const;
  Instance* prelude(Realm& realm, Atom module);
  void forget_links(Atom module, const Realm* in);  // null: in all realms

  Surroundings& surroundings_;
  Config config_;
  std::shared_ptr<LiteralSpace> literals_ = std::make_shared<LiteralSpace>();
  Realm home_{Atom{}};
  std::unordered_map<Atom, std::unique_ptr<Realm>> realms_;  // of peers
  std::unordered_map<Atom, Instance*> pushed_;
  std::unordered_map<FunctionName, Native, FunctionNameHash> natives_;
  std::unordered_map<FunctionName, std::unique_ptr<ProvidedFunction>, FunctionNameHash> provided_;
  std::unordered_map<Atom, Atom> error_modules_;
  std::unordered_set<Atom> built_in_;
  std::unordered_map<Digest, std::shared_ptr<const Image>, DigestHash> images_;
  std::unordered_map<std::uint32_t, std::unique_ptr<Instance>> instances_;  // by id
  std::uint32_t next_instance_ = 0;
  std::vector<std::vector<FunBinding>> hollow_;  // of instances that are gone
};

}  // namespace noderuntime
