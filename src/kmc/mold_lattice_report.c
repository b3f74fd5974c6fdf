/* mold_lattice_report - replicas are independent, so task k runs on rank k mod ranks and sums of zeros and
 * one number bring the results together exactly; a replica's numbers are keyed by what it is, never by its
 * place in the list.
 *
 * Exponents are fitted within each replica and averaged over replicas: samples of one wire are correlated,
 * wires are not. Rejected: one fit to all samples with independent errors (its error comes out several times
 * too small). */
#include "kmc/mold_lattice_report.h"
#include "kmc/mold_lattice.h"
#include "atoms/build.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/unit.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define SECOND 1e12
#define BINS 20        /* along the wire */
#define STEEP 0.3      /* largest work of the pressure gradient over one column, in kT */
#define TORUS 128      /* edge of the lattice for the correlation factor ... */
#define WINDOW 2000000 /* ... and hops of a window */

const struct deck_row mold_lattice_report_rows[] = {
    {DECK_CHOICE, "kind", .value = "square", .choices = "square|triangular",
     .help = "Lattice of the annulus. Tracer over collective diffusivity is its correlation factor: 0.46694 "
             "and 0.56006."},
    {DECK_REAL, "spacing", .dim = UNIT_LENGTH, .value = "0.25 nm", .bounds = "(0 nm, 10 nm)",
     .help = "Between neighbouring sites."},
    {DECK_REALS, "diameters", .dim = UNIT_LENGTH, .value = DECK_REQUIRED, .bounds = "(0 nm, 1 um)",
     .choices = "1..", .help = "Pores."},
    {DECK_REALS, "vacancies", .value = "[0.02]", .bounds = "(0, 0.5]", .choices = "1..",
     .help = "Vacancy fractions of the layer; the collective diffusivity goes with c (1 - c)."},
    {DECK_REAL, "temperature", .dim = UNIT_TEMPERATURE, .value = DECK_REQUIRED, .bounds = "(0 K, 5000 K)",
     .help = "Temperature."},
    {DECK_REAL, "pressure", .dim = UNIT_PRESSURE, .value = DECK_REQUIRED, .bounds = "(0 GPa, 1000 GPa)",
     .help = "Pressure. The gradient's work over one column, p Omega h / (L kT), must stay below 0.3."},
    {DECK_REAL, "diffusivity", .dim = UNIT_DIFFUSIVITY, .value = DECK_REQUIRED, .bounds = "(0 m2/s, inf)",
     .help = "Collective D_I of an element with rate 1 at the first of `vacancies`: sets the clock."},
    {DECK_TABLE, "rates", .bounds = "(0, 1000]",
     .help = "Relative hop rates of the elements: {Ni: 3, Pd: 1}; 1 where absent."},
    {DECK_REAL, "length", .dim = UNIT_LENGTH, .value = DECK_REQUIRED, .bounds = "(0 nm, 1 mm)",
     .help = "Of the wire at the start."},
    {DECK_REAL, "time", .dim = UNIT_TIME, .value = DECK_REQUIRED, .bounds = "(0 s, inf)",
     .help = "Molding time."},
    {DECK_REAL, "exchange", .dim = UNIT_FREQUENCY, .value = "0 1/s", .bounds = "[0 1/s, inf)",
     .help = "How often an atom of the layer changes places with the core."},
    {DECK_REAL, "viscosity", .dim = UNIT_VISCOSITY, .bounds = "(0 Pa s, inf)",
     .help = "Of the core, which then flows: dL/dt = p d^2 / (32 eta L). Absent: it does not."},
    {DECK_INT, "replicas", .value = "4", .bounds = "[1, 100000]",
     .help = "Of each pore and vacancy fraction."},
    {DECK_INT, "samples", .value = "20", .bounds = "[2, 10000]", .help = "Of L(t), at equal steps."},
    {DECK_INT, "correlation_windows", .value = "0", .bounds = "[0, 100000]",
     .help = "Measure the correlation factor over this many windows of 2e6 hops."},
    {DECK_END}};

struct lattice_plan {
    struct mold_lattice_options o; /* all but around, per_column, columns, vacancies, advection, id */
    int n_d, n_c, replicas, tasks;
    double spacing, column, omega, kt, pressure, start, eta; /* eta INFINITY: no flow */
    double per_second; /* the lattice's unit of time is 1 / this (per ps) */
    struct species species;
    double *length;  /* [tasks * samples], A */
    double *bins;    /* [tasks * BINS * elements], atoms */
    double *crossed; /* [tasks * elements], atoms over the tip */
    double *final;   /* [tasks]: L at the end, A */
    double steepest, lost, events;
};

static uint64_t hash(const double *x, int n, uint64_t replica) {
    uint64_t h = UINT64_C(1469598103934665603) ^ replica;
    for (int k = 0; k < n; k++) {
        uint64_t bits;
        memcpy(&bits, &x[k], sizeof bits);
        for (int b = 0; b < 8; b++) h = (h ^ ((bits >> (8 * b)) & 255)) * UINT64_C(1099511628211);
    }
    return h;
}

/* **Local.** The deck's numbers that do not depend on the task. */
static void read_plan(struct deck *deck, struct lattice_plan *p) {
    const char *at = "mold.lattice";
    struct mold_lattice_options *o = &p->o;
    o->kind = (enum mold_lattice_kind)deck_choice(deck, "%s.kind", at);
    p->spacing = deck_real(deck, "%s.spacing", at);
    p->column = o->kind == MOLD_LATTICE_SQUARE ? p->spacing : p->spacing * sqrt(3) / 2;
    p->omega = deck_real(deck, "mold.atomic_volume");
    p->kt = UNIT_KB * deck_real(deck, "%s.temperature", at);
    p->pressure = deck_real(deck, "%s.pressure", at);
    p->start = deck_real(deck, "%s.length", at);
    p->eta = deck_has(deck, "%s.viscosity", at) ? deck_real(deck, "%s.viscosity", at) : INFINITY;
    p->n_d = deck_count(deck, "%s.diameters", at);
    p->n_c = deck_count(deck, "%s.vacancies", at);
    p->replicas = (int)deck_int(deck, "%s.replicas", at);
    p->tasks = p->n_d * p->n_c * p->replicas;
    o->n_elements = p->species.n;
    for (int i = 0; i < p->species.n; i++) {
        o->fraction[i] = deck_real_at(deck, i, "material.composition");
        o->rate[i] = 1;
    }
    for (int k = 0; deck_has(deck, "%s.rates", at) && k < deck_count(deck, "%s.rates", at); k++) {
        int i = species_find(&p->species, deck_key_at(deck, k, "%s.rates", at));
        if (i >= 0) o->rate[i] = deck_real_at(deck, k, "%s.rates", at);
    }
    o->vacancies = deck_real_at(deck, 0, "%s.vacancies", at);
    o->drive = p->pressure * p->omega / p->kt;
    p->per_second =
        deck_real(deck, "%s.diffusivity", at) / (p->column * p->column * mold_lattice_diffusivity(o));
    o->exchange = deck_real(deck, "%s.exchange", at) / p->per_second;
    o->time = deck_real(deck, "%s.time", at) * p->per_second;
    o->samples = (int)deck_int(deck, "%s.samples", at);
    o->seed = (uint64_t)deck_int(deck, "seed");
}

/* **Local.** Options of pore a, vacancy fraction b, replica r. */
static struct mold_lattice_options options_of(const struct deck *deck, const struct lattice_plan *p, int a,
                                              int b, int r) {
    struct mold_lattice_options o = p->o;
    double d = deck_real_at(deck, a, "mold.lattice.diameters");
    o.vacancies = deck_real_at(deck, b, "mold.lattice.vacancies");
    o.around = (int)nearbyint(M_PI * d / p->spacing);
    o.per_column = (int)nearbyint(M_PI / 4 * d * d * p->column / p->omega);
    o.columns = (int)nearbyint(p->start / p->column) - 1;
    o.advection =
        isfinite(p->eta) ? p->pressure * d * d / (32 * p->eta * p->column * p->column) / p->per_second : 0;
    const double key[] = {d, o.vacancies, p->kt, p->pressure, p->start, o.time};
    o.id = hash(key, 6, (uint64_t)r);
    return o;
}

int mold_lattice_report_check(const struct comm *comm, struct deck *deck) {
    const char *at = "mold.lattice";
    struct lattice_plan p = {0};
    if (!deck_has(deck, "material.composition")) {
        deck_mistake(deck, at, "needs the glass's composition: material: {composition: {Ni: 0.6, Pd: 0.4}}");
        return ERR_OK;
    }
    TRY(build_species(comm, deck, &p.species));
    for (int k = 0; deck_has(deck, "%s.rates", at) && k < deck_count(deck, "%s.rates", at); k++)
        if (species_find(&p.species, deck_key_at(deck, k, "%s.rates", at)) < 0)
            deck_mistake(deck, "mold.lattice.rates", "'%s' is not in the material",
                         deck_key_at(deck, k, "%s.rates", at));
    if (p.species.n == 0) return ERR_OK;
    if (p.species.n > MOLD_LATTICE_ELEMENTS) {
        deck_mistake(deck, at, "at most %d elements", MOLD_LATTICE_ELEMENTS);
        return ERR_OK;
    }
    read_plan(deck, &p);
    if (p.start < 3 * p.column)
        deck_mistake(deck, "mold.lattice.length", "at least three columns (%.3g nm)", 0.3 * p.column);
    else if (p.o.drive * p.column / p.start > STEEP)
        deck_mistake(deck, "mold.lattice.length",
                     "p Omega a / (L kT) = %.2g at the start, not well below 1: start longer than %.3g nm, "
                     "or press less",
                     p.o.drive * p.column / p.start, 0.1 * p.o.drive * p.column / STEEP);
    for (int a = 0; a < p.n_d; a++) {
        struct mold_lattice_options o = options_of(deck, &p, a, 0, 0);
        double d = deck_real_at(deck, a, "mold.lattice.diameters");
        if (o.around < 3 || o.per_column < o.around)
            deck_mistake(deck, "mold.lattice.diameters",
                         "a pore of %.3g nm has no core inside its layer (%d sites around, %d atoms a "
                         "column); give a wider one",
                         d / 10, o.around, o.per_column);
    }
    return ERR_OK;
}

/* **Local.** One replica into the arrays. */
static int one_task(const struct deck *deck, struct lattice_plan *p, int task) {
    int r = task % p->replicas, b = task / p->replicas % p->n_c, a = task / p->replicas / p->n_c,
        n = p->o.n_elements;
    struct mold_lattice l;
    struct mold_lattice_options o = options_of(deck, p, a, b, r);
    TRY(mold_lattice_run(&o, &l));
    for (int k = 0; k < o.samples; k++) p->length[(size_t)task * o.samples + k] = l.length[k] * p->column;
    p->final[task] = l.length[o.samples - 1] * p->column;
    double *bins = p->bins + (size_t)task * BINS * n;
    for (int z = 0; z < l.columns; z++)
        for (int i = 0; i < n; i++) bins[(z * BINS / l.columns) * n + i] += (double)l.content[z * n + i];
    for (int i = 0; i < n; i++) p->crossed[task * n + i] = (double)l.crossed[i];
    for (int i = 0; i < n; i++) p->lost += fabs((double)(l.start[i] + l.in[i] - l.out[i] - l.end[i]));
    p->steepest = fmax(p->steepest, l.steepest);
    p->events += (double)l.events;
    mold_lattice_destroy(&l);
    return ERR_OK;
}

static int run_tasks(const struct comm *comm, const struct deck *deck, struct lattice_plan *p) {
    int e = ERR_OK;
    log_progress_begin("lattice", (p->tasks + comm->size - 1) / comm->size);
    for (int task = comm->rank; task < p->tasks && !e; task += comm->size) {
        log_progress_at(task / comm->size, "replica %d of %d", task + 1, p->tasks);
        e = one_task(deck, p, task);
    }
    log_progress_end();
    return e;
}

struct mean {
    double mean, error;
};

static struct mean mean_of(const double *x, int n) {
    double sum = 0, square = 0;
    for (int k = 0; k < n; k++) sum += x[k] / n;
    for (int k = 0; k < n; k++) square += (x[k] - sum) * (x[k] - sum);
    return (struct mean){sum, n > 1 ? sqrt(square / n / (n - 1)) : NAN};
}

static double gain(const struct lattice_plan *p, double length) {
    return length * length - p->start * p->start;
}

static int growth(const struct deck *deck, const struct lattice_plan *p, struct tsv **tsv) {
    double *row = NULL;
    int e = MEM_NEW(row, p->replicas);
    if (!e) e = tsv_create("diameter_nm:r vacancies:r time_s:r length_nm:r length_error_nm:r eq2_nm:r", tsv);
    for (int a = 0; a < p->n_d && !e; a++)
        for (int b = 0; b < p->n_c && !e; b++)
            for (int k = 0; k < p->o.samples && !e; k++) {
                struct mold_lattice_options o = options_of(deck, p, a, b, 0);
                double t = o.time * (k + 1) / o.samples;
                for (int r = 0; r < p->replicas; r++)
                    row[r] = p->length[((size_t)(a * p->n_c + b) * p->replicas + r) * o.samples + k];
                struct mean m = mean_of(row, p->replicas);
                e = tsv_add(*tsv, deck_real_at(deck, a, "mold.lattice.diameters") / 10, o.vacancies,
                            t / p->per_second / SECOND, m.mean / 10, m.error / 10,
                            mold_lattice_length(&o, t) * p->column / 10);
            }
    mem_free(&row);
    return e;
}

/* Least-squares slope of y against x. */
static double slope(const double *x, const double *y, int n) {
    double sx = 0, sy = 0, xx = 0, xy = 0;
    for (int k = 0; k < n; k++) {
        sx += x[k] / n;
        sy += y[k] / n;
    }
    for (int k = 0; k < n; k++) {
        xx += (x[k] - sx) * (x[k] - sx);
        xy += (x[k] - sx) * (y[k] - sy);
    }
    return xy / xx;
}

static const double *lengths(const struct lattice_plan *p, int a, int b, int r) {
    return p->length + ((size_t)(a * p->n_c + b) * p->replicas + r) * p->o.samples;
}

/* **Local.** Exponents of (L^2 - L0^2)^1/2 in time, diameter (over pores), diffusivity (over vacancy
 * fractions). */
static int slopes(const struct deck *deck, const struct lattice_plan *p, struct results *out,
                  struct tsv **tsv) {
    static const char *const names[] = {"time", "diameter", "diffusivity"};
    static const double expected[] = {0.5, -0.5, 0.5};
    int most = p->o.samples + p->n_d + p->n_c, pairs = p->n_d * p->n_c, last = p->o.samples - 1, e = ERR_OK;
    double *x = NULL, *y = NULL, *found = NULL;
    TRY_TO(done, tsv_create("against:t exponent:r error:r expected:r fits:i", tsv));
    TRY_TO(done, MEM_NEW(x, most));
    TRY_TO(done, MEM_NEW(y, most));
    TRY_TO(done, MEM_NEW(found, p->replicas * pairs));
    for (int what = 0; what < 3; what++) {
        int points = what == 0 ? p->o.samples : what == 1 ? p->n_d : p->n_c, n = 0;
        int groups = what == 0 ? pairs : what == 1 ? p->n_c : p->n_d;
        if (points < 2) continue;
        for (int g = 0; g < groups; g++)
            for (int r = 0; r < p->replicas; r++) {
                for (int k = 0; k < points; k++) {
                    int a = what == 0   ? g / p->n_c
                            : what == 1 ? k
                                        : g,
                        b = what == 0   ? g % p->n_c
                            : what == 1 ? g
                                        : k;
                    struct mold_lattice_options o = options_of(deck, p, a, b, r);
                    x[k] = what == 0   ? log(k + 1.0)
                           : what == 1 ? log(deck_real_at(deck, a, "mold.lattice.diameters"))
                                       : log(mold_lattice_diffusivity(&o));
                    y[k] = 0.5 * log(gain(p, lengths(p, a, b, r)[what == 0 ? k : last]));
                }
                found[n++] = slope(x, y, points);
            }
        struct mean m = mean_of(found, n);
        TRY_TO(done, tsv_add(*tsv, names[what], m.mean, m.error, expected[what], (int64_t)n));
        TRY_TO(done, results_scalar(out, m.mean, m.error, "", "lattice_exponent_%s", names[what]));
    }
done:
    mem_free(&x);
    mem_free(&y);
    mem_free(&found);
    return e;
}

/* **Local.** Gain over that of Eq. 2, all replicas together: 1 for equal rates. */
static int ratio(const struct deck *deck, const struct lattice_plan *p, struct results *out) {
    double *x = NULL;
    TRY(MEM_NEW(x, p->tasks));
    for (int task = 0; task < p->tasks; task++) {
        struct mold_lattice_options o =
            options_of(deck, p, task / p->replicas / p->n_c, task / p->replicas % p->n_c, task % p->replicas);
        x[task] = gain(p, p->final[task]) / gain(p, mold_lattice_length(&o, o.time) * p->column);
    }
    struct mean m = mean_of(x, p->tasks);
    mem_free(&x);
    return results_scalar(out, m.mean, m.error, "", "lattice_gain_over_eq2");
}

/* **Local.** Net atoms of each element over the tip, over its fraction of the glass, relative to the last
 * element's: the ratio of mobilities that the continuum level asks for. Below the ratio of rates, since a
 * slow atom that has just left a vacancy likes to return (correlation). */
static int currents(const struct lattice_plan *p, struct results *out) {
    int n = p->o.n_elements;
    double *x = NULL;
    TRY(MEM_NEW(x, p->tasks));
    for (int i = 0; i < n - 1; i++) {
        for (int task = 0; task < p->tasks; task++) {
            const double *c = p->crossed + task * n;
            x[task] = c[i] / p->o.fraction[i] / (c[n - 1] / p->o.fraction[n - 1]);
        }
        struct mean m = mean_of(x, p->tasks);
        int e = results_scalar(out, m.mean, m.error, "", "lattice_current_ratio_%s_%s", p->species.name[i],
                               p->species.name[n - 1]);
        if (e) {
            mem_free(&x);
            return e;
        }
    }
    mem_free(&x);
    return ERR_OK;
}

/* **Local.** Composition along the wire: mean and error over replicas of each bin. */
static int composition(const struct deck *deck, const struct lattice_plan *p, struct results *out,
                       struct tsv **tsv) {
    struct text text = {0};
    char *columns = NULL;
    int n = p->o.n_elements, e;
    double *x = NULL, row[3 + 2 * MOLD_LATTICE_ELEMENTS];
    text_add(&text, "z_nm:r");
    for (int i = 0; i < n; i++) text_add(&text, " %s:r", p->species.name[i]);
    for (int i = 0; i < n; i++) text_add(&text, " %s_error:r", p->species.name[i]);
    text_add(&text, " diameter_nm:r vacancies:r");
    TRY_TO(done, text_take(&text, &columns));
    TRY_TO(done, tsv_create(columns, tsv));
    TRY_TO(done, MEM_NEW(x, p->replicas));
    for (int g = 0; g < p->n_d * p->n_c; g++) {
        double length = mean_of(p->final + (size_t)g * p->replicas, p->replicas).mean;
        for (int bin = 0; bin < BINS; bin++) {
            row[0] = (bin + 0.5) / BINS * length / 10;
            for (int i = 0; i < n; i++) {
                for (int r = 0; r < p->replicas; r++) {
                    const double *c = p->bins + ((size_t)(g * p->replicas + r) * BINS + bin) * n;
                    double all = 0;
                    for (int j = 0; j < n; j++) all += c[j];
                    x[r] = c[i] / all;
                }
                struct mean m = mean_of(x, p->replicas);
                row[1 + i] = m.mean;
                row[1 + n + i] = m.error;
                double d = deck_real_at(deck, g / p->n_c, "mold.lattice.diameters") / 10;
                if (i == 0 && g % p->n_c == 0 && (bin == 0 || bin == BINS - 1))
                    TRY_TO(done, results_scalar(out, m.mean, m.error, "", "lattice_%s_%s_%.4gnm",
                                                bin ? "tip" : "root", p->species.name[0], d));
            }
            row[1 + 2 * n] = deck_real_at(deck, g / p->n_c, "mold.lattice.diameters") / 10;
            row[2 + 2 * n] = deck_real_at(deck, g % p->n_c, "mold.lattice.vacancies");
            TRY_TO(done, tsv_add_reals(*tsv, row));
        }
    }
done:
    mem_free(&columns);
    mem_free(&x);
    return e;
}

/* **Collective.** The correlation factor over windows, shared out over ranks. */
static int correlation(struct deck *deck, const struct lattice_plan *p, struct results *out) {
    const struct comm *comm = out->comm;
    int windows = (int)deck_int(deck, "mold.lattice.correlation_windows"), e = ERR_OK;
    double *f = NULL;
    if (windows == 0) return ERR_OK;
    TRY(mem_agree(comm, &f, MEM_NEW(f, windows)));
    for (int k = comm->rank; k < windows && !e; k += comm->size)
        e = mold_lattice_correlation(p->o.kind, TORUS, WINDOW, p->o.seed, (uint64_t)k, &f[k]);
    e = err_agree(comm, e);
    if (!e) comm_sum(comm, f, windows);
    struct mean m = mean_of(f, windows);
    mem_free(&f);
    if (!e)
        e = err_agree(comm, results_scalar(out, m.mean, m.error, "", "lattice_correlation_%s",
                                           p->o.kind == MOLD_LATTICE_SQUARE ? "square" : "triangular"));
    if (!e)
        log_note("correlation factor (tracer over collective diffusivity): %.5f +- %.5f", m.mean, m.error);
    return e;
}

static int put(struct results *out, const char *name, struct tsv **tsv, int e) {
    e = err_agree(out->comm, e);
    if (!e) e = results_table(out, name, *tsv);
    tsv_destroy(tsv);
    return e;
}

static int report(struct deck *deck, struct lattice_plan *p, struct results *out) {
    struct tsv *tsv = NULL;
    if (p->lost > 0) FAIL(ERR_INTERNAL, "the lattice lost or made %.0f atoms", p->lost);
    log_note("lattice: %d wires, %.3g events; every atom accounted for; p Omega h / (L kT) at most %.3g",
             p->tasks, p->events, p->steepest);
    TRY(put(out, "lattice_growth", &tsv, growth(deck, p, &tsv)));
    TRY(put(out, "lattice_slopes", &tsv, slopes(deck, p, out, &tsv)));
    TRY(put(out, "lattice_composition", &tsv, composition(deck, p, out, &tsv)));
    TRY_ALL(out->comm, ratio(deck, p, out));
    TRY_ALL(out->comm, currents(p, out));
    return err_agree(out->comm, results_scalar(out, p->steepest, NAN, "", "lattice_steepest_bias"));
}

int mold_lattice_report_run(struct deck *deck, struct results *out) {
    const struct comm *comm = out->comm;
    struct lattice_plan p = {0};
    TRY(build_species(comm, deck, &p.species));
    read_plan(deck, &p);
    size_t n_length = (size_t)p.tasks * p.o.samples, n_bins = (size_t)p.tasks * BINS * p.o.n_elements;
    int e = MEM_NEW(p.length, n_length);
    if (!e) e = MEM_NEW(p.bins, n_bins);
    if (!e) e = MEM_NEW(p.final, p.tasks);
    if (!e) e = MEM_NEW(p.crossed, p.tasks * p.o.n_elements);
    e = err_agree(comm, e);
    if (!e) e = err_agree(comm, run_tasks(comm, deck, &p));
    if (!e) {
        double sums[] = {p.lost, p.events};
        comm_sum(comm, p.length, (int)n_length);
        comm_sum(comm, p.bins, (int)n_bins);
        comm_sum(comm, p.final, p.tasks);
        comm_sum(comm, p.crossed, p.tasks * p.o.n_elements);
        comm_sum(comm, sums, 2);
        comm_max(comm, &p.steepest, 1);
        p.lost = sums[0];
        p.events = sums[1];
        e = report(deck, &p, out);
    }
    if (!e) e = correlation(deck, &p, out);
    mem_free(&p.length);
    mem_free(&p.bins);
    mem_free(&p.final);
    mem_free(&p.crossed);
    return e;
}
