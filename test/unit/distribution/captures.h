// Reads recorded connections between real nodes (test/data/dist), and the fields of their handshakes.
#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include "noderuntime/distribution/handshake.h"
#include "test/unit/paths.h"

namespace noderuntime::distribution::test {

struct Row {  // a row of the .tsv file: one frame
  bool from_a;
  std::size_t offset, length;
  std::string text;
};

struct Capture {
  std::string name;
  Buffer from_a, from_b;  // a connects to b
  std::vector<Row> rows;
};

inline Buffer read_file(const std::filesystem::path& path) {
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, std::istreambuf_iterator<char>{}};
}

inline Capture read_capture(const std::filesystem::path& tsv) {
  auto stem = tsv.string().substr(0, tsv.string().size() - 4);
  Capture capture{tsv.parent_path().filename().string() + "/" + tsv.stem().string(),
                  read_file(stem + ".c2s.bin"),
                  read_file(stem + ".s2c.bin"),
                  {}};
  std::ifstream file{tsv};
  std::string line, time, direction, offset, length;
  std::getline(file, line);  // titles
  while (std::getline(file, line)) {
    std::istringstream fields{line};
    Row row{};
    std::getline(fields, time, '\t');
    std::getline(fields, direction, '\t');
    std::getline(fields, offset, '\t');
    std::getline(fields, length, '\t');
    std::getline(fields, row.text);
    row.from_a = direction == "c2s";
    row.offset = std::stoul(offset);
    row.length = std::stoul(length);
    capture.rows.push_back(row);
  }
  return capture;
}

inline Capture capture(const std::string& name) {
  return read_capture(std::filesystem::path{noderuntime::test::test_data()} / "dist" / (name + ".tsv"));
}

// All captures in which the handshake succeeds.
inline std::vector<Capture> complete_captures() {
  std::vector<Capture> all;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator{noderuntime::test::test_data() + "/dist"}) {
    if (entry.path().extension() != ".tsv") continue;
    auto capture = read_capture(entry.path());
    bool complete = false;
    for (const auto& row : capture.rows) complete |= row.text.starts_with("HS a challenge_ack");
    if (complete) all.push_back(std::move(capture));
  }
  return all;
}

// The fields of a recorded handshake, read without the code under test.
struct Recorded {
  std::string name_a, name_b, status;
  Flags flags_a, flags_b;
  Creation creation_a, creation_b;
  Challenge challenge_a, challenge_b;
  std::size_t length_a = 0, length_b = 0;  // of the handshake in each direction
};

inline Recorded recorded_handshake(const Capture& capture) {
  Recorded result;
  for (const auto& row : capture.rows) {
    if (!row.text.starts_with("HS ")) continue;
    Reader in{Bytes{row.from_a ? capture.from_a : capture.from_b}.subspan(row.offset + 2, row.length - 2)};
    switch (in.u8()) {
      case 'N':
        if (row.from_a) {
          result.flags_a = Flags{in.u64()};
          result.creation_a = Creation{in.u32()};
          result.name_a = in.string(in.u16());
        } else {
          result.flags_b = Flags{in.u64()};
          result.challenge_b = Challenge{in.u32()};
          result.creation_b = Creation{in.u32()};
          result.name_b = in.string(in.u16());
        }
        break;
      case 'n':
        in.u16();
        result.flags_a = Flags{in.u32()};
        result.name_a = as_text(in.rest());
        break;
      case 'c':
        result.flags_a = result.flags_a | Flags{std::uint64_t{in.u32()} << 32};
        result.creation_a = Creation{in.u32()};
        break;
      case 's':
        if (!row.from_a) result.status = as_text(in.rest());
        break;
      case 'r': result.challenge_a = Challenge{in.u32()}; break;
    }
    (row.from_a ? result.length_a : result.length_b) = row.offset + row.length;
  }
  return result;
}

}  // namespace noderuntime::distribution::test
