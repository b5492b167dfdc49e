#include "common/net/dns.h"

#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <netdb.h>
#include <resolv.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "common/wire/reader.h"

namespace noderuntime::net {

namespace {

// Of one attempt at one name server; resolv.conf names at most three. The thread of the pool is busy
// meanwhile.
constexpr int seconds_for_an_attempt = 2;
constexpr int attempts = 2;
constexpr std::size_t largest_answer = 65'535;

constexpr std::size_t header_size = 12;
constexpr std::size_t service_fields = 6;  // priority, weight and port stand before the target of SRV

// Bytes of the name at `offset`; nullopt if it is malformed.
std::optional<std::size_t> name_size(Bytes message, std::size_t offset) {
  int size = dn_skipname(message.data() + offset, message.data() + message.size());
  return size < 0 ? std::nullopt : std::optional{static_cast<std::size_t>(size)};
}

// The name in `size` bytes at `offset`, without its last dot; the root is ".". nullopt if it is malformed.
std::optional<std::string> name_at(Bytes message, std::size_t offset, std::size_t size) {
  std::array<char, NS_MAXDNAME> text{};
  int used = dn_expand(message.data(), message.data() + message.size(), message.data() + offset, text.data(),
                       static_cast<int>(text.size()));
  if (used < 0 || static_cast<std::size_t>(used) > size) return std::nullopt;
  return text[0] == '\0' ? "." : std::string{text.data()};
}

std::optional<std::string> host_in(Bytes message, int type, std::size_t offset, std::size_t size) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (type == ns_t_a && size == 4)
    return inet_ntop(AF_INET, message.data() + offset, text.data(), text.size());
  if (type == ns_t_aaaa && size == 16)
    return inet_ntop(AF_INET6, message.data() + offset, text.data(), text.size());
  if (type == ns_t_srv && size > service_fields)
    return name_at(message, offset + service_fields, size - service_fields);
  return std::nullopt;
}

// What a thread of the pool does: asks, and reads the answers.
class Asker {
 public:
  Asker(const std::string& name, DnsType type) : name_{name}, type_{type} {
    usable_ = res_ninit(&state_) == 0;
    state_.retrans = seconds_for_an_attempt;
    state_.retry = attempts;
  }
  ~Asker() {
    if (usable_) res_nclose(&state_);
  }
  Asker(const Asker&) = delete;
  Asker& operator=(const Asker&) = delete;

  DnsQuestion::Answer ask() {
    if (!usable_) return Error{Errc::system, "/etc/resolv.conf"};
    if (type_ == DnsType::services) {
      if (auto outcome = ask(ns_t_srv); !outcome) return outcome.error();
      return records_;
    }
    // The records of one family count although the name server does not answer for the other one.
    if (auto outcome = ask(ns_t_a); !outcome) return outcome.error();
    if (auto outcome = ask(ns_t_aaaa); !outcome) {
      if (records_.hosts.empty()) return outcome.error();
      records_.complete = false;
    }
    return records_;
  }

 private:
  Outcome ask(int type) {
    Buffer answer(largest_answer);
    int size =
        res_nsearch(&state_, name_.c_str(), ns_c_in, type, answer.data(), static_cast<int>(answer.size()));
    if (size >= 0)
      return add_dns_records(records_, type_,
                             Bytes{answer}.first(std::min(answer.size(), static_cast<std::size_t>(size))));
    if (state_.res_h_errno == HOST_NOT_FOUND || state_.res_h_errno == NO_DATA) return done;
    if (state_.res_h_errno == TRY_AGAIN)
      return Error{Errc::timeout, "no name server answers or can find out"};
    return Error{Errc::system, "the name server"};
  }

  const std::string& name_;
  DnsType type_;
  struct __res_state state_ {};
  bool usable_;
  DnsRecords records_;
};

}  // namespace

Outcome add_dns_records(DnsRecords& records, DnsType type, Bytes message) {
  Error malformed{Errc::truncated, "an answer of the name server"};
  Reader header{message};
  (void)header.bytes(4);
  int questions = header.u16(), answers = header.u16();
  if (message.size() < header_size) return malformed;
  std::size_t at = header_size;
  for (int i = 0; i < questions; ++i) {
    auto name = name_size(message, at);
    if (!name) return malformed;
    at += *name + 4;
    if (at > message.size()) return malformed;
  }
  for (int i = 0; i < answers; ++i) {
    auto name = name_size(message, at);
    if (!name) return malformed;
    at += *name;
    Reader fields{message.subspan(at)};
    int record_type = fields.u16(), record_class = fields.u16();
    std::chrono::seconds ttl{fields.u32()};
    std::size_t size = fields.u16();
    at += 10;
    if (!fields.ok() || size > fields.remaining()) return malformed;
    bool wanted = type == DnsType::services ? record_type == ns_t_srv
                                            : record_type == ns_t_a || record_type == ns_t_aaaa;
    if (record_class == ns_c_in && (wanted || record_type == ns_t_cname)) {
      auto host = wanted ? host_in(message, record_type, at, size) : std::nullopt;
      if (wanted && !host) return malformed;
      if (host && *host != ".")
        records.hosts.push_back(*host);  // SRV: "." says that there is no such service
      records.ttl = std::min(records.ttl.value_or(ttl), ttl);
    }
    at += size;
  }
  return done;
}

DnsQuestion::DnsQuestion(Loop& loop, std::string name, DnsType type, std::function<void(Answer)> done)
    : DnsQuestion{loop, std::make_shared<std::pair<std::string, Answer>>(std::move(name), DnsRecords{}), type,
                  std::move(done)} {}

DnsQuestion::DnsQuestion(Loop& loop, std::shared_ptr<std::pair<std::string, Answer>> work, DnsType type,
                         std::function<void(Answer)> done)
    : task_{loop,
            [work, type] {
              work->second = Asker{work->first, type}.ask();
            },
            [work, done = std::move(done)] { done(std::move(work->second)); }} {}

}  // namespace noderuntime::net
