"""thermo - the record of a run: volume against temperature with the glass transition, energy, temperature."""
import os
import re

import matplotlib.pyplot as plt
import numpy as np

from vitrine_plot.style import (BLACK, BLUE, RED, GREY, CYCLE, Unusable, numbers, read_tsv, save, stages, text)


def observables(h5):
    """{name: (time, value, stage number)} joined over the stages, and the names of the stages."""
    names, joined = [], {}
    for s, stage in enumerate(stages(h5, "observables")):
        names.append(stage)
        for name, o in h5["observables"][stage].items():
            if hasattr(o, "keys") and "value" in o and o["value"].ndim == 1 and len(o["value"]):
                t = o["time"][()] if "time" in o else np.arange(len(o["value"]))
                joined.setdefault(name, []).append((t, o["value"][()], np.full(len(t), s), o["value"].attrs.get("unit", "")))
    return names, {k: (np.concatenate([p[0] for p in v]), np.concatenate([p[1] for p in v]),
                       np.concatenate([p[2] for p in v]), text(v[0][3])) for k, v in joined.items()}


def averaged(temperature, value, width=25.0):
    """Means over windows of temperature: what a line is fitted to, so that slow parts do not weigh more."""
    k = np.floor(temperature / width).astype(int)
    used = [w for w in np.unique(k) if (k == w).sum() >= 2]
    return np.array([temperature[k == w].mean() for w in used]), np.array([value[k == w].mean() for w in used])


def line_through(temperature, volume, low, high, blocks=10):
    """As the program does it: a line through the means of ten blocks of neighbouring temperatures."""
    order = np.argsort(temperature, kind="stable")
    rows = order[(temperature[order] >= low) & (temperature[order] <= high)]
    blocks = min(blocks, len(rows))
    if blocks < 3:
        return None
    cuts = [rows[len(rows) * k // blocks:len(rows) * (k + 1) // blocks] for k in range(blocks)]
    return np.polyfit([temperature[c].mean() for c in cuts], [volume[c].mean() for c in cuts], 1)


def glass_transition(temperature, volume, ranges):
    """Crossing of the glass's and the liquid's line: (Tg, glass line, liquid line), or None."""
    glass, liquid = (line_through(temperature, volume, *r) for r in ranges)
    if glass is None or liquid is None or liquid[0] <= glass[0]:
        return None
    return (liquid[1] - glass[1]) / (glass[0] - liquid[0]), glass, liquid


def fit_ranges(effective, reduced):
    """Temperatures that the glass's and the liquid's line are fitted to: the deck's, or the program's defaults."""
    default = (0.3, 0.6, 1.2) if reduced else (600.0, 1100.0, 1700.0)
    found = [re.search(r"^\s+%s: *([0-9.e+-]+)" % key, effective, re.M) for key in ("glass_max", "liquid_min", "liquid_max")]
    top, low, high = (float(f.group(1)) if f else d for f, d in zip(found, default))
    return (0.0, top), (low, high)


def cooling(temperature, volume, stage):
    """Rows of the stage that cools most while the box may breathe, its first quarter (where velocities settle) set aside."""
    best, drop = None, 0.1 * np.ptp(temperature)
    for s in np.unique(stage):
        rows = np.nonzero(stage == s)[0]
        if np.ptp(volume[rows]) <= 1e-9 * volume[rows].mean():
            continue
        late = rows[len(rows) // 4:]
        n = max(len(late) // 10, 1)
        fall = temperature[late[:n]].mean() - temperature[late[-n:]].mean()
        if fall > drop:
            best, drop = rows, fall
    return best


def draw_thermo(names, data, path, dpi, effective=""):
    """names of the stages; data as observables() gives them. Energies and volumes are per atom."""
    if "temperature" not in data:
        return
    time, temperature, stage, unit = data["temperature"]
    reduced = unit != "K"
    degrees = "temperature (%s)" % (r"$\epsilon/k_B$" if reduced else "K")
    energy, volume = data.get("potential_energy"), data.get("volume")
    rows = cooling(temperature, volume[1], stage) if volume is not None else None
    cooled = rows is not None
    panels = 1 + (energy is not None) + cooled
    fig, axes = plt.subplots(1, panels, figsize=(2.5 * panels + 0.3, 2.3), squeeze=False)
    axes = list(axes.flat)
    letters = iter("abc")
    if cooled:
        ax = axes.pop(0)
        T, V = averaged(temperature[rows], volume[1][rows], 0.02 if reduced else 25.0)
        ax.plot(temperature[rows], volume[1][rows], ".", ms=1, color="#BBBBBB", rasterized=True)
        ax.plot(T, V, "o", ms=2.6, color=BLACK, mfc="none", mew=0.7)
        fit = glass_transition(temperature[rows], volume[1][rows], fit_ranges(effective, reduced))
        if fit:
            tg, a, b = fit
            line = np.array([temperature[rows].min(), temperature[rows].max()])
            for (slope, offset), colour, word in ((a, BLUE, "glass"), (b, RED, "liquid")):
                ax.plot(line, slope * line + offset, color=colour, lw=1, label=word)
            ax.axvline(tg, color=GREY, lw=0.7, ls=":")
            ax.annotate((r"$T_g$ = %.3g" if reduced else r"$T_g$ = %.0f K") % tg, (tg, a[0] * tg + a[1]), (0.42, 0.1), textcoords="axes fraction",
                        arrowprops={"arrowstyle": "-", "lw": 0.6, "color": GREY})
            ax.legend(loc="upper left")
        if V.size:  # a quench of few records has no averages
            margin = 0.08 * np.ptp(V)
            ax.set_ylim(V.min() - margin, V.max() + margin)
        ax.set_xlabel(degrees)
        ax.set_ylabel(r"volume per atom (%s)" % (r"$\sigma^3$" if reduced else r"$\AA^3$"))
        ax.set_title("%s  %s" % (next(letters), names[int(stage[rows[0]])]), loc="left")
    if energy is not None:
        ax = axes.pop(0)
        for s in np.unique(stage):
            ax.plot(temperature[stage == s], energy[1][stage == s], lw=0.8, color=CYCLE[s % len(CYCLE)], label=names[s])
        ax.set_xlabel(degrees)
        ax.set_ylabel("potential energy (%s/atom)" % (r"$\epsilon$" if reduced else "eV"))
        ax.set_title(next(letters), loc="left")
    ax = axes.pop(0)
    if "target" in data:
        ax.plot(data["target"][0], data["target"][1], lw=0.7, color="#AAAAAA")
    for s in np.unique(stage):
        ax.plot(time[stage == s], temperature[stage == s], lw=0.8, color=CYCLE[s % len(CYCLE)], label=names[s])
    ax.set_xlabel("time (%s)" % ("reduced" if reduced else "ps"))
    ax.set_ylabel(degrees)
    ax.set_title(next(letters), loc="left")
    ax.legend(loc="best", handlelength=1.2)
    save(fig, path, dpi)


def draw_record(path, stem, dpi):
    """The thermodynamic record as a table: stage, step, time, then columns as in /observables."""
    header, table = read_tsv(path)
    if header[0] != "stage":
        raise Unusable("not a thermodynamic record: its first column is not 'stage'")
    names = list(dict.fromkeys(table["stage"]))
    stage = np.array([names.index(s) for s in table["stage"]])
    time = numbers(table["time_ps"] if "time_ps" in table else table["time"])
    data = {}
    for column in header[3:]:
        for suffix, unit in (("_K", "K"), ("_eV_atom", "eV"), ("_A3_atom", "A3"), ("", "")):
            if column.endswith(suffix):
                data[column[:len(column) - len(suffix)]] = time, numbers(table[column]), stage, unit
                break
    beside = path[:-len(".thermo.tsv")] + ".effective.yml"
    draw_thermo(names, data, stem + ".png", dpi, open(beside).read() if os.path.isfile(beside) else "")


TABLES = {"thermo": draw_record}
