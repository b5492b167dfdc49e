#include "noderuntime/tables/row.h"

#include <memory>
#include <new>

namespace noderuntime::tables {

Row* Row::create(Term object) {
  std::size_t size = size_in_words(object);
  void* memory = take_block(sizeof(Row) + size * sizeof(Word));
  if (!memory) throw HeapLimitExceeded{};
  std::unique_ptr<Row, void (*)(Row*)> row{new (memory) Row, destroy};
  row->words_ = sizeof(Row) / sizeof(Word) + size;
  row->object_ = copy_into(object, reinterpret_cast<Word*>(row.get() + 1), row->held_);
  return row.release();
}

void Row::destroy(Row* row) {
  for (OffHeapObject* object = row->held_; object; object = object->next) release_off_heap(object);
  give_block(row, row->words() * sizeof(Word));
}

}  // namespace noderuntime::tables
