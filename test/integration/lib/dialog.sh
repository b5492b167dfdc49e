# Sourced by scenarios that type into a real erl shell. The shell reads its lines from a pipe.

# open_shell GREETING COMMAND…: an interactive shell in the background; it is ready when it has said GREETING.
open_shell() {
  local greeting=$1; shift
  [ -p "$work/typed" ] || mkfifo "$work/typed"
  : >"$work/shell.log" # emptied here, as in start_node
  (cd "$work" && exec "$@") <"$work/typed" >"$work/shell.log" 2>&1 &
  started+=($!)
  exec 9>"$work/typed"
  until_true 20 grep -q "$greeting" "$work/shell.log"
}
open_erl() { open_shell Eshell erl -start_epmd false -sname "$1" -setcookie "$cookie"; }
type_line() { printf '%s\n' "$1" >&9; }

# expect TEXT LINE ANSWER: after LINE was typed the shell says something that contains ANSWER.
expect() {
  local before; before=$(wc -c <"$work/shell.log"); answer=$3
  type_line "$2"
  claim "$1" until_true 60 eval "tail -c +$((before + 1)) '$work/shell.log' | grep -qF -- \"\$answer\""
}
# Ends the shell by the end of its input; another one may be opened then.
close_shell() { exec 9>&-; }
