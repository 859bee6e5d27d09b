#!/bin/sh
# Runs one agent and restarts it: sh agent-wrapper.sh AGENT_DIR. Rendering fills in {{SPAWN}} (program that gives the
# agent the default signals; empty: none) and {{DATE}} (`date` format of "<ISO time> <ms>").
# shellcheck disable=SC1090,SC1091,SC2064,SC2154 # `command` sets what is used and not set here
set -u
team_dir=$1 team_spawn='{{SPAWN}}' team_deaf=''
[ -n "$team_spawn" ] || team_deaf=: # nothing would restore the signals for the agent
team_run=0 team_row=0 team_status=0 team_live='' team_sleep='' team_woken='' team_hangup='' team_time='' team_ms=0 team_oom='' team_unit=''
exec 3<&0 4>&2 2>/dev/null # stderr is the agent's: what goes wrong here is told by the journal and team_say

# Becomes the agent: $1 AGENT_DIR, $2 where to say why it could not (quoted), $3 the run if its start is still to be
# recorded, then the argv. From the env file on names belong to the agent, only these positional parameters are ours.
team_become() {
  trap "echo env >$2; exit 126" EXIT
  unset TMUX TMUX_PANE OLDPWD
  export -p >"$1/exports"
  while read -r team_line; do
    team_line=${team_line#export } team_line=${team_line#declare -x } team_line=${team_line%%=*}
    case $team_line in TERM | PWD | SHLVL | _ | '' | [0-9]* | *[!A-Za-z0-9_]*) ;; *) unset "$team_line" ;; esac
  done <"$1/exports"
  . "$1/env" || exit
  trap "echo command >$2; exit 127" EXIT
  [ -z "${PATH+set}" ] || command -v "$4" >/dev/null || exit
  [ -z "$3" ] || exec /bin/sh -c 'printf "start %s %s\n" "$3" "$$" >"$1/run.log"; shift 3; exec "$@"' sh "$@" 2>&4 4>&- 5>&-
  trap - EXIT && shift 3; case $1 in *=*) set -- /bin/sh -c 'exec "$@"' sh "$@" ;; esac
  exec {{SPAWN}} "$@" 2>&4 4>&- 5>&-
}

# The terminal is gone and the kernel has told the agent: one that stays anyway has nobody left to end it.
team_hang_up() {
  trap '' HUP
  team_woken=1 team_hangup=1 team_try=0; kill -KILL "$team_sleep"
  while [ -n "$team_live" ] && team_try=$((team_try + 1)) && [ "$team_try" -le 40 ] && kill -0 "$team_live"; do
    sleep 0.1 || sleep 1
    case $team_try in 20) kill -TERM "$team_live" ;; 40) kill -KILL "$team_live" ;; esac
  done
  wait "$team_live"; team_final=$?
}

team_wanted() { team_desired='' && read -r team_desired team_line <"$team_dir/desired"; [ "$team_desired$team_hangup${TEAM_NO_RESTART-}" = up ]; }
team_journal() { printf '%s\n' "$1" >>"$team_dir/run.log"; }
# The time without a process: `down` says the date, its ms, and the uptime then. 50 agents would wait for 50 `date`.
team_told() {
  { read -r team_word team_date team_day team_base <"$team_dir/desired" && read -r team_up team_line </proc/uptime; } || return 1
  case $team_word${team_base:+:}$team_day$team_base${team_up%.*}${team_up#*.} in down:*[!0-9]*) return 1 ;; down:*) ;; *) return 1 ;; esac
  team_base=$((${team_up%.*}000 + 1${team_up#*.}0 - 1000 - team_base)) && team_day=$((team_day + team_base))
  [ "$team_base" -ge 0 ] && [ "$team_base" -lt 600000 ] && [ "$team_day" -lt 86400000 ] || return 1
  team_up=$((100 + team_day / 3600000)) team_line=$((100 + team_day / 60000 % 60)) team_day=$((100000 + team_day % 60000))
  team_day=${team_day#1} && team_time=${team_date}T${team_up#1}:${team_line#1}:${team_day%???}.${team_day#??}Z
}
team_clock() { # a second time, when what ended the agent has hit `date` too
  team_now=$(date -u '+{{DATE}}') || team_now=$(date -u '+{{DATE}}') || team_now="$team_time $team_ms"
  team_time=${team_now% *} team_ms=${team_now#* }
}
# NAME and the rest of the JSON object, in one write: all agents append to this file. Whoever reads 5 may be gone.
team_event() { printf '{"time":"%s","event":"%s","id":"%s",%s}\n' "$team_time" "$1" "$team_id" "$2" >>"$team_events"; [ -z "$team_unit" ] || (trap '' PIPE; printf '%s %s: %s\n' "$team_id" "$1" "$2" >&5); }

# A line on the terminal, whatever state the agent left it in; its title would be taken for that of the next run.
team_say() {
  [ ! -t 1 ] || { stty sane <&3; stty iutf8 <&3; printf '\033[?1049;1000;1002;1003;1006;2004l\033[?25h\033[m\033]2;\033\\\r'; }
  printf 'team: %s %s\n' "$team_id" "$1"
}

# Runs the agent from its start to its end: team_status is its exit code, 128 + the signal, or -1 if it was not seen.
team_once() {
  team_count && team_before=$team_kills team_run=$((team_run + 1)) team_reason='' team_pid=null
  if ! cd "$team_cwd" >/dev/null; then
    team_reason=cwd team_status=126; : >"$team_dir/run.log"
  elif [ -n "$team_spawn" ]; then
    (team_become "$team_dir" "$team_failure" '' "$@") <&3 3<&- & team_pid=$! team_live=$!
    printf 'start %s %s\n' "$team_run" "$team_pid" >"$team_dir/run.log"
  fi
  team_clock && team_started=$team_time team_since=$team_ms
  [ -n "$team_reason" ] || team_event started "\"pid\":$team_pid,\"run\":$team_run"
  if [ -n "$team_live" ]; then
    wait "$team_live"; team_status=$? team_live=''
    [ -z "$team_hangup" ] || team_status=$team_final # that wait was interrupted
  elif [ -z "$team_reason" ]; then
    (team_become "$team_dir" "$team_failure" "$team_run" "$@") <&3 3<&-; team_status=$?
    read -r team_line team_line team_pid <"$team_dir/run.log"
  fi
  case $team_status in 126 | 127) read -r team_reason <"$team_dir/failure" && rm -f "$team_dir/failure" ;; esac
}

# What the kernel has killed in here for want of memory, where `command` has asked for that.
team_count() { team_kills=0; [ -z "$team_oom" ] || while read -r team_word team_line; do [ "$team_word" != oom_kill ] || team_kills=$team_line; done <"$team_oom" || :; }

# Puts team_status into words: for the journal, as JSON and for people.
team_decode() {
  team_exit="$team_status -" team_json="\"code\":$team_status,\"signal\":null" team_ended="exit $team_status"
  [ "$team_status" -ge 0 ] || team_exit='- -' team_json='"code":null,"signal":null'
  { [ "$team_status" -gt 128 ] && [ "$team_status" -le 192 ]; } || return 0
  # Only a job's text tells `exit 137` from SIGKILL; a shell that forgets jobs once waited for prints nothing here.
  jobs -l >"$team_dir/jobs"
  while read -r team_line; do
    case $team_line in *" $team_pid Done("*) return 0 ;; esac
  done <"$team_dir/jobs"
  team_line=$(kill -l $((team_status - 128)))
  case $team_line in '' | *[!A-Z0-9]* | RT*) team_line=$((team_status - 128)) ;; esac
  team_ended=SIG$team_line team_exit="- SIG$team_line" team_json="\"code\":null,\"signal\":\"SIG$team_line\""
  [ "$team_line" = KILL ] && team_count && [ "$team_kills" != "$team_before" ] || return 0
  team_exit="$team_exit oom" team_json="$team_json,\"oom\":true" team_ended='SIGKILL, out of memory'
}

# Writes down how the run ended, the journal first: whoever waits for the exit watches that file.
team_record() {
  team_decode
  team_journal "exit $team_run $team_exit${team_reason:+
error $team_run $team_reason}"
  team_told || team_clock
  team_event exited "$team_json,\"run\":$team_run"
  # Always 200 bytes, over the old ones in one write: no reader sees a part, and no `mv` is started for each agent.
  printf '%-199s\n' "{$team_json,\"startedAt\":\"$team_started\",\"exitedAt\":\"$team_time\",\"pid\":$team_pid,\"run\":$team_run}" 1<>"$team_dir/exit.json"
  case $team_reason in '') return 0 ;; cwd) set -- "$team_bad_cwd" ;; env) set -- "$team_bad_env" ;; *) set -- "$team_bad_command" ;; esac
  team_event error "\"reason\":\"$team_reason\",\"detail\":\"$1\""; team_say "cannot start: $1"
}
{ true >&5; } && team_unit=1; trap team_hang_up HUP
trap "$team_deaf" INT QUIT TERM USR1 USR2 # what ends the agent must not interrupt its record
trap 'printf "exit 1 126 -\nerror 1 command\n" >"$team_dir/run.log"; echo "team: cannot read $team_dir/command"; exit 126' EXIT
. "$team_dir/command" || exit; : "$1$team_id$team_events$team_cwd$team_failure$team_bad_cwd$team_bad_env$team_bad_command$team_policy$team_max$team_reset_after"
trap - EXIT; team_delay=$team_backoff_initial team_factor=${team_backoff_factor%.*}${team_backoff_factor#*.}
# `up` leaves no journal: an init starts this once more, at boot say, and all of it goes on.
[ ! -s "$team_dir/run.log" ] || { read -r team_line team_run team_line <"$team_dir/run.log"; case $team_run in *[!0-9]* | '') team_run=0 ;; esac; [ ! -r "$team_dir/again" ] || . "$team_dir/again"; }

while team_once "$@" || :; do
  team_record; team_wanted || exit "$team_status"
  [ ! -r "$team_dir/again" ] || { . "$team_dir/again"; [ -z "$team_fresh" ] || { kill -TERM 0; continue; }; }
  case $team_policy:$team_status in no:* | on-failure:0) exit "$team_status" ;; esac
  # A command that was never there is a mistake; one that ran before may just be being updated.
  [ -z "$team_reason" ] || [ "$team_run" -gt 1 ] || exit "$team_status"
  [ $((team_ms - team_since)) -lt "$team_reset_after" ] || team_row=0 team_delay=$team_backoff_initial
  if [ "$team_row" = "$team_max" ]; then
    team_journal "gave-up $team_run"; team_event gave_up "\"run\":$team_run,$team_json"
    team_say "ended $((team_row + 1)) times in a row (last: $team_ended); giving up. Start it again with: team up $team_id"; exit "$team_status"
  fi
  kill -TERM 0 # what its launcher has left behind would go on in this terminal, and hold the conversation
  team_row=$((team_row + 1)) team_part=$((1000 + team_delay % 1000)) team_woken='' team_stop=''
  trap 'team_woken=1; kill -KILL "$team_sleep"' INT QUIT
  trap 'team_woken=1 team_stop=1; kill -KILL "$team_sleep"' TERM
  team_journal "backoff $team_run $team_delay"; team_event restarting "\"run\":$team_run,\"delayMs\":$team_delay"
  case $team_delay in *000) team_text=${team_delay%000}s ;; *) team_text=${team_delay}ms ;; esac
  team_say "ended ($team_ended); restarting in $team_text${team_max:+ ($team_row of $team_max)}"
  sleep "$((team_delay / 1000)).${team_part#1}" & team_sleep=$!
  { [ -z "$team_woken$team_hangup" ] || kill -KILL "$team_sleep"; } && wait "$team_sleep"
  team_sleep=''; trap "$team_deaf" INT QUIT TERM
  { [ -z "$team_stop" ] && team_wanted; } || exit "$team_status"
  team_delay=$((team_delay * team_factor / 1000))
  [ "$team_delay" -le "$team_backoff_max" ] || team_delay=$team_backoff_max
done
