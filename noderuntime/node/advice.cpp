#include "noderuntime/node/advice.h"

namespace noderuntime {

namespace {

constexpr std::string_view names[] = {"any", "name", "cookie", "resolve", "epmd", "tcp", "tls", "handshake"};

struct Advice {
  ReachStep step;
  Errc code;
  const char* text;
};
constexpr Advice advices[] = {
    {ReachStep::name, Errc::bad_node_name, "write NAME@HOST, as the node itself does: node() in its shell"},
    {ReachStep::resolve, Errc::unknown_host,
     "the host's name must have an address here: look at /etc/hosts and the name server, or give the node's "
     "address: --address, --peers-file"},
    {ReachStep::cookie, Errc::configuration, "the file must be yours, with mode 0400"},
    {ReachStep::cookie, Errc::not_found, "copy the file from the node's user, or use --cookie-file"},
    {ReachStep::epmd, Errc::no_epmd,
     "epmd does not run there, listens on another address or port (ERL_EPMD_PORT), or a firewall is between"},
    {ReachStep::epmd, Errc::timeout, "a firewall may drop what goes to this port"},
    {ReachStep::epmd, Errc::unknown_node,
     "the node is not running, has another name, or registered at another epmd"},
    {ReachStep::tcp, Errc::system,
     "the node's port is not open from here: a firewall, or the node listens on another address "
     "(inet_dist_use_interface, inet_dist_listen_min)"},
    {ReachStep::tcp, Errc::timeout,
     "a firewall may drop what goes to this port (inet_dist_listen_min and _max fix it)"},
    {ReachStep::handshake, Errc::bad_cookie,
     "compare with erlang:get_cookie() on the node; --cookie-file and --setcookie name another one"},
    {ReachStep::handshake, Errc::not_allowed,
     "the node was told whom to accept (net_kernel:allow, --allow), or its names are long where ours are "
     "short"},
    {ReachStep::handshake, Errc::wrong_node,
     "another node took this port: ask again, epmd's answer may be old"},
    {ReachStep::handshake, Errc::connection_closed,
     "the node may speak TLS (-proto_dist inet_tls), have another cookie, be older than OTP 23, or be no "
     "Erlang node"},
    {ReachStep::handshake, Errc::tls_peer, "use --proto-dist inet_tls with a certificate, see docs/tls.md"},
    {ReachStep::tls, Errc::plain_peer,
     "leave out --proto-dist inet_tls, or start the node with -proto_dist inet_tls"},
    {ReachStep::tls, Errc::timeout, "the port is open, but nobody answers: the node hangs, or is stopped"},
    {ReachStep::tls, Errc::connection_closed, "the node closes connections of TLS: its log says why"},
    {ReachStep::any, Errc::tls_version,
     "OTP 25 and 27 speak TLS 1.2 only, unless their option file has {versions,['tlsv1.3','tlsv1.2']}; "
     "compare it, and its ciphers, with --tls-versions and --tls-ciphers"},
    {ReachStep::any, Errc::tls_failed,
     "the log of the node says more; a node of OTP logs it as a NOTICE of TLS"},
    {ReachStep::any, Errc::certificate_missing, "this side needs a certificate: --tls-cert, --tls-key"},
    {ReachStep::any, Errc::certificate_expired, "renew the certificate; are the clocks of both hosts right?"},
    {ReachStep::any, Errc::certificate_early, "are the clocks of both hosts right?"},
    {ReachStep::any, Errc::certificate_untrusted,
     "both sides need the certificate of the authority that signed the other one's: --tls-cacert, "
     "cacertfile"},
    {ReachStep::any, Errc::certificate_host,
     "the certificate needs the host of the node's name as subjectAltName: DNS:HOST; for an address DNS: and "
     "IP:"},
    {ReachStep::any, Errc::certificate_purpose,
     "a node's certificate needs extendedKeyUsage=serverAuth,clientAuth, because each node is both"},
    {ReachStep::any, Errc::certificate_revoked, "its authority has revoked it: make a new one"},
    {ReachStep::any, Errc::certificate_refused,
     "the text says what is wrong with it, or else the log of the node"},
    {ReachStep::handshake, Errc::unexpected, "this is no Erlang node"},
    {ReachStep::handshake, Errc::bad_flags, "the node is older than OTP 23"},
    {ReachStep::handshake, Errc::timeout,
     "the port is open, but nobody answers: the node hangs, or is stopped"},
};

}  // namespace

std::string_view name_of(ReachStep step) { return names[static_cast<std::size_t>(step)]; }

std::string_view advice_for(ReachStep step, Errc code) {
  for (auto& advice : advices)
    if ((advice.step == ReachStep::any || advice.step == step) && advice.code == code) return advice.text;
  return {};
}

}  // namespace noderuntime
