#!/usr/bin/env bash
# Nanomolding end to end: the decks of inputs/ on their levels; the analysis of a table gives back the glass that made
# it; the lattice and the pressed atoms are the same on any number of ranks, the latter after a restart too.
set -u
. "$(dirname "$0")/run_lib.sh"
cd "$work" || exit 1
cell() { # file, column, row (from 1)
    awk -F '\t' -v c="$2" -v r="$3" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == c) k = i; next } NR == r + 1 { print $k }' "$1"
}
within() { awk -v x="$1" -v lo="$2" -v hi="$3" 'BEGIN { exit !(x >= lo && x <= hi) }'; }

run 1 ni.log "$top/inputs/mold_ni_bmg.yml" --set output.dir=ni
verdict $? 'Ni45Pd35P16B4 runs' ni.log
printf '%s\n' 'conditions.0. at' 'conditions.7. at' 'map at 227' 'map at 347' 'window at 257' 'window at 337' >expected
grep -o '[a-z]*\(\[[0-9]\]: d_c = [0-9.]* nm\)\? at [0-9][0-9]*' ni.log | sed 's/\[\([0-9]\)\]: d_c = .* at.*/.\1. at/' | diff expected - >diff.log
verdict $? 'what lies outside the fitted range (conditions at 327 C and 100 C, map, window) is named' diff.log
for t in dc length growth composition map transitions window observations parameters; do [ -s ni/mold_ni_bmg.$t.tsv ] || echo "no $t"; done >missing
[ ! -s missing ]
verdict $? 'all tables are there' missing
# liu2023: the five d_c within the 10 % that a kink can be read to
awk -F '\t' 'NR > 1 && NR < 7 && ($4 > 0.105 || $4 < -0.105) { bad = 1 } END { exit bad }' ni/mold_ni_bmg.dc.tsv
verdict $? 'd_c within 10.5 % of the five measured' ni/mold_ni_bmg.dc.tsv
# at the end of the molding L(t) is L(d); in the glass and the liquid L of a narrow pore goes with t^1/2 (Eq. 2)
awk -F '\t' 'NR == 1 { for (i = 1; i <= NF; i++) c[$i] = i; next } $c["temperature_C"] == 317 { if (!d) d = $c["diameter_nm"]
        if ($c["diameter_nm"] == d) { if (!t0) { t0 = $c["time_s"]; l0 = $c["individual_nm"] } t = $c["time_s"]; l = $c["individual_nm"] } }
    END { s = log(l / l0) / log(t / t0); exit !(t == 300 && s > 0.499999 && s < 0.500001) }' ni/mold_ni_bmg.growth.tsv
verdict $? 'L(t) by creep goes with t^1/2 to the molding time' ni/mold_ni_bmg.growth.tsv
# the widest step of the map's d_c over temperature is at the glass transition: see unit/test_mold
within "$(awk -F '\t' '$1 == "tip_fraction_20nm" { print $2 }' ni/mold_ni_bmg.summary.tsv)" 0.799 0.801
verdict $? '0.80 Ni of the metals at the tip of the 20 nm wire' ni.log
awk -F '\t' '$1 == "amorphous_20nm_nm" { a = $2 } $1 == "wire_20nm_nm" { b = $2 } $1 == "amorphous_120nm_nm" { c = $2 }
    $1 == "wire_120nm_nm" { d = $2 } END { exit !(a > 0.1 * b && a < 0.95 * b && c == d) }' ni/mold_ni_bmg.summary.tsv
verdict $? '20 nm: amorphous at the root, crystalline toward the tip; 120 nm amorphous' ni.log
for glass in zr pd; do
    run 1 $glass.log "$top/inputs/mold_${glass}_bmg.yml" --set output.dir=$glass
    verdict $? "mold_${glass}_bmg runs" $glass.log
done
# one d_c fixes the product: 120 nm and 50 nm come back
within "$(cell zr/mold_zr_bmg.dc.tsv dc_nm 1)" 119.999 120.001 && within "$(cell pd/mold_pd_bmg.dc.tsv dc_nm 1)" 49.999 50.001
verdict $? 'the one d_c of Zr and of Pd is met'
if "$python" -c 'import matplotlib, h5py' 2>/dev/null; then
    "$top/tools/vitrine-plot" --dpi 60 ni/mold_ni_bmg.{map,length,growth,composition,relaxation,transitions,window}.tsv >plot.log 2>&1 &&
        [ "$(ls ni/*.png | wc -l)" = 7 ]
    verdict $? 'map, lengths, wires, times and window are drawn' plot.log
else skip 'pictures' 'no matplotlib or h5py'; fi

# the analysis of its own lengths gives back the glass: Q_I and T0 of table parameters
cat >back.yml <<'END'
mold:
  viscosity: {prefactor: 4e-5 Pa s, fragility: 13, T0: 410 K, glass_activation: 0.9 eV}
  relaxation: {time: 74.4275345145 s, temperature: 317 C}
  interface: {activation: 1.5 eV, thickness: 0.25 nm, prefactor: 1.4e-3 m2/s}
  bulk: {activation: 3.16 eV}
  table: {file: ni/mold_ni_bmg.length.tsv, error: 0.05, vary: [eta0, fragility, T0, E_glass, delta_Omega, Q_I]}
END
run 1 back.log back.yml --set output.dir=back
verdict $? 'a table of lengths is analysed' back.log
for p in T0 Q_I; do
    want=$(awk -F '\t' -v p=$p '$1 == p { print $2 }' ni/mold_ni_bmg.parameters.tsv)
    got=$(awk -F '\t' -v p=$p '$1 == p { print $2 }' back/back.table_parameters.tsv)
    within "$got" "$(awk -v x="$want" 'BEGIN { print 0.99 * x }')" "$(awk -v x="$want" 'BEGIN { print 1.01 * x }')"
    verdict $? "$p comes back: $got, was $want" back/back.table_parameters.tsv
done

# with 5 % of noise, prints of 0.3 d and the errors in the table: every parameter within 3.5 of its errors (6 of them: false
# alarm 3e-3), chi2 within 0.1 ... 99.9 % of its distribution with 8 degrees of freedom; the noise is fixed
awk -F '\t' -v OFS='\t' 'function gauss(  k, g) { for (k = 0; k < 12; k++) g += rand(); return g - 6 }
    BEGIN { srand(11) }
    NR == 1 { for (i = 1; i <= NF; i++) c[$i] = i; print "diameter_nm", "temperature_C", "pressure_GPa", "time_s", "length_nm", "length_error_nm", "start_nm"; next }
    $c["temperature_C"] > 200 { d = $c["diameter_nm"]; l = sqrt($c["length_nm"] ^ 2 + 0.09 * d * d)
        print d, $c["temperature_C"], $c["pressure_GPa"], $c["time_s"], l * (1 + 0.05 * gauss()), 0.05 * l, 0.3 * d }' ni/mold_ni_bmg.length.tsv >noisy.tsv
sed 's|ni/mold_ni_bmg.length.tsv|noisy.tsv|' back.yml >noisy.yml
run 1 noisy.log noisy.yml --set output.dir=noisy
verdict $? 'a table with noise and errors is analysed' noisy.log
for p in eta0 fragility T0 E_glass tau_over_eta Q_I; do
    awk -F '\t' -v p=$p 'NR == FNR { if ($1 == p) want = $2; next } $1 == p { exit !($3 > 0 && ($2 - want) ^ 2 < (3.5 * $3) ^ 2 || p == "eta0" && (log($2 / want) * $2 / $3) ^ 2 < 3.5 ^ 2) }' \
        ni/mold_ni_bmg.parameters.tsv noisy/noisy.table_parameters.tsv
    verdict $? "$p within its error" noisy/noisy.table_parameters.tsv
done
within "$(awk -F '\t' '$1 == "table_fit_chi2" { print $2 }' noisy/noisy.summary.tsv)" 0.86 26.1 && [ "$(awk -F '\t' '$1 == "table_fit_degrees_of_freedom" { print $2 }' noisy/noisy.summary.tsv)" = 8 ]
verdict $? 'chi2 is that of 8 degrees of freedom' noisy.log
# the other law makes other lengths, and is told apart
run 1 wrong.log noisy.yml --set output.dir=wrong --set mold.law=both
grep -q 'warning: table_fit: chi2 is' wrong.log
verdict $? 'a fit that cannot be right brings a warning' wrong.log

# the lattice: the same tables on 1 and 3 ranks
small=(--set 'mold.lattice.diameters=[1 nm, 1.5 nm]' --set 'mold.lattice.length=6 nm' --set 'mold.lattice.time=0.3 s'
    --set 'mold.lattice.replicas=3' --set 'mold.lattice.correlation_windows=3')
for many in 1 3; do
    run $many lattice.$many.log "$top/inputs/mold_lattice.yml" "${small[@]}" --set output.dir=lattice.$many
    verdict $? "the lattice on $many ranks" lattice.$many.log
done
for many in 3; do
    for t in growth slopes composition; do cmp lattice.1/mold_lattice.lattice_$t.tsv lattice.$many/mold_lattice.lattice_$t.tsv; done >cmp.log 2>&1
    verdict $? "$many ranks give the bits of one" cmp.log
done

# killed, then stopped by a file, then to its end: the bits of a run in one go, nothing done twice
small+=(--set 'mold.lattice.replicas=12' --set 'mold.lattice.checkpoint=0.1 s')
run 1 whole.log "$top/inputs/mold_lattice.yml" "${small[@]}" --set output.dir=whole
verdict $? 'the lattice with checkpoints' whole.log
[ ! -e whole/mold_lattice.mold.checkpoint.h5 ]
verdict $? 'a complete run leaves no checkpoint'
start 1 kill.log "$top/inputs/mold_lattice.yml" "${small[@]}" --set output.dir=cut
await test -e cut/mold_lattice.mold.checkpoint.h5
kill -KILL "$pid"
wait "$pid" 2>/dev/null
[ -e cut/mold_lattice.mold.checkpoint.h5 ] && [ ! -e cut/mold_lattice.lattice_growth.tsv ]
verdict $? 'killed half way: a checkpoint, no table' kill.log
touch stop
run 1 stop.log "$top/inputs/mold_lattice.yml" "${small[@]}" --set output.dir=cut --stop-file stop --restart cut/mold_lattice.mold.checkpoint.h5
[ $? -eq 75 ] && grep -q 'stopped by .* after [1-9][0-9]* of 51 wires and windows; remove the file and go on with --restart cut/mold_lattice.mold.checkpoint.h5' stop.log
verdict $? 'stopped by a file: status 75, what was done before is kept' stop.log
rm stop
run 1 other.log "$top/inputs/mold_lattice.yml" "${small[@]}" --set output.dir=cut --set seed=5 --restart cut/mold_lattice.mold.checkpoint.h5
[ $? -ne 0 ] && grep -q 'was made by another deck' other.log
verdict $? 'another deck is refused' other.log
run 2 end.log "$top/inputs/mold_lattice.yml" "${small[@]}" --set output.dir=cut --restart cut/mold_lattice.mold.checkpoint.h5
verdict $? 'goes on from the checkpoint on 2 ranks' end.log
for t in lattice_growth lattice_slopes lattice_composition summary; do cmp whole/mold_lattice.$t.tsv cut/mold_lattice.$t.tsv; done >cmp.log 2>&1
verdict $? 'and gives the same bits' cmp.log

# the pass on a known wire: 10 atoms of the core that move up by 1 A in 1 ps, 10 at the wall (r = 4 of 5 A) of which every
# second moves up by 2 A: heights 0.5 ... 9.5 A, so L = 2 * 5 A, then 2 * 6 A. Those at the wall also go 0.01 A around the pore, half of
# them one way, half the other:
# D = 10 / 9 (0.01 A)^2 / (2 * 1 ps), and over two frames (0.02 A)^2 / (2 * 2 ps); those of the core 0.02 A (and along their radius,
# which does not count): four times that
awk 'BEGIN { for (f = 0; f < 3; f++) {
    printf "20\nLattice=\"20 0 0 0 20 0 0 0 60\" Properties=species:S:1:pos:R:3:id:I:1 pbc=\"T T F\" Time=%d Step=%d\n", f, f
    for (k = 0; k < 10; k++) printf "Ni %g %g %g %d\n", 11 + 1e-3 * f, 10 + (k % 2 ? 0.02 : -0.02) * f, 40.5 + k + f, k + 1
    for (k = 0; k < 10; k++) printf "P 14 %g %g %d\n", 10 + (k % 2 ? 0.01 : -0.01) * f, 40.5 + k + (k % 2 ? 2 * f : 0), k + 11 } }' >wire.xyz
for lag in 1 2; do
    "$vitrine" analyze pore wire.xyz --set surface='40 A' --set pore='10 A' --set layer='2 A' --set lag=$lag --set frames=all --set output.dir=wire$lag >wire.log 2>&1
    verdict $? "a known wire is analysed, frames $lag apart" wire.log
    awk -F '\t' -v want=$(awk -v lag=$lag 'BEGIN { print 5e-5 * lag * 10 / 9 }') '$1 == "interface" && $2 == "P" { p = $3; u = $5 } $1 == "core" && $2 == "Ni" { c = $3; d = $5 }
        END { exit !(p > 0.9999 * want && p < 1.0001 * want && c > 3.99 * want && c < 4.01 * want && d > 0.999999 && d < 1.000001 && u > 0.999999 && u < 1.000001) }' wire$lag/wire.pore_mobility.tsv
    verdict $? 'its mobility at the wall and in the core; both drift by 1 A/ps' wire$lag/wire.pore_mobility.tsv
done
within "$(cell wire1/wire.pore_growth.tsv length_A 1)" 9.999999 10.000001 && within "$(cell wire1/wire.pore_growth.tsv length_A 2)" 11.999999 12.000001
verdict $? 'its lengths are 10 and 12 A' wire1/wire.pore_growth.tsv
# beside the continuum, from D = 10 / 9 of 2e-4 (core) and 5e-5 A^2/ps (wall), 900 K, 1 GPa, 2 ps, d = 10 A, L = 14 A (third frame), 20 atoms,
# R = 1.3 A: eta = kT / (6 pi R D); p t / eta = 16 (L / d)^2 + 6 pi L / d; Eq. 2 and d_c of liu2023 with delta^3 = Omega
"$vitrine" analyze pore wire.xyz --set surface='40 A' --set pore='10 A' --set layer='2 A' --set temperature='900 K' --set pressure='1 GPa' --set frames=all --set output.dir=beside >beside.log 2>&1
awk -F '\t' 'function near(x, y) { return x > 0.99 * y && x < 1.01 * y }
    BEGIN { pi = 3.14159265; kt = 1.380649e-23 * 900; eta = kt / (6 * pi * 1.3e-10 * 2e-4 * 1e-8 * 10 / 9); g = 1e9 * 2e-12; q = 1.4
        omega = pi / 4 * 1e-18 * 1.4e-9 / 20; delta = omega ^ (1 / 3); x = delta * omega * 5e-5 * 1e-8 * 10 / 9 }
    $1 == "viscosity_Pa_s" { ok += near($2, g / (16 * q * q + 6 * pi * q)) && near($3, eta) }
    $1 == "length_by_flow_nm" { l = $3; ok += near($2, 1.4) && near(16 * l * l + 6 * pi * l, g / eta) }
    $1 == "length_by_creep_nm" { ok += near($3, 1e9 * sqrt(8 * x * g / (1e-9 * kt))) }
    $1 == "diameter_and_dc_nm" { ok += near($3, 1e9 * (256 * x * eta / kt) ^ (1 / 3)) && near($4, $2 / $3) }
    END { exit ok != 4 }' beside/wire.pore_continuum.tsv
verdict $? 'viscosity, lengths and d_c of the continuum beside it' beside/wire.pore_continuum.tsv

# atoms: 1 rank, 3 ranks, and stopped by a file and restarted
md=(--set 'build.cells=[7, 7, 8]' --set 'md.stages[melt].duration=0.4 ps' --set 'md.stages[cool].rate=5e14 K/s'
    --set 'md.stages[hold].duration=0.3 ps' --set 'md.stages[press].duration=3 ps' --set 'md.stages[cool].temperature=900 K'
    --set 'md.stages[hold].temperature=900 K' --set 'md.stages[press].temperature=1000 K' --set md.trajectory.every=200
    --set 'md.stages[press].wall.pore=1.8 nm' --set 'analysis[0].surface=30 A' --set 'analysis[0].pore=1.8 nm'
    --set 'analysis[0].lag=1' --set 'md.stages[press].fixed.below=1 A')
for stage in melt cool hold press; do md+=(--set "md.stages[$stage].wall.surface=30 A"); done
for many in 1 3; do
    run $many md.$many.log "$top/inputs/md_mold.yml" "${md[@]}" --set output.dir=md.$many
    verdict $? "atoms pressed into a pore on $many ranks" md.$many.log
done
for t in thermo pore_growth pore_profile pore_mobility molded; do cmp md.1/md_mold.$t.tsv md.3/md_mold.$t.tsv; done >cmp.log 2>&1
verdict $? 'walls, piston and fixed atoms: 3 ranks give the bits of one' cmp.log
within "$(awk -F '\t' 'END { print $2 }' md.1/md_mold.pore_growth.tsv)" 1 100
verdict $? 'atoms are in the pore' md.1/md_mold.pore_growth.tsv
log=stop.log
start 1 $log "$top/inputs/md_mold.yml" "${md[@]}" --set output.dir=again
pressing() { grep -q '^stage press:' "$log"; }
await pressing
kill -USR1 "$pid"
ended
status=$?
[ $status -eq 75 ]
verdict $? "SIGUSR1 stops it with status 75 (is $status)" stop.log
run 2 end.log "$top/inputs/md_mold.yml" "${md[@]}" --set output.dir=again --restart again/md_mold.checkpoint.h5
verdict $? 'goes on from the checkpoint on 2 ranks' end.log
for t in thermo pore_growth pore_mobility; do cmp md.1/md_mold.$t.tsv again/md_mold.$t.tsv; done >cmp.log 2>&1
verdict $? 'the restarted run gives the same bits: piston and fixed atoms went on' cmp.log
finish
