/* voronoi_shares - shares of indices and classes, means per species; tables and scalars.
 *
 * Every rank keeps sorted (key, count) lists of its own cells, key = species and n3..n6 in one integer,
 * merged frame by frame; rank 0 merges the lists of all ranks at the end. Volumes and densities are summed
 * exactly, so that no printed digit depends on the number of ranks. */
#include "analysis/structure/voronoi_state.h"
#include "base/log.h"
#include "base/mem.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static int64_t key_of(int type, const int16_t n[4]) {
    int64_t key = type;
    for (int k = 0; k < 4; k++) key = key << 12 | (n[k] & 4095);
    return key;
}

static int by_key(const void *a, const void *b) {
    int64_t x = ((const struct voronoi_state_share *)a)->key,
            y = ((const struct voronoi_state_share *)b)->key;
    return (x > y) - (x < y);
}

static int by_rank(const void *a, const void *b) { /* species, count downwards, index */
    const struct voronoi_state_share *x = a, *y = b;
    int64_t s = (x->key >> 48) - (y->key >> 48);
    if (s) return s < 0 ? -1 : 1;
    if (x->count != y->count) return x->count > y->count ? -1 : 1;
    return by_key(a, b);
}

static int64_t compress(struct voronoi_state_share *share, int64_t n) {
    int64_t m = 0;
    qsort(share, (size_t)n, sizeof *share, by_key);
    for (int64_t k = 0; k < n; k++)
        if (m && share[m - 1].key == share[k].key) share[m - 1].count += share[k].count;
        else share[m++] = share[k];
    return m;
}

static int count_shares(struct voronoi_state *s, const struct frame *frame,
                        const struct voronoi_cell *cells) {
    struct voronoi_state_share *all = NULL;
    TRY(MEM_NEW(all, s->n_share + frame->n));
    int64_t n = s->n_share;
    if (n) memcpy(all, s->share, sizeof *all * (size_t)n);
    for (int i = 0; i < frame->n; i++)
        if (cells[i].flag == VORONOI_CLOSED)
            all[n++] = (struct voronoi_state_share){key_of(frame->type[i], cells[i].n), 1};
    mem_free(&s->share);
    s->share = all;
    s->n_share = compress(all, n);
    return ERR_OK;
}

/* **Collective.** Sums over one species and class of this frame, added. */
static void sum_class(struct voronoi_state *s, const struct frame *frame, const struct voronoi_cell *cells,
                      const double *density, int t, int class, double (*term)[4]) {
    const struct comm *comm = s->out->comm;
    struct voronoi_state_sums *to = &s->sums[t][class];
    int64_t n[6] = {0};
    double sum[4];
    int m = 0;
    for (int i = 0; i < frame->n; i++) {
        const struct voronoi_cell *c = &cells[i];
        if (frame->type[i] != t || c->flag != VORONOI_CLOSED || (int)classes_of(c->n, c->beyond) != class)
            continue;
        int counted = c->n[0] + c->n[1] + c->n[2] + c->n[3] + c->beyond;
        double rho = isfinite(density[i]) ? density[i] : 0;
        n[0]++;
        n[1] += c->coordination;
        n[2] += (int64_t)c->coordination * c->coordination;
        n[3] += c->n[2];
        n[4] += counted;
        n[5] += isfinite(density[i]);
        term[m][0] = c->volume;
        term[m][1] = c->volume * c->volume;
        term[m][2] = rho;
        term[m++][3] = rho * rho;
    }
    comm_sum_i64(comm, n, 6);
    comm_sum_exact(comm, term[0], m, 4, 4, sum);
    to->cells += n[0];
    to->faces += n[1];
    to->faces2 += n[2];
    to->fives += n[3];
    to->counted += n[4];
    to->dense += n[5];
    to->volume += sum[0];
    to->volume2 += sum[1];
    to->density += sum[2];
    to->density2 += sum[3];
}

int voronoi_shares_count(struct voronoi_state *s, const struct frame *frame, const struct voronoi_cell *cells,
                         const double *density) {
    const struct comm *comm = s->out->comm;
    double(*term)[4] = NULL;
    int64_t flags[SPECIES_MAX * 3] = {0}, self = 0;
    TRY_ALL(comm, count_shares(s, frame, cells));
    TRY(mem_agree(comm, &term, MEM_NEW(term, frame->n)));
    for (int i = 0; i < frame->n; i++) {
        flags[3 * frame->type[i] + cells[i].flag]++;
        self += cells[i].self;
    }
    comm_sum_i64(comm, flags, SPECIES_MAX * 3);
    comm_sum_i64(comm, &self, 1);
    s->n_self += self;
    for (int t = 0; t < s->species.n; t++) {
        for (int k = 0; k < 3; k++) s->flags[t][k] += flags[3 * t + k];
        for (int class = 0; class < CLASSES_COUNT; class ++)
            sum_class(s, frame, cells, density, t, class, term);
    }
    mem_free(&term);
    return ERR_OK;
}

/* --- the end */

/* **Collective.** Shares of all ranks, on every rank, in the order of the table. */
static int gather_shares(struct voronoi_state *s) {
    const struct comm *comm = s->out->comm;
    struct voronoi_state_share *all = NULL;
    int64_t *count_to = NULL, n = 0;
    int e = ERR_OK;
    TRY_ALL_TO(comm, out, MEM_NEW(count_to, comm->size));
    count_to[0] = s->n_share;
    TRY_TO(out, comm_exchange(comm, s->share, count_to, sizeof *all, &all, &n));
    n = compress(all, n);
    comm_bcast(comm, &n, sizeof n);
    mem_free(&s->share);
    TRY_ALL_TO(comm, out, MEM_NEW(s->share, n));
    if (comm->rank == 0) memcpy(s->share, all, sizeof *all * (size_t)n);
    comm_bcast(comm, s->share, sizeof *all * (size_t)n);
    qsort(s->share, (size_t)n, sizeof *all, by_rank);
    s->n_share = n;
out:
    mem_free(&all);
    mem_free(&count_to);
    return e;
}

static int index_table(struct voronoi_state *s, struct tsv **tsv) {
    TRY(tsv_create("species:t index:t count:i fraction:r", tsv));
    for (int64_t k = 0; k < s->n_share; k++) {
        int64_t key = s->share[k].key, count = s->share[k].count;
        int t = (int)(key >> 48);
        char index[64];
        snprintf(index, sizeof index, "<%d,%d,%d,%d>", (int)(key >> 36 & 4095), (int)(key >> 24 & 4095),
                 (int)(key >> 12 & 4095), (int)(key & 4095));
        TRY(tsv_add(*tsv, s->species.name[t], index, count,
                    (double)count / (double)s->flags[t][VORONOI_CLOSED]));
    }
    return ERR_OK;
}

static void mean_of(double sum, double sum2, int64_t n, double *mean, double *error) {
    *mean = n ? sum / (double)n : NAN;
    double variance = n > 1 ? fmax(0, sum2 / (double)n - *mean * *mean) : NAN;
    *error = sqrt(variance / (double)(n - 1));
}

/* **Local.** All classes of a species (t < 0: of all species) together; class < 0: all of them. */
static struct voronoi_state_sums total(const struct voronoi_state *s, int t, int class) {
    struct voronoi_state_sums all = {0};
    for (int k = 0; k < s->species.n; k++)
        for (int c = 0; c < CLASSES_COUNT; c++) {
            const struct voronoi_state_sums *p = &s->sums[k][c];
            if ((t >= 0 && k != t) || (class >= 0 && c != class)) continue;
            all.cells += p->cells;
            all.faces += p->faces;
            all.faces2 += p->faces2;
            all.fives += p->fives;
            all.counted += p->counted;
            all.dense += p->dense;
            all.volume += p->volume;
            all.volume2 += p->volume2;
            all.density += p->density;
            all.density2 += p->density2;
        }
    return all;
}

void voronoi_shares_filter(const struct voronoi_options *o, char text[128]) {
    switch (o->filter) {
    case VORONOI_FILTER_NONE:
        snprintf(text, 128, "none");
        break;
    case VORONOI_FILTER_AREA_FRACTION:
        snprintf(text, 128, "area_fraction %g", o->min_area_fraction);
        break;
    case VORONOI_FILTER_EDGE:
        snprintf(text, 128, "edge %g", o->min_edge);
        break;
    case VORONOI_FILTER_OVITO:
        snprintf(text, 128, "ovito edge %g area %g area_fraction %g", o->min_edge, o->min_area,
                 o->min_area_fraction);
        break;
    case VORONOI_FILTER_PYSCAL:
        snprintf(text, 128, "pyscal edge_fraction %g area_fraction %g", o->min_edge_fraction,
                 o->min_area_fraction);
        break;
    case VORONOI_FILTER_LAMMPS:
        snprintf(text, 128, "lammps edge %g area %g", o->min_edge, o->min_area);
        break;
    }
}

static int cells_table(struct voronoi_state *s, struct tsv **tsv) {
    const char *columns =
        s->out->lj ? "species:t counted:i open:i empty:i coordination:r volume_sigma3:r five_fold:r "
                     "free_volume_sigma3:r density_1_per_sigma3:r filter:t"
                   : "species:t counted:i open:i empty:i coordination:r volume_A3:r five_fold:r "
                     "free_volume_A3:r density_g_per_cm3:r filter:t";
    char filter[128];
    voronoi_shares_filter(&s->options, filter);
    TRY(tsv_create(columns, tsv));
    for (int t = 0; t < s->species.n; t++) {
        struct voronoi_state_sums a = total(s, t, -1);
        double n = a.cells ? (double)a.cells : NAN, r = s->species.radius[t];
        TRY(tsv_add(*tsv, s->species.name[t], a.cells, s->flags[t][VORONOI_OPEN], s->flags[t][VORONOI_NONE],
                    (double)a.faces / n, a.volume / n, (double)a.fives / (double)a.counted,
                    r > 0 ? a.volume / n - 4 * M_PI / 3 * r * r * r : NAN,
                    a.dense ? a.density / (double)a.dense : NAN, filter));
    }
    return ERR_OK;
}

/* Classes of each species and of all together. */
static int classes_table(struct voronoi_state *s, struct tsv **tsv) {
    const char *columns =
        s->out->lj ? "species:t class:t count:i fraction:r five_fold:r volume_sigma3:r "
                     "volume_error_sigma3:r density_1_per_sigma3:r density_error_1_per_sigma3:r filter:t"
                   : "species:t class:t count:i fraction:r five_fold:r volume_A3:r "
                     "volume_error_A3:r density_g_per_cm3:r density_error_g_per_cm3:r filter:t";
    char filter[128];
    voronoi_shares_filter(&s->options, filter);
    TRY(tsv_create(columns, tsv));
    for (int t = 0; t <= s->species.n; t++) {
        int of = t < s->species.n ? t : -1;
        struct voronoi_state_sums all = total(s, of, -1);
        for (int class = 0; class < CLASSES_COUNT; class ++) {
            struct voronoi_state_sums a = total(s, of, class);
            double v, v_error, rho, rho_error;
            mean_of(a.volume, a.volume2, a.cells, &v, &v_error);
            mean_of(a.density, a.density2, a.dense, &rho, &rho_error);
            TRY(tsv_add(*tsv, of < 0 ? "all" : s->species.name[t], classes_name(class), a.cells,
                        all.cells ? (double)a.cells / (double)all.cells : NAN,
                        a.counted ? (double)a.fives / (double)a.counted : NAN, v, v_error, rho, rho_error,
                        filter));
        }
    }
    return ERR_OK;
}

static int network_table(struct voronoi_state *s, struct tsv **tsv) {
    TRY(tsv_create(
        "frame:i step:i time_ps:r centres:i covered:i covered_fraction:r by_vertex:i by_edge:i by_face:i "
        "by_volume:i clusters:i largest:i largest_fraction:r percolates_x:i percolates_y:i percolates_z:i",
        tsv));
    for (int64_t k = 0; k < s->n_frames; k++) {
        const struct voronoi_state_frame *f = &s->frames[k];
        TRY(tsv_add(*tsv, k, f->step, f->time, f->centres, f->covered,
                    (double)f->covered / (double)s->n_atoms, f->links[0], f->links[1], f->links[2],
                    f->links[3], f->clusters, f->largest,
                    f->centres ? (double)f->largest / (double)f->centres : NAN, (int64_t)(f->wraps & 1),
                    (int64_t)(f->wraps >> 1 & 1), (int64_t)(f->wraps >> 2 & 1)));
    }
    return ERR_OK;
}

/* How many clusters of each size in each frame; rank 0 alone has the sizes. */
static int sizes_table(struct voronoi_state *s, struct tsv **tsv) {
    TRY(tsv_create("frame:i size:i clusters:i", tsv));
    for (int64_t k = 0, end; k < s->n_sizes; k = end) { /* sizes fall within a frame */
        for (end = k; end < s->n_sizes && s->sizes[2 * end] == s->sizes[2 * k] &&
                      s->sizes[2 * end + 1] == s->sizes[2 * k + 1];)
            end++;
        TRY(tsv_add(*tsv, s->sizes[2 * k], s->sizes[2 * k + 1], end - k));
    }
    return ERR_OK;
}

static int species_scalars(struct voronoi_state *s, int t) {
    struct results *out = s->out;
    char name[SPECIES_NAME] = "";
    for (int k = 0; k < SPECIES_NAME - 1 && s->species.name[t][k]; k++)
        name[k] = (char)tolower((unsigned char)s->species.name[t][k]);
    struct voronoi_state_sums a = total(s, t, -1);
    double n = (double)a.cells, p = (double)s->sums[t][CLASSES_ICOSAHEDRON].cells / n, mean, error;
    if (!a.cells) return ERR_OK;
    TRY(results_scalar(out, p, sqrt(p * (1 - p) / n), "", "%s_0_0_12_0_fraction", name));
    mean_of((double)a.faces, (double)a.faces2, a.cells, &mean, &error);
    TRY(results_scalar(out, mean, error, "", "%s_voronoi_coordination", name));
    mean_of(a.volume, a.volume2, a.cells, &mean, &error);
    return results_scalar(out, mean, error, out->lj ? "sigma^3" : "A^3", "%s_voronoi_volume_%s3", name,
                          results_length(out));
}

static int keep_scalars(struct voronoi_state *s) {
    int64_t open = 0, all = 0;
    double largest = 0, through = 0;
    for (int t = 0; t < s->species.n; t++) {
        open += s->flags[t][VORONOI_OPEN];
        all += s->flags[t][VORONOI_CLOSED] + s->flags[t][VORONOI_OPEN] + s->flags[t][VORONOI_NONE];
        TRY(species_scalars(s, t));
    }
    for (int64_t k = 0; k < s->n_frames && s->network; k++) {
        largest += s->frames[k].centres ? (double)s->frames[k].largest / (double)s->frames[k].centres : 0;
        through += s->frames[k].wraps != 0;
    }
    if (s->network) {
        TRY(results_scalar(s->out, largest / (double)s->n_frames, NAN, "", "network_largest_fraction"));
        TRY(results_scalar(s->out, through / (double)s->n_frames, NAN, "", "network_percolating_frames"));
    }
    if (open)
        log_note("voronoi: %lld of %lld cells reach farther than %.3g from their atom: open, not counted",
                 (long long)open, (long long)all, s->options.surface);
    if (s->n_self)
        log_warn("voronoi: %lld of %lld cells touch an image of their own atom: the box is too small for its "
                 "cells; replicate it, or read them with care",
                 (long long)s->n_self, (long long)all);
    return ERR_OK;
}

static int put_table(struct voronoi_state *s, const char *name,
                     int (*fill)(struct voronoi_state *s, struct tsv **tsv)) {
    struct tsv *tsv = NULL;
    int e = err_agree(s->out->comm, fill(s, &tsv));
    if (!e) e = results_table(s->out, name, tsv);
    tsv_destroy(&tsv);
    return e;
}

int voronoi_shares_finish(struct voronoi_state *s) {
    TRY(gather_shares(s));
    TRY(put_table(s, "index", index_table));
    TRY(put_table(s, "cells", cells_table));
    TRY(put_table(s, "classes", classes_table));
    if (s->network) {
        TRY(put_table(s, "network", network_table));
        TRY(put_table(s, "network_sizes", sizes_table));
    }
    TRY_ALL(s->out->comm, keep_scalars(s));
    return ERR_OK;
}
