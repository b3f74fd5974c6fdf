#!/usr/bin/env python3
"""The ring of patterns against the structure factor of the same atoms: how far apart they lie, and how far f^2 moves the raw ring.

    bench/ring.py out/abed_glass/abed_glass.sq_direct.tsv out/abed_glass/abed_glass.plane.profile.tsv out/abed_glass/abed_glass.plane.hspy

SQ PROFILE PATTERN...: table `sq_direct` of pass rdf, table `profile` of pass diffraction (engine: kinematic, illumination: plane;
intensity / structure is proportional to <f^2>), and its pattern, or those of several beams. All pixels are used, none
binned: both curves are local parabolas of width 0.18 1/A; scale, offset and shift are fitted over Q = 2 to 3.6 1/A. Printed,
tab separated: peak of S(Q), peak of the ring over <f^2>, shift, scale, peak of the raw ring. Needs numpy and h5py.
"""
import sys

import h5py
import numpy as np


def smooth(grid, q, s, weight, width=0.18):
    """Local parabolas: value and slope."""
    out = np.empty((len(grid), 2))
    for i, x in enumerate(grid):
        w = np.sqrt(np.exp(-((q - x) / width) ** 2 / 2) * weight)
        a = np.stack([np.ones_like(q), q - x, (q - x) ** 2], 1)
        out[i] = np.linalg.lstsq(a * w[:, None], s * w, rcond=None)[0][:2]
    return out


def pixels(paths):
    q, intensity = [], []
    for path in paths:
        with h5py.File(path, "r") as f:
            e = next(iter(f["Experiments"].values()))
            p, axes = e["data"][()].astype(float), [dict(e["axis-%d" % k].attrs) for k in range(2)]
        y, x = [a["offset"] + a["scale"] * np.arange(a["size"]) for a in axes]
        q.append(2 * np.pi * np.hypot(y[:, None], x).ravel())
        intensity.append(p.ravel())
    q, intensity = np.concatenate(q), np.concatenate(intensity)
    ring = (q > 1.2) & (q < 4.4)
    return q[ring], intensity[ring]


table, profile = (np.genfromtxt(path, names=True) for path in sys.argv[1:3])
table = table[(table["Q_1_per_A"] > 1.2) & (table["Q_1_per_A"] < 4.4)]
q, intensity = pixels(sys.argv[3:])
single = np.interp(q, profile["Q_1_per_A"], profile["intensity"] / profile["structure"])
grid = np.arange(2, 3.605, 0.01)
known = smooth(grid, table["Q_1_per_A"], table["S_electron"], table["vectors"])
ours, raw = (smooth(grid, q, i, np.ones(len(q)))[:, 0] for i in (intensity / single, intensity))
c = np.linalg.lstsq(np.stack([np.ones(len(grid)), known[:, 0], -known[:, 1]], 1), ours, rcond=None)[0]
print("SQ_peak_1_per_A\tring_peak_1_per_A\tshift_1_per_A\tscale\traw_peak_1_per_A")
print("%.2f\t%.2f\t%.4f\t%.3f\t%.2f" % (grid[known[:, 0].argmax()], grid[ours.argmax()], c[2] / c[1], c[1], grid[raw.argmax()]))
