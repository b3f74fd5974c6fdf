"""rates - the mean field of the kinetics room: Tc against diameter and its causes, critical rates, TTT diagrams."""
import os

import matplotlib.pyplot as plt
import numpy as np

from vitrine_plot.style import BLACK, BLUE, CYCLE, GREEN, GREY, ORANGE, RED, numbers, read_tsv, save
from vitrine_plot.tables import draw_table


def columns_of(path, needed):
    """Columns of numbers (words stay words) when all of `needed` are there; else None: another table."""
    header, table = read_tsv(path)
    if not set(needed) <= set(header):
        return None
    return {c: (table[c] if numbers(table[c]) is None else numbers(table[c])) for c in header}


def sibling(path, table, needed):
    other = path[:-4].rpartition(".")[0] + "." + table + ".tsv"
    return columns_of(other, needed) if os.path.isfile(other) else None


def rods(t):
    return np.isfinite(t["diameter_nm"])


def draw_tc(path, stem, dpi):
    t = columns_of(path, ("diameter_nm", "tc_median_C", "tc_16_C", "tc_84_C", "censored_fraction", "gumbel_K"))
    if t is None:
        return draw_table(path, stem, dpi)
    k = rods(t)
    d, low, high = (t[c][k] for c in ("diameter_nm", "tc_16_C", "tc_84_C"))
    fig, axes = plt.subplots(2, 1, figsize=(3.5, 4.2), sharex=True, gridspec_kw={"height_ratios": [2, 1]})
    ax = axes[0]
    ax.fill_between(d, low, high, color=BLUE, alpha=0.25, lw=0, label="16 to 84 %")
    ax.plot(d, t["tc_median_C"][k], color=BLUE, marker="o", ms=3, label="median")
    causes = sibling(path, "rates_causes", ("diameter_nm", "tc_no_confinement_C", "tc_no_starvation_C"))
    if causes is not None:
        r = rods(causes)
        ax.plot(causes["diameter_nm"][r], causes["tc_no_confinement_C"][r], color=ORANGE, ls="--", label="without confinement")
        ax.plot(causes["diameter_nm"][r], causes["tc_no_starvation_C"][r], color=GREEN, ls=":", lw=1.6,
                label="without scatter of numbers\n(ramp carried on)")
    points = sibling(path, "rates_compare", ("quantity", "relation", "diameter_nm", "value", "sigma", "schedule", "role"))
    if points is not None:
        same = (points["quantity"] == "tc_C") & (points["schedule"] == t["schedule"][0])
        shown = False
        for i in np.nonzero(same)[0]:
            bound = points["relation"][i] != "="
            ax.errorbar(points["diameter_nm"][i], points["value"][i], yerr=points["sigma"][i] if not bound else 6,
                        uplims=points["relation"][i] == "<", lolims=points["relation"][i] == ">", marker="" if bound else "s", ms=4,
                        color=RED, ls="", elinewidth=0.9, capsize=2, zorder=4, label=None if shown else "published")
            shown = True
    ax.set_ylabel(r"$T_c$ ($^\circ$C)")
    ax.legend(loc="upper center", fontsize=6)
    ax = axes[1]
    seen = t["tc_sd_K"][k] > 1e-3  # thicker rods all crystallise at once
    ax.plot(d[seen], t["tc_sd_K"][k][seen], color=BLUE, marker="o", ms=3, label="spread of $T_c$")
    ax.plot(d, t["gumbel_K"][k], color=GREY, ls="--", label=r"ceiling $(\pi/\sqrt{6})\,kT^2/E$")
    ax.set_yscale("log")
    ax.set_ylim(0.1, 50)
    ax.set_ylabel("K")
    ax.set_xlabel("diameter (nm)")
    ax.set_xscale("log")
    ax.legend(loc="lower left", fontsize=6)
    save(fig, stem + ".png", dpi)


def draw_critical(path, stem, dpi):
    t = columns_of(path, ("diameter_nm", "critical_heating_K_per_s", "critical_cooling_K_per_s"))
    if t is None:
        return draw_table(path, stem, dpi)
    k = rods(t)
    fig, ax = plt.subplots(figsize=(3.4, 2.8))
    for name, colour, word in (("critical_heating_K_per_s", RED, "heating"), ("critical_cooling_K_per_s", BLUE, "cooling")):
        ax.plot(t["diameter_nm"][k], t[name][k], color=colour, marker="o", ms=3, label=word)
        for y in t[name][~k]:
            ax.axhline(y, color=colour, lw=0.7, ls=":")
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.set_xlabel("diameter (nm); dotted: bulk")
    ax.set_ylabel("critical rate (K/s)")
    ax.legend()
    save(fig, stem + ".png", dpi)


def draw_ttt(path, stem, dpi):
    t = columns_of(path, ("diameter_nm", "T_C", "detected_s", "first_nucleus_s"))
    if t is None:
        return draw_table(path, stem, dpi)
    fig, ax = plt.subplots(figsize=(4.2, 3.0))
    for i, d in enumerate(np.unique(t["diameter_nm"])):
        k = t["diameter_nm"] == d
        colour = BLACK if np.isinf(d) else [c for c in CYCLE if c != BLACK][i % (len(CYCLE) - 1)]
        ax.plot(t["detected_s"][k], t["T_C"][k], color=colour, marker=".", ms=4, ls="--" if np.isinf(d) else "-", label="bulk" if np.isinf(d) else "%g nm" % d)
    ax.set_xscale("log")
    ax.set_xlabel("time until crystals are seen (s)")
    ax.set_ylabel(r"temperature ($^\circ$C)")
    ax.legend(fontsize=6, loc="center left", bbox_to_anchor=(1.0, 0.5))
    save(fig, stem + ".png", dpi)


TABLES = {"rates_tc": draw_tc, "rates_critical": draw_critical, "rates_ttt": draw_ttt}
