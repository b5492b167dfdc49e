// Prints the native functions of the node as Erlang terms, one per line: {Module, Function, Arity}.
#include <cstdio>

#include "noderuntime/functions/native.h"

int main() {
  for (const auto& module : noderuntime::native_modules())
    for (const auto& row : module.rows)
      std::printf("{'%.*s', '%.*s', %u}.\n", static_cast<int>(module.module.size()), module.module.data(),
                  static_cast<int>(row.function.size()), row.function.data(), row.arity);
}
