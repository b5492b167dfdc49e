#include "noderuntime/node/node_system.h"

#include <sys/utsname.h>
#include <unistd.h>

#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "common/net/output.h"
#include "common/program/logging.h"
#include "noderuntime/crypto/openssl_library.h"

namespace noderuntime {

namespace {
constexpr std::size_t console_bytes_waiting = std::size_t{256} << 10;  // above this, printing processes wait
}

NodeSystem::NodeSystem(net::Loop& loop, Processes& processes, std::shared_ptr<FileSystem> files,
                       std::size_t operations, std::function<void()> woken, std::function<void(int)> halt,
                       std::function<void(int)> stop)
    : loop_{loop},
      halt_{std::move(halt)},
      stop_{std::move(stop)},
      files_{std::move(files)},
      background_{std::make_shared<NodeBackground>(loop, processes, operations, std::move(woken))} {
  program::remember_lines();
}

NodeSystem::~NodeSystem() { stop_background(); }

void NodeSystem::stop_background() { background_->stop(); }

void NodeSystem::open_console(std::function<void()> drained) {
  console_ = std::make_unique<net::Output>(net::open_output(STDOUT_FILENO), console_bytes_waiting);
  console_->attach(loop_, std::move(drained));
}

void NodeSystem::close_console() {
  if (console_) console_->detach();
}

bool NodeSystem::print(std::string_view text) { return console_ && console_->write(std::string{text}); }
std::vector<System::LogLine> NodeSystem::log_lines(std::uint64_t after) {
  std::vector<LogLine> lines;
  for (auto& line : program::lines_after(after))
    lines.push_back(
        {line.number,
         std::chrono::duration_cast<std::chrono::microseconds>(line.time.time_since_epoch()).count(),
         program::level_name(line.level), line.text});
  return lines;
}
bool NodeSystem::console_is_full() { return console_ && console_->full(); }

std::int64_t NodeSystem::processor_nanoseconds() {
  return std::int64_t{1'000'000'000} / CLOCKS_PER_SEC * std::clock();
}

System::SchedulerTime NodeSystem::scheduler_time() {
  loop_.measure_use();
  auto use = loop_.use();
  return {use.busy.count(), use.total.count()};
}

namespace {

System::Step step_of(const net::Loop::Step& step) { return {step.duration.count(), step.what}; }
System::Work work_of(const net::Loop::Work& work) { return {step_of(work.step), work.turn.count()}; }

}  // namespace

CryptoLibrary* NodeSystem::crypto() { return &crypto::openssl_library(); }

System::Step NodeSystem::longest_step() { return step_of(loop_.longest_step()); }
System::Step NodeSystem::take_longest_step() { return step_of(loop_.take_longest_step()); }
System::Work NodeSystem::longest_work() { return work_of(loop_.longest_work()); }
System::Work NodeSystem::take_longest_work() { return work_of(loop_.take_longest_work()); }

std::tm NodeSystem::local_time(std::int64_t seconds) {
  std::time_t since = seconds;
  std::tm parts{};
  localtime_r(&since, &parts);
  return parts;
}

std::int64_t NodeSystem::seconds_of_local(std::tm parts) { return std::mktime(&parts); }

std::map<std::string, std::string> NodeSystem::environment() {
  std::map<std::string, std::string> all;
  for (char** entry = environ; entry && *entry; ++entry) {
    std::string_view text = *entry;
    auto end = text.find('=', 1);
    if (end != text.npos) all.emplace(text.substr(0, end), text.substr(end + 1));
  }
  return all;
}

std::int64_t NodeSystem::process_id() { return getpid(); }

std::string NodeSystem::system_release() {
  utsname system{};
  return uname(&system) == 0 ? system.release : "0.0.0";
}

// Regular files only: reading a pipe could block.
Result<Buffer> NodeSystem::read_file(const std::string& path) {
  std::error_code error;
  std::ifstream file;
  if (std::filesystem::is_regular_file(path, error)) file.open(path, std::ios::binary);
  if (!file.is_open()) return Error{Errc::not_found, path};
  return Buffer{std::istreambuf_iterator<char>{file}, {}};
}

}  // namespace noderuntime
