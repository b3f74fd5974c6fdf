#!/usr/bin/env python3
"""Writes abtem_cell.xyz, abtem_pattern.tsv and abtem_hrtem.tsv, here or into the folder of its argument, with abTEM 1.0.11 (numpy 2): a shaken B2 cell of 96 atoms under a 10-mrad
probe at 200 kV, five slices of 1.92 A, Lobato's factors, infinite projections, 1024 x 1024 pixels. abTEM deposits atoms
bilinearly, so its potential is damped at large angles unless the pixel is small: 0.0125 A leaves 0.3 % at k = 1.5 1/A.
The image: a plane wave through the same slices; Cs 0.5 mm, 40 nm underfocus, aperture 20 mrad, focal spread 3 nm (standard
deviation: abTEM's 1/e width is sqrt(2) of it), illumination 0.3 mrad; every 16th pixel, which is all of it, because the
aperture is 10 pixels of the box wide.
"""
import os
import sys

import abtem
import ase
import ase.io
import numpy as np

here = sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.abspath(__file__))
abtem.config.set({"device": "cpu", "precision": "float64"})
a, rng = 3.2, np.random.default_rng(1)
sites = [(x + u, y + u, z + u) for x in range(4) for y in range(4) for z in range(3) for u in (0, 0.5)]
x = np.round(a * np.array(sites) + rng.normal(0, 0.15, (96, 3)), 5)
atoms = ase.Atoms("CuZr" * 48, positions=x, cell=[12.8, 12.8, 9.6], pbc=True)
atoms.wrap()
ase.io.write(os.path.join(here, "abtem_cell.xyz"), atoms, format="extxyz")
atoms = ase.io.read(os.path.join(here, "abtem_cell.xyz"))
n, edge = 1024, 4 * a
potential = abtem.Potential(atoms, gpts=(n, n), slice_thickness=1.9201, parametrization="lobato", projection="infinite")
assert len(potential) == 5
probe = abtem.Probe(gpts=(n, n), extent=(edge, edge), energy=200e3, semiangle_cutoff=10)
waves = probe.multislice(potential, scan=abtem.CustomScan([[6.0, 7.1]]))
p = np.array(waves.diffraction_patterns(max_angle=None).compute().array).squeeze()
c, h = n // 2 if p.shape[0] == n else p.shape[0] // 2, 19
with open(os.path.join(here, "abtem_pattern.tsv"), "w") as f:
    f.write("kx\tky\tintensity\n")
    for i in range(-h, h + 1):
        for j in range(-h, h + 1):
            f.write("%d\t%d\t%.6g\n" % (i, j, p[c + i, c + j]))
print(p.shape, p.sum())

ctf = abtem.CTF(energy=200e3, Cs=0.5e7, defocus=400, semiangle_cutoff=20, soft=False, focal_spread=30 * 2 ** 0.5, angular_spread=0.3)
image = np.array(abtem.PlaneWave(gpts=(n, n), extent=(edge, edge), energy=200e3).multislice(potential).apply_ctf(ctf).intensity()
                 .compute().array).squeeze()[::16, ::16]
with open(os.path.join(here, "abtem_hrtem.tsv"), "w") as f:
    f.write("x\ty\tintensity\n")
    for i in range(image.shape[0]):
        for j in range(image.shape[1]):
            f.write("%d\t%d\t%.6g\n" % (i, j, image[i, j]))
print(image.shape, image.mean(), image.std())
