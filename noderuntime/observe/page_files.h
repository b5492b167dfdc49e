// The files of the page, as they were when the program was built.
#pragma once

#include <span>
#include <string_view>

namespace noderuntime::observe {

struct PageFile {
  std::string_view path, type, text;  // path: "/" and "/NAME"; type: Content-Type
};

std::span<const PageFile> page_files();

}  // namespace noderuntime::observe
