# Writes OUTPUT: a C++ file with the contents of FILES, and the list of them.
set(types_html "text/html; charset=utf-8")
set(types_css "text/css; charset=utf-8")
set(types_js "text/javascript; charset=utf-8")
set(types_svg "image/svg+xml")
set(arrays "")
set(rows "")
foreach(file ${FILES})
  get_filename_component(name ${file} NAME)
  get_filename_component(extension ${file} LAST_EXT)
  string(SUBSTRING ${extension} 1 -1 extension)
  string(MAKE_C_IDENTIFIER ${name} identifier)
  set(path "/${name}")
  if(name STREQUAL "index.html")
    set(path "/")
  endif()
  file(READ ${file} hex HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," characters "${hex}")
  string(APPEND arrays "constexpr char file_${identifier}[] = {${characters}};\n")
  string(APPEND rows "    {\"${path}\", \"${types_${extension}}\", {file_${identifier}, sizeof file_${identifier}}},\n")
endforeach()
file(WRITE ${OUTPUT} "// Generated from noderuntime/observe/page.
#include \"noderuntime/observe/page_files.h\"

namespace noderuntime::observe {

namespace {

${arrays}
constexpr PageFile files[] = {
${rows}};

}  // namespace

std::span<const PageFile> page_files() { return files; }

}  // namespace noderuntime::observe
")
