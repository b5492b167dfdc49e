// All code of a node: native functions, the prelude, borrowed and pushed modules, the code path; images by
// MD5, realms with their instances. Owned by the Machine. Loop thread only.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "noderuntime/beam/literal_space.h"
#include "noderuntime/code/references.h"
#include "noderuntime/functions/cluster.h"
#include "noderuntime/functions/system.h"
#include "noderuntime/process/host.h"
#include "noderuntime/term/atom_allowance.h"

namespace noderuntime {

// Who takes calls of functions by their names out of the usual way, and hears of new code: tracing/.
class CallObserver {
 public:
  // The link has been resolved; its target may be changed.
  virtual void resolved(Realm& realm, CallTarget& link) = 0;
  // Calls find this instance from now on, perhaps instead of another.
  virtual void placed(ModuleInstance& instance, bool replaced) = 0;

 protected:
  ~CallObserver() = default;
};

class ModuleRegistry {
 public:
  struct Config {
    std::vector<std::string> code_path;  // directories, in the order of search
    bool borrow = false;                 // peers have realms, and are asked for missing modules
  };
  // Milliseconds for which a peer is not asked again for a module that it did not have.
  static constexpr std::int64_t absence = 5'000;
  ModuleRegistry(Host& host, System& system, Cluster& cluster, Config config);
  ~ModuleRegistry();

  Host& host() { return host_; }
  Realm& home() { return home_; }
  Realm& realm(Atom node);              // a peer's; home if nothing is borrowed
  Realm* find_realm(Atom node) const {  // a peer's; null: none
    auto found = realms_.find(node);
    return found == realms_.end() ? nullptr : found->second.get();
  }
  void peer_returns(Atom node);  // connected, perhaps again: it may have missing modules
  const LiteralSpace& literals() const { return *literals_; }
  std::size_t code_bytes() const { return code_bytes_; }  // of all images, without their literals
  const std::shared_ptr<LiteralSpace>& shared_literals() { return literals_; }

  // Sets the target of a call: a native row, the prelude, the realm's instance, a pushed module, or the code
  // path. False: it does not exist, or only a peer has it. Loads modules if `load` is set.
  bool resolve(Realm& realm, CallTarget& link, bool load = true);
  // The resolved link for a call by name.
  CallTarget& named(Realm& realm, const FunctionName& name);

  // Null: none. Called for every link that is resolved, so it is only set while there is something to observe.
  void set_observer(CallObserver* observer) { observer_ = observer; }
  // Links to functions of the module are resolved again; '': all links.
  void resolve_again(Atom module) { forget_call_targets(module, nullptr); }
  // Changes when links are to be resolved again.
  std::uint64_t version_of_links() const { return version_of_links_; }
  template <class Visit>
  void for_each_native(Visit visit) const {
    for (auto& [name, native] : natives_) visit(name, native);
  }
  // The instances that calls find, in all realms, with those of the prelude.
  std::vector<ModuleInstance*> current_instances() const;
  // Makes the realm's instance of a module of the prelude, if there is such a module.
  void load_prelude(Realm& realm, Atom module) { (void)prelude(realm, module); }
  static std::vector<Atom> names_of_prelude();

  // The peers to ask for code that the realm lacks, in this order: its own peer; the peers that call; and, if
  // its own peer cannot supply the code (gone, silent, or another program), the other visible peers, except
  // those of another release than the realm's code. Silent peers come last.
  std::vector<Atom> lenders(const Realm& realm, std::span<const Atom> callers) const;
  // Whether a peer is to be asked for the module that a process of `caller` needs ('': a process of this
  // node), or for the version of it that a fun needs.
  bool may_borrow(const Realm& realm, Atom module, Atom caller = {}) const;
  bool may_borrow(const Realm& realm, const FunObject& fun, Atom caller = {}) const;
  // A module's file as code that belongs to no realm yet. On a call stack it may pause: meanwhile `file` must stay.
  using LoadedFile = Result<std::shared_ptr<const Image>>;
  LoadedFile load_file(Bytes file);
  // Takes the module's code, which came from `node`. Code from another peer than the realm's own does not
  // replace existing code.
  Result<ModuleInstance*> lend(Realm& realm, Atom module, LoadedFile image, std::string file_name, Atom node);
  // Records that the realm's peer and these callers do not have the module or version.
  void deny(Realm& realm, Atom module, std::span<const Atom> callers = {});
  void deny(Realm& realm, const Digest& version);
  // The modules that the realm's peer may have other versions of: lent by it, or by others in its place.
  std::vector<Atom> borrowed(const Realm& realm) const;
  // A version of a module that a peer has now.
  struct Version {
    std::shared_ptr<const Image> image;
    std::string file_name;
  };
  Result<Version> version(Atom module, Bytes file, std::string file_name);
  // Replaces the realm's versions, all at once; running code continues in its instances. `all`: the program
  // that the peer is now has every module that the realm borrowed, and so becomes their lender.
  void replace(Realm& realm, std::vector<Version> versions, bool all);

  // A module with an -on_load function waits until that has run. start() returns the instance to run it on
  // (null: none waits), started() takes the outcome. A version that comes meanwhile waits behind it.
  bool starts(const Realm& realm, Atom module) const {
    auto found = realm.starting_.find(module);
    return found != realm.starting_.end() && !found->second.empty();
  }
  ModuleInstance* start(Realm& realm, Atom module);
  void started(Realm& realm, Atom module, bool good);

  // The instance of a module as the realm sees it, without loading. Null: none.
  ModuleInstance* find(const Realm& realm, Atom module) const;
  // The same, also loading it from the code path. Null: not here, or only a peer has it.
  ModuleInstance* instance(Realm& realm, Atom module);
  // The contents of the first file of that name in the directories of the code path.
  std::optional<Buffer> resource(std::string_view name) const;
  // Loads a pushed module (of any name, or of this one). It replaces the realm's instance of that name, and
  // all realms see it. Running code continues in the old instance. May pause, as load_file().
  Result<ModuleInstance*> load_binary(Realm& realm, Bytes file, Atom module = {}, std::string file_name = {});
  // Forgets the module, so that the next call looks for it again. False: no name leads to it.
  bool forget(Realm& realm, Atom module);
  // The module to lend to others: as the realm sees it, or any other. Null: it is not here.
  ModuleInstance* any(Realm& realm, Atom module);
  // All modules that the realm sees.
  std::vector<ModuleInstance*> all(const Realm& realm) const;
  ModuleInstance* instance_by_id(std::uint64_t id) const {
    auto found = instances_.find(static_cast<std::uint32_t>(id));
    return found == instances_.end() ? nullptr : found->second.get();
  }

  // Realms of peers that are gone, and instances that no name leads to, are suspects; they are freed when
  // nothing refers to them. The caller adds what processes refer to; reclaim() returns the realms that it
  // freed, as pointers to be forgotten. `asking`: whether a search is open for the realm.
  bool has_suspects() const;
  std::size_t instance_count() const { return instances_.size(); }
  std::size_t realm_count() const { return realms_.size(); }  // of peers
  CodeReferences suspects() const;
  std::vector<const Realm*> reclaim(const CodeReferences& in_use,
                                    const std::function<bool(const Realm&)>& asking);

  // The realm of the node that made the fun. Null: this node made it, or nothing is borrowed.
  Realm* maker(const FunObject& fun);
  // The code of a fun from elsewhere, by module, MD5 and index. Null: not here, or of another MD5.
  const FunEntry* bind(Realm& realm, const FunObject& fun);

  // Whether only this node's own functions of the module exist here.
  bool is_ours(Atom module) const;
  // The directories of System::files() that come before those of the code path.
  const std::vector<std::string>& own_directories() const { return own_directories_; }
  void set_own_directories(std::vector<std::string> directories) {
    own_directories_ = std::move(directories);
  }
  // The functions that calls of the module find: those of the instance, and our own, native or in the prelude, without
  // those whose names begin with '$'. Each once.
  std::vector<std::pair<Atom, std::uint32_t>> exports(Realm& realm, const ModuleInstance& instance);
  // The modules that have functions of this node, native ones or in the prelude.
  const std::unordered_set<Atom>& built_in() const { return built_in_; }
  bool is_built_in(Atom module) const { return built_in_.contains(module); }
  // Adds a function of the embedding program. It precedes all others of that name, in every realm.
  void provide(const FunctionName& name, std::unique_ptr<HostFunction> function);
  HostFunction* host_function(const FunctionName& name) const;
  bool is_native(const FunctionName& name) const { return natives_.contains(name); }
  Native native(const FunctionName& name) const {  // null: there is none
    auto found = natives_.find(name);
    return found == natives_.end() ? nullptr : found->second;
  }
  // The module that explains errors of native functions of `module`; '': none.
  Atom error_module(Atom module) const;

 private:
  std::optional<Buffer> read_own(const std::string& name) const;
  template <class Use>
  void on_code_path(const std::string& name, Use use) const;
  // Modules of others than the node itself may hold this part of --max-memory: code has no owner that could be
  // ended.
  static constexpr std::size_t share_of_code = 2;
  LoadedFile image_of(Bytes file, AtomAllowance* atoms = nullptr);
  std::int64_t now() const { return host_.monotonic_milliseconds(); }
  bool borrows(const Realm& realm, Atom module) const;
  bool denied(const Realm& realm, Atom module, Atom caller) const;
  void takes_from_peer(Realm& realm);
  ModuleInstance* add(std::shared_ptr<const Image> image, Realm& realm, std::string file_name = {});
  ModuleInstance* start_or_place(std::shared_ptr<const Image> image, Realm& realm, std::string file_name,
                                 bool pushed);
  void place(ModuleInstance& instance, bool pushed);
  bool is_prelude(const ModuleInstance& instance) const;
  bool is_gone(const Realm& realm) const;
  bool is_named(const ModuleInstance& instance) const;
  ModuleInstance* prelude(Realm& realm, Atom module);
  void forget_call_targets(Atom module, const Realm* in);  // null: in all realms

  Host& host_;
  System& system_;
  Cluster& cluster_;
  Config config_;
  std::vector<std::string> own_directories_;  // empty if code has no files
  std::shared_ptr<LiteralSpace> literals_ = std::make_shared<LiteralSpace>();
  Realm home_{Atom{}};
  std::unordered_map<Atom, std::unique_ptr<Realm>> realms_;  // of peers
  std::unordered_map<Atom, ModuleInstance*> pushed_;
  std::unordered_map<FunctionName, Native, FunctionNameHash> natives_;
  std::unordered_map<FunctionName, std::unique_ptr<HostFunction>, FunctionNameHash> host_functions_;
  std::unordered_map<Atom, Atom> error_modules_;
  std::unordered_set<Atom> built_in_;
  std::unordered_map<Digest, std::shared_ptr<const Image>, DigestHash> images_;
  std::size_t code_bytes_ = 0;                                                    // of images_
  std::unordered_map<std::uint32_t, std::unique_ptr<ModuleInstance>> instances_;  // by id
  std::uint32_t next_instance_ = 0;
  CallObserver* observer_ = nullptr;
  std::uint64_t version_of_links_ = 0;
  std::vector<std::vector<FunEntry>> orphaned_fun_entries_;  // bindings of funs whose instances are gone
};

}  // namespace noderuntime
