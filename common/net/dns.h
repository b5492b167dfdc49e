// Asks name servers for records with their times to live, which getaddrinfo() does not tell.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/net/address.h"
#include "common/net/pool_task.h"

namespace noderuntime::net {

enum class DnsType { addresses, services };  // A and AAAA; SRV

// The records of one name.
struct DnsRecords {
  std::vector<std::string> hosts;  // addresses as text, or the targets of SRV records without their last dot
  std::optional<std::chrono::seconds> ttl;  // the least of all records; nullopt without records
  bool complete = true;  // false: one of A and AAAA was not answered, so that records may be missing
};

// Adds the records of one answer in the wire format, and of the aliases (CNAME) on the way to them. Records
// of other types are skipped. Error: truncated, if the message is malformed; `records` has those in front of
// it. Source: RFC 1035, 4.1; RFC 2782; RFC 3596.
Outcome add_dns_records(DnsRecords& records, DnsType type, Bytes message);

// One question to the name servers of /etc/resolv.conf, by glibc's resolver on a thread of libuv's pool.
// Search domains are tried as for other names; /etc/hosts is not read. It takes up to 20 seconds when none of
// three name servers answers.
//
// Destroying it drops the answer. `done` is called once on the loop thread, never from inside the
// constructor. A name that does not exist has no records; that is no error.
//
// errors  timeout    no name server answers, or they cannot find out now
//         system     they refuse to answer
//         truncated  an answer is malformed
class DnsQuestion {
 public:
  using Answer = Result<DnsRecords>;
  DnsQuestion(Loop& loop, std::string name, DnsType type, std::function<void(Answer)> done);

 private:
  // The name and the answer are shared with the thread.
  DnsQuestion(Loop& loop, std::shared_ptr<std::pair<std::string, Answer>> work, DnsType type,
              std::function<void(Answer)> done);
  PoolTask task_;
};

}  // namespace noderuntime::net
