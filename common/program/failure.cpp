#include "common/program/failure.h"

#include <cstdlib>
#include <new>

#include "common/program/logging.h"

namespace noderuntime::program {

namespace {

template <class Write>
void log_line(Write write) noexcept {
  try {
    write();
    close_log();
  } catch (...) {  // nobody can be informed any more
  }
}

}  // namespace

void end_for_current_exception() noexcept {
  int status = internal_failure;
  try {
    throw;
  } catch (const std::bad_alloc&) {
    status = no_memory;
    log_line([] { log_error("no memory is left: the program ends"); });
  } catch (const std::exception& problem) {
    log_line(
        [&] { log_error(std::string{"an error of the program itself, which ends it: "} + problem.what()); });
  } catch (...) {
    log_line([] { log_error("an error of the program itself, which ends it"); });
  }
  std::_Exit(status);
}

}  // namespace noderuntime::program
