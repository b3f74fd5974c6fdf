#!/usr/bin/env python3
"""Speed of the diffraction engines beside the floor of their Fourier transforms, beside abTEM and Prismatic where they
are, on two ranks; memory; and the symmetry of a scan of 83 x 83.

    make bench-tem
    ABTEM_PYTHON=/path/to/python PRISMATIC=/path/to/prismatic make bench-tem     a Python that has abTEM, the program

build/bench/tem times our engines and FFTW (CPU time of one core, least of several). The others compute the same case: 200
kV, 50 A cell, 25 slices of 2 A, a 2-mrad probe, single precision, potential made beforehand (abTEM in batches of 8);
CPU time per probe. Two ranks: wall time of 1,024 of these patterns by `vitrine analyze diffraction` less that of one
pattern; needs a quiet machine. Symmetry: wall time of the pass over 83 x 83 patterns of 256^2 (8 bits, 450 MB, written
to a temporary folder first). Then the patterns of tests/data are compared (needs h5py).
Writes bench/out/tem.tsv: case, ours, beside, theirs, ratio, limit of the ratio, command.
"""
import os, subprocess, sys, tempfile, time

root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
out = os.path.join(root, 'bench', 'out')
python = os.environ.get('ABTEM_PYTHON', sys.executable)
prismatic = os.environ.get('PRISMATIC')
vitrine = os.path.join(root, 'bin', 'vitrine')
mpirun = os.environ.get('MPIRUN', 'mpirun').split()
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
EDGE, SLICES = 50.0, 25
rows = []


def row(case, ours, beside='', theirs=float('nan'), limit='', command='bench/tem.py'):
    ratio = ours / theirs
    rows.append((case, ours, beside, theirs, ratio, limit, command))
    far = '' if limit == '' else 'reached' if ratio <= float(limit) else 'MISSED'
    print('%-32s %10.4g  %-14s %10.4g %8.3f  %s' % (case, ours, beside, theirs, ratio, far and '%s (<= %s)' % (far, limit)),
          flush=True)


def peer(n):
    env = dict(os.environ, OMP_NUM_THREADS='1', NUMBA_NUM_THREADS='1', MKL_NUM_THREADS='1')
    p = subprocess.run([python, '-W', 'ignore', '-c', ABTEM, str(n)], env=env, stdout=subprocess.PIPE,
                       stderr=subprocess.PIPE, text=True)
    return float(p.stdout.split()[-1]) if p.returncode == 0 else None


def cell(path, prism):
    """The random glass of the others, as extended XYZ or as Prismatic wants it."""
    import random
    rng, m = random.Random(1), int(0.0575 * EDGE ** 3)
    atoms = [(29 if i < 2 * m // 3 else 40, rng.random() * EDGE, rng.random() * EDGE, rng.random() * EDGE) for i in range(m)]
    with open(path, 'w') as f:
        if prism:
            f.write('cell\n%g %g %g\n' % (EDGE, EDGE, EDGE))
            f.writelines('%d %.4f %.4f %.4f 1 0\n' % a for a in atoms)
            f.write('-1\n')
        else:
            f.write('%d\nLattice="%g 0 0 0 %g 0 0 0 %g" Properties=species:S:1:pos:R:3 pbc="T T T"\n' % (m, EDGE, EDGE, EDGE))
            f.writelines('%s %.4f %.4f %.4f\n' % ({29: 'Cu', 40: 'Zr'}[a[0]], *a[1:]) for a in atoms)


def run(args, work):
    """Wall time, CPU time, largest memory (MB)."""
    t = time.time()
    p = subprocess.Popen(args, cwd=work, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    said = p.stderr.read()
    _, status, used = os.wait4(p.pid, 0)
    if status:
        sys.exit('%s failed: %s' % (' '.join(args), said.decode()[-500:]))
    return time.time() - t, used.ru_utime, used.ru_maxrss / 1024


def time_prismatic(n, work):
    """Milliseconds a probe, from runs of 16 and 256 of them."""
    cell(os.path.join(work, 'prism.xyz'), True)
    t = [run([prismatic, '-i', 'prism.xyz', '-o', 'out.h5', '-a', 'm', '-j', '1', '-E', '200', '-sa', '2', '-A', '24', '-s', '2', '-p',
              repr(EDGE / n), '-3DP', '0', '-te', '0', '-oc', '0', '-r', repr(EDGE / k), '-3D', '1', '-4D', '0'], work)[1] for k in (4, 16)]
    return 1e3 * (t[1] - t[0]) / 240


def scan(work, ranks, points):
    sets = ['energy=200 kV', 'semi_angle=2 mrad', 'pixel=%.6f A' % (EDGE / 256 * 1.000001), 'slice=2 A', 'scan=grid',
            'points=[%d, %d]' % (points, points), 'k_max=1 1/A', 'output.dir=' + os.path.join(work, 'o%d' % ranks)]
    start = mpirun + ['-n', str(ranks)] if ranks > 1 else []
    return run(start + [vitrine, 'analyze', 'diffraction', 'glass.xyz'] + [w for s in sets for w in ('--set', s)], work)


def ranks_and_memory(work):
    cell(os.path.join(work, 'glass.xyz'), False)
    t = {}
    for k in (1, 2):
        few, many = scan(work, k, 1), min(scan(work, k, 32) for _ in range(2))
        t[k] = many[0] - few[0]
        if k == 1:
            memory = many[2]
    row('scan_1024_patterns_1_rank_s', t[1], 'two ranks', t[2])
    row('two_ranks_share_of_half', t[2], 'half of 1 rank', t[1] / 2, '%.3f' % (2 / 1.9))
    row('memory_scan_MB', memory, '150 MB + stack', 150 + SLICES * 256 * 256 * 8 / 1e6, '1')


def symmetry(work):
    import h5py
    import numpy as np
    rng, n = np.random.default_rng(1), 256
    y, x = np.mgrid[:n, :n] - n // 2
    k, phi = np.hypot(x, y) / n * 2, np.arctan2(y, x)
    ring = np.exp(-((k - 0.41) / 0.05) ** 2)
    images = [rng.poisson(100 * ring * (1 + 0.3 * np.cos(4 * phi + 6 * rng.random())) + 3).clip(0, 255).astype('u1') for _ in range(64)]
    with h5py.File(os.path.join(work, 'scan.hspy'), 'w') as f:
        f.attrs['file_format'], f.attrs['file_format_version'] = 'HyperSpy', '3.1'
        g = f.create_group('Experiments/scan')
        for name in ('metadata', 'original_metadata'):
            g.create_group(name)
        d = g.create_dataset('data', (83, 83, n, n), 'u1', chunks=(1, 1, n, n))
        for i in range(83):
            for j in range(83):
                d[i, j] = images[(83 * i + j) % 64]
        for a, (name, units, size, scale, offset) in enumerate((('y', 'nm', 83, 0.5, 0), ('x', 'nm', 83, 0.5, 0),
                                                                ('ky', '1/\u00c5', n, 2 / n, -1), ('kx', '1/\u00c5', n, 2 / n, -1))):
            h = g.create_group('axis-%d' % a)
            h.attrs['name'], h.attrs['units'], h.attrs['scale'], h.attrs['offset'] = name, units, float(scale), float(offset)
            h.attrs['size'], h.attrs['navigate'] = size, a < 2
    t = run([vitrine, 'analyze', 'symmetry', 'scan.hspy', '--set', 'k_min=0.35 1/A', '--set', 'k_max=0.47 1/A', '--set',
             'output.dir=' + os.path.join(work, 'sym')], work)
    row('symmetry_83x83_of_256^2_s', t[0], 'ten seconds', 10, '1')
    row('symmetry_83x83_of_256^2_cpu_s', t[1], 'ten seconds', 10)


def compare(maker, program, table, sets):
    """sum |I - I'| / sum I outside the disc, and the difference of the disc's total."""
    import h5py
    import numpy as np
    with tempfile.TemporaryDirectory() as work:
        subprocess.run(program + [os.path.join(root, 'tests', 'data', maker)] + ([prismatic] if 'prismatic' in maker else []) + [work],
                       check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        with open(os.path.join(root, 'tests', 'data', 'abtem_cell.xyz')) as f:
            text = f.read().splitlines()
        if 'prismatic' in maker:  # it rounds places to its pixels
            for i in range(2, len(text)):
                name, a, b, c = text[i].split()
                text[i] = '%s %.5f %.5f %s' % (name, 0.02 * round(float(a) / 0.02) % 12.8, 0.02 * round(float(b) / 0.02) % 12.8, c)
        with open(os.path.join(work, 'cell.xyz'), 'w') as f:
            f.write('\n'.join(text) + '\n')
        sets = sets + ['semi_angle=10 mrad', 'energy=200 kV', 'pixel=0.02 A', 'slice=1.92 A', 'from=[6 A, 7.1 A]', 'k_max=1.49 1/A',
                       'precision=double', 'output.dir=' + work]
        subprocess.run([vitrine, 'analyze', 'diffraction', os.path.join(work, 'cell.xyz')] +
                       [w for s in sets for w in ('--set', s)], check=True, stdout=subprocess.DEVNULL)
        theirs = np.loadtxt(os.path.join(work, table), skiprows=1)
        with h5py.File(os.path.join(work, 'cell.hspy'), 'r') as f:
            ours = next(iter(f['Experiments'].values()))['data'][()].T.ravel()
        disc = np.hypot(theirs[:, 0], theirs[:, 1]) / 12.8 < 10e-3 / 0.02507934 + 1 / 12.8
        print("pattern beside %s: outside the disc sum |I - I'| / sum I = %.4f, disc %+.1e of the beam" % (
            table, abs(ours - theirs[:, 2])[~disc].sum() / theirs[~disc, 2].sum(), (ours - theirs[:, 2])[disc].sum()))


os.makedirs(out, exist_ok=True)
print('%-32s %10s  %-14s %10s %8s' % ('case', 'ours', 'beside', 'theirs', 'ratio'))
text = subprocess.run([os.path.join(root, 'build', 'bench', 'tem')], stdout=subprocess.PIPE, text=True, check=True).stdout
ours = {}
for line in text.splitlines()[1:]:
    case, t, floor, _ = line.split('\t')
    ours[case] = float(t)
    limit = '1.3' if case.startswith('multislice_256') and case.endswith('single') else ''
    row(case + '_ms', float(t), 'FFTW floor' if floor != 'nan' else '', float(floor), limit, 'build/bench/tem')
row('kinematic_256_ms', ours['kinematic_256'], 'a millisecond', 1, '1', 'build/bench/tem')
with tempfile.TemporaryDirectory() as work:
    for n in (256, 512):
        mine = ours['multislice_%d_25_single' % n]
        t = peer(n)
        if t is not None:
            row('multislice_%d_25_single_ms' % n, mine, 'abTEM', t, '1')
        if prismatic:
            row('multislice_%d_25_single_ms' % n, mine, 'Prismatic', time_prismatic(n, work), '1')
    ranks_and_memory(work)
    try:
        symmetry(work)
    except ImportError:
        print('symmetry: needs h5py in %s' % sys.executable)
with open(os.path.join(out, 'tem.tsv'), 'w') as f:
    f.write('case\tours\tbeside\ttheirs\tratio\tlimit\tcommand\n')
    f.writelines('%s\t%.4g\t%s\t%.4g\t%.3f\t%s\t%s\n' % r for r in rows)
print('written: bench/out/tem.tsv')
if any(r[2] == 'abTEM' for r in rows):
    compare('make_abtem.py', [python, '-W', 'ignore'], 'abtem_pattern.tsv', [])
else:
    print('abTEM: not installed for %s (set ABTEM_PYTHON)' % python)
if prismatic:
    compare('make_prismatic.py', [sys.executable], 'prismatic_pattern.tsv', ['scattering=kirkland'])
else:
    print('Prismatic: name the program by PRISMATIC=')
