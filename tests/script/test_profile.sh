#!/usr/bin/env bash
# profile: a sample of two halves, displacements of known length, a rod, a block with surfaces, interfaces between groups;
# the same tables on 1 and 3 ranks; what cannot be profiled is refused.
set -u
n=0
verdict() { n=$((n + 1)); if [ "$1" = 0 ]; then echo "ok $n - $2"; else echo "not ok $n - $2"; fi; }
vitrine=$(pwd)/$BIN/vitrine
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1

# fcc, a = 4 A, 6 x 6 x 6 cells; z < 12: Cu, above: Zr. Second frame: the Cu moved by 0.3 A along x, the Zr stayed.
# group: 1 below, 2 above, negative within 3 A of z = 0 and z = 12 (the two interfaces of the periodic box).
awk 'BEGIN { for (f = 0; f < 2; f++) {
    printf "864\nLattice=\"24 0 0 0 24 0 0 0 24\" Properties=species:S:1:pos:R:3:id:I:1:group:I:1 pbc=\"T T T\" Time=%d\n", f
    for (i = 0; i < 864; i++) { b = i % 4; c = int(i / 4)
        x = 4 * (int(c / 36) + (b == 2 || b == 3) / 2) + .5; y = 4 * (int(c / 6) % 6 + (b == 1 || b == 3) / 2) + .5
        z = 4 * (c % 6 + (b == 1 || b == 2) / 2) + .5; low = z < 12
        wall = z % 12; if (wall > 6) wall = 12 - wall
        printf "%s %.6f %.6f %.6f %d %d\n", low ? "Cu" : "Zr", x + (f && low ? .3 : 0), y, z, i + 1, (low ? 1 : 2) * (wall < 3 ? -1 : 1)
    } } }' >half.xyz
"$vitrine" analyze profile half.xyz --set along=z --set frames=all --set step='4 A' >log 2>&1
verdict $? 'two halves along z'
# 4 atoms in 64 A^3 at every height; composition 1 and 0; displacement^2 0.09 in the Cu, 0 in the Zr. columns by name
column() { awk -F'\t' -v name="$2" -v row="$3" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) c = i } NR == row + 2 { print $c }' "$1"; }
same() { awk -v a="$1" -v b="$2" 'BEGIN { d = a - b; exit !(d < 1e-9 && d > -1e-9) }'; }
t=out/half/half.places.tsv
same "$(column $t number_density_1_per_A3 1)" 0.0625 && same "$(column $t c_Cu 0)" 1 && same "$(column $t c_Cu 5)" 0
verdict $? 'number density 4 / a^3, composition 1 and 0'
same "$(column $t msd_A2 1)" 0.09 && same "$(column $t msd_A2 4)" 0
verdict $? 'mean squared displacement between frames: 0.09 A^2 and 0'
same "$(column $t msd_error_A2 1)" 0
verdict $? 'where all blocks are alike the error is 0'
cp -r out/half first
$MPIRUN -n 3 "$vitrine" analyze profile half.xyz --set along=z --set frames=all --set step='4 A' >log 2>&1 &&
    cmp -s first/half.places.tsv $t
verdict $? 'the same table on 3 ranks'

# planes 2 A apart, 72 atoms each, 4 of each kind: the nearest atom of the other group is a/sqrt 2 away for those at an
# interface, then a, then sqrt(40) A; halved 1.41, 2.00, 3.16
"$vitrine" analyze profile half.xyz --set along=interface --set step='1.9 A' >log 2>&1
t=out/half/half.places.tsv
same "$(column $t atoms 0)" 288 && same "$(column $t atoms 1)" 576
verdict $? 'distance from interfaces: 288 atoms nearer than 1.9 A, 576 between 1.9 and 3.8'
grep -q '^interface_excess_volume_percent' log
verdict $? 'excess volume of the interfaces is told'

# a rod along z cut from that crystal, and a block with surfaces along all axes
awk 'NR == 1 { next } /^Lattice/ { if (k++) exit; next } { if (($2 - 12.5) ^ 2 + ($3 - 12.5) ^ 2 < 81) print $1, $2, $3, $4 }' half.xyz >atoms
{ wc -l <atoms; echo 'Lattice="60 0 0 0 60 0 0 0 24" Properties=species:S:1:pos:R:3 pbc="F F T"'; cat atoms; } >rod.xyz
"$vitrine" analyze profile rod.xyz --set along=radius --set step='9 A' >log 2>&1
t=out/rod/rod.places.tsv
same "$(column $t number_density_1_per_A3 0)" "$(awk -v n="$(wc -l <atoms)" 'BEGIN { printf "%.12g", n / (81 * 24 * atan2(0, -1)) }')"
verdict $? 'a rod: all its atoms in the volume of the first bin, pi (9 A)^2 24 A'
"$vitrine" analyze profile rod.xyz --set along=depth --set step='2 A' >log 2>&1
t=out/rod/rod.places.tsv
same "$(column $t open 0)" 1 && same "$(column $t open 2)" 0
verdict $? 'depth: open cells at the surface, none 4 A below'
same "$(column $t volume_A3 4)" 16 || same "$(column $t volume_A3 3)" 16
verdict $? 'depth: cells of a^3/4 deep inside'

# bond order of the rod: fcc inside; against depth; the same on 3 ranks
"$vitrine" analyze order rod.xyz --set cutoff='3.4 A' >log 2>&1
same "$(column out/rod/rod.order_depth.tsv fcc 4)" 1 && same "$(column out/rod/rod.order_depth.tsv fcc 0)" 0
verdict $? 'order: fcc 9 A below the surface of the rod, none at it'
cp -r out/rod alone
$MPIRUN -n 3 "$vitrine" analyze order rod.xyz --set cutoff='3.4 A' >log 2>&1
for f in order_time.tsv order_mean.tsv order_sizes.tsv order_depth.tsv order.xyz; do cmp -s alone/rod.$f out/rod/rod.$f || echo "# $f"; done >differ
[ ! -s differ ]
verdict $? 'order: every table and the xyz file the same on 3 ranks'
cat differ

refused() { # text, words...
    local text=$1; shift
    "$vitrine" analyze profile "$@" >log 2>&1
    local got=$?
    [ $got != 0 ] && grep -qF -- "$text" log
    verdict $? "refused ($got): $text"
}
refused 'have no groups between which interfaces could lie' rod.xyz --set along=interface
refused 'there is no free surface' half.xyz --set along=depth
refused 'the box is periodic along x, where a rod should end' half.xyz --set along=radius
refused "needs" half.xyz
echo "1..$n"
