# Sourced by scenarios with peers of other OTP releases, which run in root file systems, by chroot. NODERUNTIME_OTP_ROOTS
# names these ("/var/roots/otp27 …"); NODERUNTIME_MAKE_ROOTS=1 makes those of Debian trixie and sid with debootstrap.

skip() { echo "skipped: $1"; exit 77; }

# Sets `roots`, or skips the scenario.
find_roots() {
  roots=${NODERUNTIME_OTP_ROOTS:-}
  [ "$(id -u)" = 0 ] || skip "chroot needs root"
  [ -z "$roots" ] || return 0
  [ "${NODERUNTIME_MAKE_ROOTS:-}" = 1 ] || skip "NODERUNTIME_OTP_ROOTS names no root file systems, and NODERUNTIME_MAKE_ROOTS is not 1"
  command -v debootstrap >/dev/null || skip "debootstrap is not installed"
  local suite
  for suite in trixie sid; do
    debootstrap --variant=minbase --include=erlang-base "$suite" "$work/$suite" http://deb.debian.org/debian >"$work/$suite.log" 2>&1
    roots+=" $work/$suite"
  done
}

# on_other_releases MODULE LAST OPTION…: MODULE:main() on a node of each root that is named, one after the other; it has to come
# to the claim LAST. Nothing where none is named.
on_other_releases() {
  local module=$1 last=$2 root name failed; shift 2
  peer_options="$*"
  [ "$(id -u)" = 0 ] || return 0
  for root in ${NODERUNTIME_OTP_ROOTS:-}; do
    name=${module}_$(basename "$root") failed=0
    peer "$root" "$name" "$module" >"$work/$name.log" 2>&1 || failed=1
    release=$(grep -am1 '^OTP' "$work/$name.log" || echo "?")
    grep -aE '^(ok|FALSE)' "$work/$name.log" | sed "s/^ok   /ok    $release:/; s/^FALSE/FALSE $release:/"
    [ $failed = 0 ] && grep -aqx "ok    $last" "$work/$name.log" || return 1
  done
}

# init:stop() and not halt(): the latter may lose what was printed last.
# peer ROOT NAME MODULE: a node of that root's release; the scenario's sources are compiled and MODULE:main() is run inside of it.
peer() {
  local root=$1 name=$2 module=$3 place=/tmp/noderuntime_releases.$$
  mkdir -p "$root$place"
  cp "$library"/{claims,other_nodes}.erl "$scenario"/*.erl "$root$place"
  # The caller's network is used; /dev and /proc are there for this process only.
  unshare -m bash -c '
    root=$1; shift
    mount --bind /dev "$root/dev"; mount -t proc proc "$root/proc"
    for file in hosts resolv.conf hostname; do
      if [ -e "/etc/$file" ] && [ -e "$root/etc/$file" ]; then mount --bind "/etc/$file" "$root/etc/$file"; fi
    done
    exec chroot "$root" /usr/bin/env -i HOME='"$place"' PATH=/usr/bin:/bin LANG=C.UTF-8 ERL_EPMD_PORT='"$ERL_EPMD_PORT"' \
      bash -c "cd '"$place"' && erlc *.erl && exec timeout 120 erl -noshell -noinput -start_epmd false -sname '"$name"' \
        -setcookie '"$cookie"' '"${peer_options:-}"' -eval \"io:format(\\\"OTP ~s~n\\\", [erlang:system_info(otp_release)]), '"$module"':main(), init:stop()\""
  ' _ "$root"
  local status=$?
  rm -rf "$root$place"
  return $status
}
