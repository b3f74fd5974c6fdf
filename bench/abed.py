#!/usr/bin/env python3
"""The table of docs/microscope.md, A glass beside Zhu 2017, from runs of inputs/abed_glass.yml with different seeds.

    for s in 1 2 3 4 5; do
        bin/vitrine run inputs/abed_glass.yml --set ... --set seed=$s --set output.dir=out/abed_$s
    done
    bench/abed.py out/abed_*

Means over the glasses with their standard error: one glass 4 nm wide says little about the places in it. Maxima of profiles
(background taken off) by a parabola through the highest three points.
"""
import csv
import os
import sys

import numpy as np


def rows(folder, name):
    with open(os.path.join(folder, "abed_glass." + name)) as f:
        return list(csv.DictReader(f, delimiter="\t"))


def scalar(folder, name):
    return next(float(r["value"]) for r in rows(folder, "summary.tsv") if r["quantity"] == name)


def profile(folder, ring):
    table = rows(folder, ring + ".radial_profile.tsv")
    return {c: np.array([float(r[c]) for r in table]) for c in table[0]}


def highest(p, low, high):
    q, y = p["Q_1_per_A"], p["intensity"]
    at = np.flatnonzero((q > low) & (q < high))
    k = at[np.argmax(y[at])]
    c = np.polyfit(q[k - 1:k + 2], y[k - 1:k + 2], 2)
    return -c[1] / (2 * c[0])


def second_ring(folder, first):
    """Both fitted peaks of the second ring over the first."""
    peaks = [float(r["Q_1_per_A"]) for r in rows(folder, "nano_second.radial_peaks.tsv") if r["pattern"] == "all"]
    return [q / first for q in peaks]


def main():
    folders = sys.argv[1:]
    if len(folders) < 2:
        sys.exit(__doc__)

    def line(what, values):
        v = np.array(values)
        print("%-52s %7.3f +- %.3f" % (what, v.mean(), v.std(ddof=1) / np.sqrt(len(v))))

    line("peak of S(Q)", [scalar(f, "sq_direct_peak_1_per_A") for f in folders])
    for probe, ring in (("3.6 A", ""), ("1 nm", "nano_ring.")):
        of = {k: np.array([scalar(f, ring + k + "_1_per_A") for f in folders])
              for k in ("Q1_all", "Q1_bright", "Q1_dark", "Q1_fwhm_bright", "Q1_fwhm_dark")}
        for k, v in of.items():
            line("%s: %s" % (probe, k), v)
        line(probe + ": Q, dark less bright", of["Q1_dark"] - of["Q1_bright"])
        line(probe + ": width, dark over bright", of["Q1_fwhm_dark"] / of["Q1_fwhm_bright"])
        p = [profile(f, ring.rstrip(".") or "angstrom_ring") for f in folders]
        line(probe + ": second maximum over first", [highest(x, 3.9, 5.4) / highest(x, 2, 3.2) for x in p])
        for q in (2.21, 3.06):
            line("%s: dark over bright at %g" % (probe, q), [np.interp(q, x["Q_1_per_A"], x["dark"] / x["bright"]) for x in p])
    two = np.array([second_ring(f, scalar(f, "nano_ring.Q1_all_1_per_A")) for f in folders])
    for k in range(two.shape[1]):
        line("1 nm: peak %d of the second ring over the first" % (k + 1), two[:, k])


if __name__ == "__main__":
    main()
