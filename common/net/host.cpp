#include "common/net/host.h"

#include <sys/resource.h>

#include "common/net/uv_support.h"

namespace noderuntime::net {

Result<std::string> host_name() {
  std::string name(UV_MAXHOSTNAMESIZE, '\0');
  std::size_t size = name.size();
  if (int status = uv_os_gethostname(name.data(), &size); status < 0) return uv_error(status);
  name.resize(size);
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
