"""mold - nanomolding: mechanism map with measured d_c, L(d), composition along wires, relaxation times, window, lattice."""
import os

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import ListedColormap

from vitrine_plot.style import BLACK, BLUE, CYCLE, GREY, RED, element_colours, numbers, read_tsv, save
from vitrine_plot.tables import draw_table

FIELDS = ("collective", "individual", "shear", "none")
PALE = ("#F6C9B0", "#BFD9F0", "#D8D8D8", "#FFFFFF")


def sibling(path, table):
    """Columns of NAME.TABLE.tsv beside this one, or None."""
    other = path[:-4].rpartition(".")[0] + "." + table + ".tsv"
    if not os.path.isfile(other):
        return None
    header, columns = read_tsv(other)
    return {c: (columns[c] if numbers(columns[c]) is None else numbers(columns[c])) for c in header}


def columns_of(path, needed):
    """Columns of numbers (words stay words) when all of `needed` are there; else None: another room's table."""
    header, table = read_tsv(path)
    if not set(needed) <= set(header):
        return None
    return {c: (table[c] if numbers(table[c]) is None else numbers(table[c])) for c in header}


def draw_map(path, stem, dpi):
    t = columns_of(path, ("temperature_C", "diameter_nm", "mechanism", "dc_nm"))
    if t is None:
        return draw_table(path, stem, dpi)
    temperature, diameter = np.unique(t["temperature_C"]), np.unique(t["diameter_nm"])
    field = np.array([FIELDS.index(m) for m in t["mechanism"]]).reshape(len(temperature), len(diameter))
    fig, ax = plt.subplots(figsize=(3.6, 3.0))
    ax.pcolormesh(temperature, diameter, field.T, cmap=ListedColormap(PALE), vmin=-0.5, vmax=3.5, shading="nearest", rasterized=True)
    order = np.unique(t["temperature_C"], return_index=True)[1]
    curve = t["dc_nm"][order]
    ax.plot(temperature, curve, color=BLACK, label="$d_c$")
    measured = sibling(path, "dc")
    if measured is not None:
        known = np.isfinite(measured["dc_measured_nm"])
        ax.errorbar(measured["temperature_C"][known], measured["dc_measured_nm"][known], yerr=0.1 * measured["dc_measured_nm"][known],
                    ls="", marker="o", ms=4.5, color=RED, mec="white", mew=0.5, elinewidth=0.8, label="measured, ±10 %", zorder=3)
    summary = sibling(path, "summary")
    if summary is not None:
        value = dict(zip(summary["quantity"], summary["value"]))
        for key, name, dash in (("bulk_Tg_C", "$T_g$", "--"), ("interface_Tg_C", "$T_g$ of the interface", ":")):
            if temperature[0] < value.get(key, np.nan) < temperature[-1]:
                ax.axvline(value[key], color=GREY, ls=dash, lw=0.9)
                ax.text(value[key], diameter[0] * 1.12, " " + name, rotation=90, fontsize=6.5, color="#555555", va="bottom", ha="right")
    rows = np.arange(len(diameter))
    for k, name in enumerate(("collective (viscous flow)", "individual (interface)", "shear localisation")):
        if (field == k).mean() < 0.02:
            continue
        a, b = np.nonzero(field == k)
        middle = int(np.median(a))
        inside = rows[field[middle] == k]
        place = diameter[inside[len(inside) // 2]] if len(inside) else np.exp(np.log(diameter[b]).mean())
        ax.text(temperature[middle], place, name, ha="center", va="center", fontsize=7.5)
    ax.set_yscale("log")
    ax.set_xlim(temperature[0], temperature[-1])
    ax.set_ylim(diameter[0], diameter[-1])
    ax.set_xlabel("temperature (°C)")
    ax.set_ylabel("pore diameter (nm)")
    ax.legend(loc="upper right", frameon=True, facecolor="white", framealpha=0.8, edgecolor="none")
    save(fig, stem + ".png", dpi)


def draw_length(path, stem, dpi):
    t = columns_of(path, ("diameter_nm", "temperature_C", "length_nm", "mechanism", "dc_nm"))
    if t is None:
        return draw_table(path, stem, dpi)
    fig, ax = plt.subplots(figsize=(3.6, 3.0))
    hot = sorted(set(zip(t["temperature_C"], t["pressure_GPa"], t["time_s"])), reverse=True)
    colours = plt.cm.plasma(np.linspace(0.85, 0.05, max(2, len(hot))))
    for colour, (temperature, pressure, time) in zip(colours, hot):
        rows = (t["temperature_C"] == temperature) & (t["pressure_GPa"] == pressure) & (t["time_s"] == time)
        d, length = t["diameter_nm"][rows], t["length_nm"][rows]
        ax.plot(d, length, color=colour, label="%g °C, %g GPa, %g s" % (temperature, pressure, time))
        dc = t["dc_nm"][rows][0]
        if d.min() < dc < d.max():
            ax.plot(dc, np.exp(np.interp(np.log(dc), np.log(d), np.log(length))), marker="o", ms=4, color=colour, mec="white", mew=0.5)
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.set_xlabel("pore diameter (nm)")
    ax.set_ylabel("wire length (nm)")
    ax.legend(fontsize=5.5, title="dots: $d_c$", title_fontsize=6, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    save(fig, stem + ".png", dpi)


def wires(path, stem, dpi, t, key, elements, unit):
    """One panel per wire, one line per element."""
    names = list(dict.fromkeys(t[key]))
    fig, axes = plt.subplots(1, len(names), figsize=(0.5 + 2.5 * len(names), 2.4), sharey=True, squeeze=False)
    colours = element_colours(elements)
    for ax, name in zip(axes.flat, names):
        rows = t[key] == name
        if "vacancies" in t:
            rows &= t["vacancies"] == t["vacancies"][rows][0]
        for e in elements:
            error = t.get(e + "_error")
            if error is None:
                ax.plot(t["z_nm"][rows], t[e][rows], color=colours[e], label=e)
            else:
                ax.errorbar(t["z_nm"][rows], t[e][rows], yerr=error[rows], color=colours[e], label=e, marker="o", ms=2.5, elinewidth=0.7)
        if "metal_fraction" in t:
            ax.plot(t["z_nm"][rows], t["metal_fraction"][rows], color=BLACK, lw=0.9, ls="--", label="fast / (fast + slow)")
        if "crystallised" in t and (t["crystallised"][rows] >= 1).any():
            z = t["z_nm"][rows][t["crystallised"][rows] >= 1]
            ax.axvspan(z.min(), z.max(), color="#EEE3F5", lw=0, zorder=0)
            ax.text((z.min() + z.max()) / 2, 0.03, "crystalline", ha="center", fontsize=6.5, color="#7A5195")
        ax.set_title("d = %g %s" % (name, unit))
        ax.set_xlabel("z from the root (nm)")
        ax.set_xlim(left=0)
        ax.set_ylim(0, 1)
    axes[0, 0].set_ylabel("atomic fraction")
    axes[0, -1].legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
    save(fig, stem + ".png", dpi)


def draw_composition(path, stem, dpi):
    t = columns_of(path, ("z_nm", "metal_fraction", "diameter_nm"))
    if t is None:
        return draw_table(path, stem, dpi)
    header = read_tsv(path)[0]
    return wires(path, stem, dpi, t, "diameter_nm", header[1:header.index("metal_fraction")], "nm")


def draw_lattice_composition(path, stem, dpi):
    t = columns_of(path, ("z_nm", "diameter_nm", "vacancies"))
    return wires(path, stem, dpi, t, "diameter_nm", [c[:-6] for c in t if c.endswith("_error")], "nm")


def draw_relaxation(path, stem, dpi):
    t = columns_of(path, ("temperature_C", "tau_bulk_s", "tau_interface_s", "D_interface_m2_per_s"))
    if t is None:
        return draw_table(path, stem, dpi)
    x = 1000 / (t["temperature_C"] + 273.15)
    fig, (a, b) = plt.subplots(1, 2, figsize=(5.6, 2.5))
    a.semilogy(x, t["tau_bulk_s"], color=RED, label="bulk")
    a.semilogy(x, t["tau_interface_s"], color=BLUE, label="interface")
    a.set_ylim(1e-6, 1e14)
    a.set_ylabel("relaxation time in equilibrium (s)")
    b.semilogy(x, t["D_interface_m2_per_s"], color=BLUE, label="interface")
    b.semilogy(x, t["D_bulk_m2_per_s"], color=RED, label="bulk")
    b.semilogy(x, t["D_stokes_einstein_m2_per_s"], color=GREY, ls="--", label="Stokes-Einstein")
    b.set_ylim(1e-26, 1e-13)
    b.set_ylabel("diffusivity ($m^2$/s)")
    for ax in (a, b):
        ax.set_xlabel("1000 K / T")
        ax.set_xlim(x.min(), x.max())
        ax.legend()
    save(fig, stem + ".png", dpi)


def draw_transitions(path, stem, dpi):
    t = columns_of(path, ("time_s", "bulk_Tg_C", "interface_Tg_C", "dc_max_nm"))
    if t is None:
        return draw_table(path, stem, dpi)
    fig, (a, b) = plt.subplots(1, 2, figsize=(5.2, 2.4))
    a.semilogx(t["time_s"], t["bulk_Tg_C"], color=RED, label="bulk $T_g$")
    a.semilogx(t["time_s"], t["interface_Tg_C"], color=BLUE, label="interface $T_g$")
    a.semilogx(t["time_s"], t["dc_max_C"], color=BLACK, ls="", marker="o", ms=3.5, label="$d_c$ is largest")
    a.set_ylabel("temperature (°C)")
    a.legend()
    b.loglog(t["time_s"], t["dc_max_nm"], color=BLACK, marker="o", ms=3.5)
    b.set_ylabel("largest $d_c$ (nm)")
    for ax in (a, b):
        ax.set_xlabel("molding time (s)")
    save(fig, stem + ".png", dpi)


def draw_window(path, stem, dpi):
    t = columns_of(path, ("temperature_C", "pressure_GPa", "time_s", "amorphous"))
    if t is None:
        return draw_table(path, stem, dpi)
    fig, ax = plt.subplots(figsize=(3.4, 2.6))
    for colour, p in zip(CYCLE, sorted(set(t["pressure_GPa"]))):
        rows = t["pressure_GPa"] == p
        x, y, glass = t["temperature_C"][rows], t["time_s"][rows], t["amorphous"][rows] > 0
        ax.semilogy(x, y, color=colour, lw=0.7)
        ax.semilogy(x[glass], y[glass], color=colour, ls="", marker="o", ms=4, label="%g GPa" % p)
        ax.semilogy(x[~glass], y[~glass], color=colour, ls="", marker="x", ms=4)
    ax.set_xlabel("temperature (°C)")
    ax.set_ylabel("time for the length asked for (s)")
    ax.legend(title="amorphous o, crystalline x", title_fontsize=6.5)
    save(fig, stem + ".png", dpi)


def draw_times(path, stem, dpi):
    t = columns_of(path, ("time_s", "diameter_nm", "temperature_C", "length_nm"))
    if t is None:
        return draw_table(path, stem, dpi)
    hot = sorted(set(t["temperature_C"]), reverse=True)
    fig, axes = plt.subplots(1, 3, figsize=(7.2, 2.6), sharey=True)
    for colour, temperature in zip(plt.cm.plasma(np.linspace(0.85, 0.05, max(2, len(hot)))), hot):
        for ax, d in zip(axes, sorted(set(t["diameter_nm"][t["temperature_C"] == temperature]))):
            rows = (t["temperature_C"] == temperature) & (t["diameter_nm"] == d)
            ax.loglog(t["time_s"][rows], t["length_nm"][rows], color=colour, label="%g °C" % temperature)
    for ax, what in zip(axes, ("$d_c / 2$", "$d_c$", "$2 d_c$")):
        ax.set_title("d = " + what)
        ax.set_xlabel("time (s)")
    axes[0].set_ylabel("wire length (nm)")
    axes[2].legend(fontsize=6, loc="center left", bbox_to_anchor=(1.0, 0.5))
    save(fig, stem + ".png", dpi)


def draw_growth(path, stem, dpi):
    t = columns_of(path, ("diameter_nm", "vacancies", "time_s", "length_nm", "eq2_nm"))
    fig, ax = plt.subplots(figsize=(3.4, 2.6))
    for colour, (d, c) in zip(CYCLE, dict.fromkeys(zip(t["diameter_nm"], t["vacancies"]))):
        rows = (t["diameter_nm"] == d) & (t["vacancies"] == c)
        ax.errorbar(t["time_s"][rows], t["length_nm"][rows], yerr=t["length_error_nm"][rows], color=colour, ls="", marker="o", ms=3,
                    elinewidth=0.7, label="%g nm, c = %g" % (d, c))
        ax.plot(t["time_s"][rows], t["eq2_nm"][rows], color=colour, lw=0.8)
    ax.set_xlabel("time (s)")
    ax.set_ylabel("wire length (nm)")
    ax.legend(title="lines: Eq. 2, rates of one", title_fontsize=6.5)
    save(fig, stem + ".png", dpi)


def draw_master(path, stem, dpi):
    t = columns_of(path, ("temperature_C", "x_nm_per_sqrt_Pa_s", "y_nm_per_sqrt_Pa_s", "line_nm_per_sqrt_Pa_s"))
    if t is None:
        return draw_table(path, stem, dpi)
    fig, (a, b) = plt.subplots(1, 2, figsize=(6.4, 2.8))
    hot = sorted(set(t["temperature_C"]), reverse=True)
    for colour, temperature in zip(plt.cm.plasma(np.linspace(0.85, 0.05, max(2, len(hot)))), hot):
        rows = np.flatnonzero(t["temperature_C"] == temperature)
        rows = rows[np.argsort(t["diameter_nm"][rows], kind="stable")]
        a.loglog(t["diameter_nm"][rows], t["length_nm"][rows], ls="", marker="o", ms=3, color=colour)
        a.loglog(t["diameter_nm"][rows], t["fitted_nm"][rows], lw=0.8, color=colour)
        b.loglog(t["x_nm_per_sqrt_Pa_s"][rows], t["y_nm_per_sqrt_Pa_s"][rows], ls="", marker="o", ms=3, color=colour,
                 label="%.4g °C" % temperature)
    order = np.argsort(t["x_nm_per_sqrt_Pa_s"])
    b.loglog(t["x_nm_per_sqrt_Pa_s"][order], t["line_nm_per_sqrt_Pa_s"][order], color=BLACK, lw=0.8, label="viscous flow")
    a.set_xlabel("pore diameter (nm)")
    a.set_ylabel("wire length (nm)")
    a.set_title("lines: fit of each condition", fontsize=7)
    b.set_xlabel(r"$d/\sqrt{\eta}$ (nm $Pa^{-1/2}s^{-1/2}$)")
    b.set_ylabel(r"$L/\sqrt{pt}$ (nm $Pa^{-1/2}s^{-1/2}$)")
    b.legend(fontsize=6, loc="lower right")
    save(fig, stem + ".png", dpi)


def draw_pore_growth(path, stem, dpi):
    t = columns_of(path, ("time_ps", "length_A", "atoms"))
    if t is None:
        return draw_table(path, stem, dpi)
    fig, (a, b) = plt.subplots(1, 2, figsize=(5.4, 2.4))
    a.plot(t["time_ps"], t["length_A"] / 10, color=BLUE, marker="o", ms=2.5)
    a.set_ylabel("wire length (nm)")
    for colour, e in zip(CYCLE, [c for c in t if c not in ("time_ps", "length_A", "atoms")]):
        rows = t["atoms"] >= 50  # fewer say nothing about a composition
        error = np.sqrt(np.maximum(t[e][rows] * (1 - t[e][rows]), 0) / t["atoms"][rows])
        b.errorbar(t["time_ps"][rows], t[e][rows], yerr=error, color=colour, label=e, marker="o", ms=2.5, elinewidth=0.7)
    b.set_ylabel("atomic fraction in the pore")
    b.set_ylim(0, 1)
    b.legend()
    for ax in (a, b):
        ax.set_xlabel("time (ps)")
        ax.set_xlim(left=0)
    save(fig, stem + ".png", dpi)


TABLES = {"map": draw_map, "growth": draw_times, "length": draw_length, "composition": draw_composition, "relaxation": draw_relaxation,
          "transitions": draw_transitions, "window": draw_window, "lattice_growth": draw_growth,
          "lattice_composition": draw_lattice_composition, "master": draw_master, "pore_growth": draw_pore_growth}
