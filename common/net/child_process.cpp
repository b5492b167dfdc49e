#include "common/net/child_process.h"

#include <unistd.h>

#include <cstdlib>

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
}  // namespace

Result<std::unique_ptr<ChildProcess>> ChildProcess::start(Loop& loop, const std::string& program,
                                                          const std::vector<std::string>& arguments,
                                                          std::function<void(int)> exited) {
  std::unique_ptr<ChildProcess> child{new ChildProcess{std::move(exited)}};
  auto argv = to_argv(program, arguments);
  uv_process_options_t options{};
  options.file = program.c_str();
  options.args = argv.data();
  options.flags = UV_PROCESS_DETACHED;
  options.exit_cb = [](uv_process_t* process, std::int64_t status, int signal) {
    auto* child = static_cast<ChildProcess*>(process->data);
    if (child)
      run_step(process->loop, "the end of a program",
               [&] { child->exited_(signal ? 128 + signal : static_cast<int>(status)); });
  };
  auto process = std::make_unique<uv_process_t>();
  process->data = child.get();
  int status = uv_spawn(loop.raw(), process.get(), &options);
  child->handle_.reset(process.release());  // also after a failure: uv_spawn requires uv_close
  if (status < 0) return uv_error(status, program);
  return child;
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
