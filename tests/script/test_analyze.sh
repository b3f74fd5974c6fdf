#!/usr/bin/env bash
# vitrine analyze: any trajectory in, tables and HDF5 out; inputs never change; mistakes named, with the right status on
# 1 and 3 ranks.
set -u
n=0
verdict() { n=$((n + 1)); if [ "$1" = 0 ]; then echo "ok $n - $2"; else echo "not ok $n - $2"; fi; }
vitrine=$(pwd)/$BIN/vitrine
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1

# fcc of 256 atoms, a = 4 A, as a LAMMPS dump of two frames (elements named) and as a deck
awk 'BEGIN { for (f = 0; f < 2; f++) {
    printf "ITEM: TIMESTEP\n%d\nITEM: NUMBER OF ATOMS\n256\nITEM: BOX BOUNDS pp pp pp\n0 16\n0 16\n0 16\n", 100 * f
    print "ITEM: ATOMS id element x y z"
    for (i = 0; i < 256; i++) { b = i % 4; c = int(i / 4)
        printf "%d %s %.6f %.6f %.6f\n", i + 1, i % 2 ? "Cu" : "Zr", 4 * (int(c / 16) + (b == 2 || b == 3) / 2) + 0.1,
            4 * (int(c / 4) % 4 + (b == 1 || b == 3) / 2) + 0.1, 4 * (c % 4 + (b == 1 || b == 2) / 2) + 0.1 } } }' >fcc.dump
cat >made.yml <<'EOF'
output: {dir: out/made}
material: {composition: {Cu: 1}}
build: {kind: crystal, lattice: fcc, lattice_constant: 3.6 A, cells: [4, 4, 4]}
EOF

sum=$(cksum <fcc.dump)
"$vitrine" analyze voronoi fcc.dump --set tessellation=plain >log 2>&1
verdict $? "a LAMMPS dump"
# every atom of fcc has 12 four-edged faces; half the atoms are Cu
grep -q "^Cu	<0,12,0,0>	128	1$" out/fcc/fcc.index.tsv && [ "$(wc -l <out/fcc/fcc.index.tsv)" = 3 ]
verdict $? "table index: <0,12,0,0> for every atom"
head -2 out/fcc/fcc.voronoi.xyz | grep -q 'Properties=species:S:1:pos:R:3:id:I:1:volume:R:1:coordination:I:1:index:I:4 ' &&
    grep -q '^Zr 0.1 0.1 0.1 1 16 12 0 12 0 0$' out/fcc/fcc.voronoi.xyz
verdict $? "voronoi.xyz: a cell of a^3/4 = 16 with 12 faces"
"$vitrine" analyze rdf fcc.dump --set frames=all --set bins=100 --set r_max='6 A' >log 2>&1 &&
    [ "$(wc -l <out/fcc/fcc.rdf.tsv)" = 101 ]
verdict $? "a second pass goes to the same folder"
[ "$sum" = "$(cksum <fcc.dump)" ]
verdict $? "the input is as it was"

if "$vitrine" run made.yml >log 2>&1; then
    sum=$(cksum <out/made/made.h5)
    $MPIRUN -n 3 "$vitrine" analyze voronoi out/made/made.h5 >log 2>&1
    verdict $? "a run's own HDF5 on 3 ranks"
    [ "$sum" = "$(cksum <out/made/made.h5)" ] && [ -s out/made/made.voronoi.h5 ]
    verdict $? "is left as it is; results go beside it"
    grep -q "^Cu	<0,12,0,0>	256	1$" out/made/made.index.tsv
    verdict $? "and are right"
else
    verdict 1 "the deck that makes a crystal runs"; sed 's/^/# /' log
fi

refused() { # status, text, words of the command... ; ranks=3 in front: on three ranks
    local status=$1 text=$2; shift 2
    if [ "${ranks:-1}" = 1 ]; then "$vitrine" analyze "$@" >log 2>&1; else $MPIRUN -n "$ranks" "$vitrine" analyze "$@" >log 2>&1; fi
    local got=$?
    [ $got = "$status" ] && grep -qF -- "$text" log
    verdict $? "${ranks:-1} ranks, status $status: $text"
    [ $got = "$status" ] && grep -qF -- "$text" log || sed 's/^/# /' log
}
sed '/^7 /s/ [0-9.]*$/ nan/' fcc.dump >nan.dump
sed '/^9 /s/.*/9 Zr 0.1 0.1 0.105/' fcc.dump >twice.dump
head -300 fcc.dump >short.dump
refused 64 "there is no pass 'vornoi'; did you mean 'voronoi'?" vornoi fcc.dump
refused 64 "which file?" rdf
refused 66 "cannot read none.dump: No such file" rdf none.dump
refused 65 "unknown key 'bin'; did you mean 'bins'?" rdf fcc.dump --set bin=3
refused 65 "frames: '7' is none of the 2 frames there are" rdf fcc.dump --set frames=7
refused 65 "r_max 20 is beyond the shortest periodic edge 16" rdf fcc.dump --set r_max='20 A'
refused 65 "names species Al, which the atoms do not have" voronoi fcc.dump --set radii='{Al: 1.4 A}'
refused 66 "nan.dump" rdf nan.dump --set frames=0
refused 66 "atoms 1 and 9 are 0.005 apart, closer than 0.01" voronoi twice.dump
refused 66 "short.dump" rdf short.dump
ranks=3 refused 65 "unknown key 'bin'; did you mean 'bins'?" rdf fcc.dump --set bin=3
ranks=3 refused 65 "r_max 20 is beyond the shortest periodic edge 16" rdf fcc.dump --set r_max='20 A'
ranks=3 refused 66 "atoms 1 and 9 are 0.005 apart, closer than 0.01" voronoi twice.dump
[ ! -e out/none ] && [ ! -e out/twice/twice.h5 ] && [ ! -e out/twice/twice.index.tsv ] && [ -z "$(find out -name '*.partial')" ]
verdict $? "what is refused leaves no file"
