#include "noderuntime/beam/image.h"

#include <algorithm>

#include "noderuntime/beam/operation_rows.h"
#include "noderuntime/term/text.h"

namespace noderuntime {

std::size_t Image::bytes() const {
  auto of = [](auto&... parts) { return ((parts.capacity() * sizeof(parts[0])) + ...); };
  return sizeof *this + of(code, constants, imports, functions, exports, lambdas, lines, line_items, files,
                           results_on_failure, raises_in_receive, strings, attributes, compile_info, file);
}

const Image::Export* Image::find_export(Atom name, std::uint32_t arity) const {
  auto found = std::lower_bound(exports.begin(), exports.end(), std::pair{name, arity},
                                [](const Export& row, auto& key) {
                                  return std::pair{row.name, row.arity} < key;
                                });
  return found != exports.end() && found->name == name && found->arity == arity ? &*found : nullptr;
}

const Image::Function* Image::function_at(std::uint32_t offset) const {
  auto behind = std::upper_bound(functions.begin(), functions.end(), offset,
                                 [](std::uint32_t at, const Function& row) { return at < row.begin; });
  return behind == functions.begin() ? nullptr : &*(behind - 1);
}

const Image::LineItem* Image::line_at(std::uint32_t offset) const {
  auto* function = function_at(offset);
  auto behind = std::upper_bound(lines.begin(), lines.end(), offset,
                                 [](std::uint32_t at, const Line& row) { return at < row.offset; });
  if (!function || behind == lines.begin()) return nullptr;
  auto& line = *(behind - 1);
  if (line.offset < function->begin || line.item == 0 || line.item >= line_items.size()) return nullptr;
  return &line_items[line.item];
}

namespace {

std::string operand_text(const Image& image, std::uint32_t operand) {
  auto index = operand >> 3;
  switch (operand & Operand::file_mask) {
    case Operand::x: return "x" + std::to_string(index);
    case Operand::y: return "y" + std::to_string(index);
    default: return index < image.constants.size() ? to_text(image.constants[index]) : "?";
  }
}

}  // namespace

std::string disassemble(const Image& image) {
  std::string text;
  for (std::uint32_t at = 0; at < image.code.size();) {
    if (auto* function = image.function_at(at); function && function->begin == at)
      text += atom_to_text(function->name) + "/" + std::to_string(function->arity) + ":\n";
    auto& row = operation_row(plain_operation(static_cast<Operation>(image.code[at])));
    text += "  " + std::to_string(at) + " " + row.name;
    auto place = at;
    for (char field : row.fields) {
      auto unit = image.code[++place];
      if (is_source(field) || is_register(field))
        text += " " + operand_text(image, unit);
      else if (is_label(field))
        text += unit == 0 ? " -" : " @" + std::to_string(place + unit);
      else
        text += " " + std::to_string(unit);
    }
    text += "\n";
    at += instruction_size(image.code.data() + at, row);
  }
  return text;
}

}  // namespace noderuntime
