# Verbs for all folders: a part (static library), its unit tests, and a symbolic link that is installed.

add_library(project_settings INTERFACE)
target_include_directories(project_settings INTERFACE
  ${CMAKE_SOURCE_DIR} ${CMAKE_SOURCE_DIR}/common/include ${CMAKE_SOURCE_DIR}/noderuntime/include)
target_compile_definitions(project_settings INTERFACE NODERUNTIME_VERSION="${PROJECT_VERSION}")
target_compile_options(project_settings INTERFACE -Wall -Wextra -Wnon-virtual-dtor -Wno-missing-field-initializers)
# What g++ warns of in its own library's headers, wherever a std::string or a std::vector grows (gcc.gnu.org/PR105329, PR105651,
# PR106199): version 12 everywhere, 14 with -O2 too.
set(misread_by_gcc -Wno-restrict -Wno-stringop-overflow -Wno-stringop-overread -Wno-array-bounds)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  target_compile_options(project_settings INTERFACE ${misread_by_gcc})
endif()
if(NODERUNTIME_WERROR)
  target_compile_options(project_settings INTERFACE -Werror)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    # It misreads std::optional and std::vector when it inlines them; newer ones do not, and stay strict.
    target_compile_options(project_settings INTERFACE -Wno-error=maybe-uninitialized)
  endif()
endif()
if(NODERUNTIME_SANITIZE)
  target_compile_options(project_settings INTERFACE -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
  target_link_options(project_settings INTERFACE -fsanitize=address,undefined)
endif()

# Headers of the standard library that most files include, compiled once for all parts and programs. Each file still
# includes what it names (test/lint/headers.py). CMAKE_DISABLE_PRECOMPILE_HEADERS=ON builds without.
set(standard_headers
  <algorithm> <array> <chrono> <cstdint> <cstring> <deque> <functional> <list> <map> <memory> <optional> <set> <span> <string>
  <string_view> <tuple> <unordered_map> <unordered_set> <utility> <variant> <vector>)
file(GENERATE OUTPUT ${CMAKE_BINARY_DIR}/nothing.cpp CONTENT "")
add_library(standard_headers OBJECT ${CMAKE_BINARY_DIR}/nothing.cpp)
target_link_libraries(standard_headers PRIVATE project_settings)
target_precompile_headers(standard_headers PRIVATE ${standard_headers})

# In a release build, where CMake says -O3: for code that no message and no instruction passes, a tenth of the compiler's time less.
function(optimise_less name)
  target_compile_options(${name} PRIVATE $<$<CONFIG:Release>:-O2>)
endfunction()

# layer(VARIABLE): the parts that the folder of this CMakeLists.txt uses, by its row in cmake/layers. A part has the name of
# its folder.
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

# part(NAME SOURCES a.cpp … [USES library …]): a static library. It uses the parts of its row in cmake/layers; USES is what else
# it needs: libraries of the system, other parts of its folder.
function(part name)
  cmake_parse_arguments(PART "" "" "SOURCES;USES" ${ARGN})
  layer(parts)
  add_library(${name} STATIC ${PART_SOURCES})
  target_link_libraries(${name} PUBLIC project_settings ${parts} ${PART_USES})
  target_precompile_headers(${name} REUSE_FROM standard_headers)
endfunction()

# program(NAME SOURCES a.cpp … USES part …): an executable. Where the option says so, it needs no shared library but
# libc's: a program that ends after milliseconds spends a third of them loading these (docs/decisions/0007).
function(program name)
  cmake_parse_arguments(PROGRAM "" "" "SOURCES;USES" ${ARGN})
  add_executable(${name} ${PROGRAM_SOURCES})
  target_link_libraries(${name} PRIVATE project_settings ${PROGRAM_USES})
  target_precompile_headers(${name} REUSE_FROM standard_headers)
  if(NODERUNTIME_STATIC_DEPENDENCIES)
    set_target_properties(${name} PROPERTIES STATIC_DEPENDENCIES ON)
    target_link_options(${name} PRIVATE -static-libstdc++ -static-libgcc -Wl,--gc-sections)
  endif()
endfunction()

# unit_test(NAME [SEPARATE] SOURCES a.cpp … USES part …): a Catch2 program named unit_NAME, run by ctest under the same name.
# SEPARATE: its files have helpers of the same name, so they are compiled one by one in each build.
function(unit_test name)
  cmake_parse_arguments(TEST "SEPARATE" "" "SOURCES;USES" ${ARGN})
  add_executable(unit_${name} ${TEST_SOURCES})
  target_link_libraries(unit_${name} PRIVATE project_settings unit_test_main ${TEST_USES})
  target_precompile_headers(unit_${name} REUSE_FROM unit_test_main)
  optimise_less(unit_${name})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")  # "text" + std::string(100, 'x')
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

# unit_test_where(NAME TAG): the tests of unit_NAME with the tag [.TAG], which the others leave out. They need something that
# is not everywhere: without it they warn "skipped: …", and ctest counts them as skipped.
function(unit_test_where name tag)
  add_test(NAME unit_${name}_${tag} COMMAND unit_${name} [.${tag}])
  set_tests_properties(unit_${name}_${tag} PROPERTIES SKIP_REGULAR_EXPRESSION "skipped: ")
endfunction()

# install_link(TARGET FILE COMPONENT): FILE, below the prefix, is a symbolic link to TARGET.
function(install_link target file component)
  get_filename_component(folder ${file} DIRECTORY)
  get_filename_component(name ${file} NAME)
  set(link ${CMAKE_CURRENT_BINARY_DIR}/links/${name})
  file(MAKE_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}/links)
  file(CREATE_LINK ${target} ${link} SYMBOLIC)
  install(FILES ${link} DESTINATION ${folder} COMPONENT ${component})
endfunction()
