# Sourced by scenarios with peers of other OTP releases, which run in root file systems, by chroot. NODERUNTIME_OTP_ROOTS
# names these ("/var/roots/otp27 …"); NODERUNTIME_MAKE_ROOTS=1 makes those of Debian trixie and sid with debootstrap.

root=""
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

# real COMMAND…: becomes COMMAND in the root file system `root`, or the installed one if `root` is empty. It has our network,
# the directory `work`, where it runs, and the directories of `shared_with_root`.
real() {
  cd "$work"
  enter_root
  exec "${in_root[@]}" "$@"
}
# Sets the array `in_root`: the words that go before such a command.
enter_root() {
  in_root=()
  [ -n "$root" ] || return 0
  local place
  for place in "$work" ${shared_with_root:-}; do mkdir -p "$root$place"; done
  # The mounts are there for this process only.
  in_root=(unshare -m bash -c '
    root=$1 work=$2 shared=$3; shift 3
    mount --rbind /dev "$root/dev"; mount -t proc proc "$root/proc"
    for place in "$work" $shared; do mount --bind "$place" "$root$place"; done
    for file in hosts resolv.conf hostname; do
      if [ -e "/etc/$file" ]; then [ -e "$root/etc/$file" ] || : >"$root/etc/$file"; mount --bind "/etc/$file" "$root/etc/$file"; fi
    done
    variables=(PATH=/usr/bin:/bin LANG=C.UTF-8 HOME="$HOME" TERM="${TERM:-dumb}")
    for name in ERL_EPMD_PORT ERL_INETRC; do [ -z "${!name:-}" ] || variables+=("$name=${!name}"); done
    exec chroot "$root" /usr/bin/env -i "${variables[@]}" bash -c "cd \"\$0\" && exec \"\$@\"" "$work" "$@"
  ' _ "$root" "$work" "${shared_with_root:-}")
}
release_of() { (real erl -noshell -noinput -eval 'io:put_chars(erlang:system_info(otp_release)), halt().'); }

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

# peer ROOT NAME MODULE: a node of that root's release; the scenario's sources are compiled and MODULE:main() is run there.
peer() {
  local root=$1 name=$2 module=$3 place=$work/sources_$2
  mkdir "$place"
  cp "$library"/{claims,other_nodes}.erl "$scenario"/*.erl "$place"
  # init:stop() and not halt(): the latter may lose what was printed last.
  # shellcheck disable=SC2086
  (real bash -c 'cd "$0" && erlc *.erl && exec timeout 120 "$@"' "$place" \
    erl -noshell -noinput -start_epmd false -sname "$name" -setcookie "$cookie" ${peer_options:-} \
    -eval "io:format(\"OTP ~s~n\", [erlang:system_info(otp_release)]), $module:main(), init:stop()")
}
