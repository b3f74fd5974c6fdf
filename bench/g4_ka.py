#!/usr/bin/env python3
"""chi4 of the Kob-Andersen liquid: what pass g4 wrote beside a direct calculation, and the two ensembles.

    bench/g4_ka.sh FOLDER; bench/g4_ka.py FOLDER

Direct: numpy, from the trajectory by the definition Q(t) = sum_j [|r_j(t) - r_j(0)| < a], chi4 = var(Q) / N over all time
origins of a run; the peak is that of the mean over replicas, its error the scatter of the replicas' own values at that time.
Ensembles: chi4 with the thermostat less chi4 of the isolated liquid beside (T^2 / c_v) (dQ/dT)^2 (Boltzmann's constant 1),
dQ/dT from the runs at neighbouring temperatures, c_v from their mean energies.
"""
import csv
import glob
import os
import re
import sys

import h5py
import numpy as np

A = 0.3


def path_of(run, stage):
    """Unwrapped positions without the centre of mass, and the time between frames."""
    with h5py.File(os.path.join(run, "g4_ka_ensembles.h5"), "r") as f:
        g = f["particles/" + stage]
        x, edges, t = g["position/value"][()], g["box/edges"], g["position/time"][()]
        box = edges["value"][0] if isinstance(edges, h5py.Group) else edges[()]
    box = np.diag(box) if box.ndim == 2 else box
    step = np.diff(x, axis=0)
    step -= box * np.rint(step / box)
    step -= step.mean(1, keepdims=True)
    return np.concatenate((np.zeros_like(x[:1]), np.cumsum(step, 0))), t[1] - t[0]


def direct(path, lag):
    """Q/N and chi4 at a lag in frames."""
    q = np.array([((path[t + lag] - path[t]) ** 2).sum(1) < A * A for t in range(len(path) - lag)]).sum(1)
    return q.mean() / path.shape[1], q.var() / path.shape[1]


def table(run, label):
    with open(os.path.join(run, "g4_ka_ensembles.%s.chi4.tsv" % label)) as f:
        rows = [r for r in csv.DictReader(f, delimiter="\t") if r["group"] == "all"]
    return np.array([[float(r[c]) for c in ("time", "Q", "chi4")] for r in rows]).T


def relaxation(run, label):
    with open(os.path.join(run, "g4_ka_ensembles.%s_motion.relaxation.tsv" % label)) as f:
        return {r["of"]: float(r["tau_1_e"]) for r in csv.DictReader(f, delimiter="\t") if r["group"] == "all"}


def energy(run, stage):
    """Mean energy and temperature of a stage, per particle."""
    with open(os.path.join(run, "g4_ka_ensembles.thermo.tsv")) as f:
        rows = [r for r in csv.DictReader(f, delimiter="\t") if r["stage"] == stage]
    return np.mean([float(r["total_energy"]) for r in rows]), np.mean([float(r["temperature"]) for r in rows])


def replicas(folder):
    found = {}
    for run in sorted(glob.glob(os.path.join(folder, "T*_*"))):
        m = re.search(r"T([\d.]+)_(\d+)$", run)
        if m and os.path.exists(os.path.join(run, "g4_ka_ensembles.summary.tsv")):
            found.setdefault(float(m.group(1)), []).append(run)
    return found


def mean_curves(runs, label):
    curves = np.array([table(r, label) for r in runs])
    return curves[0, 0], curves[:, 1], curves[:, 2]


def error(x):
    return np.std(x, ddof=1) / np.sqrt(len(x)) if len(x) > 1 else np.nan


def beside_direct(runs, label, stage):
    """Largest difference of the pass from the direct calculation over all lags of all replicas; peaks of both."""
    worst, mine, peaks = 0, [], []
    for run in runs:
        path, dt = path_of(run, stage)
        t, q, chi = table(run, label)
        d = np.array([direct(path, int(round(x / dt))) for x in t])
        worst = max(worst, np.abs(d[:, 1] / chi - 1).max(), np.abs(d[:, 0] / q - 1).max())
        mine.append(d[:, 1])
        peaks.append((t[d[:, 1].argmax()], d[:, 1].max()))
    mean = np.mean(mine, axis=0)
    return worst, t[mean.argmax()], mean.max(), error(np.array(mine)[:, mean.argmax()]), peaks


def main():
    runs = replicas(sys.argv[1])
    print("T\tensemble\treplicas\tpeak\terror\ttime\tdirect_peak\tdirect_time\tworst_difference\ttau_F_self\ttau_F")
    for T in sorted(runs):
        for label, stage in (("nvt", "liquid"), ("nve", "isolated")):
            t, q, chi = mean_curves(runs[T], label)
            if len(t) < 20:
                continue
            m = chi.mean(0)
            worst, dt, dp, _, peaks = beside_direct(runs[T], label, stage)
            tau = [relaxation(r, label) for r in runs[T]]
            print("%g\t%s\t%d\t%.2f\t%.2f\t%.3g\t%.2f\t%.3g\t%.1e\t%.3g\t%.3g" % (
                T, label, len(runs[T]), m.max(), error(chi[:, m.argmax()]), t[m.argmax()], dp, dt, worst,
                np.mean([x["F_self"] for x in tau]), np.mean([x["F_coherent"] for x in tau])))
            print("#   replicas (time, peak):", "; ".join("%.3g %.2f" % p for p in peaks))
    for T, low, high in ((0.6, 0.57, 0.63),):
        if not all(x in runs for x in (T, low, high)):
            continue
        t, q, chi = mean_curves(runs[T], "nvt")
        _, _, alone = mean_curves(runs[T], "nve")
        (e0, t0), (e1, t1) = [np.mean([energy(r, "liquid") for r in runs[x]], axis=0) for x in (low, high)]
        cv = (e1 - e0) / (t1 - t0)
        dq = (mean_curves(runs[high], "nvt")[1].mean(0) - mean_curves(runs[low], "nvt")[1].mean(0)) / (t1 - t0)
        print("# T = %g: c_v = %.2f" % (T, cv))
        print("time\tQ\tdQ_dT\tchi4_nvt\terror\tchi4_nve\terror\tdifference\terror\tpredicted")
        for k in range(len(t)):
            if not 0.4 < t[k] < 120:
                continue
            n, i = chi[:, k], alone[:, k]
            print("%.3g\t%.3f\t%.2f\t%.2f\t%.2f\t%.2f\t%.2f\t%.2f\t%.2f\t%.2f" % (
                t[k], q[:, k].mean(), dq[k], n.mean(), error(n), i.mean(), error(i), n.mean() - i.mean(), error(n - i),
                T * T / cv * dq[k] ** 2))


if __name__ == "__main__":
    main()
