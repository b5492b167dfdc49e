// Who may use the page: only browsers on this host that were given its address, with the token in it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/http/message.h"

namespace noderuntime::observe {

// Checks each request. A value without I/O.
//
// A page of another site can make the browser send requests here, also under a name of its own that it points at this
// address (DNS rebinding). So the Host has to be an address of this host with our port; an Origin has to be the same;
// and every request has to carry the token: in its address, in the cookie that the answer to that sets (HttpOnly,
// SameSite=Strict), or as `Authorization: Bearer TOKEN`.
class Gate {
 public:
  // How the page is protected.
  enum class By {
    token,  // by being on this host alone, and by the token
    password  // by TLS and a password, which have been checked before: the name of the host is that of the certificate
  };
  // address  HOST:PORT of the page. The port is in the name of its cookie, because browsers give cookies to all ports.
  // token    32 hexadecimal digits; of By::password it is not used
  Gate(std::string address, std::string token, By by = By::token);

  // The status to refuse it with: 403, 421; 0: it may pass. A request that changes something needs an Origin.
  int refusal(const http::Request& request) const;
  // The headers of every answer; with the cookie if the request had the token in its address.
  std::vector<http::Header> headers(const http::Request& request) const;
  std::string address() const;  // http://HOST:PORT/?token=TOKEN; https://HOST:PORT/

 private:
  bool is_own_host(std::string_view host) const;
  bool has_token(const http::Request& request) const;
  bool is_token(std::string_view text) const;

  std::string address_, port_, token_, cookie_;
  By by_;
};

}  // namespace noderuntime::observe
