#!/usr/bin/env bash
# Shares of polyhedra against the cooling rate: runs inputs/structure_rate.yml for two alloys and several rates and seeds
# (three samples at 1e13 K/s and faster, two at 3e12, one at 1e12: about half an hour of one quiet core in all), and
# collects out/rate/rate.shares.tsv for vitrine-plot. Runs that are there already are not repeated.
#
#   inputs/structure_rate.sh [RATE...]       default: 1e13 3e12 1e12 (K/s)
#   SEEDS="1 2 3 4" inputs/structure_rate.sh 3e12
set -eu
cd "$(dirname "$0")/.."
vitrine=${VITRINE:-bin/vitrine}
share() { # table, species, indices...: sum of their fractions
    local table=$1 species=$2; shift 2
    awk -F'\t' -v s="$species" -v w=" $* " '$1 == s && index(w, " " $2 " ") { sum += $4 } END { printf "%.6g", sum }' "$table"
}
mkdir -p out/rate
rates=("$@")
[ $# -gt 0 ] || rates=(1e13 3e12 1e12)
for r in "${rates[@]}"; do
    for alloy in Cu64Zr36 Cu36Zr64; do
        seeds='1 2 3'
        case $r in 3e12) seeds='1 2' ;; *e12 | *e11 | *e10) seeds=1 ;; esac
        for seed in ${SEEDS:-$seeds}; do
            dir=out/rate/$alloy.$r.$seed cu=0.${alloy:2:2} zr=0.${alloy:6:2}
            [ -s "$dir/structure_rate.index.tsv" ] || "$vitrine" run inputs/structure_rate.yml --set seed="$seed" \
                --set "material.composition={Cu: $cu, Zr: $zr}" --set "md.stages[quench].rate=$r K/s" --set output.dir="$dir"
        done
    done
done
collected=out/rate/rate.shares.tsv
printf 'alloy\trate_K_per_s\tseed\tcu_icosahedra\tzr_0_4_4_5\tcu_coordination\tzr_coordination\tfilter\n' >$collected
for t in out/rate/*/structure_rate.index.tsv; do
    dir=$(dirname "$t") c=${t%index.tsv}cells.tsv
    IFS=. read -r alloy r seed <<<"$(basename "$dir")"
    printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\tnone\n' "$alloy" "$r" "$seed" "$(share "$t" Cu '<0,0,12,0>')" \
        "$(share "$t" Zr '<0,4,4,5>' '<0,4,4,6>')" "$(awk -F'\t' '$1 == "Cu" { print $5 }' "$c")" \
        "$(awk -F'\t' '$1 == "Zr" { print $5 }' "$c")" >>$collected
done
echo "written: $collected"
