#!/usr/bin/env bash
# voronoi: the filters of OVITO, pyscal and our own beside the same rules worked out in Python on the polyhedra that the
# voro++ program prints.
set -u
n=0
verdict() { n=$((n + 1)); if [ "$1" = 0 ]; then echo "ok $n - $2"; else echo "not ok $n - $2"; fi; }
skip() { n=$((n + 1)); echo "ok $n - $1 # SKIP $2"; }
vitrine=$(pwd)/$BIN/vitrine
python=/usr/bin/python3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1

if ! command -v voro++ >/dev/null || ! "$python" -c 'import numpy' 2>/dev/null; then
    skip 'the filters beside voro++ and Python' 'voro++ or numpy is not installed'
    echo "1..$n"; exit
fi
# 2,000 random points at least 1.9 A apart, species by number
"$python" - <<'EOF2'
import numpy as np
rng, edge, kept = np.random.default_rng(1), 35.0, []
while len(kept) < 2000:
    p = rng.random(3) * edge
    if kept:
        d = np.array(kept) - p
        d -= edge * np.round(d / edge)
        if (d * d).sum(1).min() < 1.9 ** 2: continue
    kept.append(p)
with open("p.xyz", "w") as x, open("p", "w") as t:
    x.write('2000\nLattice="35 0 0 0 35 0 0 0 35" Properties=species:S:1:pos:R:3 pbc="T T T"\n')
    for k, p in enumerate(kept):
        s = k % 3 == 0
        x.write("%s %.9f %.9f %.9f\n" % ("Zr" if s else "Cu", *p))
        t.write("%d %.9f %.9f %.9f %.9f\n" % (k + 1, *p, 1.60 if s else 1.28))
EOF2
voro++ -p -r -c '%i;%t;%p;%f' 0 35 0 35 0 35 p
beside() { # name, rule, settings...
    local name=$1 rule=$2; shift 2
    local sets=(); for s in "$@"; do sets+=(--set "$s"); done
    "$vitrine" analyze voronoi p.xyz --set output.dir="out/$name" "${sets[@]}" >log 2>&1 || { verdict 1 "$name"; sed 's/^/# /' log; return; }
    "$python" - "out/$name/p.voronoi.xyz" "$rule" <<'EOF2'
import re, sys
import numpy as np
rule = eval(sys.argv[2])
ours = {}
for line in open(sys.argv[1]).readlines()[2:]:
    w = line.split()
    ours[int(w[4])] = tuple(int(x) for x in w[6:11])  # coordination, n3 .. n6
differ = 0
for line in open("p.vol"):
    i, faces, vertices, areas = line.strip().split(";")
    v = np.array([[float(x) for x in p.split(",")] for p in re.findall(r"\(([^)]*)\)", vertices)])
    area = np.array([float(x) for x in areas.split()])
    keep, edges = [], []
    for f, a in zip(re.findall(r"\(([^)]*)\)", faces), area):
        k = [int(x) for x in f.split(",")]
        length = np.linalg.norm(v[k] - v[k[1:] + k[:1]], axis=1)
        e, ok, counts = rule(length, a, a / area.sum())
        edges.append(e if ok else 0)
        keep.append(counts)
    want = (sum(keep),) + tuple(edges.count(m) for m in (3, 4, 5, 6))
    differ += want != ours[int(i)]
print("# %d of 2000 differ" % differ)
sys.exit(differ > 4)  # voro++ prints six digits: an edge within 1e-5 A of the threshold may fall on either side
EOF2
    verdict $? "$name: the rule in Python gives the same (4 of 2,000 may differ by rounding)"
}
# each rule: lengths of a face's edges, its area, its share of the cell -> edges, in the index, in the coordination
beside ovito 'lambda l, a, s: ((l >= 0.2).sum(), a > 0.3 and s > 0.01 and (l >= 0.2).sum() >= 3, a > 0.3 and s > 0.01 and (l >= 0.2).sum() >= 3)' \
    filter=ovito min_edge='0.2 A' min_area='0.3 A2' min_area_fraction=0.01
beside pyscal 'lambda l, a, s: ((l > 0.05 * l.sum()).sum(), s > 0.01, True)' filter=pyscal
beside area_fraction 'lambda l, a, s: (len(l), s >= 0.02, s >= 0.02)' filter=area_fraction min_area_fraction=0.02
beside edge 'lambda l, a, s: ((l >= 0.3).sum(), (l >= 0.3).sum() >= 3, (l >= 0.3).sum() >= 3)' filter=edge min_edge='0.3 A'
echo "1..$n"
