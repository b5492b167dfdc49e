#include "epmd/table_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace noderuntime::epmd {
namespace {
constexpr int wanted_pipe_size = 1024 * 1024;  // as much as an unprivileged process may ask for

struct Pipe {
  net::Descriptor read_end, write_end;
};

Result<Pipe> open_pipe() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return Error{Errc::system, std::strerror(errno), errno};
  fcntl(ends[1], F_SETPIPE_SZ, wanted_pipe_size);  // it also works with less room
  return Pipe{net::Descriptor{ends[0]}, net::Descriptor{ends[1]}};
}

Buffer read_all(int descriptor) {
  Buffer content;
  Byte piece[64 * 1024];
  for (ssize_t count; (count = read(descriptor, piece, sizeof piece)) > 0;)
    append(content, Bytes{piece, static_cast<std::size_t>(count)});
  return content;
}

// Reads a copy of the pipe's content, so that a crash before the next table loses nothing.
std::optional<Buffer> read_pipe(int descriptor) {
  if ((fcntl(descriptor, F_GETFL) & O_ACCMODE) != O_RDONLY) return std::nullopt;
  auto copy = open_pipe();
  if (!copy) return std::nullopt;
  tee(descriptor, copy->write_end.get(), wanted_pipe_size, SPLICE_F_NONBLOCK);
  return read_all(copy->read_end.get());
}
}  // namespace

Result<TableFile> TableFile::create(Bytes content) {
  TableFile file;
  file.written_.reset(memfd_create("epmd names", MFD_CLOEXEC));
  if (file.written_ && file.append(content)) return file;
  auto ends = open_pipe();
  if (!ends) return ends.error();
  file.written_ = std::move(ends->write_end);
  file.read_end_ = std::move(ends->read_end);
  if (!file.append(content)) return Error{Errc::too_large, std::to_string(content.size())};
  return file;
}

bool TableFile::append(Bytes more) {
  while (!more.empty()) {
    auto count = write(written_.get(), more.data(), more.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    more = more.subspan(static_cast<std::size_t>(count));
  }
  return true;
}

std::vector<int> TableFile::descriptors() const {
  if (!read_end_) return {written_.get()};
  return {read_end_.get(), written_.get()};
}

std::optional<Buffer> read_table(int descriptor) {
  struct stat status {};
  if (fstat(descriptor, &status) != 0) return std::nullopt;
  if (S_ISFIFO(status.st_mode)) return read_pipe(descriptor);
  if (!S_ISREG(status.st_mode) || lseek(descriptor, 0, SEEK_SET) != 0) return std::nullopt;
  return read_all(descriptor);
}

}  // namespace noderuntime::epmd
