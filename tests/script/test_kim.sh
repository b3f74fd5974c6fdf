#!/usr/bin/env bash
# Models of OpenKIM in decks: what is refused before anything runs, and in which words; a run that is stopped and goes on
# has the bits of one that was never stopped; not with another model. Expected values: the uninterrupted run.
. "$(dirname "$0")/run_lib.sh"
cd "$work" || exit 1
zr=EAM_Dynamo_MendelevSunZhang_2019_CuZr__MO_609260676108_000
cat >deck.yml <<DECK
material: {composition: {Cu: 0.64, Zr: 0.36}}
potential: {kind: kim, model: $zr}
build: {kind: random_alloy, lattice: fcc, lattice_constant: 4.05 A, n_atoms: 256}
md:
  time_step: 2 fs
  thermo_every: 20
  trajectory: {every: 20, stress: true}
  stages:
    - {name: warm, ensemble: nvt, temperature: 600 K, steps: 40}
    - {name: press, ensemble: npt, temperature: 600 K, pressure: 2 GPa, steps: 40}
DECK
refused() { # what, pattern, arguments of check
    local what=$1 pattern=$2 status
    shift 2
    "$vitrine" check "$@" >log 2>&1
    status=$?
    [ $status -eq 65 ] && grep -qE -- "$pattern" log && grep -q '^1 error$' log
    verdict $? "$what: refused by check with status 65 (is $status), in words" log
}
cat >lj.yml <<'DECK'
units: lj
material: {species: [A]}
potential: {kind: kim, model: any}
build: {kind: random_alloy, lattice: fcc, density: 1, n_atoms: 256}
md: {time_step: 0.002, stages: [{name: s, ensemble: nve, steps: 1}]}
DECK
refused 'units: lj' '^lj.yml:3:.*models of OpenKIM work in real units; leave .units: lj. out' lj.yml
refused 'no model' "missing key 'model' in 'potential'" deck.yml --set potential='{kind: kim}'

if "$vitrine" version --full | grep -q '^KIM no$'; then
    refused 'a program without KIM' '^deck.yml:2:.*built without KIM.*install libkim-api-dev and openkim-models' deck.yml
    skip 'runs with models of OpenKIM' 'built without KIM (Debian: libkim-api-dev, openkim-models)'
    finish
fi
"$vitrine" check deck.yml >log 2>&1
if grep -qE 'no models of OpenKIM are installed|no installed model' log; then
    skip 'runs with models of OpenKIM' "$zr is not installed (Debian: openkim-models)"
    finish
fi
! grep -q error log
verdict $? 'a deck with an installed model is fine' log
refused 'a name cut short' "did you mean '$zr'\? Installed with Cu, Zr: EAM_" deck.yml --set potential.model="${zr%__*}"
refused 'an unknown name' "called 'mine'. Installed with Cu, Zr: EAM_" deck.yml --set potential.model=mine
refused 'a species that the model lacks' "$zr does not know Al; it has Cu, Zr" deck.yml --set material='{species: [Al, Zr]}'
refused 'stresses from a model without' '^deck.yml:7:.*does not share its virial' deck.yml \
    --set potential.model=EAM_Mendelev_2019_CuZr__MO_945018740343_000
refused 'a key of another kind' "'file' belongs to kind: eam" deck.yml --set potential.file=CuZr_mm.eam.fs

run 1 ref.log deck.yml --set output.dir=ref
verdict $? 'a run' ref.log
grep -q "^potential: OpenKIM model $zr, driver EAM_Dynamo__MD_[0-9_]*, doi 10.25950/[0-9a-f]*, range 7.6 A" ref.log
verdict $? 'it names model, driver, doi and range' ref.log
[ ! -e kim.log ]
verdict $? 'KIM leaves no log behind'
# its tables as a file: the same energies by the vector kernels. Expected: those of the model's own code in the run above, to 1e-5 eV an atom
# (rows of the kernels' tables)
"$vitrine" convert "kim:$zr" own.eam.fs >log 2>&1 && head -1 own.eam.fs | grep -q "^OpenKIM $zr$"
verdict $? 'the tables of a model, written as a file' log
run 1 own.log deck.yml --set output.dir=own --set potential='{kind: eam, file: own.eam.fs}' --set md.trajectory.stress=false
verdict $? 'a run with it' own.log
paste ref/deck.thermo.tsv own/deck.thermo.tsv | awk -F '\t' '
    NR == 1 { for (i = 1; i <= NF; i++) if ($i == "potential_energy_eV_atom") c[++k] = i; next }
    NR == 2 { d = $c[1] - $c[2]; print $c[1], $c[2]; same = k == 2 && $c[1] < -1 && d * d < 1e-10 }
    END { exit !same }' >log 2>&1
verdict $? 'it starts from the same energy' log
! "$vitrine" convert kim:EAM_Mendelev_2019_CuZr__MO_945018740343_000 x.eam.fs >log 2>&1 && grep -q 'has no tables to take out' log && [ ! -e x.eam.fs ]
verdict $? 'a model of another driver has none' log
if "$python" -c 'import h5py' 2>/dev/null; then
    touch STOP
    run 1 stop.log deck.yml --set output.dir=out --stop-file STOP
    status=$?
    [ $status -eq 75 ]
    verdict $? "stopped: status 75 (is $status)" stop.log
    run 1 other.log deck.yml --set output.dir=out --restart out/deck.checkpoint.h5 \
        --set potential.model=EAM_Dynamo_MendelevKramerOtt_2009_CuZr__MO_600021860456_005
    status=$?
    [ $status -eq 66 ] && grep -q 'was made by another deck' other.log
    verdict $? "on with another model: refused with status 66 (is $status)" other.log
    run 1 end.log deck.yml --set output.dir=out --restart out/deck.checkpoint.h5
    verdict $? 'on to the end' end.log
    same_run ref out deck >diff.log 2>&1
    verdict $? 'frames, records and table as without a stop' diff.log
    "$python" - <<'PYTHON' >log 2>&1
import h5py, numpy as np
with h5py.File("ref/deck.h5") as f:
    cited = f["vitrine/citations"][()].decode().split()
    assert {"tadmor2011", "mendelev2019"} <= set(cited), cited
    for stage in ("warm", "press"):
        p, o = f["particles/" + stage], f["observables/" + stage]
        s, volume = p["stress/value"][()], np.prod(p["box/edges/value"][()][:, [0, 1, 2], [0, 1, 2]], axis=1)
        for c, name in enumerate(("pxx", "pyy", "pzz", "pxy", "pxz", "pyz")):
            ours = -s[:, :, c].sum(axis=1) / volume * 160.21766208  # 1 eV/A^3 in GPa (CODATA)
            assert np.allclose(ours, o[name + "/value"][()], rtol=1e-6, atol=1e-6), (stage, name, ours, o[name + "/value"][()])
PYTHON
    verdict $? 'stresses of atoms add up to the pressure; OpenKIM and the model are cited' log
else
    skip 'restart, stresses' 'h5py is not installed'
fi
finish
