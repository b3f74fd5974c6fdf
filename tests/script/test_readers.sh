#!/usr/bin/env bash
# Other programs open what is written: h5py, ASE, LAMMPS, MDAnalysis, OVITO; and we read what they write. MDAnalysis and OVITO
# are not in Debian 12: MDANALYSIS_PYTHON and OVITO_PYTHON name Pythons (of a venv, say) that have them.
# The files hold 50 Cu and Zr atoms, a box from (-3, 0, 5), two frames (one in the data file), written by two ranks.
set -u
n=0
verdict() { n=$((n + 1)); if [ "$1" = 0 ]; then echo "ok $n - $2"; else echo "not ok $n - $2"; sed 's/^/# /' "$work/log"; fi; }
skip() { n=$((n + 1)); echo "ok $n - $1 # SKIP $2"; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python=/usr/bin/python3
vitrine=$(pwd)/$BIN/vitrine
$MPIRUN -n 2 "$BUILD/tests/mpi/test_traj" write "$work" >"$work/log" 2>&1
verdict $? "sample files"
mdanalysis=${MDANALYSIS_PYTHON:-$python} ovito=${OVITO_PYTHON:-$python}
has() { $python -c "import $1" 2>/dev/null; }
check() { # what; python from stdin
    (cd "$work" && $python - >log 2>&1)
    verdict $? "$1"
}
if has h5py; then
check "h5py: layout, units, hard links, boundary" <<'E2'
import h5py, numpy as np
f = h5py.File("s.h5", "r")
assert list(f["h5md"].attrs["version"]) == [1, 1]
assert f["h5md/author"].attrs["name"] and f["h5md/creator"].attrs["name"] == b"vitrine"
p = f["particles/all"]
assert p["position/value"].shape == (2, 50, 3) and p["position/value"].dtype == np.float64
assert p["position/value"].attrs["unit"] == "Angstrom" and p["position/time"].attrs["unit"] == "ps"
assert h5py.check_string_dtype(p["position/value"].attrs.get_id("unit").dtype).length is None  # variable length
assert h5py.check_string_dtype(p["box"].attrs.get_id("boundary").dtype).length is not None     # fixed length
assert [b.decode() for b in p["box"].attrs["boundary"]] == ["periodic", "periodic", "none"]
assert p["box"].attrs["dimension"] == 3
assert p["box/edges/value"].shape == (2, 3, 3)
np.testing.assert_allclose(p["box/edges/value"][1], np.diag([21, 30, 40]), rtol=1e-14)
np.testing.assert_allclose(p["box/origin/value"][1], [-3, 0, 5])
for name in ("velocity", "force", "image", "box/edges"):
    assert p[name + "/step"] == p["position/step"] and p[name + "/time"] == p["position/time"]
assert list(p["position/step"]) == [0, 1000] and list(p["position/time"]) == [0, 0.5]
assert list(p["id"]) == list(range(1, 51))
names = h5py.check_enum_dtype(p["species"].dtype)
assert names == {"Zr": 40, "Cu": 29} and p["species"][0] == 29 and p["species"][1] == 40
assert p["mass"][0] == 63.546 and p["mass"].attrs["unit"] == "g/mol"
x = p["position/value"][:]
assert (x >= 0).all() and (x[0] < [20, 30, 40]).all()
assert p["force/value"].attrs["unit"] == "kJ mol-1 Angstrom-1"
E2
check "h5py writes a foreign H5MD: nm, fs, edges [T][3], 32-bit ids out of order" <<'E2'
import h5py, numpy as np
f = h5py.File("foreign.h5", "w")
f.create_group("h5md").attrs["version"] = np.array([1, 1], np.int32)
p = f.create_group("particles/trajectory")
x = np.arange(18, dtype=np.float32).reshape(2, 3, 3) / 10
p["position/value"] = x
p["position/value"].attrs["unit"] = np.bytes_("nm")
p["position/step"] = 5
p["position/time"] = 500.0
p["position/time"].attrs["unit"] = "fs"
p["box/edges/value"] = np.full((2, 3), 4.0)
p["box/edges/value"].attrs["unit"] = "nm"
p["box"].attrs["boundary"] = [b"periodic", b"periodic", b"periodic"]
p["box"].attrs["dimension"] = 3
p["id/value"] = np.array([[30, 10, 20], [10, 20, 30]], np.int32)
p["species"] = np.array([40, 29, 29], np.int8)
E2
$MPIRUN -n 3 "$vitrine" convert "$work/foreign.h5" "$work/foreign.xyz" >"$work/log" 2>&1
verdict $? "we read the foreign H5MD"
# rows by id: the first frame's atom 10 is its second row, 3 4 5 A; species of a fixed dataset go by row
cat >"$work/want" <<'E2'
3
Lattice="40 0 0 0 40 0 0 0 40" Properties=species:S:1:pos:R:3:id:I:1 pbc="T T T" Time=0 Step=0
Cu 3 4 5 1
Cu 6 7 8 2
Zr 0 1 2 3
3
Lattice="40 0 0 0 40 0 0 0 40" Properties=species:S:1:pos:R:3:id:I:1 pbc="T T T" Time=0.5 Step=5
Zr 9 10 11 1
Cu 12 13 14 2
Cu 15 16 17 3
E2
$python - "$work/foreign.xyz" "$work/want" >"$work/log" 2>&1 <<'E2'
import sys
a, b = (open(p).read().split() for p in sys.argv[1:])
assert len(a) == len(b)
for x, y in zip(a, b):
    try: assert abs(float(x) - float(y)) < 1e-5, (x, y)   # 32-bit nm
    except ValueError: assert x == y, (x, y)
E2
verdict $? "and read it right"
else
    skip "h5py" "python3-h5py is not installed"
fi
if python=$mdanalysis has MDAnalysis; then
python=$mdanalysis check "MDAnalysis: H5MD" <<'E2'
import MDAnalysis as mda, numpy as np
u = mda.Universe.empty(50, trajectory=False)
u.load_new("s.h5", format="H5MD")
assert len(u.trajectory) == 2
ts = u.trajectory[1]
np.testing.assert_allclose(ts.dimensions[:3], [21, 30, 40], rtol=1e-5)
assert abs(ts.time - 0.5) < 1e-6
E2
else
    skip "MDAnalysis reads our H5MD" "no MDAnalysis in $mdanalysis (MDANALYSIS_PYTHON=/venv/bin/python)"
fi
if python=$ovito has ovito; then
python=$ovito check "OVITO: extended XYZ, LAMMPS dump and data" <<'E2'
from ovito.io import import_file
import numpy as np
frames = {}
for name, count in (("s.xyz", 2), ("s.dump", 2), ("s.data", 1)):
    pipeline = import_file(name)
    assert pipeline.source.num_frames == count, name
    d = pipeline.compute(0)
    order = np.argsort(d.particles.identifiers[...])
    names = {t.id: t.name for t in d.particles.particle_types.types}
    frames[name] = ([names[k] for k in d.particles.particle_types[...][order]], d.particles.positions[...][order])
    np.testing.assert_allclose(np.diag(d.cell[:, :3]), [20, 30, 40])
    np.testing.assert_allclose(d.cell[:, 3], [-3, 0, 5])
    if name != "s.data":  # the format has no boundaries
        assert list(d.cell.pbc) == [True, True, False], name
for name in frames:
    assert len(frames[name][0]) == 50 and frames[name][0] == frames["s.xyz"][0], name
    np.testing.assert_allclose(frames[name][1], frames["s.xyz"][1], atol=1e-9)
E2
else
    skip "OVITO reads extended XYZ, LAMMPS dump and data" "no ovito in $ovito (OVITO_PYTHON=/venv/bin/python)"
fi
if has ase; then
check "ASE: extended XYZ" <<'E2'
from ase.io import read
import numpy as np
a = read("s.xyz", index=":")
assert len(a) == 2 and len(a[0]) == 50 and a[0].get_chemical_symbols()[:2] == ["Cu", "Zr"]
np.testing.assert_allclose(a[1].cell.lengths(), [21, 30, 40])
assert list(a[0].pbc) == [True, True, False] and a[1].info["Time"] == 0.5
assert list(a[0].arrays["id"]) == list(range(1, 51)) and a[0].arrays["vel"].shape == (50, 3)
assert a[0].get_forces().shape == (50, 3) and a[0].arrays["image"].shape == (50, 3)
E2
check "ASE: LAMMPS dump and data give the same positions" <<'E2'
from ase.io import read
import numpy as np
x = read("s.xyz", index=0)
d = read("s.dump", format="lammps-dump-text", index=0)
assert d.get_chemical_symbols() == x.get_chemical_symbols()
np.testing.assert_allclose(d.get_positions(), x.get_positions(), atol=1e-9)
l = read("s.data", format="lammps-data", style="atomic", Z_of_type={1: 40, 2: 29})
order = np.argsort(l.arrays["id"]) if "id" in l.arrays else range(50)
delta = l.get_positions()[order] - x.get_positions()  # ASE unwraps images
image = x.arrays["image"] * [20, 30, 40]
np.testing.assert_allclose(np.minimum(abs(delta), abs(delta - image)), 0, atol=1e-9)
E2
check "ASE writes extended XYZ with momenta" <<'E2'
from ase import Atoms, units
from ase.io import write
a = Atoms("CuZr", positions=[[1, 2, 3], [4, 5, 6]], cell=[10, 10, 10], pbc=True)
a.set_velocities([[1 * 1e-3 / units.fs * 1, 0, 0], [0, 2e-3 / units.fs, 0]])  # 1 and 2 A/ps
write("ase.xyz", a, format="extxyz")
E2
"$vitrine" convert "$work/ase.xyz" "$work/ase.dump" >"$work/log" 2>&1 &&
    awk '$1 == 1 && NF > 6 { v = $(NF-2) } $1 == 2 && NF > 6 { w = $(NF-1) } END { exit !(v > 0.999999 && v < 1.000001 && w > 1.999999 && w < 2.000001) }' "$work/ase.dump"
verdict $? "we read its momenta as 1 and 2 A/ps"
else
    skip "ASE" "python3-ase is not installed"
fi
if command -v lmp >/dev/null; then
    cat >"$work/in.lmp" <<'E2'
units metal
atom_style atomic
boundary p p p
read_data s.data
pair_style zero 5.0
pair_coeff * *
dump d all custom 1 lmp.dump id type xu yu zu vx vy vz
dump_modify d format float %.15g
run 0
write_data lmp.data
E2
    (cd "$work" && OMP_NUM_THREADS=1 lmp -in in.lmp -log none >log 2>&1)
    verdict $? "LAMMPS reads our data file"
    "$vitrine" convert "$work/lmp.dump" "$work/lmp.xyz" --names "Zr Cu" >"$work/log" 2>&1 &&
        "$vitrine" convert "$work/s.data" "$work/ours.xyz" >>"$work/log" 2>&1 &&
        "$vitrine" convert "$work/lmp.data" "$work/lmp2.xyz" >>"$work/log" 2>&1
    verdict $? "we read its dump and data files"
    $python - "$work/ours.xyz" "$work/lmp.xyz" "$work/lmp2.xyz" >"$work/log" 2>&1 <<'E2'
import sys
def rows(path):
    return [l.split() for l in open(path).read().split("\n")[2:52]]
a, b, c = (rows(p) for p in sys.argv[1:])
for x, y, z in zip(a, b, c):
    assert x[0] == y[0] == z[0] and x[4] == y[4] == z[4]
    for k in (1, 2, 3, 5, 6, 7, 8, 9, 10):  # positions, velocities, images
        assert abs(float(x[k]) - float(y[k])) < 1e-8 and abs(float(x[k]) - float(z[k])) < 1e-8, (x, y, z)
E2
    verdict $? "with the same positions, velocities and images"
else
    skip "LAMMPS" "lmp is not installed"
fi
