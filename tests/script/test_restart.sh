#!/usr/bin/env bash
# A run that is stopped and goes on, on other numbers of ranks, gives the bits of one that was never stopped; status 75;
# what stops it: SIGUSR1, SIGTERM, SIGINT, --walltime, SLURM_JOB_END_TIME, a stop file. A checkpoint that does not fit is
# refused in words. Expected values: the uninterrupted run.
set -u
. "$(dirname "$0")/run_lib.sh"
stages=$decks/stages.yml
cd "$work" || exit 1

run 1 ref.log "$stages" --set output.dir=out
verdict $? "the run without a stop" ref.log
mv out ref

clean() { # the results of out are those of ref, and nothing else is left
    same_run ref out stages >diff.log 2>&1
    verdict $? "$1: frames, records and table as without a stop" diff.log
    ls out | diff - <(ls ref) >diff.log
    verdict $? "$1: nothing else is left" diff.log
    rm -rf out
}
reached() { grep -q "^stage $1:" "$log"; }
parts=0
stop() { # signal, stage to stop in, ranks, more arguments
    local signal=$1 stage=$2 ranks=$3
    shift 3
    log=stop.log
    start "$ranks" $log "$stages" --set output.dir=out "$@"
    await reached "$stage"
    kill "-$signal" "$pid"
    ended
    local status=$?
    [ $status -eq 75 ] && grep -q "^vitrine: stopped: stopped by SIG$signal at step [0-9]*; go on with --restart out/stages.checkpoint.h5$" $log
    verdict $? "SIG$signal in stage $stage on $ranks ranks: status 75 (is $status), says how to go on" $log
    [ ! -e out/stages.h5 ] && [ -s out/stages.checkpoint.h5 ]
    verdict $? "SIG$signal in stage $stage: a checkpoint, no result yet"
}
again="--restart out/stages.checkpoint.h5"
if "$python" -c 'import h5py' 2>/dev/null; then
    stop USR1 hold 3
    stop TERM ramp 1 $again
    stop USR1 langevin 2 $again
    run 3 end.log "$stages" --set output.dir=out $again
    verdict $? "to the end on 3 ranks" end.log
    clean "stopped three times, 3 1 2 3 ranks"
    stop INT nose 1
    stop USR1 bussi 3 $again
    run 1 end.log "$stages" --set output.dir=out $again
    verdict $? "to the end on 1 rank" end.log
    clean "stopped twice, 1 3 1 ranks"
    # 30 s are kept for writing; the first stop is 0.4 s after the start, the second after one step
    run 1 stop.log "$stages" --set output.dir=out --walltime '30.4 s'
    status=$?
    [ $status -eq 75 ] && grep -q 'stopped by wall time at step' stop.log
    verdict $? "--walltime: status 75 (is $status)" stop.log
    SLURM_JOB_END_TIME=$(($(date +%s) + 30)) run 3 stop.log "$stages" --set output.dir=out $again
    status=$?
    [ $status -eq 75 ] && grep -q 'stopped by wall time at step' stop.log
    verdict $? "SLURM_JOB_END_TIME on 3 ranks: status 75 (is $status)" stop.log
    run 2 end.log "$stages" --set output.dir=out $again
    verdict $? "to the end on 2 ranks" end.log
    clean "stopped by the clock twice, 1 3 2 ranks"
else
    skip "restarts" "h5py is not installed"
fi

touch STOP
run 3 stop.log "$stages" --set output.dir=out --stop-file STOP
status=$?
[ $status -eq 75 ] && grep -q 'stopped by stop file at step 1; remove the file and go on with --restart out/stages.checkpoint.h5$' stop.log
verdict $? "a stop file on 3 ranks: status 75 (is $status)" stop.log

# ---- what is refused, on 1 and 2 ranks, in words
# All at once, each on 1 and on 2 ranks: starting MPI is waiting, not work. `refusals` collects the verdicts.
asked=0
refused() { # what, status, text (a pattern), arguments
    local what=$1 expected=$2 text=$3 ranks
    shift 3
    for ranks in 1 2; do
        asked=$((asked + 1))
        (
            run $ranks "bad.$asked" "$@"
            status=$?
            [ $status -eq "$expected" ] && grep -qE "$text" "bad.$asked" && ! grep -q "bug" "bad.$asked"
            echo "$? $what on $ranks ranks: status $expected (is $status)" >"told.$asked"
        ) &
        [ $((asked % 6)) -ne 0 ] || wait
    done
}
refusals() {
    local k
    wait
    for k in $(seq $asked); do verdict "$(cut -d' ' -f1 "told.$k")" "$(cut -d' ' -f2- "told.$k")" "bad.$k"; done
    asked=0
}
cp -r out kept
refused "another deck" 66 "out/stages.checkpoint.h5 was made by another deck; restart with the deck" \
    "$stages" --set output.dir=out --set seed=2 $again
refused "no such file" 66 "none.h5: cannot read it: No such file" "$stages" --set output.dir=out --restart none.h5
refused "not HDF5" 66 "stages.yml: is not an HDF5 file" "$stages" --set output.dir=out --restart "$stages"
refused "a trajectory" 66 "part-0000.h5 is not a checkpoint; --restart takes" \
    "$stages" --set output.dir=out --restart out/stages.part-0000.h5
head -c 20000 out/stages.checkpoint.h5 >short.h5
refused "a truncated checkpoint" 66 "short.h5: HDF5 cannot open it .*truncated.*; it may be incomplete" \
    "$stages" --set output.dir=out --restart short.h5
if "$python" -c 'import h5py' 2>/dev/null; then
    cp out/stages.checkpoint.h5 sick.h5
    "$python" -c 'import h5py; f = h5py.File("sick.h5", "a"); w = f["checkpoint/wholes"]; w[4] = 499'
    refused "a checkpoint with the wrong number of atoms" 66 "sick.h5 is damaged: /checkpoint/position has the wrong size" \
        "$stages" --set output.dir=out --restart sick.h5
    cp out/stages.checkpoint.h5 sick2.h5
    "$python" -c 'import h5py; f = h5py.File("sick2.h5", "a"); w = f["checkpoint/wholes"]; w[0] = 7'
    refused "a checkpoint with a stage too many" 66 "sick2.h5 is damaged: the deck has no such stage" \
        "$stages" --set output.dir=out --restart sick2.h5
    cp out/stages.checkpoint.h5 sick3.h5
    "$python" -c 'import h5py; f = h5py.File("sick3.h5", "a"); del f["checkpoint/reals"]; f["checkpoint/reals"] = [1.0] * 200'
    refused "a checkpoint with too many scalars" 66 "sick3.h5 is damaged: /checkpoint/reals has the wrong size" \
        "$stages" --set output.dir=out --restart sick3.h5
fi
# ---- a run from the beginning where older files are
refused "an unfinished run of the same deck is not overwritten" 73 \
    "out/stages.checkpoint.h5 is the checkpoint of an unfinished run of this very deck: go on with --restart out/stages.checkpoint.h5, or remove it" \
    "$stages" --set output.dir=out
refusals
diff -r out kept >diff.log
verdict $? "refusals changed no file" diff.log
mv out/stages.part-0000.h5 hidden.h5
refused "a part is missing" 66 "the restart needs out/stages.part-0000.h5, which belongs to the checkpoint: No such file" \
    "$stages" --set output.dir=out $again
refusals
mv hidden.h5 out/stages.part-0000.h5
touch out/stages.part-0007.h5 out/stages.h5.partial out/stages.part-0008.h5.partial out/stages.other.h5 out/stages.part-x.h5
touch out/stages.h5
short=(--set md.stages[6].steps=1)
for k in 0 1 3 4 5; do short+=(--set "md.stages[$k].steps=10"); done
sed 's/, rate: 3e13 K.s//' "$stages" >stages.yml
run 2 anew.log stages.yml --set output.dir=out "${short[@]}"
verdict $? "another deck begins anew" anew.log
grep -q 'out/stages.checkpoint.h5 and its parts, of an unfinished run of another deck, are removed' anew.log &&
    grep -q 'out/stages.h5 and its tables are of an earlier run; they are replaced' anew.log
verdict $? "and says what becomes of the old files" anew.log
(cd out && ls) | diff - <(printf 'stages.%s\n' effective.yml h5 other.h5 part-x.h5 summary.tsv thermo.tsv) >diff.log
verdict $? "old parts and half-written files are gone, other files stay" diff.log

# ---- stopped in the analysis: the run is over, its passes are not; and an analysis that was changed afterwards
cat >passes.yml <<'DECK'
units: lj
material: {composition: {A: 1}}
potential: {kind: lj, epsilon: {A-A: 1}, sigma: {A-A: 1}}
build: {kind: crystal, lattice: fcc, density: 0.8442, cells: [6, 6, 6]}
md:
  time_step: 0.005
  initial_temperature: 1.44
  trajectory: {every: 5}
  stages: [{name: melt, ensemble: nve, steps: 30}]
analysis:
  - {pass: rdf, of: melt, frames: all}
  - {pass: voronoi, of: melt, frames: last}
DECK
run 2 whole.log passes.yml --set output.dir=whole
verdict $? "a run with two passes" whole.log
run 2 first.log passes.yml --set output.dir=part --set 'analysis=[{pass: rdf, of: melt, frames: 0}]'
verdict $? "the same run with another analysis" first.log
run 3 stop.log passes.yml --set output.dir=part --restart part/passes.h5 --stop-file STOP
status=$?
[ $status -eq 75 ] && grep -q 'part/passes.h5 is complete; on with its analysis' stop.log && ! grep -q '^stage melt' stop.log &&
    grep -q 'stopped by stop file in the analysis; what its passes completed is kept; go on with --restart part/passes.h5$' stop.log
verdict $? "a stop file in the analysis: status 75 (is $status), the stages are not run again" stop.log
run 1 end.log passes.yml --set output.dir=part --set md.checkpoint_every='1 min' --restart part/passes.checkpoint.h5
status=$?
[ $status -eq 0 ] && ! grep -q '^stage melt' end.log
verdict $? "the same with the checkpoint's name goes on, too" end.log
for t in rdf index summary thermo; do cmp -s "whole/passes.$t.tsv" "part/passes.$t.tsv" || echo "passes.$t.tsv differs"; done >diff.log
[ ! -s diff.log ]
verdict $? "tables as without a stop" diff.log
run 1 end.log passes.yml --set output.dir=part --set seed=2 --restart part/passes.h5
status=$?
[ $status -eq 66 ] && grep -q 'part/passes.h5 is not a checkpoint' end.log
verdict $? "the result of another deck is no restart: status 66 (is $status)" end.log

# ---- --restart auto: from the beginning, from a checkpoint, in the analysis of a complete run
run 1 auto.log "$stages" --set output.dir=auto --restart auto --stop-file STOP
status=$?
[ $status -eq 75 ] && grep -q '^nothing to go on from: from the beginning$' auto.log && [ -s auto/stages.checkpoint.h5 ]
verdict $? "--restart auto without anything begins (status $status)" auto.log
run 2 auto.log "$stages" --set output.dir=auto --restart auto
status=$?
[ $status -eq 0 ] && grep -q '^going on from auto/stages.checkpoint.h5$' auto.log && same_run ref auto stages >>auto.log
verdict $? "--restart auto on 2 ranks goes on from the checkpoint to the same bits (status $status)" auto.log
run 2 auto.log "$stages" --set output.dir=auto --restart auto
status=$?
[ $status -eq 0 ] && grep -q '^going on from auto/stages.h5$' auto.log && ! grep -q '^stage hold' auto.log
verdict $? "--restart auto of a complete run only analyses (status $status)" auto.log
run 2 auto.log "$stages" --set output.dir=auto --set seed=9 --set md.stages[free].steps=1 --restart auto
status=$?
[ $status -eq 0 ] && grep -q '^nothing to go on from: from the beginning$' auto.log
verdict $? "--restart auto does not take the result of another deck (status $status)" auto.log

# ---- two programs, one name, one folder: the second is refused and the first does not notice
log=first.log
start 2 $log "$stages" --set output.dir=both --set "md.stages[free].steps=1000000"
await reached hold
run 1 second.log "$stages" --set output.dir=both
status=$?
[ $status -eq 73 ] && grep -q 'another run writes both/stages\.\* now; wait until it has ended, or set output: {dir: ...}' second.log
verdict $? "a second run of the same name is refused: status 73 (is $status)" second.log
kill -USR1 "$pid"
ended
status=$?
[ $status -eq 75 ] && [ -s both/stages.checkpoint.h5 ] && [ "$(ls -A both | grep -c lock)" = 0 ]
verdict $? "the first goes on, stops when asked and leaves no lock (status $status)" first.log

finish
