// What is in the tables of a node, page by page.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>

#include "noderuntime/observe/details.h"

namespace noderuntime::observe {

inline constexpr std::size_t most_objects = 50;  // of a page
inline constexpr std::int64_t most_object_bytes =
    20'000;  // in external form; of a larger object its size is told
inline constexpr std::int64_t page_bytes =
    4'000'000;  // that a node copies for a page: the larger the fewer rows
inline constexpr std::size_t most_kept_pages = 64;  // whose end is kept, of all nodes

// Pages of the objects of tables. A node of OTP gets a program of a few abstract forms for erl_eval:exprs/2, whose work
// is one ets:select/3 or /1, which yields: it runs with the priority `low`, and is killed above 64 MB of heap. A node of
// ours has a function for that.
//
// Tables are not fixed while somebody looks at them: an object that moves meanwhile may be shown twice, or not at all.
class TablePages {
 public:
  explicit TablePages(Questions& questions) : questions_{questions} {}

  //   table  its name, or #Ref<…> as ask_tables() tells it
  //   from   empty: the first page; otherwise the member "next" of the page before
  //   errors  not_allowed: the table is private; too_large: its objects are, on average, or more had to be copied than is
  //           allowed; not_found: no such table, or the page before is not kept any more
  void ask(Atom node, bool ours, const std::string& table, const std::string& from, Answer done);

 private:
  struct End {  // of a page
    std::string id;
    Atom node;
    Value table, continuation;
    std::size_t rows, shown;  // of each page; of all pages up to here
    std::int64_t count;       // of objects, when the first page was read
  };
  void read(End page, bool ours, bool first, Answer done);
  Value told(End page, Term answer);

  Questions& questions_;
  std::deque<End> ends_;
  std::uint64_t last_id_ = 0;
  std::shared_ptr<int> life_ = std::make_shared<int>(0);
};

}  // namespace noderuntime::observe
