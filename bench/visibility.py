#!/usr/bin/env python3
"""How a glass hides a cluster: angular power of a probe on a cluster in layers of growing thickness, and of the same glass
without it, mean over places.

    bench/visibility.py HOST.xyz [PLACES] > table.tsv        (HOST: last frame of a thick film of glass, beam along z)

One deck for each place and motif; a layer's cluster is in its middle. Written: motif, n, thickness (A), mean power with
its standard error, the same without the cluster, and the share of places where the cluster's power is above that of 90 %
of the places without.
"""
import csv
import math
import os
import subprocess
import sys
import tempfile

VITRINE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "bin", "vitrine")
LAYERS = (8, 14, 20, 32, 50, 80, 140, 250)
MOTIFS = {"icosahedron": ("[0, 1, 1.618034]", 2.8, 10, (0.60, 0.75)), "0445": ("[0, 0, 1]", 2.85, 4, (0.36, 0.48))}


def deck(host, species, place, motif, edge):
    axis, bond, n, ring = MOTIFS[motif]
    build = ("{kind: cluster, motif: '%s', bond: %g A, axis: %s, host: %s, at: [%.3f A, %.3f A, %.3f A], centre: Zr, shell: Cu}"
             % (motif, bond, axis, host, *place, edge[2] / 2))
    lines = ["material: {species: [%s]}" % ", ".join(species), "analysis:"]
    for t in LAYERS:
        lines.append("  - {pass: diffraction, name: l%d, engine: multislice, energy: 200 kV, fwhm: 5 A, window: 40 A, pixel: 0.2 A,"
                     " k_max: 1 1/A, thickness: %g A, from: [%.3f A, %.3f A]}" % (t, t, *place))
        lines.append("  - {pass: symmetry, name: s%d, of: l%d, k_min: %g 1/A, k_max: %g 1/A}" % (t, t, *ring))
    return {True: "\n".join(["build: " + build] + lines), False: "\n".join(["build: {kind: file, file: %s}" % host] + lines)}, n


def powers(text, n, folder):
    path = os.path.join(folder, "a.yml")
    with open(path, "w") as f:
        f.write(text + "\n")
    subprocess.run([VITRINE, "run", path, "--set", "output.dir=" + folder + "/out"], check=True, stdout=subprocess.DEVNULL)
    found = []
    for t in LAYERS:
        with open("%s/out/a.s%d.symmetry.tsv" % (folder, t)) as f:
            found += [float(r["mean"]) for r in csv.DictReader(f, delimiter="\t") if int(r["n"]) == n]
    return found


def mean(values):
    m = sum(values) / len(values)
    return m, math.sqrt(sum((v - m) ** 2 for v in values) / max(1, len(values) - 1) / len(values))


def main():
    host, places = os.path.abspath(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 12
    with open(host) as f:
        n_atoms, head = int(f.readline()), f.readline()
        species = sorted({f.readline().split()[0] for _ in range(n_atoms)})
    edge = [float(v) for v in head.split('Lattice="')[1].split('"')[0].split()][::4]
    print("motif\tn\tthickness_A\twith\terror\twithout\terror\tseen")
    for motif in MOTIFS:
        table = {True: [], False: []}
        for p in range(places):
            place = [edge[0] * ((0.5 + 0.754877 * p) % 1), edge[1] * ((0.5 + 0.569840 * p) % 1)]
            decks, n = deck(host, species, place, motif, edge)
            with tempfile.TemporaryDirectory() as folder:
                for inside in (True, False):
                    table[inside].append(powers(decks[inside], n, folder))
        for k, t in enumerate(LAYERS):
            inside, glass = [r[k] for r in table[True]], sorted(r[k] for r in table[False])
            limit = glass[min(len(glass) - 1, math.ceil(0.9 * len(glass)) - 1)]
            print("%s\t%d\t%d\t%.4f\t%.4f\t%.4f\t%.4f\t%.2f"
                  % (motif, n, t, *mean(inside), *mean(glass), sum(v > limit for v in inside) / len(inside)), flush=True)


main()
