#!/usr/bin/env bash
# tools/vitrine-import: measured files become .hspy that the passes read. Merlin frames of known content written here; the
# sample files of HyperSpy's own tests, where they are installed.
set -u
cd "$(dirname "$0")/../.." || exit 1
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
python=/usr/bin/python3 samples=/usr/lib/python3/dist-packages/hyperspy/tests/io
n=0 bad=0
verdict() { n=$((n + 1)); if [ "$1" = 0 ]; then echo "ok $n - $2"; else bad=1; echo "not ok $n - $2"; tail -15 "$work/log" | sed 's/^/# /'; fi; }
skip() { n=$((n + 1)); echo "ok $n - $1 # SKIP $2"; }
has() { $python -c "import importlib.util, sys; sys.exit(importlib.util.find_spec('$1') is None)"; }
import() { tools/vitrine-import --out "$work" "$@" >"$work/log" 2>&1; }
sums() { $MPIRUN -n 1 "$BUILD/tests/mpi/test_signal" sums "$1" >>"$work/log" 2>&1 && grep -q "$2" "$work/log"; }

import 2>/dev/null; [ $? = 64 ]
verdict $? 'no file: status 64'
if ! has hyperspy; then
    skip 'vitrine-import' 'python3-hyperspy is not installed'
    echo "1..$n"
    exit $bad
fi
$python - "$work" <<'E2'
import sys
import numpy as np
with open(sys.argv[1] + "/m.mib", "wb") as f:
    for k in range(6):
        head = ("MQ1,%06d,00384,01,0032,0024,U16," % (k + 1)).encode()
        f.write(head + b" " * (384 - len(head)) + (np.arange(24 * 32) + k).astype(">u2").tobytes())
E2
import --shape 2x3 --scan 1 --pixel 0.02 --energy 300 "$work/m.mib" && ! grep -q missing "$work/log"
verdict $? 'Merlin frames as a scan of 2 x 3, nothing missing'
# 6 * (0 + ... + 767) + 768 * (0 + ... + 5) = 1778688
sums "$work/m.hspy" '4 axes, 6 items of 768, 0.02 1/A, sum 1778688'
verdict $? 'is read with its numbers and axes'
# the rest in one go (starting HyperSpy takes seconds)
head -c 5000 "$work/m.mib" >"$work/cut.mib"
cp "$work/m.mib" "$work/bare.mib"
files=("$work/cut.mib" "$work/bare.mib")
[ -d "$samples/FEI_new" ] && files+=("$samples/FEI_new/16x16-diffraction_imagel_5x5x256x256_EDS_2.ser"
    "$samples/dm4_3D_data/test-9.dm4" "$samples/dm3_2D_data/test-7.dm3" "$samples/emd_files/fei_example_tem_stack.emd"
    "$samples/emd_files/fei_example_complex_fft.emd")
import "${files[@]}"; [ $? = 66 ] && grep -q 'no whole number of 32 x 24 frames' "$work/log" && [ ! -e "$work/cut.hspy" ]
verdict $? 'a file that was cut off is refused, status 66'
grep -q "bare.hspy: 6 of 32 x 24, >u2; missing: the beam's energy (give --energy kV), the step" "$work/log"
verdict $? 'what is missing is said'
if [ -d "$samples/FEI_new" ]; then
    sums "$work/16x16-diffraction_imagel_5x5x256x256_EDS_2.hspy" '4 axes, 25 items of 65536'
    verdict $? 'an FEI .ser scan of 5 x 5 patterns'
    sums "$work/test-9.hspy" '3 axes, 2 items of 4, 0 1/A, sum 36' && sums "$work/test-7.hspy" '2 axes, 1 items of 4, 0 1/A, sum 10'
    verdict $? 'Gatan .dm4 and .dm3'
    # 153: h5py's sum of /Data/Image/*/Data, which has the frames last
    sums "$work/fei_example_tem_stack.hspy" '3 axes, 2 items of 9, 0 1/A, sum 153'
    verdict $? 'a stack of Velox'
    [ ! -e "$work/fei_example_complex_fft.hspy" ]
    verdict $? 'complex numbers are left out'
else skip '.ser, .dm3, .dm4, Velox .emd' "HyperSpy's sample files are not installed"; fi
echo "1..$n"
[ $bad = 0 ]
