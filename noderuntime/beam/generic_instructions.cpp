#include "noderuntime/beam/generic_instructions.h"

#include <iterator>
#include <string_view>

#include "noderuntime/beam/operations.h"

namespace noderuntime {

namespace {

constexpr bool translated = true, unused = false;

constexpr GenericRow generic_rows[] = {{"none", 0, false},
#define NODERUNTIME_GENERIC_ROW(number, name, arity, state) {#name, arity, state},
                                       NODERUNTIME_GENERIC_INSTRUCTIONS(NODERUNTIME_GENERIC_ROW)
#undef NODERUNTIME_GENERIC_ROW
};

constexpr OperationRow operation_rows[] = {
#define NODERUNTIME_OPERATION_ROW(name, layout) {#name, layout},
    NODERUNTIME_OPERATIONS(NODERUNTIME_OPERATION_ROW)
#undef NODERUNTIME_OPERATION_ROW
};

// The operation in the first word of a form's row.
constexpr Operation first_of(std::string_view parts) {
  auto name = parts.substr(0, parts.find(' '));
  std::uint32_t number = 0;
  while (name != operation_rows[number].name) ++number;
  return static_cast<Operation>(number);
}

constexpr Operation first_of_forms[] = {
#define NODERUNTIME_FIRST_OF_FORM(name, parts) first_of(parts),
    NODERUNTIME_FORMS(NODERUNTIME_FIRST_OF_FORM)
#undef NODERUNTIME_FIRST_OF_FORM
};

}  // namespace

const GenericRow* generic_row(unsigned number) {
  return number >= 1 && number < std::size(generic_rows) ? &generic_rows[number] : nullptr;
}

const OperationRow& operation_row(Operation plain) {
  return operation_rows[static_cast<std::uint32_t>(plain)];
}

Operation plain_operation(Operation operation) {
  if (operation < Operation::plain_count) return operation;
  return first_of_forms[static_cast<std::uint32_t>(operation) -
                        static_cast<std::uint32_t>(Operation::plain_count)];
}

std::uint32_t operation_rest(const std::uint32_t* code, std::uint32_t at, Operation operation) {
  std::uint32_t count = code[at - 1];
  switch (operation) {
    case Operation::put_tuple:
    case Operation::make_fun:
    case Operation::has_map_fields: return count;
    case Operation::update_record:
    case Operation::put_map_assoc:
    case Operation::put_map_exact:
    case Operation::get_map_elements:
    case Operation::select_arity: return 2 * count;
    case Operation::select_word:
    case Operation::select_term:
    case Operation::select_dense: return code[at - 2];
    case Operation::bs_create_bin: return 3 * count;
    default: return 0;
  }
}

}  // namespace noderuntime
