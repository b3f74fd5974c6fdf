#!/usr/bin/env python3
"""Are p-values of maps against interfaces uniform where there are none? Fake columns of many seeds on one scan.

    bench/fake_masks.py DECK.yml SEEDS > p.tsv

DECK builds columns (build: {kind: nanoglass, turn: false}) and compares them with the scan of an uncut glass; its seed moves the
columns. Written: seed, n, p; then, on stderr, Kolmogorov-Smirnov's D of each even n and its 1 % limit.
"""
import csv
import math
import os
import subprocess
import sys
import tempfile

VITRINE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "bin", "vitrine")
deck, seeds, found = sys.argv[1], int(sys.argv[2]), {}
print("seed\tn\tr\tp")
for seed in range(1, seeds + 1):
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([VITRINE, "run", deck, "--set", "seed=%d" % seed, "--set", "output.dir=" + folder], check=True,
                       stdout=subprocess.DEVNULL)
        table = next(f for f in os.listdir(folder) if f.endswith("symmetry.tsv"))
        with open(os.path.join(folder, table)) as f:
            for row in csv.DictReader(f, delimiter="\t"):
                if int(row["n"]) % 2 == 0:
                    print("%d\t%s\t%s\t%s" % (seed, row["n"], row["pearson_r"], row["p_pearson"]), flush=True)
                    found.setdefault(int(row["n"]), []).append(float(row["p_pearson"]))
for n, p in found.items():
    p.sort()
    d = max(max((k + 1) / len(p) - v, v - k / len(p)) for k, v in enumerate(p))
    print("n = %d: mean p %.3f, below 0.05: %d of %d, D %.3f (1 %% limit %.3f)"
          % (n, sum(p) / len(p), sum(v < 0.05 for v in p), len(p), d, 1.63 / math.sqrt(len(p))), file=sys.stderr)
