#!/usr/bin/env bash
# The rules of the house, checked on the sources themselves: who includes whom, where a symbol lives, what generated
# pages say, which calls stay behind which door. Needs the objects of a build in $BUILD.
set -u
cd "$(dirname "$0")/../.." || exit 1
BUILD=${BUILD:-build} BIN=${BIN:-bin}
n=0 bad=0
verdict() { # what, list of offences (empty: fine)
    n=$((n + 1))
    if [ -z "$2" ]; then
        echo "ok $n - $1"
    else
        bad=$((bad + 1))
        echo "not ok $n - $1"
        printf '%s\n' "$2" | head -20 | sed 's/^/# /'
    fi
}
sources=$(find src -name '*.[ch]' -o -name '*.cc' | sort)
# every line "FILE: INCLUDED" of an include from our own tree
includes=$(grep -HoE '^#include "[^"]+"' $sources | sed -E 's/:#include "([^"]+)"/: \1/')

# base < atoms < md, kmc, analysis < cli; siblings never include each other (design: rooms and floors)
verdict 'rooms include only what is below them' "$(awk '
    BEGIN { allowed["base"] = " base "; allowed["atoms"] = " base atoms "; allowed["md"] = " base atoms md "
            allowed["kmc"] = " base atoms kmc "; allowed["analysis"] = " base atoms analysis "
            allowed["cli"] = " base atoms md kmc analysis cli " }
    { split($1, from, "/"); split($2, to, "/")
      if ($2 == "version.h") { if ($1 !~ /^src\/base\/prov\.c/) print $0 " (only base/prov.c knows the build)"; next }
      if (index(allowed[from[2]], " " to[1] " ") == 0) print }' <<<"$includes")"
# the folders below src/analysis are wings: they share analysis/*.h, not each other
verdict 'wings of the analysis do not include each other' "$(awk '
    { sub(/:$/, "", $1); f = split($1, from, "/"); t = split($2, to, "/")
      if (f == 4 && from[2] == "analysis" && t == 3 && to[1] == "analysis" && from[3] != to[2]) print }' <<<"$includes")"
verdict 'includes are written from src/' "$(for f in $(awk '{print $2}' <<<"$includes" | sort -u); do
    [ "$f" = version.h ] || [ -f "src/$f" ] || echo "$f"; done)"

# a symbol leads to its file: foo_bar.c defines foo_bar or foo_bar_*; where a module has parts (deck_check.c), one of its
# headers (deck.h, deck_tree.h) declares the symbol and gives it its name
verdict 'exported symbols begin with the name of their file' "$(for f in $sources; do
    case $f in *.h | src/cli/main.c) continue ;; esac
    object=$BUILD/${f#src/}; object=${object%.*}.o
    [ -f "$object" ] || continue
    stem=$(basename "${f%.*}")
    nm -g --defined-only "$object" 2>/dev/null | awk '$2 ~ /[TDBRVC]/ {print $3}' | grep -vE '^(_Z|__odr_asan|DW\.ref)' |
        while read -r s; do
            case $s in "$stem" | "$stem"_*) continue ;; esac
            found=
            for header in "$(dirname "$f")/${stem%%_*}"*.h; do
                h=$(basename "$header" .h)
                case $s in "$h"_*) grep -qwF "$s" "$header" 2>/dev/null && found=yes ;; esac
            done
            [ -n "$found" ] || echo "$f exports $s"
        done
done)"
verdict 'no source file is longer than 650 lines' "$(wc -l $sources | awk '$2 != "total" && $1 > 650')"
verdict 'each source file opens with a comment that names it' "$(for f in $sources; do
    name=$(basename "${f%.*}")
    head -1 "$f" | grep -qE "^(/\*|//) $name(\.[ch]+)? - " || echo "$f"; done)"
verdict 'only base/deck_yaml.c knows libfyaml (and base/prov.c its version)' "$(grep -ln 'libfyaml\.h' $sources |
    grep -vE '^src/base/(deck_yaml|prov)\.c$')"
verdict 'MPI calls stay in base and in atoms/halo, domain, frame, overlap' "$(grep -nE '\bMPI_[A-Z][a-z]' $sources |
    grep -vE '^src/(base/(comm|err|h5|prov)|atoms/(halo|domain|frame|overlap))' | grep -vE 'MPI_(Comm|Datatype|Request|Op)\b')"
verdict 'voro++ is known to one file' "$(grep -ln 'voro++\.hh' $sources | grep -vE '/voro_shim\.cc$')"
verdict 'no exit() outside main' "$(grep -nE '\b(exit|_exit|abort) *\(' $sources |
    grep -vE '^src/(cli/main\.c|base/(err|mem|deck[a-z_]*)\.c)|[a-z]_abort|MPI_Abort')"
verdict 'allocation goes through base/mem' "$(grep -nE '\b(malloc|calloc|realloc|strdup|aligned_alloc|posix_memalign) *\(' $sources |
    grep -vE '^src/base/(mem|err|deck_yaml)\.[ch]:')"

# what is in the repository
files=$(git ls-files 2>/dev/null)
if [ -n "$files" ]; then
    marks="TO""DO|FIX""ME|X""XX"
    verdict 'nothing is left for later in a comment' "$(grep -nwE "$marks" $files 2>/dev/null | grep -v '^LICENSE')"
    home="/""work/|\.\./sha""red|\.libr""ary"
    verdict 'no path of a private machine' "$(grep -nE "$home" $files 2>/dev/null)"
else
    for what in 'nothing is left for later in a comment' 'no path of a private machine'; do
        n=$((n + 1)); echo "ok $n - $what # SKIP not a git checkout"
    done
fi
# generated pages and the man page
"$BIN/vitrine" describe --markdown >"${TMPDIR:-/tmp}/deck.$$" 2>&1
verdict 'docs/deck.md is what the program says (make docs)' "$(diff "${TMPDIR:-/tmp}/deck.$$" docs/deck.md 2>&1 | head -5)"
rm -f "${TMPDIR:-/tmp}/deck.$$"
verdict 'vitrine describe --man is a man page' "$("$BIN/vitrine" describe --man 2>/dev/null | grep -q '^\.TH' || echo 'no .TH line')"

# the decks a user copies
for deck in inputs/*.yml; do
    said=$("$BIN/vitrine" check "$deck" 2>&1) && said=
    verdict "vitrine check $deck" "$said"
done
verdict 'the README names each of them once in its table' "$(for deck in inputs/*.yml; do
    count=$(grep '^|.*|$' README.md | grep -o "\`$(basename "$deck")\`" | wc -l)
    [ "$count" = 1 ] || echo "$deck: $count times"
done)"
echo "1..$n"
[ $bad -eq 0 ]
