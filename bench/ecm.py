#!/usr/bin/env python3
"""Electron correlation microscopy: g2, KWW of every pixel and g4 of a film, beside a plain numpy/scipy script.

    make bench-ecm                     a film of 256 x 256 pixels and 4,000 frames (0.5 GB), made first
    bench/ecm.py --size 128            a smaller one
    bench/ecm.py --ranks 2             on two ranks

The film is read from its file by both. Ours is the whole command (start, reading, maps, writing); numpy's is measured on
some pixels and some time origins and scaled to all, both counted as wall time and as processor time. Both programs do
the same: the symmetrised g2 by FFT, 50 logarithmic bins, a least-squares fit of three parameters (scipy's curve_fit),
ring means by FFT (both readings of g4 at three times from 200 origins). The medians of tau of the common pixels are printed: they must agree. Writes bench/out/ecm.tsv.
"""
import argparse, os, resource, subprocess, sys, time
sys.dont_write_bytecode = True
NEEDS = 'import numpy, scipy, h5py'
if os.environ.get('VITRINE_BENCH_PYTHON') is None:
    for python in (sys.executable, '/usr/bin/python3'):
        if subprocess.run([python, '-c', NEEDS], stderr=subprocess.DEVNULL).returncode == 0:
            os.environ['VITRINE_BENCH_PYTHON'] = python
            os.execv(python, [python] + sys.argv)
    sys.exit('bench-ecm: needs python3 with numpy, scipy and h5py (apt-get install python3-scipy python3-h5py)')
import h5py, numpy as np
from scipy.optimize import curve_fit

root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
out = os.path.join(root, 'bench', 'out')
program = os.path.join(root, 'bin', 'vitrine')
LAG_SHARE, BINS, TAU = 0.5, 50, 1.0
ORIGINS = 200  # time origins of g4, the default


def run(words, ranks=1):
    command = [program] + words
    if ranks > 1:
        command = ['mpirun', '--oversubscribe'] + (['--allow-run-as-root'] if os.geteuid() == 0 else []) + \
            ['-n', str(ranks)] + command
    before, wall = resource.getrusage(resource.RUSAGE_CHILDREN), time.time()
    p = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if p.returncode:
        sys.exit('%s\n%s' % (' '.join(command), p.stdout))
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return ' '.join(command), time.time() - wall, (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime)


def kww(t, a, log_tau, beta):
    return a * np.exp(-2 * (t / np.exp(log_tau)) ** beta)


def bins_of(n):
    longest = int(LAG_SHARE * n)
    return np.unique(np.round(np.logspace(0, np.log10(longest), BINS + 1)).astype(int))


def numpy_pixel(i, dt, edges):
    """g2 by FFT as Zhang's Eq. 4, bins, fit: one pixel."""
    n = len(i)
    m = 1 << int(np.ceil(np.log2(2 * n)))
    f = np.fft.rfft(i, m)
    both = np.fft.irfft(f * f.conj(), m)[:n - 1]
    c = np.concatenate(([0], np.cumsum(i)))
    p = np.arange(n - 1)
    early, late = c[n - p], c[n] - c[p]
    g2 = (n - p) * both / (early * late) - 1
    y = np.array([g2[a:b].mean() for a, b in zip(edges[:-1], edges[1:])])
    t = np.array([0.5 * (a + b - 1) for a, b in zip(edges[:-1], edges[1:])]) * dt
    try:
        return curve_fit(kww, t, y, (max(y[:3].max(), 1e-3), np.log(TAU), 0.6), maxfev=500)[0]
    except RuntimeError:
        return (np.nan,) * 3


def numpy_g4(frames, lags, origins, rings):
    """Both readings at all lags: sums over rings by FFT, one time origin after the other."""
    ny, nx = frames.shape[1:]
    py, px = ny + rings, nx + rings
    y = np.minimum(np.arange(py), py - np.arange(py))[:, None]
    x = np.minimum(np.arange(px), px - np.arange(px))[None, :]
    d = np.rint(np.hypot(y, x)).astype(int)
    kernels = [np.fft.rfft2(d == k) for k in range(rings)]

    def around(image, k):
        return np.fft.irfft2(image * kernels[k], (py, px))[:ny, :nx] / there[k]

    there = [1] * rings
    one = np.fft.rfft2(np.ones((ny, nx)), (py, px))
    there = [around(one, k) for k in range(rings)]
    total = np.zeros((len(lags), rings, 6))
    for t in origins:
        a = frames[t].astype(float)
        fa = np.fft.rfft2(a, (py, px))
        near = [around(fa, k) for k in range(rings)]
        for m, lag in enumerate(lags):
            b = frames[t + lag].astype(float)
            fb, fab = np.fft.rfft2(b, (py, px)), np.fft.rfft2(a * b, (py, px))
            for k in range(rings):
                rb = around(fb, k)
                total[m, k] += ((a * b * near[k] * rb).mean(), (a * b * around(fab, k)).mean(), a.mean(), b.mean(),
                                near[k].mean(), rb.mean())
    return total[..., :2] * len(origins) ** 3 / total[..., 2:].prod(-1)[..., None]


def main():
    p = argparse.ArgumentParser()
    p.add_argument('--size', type=int, default=256)
    p.add_argument('--frames', type=int, default=4000)
    p.add_argument('--ranks', type=int, default=1)
    p.add_argument('--pixels', type=int, default=256, help='that numpy does')
    p.add_argument('--origins', type=int, default=10, help='that numpy does')
    a = p.parse_args()
    os.makedirs(out, exist_ok=True)
    stem = 'ecm_%d_%d' % (a.size, a.frames)
    film = os.path.join(out, stem + '.film.hspy')
    if not os.path.exists(film):
        print('making', film, flush=True)
        deck = os.path.join(out, stem + '.yml')
        with open(deck, 'w') as f:
            f.write('output: {dir: %s}\nanalysis:\n  - {pass: synthetic, name: film, size: [%d, %d], n_frames: %d, tau: [1 s], '
                    'frame_times: [0.005 s], write: true, measure: false}\n' % (out, a.size, a.size, a.frames))
        run(['run', deck])
    usual = ['analyze', 'ecm', film, '--set', 'output.dir=' + os.path.join(out, 'ecm'), '--set', 'correct=false', '--set', 'halves=false']
    rows, n_pixels = [], a.size * a.size
    command, wall, cpu = run(usual + ['--set', 'g4=false'], a.ranks)
    rows.append(('g2+kww', n_pixels, wall, cpu, command))
    everything = run(usual, a.ranks)
    rows.append(('g4', ORIGINS, everything[1] - wall, everything[2] - cpu, everything[0]))
    maps = h5py.File(os.path.join(out, 'ecm', stem + '.film.h5'), 'r')['analysis/ecm/film']
    ours_tau = maps['tau'][()]

    with h5py.File(film, 'r') as f:
        data = f['Experiments']
        data = data[list(data)[0]]['data']
        dt, rows_read = 0.005, max(1, a.pixels // a.size)
        start = time.process_time()
        block = data[:, :rows_read, :].reshape(a.frames, -1)[:, :a.pixels].T.astype(float)
        edges = bins_of(a.frames)
        fits = np.array([numpy_pixel(i, dt, edges) for i in block])
        g2_time = (time.process_time() - start) / len(block) * n_pixels
        tau = np.exp(fits[:, 1])
        lag = int(np.nanmedian(tau) / dt)
        start = time.process_time()
        origins = np.linspace(0, a.frames - 2 * lag - 1, a.origins).astype(int)
        numpy_g4(data, (lag, lag // 2, 2 * lag), origins, 21)
        g4_time = (time.process_time() - start) / a.origins * ORIGINS
    ours_part = ours_tau.reshape(-1)[:len(tau)]
    print('median tau of %d pixels: %.4f s here, %.4f s by numpy and scipy' % (len(tau), np.nanmedian(ours_part), np.nanmedian(tau)))
    peers = {'g2+kww': g2_time, 'g4': g4_time}
    with open(os.path.join(out, 'ecm.tsv'), 'w') as f:
        f.write('case\tours_wall_s\tours_cpu_s\tnumpy_cpu_s\tratio\tcommand\n')
        print('%-8s %10s %10s %12s %8s' % ('case', 'wall s', 'cpu s', 'numpy cpu s', 'ratio'))
        for name, _, wall, cpu, command in rows:
            f.write('%s\t%.4g\t%.4g\t%.4g\t%.4g\t%s\n' % (name, wall, cpu, peers[name], peers[name] / cpu, command))
            print('%-8s %10.1f %10.1f %12.1f %8.1f' % (name, wall, cpu, peers[name], peers[name] / cpu))


main()
