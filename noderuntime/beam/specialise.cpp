#include "noderuntime/beam/specialise.h"

#include <array>
#include <sstream>
#include <string>
#include <vector>

#include "noderuntime/beam/operation_rows.h"

namespace noderuntime {

namespace {

using Code = std::vector<std::uint32_t>;

// The number of units of the plain instruction at `at`.
std::uint32_t size_of(const Code& code, std::uint32_t at) {
  return instruction_size(code.data() + at, operation_row(static_cast<Operation>(code[at])));
}

struct Form {
  struct Part {
    Operation operation;
    std::string pattern;
    std::uint32_t offset;  // from the first part; all parts but the last have a fixed size
  };
  Operation number;
  std::vector<Part> parts;
};

Operation named(const std::string& name) {
  std::uint32_t number = 0;
  while (name != operation_row(static_cast<Operation>(number)).name) ++number;
  return static_cast<Operation>(number);
}

using FormsByFirst = std::array<std::vector<Form>, static_cast<std::size_t>(Operation::plain_count)>;

FormsByFirst read_table() {
  FormsByFirst forms;
  auto add = [&](Operation number, const char* text) {
    Form form{number, {}};
    std::istringstream words{text};
    std::uint32_t offset = 0;
    for (std::string name, pattern; words >> name >> pattern;) {
      form.parts.push_back({named(name), pattern, offset});
      offset += operation_row(form.parts.back().operation).size;
    }
    forms[static_cast<std::size_t>(form.parts[0].operation)].push_back(std::move(form));
  };
#define NODERUNTIME_FORM_ROW(name, parts) add(Operation::name, parts);
  NODERUNTIME_SPECIALISED_OPERATIONS(NODERUNTIME_FORM_ROW)
#undef NODERUNTIME_FORM_ROW
  return forms;
}

bool only_copies_terms(Operation operation) {
  using enum Operation;
  return operation == move || operation == init_y || operation == get_tuple_element ||
         operation == get_list || operation == get_hd || operation == get_tl;
}

// Whether all words of the frame that the allocate at `at` makes are written before something else than a copy comes,
// which might let others look at the frame. A label in between does not matter: who jumps there has such a frame already.
bool writes_whole_frame(const Code& code, std::uint32_t at) {
  constexpr std::uint32_t most = 64;
  std::uint32_t words = code[at + 1];
  if (words > most) return false;
  std::uint64_t missing = words == most ? ~std::uint64_t{0} : (std::uint64_t{1} << words) - 1;
  for (at += size_of(code, at); missing != 0 && at < code.size(); at += size_of(code, at)) {
    auto operation = static_cast<Operation>(code[at]);
    if (!only_copies_terms(operation)) return false;
    std::uint32_t place = at;
    for (char field : operation_row(operation).fields) {
      std::uint32_t unit = code[++place];
      bool is_y = field != 'n' && (unit & Operand::file_mask) == Operand::y;
      if (is_y && is_source(field) && (missing >> (unit >> 3) & 1) != 0) return false;
      if (is_y && is_register(field)) missing &= ~(std::uint64_t{1} << (unit >> 3));
    }
  }
  return missing == 0;
}

// Forms are chosen from front to back, so the operations from `at` on are still plain.
bool fits(const Form& form, const Code& code, std::uint32_t at) {
  for (auto& part : form.parts) {
    auto place = at + part.offset;
    if (place >= code.size() || code[place] != static_cast<std::uint32_t>(part.operation)) return false;
  }
  std::uint32_t first_x = 0, first_label = 0;
  for (auto& part : form.parts) {
    std::uint32_t place = at + part.offset;
    for (char kind : part.pattern) {
      if (kind == '-') break;
      std::uint32_t field = code[++place], file = field & Operand::file_mask, label = place + field;
      switch (kind) {
        case 'x':
          if (file != Operand::x) return false;
          if (first_x == 0) first_x = field + 1;
          break;
        case 'X':
          if (field + 1 != first_x) return false;
          break;
        case 'z':
          if (file != Operand::x || field + 1 == first_x) return false;
          break;
        case 'w':
          if (!writes_whole_frame(code, at + part.offset)) return false;
          break;
        case 'y':
          if (file != Operand::y) return false;
          break;
        case 'c':
          if (file != Operand::constant) return false;
          break;
        case 'l':
          if (field == 0) return false;
          if (first_label == 0) first_label = label;
          break;
        case 'L':
          if (field == 0 || label != first_label) return false;
          break;
        default:
          if (kind >= '1' && kind <= '9' && field != static_cast<std::uint32_t>(kind - '0')) return false;
      }
    }
  }
  return true;
}

}  // namespace

void specialise(Image& image) {
  static const FormsByFirst forms = read_table();
  auto& code = image.code;
  for (std::uint32_t at = 0; at < code.size();) {
    std::uint32_t size = size_of(code, at);
    for (auto& form : forms[code[at]]) {
      if (!fits(form, code, at)) continue;
      code[at] = static_cast<std::uint32_t>(form.number);
      break;
    }
    at += size;
  }
}

}  // namespace noderuntime
