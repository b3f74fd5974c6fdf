#!/usr/bin/env bash
# The kinetics room as a user runs it: the same tables on 1, 2 and 4 ranks and with the schedule cut into 100 pieces; a run
# that is killed or stopped goes on and repeats nothing; a rod in which nothing can happen says so at once; decks with
# mistakes. Expected values: the run on one rank.
set -u
. "$(dirname "$0")/run_lib.sh"
deck=$decks/kmc.yml
cd "$work" || exit 1

run 1 ref.log "$deck" --set output.dir=ref
verdict $? "the run on one rank" ref.log
h5=0
"$python" -c 'import h5py' 2>/dev/null && h5=1
# the grain lists of every replica: whole, in the order of birth, those of the records, and (a second file) the same
grains() { # HDF5 files, kept
    "$python" - "$@" <<'END'
import sys, h5py, numpy as np
*files, kept = sys.argv[1:]
def read(name):
    with h5py.File(name) as f:
        g = {k: v[()] for k, v in f["kmc/replicas/grains"].items()}
        r = {k: f["kmc/replicas/" + k][()].ravel() for k in ("n_grains", "first_time", "first_z")}
    return g, r
g, r = read(files[0])
n = np.diff(g["offset"])
assert (n == np.minimum(r["n_grains"], int(kept))).all() and n.sum() == len(g["time"]) > 0
assert g["place"].shape == (n.sum(), 3) and len(g["birth"]) == len(g["volume"]) == n.sum()
assert np.allclose(np.linalg.norm(g["orientation"], axis=1), 1, atol=1e-5)
first = g["offset"][:-1][n > 0]
assert (g["time"][first] == r["first_time"][n > 0]).all()
assert np.allclose(g["place"][first, 2], r["first_z"][n > 0])
for a, b in zip(g["offset"][:-1], g["offset"][1:]): assert (np.diff(g["time"][a:b]) >= 0).all()
for other in files[1:]:
    o, _ = read(other)
    assert g.keys() == o.keys() and all((g[k] == o[k]).all() for k in g), other
END
}
same() { # dir
    local bad=0
    [ $h5 = 0 ] || grains ref/kmc.h5 "$1/kmc.h5" 200 || bad=1
    for t in tc spread intensity axis summary; do cmp "ref/kmc.$t.tsv" "$1/kmc.$t.tsv" || bad=1; done
    cmp ref/kmc.whole_25nm.vti "$1/kmc.whole_25nm.vti" || bad=1
    return $bad
}
for ranks in 2 4; do
    run $ranks log "$deck" --set output.dir=out && same out >diff.log 2>&1
    verdict $? "$ranks ranks: the same tables and map, byte for byte" diff.log
    rm -rf out
done
if [ $h5 = 1 ]; then
    run 2 log "$deck" --set output.dir=out --set kmc.grains=3 && grains out/kmc.h5 3 >>log 2>&1
    verdict $? "of every replica the three earliest grains are kept" log
    run 1 log "$deck" --set output.dir=out --set kmc.grains=0 && ! "$python" -c 'import h5py; h5py.File("out/kmc.h5")["kmc/replicas/grains"]' 2>/dev/null
    verdict $? "no grain lists where none are wanted" log
    rm -rf out
fi
columns=$(head -1 ref/kmc.tc.tsv | tr '\t' ' ')
[ "$columns" = "diameter_nm schedule n tc_C tc_sd_C tc_median_C tc_intercept_C tc_first_spot_C tc_fraction_C tc_as_published_C censored_fraction" ]
verdict $? "the table tc has the columns that were promised ($columns)"

# the schedule in pieces
mkdir -p cut
awk '/- {to: 350 C/ { for (k = 1; k <= 100; k++) printf "        - {to: %.1f C, rate: 0.67 K/s}\n", 170 + 1.8 * k; next } 1' \
    "$deck" >cut/kmc.yml
run 1 log cut/kmc.yml --set output.dir=out && same out >diff.log 2>&1
verdict $? "a schedule cut into 100 pieces: the same, byte for byte" log
rm -rf out

# a row more changes no other row
run 1 log "$deck" --set output.dir=out --set 'kmc.shape.diameters=[7 nm, 12 nm, 25 nm, 60 nm]' --set kmc.details.replicas=0
grep -vP '^12\t' out/kmc.tc.tsv | cmp - ref/kmc.tc.tsv
verdict $? "another diameter changes no other row"
rm -rf out

# killed
half() { "$python" - out/kmc.kmc.checkpoint.h5 <<'END'
import sys, h5py
try: done = (h5py.File(sys.argv[1])["kmc/records"][:, -1] > 0).sum()
except Exception: sys.exit(1)
sys.exit(not 10 < done < 88)
END
}
if "$python" -c 'import h5py' 2>/dev/null; then
    start 1 kill.log "$deck" --set output.dir=out
    await half
    kill -KILL "$pid"
    ended
    [ -s out/kmc.kmc.checkpoint.h5 ] && [ ! -e out/kmc.tc.tsv ]
    verdict $? "killed half way: a checkpoint, no table" kill.log
    run 2 log "$deck" --set output.dir=out --restart out/kmc.kmc.checkpoint.h5 && same out >diff.log 2>&1
    verdict $? "resumed on two ranks: the same tables" log
    [ ! -e out/kmc.kmc.checkpoint.h5 ]
    verdict $? "the checkpoint of a finished run is gone"
    rm -rf out
else
    skip "killed and resumed" "no h5py"
fi
touch stop
run 2 log "$deck" --set output.dir=out --stop-file stop
status=$?
[ $status -eq 75 ] && grep -q 'stopped by .* after .* of 90 replicas; remove the file and go on with --restart out/kmc.kmc.checkpoint.h5' log
verdict $? "a stop file: status 75 (is $status), says how to go on" log
run 1 log "$deck" --set output.dir=out --set seed=5 --restart out/kmc.kmc.checkpoint.h5
status=$?
[ $status -eq 66 ] && grep -q 'was made by another deck' log
verdict $? "a checkpoint of another seed is refused (status $status)" log
run 2 log "$deck" --set output.dir=out --restart nosuch.h5
status=$?
[ $status -eq 66 ] && grep -q 'by its name that is no checkpoint of a section of this deck' log && [ ! -e out/kmc.tc.tsv ]
verdict $? "a file that is no checkpoint is refused, not passed over (status $status)" log
if [ $h5 = 1 ]; then
    cp out/kmc.kmc.checkpoint.h5 short.kmc.checkpoint.h5
    "$python" -c 'import h5py
with h5py.File("short.kmc.checkpoint.h5", "a") as f:
    o = f["kmc/grains/offset"][:-1]
    del f["kmc/grains/offset"]
    f["kmc/grains/offset"] = o'
    run 2 log "$deck" --set output.dir=out --restart short.kmc.checkpoint.h5
    status=$?
    [ $status -eq 66 ] && grep -q 'holds the grains of another number of replicas' log
    verdict $? "a checkpoint whose grain lists are not those of its replicas is refused (status $status)" log
fi
run 1 log "$deck" --set output.dir=out --restart out/kmc.kmc.checkpoint.h5 && same out >diff.log 2>&1
verdict $? "resumed after the stop file: the same tables" log
rm -rf out

# nothing can happen
begin=$SECONDS
run 1 log "$deck" --set output.dir=out --set 'kmc.shape.diameters=[3 nm]' --set kmc.voxel='0.4 nm'
[ $? -eq 0 ] && grep -q 'no crystal nucleates by the end of the schedule' log && [ $((SECONDS - begin)) -lt 30 ] &&
    [ "$(awk -F '\t' 'NR == 2 {print $11}' out/kmc.tc.tsv)" = 1 ]
verdict $? "a rod in which nothing can happen ends at once and says so" log
rm -rf out

"$vitrine" check "$deck" >log 2>&1 && grep -q 'memory' log && grep -q 'wall time' log
verdict $? "vitrine check tells memory and time" log

# the grain map is what ParaView reads: its grains are those of the list
if "$python" -c 'import h5py, numpy' 2>/dev/null; then
    "$python" - ref/kmc.h5 ref/kmc.whole_25nm.vti >log 2>&1 <<'END'
import sys, h5py, numpy as np
f = h5py.File(sys.argv[1])
g = f["kmc/whole_25nm/replica_0"]
grain, n = g["grain"][:], len(g["grains/time"])
assert grain.max() < n and grain.min() == -2
volume = np.bincount(grain[grain >= 0], minlength=n) * np.prod(g["grain"].attrs["edge_nm"])
whole = np.pi / 4 * 25**2 * 100
assert abs(volume.sum() / whole - 1) < 0.02, volume.sum() / whole
assert np.corrcoef(volume, g["grains/volume"][:])[0, 1] > 0.99
raw = open(sys.argv[2], "rb").read()
head = raw.index(b"\n_", raw.index(b"AppendedData")) + 2
count = np.frombuffer(raw[head:head + 8], "<u8")[0]
assert count == grain.nbytes and (np.frombuffer(raw[head + 8:head + 8 + int(count)], "<i4") == grain.ravel()).all()
assert f["kmc/replicas/tc"].shape == (3, 30) and f["kmc/replicas/tc"].attrs["unit"] == "C"
END
    verdict $? "grain map: volumes of the list, VTK file with the same grains" log
else
    skip "grain map" "no h5py"
fi
# and by VTK's own reader (Debian: python3-vtk9), whose arrays must be those of HDF5
if "$python" -c 'import h5py, vtk' 2>/dev/null; then
    "$python" - ref/kmc.h5 ref/kmc.whole_25nm.vti >log 2>&1 <<'END'
import sys, h5py, numpy as np, vtk
from vtk.util.numpy_support import vtk_to_numpy
reader = vtk.vtkXMLImageDataReader()
reader.SetFileName(sys.argv[2])
reader.Update()
image = reader.GetOutput()
g = h5py.File(sys.argv[1])["kmc/whole_25nm/replica_0"]
assert reader.GetErrorCode() == 0 and image.GetDimensions() == tuple(n + 1 for n in g["grain"].shape[::-1])
assert np.allclose(image.GetSpacing(), g["grain"].attrs["edge_nm"]) and np.allclose(image.GetOrigin(), g["grain"].attrs["origin_nm"])
for name, field in (("grain", "grain"), ("time_s", "time")):
    assert (vtk_to_numpy(image.GetCellData().GetArray(name)) == g[field][:].ravel()).all(), name
END
    verdict $? "VTK opens the grain map: dimensions, spacing, both arrays" log
else
    skip "VTK opens the grain map" "no vtk in $python"
fi
finish
