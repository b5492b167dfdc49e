// The files that code may use, as native functions see them. noderuntime/files implements it; tests use that, too.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <noderuntime/bytes.h>

namespace noderuntime {

// A value, or the number of the error that the system gave (errno).
template <class T>
struct OrErrno {
  OrErrno(T value) : value{std::move(value)} {}
  static OrErrno failed(int number) {
    OrErrno result{T{}};
    result.error = number;
    return result;
  }
  explicit operator bool() const { return error == 0; }
  T value;
  int error = 0;
};

// How a file is opened. Source: file(3), open/2.
struct OpenModes {
  bool read = false, write = false, append = false, exclusive = false, directory = false, sync = false;
  bool reads_ahead = false;
};

struct FileInfo {
  enum class Type : std::uint8_t { device, directory, other, regular, symlink };
  enum class Access : std::uint8_t { none, read, write, read_write };
  Type type = Type::other;
  Access access = Access::none;
  std::int64_t size = 0, accessed = 0, modified = 0, changed = 0;  // bytes; seconds since 1970
  std::uint64_t mode = 0, links = 0, device = 0, device_itself = 0, inode = 0, user = 0, group = 0;
};

// What write_info() changes; nullopt: it stays.
struct FileChange {
  std::optional<std::uint32_t> mode, user, group;
  std::int64_t accessed = 0, modified = 0;  // seconds since 1970
};

// An open file. One thread at a time. Destroying it closes it, which may take long. Errors are those of the system.
class OpenFile {
 public:
  enum class From : std::uint8_t { begin, current, end };
  enum class Advice : std::uint8_t { normal, sequential, random, no_reuse, will_need, dont_need };

  virtual ~OpenFile() = default;
  // The number of bytes read; 0: the end of the file.
  virtual OrErrno<std::size_t> read(Byte* to, std::size_t size) = 0;
  virtual OrErrno<std::size_t> read_at(std::int64_t offset, Byte* to, std::size_t size) = 0;
  // The bytes up to and with the next newline, at most `most` of them: a longer line is ENOMEM.
  virtual OrErrno<std::string> read_line(std::size_t most) = 0;
  virtual int write(Bytes bytes) = 0;  // all of them, or an error
  virtual int write_at(std::int64_t offset, Bytes bytes) = 0;
  virtual OrErrno<std::int64_t> position(From from, std::int64_t offset) = 0;
  virtual int truncate() = 0;  // at the position
  virtual int sync(bool data_only) = 0;
  virtual int advise(std::int64_t offset, std::int64_t length, Advice advice) = 0;
  virtual int allocate(std::int64_t offset, std::int64_t length) = 0;
  virtual OrErrno<FileInfo> info() = 0;
  // About the bytes from the position to the end of the file; from `offset` if that is not negative.
  virtual OrErrno<std::int64_t> bytes_left(std::int64_t offset) = 0;
};

// The files below one directory. A *place* is the name of a file as seen from there: relative, without a zero byte. What
// leads out of the directory is EACCES, whatever way it takes.
class FileSystem {
 public:
  virtual ~FileSystem() = default;

  // --- on the loop thread

  // The place of a name that code uses: absolute, or relative to the working directory. nullopt: it is outside.
  virtual std::optional<std::string> place_of(std::string_view name) const = 0;
  virtual std::string working_directory() const = 0;  // absolute
  virtual void set_working_directory(std::string place) = 0;
  virtual std::size_t most_at_once() const = 0;  // bytes that one call may read

  // --- on any thread

  // Errors also: EMFILE (too many are open), EROFS (the directory is read only), EISDIR (neither regular, nor with
  // OpenModes::directory a directory).
  virtual OrErrno<std::shared_ptr<OpenFile>> open(const std::string& place, OpenModes modes) = 0;
  virtual OrErrno<FileInfo> info(const std::string& place, bool follow_link) = 0;
  virtual int write_info(const std::string& place, const FileChange& change) = 0;
  virtual OrErrno<std::vector<std::string>> list(const std::string& place) = 0;
  virtual OrErrno<std::string> read_link(const std::string& place) = 0;
  // The place of a directory without links and dots.
  virtual OrErrno<std::string> directory(const std::string& place) = 0;
  virtual int make_directory(const std::string& place) = 0;
  virtual int remove_directory(const std::string& place) = 0;  // EEXIST: it is not empty
  virtual int remove(const std::string& place) = 0;            // EPERM: it is a directory
  virtual int rename(const std::string& from, const std::string& to) = 0;
  virtual int make_link(const std::string& existing, const std::string& made) = 0;
  virtual int make_symlink(const std::string& text, const std::string& made) = 0;
};

}  // namespace noderuntime
