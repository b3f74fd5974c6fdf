#!/usr/bin/env bash
# A deck from atoms to maps: crystalline copper, a scan, images of both, symmetry and spots of the scan named by its label;
# the same tables on 1 and 3 ranks. Expected: fcc along [001] with a = 3.6 A.
set -u
n=0 bad=0
verdict() { n=$((n + 1)); if [ "$1" = 0 ]; then echo "ok $n - $2"; else bad=1; echo "not ok $n - $2"; tail -15 "$work/log" | sed 's/^/# /'; fi; }
vitrine=$(pwd)/$BIN/vitrine
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
cat >chain.yml <<'E2'
material: {composition: {Cu: 1}}
build: {kind: crystal, lattice: fcc, lattice_constant: 3.6 A, cells: [8, 8, 3]}
analysis:
  - {pass: diffraction, name: scan, engine: kinematic, energy: 200 kV, illumination: probe, fwhm: 6 A, window: 2.88 nm,
     pixel: 0.2 A, k_max: 1.2 1/A, scan: grid, points: [4, 3]}
  - {pass: image, name: adf, of: scan, image: adf, inner: 8 mrad, outer: 28 mrad}
  - {pass: image, name: walls, image: columns, cell: 7.2 A, mean_free_path: 100 nm}
  - {pass: image, name: haadf, image: haadf, energy: 200 kV, inner: 60 mrad, outer: 200 mrad, save: both}
  - {pass: image, name: hrtem, image: hrtem, energy: 200 kV, cs: 0.5 mm, defocus: 43 nm}
  - {pass: symmetry, of: scan, k_min: 0.5 1/A, k_max: 0.6 1/A}
  - {pass: spots, of: scan, k_min: 0.4 1/A, k_max: 0.9 1/A, blur: 1.5, apart: 6, sharpness: 3, n_peaks: 0}
E2
"$vitrine" run chain.yml --set output.dir=one >log 2>&1
verdict $? 'one deck from atoms to maps'
$MPIRUN -n 3 "$vitrine" run chain.yml --set output.dir=three >log 2>&1
verdict $? 'on three ranks'
# HyperSpy files and HDF5 hold times and ranks; tables and pictures must be the same bytes
: >log
for f in one/*.tsv one/*.tif; do
    case $f in *.thermo.tsv) continue ;; esac
    cmp "$f" "three/${f#one/}" >>log 2>&1
done
[ "$(ls one/*.tsv | wc -l)" -ge 12 ] && [ ! -s log ]
verdict $? 'with the same tables and images, byte for byte'
# columns of 7.2 A = 2 x 2 x 3 cells of 4 atoms: 3 x 3.6 A deep less what the ends' rule of docs/symmetry.md makes of it
awk -F '\t' 'NR == 2 { exit !($2 > 10 && $2 < 12 && $3 < 1e-9) }' one/chain.walls.image.tsv
verdict $? 'thickness is flat and that of the crystal'
# {200} at 2 / 3.6 = 0.556 1/A: four spots, 90 degrees apart
awk -F '\t' '$1 == "n" { for (i = 1; i <= NF; i++) if ($i == "mean") c = i; next } $1 == 4 { four = $c } $1 != 4 && $c > most && $1 % 4 { most = $c }
    END { print four, most; exit !(four > 0.1 && most < 0.1 * four) }' one/chain.symmetry.tsv >log
verdict $? 'the ring of {200} is four-fold'
awk -F '\t' '$4 == "fcc 001" { print; exit !($5 > 0.9 && $9 > 0.55 && $9 < 0.561) }' one/chain.spot_match.tsv >log
verdict $? 'its spots match fcc 001 at 0.556 1/A'
awk -F '\t' 'NR > 1 && $5 > best { best = $5; name = $4 } END { print name, best; exit name != "fcc 001" && name != "bcc 001" }' \
    one/chain.spot_match.tsv >log
verdict $? 'and nothing better than the square'
echo "1..$n"
[ $bad = 0 ]
