#!/usr/bin/env bash
# The virtual microscope and the eye that looks at films: series of a crystallising rod, the same on any number of ranks;
# pass onset finds in them the Tc that the run itself states, with and without counting noise; a film made here with a
# known Tc is read from HDF5 and from TIFF; films and regions that cannot be are refused.
set -u
. "$(dirname "$0")/run_lib.sh"
cd "$work" || exit 1
cat >film.yml <<'END'
seed: 2
kmc:
  shape: {kind: rod, diameters: [10 nm], length: 120 nm}
  schedules:
    - name: ramp
      start: 170 C
      segments: [{to: 300 C, rate: 0.67 K/s}]
  replicas: 2
  stop: end
  microscope: {frame: 0.5 s, contrast: average, axis: temperature, pattern: 64}
END
run 1 log film.yml --set output.dir=one
verdict $? "a rod is filmed" log
run 3 log film.yml --set output.dir=three
for t in microscope signals tc; do cmp one/film.$t.tsv three/film.$t.tsv >diff.log 2>&1 || break; done
verdict $? "tables of the film: the same on three ranks" diff.log
if ! "$python" -c 'import h5py, numpy' 2>/dev/null; then skip "films" "no h5py"; finish; fi
"$python" - one three >log 2>&1 <<'END'
import sys, h5py, numpy as np
for kind in ("bright_field", "dark_field", "diffraction"):
    a, b = (h5py.File("%s/film.ramp_10nm.%s.hspy" % (d, kind)) for d in sys.argv[1:])
    assert (a["Experiments/signal/data"][:] == b["Experiments/signal/data"][:]).all(), kind
axes = {k: dict(a["Experiments/signal"][k].attrs) for k in ("axis-0", "axis-1", "axis-2")}
assert axes["axis-0"]["units"] == "°C" and abs(axes["axis-0"]["scale"] - 0.335) < 1e-9 and axes["axis-0"]["offset"] == 170, axes
assert axes["axis-2"]["units"] == "1/Å" and abs(axes["axis-2"]["offset"] + 1) < 1e-12, axes
END
verdict $? "series: the same on three ranks, axes calibrated" log

column() { awk -F '\t' -v row="$2" -v c="$3" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == c) k = i; next } { for (i = 1; i <= NF; i++) if ($i == row) { print $k; exit } }' "$1"; }
near() { # value, expected, how far, what
    awk -v a="$1" -v b="$2" -v d="$3" 'BEGIN { exit !(a != "" && a != "nan" && b != "" && (a - b) ^ 2 <= d ^ 2) }'
    verdict $? "$4: $1, expected $2 +- $3" log
}
film=one/film.ramp_10nm regions="--set sample=[10,30,0,240] --set background=[0,9,0,240]"
analyze() { # label, file, settings
    local label=$1
    shift
    "$vitrine" analyze onset "$@" --set output.dir="$label" >log 2>&1 </dev/null
}
analyze bf $film.bright_field.hspy $regions
table=$(echo bf/*.onset.tsv)
own=$(column one/film.signals.tsv bright_field tc_C)
near "$(column $table intercept tc_C)" "$own" 0.001 "our own bright field read back gives the Tc that the run states"
# the ensemble's own detection of that replica, X(t) on frames: where crystals scatter so weakly that contrast is proportional
# to their thickness, the film says the same to a frame or two (0.3 K each; voxels count whole)
ensemble=$("$python" -c 'import h5py; print(h5py.File("one/film.h5")["kmc/replicas/tc_intercept"][0, 0])')
run 1 log film.yml --set output.dir=weak --set kmc.microscope.extinction='200 nm' --set kmc.microscope.series='[bright_field]'
analyze weak/bf weak/film.ramp_10nm.bright_field.hspy $regions
near "$(column weak/bf/*.onset.tsv intercept tc_C)" "$ensemble" 0.5 "weakly scattering: the Tc of the ensemble's own detection"
near "$(column one/film.signals.tsv volume tc_C)" "$ensemble" 0.5 "the crystalline volume of the frames, too"
$mpirun -n 3 "$vitrine" analyze onset $film.bright_field.hspy $regions --set output.dir=bf3 >log 2>&1 </dev/null
cmp bf/*.onset.tsv bf3/*.onset.tsv && cmp bf/*.onset_trace.tsv bf3/*.onset_trace.tsv
verdict $? "pass onset: the same on three ranks"
analyze sad $film.diffraction.hspy
spot=$("$python" -c 'import h5py; print(h5py.File("one/film.h5")["kmc/replicas/first_C"][0, 0])')
awk -v a="$(column sad/*.onset.tsv first_spot tc_C)" -v b="$spot" -v c="$ensemble" 'BEGIN { exit !(a >= b && a < c + 5) }'
verdict $? "without noise the first spot comes after the first nucleus, not later than the rise" sad/*.onset.tsv

run 1 log film.yml --set output.dir=noisy --set kmc.microscope.dose=200 --set kmc.microscope.pattern_dose=1e5
analyze noisy/bf noisy/film.ramp_10nm.bright_field.hspy $regions
# the stated error is one standard error: 4 of them (false alarm 6e-5, fixed seed), and half a kelvin for the choice of ends
limit=$("$python" -c "print(4 * $(column noisy/bf/*.onset.tsv intercept error_K) + 0.5)")
near "$(column noisy/bf/*.onset.tsv intercept tc_C)" "$own" "$limit" "with 200 counts a pixel the same within its error"

# a film made here: 0.67 K/s from 200 C, 400 frames of 0.5 s; the sample's 16 x 16 pixels rise from 1.2 to 1.8 times the
# background's 50 counts in a straight line from 240 to 260 C; patterns whose spot is lit from 230 C on
"$python" - >log 2>&1 <<'END'
import h5py, numpy as np
rng = np.random.default_rng(11)
T = 200 + 0.67 * 0.5 * np.arange(400)
rise = np.clip((T - 240) / 20, 0, 1)
image = np.full((400, 24, 40), 50.0)
image[:, 4:20, 20:36] *= (1.2 + 0.6 * rise)[:, None, None]
with h5py.File("known.h5", "w") as f:
    f["movie"] = rng.poisson(image).astype("u2")
    y, x = np.mgrid[:48, :48] - 24
    ring = 20 * np.exp(-0.5 * ((np.hypot(y, x) - 12) / 2.5) ** 2) + 1
    pattern = np.repeat(ring[None], 400, 0)
    pattern[:, 24 + 12, 24] += 60 * (T >= 230)
    f["patterns"] = rng.poisson(pattern).astype("u2")
with open("warm.tsv", "w") as f:
    f.write("frame\ttemperature_C\n" + "".join("%d\t%.6f\n" % k for k in enumerate(T)))
try:
    from PIL import Image
    frames = [Image.fromarray(i.astype("f4")) for i in rng.poisson(image)]
    frames[0].save("known.tif", save_all=True, append_images=frames[1:])
except ImportError:
    pass
END
verdict $? "a film with known Tc" log
ramp="--set frame_time='0.5 s' --set start_temperature='200 C' --set heating_rate='0.67 K/s'"
box="--set sample=[4,20,20,36] --set background=[4,20,0,16]"
known() { eval analyze known_$1 "'$2'" $box "${3:-$ramp}"; }
check_known() { # label, what
    limit=$("$python" -c "print(4 * $(column known_$1/*.onset.tsv intercept error_K))")
    near "$(column known_$1/*.onset.tsv intercept tc_C)" 240 "$limit" "$2"
    awk -v d="$limit" 'BEGIN { exit !(d > 0.05 && d < 2) }'
    verdict $? "... which is neither nothing nor too much ($limit K)"
}
known h5 known.h5::movie; check_known h5 "Tc of a dataset of HDF5 with Poisson noise, within 4 errors"
known table known.h5::movie "--set frame_time='0.5 s' --set temperatures=warm.tsv"
cmp known_h5/*.onset.tsv known_table/*.onset.tsv
verdict $? "temperatures of frames from a table: the same" log
if [ -e known.tif ]; then known tif known.tif; check_known tif "Tc of a TIFF stack"; else skip "TIFF" "no PIL"; fi
# 230 C lies between frames 89 and 90: the first lit one is 90, at 230.15 C. 60 counts on 21 are 13 standard deviations
eval analyze known_sad known.h5::patterns "$ramp" --set frame_time="'0.5 s'" --set start_temperature="'200 C'"
grep -q "no background\|need background" log
verdict $? "a stack without units is taken for images, and background: is asked for" log
eval analyze known_said known.h5::patterns "$ramp" --set film=patterns
near "$(column known_said/*.onset.tsv first_spot tc_C)" 230.15 0.01 "... and for patterns where the user says so: the first spot"
"$python" - <<'END'
import h5py
with h5py.File("known.h5", "a") as f:  # EMD-like neighbours: what the axes are
    d = f["patterns"]
    g = f.create_group("sad")
    f.move("patterns", "sad/data")
    for k, (n, name, unit, step) in enumerate(((400, "time", "s", 0.5), (48, "ky", "1/nm", 0.4), (48, "kx", "1/nm", 0.4))):
        a = g.create_dataset("dim%d" % k, data=[0, step])
        a.attrs["name"], a.attrs["units"] = name, unit
END
eval analyze known_sad known.h5::sad/data "$ramp"
near "$(column known_sad/*.onset.tsv first_spot tc_C)" 230.15 0.01 "first spot of a diffraction film: the frame in which it lights up"

analyze bad $film.bright_field.hspy --set 'sample=[10, 30, 0, 999]' --set 'background=[0, 9, 0, 240]'
grep -q 'is no region of frames with 40 rows and 240 columns' log
verdict $? "a region beyond the frame is refused, with the frame's size" log
analyze bad known.h5::movie $box --set temperatures=film.yml --set frame_time='0.5 s'
[ $? -ne 0 ] && grep -q 'film.yml' log
verdict $? "a table of temperatures that is none is refused" log
"$vitrine" check film.yml --set kmc.microscope.begin='500 s' >log 2>&1
[ $? -eq 65 ] && grep -q 'must be after' log
verdict $? "frames outside the schedule are a mistake of the deck" log
finish
