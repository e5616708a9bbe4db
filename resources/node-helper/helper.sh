#!/bin/sh
# Toque's node helper: stock tools, driven by the engine through `docker exec`. It decides nothing: it keeps the files it was
# given last on its volume, puts them to work at every start (boot, dockerd restart), and serves them while no engine is there.
S=/var/lib/toque D=$S/drive R=/run/toque SOCK=/var/run/docker.sock BNF=/proc/sys/net/bridge
mkdir -p $D $R && cd $R || exit 1
# Keeps a file on the volume for the next start. A full disk keeps nothing, and must not stop what works without it: $R is memory.
keep() { busybox cmp -s $1 $S/$2 || { cp $1 $S/.$2 && ${3-true} $S/.$2 && mv $S/.$2 $S/$2; } || { rm -f $S/.$2; false; }; }
# What our rules stand on: forwarding, the way to Service addresses, Docker's firewall. node.env: BRIDGE GATEWAY CLUSTER SERVICES.
base() {
  . $S/node.env
  [ -d /sys/class/net/$BRIDGE ] || { echo "the bridge $BRIDGE is not there yet"; return 1; }
  [ "$(cat /proc/sys/net/ipv4/ip_forward)" = 1 ] || echo 1 >/proc/sys/net/ipv4/ip_forward
  echo 1 >/proc/sys/net/ipv4/conf/all/route_localnet   # node ports on 127.0.0.1, also to other nodes; the rules keep anybody else from using it
  [ ! -d $BNF ] || ip link set dev $BRIDGE type bridge nf_call_iptables 1 || return 1   # for our bridge, whatever the sysctl says for all
  ip route replace $SERVICES dev $BRIDGE src $GATEWAY || return 1
  docker_user I; ways
  for port in $(ls /sys/class/net/$BRIDGE/brif); do hairpin $port; done; true
}
# The ways to other nodes' pods: tunnels, then routes (ours have the mark 170), then what is not told goes. One that fails must not cost the rest.
part() { sed -n "s/^$1 //p" $R/ways; }
ways() {
  [ -e $R/ways ] || return 0; bad=
  if grep -q '^wg ' $R/ways; then
    ip link show toque.wg >/dev/null 2>&1 || ip link add toque.wg type wireguard 2>/dev/null || wireguard_go || bad=1
    wg_key && { printf '[Interface]\nPrivateKey = '; cat $S/wg.key; part wg; } | wg syncconf toque.wg /dev/stdin || bad=1
  fi
  ip link show toque.vx >/dev/null 2>&1 || part new | ip -batch - || bad=1
  for tool in ip bridge; do part $tool | $tool -force -batch - || bad=1; done
  ip route show proto 170 | while read -r cidr _; do grep -q "^to route replace $cidr " $R/ways || ip route del $cidr proto 170; done
  part to | ip -force -batch - || bad=1
  for dev in toque.vx toque.wg; do grep -q " $dev " $R/ways || ip link del $dev 2>/dev/null; done
  [ -z "$bad" ]
}
# Where the kernel has no WireGuard: a process that does it, on a TUN device. It ends with its device.
wireguard_go() { [ -c /dev/net/tun ] || { mkdir -p /dev/net; mknod /dev/net/tun c 10 200; }; wireguard-go toque.wg && ip link show toque.wg >/dev/null; }
# Made here once, and only its public half is ever told.
wg_key() { [ -s $S/wg.key ] || { (umask 077; wg genkey >$S/.wg.key) && mv $S/.wg.key $S/wg.key; }; }
# Docker drops what is forwarded to its bridges, but leaves this chain to others: I puts our rules there, D takes them out.
docker_user() {
  for tool in iptables-nft $(grep -qs filter /proc/net/ip_tables_names && echo iptables-legacy); do
    $tool -n -L DOCKER-USER >/dev/null 2>&1 || continue
    for rule in "-d $CLUSTER -m conntrack --ctstate DNAT" "-s $CLUSTER -m conntrack --ctstate DNAT" "-s $CLUSTER -d $CLUSTER"; do
      $tool -w -C DOCKER-USER $rule -j ACCEPT 2>/dev/null && [ $1 = I ] && continue
      $tool -w -$1 DOCKER-USER $rule -j ACCEPT
    done
  done
}
# Lets a pod reach itself through a Service. Only when it is off: setting it is itself a link event.
hairpin() { read -r on 2>/dev/null </sys/class/net/$1/brport/hairpin_mode && [ $on = 0 ] && bridge link set dev $1 hairpin on 2>/dev/null; }
watch_links() {
  ip -o monitor link | while read -r _ dev rest; do
    [ -s $S/node.env ] && . $S/node.env; dev=${dev%:}
    case $rest in *" master $BRIDGE "*) hairpin ${dev%%@*} ;; *" master "*) ;;
      toque.wg:* | *" state UP "*) ways >/dev/null 2>&1 ;; esac   # "Deleted N: toque.wg: ...": its process died; an uplink that was down has lost its routes
  done
}

# One dnsmasq, started again whenever it ends. A new configuration needs a new process: until it answers, a second one does.
dns() { dnsmasq -k -C $R/dnsmasq.conf -p $1 -x $R/dns-$1.pid; }
dns_forever() { while :; do [ ! -s $R/dnsmasq.conf ] || dns 53; sleep 0.1; done; }
dns_restart() {
  other=$(cat $R/dns-10053.pid 2>/dev/null) && { kill $other; rm -f $R/dns-10053.pid; sleep 0.05; } 2>/dev/null   # the last one's stand-in: it knows the state before
  old=$(cat $R/dns-53.pid 2>/dev/null) && kill -0 $old 2>/dev/null || return 0
  . $S/node.env
  dns 10053 & other=$!; until [ -s $R/dns-10053.pid ] || ! kill -0 $other; do sleep 0.01; done
  redirect="ip daddr $GATEWAY meta l4proto { tcp, udp } th dport 53 redirect to :10053"
  nft "table ip toque_dns { chain in { type nat hook prerouting priority -120; $redirect; }; chain out { type nat hook output priority -120; $redirect; }; }"
  sleep 0.05; kill $old
  for try in 1 2 3 4 5 6 7 8 9; do sleep 0.1; [ -s $R/dns-53.pid ] && [ "$(cat $R/dns-53.pid)" != $old ] && break; done
  nft delete table ip toque_dns; conntrack -D -p udp -d $GATEWAY --orig-port-dst 53 >/dev/null 2>&1
  { sleep 0.5; kill $other; [ "$(cat $R/dns-10053.pid)" != $other ] || rm -f $R/dns-10053.pid; } >/dev/null 2>&1 &
}

# HAProxy, as long as there is a configuration ($R/in). It binds nothing that another one holds; a new one is loaded by the old one's side, which serves until
# then, and hands it its sockets. In the archive, `live`: commands for the one that runs; without `load` they are enough for it.
proxy() { (flock -n 8 || exit; while [ -s $R/in/haproxy.cfg ]; do haproxy -W -S $R/in.master -f $R/in/haproxy.cfg >$R/in.log 2>&1 8>&-; echo over >>$R/in.log; sleep 1; done) 8>$R/in.lock; }
master() { echo "show proc" | socat -t2 - UNIX:$R/in.master 2>/dev/null | sed -n 's/^\([0-9]*\) *master *\([0-9]*\) .failed: \([0-9]*\).*/\1 \2 \3/p'; }
tell() { while read -r line; do echo "$line" | socat -t5 - UNIX:$R/in.sock || return 1; done; }
proxy_end() { rm -rf $R/in; set -- $(master); [ -z "$1" ] || kill $1; }
ingress() {
  [ -s $1 ] || { proxy_end; rm -f $S/ingress.tar; return 0; }
  rm -rf $R/in.new $R/in.old; mkdir -m 700 $R/in.new && busybox tar -xf $1 -C $R/in.new || return 1
  set -- $(master); pid=$1 was="$2 $3"
  for port in $(cat $R/in.new/ports); do
    [ -n "$pid" ] && busybox grep -qsx $port $R/in/ports || ! busybox netstat -ltn | grep -q "[.:]$port " || { echo "port $port is held"; return 1; }
  done
  haproxy -c -q -f $R/in.new/haproxy.cfg || return 1
  mv $R/in $R/in.old 2>/dev/null; mv $R/in.new $R/in; end=$(($(date +%s) + 7))
  if [ -n "$pid" ] && [ ! -e $R/in/load ]; then tell <$R/in/live; return; fi
  [ -z "$pid" ] || [ ! -s $R/in/live ] || tell <$R/in/live >/dev/null 2>&1   # the old one answers once more on each connection that a client keeps
  : >$R/in.log; if [ -n "$pid" ]; then kill -USR2 $pid; else (proxy) </dev/null >/dev/null 2>&1 & fi   # (): else the shell keeps the answer's pipe open
  while [ $(date +%s) -lt $end ]; do
    set -- $(master); [ -z "$1" ] || [ "$2 $3" = "$was" ] || { [ "$3" = 0 ] && return; break; }
    [ -n "$pid" ] || ! grep -qx over $R/in.log || break; sleep 0.1
  done
  grep ALERT $R/in.log || echo "HAProxy does not say that it is ready"
  if [ -n "$pid" ]; then rm -rf $R/in; mv $R/in.old $R/in; else proxy_end; fi; false
}

# Who drives: the engine with the highest epoch, which is the first word. `seen` (its time) is when it last said so, `freed` who stopped last. Others
# read these files as an archive: each is there whole, or the one before. On a full disk the next holder is written over the last one: a line needs no
# room that is not there already, and what was behind it in the file does not count.
say() { { cat >$S/.$1.$$ && ${2-true} $S/.$1.$$ && mv $S/.$1.$$ $D/$1; } || { rm -f $S/.$1.$$; false; }; }
lease() {
  read -r epoch holder _ <$1
  (flock 9; held; [ $epoch -le $was ] || say lease sync <$1 || dd if=$1 of=$D/lease conv=notrunc,fsync) 9>$S/.lock 2>/dev/null
  held; [ $epoch -le $was ] || { echo "the server cannot write down who drives it: is its disk full?"; return 1; }
  [ "$epoch $holder" != "$was $who" ] || { : >$D/seen; [ ! -e $D/freed ] || { read -r e h _ <$D/freed; [ "$e $h" != "$was $who" ] || rm $D/freed; }; } 2>/dev/null
  for file in lease freed; do read -r line <$D/$file && echo "$line"; done 2>/dev/null; true
}
held() { was=0 who=; read -r was who _ 2>/dev/null <$D/lease; }
# The copy of the cluster's state, encrypted, built beside the old one or added to. First line: new|more|done|add, and what it holds then.
copy() {
  read -r how holds <$1; to=$S/copy.new
  case $how in new) : >$to ;; add) to=$S/copy ;; esac
  tail -n +2 $1 >>$to || return 1
  case $how in done) sync $to && mv $to $S/copy ;; add) sync $to ;; *) return ;; esac && echo "$holds" | say copied
}

# What the node is made of: the disk with Docker's data, and devices of the PCI vendors (IDs, one a line) in $1.
facts() {
  busybox stat -f -c 'disk %S %b %a %c %d' $S
  dev=$(busybox stat -c %d $S); dev=$(busybox readlink -f /sys/dev/block/$((dev >> 8 & 4095)):$((dev & 255 | dev >> 12 & 0xfff00)))
  echo "device $dev $(ls $dev/slaves 2>/dev/null | tr '\n' ' ')"
  for file in $dev/queue/rotational $dev/../queue/rotational; do [ ! -e $file ] || echo "rotational $(cat $file)"; done
  for file in $(grep -slxf $1 /sys/bus/pci/devices/*/vendor); do echo "pci $(cat ${file%vendor}class) ${file%/vendor}"; done
  grep -sH . /proc/driver/nvidia/gpus/*/information; true
}

# What volumes (names, one a line, in $1) take on the disk, as they were counted after the last such request. Counting may take long: it goes on behind the answer.
used() {
  cat $R/used 2>/dev/null; cp $1 $R/.volumes && mv $R/.volumes $R/volumes
  (flock -n 7 || exit; while read -r name; do busybox du -skx "/host/volumes/$name/_data"; done <$R/volumes >$R/.used; mv $R/.used $R/used) 7>$R/used.lock </dev/null >/dev/null 2>&1 &
}

# The engine's end: requests `VERB ID SIZE` + SIZE bytes + `.` on stdin, answers `ID CODE SIZE` + text. A file is kept once it has worked.
serve() {
  echo $$ >$R/engine
  echo "toque-helper 1 bridge-netfilter=$([ -d $BNF ] && echo 1 || echo 0) bridge-filter=$(nft -c 'table bridge toque_try { chain c { ct direction reply accept; }; }' 2>/dev/null && echo 1 || echo 0)"
  mkdir -m 700 $R/.s.$$; in=$R/.s.$$/in   # keys may be in it
  while read -r verb id size; do
    : >$in; [ $size = 0 ] || dd bs=$size count=1 iflag=fullblock of=$in 2>/dev/null
    read -r _ || break   # cut off in the middle
    held; [ $2 -ge $was ] || [ $verb = lease ] || [ $verb = release ] || verb=refused
    out=$(case $verb in
      lease) lease $in ;;
      release) say freed <$in; read -r epoch holder _ <$in; [ "$epoch $holder" != "$was $who" ] || rm -f $D/seen ;;
      copy) copy $in ;;
      refused) echo "another engine drives this server now"; false ;;
      node) keep $in node.env && base ;;
      ways) cp $in $R/ways && ways && { keep $in ways; true; } ;;
      key) wg_key && wg pubkey <$S/wg.key ;;
      handshakes) date +%s; wg show toque.wg latest-handshakes ;;
      probe) read -r address port <$in   # does anything answer there?
        { ping -c1 -W1 $address >/dev/null && echo yes; } & { socat -u /dev/null TCP:$address:$port,connect-timeout=1 && echo yes; } & wait ;;
      rules) nft -f $in ;;
      flows) while read -r line; do conntrack -D $line >/dev/null 2>&1; done <$in; true ;;
      backends) conntrack -L --dst-nat 2>/dev/null | grep -v TIME_WAIT | sed -n 's/.* src=\([0-9.]*\) .*/\1/p' | busybox sort -u ;;   # who answers what was redirected
      hosts) cp $in $R/.hosts && mv $R/.hosts $R/hosts && { [ ! -s $R/dns-53.pid ] || kill -HUP $(cat $R/dns-53.pid); } && { keep $in hosts; true; } ;;
      dns) busybox cmp -s $in $R/dnsmasq.conf || {   # an engine that is back says the same again: nothing to start anew
          dnsmasq --test -C $in >/dev/null && cp $in $R/.conf && mv $R/.conf $R/dnsmasq.conf && { dns_restart >/dev/null 2>&1; keep $in dnsmasq.conf; true; }; } ;;
      ingress) ingress $in && { (umask 077; [ ! -s $in ] || keep $in ingress.tar); true; } ;;
      counters) while read -r line; do echo "$line" | socat -t5 - UNIX:$R/in.sock || break; done <$in ;;   # the proxy's: each line asks it something
      read) tr '\n' '\0' <$in | xargs -0 grep -sHE '^[0-9]+$|^(total_)?inactive_file |^usage_usec |^Mem(Total|Available):|^cpu |^[0-9. ]+/[0-9]+ [0-9]+$' ; true ;;
      facts) facts $in ;;
      used) used $in ;;
      *) echo "unknown request $verb"; false ;;
    esac 2>&1); code=$?
    printf '%s %s %s\n%s\n' $id $code ${#out} "$out"
    if [ $verb = rules ] && [ $code = 0 ]; then keep $in rules.nft sync; fi   # after the answer: it need not wait for the disk
  done
  rm -rf $R/.s.$$
}

# Docker: containers with these labels (JSON strings), one container, an order to one.
docker() { curl -s --unix-socket $SOCK "$@"; }
ids() { docker -G --data-urlencode "filters={\"label\":[$1]}" "http://d/containers/json?all=1" | grep -oE '"Id":"[0-9a-f]{64}"' | cut -c7-70; }
# Brings pods back, sandboxes first: Docker does not start a container before the one whose network it joins. An engine does it better.
revive() {
  sleep 3; kill -0 $(cat $R/engine) 2>/dev/null && return
  for box in $(ids "\"toque.dev/role=sandbox\",\"toque.dev/cluster=$CLUSTER_ID\""); do
    about=$(docker http://d/containers/$box/json); due=
    case $about in *'"Running":true'*) continue ;; esac
    pod=$(echo "$about" | sed -n 's/.*"toque.dev\/pod-uid":"\([^"]*\)".*/\1/p')
    for app in $(ids "\"toque.dev/role=app\",\"toque.dev/pod-uid=$pod\""); do
      case $(docker http://d/containers/$app/json) in
        *'"RestartPolicy":{"Name":"unless-stopped"'* | *'"RestartPolicy":{"Name":"always"'*) due="$due $app" ;;
        *'"ExitCode":0,'*) ;; *'"RestartPolicy":{"Name":"on-failure"'*) due="$due $app" ;;
      esac
    done
    [ -z "$due" ] || docker -X POST http://d/containers/$box/start && for app in $due; do docker -X POST "http://d/containers/$app/restart?t=0"; done
  done
}

case $1 in
  serve) serve $@ ;;
  remove) . $S/node.env && {
      echo 0 >/proc/sys/net/ipv4/conf/all/route_localnet; docker_user D; rm -f $R/ways; ip route flush proto 170; ip route del $SERVICES dev $BRIDGE
      proxy_end; ip link del toque.vx; ip link del toque.wg; rm -f $S/wg.key
      for t in "ip toque" "ip toque_policy" "bridge toque_policy"; do nft delete table $t; done
    } ;;
  main) rm -f $R/* $R/.* $S/.* 2>/dev/null; for file in ways hosts dnsmasq.conf; do [ ! -s $S/$file ] || cp $S/$file $R/; done
    [ ! -s $S/node.env ] || for try in 1 2 3 4 5 6 7 8 9 10; do base && break; sleep 0.5; done
    [ ! -s $S/rules.nft ] || nft -f $S/rules.nft
    [ ! -s $S/ingress.tar ] || { rm -rf $R/in; mkdir -m 700 $R/in && busybox tar -xf $S/ingress.tar -C $R/in && proxy & }
    trap 'kill 0; exit 0' TERM INT; watch_links & revive & dns_forever & wait ;;
esac
