#!/bin/bash
# A Vitrine run as a Slurm job that carries on by itself: two minutes before the time limit Slurm sends SIGUSR1, Vitrine
# finishes its step, writes a checkpoint and exits with status 75, and the job puts itself back into the queue.
#
#   sbatch --ntasks=64 inputs/slurm.sh inputs/cuzr_glass.yml [more arguments of vitrine run]
#
#SBATCH --job-name=vitrine
#SBATCH --ntasks=32
#SBATCH --cpus-per-task=1
#SBATCH --time=04:00:00
#SBATCH --signal=USR1@120
#SBATCH --output=%x.%j.log
#SBATCH --open-mode=append
#SBATCH --requeue
set -u
deck=${1:?usage: sbatch inputs/slurm.sh DECK [--set KEY=VALUE]...}
export OMP_NUM_THREADS=1

# sbatch runs a copy of this script; SLURM_SUBMIT_DIR is where you were
cd "$SLURM_SUBMIT_DIR" || exit 1

# srun passes SIGUSR1 on to every rank (Open MPI's mpirun does so too, for USR1, not for TERM)
srun vitrine run "$deck" --restart auto "${@:2}"
status=$?

# the same job again: it keeps its number, size and limits, also after the failure of a node
if [ $status -eq 75 ]; then
    scontrol requeue "$SLURM_JOB_ID" || echo "no requeueing here: submit the same command again" >&2
fi
exit $status
