# Sourced by scenarios of TLS, after tls.sh: what a real node of the release `root` and ours do with each other, as tables.
# The certificates good, foreign, elsewhere, expired, early, server_only, client_only and revoked, and the list of revoked ones,
# are there.

both="{versions,['tlsv1.3','tlsv1.2']}"
lists() { echo "{crl_check,$1},{crl_cache,{ssl_crl_hash_dir,{internal,[{dir,\"$2\"}]}}}"; }

# choose_release ROOT: sets `root`, `release` and `p`, the start of the names of this release's nodes.
choose_release() {
  root=$1
  release=$(release_of)
  p=otp$release
}
# of_release 25 27 29: the word for this release.
of_release() { case $release in 25) echo "$1" ;; 27) echo "$2" ;; *) echo "$3" ;; esac; }
# A column may have several texts: ONE or ANOTHER.
rows() { grep -v '^ *\(#\|$\)' | sed 's/ *| */|/g; s/^ *//; s/ *$//'; }

# --- out of the box, with one version alone, messages of all sizes, new keys

ways_rows="
# options of the real node          | versions of ours | OTP 25 | 27   | 29
                                    | 1.2,1.3          | pong   | pong | pong
                                    | 1.2              | pong   | pong | pong
                                    | 1.3              | pang   | pang | pong
{versions,['tlsv1.2']}              | 1.2,1.3          | pong   | pong | pong
{versions,['tlsv1.3']}              | 1.2,1.3          | pong   | pong | pong
{versions,['tlsv1.3']}              | 1.3              | pong   | pong | pong
{versions,['tlsv1.3']}              | 1.2              | pang   | pang | pang
{versions,['tlsv1.2']}              | 1.3              | pang   | pang | pang
"
ways() {
  local options versions on25 on27 on29 expected file count=0 name
  optfile way0 good
  optfile way2 good "{versions,['tlsv1.2']}"
  optfile way3 good "{versions,['tlsv1.3']}"
  for versions in 1.2,1.3 1.2 1.3; do start_node "${p}_v${versions//[.,]/}@localhost" $(ours good) --tls-versions $versions; done
  local all="[{N, net_adm:ping(N)} || N <- ['${p}_v1213@localhost','${p}_v12@localhost','${p}_v13@localhost']]"
  for file in way0 way2 way3; do begin_erl "${p}_$file" $file "$all"; done
  for file in way0 way2 way3; do until_true 60 answered "${p}_$file"; done
  while IFS='|' read -r options versions on25 on27 on29; do
    expected=$(of_release "$on25" "$on27" "$on29")
    case $options in *1.2*) file=way2 ;; *1.3*) file=way3 ;; *) file=way0 ;; esac
    claim "$release, ${options:-default} calls our $versions: $expected" grep -aqF "{${p}_v${versions//[.,]/}@localhost,$expected}" "$work/${p}_$file.log"
    [ $expected = pong ] || claim "and our log says why" log_has "${p}_v${versions//[.,]/}@localhost" "no version or cipher of TLS in common"
    claim "our $versions calls $release, ${options:-default}: $expected" eval "[ $expected = \"\$(tool ping ${p}_$file@localhost 'good --tls-versions $versions' 2>&1 | grep -o '^p[ao]ng')\" ]"
  done < <(rows <<<"$ways_rows")
}
messages() {
  local ours="${p}_ours@localhost" file
  start_node "$ours" $(ours good)
  optfile renegotiating good "{versions,['tlsv1.2']},{renegotiate_at,20}"
  optfile updating good "{versions,['tlsv1.3']},{key_update_at,20000}"
  for file in way0 way2 way3 renegotiating updating; do begin_erl "${p}_m_$file" $file "tls:echo('$ours')"; done
  for file in way0:default way2:1.2 way3:1.3 "renegotiating:1.2, the peer renegotiates again and again" "updating:1.3, the peer updates its keys again and again"; do
    until_true 60 answered "${p}_m_${file%%:*}"
    claim "$release: messages of all sizes arrive and come back: ${file#*:}" is "$(answer_of "${p}_m_${file%%:*}")" ok
  done
}

# --- names and certificates: who calls compares the server's certificate with the host that it calls

# One certificate for all names of a host, which all releases take.
recipe="DNS:b.example,DNS:b6.example,DNS:127.0.0.1,IP:127.0.0.1,DNS:fd77::1,IP:fd77::1"
name_rows="
# host called | in the certificate         | OTP 25 | 27   | 29   | ours
127.0.0.1     | IP:127.0.0.1               | pang   | pong | pong | pong
127.0.0.1     | DNS:127.0.0.1              | pong   | pang | pang | pong
127.0.0.1     | DNS:127.0.0.1,IP:127.0.0.1 | pong   | pong | pong | pong
127.0.0.1     | IP:127.0.0.2               | pang   | pang | pang | pang
127.0.0.1     | CN=127.0.0.1               | pang   | pang | pang | pang
b.example     | DNS:b.example              | pong   | pong | pong | pong
b.example     | DNS:B.EXAMPLE              | pong   | pong | pong | pong
B.EXAMPLE     | DNS:b.example              | pong   | pong | pong | pong
b.example     | CN=b.example               | pong   | pang | pang | pang
b.example     | DNS:*.example              | pang   | pang | pang | pang
b.example     | IP:127.0.0.1               | pang   | pang | pang | pang
b             | DNS:b                      | pong   | pong | pong | pong
b             | DNS:b.example              | pang   | pang | pang | pang
::1           | IP:::1                     | pang   | pong | pong | pong
::1           | DNS:::1                    | pong   | pang | pang | pong
::1           | DNS:::1,IP:::1             | pong   | pong | pong | pong
fd77::1       | IP:fd77::1                 | pang   | pong | pong | pong
fd77::1       | DNS:fd77::1                | pong   | pang | pang | pong
fd77::1       | DNS:fd77::1,IP:fd77::1     | pong   | pong | pong | pong
fd77::1       | IP:fd77::2                 | pang   | pang | pang | pang
b.example     | DNS:b.example usage=none   | pong   | pong | pong | pong
b.example     | $recipe                    | pong   | pong | pong | pong
127.0.0.1     | $recipe                    | pong   | pong | pong | pong
fd77::1       | $recipe                    | pong   | pong | pong | pong
"
# /proc/net/if_inet6 has addresses in full.
has_ipv6() {
  case $1 in ::1) grep -q '^0\{31\}1 ' /proc/net/if_inet6 2>/dev/null ;; fd77::1) grep -q '^fd770\{27\}1 ' /proc/net/if_inet6 2>/dev/null ;; esac
}
# Starts our node of each row, once for all releases, and asks for our own column.
name_nodes() {
  local host_part in_it on25 on27 on29 ours count=0 name protocol kind at
  echo '{host,{127,0,0,1},["localhost","b.example","b"]}. {lookup,[file,native]}.' >"$work/inetrc"
  while IFS='|' read -r host_part in_it on25 on27 on29 ours; do
    count=$((count + 1)) name=row$count protocol=inet_tls kind=--name at=127.0.0.1
    # shellcheck disable=SC2086
    case $in_it in CN=*) node $name none "subject=${in_it#CN=}" ;; *) node $name $in_it ;; esac
    case $host_part in *:*) protocol=inet6_tls at=$host_part; has_ipv6 "$host_part" || continue ;; *.*) ;; *) kind=--sname ;; esac
    "$NODERUNTIME_BIN/noderuntime" start $kind "$name@$host_part" $(ours $name) --setup-time $setup_time --setcookie "$cookie" >"$work/$name.log" 2>&1 &
    started+=($!)
    until_true 20 grep -q "is up on port" "$work/$name.log"
    case $at in *:*) at="[$at]" ;; esac
    at=$at:$(sed -n 's/.*is up on port //p' "$work/$name.log")
    claim "we call $host_part, the certificate has $in_it: $ours" \
      eval "[ $ours = \"\$(tool ping '$name@$host_part' good --address '$at' 2>&1 | grep -o '^p[ao]ng')\" ]"
    echo "$name@$host_part|$in_it|$on25|$on27|$on29" >>"$work/names"
  done < <(rows <<<"$name_rows")
}
names() {
  local node in_it on25 on27 on29 expected log nodes=()
  local -A asks=([short]="" [long]="" [six]="")
  while IFS='|' read -r node in_it on25 on27 on29; do
    case $node in *@*:*) log=six ;; *@*.*) log=long ;; *) log=short ;; esac
    asks[$log]+="${asks[$log]:+,}'$node'"
  done <"$work/names"
  export ERL_INETRC=$work/inetrc
  optfile names good
  for log in short:_short@localhost long:_long@127.0.0.1 six:_six@::1; do
    [ -n "${asks[${log%%:*}]}" ] || continue
    (erl_with "$p${log#*:}" names -eval "[io:format(\"~nanswer ~s ~w~n\", [N, net_adm:ping(N)]) || N <- [${asks[${log%%:*}]}]], io:format(\"all~n\").") >"$work/${p}_names_${log%%:*}.log" 2>&1 &
    started+=($!); nodes+=("${p}_names_${log%%:*}")
  done
  unset ERL_INETRC
  for log in "${nodes[@]}"; do until_true 60 grep -qx all "$work/$log.log"; done
  while IFS='|' read -r node in_it on25 on27 on29; do
    expected=$(of_release "$on25" "$on27" "$on29")
    claim "$release calls ${node#*@}, the certificate has $in_it: $expected" eval "grep -qxF 'answer $node $expected' '$work/${p}'_names_*.log"
  done <"$work/names"
}

# --- refusals: what both sides say

# One side's certificate is bad. `*`: not for this role.
refusal_rows="
# certificate | our log, the caller has it   | log of the calling OTP  | we say, the node has it | log of the called OTP, 1.2
-             | needs a certificate of both  | Handshake Failure or Certificate [Rr]equired | *    | *
expired       | has expired: the peer's      | Certificate Expired     | has expired             | Certificate Expired
early         | not valid yet: the peer's    | Bad Certificate         | not valid yet           | Bad Certificate
foreign       | unknown authority: the peer's| Unknown CA              | unknown authority       | Unknown CA
revoked       | is revoked: the peer's       | Certificate Revoked     | is revoked              | Certificate Revoked
server_only   | not for this purpose         | Unsupported Certificate | *                       | *
client_only   | *                            | *                       | not for this purpose    | Unsupported Certificate
elsewhere     | *                            | *                       | names other hosts.*elsewhere.example | Bad Certificate
"
twice() { [ "$(grep -acE -- "$2" "$work/$1.log")" -ge 2 ]; }
refusals() {
  local certificate we_log they_log we_say called version
  start_node "${p}_s12@localhost" $(ours good) --tls-versions 1.2 --tls-crl-dir "$here/crls"
  start_node "${p}_s13@localhost" $(ours good) --tls-versions 1.3 --tls-crl-dir "$here/crls"
  while IFS='|' read -r certificate _; do
    optfile "cert_$certificate" "$certificate" "$both"
    begin_erl "${p}_$certificate" "cert_$certificate" "[net_adm:ping(N) || N <- ['${p}_s12@localhost'|lists:duplicate(2, '${p}_s13@localhost')]]"
  done < <(rows <<<"$refusal_rows")
  while IFS='|' read -r certificate _; do until_true 60 answered "${p}_$certificate"; done < <(rows <<<"$refusal_rows")
  while IFS='|' read -r certificate we_log they_log we_say called; do
    if [ "$we_log" != '*' ]; then
      claim "$release calls with '$certificate': no pong" is "$(answer_of "${p}_$certificate")" "[pang,pang,pang]"
      claim "its log: $they_log" log_has "${p}_$certificate" "TLS client: In state .* received SERVER ALERT: Fatal - (${they_log// or /|})"
      # 27 and 29 do not always log an alert that comes right after the handshake of TLS 1.3.
      [ "$release" != 25 ] || claim "in both versions" until_true 5 twice "${p}_$certificate" "received SERVER ALERT: Fatal - (${they_log// or /|})"
      for version in 1.2 1.3; do claim "our log, $version: $we_log" log_has "${p}_s${version/./}@localhost" "$we_log"; done
    fi
    [ "$we_say" != '*' ] || continue
    for version in 1.2 1.3; do
      claim "we call $release with '$certificate', $version, and say: $we_say" fails_with "$we_say" tool ping "${p}_$certificate@localhost" good --tls-versions $version --tls-crl-dir "$here/crls"
    done
    claim "its log, 1.2: $called" log_has "${p}_$certificate" "TLS server: In state .* received CLIENT ALERT: Fatal - $called"
    # OpenSSL's client sends this alert before its keys are in use, and OTP expects them to be.
    claim "its log, 1.3: an alert that is not encrypted" log_has "${p}_$certificate" "record_type_mismatch,21|Unexpected Message"
  done < <(rows <<<"$refusal_rows")
  claim "we call $release, whose certificate is for servers only" pong "${p}_server_only" good
}

# The real node refuses.
refused_rows="
# our certificate | log of OTP, which calls              | our log                                   | log of OTP, which is called
foreign           | CLIENT ALERT: Fatal - Unknown CA     | unknown authority.*ours, says the peer   | SERVER ALERT: Fatal - Unknown CA
revoked           | CLIENT ALERT: Fatal - Certificate Revoked | is revoked.*ours, says the peer     | SERVER ALERT: Fatal - Certificate Revoked
elsewhere         | hostname_check_failed                | certificate is refused: ours or handshake_failure | *
-                 | *                                    | certificate of both sides or handshake_failure | no_client_certificate_provided or certificate_required
"
refused() {
  local certificate calls our_log called version asked=""
  start_node "${p}_foreign_of_ours@localhost" $(ours foreign)
  start_node "${p}_revoked_of_ours@localhost" $(ours revoked)
  start_node "${p}_elsewhere_of_ours@localhost" $(ours elsewhere)
  start_node "${p}_plain_of_ours@localhost"
  cookie=another start_node "${p}_cookie_of_ours@localhost" $(ours good)
  for certificate in foreign revoked elsewhere plain cookie; do asked+="${asked:+,}'${p}_${certificate}_of_ours@localhost'"; done
  optfile strict good "$both,$(lists true "$here/crls")"
  start_erl "${p}_strict" strict "[net_adm:ping(N) || N <- [$asked]]"
  until_true 30 answered "${p}_strict"
  claim "$release calls what it has to refuse, a plain node, and one with another cookie" is "$(answer_of "${p}_strict")" "[pang,pang,pang,pang,pang]"
  while IFS='|' read -r certificate calls our_log called; do
    if [ "$calls" != '*' ]; then
      claim "our certificate is '$certificate', the log of $release: $calls" log_has "${p}_strict" "$calls"
      claim "our log: $our_log" log_has "${p}_${certificate}_of_ours@localhost" "${our_log// or /|}"
    fi
    [ "$called" != '*' ] || continue
    for version in 1.2 1.3; do
      claim "we call with '$certificate', $version, and say: $our_log" fails_with "${our_log// or /|}" tool ping "${p}_strict@localhost" "$certificate" --tls-versions $version
    done
    claim "the log of $release: $called" log_has "${p}_strict" "${called// or /|}"
  done < <(rows <<<"$refused_rows")
  claim "our plain node: the peer speaks TLS" log_has "${p}_plain_of_ours@localhost" "the peer speaks TLS"
  claim "and the log of $release: Unexpected Message" log_has "${p}_strict" "TLS client: In state .* received SERVER ALERT: Fatal - Unexpected Message"
  claim "our node with another cookie says so" log_has "${p}_cookie_of_ours@localhost" "does not know our cookie"
  cookie=wrong claim "we call with another cookie" fails_with "does not know our cookie" tool ping "${p}_strict@localhost" good
  claim "the log of $release: Invalid challenge reply" log_has "${p}_strict" "rejected. Invalid challenge reply"
  claim "we call without TLS, and say: the peer speaks TLS" fails_with "the peer speaks TLS" "$NODERUNTIME_BIN/noderuntime" ping "${p}_strict@localhost" --setcookie "$cookie"
  claim "the log of $release: unsupported_record_type,0" log_has "${p}_strict" "unsupported_record_type,0"
}

# Options of the real node that are wrong, ciphers without a common one, no TLS.
wrong_options() {
  local ours="${p}_options@localhost"
  start_node "$ours" $(ours good)
  start_node "${p}_chacha@localhost" $(ours good) --tls-versions 1.3 --tls-ciphers TLS_CHACHA20_POLY1305_SHA256
  optfile aes good "{versions,['tlsv1.3']},{ciphers,[\"TLS_AES_128_GCM_SHA256\"]}"
  optfile misplaced good "" "{fail_if_no_peer_cert,true}"
  optfile nowhere good "" "" '{certfile,"/nowhere.pem"}'
  begin_erl "${p}_aes" aes "[net_adm:ping('$ours'), net_adm:ping('${p}_chacha@localhost')]"
  begin_erl "${p}_misplaced" misplaced "net_adm:ping('$ours')"
  begin_erl "${p}_nowhere" nowhere
  start_erl "${p}_plain" -
  for name in aes misplaced nowhere; do until_true 30 answered "${p}_$name"; done
  claim "$release calls with no cipher in common: no pong, and one with our other node" is "$(answer_of "${p}_aes")" "[pong,pang]"
  claim "our log: no version or cipher in common" log_has "${p}_chacha@localhost" "no version or cipher of TLS in common"
  claim "we call $release with no cipher in common" fails_with "in common" tool ping "${p}_aes@localhost" "good --tls-ciphers TLS_CHACHA20_POLY1305_SHA256"
  local before; before=$(grep -c "ends:" "$work/$ours.log" || true)
  claim "an option of a server in the client's section of $release" is "$(answer_of "${p}_misplaced")" "$(of_release pong pang pang)"
  claim "then it has not called, and our log has nothing" is "$(grep -c "ends:" "$work/$ours.log" || true)" "$before"
  claim "a server of $release without its certificate: we say that it closed the connection" fails_with "closed|reset by peer" tool ping "${p}_nowhere@localhost" good
  claim "its log: the file" log_has "${p}_nowhere" "nowhere.pem"
  claim "a plain node of $release: no pong after the time that we were given" fails_with "time" tool ping "${p}_plain@localhost" good --timeout 2s
  local call; call=$(command -v "$root/usr/bin/erl_call" || command -v "$root/usr/lib/erlang/bin/erl_call") || return 0
  claim "erl_call of $release, which has no TLS, fails" fails_with . eval '(real "${call#"$root"}" -sname "$ours" -c "$cookie" -a "erlang node")'
  claim "and our log says so" log_has "$ours" "the peer does not speak TLS"
}

# --- revocation lists

list_rows="
# crl_check   | lists | good | revoked
true          | yes   | pong | pang
peer          | yes   | pong | pang
best_effort   | yes   | pong | pang
true          | no    | pang | pang
best_effort   | no    | pong | pong
"
revocation() {
  local rule there good revoked name directory certificate expected
  mkdir -p "$here/no_lists"
  while IFS='|' read -r rule there good revoked; do
    directory=$here/crls
    [ $there = yes ] || directory=$here/no_lists
    name=lists_${rule}_$there
    optfile $name good "$both,$(lists "$rule" "$directory")"
    begin_erl "${p}_$name" $name
    start_node "${p}_${name}_of_ours@localhost" --proto-dist inet_tls --ssl-dist-optfile "$work/$name.conf"
  done < <(rows <<<"$list_rows")
  for certificate in good revoked; do
    optfile "listed_$certificate" $certificate "$both"
    begin_erl "${p}_listed_$certificate" "listed_$certificate" "[{N, net_adm:ping(list_to_atom(\"${p}_lists_\" ++ N ++ \"_of_ours@localhost\"))} || N <- [\"true_yes\",\"peer_yes\",\"best_effort_yes\",\"true_no\",\"best_effort_no\"]]"
  done
  for certificate in good revoked; do until_true 30 answered "${p}_listed_$certificate"; done
  while IFS='|' read -r rule there good revoked; do
    name=lists_${rule}_$there
    until_true 30 answered "${p}_$name"
    for certificate in good revoked; do
      expected=${!certificate}
      claim "crl_check $rule, lists: $there: $release is called with '$certificate': $expected" \
        eval "[ $expected = \"\$(tool ping ${p}_$name@localhost $certificate 2>&1 | grep -o '^p[ao]ng')\" ]"
      [ "$rule-$there-$certificate" != true-no-good ] || claim "its log: no_relevant_crls" log_has "${p}_$name" "no_relevant_crls"
      claim "and so is ours" grep -aqF "$(codes "${name#lists_}"),$expected}" "$work/${p}_listed_$certificate.log"
      claim "and we call $release that has it" \
        eval "[ $expected = \"\$('$NODERUNTIME_BIN/noderuntime' ping ${p}_listed_$certificate@localhost --proto-dist inet_tls --ssl-dist-optfile '$work/$name.conf' --setcookie $cookie 2>&1 | grep -o '^p[ao]ng')\" ]"
    done
  done < <(rows <<<"$list_rows")
}
# A string as io:format("~w") prints it.
codes() { python3 -c 'import sys; print("{" + str([ord(c) for c in sys.argv[1]]).replace(" ", ""), end="")' "$1"; }

# --- other options of a client that dials another host's certificate; verify_fun of a server

option_rows="
# option of the client                                                      | 25   | 27   | 29
{server_name_indication,disable}                                            | pang | pong | pong
{server_name_indication,\"elsewhere.example\"}                              | pang | pong | pong
{customize_hostname_check,[{match_fun,fun(_,_)->true end}]}                 | pong | pong | pong
{verify,verify_none}                                                        | pong | pong | pong
"
options() {
  local option on25 on27 on29 count=0 expected
  start_node "${p}_other_host@localhost" $(ours elsewhere)
  while IFS='|' read -r option on25 on27 on29; do
    count=$((count + 1))
    optfile "option$count" good "" "$option"
    begin_erl "${p}_option$count" "option$count" "net_adm:ping('${p}_other_host@localhost')"
  done < <(rows <<<"$option_rows")
  optfile allowing good "" "" "{verify_fun,{fun inet_tls_dist:verify_client/3,any}}"
  start_erl "${p}_allowing" allowing "net_kernel:allow(['x@localhost'])"
  start_erl "${p}_allowing_all" allowing
  optfile plainly good
  start_erl "${p}_narrowing" plainly "net_kernel:allow(['x@localhost'])"
  begin_erl "${p}_same_net" plainly none -kernel check_ip true
  count=0
  while IFS='|' read -r option on25 on27 on29; do
    count=$((count + 1)) expected=$(of_release "$on25" "$on27" "$on29")
    until_true 30 answered "${p}_option$count"
    claim "$release with $option: $expected" is "$(answer_of "${p}_option$count")" "$expected"
    # Ours refuses code, and does otherwise what 27 does.
    case $option in {customize*) continue ;; esac
    claim "and ours with it: $on27" is "$("$NODERUNTIME_BIN/noderuntime" ping "${p}_other_host@localhost" --proto-dist inet_tls --ssl-dist-optfile "$work/option$count.conf" --setcookie $cookie 2>&1 | grep -o '^p[ao]ng')" "$on27"
  done < <(rows <<<"$option_rows")
  claim "$release with verify_client and allow: another host's certificate is refused" fails_with handshake_failure tool ping "${p}_allowing@localhost" elsewhere --as x@localhost
  claim "its log says why" log_has "${p}_allowing" "cert_no_hostname_nor_ip_match"
  claim "and ours is taken" pong "${p}_allowing" good --as x@localhost
  claim "with nobody allowed by name, all are" pong "${p}_allowing_all" elsewhere --as x@localhost
  claim "$release with allow, but without verify_client: the same certificate is refused" fails_with . tool ping "${p}_narrowing@localhost" elsewhere --as x@localhost
  claim "its log says so" log_has "${p}_narrowing" "Connection attempt from disallowed node"
  claim "and ours is taken there" pong "${p}_narrowing" good --as x@localhost
  until_true 20 registered "${p}_same_net"
  claim "$release with check_ip takes a caller of its own network" pong "${p}_same_net" good
}

bad_certificates() {
  make authority
  make authority other
  node good "DNS:localhost,DNS:$host"
  node foreign "DNS:localhost,DNS:$host" by=other
  node elsewhere DNS:elsewhere.example
  node expired "DNS:localhost,DNS:$host" dates=expired
  node early "DNS:localhost,DNS:$host" dates=early
  node server_only "DNS:localhost,DNS:$host" usage=serverAuth
  node client_only "DNS:localhost,DNS:$host" usage=clientAuth
  node revoked "DNS:localhost,DNS:$host"
  make revoke revoked
}
