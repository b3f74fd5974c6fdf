#!/usr/bin/env python3
"""Voronoi cells per second beside the voro++ program: the same points, pairs of runs one after the other.

    make bench-voronoi          100,000 and 1,000,000 points, one and two ranks, memory
    bench/voronoi.py --quick    100,000 points only

Points: a dense random packing of two sizes (tests/glass.h), radical cells. Both programs read text and write the index of
every cell (voro++: '%i %v %s %A' as text; ours: datasets and tables, with densities and the network off). Whole programs
are timed: wall clock, and CPU time (user and system, all ranks), which a busy machine disturbs less; ours at 1 and 2
ranks, voro++ has one. Ratio: median over the pairs of cells per second, ours over voro++. Writes bench/out/voronoi.tsv.
"""
import argparse, os, resource, shutil, statistics, subprocess, sys, time

root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
out = os.path.join(root, 'bench', 'out')
program = os.path.join(root, 'bin', 'vitrine')


def run(command):
    """Wall clock, CPU time, largest memory of one process in MB."""
    before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.time()
    p = subprocess.Popen(command, cwd=out, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                         env=dict(os.environ, OMP_NUM_THREADS='1', OMPI_MCA_mpi_yield_when_idle='1'))
    text = p.communicate()[0]
    wall, after = time.time() - begin, resource.getrusage(resource.RUSAGE_CHILDREN)
    if p.returncode:
        sys.exit('%s\n%s' % (' '.join(command), text[-2000:]))
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def memory(command):
    """Largest memory of one process, MB, told by GNU time."""
    p = subprocess.run(['/usr/bin/time', '-f', 'peak %M'] + command, cwd=out, capture_output=True, text=True)
    return float(p.stderr.rsplit('peak ', 1)[1]) / 1e3 if p.returncode == 0 else float('nan')


def ours(name, ranks):
    front = [] if ranks == 1 else ['mpirun', '--oversubscribe', '-n', str(ranks)]
    if front and os.geteuid() == 0:
        front.insert(1, '--allow-run-as-root')
    return front + [program, 'analyze', 'voronoi', name + '.xyz', '--set', 'xyz=false', '--set', 'network=none',
                    '--set', 'output.dir=' + os.path.join(out, 'voronoi')]


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument('--quick', action='store_true', help='100,000 points only')
    args.add_argument('--pairs', type=int, default=3)
    o = args.parse_args()
    os.makedirs(out, exist_ok=True)
    peer = shutil.which('voro++')
    if not peer:
        print('voro++ is not installed (Debian: apt-get install voro++): only our own speed')
    rows = []
    for n, times in [(100000, 2)] if o.quick else [(100000, 2), (1000000, 4)]:
        name = 'glass%d' % n
        base = n // times ** 3
        edge = subprocess.run([os.path.join(root, 'build', 'bench', 'points'), str(base), str(times), os.path.join(out, name)],
                              check=True, capture_output=True, text=True).stdout.strip()
        theirs = ['voro++', '-p', '-r', '-c', '%i %v %s %A'] + ['0', edge] * 3 + [name + '.txt']
        for ranks in (1, 2):
            pairs = []
            for _ in range(o.pairs):
                a = run(ours(name, ranks))
                b = run(theirs) if peer else (float('nan'),) * 2
                pairs.append((n / a[0], n / a[1], n / b[0], n / b[1], b[0] / a[0], b[1] / a[1]))
            row = [statistics.median(p[k] for p in pairs) for k in range(6)]
            peak = memory(ours(name, 1)) if ranks == 1 and shutil.which('/usr/bin/time') else float('nan')
            command = ' '.join(ours(name, ranks)[:-2]).replace(root + '/', '')
            rows.append((name, ranks) + tuple(row) + (peak, command))
            print('%-14s %d rank%s  wall: ours %7.0f  voro++ %7.0f cells/s, ratio %.2f   CPU: %7.0f  %7.0f, ratio %.2f%s' %
                  (name, ranks, ' ' if ranks == 1 else 's', row[0], row[2], row[4], row[1], row[3], row[5],
                   '' if peak != peak else '   memory %.0f MB' % peak))
    with open(os.path.join(out, 'voronoi.tsv'), 'w') as f:
        f.write('case\tranks\tours_cells_per_s\tours_cells_per_cpu_s\tpeer_cells_per_s\tpeer_cells_per_cpu_s\tratio\tcpu_ratio\t'
                'memory_MB\tcommand\n')
        for r in rows:
            f.write('%s\t%d\t%.0f\t%.0f\t%.0f\t%.0f\t%.3f\t%.3f\t%.0f\t%s\n' % r)


main()
