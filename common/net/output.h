// Bytes for a descriptor that other programs may share, written without ever waiting for who reads them.
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "common/net/descriptor.h"
#include "common/net/descriptor_set.h"
#include "common/net/loop.h"
#include "noderuntime/result.h"

namespace noderuntime::net {

// Where the bytes of an Output go.
class OutputTarget {
 public:
  virtual ~OutputTarget() = default;
  // Writes as much of `bytes` as the reader has room for: 0, some or all of it. Never waits for the reader.
  virtual Result<std::size_t> write(std::string_view bytes) = 0;
  // Can be written when the reader has room again; -1: write() never gives less than it was asked for.
  virtual int descriptor() const = 0;
};

// `descriptor` is standard output or standard error, most often. It stays the caller's, and its flags are not
// changed, because they belong to everybody who has inherited it: O_NONBLOCK there would break the writes of
// the shell, of tee, of the parent. How it is written then depends on what it is (docs/decisions/0010):
//
//     socket                   send() with MSG_DONTWAIT
//     pipe, terminal           through an open file description of our own, with O_NONBLOCK
//     pipe, not ours to open   pages are given to it (vmsplice with SPLICE_F_NONBLOCK)
//     terminal, the same       through /dev/tty if it is the controlling one, else byte by byte after poll()
//     file, /dev/null          write(): the kernel takes the bytes, nobody has to read them
std::unique_ptr<OutputTarget> open_output(int descriptor);

// The system's logger at /dev/log: each write is one datagram, as syslog(3) sends it. A logger that was
// started again is found again; while there is none, write() is an error.
std::unique_ptr<OutputTarget> open_system_log();

// A queue in front of a target. What the reader has no room for waits, and is written by the loop when there
// is room, or else with the next write(). Loop thread only.
//
//     write("a")   ──►  target           while it has room
//     write("b")   ──►  waits            full(): more waits than `bound`; the caller holds back, or drops
//     room again   ──►  "b"; drained()   nothing waits any more
//
// Each piece is given to the target in one call, so that lines stay whole among those of other writers, as
// far as the kernel promises it (pipe(7): up to 4,096 bytes).
class Output {
 public:
  // What waits at the end is written for so long at most; the rest is lost.
  static constexpr std::chrono::milliseconds last_write_limit{500};

  // `bound`: bytes that may wait before it is full(). One piece more can lie behind it.
  Output(std::unique_ptr<OutputTarget> target, std::size_t bound);
  ~Output();  // finish(last_write_limit)
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  // Takes the piece, whatever its size. Error: nobody reads any more (EPIPE), the disk is full …; then the
  // piece and all that waited are lost, and the next write() tries again.
  Outcome write(std::string piece);
  // Writes what waits, as far as there is room now. Errors as write().
  Outcome write_waiting();
  bool full() const { return waiting_bytes_ > bound_; }
  std::size_t waiting() const { return waiting_bytes_; }  // bytes
  // How many pieces an error has lost since the last call.
  std::size_t take_lost() { return std::exchange(lost_, 0); }

  // From now on the loop writes what waits. `drained` is called when something waited and nothing does any
  // more: it was written, or it is lost. Before the loop ends: detach(); `drained` may call it too.
  void attach(Loop& loop, std::function<void()> drained);
  void detach();

  // Waits until everything is written, at most for `limit`. What is left then is dropped.
  void finish(std::chrono::milliseconds limit);

 private:
  Outcome try_waiting();
  void drop_waiting();
  void watch();
  void on_room();

  std::unique_ptr<OutputTarget> target_;
  std::size_t bound_;
  std::deque<std::string> pieces_;
  std::size_t written_of_first_ = 0;
  std::size_t waiting_bytes_ = 0;
  std::size_t lost_ = 0;  // pieces
  std::function<void()> drained_;
  Loop* loop_ = nullptr;
  std::unique_ptr<DescriptorSet> room_;  // null: no loop
  int watched_ = -1;                     // a descriptor in room_
  DescriptorSet::Key key_ = 0;
};

}  // namespace noderuntime::net
