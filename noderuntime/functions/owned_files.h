// The files that processes have opened, which are closed when their owners end.
#pragma once

#include <memory>
#include <unordered_map>

#include "noderuntime/term/layout.h"

namespace noderuntime {

class FileHandle;

// Its part of NodeState. Loop thread only.
class OwnedFiles {
 public:
  void add(Term owner, FileHandle& file) { files_.emplace(word_of(owner), &file); }
  void remove(Term owner, FileHandle& file);
  void close_all_of(Term owner);  // it has ended

 private:
  std::unordered_multimap<Word, FileHandle*> files_;
};

}  // namespace noderuntime
