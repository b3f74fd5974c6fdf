#!/usr/bin/env bash
# vitrine convert writes EAM tables: the same energies before and after, in this program and in LAMMPS.
set -u
n=0
verdict() { n=$((n + 1)); if [ "$1" = 0 ]; then echo "ok $n - $2"; else echo "not ok $n - $2"; printf '%s\n' "${3:-}" | head -20 | sed 's/^/# /'; fi; }
skip() { n=$((n + 1)); echo "ok $n - $1 # SKIP $2"; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
vitrine=$(pwd)/$BIN/vitrine
tables=/usr/share/lammps/potentials
python=; for p in /usr/bin/python3 python3; do $p -c 'import h5py' 2>/dev/null && { python=$p; break; }; done

# energy per atom of a slightly hot crystal: potential, composition, lattice constant -> E (eV), from the thermo table
energy() { # name, potential, composition, lattice, a
    cat >"$work/$1.yml" <<DECK
material: {composition: $3}
potential: $2
build: {kind: random_alloy, lattice: fcc, lattice_constant: $4, cells: [4, 4, 4]}
md:
  time_step: 1 fs
  initial_temperature: 300 K
  stages: [{name: a, ensemble: nve, steps: 20}]
DECK
    "$vitrine" run "$work/$1.yml" --set output.dir="$work/$1" >"$work/$1.log" 2>&1 || { cat "$work/$1.log" >&2; return 1; }
    awk -F'\t' 'NR == 1 {for (k = 1; k <= NF; k++) if ($k ~ /^potential/) c = k} END {printf "%.12g\n", $c}' "$work/$1"/*.thermo.tsv
}
same() { awk -v a="$1" -v b="$2" -v d="$3" 'BEGIN {a += 0; b += 0; x = a - b; exit !(a < -1 && x < d && -x < d)}'; }

"$vitrine" convert zhou "$work/z.eam.alloy" --names "Cu Zr" >"$work/log" 2>&1
verdict $? 'built-in elements as eam/alloy' "$(cat "$work/log")"
composition='{Cu: 0.5, Zr: 0.5}'
a=$(energy formulas '{kind: zhou, tables: file}' "$composition" '4.1 A')
b=$(energy tabulated "{kind: eam, file: $work/z.eam.alloy, tables: file}" "$composition" '4.1 A')
same "$a" "$b" 1e-7
verdict $? "the table gives the energy of the formulas, within 1e-7 eV/atom" "$a $b"
"$vitrine" convert zhou "$work/z.eam.fs" --names "Zr Cu" >"$work/log" 2>&1
b=$(energy order "{kind: eam, file: $work/z.eam.fs, tables: file}" "$composition" '4.1 A')
same "$a" "$b" 1e-7
verdict $? 'as eam/fs and in the other order, too' "$a $b"

if [ -e $tables/Cu_u3.eam ]; then
    "$vitrine" convert $tables/Cu_u3.eam "$work/cu.setfl" >"$work/log" 2>&1
    a=$(energy funcfl "{kind: eam, file: $tables/Cu_u3.eam, tables: file}" '{Cu: 1}' '3.62 A')
    b=$(energy setfl "{kind: eam, file: $work/cu.setfl, tables: file}" '{Cu: 1}' '3.62 A')
    same "$a" "$b" 1e-11
    verdict $? 'funcfl and the setfl made of it give one energy' "$a $b"
    "$vitrine" convert $tables/NiAlH_jea.eam.fs "$work/ni.eam.fs" --names "Al Ni" >"$work/log" 2>&1
    a=$(energy fs "{kind: eam, file: $tables/NiAlH_jea.eam.fs, tables: file}" '{Ni: 0.5, Al: 0.5}' '3.7 A')
    b=$(energy part "{kind: eam, file: $work/ni.eam.fs, tables: file}" '{Ni: 0.5, Al: 0.5}' '3.7 A')
    same "$a" "$b" 1e-11
    verdict $? 'two elements of an eam/fs table, in another order, give its energy' "$a $b"
    said=$("$vitrine" convert $tables/CuZr_mm.eam.fs "$work/no.eam.alloy" 2>&1); status=$?
    [ $status = 64 ] && [ ! -e "$work/no.eam.alloy" ] && grep -q 'depends on the element that feels it.*name the output .eam.fs' <<<"$said"
    verdict $? 'densities of pairs are not written as eam/alloy' "$said"
else
    for what in 'funcfl to setfl' 'a part of an eam/fs table' 'fs as alloy'; do skip "$what" 'lammps-data is not installed'; done
fi

if ! command -v lmp >/dev/null; then
    skip 'LAMMPS reads the table' 'lmp is not installed'
elif [ -z "$python" ]; then
    skip 'LAMMPS reads the table' 'no Python with h5py'
else
    "$vitrine" convert "$work/tabulated/tabulated.h5" "$work/last.data" >"$work/log" 2>&1
    cat >"$work/in" <<LMP
units metal
boundary p p p
read_data $work/last.data
pair_style eam/alloy
pair_coeff * * $work/z.eam.alloy $("$python" - "$work/last.data" <<'PY'
import re, sys
text = open(sys.argv[1]).read()
masses = re.search(r"Masses[^\n]*\n\s*\n((?:\s*\d+\s+[\d.eE+]+[^\n]*\n)+)", text).group(1)
print(" ".join("Cu" if float(l.split()[1]) < 80 else "Zr" for l in masses.strip().splitlines()))
PY
)
variable e equal pe/atoms
run 0
print "energy \$(v_e:%.12g)"
LMP
    said=$(cd "$work" && OMP_NUM_THREADS=1 lmp -in in -log none 2>&1)
    b=$(sed -n 's/^energy //p' <<<"$said")
    a=$(awk -F'\t' 'NR == 1 {for (k = 1; k <= NF; k++) if ($k ~ /^potential/) c = k} END {printf "%.12g\n", $c}' "$work"/tabulated/*.thermo.tsv)
    same "$a" "$b" 1e-8
    verdict $? 'LAMMPS finds the energy of the last frame with the table, within 1e-8 eV/atom' "$a $b
$(tail -3 <<<"$said")"
fi

said=$("$vitrine" convert zhou "$work/q.setfl" 2>&1); status=$?
[ $status = 64 ] && grep -q 'which built-in elements' <<<"$said"
verdict $? 'zhou without --names asks for them' "$said"
said=$("$vitrine" convert zhou "$work/q.setfl" --names "Cu Xe" 2>&1); status=$?
[ $status = 64 ] && grep -q 'no built-in potential for Xe; there are: Cu Ag' <<<"$said"
verdict $? 'an element that is not built in' "$said"
said=$($MPIRUN -n 3 "$vitrine" convert "$work/z.eam.alloy" "$work/q.setfl" --names "Cu Cu" 2>&1); status=$?
[ $status = 64 ] && [ "$(grep -c 'Cu is named twice' <<<"$said")" = 1 ]
verdict $? 'an element named twice, on three ranks' "$said"
echo "1..$n"
