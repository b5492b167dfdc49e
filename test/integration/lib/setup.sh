# Sourced by every scenario: gives it a home, an epmd port and a directory of its own, and ends everything at its end.
# A scenario gets NODERUNTIME_BIN, the directory of the built programs, from its caller.
set -euo pipefail

: "${NODERUNTIME_BIN:?the directory of the built programs}"
scenario=$(cd "$(dirname "${BASH_SOURCE[1]}")" && pwd)
library=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
host=$(hostname -s)

if ! command -v erl >/dev/null; then
  echo "skipped: erl is not installed"
  exit 77
fi

work=$(mktemp -d)
started=()

# end_all PID…: ends processes that the scenario started. An erl that begins may lose SIGTERM: one that goes on is killed.
end_all() {
  local pid left=400
  for pid; do kill "$pid" 2>/dev/null || true; done
  for pid; do
    while kill -0 "$pid" 2>/dev/null && [ $((left -= 1)) -gt 0 ]; do sleep 0.05; done
    kill -KILL "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
  done
}
finish() {
  local status=$?
  end_all "${started[@]}"
  if [ $status -ne 0 ]; then
    for log in "$work"/*.log; do [ -e "$log" ] && { echo "--- $(basename "$log")"; tail -40 "$log"; }; done
  fi
  "$NODERUNTIME_BIN/epmd" -kill >/dev/null 2>&1 || true # one that a node started in the background
  rm -rf "$work"
  exit $status
}
trap finish EXIT

export HOME=$work/home
mkdir "$HOME"
unset ERL_EPMD_ADDRESS ERL_EPMD_RELAXED_COMMAND_CHECK ERL_FLAGS ERL_AFLAGS ERL_ZFLAGS
cookie=scenario

# A port of the loopback interface that nobody listens on.
free_port() {
  local port
  for _ in $(seq 100); do
    port=$((20000 + RANDOM % 12000))
    if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then echo "$port"; return; fi
  done
  return 1
}
export ERL_EPMD_PORT=$(free_port)

# Skips the scenario if the installed erl has no ssl.
needs_ssl() {
  erl -noshell -eval 'halt(case code:which(ssl) of non_existing -> 1; _ -> 0 end).' || { echo "skipped: erl has no ssl (erlang-ssl)"; exit 77; }
}

# until_true SECONDS COMMAND…: waits for a condition, not for time.
until_true() {
  local left=$(($1 * 20)); shift
  until "$@" >/dev/null 2>&1; do
    left=$((left - 1))
    if [ "$left" -le 0 ]; then echo "this did not come true: $*"; return 1; fi
    sleep 0.05
  done
}

start_epmd() {
  "$NODERUNTIME_BIN/epmd" "$@" >"$work/epmd.log" 2>&1 &
  started+=($!); epmd_pid=$!
  until_true 10 "$NODERUNTIME_BIN/epmd" -names
}

registered() { "$NODERUNTIME_BIN/epmd" -names | grep -q "^name $1 at port"; }

# Whether the node that was started last is a build with sanitizers.
sanitized() { grep -q libasan "/proc/$node_pid/maps"; }

# start_node NAME OPTIONS…: starts our node in the background, and waits until it is up; node_pid is its process. The array
# options_of_all has options of all such nodes.
options_of_all=()
start_node() {
  local name=$1; shift
  set -- "${options_of_all[@]}" "$@"
  case " $* " in *" --cookie-file "*) ;; *) set -- --setcookie "$cookie" "$@" ;; esac
  : >"$work/$name.log" # emptied here, so that until_true below does not find the line of an earlier node
  "$NODERUNTIME_BIN/noderuntime" start --sname "$name" "$@" >"$work/$name.log" 2>&1 &
  started+=($!); node_pid=$!
  until_true 20 grep -q "is up on port" "$work/$name.log"
}

# Ends what was started since `mark` was called.
mark() { first=${#started[@]}; }
end_these() {
  end_all "${started[@]:$first}"
  started=("${started[@]:0:$first}")
}

# compile FILE…: compiles the given Erlang sources and those of this folder into the working directory.
compile() { erlc -o "$work" "$library"/*.erl "$@"; }

# erlang NAME MODULE [erl options]: runs MODULE:main() on a real node; its claims decide.
erlang() {
  local name=$1 module=$2; shift 2
  (cd "$work" && erl -noshell -noinput -start_epmd false -sname "$name" -setcookie "$cookie" -pa "$work" "$@" -eval "claims:run($module)")
}

# claim TEXT COMMAND…: the claim TEXT is true if COMMAND succeeds; a false claim ends the scenario.
claim() {
  local text=$1; shift
  if "$@" >"$work/claim.out" 2>&1; then echo "ok    $text"; else echo "FALSE $text"; cat "$work/claim.out"; exit 1; fi
}

# resident_memory FIELD: kB of the node that was started last; VmRSS is now, VmHWM is the peak.
resident_memory() { awk -v field="$1:" '$1 == field {print $2}' "/proc/$node_pid/status"; }

kept_free_mb=64 # freed memory that a node keeps (kept_free_bytes in common/program/memory.h)

# most_resident MB: the kB of resident memory that a node with --max-memory MB may reach. The bound is wide,
# because malloc decides: one step may exceed --max-memory by a quarter (term/memory.h), freed memory stays, and
# gaps between used blocks are taken as half as much again. Shadow memory and red zones of the sanitizers double
# all of it.
most_resident() {
  local mb=$((($1 * 5 / 4 + kept_free_mb) * 3 / 2))
  if sanitized; then mb=$((mb * 2)); fi
  echo $((mb * 1024))
}
