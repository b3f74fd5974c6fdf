# For test scripts that run the program: places, a verdict, runs in the background and how they end. Source it first.
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
top=$PWD decks=$PWD/tests/decks/run
case ${BIN:-bin} in /*) vitrine=$BIN/vitrine ;; *) vitrine=$top/${BIN:-bin}/vitrine ;; esac
mpirun=${MPIRUN:-mpirun.openmpi --oversubscribe}
python=/usr/bin/python3
export OMPI_MCA_btl_vader_single_copy_mechanism=none OMPI_MCA_rmaps_base_oversubscribe=1 OMPI_MCA_mpi_yield_when_idle=1
export OMPI_MCA_hwloc_base_binding_policy=none OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMP_NUM_THREADS=1 LC_ALL=C
unset SLURM_JOB_END_TIME VITRINE_POTENTIALS
# many small files are synced: in memory where that is offered
work=$(mktemp -d -p "$([ -w /dev/shm ] && echo /dev/shm || echo "${TMPDIR:-/tmp}")")
trap 'umount "$work"/disk* 2>/dev/null; rm -rf "$work"' EXIT
n=0 failed=0
verdict() { # 0 or 1, what, log to show when it failed
    n=$((n + 1))
    if [ "$1" = 0 ]; then echo "ok $n - $2"; return; fi
    failed=$((failed + 1))
    echo "not ok $n - $2"
    [ -n "${3:-}" ] && tail -30 "$3" | sed 's/^/# /'
}
skip() { n=$((n + 1)); echo "ok $n - $1 # SKIP $2"; }
finish() { echo "1..$n"; [ $failed -eq 0 ] && [ $n -gt 0 ]; exit; }
run() { # ranks, log, arguments of vitrine run: to its end; the status is mpirun's
    local ranks=$1 log=$2
    shift 2
    # 1 rank: the program itself, as a user without MPI starts it
    if [ "$ranks" = 1 ]; then timeout -k 5 60 "$vitrine" run "$@" >"$log" 2>&1 </dev/null
    else timeout -k 5 60 $mpirun -n "$ranks" "$vitrine" run "$@" >"$log" 2>&1 </dev/null; fi
}
start() { # the same in the background; `pid` is what a user would signal
    local ranks=$1 log=$2
    shift 2
    : >"$log"
    if [ "$ranks" = 1 ]; then "$vitrine" run "$@" >"$log" 2>&1 </dev/null &
    else $mpirun -n "$ranks" "$vitrine" run "$@" >"$log" 2>&1 </dev/null & fi
    pid=$!
}
await() { # a command that becomes true, within 40 s, while `pid` lives
    for _ in $(seq 4000); do
        "$@" && return 0
        kill -0 "$pid" 2>/dev/null || return 1
        sleep 0.01
    done
    return 1
}
ended() { # wait for `pid`: its status, 124 if it takes more than 40 s
    for _ in $(seq 4000); do
        kill -0 "$pid" 2>/dev/null || { wait "$pid"; return; }
        sleep 0.01
    done
    kill -9 "$pid"
    return 124
}
same_run() { # two folders, stem: frames, records and table bit for bit
    "$python" - "$1/$3.h5" "$2/$3.h5" <<'PYTHON' || return 1
import sys, h5py, numpy as np
def datasets(path):
    found = {}
    with h5py.File(path, "r") as f:
        def visit(name, what):
            if isinstance(what, h5py.Dataset) and name.startswith(("particles", "observables")):
                found[name] = what[()]
        f.visititems(visit)
    return found
a, b = map(datasets, sys.argv[1:3])
assert len(a) > 10, "nothing to compare"
other = sorted(set(a) ^ set(b)) + [k for k in a if k in b and (a[k].shape != b[k].shape or a[k].tobytes() != b[k].tobytes())]
for name in other[:10]:
    print("differs:", name, a[name].shape if name in a else "absent", b[name].shape if name in b else "absent")
sys.exit(bool(other))
PYTHON
    cmp "$1/$3.thermo.tsv" "$2/$3.thermo.tsv"
}
