// NODERUNTIME_THREAD_SANITIZER: 1 if the build has the thread sanitizer, else 0.
#pragma once

// The macros of g++ and of clang.
#if defined(__SANITIZE_THREAD__)
#define NODERUNTIME_THREAD_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define NODERUNTIME_THREAD_SANITIZER 1
#endif
#endif
#ifndef NODERUNTIME_THREAD_SANITIZER
#define NODERUNTIME_THREAD_SANITIZER 0
#endif
