// The files below one directory, and no others.
//
// Each name is opened by openat2(2) with RESOLVE_BENEATH and RESOLVE_NO_MAGICLINKS, seen from a descriptor of the
// directory: the kernel refuses `..` and links that lead out, also while others rename what is on the way. It refuses all
// links to absolute names as well: in a name that it refuses, those that lead into the directory are replaced by their
// text, and the new name is opened in the same way. What has no descriptor of its own (the name that is made, removed or
// renamed) is named within a directory that was opened so. A file is looked at (O_PATH) before it is opened, so devices
// and pipes are never opened but in a race, and then with O_NONBLOCK: no thread waits for the other end of a pipe.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <noderuntime/result.h>
#include "common/net/descriptor.h"
#include "noderuntime/functions/file_system.h"

namespace noderuntime::files {

// Owned by the node. Threads: as FileSystem says. Files that are open may outlive it.
class ConfinedDirectory final : public FileSystem {
 public:
  struct Limits {
    std::size_t open_files = 1'000;
    std::size_t most_at_once = std::size_t{64} << 20;  // bytes
  };
  // `directory`: absolute, or relative to the program's own working directory.
  // Errors: configuration: it is no directory, or the kernel has no openat2 (before Linux 5.6).
  static Result<std::unique_ptr<ConfinedDirectory>> open(const std::string& directory, bool writable,
                                                         Limits limits);
  ~ConfinedDirectory() override;

  std::optional<std::string> place_of(std::string_view name) const override;
  std::string working_directory() const override;
  void set_working_directory(std::string place) override { working_ = std::move(place); }
  std::size_t most_at_once() const override { return limits_.most_at_once; }

  OrErrno<std::shared_ptr<OpenFile>> open(const std::string& place, OpenModes modes) override;
  OrErrno<FileInfo> info(const std::string& place, bool follow_link) override;
  int write_info(const std::string& place, const FileChange& change) override;
  OrErrno<std::vector<std::string>> list(const std::string& place) override;
  OrErrno<std::string> read_link(const std::string& place) override;
  OrErrno<std::string> directory(const std::string& place) override;
  int make_directory(const std::string& place) override;
  int remove_directory(const std::string& place) override;
  int remove(const std::string& place) override;
  int rename(const std::string& from, const std::string& to) override;
  int make_link(const std::string& existing, const std::string& made) override;
  int make_symlink(const std::string& text, const std::string& made) override;

  using Count = std::shared_ptr<std::atomic<std::size_t>>;  // of open files

 private:
  ConfinedDirectory(int root, std::string given, std::string real, bool writable, Limits limits)
      : root_{root}, given_{std::move(given)}, real_{std::move(real)}, writable_{writable}, limits_{limits} {}

  net::Descriptor open_place(const std::string& place, std::uint64_t flags, std::uint64_t mode = 0) const;
  OrErrno<std::string> without_links(const std::string& place, bool follow_last) const;
  template <class Act>
  int in_parent(const std::string& place, Act act) const;

  const int root_;
  const std::string given_, real_;  // absolute; as it was given, and without links
  const bool writable_;
  const Limits limits_;
  std::string working_;  // the place of the working directory; empty: the directory itself
  Count open_files_ = std::make_shared<std::atomic<std::size_t>>(0);
};

}  // namespace noderuntime::files
