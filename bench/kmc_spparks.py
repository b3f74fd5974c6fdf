#!/usr/bin/env python3
"""Events per second of event selection beside SPPARKS, in pairs of runs, one after the other on one core.

    make bench-kmc SPPARKS=/opt/spparks/src/spk_mpi
    bench/kmc_spparks.py /opt/spparks/src/spk_mpi --pairs 3

The model is SPPARKS' own Ising (`solve_style tree`, bench/spparks/ising.in); ours is `build/bench/kmc ising`. CPU seconds of the
loop: ours are printed, theirs are those of the process less those of a run to time 0 (set-up). Both must end at the same energy
per site within 2 %: a pair that computes something else is no pair. Writes bench/out/kmc_spparks.tsv.
"""
import argparse, os, re, statistics, subprocess, sys

root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
out = os.path.join(root, 'bench', 'out')
CASES = [(64, 2.0, 10.0), (128, 2.0, 2.0)]  # edge, temperature, time


def run(command, **more):
    """Output and CPU seconds of a process."""
    p = subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **more)
    text = p.stdout.read()
    _, status, usage = os.wait4(p.pid, 0)
    p.returncode = os.waitstatus_to_exitcode(status)
    if p.returncode:
        sys.exit('%s\n%s\nexit status %d' % (' '.join(command), text[-2000:], p.returncode))
    return text, usage.ru_utime + usage.ru_stime


def ours(n, t, until):
    text, _ = run([os.path.join(root, 'build', 'bench', 'kmc'), 'ising', str(n), str(t), str(until)])
    events, seconds = re.search(r'([\d.e+]+) events\s+([\d.]+) s', text).groups()
    return float(events), float(seconds), float(re.search(r'energy per site ([\d.]+)', text).group(1))


def theirs(program, n, t, until):
    with open(os.path.join(root, 'bench', 'spparks', 'ising.in')) as f:
        deck = f.read()
    for name, value in (('$n', n), ('$t', t), ('${until}', until)):
        deck = deck.replace(name, str(value))
    path = os.path.join(out, 'spparks.in')
    with open(path, 'w') as f:
        f.write(deck)
    with open(path) as f:
        text, seconds = run([program, '-log', 'none'], stdin=f)
    # columns: Time Naccept Nreject Nsweeps CPU Energy; the last row before the loop time
    rows = [line.split() for line in text.splitlines() if re.match(r'\s*[\d.e+]+\s+\d+\s+\d+', line)]
    return float(rows[-1][1]), seconds, float(rows[-1][-1]) / n ** 3


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('program', help='SPPARKS, built with MPI or without')
    parser.add_argument('--pairs', type=int, default=3)
    args = parser.parse_args()
    os.makedirs(out, exist_ok=True)
    table = open(os.path.join(out, 'kmc_spparks.tsv'), 'w')
    table.write('sites\tours_events_per_s\tspparks_events_per_s\tratio\tenergy_ours\tenergy_spparks\tpairs\tcommand\n')
    for n, t, until in CASES:
        a, b, ratios = [], [], []
        for _ in range(args.pairs):
            ne, ns, energy = ours(n, t, until)
            _, setup, _ = theirs(args.program, n, t, 0)
            pe, ps, other = theirs(args.program, n, t, until)
            if abs(energy / other - 1) > 0.02:
                sys.exit('%d^3: energy per site %.4f here, %.4f there: not the same model' % (n, energy, other))
            a.append(ne / ns)
            b.append(pe / (ps - setup))
            ratios.append(a[-1] / b[-1])
        print('%d^3: %.3g events/s, SPPARKS %.3g, ratio %.2f (energy per site %.4f, %.4f)'
              % (n, statistics.median(a), statistics.median(b), statistics.median(ratios), energy, other))
        table.write('%d\t%.5g\t%.5g\t%.3f\t%.4f\t%.4f\t%d\tbench/kmc_spparks.py\n'
                    % (n ** 3, statistics.median(a), statistics.median(b), statistics.median(ratios), energy, other, args.pairs))


main()
