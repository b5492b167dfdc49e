#include "common/metrics/endpoint.h"

namespace noderuntime::metrics {

Endpoint::Endpoint(net::Loop& loop, Sources sources)
    : loop_{loop},
      sources_{std::move(sources)},
      server_{
          loop,
          {.connections = most_connections, .held_changed = sources_.held_changed, .secure = sources_.secure},
          handler()} {}

http::Server::Handler Endpoint::handler() {
  auto plain = [this](const http::Request& request, const http::Responder& responder) {
    responder.respond(respond(request));
  };
  return sources_.guarded ? sources_.guarded(plain) : http::Server::Handler{plain};
}

Result<std::unique_ptr<Endpoint>> Endpoint::open(net::Loop& loop, std::string_view address, Sources sources) {
  auto on = http::listening_address(address);
  if (!on) return on.error();
  std::unique_ptr<Endpoint> made{new Endpoint{loop, std::move(sources)}};
  if (auto listening = made->server_.listen(*on); !listening)
    return Error{listening.error().code, on->text() + ": " + listening.error().context,
                 listening.error().system};
  return made;
}

// However many ask, the program makes ten texts of each format in a second.
http::Body Endpoint::text(Format format) {
  auto& last = texts_[static_cast<std::size_t>(format)];
  if (last && loop_.now() - last->made < fresh_for) return last->body;
  Exposition fresh{format};
  sources_.write(fresh, server_.counts());
  last = Text{loop_.now(), std::move(fresh).finish()};
  return last->body;
}

http::Response Endpoint::respond(const http::Request& request) {
  if (request.path == "/metrics") {
    auto format = format_for(request.header("accept"));
    return {.type = std::string{content_type(format)}, .body = text(format), .headers = {{"Vary", "Accept"}}};
  }
  http::Response answer{.headers = {{"Cache-Control", "no-store"}}};
  if (request.path == "/health") {
    answer.body = std::string{"up\n"};
  } else if (request.path == "/ready") {
    auto why = sources_.unready();
    answer.status = why ? 503 : 200;
    answer.body = why ? "not ready: " + *why + "\n" : "ready\n";
  } else {
    return http::plain_response(404, "there are /metrics, /health and /ready");
  }
  return answer;
}

}  // namespace noderuntime::metrics
