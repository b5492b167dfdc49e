#include "common/net/resolver.h"

#include <algorithm>

#include "common/net/uv_support.h"

namespace noderuntime::net {

struct Resolution::Question {
  uv_getaddrinfo_t request;
  std::string host;
  std::function<void(Answer)> done;
  Resolution* asker;
};

namespace {
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
    : question_{new Question{{}, host, std::move(done), this}} {
  question_->request.data = question_;
  question_->request.loop = loop.raw();  // libuv sets it only if it accepts the request
  addrinfo hints{};
  hints.ai_family = to_system(want);
  hints.ai_socktype = SOCK_STREAM;
  auto finish = [](uv_getaddrinfo_t* request, int status, addrinfo* found) {
    std::unique_ptr<Question> question{static_cast<Question*>(request->data)};
    std::unique_ptr<addrinfo, decltype(&uv_freeaddrinfo)> answer{found, uv_freeaddrinfo};
    if (!question->asker) return;
    question->asker->question_ = nullptr;
    run_step(request->loop, [&] { question->done(to_answer(status, found, question->host)); });
  };
  auto service = std::to_string(port.value());
  int status = uv_getaddrinfo(loop.raw(), &question_->request, finish, host.c_str(), service.c_str(), &hints);
  if (status == 0) return;
  loop.later([question = question_, status, finish] { finish(&question->request, status, nullptr); });
}

std::vector<Address> Resolution::preferring(Address::Family family, std::vector<Address> addresses) {
  std::stable_partition(addresses.begin(), addresses.end(),
                        [&](const Address& address) { return address.family() == family; });
  return addresses;
}

Resolution::~Resolution() {
  if (!question_) return;
  question_->asker = nullptr;
  uv_cancel(reinterpret_cast<uv_req_t*>(&question_->request));
}

}  // namespace noderuntime::net
