# Writes OUTPUT: a C++ file with the contents of FILES as arrays, and the list of them.
set(arrays "")
set(rows "")
foreach(file ${FILES})
  get_filename_component(name ${file} NAME_WE)
  file(READ ${file} hex HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
  string(APPEND arrays "constexpr Byte file_${name}[] = {${bytes}};\n")
  string(APPEND rows "    {\"${name}\", file_${name}},\n")
endforeach()
file(WRITE ${OUTPUT} "// Generated from noderuntime/prelude.
#include \"noderuntime/prelude/prelude.h\"

namespace noderuntime {

namespace {

${arrays}
constexpr PreludeModule modules[] = {
${rows}};

}  // namespace

std::span<const PreludeModule> prelude_modules() { return modules; }

}  // namespace noderuntime
")
