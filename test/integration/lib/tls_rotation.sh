# Sourced by scenarios of TLS, after tls_rows.sh: certificates, authorities and revocation lists that are replaced while a node
# of the release `root` and ours run. The authority `other` and the certificates foreign and renewed, which it signed, are there.

# OTP reads PEM files again when its cache of them is cleaned, each 2 minutes. It never reads an option file again.
cleaning=200 # seconds, on a busy machine
# after_cleaning COMMAND…: is it true within this time? Asked with pauses, because OTP keeps authorities while connections use
# them, and half a second longer.
after_cleaning() {
  local end=$((SECONDS + cleaning))
  until "$@"; do
    [ $SECONDS -lt $end ] || return 1
    sleep 3
  done
}

# replace NAME CERTIFICATE: the files NAME.pem and NAME.key get those of CERTIFICATE, as a renewal does it.
replace() {
  local kind
  for kind in key pem; do
    cp "$here/$2.$kind" "$here/$1.$kind.new"
    mv "$here/$1.$kind.new" "$here/$1.$kind"
  done
}
# trusting AUTHORITY: our options, with the certificate good, for a caller that trusts that authority alone.
trusting() { echo --proto-dist inet_tls --tls-cacert "$here/$1.pem" --tls-cert "$here/good.pem" --tls-key "$here/good.key"; }
# call_as TEXT NODE OPTION…: our tool's call of NODE has TEXT in its output.
call_as() {
  local text=$1 called=$2; shift 2
  "$NODERUNTIME_BIN/noderuntime" ping "$called@localhost" --setcookie "$cookie" "$@" >"$work/told" 2>&1 || true
  grep -qE -- "$text" "$work/told" || { cat "$work/told"; return 1; }
}
serial_of() { openssl x509 -in "$here/$1.pem" -noout -serial | sed 's/serial=//'; }
stays_connected() { # NODE PEER
  "$NODERUNTIME_BIN/noderuntime" call "$1@localhost" 'erlang:nodes()' --setcookie "$cookie" "${@:3}" | grep -q "$2@localhost"
}

# Begins what the function rotation ends: the files of the real node are replaced now, and it reads them in its own time.
begin_rotation() {
  local name
  replace "${p}_own" good
  cp "$here/other.pem" "$here/${p}_peers.pem"
  cat "$here/ca.pem" "$here/other.pem" >"$here/all.pem"
  node "${p}_spare" "DNS:localhost,DNS:$host"
  mkdir -p "$here/${p}_crls"; cp "$here"/crls/* "$here/${p}_crls"
  # Its certificate is replaced; of the authorities of its peers those that it trusts.
  optfile "${p}_rotates" "${p}_own" "$both"
  sed "s|$here/ca.pem|$here/${p}_peers.pem|g" "$work/${p}_rotates.conf" >"$work/${p}_trusts.conf"
  optfile "${p}_lists" good "$both,$(lists true "$here/${p}_crls")"
  start_node "${p}_stays_of_ours@localhost" $(ours good)
  begin_erl "${p}_rotates" "${p}_rotates" "net_adm:ping('${p}_stays_of_ours@localhost')"
  begin_erl "${p}_trusts" "${p}_trusts"
  begin_erl "${p}_lists" "${p}_lists"
  for name in rotates trusts lists; do until_true 60 answered "${p}_$name"; done
  claim "$release: before its certificate is replaced, it is taken" call_as ^pong "${p}_rotates" $(trusting ca)
  claim "$release: a certificate of an authority that it does not trust is refused" call_as "unknown authority.*ours, says the peer" "${p}_trusts" $(trusting all)
  claim "$release: before it is revoked, our certificate is taken" call_as ^pong "${p}_lists" $(ours "${p}_spare")
  replace "${p}_own" foreign
  cp "$here/all.pem" "$here/${p}_peers.pem.new"; mv "$here/${p}_peers.pem.new" "$here/${p}_peers.pem"
  make revoke "${p}_spare"
  cp "$here"/crls/* "$here/${p}_crls"
  claim "$release: a new revocation list counts with the next handshake" until_true 10 call_as "is revoked|certificate_revoked" "${p}_lists" $(ours "${p}_spare")
}
rotation() {
  claim "$release: its new certificate is served after a while" after_cleaning call_as "unknown authority.*the peer's" "${p}_rotates" $(trusting ca)
  claim "and who trusts its authority takes it" call_as ^pong "${p}_rotates" $(trusting all)
  claim "and its open connection lives on" stays_connected "${p}_stays_of_ours" "${p}_rotates" $(ours good)
  claim "$release: a new file of authorities counts after a while" after_cleaning call_as ^pong "${p}_trusts" $(trusting all)
  ours_rotate
}

# The same with our node, which finds the new files by itself.
ours_rotate() {
  local name=${p}_rotates_of_ours
  replace "${p}_own" good
  cp "$here/ca.pem" "$here/${p}_peers.pem"
  start_node "$name@localhost" --proto-dist inet_tls --tls-cert "$here/${p}_own.pem" --tls-key "$here/${p}_own.key" --tls-cacert "$here/${p}_peers.pem"
  optfile good good "$both"
  optfile from_other foreign "$both"
  sed -i "s|$here/ca.pem|$here/all.pem|g" "$work/from_other.conf"
  sed "s|$here/ca.pem|$here/all.pem|g" "$work/good.conf" >"$work/good_all.conf"
  begin_erl "${p}_open" good "net_adm:ping('$name@localhost')"
  until_true 30 answered "${p}_open"
  claim "$release calls ours, whose certificate is to be replaced" is "$(answer_of "${p}_open")" pong
  claim "$release calls with a certificate of an authority that we do not trust" is "$(erl_says from_other "net_adm:ping('$name@localhost')")" pang
  cp "$here/all.pem" "$here/${p}_peers.pem.new"; mv "$here/${p}_peers.pem.new" "$here/${p}_peers.pem"
  claim "our node reads a new file of authorities by itself" until_true 20 grep -q "read again" "$work/$name@localhost.log"
  claim "and it counts for $release" is "$(erl_says from_other "net_adm:ping('$name@localhost')")" pong
  replace "${p}_own" renewed
  kill -HUP "$node_pid"
  claim "our node reads a new certificate" until_true 20 grep -q "read again: .*serial $(serial_of renewed)" "$work/$name@localhost.log"
  claim "$release refuses it, if it does not trust its authority" is "$(erl_says good "net_adm:ping('$name@localhost')")" pang
  claim "and takes it, if it does" is "$(erl_says good_all "net_adm:ping('$name@localhost')")" pong
  claim "and its open connection lives on" stays_connected "$name" "${p}_open" $(trusting all)
}
