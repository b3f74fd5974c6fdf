// voro_shim - voronoicell_neighbor of Voro++ with C names. Rejected: Voro++'s own containers, which own the search, hold
// all atoms of a process and know neither other ranks nor an order of the cuts that is the same on any number of them.
// No exception leaves this file.
#include "analysis/structure/voro_shim.h"

#include <cmath>
#include <new>
#include <vector>
#include <voro++/voro++.hh>

struct voro_shim {
    voro::voronoicell_neighbor cell;
    std::vector<int> neighbour, order, corner;
    std::vector<double> area, edge, vertex;
};

extern "C" int voro_shim_create(struct voro_shim **shim) {
    try {
        *shim = new voro_shim;
    } catch (const std::bad_alloc &) {
        *shim = nullptr;
        return 1;
    }
    return 0;
}

extern "C" void voro_shim_destroy(struct voro_shim **shim) {
    delete *shim;
    *shim = nullptr;
}

extern "C" void voro_shim_begin(struct voro_shim *shim, double half) {
    shim->cell.init(-half, half, -half, half, -half, half);
}

extern "C" int voro_shim_cut(struct voro_shim *shim, const double d[3], double rsq, int id) {
    try {
        return shim->cell.nplane(d[0], d[1], d[2], rsq, id);
    } catch (const std::bad_alloc &) {
        return -1;
    }
}

extern "C" double voro_shim_reach2(struct voro_shim *shim) {
    return 0.25 * shim->cell.max_radius_squared(); // Voro++ keeps coordinates doubled
}

static void edges(struct voro_shim *s) {
    s->cell.vertices(s->vertex);
    s->cell.face_vertices(s->corner); // n, v1 .. vn, n, ...
    s->edge.clear();
    for (size_t at = 0; at < s->corner.size();) {
        size_t n = (size_t)s->corner[at];
        for (size_t k = 0; k < n; k++) {
            const double *a = &s->vertex[3 * (size_t)s->corner[at + 1 + k]];
            const double *b = &s->vertex[3 * (size_t)s->corner[at + 1 + (k + 1) % n]];
            double x = a[0] - b[0], y = a[1] - b[1], z = a[2] - b[2];
            s->edge.push_back(std::sqrt(x * x + y * y + z * z));
        }
        at += n + 1;
    }
}

extern "C" int voro_shim_take(struct voro_shim *s, int want, struct voro_shim_measure *m) {
    try {
        m->volume = s->cell.volume();
        s->cell.neighbors(s->neighbour);
        s->cell.face_orders(s->order);
        if (want & VORO_SHIM_AREAS) s->cell.face_areas(s->area);
        if (want & VORO_SHIM_EDGES) edges(s);
    } catch (const std::bad_alloc &) {
        return 1;
    }
    m->n_faces = (int)s->order.size();
    m->neighbour = s->neighbour.data();
    m->order = s->order.data();
    m->area = want & VORO_SHIM_AREAS ? s->area.data() : nullptr;
    m->edge = want & VORO_SHIM_EDGES ? s->edge.data() : nullptr;
    return 0;
}
