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
    for (std::string name, pattern; words >> name >> pattern;) form.parts.push_back({named(name), pattern});
    forms[static_cast<std::size_t>(form.parts[0].operation)].push_back(std::move(form));
  };
#define NODERUNTIME_FORM_ROW(name, parts) add(Operation::name, parts);
  NODERUNTIME_SPECIALISED_OPERATIONS(NODERUNTIME_FORM_ROW)
#undef NODERUNTIME_FORM_ROW
  return forms;
}

// Forms are chosen from front to back, so the operations from `at` on are still plain.
bool fits(const Form& form, const Code& code, std::uint32_t at) {
  std::uint32_t first_x = 0, first_label = 0;
  for (auto& part : form.parts) {
    if (at >= code.size() || code[at] != static_cast<std::uint32_t>(part.operation)) return false;
    std::uint32_t place = at;
    for (char kind : part.pattern) {
      std::uint32_t field = code[++place], file = field & Operand::file_mask, label = place + field;
      switch (kind) {
        case 'x':
          if (file != Operand::x) return false;
          if (first_x == 0) first_x = field + 1;
          break;
        case 'X':
          if (field + 1 != first_x) return false;
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
        default: break;
      }
    }
    at += size_of(code, at);
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
