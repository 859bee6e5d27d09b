#!/bin/sh
# Ends at a Ctrl-C, or when something is written to the FIFO DIR/<agent>.cue. The last thing it does is to write
# the time, in ns, to DIR/<agent>.time.
name=$1/${TEAM_AGENT#*:}
trap 'exec date +%s%N >"$name.time"' INT
read -r _ <>"$name.cue"
exec date +%s%N >"$name.time"
