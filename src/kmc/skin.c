/* skin - patches by (slice, angle); geodesics of the cylinder in closed form, of a profile with the mean
 * radius of the two ends (exact for a cylinder, second order in the slope). Rejected: surface voxels of the
 * cubic lattice, whose number per area depends on the direction of the surface and whose neighbours are 1
 * to 1.7 edges away. */
#include "kmc/skin.h"
#include "base/mem.h"

#include <math.h>

static bool is_rod(const struct skin *s) {
    return s->voxels->profile->kind == PROFILE_ROD;
}

static void lay_rod(struct skin *s) {
    const struct voxels *v = s->voxels;
    double arc = 0;
    for (int k = 0; k < s->n_rows; k++) {
        double r = v->radius[k], h = v->h[2], z = k * h;
        double slope = (profile_diameter(v->profile, z + h) - profile_diameter(v->profile, z)) / (2 * h);
        double slant = h * sqrt(1 + slope * slope), inner = fmax(0, r - v->layer);
        s->around[k] = (int)fmax(3, round(2 * M_PI * r / v->h[0]));
        s->first[k + 1] = s->first[k] + s->around[k];
        s->arc[k] = arc + slant / 2;
        arc += slant;
        s->area[k] = 2 * M_PI * r * slant / s->around[k];
        s->volume[k] = M_PI * (r * r - inner * inner) * h / s->around[k];
    }
    s->arc_length = arc;
}

static void lay_film(struct skin *s) {
    const struct voxels *v = s->voxels;
    double layer = fmin(v->layer, v->profile->length / 2);
    for (int k = 0; k < s->n_rows; k++) {
        s->around[k] = v->n[0];
        s->first[k + 1] = s->first[k] + v->n[0];
        s->area[k] = v->h[0] * v->h[1];
        s->volume[k] = s->area[k] * layer;
    }
}

int skin_create(const struct voxels *voxels, struct skin **skin) {
    struct skin *s = NULL;
    int e = ERR_OK;
    TRY(MEM_NEW(s, 1));
    s->voxels = voxels;
    enum profile_kind kind = voxels->profile->kind;
    s->n_rows = kind == PROFILE_ROD ? voxels->n[2] : kind == PROFILE_FILM ? 2 * voxels->n[1] : 0;
    TRY_TO(fail, MEM_NEW(s->around, s->n_rows));
    TRY_TO(fail, MEM_NEW(s->first, s->n_rows + 1));
    TRY_TO(fail, MEM_NEW(s->arc, s->n_rows));
    TRY_TO(fail, MEM_NEW(s->area, s->n_rows));
    TRY_TO(fail, MEM_NEW(s->volume, s->n_rows));
    if (kind == PROFILE_ROD) lay_rod(s);
    else if (kind == PROFILE_FILM) lay_film(s);
    s->n = s->first[s->n_rows];
    if (s->n >= (int64_t)VOXELS_TAKEN) {
        e = err_set(ERR_INPUT, __FILE__, __LINE__, "%.3g surface patches are too many", (double)s->n);
        goto fail;
    }
    for (int k = 0; k < s->n_rows; k++) {
        s->total_area += s->area[k] * s->around[k];
        s->total_volume += s->volume[k] * s->around[k];
    }
    TRY_TO(fail, MEM_NEW(s->s, s->n));
    TRY_TO(fail, MEM_NEW(s->source, s->n));
    skin_clear(s);
    *skin = s;
    return ERR_OK;
fail:
    skin_destroy(&s);
    return e;
}

void skin_destroy(struct skin **skin) {
    struct skin *s = *skin;
    if (!s) return;
    mem_free(&s->around);
    mem_free(&s->first);
    mem_free(&s->arc);
    mem_free(&s->area);
    mem_free(&s->volume);
    mem_free(&s->s);
    mem_free(&s->source);
    mem_free(skin);
}

void skin_clear(struct skin *s) {
    for (int64_t k = 0; k < s->n; k++) {
        s->s[k] = INFINITY;
        s->source[k] = 0;
    }
}

int skin_row(const struct skin *s, int64_t patch) {
    int low = 0, high = s->n_rows - 1;
    while (low < high) {
        int middle = low + (high - low + 1) / 2;
        if (s->first[middle] <= patch) low = middle;
        else high = middle - 1;
    }
    return low;
}

void skin_point(const struct skin *s, int64_t patch, double u, double w, double q[3]) {
    const struct voxels *v = s->voxels;
    int row = skin_row(s, patch);
    double k = (double)(patch - s->first[row]);
    if (is_rod(s)) {
        double slant = s->area[row] * s->around[row] / (2 * M_PI * v->radius[row]);
        q[0] = 2 * M_PI * (k + u) / s->around[row];
        q[1] = s->arc[row] + (w - 0.5) * slant;
        q[2] = (row + w) * v->h[2];
    } else {
        q[0] = (k + u) * v->h[0];
        q[1] = (row % v->n[1] + w) * v->h[1];
        q[2] = row / v->n[1];
    }
}

void skin_centre(const struct skin *s, int64_t patch, double q[3]) {
    skin_point(s, patch, 0.5, 0.5, q);
}

static double nearest(double x, double period) {
    return x - period * rint(x / period);
}

double skin_distance(const struct skin *s, const double a[3], const double b[3]) {
    const struct voxels *v = s->voxels;
    if (!is_rod(s)) {
        if (a[2] != b[2]) return INFINITY;
        double x = nearest(a[0] - b[0], v->profile->lateral), y = nearest(a[1] - b[1], v->profile->lateral);
        return sqrt(x * x + y * y);
    }
    double r = v->radius[skin_slice(s, a)];
    if (v->profile->n > 1) r = (r + v->radius[skin_slice(s, b)]) / 2;
    double x = r * nearest(a[0] - b[0], 2 * M_PI), y = a[1] - b[1];
    if (v->profile->periodic_z) y = nearest(y, s->arc_length);
    return sqrt(x * x + y * y);
}

int skin_slice(const struct skin *s, const double q[3]) {
    if (!is_rod(s)) return 0;
    int k = (int)(q[2] / s->voxels->h[2]);
    return k < 0 ? 0 : k >= s->n_rows ? s->n_rows - 1 : k;
}

int64_t skin_patch_rod(const struct skin *s, int k, double angle) {
    double turn = angle / (2 * M_PI);
    int m = (int)((turn - floor(turn)) * s->around[k]);
    return s->first[k] + (m < s->around[k] ? m : s->around[k] - 1);
}

int64_t skin_patch_film(const struct skin *s, int side, int i, int j) {
    return s->first[side * s->voxels->n[1] + j] + i;
}

int skin_neighbours(const struct skin *s, int64_t patch, int64_t out[4]) {
    const struct voxels *v = s->voxels;
    int row = skin_row(s, patch), n = 0, many = s->around[row], k = (int)(patch - s->first[row]);
    out[n++] = s->first[row] + (k + 1) % many;
    out[n++] = s->first[row] + (k + many - 1) % many;
    for (int step = -1; step <= 1; step += 2) {
        if (is_rod(s)) {
            int other = row + step;
            if (voxels_wrap(v, 2, &other)) out[n++] = skin_patch_rod(s, other, 2 * M_PI * (k + 0.5) / many);
        } else {
            int j = row % v->n[1] + step;
            if (voxels_wrap(v, 1, &j)) out[n++] = skin_patch_film(s, row / v->n[1], k, j);
        }
    }
    return n;
}

void skin_place(const struct skin *s, const double q[3], double depth, double x[3]) {
    const struct voxels *v = s->voxels;
    if (is_rod(s)) {
        double r = fmax(0, v->radius[skin_slice(s, q)] - depth);
        x[0] = r * cos(q[0]);
        x[1] = r * sin(q[0]);
        x[2] = q[2];
    } else {
        x[0] = q[0];
        x[1] = q[1];
        x[2] = q[2] > 0.5 ? v->profile->length - depth : depth;
    }
}
