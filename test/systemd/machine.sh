# Sourced by run: boots a Debian with a real systemd in a container; $suite is bookworm, trixie or sid. Its root file
# system stays unchanged: all writes go to a layer above it. NODERUNTIME_SYSTEMD_ROOT names the root file system of
# bookworm, NODERUNTIME_SYSTEMD_ROOT_TRIXIE and NODERUNTIME_SYSTEMD_ROOT_SID name the others.

skip() { echo "skipped: $1"; exit 77; }

find_root() {
  [ "$(id -u)" = 0 ] || skip "a container needs root"
  command -v systemd-nspawn >/dev/null || skip "systemd-nspawn is not installed (systemd-container)"
  local variable=NODERUNTIME_SYSTEMD_ROOT
  [ "$suite" = bookworm ] || variable+=_${suite^^}
  root=${!variable:-}
  [ -z "$root" ] || return 0
  [ "${NODERUNTIME_MAKE_ROOTS:-}" = 1 ] || skip "$variable names no root file system, and NODERUNTIME_MAKE_ROOTS is not 1"
  command -v debootstrap >/dev/null || skip "debootstrap is not installed"
  root=$work/root
  local libuv=libuv1t64
  [ "$suite" != bookworm ] || libuv=libuv1
  debootstrap --variant=minbase --include=systemd,systemd-sysv,adduser,procps,iproute2,erlang-base,$libuv,libgmp10,zlib1g \
    "$suite" "$root" http://deb.debian.org/debian >"$work/debootstrap.log" 2>&1
}

# The layers of the machine, at $tree.
open_tree() {
  tree=$work/tree
  mkdir -p "$work/above" "$work/scratch" "$tree"
  mount -t overlay overlay -o "lowerdir=$root,upperdir=$work/above,workdir=$work/scratch" "$tree"
  rm -rf "$tree/var/log/journal"
  rm -f "$tree/usr/sbin/policy-rc.d"
  echo erlanghost >"$tree/etc/hostname"
  printf '127.0.0.1 localhost\n127.0.1.1 erlanghost.example.org erlanghost\n::1 localhost\n' >"$tree/etc/hosts"
}

boot() {
  systemd-nspawn -q -D "$tree" --register=no --keep-unit --private-network --console=pipe -b </dev/null >"$work/console.log" 2>&1 &
  container=$!
  until_true 30 eval 'leader=$(pgrep -P $container) && [ -n "$leader" ]'
  leader=$(pgrep -P $container)
  until_true 60 booted
}
booted() { inside systemctl is-system-running | grep -qE "running|degraded"; }

# Ends what runs in the machine, and the machine.
power_off() {
  [ -n "${container:-}" ] || return 0
  kill -RTMIN+4 "$leader" 2>/dev/null || true # systemd(1): poweroff
  for _ in $(seq 200); do kill -0 "$container" 2>/dev/null || break; sleep 0.1; done
  kill "$container" 2>/dev/null || true
  wait "$container" 2>/dev/null || true
  container=
}

# inside COMMAND…: runs it in the machine.
inside() {
  nsenter -t "${leader:?the machine does not run}" -m -u -i -n -p -w -r -- \
    env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"
}
