#pragma once
// Catch2 for the unit tests: version 3 (since Debian 13) has small headers, version 2 (Debian 12) has one.

#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#else
#include <catch2/catch.hpp>
#endif
