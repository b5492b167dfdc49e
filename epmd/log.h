// The daemon's log, in the format of OTP's: on standard error `epmd: TIME: text` with a carriage return
// before the newline; in the background to syslog, without the time.
#pragma once

namespace noderuntime::epmd {

void set_up_log(bool to_syslog, bool debug);

}  // namespace noderuntime::epmd
