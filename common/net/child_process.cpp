#include "common/net/child_process.h"

#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>

#include "common/net/descriptor.h"
#include "common/net/uv_support.h"

namespace noderuntime::net {
namespace {
std::string own_folder() {
  std::string path(4096, '\0');
  std::size_t size = path.size();
  if (uv_exepath(path.data(), &size) < 0) return {};
  path.resize(size);
  return path.substr(0, path.rfind('/'));
}

std::vector<std::string> folders_of_path() {
  const char* path = std::getenv("PATH");
  std::string_view rest = path ? path : "/usr/local/bin:/usr/bin:/bin";
  std::vector<std::string> folders;
  while (true) {
    auto colon = rest.find(':');
    folders.emplace_back(rest.substr(0, colon));
    if (colon == rest.npos) return folders;
    rest.remove_prefix(colon + 1);
  }
}

// libuv takes argv as mutable, as exec does, but does not change it.
std::vector<char*> to_argv(const std::string& program, const std::vector<std::string>& arguments) {
  std::vector<char*> argv{const_cast<char*>(program.c_str())};
  for (const auto& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  return argv;
}

// A file without a name, to be read from its beginning.
Result<Descriptor> file_with(const std::string& text) {
  Descriptor file{memfd_create("input", MFD_CLOEXEC)};
  if (!file) return uv_error(-errno, "memfd_create");
  for (std::size_t written = 0; written < text.size();) {
    auto count = write(file.get(), text.data() + written, text.size() - written);
    if (count < 0) return uv_error(-errno, "memfd");
    written += static_cast<std::size_t>(count);
  }
  if (lseek(file.get(), 0, SEEK_SET) < 0) return uv_error(-errno, "memfd");
  return file;
}
}  // namespace

Result<std::unique_ptr<ChildProcess>> ChildProcess::start(Loop& loop, const std::string& program,
                                                          const std::vector<std::string>& arguments,
                                                          const Options& wanted,
                                                          std::function<void(int)> exited) {
  std::unique_ptr<ChildProcess> child{new ChildProcess{std::move(exited)}};
  Descriptor input;
  if (wanted.input) {
    auto made = file_with(*wanted.input);
    if (!made) return made.error();
    input = std::move(*made);
  }
  std::array<uv_stdio_container_t, 3> streams{};
  for (auto& stream : streams) stream.flags = UV_IGNORE;
  auto share = [](uv_stdio_container_t& stream, int descriptor) {
    stream.flags = UV_INHERIT_FD;
    stream.data.fd = descriptor;
  };
  if (wanted.input) share(streams[0], input.get());
  if (wanted.shares_errors) share(streams[2], STDERR_FILENO);
  auto argv = to_argv(program, arguments);
  uv_process_options_t options{};
  options.file = program.c_str();
  options.args = argv.data();
  options.flags = UV_PROCESS_DETACHED;
  options.stdio_count = static_cast<int>(streams.size());
  options.stdio = streams.data();
  options.exit_cb = [](uv_process_t* process, std::int64_t status, int signal) {
    auto* child = static_cast<ChildProcess*>(process->data);
    if (!child) return;
    run_step(process->loop, "the end of a program",
             [&] { child->exited_(signal ? 128 + signal : static_cast<int>(status)); });
    child->group_ = 0;
  };
  auto process = std::make_unique<uv_process_t>();
  process->data = child.get();
  int status = uv_spawn(loop.raw(), process.get(), &options);
  child->handle_.reset(process.release());  // also after a failure: uv_spawn requires uv_close
  if (status < 0) return uv_error(status, program);
  child->group_ = child->handle_->pid;
  return child;
}

void ChildProcess::kill_all(int signal) {
  if (group_ > 0) kill(-group_, signal);
}

ChildProcess::~ChildProcess() = default;

Result<std::string> find_program(const std::string& name) {
  auto folders = folders_of_path();
  auto own = own_folder();
  folders.insert(folders.begin(), {own + "/../lib/noderuntime", own});
  for (const auto& folder : folders) {
    auto file = folder + "/" + name;
    if (!folder.empty() && access(file.c_str(), X_OK) == 0) return file;
  }
  return Error{Errc::not_found, name};
}

}  // namespace noderuntime::net
