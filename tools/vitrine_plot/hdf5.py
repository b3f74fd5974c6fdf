"""hdf5 - what a result file holds: stages, frames, the results of passes."""
import os
import sys

import numpy as np

from vitrine_plot.atoms import Atoms, class_panel, draw_atoms, species_panel, volume_panel
from vitrine_plot.style import Unusable, stages, text
from vitrine_plot.thermo import draw_thermo, observables

SYMBOLS = ("X H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn Ga Ge As Se Br Kr Rb Sr Y "
           "Zr Nb Mo Tc Ru Rh Pd Ag Cd In Sn Sb Te I Xe Cs Ba La Ce Pr Nd Pm Sm Eu Gd Tb Dy Ho Er Tm Yb Lu Hf Ta W Re Os "
           "Ir Pt Au Hg Tl Pb Bi").split()


def species_names(group):
    """Names per atom: HDF5's own enumeration, a `names` attribute, or atomic numbers."""
    import h5py
    data = group["species"]
    values = data[-1] if getattr(data, "ndim", 1) == 2 else data[()]
    enum = h5py.check_enum_dtype(data.dtype)
    if enum:
        by_value = {v: k for k, v in enum.items()}
        return np.array([by_value[v] for v in values])
    names = [text(n) for n in np.atleast_1d(data.attrs.get("names", []))]
    if values.dtype.kind in "SO":
        return np.array([text(v) for v in values])
    return np.array([SYMBOLS[v] if 0 < v < len(SYMBOLS) else names[-v - 1] if 0 < -v <= len(names) else "T%d" % v
                     for v in values])


def read_frame(h5, stage, frame=-1):
    group = h5["particles"][stage]
    position = group["position/value"]
    edges = group["box/edges"]
    edges = edges["value"][frame] if "value" in edges else edges[()]
    box = np.diag(edges) if np.ndim(edges) == 2 else edges
    boundary = [text(b) == "periodic" for b in group["box"].attrs["boundary"]]
    unit = text(position.attrs.get("unit", "sigma"))
    factor = {"nm": 10.0}.get(unit, 1.0)
    return Atoms(position[frame] * factor, species_names(group), box * factor, boundary,
                 "A" if unit in ("A", "Angstrom", "nm") else "sigma")


def read_voronoi(h5):
    """(label, atoms with index and volume) of every voronoi pass."""
    for label in h5.get("analysis", {}):
        group = h5["analysis"][label]
        found = {}
        group.visititems(lambda p, o: found.update({p.split("/")[-1]: o}) if hasattr(o, "shape") else None)
        index = next((found[k] for k in ("index", "indices", "faces", "histogram") if k in found and found[k].ndim >= 2),
                     None)
        if index is None:
            continue
        index = index[-1] if index.ndim == 3 else index[()]
        volume = next((found[k] for k in ("volume", "volume_A3", "cell_volume") if k in found), None)
        stage = next((text(group.attrs[k]) for k in ("stage", "of", "source") if k in group.attrs), None)
        if stage not in h5["particles"]:
            fits = [s for s in stages(h5, "particles") if h5["particles"][s]["position/value"].shape[1] == len(index)]
            if not fits:
                continue
            stage = fits[-1]
        atoms = read_frame(h5, stage)
        if len(atoms.x) != len(index):
            continue
        atoms.index = index
        if volume is not None:
            atoms.volume = np.asarray(volume[-1] if volume.ndim == 2 else volume[()], float)
        yield label, stage, atoms


def draw_h5(path, stem, dpi, groups):
    """Atoms, local order, the record; then what other rooms draw (groups: (HDF5 group, function))."""
    import h5py
    try:
        h5 = h5py.File(path, "r")
    except OSError as e:
        raise Unusable("not a readable HDF5 file (%s)" % e)
    with h5:
        order = [s for s in stages(h5, "particles") if "position" in h5["particles"][s]]
        drawn = [function(h5, stem, dpi) is not False for group, function in groups if group in h5]
        if any(drawn) and not order:
            return
        if not order and "analysis" in h5:
            sys.stderr.write("vitrine-plot: %s: results of an analysis without atoms; draw the tables and .xyz files beside "
                             "it\n" % path)
            return
        if not order and "observables" not in h5:
            raise Unusable("has neither /particles nor /observables")
        name = os.path.basename(stem)
        for label, stage, atoms in read_voronoi(h5):
            panels = [class_panel(atoms)] + ([volume_panel(atoms)] if atoms.volume is not None else [])
            draw_atoms(atoms, panels, "%s, %s: %s atoms" % (name, stage, format(len(atoms.x), ",")),
                       "%s.%s.png" % (stem, "voronoi" if label == "voronoi" else label + ".voronoi"), dpi)
        if order:
            atoms = read_frame(h5, order[-1])
            draw_atoms(atoms, [species_panel(atoms)], "%s, %s: %s atoms" % (name, order[-1], format(len(atoms.x), ",")),
                       stem + ".atoms.png", dpi)
        effective = text(h5["vitrine/effective"][()]) if "vitrine/effective" in h5 else ""
        draw_thermo(*observables(h5), stem + ".thermo.png", dpi, effective)
