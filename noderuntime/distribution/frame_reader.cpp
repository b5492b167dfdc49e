#include "noderuntime/distribution/frame_reader.h"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <string>
#include <utility>

#include "noderuntime/distribution/frame_layout.h"

namespace noderuntime::distribution {

namespace {

// Room for a whole fragment of OTP's and the bytes read ahead, without growing.
constexpr std::size_t first_room = std::size_t{72} << 10;
constexpr std::size_t grows_by = std::size_t{32} << 10;

}  // namespace

std::span<Byte> place_in(CountedBytes& bytes, std::size_t missing, std::size_t most) {
  make_room(bytes, std::min(missing, grows_by), most);
  return {bytes->data + bytes->used,
          std::min(missing + FrameReader::read_ahead, bytes->capacity - bytes->used)};
}

void make_room(CountedBytes& bytes, std::size_t more, std::size_t most) {
  if (!bytes) {
    bytes.reset(RefcBinary::create(std::min(most, std::max(more, first_room))));
    return;
  }
  if (bytes->capacity - bytes->used >= more) return;
  bytes->reserve(std::min(most, std::max(bytes->used + more, 2 * bytes->capacity)));
}

void add_bytes(CountedBytes& bytes, Bytes more, std::size_t most) {
  if (more.empty()) return;
  if (bytes && more.data() == bytes->data + bytes->used) {
    bytes->used += more.size();
    return;
  }
  make_room(bytes, more.size(), most);
  std::memcpy(bytes->data + bytes->used, more.data(), more.size());
  bytes->used += more.size();
}

void FrameReader::feed(Bytes input) {
  assert(input_.empty() && behind_.empty());
  kept_ = {};
  input_ = input.first(in_frame_ ? std::min(missing(), input.size()) : input.size());
  behind_ = input.subspan(input_.size());
  if (behind_.empty() || behind_.size() > read_ahead) return;
  // They may be behind a frame whose buffer will be given away, or will grow.
  std::ranges::copy(behind_, ahead().begin());
  behind_ = ahead().first(behind_.size());
}

void FrameReader::keep_input() {
  Buffer rest;
  rest.reserve(input_.size() + behind_.size());
  append(rest, input_);
  append(rest, behind_);
  kept_ = std::move(rest);
  input_ = kept_;
  behind_ = {};
}

std::span<Byte> FrameReader::ahead() {
  if (!ahead_) ahead_ = std::make_unique_for_overwrite<Byte[]>(read_ahead);
  return {ahead_.get(), read_ahead};
}

Result<std::optional<Frame>> FrameReader::next() {
  if (given_) gathered_.reset(), given_ = false;
  if (input_.empty()) input_ = std::exchange(behind_, {});
  if (!in_frame_) {
    auto whole = read_length();
    if (!whole) return whole.error();
    if (!*whole) return std::optional<Frame>{};
  }
  if (in_pieces_) return input_.empty() ? std::optional<Frame>{} : std::optional{piece(true)};
  large_ = length_ >= large;
  if (!gathered_ && input_.size() >= length_) {
    in_frame_ = false;
    auto bytes = input_.first(length_);
    input_ = input_.subspan(length_);
    return std::optional{Frame{bytes}};
  }
  if (!gathered_ && begins_fragment()) return std::optional{piece(false)};
  return gather();
}

bool FrameReader::begins_fragment() const {
  return input_.size() >= fragment_head && input_[0] == version && input_[1] == next_fragment;
}

Frame FrameReader::piece(bool goes_on) {
  auto bytes = input_.first(std::min(length_, input_.size()));
  input_ = input_.subspan(bytes.size());
  length_ -= bytes.size();
  in_frame_ = in_pieces_ = length_ > 0;
  return Frame{.bytes = bytes, .goes_on = goes_on, .missing = length_};
}

Result<bool> FrameReader::read_length() {
  auto take = std::min(input_.size(), sizeof length_bytes_ - length_have_);
  std::copy_n(input_.begin(), take, length_bytes_ + length_have_);
  input_ = input_.subspan(take);
  length_have_ += take;
  if (length_have_ < sizeof length_bytes_) return false;

  length_have_ = 0;
  length_ = 0;
  for (Byte byte : length_bytes_) length_ = length_ << 8 | byte;
  if (length_ > std::min(max_frame_, max_announced))
    return Error{Errc::too_large, "frame of " + std::to_string(length_) + " bytes"};
  in_frame_ = true;
  return true;
}

std::optional<Frame> FrameReader::gather() {
  auto taken = input_.first(std::min(missing(), input_.size()));
  add_bytes(gathered_, taken, length_ + read_ahead);
  input_ = input_.subspan(taken.size());
  if (missing() > 0) return std::nullopt;
  in_frame_ = false;
  given_ = true;
  return Frame{.bytes = {gathered_->data, gathered_->used}, .owner = gathered_.get()};
}

std::span<Byte> FrameReader::place() {
  if (!large_) return {};
  if (in_frame_ && gathered_) return place_in(gathered_, missing(), length_ + read_ahead);
  return ahead();
}

}  // namespace noderuntime::distribution
