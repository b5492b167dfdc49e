# Sourced before setup.sh by scenarios that want the address fd77::1: the scenario begins again in a network of its own, which has
# it. Without root, or where that is not possible, it goes on without the address.
if [ -z "${in_own_network:-}" ] && [ "$(id -u)" = 0 ] && unshare --net true 2>/dev/null && command -v ip >/dev/null; then
  in_own_network=1 exec unshare --net bash -c '
    ip link set lo up
    ip -6 addr add fd77::1/128 dev lo nodad || echo "no IPv6: its rows are left out"
    exec "$@"
  ' _ "$0" "$@"
fi
