#!/bin/bash
# Runs a command as root under a Linux of its own, on the files of this machine: own-kernel.sh COMMAND [ARG...]
# For what this machine's kernel does not have, such as memory, cpu and pids as controllers of cgroup2. /tmp, /run and
# /var/log are the guest's own. Needs Debian's user-mode-linux. Exit code: the command's; 77 when there is none.
set -u
self=$(readlink -f -- "$0")

outside() {
  [ $# -gt 0 ] || { echo 'usage: own-kernel.sh COMMAND [ARG...]' >&2; exit 77; }
  command -v linux.uml >/dev/null || { echo 'own-kernel: apt-get install user-mode-linux' >&2; exit 77; }
  share=$(mktemp -d /var/tmp/own-kernel.XXXXXX) || exit 77
  trap 'rm -rf -- "$share"' EXIT
  { declare -p PATH && printf 'cd %q && set --' "$PWD" && printf ' %q' "$@" && echo; } >"$share/command"
  printf '#!/bin/bash\nUK_SHARE=%q exec bash %q\n' "$share" "$self" >"$share/init"
  chmod +x "$share/init"
  echo 77 >"$share/status"
  # Its terminal is a pipe: a guest on ours would leave it as it likes.
  linux.uml root=/dev/root rootfstype=hostfs rootflags=/ rw mem=4G init="$share/init" \
    con=null con0=null,fd:1 quiet </dev/null 2>&1 | cat
  exit "$(cat "$share/status")"
}

# Process 1 of that Linux.
guest() {
  mount -t proc proc /proc
  mount -t sysfs sys /sys
  for place in /run /tmp /var/log; do mount -t tmpfs tmpfs "$place"; done
  chmod 1777 /tmp
  [ -c /dev/null ] || mount -t devtmpfs dev /dev
  mkdir -p /dev/pts /dev/shm
  mount -t devpts -o ptmxmode=666 pts /dev/pts
  mount -t tmpfs shm /dev/shm
  mount -t cgroup2 none /sys/fs/cgroup
  ip link set lo up
  export HOME=/root LANG=C.UTF-8
  # A directory that the guest does not have (below its own /tmp) must not pass for a run.
  . "$UK_SHARE/command" && "$@"
  echo $? >"$UK_SHARE/status"
  sync
  echo o >/proc/sysrq-trigger
  sleep 60
}

if [ -n "${UK_SHARE-}" ]; then guest; else outside "$@"; fi
