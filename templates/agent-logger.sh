# shellcheck shell=sh
# Appends what a terminal shows to AGENT_DIR/output.log: sh -c "set -- AGENT_DIR; . agent-logger.sh", its bytes on stdin.
# output.idx says when: "<epoch s> <size of output.log then>" after each write. Both are rotated at 4 MiB, to .1 and .2.
# `dd` writes what has come by then, holds nothing back, and waits while there is nothing: no byte is lost between two.
set -u
umask 077 # an agent may show what nobody else is to read
export LC_ALL=C
cd "$1" || exec cat >/dev/null # what nobody reads would pile up in the tmux server
team_size=0 team_now=0 team_retry=0 team_pause=0
[ ! -s output.log ] || team_size=''

team_take() { team_stats=$(exec dd bs=262144 count=1 2>&1 >>"$1"); }

# After a write: the size (from dd's statistics, where it gives any), the index, the rotation.
team_wrote() {
  if [ -n "$team_size" ] && [ -n "$team_bytes" ]; then
    team_size=$((team_size + team_bytes))
  else
    team_size=$(($(wc -c <output.log)))
  fi
  echo "$team_now $team_size" >>output.idx
  [ "$team_size" -ge 4194304 ] || return 0
  for team_file in output.idx output.log; do
    mv -f "$team_file.1" "$team_file.2"
    mv -f "$team_file" "$team_file.1" || : >"$team_file"
  done
  team_size=0
}

while :; do
  team_failed=''
  if [ "$team_now" -lt "$team_retry" ]; then
    team_take /dev/null || exec cat >/dev/null
  else
    team_take output.log || team_failed=1
  fi
  case $team_stats in *0+0\ records\ in*) exit 0 ;; esac
  team_last=$team_now team_now=$(date +%s || echo 0)
  team_bytes=${team_stats##*records out} team_bytes=${team_bytes%% byte*} team_bytes=${team_bytes##*[!0-9]}

  if [ -n "$team_failed" ]; then
    team_retry=$((team_now + 10)) team_size='' # a full disk, say: the terminal goes on, its log a while later
  elif [ "$team_last" -ge "$team_retry" ]; then
    team_wrote
  fi

  # While output keeps coming, let it gather: otherwise every turn of a spinner would cost three processes.
  if [ "${team_bytes:-0}" -ge 65536 ] || [ $((team_now - team_last)) -gt 1 ]; then
    team_pause=0
  else
    case $team_pause in 0) team_pause=0.1 ;; 0.1) team_pause=0.2 ;; 0.2) team_pause=0.5 ;; *) team_pause=1 ;; esac
    sleep "$team_pause"
  fi
done
