/* eam_write - alloy form keeps one density per element, fs form one per pair (neighbour, centre): alloy can
 * be said in fs form by repeating, not the other way round.
 *
 * Formulas are tabulated on the knots; the reader's cubic spline through 10,000 knots is then within 1e-9 eV
 * of them. r phi(r) is stored, 0 at r = 0. funcfl becomes alloy with the charges already multiplied out. */
#include "md/eam_write.h"
#include "atoms/species.h"
#include "base/mem.h"
#include "base/text.h"
#include "md/eam_zhou.h"

#include <math.h>
#include <string.h>

#define RHO_REACH 5.0

/* Local. The next word of a list; length 0 at the end. */
static const char *next_word(const char *p, size_t *length) {
    p += strspn(p, " ,");
    *length = strcspn(p, " ,");
    return p;
}

static int count_words(const char *names) {
    size_t length;
    int n = 0;
    for (const char *p = next_word(names, &length); length; p = next_word(p + length, &length)) n++;
    return n;
}

/* Local. Names into out->name; at[] = their places in the table `in`, or anywhere when in is NULL. */
static int take_names(const char *names, const struct eam_file *in, const char *path, struct eam_file *out,
                      int *at) {
    size_t length;
    int k = 0;
    for (const char *p = next_word(names, &length); length; p = next_word(p + length, &length), k++) {
        TRY(mem_strndup(&out->name[k], p, length));
        if (in) at[k] = eam_file_find(in, out->name[k]);
        if (in && at[k] < 0)
            FAIL(ERR_USAGE, "%s has no element %s; `vitrine show` tells which it has", path, out->name[k]);
        for (int j = 0; j < k; j++)
            if (strcmp(out->name[j], out->name[k]) == 0) FAIL(ERR_USAGE, "%s is named twice", out->name[k]);
    }
    return ERR_OK;
}

static const double *density(const struct eam_file *f, int neighbour, int centre) {
    int64_t block = f->format == EAM_FS ? (int64_t)neighbour * f->n + centre : neighbour;
    return f->density + block * f->n_r;
}

static const double *pair(const struct eam_file *f, int a, int b) {
    int64_t p = a > b ? a : b, q = a > b ? b : a;
    return f->rphi + (p * (p + 1) / 2 + q) * f->n_r;
}

static int copy_element(const struct eam_file *in, int from, struct eam_file *out, int a) {
    out->mass[a] = in->mass[from];
    out->number[a] = in->number[from];
    out->a[a] = in->a[from];
    TRY(mem_strdup(&out->lattice[a], in->lattice[from]));
    memcpy(out->embed + (int64_t)a * out->n_rho, in->embed + (int64_t)from * in->n_rho,
           (size_t)in->n_rho * sizeof *in->embed);
    return ERR_OK;
}

static int select_into(const struct eam_file *in, const char *path, const char *names, struct eam_file *out) {
    int at[SPECIES_MAX];
    size_t row = (size_t)in->n_r * sizeof(double);
    TRY(MEM_NEW(out->name, out->n));
    TRY(take_names(names, in, path, out, at));
    TRY(eam_file_allocate(out));
    for (int a = 0; a < out->n; a++) {
        TRY(copy_element(in, at[a], out, a));
        for (int b = 0; b < (out->format == EAM_FS ? out->n : 1); b++)
            memcpy(out->density + ((int64_t)a * (out->format == EAM_FS ? out->n : 1) + b) * in->n_r,
                   density(in, at[a], at[b]), row);
        for (int b = 0; b <= a; b++)
            memcpy(out->rphi + ((int64_t)a * (a + 1) / 2 + b) * in->n_r, pair(in, at[a], at[b]), row);
    }
    return ERR_OK;
}

int eam_write_select(const struct eam_file *in, const char *path, const char *names, struct eam_file *out) {
    struct text all = {0};
    char *every = NULL;
    for (int a = 0; a < in->n; a++) text_add(&all, "%s ", in->name[a]);
    TRY(text_take(&all, &every));
    *out = *in;
    out->name = out->lattice = NULL;
    out->mass = out->a = out->embed = out->density = out->rphi = NULL;
    out->line = out->number = NULL;
    int e = ERR_OK;
    out->n = count_words(names ? names : every);
    if (out->n < 1 || out->n > SPECIES_MAX)
        e = err_set(ERR_USAGE, __FILE__, __LINE__, "'%s': name one to %d elements", names ? names : every,
                    SPECIES_MAX);
    if (e) out->n = 0;
    else e = select_into(in, path, names ? names : every, out);
    if (e) eam_file_destroy(out);
    mem_free(&every);
    return e;
}

static int tabulate(struct eam_file *f, const struct eam_zhou *const *zhou) {
    double slope;
    for (int a = 0; a < f->n; a++) {
        f->number[a] = species_number(f->name[a]);
        f->mass[a] = species_mass(f->number[a]);
        f->a[a] = zhou[a]->re * sqrt(2);
        TRY(mem_strdup(&f->lattice[a], "fcc"));
        for (int k = 0; k < f->n_rho; k++)
            eam_zhou_embed(zhou[a], k * f->d_rho, &f->embed[(int64_t)a * f->n_rho + k], &slope);
        for (int k = 0; k < f->n_r; k++)
            eam_zhou_density(zhou[a], k * f->d_r, &f->density[(int64_t)a * f->n_r + k], &slope);
        for (int b = 0; b <= a; b++)
            for (int k = 0; k < f->n_r; k++) {
                double *at = &f->rphi[((int64_t)a * (a + 1) / 2 + b) * f->n_r + k];
                eam_zhou_pair(zhou[a], zhou[b], k * f->d_r, at, &slope);
                *at *= k * f->d_r;
            }
    }
    return ERR_OK;
}

int eam_write_zhou(const char *names, double cutoff, int points, struct eam_file *out) {
    const struct eam_zhou *zhou[SPECIES_MAX];
    double most = 0;
    int n = count_words(names), at[SPECIES_MAX];
    *out = (struct eam_file){.format = EAM_ALLOY, .n_rho = points, .n_r = points, .cutoff = cutoff};
    if (n < 1 || n > SPECIES_MAX)
        FAIL(ERR_USAGE, "which built-in elements (1 to %d)? give --names \"Cu Zr\"", SPECIES_MAX);
    out->n = n;
    int e = MEM_NEW(out->name, n);
    if (!e) e = take_names(names, NULL, NULL, out, at);
    for (int a = 0; a < n && !e; a++) {
        zhou[a] = eam_zhou_find(out->name[a]);
        struct text known = {0};
        if (zhou[a]) most = fmax(most, zhou[a]->rho_e);
        else {
            for (int k = 0; eam_zhou_at(k); k++) text_add(&known, " %s", eam_zhou_at(k)->name);
            e = err_set(ERR_USAGE, __FILE__, __LINE__, "no built-in potential for %s; there are:%s",
                        out->name[a], known.s ? known.s : "");
        }
        text_drop(&known);
    }
    out->d_r = cutoff / (points - 1);
    out->d_rho = RHO_REACH * most / (points - 1);
    out->rho_max = RHO_REACH * most;
    if (!e) e = eam_file_allocate(out);
    if (!e) e = tabulate(out, zhou);
    if (e) eam_file_destroy(out);
    return e;
}

static void put(struct text *t, const double *v, int n) {
    for (int k = 0; k < n; k++) text_add(t, "%.17g\n", v[k]);
}

int eam_write_text(const struct eam_file *f, enum eam_format format, const char *source, char **out) {
    struct text t = {0};
    for (int a = 0; a < f->n && format == EAM_ALLOY; a++)
        for (int b = 1; b < f->n; b++)
            if (memcmp(density(f, a, b), density(f, a, 0), (size_t)f->n_r * sizeof(double)))
                FAIL(ERR_USAGE,
                     "the density of %s depends on the element that feels it, which an eam/alloy file cannot "
                     "say; name the output .eam.fs",
                     f->name[a]);
    text_add(&t, "%s\nwritten by vitrine convert\neV, A; %s\n%d", source, eam_file_format_name(format), f->n);
    for (int a = 0; a < f->n; a++) text_add(&t, " %s", f->name[a]);
    text_add(&t, "\n%d %.17g %d %.17g %.17g\n", f->n_rho, f->d_rho, f->n_r, f->d_r, f->cutoff);
    for (int a = 0; a < f->n; a++) {
        text_add(&t, "%d %.10g %.10g %s\n", f->number[a], f->mass[a], f->a[a],
                 f->lattice[a][0] ? f->lattice[a] : "fcc");
        put(&t, f->embed + (int64_t)a * f->n_rho, f->n_rho);
        for (int b = 0; b < (format == EAM_FS ? f->n : 1); b++) put(&t, density(f, a, b), f->n_r);
    }
    for (int a = 0; a < f->n; a++)
        for (int b = 0; b <= a; b++) put(&t, pair(f, a, b), f->n_r);
    return text_take(&t, out);
}
