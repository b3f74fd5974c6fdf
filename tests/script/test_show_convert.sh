#!/usr/bin/env bash
# The verbs show and convert: what they print, what they refuse, on one rank and on three.
set -u
n=0
verdict() { n=$((n + 1)); if [ "$1" = 0 ]; then echo "ok $n - $2"; else echo "not ok $n - $2"; sed 's/^/# /' "$work/out"; fi; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
vitrine=$(pwd)/$BIN/vitrine
export VITRINE_STRICT=1
$MPIRUN -n 2 "$BUILD/tests/mpi/test_traj" write "$work" >"$work/out" 2>&1
verdict $? "sample files"
printf 'a_K\tb\n1.5\tx\nnan\ty\n' >"$work/t.tsv"
printf 'a_K\tb\n1.5\n' >"$work/bad.tsv"
printf 'hello\n' >"$work/prose"
: >"$work/empty"
cd "$work" || exit 1

expect() { # status, text (whole line of stdout or stderr), words of the command
    local status=$1 text=$2; shift 2
    "$vitrine" "$@" >out 2>&1 </dev/null
    local got=$?
    [ $got = "$status" ] && grep -qxF -- "$text" out
    verdict $? "$* -> $status, $text"
}
three() { # the same on three ranks
    local status=$1 text=$2; shift 2
    $MPIRUN -n 3 "$vitrine" "$@" >out 2>&1 </dev/null
    local got=$?
    [ $got = "$status" ] && [ "$(grep -cxF -- "$text" out)" = 1 ]
    verdict $? "on 3 ranks: $* -> $status, once"
}
line='H5MD: 50 atoms (Zr 25, Cu 25), 2 frames, last at 0.5 ps, box 21 x 30 x 40 A, periodic xy-, velocities, forces, images'
expect 0 "  stage all          $line" show s.h5
three 0 "  stage all          $line" show s.h5
expect 0 "s.xyz: extended XYZ: 50 atoms (Cu 25, Zr 25), 2 frames, last at 0.5 ps, box 21 x 30 x 40 A, periodic xy-, velocities, forces, images" show s.xyz
expect 0 "s.data: LAMMPS data: 50 atoms (Zr 25, Cu 25), 1 frame, box 20 x 30 x 40 A, periodic xyz, velocities, images" show s.data
expect 0 "s.dump: LAMMPS dump: 50 atoms (Zr 25, Cu 25), 2 frames, box 21 x 30 x 40 A, periodic xy-, velocities, forces, images" show s.dump
expect 0 "t.tsv: table of 2 columns" show t.tsv
expect 66 "vitrine: error: bad.tsv:2: 1 columns where the header has 2" show bad.tsv
expect 66 "vitrine: error: prose: text of an unknown kind; HDF5, trajectories, tables and potentials can be shown" show prose
three 66 "vitrine: error: prose: text of an unknown kind; HDF5, trajectories, tables and potentials can be shown" show prose
expect 66 "vitrine: error: empty: is empty, or a folder; HDF5, trajectories, tables and potentials can be shown" show empty
expect 66 "vitrine: error: none: cannot read it: No such file or directory" show none
expect 64 "vitrine: error: a file is needed" show
potential=/usr/share/lammps/potentials/CuZr_mm.eam.fs
if [ -e $potential ]; then
    expect 0 "  cutoff 7.6 A; 10000 values of r, step 0.00076 A; 10000 of rho, step 0.03" show $potential # its fifth line
else n=$((n + 1)); echo "ok $n - show a potential # SKIP lammps-data is not installed"; fi

expect 0 "s.h5 -> a.dump: 2 frames of 50 atoms, stage all" convert s.h5 a.dump
three 0 "a.dump -> b.h5: 2 frames of 50 atoms" convert a.dump b.h5 --time-step "0.5 fs" --single --deflate 3
expect 0 "  stage all          $line" show b.h5 # the step is 1000: 0.5 ps again
expect 0 "b.h5 -> c.xyz.gz: 1 frame of 50 atoms, stage all" convert b.h5 c.xyz.gz --frames 1
expect 0 "c.xyz.gz -> d.data: 1 frame of 50 atoms" convert c.xyz.gz d.data
expect 0 "vitrine: warning: a.dump does not say its times, they are 0 in e.h5; give --time-step \"1 fs\" to count them from the steps" convert a.dump e.h5
expect 64 "vitrine: error: x.pdb: its name does not tell a format; use .h5, .xyz, .data or .dump (text ones also with .gz)" convert s.h5 x.pdb
expect 64 "vitrine: error: --frames 2: s.h5 has frames 0 to 1" convert s.h5 f.xyz --frames 2
expect 64 "vitrine: error: --frames some: say all, first, last or a number" convert s.h5 f.xyz --frames some
expect 64 "vitrine: error: f.data: a LAMMPS data file holds one frame; write one frame or a .dump" convert s.h5 f.data --frames all
three 64 "vitrine: error: f.data: a LAMMPS data file holds one frame; write one frame or a .dump" convert s.h5 f.data --frames all
expect 64 "vitrine: error: s.xyz: has no stages; a stage can be chosen in H5MD files only" convert s.xyz f.h5 --group melt
expect 66 "vitrine: error: s.h5: has no stage 'melt'; it has all" convert s.h5 f.xyz --group melt
expect 66 "vitrine: error: prose: is no trajectory that can be read (H5MD, extended XYZ, LAMMPS data or dump)" convert prose f.xyz
expect 73 "vitrine: error: no/f.h5: cannot create it: No such file or directory; make the folder or choose another output" convert s.h5 no/f.h5
expect 64 "vitrine: error: an input and an output are needed" convert s.h5
expect 64 "vitrine: error: unknown option '--frame'; did you mean '--frames'?" convert s.h5 f.xyz --frame 1
[ -z "$(ls f.* ./*.partial 2>/dev/null)" ]
verdict $? "nothing is left of what was refused"
