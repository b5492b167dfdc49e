// Copies of terms that only the running process can reach.
#pragma once

#include <memory>

#include "noderuntime/term/heap.h"
#include "noderuntime/term/pace.h"

namespace noderuntime {

// The process can be paused meanwhile (pace.h): others may end.
inline OwnedTerm copy_at_pace(Term term) {
  MayPause here;
  return OwnedTerm::copy_of(term);
}
inline std::shared_ptr<OwnedTerm> keep_at_pace(Term term) {
  return std::make_shared<OwnedTerm>(copy_at_pace(term));
}

}  // namespace noderuntime
