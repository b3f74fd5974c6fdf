#!/usr/bin/env bash
# Every kinetic deck that users copy runs, shrunk to seconds, and shows what its head says.
set -u
. "$(dirname "$0")/run_lib.sh"
cd "$work" || exit 1
deck() { # name, settings: run it into ./name
    local name=$1 set=()
    shift
    for s in "$@"; do set+=(--set "$s"); done
    run 1 log "$top/inputs/$name.yml" --set output.dir="$name" "${set[@]}"
    verdict $? "inputs/$name.yml runs, shrunk" log
}
# rows of a table for which an awk condition on named columns fails: none may; at least one row
every() { # table, condition, what
    awk -F '\t' "NR == 1 { for (i = 1; i <= NF; i++) c[\$i] = i; next }
        function x(n) { return \$c[n] }
        { n++; if (!($2)) { bad++; print } } END { exit bad || !n }" "$1" >log
    verdict $? "$3" log
}
deck kmc_quick 'kmc.shape.diameters=[5 nm, 10 nm, 38 nm]' kmc.replicas=5
awk -F '\t' 'NR > 1 { d[NR] = $1; tc[NR] = $4; gone[NR] = $11 } END { exit !(gone[2] == 1 && tc[3] > tc[4] + 5) }' kmc_quick/kmc_quick.tc.tsv
verdict $? "5 nm never crystallises, 10 nm later than 38 nm" kmc_quick/kmc_quick.tc.tsv
deck kmc_taper 'kmc.replicas=1' 'kmc.shape.length=200 nm' 'kmc.details.maps=false'
every kmc_taper/kmc_taper.axis.tsv 'x("local_diameter_nm") > 5 || x("first_s") == "nan"' "nothing crystallises where the taper is thinner than 5 nm"
every kmc_taper/kmc_taper.axis.tsv 'x("local_diameter_nm") < 8 || x("all_s") != "nan"' "all of it does where it is thicker than 8 nm"
deck kmc_neck kmc.replicas=3 kmc.details.replicas=3 kmc.details.maps=false
# M(17 nm)/M(9 nm) = exp[(11.6/9)^3 - (11.6/17)^3] = 6.19 of the confinement, in series with nothing
every kmc_neck/kmc_neck.neck.tsv 'x("slow_down") > 4.8 && x("slow_down") < 6.5' "the front is 6.2 times slower in the neck (5 to 6.5 where it starts beside it)"
deck kmc_nanoglass kmc.replicas=2 'kmc.shape.lateral=80 nm' kmc.details.maps=false
if "$python" -c 'import h5py' 2>/dev/null; then
    "$python" -c '
import h5py
b = h5py.File("kmc_nanoglass/kmc_nanoglass.h5")["kmc/voigt_20nm/replica_0/grains/birth"][:]
print(len(b), (b == 2).mean())
assert len(b) > 50 and (b == 2).mean() > 0.9' >log 2>&1
    verdict $? "more than 90 % of the nanoglass's grains begin at interfaces" log
else skip "interfaces" "no h5py"; fi
every kmc_nanoglass/kmc_nanoglass.tc.tsv 'x("tc_C") == 350' "2 % are crystalline in the pause at 350 C"
deck kmc_history kmc.replicas=3
every kmc_history/kmc_history.tc.tsv 'x("censored_fraction") == 0' "the built-in set crystallises in all six histories, as the page says"
deck kmc_causes kmc.replicas=4 kmc.endless=3 'kmc.shape.diameters=[8 nm, 25 nm]' 'kmc.cause_between=[8 nm, 25 nm]'
# M(8 nm) = exp[-(11.6/8)^3] = 0.047: nearly all of the rise is confinement; 100 +- 40 with four rods
awk -F '\t' '$1 == "sohn_share_of_confinement_8_25" { found = $2 > 60 && $2 < 140 } END { exit !found }' kmc_causes/kmc_causes.summary.tsv
verdict $? "confinement makes most of the rise" kmc_causes/kmc_causes.summary.tsv
deck kmc_microscope kmc.replicas=1 'kmc.shape.diameters=[13 nm]' 'kmc.microscope.frame=4 s'
[ "$(ls kmc_microscope/*.hspy | wc -l)" = 3 ]
verdict $? "three series" log
every kmc_microscope/kmc_microscope.signals.tsv 'x("tc_C") > 220 && x("tc_C") < 260' "every signal has its Tc within the scatter of a 13 nm rod"
finish
