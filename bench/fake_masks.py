#!/usr/bin/env python3
"""Are p-values of maps against interfaces uniform where there are none? Fake columns of many seeds on one homogeneous glass.

    bench/fake_masks.py out/symmetry_nanoglass/symmetry_nanoglass.h5 quench 40 > p.tsv

GLASS.h5 STAGE SEEDS: the stage's last frame, a glass as wide as the film, is scanned once as in inputs/symmetry_nanoglass.yml (83 x 83
patterns, multislice), then compared with the walls of columns that were never cut (build: {kind: nanoglass, turn: false}), their
places by the seed. Written: seed, n, r, p; then, on stderr, Kolmogorov-Smirnov's D of each even n and of all, and its 1 %
limit. Seeds share one scan, so n by n is what counts.
"""
import csv
import math
import os
import subprocess
import sys
import tempfile

VITRINE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "bin", "vitrine")
ATOMS = """seed: 1
material: {composition: {Cu: 0.60, Zr: 0.40}}
potential: {kind: eam, file: CuZr_mm.eam.fs}
build: {kind: file, file: %s, group: %s}
"""
SCAN = """analysis:
  - {pass: diffraction, name: scan, engine: multislice, energy: 300 kV, illumination: probe, fwhm: 1 nm, window: 4 nm,
     pixel: 0.2 A, k_max: 1 1/A, scan: grid, points: [83, 83]}
"""
MASK = """md:
  time_step: 2 fs
  stages:
    - {name: columns, build: {kind: nanoglass, diameter: 6 nm, across: [4, 4], turn: false, gap: 0 A}}
analysis:
  - {pass: image, name: walls, image: interface, like: %s, fwhm: 1 nm}
  - {pass: symmetry, of: %s, k_min: 0.38 1/A, k_max: 0.46 1/A, interface: walls, interface_above: 0.5}
"""


def run(folder, name, text, *settings):
    path = os.path.join(folder, name + ".yml")
    with open(path, "w") as f:
        f.write(text)
    command = [VITRINE, "run", path, "--set", "output.dir=%s/%s" % (folder, name)]
    for s in settings:
        command += ["--set", s]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def distance(p):
    p = sorted(p)
    return max(max((k + 1) / len(p) - v, v - k / len(p)) for k, v in enumerate(p))


def main():
    atoms, seeds, found = ATOMS % (os.path.abspath(sys.argv[1]), sys.argv[2]), int(sys.argv[3]), {}
    print("seed\tn\tr\tp")
    with tempfile.TemporaryDirectory() as folder:
        run(folder, "glass", atoms + SCAN)
        scan = folder + "/glass/glass.scan.hspy"
        for seed in range(1, seeds + 1):
            run(folder, "mask", atoms + MASK % (scan, scan), "seed=%d" % seed)
            with open(folder + "/mask/mask.symmetry.tsv") as f:
                for row in csv.DictReader(f, delimiter="\t"):
                    if int(row["n"]) % 2 == 0:
                        print("%d\t%s\t%s\t%s" % (seed, row["n"], row["pearson_r"], row["p_pearson"]), flush=True)
                        found.setdefault(int(row["n"]), []).append(float(row["p_pearson"]))
    for n, p in list(found.items()) + [("all", sum(found.values(), []))]:
        print("n = %s: mean p %.3f, below 0.05: %d of %d, D %.3f (1 %% limit %.3f)"
              % (n, sum(p) / len(p), sum(v < 0.05 for v in p), len(p), distance(p), 1.63 / math.sqrt(len(p))), file=sys.stderr)


main()
