// Output to a descriptor that other programs may share, without ever waiting for its reader.
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <noderuntime/result.h>
#include "common/net/descriptor.h"
#include "common/net/descriptor_set.h"
#include "common/net/loop.h"

namespace noderuntime::net {

// The destination of an Output.
class OutputTarget {
 public:
  virtual ~OutputTarget() = default;
  // Writes as much of `bytes` as the reader has room for: none, some or all of it. Does
  // not wait for the reader.
  virtual Result<std::size_t> write(std::string_view bytes) = 0;
  // Becomes writable when the reader has room again; -1: write() always takes everything.
  virtual int descriptor() const = 0;
};

// Opens a target for `descriptor`, usually standard output or standard error. The caller keeps the
// descriptor, and its flags are not changed, because they are shared with every process that has inherited
// it: O_NONBLOCK would break the writes of the shell, of tee, of the parent. How it is written depends on its
// kind (docs/decisions/0010):
//
//     socket                   send() with MSG_DONTWAIT
//     pipe, terminal           through an open file description of our own, with O_NONBLOCK
//     pipe we cannot open      pages are passed to it (vmsplice with SPLICE_F_NONBLOCK)
//     terminal we cannot open  through /dev/tty if it is the controlling one, else byte by byte after poll()
//     file, /dev/null          write(): the kernel takes the bytes without a reader
std::unique_ptr<OutputTarget> open_output(int descriptor);

// The system's logger at /dev/log: each write is one datagram, as with syslog(3). A restarted logger is found
// again; while there is none, write() is an error.
std::unique_ptr<OutputTarget> open_system_log();

// A queue in front of a target. Output that the reader has no room for waits; the loop writes it when there
// is room, and so does the next write(). Loop thread only.
//
//     write("a")   ──►  target           as long as it has room
//     write("b")   ──►  waits            full(): more than `bound` waits; the caller should pause, or drop
//     room again   ──►  "b"; drained()   nothing waits any more
//
// Each piece is passed to the target in one call, so that lines are not mixed with those of other writers, as
// far as the kernel guarantees that (pipe(7): up to 4,096 bytes).
class Output {
 public:
  // The time that the destructor takes at most to write what waits; the rest is lost.
  static constexpr std::chrono::milliseconds last_write_limit{500};

  // `bound`: bytes that may wait before it is full(); one more piece may exceed it.
  Output(std::unique_ptr<OutputTarget> target, std::size_t bound);
  ~Output();  // finish(last_write_limit)
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  // Takes the piece, whatever its size. Error: the reader is gone (EPIPE), the disk is full …; the piece and
  // everything that waited are lost, and the next write() tries again.
  Outcome write(std::string piece);
  // Writes what waits, as far as there is room. Errors as write().
  Outcome write_waiting();
  bool full() const { return waiting_bytes_ > bound_; }
  std::size_t waiting() const { return waiting_bytes_; }  // bytes
  // The number of pieces lost by errors since the last call.
  std::size_t take_lost() { return std::exchange(lost_, 0); }

  // Lets the loop write what waits. `drained` is called when the queue becomes empty, because it was written
  // or lost. Call detach() before the loop ends; `drained` may call it too.
  void attach(Loop& loop, std::function<void()> drained);
  void detach();

  // Waits until everything is written, for `limit` at most, and drops the rest.
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
