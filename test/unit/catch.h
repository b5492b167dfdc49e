// Includes Catch2: version 3 (Debian 13 and later) has several small headers, version 2 (Debian 12) has one.
#pragma once

#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#else
#include <catch2/catch.hpp>
#endif
