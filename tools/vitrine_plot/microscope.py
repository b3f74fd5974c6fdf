"""microscope - maps of symmetry with the interfaces drawn in, integrated patterns with their spots, profiles, images."""
import os

import matplotlib.pyplot as plt
import numpy as np
from matplotlib import patheffects
from matplotlib.ticker import MaxNLocator

from vitrine_plot.style import BLACK, BLUE, CYCLE, GREEN, ORANGE, RED, Unusable, nice, numbers, read_tsv, save, text

OUTLINE = [patheffects.withStroke(linewidth=1.5, foreground="black")]
REGION = {"all": BLACK, "bright": RED, "dark": BLUE}


def scale_bar(ax, step, unit, width):
    """A bar of a round length, about a quarter of the picture, in the lower left corner."""
    target = 0.25 * width * step
    length = max(v * 10.0 ** e for e in range(-4, 6) for v in (1, 2, 5) if v * 10.0 ** e <= target)
    ax.plot([0.05, 0.05 + length / (width * step)], [0.06, 0.06], transform=ax.transAxes, color="white", lw=2.2,
            solid_capstyle="butt", path_effects=[patheffects.withStroke(linewidth=3.8, foreground="black")])
    ax.text(0.05, 0.09, "%g %s" % (length, unit), transform=ax.transAxes, color="white", ha="left", va="bottom",
            fontsize=6.5, path_effects=OUTLINE)


def bare(ax):
    ax.set_xticks([])
    ax.set_yticks([])


def step_of(dataset):
    step = np.atleast_1d(dataset.attrs.get("step_nm", [np.nan]))[-1]
    return (float(step), "nm") if np.isfinite(step) else (1.0, "px")


def aspect_of(dataset):
    """Height of a pixel over its width."""
    step = np.atleast_1d(dataset.attrs.get("step_nm", [np.nan]))
    return float(step[0] / step[-1]) if np.isfinite(step).all() else 1.0


def show_map(ax, dataset, colours="viridis"):
    data = dataset[()]
    low, high = np.nanpercentile(data, (1, 99)) if np.isfinite(data).any() else (0, 1)
    picture = ax.imshow(data, origin="lower", cmap=colours, vmin=low, vmax=high, interpolation="nearest", aspect=aspect_of(dataset))
    bare(ax)
    ax.set_facecolor("#999999")  # where there is nothing
    if data.shape[1] >= 8:
        scale_bar(ax, *step_of(dataset), data.shape[1])
    return picture


def beside(fig, picture, ax, shape):
    """A colour bar as high as its picture."""
    bar = fig.colorbar(picture, ax=ax, fraction=0.046 * shape, pad=0.02)
    bar.ax.tick_params(labelsize=5)
    return bar


def outline(ax, mask):
    """The interfaces as lines around the masked pixels."""
    if mask is not None and 0 < mask.sum() < mask.size and min(mask.shape) > 1:
        ax.contour(mask, [0.5], colors="white", linewidths=0.6)


def orders(group):
    return sorted((int(name[1:]), name) for name in group if name[0] == "n" and name[1:].isdigit())


def draw_symmetry(group, label, stem, dpi):
    """One panel for each n."""
    maps = group["maps"]
    mask = group["interface"][()] if "interface" in group else None
    found = orders(maps)
    if not found or min(maps[found[0][1]].shape) < 2:
        return
    columns = min(4, len(found))
    rows = -(-len(found) // columns)
    height, width = maps[found[0][1]].shape
    shape = min(2.0, max(0.3, height / width * aspect_of(maps[found[0][1]])))
    fig, axes = plt.subplots(rows, columns, figsize=(1.9 * columns, (1.5 * shape + 0.4) * rows + 0.2), squeeze=False)
    for ax in axes.flat[len(found):]:
        ax.set_axis_off()
    for ax, (n, name) in zip(axes.flat, found):
        picture = show_map(ax, maps[name])
        outline(ax, mask)
        bar = beside(fig, picture, ax, shape)
        bar.formatter.set_powerlimits((0, 0))
        bar.ax.yaxis.get_offset_text().set_fontsize(5)
        ax.set_title("n = %d" % n)
    low, high = maps[found[0][1]].attrs["k_range"]
    fig.suptitle(r"%s, %s to %s 1/$\AA$%s" % (text(maps[found[0][1]].attrs["convention"]).split(":")[0], "%.3g" % low,
                                             "%.3g" % high, ", lines: interfaces" if mask is not None else ""), fontsize=8)
    save(fig, "%s.%s.png" % (stem, "maps" if label == "symmetry" else label + ".maps"), dpi)


def spots_beside(stem, label):
    """{pattern: (kx, ky)} of the table beside the file."""
    for name in ("%s.%s.spots.tsv" % (stem, label), stem + ".spots.tsv"):
        if not os.path.isfile(name):
            continue
        try:
            _, table = read_tsv(name)
        except Unusable:
            return {}
        kx, ky = numbers(table["kx_1_per_A"]), numbers(table["ky_1_per_A"])
        return {p: (kx[table["pattern"] == p], ky[table["pattern"] == p]) for p in set(table["pattern"])}
    return {}


def show_pattern(ax, data, log):
    shown = np.log10(np.maximum(data, data[data > 0].min() if (data > 0).any() else 1e-12)) if log else data
    low, high = np.percentile(shown, (2, 99.9)) if log else (0, np.percentile(data, 99.5))
    ax.imshow(shown, origin="lower", cmap="magma", vmin=low, vmax=high, interpolation="nearest")
    bare(ax)


def draw_spots(group, label, stem, dpi, source):
    """Integrated patterns, logarithmic above and linear below, with the spots that were found."""
    names = [n for n in ("all", "bright", "dark") if "pattern_" + n in group]
    spots = spots_beside(source, label)
    pixel = float(group.attrs["pixel"])
    centre = float(group.attrs["centre_x"]), float(group.attrs["centre_y"])
    fig, axes = plt.subplots(2, len(names), figsize=(2.3 * len(names), 4.5), squeeze=False)
    for k, name in enumerate(names):
        data = group["pattern_" + name][()]
        for row in (0, 1):
            ax = axes[row, k]
            show_pattern(ax, data, row == 0)
            scale_bar(ax, abs(pixel), r"1/$\AA$", data.shape[1])
            if name in spots and row == 1:
                ax.plot(centre[0] + spots[name][0] / pixel, centre[1] + spots[name][1] / pixel, "o", mfc="none", mec="#56B4E9",
                        ms=6, mew=0.7)
                ax.set_xlim(-0.5, data.shape[1] - 0.5)
                ax.set_ylim(-0.5, data.shape[0] - 0.5)
        axes[0, k].set_title(text(group["pattern_" + name].attrs.get("description", name)).replace("[ky][kx]: ", name + ", "))
    axes[0, 0].set_ylabel("logarithmic")
    axes[1, 0].set_ylabel("linear")
    save(fig, "%s.%s.png" % (stem, "patterns" if label == "spots" else label + ".patterns"), dpi)


def draw_image(group, label, stem, dpi):
    """An image and its inverse, or everything that columns have."""
    names = [n for n in ("image", "inverse", "fringed", "thickness", "number_density", "density", "t_over_lambda") if n in group]
    names += sorted(n for n in group if n.startswith(("fraction_", "eds_")))
    names = [n for n in names if min(group[n].shape) > 1]
    if not names:
        return
    columns = min(4, len(names))
    rows = -(-len(names) // columns)
    height, width = group[names[0]].shape
    height *= aspect_of(group[names[0]])
    fig, axes = plt.subplots(rows, columns, figsize=(2.2 * columns, 2.2 * rows * min(2.0, max(0.5, height / width))),
                             squeeze=False)
    for ax in axes.flat[len(names):]:
        ax.set_axis_off()
    for ax, name in zip(axes.flat, names):
        picture = show_map(ax, group[name], "gray" if name in ("image", "inverse") else "viridis")
        unit = text(group[name].attrs.get("unit", ""))
        if name == "fringed" and "interface" in group and group["interface"].shape == group[name].shape:
            outline(ax, group["interface"][()])
        beside(fig, picture, ax, height / width)
        ax.set_title("%s%s" % (name.replace("_", " "), " (%s)" % unit if unit else ""))
    save(fig, "%s.%s.png" % (stem, "image" if label == "image" else label + ".image"), dpi)


def draw_analysis(h5, stem, dpi):
    source = os.path.splitext(h5.filename)[0]
    for label, group in h5["analysis"].items():
        kind = text(group.attrs.get("pass", ""))
        if kind == "symmetry" and "maps" in group:
            draw_symmetry(group, label, stem, dpi)
        elif kind == "spots" and "pattern_all" in group:
            draw_spots(group, label, stem, dpi, source)
        elif kind == "image":
            draw_image(group, label, stem, dpi)


def draw_profile(path, stem, dpi):
    """Radial profiles; of bright and dark regions shifted for reading."""
    header, table = read_tsv(path)
    q = numbers(table["Q_1_per_A"]) if "Q_1_per_A" in table else None
    if q is None or "intensity" not in table:
        raise Unusable("no columns Q_1_per_A and intensity")
    curves = [("all", numbers(table["intensity"]))] + [(n, numbers(table[n])) for n in ("bright", "dark") if n in table]
    fig, ax = plt.subplots(figsize=(3.4, 2.4))
    inner = q > 0.15 * q[-1]  # the direct beam would hide the rings
    for name, y in curves:
        ax.plot(q, y, color=REGION[name], label=name if len(curves) > 1 else None)
    top = max(np.nanmax(y[inner]) for _, y in curves)
    low = min(np.nanmin(y[inner]) for _, y in curves)
    ax.set_xlim(q[0], q[-1])
    ax.set_ylim(min(0, low), 1.1 * top)
    ax.set_xlabel(r"Q = 2$\pi$k (1/$\AA$)")
    ax.set_ylabel("intensity")
    if len(curves) > 1:
        ax.legend()
    save(fig, stem + ".png", dpi)


def draw_frames(path, stem, dpi):
    """Contrast, domains and lattice fringes of a series of images; the picture of the image itself has the name STEM.png."""
    header, table = read_tsv(path)
    frame = numbers(table["frame"])
    if len(frame) < 2:
        raise Unusable("one image: its picture is drawn from the .h5 file")
    fringes, chance = numbers(table["fringes"]), numbers(table["fringes_by_chance"])
    panels = 3 if np.isfinite(fringes).any() else 2
    fig, axes = plt.subplots(1, panels, figsize=(2.3 * panels, 2.1))
    for ax, column in zip(axes, ("contrast", "domains", "fringes")):
        ax.plot(frame, numbers(table[column]), color=BLUE)
        ax.set_xlabel("frame")
        ax.set_ylabel(column)
    if panels == 3:
        axes[2].plot(frame, chance, color="#888888", ls="--", label="by chance")
        axes[2].set_yscale("log")
        axes[2].legend()
    save(fig, stem + ".series.png", dpi)


def draw_interfaces(path, stem, dpi):
    """Lattice fringes at the interfaces and inside the columns, and how much brighter the interfaces are, frame by frame."""
    header, table = read_tsv(path)
    frame = numbers(table["frame"])
    if len(frame) < 2:
        raise Unusable("one image: its numbers are in the table")
    fig, axes = plt.subplots(1, 2, figsize=(6.2, 2.2))
    axes[0].plot(frame, numbers(table["fringed_inside"]), color=RED, label="at interfaces")
    axes[0].plot(frame, numbers(table["fringed_outside"]), color=BLUE, label="inside columns")
    axes[0].axhline(0.01, color="#888888", ls="--", lw=0.8, label="by chance, at most")
    axes[0].set_ylabel("share of the pixels with fringes")
    axes[0].legend()
    r, p = numbers(table["fringed_r"]), numbers(table["p_fringed"])
    axes[1].axhline(0, color="#AAAAAA", lw=0.6)
    axes[1].bar(frame, r, color=[GREEN if v < 0.05 else "#BBBBBB" for v in p])
    axes[1].set_ylabel("r of fringes with the interfaces")
    for ax in axes:
        ax.set_xlabel("frame")
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    save(fig, stem + ".png", dpi)


def draw_power(path, stem, dpi):
    """Angular power of n = 2 to 12 against k: a picture of the mean over patterns, and of the mean pattern."""
    header, table = read_tsv(path)
    k, n = numbers(table["k_1_per_A"]), numbers(table["n"])
    ks, ns = np.unique(k), np.unique(n)
    ns = ns[(ns >= 2) & (ns <= 12)]
    fig, axes = plt.subplots(1, 2, figsize=(6.8, 2.6))
    for ax, column, title in zip(axes, ("mean", "of_mean_pattern"), ("mean over patterns", "of the mean pattern")):
        values = numbers(table[column])
        for i, order in enumerate(ns):
            picked = n == order
            colour = {4: RED, 5: ORANGE}.get(order, plt.cm.winter(i / max(1, len(ns) - 1)))
            ax.plot(k[picked], values[picked], color=colour, lw=1.8 if order in (4, 5) else 0.8, label="n = %d" % order)
        ax.set_yscale("log")
        good = values[np.isin(n, ns) & (values > 0) & np.isfinite(values)]
        if len(good):
            ax.set_ylim(max(good.min(), good.max() * 1e-7), good.max() * 2)
        ax.set_xlim(ks[0], ks[-1])
        ax.set_xlabel(r"k (1/$\AA$)")
        ax.set_title(title)
    axes[0].set_ylabel("angular power")
    axes[1].legend(fontsize=5.5, ncol=2)
    save(fig, stem + ".png", dpi)


def draw_by_order(path, stem, dpi):
    """Mean power by n, and how the maps follow the interfaces."""
    header, table = read_tsv(path)
    n, mean = numbers(table["n"]), numbers(table["mean"])
    r, p = numbers(table["pearson_r"]), numbers(table["p_pearson"])
    masked = np.isfinite(r).any()
    fig, axes = plt.subplots(1, 2 if masked else 1, figsize=(6.2 if masked else 3.2, 2.3), squeeze=False)
    ax = axes[0, 0]
    ax.bar(n, mean, color=[RED if v in (4, 5) else BLUE for v in n])
    ax.set_xticks(n)
    ax.set_xlabel("n")
    ax.set_ylabel("mean angular power")
    if masked:
        ax = axes[0, 1]
        ax.axhline(0, color="#AAAAAA", lw=0.6)
        ax.bar(n, r, color=[GREEN if v < 0.05 else "#BBBBBB" for v in p])
        for x, y, v in zip(n, r, p):
            if np.isfinite(v):
                ax.text(x, y, " p %.2g" % v, rotation=90, ha="center", va="bottom" if y >= 0 else "top", fontsize=5.5)
        room = max(0.05, np.nanmax(np.abs(r)))
        ax.set_ylim(-1.7 * room, 1.7 * room)
        ax.set_xticks(n)
        ax.set_xlabel("n")
        ax.set_ylabel("Pearson r with the interfaces")
    save(fig, stem + ".png", dpi)


def draw_correlation(path, stem, dpi):
    header, table = read_tsv(path)
    angle = numbers(table["angle_deg"])
    fig, ax = plt.subplots(figsize=(3.4, 2.3))
    shown = [(c, numbers(table[c])) for c in ("correlation", "correlation_inside", "correlation_outside")]
    shown = [(c, y) for c, y in shown if np.isfinite(y).any()]
    for (name, y), colour in zip(shown, CYCLE):
        ax.plot(angle, y, color=colour, label=name.replace("correlation_", "").replace("correlation", "all"))
    high = max(np.nanmax(y[angle > 10]) for _, y in shown)
    low = min(np.nanmin(y) for _, y in shown)
    ax.set_ylim(low - 0.1 * (high - low), high + 0.4 * (high - low))
    ax.set_xlim(0, 180)
    ax.set_xticks(range(0, 181, 30))
    ax.set_xlabel(nice("angle") + " (degrees)")
    ax.set_ylabel(r"C(k, $\Delta$)")
    if len(shown) > 1:
        ax.legend()
    save(fig, stem + ".png", dpi)


TABLES = {"radial_profile": draw_profile, "image": draw_frames, "interfaces": draw_interfaces, "angular_power": draw_power, "symmetry": draw_by_order,
          "angular_correlation": draw_correlation}
GROUPS = {"analysis": draw_analysis}
