#!/usr/bin/env python3
"""Speed of the diffraction engines beside the floor of their Fourier transforms, and beside abTEM when it is installed.

    make bench-tem
    ABTEM_PYTHON=/path/to/python make bench-tem     a Python that has abTEM

build/bench/tem times our engines and FFTW (CPU time of one core, least of several). abTEM computes the same case: 200 kV,
50 A cell, 25 slices of 2 A, a 2-mrad probe, batches of 8, single precision, potential made beforehand; CPU time per probe.
Then both programs compute the pattern of tests/data/abtem_cell.xyz, and their difference is printed (needs h5py).
Writes bench/out/tem.tsv: case, ours, peer, ratio, command.
"""
import os, subprocess, sys, tempfile

root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
out = os.path.join(root, 'bench', 'out')
python = os.environ.get('ABTEM_PYTHON', sys.executable)
ABTEM = r'''
import time, sys
import numpy as np
try:
    import abtem, ase
except ImportError:
    sys.exit(3)
abtem.config.set({"device": "cpu", "precision": "float32"})
import dask
dask.config.set(scheduler="synchronous")
n, edge = int(sys.argv[1]), 50.0
rng = np.random.default_rng(1)
m = int(0.0575 * edge ** 3)
atoms = ase.Atoms("Cu" * (2 * m // 3) + "Zr" * (m - 2 * m // 3), positions=rng.random((m, 3)) * edge, cell=[edge] * 3, pbc=True)
potential = abtem.Potential(atoms, gpts=(n, n), slice_thickness=2.0, projection="infinite").build().compute()
probe = abtem.Probe(gpts=(n, n), extent=(edge, edge), energy=200e3, semiangle_cutoff=2.0)
def go(k):
    scan = abtem.CustomScan(np.array([[20.0 + p, 25.0] for p in range(k)]))
    t = time.process_time()
    probe.multislice(potential, scan=scan, max_batch=8).diffraction_patterns().compute()
    return time.process_time() - t
go(8)
k = 32 if n <= 256 else 16
print(1e3 * min(go(k) for _ in range(2)) / k)
'''


def peer(n):
    env = dict(os.environ, OMP_NUM_THREADS='1', NUMBA_NUM_THREADS='1', MKL_NUM_THREADS='1')
    p = subprocess.run([python, '-W', 'ignore', '-c', ABTEM, str(n)], env=env, stdout=subprocess.PIPE,
                       stderr=subprocess.PIPE, text=True)
    return float(p.stdout.split()[-1]) if p.returncode == 0 else None


def compare():
    """sum |I - I'| / sum I outside the disc, and the difference of the disc's total."""
    import h5py
    import numpy as np
    with tempfile.TemporaryDirectory() as work:
        subprocess.run([python, '-W', 'ignore', os.path.join(root, 'tests', 'data', 'make_abtem.py'), work], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        sets = ['semi_angle=10 mrad', 'energy=200 kV', 'pixel=0.02 A', 'slice=1.92 A', 'from=[6 A, 7.1 A]', 'k_max=1.49 1/A',
                'precision=double', 'output.dir=' + work]
        subprocess.run([os.path.join(root, 'bin', 'vitrine'), 'analyze', 'diffraction', os.path.join(work, 'abtem_cell.xyz')] +
                       [w for s in sets for w in ('--set', s)], check=True, stdout=subprocess.DEVNULL)
        theirs = np.loadtxt(os.path.join(work, 'abtem_pattern.tsv'), skiprows=1)
        with h5py.File(os.path.join(work, 'abtem_cell.hspy'), 'r') as f:
            ours = next(iter(f['Experiments'].values()))['data'][()].T.ravel()
        disc = np.hypot(theirs[:, 0], theirs[:, 1]) / 12.8 < 10e-3 / 0.02507934 + 1 / 12.8
        return (abs(ours - theirs[:, 2])[~disc].sum() / theirs[~disc, 2].sum(), (ours - theirs[:, 2])[disc].sum())


os.makedirs(out, exist_ok=True)
text = subprocess.run([os.path.join(root, 'build', 'bench', 'tem')], stdout=subprocess.PIPE, text=True, check=True).stdout
rows, ours, peer_there = [], {}, False
for line in text.splitlines()[1:]:
    case, t, floor, ratio = line.split('\t')
    ours[case] = float(t)
    rows.append((case, float(t), 'FFTW floor' if floor != 'nan' else '', floor, ratio, 'build/bench/tem'))
for n in (256, 512):
    t = peer(n)
    if t is None:
        print('abTEM: not installed for %s (set ABTEM_PYTHON)' % python)
        break
    peer_there = True
    mine = ours['multislice_%d_25_single' % n]
    rows.append(('abtem_%d_25_single' % n, mine, 'abTEM', '%.4g' % t, '%.3f' % (mine / t), 'bench/tem.py'))
with open(os.path.join(out, 'tem.tsv'), 'w') as f:
    f.write('case\tours_ms\tpeer\tpeer_ms\tratio\tcommand\n')
    print('%-30s %10s %-12s %10s %8s' % ('case', 'ours / ms', 'beside', 'ms', 'ratio'))
    for r in rows:
        f.write('%s\t%.4g\t%s\t%s\t%s\t%s\n' % r)
        print('%-30s %10.4g %-12s %10s %8s' % r[:5])
print('written: bench/out/tem.tsv')
if peer_there:
    apart, disc = compare()
    print("pattern beside abTEM's: outside the disc sum |I - I'| / sum I = %.4f, disc %+.1e of the beam" % (apart, disc))
