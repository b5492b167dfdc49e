#include "common/net/resolver.h"

#include <algorithm>

#include "common/net/uv_support.h"

namespace noderuntime::net {

struct Resolution::Query {
  uv_getaddrinfo_t request;
  std::string host;
  std::function<void(Answer)> done;
  Resolution* asker;
};

namespace {
constexpr std::size_t longest_host = 1024;  // bytes; name servers know 253 characters

Resolution::Answer to_answer(int status, const addrinfo* found, const std::string& host) {
  if (status < 0) return Error{Errc::unknown_host, host + ": " + uv_strerror(status)};
  std::vector<Address> addresses;
  for (; found; found = found->ai_next)
    if (found->ai_family == AF_INET || found->ai_family == AF_INET6)
      addresses.push_back(Address::from_socket_address(found->ai_addr));
  if (addresses.empty()) return Error{Errc::unknown_host, host};
  return addresses;
}

int to_system(Resolution::Want want) {
  switch (want) {
    case Resolution::Want::v4: return AF_INET;
    case Resolution::Want::v6: return AF_INET6;
    case Resolution::Want::any: return AF_UNSPEC;
  }
  return AF_UNSPEC;
}
}  // namespace

Resolution::Resolution(Loop& loop, const std::string& host, Port port, Want want,
                       std::function<void(Answer)> done)
    : query_{new Query{{}, host, std::move(done), this}} {
  query_->request.data = query_;
  query_->request.loop = loop.raw();  // libuv sets it only if it accepts the request
  addrinfo hints{};
  hints.ai_family = to_system(want);
  hints.ai_socktype = SOCK_STREAM;
  auto finish = [](uv_getaddrinfo_t* request, int status, addrinfo* found) {
    std::unique_ptr<Query> query{static_cast<Query*>(request->data)};
    std::unique_ptr<addrinfo, decltype(&uv_freeaddrinfo)> answer{found, uv_freeaddrinfo};
    if (!query->asker) return;
    query->asker->query_ = nullptr;
    run_step(request->loop, "the answer of the resolver",
             [&] { query->done(to_answer(status, found, query->host)); });
  };
  auto service = std::to_string(port.value());
  // libuv writes the name for the name server on this thread, in a time that grows with the square of its length.
  int status = host.size() > longest_host ? UV_EAI_NONAME
                                          : uv_getaddrinfo(loop.raw(), &query_->request, finish, host.c_str(),
                                                           service.c_str(), &hints);
  if (status == 0) return;
  loop.later([query = query_, status, finish] { finish(&query->request, status, nullptr); });
}

std::vector<Address> Resolution::preferring(Address::Family family, std::vector<Address> addresses) {
  std::stable_partition(addresses.begin(), addresses.end(),
                        [&](const Address& address) { return address.family() == family; });
  return addresses;
}

Resolution::~Resolution() {
  if (!query_) return;
  query_->asker = nullptr;
  uv_cancel(reinterpret_cast<uv_req_t*>(&query_->request));
}

}  // namespace noderuntime::net
