#include "epmd/privileges.h"

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace noderuntime::epmd {

Outcome become_user(const std::string& name) {
  errno = 0;
  auto* user = getpwnam(name.c_str());
  if (!user) return Error{Errc::configuration, "no such user: " + name};
  if (geteuid() == user->pw_uid) return done;
  if (initgroups(user->pw_name, user->pw_gid) != 0 || setgid(user->pw_gid) != 0 || setuid(user->pw_uid) != 0)
    return Error{Errc::system, "cannot become user " + name + ": " + std::strerror(errno), errno};
  return done;
}

}  // namespace noderuntime::epmd
