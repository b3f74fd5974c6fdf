/* eam_model - the one place that knows which block of a file belongs to which pair.
 * Density at a from b: alloy and funcfl: the function of b; fs: block of b, function of a. */
#include "md/eam_model.h"
#include "base/mem.h"

#include <math.h>
#include <string.h>

/* Local. Names and masses of the species against the file; at[s] = element of the file. */
static int match(const struct eam_file *file, const char *path, const struct species *species, int *at) {
    for (int s = 0; s < species->n; s++) {
        const char *name = species->name[s];
        at[s] = eam_file_find(file, name);
        if (at[s] < 0) {
            char *list = NULL;
            for (int a = 0; a < file->n; a++) {
                char *more = NULL;
                TRY(mem_sprintf(&more, "%s%s%s", list ? list : "", list ? " " : "", file->name[a]));
                mem_free(&list);
                list = more;
            }
            int e = err_set(ERR_INPUT, __FILE__, __LINE__,
                            "%s has no element %s (it has: %s); choose a potential that knows all species",
                            path, name, list);
            mem_free(&list);
            return e;
        }
        double mine = species->mass[s], theirs = file->mass[at[s]];
        if (species->number[s] > 0 && fabs(theirs / mine - 1) > 0.005)
            FAIL(ERR_INPUT,
                 "%s:%d: %s has mass %g here but %s weighs %g g/mol: swapped element names? Correct the "
                 "names in the "
                 "table or take another file",
                 path, file->line[at[s]], name, theirs, name, mine);
    }
    return ERR_OK;
}

int eam_model_from_file(const struct eam_file *file, const char *path, const struct species *species,
                        struct eam_model *m) {
    *m = (struct eam_model){.n = species->n, .cutoff = file->cutoff};
    int at[SPECIES_MAX], n = species->n, k = 0, e = ERR_OK;
    TRY(match(file, path, species, at));
    TRY(MEM_NEW(m->spline, n + 2 * n * n));
    int64_t nr = file->n_r, N = file->n;
    for (int a = 0; a < n; a++) {
        m->rho_max[a] = file->rho_max;
        m->embed[a] = k;
        TRY_TO(out, eam_spline_init(&m->spline[k++], file->embed + (int64_t)at[a] * file->n_rho, file->n_rho,
                                    file->d_rho));
    }
    for (int a = 0; a < n; a++)
        for (int b = 0; b < n; b++) {
            if (file->format != EAM_FS && a > 0) {
                m->density[a][b] = m->density[0][b];
                continue;
            }
            m->density[a][b] = k;
            int64_t block = file->format == EAM_FS ? at[b] * N + at[a] : at[b];
            TRY_TO(out, eam_spline_init(&m->spline[k++], file->density + block * nr, file->n_r, file->d_r));
        }
    for (int a = 0; a < n; a++)
        for (int b = 0; b <= a; b++) {
            int64_t p = at[a] > at[b] ? at[a] : at[b], q = at[a] > at[b] ? at[b] : at[a];
            m->rphi[a][b] = m->rphi[b][a] = k;
            TRY_TO(out, eam_spline_init(&m->spline[k++], file->rphi + (p * (p + 1) / 2 + q) * nr, file->n_r,
                                        file->d_r));
        }
out:
    m->n_splines = k;
    if (e) eam_model_destroy(m);
    return e;
}

int eam_model_from_zhou(const struct species *species, double cutoff, struct eam_model *m) {
    *m = (struct eam_model){.n = species->n, .cutoff = cutoff};
    for (int a = 0; a < species->n; a++) {
        m->zhou[a] = eam_zhou_find(species->name[a]);
        m->rho_max[a] = INFINITY;
        if (m->zhou[a]) continue;
        char list[256] = "";
        for (int k = 0; eam_zhou_at(k); k++) {
            strncat(list, " ", sizeof list - strlen(list) - 1);
            strncat(list, eam_zhou_at(k)->name, sizeof list - strlen(list) - 1);
        }
        FAIL(ERR_INPUT, "no built-in potential for %s; there are:%s; or give a table with kind: eam",
             species->name[a], list);
    }
    return ERR_OK;
}

void eam_model_destroy(struct eam_model *m) {
    for (int k = 0; m->spline && k < m->n_splines; k++) eam_spline_destroy(&m->spline[k]);
    mem_free(&m->spline);
    m->n_splines = 0;
}

void eam_model_embed(const struct eam_model *m, int a, double rho, double *value, double *slope) {
    if (m->zhou[a]) {
        eam_zhou_embed(m->zhou[a], rho, value, slope);
        return;
    }
    eam_spline_at(&m->spline[m->embed[a]], rho, value, slope);
    if (rho > m->rho_max[a]) *value += *slope * (rho - m->rho_max[a]);
}

void eam_model_density(const struct eam_model *m, int a, int b, double r, double *value, double *slope) {
    if (r >= m->cutoff) *value = *slope = 0;
    else if (m->zhou[b]) eam_zhou_density(m->zhou[b], r, value, slope);
    else eam_spline_at(&m->spline[m->density[a][b]], r, value, slope);
}

void eam_model_pair(const struct eam_model *m, int a, int b, double r, double *value, double *slope) {
    if (r >= m->cutoff) {
        *value = *slope = 0;
    } else if (m->zhou[a]) {
        eam_zhou_pair(m->zhou[a], m->zhou[b], r, value, slope);
    } else {
        double g, dg;
        eam_spline_at(&m->spline[m->rphi[a][b]], r, &g, &dg);
        *value = g / r;
        *slope = (dg - *value) / r;
    }
}

int eam_model_symmetric(const struct eam_model *m, int a, int b) {
    if (a == b) return 1;
    if (m->zhou[a]) return 0;
    const struct eam_spline *p = &m->spline[m->density[a][b]], *q = &m->spline[m->density[b][a]];
    return p == q || (p->n == q->n && !memcmp(p->c, q->c, sizeof *p->c * (size_t)(p->n - 1)));
}
