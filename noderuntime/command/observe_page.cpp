#include "noderuntime/command/observe_page.h"

#include <algorithm>
#include <array>

#include "common/entropy/entropy.h"
#include "common/http/server.h"
#include "common/net/child_process.h"
#include "noderuntime/library/states.h"
#include "noderuntime/notation/notation.h"
#include "noderuntime/observe/gate.h"
#include "noderuntime/observe/page_files.h"
#include "noderuntime/observe/views.h"

namespace noderuntime::command {

namespace {

constexpr std::string_view default_listen = "127.0.0.1:4040";
constexpr std::size_t most_readers = 32;  // browsers that get events

std::string random_token() {
  std::array<std::uint8_t, 16> bytes{};
  entropy::fill(bytes);
  std::string token;
  for (auto byte : bytes) {
    char digits[3];
    std::snprintf(digits, sizeof digits, "%02x", byte);
    token += digits;
  }
  return token;
}

std::string as_json(Term term) { return write_term(term, Notation::json); }

std::string as_json(const Error& error) {
  auto object = observe::built([&](Terms& terms) {
    return terms.map(std::pair{"error"_atom, terms.of(observe::clean(error_name(error.code), 100))},
                     std::pair{"text"_atom, terms.of(observe::clean(error.message(), 1'000))},
                     std::pair{"about"_atom, terms.of(observe::clean(error.context, 1'000))});
  });
  return as_json(object.term());
}

int status_of(const Error& error) {
  switch (error.code) {
    case Errc::not_found: return 404;
    case Errc::not_allowed: return 403;
    case Errc::timeout: return 504;
    case Errc::too_large: return 413;
    default: return 502;
  }
}

// Answers requests, and sends events to the browsers that read them.
class Page {
 public:
  // access  with TLS and passwords, or with neither
  Page(Client& client, Observation& observation, const ObserveOptions& options, WebAccess& access)
      : client_{client},
        observation_{observation},
        interval_{std::chrono::ceil<Milliseconds>(options.interval)},
        allows_actions_{options.allow_actions},
        views_{observation.cluster(), observation.questions(), interval_},
        gate_{{}, {}},
        by_{access.has_passwords() ? observe::Gate::By::password : observe::Gate::By::token},
        server_{client.loop().state().loop,
                {.session = {.limits = {.unread_bytes = std::size_t{8} << 20},
                             .methods = {"GET", "HEAD", "POST"}},
                 .held_bytes = std::size_t{64} << 20,
                 .secure = access.secure()},
                access.guarded([this](const http::Request& request, const http::Responder& responder) {
                  answer(request, responder);
                })} {}

  // Error: see http::Server::listen.
  Outcome listen(const net::Address& on) {
    if (auto listening = server_.listen(on); !listening) return listening;
    gate_ = observe::Gate{server_.addresses().front().text(), random_token(), by_};
    return done;
  }
  std::string address() const { return gate_.address(); }

  // Sends what is due. Returns when it is to be called again.
  Milliseconds send(Milliseconds now) {
    if (now < next_) return next_;
    next_ = now + interval_;
    readers_.remove_if([](auto& reader) { return !reader->responder.is_open(); });
    std::string plain, with_history;
    for (auto& reader : readers_) {
      auto& text = reader->needs_history ? with_history : plain;
      if (text.empty()) text = cluster_document(reader->needs_history);
      auto written = reader->responder.event("cluster", text);
      if (written == http::Written::accepted) reader->needs_history = false;
      if (!reader->view.empty() && !reader->waiting) show(reader);
    }
    return next_;
  }

 private:
  // A browser that reads events: those of the cluster, and those of one view.
  struct Reader {
    http::Responder responder;
    std::string view;
    observe::Views::Parameters parameters;
    bool needs_history = true, waiting = false;
  };

  void answer(const http::Request& request, const http::Responder& responder) {
    if (int status = gate_.refusal(request)) {
      auto response = http::plain_response(
          status, status == 421
                      ? "This name is not of the page's host.\n"
                      : "The address of the page has a token, which this request lacks. It is printed by "
                        "noderuntime observe.\n");
      response.headers = gate_.headers(request);
      return responder.respond(response);
    }
    if (request.path.starts_with("/api/")) return answer_api(request, responder);
    if (request.method == "POST") return fail(request, responder, Error{Errc::not_found, request.path}, 405);
    if (request.path == "/events") return begin_events(request, responder);
    for (auto& file : observe::page_files())
      if (request.path == file.path)
        return responder.respond({.type = std::string{file.type},
                                  .body = http::Body::constant(file.text),
                                  .headers = gate_.headers(request)});
    fail(request, responder, Error{Errc::not_found, observe::clean(request.path, 255)}, 404);
  }

  void fail(const http::Request& request, const http::Responder& responder, const Error& error, int status) {
    responder.respond({.status = status,
                       .type = "application/json",
                       .body = as_json(error),
                       .headers = gate_.headers(request)});
  }

  static observe::Views::Parameters parameters_of(const http::Request& request) {
    observe::Views::Parameters parameters;
    for (auto& [name, value] : request.query) parameters.emplace(name, value);
    return parameters;
  }

  std::string cluster_document(bool history) {
    auto document = observe::built([&](Terms& terms) {
      return observation_.cluster().document(terms, steady_time(), wall_time(), history, {});
    });
    return as_json(document.term());
  }

  void answer_api(const http::Request& request, const http::Responder& responder) {
    auto view = request.path.substr(std::string_view{"/api/"}.size());
    auto give = [this, request, responder](const Result<Value>& answer) {
      if (!answer) return fail(request, responder, answer.error(), status_of(answer.error()));
      responder.respond(
          {.type = "application/json", .body = as_json(answer->term()), .headers = gate_.headers(request)});
    };
    observation_.wake();
    if (request.method == "POST") {
      if (view != "act") return give(Error{Errc::not_found, observe::clean(view, 255)});
      return act(request, responder, give);
    }
    if (view == "cluster")
      return responder.respond(
          {.type = "application/json", .body = cluster_document(true), .headers = gate_.headers(request)});
    if (view == "page") {
      auto object = observe::built([&](Terms& terms) {
        return terms.map(std::pair{"actions"_atom, terms.of(allows_actions_)},
                         std::pair{"interval"_atom, terms.of(interval_.count())},
                         std::pair{"version"_atom, terms.of(NODERUNTIME_VERSION)});
      });
      return give(object);
    }
    views_.show(view, parameters_of(request), give);
  }

  // Each action is logged, whether it is allowed or not.
  void act(const http::Request& request, const http::Responder& responder, const observe::Answer& give) {
    auto parameters = parameters_of(request);
    auto text = "action " + parameters["action"] + ' ' + parameters["what"] + " on " + parameters["node"] +
                ", from " + responder.client().text();
    if (!allows_actions_) {
      complain(observe::clean(text, 500) + ": not allowed (--allow-actions)");
      return give(Error{Errc::not_allowed, "--allow-actions"});
    }
    views_.act(parameters, [text, give](Result<Value> answer) {
      complain(observe::clean(text, 500) + (answer ? ": done" : ": " + answer.error().message()));
      give(std::move(answer));
    });
  }

  void begin_events(const http::Request& request, const http::Responder& responder) {
    if (readers_.size() >= most_readers)
      return fail(request, responder, Error{Errc::too_large, "readers"}, 503);
    responder.begin({.headers = gate_.headers(request)});
    auto reader = std::make_shared<Reader>(Reader{responder, {}, parameters_of(request)});
    reader->view = std::string{request.parameter("view").value_or("")};
    reader->needs_history = request.parameter("history").value_or("1") != "0";
    readers_.push_back(reader);
    next_ = Milliseconds{0};
    observation_.wake();
  }

  void show(const std::shared_ptr<Reader>& reader) {
    reader->waiting = true;
    views_.show(reader->view, reader->parameters, [weak = std::weak_ptr{reader}](Result<Value> answer) {
      auto reader = weak.lock();
      if (!reader) return;
      reader->waiting = false;
      reader->responder.event("view", answer ? as_json(answer->term()) : as_json(answer.error()));
    });
  }

  Client& client_;
  Observation& observation_;
  Milliseconds interval_, next_{0};
  bool allows_actions_;
  observe::Views views_;
  observe::Gate gate_;
  observe::Gate::By by_;
  std::list<std::shared_ptr<Reader>> readers_;
  http::Server server_;
};

}  // namespace

int show_page(Client& client, Observation& observation, const ObserveOptions& options, WebAccess& access) {
  auto listen = options.listen.empty() ? std::string{default_listen} : options.listen;
  auto address = http::listening_address(listen);
  if (!address) return client.fail(Error{Errc::usage, address.error().message()});
  if (access.has_tls() != access.has_passwords())
    return client.fail(
        Error{Errc::usage, "the page needs --web-cert and --web-password-file together, or none of them"});
  if (!address->is_loopback() && !access.has_tls())
    return client.fail(
        Error{Errc::usage, listen + ": only addresses of this host alone, such as 127.0.0.1:4040, without "
                                    "--web-cert and --web-password-file; or use ssh -L 4040:127.0.0.1:4040"});
  Page page{client, observation, options, access};
  if (auto listening = page.listen(*address); !listening)
    return client.fail(listening.error(), "--listen " + listen);
  client.output().line(page.address());
  std::unique_ptr<net::ChildProcess> browser;
  if (options.open) {
    auto started =
        net::ChildProcess::start(client.loop().state().loop, "xdg-open", {page.address()}, [](int) {});
    if (started)
      browser = std::move(*started);
    else
      report(started.error(), "xdg-open");
  }
  while (!client.interrupted()) observation.turn(page.send(steady_time()));
  return by_interrupt;
}

}  // namespace noderuntime::command
