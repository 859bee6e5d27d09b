# Appends what the terminal shows to AGENT_DIR/output.log, bounded: set -- AGENT_DIR; . agent-logger.sh, its stdin the
# terminal's bytes. `dd` copies as they come, unbuffered, and its statistics tell the size and the end of the input.
# output.idx has a line "<epoch s> <size of output.log then>" for about every second in which there was output.
# shellcheck shell=sh
cd "$1" || exec cat >/dev/null # a terminal whose log is not read would swell the tmux server
export LC_ALL=C
team_size=0 team_reads=1 team_limit=4194304
[ ! -s output.log ] || team_size=$(wc -c <output.log)
team_size=$((team_size))
while :; do
  team_stats=$(dd bs=4096 count="$team_reads" 2>&1 >>output.log)
  ...
done
