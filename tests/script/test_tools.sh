#!/usr/bin/env bash
# The tools around the program: installing, drawing, finding dependencies.
set -u
cd "$(dirname "$0")/../.." || exit 1
BIN=${BIN:-bin}
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
n=0 bad=0
verdict() { # status, what, what to show where it failed
    n=$((n + 1))
    if [ "$1" = 0 ]; then echo "ok $n - $2"; else echo "not ok $n - $2"; bad=1; printf '%s\n' "${3:-}" | tail -20 | sed 's/^/# /'; fi
}
skip() { n=$((n + 1)); echo "ok $n - $1 # SKIP $2"; }

# --- install-deps: elsewhere than Debian it lists what is missing and fails; nothing missing is silent and quick
mkdir "$work/path"
for c in bash sed cat; do ln -s "$(command -v $c)" "$work/path/$c"; done
said=$(PATH=$work/path bash tools/install-deps 2>&1); status=$?
[ $status = 1 ] && grep -q 'neither Debian nor Ubuntu' <<<"$said" && grep -q 'hdf5-openmpi.pc' <<<"$said"
verdict $? 'install-deps elsewhere lists what is missing, status 1' "$said"
if command -v dpkg-query >/dev/null && command -v apt-get >/dev/null; then
    said=$(tools/install-deps --list 2>&1); status=$?
    { [ $status = 0 ] && [ -z "$said" ]; } || { [ $status = 1 ] && [ "${said#missing: }" != "$said" ]; }
    verdict $? 'install-deps --list is silent or names packages' "$said"
    # a dpkg-query that knows no package: everything is missing, and without root or sudo nothing is tried
    printf '#!/bin/sh\nexit 1\n' >"$work/path/dpkg-query"; cp "$work/path/dpkg-query" "$work/path/apt-get"
    printf '#!/bin/sh\necho 1000\n' >"$work/path/id"; chmod +x "$work/path/dpkg-query" "$work/path/apt-get" "$work/path/id"
    for c in tr; do ln -s "$(command -v $c)" "$work/path/$c"; done
    said=$(PATH=$work/path bash tools/install-deps 2>&1); status=$?
    [ $status = 1 ] && grep -q 'neither root nor sudo' <<<"$said" && grep -q 'libfyaml-dev' <<<"$said"
    verdict $? 'install-deps without root and sudo says what to ask for' "$said"
else
    skip 'install-deps --list' 'no dpkg'
    skip 'install-deps without root and sudo' 'no dpkg'
fi

# --- make install into a staging folder
said=$(PREFIX=/opt/v DESTDIR=$work/stage BIN=$BIN tools/install-files 2>&1); status=$?
[ $status = 0 ] && [ -x "$work/stage/opt/v/bin/vitrine" ] && [ -x "$work/stage/opt/v/bin/vitrine-plot" ] &&
    [ -s "$work/stage/opt/v/share/vitrine/inputs/quickstart.yml" ] && grep -q '^\.TH' "$work/stage/opt/v/share/man/man1/vitrine.1"
verdict $? 'install-files puts program, tool, man page and decks in place' "$said"
[ -z "$(find "$work/stage" -name '.new*')" ]
verdict $? 'install-files leaves nothing half-written'

# --- vitrine-plot: a run of seconds, drawn
cat >"$work/tiny.yml" <<'DECK'
units: lj
material: {composition: {A: 0.8, B: 0.2}}
potential: {kind: lj, epsilon: {A-A: 1, A-B: 1.5, B-B: 0.5}, sigma: {A-A: 1, A-B: 0.8, B-B: 0.88}}
build: {kind: random_alloy, lattice: fcc, density: 1.2, n_atoms: 864}
md:
  time_step: 0.004
  stages:
    - {name: melt, ensemble: nvt, temperature: 2, steps: 400}
    - {name: cool, ensemble: nvt, temperature: 1, steps: 400}
    - {name: cut, build: {kind: rod, diameter: 6, vacuum: 3}}
    - {name: rod, ensemble: nvt, temperature: 0.3, temperature_start: 0.3, steps: 100}
analysis:
  - {pass: rdf, of: cool}
  - {pass: voronoi, of: cool}
DECK
said=$("$BIN/vitrine" run "$work/tiny.yml" --set output.dir="$work/out" 2>&1); status=$?
verdict $status 'a tiny run with two passes' "$said"
"$BIN/vitrine" convert "$work/out/tiny.h5" "$work/out/tiny.xyz" >"$work/log" 2>&1
verdict $? 'its trajectory as extended XYZ' "$(cat "$work/log")"
tools/vitrine-plot --out "$work/png" --dpi 60 "$work"/out/*.h5 "$work"/out/*.tsv "$work"/out/*.xyz >"$work/log" 2>&1
status=$?
if [ $status = 69 ]; then
    skip 'vitrine-plot draws every file of the run' 'no Python with numpy, h5py, matplotlib'
else
    for f in tiny.atoms tiny.voronoi tiny.thermo tiny.rdf tiny.index tiny.voronoi.atoms; do
        [ -s "$work/png/$f.png" ] || { status=1; echo "no $f.png" >>"$work/log"; }
    done
    verdict $status 'vitrine-plot draws every file of the run' "$(cat "$work/log"; ls "$work/out" "$work/png")"
    said=$("$work/stage/opt/v/bin/vitrine-plot" --out "$work/again" --dpi 60 "$work/out/tiny.rdf.tsv" 2>&1)
    [ -s "$work/again/tiny.rdf.png" ]
    verdict $? 'the installed vitrine-plot finds its modules' "$said"
    printf 'a\tb\n1\n' >"$work/bad.tsv"; echo nothing >"$work/bad.h5"; printf '5\ncomment\nCu 0 0 0\n' >"$work/bad.xyz"
    said=$(tools/vitrine-plot "$work/bad.tsv" "$work/bad.h5" "$work/bad.xyz" "$work/absent.tsv" 2>&1); status=$?
    [ $status = 66 ] && [ "$(grep -c '^vitrine-plot: ' <<<"$said")" = 4 ] && ! grep -q Traceback <<<"$said" &&
        [ -z "$(find "$work" -maxdepth 1 -name '*.png')" ]
    verdict $? 'vitrine-plot says what is wrong with broken files, status 66' "$said"
fi
echo "1..$n"
[ $bad = 0 ]
