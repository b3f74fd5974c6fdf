#!/usr/bin/env python3
"""Speed of the MD loops beside LAMMPS, in pairs of runs, one after the other on the same cores.

    make bench-md                          all cases, one and two ranks
    bench/md.py lj32k cuzr32k --ranks 1    some of them
    bench/md.py --peer fast=/opt/lmp:-sf:intel     one more LAMMPS, with its flags

Peers: debian-opt (the `lmp` on the PATH with -sf opt) and any named by --peer. Both programs start from the same
structure and report their own loop time, set-up excluded; thermodynamic output every 100 steps on both sides. The runs of a
case take turns, --pairs rounds of them; speeds are medians, ratio is the median of the ratios of runs of one round. Writes bench/out/md.tsv and docs/performance.md.
"""
import argparse, datetime, math, os, platform, re, shutil, statistics, subprocess, sys, time

root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
out = os.path.join(root, 'bench', 'out')
program = os.path.join(root, 'bin', 'vitrine')
potentials = '/usr/share/lammps/potentials'
for folder in os.environ.get('VITRINE_POTENTIALS', '').split(':') + [potentials]:
    if folder and os.path.exists(os.path.join(folder, 'CuZr_mm.eam.fs')):
        potentials = folder
        break

# case: deck, --set, LAMMPS input, its variables, steps of one run (ours, peer)
CASES = {
    'lj32k': ('lj', [], 'lj', {'n': 20}, 500, 200),
    'lj256k': ('lj', ['build.cells=[40,40,40]'], 'lj', {'n': 40}, 300, 100),
    'eam32k': ('eam', [], 'eam', {'n': 20, 'skin': 1.0, 'delay': 5}, 200, 60),
    'eam256k': ('eam', ['build.cells=[40,40,40]'], 'eam', {'n': 40, 'skin': 1.0, 'delay': 5}, 100, 20),
    'cuzr32k': ('cuzr', [], 'cuzr', {'data': 'cuzr.data', 'T': 1000, 'skin': 1.0, 'delay': 5}, 150, 30),
    'ka27k': ('ka', [], 'ka', {'data': 'ka.data'}, 400, 150),
    'rod': ('rod', [], 'cuzr', {'data': 'rod.data', 'T': 300, 'skin': 1.0, 'delay': 5}, 150, 40),
    'rod_off': ('rod_off', [], 'cuzr', {'data': 'rod_off.data', 'T': 300, 'skin': 1.0, 'delay': 5}, 150, 40),
    'rod_bent': ('rod_bent', [], 'cuzr', {'data': 'rod_bent.data', 'T': 300, 'skin': 1.0, 'delay': 5}, 150, 40),
    'rod_neck': ('rod_neck', [], 'cuzr', {'data': 'rod_neck.data', 'T': 300, 'skin': 1.0, 'delay': 5}, 150, 40),
}

# Decks that are timed beside a case.
DECKS = dict(CASES, cuzr_nve=('cuzr_nve', [], None, None, 150, 0))

# Rods that a cut through the middle of the box loads badly: (axis x, diameter) at height z of a box L, A.
SHAPES = {
    'rod_off': lambda z, L: (-20, 80),
    'rod_bent': lambda z, L: (18 * math.sin(2 * math.pi * z / L), 80),
    'rod_neck': lambda z, L: (0, 80 - 15 * (1 + math.cos(2 * math.pi * z / L))),
}


def mpirun(ranks):
    command = [os.environ.get('MPIRUN_PROGRAM', 'mpirun'), '--oversubscribe', '--bind-to', 'core', '-n', str(ranks)]
    if os.geteuid() == 0:
        command.insert(1, '--allow-run-as-root')
    return command


def run(command):
    env = dict(os.environ, OMP_NUM_THREADS='1')
    p = subprocess.run(command, cwd=out, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if p.returncode:
        sys.exit('%s\n%s\nexit status %d' % (' '.join(command), p.stdout[-2000:], p.returncode))
    return p.stdout


def ours_command(case, ranks, extra=(), simd='auto'):
    deck, sets, _, _, steps, _ = DECKS[case]
    command = mpirun(ranks) + [program, 'run', os.path.join(out, deck + '.yml'), '--simd', simd]
    for s in list(sets) + ['md.stages[run].steps=%d' % steps, 'output.dir=%s' % os.path.join(out, 'run')] + list(extra):
        command += ['--set', s]
    return command


def ours(case, ranks, extra=(), simd='auto'):
    text = run(ours_command(case, ranks, extra, simd))
    return float(re.search(r'^run: .*, (\S+) Matom-step/s', text, re.M).group(1)), re.search(r'kernels: (\w+)', text).group(1)


def peer_command(case, ranks, lmp, flags):
    _, _, name, variables, _, steps = CASES[case]
    command = mpirun(ranks) + [lmp, '-in', os.path.join(root, 'bench', 'lammps', name + '.in'), '-log', 'none']
    for key, value in dict(variables, steps=steps, potentials=potentials).items():
        command += ['-var', key, str(value)]
    return command + flags


def peer(case, ranks, lmp, flags):
    text = run(peer_command(case, ranks, lmp, flags))
    seconds, steps, atoms = re.findall(r'Loop time of (\S+) on \d+ procs for (\d+) steps with (\d+) atoms', text)[-1]
    return float(steps) * float(atoms) / float(seconds) / 1e6


def cut_rod(name):
    """Cut a rod of some shape out of copies of the liquid, then settle it."""
    with open(os.path.join(out, 'cuzr.data')) as f:
        text = f.read()
    L = float(re.search(r'(\S+) zlo zhi', text).group(1))
    kept = []
    for line in re.search(r'\nAtoms # atomic\n\n(.*?)(\n\n|$)', text, re.S).group(1).splitlines():
        kind, x, y, z = line.split()[1], *(float(w) for w in line.split()[2:5])
        axis, diameter = SHAPES[name](z, L)
        for a in range(2):
            for b in range(2):
                if math.hypot(x + (a - 1) * L - axis, y + (b - 1) * L) < diameter / 2:
                    kept.append((kind, x + (a - 1) * L, y + (b - 1) * L, z))
    with open(os.path.join(out, name + '_cut.xyz'), 'w') as f:
        f.write('%d\nLattice="200 0 0 0 200 0 0 0 %.17g" Properties=species:S:1:pos:R:3 pbc="F F T"\n' % (len(kept), L))
        for kind, x, y, z in kept:
            f.write('%s %.17g %.17g %.17g\n' % (('Cu', 'Zr')[int(kind) - 1], x + 100, y + 100, z))
    for deck, copy in (('rod', name), ('prepare_shape', 'prepare_' + name)):
        with open(os.path.join(out, deck + '.yml')) as f:
            text = f.read()
        with open(os.path.join(out, copy + '.yml'), 'w') as f:
            f.write(text.replace('rod.h5', name + '.h5').replace('shape_cut', name + '_cut'))


def prepare(cases):
    """Structures that both programs start from, made once by our own decks."""
    os.makedirs(out, exist_ok=True)
    for name in os.listdir(os.path.join(root, 'bench', 'decks')):
        shutil.copy(os.path.join(root, 'bench', 'decks', name), out)
    for name, needed in (('cuzr', ('cuzr32k', 'rod', *SHAPES)), ('rod', ('rod',)), ('ka', ('ka27k',)), *((s, (s,)) for s in SHAPES)):
        if name in SHAPES and name in cases:
            cut_rod(name)
        if not any(c in cases for c in needed) or os.path.exists(os.path.join(out, name + '.data')):
            continue
        print('preparing', name, flush=True)
        deck = 'prepare_' + name
        run(mpirun(min(2, os.cpu_count())) + [program, 'run', deck + '.yml', '--set', 'output.dir=' + out])
        os.replace(os.path.join(out, deck + '.h5'), os.path.join(out, name + '.h5'))
        run([program, 'convert', name + '.h5', name + '.data', '--group', 'settle'])


def rounds(runs, count):
    """Speeds of each run, which take turns: count rounds."""
    speeds = {key: [] for key in runs}
    for _ in range(count):
        for key, run_it in runs.items():
            speeds[key].append(run_it())
    return speeds


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('cases', nargs='*', default=[], help=' '.join(CASES))
    parser.add_argument('--ranks', type=int, nargs='+', default=[1, 2])
    parser.add_argument('--pairs', type=int, default=5)
    parser.add_argument('--peer', action='append', default=[], metavar='NAME=LMP[:FLAG...]')
    parser.add_argument('--no-self', action='store_true', help='leave out avx2, mixed, npt and two ranks over one')
    args = parser.parse_args()
    cases = args.cases or list(CASES)
    for c in cases:
        if c not in CASES:
            parser.error('no case %s; there are: %s' % (c, ' '.join(CASES)))
    peers = {}
    if shutil.which('lmp'):
        peers['debian-opt'] = (shutil.which('lmp'), ['-sf', 'opt'])
    else:
        print('no lmp on the PATH (Debian package lammps): our figures alone')
    for text in args.peer:
        name, _, rest = text.partition('=')
        words = rest.split(':')
        peers[name] = (words[0], words[1:])
    prepare(cases)
    rows = []
    for case in cases:
        began = time.time()
        rows += measure(case, args, peers)
        write(rows, peers, args.pairs) # what is done is kept
        print('%s: %.0f s' % (case, time.time() - began), flush=True)


def measure(case, args, peers):
    """All rows of one case. Every run of a round is made once; ratios are of runs of the same round."""
    simd = ours(case, 1)[1]
    ours_here = {}                # key: ranks, kernels, precision, further settings
    beside = []                   # (key of ours, key of the other, its name)
    def need(ranks, kernels=simd, precision='double', extra=()):
        key = (ranks, kernels, precision, extra)
        ours_here[key] = lambda: ours(case, ranks, extra + (('potential.precision=mixed',) if precision == 'mixed' else ()), kernels)[0]
        return key
    others = {}
    for ranks in args.ranks:
        for name, (lmp, flags) in peers.items():
            if ranks == 1 or not case.startswith('rod_'):
                others[(name, ranks)] = lambda ranks=ranks, lmp=lmp, flags=flags: peer(case, ranks, lmp, flags)
                beside.append((need(ranks), (name, ranks), name))
            if CASES[case][2] == 'lj': # the classic benchmark rebuilds unseen (lammps/lj.in); beside it as ours do
                seen = flags + ['-var', 'every', '1', '-var', 'check', 'yes']
                others[(name, ranks, 'seen')] = lambda ranks=ranks, lmp=lmp, seen=seen: peer(case, ranks, lmp, seen)
                beside.append((need(ranks), (name, ranks, 'seen'), name + ', lists checked'))
    if not args.no_self:
        if 2 in args.ranks:
            beside.append((need(2), need(1), 'ours on one rank'))
        if simd == 'avx512' and not case.startswith('rod_'):
            beside.append((need(1, 'avx2'), need(1), 'ours with avx512'))
        if CASES[case][2] not in ('lj', 'ka') and not case.startswith('rod_'):
            beside.append((need(1, simd, 'mixed'), need(1), 'ours in double'))
        if case == 'cuzr32k':
            beside.append((need(1, extra=('md.stages[run].ensemble=npt',)), need(1), 'ours in nvt (here npt)'))
            beside.append((need(1, extra=('md.stages[run].temperature=990 K',)), need(1), 'ours in nvt (here a ramp)'))
            beside.append((need(1, extra=('md.trajectory.every=50',)), need(1), 'ours in nvt (here 3 frames)'))
            others[('nve', 1)] = lambda: ours('cuzr_nve', 1)[0]
            beside.append((need(1), ('nve', 1), 'ours in nve (here nvt)'))
    speeds = rounds({**ours_here, **others}, args.pairs)
    rows = []
    for mine, other, name in beside:
        ranks, kernels, precision, extra = mine
        ratio = statistics.median(p / q for p, q in zip(speeds[mine], speeds[other]))
        command = ' '.join(ours_command(case, ranks, extra + (('potential.precision=mixed',) if precision == 'mixed' else ()), kernels))
        rows.append((case, ranks, kernels, precision, name, statistics.median(speeds[mine]), statistics.median(speeds[other]), ratio,
                     command.replace(root + '/', '').replace(out + '/', '')))
        print('%-8s %d %-7s %-7s %-26s %8.3f %8.3f  ratio %.2f' % rows[-1][:8], flush=True)
    return rows


def first_line(command):
    try:
        return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True).stdout.strip().splitlines()[0]
    except (OSError, IndexError):
        return 'unknown'


def cpu_name():
    try:
        with open('/proc/cpuinfo') as f:
            text = f.read()
        field = lambda key: re.search(r'^%s\s*: (.*)$' % key, text, re.M).group(1)
        return '%s, family %s model %s, %d cores' % (field('model name'), field('cpu family'), field('model'), os.cpu_count())
    except (OSError, AttributeError):
        return platform.processor()


def kept(rows):
    """Rows of an earlier run of other cases."""
    path = os.path.join(out, 'md.tsv')
    if not os.path.exists(path):
        return []
    with open(path) as f:
        old = [line.rstrip('\n').split('\t') for line in f][1:]
    cases = {r[0] for r in rows}
    return [(r[0], int(r[1]), *r[2:5], *(float(x) for x in r[5:8]), r[8]) for r in old if r[0] not in cases]


def write(rows, peers, count):
    rows = kept(rows) + rows
    head = 'case ranks simd precision peer ours_Matom_step_per_s peer_Matom_step_per_s ratio command'.split()
    with open(os.path.join(out, 'md.tsv'), 'w') as f:
        f.write('\t'.join(head) + '\n')
        for r in rows:
            f.write('\t'.join('%.4g' % x if isinstance(x, float) else str(x) for x in r) + '\n')
    with open(os.path.join(root, 'docs', 'performance.md'), 'w') as f:
        f.write('# Speed of the MD loops\n\nWritten by `make bench-md` (bench/md.py), which pairs the runs; medians. '
                'Matom-step/s, set-up excluded.\n\n')
        f.write('- machine: %s\n- system: %s\n- compiler: %s\n- program: %s\n' % (
            cpu_name(), platform.platform(), first_line(['gcc', '--version']), first_line([program, 'version'])))
        for name, (lmp, flags) in peers.items():
            f.write('- %s: %s (%s)\n' % (name, ' '.join(['lmp'] + flags), first_line([lmp, '-h'])))
        f.write('- date: %s; %d rounds in which the runs of a case take turns\n\n' % (datetime.date.today(), count))
        f.write('| case | ranks | kernels | precision | beside | ours | peer | ratio |\n|---|---|---|---|---|---|---|---|\n')
        for r in rows:
            f.write('| %s | %d | %s | %s | %s | %.3g | %.3g | %.2f |\n' % r[:8])
        notes = os.path.join(root, 'bench', 'notes.md')
        if os.path.exists(notes):
            f.write('\n' + open(notes).read())


main()
