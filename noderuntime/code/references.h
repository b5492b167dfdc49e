// Finds out which code is in use: marks what frames and words of heaps point to.
#pragma once

#include <algorithm>
#include <span>
#include <unordered_set>
#include <vector>

#include "noderuntime/code/realm.h"

namespace noderuntime {

// Looks at words without knowing their meaning: whatever looks like a pointer to a suspect keeps it. So a
// module may stay longer than necessary, but a process never loses its code.
class CodeReferences {
 public:
  // Code that may be freed if nothing refers to it. All suspects must be added before the
  // first word is looked at.
  void suspect(const ModuleInstance& instance) {
    if (!instance.funs.empty())
      add(funs_, instance.funs.data(), instance.funs.data() + instance.funs.size(), &instance);
  }
  void suspect(const Image& image) {
    if (!image.literals.empty())
      add(literals_, image.literals.data(), image.literals.data() + image.literals.size(), &image);
  }

  void frame(const ModuleInstance* instance) { instances_.insert(instance), realms_.insert(instance->realm); }
  void words(std::span<const Word> words) {
    for (Word word : words) {
      if (literals_.spans(word)) {
        if (auto* found = literals_.at(word)) images_.insert(static_cast<const Image*>(found));
      } else if (word % sizeof(Word) == 0 && funs_.spans(word)) {
        if (auto* found = funs_.at(word)) frame(static_cast<const ModuleInstance*>(found));
      }
    }
  }

  bool refers_to(const ModuleInstance& instance) const { return instances_.contains(&instance); }
  bool refers_to(const Image& image) const { return images_.contains(&image); }
  bool refers_to(const Realm& realm) const { return realms_.contains(&realm); }

 private:
  struct Ranges {
    struct Range {
      Word begin, end;
      const void* of;
    };
    std::vector<Range> sorted;
    bool spans(Word word) const {
      return !sorted.empty() && word >= sorted.front().begin && word < sorted.back().end;
    }
    const void* at(Word word) const {
      auto behind = std::upper_bound(sorted.begin(), sorted.end(), word,
                                     [](Word left, const Range& right) { return left < right.begin; });
      return (behind - 1)->end > word ? (behind - 1)->of : nullptr;
    }
  };
  static void add(Ranges& ranges, const void* begin, const void* end, const void* of) {
    Ranges::Range range{reinterpret_cast<Word>(begin), reinterpret_cast<Word>(end), of};
    auto place = std::upper_bound(ranges.sorted.begin(), ranges.sorted.end(), range.begin,
                                  [](Word left, const Ranges::Range& right) { return left < right.begin; });
    ranges.sorted.insert(place, range);
  }

  Ranges funs_, literals_;
  std::unordered_set<const ModuleInstance*> instances_;
  std::unordered_set<const Realm*> realms_;
  std::unordered_set<const Image*> images_;
};

}  // namespace noderuntime
