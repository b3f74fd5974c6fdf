"""patterns - diffraction patterns of .hspy files, and their azimuthal profiles."""
import importlib.util

import matplotlib.pyplot as plt
from matplotlib import patheffects
import numpy as np

from vitrine_plot.style import BLACK, BLUE, ORANGE, RED, Unusable, nice, numbers, read_tsv, save, text

SPREAD = 16  # patterns shown of a scan, at most


def read_hspy(path):
    """(array, axes slowest first: name, units, scale, offset, navigate; signal type)."""
    import h5py
    with h5py.File(path, "r") as h5:
        if "Experiments" not in h5 or not len(h5["Experiments"]):
            raise Unusable("no experiment in it: not a .hspy file")
        group = next(iter(h5["Experiments"].values()))
        if "data" not in group:
            raise Unusable("no data in it")
        axes = []
        for k in range(group["data"].ndim):
            a = group["axis-%d" % k].attrs
            axes.append((text(a["name"]), text(a["units"]), float(a["scale"]), float(a["offset"]), bool(a["navigate"])))
        kind = text(group["metadata/Signal"].attrs.get("signal_type", "")) if "metadata/Signal" in group else ""
        return group["data"][()], axes, kind


def scale_bar(ax, width, unit, colour="white"):
    """A bar of a round length, about a fifth of the picture."""
    rough = width / 5
    power = 10 ** np.floor(np.log10(rough))
    length = max(m for m in (1, 2, 5, 10) if m * power <= rough * 1.01) * power
    x0, x1 = ax.get_xlim()
    y0, y1 = ax.get_ylim()
    x, y = x0 + 0.06 * (x1 - x0), y0 + 0.06 * (y1 - y0)
    rim = "black" if colour == "white" else "white"  # so that it shows on any grey
    ax.plot([x, x + length * (1 if x1 > x0 else -1)], [y, y], color=colour, lw=2.2, solid_capstyle="butt",
            path_effects=[patheffects.withStroke(linewidth=3.8, foreground=rim)])
    ax.text(x, y + 0.035 * (y1 - y0), "%g %s" % (length, unit), color=colour, ha="left", va="bottom", fontsize=6.5,
            path_effects=[patheffects.withStroke(linewidth=1.5, foreground=rim)])


def show(ax, image, axes, log, limits=None):
    """One pattern: k upwards and to the right; the beam in the middle is cut off in the linear picture."""
    (_, unit, sy, oy, _), (_, _, sx, ox, _) = axes
    ny, nx = image.shape
    extent = [ox - sx / 2, ox + (nx - 0.5) * sx, oy - sy / 2, oy + (ny - 0.5) * sy]
    y, x = np.mgrid[:ny, :nx]
    k = np.hypot(x * sx + ox, y * sy + oy)
    outside = image[k > 0.15 * k.max() / np.sqrt(2)] if limits is None else limits
    if log:
        top = np.percentile(outside, 99.9) * 3
        picture = np.log10(np.maximum(image, top * 1e-4) / top)
        ax.imshow(picture, origin="lower", extent=extent, cmap="inferno", vmin=-4, vmax=0)
    else:
        ax.imshow(image, origin="lower", extent=extent, cmap="gray", vmin=0, vmax=np.percentile(outside, 99.8))
    ax.set_xticks([])
    ax.set_yticks([])
    scale_bar(ax, extent[1] - extent[0], unit.replace("\u00c5", r"$\AA$").replace("1/$", "1/$"))


def draw_pattern(image, axes, path, dpi, title=""):
    fig, panels = plt.subplots(1, 2, figsize=(4.6, 2.4))
    for ax, log in zip(panels, (False, True)):
        show(ax, image, axes, log)
        ax.set_title("logarithmic, four decades" if log else "linear, the beam cut off")
    if title:
        fig.suptitle(title, fontsize=8)
    save(fig, path, dpi)


def draw_series(data, axes, path, dpi):
    """Up to sixteen patterns spread evenly over a scan, one grey scale."""
    flat = data.reshape((-1,) + data.shape[-2:])
    chosen = np.unique(np.linspace(0, len(flat) - 1, min(SPREAD, len(flat))).round().astype(int))
    columns = int(np.ceil(np.sqrt(len(chosen))))
    rows = int(np.ceil(len(chosen) / columns))
    fig, panels = plt.subplots(rows, columns, figsize=(1.25 * columns, 1.25 * rows), squeeze=False)
    ny, nx = data.shape[-2:]
    (_, _, sy, oy, _), (_, _, sx, ox, _) = axes[-2:]
    y, x = np.mgrid[:ny, :nx]
    k = np.hypot(x * sx + ox, y * sy + oy)
    limits = flat[chosen][:, k > 0.15 * k.max() / np.sqrt(2)]
    for ax in panels.flat:
        ax.axis("off")
    for ax, m in zip(panels.flat, chosen):
        show(ax, flat[m], axes[-2:], False, limits)
    save(fig, path, dpi)


def draw_map(data, axes, path, dpi):
    """A dark-field image: everything outside a quarter of the pattern, at each probe position."""
    ny, nx = data.shape[-2:]
    (_, _, sy, oy, _), (_, _, sx, ox, _) = axes[-2:]
    y, x = np.mgrid[:ny, :nx]
    k = np.hypot(x * sx + ox, y * sy + oy)
    ring = (k > 0.25 * k.max() / np.sqrt(2)) & (k < k.max() / np.sqrt(2))
    image = data[..., ring].sum(-1)
    (_, unit, sy, oy, _), (_, _, sx, ox, _) = axes[:2]
    fig, ax = plt.subplots(figsize=(2.8, 2.4))
    extent = [ox - sx / 2, ox + (image.shape[1] - 0.5) * sx, oy - sy / 2, oy + (image.shape[0] - 0.5) * sy]
    shown = ax.imshow(image, origin="lower", extent=extent, cmap="gray")
    ax.set_xlabel("x (%s)" % unit)
    ax.set_ylabel("y (%s)" % unit)
    fig.colorbar(shown, ax=ax, label="dark-field share of the beam")
    save(fig, path, dpi)


def draw_film(data, axes, path, dpi):
    """Eight frames of a film of images: evenly spread over the stretch in which it changes."""
    trace = data.mean((1, 2), dtype=float)
    part = np.abs(trace - np.median(trace[:max(3, len(trace) // 20)]))
    moving = np.flatnonzero((part > 0.1 * part.max()) & (part < 0.95 * part.max()))
    low, high = (0, len(data) - 1) if not len(moving) else (max(0, moving[0] - len(data) // 20), min(len(data) - 1, moving[-1] + 1))
    chosen = np.unique(np.linspace(low, high, min(8, len(data))).round().astype(int))
    (name, unit, st, ot, _), (_, length, sy, _, _), (_, _, sx, _, _) = axes
    height, width = data.shape[1] * sy, data.shape[2] * sx
    columns = max(1, min(len(chosen), int(round(np.sqrt(len(chosen) * height / width) + 0.5))))
    rows = -(-len(chosen) // columns)
    fig, panels = plt.subplots(rows, columns, figsize=(7 if columns > 1 else 4.5, rows * (7 if columns > 1 else 4.5) / columns *
                                                       height / width + 0.16 * rows + 0.1), squeeze=False)
    limits = np.percentile(data[chosen], (0.2, 99.8))
    for ax in panels.flat:
        ax.axis("off")
    for ax, m in zip(panels.flat, chosen):
        ax.imshow(data[m], origin="lower", extent=(0, width, 0, height), cmap="gray", vmin=limits[0], vmax=limits[1])
        ax.set_title("%.4g %s" % (ot + m * st, unit), fontsize=6, pad=2)
        if m == chosen[0]:
            scale_bar(ax, width, length)
    save(fig, path, dpi)


def draw_hspy(path, stem, dpi):
    data, axes, kind = read_hspy(path)
    if kind != "electron_diffraction" and data.ndim == 3:
        return draw_film(data, axes, stem + ".frames.png", dpi)
    if kind != "electron_diffraction":
        raise Unusable("holds no diffraction patterns (signal type '%s')" % kind)
    title = ""
    mean = data.reshape((-1,) + data.shape[-2:]).mean(0) if data.ndim > 2 else data
    if data.ndim > 2:
        title = "mean of %s patterns" % format(int(np.prod(data.shape[:-2])), ",")
        draw_series(data, axes, stem + ".patterns.png", dpi)
    if data.ndim == 4:
        draw_map(data, axes, stem + ".darkfield.png", dpi)
    draw_pattern(mean, axes[-2:], stem + ".pattern.png", dpi, title)


def draw_profile(path, stem, dpi):
    header, table = read_tsv(path)
    q, intensity = numbers(table[header[0]]), numbers(table.get("intensity", np.array(["x"])))
    if q is None or intensity is None:
        raise Unusable("no numbers in columns Q and intensity")
    structure = numbers(table["structure"]) if "structure" in table else None
    if structure is None and importlib.util.find_spec("vitrine_plot.microscope"):  # a profile of pass spots
        return importlib.import_module("vitrine_plot.microscope").draw_profile(path, stem, dpi)
    fig, panels = plt.subplots(1, 2 if structure is not None else 1, figsize=(6.4 if structure is not None else 3.4, 2.4),
                               squeeze=False)
    shown = q > 0.8  # beyond the beam
    ax = panels[0][0]
    ax.plot(q, np.where(intensity > 0, intensity, np.nan), color=BLUE)
    if "sd" in table:
        sd = numbers(table["sd"])
        ax.fill_between(q, np.maximum(intensity - sd, 1e-30), intensity + sd, color=BLUE, alpha=0.2, lw=0)
    good = intensity[(intensity > 0) & shown]
    ax.set_yscale("log")
    if len(good):
        ax.set_ylim(good.min() / 2, intensity.max() * 2)
    ax.set_xlim(0, q.max())
    ax.set_xlabel(nice(header[0]))
    ax.set_ylabel("share of the beam in a pixel")
    if structure is not None:
        ax = panels[0][1]
        ax.plot(q[shown], structure[shown], color=BLACK)
        ax.set_xlim(0, q.max())
        top = np.nanmax(structure[shown]) if shown.any() else 1
        ax.set_ylim(0, 1.15 * top)
        if shown.any():
            m = np.flatnonzero(shown)[np.nanargmax(structure[shown])]
            ax.axvline(q[m], color=ORANGE, lw=0.7, zorder=0)
            ax.text(q[m], 1.08 * top, " %.2f" % q[m], color=RED, fontsize=6.5)
        ax.set_xlabel(nice(header[0]))
        ax.set_ylabel("I / single scattering")
    save(fig, stem + ".png", dpi)


TABLES = {"profile": draw_profile}
