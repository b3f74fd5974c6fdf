#!/usr/bin/env bash
# Stresses of atoms: in frames they add up to the pressure that the run records; asking for them moves no atom; the same
# bits on 3 ranks and through parts of a trajectory; through every format and back; against LAMMPS; in the pass profile.
. "$(dirname "$0")/run_lib.sh"
cd "$work" || exit 1
cat >deck.yml <<'DECK'
material: {composition: {Cu: 0.64, Zr: 0.36}}
potential: {kind: zhou, cutoff: 6 A}
build: {kind: random_alloy, lattice: fcc, lattice_constant: 4.05 A, n_atoms: 500}
md:
  time_step: 2 fs
  thermo_every: 20
  trajectory: {every: 20, velocity: true, stress: true}
  stages:
    - {name: warm, ensemble: nvt, temperature: 600 K, steps: 60}
    - {name: press, ensemble: npt, temperature: 600 K, pressure: 2 GPa, steps: 40}
DECK
run 1 log deck.yml --set output.dir=one
verdict $? 'a run with stresses in its frames' log
"$python" - <<'PYTHON' >log 2>&1
import h5py, numpy as np
with h5py.File("one/deck.h5") as f:
    for stage, n in (("warm", 4), ("press", 3)):
        p, o = f["particles/" + stage], f["observables/" + stage]
        s = p["stress/value"][()]
        assert s.shape == (n, 500, 6) and p["stress/value"].attrs["unit"] == "eV", (s.shape, dict(p["stress/value"].attrs))
        volume = np.prod(p["box/edges/value"][()][:, [0, 1, 2], [0, 1, 2]], axis=1)
        for c, name in enumerate(("pxx", "pyy", "pzz", "pxy", "pxz", "pyz")):
            ours = -s[:, :, c].sum(axis=1) / volume * 160.21766208  # 1 eV/A^3 in GPa (CODATA)
            assert np.allclose(ours, o[name + "/value"][()], rtol=1e-6, atol=1e-6), (stage, name, ours, o[name + "/value"][()])
        assert np.ptp(s[:, :, 0]) > 1  # atoms differ
PYTHON
verdict $? 'their sum over atoms is minus pressure times volume, all six components' log
run 1 log deck.yml --set output.dir=without --set md.trajectory.stress=false
cmp -s one/deck.thermo.tsv without/deck.thermo.tsv && "$python" -c '
import h5py
a, b = h5py.File("one/deck.h5"), h5py.File("without/deck.h5")
for name in ("position", "velocity"):
    x, y = a["particles/press/" + name + "/value"][()], b["particles/press/" + name + "/value"][()]
    assert x.tobytes() == y.tobytes(), name
assert "stress" not in b["particles/press"]' >log 2>&1
verdict $? 'without them the same bits of positions and velocities, and no dataset' log
run 3 log deck.yml --set output.dir=three --set md.checkpoint_every='0 s'
same_run one three deck >log 2>&1
verdict $? 'the same bits on 3 ranks, joined from parts' log

sed 's/^build: .*/build: {kind: file, file: one\/deck.h5, group: press}/' deck.yml >from.yml
run 2 log from.yml --set md.trajectory.stress=false && "$python" -c '
import h5py
assert "stress" not in h5py.File("out/from/from.h5")["particles/warm"]' >>log 2>&1
verdict $? 'a run that begins with such a frame forgets its stresses' log

# formats: text has 12 digits
same_stress() { # file: last frame of it beside that of the run, eV
    "$vitrine" convert "$1" back.h5 --frames last >log 2>&1 && "$python" -c '
import h5py, numpy as np
a = h5py.File("one/deck.h5")["particles/press/stress/value"][-1]
b = h5py.File("back.h5")["particles/all/stress/value"][-1]
assert abs(a - b).max() < 1e-10, abs(a - b).max()' >>log 2>&1
}
for f in frames.xyz frames.dump frames.h5; do
    $mpirun -n 2 "$vitrine" convert one/deck.h5 $f --frames all >log 2>&1 && same_stress $f
    verdict $? "to .${f#*.} and back" log
done
"$python" -c '
import ase.io
a = ase.io.read("frames.xyz", -1)
assert a.arrays["stress"].shape == (500, 6)' >log 2>&1
verdict $? 'ASE reads the column' log

# profile: one bin that holds everything: cells fill the box, so the mean is the pressure of the record
"$vitrine" analyze profile one/deck.h5 --set along=z --set step='100 A' --set output.dir=all >log 2>&1 && "$python" - <<'PYTHON' >>log 2>&1
import csv, h5py
row = next(csv.DictReader(open("all/deck.places.tsv"), delimiter="\t"))
o = h5py.File("one/deck.h5")["observables/press"]
assert abs(float(row["pressure_GPa"]) - o["pressure/value"][-1]) < 1e-6, (row["pressure_GPa"], o["pressure/value"][-1])
for a in ("xx", "xy", "yz"):
    assert abs(float(row[f"stress_{a}_GPa"]) + o["p" + a + "/value"][-1]) < 1e-6, (a, row)
PYTHON
verdict $? 'profile in one bin: the pressure of the record' log
"$vitrine" analyze profile one/deck.h5 --set along=z --set step='4 A' --set frames=all --set of=warm --set output.dir=p1 >log 2>&1 &&
    $mpirun -n 3 "$vitrine" analyze profile one/deck.h5 --set along=z --set step='4 A' --set frames=all --set of=warm --set output.dir=p3 >log 2>&1 &&
    cmp -s p1/deck.places.tsv p3/deck.places.tsv && head -1 p1/deck.places.tsv | grep -q 'stress_yz_error_GPa'
verdict $? 'profile: the same table on 3 ranks' log

# a rod under a stress of known form, sigma = diag(sx, sy, sz) + shear, the same in each atom's volume: along the radius
# the mean over angles of rr and tt is (xx + yy) / 2 each, zz is zz; two values of pressure
"$python" - <<'PYTHON'
import numpy as np
g = [(x, y, z) for x in range(-8, 8) for y in range(-8, 8) for z in range(8)]
p = np.array([(4 * x + 2 + d, 4 * y + 2 + e, 4 * z + f) for x, y, z in g for d, e, f in ((0, 0, 0), (2, 2, 0), (2, 0, 2), (0, 2, 2))], float) - [3, 3, 0]
p = p[np.hypot(p[:, 0], p[:, 1]) < 25]
gpa = 160.21766208
s = np.array([1, 3, -2, 0, 0, 0]) * 16 / gpa  # 16 A^3 an atom; GPa
with open("rod.xyz", "w") as f:
    f.write(f'{len(p)}\nLattice="100 0 0 0 100 0 0 0 32" Properties=species:S:1:pos:R:3:stress:R:6 pbc="F F T"\n')
    for x in p:
        f.write("Cu %.9f %.9f %.9f " % (x[0] + 50, x[1] + 50, x[2]) + " ".join("%.12g" % v for v in s) + "\n")
PYTHON
"$vitrine" analyze profile rod.xyz --set along=radius --set step='18 A' >log 2>&1 && "$python" - <<'PYTHON' >>log 2>&1
import csv
row = next(csv.DictReader(open("out/rod/rod.places.tsv"), delimiter="\t"))
for name, value in (("rr", 2), ("tt", 2), ("zz", -2), ("rz", 0), ("tz", 0), ("rt", 0)):
    assert abs(float(row[f"stress_{name}_GPa"]) - value) < 1e-6, (name, row[f"stress_{name}_GPa"])
assert abs(float(row["pressure_GPa"]) + 2 / 3) < 1e-6
PYTHON
verdict $? 'along the radius of a rod: rr, tt, zz' log

# LAMMPS: the last frame of the run, with its velocities
table=/usr/share/lammps/potentials/CuZr_mm.eam.fs
if ! command -v lmp >/dev/null; then skip 'stresses as compute stress/atom' 'lmp is not installed'
elif [ ! -r $table ]; then skip 'stresses as compute stress/atom' "$table is not installed (Debian: lammps-data)"
else
    sed 's/potential: .*/potential: {kind: eam, file: CuZr_mm.eam.fs, tables: file}/' deck.yml >fs.yml
    run 1 log fs.yml --set output.dir=fs && "$vitrine" convert fs/fs.h5 fs.data --frames last >>log 2>&1
    cat >in <<LAMMPS
units metal
read_data fs.data
pair_style eam/fs
pair_coeff * * $table Cu Zr
compute stress all stress/atom NULL
dump d all custom 1 fs.dump id type element x y z c_stress[1] c_stress[2] c_stress[3] c_stress[4] c_stress[5] c_stress[6]
dump_modify d sort id element Cu Zr format float %.15g
run 0
LAMMPS
    env -i PATH="$PATH" HOME=/tmp lmp -in in -log none -screen none >>log 2>&1 &&
        "$vitrine" convert fs.dump lammps.h5 >>log 2>&1 && "$python" - <<'PYTHON' >>log 2>&1
import h5py, numpy as np
a = h5py.File("fs/fs.h5")["particles/press/stress/value"][-1]
b = h5py.File("lammps.h5")["particles/all/stress/value"][-1]
print("# largest difference", abs(a - b).max(), "of", abs(a).max(), "eV")
# LAMMPS counts 1.6021765e6 bar for 1 eV/A^3 and rounds the kinetic unit likewise: 1e-6
assert abs(a - b).max() < 2e-6 * abs(a).max()
PYTHON
    verdict $? 'stresses as compute stress/atom of LAMMPS, through its dump' log
    "$vitrine" analyze profile fs.dump --set along=z --set step='5 A' >log 2>&1 &&
        "$vitrine" analyze profile fs/fs.h5 --set along=z --set step='5 A' --set output.dir=ours >>log 2>&1 && "$python" - <<'PYTHON' >>log 2>&1
import csv
a, b = (list(csv.DictReader(open(p), delimiter="\t")) for p in ("out/fs/fs.places.tsv", "ours/fs.places.tsv"))
assert len(a) == len(b) > 2
for x, y in zip(a, b):
    for k in ("stress_xx_GPa", "stress_xy_GPa", "pressure_GPa"):
        assert abs(float(x[k]) - float(y[k])) < 1e-4, (k, x[k], y[k])
PYTHON
    verdict $? 'the same profile from the dump of LAMMPS' log
fi
finish
