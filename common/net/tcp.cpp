#include "common/net/tcp.h"

#include <fcntl.h>

#include <algorithm>
#include <cassert>
#include <cerrno>

#include "common/net/socket_address.h"
#include "common/net/uv_support.h"

namespace noderuntime::net {
namespace {
constexpr int much = 1 << 20;  // bytes; more than arrives during a pause of the loop

Result<Handle<uv_tcp_t>> open_tcp(Loop& loop, void* owner) {
  return open_handle<uv_tcp_t>(owner, [&](uv_tcp_t* fresh) { return uv_tcp_init(loop.raw(), fresh); });
}

using NameOfHandle = int (*)(const uv_tcp_t*, sockaddr*, int*);
Result<Address> name_of(const Handle<uv_tcp_t>& handle, NameOfHandle ask) {
  if (!handle) return uv_error(UV_EBADF);
  sockaddr_storage storage{};
  int size = sizeof storage;
  auto* address = reinterpret_cast<sockaddr*>(&storage);
  if (int status = ask(handle.get(), address, &size); status < 0) return uv_error(status);
  if (address->sa_family != AF_INET && address->sa_family != AF_INET6)
    return Error{Errc::system, "not an internet socket"};
  return Address::from_socket_address(address);
}

int descriptor_of(const Handle<uv_tcp_t>& handle) {
  if (!handle) return -1;
  uv_os_fd_t descriptor = -1;
  return uv_fileno(as_handle(handle), &descriptor) == 0 ? descriptor : -1;
}

Error end_error(int status) {
  return status == UV_EOF ? Error{Errc::connection_closed, ""} : uv_error(status);
}

std::vector<uv_buf_t> to_uv(const std::vector<Segment>& segments) {
  std::vector<uv_buf_t> buffers;
  buffers.reserve(segments.size());
  for (const auto& segment : segments) {
    auto bytes = segment.bytes();
    if (bytes.empty()) continue;
    auto* data = reinterpret_cast<char*>(const_cast<Byte*>(bytes.data()));  // libuv only reads it
    buffers.push_back({data, bytes.size()});  // uv_buf_init would cut the size to 32 bits
  }
  return buffers;
}

// Removes the written bytes from the front.
void advance(std::vector<uv_buf_t>& buffers, std::size_t written) {
  std::size_t whole = 0;
  while (whole < buffers.size() && written >= buffers[whole].len) written -= buffers[whole++].len;
  buffers.erase(buffers.begin(), buffers.begin() + static_cast<std::ptrdiff_t>(whole));
  if (written == 0) return;
  buffers.front().base += written;
  buffers.front().len -= written;
}
}  // namespace

struct TcpStream::WriteRequest {
  uv_write_t request;
  std::vector<Segment> segments;
};

TcpStream::TcpStream(Loop& loop) : loop_{loop} {
  handle_ = std::move(open_tcp(loop, this)).value();  // creates no socket yet, so it cannot fail
}

TcpStream::~TcpStream() {
  assert(calls_ == 0 && "a stream was destroyed inside its own callback");
  loop_.note_close(*this);
}

void TcpStream::close() {
  ended_ = true;
  reads_ = false;
  write_failed_ = true;
  life_.reset();
  loop_.note_close(*this);
  handle_.reset();
}

Result<std::unique_ptr<TcpStream>> TcpStream::adopt(Loop& loop, int descriptor) {
  auto stream = std::make_unique<TcpStream>(loop);
  if (int status = uv_tcp_open(stream->handle_.get(), descriptor); status < 0) return uv_error(status);
  return stream;
}

template <class Callback, class... Arguments>
void TcpStream::call(const Callback& callback, Arguments&&... arguments) {
  if (!callback) return;
  ++calls_;
  callback(std::forward<Arguments>(arguments)...);
  --calls_;
}

void TcpStream::connect(const Address& to, std::function<void(Outcome)> connected) {
  connected_ = std::move(connected);
  auto address = to_socket_address(to);
  auto request = std::make_unique<uv_connect_t>();
  auto finish = [](uv_connect_t* finished, int status) {
    std::unique_ptr<uv_connect_t> request{finished};
    auto* stream = static_cast<TcpStream*>(request->handle->data);
    if (stream)
      run_step(request->handle->loop, "a connection is made", [&] { stream->on_connected(status); });
  };
  int status =
      uv_tcp_connect(request.get(), handle_.get(), reinterpret_cast<const sockaddr*>(&address), finish);
  if (status == 0) {
    (void)request.release();
    return;
  }
  // Refused at once: reported in the next turn, if the stream still exists.
  loop_.later([this, life = std::weak_ptr<void>{life_}, status] {
    if (!life.expired()) on_connected(status);
  });
}

void TcpStream::on_connected(int status) {
  auto callback = std::exchange(connected_, nullptr);
  call(callback, status < 0 ? Outcome{uv_error(status)} : Outcome{done});
}

void TcpStream::start(Events events) {
  events_ = std::move(events);
  reads_ = true;
  start_reading();
}

void TcpStream::stop_reading() {
  reads_ = false;
  if (handle_) uv_read_stop(as_stream(handle_));
}

void TcpStream::read_on() {
  if (ended_) return;
  reads_ = true;
  start_reading();
}

void TcpStream::start_reading() {
  if (!reads_) return;
  auto allocate = [](uv_handle_t* handle, std::size_t, uv_buf_t* buffer) {
    auto* stream = static_cast<TcpStream*>(handle->data);
    std::span<Byte> space;
    if (stream->events_.space) run_step(handle->loop, "input", [&] { space = stream->events_.space(); });
    stream->has_place_ = !space.empty();
    if (space.empty()) space = stream->loop_.read_buffer();
    *buffer = uv_buf_init(reinterpret_cast<char*>(space.data()), static_cast<unsigned>(space.size()));
  };
  auto on_read = [](uv_stream_t* handle, ssize_t count, const uv_buf_t* buffer) {
    auto* stream = static_cast<TcpStream*>(handle->data);
    if (!stream) return;
    auto bytes = static_cast<std::size_t>(std::max<ssize_t>(0, count));
    if (count > 0) stream->note_read(bytes, bytes == buffer->len);
    run_step(handle->loop, "input", [&] {
      if (count > 0)  // may close the stream
        stream->call(stream->events_.read, Bytes{reinterpret_cast<const Byte*>(buffer->base), bytes});
      if (count < 0) stream->end(end_error(static_cast<int>(count)));
    });
  };
  if (int status = uv_read_start(as_stream(handle_), allocate, on_read); status < 0 && status != UV_EALREADY)
    assert(!"start() needs a connected stream");
}

// libuv reads up to 32 times in a row. All others wait meanwhile, so that a sender of much is read in parts.
void TcpStream::note_read(std::size_t bytes, bool more_waits) {
  loop_.note_read(*this, bytes, has_place_);
  read_at_once_ = more_waits ? read_at_once_ + bytes : 0;
  if (read_at_once_ < most_at_once) return;
  read_at_once_ = 0;
  uv_read_stop(as_stream(handle_));
  loop_.later([this, life = std::weak_ptr<void>{life_}] {
    if (!life.expired()) start_reading();
  });
}

void TcpStream::end(Error error) {
  if (std::exchange(ended_, true)) return;
  stop_reading();
  call(events_.ended, std::move(error));
}

void TcpStream::write(std::vector<Segment> segments) {
  if (write_failed_) return;
  auto request = std::make_unique<WriteRequest>();
  request->segments = std::move(segments);
  auto buffers = to_uv(request->segments);
  if (buffers.empty()) return;
  loop_.note_write();
  int written = uv_try_write(as_stream(handle_), buffers.data(), static_cast<unsigned>(buffers.size()));
  if (written > 0) advance(buffers, static_cast<std::size_t>(written));
  if (buffers.empty()) return;
  request->request.data = request.get();
  auto finish = [](uv_write_t* finished, int status) {
    std::unique_ptr<WriteRequest> request{static_cast<WriteRequest*>(finished->data)};
    auto* stream = static_cast<TcpStream*>(finished->handle->data);
    if (stream) run_step(finished->handle->loop, "output", [&] { stream->on_written(status); });
  };
  int status = uv_write(&request->request, as_stream(handle_), buffers.data(),
                        static_cast<unsigned>(buffers.size()), finish);
  if (status == 0) (void)request.release();
  assert(status == 0 && "write() needs a connected stream");
}

void TcpStream::on_written(int status) {
  if (write_failed_) return;
  if (status < 0) {
    write_failed_ = true;  // libuv keeps the requests behind the failed one; they will not be written
    end(uv_error(status));
  }
  if (pending_output() == 0) call(events_.drained);
}

std::size_t TcpStream::pending_output() const {
  return write_failed_ ? 0 : uv_stream_get_write_queue_size(as_stream(handle_));
}

void TcpStream::finish_output() {
  if (write_failed_) return;
  auto request = std::make_unique<uv_shutdown_t>();
  auto finish = [](uv_shutdown_t* finished, int) { delete finished; };
  if (uv_shutdown(request.get(), as_stream(handle_), finish) == 0) (void)request.release();
}

bool TcpStream::has_news() const {
  Byte next;
  auto count = recv(descriptor(), &next, 1, MSG_PEEK | MSG_DONTWAIT);
  return count >= 0 || (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
}

void TcpStream::set_no_delay(bool on) {
  if (handle_) uv_tcp_nodelay(handle_.get(), on ? 1 : 0);
}
void TcpStream::await_much(bool on) {
  int bytes = on ? much : 1;
  if (handle_) setsockopt(descriptor(), SOL_SOCKET, SO_RCVLOWAT, &bytes, sizeof bytes);
}
Result<Address> TcpStream::peer() const { return name_of(handle_, uv_tcp_getpeername); }
Result<Address> TcpStream::local() const { return name_of(handle_, uv_tcp_getsockname); }
int TcpStream::descriptor() const { return descriptor_of(handle_); }

Result<std::unique_ptr<TcpListener>> TcpListener::open(Loop& loop, const Address& on, Options options,
                                                       Accepted accepted) {
  std::unique_ptr<TcpListener> listener{new TcpListener{loop, std::move(accepted)}};
  // creates no socket yet, so it cannot fail
  listener->handle_ = std::move(open_tcp(loop, listener.get())).value();
  auto address = to_socket_address(on);
  unsigned flags = on.family() == Address::Family::v6 && options.only_ipv6 ? UV_TCP_IPV6ONLY : 0;
  int status = uv_tcp_bind(listener->handle_.get(), reinterpret_cast<const sockaddr*>(&address), flags);
  if (status < 0) return uv_error(status);
  if (options.no_delay) uv_tcp_nodelay(listener->handle_.get(), 1);
  if (auto listening = listener->listen(options.backlog); !listening) return listening.error();
  return listener;
}

Result<std::unique_ptr<TcpListener>> TcpListener::open_in_range(Loop& loop, const Address& on, Port first,
                                                                Port last, Options options,
                                                                Accepted accepted) {
  for (unsigned port = first.value(); port < last.value(); ++port) {
    auto listener = open(loop, on.with_port(Port{static_cast<std::uint16_t>(port)}), options, accepted);
    if (listener || !is_address_in_use(listener.error())) return listener;
  }
  return open(loop, on.with_port(last), options, std::move(accepted));
}

Result<std::unique_ptr<TcpListener>> TcpListener::adopt(Loop& loop, int descriptor, Options options,
                                                        Accepted accepted) {
  std::unique_ptr<TcpListener> listener{new TcpListener{loop, std::move(accepted)}};
  listener->handle_ = std::move(open_tcp(loop, listener.get())).value();
  if (int status = uv_tcp_open(listener->handle_.get(), descriptor); status < 0) return uv_error(status);
  fcntl(descriptor, F_SETFD, FD_CLOEXEC);
  if (options.no_delay) uv_tcp_nodelay(listener->handle_.get(), 1);
  if (auto listening = listener->listen(options.backlog); !listening) return listening.error();
  return listener;
}

TcpListener::~TcpListener() = default;

Outcome TcpListener::listen(int backlog) {
  int status = uv_listen(as_stream(handle_), backlog, [](uv_stream_t* handle, int status) {
    auto* listener = static_cast<TcpListener*>(handle->data);
    if (listener) run_step(handle->loop, "a new connection", [&] { listener->on_connection(status); });
  });
  if (status < 0) return uv_error(status);
  return done;
}

// libuv accepts until no connection waits. All others wait meanwhile, so that a crowd is accepted in parts: a
// connection that is not taken stops libuv.
void TcpListener::on_connection(int status) {
  if (auto now = uv_now(loop_.raw()); now != accepts_since_) accepts_since_ = now, accepted_at_once_ = 0;
  if (status < 0 || ++accepted_at_once_ <= most_at_once) return accept(status);
  loop_.later([this, life = std::weak_ptr<void>{life_}] {
    if (life.expired()) return;
    accepted_at_once_ = 1;
    accept(0);
  });
}

void TcpListener::accept(int status) {
  auto stream = std::make_unique<TcpStream>(loop_);
  if (status == 0) status = uv_accept(as_stream(handle_), as_stream(stream->handle_));
  if (status == 0) return accepted_(std::move(stream));
  if (failed_) failed_(uv_error(status));
}

Result<Address> TcpListener::local() const { return name_of(handle_, uv_tcp_getsockname); }
int TcpListener::descriptor() const { return descriptor_of(handle_); }

bool is_address_in_use(const Error& error) { return error.system == EADDRINUSE; }
bool is_missing_family(const Error& error) { return error.system == EAFNOSUPPORT; }

}  // namespace noderuntime::net
