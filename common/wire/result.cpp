#include <noderuntime/result.h>

namespace noderuntime {

std::string_view error_text(Errc code) {
  switch (code) {
#define NODERUNTIME_ERROR_TEXT(name, text) \
  case Errc::name: return text;
    NODERUNTIME_ERRORS(NODERUNTIME_ERROR_TEXT)
#undef NODERUNTIME_ERROR_TEXT
  }
  return "unknown error";
}

std::string_view error_name(Errc code) {
  switch (code) {
#define NODERUNTIME_ERROR_NAME(name, text) \
  case Errc::name: return #name;
    NODERUNTIME_ERRORS(NODERUNTIME_ERROR_NAME)
#undef NODERUNTIME_ERROR_NAME
  }
  return "unknown";
}

std::string Error::message() const {
  std::string text{error_text(code)};
  return context.empty() ? text : text + ": " + context;
}

}  // namespace noderuntime
