#!/usr/bin/env bash
# Ideal clusters have the Voronoi index of their name (the cells are those of pass voronoi), go into a glass without
# overlaps, and come out of a file as they went in.
set -u
cd "$(dirname "$0")/../.." || exit 1
BIN=${BIN:-bin} mpirun=${MPIRUN:-mpirun}
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
n=0 bad=0
verdict() {
    n=$((n + 1))
    if [ "$1" = 0 ]; then echo "ok $n - $2"; else echo "not ok $n - $2"; bad=1; tail -15 "$work/log" | sed 's/^/# /'; fi
}
deck() { # name, keys of build, more lines
    printf 'output: {dir: %s}\nmaterial: {species: [Zr, Cu]}\nbuild: {kind: cluster, %s}\n%s\n' "$work/$1" "$2" "$3" >"$work/$1.yml"
}
while read -r motif index; do
    deck "$motif" "motif: \"$motif\"" 'analysis: [{pass: voronoi}]'
    "$BIN/vitrine" run "$work/$motif.yml" >"$work/log" 2>&1
    sed -n 3p "$work/$motif/$motif.voronoi.xyz" >>"$work/log"
    sed -n 3p "$work/$motif/$motif.voronoi.xyz" | grep -qE "^Zr .* $index\$"
    verdict $? "$motif: the cell of its centre is <${index// /,}>"
done <<'E2'
icosahedron 0 0 12 0
0445 0 4 4 5
bcc 0 6 0 8
frank_kasper_14 0 0 12 2
frank_kasper_15 0 0 12 3
frank_kasper_16 0 0 12 4
E2
# a host of 500 sites on an expanded lattice; the cluster replaces what is too near
cat >"$work/host.yml" <<E2
output: {dir: $work/host}
material: {composition: {Zr: 0.5, Cu: 0.5}}
build: {kind: random_alloy, lattice: fcc, lattice_constant: 4.2 A, cells: [5, 5, 5]}
E2
"$BIN/vitrine" run "$work/host.yml" >"$work/log" 2>&1
deck put "motif: icosahedron, bond: 2.9 A, host: $work/host/host.xyz, at: [0.5 A, 20 A, 10 A]" 'analysis: [{pass: voronoi}]'
$mpirun -n 3 "$BIN/vitrine" run "$work/put.yml" >"$work/log" 2>&1
verdict $? 'an icosahedron goes into a host across its periodic faces, on three ranks'
last=$(($(head -1 "$work/put/put.voronoi.xyz") - 12)) # the centre is the first of the 13 that follow the host
awk -v id="$last" 'NR > 2 && $5 == id' "$work/put/put.voronoi.xyz" >>"$work/log"
[ "$last" -gt 400 ] && [ "$last" -lt 501 ] && awk -v id="$last" 'NR > 2 && $5 == id' "$work/put/put.voronoi.xyz" | grep -qE '^Zr .* 0 0 12 0$'
verdict $? 'and keeps its index there'
deck out "motif: extract, from: $work/put/put.xyz, atom: $last, radius: 3.2 A" ''
$mpirun -n 2 "$BIN/vitrine" run "$work/out.yml" >"$work/log" 2>&1 && awk '
    NR > 2 && $1 == "Zr" { zr++; x = $2; y = $3; z = $4 } NR > 2 && $1 == "Cu" { cu++; a[cu] = $2; b[cu] = $3; c[cu] = $4 }
    END { for (i = 1; i <= cu; i++) { d = sqrt((a[i] - x)^2 + (b[i] - y)^2 + (c[i] - z)^2)
          if (d < 2.8999 || d > 2.9001) exit 1 }
          exit !(zr == 1 && cu == 12) }' "$work/out/out.xyz"
verdict $? 'cut out again around its centre, it is the same'
deck wrong 'motif: bcc, centre: Al, axis: [0, 0, 0]' ''
"$BIN/vitrine" check "$work/wrong.yml" >"$work/log" 2>&1
[ $? = 65 ] && grep -q "'Al' is not in the material" "$work/log" && grep -q 'is no direction' "$work/log"
verdict $? 'an element that the material lacks and an axis of no direction are refused'
echo "1..$n"
[ $bad = 0 ]
