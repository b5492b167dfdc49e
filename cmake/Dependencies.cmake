# All libraries of the system that the project uses. The comment of a line names the Debian packages.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
pkg_check_modules(LIBUV REQUIRED IMPORTED_TARGET libuv)  # libuv1-dev
find_package(spdlog REQUIRED)                            # libspdlog-dev, libfmt-dev
find_package(CLI11 REQUIRED)                             # libcli11-dev
find_package(ZLIB REQUIRED)                              # zlib1g-dev
pkg_check_modules(GMP REQUIRED IMPORTED_TARGET gmp)      # libgmp-dev
pkg_check_modules(MD REQUIRED IMPORTED_TARGET libmd)     # libmd-dev
find_package(boost_context CONFIG REQUIRED)              # libboost-context-dev
find_path(BOOST_BEAST boost/beast/http/parser.hpp REQUIRED)  # libboost-dev
find_path(UTF8CPP utf8cpp/utf8.h REQUIRED)              # libutfcpp-dev
find_package(nlohmann_json 3 REQUIRED)                   # nlohmann-json3-dev
if(NODERUNTIME_TESTS)
  find_package(Catch2 REQUIRED)                          # catch2: version 2 or 3
  if(Catch2_VERSION VERSION_LESS 2)
    message(FATAL_ERROR "Catch2 ${Catch2_VERSION} is too old: version 2 or 3 is needed")
  endif()
endif()

# either(NAME SHARED ARCHIVE): defines the library NAME. Programs with the property STATIC_DEPENDENCIES link
# the file ARCHIVE if the system has it; all others link the target SHARED.
function(either name shared archive)
  find_library(${name}_ARCHIVE ${archive})
  mark_as_advanced(${name}_ARCHIVE)
  add_library(${name} INTERFACE)
  target_include_directories(${name} INTERFACE $<TARGET_PROPERTY:${shared},INTERFACE_INCLUDE_DIRECTORIES>)
  if(NODERUNTIME_STATIC_DEPENDENCIES AND ${name}_ARCHIVE)
    set(asked $<BOOL:$<TARGET_PROPERTY:STATIC_DEPENDENCIES>>)
    target_link_libraries(${name} INTERFACE $<${asked}:${${name}_ARCHIVE}> $<$<NOT:${asked}>:${shared}>)
  else()
    target_link_libraries(${name} INTERFACE ${shared})
  endif()
endfunction()
either(event_loop PkgConfig::LIBUV libuv_a.a)
either(big_integers PkgConfig::GMP libgmp.a)
either(compression ZLIB::ZLIB libz.a)
either(message_digests PkgConfig::MD libmd.a)
either(call_stacks Boost::context libboost_context.a)

# utfcpp has headers only. They are found by path, because the target of its CMake package has different names
# on different releases of Debian.
mark_as_advanced(UTF8CPP)
add_library(unicode_text INTERFACE)
target_include_directories(unicode_text SYSTEM INTERFACE ${UTF8CPP})

# So is Boost.Beast, of which only its parser of HTTP is used.
mark_as_advanced(BOOST_BEAST)
add_library(http_parser INTERFACE)
target_include_directories(http_parser SYSTEM INTERFACE ${BOOST_BEAST})

# spdlog and fmt are used as header-only libraries, because Debian has no static libraries of them.
add_library(log_library INTERFACE)
target_include_directories(log_library INTERFACE $<TARGET_PROPERTY:spdlog::spdlog_header_only,INTERFACE_INCLUDE_DIRECTORIES>)
target_compile_definitions(log_library INTERFACE SPDLOG_FMT_EXTERNAL FMT_HEADER_ONLY)
target_link_libraries(log_library INTERFACE Threads::Threads)
