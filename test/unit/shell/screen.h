// A terminal for tests: what a line editor's output makes of its screen.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "common/wire/utf8.h"

namespace noderuntime::test {

// The columns of characters that the tests use.
inline int width_of(char32_t character) {
  if (character == 0x301 || character == 0x200D) return 0;
  if (character < 0x20 || character == 0x7F) return -1;
  return character >= 0x1100 ? 2 : 1;
}

// Follows xterm: a line that is full wraps when the next character comes. Output modes are those of a terminal, where
// a line feed also returns to the first column.
class Screen {
 public:
  explicit Screen(std::size_t columns) : columns_{columns}, rows_(1) {}

  void write(std::string_view output) {
    for (std::size_t at = 0; at < output.size();) {
      if (output[at] == '\x1b' && output.substr(at, 2) == "\x1b[") {
        std::size_t count = 0;
        for (at += 2; output[at] >= '0' && output[at] <= '9'; ++at) count = count * 10 + (output[at] - '0');
        control(output[at++], count);
        continue;
      }
      auto character = utf8::next(output, at);
      put(character.value_or('?'));
    }
  }

  // The rows as far as there is text, joined with '|'; the cursor is '_'.
  std::string text() const {
    std::string all;
    for (std::size_t row = 0; row < rows_.size(); ++row) {
      if (row > 0) all += '|';
      for (std::size_t column = 0; column < rows_[row].size() || (row == row_ && column <= column_);
           ++column) {
        if (row == row_ && column == column_) all += '_';
        if (column < rows_[row].size())
          all += rows_[row][column];
        else if (column < column_)
          all += ' ';
      }
    }
    return all;
  }

 private:
  void control(char final, std::size_t count) {
    std::size_t steps = count == 0 ? 1 : count;
    if (final == 'A') row_ -= std::min(row_, steps);
    if (final == 'B') down(steps);
    if (final == 'C') column_ = std::min(column_ + steps, columns_ - 1);
    if (final == 'H') row_ = column_ = 0;
    if (final == 'J' && count == 2) rows_.assign(row_ + 1, {});
    if (final == 'J' && count == 0) {
      rows_.resize(row_ + 1);
      if (rows_[row_].size() > column_) rows_[row_].resize(column_);
    }
  }
  void down(std::size_t steps) {
    row_ += steps;
    if (rows_.size() <= row_) rows_.resize(row_ + 1);
  }
  void put(char32_t character) {
    if (character == '\r') {
      column_ = 0;
      return;
    }
    if (character == '\n') {
      column_ = 0;
      return down(1);
    }
    auto width = static_cast<std::size_t>(std::max(width_of(character), 0));
    std::string bytes;
    utf8::append(bytes, character);
    if (width == 0) {
      if (column_ > 0 && column_ <= rows_[row_].size()) rows_[row_][column_ - 1] += bytes;
      return;
    }
    if (column_ + width > columns_) put('\n');
    auto& cells = rows_[row_];
    if (cells.size() < column_ + width) cells.resize(column_ + width, " ");
    cells[column_] = bytes;
    for (std::size_t more = 1; more < width; ++more) cells[column_ + more].clear();
    column_ += width;
  }

  std::size_t columns_, row_ = 0, column_ = 0;
  std::vector<std::vector<std::string>> rows_;  // a cell behind a wide character is empty
};

}  // namespace noderuntime::test
