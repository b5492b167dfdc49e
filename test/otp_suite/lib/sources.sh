# Sourced by the runs of OTP's suites. This tree contains nothing of OTP: the suites come from the sources of the
# installed OTP. OTP_SOURCE=DIRECTORY names them; else apt-get source fetches them, with deb-src entries of the system
# or of Debian 12.

download_source() {
  cd "$work"
  apt-get source --download-only erlang >"$work/apt.log" 2>&1 && return
  mkdir -p lists/partial
  echo "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian bookworm main" >deb-src.list
  local options=(-o Dir::Etc::SourceList="$work/deb-src.list" -o Dir::Etc::SourceParts=/dev/null -o Dir::State::Lists="$work/lists")
  apt-get "${options[@]}" update >>"$work/apt.log" 2>&1
  apt-get "${options[@]}" source --download-only erlang >>"$work/apt.log" 2>&1
}

# find_sources PATH…: otp_source becomes a directory with PATHs of OTP's source tree; false when they are not to be had.
find_sources() {
  otp_source=${OTP_SOURCE:-$work/otp}
  [ -z "${OTP_SOURCE:-}" ] || return 0
  (download_source) || { tail -3 "$work/apt.log"; return 1; }
  mkdir -p "$otp_source"
  tar -xf "$work"/erlang_*.orig.tar.* -C "$otp_source" --wildcards --strip-components=1 "${@/#/*/}"
}

# take_sources DIRECTORY FILE…: copies FILEs of OTP's source tree to DIRECTORY; false when they are not to be had.
take_sources() {
  local to=$1; shift
  mkdir -p "$to"
  find_sources "$@" && (cd "$otp_source" && cp "$@" "$to")
}
