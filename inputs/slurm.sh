#!/bin/bash
# A Vitrine run as a Slurm job that carries on by itself: a minute before the time limit Slurm sends SIGUSR1, Vitrine
# finishes its step, writes a checkpoint and exits with status 75, and the job submits its own continuation.
#
#   sbatch inputs/slurm.sh inputs/cuzr_glass.yml
#
#SBATCH --job-name=vitrine
#SBATCH --ntasks=32
#SBATCH --cpus-per-task=1
#SBATCH --time=04:00:00
#SBATCH --signal=USR1@120
#SBATCH --output=%x.%j.log
#SBATCH --open-mode=append
set -u
deck=${1:?usage: sbatch inputs/slurm.sh DECK [RESTART]}
restart=${2:-}
export OMP_NUM_THREADS=1

# sbatch runs a copy of this script; SLURM_SUBMIT_DIR is where you were
cd "$SLURM_SUBMIT_DIR" || exit 1
name=$(basename "$deck" .yml)

# srun passes SIGUSR1 on to every rank (Open MPI's mpirun does so too, for USR1, not for TERM)
srun vitrine run "$deck" ${restart:+--restart "$restart"}
status=$?

if [ $status -eq 75 ]; then
    sbatch "$0" "$deck" "out/$name/$name.checkpoint.h5"
    exit 0
fi
exit $status
