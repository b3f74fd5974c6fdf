#!/usr/bin/env bash
# What is written changes no bit of the run that follows: frames common to all are the same whether checkpoints are written
# never or at every step, frames and records often or seldom, on each instruction set. Also a kill in the middle of a run
# that writes a checkpoint at every step: nothing half-written under a final name, and the restart gives the same bits.
set -u
. "$(dirname "$0")/run_lib.sh"
cd "$work" || exit 1
if ! "$python" -c 'import h5py' 2>/dev/null; then
    skip "what is written" "h5py is not installed"
    finish
fi
short=()
for k in 0 1 3 4 5 6; do short+=(--set "md.stages[$k].steps=60"); done
sed 's/, rate: 3e13 K.s//' "$decks/stages.yml" >stages.yml
same_frames() { # two files: the frames of steps that both have
    "$python" - "$1" "$2" <<'PYTHON'
import sys, h5py, numpy as np
a, b = (h5py.File(p, "r") for p in sys.argv[1:3])
shared = bad = 0
for stage in a["particles"]:
    p, q = a["particles"][stage], b["particles"][stage]
    ka, kb = list(p["position/step"]), list(q["position/step"])
    for s in sorted(set(ka) & set(kb)):
        shared += 1
        for name in ("position", "velocity", "force", "image", "box/edges"):
            if p[name]["value"][ka.index(s)].tobytes() != q[name]["value"][kb.index(s)].tobytes():
                bad += 1
                print("differs:", stage, "step", s, name)
assert shared == 13 # first and last frames of six stages, one of the cut
sys.exit(bad > 0)
PYTHON
}
for set in avx512 avx2 plain; do
    if ! run 1 $set.log stages.yml "${short[@]}" --set output.dir=$set --simd $set; then
        if grep -q "has no such instructions\|another kind of processor" $set.log; then skip "writing with $set" "this machine has none"; else verdict 1 "writing with $set" $set.log; fi
        continue
    fi
    run 1 often.log stages.yml "${short[@]}" --set output.dir=$set.often --simd $set --set md.thermo_every=1 \
        --set md.trajectory.every=7 --set 'md.checkpoint_every=0 s'
    same_frames $set/stages.h5 $set.often/stages.h5 >diff.log 2>&1
    verdict $? "$set: a record each step, a frame each seventh, a checkpoint each step change no bit" diff.log
    ls $set | diff - <(ls $set.often) >diff.log
    verdict $? "$set: no part is left" diff.log
done
run 2 often.log stages.yml "${short[@]}" --set output.dir=two --set md.thermo_every=3 --set 'md.checkpoint_every=0 s'
best=$(for s in avx512 avx2 plain; do [ -e $s/stages.h5 ] && echo $s && break; done)
same_frames "$best/stages.h5" two/stages.h5 >diff.log 2>&1
verdict $? "on 2 ranks: nor do checkpoints there" diff.log

# ---- kills
every=(--set 'md.checkpoint_every=0 s' --set output.dir=out)
run 2 ref.log stages.yml "${short[@]}" "${every[@]}"
mv out ref
reached() { grep -q "^stage $1:" kill.log; }
killed() { # what, stage to wait for, ranks, how
    local what=$1 stage=$2 ranks=$3 how=$4
    rm -rf out
    start "$ranks" kill.log stages.yml "${short[@]}" "${every[@]}"
    await reached "$stage"
    victims=$([ "$ranks" = 1 ] && echo "$pid" || pgrep -P "$pid" -x vitrine)
    # shellcheck disable=SC2086
    case $how in one) kill -9 ${victims##*$'\n'} ;; all) kill -9 $victims ;; everything) kill -9 "$pid" $victims ;; esac
    ended
    local status=$?
    [ $status -ne 0 ] && [ $status -ne 75 ] && [ $status -ne 124 ]
    verdict $? "$what: it ends (status $status)" kill.log
    await_gone
    [ ! -e out/stages.h5 ] && [ ! -e out/stages.thermo.tsv ]
    verdict $? "$what: no result under its final name"
    "$python" - out >diff.log 2>&1 <<'PYTHON'
import glob, sys, h5py
parts = sorted(glob.glob(sys.argv[1] + "/*.part-*.h5"))
frames = sum(len(s["position/step"]) for p in parts for s in h5py.File(p, "r").get("particles", {}).values())
needed = h5py.File(sys.argv[1] + "/stages.checkpoint.h5", "r")["checkpoint/wholes"][2]
assert len(parts) >= needed > 0 and frames > 0, (len(parts), needed, frames)
PYTHON
    verdict $? "$what: the parts and the checkpoint open" diff.log
    run 1 again.log stages.yml "${short[@]}" "${every[@]}" --restart out/stages.checkpoint.h5
    verdict $? "$what: the restart runs" again.log
    same_run ref out stages >diff.log 2>&1
    verdict $? "$what: and gives the bits of the run that was not killed" diff.log
    ls out | diff - <(ls ref) >diff.log
    verdict $? "$what: nothing else is left" diff.log
}
await_gone() { for _ in $(seq 500); do kill -0 $victims 2>/dev/null || return; sleep 0.02; done; }
killed "one of 2 ranks killed" ramp 2 one
killed "the only process killed" nose 1 all
killed "both ranks and mpirun killed" bussi 2 everything
finish
