// Hosts that only the tests of this folder know: hosts.cpp answers for them instead of the system's resolver.
//
//     both.test     ::1 and 127.0.0.1, in this order
//     nobody.test   no address
//     silent.test   127.0.0.1, but not before let_silent_host_answer()
#pragma once

namespace noderuntime::test {

void let_silent_host_answer();

}  // namespace noderuntime::test
