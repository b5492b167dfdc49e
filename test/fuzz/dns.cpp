// Any bytes as the answer of a name server. The records are those of the type that was asked for, and no more than fit
// into the bytes.
#include <cstdlib>

#include "common/net/dns.h"

namespace {

using namespace noderuntime;
using namespace noderuntime::net;

constexpr std::size_t least_record = 11 + 4;  // a root name, its fields, an address of IPv4
constexpr std::size_t longest_name = 1024;    // as text, where a byte may take four characters (\\ddd)

void read(Bytes message, DnsType type) {
  DnsRecords records;
  auto outcome = add_dns_records(records, type, message);
  if (!outcome && outcome.error().code != Errc::truncated) std::abort();
  if (records.hosts.size() > message.size() / least_record) std::abort();
  if (!records.hosts.empty() && !records.ttl) std::abort();
  for (auto& host : records.hosts) {
    if (host.empty() || host == "." || host.size() > longest_name) std::abort();
    if (type == DnsType::addresses && !Address::parse(host, Port{1})) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  for (auto type : {DnsType::addresses, DnsType::services}) read(Bytes{data, size}, type);
  return 0;
}
