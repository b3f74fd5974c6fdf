/* kernel_plain - the loops as one would write them on paper; the oracle of kernel_avx2 and kernel_avx512.
 * Cutoffs are drawn in by 1e-13 (eam_table.h, pot_lj.c), so that a pair at a cutoff is outside in all of
 * them, whatever fused operations do to its distance. */
#include "md/kernel.h"
#include "md/pot.h"

#include <math.h>

struct near_value {
    double rho, drho, drho_other, phi, dphi; /* slopes with respect to r^2 */
};

static inline double separation(const double *xi, const double *xj, double d[3]) {
    for (int a = 0; a < 3; a++) d[a] = xj[a] - xi[a];
    return d[0] * d[0] + d[1] * d[1] + d[2] * d[2];
}

static inline void add_virial(double *w, const double d[3], double g) {
    w[0] -= g * d[0] * d[0];
    w[1] -= g * d[1] * d[1];
    w[2] -= g * d[2] * d[2];
    w[3] -= g * d[0] * d[1];
    w[4] -= g * d[0] * d[2];
    w[5] -= g * d[1] * d[2];
}

/* The virial of one atom goes to the total as multiples of the quantum, see kernel_vec.h. */
static inline void settle(struct kernel_atoms *a, int i, const double w[6]) {
    if (a->want & POT_VIRIAL)
        for (int c = 0; c < 6; c++) a->virial[c] += comm_round(w[c], a->quantum);
    if (a->stress)
        for (int c = 0; c < 6; c++) a->stress[i][c] += w[c];
}

static void lj(struct kernel_lj *k) {
    struct kernel_atoms *a = &k->atoms;
    const struct list_zone *z = &a->list->near_zone;
    for (int i = 0; i < a->n; i++) {
        const int32_t *j = z->j + z->start[i];
        double f[4] = {0}, w[6] = {0}, d[3];
        for (int s = 0; s < a->n_species; s++) {
            const struct kernel_lj_pair *p = &k->pair[a->type[i] * a->n_species + s];
            for (int m = 0; m < LIST_BLOCK * z->blocks[(int64_t)i * a->n_species + s]; m++, j++) {
                double r2 = separation(a->x[i], a->x[*j], d);
                if (r2 >= p->cut2) continue;
                if (r2 < p->min2) a->close = i;
                double i2 = 1 / r2, i6 = i2 * i2 * i2, r = k->force_shift ? sqrt(r2) : 1;
                double g =
                    i2 * i6 * (3 * p->p6 - 6 * p->p12 * i6) + (k->force_shift ? p->slope / (2 * r) : 0);
                for (int c = 0; c < 3; c++) f[c] += g * d[c];
                if (a->want & POT_ENERGY) f[3] += i6 * (p->p12 * i6 - p->p6) + p->shift + p->slope * r;
                if (a->want & POT_VIRIAL) add_virial(w, d, g);
            }
        }
        for (int c = 0; c < 3; c++) a->f[i][c] = 2 * f[c];
        a->f[i][3] = 0.5 * f[3];
        settle(a, i, w);
    }
}

/* Local. All functions of a pair of species (a, b) at r2, from rows or from the model itself. */
static inline __attribute__((always_inline)) struct near_value evaluate(const struct kernel_eam *k, int a,
                                                                        int b, double r2, int far) {
    const struct eam_pair *p = &k->table->pair[a * k->atoms.n_species + b];
    struct near_value v = {0};
    if (k->model) {
        double r = sqrt(r2), ignored;
        if (r >= p->cut) return v;
        eam_model_pair(k->model, a, b, r, &v.phi, &v.dphi);
        eam_model_density(k->model, a, b, r, &v.rho, &v.drho);
        eam_model_density(k->model, b, a, r, &ignored, &v.drho_other);
        v.dphi /= 2 * r, v.drho /= 2 * r, v.drho_other /= 2 * r;
        return v;
    }
    double s;
    int row = eam_table_row(&k->table->grid, r2, &s);
    const double *c = far ? p->far[row] : p->near[row] + 4;
    v.phi = eam_table_pair(c, s, &v.dphi);
    if (far) return v;
    v.rho = eam_table_density(p->near[row], s, &v.drho);
    v.drho_other = v.drho;
    if (p->other) eam_table_density(p->other[row], s, &v.drho_other);
    return v;
}

static inline __attribute__((always_inline)) void density_zone(struct kernel_eam *k, int i,
                                                               const struct list_zone *z, int far,
                                                               double f[4], double w[6], double *rho) {
    struct kernel_atoms *a = &k->atoms;
    int64_t e = z->start[i];
    for (int s = 0; s < a->n_species; s++)
        for (int m = 0; m < LIST_BLOCK * z->blocks[(int64_t)i * a->n_species + s]; m++, e++) {
            double d[3], r2 = separation(a->x[i], a->x[z->j[e]], d);
            struct near_value v = evaluate(k, a->type[i], s, r2, far);
            if (r2 < EAM_TABLE_R_MIN * EAM_TABLE_R_MIN) a->close = i;
            *rho += v.rho;
            for (int c = 0; c < 3; c++) f[c] += v.dphi * d[c];
            f[3] += v.phi;
            if (a->want & POT_VIRIAL) add_virial(w, d, v.dphi);
            if (far) continue;
            if (k->slope) k->slope[e] = v.drho;
            if (k->slope_other) k->slope_other[e] = v.drho_other;
            if (k->single) k->single[e] = (float)v.drho;
            if (k->single_other) k->single_other[e] = (float)v.drho_other;
        }
}

static void eam_density(struct kernel_eam *k) {
    struct kernel_atoms *a = &k->atoms;
    for (int i = 0; i < a->n; i++) {
        double f[4] = {0}, w[6] = {0}, rho = 0;
        density_zone(k, i, &a->list->near_zone, 0, f, w, &rho);
        density_zone(k, i, &a->list->far_zone, 1, f, w, &rho);
        for (int c = 0; c < 3; c++) a->f[i][c] = 2 * f[c];
        a->f[i][3] = a->want & POT_ENERGY ? 0.5 * f[3] : 0;
        a->x[i][3] = rho;
        settle(a, i, w);
    }
}

static void eam_force(struct kernel_eam *k) {
    struct kernel_atoms *a = &k->atoms;
    const struct list_zone *z = &a->list->near_zone;
    for (int i = 0; i < a->n; i++) {
        double f[3] = {0}, w[6] = {0}, d[3];
        int64_t e = z->start[i];
        for (int s = 0; s < a->n_species; s++)
            for (int m = 0; m < LIST_BLOCK * z->blocks[(int64_t)i * a->n_species + s]; m++, e++) {
                const double *xj = a->x[z->j[e]];
                double r2 = separation(a->x[i], xj, d), mine, theirs;
                if (k->slope) {
                    mine = k->slope[e];
                    theirs = k->slope_other ? k->slope_other[e] : mine;
                } else if (k->single) {
                    mine = k->single[e];
                    theirs = k->single_other ? (double)k->single_other[e] : mine;
                } else {
                    struct near_value v = evaluate(k, a->type[i], s, r2, 0);
                    mine = v.drho, theirs = v.drho_other;
                }
                double g = a->x[i][3] * mine + xj[3] * theirs;
                for (int c = 0; c < 3; c++) f[c] += g * d[c];
                if (a->want & POT_VIRIAL) add_virial(w, d, g);
            }
        for (int c = 0; c < 3; c++) a->f[i][c] += 2 * f[c];
        settle(a, i, w);
    }
}

static void sift_plain(struct kernel_sift *s) {
    s->n = 0;
    for (int m = 0; m < 16 * s->n_chunks; m++) {
        if (!(s->chunk[m / 16].mask >> m % 16 & 1)) continue;
        int k = s->chunk[m / 16].first + m % 16;
        float d[3] = {s->x[k] - s->middle[0], s->y[k] - s->middle[1], s->z[k] - s->middle[2]}, r2 = 0;
        for (int c = 0; c < 3; c++) {
            d[c] = fmaxf(fabsf(d[c]) - s->half[c], 0);
            r2 += d[c] * d[c];
        }
        if (!(r2 < s->cut2)) continue;
        s->to[0][s->n] = s->x[k], s->to[1][s->n] = s->y[k], s->to[2][s->n] = s->z[k];
        s->to_row[s->n++] = s->row[k];
    }
}

static void select_plain(struct kernel_select *s) {
    s->n_near = s->n_far = 0;
    for (int k = 0; k < s->n; k++) {
        float dx = s->x[k] - s->at[0], dy = s->y[k] - s->at[1], dz = s->z[k] - s->at[2];
        float r2 = dx * dx + dy * dy + dz * dz;
        if (s->row[k] == s->self) continue;
        if (r2 < s->near2) s->near[s->n_near++] = s->row[k];
        else if (r2 < s->cut2) s->far[s->n_far++] = s->row[k];
    }
}

static void prune_plain(struct kernel_prune *p) {
    for (int i = p->from; i < p->to; i++) {
        const int32_t *j = p->outer->j + p->outer->start[i];
        p->near->start[i] = p->near->used;
        p->far->start[i] = p->far->used;
        for (int s = 0; s < p->n_species; s++) {
            int64_t at = (int64_t)i * p->n_species + s;
            float near2 = p->near2[p->type[i] * p->n_species + s],
                  cut2 = p->cut2[p->type[i] * p->n_species + s];
            int n_near = 0, n_far = 0;
            for (int k = 0; k < LIST_BLOCK * p->outer->blocks[at]; k++, j++) {
                float r2 = 0;
                for (int c = 0; c < 3; c++) {
                    float d = p->x[*j][c] - p->x[i][c];
                    r2 += d * d;
                }
                if (r2 < near2) p->near->j[p->near->used + n_near++] = *j;
                else if (r2 < cut2) p->far->j[p->far->used + n_far++] = *j;
            }
            list_zone_close(p->near, &p->near->blocks[at], n_near, p->pad);
            list_zone_close(p->far, &p->far->blocks[at], n_far, p->pad);
        }
    }
}

const struct kernel kernel_plain = {"plain",   1,          lj,           eam_density,
                                    eam_force, sift_plain, select_plain, prune_plain};
