#!/usr/bin/env bash
# Every key that the sources cite is in docs/references.bib, and no key is there twice.
set -u
n=0
verdict() { n=$((n + 1)); if [ "$1" = 0 ]; then echo "ok $n - $2"; else echo "not ok $n - $2"; fi; }
bib=docs/references.bib
keys=$(sed -n 's/^@[a-z]*{\([^,]*\),.*/\1/p' $bib)
[ -n "$keys" ] && [ -z "$(printf '%s\n' "$keys" | sort | uniq -d)" ]
verdict $? "keys of $bib are unique"
used=$(grep -rhoE 'cite_use\("[^"]+"\)' src | sed 's/.*"\(.*\)".*/\1/' | sort -u)
named=$(cat $(find src -name '*.[ch]' -o -name '*.cc') | tr '\n*' '  ' | tr -s ' ' |
        grep -oE '\b[a-z]+[12][0-9]{3}[a-z]? in docs/references\.bib' | sed 's/ .*//' | sort -u)
missing=
for key in $used; do printf '%s\n' "$keys" | grep -qx "$key" || missing="$missing $key"; done
[ -z "$missing" ]; verdict $? "every cite_use key is in $bib"
[ -n "$missing" ] && echo "# missing:$missing"
missing=
for key in $named; do printf '%s\n' "$keys" | grep -qx "$key" || missing="$missing $key"; done
[ -z "$missing" ]; verdict $? "every key that a comment names is in $bib"
[ -n "$missing" ] && echo "# missing:$missing"
[ -n "$used$named" ]; verdict $? "the sources cite something"
