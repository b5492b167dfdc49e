#include "test/unit/node/hosts.h"

#include <dlfcn.h>
#include <netdb.h>

#include <atomic>
#include <string_view>

namespace {
std::atomic<bool> silent_host_answers{false};

using Resolver = int (*)(const char*, const char*, const addrinfo*, addrinfo**);
Resolver system_resolver() { return reinterpret_cast<Resolver>(dlsym(RTLD_NEXT, "getaddrinfo")); }
}  // namespace

void noderuntime::test::let_silent_host_answer() {
  silent_host_answers = true;
  silent_host_answers.notify_all();
}

// Replaces libc's function in this program. libuv calls it on a thread of its pool.
extern "C" int getaddrinfo(const char* host, const char* service, const addrinfo* hints, addrinfo** found) {
  std::string_view name = host ? host : "";
  auto resolve = system_resolver();
  if (name == "nobody.test") return EAI_NONAME;
  if (name == "silent.test") {
    silent_host_answers.wait(false);
    return resolve("127.0.0.1", service, hints, found);
  }
  if (name != "both.test") return resolve(host, service, hints, found);
  if (int failed = resolve("::1", service, hints, found)) return failed;
  return resolve("127.0.0.1", service, hints, &(*found)->ai_next);
}
