// Any text as an option file of TLS distribution. What is read keeps its bounds, and errors have a line.
#include <cstdlib>

#include "noderuntime/tls/expression.h"
#include "noderuntime/tls/optfile.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace noderuntime;
  auto settings = tls::parse_optfile({reinterpret_cast<const char*>(data), size});
  if (!settings) {
    if (settings.error().context.rfind("line ", 0) != 0 || settings.error().context.size() > 1000)
      std::abort();
    return 0;
  }
  for (const auto* role : {&settings->server, &settings->client})
    for (const auto* path :
         {&role->certificate_file, &role->key_file, &role->authorities_file, &role->crl_directory})
      if (path->size() > size || path->find('\0') != std::string::npos) std::abort();
  return 0;
}
