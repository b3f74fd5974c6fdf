#!/usr/bin/env python3
"""usage: make_prismatic.py PRISMATIC [FOLDER]

Writes prismatic_pattern.tsv, here or into FOLDER, with the program PRISMATIC (prism-em/prismatic of Oct 2021, 9f205d0; `-a m` is its
multislice): the cell of abtem_cell.xyz, its places rounded to pixels of 0.02 A because Prismatic rounds them, a 10-mrad probe
at 200 kV, five slices of 1.92 A, Kirkland's factors projected in two dimensions (potential to 6 A; each pixel is a mean
over 8 x 8 points, which takes 0.3 % from k = 1.5 1/A). Prismatic counts depth from the other side, so z is turned round.
It may be built without CMake:
    mpicxx -w -O2 -std=c++14 -Iinclude -I/usr/include/hdf5/openmpi src/*.cpp -o prismatic \\
        -L/usr/lib/x86_64-linux-gnu/hdf5/openmpi -lhdf5_hl_cpp -lhdf5_cpp -lhdf5_hl -lhdf5 -lfftw3f -lfftw3f_threads -lpthread
(in src/PRISM01_calcPotential.cpp `0.0 + 1.0i` must be written std::complex<PRISMATIC_FLOAT_PRECISION>(0, 1)).
Python needs h5py.
"""
import os
import subprocess
import sys
import tempfile

import h5py

here = os.path.dirname(os.path.abspath(__file__))
program, folder = os.path.abspath(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else here
edge, depth, pixel, half, number = 12.8, 9.6, 0.02, 19, {"Cu": 29, "Zr": 40}
with open(os.path.join(here, "abtem_cell.xyz")) as f:
    atoms = [line.split() for line in f.read().splitlines()[2:]]
with tempfile.TemporaryDirectory() as work:
    with open(os.path.join(work, "cell.xyz"), "w") as f:
        f.write("cell\n%g %g %g\n" % (edge, edge, depth))
        for name, x, y, z in atoms:
            x, y = (pixel * round(float(v) / pixel) for v in (x, y))
            f.write("%d %.5f %.5f %.5f 1 0\n" % (number[name], x % edge, y % edge, depth - float(z)))
        f.write("-1\n")
    with open(os.path.join(work, "probes.txt"), "w") as f:
        f.write("places\n6.0 7.1\n-1\n")
    subprocess.run([program, "-i", "cell.xyz", "-o", "out.h5", "-a", "m", "-j", "1", "-E", "200", "-sa", "10", "-A", "24", "-s",
                    "1.92", "-p", "0.02", "-3DP", "0", "-P", "6", "-te", "0", "-oc", "0", "-pos", "probes.txt", "-df", "0",
                    "-C3", "0", "-C5", "0", "-4D", "1", "-3D", "0"], cwd=work, check=True, stdout=subprocess.DEVNULL)
    with h5py.File(os.path.join(work, "out.h5"), "r") as f:
        p = f["4DSTEM_simulation/data/datacubes/CBED_array_depth0000/data"][()].squeeze()
c = p.shape[0] // 2
with open(os.path.join(folder, "prismatic_pattern.tsv"), "w") as f:
    f.write("kx\tky\tintensity\n")
    for i in range(-half, half + 1):
        for j in range(-half, half + 1):
            f.write("%d\t%d\t%.6g\n" % (i, j, p[c + i, c + j]))
print(p.shape, p.sum())
