"""atoms - a frame of atoms as shaded spheres, coloured by element, by local order, by volume."""
import os
import re

import matplotlib
import matplotlib.pyplot as plt
import numpy as np

from vitrine_plot.style import BLUE, RED, Unusable, element_colours, rgb, save

RADIUS = {"Cu": 1.28, "Zr": 1.60, "Pt": 1.39, "Ni": 1.25, "P": 1.03, "Pd": 1.37, "Al": 1.43, "Ag": 1.44, "Au": 1.44,
          "Fe": 1.27, "Ti": 1.46, "Mg": 1.60, "Co": 1.25, "B": 0.82}  # A, metallic
# Local order after the face counts <n3,n4,n5,n6>, the usual classes of metallic-glass papers
CLASSES = [("<0,0,12,0> icosahedron", RED), ("icosahedron-like", "#F2C879"), ("mixed", "#C9CDD6"),
           ("crystal-like", BLUE), ("other", "#ECEEF2"), ("open cell at a surface", "#A9B0BD")]


def rotation(tilt, turn):
    """Rows: right, up, towards the viewer; turn about the vertical, then tilt, in degrees."""
    t, p = np.radians(tilt), np.radians(turn)
    turned = np.array([[np.cos(p), 0, np.sin(p)], [0, 1, 0], [-np.sin(p), 0, np.cos(p)]])
    return np.array([[1, 0, 0], [0, np.cos(t), -np.sin(t)], [0, np.sin(t), np.cos(t)]]) @ turned


def blur(image, width):
    """Box blur, twice, by running sums: what an occlusion estimate needs and no more."""
    for axis in (0, 1, 0, 1):
        padded = np.concatenate([np.repeat(image.take([0], axis), width + 1, axis), image,
                                 np.repeat(image.take([-1], axis), width, axis)], axis)
        total = np.cumsum(padded, axis)
        n = image.shape[axis]
        image = (total.take(range(2 * width + 1, 2 * width + 1 + n), axis) - total.take(range(n), axis)) / (
            2 * width + 1)
    return image


def spheres(x, radius, colour, pixels_per_A, pad=2.5):
    """Shaded spheres seen along -z, nearest wins: an RGBA image of x, y. x in A, colour in [0, 1]^3.

    Each sphere is a patch of depths written into a depth buffer (no sorting, no triangles); light from the upper left,
    a highlight, and darkening of pixels that lie deeper than their surroundings, which makes the shape readable."""
    over = 2
    scale = pixels_per_A * over
    low, high = x[:, :2].min(0) - pad, x[:, :2].max(0) + pad
    nx, ny = (np.ceil((high - low) * scale).astype(int))
    # atoms well behind the front ones cannot be seen: drop them on a coarse grid, so that a million atoms are quick
    cell = np.floor((x[:, :2] - low) / 3.0).astype(int)
    front = np.full((cell[:, 0].max() + 3, cell[:, 1].max() + 3), -np.inf)  # with an empty margin
    np.maximum.at(front, (cell[:, 0] + 1, cell[:, 1] + 1), x[:, 2])
    around = np.min([front[i:i + front.shape[0] - 2, j:j + front.shape[1] - 2] for i in range(3) for j in range(3)], axis=0)
    seen = x[:, 2] > around[cell[:, 0], cell[:, 1]] - 9.0
    depth = np.full((ny, nx), -np.inf, np.float32)
    owner = np.full((ny, nx), -1, np.int32)
    for k in np.nonzero(seen)[0][np.argsort(-x[seen, 2])]:
        r = radius[k] * scale
        cx, cy = (x[k, :2] - low) * scale
        x0, x1 = max(int(cx - r), 0), min(int(cx + r) + 2, nx)
        y0, y1 = max(int(cy - r), 0), min(int(cy + r) + 2, ny)
        dx, dy = np.arange(x0, x1) + 0.5 - cx, np.arange(y0, y1) + 0.5 - cy
        h = r * r - dy[:, None] ** 2 - dx[None, :] ** 2
        z = np.where(h > 0, x[k, 2] * scale + np.sqrt(np.maximum(h, 0)), -np.inf)
        part = depth[y0:y1, x0:x1]
        near = z > part
        part[near] = z[near]
        owner[y0:y1, x0:x1][near] = k
    hit = owner >= 0
    yy, xx = np.nonzero(hit)
    k = owner[hit]
    r = radius[k] * scale
    normal = np.stack([(xx + 0.5 - (x[k, 0] - low[0]) * scale) / r, (yy + 0.5 - (x[k, 1] - low[1]) * scale) / r,
                       (depth[hit] - x[k, 2] * scale) / r], 1)
    light = np.array([-0.45, 0.60, 0.66])
    light /= np.linalg.norm(light)
    diffuse = np.clip(normal @ light, 0, 1)
    half = light + [0, 0, 1]
    shine = np.clip(normal @ (half / np.linalg.norm(half)), 0, 1) ** 40
    floor = depth[hit].min() - 4 * scale
    filled = np.where(hit, depth, floor)
    shade = np.zeros(len(k))
    for reach, weight in ((1.0, 0.45), (4.0, 0.55)):  # A: crevices between atoms, then the body's shape
        behind = (blur(filled, max(int(reach * scale), 1))[hit] - depth[hit]) / (reach * scale)
        shade += weight * np.clip(behind, 0, 1.2)
    rim = np.clip(normal[:, 2], 0, 1) ** 0.35
    value = (0.46 + 0.62 * diffuse) * (1 - 0.62 * np.clip(shade, 0, 1)) * (0.55 + 0.45 * rim)
    image = np.zeros((ny, nx, 4))
    image[hit, :3] = np.clip(colour[k] * value[:, None] + 0.22 * shine[:, None] * (1 - shade[:, None] * 0.8).clip(0), 0, 1)
    image[hit, 3] = 1
    ny, nx = ny // over * over, nx // over * over  # average over x over pixels, colours weighted by cover
    parts = image[:ny, :nx].reshape(ny // over, over, nx // over, over, 4)
    cover = parts[..., 3].sum((1, 3))
    rgb = (parts[..., :3] * parts[..., 3:]).sum((1, 3)) / np.maximum(cover, 1)[..., None]
    return np.concatenate([rgb, cover[..., None] / over ** 2], 2)


class Atoms:
    """One frame: positions in A, an element name per atom, the box, and what a voronoi pass found."""

    def __init__(self, x, species, box, periodic, length_unit="A"):
        self.x, self.species, self.box, self.periodic = np.asarray(x, float), np.asarray(species), box, periodic
        self.unit = length_unit
        self.index = self.volume = None
        # reduced units (sigma) are drawn as if sigma were 2.6 A, so that one set of radii and pads serves
        self.scale = 1.0 if length_unit == "A" else 2.6
        self.x = self.x * self.scale

    def wrapped(self):
        """Positions in one piece: periodic axes wrapped, and a rod that sits on the boundary shifted into the middle."""
        x = self.x.copy()
        for a in range(3):
            length = self.box[a] * self.scale
            if length <= 0 or not self.periodic[a]:
                continue
            angle = 2 * np.pi * x[:, a] / length
            mean = np.angle(np.exp(1j * angle).mean()) * length / (2 * np.pi)
            concentrated = abs(np.exp(1j * angle).mean()) > 0.05
            x[:, a] = (x[:, a] - (mean - length / 2 if concentrated else 0)) % length
        return x - (x.min(0) + x.max(0)) / 2

    def radii(self):
        small = 0.5 * self.scale
        return np.array([RADIUS.get(s, small) for s in self.species])

    def is_rod(self):
        """Not flat, and with empty corners: drawn from the side and along its axis."""
        x = self.wrapped()
        half = np.ptp(x[:, :2], axis=0) / 2
        corner = (np.abs(x[:, :2]) > 0.8 * half).all(1).mean()
        return corner < 0.01 and np.ptp(x[:, 2]) > 1.8 * half.max()

    def classes(self):
        n = self.index
        n3, n4, n5, n6 = n[:, 0], n[:, 1], n[:, 2], n[:, 3]
        ico = (n3 == 0) & (n4 == 0) & (n5 == 12) & (n6 == 0)
        like = (n3 == 0) & ~ico & ((n4 == 0) & (n5 == 12) | (n4 == 1) & (n5 == 10) | (n4 == 2) & (n5 == 8))
        mixed = (n3 == 0) & (n4 == 3) & (n5 == 6)
        crystal = (n3 == 0) & ((n4 == 4) & (n5 == 4) | (n4 == 5) & (n5 == 2) | (n4 == 6) & (n5 == 0))
        return np.select([n.sum(1) == 0, ico, like, mixed, crystal], [5, 0, 1, 2, 3], 4)


def nice_length(width):
    """A scale bar of 1, 2 or 5 times a power of ten, up to a quarter of the picture."""
    best = 10.0 ** np.floor(np.log10(width / 4))
    return max(best * m for m in (1, 2, 5) if best * m <= width / 4)


def draw_view(ax, atoms, seen, colour, radius, pixels_per_A):
    image = spheres(seen, radius, colour, pixels_per_A)
    ax.imshow(image, origin="lower", extent=(0, image.shape[1] / pixels_per_A, 0, image.shape[0] / pixels_per_A),
              interpolation="antialiased")
    ax.set_axis_off()


def draw_atoms(atoms, panels, title, path, dpi):
    """panels: (colour [n][3], radius [n], legend entries or None, colour bar or None). A rod has one row a panel, seen
    from the side and along its axis; anything else one view a panel, side by side. Laid out in inches, by hand."""
    x = atoms.wrapped()
    rod = atoms.is_rod()
    side = rotation(12, 0) @ rotation(0, 8) @ np.array([[0, 0, 1], [0, 1, 0], [-1, 0, 0]])
    views = [x @ v.T for v in ([side, np.eye(3)] if rod else [rotation(22, -32)])]
    sizes = [np.ptp(v, axis=0)[:2] + 5.0 for v in views]  # 2.5 A of margin on each side, as in spheres()
    gap, foot, head = 0.15, 0.48, 0.28
    aspect = max(s[1] for s in sizes) / sum(s[0] for s in sizes)
    width = min(6.6, 3.6 / aspect) if rod else 3.3
    per_A = (width - gap * (len(views) - 1)) / sum(s[0] for s in sizes)
    height = max(s[1] for s in sizes) * per_A
    rows, columns = (len(panels), 1) if rod else (1, len(panels))
    fig = plt.figure(figsize=(columns * width + gap * (columns - 1), rows * (height + foot) + head),
                     constrained_layout=False)
    total_w, total_h = fig.get_size_inches()
    per, unit = (10.0, "nm") if atoms.unit == "A" else (atoms.scale, r"$\sigma$")
    bar_length = nice_length(max(s[0] for s in sizes) / per)
    for p, (colour, radius, legend, bar) in enumerate(panels):
        left, bottom = (0, total_h - head - (p + 1) * (height + foot) + foot) if rod else (p * (width + gap), foot)
        for view, size in zip(views, sizes):
            w, h = size * per_A
            ax = fig.add_axes([left / total_w, (bottom + (height - h) / 2) / total_h, w / total_w, h / total_h])
            draw_view(ax, atoms, view, colour, radius, per_A * dpi)
            left += w + gap
        start = 0 if rod else p * (width + gap)
        strip = fig.add_axes([start / total_w, (bottom - foot) / total_h, width / total_w, foot / total_h])
        strip.set(xlim=(0, width), ylim=(0, foot))
        strip.set_axis_off()
        reach = bar_length * per * per_A
        strip.plot([0.12, 0.12 + reach], [0.36, 0.36], color="black", lw=2, solid_capstyle="butt")
        strip.text(0.12 + reach / 2, 0.31, "%g %s" % (bar_length, unit), ha="center", va="top")
        if legend:
            strip.legend(handles=[plt.Line2D([], [], marker="o", ls="", ms=6, mec="#444444", mew=0.4, color=c, label=t)
                                  for t, c in legend], loc="upper right", ncol=len(legend) if rod and len(legend) < 4 else 3 if rod else 2,
                         handletextpad=0.1, columnspacing=0.8, labelspacing=0.15, fontsize=7 if len(legend) < 4 else 5.5,
                         borderpad=0)
        if bar:
            norm, cmap, label = bar
            box = [(start + 0.3 + reach) / total_w, (bottom - 0.12) / total_h, (width - reach - 0.5) / total_w, 0.07 / total_h]
            fig.colorbar(matplotlib.cm.ScalarMappable(norm, cmap), cax=fig.add_axes(box), orientation="horizontal",
                         label=label, extend="both").ax.tick_params(pad=1, labelsize=6)
    fig.suptitle(title, fontsize=8, y=1 - 0.04 / total_h)
    save(fig, path, dpi)


def species_panel(atoms):
    names = list(dict.fromkeys(sorted(atoms.species, key=lambda s: RADIUS.get(s, 0))))
    colours = element_colours(names)
    table = {n: rgb(c) for n, c in colours.items()}
    return np.array([table[s] for s in atoms.species]), atoms.radii() * 1.02, list(colours.items()), None


def class_panel(atoms):
    which = atoms.classes()
    table = np.array([rgb(c) for _, c in CLASSES])
    radius = atoms.radii() * np.where(which <= 1, 1.05, 0.9)
    share = np.bincount(which, minlength=len(CLASSES)) / len(which)
    legend = [("%s  %.1f %%" % (t, 100 * f), c) for (t, c), f in zip(CLASSES, share) if f > 0]
    return table[which], radius, legend, None


def volume_panel(atoms):
    """Cell volume over the mean of the element: free volume at a glance, whatever the size of the atoms."""
    mean = {s: np.nanmedian(atoms.volume[atoms.species == s]) for s in set(atoms.species)}
    ratio = atoms.volume / np.array([mean[s] for s in atoms.species])
    norm = matplotlib.colors.Normalize(0.9, 1.12)
    colour = plt.get_cmap("cividis")(norm(np.nan_to_num(ratio, nan=1.0)))[:, :3]
    colour[~np.isfinite(ratio)] = rgb(CLASSES[5][1])  # an open cell has no volume
    return colour, atoms.radii(), None, (norm, "cividis", "cell volume / median of the element")


def draw_xyz(path, stem, dpi):
    """The last frame of an extended XYZ file."""
    last = None
    with open(path) as f:
        while True:
            head = f.readline()
            if not head.strip():
                break
            try:
                n = int(head)
            except ValueError:
                raise Unusable("line 1 of a frame is not a number of atoms: '%s'" % head.strip()[:40])
            comment = f.readline()
            rows = [f.readline().split() for _ in range(n)]
            if n and (not rows[-1]):
                raise Unusable("ends inside a frame")
            last = comment, rows
    if not last or not last[1]:
        raise Unusable("holds no atoms")
    comment, rows = last
    fields = {k: (a or b) for k, a, b in re.findall(r'(\w+)=(?:"([^"]*)"|(\S+))', comment)}
    columns, at = {}, 0
    parts = fields.get("Properties", "species:S:1:pos:R:3").split(":")
    for name, _, width in zip(parts[::3], parts[1::3], parts[2::3]):
        columns[name.lower()] = slice(at, at + int(width))
        at += int(width)
    cells = np.array([r[:at] for r in rows], dtype=object)
    x = cells[:, columns["pos"]].astype(float)
    lattice = np.array(fields.get("Lattice", "0 0 0 0 0 0 0 0 0").split(), float).reshape(3, 3)
    periodic = [b.upper().startswith("T") for b in fields.get("pbc", "T T T" if "Lattice" in fields else "F F F").split()]
    species = cells[:, columns["species"]][:, 0].astype(str)
    atoms = Atoms(x, species, np.diag(lattice), periodic)
    name = "%s: %s atoms" % (os.path.basename(stem), format(len(x), ","))
    index = next((columns[c] for c in ("index", "voronoi_index", "faces") if c in columns), None)
    panels = [species_panel(atoms)]
    if index is not None and index.stop - index.start >= 4:
        atoms.index = cells[:, index].astype(int)
        panels.append(class_panel(atoms))
    draw_atoms(atoms, panels, name, stem + ".atoms.png", dpi)
