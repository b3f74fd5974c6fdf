#!/usr/bin/env bash
# Writes tests/data/lammps_NAME.txt: random configurations with LAMMPS' energies, virials and forces (needs lmp and
# lammps-data; recorded with Debian's 29 Sep 2021). Run from the top of the repository after
# make build/tests/unit/test_pot_lammps.
set -eu
cd "$(dirname "$0")/../.."
VITRINE_RECORD=tests/data "${BUILD:-build}/tests/unit/test_pot_lammps"
ls -l tests/data/lammps_*.txt
