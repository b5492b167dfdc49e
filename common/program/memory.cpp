#include "common/program/memory.h"

#include <malloc.h>

namespace noderuntime::program {

void keep_freed_memory() {
  mallopt(M_TRIM_THRESHOLD, static_cast<int>(kept_free_bytes));
  mallopt(M_MMAP_THRESHOLD, static_cast<int>(own_mapping_bytes));
}

}  // namespace noderuntime::program
