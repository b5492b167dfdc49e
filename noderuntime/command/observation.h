// Does what the engines of noderuntime/observe want: asks port mapper daemons, connects, calls.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <string>

#include "noderuntime/command/client.h"
#include "noderuntime/node/epmd_names.h"
#include "noderuntime/observe/cluster.h"

namespace noderuntime::command {

Milliseconds steady_time();
std::int64_t wall_time();  // milliseconds since 1970

// Owned by the verb; on the loop thread. To be destroyed before the client.
class Observation {
 public:
  // answer_limit  for each call and each request to a port mapper daemon
  Observation(Client& client, Milliseconds answer_limit, Port epmd_port, observe::ClusterOptions cluster)
      : client_{client},
        epmd_port_{epmd_port},
        answer_limit_{answer_limit},
        cluster_{std::move(cluster), questions_} {}

  observe::Cluster& cluster() { return cluster_; }
  observe::Questions& questions() { return questions_; }

  // Does what is due, and waits until something is due, or has happened, or `more` is true, or until `deadline` at the
  // latest.
  void turn(
      Milliseconds deadline, const std::function<bool()>& more = [] { return false; });
  void wake() { happened_ = true; }  // ends the wait of turn()

 private:
  void list(const std::string& host);
  void connect(Atom node);
  void make(const observe::Questions::Call& call);
  bool is_lost(const std::pair<const Atom, std::size_t>& connection) const {
    return client_.losses(connection.first) != connection.second;
  }
  bool something_lost() const;
  void notice_losses();

  Client& client_;
  Port epmd_port_;
  Milliseconds answer_limit_;
  observe::Questions questions_;
  observe::Cluster cluster_;
  std::list<std::unique_ptr<EpmdNames>> requests_;
  std::map<Atom, std::size_t> losses_;  // of each connected node, when it was connected
  bool named_ = false, happened_ = false;
};

}  // namespace noderuntime::command
