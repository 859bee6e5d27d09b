#!/bin/bash
# Runs a command beside a user manager of systemd that is all its own, on a machine whose init is anything:
#   user-manager.sh [--uid UID] COMMAND [ARG...]
# Needs root, and the programs of Debian's systemd, dbus-user-session and util-linux. The manager, its bus and the
# command live in private pid, mount, cgroup and ipc namespaces: whatever they leave ends and is unmounted with them.
# No *system* manager is started: that one would tidy up the machine's /tmp.
# Exit code: the command's; 77 when this machine cannot do it.
set -u
self=$(readlink -f -- "$0")
refuse() { printf 'user-manager: %s\n' "$1" >&2; exit 77; }

# Outside: a cgroup for everything, so that whatever happens can be killed and removed as one.
outside() {
  uid=0
  [ "${1-}" != --uid ] || { uid=$2; shift 2; }
  [ $# -gt 0 ] || refuse "usage: user-manager.sh [--uid UID] COMMAND [ARG...]"
  [ "$(id -u)" = 0 ] || refuse 'only root can make the namespaces'
  for tool in /lib/systemd/systemd /lib/systemd/systemd-journald systemctl dbus-daemon unshare setpriv; do
    command -v "$tool" >/dev/null || refuse "$tool is missing: apt-get install systemd dbus-user-session util-linux"
  done
  base=$(mktemp -d "${TMPDIR:-/tmp}/um.XXXXXX") || refuse 'no place for temporary files'
  chmod 755 "$base"
  mkdir -p "$base/home" "$base/cgroups"
  chown "$uid:" "$base/home" 2>/dev/null || chown "$uid:$uid" "$base/home"
  inner=
  for name in HUP INT TERM; do trap '[ -z "$inner" ] || kill -KILL "$inner"' "$name"; done
  UM_STAGE=cgroup UM_UID=$uid UM_BASE=$base \
    setpriv --pdeathsig TERM unshare --mount --propagation private bash "$self" "$@" <&0 &
  inner=$!
  wait "$inner"
  status=$?
  wait "$inner" 2>/dev/null
  rm -rf --one-file-system -- "$base"
  exit "$status"
}

in_cgroup() {
  mount -t cgroup2 none "$UM_BASE/cgroups" || refuse 'cgroup2 cannot be mounted'
  home=$UM_BASE/cgroups$(sed -n 's/^0:://p' /proc/self/cgroup)
  own=$UM_BASE/cgroups/um-${UM_BASE##*.}
  delegate "$UM_BASE/cgroups"
  # A cgroup with processes of its own passes no controllers on: this one and unshare live in one beside.
  mkdir "$own" "$own/outer" "$own/inner" && echo $$ >"$own/outer/cgroup.procs" || refuse 'no cgroup can be made'
  delegate "$own"
  inner=
  trap '[ -z "$inner" ] || kill -KILL "$inner"' HUP INT TERM
  (
    echo "$BASHPID" >"$own/inner/cgroup.procs"
    UM_STAGE=inside exec unshare --mount --pid --cgroup --ipc --fork --kill-child --mount-proc \
      --propagation private bash "$self" "$@"
  ) <&0 &
  inner=$!
  until [ -e "$UM_BASE/inside" ] || ! kill -0 "$inner" 2>/dev/null; do sleep 0.01; done
  echo "$inner" >"$own/outer/cgroup.procs"
  : >"$UM_BASE/alone"
  wait "$inner"
  status=$?
  echo $$ >"$home/cgroup.procs" || echo $$ >"$UM_BASE/cgroups/cgroup.procs"
  echo 1 >"$own/cgroup.kill"
  for _ in {1..100}; do
    find "$own" -depth -type d -exec rmdir {} + 2>/dev/null
    [ -d "$own" ] || break
    sleep 0.02
  done
  umount "$UM_BASE/cgroups"
  exit "$status"
}

# What this kernel has of memory, cpu and pids for cgroup2 is for those below, too.
delegate() {
  for controller in $(cat "$1/cgroup.controllers"); do
    echo "+$controller" >"$1/cgroup.subtree_control"
  done 2>/dev/null
}

# Process 1 of the new pid namespace: when it ends, everything in it does.
inside() {
  umount -l "$UM_BASE/cgroups"
  mount -t tmpfs -o mode=755 tmpfs /run
  mount -t tmpfs -o mode=755 tmpfs /var/log
  # Where it is there already it shows all of the machine, and takes no other.
  [ "$(stat -fc %T /sys/fs/cgroup)" != cgroup2fs ] || umount -l /sys/fs/cgroup
  mount -t cgroup2 none /sys/fs/cgroup || refuse 'cgroup2 cannot be mounted'
  : >"$UM_BASE/inside"
  until [ -e "$UM_BASE/alone" ]; do sleep 0.01; done
  mkdir /sys/fs/cgroup/init.scope && echo $$ >/sys/fs/cgroup/init.scope/cgroup.procs
  delegate /sys/fs/cgroup
  runtime=/run/user/$UM_UID
  # systemd asks for this directory to tell whether it may run at all.
  mkdir -p /run/systemd/system /run/systemd/user /run/user
  mkdir -m 700 "$runtime" && chown "$UM_UID:" "$runtime" 2>/dev/null || chown "$UM_UID:$UM_UID" "$runtime"
  journal
  known_user
  user=$(id -nu "$UM_UID")
  as=()
  [ "$UM_UID" = 0 ] || as=(setpriv --reuid "$UM_UID" --regid "$(id -g "$user")" --init-groups)
  # No unit of this manager may tidy up directories that it shares with the machine.
  for unit in systemd-tmpfiles-setup.service systemd-tmpfiles-clean.service systemd-tmpfiles-clean.timer; do
    printf '[Unit]\nConditionPathExists=/nowhere\n' >"/run/systemd/user/$unit"
  done
  variables=(HOME="$UM_BASE/home" USER="$user" LOGNAME="$user" SHELL=/bin/bash LANG=C.UTF-8
    XDG_RUNTIME_DIR="$runtime" DBUS_SESSION_BUS_ADDRESS="unix:path=$runtime/bus")
  slice=/sys/fs/cgroup/user.slice/user-$UM_UID.slice
  mkdir -p "$slice/user@$UM_UID.service" "$slice/session-1.scope"
  delegate "${slice%/*}"
  delegate "$slice"
  [ "$UM_UID" = 0 ] || chown -R "$UM_UID" "$slice/user@$UM_UID.service"
  manager </dev/null >"$UM_BASE/manager.log" 2>&1 &
  manager=$!
  state=
  for _ in {1..500}; do
    state=$("${as[@]}" env "${variables[@]}" systemctl --user is-system-running 2>/dev/null)
    case $state in running | degraded) break ;; esac
    kill -0 "$manager" 2>/dev/null || break
    sleep 0.02
  done
  case $state in
    running | degraded) ;;
    *) cat "$UM_BASE/manager.log" >&2; refuse "the manager did not come up: ${state:-it ended}" ;;
  esac
  unset UM_STAGE TMUX TMUX_PANE NOTIFY_SOCKET INVOCATION_ID JOURNAL_STREAM XDG_CONFIG_HOME
  (
    echo "$BASHPID" >"$slice/session-1.scope/cgroup.procs"
    exec "${as[@]}" env "${variables[@]}" "$@"
  )
  status=$?
  "${as[@]}" env "${variables[@]}" systemctl --user exit 2>/dev/null
  for _ in {1..100}; do kill -0 "$manager" 2>/dev/null || break; sleep 0.1; done
  exit "$status"
}

# Once, and again each time it has ended while the file `again` is there: as an init does at the next login.
manager() {
  while
    (
      echo "$BASHPID" >"$slice/user@$UM_UID.service/cgroup.procs"
      cd / && exec "${as[@]}" env -i PATH=/usr/local/bin:/usr/bin:/bin "${variables[@]}" SYSTEMD_LOG_TARGET=console \
        /lib/systemd/systemd --user
    )
    [ -e "$UM_BASE/home/again" ]
  do
    rm "$UM_BASE/home/again"
  done
}

# The user's log, in memory; it asks for nothing of the kernel, which is everybody's.
journal() {
  mkdir -p /var/log/journal /run/systemd/journal /run/systemd/journald.conf.d /sys/fs/cgroup/system.slice/journal.service
  : >/run/systemd/journal/flushed
  printf '%s\n' '[Journal]' Storage=persistent Audit= ReadKMsg=no ForwardToSyslog=no ForwardToWall=no \
    RateLimitIntervalSec=0 >/run/systemd/journald.conf.d/test.conf
  (
    echo "$BASHPID" >/sys/fs/cgroup/system.slice/journal.service/cgroup.procs
    exec env -i PATH=/usr/bin:/bin SYSTEMD_LOG_TARGET=null /lib/systemd/systemd-journald
  ) </dev/null >"$UM_BASE/journald.log" 2>&1 &
  for _ in {1..200}; do [ -S /run/systemd/journal/stdout ] && return; sleep 0.02; done
  refuse 'the journal did not come up'
}

# A user that this machine does not know is one in here.
known_user() {
  ! getent passwd "$UM_UID" >/dev/null || return 0
  for file in passwd group; do cat "/etc/$file" >"/run/$file"; done
  echo "um$UM_UID:x:$UM_UID:$UM_UID::$UM_BASE/home:/bin/bash" >>/run/passwd
  echo "um$UM_UID:x:$UM_UID:" >>/run/group
  chmod 644 /run/passwd /run/group
  mount --bind /run/passwd /etc/passwd && mount --bind /run/group /etc/group || refuse 'no user can be made up'
}

case ${UM_STAGE-} in
  cgroup) in_cgroup "$@" ;;
  inside) inside "$@" ;;
  *) outside "$@" ;;
esac
