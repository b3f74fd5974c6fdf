#!/usr/bin/env bash
# Replicas of inputs/g4_ka_ensembles.yml for bench/g4_ka.py: bench/g4_ka.sh FOLDER [JOBS]. T = 0.6 and 0.5, and neighbours of
# 0.6 for dQ/dT. Some 70 minutes of processor time; what is there is not run again.
set -u
cd "$(dirname "$0")/.." || exit 1
out=${1:?usage: bench/g4_ka.sh FOLDER [JOBS]} jobs=${2:-1}
vitrine=${VITRINE:-bin/vitrine}
mkdir -p "$out"
one() { # temperature, seed, durations of equilibrate, liquid and isolated, steps between frames, time of the thermostat
    local dir=$out/T$1_$2
    [ -e "$dir/g4_ka_ensembles.summary.tsv" ] && return
    "$vitrine" run inputs/g4_ka_ensembles.yml --set output.dir="$dir" --set seed="$2" --set 'md.stages[1].temperature'="$1" \
        --set 'md.stages[2].temperature'="$1" --set 'md.stages[1].duration'="$3" --set 'md.stages[2].duration'="$4" \
        --set 'md.stages[3].duration'="$5" --set md.trajectory.every="$6" --set 'md.stages[2].thermostat_time'="$7" >"$dir.log" 2>&1 || echo "$dir failed" >&2
}
while read -r run; do
    # shellcheck disable=SC2086
    one $run &
    while [ "$(jobs -rp | wc -l)" -ge "$jobs" ]; do wait -n; done
done <<'RUNS'
0.6 1 200 3200 1600 200 30
0.6 2 200 3200 1600 200 30
0.6 3 200 3200 1600 200 30
0.6 4 200 3200 1600 200 30
0.57 1 200 1600 40 200 30
0.63 1 200 1600 40 200 30
0.57 2 200 1600 40 200 30
0.63 2 200 1600 40 200 30
0.5 1 1000 16000 40 1000 300
0.5 2 1000 16000 40 1000 300
RUNS
wait
