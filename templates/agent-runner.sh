#!/bin/sh
# Main process of one agent's unit: sh agent-runner.sh AGENT_DIR [zero]. Gives the agent a terminal, a tmux server of
# its own, and ends when the agent's wrapper has, with its exit code, or with `zero` with 0 unless it is to be started
# again. AGENT_DIR/unit defines team_tmux, team_boot, team_target, team_steps, team_budget (s) and team_restarts.
# TERM, INT and HUP ask the agent to end, by its own exit sequence; QUIT takes its terminal away at once.
# shellcheck disable=SC1091,SC2154,SC2317 # `unit` sets what is used and not set here
set -u
unset TEAM_HELD # says whose this process is, and nobody else
team_dir=$1 team_zero=${2-} team_asked='' team_lost='' team_pid='' team_word=''
team_exit() { [ -z "$team_zero" ] || exit 0; exit "$1"; }
[ -r "$team_dir/unit" ] || team_exit 78
. "$team_dir/unit"

# An automatic restart must not bring back an agent that is being drained.
read -r team_desired _ <"$team_dir/desired" || team_desired=up
case $team_desired in
  up) ;;
  stop) printf 'up  \n' 1<>"$team_dir/desired" ;; # asked by the init, and killed before it could take that back
  *) exit 0 ;;
esac

team_wants() { team_word='' && read -r team_word _ <"$team_dir/desired"; [ "$team_word" = "$1" ]; } 2>/dev/null

team_keys() {
  team_tmux copy-mode -q -t "$team_target" 2>/dev/null
  team_tmux send-keys -t "$team_target" -- "$@" 2>/dev/null
}

# To the foreground process group of the terminal, as a key would; the wrapper in it is deaf to what is sent here.
team_signal() {
  team_group=$(ps -o tpgid= -p "$team_pid" 2>/dev/null) && kill -s "$1" -- "-${team_group##* }" 2>/dev/null
}

team_end() {
  trap '' TERM INT HUP
  [ -z "$team_asked" ] || return 0
  team_asked=1
  echo 'asked to end'
  # Or its wrapper would start it again. A `down` that was meant is kept.
  team_wants down || printf 'stop\n' 1<>"$team_dir/desired"
  read -r team_pid <"$team_dir/wrapper" 2>/dev/null
  (
    trap - TERM INT HUP
    team_steps
    sleep "$team_budget"
    team_steps
    sleep "$team_budget"
    team_tmux kill-server # the wrapper ends an agent that has lost its terminal
  ) </dev/null >/dev/null 2>&1 &
}

team_quit() {
  trap '' TERM INT HUP QUIT
  : "${team_asked:=0}"
  team_tmux kill-server
} 2>/dev/null

# The logger lets output gather for up to a second: ending that pause is all it takes.
team_hurry() {
  team_children=''
  read -r team_children <"/proc/$team_logger/task/$team_logger/children"
  for team_child in $team_children; do
    read -r team_word <"/proc/$team_child/comm" && [ "$team_word" = sleep ] && kill "$team_child"
  done
} 2>/dev/null

# An init that ends nothing but this process leaves the terminal of one that was killed: its last words come first.
team_try=0
if read -r team_pid <"$team_dir/wrapper" && kill -0 "$team_pid"; then
  team_tmux kill-server
  while [ "$team_try" -lt 60 ] && ps -o args= -p "$team_pid" | grep -qF "$team_dir"; do
    team_try=$((team_try + 1)) && sleep 0.1
  done
fi 2>/dev/null

# As few processes as can be: fifty of these begin and end together.
[ -p "$team_dir/alive" ] || mkfifo -m 600 "$team_dir/alive" || team_exit 73
# In a subshell, as the agent's own umask is the manager's.
(umask 077 && for team_word in wrapper logger screen; do : >"$team_dir/$team_word" || exit; done) || team_exit 73
trap team_end TERM INT HUP
trap team_quit QUIT
# What tmux says against it is told by `up`.
if ! team_boot 2>"$team_dir/screen" && { ! team_tmux kill-server 2>/dev/null || ! team_boot 2>"$team_dir/screen"; }; then
  cat "$team_dir/screen" >&2
  team_exit 75
fi
: >"$team_dir/screen"

# The wrapper holds the other end, and nobody else does: however it ends, this tells at once. What it says is for the
# init's log.
cat "$team_dir/alive" &
team_cat=$!
while kill -0 "$team_cat" 2>/dev/null; do wait "$team_cat"; done
trap '' TERM INT HUP QUIT
read -r team_logger <"$team_dir/logger" 2>/dev/null || team_logger=''
team_hurry
# tmux drops with a terminal what its logger has not taken, and calls it dead only when there is nothing left: 1.4 s at most.
set --
for team_word in 0.005 0.01 0.02 0.04 0.08 0.16 0.36 0.36 0.36; do
  set -- "$@" if-shell -F -t "$team_target" '#{?pane_dead,,#{pane_pipe}}' "run-shell -d $team_word" ';'
done
team_tmux "$@" capture-pane -p -J -t "$team_target" ';' kill-server >"$team_dir/screen" 2>/dev/null ||
  team_tmux kill-server 2>/dev/null || team_lost=1

# The logger still has to write what came last; it may be having a nap.
team_try=0
while [ -n "$team_logger" ] && kill -0 "$team_logger" && team_try=$((team_try + 1)) && [ "$team_try" -le 60 ]; do
  team_hurry
  sleep 0.03
done 2>/dev/null
# What was still to ask the agent; systemd ends it without being told.
[ -z "$team_zero" ] || kill -TERM 0
# What the init asked for is not what the file wants: a later start, at boot say, starts the agent again.
[ "$team_asked" != 1 ] || ! team_wants stop || printf 'up  \n' 1<>"$team_dir/desired"

team_last='' team_code=-
while read -r team_word _ team_first _; do
  case $team_word in start | exit) team_last=$team_word team_code=${team_first:--} ;; esac
done 2>/dev/null <"$team_dir/run.log"
# Its terminal was killed: the wrapper, which has lost it too, restarts nothing.
[ -z "$team_lost" ] || [ -z "$team_restarts" ] || ! team_wants up || team_last=lost
case "$team_asked:$team_last:$team_code" in
  ?:*) exit 0 ;;
  :exit:-) team_exit 1 ;; # a signal ended it
  :exit:*) team_exit "$team_code" ;;
esac
# The wrapper or the terminal was killed: the init starts all of it again, where the agent's restart policy says so.
[ -n "$team_restarts" ] || team_exit 1
[ -n "$team_zero" ] || kill -KILL $$
# Unless its agent is still there: nobody would end the old one.
team_try=0
while [ "$team_last" = start ] && kill -0 "$team_code" 2>/dev/null; do
  [ "$team_try" -lt 20 ] || exit 0
  team_try=$((team_try + 1)) && sleep 0.1
done
exit 1
