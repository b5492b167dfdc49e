#include "epmd/service.h"

#include <unistd.h>

#include <string>

namespace noderuntime::epmd {
namespace {
constexpr net::Milliseconds status_pause{1000};  // many changes make one line
}

Service::Service(net::Loop& loop, Server& server, net::ServiceManager manager)
    : loop_{loop},
      server_{server},
      manager_{std::move(manager)},
      notifications_{loop, manager_},
      status_{loop},
      watchdog_{loop} {
  server_.set_registration_listener(
      {.began = [this](const auto&) { names_changed(); }, .ended = [this](const auto&) { names_changed(); }});
}

void Service::keep_names(const Inheritance& inheritance, const std::vector<std::string>& orphans) {
  fd_store_ = std::make_unique<FdStore>(loop_, manager_, server_.names(), inheritance.generation);
  for (const auto& name : inheritance.stored_tables) fd_store_->forget(name);
  for (const auto& name : orphans) fd_store_->forget(name);
  server_.set_registration_listener({.began =
                                         [this](const auto& record) {
                                           fd_store_->began(record);
                                           names_changed();
                                         },
                                     .ended =
                                         [this](const auto& record) {
                                           fd_store_->ended(record);
                                           names_changed();
                                         }});
}

void Service::ready() {
  notifications_.send("READY=1\nMAINPID=" + std::to_string(getpid()));
  tell_status();
  if (auto limit = net::watchdog_limit())
    watchdog_.start_repeating(*limit / 2, [this] { notifications_.send("WATCHDOG=1"); });
}

void Service::forget_names() {
  if (fd_store_) fd_store_->forget_all();
}

void Service::names_changed() {
  if (!status_.running()) status_.start(status_pause, [this] { tell_status(); });
}

void Service::tell_status() {
  auto count = server_.names().registered().size();
  notifications_.send("STATUS=Names registered: " + std::to_string(count));
}

}  // namespace noderuntime::epmd
