# Sourced by scenarios of TLS, after tls_rows.sh: what a real node of the release `root` and ours negotiate, and what each sees
# when the other one ends.

# --- ciphers, groups and other options of the real node

wire_rows="
# options of both sections                                         | of the client | of the server | 25   | 27   | 29
{versions,['tlsv1.3']},{ciphers,[\"TLS_AES_256_GCM_SHA384\"]}        |               |               | pong | pong | pong
{versions,['tlsv1.3']},{ciphers,[\"TLS_AES_128_GCM_SHA256\"]}        |               |               | pong | pong | pong
{versions,['tlsv1.3']},{ciphers,[\"TLS_CHACHA20_POLY1305_SHA256\"]}  |               |               | pong | pong | pong
{versions,['tlsv1.3']},{ciphers,[\"TLS_AES_128_CCM_SHA256\"]}        |               |               | pang | pang | pang
{versions,['tlsv1.2']},{ciphers,[\"ECDHE-ECDSA-AES256-GCM-SHA384\"]} |               |               | pong | pong | pong
{versions,['tlsv1.2']},{ciphers,[\"ECDHE-ECDSA-AES128-GCM-SHA256\"]} |               |               | pong | pong | pong
{versions,['tlsv1.2']},{ciphers,[\"ECDHE-ECDSA-CHACHA20-POLY1305\"]} |               |               | pong | pong | pong
{versions,['tlsv1.2']},{ciphers,[\"ECDHE-ECDSA-AES256-SHA384\"]}     |               |               | pong | pong | pong
{versions,['tlsv1.3']},{supported_groups,[x25519]}                 |               |               | pong | pong | pong
{versions,['tlsv1.3']},{supported_groups,[x448]}                   |               |               | pong | pong | pong
{versions,['tlsv1.3']},{supported_groups,[secp256r1]}              |               |               | pong | pong | pong
{versions,['tlsv1.3']},{supported_groups,[secp384r1]}              |               |               | pong | pong | pong
{versions,['tlsv1.2']},{eccs,[secp256r1]}                          |               |               | pong | pong | pong
{versions,['tlsv1.2']},{eccs,[secp521r1,secp256r1]}                |               |               | pong | pong | pong
$both                      | {alpn_advertised_protocols,[<<\"x\">>]} |             | pong | pong | pong
$both                      |               | {alpn_preferred_protocols,[<<\"x\">>]} | pong | pong | pong
$both,{reuse_sessions,true},{secure_renegotiate,true}              |               |               | pong | pong | pong
"
wire() {
  local of_both of_client of_server on25 on27 on29 expected count=0 name
  start_node "${p}_wire_of_ours@localhost" $(ours good)
  while IFS='|' read -r of_both of_client of_server on25 on27 on29; do
    count=$((count + 1)) name=wire$count
    optfile $name good "$of_both" "$of_client" "$of_server"
    begin_erl "${p}_$name" $name "net_adm:ping('${p}_wire_of_ours@localhost')"
    # Some at once: OTP gives a connection 7 s, also on a busy machine.
    [ $((count % 4)) != 0 ] || until_true 60 answered "${p}_$name"
  done < <(rows <<<"$wire_rows")
  count=0
  while IFS='|' read -r of_both of_client of_server on25 on27 on29; do
    count=$((count + 1)) name=${p}_wire$count expected=$(of_release "$on25" "$on27" "$on29")
    until_true 60 answered "$name"
    claim "$release calls ours with $of_both${of_client:+, its client $of_client}: $expected" is "$(answer_of "$name")" "$expected"
    claim "we call $release with $of_both${of_server:+, its server $of_server}: $expected" \
      eval "[ $expected = \"\$(tool ping $name@localhost good 2>&1 | grep -o '^p[ao]ng')\" ]"
  done < <(rows <<<"$wire_rows")
}

# --- keys of certificates, on either side

key_rows="
# key     | version | 25   | 27   | 29
ec        | 1.2     | pong | pong | pong
ec        | 1.3     | pong | pong | pong
secp384r1 | 1.2     | pong | pong | pong
secp384r1 | 1.3     | pong | pong | pong
secp521r1 | 1.2     | pong | pong | pong
secp521r1 | 1.3     | pong | pong | pong
rsa       | 1.2     | pong | pong | pong
rsa       | 1.3     | pong | pong | pong
ed25519   | 1.2     | pang | pang | pang
ed25519   | 1.3     | pong | pong | pong
"
key_certificates() {
  local key
  for key in ec secp384r1 secp521r1 rsa ed25519; do node "key_$key" "DNS:localhost,DNS:$host" "key=$key"; done
}
keys() {
  local key version on25 on27 on29 expected name count=0
  while IFS='|' read -r key version on25 on27 on29; do
    count=$((count + 1)) name=${p}_key$count
    start_node "${name}_of_ours@localhost" $(ours "key_$key") --tls-versions "$version"
    optfile "key$count" "key_$key" "{versions,['tlsv$version']}"
    begin_erl "$name" "key$count" "net_adm:ping('${name}_of_ours@localhost')"
    [ $((count % 4)) != 0 ] || until_true 60 answered "$name"
  done < <(rows <<<"$key_rows")
  count=0
  while IFS='|' read -r key version on25 on27 on29; do
    count=$((count + 1)) name=${p}_key$count expected=$(of_release "$on25" "$on27" "$on29")
    until_true 60 answered "$name"
    claim "$release calls ours in TLS $version, both have a key $key: $expected" is "$(answer_of "$name")" "$expected"
    claim "we call $release in TLS $version, both have a key $key: $expected" \
      eval "[ $expected = \"\$(tool ping $name@localhost key_$key 2>&1 | grep -o '^p[ao]ng')\" ]"
  done < <(rows <<<"$key_rows")
}

# --- ends of connections

# What a real node that is connected to NODE sees of its end; it tells that it is connected.
sees_end_of() {
  echo "begin ok = net_kernel:monitor_nodes(true, [nodedown_reason]), pong = net_adm:ping('$1'), {ok, Address} = net_kernel:node_info('$1', address)," \
    "io:format(\"~nconnected ~w~n\", [{element(4, Address), element(5, Address)}])," \
    "receive {nodedown, _, Why} -> Why after 60000 -> nothing end end"
}
connected() { grep -aq '^connected' "$work/$1.log"; }
# Connected in silence for more than two times of net_ticktime, which is 4 s on both sides.
quiet() {
  echo "begin pong = net_adm:ping('$1'), receive after 10000 -> lists:member('$1', nodes()) end end"
}
ends() {
  local signal name ours ways way number
  optfile ends good "$both"
  local quiet_ours="${p}_quiet_of_ours@localhost"
  start_node "$quiet_ours" $(ours good) --net-ticktime 4 --log-level debug
  begin_erl "${p}_quiet" ends "$(quiet "$quiet_ours")" -kernel net_ticktime 4
  for signal in TERM KILL; do
    start_node "${p}_end_${signal}_of_ours@localhost" $(ours good)
    begin_erl "${p}_end_$signal" ends "$(sees_end_of "${p}_end_${signal}_of_ours@localhost")"
    until_true 30 connected "${p}_end_$signal"
    claim "$release: the address of our node is one of TLS" grep -aqx "connected {tls,inet}" "$work/${p}_end_$signal.log"
    kill -"$signal" "$node_pid"; wait "$node_pid" 2>/dev/null || true
    until_true 30 answered "${p}_end_$signal"
    claim "our node ends by SIG$signal: $release sees a shutdown" is "$(answer_of "${p}_end_$signal")" "[{nodedown_reason,shutdown}]"
  done
  # The real node sends no close_notify: each of its ends is an ordinary one for us.
  ours="${p}_ends_of_ours@localhost"
  start_node "$ours" $(ours good) --log-level debug
  ways=("erlang:halt(0, [{flush, false}])" "init:stop()" "erlang:disconnect_node('$ours')" SIGKILL)
  for number in "${!ways[@]}"; do
    way=${ways[number]} name=${p}_way$number
    case $way in
      SIGKILL) begin_erl "$name" ends "net_adm:ping('$ours')"; until_true 30 answered "$name"; kill -9 "${started[-1]}" ;;
      *) begin_erl "$name" ends "begin pong = net_adm:ping('$ours'), $way end" ;;
    esac
    claim "$release ends a connection by $way: our node sees the end" until_true 30 grep -q "the connection to $name@localhost ends" "$work/$ours.log"
    # The system resets the connection of a node that ends with unread input: that is a warning.
    claim "and does not warn of it, unless the system says more" eval "! grep 'warning.*the connection to $name@localhost ends' '$work/$ours.log' | grep -qv ECONNRESET"
  done
  until_true 60 answered "${p}_quiet"
  claim "$release: a silent connection lives on, by ticks" is "$(answer_of "${p}_quiet")" true
  claim "and our node saw no end of it" eval "! grep -q 'the connection to ${p}_quiet@localhost ends' '$work/$quiet_ours.log'"
}
