#!/usr/bin/env bash
# `vitrine run` and `vitrine analyze` on a full disk: status 74 on 1 and 2 ranks, nothing half-written, what was complete
# stays, and a restart when there is room gives the result. A 2 MB tmpfs where we may mount one. A folder that cannot be
# made: status 73 (a path below a regular file, which stops root too).
set -u
. "$(dirname "$0")/run_lib.sh"
cd "$work" || exit 1
small=$decks/small.yml
mkdir disk
sed '/^md:/,$d; /^potential/d' "$small" >small.yml # builds only
leftovers() { # files that no failed run may leave
    find disk -name '*.partial' -o -name 'small.h5' -o -name '*.tsv' -o -name '*.xyz'
}
failed_write() { # what, ranks, pattern, arguments of run
    local what=$1 ranks=$2 text=$3
    shift 3
    run "$ranks" log "$@"
    local status=$?
    [ $status -eq 74 ] && grep -qE "^vitrine: error: $text" log && [ "$(grep -c '^vitrine: error' log)" = 1 ]
    verdict $? "$what on $ranks ranks: status 74 (is $status), said in words" log
    leftovers >left
    [ ! -s left ]
    verdict $? "$what on $ranks ranks: nothing half-written" left
}
fill() { dd if=/dev/zero of=disk/filler bs=1k count=$((2048 - $1)) 2>/dev/null; } # leave $1 KiB free
room="do not fit: No space left on device; make room or choose another output.dir"
if [ "$(id -u)" = 0 ] && mount -t tmpfs -o size=2m tmpfs disk 2>/dev/null; then
    for ranks in 1 2; do
        rm -rf disk/*
        failed_write "frames" $ranks "disk/small.part-0000.h5: .* $room" "$small" --set output.dir=disk
        # a part with one frame takes some 150 kB, so the disk is full after about ten checkpoints
        failed_write "frames after checkpoints" $ranks \
            "step [0-9]+ \(when there is room, go on with --restart disk/small.checkpoint.h5\): disk/small.* $room" \
            "$small" --set output.dir=disk --set 'md.checkpoint_every=0 s'
        [ -s disk/small.checkpoint.h5 ]
        verdict $? "frames after checkpoints on $ranks ranks: the checkpoint is there"
        mount -o remount,size=64m disk
        run $ranks log "$small" --set output.dir=disk --set 'md.checkpoint_every=0 s' --restart disk/small.checkpoint.h5
        verdict $? "with more room the restart on $ranks ranks runs" log
        if "$python" -c 'import h5py' 2>/dev/null; then
            [ -d ref ] || run 1 ref.log "$small" --set output.dir=ref
            same_run ref disk small >diff.log 2>&1
            verdict $? "and gives the bits of a run with room on $ranks ranks" diff.log
        fi
        ls disk | diff - <(printf 'small.%s\n' effective.yml h5 summary.tsv thermo.tsv) >diff.log
        verdict $? "and leaves its results on $ranks ranks" diff.log
        rm -rf disk/*
        mount -o remount,size=2m disk
        fill 0
        failed_write "the effective deck" $ranks "disk/small.effective.yml: .*No space left" "$small" --set output.dir=disk
        rm -f disk/*
        fill 400
        failed_write "a deck that builds only" $ranks "disk/small.* $room" small.yml --set output.dir=disk --set build.n_atoms=32000
    done
    # the run fits, the tables after it do not: the trajectory is complete and stays
    rm -rf disk/*
    run 1 log "$small" --set output.dir=disk --set md.trajectory.every=100
    verdict $? "a small run fits" log
    mkdir disk/rdf disk2 && fill 0
    cp disk/small.h5 disk2/small.h5
    for ranks in 1 2; do
        cp disk2/small.h5 a.h5
        timeout -k 5 60 $mpirun -n $ranks "$vitrine" analyze rdf disk2/small.h5 --set output.dir=disk/rdf >log 2>&1
        status=$?
        [ $status -eq 74 ] && grep -q '^vitrine: error: disk/rdf/' log && [ -z "$(ls disk/rdf)" ]
        verdict $? "tables of an analysis on $ranks ranks: status 74 (is $status), nothing left" log
    done
    cmp -s disk/small.h5 disk2/small.h5
    verdict $? "the trajectory stays as it is"
    umount disk
else
    skip "full disk" "no right to mount a small tmpfs here"
fi

# ---- a folder that cannot be made
touch file
for ranks in 1 2; do
    for dir in file file/below; do
        run $ranks log "$small" --set output.dir=$dir
        status=$?
        [ $status -eq 73 ] && grep -qE "^vitrine: error: .*Not a directory.*output" log
        verdict $? "output.dir: $dir on $ranks ranks: status 73 (is $status)" log
    done
done
[ -f file ] && [ ! -s file ]
verdict $? "the file in the way is as it was"
finish
