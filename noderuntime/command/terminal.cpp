#include "noderuntime/command/terminal.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <clocale>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <cwchar>
#include <utility>

namespace noderuntime::command {

namespace {

// The modes before ours. std::exit() restores them too, so they are not a member.
std::optional<termios> former_modes;

constexpr std::string_view paste_on = "\x1b[?2004h", paste_off = "\x1b[?2004l";  // xterm's "bracketed paste"

void restore_modes() {
  if (!former_modes) return;
  auto modes = *std::exchange(former_modes, std::nullopt);
  (void)!::write(STDOUT_FILENO, paste_off.data(), paste_off.size());
  tcsetattr(STDIN_FILENO, TCSADRAIN, &modes);
}

// Keys come one by one, ^C and others too; output keeps its modes. read() never waits.
termios modes_for_keys(termios modes) {
  modes.c_iflag &= ~static_cast<tcflag_t>(BRKINT | ICRNL | INLCR | IGNCR | INPCK | ISTRIP | IXON);
  modes.c_lflag &= ~static_cast<tcflag_t>(ECHO | ICANON | IEXTEN | ISIG);
  modes.c_oflag |= OPOST | ONLCR;
  modes.c_cc[VMIN] = 0;
  modes.c_cc[VTIME] = 0;
  return modes;
}

bool both_are_terminals() {
  const char* kind = std::getenv("TERM");
  bool dumb = !kind || !*kind || std::strcmp(kind, "dumb") == 0;
  return !dumb && isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1;
}

// epoll refuses files, and devices like /dev/null; reading them never waits.
bool can_be_polled(int descriptor) {
  struct stat status {};
  if (fstat(descriptor, &status) != 0) return false;
  if (S_ISCHR(status.st_mode)) return isatty(descriptor) == 1;
  return S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode);
}

short events_of(int descriptor) {
  pollfd waiting{descriptor, POLLIN, 0};
  return poll(&waiting, 1, 0) > 0 ? waiting.revents : short{0};
}

}  // namespace

int columns_of_character(char32_t character) {
  // Only the table of characters: numbers keep their point.
  static const bool knows = std::setlocale(LC_CTYPE, "C.UTF-8") || std::setlocale(LC_CTYPE, "");
  (void)knows;
  if (character >= 0x20 && character < 0x7F) return 1;
  return wcwidth(static_cast<wchar_t>(character));
}

Terminal::Terminal(net::Loop& loop, bool may_be_interactive, Events events)
    : loop_{loop},
      events_{std::move(events)},
      interactive_{may_be_interactive && both_are_terminals()},
      output_{net::open_output(STDOUT_FILENO), most_unwritten},
      input_{loop, [this](net::DescriptorSet::Key) { read_some(); }} {
  output_.attach(loop, [this] {
    if (!full()) events_.room();
  });
  can_be_watched_ = can_be_polled(STDIN_FILENO);
  if (!interactive_) return;
  static const bool restored_at_exit = std::atexit(restore_modes) == 0;
  (void)restored_at_exit;
  take_keys();
  write(std::string{paste_on});
  signals_.emplace(loop, std::vector<int>{SIGWINCH, SIGCONT}, [this](int number) {
    if (number == SIGCONT) take_keys();
    events_.resized();
  });
  want_input(true);
}

Terminal::~Terminal() {
  output_.finish(net::Output::last_write_limit);
  output_.detach();
  restore_modes();
}

void Terminal::take_keys() {
  termios now{};
  if (tcgetattr(STDIN_FILENO, &now) != 0) return;
  if (!former_modes) former_modes = now;
  auto ours = modes_for_keys(now);
  tcsetattr(STDIN_FILENO, TCSADRAIN, &ours);
}

Terminal::Size Terminal::size() const {
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0) return {};
  return {size.ws_col, size.ws_row};
}

void Terminal::want_input(bool wanted) {
  wanted_ = (wanted || interactive_) && !at_end_;
  if (!can_be_watched_) {
    if (wanted_)
      loop_.later([this, held = std::weak_ptr{alive_}] {
        if (!held.expired() && wanted_) read_some();
      });
    return;
  }
  if (wanted_ == watching_) return;
  watching_ = wanted_;
  if (!wanted_) return input_.remove(STDIN_FILENO);
  static net::DescriptorSet::Key last_key = 0;
  if (!input_.add(STDIN_FILENO, ++last_key, net::DescriptorSet::For::reading)) watching_ = false;
}

void Terminal::read_some() {
  char bytes[16 << 10];
  short ready = can_be_watched_ ? events_of(STDIN_FILENO) : short{POLLIN};
  if (!wanted_ || ready == 0) return;
  ssize_t count = ::read(STDIN_FILENO, bytes, sizeof bytes);
  if (count < 0 && (errno == EINTR || errno == EAGAIN)) return;
  if (count > 0) return events_.input({bytes, static_cast<std::size_t>(count)});
  if (count == 0 && interactive_ && (ready & (POLLHUP | POLLERR)) == 0) return;  // nothing came after all
  at_end_ = true;
  want_input(false);
  events_.end();
}

void Terminal::write(std::string bytes) {
  if (bytes.empty() || gone_) return;
  if (!output_.write(std::move(bytes))) gone_ = true;
}

}  // namespace noderuntime::command
