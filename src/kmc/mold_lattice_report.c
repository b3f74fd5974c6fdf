/* mold_lattice_report - exponents are fitted within each replica and averaged over replicas: samples of one
 * wire are correlated, wires are not. Rejected: one fit to all samples with independent errors (its error
 * comes out several times too small). */
#include "kmc/mold_lattice_report.h"
#include "kmc/mold_lattice_tasks.h"
#include "atoms/build.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/unit.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define SECOND 1e12
#define BINS MOLD_LATTICE_TASKS_BINS
#define STEEP 0.3 /* largest work of the pressure gradient over one column, in kT */

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
    {DECK_REAL, "checkpoint", .dim = UNIT_DURATION, .value = "30 s", .bounds = "[0.1 s, 1 d]",
     .help = "Wall time between checkpoints.", .inert = true},
    {DECK_END}};

int mold_lattice_report_check(const struct comm *comm, struct deck *deck) {
    const char *at = "mold.lattice";
    struct mold_lattice_tasks p = {0};
    if (!deck_has(deck, "material.composition")) {
        deck_mistake(deck, at, "needs the glass's composition: material: {composition: {Ni: 0.6, Pd: 0.4}}");
        return ERR_OK;
    }
    TRY(mold_lattice_tasks_read(comm, deck, &p));
    for (int k = 0; deck_has(deck, "%s.rates", at) && k < deck_count(deck, "%s.rates", at); k++)
        if (species_find(&p.species, deck_key_at(deck, k, "%s.rates", at)) < 0)
            deck_mistake(deck, "mold.lattice.rates", "'%s' is not in the material",
                         deck_key_at(deck, k, "%s.rates", at));
    if (p.species.n == 0) return ERR_OK;
    if (p.species.n > MOLD_LATTICE_ELEMENTS) {
        deck_mistake(deck, at, "at most %d elements", MOLD_LATTICE_ELEMENTS);
        return ERR_OK;
    }
    if (p.start < 3 * p.column)
        deck_mistake(deck, "mold.lattice.length", "at least three columns (%.3g nm)", 0.3 * p.column);
    else if (p.o.drive * p.column / p.start > STEEP)
        deck_mistake(deck, "mold.lattice.length",
                     "p Omega a / (L kT) = %.2g at the start, not well below 1: start longer than %.3g nm, "
                     "or press less",
                     p.o.drive * p.column / p.start, 0.1 * p.o.drive * p.column / STEEP);
    for (int a = 0; a < p.n_d; a++) {
        struct mold_lattice_options o = mold_lattice_tasks_options(deck, &p, a, 0, 0);
        double d = deck_real_at(deck, a, "mold.lattice.diameters");
        if (o.around < 3 || o.per_column < o.around)
            deck_mistake(deck, "mold.lattice.diameters",
                         "a pore of %.3g nm has no core inside its layer (%d sites around, %d atoms a "
                         "column); give a wider one",
                         d / 10, o.around, o.per_column);
    }
    return ERR_OK;
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

static double gain(const struct mold_lattice_tasks *p, double length) {
    return length * length - p->start * p->start;
}

static const double *lengths(const struct mold_lattice_tasks *p, int a, int b, int r) {
    return mold_lattice_tasks_lengths(p, (a * p->n_c + b) * p->replicas + r);
}

static int growth(const struct deck *deck, const struct mold_lattice_tasks *p, struct tsv **tsv) {
    double *row = NULL;
    int e = MEM_NEW(row, p->replicas);
    if (!e) e = tsv_create("diameter_nm:r vacancies:r time_s:r length_nm:r length_error_nm:r eq2_nm:r", tsv);
    for (int a = 0; a < p->n_d && !e; a++)
        for (int b = 0; b < p->n_c && !e; b++)
            for (int k = 0; k < p->o.samples && !e; k++) {
                struct mold_lattice_options o = mold_lattice_tasks_options(deck, p, a, b, 0);
                double t = o.time * (k + 1) / o.samples;
                for (int r = 0; r < p->replicas; r++) row[r] = lengths(p, a, b, r)[k];
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

/* **Local.** Exponents of (L^2 - L0^2)^1/2 in time, diameter (over pores), diffusivity (over vacancy
 * fractions). */
static int slopes(const struct deck *deck, const struct mold_lattice_tasks *p, struct results *out,
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
                    struct mold_lattice_options o = mold_lattice_tasks_options(deck, p, a, b, r);
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
static int ratio(const struct deck *deck, const struct mold_lattice_tasks *p, struct results *out) {
    double *x = NULL;
    TRY(MEM_NEW(x, p->wires));
    for (int task = 0; task < p->wires; task++) {
        struct mold_lattice_options o = mold_lattice_tasks_options(
            deck, p, task / p->replicas / p->n_c, task / p->replicas % p->n_c, task % p->replicas);
        x[task] = gain(p, mold_lattice_tasks_record(p, task)[TASK_FINAL]) /
                  gain(p, mold_lattice_length(&o, o.time) * p->column);
    }
    struct mean m = mean_of(x, p->wires);
    mem_free(&x);
    return results_scalar(out, m.mean, m.error, "", "lattice_gain_over_eq2");
}

/* **Local.** Net atoms of each element over the tip, over its fraction of the glass, relative to the last
 * element's: the ratio of mobilities that the continuum level asks for. Below the ratio of rates, since a
 * slow atom that has just left a vacancy likes to return (correlation). */
static int currents(const struct mold_lattice_tasks *p, struct results *out) {
    int n = p->o.n_elements;
    double *x = NULL;
    TRY(MEM_NEW(x, p->wires));
    for (int i = 0; i < n - 1; i++) {
        for (int task = 0; task < p->wires; task++) {
            const double *c = mold_lattice_tasks_crossed(p, task);
            x[task] = c[i] / p->o.fraction[i] / (c[n - 1] / p->o.fraction[n - 1]);
        }
        struct mean m = mean_of(x, p->wires);
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
static int composition(const struct deck *deck, const struct mold_lattice_tasks *p, struct results *out,
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
        for (int r = 0; r < p->replicas; r++)
            x[r] = mold_lattice_tasks_record(p, g * p->replicas + r)[TASK_FINAL];
        double length = mean_of(x, p->replicas).mean;
        for (int bin = 0; bin < BINS; bin++) {
            row[0] = (bin + 0.5) / BINS * length / 10;
            for (int i = 0; i < n; i++) {
                for (int r = 0; r < p->replicas; r++) {
                    const double *c = mold_lattice_tasks_bins(p, g * p->replicas + r) + bin * n;
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

/* **Local.** The correlation factor over windows. */
static int correlation(const struct mold_lattice_tasks *p, struct results *out) {
    double *f = NULL;
    if (p->windows == 0) return ERR_OK;
    TRY(MEM_NEW(f, p->windows));
    for (int k = 0; k < p->windows; k++) f[k] = mold_lattice_tasks_record(p, p->wires + k)[TASK_FINAL];
    struct mean m = mean_of(f, p->windows);
    mem_free(&f);
    log_note("correlation factor (tracer over collective diffusivity): %.5f +- %.5f", m.mean, m.error);
    return results_scalar(out, m.mean, m.error, "", "lattice_correlation_%s",
                          p->o.kind == MOLD_LATTICE_SQUARE ? "square" : "triangular");
}

static int put(struct results *out, const char *name, struct tsv **tsv, int e) {
    e = err_agree(out->comm, e);
    if (!e) e = results_table(out, name, *tsv);
    tsv_destroy(tsv);
    return e;
}

int mold_lattice_report_write(struct deck *deck, const struct mold_lattice_tasks *p, struct results *out) {
    struct tsv *tsv = NULL;
    double events = 0, steepest = 0;
    for (int k = 0; k < p->wires; k++) {
        const double *wire = mold_lattice_tasks_record(p, k);
        events += wire[TASK_EVENTS];
        steepest = fmax(steepest, wire[TASK_STEEPEST]);
    }
    log_note("lattice: %d wires, %.3g events; every atom accounted for; p Omega h / (L kT) at most %.3g",
             p->wires, events, steepest);
    TRY(put(out, "lattice_growth", &tsv, growth(deck, p, &tsv)));
    TRY(put(out, "lattice_slopes", &tsv, slopes(deck, p, out, &tsv)));
    TRY(put(out, "lattice_composition", &tsv, composition(deck, p, out, &tsv)));
    TRY_ALL(out->comm, ratio(deck, p, out));
    TRY_ALL(out->comm, currents(p, out));
    TRY_ALL(out->comm, correlation(p, out));
    return err_agree(out->comm, results_scalar(out, steepest, NAN, "", "lattice_steepest_bias"));
}
