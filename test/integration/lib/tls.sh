# Sourced by scenarios with real nodes over TLS, after setup.sh: certificates, option files, nodes of the installed
# erl, or of the release in the root file system `root` if that is not empty (root needs chroot).

. "$library/roots.sh"
command -v openssl >/dev/null || { echo "skipped: openssl is not installed"; exit 77; }
here=$work/tls
mkdir "$here"
setup_time=60 # seconds: a busy machine may need more than the usual 7 s for a handshake
options_of_all=(--setup-time $setup_time)
make() { "$library/../../tls/certificates" "$here" "$@"; }
node() { make node "$@"; }

# optfile FILE CERTIFICATE [MORE [OF THE CLIENT [OF THE SERVER]]]: an option file of erl. CERTIFICATE -: the client has none.
optfile() {
  local certificate=$2 files authorities="{cacertfile,\"$here/ca.pem\"},{verify,verify_peer}" client
  [ "$certificate" != - ] || certificate=good
  files="{certfile,\"$here/$certificate.pem\"},{keyfile,\"$here/$certificate.key\"},$authorities"
  client=$files
  [ "$2" != - ] || client=$authorities
  echo "[{server,[$files,{fail_if_no_peer_cert,true}${3:+,$3}${5:+,$5}]},{client,[$client${3:+,$3}${4:+,$4}]}]." >"$work/$1.conf"
}

# erl_with NAME FILE [OPTION…]: becomes a real node with the option file FILE.conf; FILE: -: without TLS.
erl_with() {
  local name=$1 options=(-sname "$1@localhost") protocol=inet_tls
  case $name in *@*:*) options=(-name "$1") protocol=inet6_tls ;; *@*.*) options=(-name "$1") ;; *@*) options=(-sname "$1") ;; esac
  [ "$2" = - ] || options+=(-proto_dist $protocol -ssl_dist_optfile "$work/$2.conf")
  shift 2
  # No node connects by itself to another one.
  real erl -noshell -noinput -start_epmd false -connect_all false -kernel net_setuptime $setup_time -setcookie "$cookie" "${options[@]}" -pa "$work" "$@"
}
# begin_erl NAME FILE [EXPRESSION [OPTION…]]: starts it, and lets it print what the expression has for a value. start_erl also waits.
begin_erl() {
  : >"$work/$1.log" # emptied here, as in start_node
  (erl_with "$1" "$2" -eval "io:format(\"~nanswer ~w~n\", [${3:-none}])" "${@:4}") >"$work/$1.log" 2>&1 &
  started+=($!)
}
start_erl() {
  begin_erl "$@"
  until_true 20 registered "${1%@*}"
}
answered() { grep -aq '^answer ' "$work/$1.log"; }
answer_of() { sed -n 's/^answer //p' "$work/$1.log"; }
# erl_says FILE EXPRESSION: what a real node of its own prints for it.
erl_says() {
  (erl_with "asker$RANDOM" "$1" -eval "io:format(\"~nanswer ~w~n\", [$2]), halt().") 2>&1 | tee -a "$work/asker.log" | sed -n 's/^answer //p'
}

# ours CERTIFICATE [KEY]: our options for it; -: without a certificate.
ours() {
  echo --proto-dist "${protocol:-inet_tls}" --tls-cacert "$here/ca.pem"
  [ "$1" = - ] || echo --tls-cert "$here/$1.pem" --tls-key "$here/${2:-$1}.key"
}
# tool VERB NODE "CERTIFICATE [OPTION…]" [ARGUMENT…]
tool() {
  local verb=$1 target=$2 certificate=${3%% *} more=${3#"${3%% *}"}; shift 3
  # shellcheck disable=SC2046,SC2086
  "$NODERUNTIME_BIN/noderuntime" "$verb" "$target" "$@" $(ours "$certificate") $more --setcookie "$cookie"
}
pong() { tool ping "$1@localhost" "$2" "${@:3}" | grep -q "^pong"; }
is() { [ "$1" = "$2" ] || { echo "got '$1' in place of '$2'"; return 1; }; }
log_has() { until_true 5 grep -aqE -- "$2" "$work/$1.log"; }
# fails_with PATTERN COMMAND…: it does not succeed, and says so.
fails_with() {
  local pattern=$1; shift
  if "$@" >"$work/told" 2>&1; then echo "it succeeded"; return 1; fi
  grep -qE -- "$pattern" "$work/told" || { cat "$work/told"; return 1; }
}
