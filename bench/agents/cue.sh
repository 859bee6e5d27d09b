#!/bin/sh
# Ends when something is written to the FIFO DIR/<agent>.cue, or at a Ctrl-C; what it does last is to write down
# the time, in ns, to DIR/<agent>.time.
name=$1/${TEAM_AGENT#*:}
trap 'exec date +%s%N >"$name.time"' INT
read -r _ <"$name.cue"
exec date +%s%N >"$name.time"
