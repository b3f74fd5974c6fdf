"""style - colours, fonts, saving, tables read: what every picture shares."""
import itertools
import os
import re

import matplotlib
import matplotlib.pyplot as plt
import numpy as np

# Okabe and Ito's palette: told apart by colour-blind readers and in grey print
BLACK, ORANGE, SKY, GREEN, YELLOW, BLUE, RED, PINK, GREY = (
    "#000000", "#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2", "#D55E00", "#CC79A7", "#9A9A9A")
CYCLE = [BLUE, RED, GREEN, ORANGE, PINK, SKY, BLACK, "#7A5195", "#8C8C8C", "#6B8E23"]
ELEMENT = {"Cu": "#D9822B", "Zr": "#6FA8DC", "Pt": "#B8BCC8", "Ni": "#3FA37C", "P": "#E8C547", "Pd": "#7F8FA9",
           "Al": "#C9A0C9", "Ag": "#D8D8E0", "Au": "#E6B422", "Fe": "#B5532B", "Ti": "#8FA3B8", "Mg": "#8DBF67",
           "Co": "#CC79A7", "B": "#E8A0A0", "A": "#6FA8DC"}

plt.rcParams.update({
    "font.size": 8, "axes.labelsize": 8, "axes.titlesize": 8, "xtick.labelsize": 7, "ytick.labelsize": 7,
    "legend.fontsize": 7, "legend.frameon": False, "axes.linewidth": 0.7, "lines.linewidth": 1.2,
    "xtick.direction": "in", "ytick.direction": "in", "xtick.top": True, "ytick.right": True,
    "xtick.major.width": 0.6, "ytick.major.width": 0.6, "axes.prop_cycle": plt.cycler(color=CYCLE),
    "savefig.bbox": "tight", "savefig.pad_inches": 0.04, "figure.constrained_layout.use": True,
    "mathtext.default": "regular"})


class Unusable(Exception):
    """A file that cannot be drawn, with the reason."""


def save(fig, path, dpi):
    partial = path[:-4] + ".partial.png"
    fig.savefig(partial, dpi=dpi)
    plt.close(fig)
    os.replace(partial, path)
    print(path)


def rgb(name):
    return np.array(matplotlib.colors.to_rgb(name))


def element_colours(names):
    spare = itertools.cycle(CYCLE)
    return {n: ELEMENT.get(n) or next(spare) for n in names}


def text(value):
    return value.decode() if isinstance(value, bytes) else str(value)


def read_tsv(path):
    with open(path) as f:
        rows = [line.rstrip("\n").split("\t") for line in f if line.strip()]
    if len(rows) < 2:
        raise Unusable("a table without rows")
    wrong = next((k for k, r in enumerate(rows) if len(r) != len(rows[0])), None)
    if wrong is not None:
        raise Unusable("line %d has %d columns, the first line %d" % (wrong + 1, len(rows[wrong]), len(rows[0])))
    return rows[0], {name: np.array([r[k] for r in rows[1:]]) for k, name in enumerate(rows[0])}


def numbers(column):
    try:
        return column.astype(float)
    except ValueError:
        return None


def nice(column):
    """r_A -> r (A), g_Cu_Zr -> g Cu Zr: what a bare column name says."""
    units = {"A": r"$\AA$", "nm": "nm", "K": "K", "C": r"$^\circ$C", "s": "s", "ps": "ps", "eV": "eV", "GPa": "GPa",
             "1_per_A": r"1/$\AA$", "A3": r"$\AA^3$", "A2": r"$\AA^2$", "g_cm3": r"g/cm$^3$", "eV_per_atom": "eV/atom"}
    for suffix in sorted(units, key=len, reverse=True):
        if column.endswith("_" + suffix):
            return "%s (%s)" % (column[:-len(suffix) - 1].replace("_", " "), units[suffix])
    return column.replace("_", " ")


def pair(word):
    """CuZr -> Cu-Zr."""
    return "-".join(re.findall("[A-Z][a-z]?[0-9]*", word)) or word


def stages(h5, root):
    """Groups below root (/particles, /observables) in the order of their first time."""
    def first(name):
        found = []
        h5[root][name].visititems(lambda p, o: found.append(o) if p.endswith("time") and getattr(o, "ndim", 0) == 1 and
                                  len(o) else None)
        return float(found[0][0]) if found else 0.0
    return sorted(h5[root], key=lambda n: (first(n), h5[root][n].attrs.get("order", 0), n)) if root in h5 else []
