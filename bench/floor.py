#!/usr/bin/python3
"""The floor of even n in a glass falls as 1 / number of independent patterns: means of M patterns of a scan.

    bench/floor.py out/symmetry_nanoglass/symmetry_nanoglass.scan.hspy 0.39 0.46

SCAN K_MIN K_MAX (1/A): patterns at least 1.6 nm apart (a 1 nm probe sees other atoms there), in random order, averaged M at a
time; written: M, mean |I_n|^2/I_0^2 of n = 2, 4 ... 12 over the rings, how many means; then the exponent over those M with at
least two means. Needs numpy, scipy and h5py.
"""
import sys

import h5py
import numpy as np
from scipy.ndimage import map_coordinates

with h5py.File(sys.argv[1], "r") as f:
    e = next(iter(f["Experiments"].values()))
    y, x, ky, kx = (dict(e["axis-%d" % k].attrs) for k in range(4))
    every = [int(np.ceil(1.6 / a["scale"])) for a in (y, x)]
    patterns = e["data"][:: every[0], :: every[1]].astype(float)
patterns = patterns.reshape(-1, *patterns.shape[2:])
k, phi = np.arange(float(sys.argv[2]), float(sys.argv[3]), kx["scale"] / 2)[:, None], 2 * np.pi * np.arange(180) / 180
at = [(k * np.sin(phi) - ky["offset"]) / ky["scale"], (k * np.cos(phi) - kx["offset"]) / kx["scale"]]
order, m, found = np.random.default_rng(3).permutation(len(patterns)), 1, []
while 2 * m <= len(patterns):
    powers = []
    for b in range(len(patterns) // m):
        wave = np.abs(np.fft.fft(map_coordinates(patterns[order[b * m:(b + 1) * m]].mean(0), at, order=1), axis=1)) ** 2
        powers.append((wave[:, 2:13:2] / wave[:, :1]).mean())
    found.append((m, np.mean(powers)))
    print("%d\t%.5f\t%d" % (m, found[-1][1], len(powers)))
    m *= 2
print("exponent %.3f" % np.polyfit(*np.log(np.array(found)).T, 1)[0])
