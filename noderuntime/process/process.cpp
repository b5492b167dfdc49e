#include "noderuntime/process/process.h"

namespace noderuntime {

Relations::Relations() = default;
Relations::~Relations() = default;

Process::Process() = default;
Process::~Process() = default;

Relations& Process::make_relations() {
  relations_ = std::make_unique<Relations>();
  return *relations_;
}

std::size_t Process::held_bytes() const {
  std::size_t bytes =
      sizeof(Process) + heap.held_bytes() + mailbox.held_bytes() + stack_words() * sizeof(Word) + timer_bytes;
  if (relations_) bytes += (relations_->rows() - relations_->peer_rows) * Relations::row_bytes;
  return bytes;
}

}  // namespace noderuntime
