// A connection that carries bytes both ways: over TCP alone, or with TLS on it.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include <noderuntime/bytes.h>
#include <noderuntime/result.h>
#include "common/net/address.h"
#include "common/net/segment.h"

namespace noderuntime::net {

// Destroying a stream closes it: pending output is lost. Loop thread only.
class Stream {
 public:
  // Called on the loop thread, never from inside a call of the stream's functions. No event may destroy the
  // stream (see Loop::drop_later). Empty functions are not called.
  struct Events {
    std::function<void(Bytes)> read;  // the bytes are valid until it returns
    std::function<void()> drained;    // the pending output has become empty: written, or lost after an error
    // Once: connection_closed (end of stream), system, or an error of TLS. No read follows. After an end of
    // stream one can still write, and `drained` still comes.
    std::function<void(Error)> ended;
    // Where the next bytes, a part of something large, are to be read to; empty: a buffer of the loop.
    std::function<std::span<Byte>()> space;
  };

  virtual ~Stream() = default;
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  virtual void start(Events events) = 0;  // sets the events and starts reading; for a connected stream
  virtual void stop_reading() = 0;        // `read` is not called again until read_on()
  virtual void read_on() = 0;             // after stop_reading(); nothing is read inside of the call

  // Writes at once as much as the kernel takes; the rest is pending. Errors come by `ended`.
  virtual void write(std::vector<Segment> segments) = 0;
  void write(Buffer bytes) {
    std::vector<Segment> segments;
    segments.emplace_back(std::move(bytes));
    write(std::move(segments));
  }
  virtual std::size_t pending_output() const = 0;  // bytes not yet in the kernel
  virtual std::size_t held_bytes() const = 0;      // memory of its own, without pending output
  virtual void finish_output() = 0;                // sends the end of stream after the pending output

  virtual void set_no_delay(bool on) = 0;
  virtual Result<Address> peer() const = 0;
  // Whether the other side proved to be on this host. Error certificate_host or certificate_missing; without TLS
  // nothing is proved, and there is no error.
  virtual Outcome vouches_for(const std::string& host) const = 0;

 protected:
  Stream() = default;
};

}  // namespace noderuntime::net
