# The functions that the CMakeLists.txt of all folders call: part() makes a static library, program() an
# executable, unit_test() a test program, install_link() a symbolic link.

add_library(project_settings INTERFACE)
target_include_directories(project_settings INTERFACE
  ${CMAKE_SOURCE_DIR} ${CMAKE_SOURCE_DIR}/common/include ${CMAKE_SOURCE_DIR}/noderuntime/include)
target_compile_definitions(project_settings INTERFACE NODERUNTIME_VERSION="${PROJECT_VERSION}")
target_compile_options(project_settings INTERFACE -Wall -Wextra -Wnon-virtual-dtor -Wno-missing-field-initializers)
# Warnings that g++ gives wrongly for libstdc++'s own headers, wherever a std::string or a std::vector grows
# (gcc.gnu.org/PR105329, PR105651, PR106199). g++ 12 gives them at every optimisation level, g++ 14 with -O2.
set(misread_by_gcc -Wno-restrict -Wno-stringop-overflow -Wno-stringop-overread -Wno-array-bounds)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  target_compile_options(project_settings INTERFACE ${misread_by_gcc})
endif()
if(NODERUNTIME_WERROR)
  target_compile_options(project_settings INTERFACE -Werror)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # g++ 12 and 14 give -Wmaybe-uninitialized wrongly for std::optional and std::vector that are inlined, more often
    # the more files a unity build compiles together. It stays a warning.
    target_compile_options(project_settings INTERFACE -Wno-error=maybe-uninitialized)
  endif()
endif()
if(NODERUNTIME_SANITIZE STREQUAL "threads")
  set(sanitizers -fsanitize=thread)
elseif(NODERUNTIME_SANITIZE)
  set(sanitizers -fsanitize=address,undefined)
  target_compile_options(project_settings INTERFACE -fno-sanitize-recover=undefined)
endif()
if(NODERUNTIME_SANITIZE)
  target_compile_options(project_settings INTERFACE ${sanitizers} -fno-omit-frame-pointer)
  target_link_options(project_settings INTERFACE ${sanitizers})
endif()

# Precompiled headers: the headers of the standard library that most files include. Each file still includes
# the headers whose names it uses (test/lint/headers.py). CMAKE_DISABLE_PRECOMPILE_HEADERS=ON builds without
# them.
set(standard_headers
  <algorithm> <array> <chrono> <cstdint> <cstring> <deque> <functional> <list> <map> <memory> <optional> <set> <span> <string>
  <string_view> <tuple> <unordered_map> <unordered_set> <utility> <variant> <vector>)
file(GENERATE OUTPUT ${CMAKE_BINARY_DIR}/nothing.cpp CONTENT "")
add_library(standard_headers OBJECT ${CMAKE_BINARY_DIR}/nothing.cpp)
target_link_libraries(standard_headers PRIVATE project_settings)
target_precompile_headers(standard_headers PRIVATE ${standard_headers})

# Compiles a target with -O2 instead of CMake's -O3 in release builds. For code that handles neither messages
# nor instructions; it takes a tenth less time to compile.
function(optimise_less name)
  target_compile_options(${name} PRIVATE $<$<CONFIG:Release>:-O2>)
endfunction()

# layer(VARIABLE): sets VARIABLE to the parts that the calling folder uses, which its row in cmake/layers
# lists. A part has the name of its folder.
file(STRINGS ${CMAKE_SOURCE_DIR}/cmake/layers layers REGEX "^[^#]")
set_property(DIRECTORY ${CMAKE_SOURCE_DIR} APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/cmake/layers)
function(layer variable)
  file(RELATIVE_PATH folder ${CMAKE_SOURCE_DIR} ${CMAKE_CURRENT_SOURCE_DIR})
  set(row ${layers})
  list(FILTER row INCLUDE REGEX "^${folder}:")
  if(NOT row)
    message(FATAL_ERROR "cmake/layers has no row for ${folder}")
  endif()
  string(REGEX REPLACE "^[^:]*:" "" row "${row}")
  string(REGEX MATCHALL "[a-z_]+/[a-z_]+" names "${row}")
  list(TRANSFORM names REPLACE "^.*/" "")
  set(${variable} ${names} PARENT_SCOPE)
endfunction()

# part(NAME SOURCES a.cpp … [USES library …]): a static library. It links the parts that its row in
# cmake/layers lists; USES names libraries of the system and other parts of the same folder.
function(part name)
  cmake_parse_arguments(PART "" "" "SOURCES;USES" ${ARGN})
  layer(parts)
  add_library(${name} STATIC ${PART_SOURCES})
  target_link_libraries(${name} PUBLIC project_settings ${parts} ${PART_USES})
  target_precompile_headers(${name} REUSE_FROM standard_headers)
endfunction()

# Relative relocations as a bitmap instead of 24 bytes for each: less to read at each start, and a quarter of a megabyte
# less of resident memory. It wants glibc 2.36 (Debian 12).
include(CheckLinkerFlag)
check_linker_flag(CXX -Wl,-z,pack-relative-relocs NODERUNTIME_PACKS_RELOCATIONS)

# program(NAME SOURCES a.cpp … USES part …): an executable. With NODERUNTIME_STATIC_DEPENDENCIES it links no
# shared library except libc: loading others takes a third of the time of a verb that runs for milliseconds
# (docs/decisions/0007).
function(program name)
  cmake_parse_arguments(PROGRAM "" "" "SOURCES;USES" ${ARGN})
  add_executable(${name} ${PROGRAM_SOURCES})
  target_link_libraries(${name} PRIVATE project_settings ${PROGRAM_USES})
  target_precompile_headers(${name} REUSE_FROM standard_headers)
  if(NODERUNTIME_STATIC_DEPENDENCIES)
    set_target_properties(${name} PROPERTIES STATIC_DEPENDENCIES ON)
    target_link_options(${name} PRIVATE -static-libstdc++ -static-libgcc -Wl,--gc-sections)
    if(NODERUNTIME_PACKS_RELOCATIONS)
      target_link_options(${name} PRIVATE -Wl,-z,pack-relative-relocs)
    endif()
  endif()
endfunction()

# unit_test(NAME [SEPARATE] SOURCES a.cpp … USES part …): a Catch2 program and a ctest test, both named
# unit_NAME. SEPARATE excludes the program from unity builds, because several of its files define helpers with
# the same name.
function(unit_test name)
  cmake_parse_arguments(TEST "SEPARATE" "" "SOURCES;USES" ${ARGN})
  add_executable(unit_${name} ${TEST_SOURCES})
  target_link_libraries(unit_${name} PRIVATE project_settings unit_test_main ${TEST_USES})
  target_precompile_headers(unit_${name} REUSE_FROM unit_test_main)
  optimise_less(unit_${name})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")  # wrong warnings, such as for "text" + std::string(100, 'x')
    target_compile_options(unit_${name} PRIVATE ${misread_by_gcc})
  endif()
  if(CMAKE_CROSSCOMPILING)
    target_compile_definitions(unit_${name} PRIVATE NODERUNTIME_EMULATED)
  endif()
  if(TEST_SEPARATE)
    set_target_properties(unit_${name} PROPERTIES UNITY_BUILD OFF)
  endif()
  add_test(NAME unit_${name} COMMAND unit_${name} -w NoAssertions)
endfunction()

# unit_test_where(NAME TAG): a ctest test for the hidden test cases [.TAG] of unit_NAME. They need something
# that not every system has. Without it they print "skipped: …", and ctest counts the test as skipped.
function(unit_test_where name tag)
  add_test(NAME unit_${name}_${tag} COMMAND unit_${name} [.${tag}])
  set_tests_properties(unit_${name}_${tag} PROPERTIES SKIP_REGULAR_EXPRESSION "skipped: ")
endfunction()

# install_link(TARGET FILE COMPONENT): installs FILE, a path below the prefix, as a symbolic link to TARGET.
function(install_link target file component)
  get_filename_component(folder ${file} DIRECTORY)
  get_filename_component(name ${file} NAME)
  set(link ${CMAKE_CURRENT_BINARY_DIR}/links/${name})
  file(MAKE_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}/links)
  file(CREATE_LINK ${target} ${link} SYMBOLIC)
  install(FILES ${link} DESTINATION ${folder} COMPONENT ${component})
endfunction()
