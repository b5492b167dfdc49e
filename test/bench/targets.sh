# Sourced by benches that drive a node of ours and one of OTP in turn, after erlc has compiled node/target.erl to $work.
# real COMMAND…: becomes a command of OTP; lib/tls.sh has one for other releases.
declare -F real >/dev/null || real() { cd "$work" && exec "$@"; }
# start_targets [OPTION…]: starts both and waits until they serve; $ours and $otp are their processes. The options are erl's.
start_targets() {
  start_epmd
  "$NODERUNTIME_BIN/bench_node_target" "ours@$host" "$cookie" "$ERL_EPMD_PORT" >"$work/ours.log" 2>&1 &
  started+=($!); ours=$!
  (real erl -noshell -noinput -start_epmd false -sname otp "$@" -setcookie "$cookie" -pa "$work" -s target start) >"$work/otp.log" 2>&1 &
  started+=($!); otp=$!
  until_true 20 grep -q "^port" "$work/ours.log"
  until_true 20 grep -q "^serving" "$work/otp.log"
}
