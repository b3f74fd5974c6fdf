#!/usr/bin/env bash
# The readers people use open our signal files: HyperSpy (eagerly and lazily) and h5py; and we read what HyperSpy and
# h5py write (another layout of chunks, compression, truth values). Files of two ranks from tests/mpi/test_signal.
# pyxem and py4DSTEM are tried where Debian's Python, PYXEM_PYTHON or PY4DSTEM_PYTHON (a Python of a venv) has them.
set -u
n=0 bad=0
verdict() { n=$((n + 1)); if [ "$1" = 0 ]; then echo "ok $n - $2"; else bad=1; echo "not ok $n - $2"; sed 's/^/# /' "$work/log"; fi; }
skip() { n=$((n + 1)); echo "ok $n - $1 # SKIP $2"; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python=/usr/bin/python3
$MPIRUN -n 2 "$BUILD/tests/mpi/test_signal" write "$work" >"$work/log" 2>&1
verdict $? "sample files"
has() { $python -c "import importlib.util, sys; sys.exit(importlib.util.find_spec('$1') is None)"; }
check() { # what; python from stdin
    (cd "$work" && $python - >log 2>&1)
    verdict $? "$1"
}
if has h5py; then
check "h5py: a chunk is a pattern, EMD 1.0 marks of variable length" <<'E2'
import h5py, numpy as np
f = h5py.File("scan.hspy", "r")
d = f["Experiments/signal/data"]
assert d.shape == (3, 5, 6, 8) and d.chunks == (1, 1, 6, 8) and d.dtype == np.float32
want = 1000 * np.arange(15).reshape(3, 5, 1, 1) + np.arange(48).reshape(6, 8)
np.testing.assert_array_equal(d[:], want)
e = h5py.File("map.emd", "r")
assert e.attrs["version_major"] == 1 and e.attrs["emd_group_type"] == "file"
assert h5py.check_string_dtype(e.attrs.get_id("emd_group_type").dtype).length is None
a = e["root/array"]
assert a.attrs["emd_group_type"] == "array" and a["dim1"].attrs["units"] == "nm" and list(a["dim1"]) == [0, 0.5]
E2
else skip "h5py" "python3-h5py is not installed"; fi
if has hyperspy; then
check "HyperSpy opens the scan eagerly and lazily, the TIFF with its scale, and writes a scan of its own" <<'E2'
import logging, warnings
warnings.simplefilter("ignore"); logging.disable(logging.WARNING)
import hyperspy.api as hs, numpy as np
want = 1000 * np.arange(15).reshape(3, 5, 1, 1) + np.arange(48).reshape(6, 8)
for lazy in (False, True):
    s = hs.load("scan.hspy", lazy=lazy)
    assert s.axes_manager.navigation_shape == (5, 3) and s.axes_manager.signal_shape == (8, 6), s
    assert s.metadata.Signal.signal_type == "electron_diffraction" and s.metadata.General.title == "a scan"
    assert s.metadata.Acquisition_instrument.TEM.beam_energy == 300
    x, y = s.axes_manager.navigation_axes
    kx, ky = s.axes_manager.signal_axes
    assert (x.name, x.units, x.scale, x.offset) == ("x", "nm", 0.25, 2) and (y.scale, y.offset) == (0.5, -1)
    assert (kx.units, kx.scale, kx.offset) == ("1/Å", 0.125, -0.5) and ky.scale == 0.1
    assert s._lazy == lazy
    data = s.data.compute() if lazy else s.data
    np.testing.assert_array_equal(data, want)
t = hs.load("stack.tif")
assert t.data.shape == (4, 6, 7) and abs(t.axes_manager[-1].scale - 0.2) < 1e-6
s = hs.signals.Signal2D((np.arange(2 * 3 * 40 * 50) % 251).astype(np.uint16).reshape(2, 3, 40, 50))
for axis, scale, units in zip(s.axes_manager._axes, (1, 2, 0.02, 0.02), ("nm", "nm", "$A^{-1}$", "$A^{-1}$")):
    axis.scale, axis.units = scale, units
s.metadata.General.title = "foreign"
s.save("foreign.hspy", chunks=(2, 3, 10, 10))
E2
read_foreign() { "$BUILD/tests/mpi/test_signal" sums "$work/foreign.hspy" >"$work/log" 2>&1 && grep -q "4 axes, 6 items of 2000, 0.02 1/A, sum 1495128" "$work/log"; }
read_foreign; verdict $? "which is read: compressed, 16-bit, other chunks"
else skip "HyperSpy opens the scan" "python3-hyperspy is not installed"; fi
with() { # python, module
    "$1" -c "import importlib.util, sys; sys.exit(importlib.util.find_spec('$2') is None)" 2>/dev/null
}
pyxem=${PYXEM_PYTHON:-$python} py4dstem=${PY4DSTEM_PYTHON:-$python}
if with "$pyxem" pyxem; then
    python=$pyxem check "pyxem opens the scan lazily as electron_diffraction and sums rings of it" <<'E2'
import warnings, logging
warnings.simplefilter("ignore")
import io, sys
said = io.StringIO(); sys.stderr, keep = said, sys.stderr
import hyperspy.api as hs, numpy as np, pyxem
s = hs.load("scan.hspy", lazy=True)
sys.stderr = keep
assert "not currently installed" not in said.getvalue(), said.getvalue()
assert isinstance(s, pyxem.signals.LazyElectronDiffraction2D), s
kx = s.axes_manager.signal_axes[0]
assert (kx.units, kx.scale, kx.offset) == ("1/\u00c5", 0.125, -0.5)
want = 1000 * np.arange(15).reshape(3, 5, 1, 1) + np.arange(48).reshape(6, 8)
np.testing.assert_array_equal(s.inav[2, 1].data.compute(), want[1, 2])
s.compute(show_progressbar=False)
v = s.get_integrated_intensity(hs.roi.CircleROI(cx=0, cy=0, r=0.09))  # the one pixel at k = 0
np.testing.assert_array_equal(v.data, want[:, :, 3, 4])
E2
else skip "pyxem opens the scan" "no pyxem in $pyxem (PYXEM_PYTHON=/venv/bin/python)"; fi
if with "$py4dstem" py4DSTEM; then
    python=$py4dstem check "py4DSTEM opens the EMD scan as DataCube with its calibration, saves it" <<'E2'
import py4DSTEM, numpy as np
d = py4DSTEM.read("cube.emd")
assert isinstance(d, py4DSTEM.DataCube), type(d)
want = 1000 * np.arange(15).reshape(3, 5, 1, 1) + np.arange(48).reshape(6, 8)
np.testing.assert_array_equal(d.data, want)
c = d.calibration
assert c.get_Q_pixel_units() == "A^-1" and abs(c.get_Q_pixel_size() - 0.1) < 1e-12
assert c.get_R_pixel_units() == "nm" and c.get_R_pixel_size() == 0.5 and c["beam_energy"] == 300e3
assert abs(c.get_qx0_mean() - 3) < 1e-9 and abs(c.get_qy0_mean() - 4) < 1e-9
v = d.get_virtual_image(mode="circle", geometry=((0, 0), 0.5), centered=True, name="bf").data  # the one pixel at k = 0
np.testing.assert_array_equal(v, want[:, :, 3, 4])
assert not isinstance(py4DSTEM.read("scan.emd"), py4DSTEM.DataCube)  # its pixels are not square: an Array
py4DSTEM.save("theirs.h5", py4DSTEM.DataCube(d.data, name="cube", calibration=c), mode="o")
E2
    "$BUILD/tests/mpi/test_signal" sums "$work/theirs.h5" >"$work/log" 2>&1 &&
        grep -q "4 axes, 15 items of 48, 0.1 1/A, sum 5056920, from -0.4" "$work/log"
    verdict $? "which is read with its axes"
else skip "py4DSTEM opens the EMD scan" "no py4DSTEM in $py4dstem (PY4DSTEM_PYTHON=/venv/bin/python)"; fi
echo "1..$n"
[ $bad = 0 ]
