#include "noderuntime/beam/stubs.h"

#include <algorithm>

#include "noderuntime/beam/operation_rows.h"
#include "noderuntime/term/well_known_atoms.h"

namespace noderuntime {

namespace {

constexpr std::uint32_t stub_size = 16;  // words of code, at most

bool is_undef(const Image& image, std::uint32_t operand) {
  return (operand & Operand::file_mask) == Operand::constant &&
         image.constants[operand >> 3].is(atoms::undef);
}

struct Stub {
  bool raises = false;  // it calls erlang:nif_error
  bool undef = false;   // with the reason undef
};

// Looks at the instructions of `function`, whose code ends at `end`.
Stub stub_at(const Image& image, const Image::Function& function, std::uint32_t end) {
  Stub stub;
  for (auto at = function.entry; at < end && at < function.entry + stub_size;) {
    auto operation = static_cast<Operation>(image.code[at]);
    if (operation == Operation::call_ext || operation == Operation::call_ext_only)
      stub.raises |= image.imports[image.code[at + 1]].function.text() == "nif_error";
    auto& row = operation_row(operation);
    auto place = at;
    for (char field : row.fields) {
      ++place;
      stub.undef |= !stub.raises && is_source(field) && is_undef(image, image.code[place]);
    }
    at += instruction_size(image.code.data() + at, row);
  }
  return stub;
}

}  // namespace

void bind_stubs(Image& image, const std::function<bool(const FunctionName&)>& is_native) {
  for (std::size_t i = 0; i < image.functions.size(); ++i) {
    auto& function = image.functions[i];
    FunctionName name{image.module, function.name, function.arity};
    auto end = i + 1 < image.functions.size() ? image.functions[i + 1].begin
                                              : static_cast<std::uint32_t>(image.code.size());
    Stub stub = stub_at(image, function, end);
    bool native = is_native(name);
    if (!stub.raises || (!native && !stub.undef)) continue;
    if (!native)
      std::erase_if(image.exports,
                    [&](auto& row) { return row.name == function.name && row.arity == function.arity; });
    image.code[function.entry] = static_cast<std::uint32_t>(Operation::call_ext_only);
    image.code[function.entry + 1] = static_cast<std::uint32_t>(image.imports.size());
    image.imports.push_back(name);
  }
}

}  // namespace noderuntime
