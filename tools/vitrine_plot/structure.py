"""structure - profiles, bond order, structure factors, shares of polyhedra against the cooling rate."""
import matplotlib.pyplot as plt
import numpy as np

from vitrine_plot.style import (BLACK, BLUE, CYCLE, GREEN, GREY, ORANGE, PINK, RED, SKY, Unusable, element_colours, nice,
                                numbers, pair, read_tsv, save)

CLASSES = [("icosahedron", RED), ("frank_kasper", PINK), ("icosahedron_like", ORANGE), ("mixed", GREY),
           ("crystal_like", BLUE), ("other", "#C9CDD6")]
# Cu-centred <0,0,12,0> in Cu64Zr36 by rate, K/s: (from, to, low, high) in per cent. Recalled from the literature, not
# read there: soft bands (docs/structure.md)
SPUTTERED = 2.4e7  # K/s, the film of zhu2017
BANDS = [(1e13, 1e13, 10, 15), (1e11, 1e12, 20, 20), (1e9, 1e10, 30, 40)]


def with_error(ax, x, table, name, colour, label, scale=1.0):
    y, e = numbers(table[name]), None
    for error in table:
        if "_error" in error and error.replace("_error", "", 1) == name:
            e = numbers(table[error])
    good = np.isfinite(y)
    ax.plot(x[good], scale * y[good], "o-", ms=2.5, lw=1, color=colour, label=label)
    if e is not None:
        e = np.where(np.isfinite(e), e, 0)
        ax.fill_between(x[good], scale * (y - e)[good], scale * (y + e)[good], color=colour, alpha=0.2, lw=0)


def density_of(header):
    return next((c for c in header if c.startswith("density_") and "error" not in c), None)


def draw_places(path, stem, dpi):
    """A profile: density, composition, cell volumes, classes, and mobility where frames were compared."""
    header, table = read_tsv(path)
    x = numbers(table[header[0]])
    atoms = numbers(table["atoms"])
    keep = atoms > 0.02 * np.nanmax(atoms)  # a bin of a few atoms says nothing
    table = {c: v[keep] for c, v in table.items()}
    x = x[keep]
    species = [c[2:] for c in header if c.startswith("c_") and not c.endswith("_error")]
    volumes = [next(c for c in header if c.startswith("volume_%s_" % s) and "error" not in c) for s in species]
    msd = next((c for c in header if c.startswith("msd_") and "error" not in c), None)
    moving = msd is not None and np.isfinite(numbers(table[msd])).any()
    fig, axes = plt.subplots(2, 3 if moving else 2, figsize=(7.4 if moving else 5.2, 4.2), sharex=True)
    panels = list(axes.flat)
    density = density_of(header)
    with_error(panels[0], x, table, density, BLACK, None)
    panels[0].set_ylabel(r"density (g/cm$^3$)" if density.endswith("g_per_cm3") else nice(density))
    colours = element_colours(species)
    for s in species:
        with_error(panels[1], x, table, "c_" + s, colours[s], s, 100)
    panels[1].set_ylabel("composition (at. %)")
    panels[1].legend()
    for s, v in zip(species, volumes):
        with_error(panels[2], x, table, v, colours[s], s)
    panels[2].set_ylabel("cell volume (%s)" % (r"$\AA^3$" if volumes[0].endswith("_A3") else r"$\sigma^3$"))
    panels[2].legend()
    for name, colour in CLASSES[:5]:
        with_error(panels[3], x, table, name, colour, name.replace("_", " "), 100)
    panels[3].set_ylabel("cells of a class (%)")
    panels[3].legend(fontsize=5.5)
    if moving:
        with_error(panels[4], x, table, msd, GREEN, None)
        panels[4].set_ylabel("MSD between frames (%s)" % (r"$\AA^2$" if msd.endswith("_A2") else r"$\sigma^2$"))
        with_error(panels[5], x, table, "five_fold", SKY, None, 100)
        panels[5].set_ylabel("five-edged faces (%)")
    for ax in axes[-1]:
        ax.set_xlabel(nice(header[0]))
    save(fig, stem + ".png", dpi)
    draw_stress(header, table, x, stem, dpi)


def draw_stress(header, table, x, stem, dpi):
    """Components of the stress along a profile and the pressure, where frames held stresses."""
    names = [c for c in header if c.startswith(("stress_", "pressure_")) and "_error" not in c]
    if not names:
        return
    fig, axes = plt.subplots(1, 2, figsize=(5.6, 2.5), sharex=True)
    parts = [c.split("_")[1] for c in names[:-1]]
    for k, (name, part) in enumerate(zip(names, parts)):
        with_error(axes[int(part[0] != part[1])], x, table, name, CYCLE[k % 3], r"$\sigma_{%s}$" % part)
    with_error(axes[0], x, table, names[-1], BLACK, "pressure")
    unit = "GPa" if names[0].endswith("_GPa") else r"$\epsilon/\sigma^3$"
    for ax in axes:
        ax.axhline(0, color=GREY, lw=0.6)
        ax.set_xlabel(nice(header[0]))
        ax.set_ylabel("stress (%s)" % unit)
        ax.legend()
    save(fig, stem + ".stress.png", dpi)


def draw_order_time(path, stem, dpi):
    header, table = read_tsv(path)
    clock = next((c for c in ("time_ps", "time") if c in header), None)
    if clock is None:
        raise Unusable("no column of times")
    t = numbers(table[clock])
    single = len(t) < 2
    fig, axes = plt.subplots(1, 2, figsize=(5.4, 2.4))
    for name, colour in (("crystalline", BLACK), ("fcc", BLUE), ("hcp", GREEN), ("bcc", ORANGE), ("icosahedral", RED)):
        axes[0].plot(t, 100 * numbers(table[name]), "o-" if single else "-", ms=3, color=colour, label=name)
    axes[0].set_ylabel("atoms (%)")
    axes[0].legend()
    for name, colour in (("largest", BLACK), ("largest_grain", PINK)):
        axes[1].plot(t, numbers(table[name]), "o-" if single else "-", ms=3, color=colour,
                     label=name.replace("_", " ") + (" cluster" if name == "largest" else ""))
    axes[1].set_ylabel("atoms")
    axes[1].set_ylim(bottom=0)
    axes[1].legend()
    for ax in axes:
        ax.set_xlabel(nice(clock))
    save(fig, stem + ".png", dpi)


def draw_order_depth(path, stem, dpi):
    header, table = read_tsv(path)
    x = numbers(table[header[0]])
    fig, ax = plt.subplots(figsize=(3.4, 2.4))
    for name, colour in (("crystalline", BLACK), ("fcc", BLUE), ("hcp", GREEN), ("bcc", ORANGE), ("icosahedral", RED)):
        ax.plot(x, 100 * numbers(table[name]), "o-", ms=2.5, color=colour, label=name)
    ax.set_xlabel(nice(header[0]))
    ax.set_ylabel("atoms (%)")
    ax.legend()
    save(fig, stem + ".png", dpi)


def draw_sq(path, stem, dpi):
    """Totals above, partial structure factors below."""
    header, table = read_tsv(path)
    q = numbers(table[header[0]])
    fig, axes = plt.subplots(2, 1, figsize=(3.4, 4.2), sharex=True)
    for name, colour, label in (("S_number", BLACK, "all alike"), ("S_neutron", BLUE, "neutrons"), ("S_electron", RED, "electrons")):
        s = numbers(table[name])
        if np.isfinite(s).any():
            axes[0].plot(q, s, color=colour, lw=1, label=label)
    partial = [c for c in header if c.startswith("S_") and c not in ("S_number", "S_neutron", "S_electron", "S_number_error")]
    for k, name in enumerate(partial):
        axes[1].plot(q, numbers(table[name]), color=CYCLE[k % len(CYCLE)], lw=1, label=pair(name[2:]))
    for ax in axes:
        ax.axhline(1 if ax is axes[0] else 0, color="#DDDDDD", lw=0.6, zorder=0)
        ax.legend()
        ax.set_xlim(0, np.nanmax(q))
    axes[0].set_ylabel("S(Q)")
    axes[1].set_ylabel("partial S(Q)")
    axes[1].set_xlabel(r"Q ($\AA^{-1}$)" if header[0].endswith("per_A") else nice(header[0]))
    save(fig, stem + ".png", dpi)


def straight_line(ax, alloy, rate, value, colour):
    """A line in log rate through samples, drawn on to the sputtered film with its standard error: an extrapolation."""
    if len(set(rate)) < 3 or len(rate) < 5:
        return
    x = np.log10(rate)
    (slope, at), cov = np.polyfit(x - x.mean(), value, 1, cov=True)
    to = np.linspace(np.log10(SPUTTERED), x.min(), 50)
    line = at + slope * (to - x.mean())
    error = np.sqrt(cov[1, 1] + 2 * cov[0, 1] * (to - x.mean()) + cov[0, 0] * (to - x.mean()) ** 2)
    ax.plot(10 ** to, line, "--", lw=0.8, color=colour)
    ax.fill_between(10 ** to, line - error, line + error, color=colour, alpha=0.12, lw=0)
    print("%s, %s: extrapolated in log rate to %.2g K/s: %.2f +- %.2f" % (alloy, ax.get_ylabel(), SPUTTERED, line[0], error[0]))


def draw_shares(path, stem, dpi):
    """Shares of polyhedra against the cooling rate: samples, their means, a straight line in log rate drawn on to the
    rate of the sputtered film (an extrapolation), bands of the literature."""
    header, table = read_tsv(path)
    rate = numbers(table["rate_K_per_s"])
    fig, axes = plt.subplots(1, 2, figsize=(5.6, 2.6))
    panels = [("cu_icosahedra", "Cu-centred <0,0,12,0> (%)"), ("zr_0_4_4_5", "Zr-centred <0,4,4,5> + <0,4,4,6> (%)")]
    for ax, (name, label) in zip(axes, panels):
        ax.set_ylabel(label)
        for k, alloy in enumerate(dict.fromkeys(table["alloy"])):
            mine = table["alloy"] == alloy
            value = 100 * numbers(table[name])
            rates = sorted(set(rate[mine]))
            mean = [value[mine & (rate == r)].mean() for r in rates]
            ax.plot(rates, mean, "-", lw=1, color=CYCLE[k], label=alloy)
            ax.plot(rate[mine], value[mine], "o", ms=3, color=CYCLE[k], mfc="none")
            straight_line(ax, alloy, rate[mine], value[mine], CYCLE[k])
        if name == "cu_icosahedra":
            for k, (a, b, low, high) in enumerate(BANDS):
                ax.fill_between([a / 1.5, b * 1.5], low - (low == high), high + (low == high), color=GREY, alpha=0.25, lw=0,
                                label=None if k else r"Cu$_{64}$Zr$_{36}$, recalled")
        ax.set_xscale("log")
        ax.set_xlabel("cooling rate (K/s)")
        ax.set_ylim(bottom=0)
        if len(set(rate)) > 2:
            ax.axvline(SPUTTERED, color=GREY, lw=0.6, ls=":")
    axes[0].legend()
    save(fig, stem + ".png", dpi)


def draw_classes(path, stem, dpi):
    """Share of each class of polyhedra, by element."""
    header, table = read_tsv(path)
    species = list(dict.fromkeys(table["species"]))
    classes = list(dict.fromkeys(table["class"]))
    colours = element_colours(species)
    fraction = numbers(table["fraction"])
    fig, ax = plt.subplots(figsize=(3.4, 0.5 + 0.3 * len(classes)))
    high = 0.8 / len(species)
    for k, s in enumerate(species):
        share = [100 * fraction[(table["species"] == s) & (table["class"] == c)].sum() for c in classes]
        ax.barh(np.arange(len(classes)) + (k - (len(species) - 1) / 2) * high, share, high, color=colours[s], label=s)
    ax.set_yticks(range(len(classes)), [c.replace("_", " ") for c in classes])
    ax.invert_yaxis()
    ax.set_xlabel("cells (%)")
    ax.legend()
    save(fig, stem + ".png", dpi)


def draw_network(path, stem, dpi):
    """Centres of the network of polyhedra: how many there are, how many hang together."""
    header, table = read_tsv(path)
    frame = numbers(table["frame"])
    fig, axes = plt.subplots(1, 2, figsize=(5.2, 2.2))
    for name, label in (("covered_fraction", "atoms in or around them"), ("largest_fraction", "centres in the largest cluster")):
        axes[0].plot(frame, 100 * numbers(table[name]), "o-", ms=3, lw=1, label=label)
    axes[0].set(xlabel="frame", ylabel="share (%)", ylim=(0, None))
    axes[0].legend()
    for name, label in (("by_vertex", "vertex"), ("by_edge", "edge"), ("by_face", "face"), ("by_volume", "interpenetrating")):
        axes[1].plot(frame, numbers(table[name]), "o-", ms=3, lw=1, label=label)
    axes[1].set(xlabel="frame", ylabel="pairs that share", ylim=(0, None))
    axes[1].legend()
    save(fig, stem + ".png", dpi)


def draw_network_sizes(path, stem, dpi):
    """How many clusters of each size, mean over the frames."""
    header, table = read_tsv(path)
    size, count = numbers(table["size"]), numbers(table["clusters"])
    frames = len(set(table["frame"]))
    sizes = np.unique(size)
    mean = [count[size == s].sum() / frames for s in sizes]
    fig, ax = plt.subplots(figsize=(3.4, 2.4))
    ax.loglog(sizes, mean, "o", ms=3)
    ax.set(xlabel="centres in a cluster", ylabel="clusters in a frame")
    save(fig, stem + ".png", dpi)


TABLES = {"places": draw_places, "order_time": draw_order_time, "order_depth": draw_order_depth, "sq": draw_sq,
          "sq_direct": draw_sq, "shares": draw_shares, "classes": draw_classes, "network": draw_network,
          "network_sizes": draw_network_sizes}
