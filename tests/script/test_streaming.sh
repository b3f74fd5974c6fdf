#!/usr/bin/env bash
# Frames stream: a trajectory of 81 MB is analysed with 60 MB of memory (ulimit -d: what the process may write to), of
# which libraries take 35. That the limit holds is seen where 20 MB do not suffice.
. "$(dirname "$0")/run_lib.sh"
cd "$work" || exit 1
if "$vitrine" version --full | grep -q -- -fsanitize=address; then
    skip 'frames stream within a limit of memory' 'the address sanitizer reserves more than any limit'
    finish
fi
"$python" - <<'PYTHON' || exit 1
import h5py, itertools, numpy as np
a, m, frames = 4.0, 15, 250  # fcc, 13,500 atoms, 324 kB a frame
basis = ((0, 0, 0), (0, .5, .5), (.5, 0, .5), (.5, .5, 0))
x = np.array([(a * (i + u), a * (j + v), a * (k + w)) for i, j, k in itertools.product(range(m), repeat=3) for u, v, w in basis])
with h5py.File("long.h5", "w") as f:
    p = f.create_dataset("particles/all/position/value", (frames, len(x), 3), chunks=(1, len(x), 3), compression=1)
    for k in range(frames):
        p[k] = x
    f["particles/all/position/step"], f["particles/all/position/time"] = np.arange(frames), np.arange(float(frames))
    f["particles/all/species"] = np.full(len(x), 29)
    f.create_group("particles/all/box").attrs["boundary"] = ["periodic"] * 3
    f["particles/all/box/edges"] = np.full(3, a * m)
PYTHON
analyze() { (ulimit -d "$1"; "$vitrine" analyze rdf long.h5 --set frames=all --set r_max='3 A' >log 2>&1); }
analyze 60000
verdict $? 'all 250 frames within 60 MB' log
# 12 neighbours at a / sqrt 2 in every frame
awk -F'\t' 'NR == 1 { for (i = 1; i <= NF; i++) if ($i ~ /^n_CuCu/) c = i } END { exit !(c && $c > 11.999 && $c < 12.001) }' out/long/long.rdf.tsv
verdict $? 'and right: 12 neighbours in each'
analyze 20000
[ $? -ne 0 ]
verdict $? 'with 20 MB it does not start: the limit is one' log
finish
