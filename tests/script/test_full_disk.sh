#!/usr/bin/env bash
# A full disk: status 74, no file under either name, no rank hangs. A 4 MB tmpfs where we may mount one, and a file size
# limit (the write then fails with EFBIG on the same path) everywhere.
set -u
n=0
verdict() { n=$((n + 1)); if [ "$1" = 0 ]; then echo "ok $n - $2"; else echo "not ok $n - $2"; fi; }
program=$(pwd)/$BUILD/tests/mpi/test_h5
work=$(mktemp -d)
mkdir "$work/disk"
trap 'umount "$work/disk" 2>/dev/null; rm -rf "$work"' EXIT

try() { # ranks, what, megabytes
    timeout 60 $MPIRUN -n "$1" "$program" fill "$work/disk/x.h5" "$3" >"$work/log" 2>&1
    local status=$?
    grep -q '^status 74 .*x.h5: .* do not fit' "$work/log" && [ $status -eq 0 ]
    verdict $? "$2 on $1 ranks: status 74, said in words"
    [ -z "$(ls "$work/disk")" ]
    verdict $? "$2 on $1 ranks: nothing left"
    [ -s "$work/log" ] && sed 's/^/# /' "$work/log"
    rm -f "$work"/disk/*
}
if [ "$(id -u)" = 0 ] && mount -t tmpfs -o size=4m tmpfs "$work/disk" 2>/dev/null; then
    try 1 "full disk" 16
    try 2 "full disk" 16
    timeout 60 $MPIRUN -n 2 "$program" fill "$work/disk/x.h5" 1 >"$work/log" 2>&1
    grep -q '^status 0' "$work/log" && [ -s "$work/disk/x.h5" ]
    verdict $? "what fits is written"
    sed 's/^/# /' "$work/log"
    # reserved space is given back: the file is as long as its contents, 1 MB and some metadata
    [ "$(stat -c %s "$work/disk/x.h5")" -lt 1200000 ] && [ "$(du -k "$work/disk/x.h5" | cut -f1)" -lt 1200 ]
    verdict $? "unused reserve is given back"
    rm -f "$work"/disk/*
    mkdir "$work/in"
    $MPIRUN -n 2 "$BUILD/tests/mpi/test_traj" write "$work/in" >"$work/log" 2>&1 # files of some 15 kB
    head -c 4M /dev/zero >"$work/disk/ballast" 2>/dev/null
    for ranks in 1 2; do
        for name in x.xyz x.dump x.data x.h5; do
            timeout 60 $MPIRUN -n $ranks "$BIN/vitrine" convert "$work/in/s.h5" "$work/disk/$name" --frames last >"$work/log" 2>&1
            [ $? = 74 ] && grep -q "^vitrine: error: .*/disk/$name: .*No space left on device; make room" "$work/log" &&
                [ "$(ls "$work/disk")" = ballast ]
            verdict $? "full disk, $name on $ranks ranks: status 74, nothing left"
        done
    done
    umount "$work/disk"
else
    n=$((n + 1)); echo "ok $n - full disk # SKIP no right to mount a small tmpfs here"
fi
ulimit -f 32768 # KiB; Open MPI itself needs files of some megabytes
try 1 "file size limit" 48
try 2 "file size limit" 48
