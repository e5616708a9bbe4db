#!/bin/bash
# PID 1 of a test server: gives it a root of its own, waits for its network cable, then runs sshd and dockerd as systemd would.
# Arguments: folder of the server on the machine, host name, address, name server (and router), switched or routed, flags for dockerd...
# Runs in fresh pid, net, mount, uts, ipc and cgroup namespaces. Everything here dies with this process: the kernel sees to it.
set -euo pipefail
disk=$1 name=$2 address=$3 nameserver=$4 link=$5
shift 5
trap '' HUP INT TERM

# /proc is still the machine's, so this is the process ID as seen from outside.
read -r outside _ </proc/self/stat
echo "$outside" >"$disk/init.pid"

# The root: the machine's / read-only, /etc /usr /var as overlays on it, all else the server's own.
root=$disk/mnt
mount --bind / "$root" # not recursive: none of the machine's other mounts
for dir in etc usr var; do
  mount -t overlay overlay -o "lowerdir=/$dir,upperdir=$disk/$dir/up,workdir=$disk/$dir/work" "$root/$dir"
done
for dir in root home opt srv tmp; do mount --bind "$disk/$dir" "$root/$dir"; done
mkdir -p "$root/var/lib/docker"
# overlay2 must not stand on an overlay
if [[ -e $disk/docker.img ]]; then mount -o loop "$disk/docker.img" "$root/var/lib/docker"; else mount --bind "$disk/docker" "$root/var/lib/docker"; fi
mount -t tmpfs -o mode=755,size=512m tmpfs "$root/run"
mkdir -p "$root/run/lock" "$root/run/sshd" "$root/run/lab"
mount --bind "$disk/run" "$root/run/lab" # the Docker socket, reachable from outside
rm -f "$root/run/lab/docker.sock"

mount -t tmpfs -o mode=755 tmpfs "$root/dev"
while read -r node mode major minor; do mknod -m "$mode" "$root/dev/$node" c "$major" "$minor"; done <<'NODES'
null 666 1 3
zero 666 1 5
full 666 1 7
random 666 1 8
urandom 666 1 9
tty 666 5 0
kmsg 600 1 11
fuse 666 10 229
NODES
mkdir -p "$root/dev/pts" "$root/dev/shm" "$root/dev/net"
mknod -m 666 "$root/dev/net/tun" c 10 200
mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts "$root/dev/pts"
mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
ln -s pts/ptmx "$root/dev/ptmx"
ln -s /proc/self/fd "$root/dev/fd"
ln -s fd/0 "$root/dev/stdin"
ln -s fd/1 "$root/dev/stdout"
ln -s fd/2 "$root/dev/stderr"
mount -t proc proc "$root/proc"
mount -t sysfs sysfs "$root/sys" # a fresh one shows this network namespace

# The machine's cgroup hierarchies, seen from this cgroup namespace: their root is the server's own cgroup.
if awk '$2=="/sys/fs/cgroup" && $3=="cgroup2" {found=1} END {exit !found}' /proc/self/mounts; then
  mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
  # v2 allows processes only in leaves: make one for this server's own, so that Docker can have children beside it.
  mkdir -p "$root/sys/fs/cgroup/init"
  echo $$ >"$root/sys/fs/cgroup/init/cgroup.procs" || true
  for controller in $(<"$root/sys/fs/cgroup/cgroup.controllers"); do
    echo "+$controller" >"$root/sys/fs/cgroup/cgroup.subtree_control" || true
  done
else
  hierarchies=$(awk '($3=="cgroup" || $3=="cgroup2") && $2 ~ "^/sys/fs/cgroup/" {print $2, $3, $4}' /proc/mounts)
  mount -t tmpfs -o mode=755 tmpfs "$root/sys/fs/cgroup"
  while read -r mount type options; do
    mkdir -p "$root$mount"
    if [[ $type = cgroup2 ]]; then
      mount -t cgroup2 cgroup2 "$root$mount"
    else
      options=$(tr , '\n' <<<"$options" | grep -vE '^(rw|ro|nosuid|nodev|noexec|relatime|noatime|clone_children|xattr|release_agent=.*)$' | paste -sd,)
      mount -t cgroup -o "$options" cgroup "$root$mount"
    fi
  done <<<"$hierarchies"
fi

mkdir -p "$root/run/machine"
mount -o remount,bind,ro "$root"
cd "$root"
pivot_root . run/machine
cd /
hash -r
umount -l /run/machine
rmdir /run/machine

# Name and network. The cable is plugged in from outside; a line on stdin says that it is there. End of file says it never will be.
hostname "$name"
ip link set lo up
read -r _ || exit 1
exec </dev/null
if [[ $link = routed ]]; then
  # Alone on its link, as in many clouds: everybody else is behind the router.
  ip addr add "$address/32" dev eth0
  ip link set eth0 up
  ip route add "$nameserver" dev eth0 scope link
  ip route add "${address%.*}.0/24" via "$nameserver"
else
  ip addr add "$address/24" dev eth0
  ip link set eth0 up
fi
# No default route: an offline server should fail at once (unreachable, DNS refused) rather than hang.
printf 'nameserver %s\noptions timeout:1 attempts:1\n' "$nameserver" >/etc/resolv.conf
echo 0 >/proc/sys/net/ipv4/ip_forward # as on a fresh server: dockerd turns it on and then drops what is forwarded

export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8
mkdir -p /var/log
(
  while :; do
    /usr/sbin/sshd -D -e >>/var/log/sshd.log 2>&1 || true
    sleep 0.5
  done
) &
(
  while :; do
    if [[ -e /run/no-docker ]]; then
      sleep 0.1
      continue
    fi
    rm -f /var/run/docker.pid
    code=0
    env -i PATH="$PATH" HOME=/root dockerd -H unix:///var/run/docker.sock -H unix:///run/lab/docker.sock "$@" >>/var/log/docker.log 2>&1 || code=$?
    echo "dockerd ended with $code" >>/var/log/docker.log
    sleep 0.5
  done
) &
set +e
while :; do wait -n 2>/dev/null || sleep 0.5; done # PID 1 reaps
