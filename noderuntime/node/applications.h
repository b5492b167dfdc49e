// The applications that the node itself starts, and the end of all that run here: functions of the prelude's module
// `application`, in processes of the node.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include <noderuntime/result.h>

namespace noderuntime {

class Requests;

// Owned by the Node. Loop thread only. `done` is called once, in the step of a process, or inside of start() if a name
// cannot be an atom. False: there is no room for a process, and `done` is never called.
class Applications {
 public:
  explicit Applications(Requests& requests) : requests_{requests} {}

  // Starts the applications and those that they need, one after the other, as permanent ones. Error not_started:
  // which one, and why.
  bool start(const std::vector<std::string>& names, std::function<void(Outcome)> done);
  // Stops all that run, the last started first.
  bool stop(std::function<void()> done);

 private:
  Requests& requests_;
};

}  // namespace noderuntime
