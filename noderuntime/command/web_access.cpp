#include "noderuntime/command/web_access.h"

#include <crypt.h>
#include <dlfcn.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <utility>

#include "common/program/secret_file.h"

namespace noderuntime::command {

namespace {

// crypt_r(3), loaded when a file has hashes: most verbs need no library but libc.
using Crypt = decltype(&crypt_r);

Crypt loaded_crypt() {
  static const Crypt function = [] {
    void* library = dlopen("libcrypt.so.1", RTLD_NOW | RTLD_LOCAL);
    return library ? reinterpret_cast<Crypt>(dlsym(library, "crypt_r")) : nullptr;
  }();
  return function;
}

// Any thread. Empty: the hash is of no known kind.
std::string hash_of(const std::string& password, const std::string& hash) {
  auto data = std::make_unique<crypt_data>();
  std::memset(data.get(), 0, sizeof *data);
  const char* made = loaded_crypt()(password.c_str(), hash.c_str(), data.get());
  return made && made[0] != '*' ? made : std::string{};
}

Result<std::string> content_of(const std::string& path) {
  constexpr const char* what = "password file";
  if (auto secret = program::only_its_owners(what, path); !secret) return secret.error();
  std::ifstream file{path, std::ios::binary};
  std::string text(Passwords::most_bytes + 1, '\0');
  if (!file) return Error{Errc::configuration, std::string{what} + ' ' + path + ": " + std::strerror(errno)};
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  return text;
}

Result<Passwords> read_passwords(const std::string& path) {
  auto text = content_of(path);
  if (!text) return text.error();
  auto passwords = Passwords::parse(*text);
  if (!passwords)
    return Error{Errc::configuration, "password file " + path + ": " + passwords.error().context};
  auto hashes = passwords->hashes();
  if (!hashes.empty() && !loaded_crypt())
    return Error{Errc::configuration, "hashes of passwords need libcrypt.so.1 (Debian's package libcrypt1)"};
  for (auto& hash : hashes)
    if (hash_of("", hash).empty())
      return Error{Errc::configuration, "password file " + path + ": a hash that crypt(3) does not know"};
  return passwords;
}

http::Response refusal(int status) {
  auto response = http::plain_response(status);
  response.headers = {{"Cache-Control", "no-store"}};
  if (status == 401)
    response.headers.push_back({"WWW-Authenticate", "Basic realm=\"noderuntime\", charset=\"UTF-8\""});
  if (status == 429) response.headers.push_back({"Retry-After", "60"});
  return response;
}

}  // namespace

struct WebAccess::Handshake {
  Handshake(net::Loop& loop, std::unique_ptr<TlsStream> stream) : stream{std::move(stream)}, limit{loop} {}
  std::unique_ptr<TlsStream> stream;
  std::function<void(std::unique_ptr<net::Stream>)> serve;
  net::Timer limit;
};

// A request whose password is compared with a hash.
struct WebAccess::Check {
  http::Request request;
  http::Responder responder;
  http::Server::Handler handler;
  std::string password;
  Passwords::Secret secret;
};

Result<std::unique_ptr<WebAccess>> WebAccess::create(net::Loop& loop, const WebOptions& options) {
  std::unique_ptr<WebAccess> access{new WebAccess{loop}};
  if (!options.certificate.empty()) {
    TlsOptions tls;
    tls.enabled = true;
    tls.certificate = options.certificate;
    tls.key = options.key;
    tls.verify = "none";
    auto credentials = tls::Credentials::load(tls);
    if (!credentials) return credentials.error();
    access->credentials_ = std::move(*credentials);
    access->watch_ = std::make_unique<CredentialWatch>(loop, access->credentials_);
    access->shared_ = std::make_shared<TlsShared>(loop);
  } else if (!options.key.empty()) {
    return Error{Errc::configuration, "--web-key without --web-cert"};
  }
  if (options.password_file.empty()) return access;
  auto passwords = read_passwords(options.password_file);
  if (!passwords) return passwords.error();
  access->passwords_ = std::move(*passwords);
  return access;
}

WebAccess::WebAccess(net::Loop& loop) : loop_{loop} {}

WebAccess::~WebAccess() = default;

// --- TLS

http::Secure WebAccess::secure() {
  if (!has_tls()) return {};
  return
      [this](std::unique_ptr<net::TcpStream> tcp, std::function<void(std::unique_ptr<net::Stream>)> serve) {
        begin(std::move(tcp), std::move(serve));
      };
}

void WebAccess::begin(std::unique_ptr<net::TcpStream> tcp,
                      std::function<void(std::unique_ptr<net::Stream>)> serve) {
  if (handshakes_.size() >= most_handshakes) finish(*handshakes_.front(), false);
  auto stream = std::make_unique<TlsStream>(loop_, shared_, std::move(tcp),
                                            credentials_->context(tls::Role::server), std::string{});
  auto& handshake = *handshakes_.emplace_back(std::make_unique<Handshake>(loop_, std::move(stream)));
  handshake.serve = std::move(serve);
  handshake.stream->secure([this, &handshake](const Outcome& outcome) { finish(handshake, outcome.ok()); });
  handshake.limit.start(handshake_time, [this, &handshake] { finish(handshake, false); });
}

void WebAccess::finish(Handshake& handshake, bool secured) {
  auto at = std::find_if(handshakes_.begin(), handshakes_.end(),
                         [&](auto& each) { return each.get() == &handshake; });
  if (at == handshakes_.end()) return;
  auto finished = std::move(*at);
  handshakes_.erase(at);
  finished->limit.stop();
  if (secured) finished->serve(std::move(finished->stream));
  loop_.drop_later(std::move(finished));
}

// --- passwords

http::Server::Handler WebAccess::guarded(http::Server::Handler handler) {
  if (!has_passwords()) return handler;
  return [this, handler = std::move(handler)](http::Request request, const http::Responder& responder) {
    admit(std::move(request), responder, handler);
  };
}

void WebAccess::admit(http::Request request, const http::Responder& responder,
                      const http::Server::Handler& handler) {
  auto typed = basic_authorization(request.header("authorization"));
  if (!typed) return responder.respond(refusal(401));
  auto host = responder.client().unmapped().host_text();
  if (!wrong_.may_try(host, loop_.now())) return responder.respond(refusal(429));
  auto secret = passwords_->secret_of(typed->name);
  if (secret.is_hash) {
    auto header = request.header("authorization");
    bool known = std::any_of(remembered_.begin(), remembered_.end(),
                             [&](auto& each) { return same_secret(header, each); });
    if (known) return handler(std::move(request), responder);
    if (checks_.size() >= most_checks) return responder.respond(refusal(503));
    checks_.push_back({std::move(request), responder, handler, typed->password, std::move(secret)});
    if (checks_.size() == 1) check_next();
    return;
  }
  bool same = same_secret(typed->password, secret.text);
  if (same && secret.exists) return handler(std::move(request), responder);
  wrong_.add(host, loop_.now());
  responder.respond(refusal(401));
}

// A hash takes a tenth of a second of a processor.
void WebAccess::check_next() {
  auto& check = checks_.front();
  auto right = std::make_shared<bool>(false);
  task_ = std::make_unique<net::PoolTask>(
      loop_,
      [right, password = check.password, hash = check.secret.text] {
        *right = same_secret(hash_of(password, hash), hash);
      },
      [this, right] { on_checked(*right); });
}

void WebAccess::on_checked(bool right) {
  loop_.drop_later(std::move(task_));
  auto check = std::move(checks_.front());
  checks_.pop_front();
  if (!checks_.empty()) check_next();
  if (!right || !check.secret.exists) {
    wrong_.add(check.responder.client().unmapped().host_text(), loop_.now());
    return check.responder.respond(refusal(401));
  }
  if (remembered_.size() == most_remembered) remembered_.pop_front();
  remembered_.emplace_back(check.request.header("authorization"));
  check.handler(std::move(check.request), check.responder);
}

Result<std::unique_ptr<metrics::Endpoint>> open_endpoint(net::Loop& loop, const std::string& address,
                                                         WebAccess& access,
                                                         metrics::Endpoint::Sources sources) {
  auto on = http::listening_address(address);
  if (on && !on->is_loopback() && access.has_passwords() && !access.has_tls())
    return Error{Errc::configuration, address + ": a password that other hosts send needs --web-cert"};
  sources.secure = access.secure();
  sources.guarded = [&access](http::Server::Handler handler) { return access.guarded(std::move(handler)); };
  return metrics::Endpoint::open(loop, address, std::move(sources));
}

}  // namespace noderuntime::command
