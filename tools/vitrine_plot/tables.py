"""tables - pair distributions, Voronoi indices, summaries, and any other table."""
import os
import sys
import textwrap

import matplotlib.pyplot as plt
import numpy as np

from vitrine_plot.style import (BLACK, BLUE, RED, CYCLE, Unusable, element_colours, nice, numbers, pair, read_tsv, rgb, save)


def first_peaks(path):
    """{curve: position} of the table of peaks that the rdf pass writes beside g(r); empty where there is none."""
    if not os.path.isfile(path):
        return {}
    header, table = read_tsv(path)
    places = numbers(table[header[1]])
    return {c: p for c, p in zip(table[header[0]], places) if np.isfinite(p)} if places is not None else {}


def draw_rdf(path, stem, dpi):
    header, table = read_tsv(path)
    r = numbers(table[header[0]])
    curves = [(c, numbers(table[c])) for c in header[1:] if c.startswith("g") and not c.endswith("_error")]
    curves = [(c, g) for c, g in curves if g is not None]
    if r is None or not curves:
        raise Unusable("no numbers in columns named g...")
    peaks = first_peaks(path[:-len("rdf.tsv")] + "rdf_peaks.tsv")
    curves.sort(key=lambda c: "total" not in c[0] and c[0] not in ("g", "g_r"))
    step, unit = 0.0, r" $\AA$" if header[0].endswith("_A") else ""
    start = min(r[np.nonzero(g > 0)[0][0]] for _, g in curves if (g > 0).any())
    fig, ax = plt.subplots(figsize=(3.4, 0.9 + 0.75 * len(curves)))
    tallest = max(np.nanmax(g) for _, g in curves)
    for k, (name, g) in enumerate(reversed(curves)):
        offset = k * 0.9 * tallest
        total = "total" in name or name in ("g", "g_r")
        colour = BLACK if total else CYCLE[(len(curves) - 1 - k) % len(CYCLE)]
        ax.axhline(offset + 1, color="#DDDDDD", lw=0.6, zorder=0)
        ax.plot(r, g + offset, color=colour, lw=1.1)
        word = name.split("_", 1)[-1]
        label = "total" if total else pair(word)
        ax.text(r.max() * 0.985, offset + 1.25, label, ha="right", va="bottom", color=colour)
        if np.nanmax(g) > 1.2:  # the first peak: the first maximum that reaches half of the highest
            high = np.nonzero(g > 0.5 * np.nanmax(g))[0][0]
            end = high + np.argmax(g[high:] < 0.5 * np.nanmax(g)) if (g[high:] < 0.5 * np.nanmax(g)).any() else len(g)
            top = high + np.nanargmax(g[high:end])
            ax.text(r[top] + 0.04 * np.ptp(r), offset + 0.75 * g[top], "%.2f%s" % (peaks.get(word, r[top]), unit), va="center", fontsize=6.5,
                    color=colour)
        step = max(step, offset + np.nanmax(g))
    ax.set_xlim(np.floor(8 * start) / 10, r.max())
    ax.set_ylim(0, step * 1.06)
    ax.set_xlabel(nice(header[0]))
    ax.set_ylabel("g(r), shifted upwards")
    save(fig, stem + ".png", dpi)


def draw_index(path, stem, dpi, top=12):
    header, table = read_tsv(path)
    key = next((c for c in header if c in ("index", "polyhedron", "voronoi_index")), None)
    share = next((c for c in header if "fraction" in c or "percent" in c), None)
    share = share or next((c for c in header if c in ("count", "cells")), None)
    centre = next((c for c in header if c in ("species", "centre", "element", "center")), None)
    if share is None:
        raise Unusable("no column of fractions or counts")
    value = numbers(table[share]) * (100 if "fraction" in share else 1)
    if key:
        words = table[key]
    else:
        faces = [c for c in header if c.startswith("n") and c[1:].isdigit()]
        words = np.array([",".join(row) for row in zip(*(table[c] for c in faces))])
    words = np.array(["<%s>" % w.strip("<>") for w in words])
    groups = list(dict.fromkeys(table[centre])) if centre else [""]
    fig, axes = plt.subplots(1, len(groups), figsize=(2.6 * len(groups) + 0.5, 2.8), squeeze=False)
    colours = element_colours(groups)
    for ax, g in zip(axes.flat, groups):
        rows = np.nonzero(table[centre] == g)[0] if centre else np.arange(len(words))
        rows = rows[np.argsort(-value[rows], kind="stable")][:top]
        ico = [words[k].startswith("<0,0,12,0") for k in rows]
        ax.barh(range(len(rows)), value[rows], color=[0.55 * rgb(colours[g]) if i else rgb(colours[g]) for i in ico], height=0.72)
        ax.set_yticks(range(len(rows)), [words[k] for k in rows])
        ax.tick_params(axis="y", length=0)
        ax.invert_yaxis()
        for k, row in enumerate(rows):
            ax.text(value[row], k, " %.1f" % value[row] if share != "count" else " %d" % value[row], va="center", fontsize=6)
        ax.set_xlim(0, value[rows].max() * 1.2)
        ax.set_xlabel("%s-centred cells (%s)" % (g, "%" if "fraction" in share or "percent" in share else "number")
                      if g else share)
    save(fig, stem + ".png", dpi)


def draw_summary(path, stem, dpi):
    header, table = read_tsv(path)
    if not {"quantity", "value", "low", "high"} <= set(header):
        raise Unusable("not a summary: needs the columns quantity, value, low, high")
    value, low, high = (numbers(table[c]) for c in ("value", "low", "high"))
    error = numbers(table["error"]) if "error" in header else np.full(len(value), np.nan)
    rows = np.nonzero(np.isfinite(value) & np.isfinite(low) & np.isfinite(high) & (high > low))[0]
    if not len(rows):
        sys.stderr.write("vitrine-plot: %s: no value in it has a band, so there is nothing to compare\n" % path)
        return
    fig, ax = plt.subplots(figsize=(4.6, 0.55 + 0.3 * len(rows)), constrained_layout=False)
    ax.axvspan(-1, 1, color="#DCE9F5", lw=0)
    for y, k in enumerate(rows):
        middle, half = (low[k] + high[k]) / 2, (high[k] - low[k]) / 2
        place, spread = (value[k] - middle) / half, (error[k] / half if np.isfinite(error[k]) else 0)
        inside = abs(place) <= 1
        shown = np.clip(place, -2.6, 2.6)
        if shown == place and spread:
            ax.plot(np.clip([place - spread, place + spread], -2.8, 2.8), [y, y], color=BLUE if inside else RED, lw=0.9)
        ax.plot(shown, y, marker="o" if shown == place else (">" if place > 0 else "<"), ms=4.5,
                color=BLUE if inside else RED, ls="")
        unit = table["unit"][k] if "unit" in header and table["unit"][k] not in ("", "nan", "1", "-") else ""
        source = " " + table["source"][k] if "source" in header else ""
        ax.text(3.0, y, ("%.4g %s" % (value[k], unit)).strip(), va="center", fontsize=7)
        ax.text(5.1, y, "%.4g to %.4g" % (low[k], high[k]), va="center", fontsize=7)
        ax.text(6.7, y, textwrap.fill(source.strip(), 46), va="center", fontsize=6, color="#555555", linespacing=0.95)
    ax.set_yticks(range(len(rows)), [nice(table["quantity"][k]) for k in rows])
    ax.set_xticks([-1, 0, 1], ["low", "", "high"])
    ax.tick_params(axis="both", length=0)
    ax.set_xlim(-2.8, 2.8)
    ax.set_ylim(len(rows) - 0.4, -0.6)
    for side in ("top", "right", "left"):
        ax.spines[side].set_visible(False)
    ax.set_xlabel("value within its band (shaded)")
    save(fig, stem + ".png", dpi)


def draw_table(path, stem, dpi):
    """Every column of numbers against the first column; bars where the first column is words."""
    header, table = read_tsv(path)
    columns = [(c, numbers(table[c])) for c in header]
    rest = [(c, v) for c, v in columns[1:] if v is not None]
    if not rest:
        raise Unusable("no columns of numbers")
    xname, x = columns[0]
    if x is None:
        words = table[xname]
        errors = {c.replace("_error", ""): v for c, v in rest if "_error" in c}
        rest = [(c, v) for c, v in rest if np.nan_to_num(v).any() and "_error" not in c] or rest
        each = max(1.25, 0.4 * len(words) + 0.45)
        wide = min(len(rest), max(4, int(12 / each)))
        high = -(-len(rest) // wide)
        fig, axes = plt.subplots(high, wide, figsize=(each * wide + 0.3, 1.9 * high), squeeze=False)
        for ax in axes.flat[len(rest):]:
            ax.remove()
        for ax, (name, y) in zip(axes.flat, rest):
            colours = element_colours(words)
            ax.bar(range(len(words)), np.nan_to_num(y), color=[colours[w] for w in words], width=0.6,
                   yerr=np.nan_to_num(errors[name]) if name in errors else None, error_kw={"lw": 0.7, "capsize": 2})
            ax.set_xticks(range(len(words)), [w if len(w) < 3 else pair(w) for w in words], fontsize=6)
            ax.tick_params(axis="x", length=0)
            ax.set_title(nice(name))
    else:
        fig, axes = plt.subplots(len(rest), 1, sharex=True, figsize=(3.4, 0.6 + 1.15 * len(rest)), squeeze=False)
        for ax, (name, y), colour in zip(axes.flat, rest, CYCLE * len(rest)):
            ax.plot(x, y, "-" if len(x) > 30 else "o-", ms=3, lw=1, color=colour)
            ax.set_ylabel(nice(name))
        axes.flat[-1].set_xlabel(nice(xname))
    save(fig, stem + ".png", dpi)


TABLES = {"rdf": draw_rdf, "index": draw_index, "summary": draw_summary, "": draw_table}
