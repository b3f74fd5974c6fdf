#!/usr/bin/env bash
# The full table of Tc against diameter, 18 diameters x 200 rods (VITRINE_LONG): every row of what Sohn et al. 2015 say, with
# the built-in parameter set. Errors are standard errors of means of 200, as the summary gives them; the run is deterministic.
set -u
. "$(dirname "$0")/run_lib.sh"
if [ -z "${VITRINE_LONG:-}" ]; then
    skip "the full table" "set VITRINE_LONG=1"
    finish
fi
cd "$work" || exit 1
timeout 590 $mpirun -n 2 "$vitrine" run "$top/inputs/kmc_tc_diameter.yml" --set output.dir=out >log 2>&1
verdict $? "the table runs" log
cell() { awk -F '\t' -v d="$1" -v c="$2" 'NR == 1 {for (i = 1; i <= NF; i++) if ($i == c) k = i} $1 == d {print $k}' out/kmc_tc_diameter.tc.tsv; }
scalar() { awk -F '\t' -v q="$1" -v c="${2:-2}" '$1 == q {print $c}' out/kmc_tc_diameter.summary.tsv; }
holds() { awk "BEGIN {exit !($1)}"; verdict $? "$2 ($1)"; }
low=$(scalar sohn_d_minimum_low_nm) high=$(scalar sohn_d_minimum_high_nm)
holds "$low <= 25 && 25 <= $high && $low > 15 && $high < 50" "the minimum lies at 25 nm, not at 15, not at 50"
for d in 10 150; do
    holds "$(scalar sohn_${d}nm_above_lowest_K) > 5 * $(scalar sohn_${d}nm_above_lowest_K 3)" "$d nm above the minimum by more than five errors"
done
t6=$(cell 6 tc_median_C) t150=$(cell 150 tc_C) t38=$(cell 38 tc_C) t1000=$(cell 1000 tc_C)
holds "$t6 > 325 && $t6 < 355 && $(cell 6 tc_C) > 325 && $(cell 6 tc_C) < 355" "6 nm within 340 +- 15 C, median and mean"
holds "$(cell 6 censored_fraction) < 0.1" "most 6 nm rods crystallise by 350 C"
holds "$t150 > 230 && $t150 < 250" "150 nm within 240 +- 10 C"
holds "$t38 < $t150" "38 nm below 150 nm"
holds "$(cell 5 censored_fraction) >= 0.95" "5 nm does not crystallise by 350 C"
holds "$t1000 < 290 && $t1000 > $t150" "bulk below 290 C and above 150 nm"
holds "$(scalar sohn_scatter_trend_p) < 0.01" "the scatter grows as d falls"
awk -F '\t' '$1 ~ /^sohn_(6|150|1000)nm_tc_C$/ && $7 ~ /fitted/ { f++ } $1 ~ /^sohn_(10|150)nm_above/ && $7 ~ /held out/ { h++ } END { exit f != 3 || h != 2 }' \
    out/kmc_tc_diameter.summary.tsv
verdict $? "the summary says what was fitted and what was held out"
finish
