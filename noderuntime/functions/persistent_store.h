// What the functions of persistent_term need. Implemented by machine/persistent_terms.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "noderuntime/functions/native.h"

namespace noderuntime {

// The values are shared: the process that reads one holds it in its state. Loop thread only.
class PersistentStore {
 public:
  virtual ~PersistentStore() = default;

  virtual std::optional<Term> get(ErlangState& state, Term key) = 0;       // nullopt: none
  virtual bool put(Term key, Term value) = 0;                              // false: no room
  virtual bool erase(Term key) = 0;                                        // false: it was not there
  virtual std::vector<std::pair<Term, Term>> all(ErlangState& state) = 0;  // the keys are borrowed from here
  virtual std::size_t count() const = 0;
  virtual std::size_t bytes() const = 0;
};

}  // namespace noderuntime
