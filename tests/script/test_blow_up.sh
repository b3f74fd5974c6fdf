#!/usr/bin/env bash
# A run that blows up stops with status 70, names the step and the atom (the same on 1 and 3 ranks), leaves its last state
# and what it had recorded in readable files, says where, and no NaN gets into a table or the log.
set -u
. "$(dirname "$0")/run_lib.sh"
cd "$work" || exit 1
has() { "$python" -c "import $1" 2>/dev/null; }

blow_up() { # deck, pattern of the message
    local deck=$1 text=$2 ranks status
    for ranks in 1 3; do
        rm -rf out
        cp "$decks/$deck.yml" .
        run $ranks log $deck.yml --set output.dir=out
        status=$?
        grep '^vitrine:' log >said.$ranks
        [ $status -eq 70 ] && grep -qE "^vitrine: error: $text; use a shorter time_step or check the starting structure$" said.$ranks
        verdict $? "$deck on $ranks ranks: status 70 (is $status), names step and atom" log
        ! grep -v '^vitrine: error' log | grep -qiwE -- '-?(nan|inf)'
        verdict $? "$deck on $ranks ranks: no NaN in the log" log
        [ ! -e out/$deck.h5 ] && [ -z "$(find out -name '*.tsv' -o -name '*.partial')" ]
        verdict $? "$deck on $ranks ranks: no result under its final name"
        grep -q "the last state is in out/$deck.crash.xyz" log && [ -s out/$deck.crash.xyz ]
        verdict $? "$deck on $ranks ranks: says where the last state is" log
        if has ase; then
            "$python" -c 'import sys, ase.io; a = ase.io.read(sys.argv[1]); assert len(a) == int(open(sys.argv[1]).readline()); print(a)' \
                out/$deck.crash.xyz >py.log 2>&1
            verdict $? "$deck on $ranks ranks: ASE reads it" py.log
        else skip "$deck on $ranks ranks: ASE reads it" "ase is not installed"; fi
        mv out out.$ranks
    done
    cmp said.1 said.3 >log
    verdict $? "$deck: the same words on 1 and 3 ranks" log
}

blow_up blow_up "step [0-9]+(, atom [0-9]+: .*|: the run blows up: atom [0-9]+ moves .*)"
if has h5py; then
    for ranks in 1 3; do
        "$python" - out.$ranks/blow_up.part-0000.h5 >py.log 2>&1 <<'PYTHON'
import sys, h5py, numpy as np
f = h5py.File(sys.argv[1], "r")
assert list(f["particles/well/position/step"]) == [0, 20, 40, 60]
assert list(f["observables/well/temperature/step"]) == [0, 10, 20, 30, 40, 50, 60]
assert f["observables/hot/temperature/step"][0] == 60
for stage in ("well", "hot"):
    assert np.isfinite(f["particles"][stage]["position/value"][()]).all()
    for name, what in f["observables"][stage].items():
        assert np.isfinite(what["value"][()]).all(), (stage, name)
PYTHON
        verdict $? "what was recorded until then is in the part, all finite, from $ranks ranks" py.log
    done
fi
rm -rf out.*
blow_up collapsed_lj "step [0-9]+(, atom [0-9]+: .*|: the run blows up: atom [0-9]+ moves .*)"
# atoms on top of each other never start
for ranks in 1 3; do
    rm -rf out
    run $ranks log "$decks/collapsed.yml" --set output.dir=out
    status=$?
    [ $status -eq 70 ] && grep -q '^vitrine: error: .*overlaps: atoms 5 and 6 are 0.05 apart' log
    verdict $? "collapsed on $ranks ranks: status 70 (is $status), names the atoms" log
    [ -z "$(find out -name '*.h5*' -o -name '*.tsv*' -o -name '*.xyz*')" ]
    verdict $? "collapsed on $ranks ranks: nothing else is written"
done
finish
