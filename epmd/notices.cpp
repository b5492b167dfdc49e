#include "epmd/notices.h"

#include <cstddef>

namespace noderuntime::epmd {
namespace {
struct NoticeRow {
  Severity severity;
  std::string_view text;
};
#define EPMD_NOTICE(name, severity, text) NoticeRow{Severity::severity, text},
constexpr NoticeRow notice_rows[] = {EPMD_NOTICES(EPMD_NOTICE)};
#undef EPMD_NOTICE
}  // namespace

std::string_view notice_text(Notice notice) { return notice_rows[static_cast<std::size_t>(notice)].text; }
Severity notice_severity(Notice notice) { return notice_rows[static_cast<std::size_t>(notice)].severity; }

}  // namespace noderuntime::epmd
