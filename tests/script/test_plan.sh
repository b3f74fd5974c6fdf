#!/usr/bin/env bash
# What `vitrine check` predicts beside what runs take: memory (within 20 %, on 1 and 2 ranks) and disk (within 20 %);
# md.memory; the limits in bytes an atom at a million atoms (VITRINE_LONG=1).
. "$(dirname "$0")/run_lib.sh"
deck() { # name, number of fcc cells along an edge
    local n=$2
    case $1 in
    lj) printf '%s\n' 'units: lj' 'material: {species: [A]}' 'potential: {kind: lj, epsilon: {A-A: 1}, sigma: {A-A: 1}}' \
        "build: {kind: crystal, lattice: fcc, density: 0.8442, cells: [$n, $n, $n]}" \
        'md: {time_step: 0.005, initial_temperature: 1.44, stages: [{name: melt, ensemble: nve, steps: 12}]}' ;;
    cu) printf '%s\n' 'material: {species: [Cu]}' 'potential: {kind: eam, file: Cu_u3.eam}' \
        "build: {kind: crystal, lattice: fcc, lattice_constant: 3.615 A, cells: [$n, $n, $n]}" \
        'md: {time_step: 2 fs, initial_temperature: 3200 K, stages: [{name: melt, ensemble: nve, steps: 12}]}' ;;
    cuzr) printf '%s\n' 'material: {composition: {Cu: 0.64, Zr: 0.36}}' 'potential: {kind: eam, file: CuZr_mm.eam.fs}' \
        "build: {kind: random_alloy, lattice: fcc, lattice_constant: 4.05 A, cells: [$n, $n, $n]}" \
        'md: {time_step: 2 fs, initial_temperature: 4000 K, stages: [{name: melt, ensemble: nve, steps: 12}]}' ;;
    esac >"$work/$1.yml"
}
said() { sed -nE "s/$2/\1/p" "$1" | head -1; }
within() { awk -v a="$1" -v b="$2" -v d="$3" 'BEGIN { exit !(a > 0 && b > 0 && a / b < 1 + d && b / a < 1 + d) }'; }
checked() { timeout 60 "$vitrine" check "$@" >"$work/check" 2>&1; }
compare() { # name, ranks, limit in bytes an atom (0: none)
    run "$2" "$work/log" "$work/$1.yml" --set output.dir="$work/out"
    local predicted measured each
    predicted=$(said "$work/log" 'memory: about ([0-9.e+]+) MB.*')
    measured=$(said "$work/log" 'memory: ([0-9.e+]+) MB on the largest.*')
    each=$(said "$work/log" 'memory: .*rank, ([0-9.e+]+) bytes an atom.*')
    within "$predicted" "$measured" 0.2
    verdict $? "$1 on $2: $predicted MB predicted, $measured MB taken" "$work/log"
    [ "$3" = 0 ] && return
    awk -v a="$each" -v b="$3" 'BEGIN { exit !(a > 0 && a < b) }'
    verdict $? "$1 on $2: $each bytes an atom, fewer than $3" "$work/log"
}

for name in lj cu cuzr; do
    deck $name 23
    for ranks in 1 2; do compare $name $ranks 0; done
done

# disk: frames of 64 and 32 bits, a record
for set in md.trajectory.velocity=true md.trajectory.precision=single; do
    rm -rf "$work/out"
    checked "$work/lj.yml" --set $set --set md.trajectory.every=4 --set md.thermo_every=1
    run 1 "$work/log" "$work/lj.yml" --set output.dir="$work/out" --set $set --set md.trajectory.every=4 --set md.thermo_every=1
    predicted=$(said "$work/check" 'disk +([0-9.e+]+) MB.*')
    taken=$(du -bc "$work/out"/*.h5 "$work/out"/*.tsv | awk 'END { print $1 / 1e6 }')
    within "$predicted" "$taken" 0.2
    verdict $? "disk with $set: $predicted MB predicted, $taken MB taken" "$work/check"
done

# md.memory: derivatives twice, the same numbers; then refusal with a number of ranks that does fit
deck cu 12
run 1 "$work/kept" "$work/cu.yml" --set output.dir="$work/kept.d"
run 1 "$work/log" "$work/cu.yml" --set output.dir="$work/saved.d" --set md.memory="9.5 MB"
grep -q 'computed twice to stay within md.memory' "$work/log" && ! grep -q 'computed twice' "$work/kept"
verdict $? 'within md.memory pair derivatives are computed twice' "$work/log"
a=$(said "$work/kept" 'memory: ([0-9.e+]+) MB on the largest.*') b=$(said "$work/log" 'memory: ([0-9.e+]+) MB on the largest.*')
awk -v a="$a" -v b="$b" 'BEGIN { exit !(b > 0 && b < 0.75 * a && b < 9.5) }'
verdict $? "they take $b MB instead of $a" "$work/log"
cmp -s "$work/kept.d/cu.thermo.tsv" "$work/saved.d/cu.thermo.tsv"
verdict $? 'with the same record, bit by bit' "$work/log"
deck cu 23
! checked "$work/cu.yml" --set md.memory="20 MB" && grep -q "the run needs .* GB on each of 1 rank even with .derivatives: recompute., more than the 0.02 GB allowed" "$work/check"
verdict $? 'a run that cannot fit is refused' "$work/check"
ranks=$(said "$work/check" '.* use ([0-9]+) ranks or allow more.*')
[ "${ranks:-0}" -gt 1 ] && [ "$ranks" -le 8 ] && $mpirun -n "$ranks" "$vitrine" run "$work/cu.yml" --dry-run --set md.memory="20 MB" >"$work/log" 2>&1
verdict $? "the number of ranks that it names, $ranks, is accepted" "$work/log"
[ "$ranks" -gt 2 ] && ! $mpirun -n "$((ranks - 1))" "$vitrine" run "$work/cu.yml" --dry-run --set md.memory="20 MB" >"$work/log" 2>&1
verdict $? 'and is the fewest' "$work/log"

if [ -n "${VITRINE_LONG:-}" ]; then # the limits that the program promises
    for k in lj:600 cu:1300 cuzr:2000; do
        deck ${k%:*} 63
        rm -rf "$work/out"
        compare ${k%:*} 1 ${k#*:}
    done
else skip 'bytes an atom at 1,000,188 atoms' 'needs VITRINE_LONG=1'; fi
finish
