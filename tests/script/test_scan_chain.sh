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

# an icosahedron along five-fold: ten spots 36 degrees apart by Friedel's law; odd n only with multiple scattering
cat >ico.yml <<'E2'
material: {species: [Zr, Cu]}
build: {kind: cluster, motif: icosahedron, bond: 2.8 A, axis: [0, 1, 1.618034], vacuum: 12 A}
analysis:
  - {pass: diffraction, name: thin, engine: kinematic, energy: 200 kV, fwhm: 8 A, pixel: 0.15 A, k_max: 1.2 1/A}
  - {pass: diffraction, name: real, engine: multislice, energy: 200 kV, fwhm: 8 A, pixel: 0.15 A, k_max: 1.2 1/A}
  - {pass: symmetry, of: thin, k_min: 0.35 1/A, k_max: 0.5 1/A}
  - {pass: symmetry, name: full, of: real, k_min: 0.35 1/A, k_max: 0.5 1/A}
  - {pass: spots, of: thin, k_min: 0.3 1/A, k_max: 0.55 1/A, sharpness: 0.7, apart: 3, n_peaks: 0}
E2
"$vitrine" run ico.yml --set output.dir=ico >log 2>&1
verdict $? 'an icosahedron along its five-fold axis'
power() { awk -F '\t' -v n="$2" '$1 == n { print $2 }' "$1"; }
awk -v ten="$(power ico/ico.symmetry.tsv 10)" -v five="$(power ico/ico.symmetry.tsv 5)" -v four="$(power ico/ico.symmetry.tsv 4)" \
    'BEGIN { print ten, five, four; exit !(ten > 1e-3 && four < 0.01 * ten && five < 1e-14) }' >log
verdict $? 'kinematic: n = 10 stands out, n = 5 is rounding'
awk -v five="$(power ico/ico.full.symmetry.tsv 5)" -v seven="$(power ico/ico.full.symmetry.tsv 7)" \
    'BEGIN { print five, seven; exit !(five > 1e-5 && seven < 0.01 * five) }' >log
verdict $? 'multislice: n = 5 appears'
awk -F '\t' 'NR > 1 && $5 > best { best = $5; name = $4 } END { print name, best; exit !(name == "ico 5" && best == 1) }' \
    ico/ico.spot_match.tsv >log &&
    awk -F '\t' 'NR > 1 { k++; if ($7 < 34 || $7 > 38) off = 1 } END { exit !(k == 10 && !off) }' ico/ico.spot_angles.tsv
verdict $? 'ten spots, 36 degrees apart, match the five-fold axis of an icosahedron alone'
# the specimen turned about the beam: a power of the ring changes by what pixels of 1/29 A leave, n^2 / (6 r^2) = 0.1 of n = 10
# at r = 13 pixels, of which a tenth depends on the angle
for spin in 0 11 29; do
    "$vitrine" run ico.yml --set output.dir=spin$spin --set build.spin="$spin deg" >log 2>&1 || break
done
ten=$(for spin in 0 11 29; do power spin$spin/ico.symmetry.tsv 10; done)
echo "$ten" | awk '{ if (NR == 1 || $1 < low) low = $1; if ($1 > high) high = $1 } END { print low, high; exit !(NR == 3 && high < 1.03 * low) }' >log
verdict $? 'turned about the beam it has the same power'

# columns of copper crystals with gaps between them: HAADF is darker there, fringes are everywhere; five frames, imaged by the
# ranks in turns: the same tables and images on 1, 2 and 4 of them
cat >walls.yml <<'E2'
material: {composition: {Cu: 1}}
potential: {kind: zhou}
build: {kind: crystal, lattice: fcc, lattice_constant: 3.6 A, cells: [9, 9, 4]}
md:
  time_step: 1 fs
  trajectory: {every: 5}
  stages:
    - {name: columns, build: {kind: nanoglass, diameter: 3 nm, across: [2, 2], gap: 4 A}}
    - {name: shake, ensemble: nvt, temperature: 100 K, steps: 20}
E2
"$vitrine" run walls.yml --set output.dir=walls >log 2>&1
for k in 1 2 4; do
    for image in haadf hrtem; do
        detector=(--set inner='60 mrad' --set outer='200 mrad')
        [ $image = haadf ] || detector=()
        $MPIRUN -n $k "$vitrine" analyze image walls/walls.h5 --set of=shake --set frames=all --set image=$image --set energy='200 kV' \
            "${detector[@]}" --set interface_width='1 nm' --set save=tiff --set output.dir=w$k$image >>log 2>&1
    done
done 2>>log
same=0
for k in 2 4; do
    for f in w1haadf/*.tsv w1haadf/*.tif w1hrtem/*.tsv w1hrtem/*.tif; do cmp "$f" "w$k${f#w1}" >>log 2>&1 || same=1; done
done
[ $same = 0 ] && [ "$(ls w1h*/*.tsv w1h*/*.tif | wc -l)" = 6 ] && [ "$(wc -l <w1hrtem/walls.interfaces.tsv)" = 6 ]
verdict $? 'five images from atoms compared with the interfaces, the same on 1, 2 and 4 ranks'
cat w1*/walls.interfaces.tsv >>log
awk -F '\t' 'NR == 2 { exit !($3 < $4 && $5 < -0.4 && $6 > 0.95) }' w1haadf/walls.interfaces.tsv &&
    awk -F '\t' 'NR == 2 { exit !($7 > 0.3 && $8 > 0 && $9 > 0) }' w1hrtem/walls.interfaces.tsv
verdict $? 'gaps are darker in HAADF; crystals have fringes'
echo "1..$n"
[ $bad = 0 ]
