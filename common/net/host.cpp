#include "common/net/host.h"

#include <netdb.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <memory>

#include "common/net/uv_support.h"

namespace noderuntime::net {

namespace {

// Empty where the resolver knows no IPv4 address of `name`: `erl` asks for those only.
std::string canonical_name(const std::string& name) {
  addrinfo hints{}, *found = nullptr;
  hints.ai_family = AF_INET;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_CANONNAME;
  if (getaddrinfo(name.c_str(), nullptr, &hints, &found) != 0) return {};
  std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> answers{found, &freeaddrinfo};
  return answers->ai_canonname ? answers->ai_canonname : "";
}

}  // namespace

Result<std::string> host_name() {
  std::string name(UV_MAXHOSTNAMESIZE, '\0');
  std::size_t size = name.size();
  if (int status = uv_os_gethostname(name.data(), &size); status < 0) return uv_error(status);
  name.resize(size);
  if (name.find('.') == std::string::npos)
    if (auto canonical = canonical_name(name); !canonical.empty()) return canonical;
  return name;
}

std::size_t raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1024;
  rlimit raised{limit.rlim_max, limit.rlim_max};
  if (setrlimit(RLIMIT_NOFILE, &raised) == 0) limit = raised;
  return static_cast<std::size_t>(limit.rlim_cur);
}

}  // namespace noderuntime::net
