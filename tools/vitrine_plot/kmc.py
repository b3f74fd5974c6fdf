"""kmc - crystallisation by Monte Carlo: Tc against diameter, intensity traces, crystallisation along the axis, film strips."""
import os

import h5py
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import ListedColormap
from matplotlib.ticker import NullFormatter, ScalarFormatter

from vitrine_plot.style import BLACK, BLUE, CYCLE, GREY, ORANGE, RED, numbers, read_tsv, save
from vitrine_plot.tables import draw_table

GLASS = "#E9ECEF"


def columns_of(path, needed):
    header, table = read_tsv(path)
    if not set(needed) <= set(header):
        return None
    return {c: (table[c] if numbers(table[c]) is None else numbers(table[c])) for c in header}


def sibling(path, table):
    other = path[:-4].rpartition(".")[0] + "." + table + ".tsv"
    return read_tsv(other)[1] if os.path.isfile(other) else None


def measured(path, schedule):
    """Rows of the summary that stand beside a reference that was read: (diameter, low, high, whether it was fitted)."""
    rows, table = [], sibling(path, "summary")
    if table is None:
        return rows
    for k, quantity in enumerate(table["quantity"]):
        if not (quantity.startswith(schedule + "_") and quantity.endswith("nm_tc_C") and table["source"][k].endswith("read")):
            continue
        low, high = float(table["low"][k]), float(table["high"][k])
        rows.append((float(quantity[len(schedule) + 1:-len("nm_tc_C")]), low, high, "; fitted;" in table["source"][k]))
    return rows


def draw_tc(path, stem, dpi):
    t = columns_of(path, ("diameter_nm", "schedule", "tc_C", "tc_sd_C", "censored_fraction"))
    if t is None:
        return draw_table(path, stem, dpi)
    names = list(dict.fromkeys(t["schedule"]))
    fig, (ax, low) = plt.subplots(2, 1, sharex=True, figsize=(3.5, 3.4), height_ratios=(3.2, 1))
    for name, colour in zip(names, CYCLE * len(names)):
        at = np.nonzero(t["schedule"] == name)[0]
        at = at[np.argsort(t["diameter_nm"][at])]
        d, tc, sd = t["diameter_nm"][at], t["tc_C"][at], t["tc_sd_C"][at]
        gone = t["censored_fraction"][at]
        seen = np.isfinite(tc)
        if seen.any():
            ax.errorbar(d[seen], tc[seen], yerr=np.nan_to_num(sd[seen]), fmt="o-", ms=3.2, lw=1, capsize=1.8, elinewidth=0.7,
                        color=colour, label=name + ", mean and sd" if len(names) < 4 else name)
            half = seen & (gone > 0.05)
            ax.plot(d[half], tc[half], "o", ms=3.2, mfc="white", mec=colour, zorder=3)
        low.plot(d, gone, "s-", ms=2.6, lw=0.9, color=colour)
        for k, (diameter, a, b, fitted) in enumerate(measured(path, name)):
            ax.errorbar(diameter, (a + b) / 2, yerr=(b - a) / 2, fmt="none", ecolor=RED, elinewidth=3, alpha=0.45, zorder=0,
                        label=("measured (text), fitted" if fitted else "measured (text), band") if k == 0 else None)
    ax.set_ylabel("$T_c$ (°C)")
    low.set_ylabel("never\ncrystalline")
    low.set_ylim(-0.05, 1.05)
    low.set_xlabel("diameter (nm)")
    if t["diameter_nm"].max() > 5 * t["diameter_nm"].min():
        low.set_xscale("log")
    ax.legend(loc="upper right")
    save(fig, stem + ".png", dpi)


def groups_of(t, keys):
    label = np.array(["\0".join(str(t[k][m]) for k in keys) for m in range(len(t[keys[0]]))])
    return [(g.split("\0"), np.nonzero(label == g)[0]) for g in dict.fromkeys(label)]


def draw_intensity(path, stem, dpi):
    t = columns_of(path, ("schedule", "diameter_nm", "replica", "temperature_C", "relative_intensity"))
    if t is None:
        return draw_table(path, stem, dpi)
    keep = t["replica"] == 0
    t = {c: v[keep] for c, v in t.items()}
    fig, ax = plt.subplots(figsize=(3.5, 2.5))
    rows = groups_of(t, ("schedule", "diameter_nm"))
    shades = plt.get_cmap("viridis")(np.linspace(0, 0.92, len(rows)))
    low = 1e9
    for (key, at), colour in zip(rows, shades):
        several = len({k[0] for k, _ in rows}) > 1
        label = "%s, %.4g nm" % (key[0], float(key[1])) if several else "%.4g nm" % float(key[1])
        ramp = np.ptp(t["temperature_C"][at]) > 5
        x = t["temperature_C"][at] if ramp else t["time_s"][at]
        ax.plot(x, t["relative_intensity"][at], lw=1, color=colour, label=label)
        rise = at[t["relative_intensity"][at] > 0.005]
        if len(rise) and ramp:
            low = min(low, t["temperature_C"][rise[0]])
    if low < 1e9:
        ax.set_xlim(left=low - 25)
    ax.set_xlabel("temperature (°C)")
    ax.set_ylabel("$(I_s - I_b)/I_b$")
    ax.legend(ncol=2 if len(rows) > 6 else 1, fontsize=6)
    save(fig, stem + ".png", dpi)


def draw_axis(path, stem, dpi):
    t = columns_of(path, ("schedule", "diameter_nm", "replica", "z_nm", "local_diameter_nm", "half_C"))
    if t is None:
        return draw_table(path, stem, dpi)
    rows = [(k, at) for k, at in groups_of(t, ("schedule", "diameter_nm", "replica")) if np.isfinite(t["half_C"][at]).any()]
    rows = rows[:8]
    shape = np.ptp(t["local_diameter_nm"]) > 0 and len({k[1] for k, _ in rows}) == 1
    fig, axes = plt.subplots(1 + shape, 1, sharex=True, figsize=(3.5, 2.2 + 0.9 * shape), squeeze=False,
                             height_ratios=(1, 2.4) if shape else (1,))
    if shape:
        at = rows[0][1]
        z, r = t["z_nm"][at], t["local_diameter_nm"][at] / 2
        axes[0, 0].fill_between(z, -r, r, color=GREY, alpha=0.5, lw=0)
        axes[0, 0].set_ylabel("nm")
        axes[0, 0].set_ylim(-1.6 * r.max(), 1.6 * r.max())
    ax = axes[-1, 0]
    for (key, at), colour in zip(rows, CYCLE):
        label = "replica " + str(int(float(key[2]))) if shape else "%s, %.4g nm" % (key[0], float(key[1]))
        ax.plot(t["z_nm"][at], t["half_C"][at], lw=1, color=colour, label=label)
    ax.set_xlabel("z (nm)")
    ax.set_ylabel("half crystalline at (°C)")
    ax.legend(fontsize=6, ncol=2)
    save(fig, stem + ".png", dpi)


def draw_neck(path, stem, dpi):
    t = columns_of(path, ("temperature_C", "neck_nm_per_s", "thick_nm_per_s", "slow_down"))
    if t is None:
        return draw_table(path, stem, dpi)
    fig, ax = plt.subplots(figsize=(3.3, 2.4))
    ax.semilogy(t["temperature_C"], t["thick_nm_per_s"], "s", ms=4, color=BLUE, label="thick part, same temperature")
    ax.semilogy(t["temperature_C"], t["neck_nm_per_s"], "o", ms=4, color=ORANGE, label="neck")
    ax.semilogy([330, 394], [65, 180], "s", ms=5, mfc="none", mec=BLUE, label="measured, thick (input)")
    ax.semilogy([360, 370, 380], [4.5, 0.3, 11], "o", ms=5, mfc="none", mec=RED, label="measured, neck")
    ax.set_xlabel("temperature (°C)")
    ax.set_ylabel("velocity of the front (nm/s)")
    ax.legend(fontsize=6)
    save(fig, stem + ".png", dpi)


def draw_spread(path, stem, dpi):
    """Scatter of Tc and of the first nucleus against diameter, beside the ceiling of the latter."""
    t = columns_of(path, ("diameter_nm", "schedule", "half_width_K", "sd_K", "sd_first_nucleus_K", "ceiling_K"))
    if t is None:
        return draw_table(path, stem, dpi)
    fig, ax = plt.subplots(figsize=(3.5, 2.6))
    for (key, at), marker in zip(groups_of(t, ("schedule",)), "osv^D" * 9):
        at = at[np.argsort(t["diameter_nm"][at])]
        for column, text, colour in (("half_width_K", "$T_c$: half of 16–84 % (Kaplan–Meier)", BLUE),
                                     ("sd_first_nucleus_K", "first nucleus: standard deviation", ORANGE),
                                     ("ceiling_K", r"its ceiling $(\pi/\sqrt{6})\,kT^2/E$", BLACK)):
            ax.plot(t["diameter_nm"][at], t[column][at], marker + "-", ms=2.8, lw=0.9, color=colour, label=text if key == [t["schedule"][0]] else None)
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.set_xlabel("diameter (nm)")
    ax.set_ylabel("scatter (K)")
    ax.legend(fontsize=6)
    save(fig, stem + ".png", dpi)


def draw_causes(path, stem, dpi):
    """Tc against diameter as it is and with one cause changed at a time."""
    t = columns_of(path, ("off", "schedule", "diameter_nm", "tc_C", "tc_error_K", "censored_fraction"))
    if t is None:
        return draw_table(path, stem, dpi)
    text = {"none": "all causes", "surface": "no surface nucleation", "confinement": "no confinement",
            "starvation": "no starvation (endless rods)", "gibbs_thomson": "Gibbs–Thomson switched"}
    fig, ax = plt.subplots(figsize=(3.5, 2.7))
    for (key, at), colour, marker in zip(groups_of(t, ("off", "schedule")), [BLACK] + list(CYCLE), "o^sDvP<>X*h"):
        hollow = dict(ms=5, mfc="none", mew=0.8) if key[0] != "none" else dict(ms=2.6)  # curves may lie on each other
        at = at[np.argsort(t["diameter_nm"][at])]
        at = at[np.isfinite(t["tc_C"][at])]
        if not len(at):
            continue
        ax.errorbar(t["diameter_nm"][at], t["tc_C"][at], yerr=2 * np.nan_to_num(t["tc_error_K"][at]), fmt=marker + "-", lw=1,
                    capsize=1.5, **hollow, elinewidth=0.7, color=colour, label=text.get(key[0], key[0]), zorder=3 if key[0] == "none" else 2)
        few = at[t["censored_fraction"][at] > 0.05]
        ax.plot(t["diameter_nm"][few], t["tc_C"][few], "o", ms=2.6, mfc="white", mec=colour, zorder=4)
    ax.set_xscale("log")
    ax.set_xticks([d for d in (6, 10, 20, 50, 100, 200, 500, 1000) if d <= 1.05 * t["diameter_nm"].max()])
    ax.xaxis.set_major_formatter(ScalarFormatter())
    ax.xaxis.set_minor_formatter(NullFormatter())
    ax.set_xlabel("diameter (nm)")
    ax.set_ylabel("$T_c$ (°C), 2 standard errors")
    ax.legend(fontsize=6)
    save(fig, stem + ".png", dpi)


def draw_microscope(path, stem, dpi):
    """What each signal of the virtual microscope says against temperature, over its full change."""
    t = columns_of(path, ("schedule", "diameter_nm", "time_s", "temperature_C", "bright_field", "dark_field", "peak", "spot", "volume"))
    if t is None:
        return draw_table(path, stem, dpi)
    rows = groups_of(t, ("schedule", "diameter_nm"))[:4]
    found = sibling(path, "signals")
    fig, axes = plt.subplots(len(rows), 1, figsize=(3.5, 1.7 * len(rows) + 0.5), squeeze=False)
    for ax, (key, at) in zip(axes[:, 0], rows):
        ramp = np.ptp(t["temperature_C"][at]) > 5
        x = t["temperature_C"][at] if ramp else t["time_s"][at]
        edges = []
        for (name, text), colour in zip((("volume", "volume, N"), ("bright_field", "bright field"), ("dark_field", "dark field"),
                                         ("spot", "spot sum, N$^{4/3}$"), ("peak", "peak, N$^2$")), [BLACK] + list(CYCLE)):
            y = t[name][at]
            if not np.isfinite(y).all() or np.ptp(y) == 0:
                continue
            part = (y - y[0]) / np.abs(y - y[0]).max()
            ax.plot(x, part, lw=1, color=colour, label=text)
            moving = np.nonzero(np.abs(part) > 0.01)[0]
            edges += [x[moving[0]], x[np.nonzero(np.abs(part[-1] - part) > 0.01)[0][-1]]]
            for k in range(len(found["signal"]) if found is not None and ramp else 0):
                if (found["schedule"][k], float(found["diameter_nm"][k]), found["signal"][k]) == (key[0], float(key[1]), name):
                    ax.plot(float(found["tc_C"][k]), 0, "^", ms=4, color=colour, clip_on=False)
        if edges:
            ax.set_xlim(min(edges) - 8, min(max(edges) + 8, x[-1]))
        ax.set_ylabel("%.4g nm\nchange / largest" % float(key[1]))
    axes[0, 0].legend(fontsize=5.5, ncol=2)
    axes[-1, 0].set_xlabel("temperature (°C); triangles: $T_c$ by the intercept" if ramp else "time (s)")
    save(fig, stem + ".png", dpi)


def draw_onset(path, stem, dpi):
    """The film's (I_s - I_b)/I_b with what pass onset made of it."""
    t = columns_of(path, ("frame", "time_s", "temperature_C", "relative_intensity", "spot_pixels"))
    if t is None:
        return draw_table(path, stem, dpi)
    warm = np.isfinite(t["temperature_C"]).all() and np.ptp(t["temperature_C"]) > 1
    x = t["temperature_C"] if warm else np.where(np.isfinite(t["time_s"]), t["time_s"], t["frame"])
    fig, ax = plt.subplots(figsize=(3.5, 2.4))
    ax.plot(x, t["relative_intensity"], ".", ms=1.5, color=GREY)
    found = sibling(path, "onset")
    for k in range(len(found["criterion"]) if found is not None else 0):
        at = float(found["tc_C" if warm else "time_s"][k])
        if np.isfinite(at):
            error = float(found["error_K" if warm else "error_s"][k])
            colour = (ORANGE, BLUE, RED)[k % 3]
            ax.axvline(at, color=colour, lw=1, label="%s %.1f ± %.1f" % (found["criterion"][k].replace("_", " "), at, error))
    ax.set_xlabel("temperature (°C)" if warm else "time (s)")
    ax.set_ylabel("$(I_s - I_b)/I_b$")
    ax.legend(fontsize=6)
    save(fig, stem + ".png", dpi)


def strip(h5, path, stem, dpi):
    """One replica at six times: the middle section, grains in colours, glass in grey."""
    grain, time = h5[path + "/grain"][:], h5[path + "/time"][:]
    edge = h5[path + "/grain"].attrs["edge_nm"]
    inside = grain > -2
    moments = np.sort(time[inside & np.isfinite(time)])
    if len(moments) == 0:
        return
    total = inside.sum()
    steps = [f for f in (0.02, 0.1, 0.25, 0.5, 0.75, 0.99) if int(f * total) < len(moments)]
    when = [moments[int(f * total)] for f in steps] or [moments[-1]]
    middle = grain.shape[1] // 2
    if grain.shape[0] * edge[2] < grain.shape[1] * edge[1]:  # a film: seen from above
        g, t, extent = grain[grain.shape[0] // 2], time[grain.shape[0] // 2], (0, grain.shape[2] * edge[0], 0, grain.shape[1] * edge[1])
        names = ("x (nm)", "y (nm)")
    else:
        g, t = grain[:, middle, :].T, time[:, middle, :].T
        extent = (0, grain.shape[0] * edge[2], -grain.shape[2] * edge[0] / 2, grain.shape[2] * edge[0] / 2)
        names = ("z (nm)", "")
    colours = np.random.default_rng(1).permutation(plt.get_cmap("turbo")(np.linspace(0.03, 0.97, 256)))
    colours = ListedColormap(colours)
    aspect = (extent[3] - extent[2]) / (extent[1] - extent[0])
    n = len(when)
    columns = 1 if aspect < 0.2 else 3
    rows = -(-n // columns)
    across = columns > 1
    size = (7.0, rows * (2.2 * aspect + 0.25) + 0.3) if across else (4.6, n * max(0.34, 4.0 * aspect) + 0.45)
    fig, axes = plt.subplots(rows, columns, figsize=size, squeeze=False, sharex=True, sharey=True)
    for ax in axes.flat[n:]:
        ax.axis("off")
    for ax, now, f in zip(axes.flat, when, steps or [1]):
        show = np.where(g < 0, np.nan, g % 256).astype(float)
        show[t > now] = np.nan
        ax.imshow(np.where(g > -2, 1.0, np.nan), cmap=ListedColormap([GLASS]), extent=extent, origin="lower", aspect="equal")
        ax.imshow(show, cmap=colours, vmin=0, vmax=255, extent=extent, origin="lower", aspect="equal", interpolation="nearest")
        ax.set_yticks([])
        ax.tick_params(axis="x", top=False, bottom=ax in axes[-1])
        title = "%.0f %%, t = %.5g s" % (100 * f, now)
        if across:
            ax.set_title(title, fontsize=6)
        else:
            ax.set_ylabel(title, rotation=0, ha="right", va="center", fontsize=6)
        for side in ax.spines.values():
            side.set_visible(False)
    for ax in axes[-1]:
        ax.set_xlabel(names[0])
    save(fig, stem, dpi)


def draw_group(h5, stem, dpi):
    for name in h5["kmc"]:
        path = "kmc/%s/replica_0" % name
        if path + "/grain" in h5:
            strip(h5, path, "%s.%s.strip.png" % (stem, name), dpi)


TABLES = {"tc": draw_tc, "intensity": draw_intensity, "axis": draw_axis, "neck": draw_neck, "causes": draw_causes, "spread": draw_spread,
          "microscope": draw_microscope, "onset_trace": draw_onset}
GROUPS = {"kmc": draw_group}
