"""film - electron correlation microscopy: maps, curves, histograms, profiles, spatial correlation, theories."""
import os

import h5py
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import LogNorm

from vitrine_plot.style import BLACK, BLUE, CYCLE, GREY, ORANGE, RED, Unusable, numbers, read_tsv, save


def by_film(path, columns):
    """{film: {column: numbers}} in the table's order; text columns stay text."""
    header, table = read_tsv(path)
    missing = [c for c in columns if c not in header]
    if missing:
        raise Unusable("no column " + ", ".join(missing))
    films, table = {}, {c: list(v) for c, v in table.items()}
    for k, film in enumerate(table["film"]):
        films.setdefault(film, []).append(k)
    result = {}
    for film, rows in films.items():
        result[film] = {}
        for c in columns:
            values = [table[c][k] for k in rows]
            asked = numbers(np.array(values))
            result[film][c] = np.array(values) if asked is None else asked
    return result


def colours(n):
    """From cold to hot, as the temperatures of a series usually run."""
    return [plt.cm.viridis(x) for x in np.linspace(0, 0.85, n)] if n > 1 else [BLUE]


def draw_curve(path, stem, dpi):
    films = by_film(path, ["lag_s", "g2_minus_1", "fit"])
    fig, ax = plt.subplots(figsize=(3.4, 2.6))
    for (film, f), c in zip(films.items(), colours(len(films))):
        ax.semilogx(f["lag_s"], f["g2_minus_1"], "o", ms=2.5, color=c, mec="none", label=film)
        ax.semilogx(f["lag_s"], f["fit"], color=c, lw=0.9)
    ax.axhline(0, color="#DDDDDD", lw=0.6, zorder=0)
    ax.set_xlabel("lag (s)")
    ax.set_ylabel(r"$g_2 - 1$, mean over pixels")
    ax.legend()
    save(fig, stem + ".png", dpi)


def draw_histogram(path, stem, dpi):
    films = by_film(path, ["ln_tau", "pixels", "log_normal"])
    fig, ax = plt.subplots(figsize=(3.4, 2.6))
    for (film, f), c in zip(films.items(), colours(len(films))):
        total = f["pixels"].sum() * 0.1
        ax.step(np.exp(f["ln_tau"]), f["pixels"] / total, where="mid", color=c, lw=0.9, label=film)
        ax.plot(np.exp(f["ln_tau"]), f["log_normal"] / total, color=c, lw=0.9, ls="--")
    ax.set_xscale("log")
    ax.set_xlabel(r"$\tau$ (s)")
    ax.set_ylabel(r"share per ln $\tau$ (dashed: fit)")
    ax.legend()
    save(fig, stem + ".png", dpi)


def draw_profile(path, stem, dpi):
    films = by_film(path, ["depth_nm", "tau_s", "tau_low_s", "tau_high_s", "fit_s"])
    fig, ax = plt.subplots(figsize=(3.4, 2.6))
    for (film, f), c in zip(films.items(), colours(len(films))):
        error = np.abs([f["tau_s"] - f["tau_low_s"], f["tau_high_s"] - f["tau_s"]])
        ax.errorbar(f["depth_nm"], f["tau_s"], error, fmt="o", ms=2.5, lw=0.7, color=c, mec="none", label=film)
        ax.plot(f["depth_nm"], f["fit_s"], color=c, lw=0.9)
    ax.set_yscale("log")
    ax.set_xlabel("depth below the edge (nm)")
    ax.set_ylabel(r"median $\tau$, as fitted (s)")
    ax.legend(loc="lower right", ncol=2)
    save(fig, stem + ".png", dpi)


def draw_g4(path, stem, dpi):
    films = by_film(path, ["reading", "dt_s", "r_nm", "g4", "error"])
    readings = [("ring", r"$g_4$, mean over the ring first"), ("product", r"$g_4$, product first"),
                ("maps", r"covariance of ln $\tau$, half against half")]
    present = [r for r in readings if any((f["reading"] == r[0]).any() for f in films.values())]
    fig, axes = plt.subplots(1, len(present), figsize=(2.5 * len(present), 2.5), squeeze=False)
    for ax, (reading, label) in zip(axes[0], present):
        for (film, f), c in zip(films.items(), colours(len(films))):
            here = f["reading"] == reading
            first = here if reading == "maps" else here & (f["dt_s"] == (f["dt_s"][here][0] if here.any() else 0))
            if not first.any():
                continue
            y = f["g4"][first]
            ax.errorbar(f["r_nm"][first], y, f["error"][first], fmt="o-", ms=2, lw=0.7, color=c, mec="none", label=film)
        ax.set_xlabel(r"distance (nm)")
        ax.set_ylabel(label)
        if reading != "maps":
            ax.set_yscale("log")
        else:
            ax.axhline(0, color="#DDDDDD", lw=0.6, zorder=0)
    axes[0][-1].legend()
    save(fig, stem + ".png", dpi)


def draw_numbers(path, stem, dpi):
    """The table ecm: corrected values, raw ones and the truth of synthetic films."""
    header, table = read_tsv(path)
    films = table["film"]
    x = numbers(table["temperature_K"])
    named = x is None or not np.isfinite(x).any()
    if named:
        x = np.arange(len(films), dtype=float)
    shown = [("tau_median_s", "tau_median_error_s", r"median $\tau$ (s)", True), ("tau_sigma_ln", "tau_sigma_ln_error", r"width of ln $\tau$", False),
             ("beta_mean", "beta_mean_error", r"$\beta$", False), ("xi_nm", "xi_error_nm", r"$\xi$ (nm)", False),
             ("surface_thickness_nm", "surface_thickness_error_nm", "layer (nm)", False), ("surface_ratio", "surface_ratio_error", r"$\tau$ bulk / layer", True)]
    fig, axes = plt.subplots(2, 3, figsize=(7, 4))
    for ax, (column, error, label, log) in zip(axes.flat, shown):
        values, e = numbers(table[column]), numbers(table[error])
        for suffix, style, colour, word in (("_raw", "s", GREY, "as fitted"), ("_true", "_", RED, "truth")):
            other = numbers(table[column + suffix]) if column + suffix in header else None
            if other is not None and np.isfinite(other).any() and not (suffix == "_raw" and column == "xi_nm"):
                ax.plot(x, other, style, ms=12 if suffix == "_true" else 3.5, mew=1.5 if suffix == "_true" else 0.5,
                        color=colour, label=word)
        if values is not None and np.isfinite(values).any():
            ax.errorbar(x, values, np.abs(e), fmt="o", ms=3.5, lw=0.9, color=BLUE, label="corrected")
        if log:
            ax.set_yscale("log")
        else:
            ax.set_ylim(bottom=0)
        ax.set_ylabel(label)
        if named:
            ax.set_xticks(x, films, rotation=45)
        else:
            ax.set_xlabel("temperature (K)")
        ax.margins(x=0.1)
    axes[0, 0].legend()
    save(fig, stem + ".png", dpi)


def draw_points(path, stem, dpi):
    """ln tau against the abscissae of Arrhenius, Adam-Gibbs, IMCT and RFOT, with the fitted lines."""
    header, table = read_tsv(path)
    t, tau, xi, surface = (numbers(table[c]) for c in ("temperature_K", "tau_s", "xi_nm", "tau_surface_s"))
    fits = {}
    lines = path[:-len("theory_points.tsv")] + "theory.tsv"
    if os.path.isfile(lines):
        _, f = read_tsv(lines)
        slope, cut = numbers(f["slope"]), numbers(f["intercept"])
        fits = {(a, b): (s, c) for a, b, s, c in zip(f["theory"], f["where"], slope, cut)}
    k = 8.617333262e-5
    panels = [("arrhenius", "1 / kT (1/eV)", 1 / (k * t))]
    if xi is not None and np.isfinite(xi).any():
        panels += [("adam-gibbs", r"$\xi$ (nm)", xi), ("imct", r"ln $\xi$", np.log(xi)), ("rfot", r"$\xi$ / kT (nm/eV)", xi / (k * t))]
    fig, axes = plt.subplots(1, len(panels), figsize=(2.1 * len(panels), 2.2), squeeze=False, sharey=True)
    for ax, (theory, label, x) in zip(axes[0], panels):
        ax.plot(x, np.log(tau), "o", ms=4, color=BLUE)
        pairs = [("bulk", BLUE)]
        if theory == "arrhenius" and surface is not None and np.isfinite(surface).any():
            ax.plot(x, np.log(surface), "s", ms=3.5, color=ORANGE)
            pairs.append(("surface", ORANGE))
        for where, colour in pairs:
            if (theory, where) in fits:
                s, c = fits[theory, where]
                ends = np.array([np.nanmin(x), np.nanmax(x)])
                ax.plot(ends, c + s * ends, color=colour, lw=0.9)
                ax.text(0.05, 0.93 if where == "bulk" else 0.83, "%.3g" % s, color=colour, transform=ax.transAxes, va="top")
        ax.set_xlabel(label)
        ax.set_title(theory)
    axes[0, 0].set_ylabel(r"ln $\tau$ (s)")
    save(fig, stem + ".png", dpi)


def draw_chi4(path, stem, dpi):
    header, table = read_tsv(path)
    time = next(c for c in header if c.startswith("time"))
    groups = list(dict.fromkeys(table["group"]))
    fig, axes = plt.subplots(1, 2, figsize=(5.6, 2.4))
    t, q, chi, error = (numbers(table[c]) for c in (time, "Q", "chi4", "chi4_error"))
    group = np.array(table["group"])
    for g, c in zip(groups, CYCLE):
        here = group == g
        axes[0].semilogx(t[here], q[here], color=c, label=g)
        axes[1].errorbar(t[here], chi[here], error[here], fmt="o-", ms=2, lw=0.8, color=c, mec="none")
    axes[1].set_xscale("log")
    axes[0].set_ylabel("Q / N")
    axes[1].set_ylabel(r"$\chi_4$")
    for ax in axes:
        ax.set_xlabel("time" + (" (ps)" if time.endswith("_ps") else ""))
    axes[0].legend()
    save(fig, stem + ".png", dpi)


def draw_dynamics(path, stem, dpi):
    header, table = read_tsv(path)
    time, msd = header[1], header[2]
    group = np.array(table["group"])
    t, m, fs, f = (numbers(table[c]) for c in (time, msd, "F_self", "F_coherent"))
    fig, axes = plt.subplots(1, 2, figsize=(5.6, 2.4))
    for g, c in zip(dict.fromkeys(table["group"]), CYCLE):
        here = group == g
        axes[0].loglog(t[here], m[here], color=c, label=g)
        axes[1].semilogx(t[here], fs[here], color=c)
    here = group == "all"
    axes[1].semilogx(t[here], f[here], color=BLACK, ls="--", label="coherent, all")
    axes[1].axhline(np.exp(-1), color="#DDDDDD", lw=0.6, zorder=0)
    axes[0].set_ylabel("mean squared displacement" + (r" ($\AA^2$)" if msd.endswith("_A2") else ""))
    axes[1].set_ylabel(r"$F_s$ and F(k, t)")
    for ax in axes:
        ax.set_xlabel("time" + (" (ps)" if time.endswith("_ps") else ""))
        ax.legend()
    save(fig, stem + ".png", dpi)


def draw_compare(path, stem, dpi):
    """Functions of the field from images, from their wave and from the atoms: all columns, and by depth below the edge."""
    header, table = read_tsv(path)
    time, group = header[1], np.array(table["group"])
    t = np.array(numbers(table[time]))
    looks = [("f_images", "images, each pixel", GREY), ("f_pooled", "images, pooled", ORANGE), ("f_wave", "their wave", BLUE),
             ("F_coherent", "F, k alone", BLACK), ("F_self", r"$F_s$", RED)]
    layers = [g for g in dict.fromkeys(table["group"]) if g != "all"]
    shown = [layers[0], layers[-1]] if len(layers) > 1 else ["all"]
    fig, axes = plt.subplots(1, len(shown), figsize=(3.1 * len(shown) + 0.4, 2.7), sharey=True, squeeze=False)
    for ax, name in zip(axes[0], shown):
        here = group == name
        for column, label, colour in looks:
            f = np.array(numbers(table[column]))[here]
            if np.isfinite(f).any():
                ax.semilogx(t[here], f, "o-", ms=2.5, lw=0.9, color=colour, mec="none", label=label)
        ax.axhline(np.exp(-1), color="#DDDDDD", lw=0.6, zorder=0)
        ax.set_title({"all": "all columns", layers[0] if layers else "": "columns at the edge",
                      layers[-1] if layers else "": "columns in the middle"}[name])
        ax.set_xlabel("time (ps)" if time.endswith("_ps") else "time")
    axes[0][0].set_ylim(0, 1)
    axes[0][0].set_ylabel("f(t), of the field")
    axes[0][-1].legend()
    save(fig, stem + ".png", dpi)


def draw_maps(h5, stem, dpi):
    """tau, beta, pixels above the mean tau and the truth of each film; failed pixels are grey."""
    drawn = False
    for label, group in h5["analysis"].items():
        films = {n: g for n, g in group.items() if isinstance(g, h5py.Group) and "tau" in g}
        if not films:
            continue
        kinds = [("tau", r"$\tau$ (s)"), ("ln_tau_true", r"$\tau$ true (s)"), ("beta", r"$\beta$"), ("above_mean", r"$\tau$ above its mean")]
        kinds = [k for k in kinds if any(k[0] in g for g in films.values())]
        fig, axes = plt.subplots(len(films), len(kinds), figsize=(1.9 * len(kinds), 1.75 * len(films)), squeeze=False)
        for row, (film, g) in zip(axes, films.items()):
            tau = g["tau"][()]
            middle = np.nanmedian(tau)
            for ax, (kind, title) in zip(row, kinds):
                ax.set_facecolor("#BBBBBB")
                ax.set_xticks([])
                ax.set_yticks([])
                if kind not in g:
                    continue
                image = np.exp(g[kind][()]) if kind.startswith("ln_") else g[kind][()]
                if "tau" in kind:
                    shown = ax.imshow(image, norm=LogNorm(middle / 10, middle * 10), cmap="viridis", interpolation="nearest")
                else:
                    shown = ax.imshow(image, vmin=0, vmax=1, cmap="magma" if kind == "beta" else "gray", interpolation="nearest")
                fig.colorbar(shown, ax=ax, shrink=0.8)
                if ax in axes[0]:
                    ax.set_title(title)
            row[0].set_ylabel(film)
        save(fig, stem + ".%s.maps.png" % label, dpi)
        drawn = True
    return drawn


GROUPS = {"analysis": draw_maps}
TABLES = {"ecm": draw_numbers, "ecm_curve": draw_curve, "ecm_histogram": draw_histogram, "ecm_profile": draw_profile, "ecm_g4": draw_g4,
          "theory_points": draw_points, "chi4": draw_chi4, "dynamics": draw_dynamics, "film_dynamics_curves": draw_compare}
