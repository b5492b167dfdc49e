# Sourced by scenarios with several hosts: network namespaces that are connected, each with its own host name.
# epmd has port 4369 on each. h1.example.org is 10.213.0.1, h2.example.org 10.213.0.2.

[ "$(id -u)" = 0 ] || { echo "skipped: network namespaces need root"; exit 77; }
command -v ip >/dev/null || { echo "skipped: ip is not installed (iproute2)"; exit 77; }

space() { echo "noderuntime_$1_$$"; }
open_hosts() {
  if ! { ip netns add "$(space h1)" && ip netns exec "$(space h1)" true; } 2>"$work/netns.log"; then
    echo "skipped: no network namespaces: $(cat "$work/netns.log")"
    exit 77
  fi
  ip netns add "$(space h2)"
  ip link add wire netns "$(space h1)" type veth peer name wire netns "$(space h2)"
  printf '127.0.0.1 localhost\n10.213.0.1 h1.example.org h1\n10.213.0.2 h2.example.org h2\n' >"$work/hosts"
  local number
  for number in 1 2; do
    ip -n "$(space h$number)" addr add "10.213.0.$number/24" dev wire
    ip -n "$(space h$number)" link set wire up
    ip -n "$(space h$number)" link set lo up
  done
}
close_hosts() {
  ip netns del "$(space h1)" 2>/dev/null || true
  ip netns del "$(space h2)" 2>/dev/null || true
}

# on HOST COMMAND…: in the foreground. start_on HOST LOG COMMAND…: in the background, ended with the scenario.
on() { (place_on "$@"); }
start_on() {
  local name=$1 log=$2; shift 2
  : >"$work/$log.log" # emptied here, as in start_node
  (place_on "$name" "$@") >"$work/$log.log" 2>&1 &
  started+=($!)
}
# Becomes COMMAND in the same process. The file resolv of the scenario takes the place of /etc/resolv.conf.
place_on() {
  at_host "$1"; shift
  exec "${at[@]}" "$@"
}
# Sets the array `at`: the words that go before a command on HOST.
at_host() {
  at=(ip netns exec "$(space "$1")" env -u ERL_EPMD_PORT unshare --mount --uts
      bash -c '[ ! -e "${1%/*}/resolv" ] || mount --bind "${1%/*}/resolv" /etc/resolv.conf; mount --bind "$1" /etc/hosts; hostname "$2"; shift 2; exec "$@"' _ "$work/hosts" "$1.example.org")
}
