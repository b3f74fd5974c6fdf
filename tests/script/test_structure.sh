#!/usr/bin/env bash
# The passes of local structure on crystals whose answer is known: the network of icosahedra of C15, classes, clusters and
# their mean, contrast; the same files on 3 ranks; what is refused or told.
set -u
n=0
verdict() { n=$((n + 1)); if [ "$1" = 0 ]; then echo "ok $n - $2"; else echo "not ok $n - $2"; fi; }
vitrine=$(pwd)/$BIN/vitrine
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1

# C15 Cu2Zr, 2 x 2 x 2 cells of 24 atoms. Each Cu has 6 Cu and 6 Zr around it, all its icosahedra interpenetrate with 6
# others: 16 * 6 / 2 = 48 such pairs a cell, one cluster that goes through the box along all axes, every atom covered.
awk 'BEGIN { split("0 0 0 0 .5 .5 .5 0 .5 .5 .5 0 .25 .25 .25 .25 .75 .75 .75 .25 .75 .75 .75 .25 .625 .625 .625 " \
    ".625 .125 .125 .125 .625 .125 .125 .125 .625 .625 .875 .875 .625 .375 .375 .125 .875 .375 .125 .375 .875 " \
    ".875 .625 .875 .875 .125 .375 .375 .625 .375 .375 .125 .875 .875 .875 .625 .875 .375 .125 .375 .875 .125 .375 .375 .625", u, " ")
    a = 7.16; print 192; printf "Lattice=\"%g 0 0 0 %g 0 0 0 %g\" Properties=species:S:1:pos:R:3 pbc=\"T T T\"\n", 2 * a, 2 * a, 2 * a
    for (c = 0; c < 8; c++) for (b = 0; b < 24; b++)
        printf "%s %.6f %.6f %.6f\n", b < 8 ? "Zr" : "Cu", a * (u[3 * b + 1] + int(c / 4)) + .1,
            a * (u[3 * b + 2] + int(c / 2) % 2) + .1, a * (u[3 * b + 3] + c % 2) + .1 }' >c15.xyz
"$vitrine" analyze voronoi c15.xyz --set network=volume >log 2>&1 &&
    awk 'NR == 2 { exit !($4 == 128 && $6 == 1 && $10 == 8 * 48 && $11 == 1 && $12 == 128 && $14 == 1 && $15 == 1 && $16 == 1) }' \
        out/c15/c15.network.tsv
verdict $? 'C15: one network of 128 icosahedra, 384 interpenetrating pairs, percolating'
grep -q '^Zr	frank_kasper	64	1	' out/c15/c15.classes.tsv && grep -q '^Cu	icosahedron	128	1	1	' out/c15/c15.classes.tsv
verdict $? 'C15: Zr Frank-Kasper, Cu icosahedron, five-fold fraction 1'
# 2 (63.546 * 2 + 91.224) / (2 * 63.546 + 91.224): every polyhedron of C15 with its shell: Cu 7 Cu + 6 Zr in that volume
awk -F'\t' '$1 == "all" && $2 == "icosahedron" { exit !($8 > 7.4 && $8 < 8.4) }' out/c15/c15.classes.tsv
verdict $? 'C15: density of an icosahedron with its shell about that of the crystal (7.90 g/cm3)'
grep -q '^0	128	1$' out/c15/c15.network_sizes.tsv
verdict $? 'C15: table of cluster sizes'
cp -r out/c15 alone
$MPIRUN -n 3 "$vitrine" analyze voronoi c15.xyz --set network=volume >log 2>&1
for t in index.tsv cells.tsv classes.tsv network.tsv network_sizes.tsv voronoi.xyz; do cmp -s alone/c15.$t out/c15/c15.$t || echo "# $t"; done >differ
[ ! -s differ ]
verdict $? 'C15: every table and the xyz file the same on 3 ranks'
cat differ
"$vitrine" analyze voronoi c15.xyz --set network_index='<0,0,12>' >log 2>&1
[ $? = 65 ] && grep -q "is no Voronoi index" log
verdict $? 'a network index that is none is refused'
# every icosahedron of C15 is the same: 6 Cu and 6 Zr around a Cu; the mean has no spread
"$vitrine" analyze clusters c15.xyz --set most=30 >log 2>&1
awk -F'\t' 'NR > 1 { n++; if ($6 > 1e-5) bad = 1; zr += $7; cu += $8; mixed += $7 != 0 && $7 != 1 } END { exit !(n == 12 && !bad && zr == 6 && cu == 6 && !mixed) }' \
    out/c15/c15.cluster_mean.tsv && grep -q '^clusters_found *128 ' log && [ "$(grep -c '^13$' out/c15/c15.clusters.xyz)" = 30 ]
verdict $? 'C15: 128 icosahedra, 30 written, all equal to their mean of 6 Cu and 6 Zr'
cp -r out/c15 first
$MPIRUN -n 3 "$vitrine" analyze clusters c15.xyz --set most=30 >log 2>&1 && cmp -s first/c15.clusters.xyz out/c15/c15.clusters.xyz &&
    cmp -s first/c15.cluster_mean.tsv out/c15/c15.cluster_mean.tsv
verdict $? 'C15: the same clusters on 3 ranks'
"$vitrine" analyze clusters c15.xyz --set radius='4.5 A' --set centre=Zr --set index='<0,0,12,4>' --set most=2 >log 2>&1 &&
    [ "$(head -1 out/c15/c15.clusters.xyz)" = 17 ]
verdict $? 'C15: all atoms within 4.5 A of a Zr: itself, 12 Cu and 4 Zr'
"$vitrine" analyze clusters c15.xyz --set index='<0,9,9,9>' >log 2>&1 && grep -q 'no atom has the index' log
verdict $? 'an index that nobody has is told'
"$vitrine" analyze clusters c15.xyz --set centre=Al >log 2>&1
[ $? = 65 ] && grep -q 'the atoms have no species Al' log
verdict $? 'a species that is not there is refused'
# a name that is no element among elements: probably a mistake, and told
sed 's/^Zr /Xx /' c15.xyz >unknown.xyz
"$vitrine" analyze voronoi unknown.xyz >log 2>&1 && grep -q 'unknown.xyz: Xx is no element, so all species, Cu too, are taken for models' log
verdict $? 'a species without a radius of its own beside an element is told'

# below C15 (7.90 g/cm3), above bcc Cu with a = 14.32 / 5 A (8.99 g/cm3): icosahedral regions are 12 % less dense
{ echo $((192 + 250)); sed -n 2p c15.xyz | sed 's/14.32" Prop/28.64" Prop/'; tail -n +3 c15.xyz
  awk 'BEGIN { a = 2.864; for (c = 0; c < 125; c++) for (b = 0; b < 2; b++)
      printf "Cu %.6f %.6f %.6f\n", a * (int(c / 25) + b / 2) + .2, a * (int(c / 5) % 5 + b / 2) + .2, 14.32 + a * (c % 5 + b / 2) + .5 }'; } >two.xyz
"$vitrine" analyze contrast two.xyz --set domain='7 A' >log 2>&1
awk -F'\t' '{ v[$1] = $2 } END { r = v["projected_rms_at_thickness"] / v["projected_rms"]; r = r * r * 280 / 28.64
    exit !(v["cube_contrast"] < -9 && v["cube_contrast"] > -16 && v["local_contrast"] < -8 && v["local_contrast"] > -16 &&
           r > 0.999999 && r < 1.000001 && v["measured_contrast"] == 9.2) }' out/two/two.contrast.tsv
verdict $? 'contrast of icosahedral and crystal-like halves: -12 %, and its scaling with thickness'
cp out/two/two.contrast.tsv first.tsv
$MPIRUN -n 3 "$vitrine" analyze contrast two.xyz --set domain='7 A' >log 2>&1 && cmp -s first.tsv out/two/two.contrast.tsv
verdict $? 'the same contrast on 3 ranks'
# per-atom output for others: columns for ASE and OVITO, a description of the datasets for ParaView
"$vitrine" analyze voronoi two.xyz --set paraview=true --set output.dir=pv1 >log 2>&1 &&
    $MPIRUN -n 3 "$vitrine" analyze voronoi two.xyz --set paraview=true --set output.dir=pv3 >log 2>&1 && cmp -s pv1/two.voronoi.xdmf pv3/two.voronoi.xdmf
verdict $? 'a description for ParaView, the same on 3 ranks'
/usr/bin/python3 - >log 2>&1 <<'PYTHON'
import ase.io, h5py, numpy as np, os, xml.etree.ElementTree as xml
atoms = ase.io.read("pv1/two.voronoi.xyz")
assert atoms.arrays["index"].shape == (442, 4) and atoms.arrays["volume"].shape == (442,)
frames = xml.parse("pv1/two.voronoi.xdmf").getroot().findall("Domain/Grid/Grid")
assert len(frames) == 1
def read(item):
    select, data = item.findall("DataItem")
    start, stride, count = np.array(select.text.split(), int).reshape(3, -1)
    name, path = data.text.split(":")
    with h5py.File(os.path.join("pv1", name)) as f:
        assert list(f[path].shape) == [int(n) for n in data.get("Dimensions").split()]
        assert f[path].dtype.itemsize == int(data.get("Precision"))
        assert (f[path].dtype.kind == "f") == (data.get("NumberType") == "Float")
        out = f[path][tuple(slice(a, a + n) for a, n in zip(start, count))].squeeze()
    assert list(out.shape) == [int(n) for n in item.get("Dimensions").split()]
    return out
assert np.allclose(read(frames[0].find("Geometry/DataItem")), atoms.positions, atol=1e-8)
columns = {a.get("Name"): read(a.find("DataItem")) for a in frames[0].findall("Attribute")}
assert (columns["coordination"] == atoms.arrays["coordination"]).all() and atoms.arrays["coordination"].max() >= 16
assert (columns["n5"] == atoms.arrays["index"][:, 2]).all() and (columns["n6"] == atoms.arrays["index"][:, 3]).all()
assert np.allclose(columns["volume"], atoms.arrays["volume"]) and len(columns) == 11
PYTHON
verdict $? 'ASE reads the columns of voronoi.xyz; the description fits the datasets and the same numbers'
sed 's/^/# /' log
# the summary's density is that of the last hold, also where it is of copies made between; a melt before a ramp is none
cat >copies.yml <<'DECK'
material: {composition: {Cu: 0.64, Zr: 0.36}}
potential: {kind: zhou, cutoff: 6 A}
build: {kind: random_alloy, lattice: fcc, lattice_constant: 4.05 A, n_atoms: 500}
md:
  time_step: 2 fs
  thermo_every: 1
  stages:
    - {name: melt, ensemble: npt, temperature: 1500 K, steps: 40}
    - {name: copies, build: {kind: replicate, times: [2, 1, 1]}}
    - {name: press, ensemble: npt, temperature: 300 K, pressure: 10 GPa, steps: 40}
DECK
"$vitrine" run copies.yml >log 2>&1 && awk -F'\t' 'NR == 1 { for (i = 1; i <= NF; i++) { if ($i == "density_g_cm3") d = i; if ($i == "stage") s = i } }
    FILENAME ~ /thermo/ && $s == "press" && ++k > 20 && k <= 40 { sum += $d / 20 }
    FILENAME ~ /summary/ && $1 == "density_g_cm3" { exit !(sum > 5 && $2 - sum < 1e-6 && sum - $2 < 1e-6) } ' out/copies/copies.thermo.tsv out/copies/copies.summary.tsv
verdict $? 'the density of the summary is that of the last hold, of copies'
sed 's/name: press.*/name: press, ensemble: npt, temperature: 300 K, rate: 1e16 K\/s}/' copies.yml >ramp.yml
"$vitrine" run ramp.yml >log 2>&1 && ! grep -q '^density_g_cm3' out/ramp/ramp.summary.tsv
verdict $? 'a melt before a ramp gives the summary no density'
printf '1\nLattice="3 0 0 0 3 0 0 0 3" Properties=species:S:1:pos:R:3 pbc="T T T"\nCu 0 0 0\n' >one.xyz
"$vitrine" analyze voronoi one.xyz >log 2>&1 && grep -q '1 of 1 cells touch an image of their own atom: the box is too small' log
verdict $? 'a box too small for its cells is told'

echo "1..$n"
