/* profile - shapes as points of d(z), linear between them: what a user can trace on an image. Splines were
 * rejected: they overshoot at the corner of a neck. */
#include "kmc/profile.h"
#include "base/mem.h"

#include <math.h>
#include <string.h>

int profile_rod(struct profile *p, double length, bool periodic, int n, const double *z, const double *d) {
    memset(p, 0, sizeof *p);
    for (int k = 0; k < n; k++) {
        if (!(d[k] > 0))
            FAIL(ERR_INPUT, "point %d of the profile has the diameter %g nm; it must be positive", k + 1,
                 d[k]);
        if (k && !(z[k] > z[k - 1]))
            FAIL(ERR_INPUT, "point %d of the profile lies at z = %g nm, not beyond the one before (%g nm)",
                 k + 1, z[k], z[k - 1]);
    }
    TRY(MEM_NEW(p->z, n));
    int e = MEM_NEW(p->d, n);
    if (e) {
        profile_clear(p);
        return e;
    }
    for (int k = 0; k < n; k++) {
        p->z[k] = z[k];
        p->d[k] = d[k];
    }
    p->kind = PROFILE_ROD;
    p->length = length;
    p->periodic_z = periodic;
    p->n = n;
    return ERR_OK;
}

int profile_neck(struct profile *p, double length, double d, double d_neck, double l_neck, double l_flank) {
    double a = (length - l_neck) / 2, b = (length + l_neck) / 2;
    double z[6] = {0, a - l_flank, a, b, b + l_flank, length};
    double w[6] = {d, d, d_neck, d_neck, d, d};
    return profile_rod(p, length, false, 6, z, w);
}

void profile_film(struct profile *p, double lateral, double thickness, double column) {
    *p = (struct profile){.kind = PROFILE_FILM, .length = thickness, .lateral = lateral, .column = column};
}

void profile_bulk(struct profile *p, double edge, double column) {
    *p = (struct profile){
        .kind = PROFILE_BULK, .length = edge, .lateral = edge, .periodic_z = true, .column = column};
}

void profile_clear(struct profile *p) {
    mem_free(&p->z);
    mem_free(&p->d);
    p->n = 0;
}

double profile_diameter(const struct profile *p, double z) {
    if (p->kind == PROFILE_BULK) return INFINITY;
    if (p->kind == PROFILE_FILM) return p->length;
    if (p->n == 1 || z <= p->z[0]) return p->d[0];
    for (int k = 1; k < p->n; k++)
        if (z < p->z[k])
            return p->d[k - 1] + (p->d[k] - p->d[k - 1]) * (z - p->z[k - 1]) / (p->z[k] - p->z[k - 1]);
    return p->d[p->n - 1];
}

static double extreme(const struct profile *p, double sign) {
    if (p->kind != PROFILE_ROD) return profile_diameter(p, 0);
    double best = profile_diameter(p, p->length);
    for (int k = 0; k < p->n; k++)
        if (p->z[k] <= p->length && sign * p->d[k] > sign * best) best = p->d[k];
    return best;
}

double profile_widest(const struct profile *p) {
    return extreme(p, 1);
}

double profile_thinnest(const struct profile *p) {
    return extreme(p, -1);
}

/* FNV-1a over whole numbers of 1e-6 nm. */
static void fold(uint64_t *hash, double x) {
    int64_t v = llround(x * 1e6);
    for (int k = 0; k < 8; k++) *hash = (*hash ^ (uint64_t)(v >> 8 * k & 0xff)) * UINT64_C(0x100000001b3);
}

uint64_t profile_hash(const struct profile *p) {
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    fold(&hash, 1e-6 * (double)p->kind);
    fold(&hash, p->length);
    fold(&hash, p->lateral);
    fold(&hash, 1e-6 * (double)p->periodic_z);
    fold(&hash, p->column);
    for (int k = 0; k < p->n; k++) {
        if (p->n > 1) fold(&hash, p->z[k]);
        fold(&hash, p->d[k]);
    }
    return hash;
}
