#include "noderuntime/files/confined_directory.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "common/net/descriptor.h"

namespace noderuntime::files {

namespace {

using net::Descriptor;

constexpr std::size_t ahead = std::size_t{64} << 10;  // bytes that are read ahead, where that was asked for
constexpr std::size_t line_piece = 4096;  // bytes that are read at a time to find the end of a line

// The descriptor, or the error in errno. EXDEV: the name leads out, or has a link to an absolute name on its way.
// `further`: more flags of how it is resolved.
Descriptor open_beneath(int root, const char* place, std::uint64_t flags, std::uint64_t mode = 0,
                        std::uint64_t further = 0) {
  open_how how{};
  how.flags = flags | O_CLOEXEC;
  how.mode = mode;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS | further;
  constexpr int most_tries = 100;  // EAGAIN: something on the way was renamed meanwhile
  for (int tries = 0;; ++tries) {
    auto number = syscall(SYS_openat2, root, place, &how, sizeof how);
    if (number >= 0) return Descriptor{static_cast<int>(number)};
    if (errno != EINTR && (errno != EAGAIN || tries >= most_tries)) return Descriptor{};
  }
}

template <class Call>
auto uninterrupted(Call call) {
  for (;;) {
    auto result = call();
    if (result >= 0 || errno != EINTR) return result;
  }
}

int error_of(int status) { return status < 0 ? errno : 0; }

FileInfo::Type type_of(mode_t mode) {
  using Type = FileInfo::Type;
  if (S_ISREG(mode)) return Type::regular;
  if (S_ISDIR(mode)) return Type::directory;
  if (S_ISLNK(mode)) return Type::symlink;
  return S_ISCHR(mode) || S_ISBLK(mode) ? Type::device : Type::other;
}

OrErrno<FileInfo> info_of(int descriptor, bool writable) {
  struct stat data {};
  if (fstat(descriptor, &data) != 0) return OrErrno<FileInfo>::failed(errno);
  bool reads = faccessat(descriptor, "", R_OK, AT_EMPTY_PATH) == 0;
  bool writes = writable && faccessat(descriptor, "", W_OK, AT_EMPTY_PATH) == 0;
  using Access = FileInfo::Access;
  FileInfo info;
  info.type = type_of(data.st_mode);
  info.access = reads && writes ? Access::read_write
                : reads         ? Access::read
                : writes        ? Access::write
                                : Access::none;
  info.size = data.st_size;
  info.accessed = data.st_atime, info.modified = data.st_mtime, info.changed = data.st_ctime;
  info.mode = data.st_mode, info.links = data.st_nlink, info.inode = data.st_ino;
  info.device = data.st_dev, info.device_itself = data.st_rdev;
  info.user = data.st_uid, info.group = data.st_gid;
  return info;
}

// A file whose bytes may have been read ahead: `ahead_` from `at_` on is what comes next.
class ConfinedFile final : public OpenFile {
 public:
  ConfinedFile(Descriptor descriptor, bool writable, bool reads_ahead, ConfinedDirectory::Count count)
      : descriptor_{std::move(descriptor)},
        writable_{writable},
        reads_ahead_{reads_ahead},
        count_{std::move(count)} {}
  ~ConfinedFile() override { --*count_; }

  OrErrno<std::size_t> read(Byte* to, std::size_t size) override {
    std::size_t done = take_ahead(to, size);
    while (done < size) {
      if (reads_ahead_ && size - done < ahead) {
        if (int error = fill(ahead)) return done > 0 ? OrErrno{done} : OrErrno<std::size_t>::failed(error);
        auto more = take_ahead(to + done, size - done);
        if (more == 0) break;
        done += more;
        continue;
      }
      auto got = uninterrupted([&] { return ::read(descriptor_.get(), to + done, at_once(size - done)); });
      if (got < 0) return done > 0 ? OrErrno{done} : OrErrno<std::size_t>::failed(errno);
      if (got == 0) break;
      done += static_cast<std::size_t>(got);
    }
    return done;
  }

  OrErrno<std::size_t> read_at(std::int64_t offset, Byte* to, std::size_t size) override {
    std::size_t done = 0;
    while (done < size) {
      auto got = uninterrupted([&] {
        return ::pread(descriptor_.get(), to + done, at_once(size - done),
                       offset + static_cast<std::int64_t>(done));
      });
      if (got < 0) return OrErrno<std::size_t>::failed(errno);
      if (got == 0) break;
      done += static_cast<std::size_t>(got);
    }
    return done;
  }

  OrErrno<std::string> read_line(std::size_t most) override {
    std::string line;
    for (;;) {
      auto rest = std::string_view{ahead_}.substr(at_);
      auto end = rest.find('\n');
      auto size = end == rest.npos ? rest.size() : end + 1;
      if (line.size() + size > most) return OrErrno<std::string>::failed(ENOMEM);
      line.append(rest.substr(0, size));
      at_ += size;
      if (end != rest.npos) break;
      if (int error = fill(reads_ahead_ ? ahead : line_piece)) return OrErrno<std::string>::failed(error);
      if (ahead_.empty()) break;
    }
    if (line.size() >= 2 && line.ends_with("\r\n")) line.erase(line.size() - 2, 1);
    return line;
  }

  int write(Bytes bytes) override {
    if (int error = forget_ahead()) return error;
    while (!bytes.empty()) {
      auto put =
          uninterrupted([&] { return ::write(descriptor_.get(), bytes.data(), at_once(bytes.size())); });
      if (put < 0) return errno;
      bytes = bytes.subspan(static_cast<std::size_t>(put));
    }
    return 0;
  }

  int write_at(std::int64_t offset, Bytes bytes) override {
    if (int error = forget_ahead()) return error;
    while (!bytes.empty()) {
      auto put = uninterrupted(
          [&] { return ::pwrite(descriptor_.get(), bytes.data(), at_once(bytes.size()), offset); });
      if (put < 0) return errno;
      bytes = bytes.subspan(static_cast<std::size_t>(put));
      offset += put;
    }
    return 0;
  }

  OrErrno<std::int64_t> position(From from, std::int64_t offset) override {
    if (int error = forget_ahead()) return OrErrno<std::int64_t>::failed(error);
    constexpr int froms[] = {SEEK_SET, SEEK_CUR, SEEK_END};
    auto at = ::lseek(descriptor_.get(), offset, froms[static_cast<int>(from)]);
    return at < 0 ? OrErrno<std::int64_t>::failed(errno) : OrErrno<std::int64_t>{at};
  }

  int truncate() override {
    auto at = position(From::current, 0);
    if (!at) return at.error;
    return error_of(uninterrupted([&] { return ::ftruncate(descriptor_.get(), at.value); }));
  }

  int sync(bool data_only) override {
    return error_of(uninterrupted(
        [&] { return data_only ? ::fdatasync(descriptor_.get()) : ::fsync(descriptor_.get()); }));
  }

  int advise(std::int64_t offset, std::int64_t length, Advice advice) override {
    constexpr int advices[] = {POSIX_FADV_NORMAL,  POSIX_FADV_SEQUENTIAL, POSIX_FADV_RANDOM,
                               POSIX_FADV_NOREUSE, POSIX_FADV_WILLNEED,   POSIX_FADV_DONTNEED};
    return ::posix_fadvise(descriptor_.get(), offset, length, advices[static_cast<int>(advice)]);
  }

  int allocate(std::int64_t offset, std::int64_t length) override {
    return error_of(uninterrupted([&] { return ::fallocate(descriptor_.get(), 0, offset, length); }));
  }

  OrErrno<FileInfo> info() override { return info_of(descriptor_.get(), writable_); }

  OrErrno<std::int64_t> bytes_left(std::int64_t offset) override {
    struct stat data {};
    if (fstat(descriptor_.get(), &data) != 0) return OrErrno<std::int64_t>::failed(errno);
    auto unread = static_cast<std::int64_t>(ahead_.size() - at_);
    auto at = offset >= 0 ? offset : ::lseek(descriptor_.get(), 0, SEEK_CUR) - unread;
    return std::max<std::int64_t>(0, data.st_size - at);
  }

 private:
  static std::size_t at_once(std::size_t size) { return std::min(size, std::size_t{1} << 30); }

  std::size_t take_ahead(Byte* to, std::size_t size) {
    auto count = std::min(size, ahead_.size() - at_);
    std::memcpy(to, ahead_.data() + at_, count);
    at_ += count;
    return count;
  }
  // Precondition: all that was read ahead is used. Empty afterwards: the end of the file.
  int fill(std::size_t size) {
    ahead_.resize(size), at_ = 0;
    auto got = uninterrupted([&] { return ::read(descriptor_.get(), ahead_.data(), size); });
    ahead_.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return error_of(got < 0 ? -1 : 0);
  }
  // The system's position becomes that of the code.
  int forget_ahead() {
    auto unread = static_cast<std::int64_t>(ahead_.size() - at_);
    ahead_.clear(), at_ = 0;
    return unread > 0 && ::lseek(descriptor_.get(), -unread, SEEK_CUR) < 0 ? errno : 0;
  }

  Descriptor descriptor_;
  const bool writable_, reads_ahead_;
  ConfinedDirectory::Count count_;
  std::string ahead_;
  std::size_t at_ = 0;
};

std::string real_path(const std::string& path) {
  std::unique_ptr<char, void (*)(void*)> real{realpath(path.c_str(), nullptr), std::free};
  return real ? real.get() : std::string{};
}

// The part of `path` behind `directory`, which contains it. nullopt: it does not.
std::optional<std::string> part_below(std::string_view path, std::string_view directory) {
  while (directory.ends_with('/')) directory.remove_suffix(1);
  if (!path.starts_with(directory)) return std::nullopt;
  path.remove_prefix(directory.size());
  if (!path.empty() && !path.starts_with('/')) return std::nullopt;
  while (path.starts_with('/')) path.remove_prefix(1);
  return std::string{path.empty() ? "." : path};
}

OrErrno<std::string> text_of_link(int descriptor) {
  std::array<char, PATH_MAX> text;
  auto size = readlinkat(descriptor, "", text.data(), text.size());
  if (size < 0) return OrErrno<std::string>::failed(errno);
  return std::string{text.data(), static_cast<std::size_t>(size)};
}

// Puts the parts of `name` onto `parts`, so that the first is the last.
void push_parts(std::vector<std::string>& parts, std::string_view name) {
  while (!name.empty()) {
    auto slash = name.rfind('/');
    parts.emplace_back(slash == name.npos ? name : name.substr(slash + 1));
    name = slash == name.npos ? std::string_view{} : name.substr(0, slash);
  }
}

}  // namespace

Result<std::unique_ptr<ConfinedDirectory>> ConfinedDirectory::open(const std::string& directory,
                                                                   bool writable, Limits limits) {
  auto real = real_path(directory);
  Descriptor root{::open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)};
  if (real.empty() || !root) return Error{Errc::configuration, directory + ": " + std::strerror(errno)};
  if (!open_beneath(root.get(), ".", O_PATH | O_DIRECTORY))
    return Error{Errc::configuration, "openat2, which --files needs: " + std::string{std::strerror(errno)}};
  auto given = directory.starts_with('/') ? directory : real;
  return std::unique_ptr<ConfinedDirectory>{
      new ConfinedDirectory{root.release(), std::move(given), std::move(real), writable, limits}};
}

ConfinedDirectory::~ConfinedDirectory() { ::close(root_); }

std::optional<std::string> ConfinedDirectory::place_of(std::string_view name) const {
  if (name.starts_with('/')) {
    auto place = part_below(name, real_);
    return place ? place : part_below(name, given_);
  }
  return working_.empty() || name.empty() ? std::string{name} : working_ + "/" + std::string{name};
}

std::string ConfinedDirectory::working_directory() const {
  if (working_.empty()) return real_;
  return real_.ends_with('/') ? real_ + working_ : real_ + "/" + working_;
}

// The descriptor, or the error in errno.
Descriptor ConfinedDirectory::open_place(const std::string& place, std::uint64_t flags,
                                         std::uint64_t mode) const {
  auto descriptor = open_beneath(root_, place.c_str(), flags, mode);
  if (descriptor || errno != EXDEV) return descriptor;
  auto other = without_links(place, (flags & (O_NOFOLLOW | O_EXCL)) == 0);
  errno = other.error;
  if (other) descriptor = open_beneath(root_, other.value.c_str(), flags, mode);
  if (errno == EXDEV) errno = EACCES;
  return descriptor;
}

// Another name of `place`, in which the text of each link stands in place of the link. So links to absolute names of the
// directory lead there. It protects nothing: the kernel resolves the name that comes out, as it does each other.
OrErrno<std::string> ConfinedDirectory::without_links(const std::string& place, bool follow_last) const {
  using Name = OrErrno<std::string>;
  if (place.starts_with('/')) return Name::failed(EACCES);
  constexpr int most_links = 40;  // as Linux
  std::string done = ".";
  std::vector<std::string> left;
  push_parts(left, place);
  for (int links = 0; !left.empty();) {
    auto part = std::move(left.back());
    left.pop_back();
    if (part.empty() || part == ".") continue;
    if (part == "..") {
      if (done != ".")
        done.erase(done.rfind('/'));
      else if (real_ != "/")
        return Name::failed(EACCES);
      continue;
    }
    auto name = done + "/" + part;
    auto seen = open_beneath(root_, name.c_str(), O_PATH | O_NOFOLLOW, 0, RESOLVE_NO_SYMLINKS);
    struct stat data {};
    if (!seen || fstat(seen.get(), &data) != 0 || !S_ISLNK(data.st_mode) || (left.empty() && !follow_last)) {
      done = std::move(name);
      continue;
    }
    if (++links > most_links) return Name::failed(ELOOP);
    auto text = text_of_link(seen.get());
    if (!text) return text;
    if (text.value.starts_with('/')) {
      auto below = part_below(text.value, real_);
      if (!below) below = part_below(text.value, given_);
      if (!below) return Name::failed(EACCES);
      done = ".";
      text.value = *below;
    }
    push_parts(left, text.value);
  }
  return done;
}

// Calls act(descriptor of the directory, last name); its error, or the one of the way to there.
template <class Act>
int ConfinedDirectory::in_parent(const std::string& place, Act act) const {
  if (!writable_) return EROFS;
  std::string name = place;
  while (name.size() > 1 && name.ends_with('/')) name.pop_back();
  auto slash = name.rfind('/');
  auto parent = slash == name.npos ? std::string{"."} : name.substr(0, slash);
  if (slash != name.npos) name.erase(0, slash + 1);
  auto directory = open_place(parent, O_PATH | O_DIRECTORY);
  return directory ? act(directory.get(), name.c_str()) : errno;
}

OrErrno<std::shared_ptr<OpenFile>> ConfinedDirectory::open(const std::string& place, OpenModes modes) {
  using Opened = OrErrno<std::shared_ptr<OpenFile>>;
  bool writes = modes.write || modes.append;
  if (writes && !writable_) return Opened::failed(EROFS);
  auto accepted = [&](mode_t mode) { return modes.directory ? S_ISDIR(mode) : S_ISREG(mode); };
  struct stat data {};
  if (auto seen = open_place(place, O_PATH)) {
    if (fstat(seen.get(), &data) != 0) return Opened::failed(errno);
    if (!accepted(data.st_mode)) return Opened::failed(modes.directory ? ENOTDIR : EISDIR);
  } else if (errno != ENOENT || !writes) {
    return Opened::failed(errno);
  }
  if (open_files_->fetch_add(1) >= limits_.open_files) {
    --*open_files_;
    return Opened::failed(EMFILE);
  }
  int flags = O_NONBLOCK | O_NOCTTY;
  flags |= !writes ? O_RDONLY : modes.read ? O_RDWR : O_WRONLY;
  if (writes) flags |= O_CREAT;
  if (writes && !modes.read && !modes.append && !modes.exclusive) flags |= O_TRUNC;
  if (modes.append) flags |= O_APPEND;
  if (writes && modes.exclusive) flags |= O_EXCL;
  if (modes.sync) flags |= O_SYNC;
  if (modes.directory) flags |= O_DIRECTORY;
  constexpr mode_t for_all = 0666;
  auto descriptor = open_place(place, static_cast<std::uint64_t>(flags), writes ? for_all : 0);
  int error = !descriptor                           ? errno
              : fstat(descriptor.get(), &data) != 0 ? errno
              : !accepted(data.st_mode)             ? EISDIR
                                                    : 0;
  if (error != 0) {
    --*open_files_;
    return Opened::failed(error == ENXIO ? EISDIR : error);
  }
  return Opened{
      std::make_shared<ConfinedFile>(std::move(descriptor), writable_, modes.reads_ahead, open_files_)};
}

OrErrno<FileInfo> ConfinedDirectory::info(const std::string& place, bool follow_link) {
  auto seen = open_place(place, static_cast<std::uint64_t>(O_PATH | (follow_link ? 0 : O_NOFOLLOW)));
  return seen ? info_of(seen.get(), writable_) : OrErrno<FileInfo>::failed(errno);
}

int ConfinedDirectory::write_info(const std::string& place, const FileChange& change) {
  if (!writable_) return EROFS;
  auto seen = open_place(place, O_PATH);
  if (!seen) return errno;
  constexpr std::uint32_t no_change = UINT32_MAX;
  if (change.user || change.group)
    if (fchownat(seen.get(), "", change.user.value_or(no_change), change.group.value_or(no_change),
                 AT_EMPTY_PATH) != 0)
      return errno;
  // A descriptor of O_PATH has a mode to be changed only by its name in /proc.
  auto name = "/proc/self/fd/" + std::to_string(seen.get());
  constexpr std::uint32_t mode_bits =
      01777;  // a program that code has written gets no user's or group's rights
  if (change.mode && ::chmod(name.c_str(), *change.mode & mode_bits) != 0) return errno;
  timespec times[] = {{change.accessed, 0}, {change.modified, 0}};
  return error_of(utimensat(seen.get(), "", times, AT_EMPTY_PATH));
}

OrErrno<std::vector<std::string>> ConfinedDirectory::list(const std::string& place) {
  using Listed = OrErrno<std::vector<std::string>>;
  auto descriptor = open_place(place, O_RDONLY | O_DIRECTORY | O_NONBLOCK);
  if (!descriptor) return Listed::failed(errno);
  std::unique_ptr<DIR, int (*)(DIR*)> directory{fdopendir(descriptor.get()), closedir};
  if (!directory) return Listed::failed(errno);
  descriptor.release();
  std::vector<std::string> names;
  std::size_t bytes = 0;
  for (;;) {
    errno = 0;
    auto* entry = readdir(directory.get());
    if (!entry) break;
    std::string_view name = entry->d_name;
    if (name == "." || name == "..") continue;
    bytes += name.size() + sizeof(std::string);
    if (bytes > limits_.most_at_once) return Listed::failed(ENOMEM);
    names.emplace_back(name);
  }
  return errno == 0 ? Listed{std::move(names)} : Listed::failed(errno);
}

OrErrno<std::string> ConfinedDirectory::read_link(const std::string& place) {
  auto seen = open_place(place, O_PATH | O_NOFOLLOW);
  if (!seen) return OrErrno<std::string>::failed(errno);
  auto text = text_of_link(seen.get());
  return text.error == ENOENT ? OrErrno<std::string>::failed(EINVAL) : text;
}

OrErrno<std::string> ConfinedDirectory::directory(const std::string& place) {
  auto seen = open_place(place, O_PATH | O_DIRECTORY);
  if (!seen) return OrErrno<std::string>::failed(errno);
  auto real = real_path("/proc/self/fd/" + std::to_string(seen.get()));
  auto below = part_below(real, real_);
  if (!below) return OrErrno<std::string>::failed(EACCES);
  return *below == "." ? std::string{} : *below;
}

int ConfinedDirectory::make_directory(const std::string& place) {
  constexpr mode_t for_all = 0777;
  return in_parent(place,
                   [&](int parent, const char* name) { return error_of(mkdirat(parent, name, for_all)); });
}

// The errors of this and the next function are those that OTP gives.
int ConfinedDirectory::remove_directory(const std::string& place) {
  int error = in_parent(
      place, [](int parent, const char* name) { return error_of(unlinkat(parent, name, AT_REMOVEDIR)); });
  return error == ENOTEMPTY ? EEXIST : error;
}

int ConfinedDirectory::remove(const std::string& place) {
  int error =
      in_parent(place, [](int parent, const char* name) { return error_of(unlinkat(parent, name, 0)); });
  return error == EISDIR ? EPERM : error;
}

int ConfinedDirectory::rename(const std::string& from, const std::string& to) {
  return in_parent(from, [&](int old_parent, const char* old_name) {
    return in_parent(to, [&](int parent, const char* name) {
      return error_of(renameat(old_parent, old_name, parent, name));
    });
  });
}

int ConfinedDirectory::make_link(const std::string& existing, const std::string& made) {
  return in_parent(existing, [&](int old_parent, const char* old_name) {
    return in_parent(made, [&](int parent, const char* name) {
      return error_of(linkat(old_parent, old_name, parent, name, 0));
    });
  });
}

int ConfinedDirectory::make_symlink(const std::string& text, const std::string& made) {
  return in_parent(
      made, [&](int parent, const char* name) { return error_of(symlinkat(text.c_str(), parent, name)); });
}

}  // namespace noderuntime::files
