// NODERUNTIME_ADDRESS_SANITIZER: 1 if the build has the address sanitizer, else 0.
#pragma once

// The macros of g++ and of clang.
#if defined(__SANITIZE_ADDRESS__)
#define NODERUNTIME_ADDRESS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define NODERUNTIME_ADDRESS_SANITIZER 1
#endif
#endif
#ifndef NODERUNTIME_ADDRESS_SANITIZER
#define NODERUNTIME_ADDRESS_SANITIZER 0
#endif
