// main() of the unit tests with Catch2 2. Catch2 3 has a library with main().
#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>
