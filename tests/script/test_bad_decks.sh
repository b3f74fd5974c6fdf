#!/usr/bin/env bash
# Every bad deck of tests/decks/bad is refused with its exact text and status: `check` on 1 rank, `run` on 3.
#
# NAME.yml   the deck, alone in an empty folder with the files of tests/decks/bad/files beside it
# NAME.args  more arguments, one per line (such as --set and its value); absent: none
# NAME.txt   line 1 "check STATUS, run STATUS"; the rest is what stderr must hold, on each of the two (a check that
#            succeeds, because only the run can meet the fault, must be silent)
# Which of several atoms at fault is named depends on the ranks: "atom 284" is compared as "atom N". No result may be left
# under its final name (parts of a trajectory, NAME.part-NNNN.h5, and NAME.crash.* may stay). `tests/script/test_bad_decks.sh --write NAME...` writes NAME.txt anew: read
# it before you believe it; `tests/script/test_bad_decks.sh NAME...` tests these alone.
set -u
cd "$(dirname "$0")/../.." || exit 1
top=$PWD bad=$PWD/tests/decks/bad
case ${BIN:-bin} in /*) vitrine=$BIN/vitrine ;; *) vitrine=$top/${BIN:-bin}/vitrine ;; esac
mpirun=${MPIRUN:-mpirun.openmpi --oversubscribe}
[ "$(id -u)" = 0 ] && case $mpirun in *openmpi*--allow*) ;; *openmpi*) mpirun="$mpirun --allow-run-as-root" ;; esac
at_once=4 # starting MPI is waiting, not work
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset VITRINE_POTENTIALS

attempt() { # name: runs the deck both ways in a folder of its own; leaves status, check.err, run.err, left there
    local name=$1 w=$work/$1 args=() check run
    mkdir -p "$w/d" && cd "$w/d" || exit 1
    cp "$bad/$name.yml" . && cp -r "$bad/files/." .
    [ -f "$bad/$name.args" ] && mapfile -t args <"$bad/$name.args"
    find . | sort >"$w/before"
    timeout 60 "$vitrine" check "$name.yml" "${args[@]}" >"$w/check.out" 2>"$w/check.err" </dev/null
    check=$?
    # each rank appends to one file, so that a second rank that speaks is seen; mpirun's own words go elsewhere
    : >"$w/run.err"
    # shellcheck disable=SC2016,SC2086
    timeout 60 $mpirun -n 3 sh -c 'err=$1; shift; exec "$0" "$@" 2>>"$err"' "$vitrine" "$w/run.err" \
        run "$name.yml" "${args[@]}" >"$w/run.out" 2>"$w/mpirun.err" </dev/null
    run=$?
    echo "check $check, run $run" >"$w/status"
    sed -i -E 's/\batom [0-9]+/atom N/' "$w/check.err" "$w/run.err"
    find . -type f \( -name '*.h5' -o -name '*.tsv' -o -name '*.xyz' \) ! -name '*.part-*' ! -name '*.crash.*' | sort | comm -13 "$w/before" - >"$w/left"
}
judge() { # name: whether what attempt left is what NAME.txt says; the differences on stdout
    local w=$work/$1 right=0
    head -1 "$bad/$1.txt" | diff - "$w/status" || right=1
    tail -n +2 "$bad/$1.txt" >"$w/expected"
    case $(cat "$w/status") in "check 0, "*) : >"$w/check.expected" ;; *) cp "$w/expected" "$w/check.expected" ;; esac
    diff "$w/check.expected" "$w/check.err" || right=1
    diff "$w/expected" "$w/run.err" || right=1
    [ -s "$w/left" ] && { sed 's/^/left behind: /' "$w/left"; right=1; }
    return $right
}

write=
[ "${1:-}" = --write ] && { write=yes; shift; }
names=("$@")
[ $# -gt 0 ] || for deck in "$bad"/*.yml; do names+=("$(basename "$deck" .yml)"); done
running=0
for name in "${names[@]}"; do
    [ $running -lt $at_once ] || { wait -n; running=$((running - 1)); }
    (attempt "$name") &
    running=$((running + 1))
done
wait
n=0 failed=0
for name in "${names[@]}"; do
    n=$((n + 1))
    if [ -n "$write" ]; then
        cat "$work/$name/status" "$work/$name/run.err" >"$bad/$name.txt"
        echo "== $name"
        cat "$bad/$name.txt"
    fi
    if judge "$name" >"$work/why" 2>&1; then
        echo "ok $n - $name"
    else
        failed=$((failed + 1))
        echo "not ok $n - $name"
        sed 's/^/# /' "$work/why"
    fi
done
echo "1..$n"
[ $failed -eq 0 ] && [ $n -gt 0 ]
