// What the functions of persistent_term need. Implemented by machine/persistent_terms.
#pragma once

#include <functional>
#include <optional>

#include "noderuntime/functions/native.h"

namespace noderuntime {

// The values are shared: the process that reads one holds it in its state. Loop thread only.
class PersistentStore {
 public:
  virtual ~PersistentStore() = default;

  virtual std::optional<Term> get(ErlangState& state, Term key) = 0;  // nullopt: none
  virtual bool put(Term key, Term value) = 0;                         // false: no room
  virtual bool erase(Term key) = 0;                                   // false: it was not there
  // Calls start() and then visit() for each, piece by piece, as visit_in_pieces() (term/shared_walk.h). The key is
  // borrowed from here until visit() returns.
  virtual void visit_all(ErlangState& state, const std::function<void()>& start,
                         const std::function<void(Term key, Term value)>& visit) = 0;
  virtual std::size_t count() const = 0;
  virtual std::size_t bytes() const = 0;
};

}  // namespace noderuntime
