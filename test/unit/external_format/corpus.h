// Reads the captured terms of test/data/etf.
#pragma once

#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include <noderuntime/bytes.h>
#include "test/unit/paths.h"

namespace noderuntime::test {

struct CorpusCase {
  std::string kind, name;
};

inline Buffer read_file(const std::string& path) {
  std::ifstream file{path, std::ios::binary};
  if (!file) throw std::runtime_error{"cannot read " + path};
  return Buffer{std::istreambuf_iterator<char>{file}, {}};
}

inline Buffer corpus_file(const std::string& name) { return read_file(test_data() + "/etf/" + name); }

inline std::vector<CorpusCase> corpus(const std::string& kind) {
  std::ifstream index{test_data() + "/etf/index.tsv"};
  std::vector<CorpusCase> cases;
  std::string line;
  for (std::getline(index, line); std::getline(index, line);) {
    std::istringstream fields{line};
    std::string id;
    CorpusCase found;
    std::getline(fields, id, '\t'), std::getline(fields, found.kind, '\t'),
        std::getline(fields, found.name, '\t');
    if (found.kind == kind) cases.push_back(found);
  }
  return cases;
}

}  // namespace noderuntime::test
