#!/usr/bin/env bash
# The decks that users copy run from build to summary, shrunk to seconds; where a number is known it is compared.
set -u
cd "$(dirname "$0")/../.." || exit 1
BIN=${BIN:-bin}
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
n=0 bad=0
verdict() {
    n=$((n + 1))
    if [ "$1" = 0 ]; then echo "ok $n - $2"; else echo "not ok $n - $2"; bad=1; tail -25 "$work/log" | sed 's/^/# /'; fi
}
run() { # deck, settings...: into $work/NAME
    local deck=$1 set=()
    shift
    for s in "$@"; do set+=(--set "$s"); done
    "$BIN/vitrine" run "inputs/$deck.yml" --set output.dir="$work/$deck" "${set[@]}" >"$work/log" 2>&1
    verdict $? "inputs/$deck.yml runs, shrunk"
}
# value of COLUMN in the first row of STAGE of a run's thermo table lies within LOW .. HIGH
first() { # deck, stage, column, low, high, what
    awk -F '\t' -v stage="$2" -v column="$3" -v low="$4" -v high="$5" '
        NR == 1 { for (i = 1; i <= NF; i++) if ($i == column) k = i; next }
        $1 == stage { print column, $k; found = 1; exit !($k >= low && $k <= high) }
        END { if (!found) exit 1 }' "$work/$1/$1.thermo.tsv" >>"$work/log" 2>&1
    verdict $? "$6"
}

run lj_melt 'md.stages[melt].steps=10' 'md.thermo_every=5'
# fcc at 0.8442, cutoff 2.5: lattice sums -6.7733680533 and -6.2353172701 + 0.8442 * 1.44 * (N - 1) / N; LAMMPS
# bench/in.lj prints the same at step 0
first lj_melt melt potential_energy -6.77336806 -6.77336804 'energy of the static crystal is the lattice sum'
first lj_melt melt pressure -5.01971 -5.01970 'so is the pressure'

run kob_andersen build.n_atoms=500 'md.stages[melt].duration=1' 'md.stages[settle].duration=1' \
    'md.stages[equilibrium].duration=1'
first kob_andersen melt density 1.1999999 1.2000001 'number density of a reduced deck is the one asked for'

run pt_metalloid_lj build.n_atoms=500 'md.stages[mix].duration=0.4 ps' 'md.stages[cool].rate=3e15 K/s' \
    'md.stages[melt].duration=1 ps' 'md.stages[quench].rate=5e14 K/s' 'md.stages[hold].duration=1 ps' \
    'md.trajectory.every=250'
first pt_metalloid_lj mix density_g_cm3 15.15 15.25 'mass density is the one asked for, to the rounding of 500 atoms'

run ptcuni_glass 'build.cells=[4, 4, 4]' 'md.stages[melt].duration=0.4 ps' 'md.stages[quench].rate=2e15 K/s' \
    'md.stages[hold].duration=0.4 ps' 'md.trajectory.every=100'
run quickstart build.n_atoms=2048 'md.stages[melt].duration=0.4 ps' 'md.stages[quench].rate=1e15 K/s' \
    'md.stages[hold].duration=0.4 ps' 'md.stages[cut].build.diameter=2 nm' 'md.stages[relax].duration=0.4 ps' \
    'md.stages[heat].rate=1e15 K/s' 'md.trajectory.every=100'
grep -q '^n_atoms	' "$work/quickstart/quickstart.summary.tsv" && grep -q '^n_atoms_at_end	' "$work/quickstart/quickstart.summary.tsv" && grep -q '^g_CuZr_peak_A' "$work/quickstart/quickstart.summary.tsv" &&
    grep -q '^cu_0_0_12_0_fraction' "$work/quickstart/quickstart.summary.tsv"
verdict $? 'the summary of the quickstart has atoms, bond lengths and icosahedra'
run cuzr_glass 'build.cells=[7, 7, 7]' 'md.time_step=2 fs' 'md.stages[melt].duration=0.4 ps' \
    'md.stages[quench].rate=2e15 K/s' 'md.stages[hold].duration=0.4 ps'
run cuzr_rod 'build.cells=[7, 7, 7]' 'md.stages[melt].duration=0.4 ps' 'md.stages[quench].rate=2e15 K/s' \
    'md.stages[copy].build.times=[1, 1, 2]' 'md.stages[heal].duration=0.2 ps' 'md.stages[glass].rate=2e15 K/s' \
    'md.stages[cut].build.diameter=1.6 nm' 'md.stages[cut].build.neck_diameter=1.2 nm' \
    'md.stages[cut].build.neck_length=2 nm' 'md.stages[cut].build.length=4 nm' 'md.stages[relax].duration=0.2 ps' \
    'md.stages[heat].rate=2e15 K/s'
run abed_cluster
run quick_diffraction build.n_atoms=864 'md.stages[melt].duration=0.4 ps' 'md.stages[quench].rate=1e16 K/s' \
    'analysis[scan].window=18 A' 'analysis[scan].fwhm=6 A' 'analysis[scan].step=6 A' 'analysis[parallel].pixel=0.15 A'
run nbed_glass build.n_atoms=500 'md.stages[melt].duration=0.2 ps' 'md.stages[quench].rate=1e16 K/s' \
    'md.stages[hold].duration=0.1 ps' 'md.stages[settle].duration=0.1 ps' 'analysis[nanobeam].window=16 A' \
    'analysis[nanobeam].fwhm=5 A' 'analysis[nanobeam].points=[2, 2]' 'analysis[angstrom].window=12 A' \
    'analysis[angstrom].points=[2, 2]' 'analysis[parallel].pixel=0.16 A'
run stem_rod build.n_atoms=864 'md.stages[melt].duration=0.4 ps' 'md.stages[quench].rate=1e16 K/s' \
    'md.stages[cut].build.diameter=1.6 nm' 'md.stages[relax].duration=0.1 ps' 'analysis[scan].window=18 A' \
    'analysis[scan].fwhm=6 A' 'analysis[scan].step=6 A'
# vacuum beside the rod: HAADF 0 there, thickness 0, HRTEM of a plane wave about 1; the scan sees atoms brighter than vacuum
awk -F '\t' 'FNR == 2 { lo[FILENAME] = $5; hi[FILENAME] = $6; mean[FILENAME] = $2 }
    END { for (f in lo) { print f, lo[f], hi[f], mean[f]
            if (f ~ /haadf|columns/ && (lo[f] > 1e-6 || hi[f] <= lo[f])) bad = 1
            if (f ~ /hrtem/ && (mean[f] < 0.9 || mean[f] > 1.0001)) bad = 1
            if (f ~ /adf.image/ && hi[f] < 2 * lo[f]) bad = 1
            k++ }
          exit bad || k != 5 }' "$work"/stem_rod/stem_rod.{haadf,columns,hrtem,adf,ring}.image.tsv >>"$work/log" 2>&1
verdict $? 'its images show a rod in vacuum'
run symmetry_nanoglass 'build.cells=[7,7,6]' 'md.stages[melt].duration=0.4 ps' 'md.stages[quench].rate=1e16 K/s' \
    'md.stages[columns].build.diameter=2 nm' 'md.stages[columns].build.across=[2,2]' 'md.stages[press].duration=0.1 ps' \
    'md.stages[relax].duration=0.1 ps' 'analysis[scan].window=18 A' 'analysis[scan].fwhm=6 A' 'analysis[scan].points=[10,8]' \
    'analysis[single].window=18 A' 'analysis[single].fwhm=6 A' 'analysis[single].points=[10,8]'
awk -F '\t' 'NR == 1 { for (i = 1; i <= NF; i++) c[$i] = i; next }
    { k++; print $1, $c["mean"], $c["p_pearson"], $c["p_overlap"]
      if ($c["mean"] <= 0 || $c["p_pearson"] <= 0 || $c["p_pearson"] > 1 || $c["p_overlap"] <= 0 || $c["p_overlap"] > 1) bad = 1 }
    END { exit bad || k != 11 }' "$work/symmetry_nanoglass/symmetry_nanoglass.symmetry.tsv" >>"$work/log" 2>&1
verdict $? 'its table has n = 2 to 12, each with p-values'
awk -F '\t' 'NR > 1 { print $1, $2; if ($1 % 2 ? $2 > 1e-12 : $2 < 1e-6) bad = 1; k++ } END { exit bad || k != 11 }' \
    "$work/symmetry_nanoglass/symmetry_nanoglass.kinematic.symmetry.tsv" >>"$work/log" 2>&1
verdict $? 'odd n are rounding in single scattering, even n are not'
run symmetry_control 'build.cells=[7,7,6]' 'md.stages[melt].duration=0.4 ps' 'md.stages[quench].rate=1e16 K/s' \
    'md.stages[columns].build.diameter=2 nm' 'md.stages[columns].build.across=[2,2]' \
    'analysis[scan].window=18 A' 'analysis[scan].fwhm=6 A' 'analysis[scan].points=[10,8]'
run abed_glass 'build.cells=[5,5,5]' 'md.stages[melt].duration=0.2 ps' 'md.stages[quench].rate=1e16 K/s' \
    'md.stages[settle].duration=0.1 ps' 'analysis[angstrom].window=20 A' 'analysis[angstrom].step=6 A' 'analysis[nano].window=20 A' \
    'analysis[nano].fwhm=6 A' 'analysis[nano].step=6 A'
run crystallite 'build.cells=[7,7,7]' 'md.stages[melt].duration=0.4 ps' 'md.stages[quench].rate=1e16 K/s' \
    'md.stages[seeded].build.shells=2' 'md.stages[settle].duration=0.1 ps'
run heated_film 'build.cells=[8,8,6]' 'md.stages[melt].duration=0.4 ps' 'md.stages[quench].rate=1e16 K/s' 'md.trajectory.every=100' \
    'md.stages[columns].build.diameter=2 nm' 'md.stages[press].duration=0.2 ps' 'md.stages[heat].rate=2e15 K/s'
awk -F '\t' 'NR == 1 { for (i = 1; i <= NF; i++) c[$i] = i; next } { k++; if (!($c["fringes"] > 1)) bad = 1 } END { exit bad || k < 2 }' \
    "$work/heated_film/heated_film.hrtem.image.tsv" >>"$work/log" 2>&1
verdict $? 'each image of the heated film says how strong its fringes are'
awk -F '\t' 'NR > 1 { k++; if (!($2 > 0 && $2 < 1 && $8 >= 0 && $8 <= 1 && $9 >= 0 && $9 <= 1)) bad = 1 } END { exit bad || k < 2 }' \
    "$work/heated_film/heated_film.hrtem.interfaces.tsv" >>"$work/log" 2>&1
verdict $? 'and which share of interfaces and columns has them'
echo "1..$n"
[ $bad = 0 ]
