# Everything the project takes from the system, in one place. Debian package names stand behind.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
pkg_check_modules(LIBUV REQUIRED IMPORTED_TARGET libuv)  # libuv1-dev
find_package(spdlog REQUIRED)                            # libspdlog-dev
find_package(CLI11 REQUIRED)                             # libcli11-dev
find_package(ZLIB REQUIRED)                              # zlib1g-dev
pkg_check_modules(GMP REQUIRED IMPORTED_TARGET gmp)      # libgmp-dev
find_package(nlohmann_json 3 REQUIRED)                   # nlohmann-json3-dev
if(NODERUNTIME_TESTS)
  find_package(Catch2 2 REQUIRED)                        # catch2
endif()
