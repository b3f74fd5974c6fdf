/* diffraction_pass - frames are gathered as they come; when all are there the scan runs, averaging over them.
 *
 * Patterns are fractions of the incident beam per pixel. The profile also gives intensity / (gamma lambda)^2
 * / (atoms per area) / (area of a pixel of k) / <f^2>, which is the structure factor S(Q) where scattering is
 * single and the specimen fills the box. */
#include "analysis/microscope/diffraction_pass.h"
#include "analysis/microscope/diffraction_deck.h"
#include "base/cite.h"
#include "base/log.h"
#include "base/mem.h"

#include <math.h>
#include <string.h>

struct state {
    struct results *out;
    const struct deck *deck;
    const char *at;
    struct specimen *specimens;
    int n, capacity;
    struct scan scan;
};

static int create(const struct pass_setup *setup, void **state) {
    struct state *s = NULL;
    TRY(mem_agree(setup->comm, &s, MEM_NEW(s, 1)));
    *state = s;
    s->out = setup->out;
    s->deck = setup->deck;
    s->at = setup->at;
    s->capacity = (int)setup->n_frames;
    return err_agree(setup->comm, MEM_NEW(s->specimens, s->capacity));
}

static int same_kind(const struct specimen *a, const struct specimen *b) {
    if (a->species.n != b->species.n) return 0;
    for (int t = 0; t < a->species.n; t++)
        if (a->species.number[t] != b->species.number[t]) return 0;
    return 1;
}

static int one_frame(void *state, struct frame *frame) {
    struct state *s = state;
    const struct comm *comm = s->out->comm;
    struct specimen *sp = &s->specimens[s->n];
    TRY(specimen_gather(comm, frame, diffraction_deck_beam(s->deck, s->at),
                        diffraction_deck_thickness(s->deck, s->at), sp));
    s->n++;
    if (s->n > 1 && !same_kind(sp, s->specimens))
        FAIL(ERR_INPUT, "this frame has other elements than the first; average over frames of one run");
    if (s->n == 1) TRY_ALL(comm, diffraction_deck_scan(s->deck, s->at, sp, &s->scan));
    return ERR_OK;
}

/* --- what is written */

static struct signal_axis axis_of(const char *name, const char *units, int64_t n, double scale, double offset,
                                  bool navigate) {
    return (struct signal_axis){name, units, n, scale, offset, navigate};
}

static struct signal_shape shape_of(const struct scan *scan, const char *note) {
    const struct waves_setup *o = &scan->waves;
    double kx = waves_pixel(o, 0), ky = waves_pixel(o, 1);
    struct signal_shape shape = {.signal_type = "electron_diffraction",
                                 .title = "simulated diffraction",
                                 .quantity = "fraction of the beam per pixel",
                                 .note = note,
                                 .beam_keV = o->probe.electron.volt / 1e3,
                                 .type = H5_F32};
    int d = 0;
    if (scan->nv > 1)
        shape.axis[d++] = axis_of("y", "nm", scan->nv, scan->v[1] / 10, scan->from[1] / 10, true);
    if (scan->nv > 1)
        shape.axis[d++] = axis_of("x", "nm", scan->nu, scan->u[0] / 10, scan->from[0] / 10, true);
    else if (scan->nu > 1)
        shape.axis[d++] = axis_of("x", "nm", scan->nu, hypot(scan->u[0], scan->u[1]) / 10, 0, true);
    shape.axis[d++] = axis_of("ky", SIGNAL_PER_ANGSTROM, 2 * o->half_y + 1, ky, -o->half_y * ky, false);
    shape.axis[d++] = axis_of("kx", SIGNAL_PER_ANGSTROM, 2 * o->half_x + 1, kx, -o->half_x * kx, false);
    shape.n_dims = d;
    return shape;
}

static double mean_f2(const struct state *s, double k) {
    const struct specimen *sp = &s->specimens[0];
    const struct waves_setup *o = &s->scan.waves;
    int64_t count[SPECIES_MAX] = {0};
    double sum = 0;
    for (int64_t i = 0; i < sp->n; i++) count[sp->type[i]]++;
    for (int t = 0; t < sp->species.n; t++) {
        double f = formfactor_at(o->table, sp->species.number[t], k) * exp(-o->b_factor[t] * k * k / 4);
        sum += (double)count[t] * f * f;
    }
    return sum / (double)sp->n;
}

static int profile_table(const struct state *s, const struct scan_result *r, struct tsv **tsv) {
    const struct specimen *sp = &s->specimens[0];
    const struct waves_setup *o = &s->scan.waves;
    const struct formfactor_electron *el = &o->probe.electron;
    double lx = 1 / waves_pixel(o, 0), ly = 1 / waves_pixel(o, 1);
    double unit = el->gamma * el->lambda * el->gamma * el->lambda * (double)sp->n /
                  (sp->edge[0] * sp->edge[1]) / (lx * ly);
    TRY(tsv_create("Q_1_per_A:r k_1_per_A:r angle_mrad:r intensity:r sd:r variance:r structure:r pixels:i",
                   tsv));
    for (int k = 0; k < r->n_rings; k++) {
        double at = k * r->ring;
        TRY(tsv_add(*tsv, 2 * M_PI * at, at, at * el->lambda * 1e3, r->intensity[k], r->sd[k], r->variance[k],
                    r->intensity[k] / (unit * mean_f2(s, at)), r->pixels[k]));
    }
    return ERR_OK;
}

static int write_notes(const struct state *s, int n_slices, double dz) {
    const struct waves_setup *o = &s->scan.waves;
    struct results *out = s->out;
    if (!out->h5) return ERR_OK;
    TRY(results_note_real(out, "energy_V", o->probe.electron.volt));
    TRY(results_note_real(out, "wavelength_A", o->probe.electron.lambda));
    TRY(results_note_real(out, "semi_angle_rad", o->probe.semi_angle));
    TRY(results_note_real(out, "pixel_A", o->window.dx));
    TRY(results_note_real(out, "window_A", 1 / waves_pixel(o, 0)));
    TRY(results_note_real(out, "thickness_A", s->specimens[0].thickness));
    TRY(results_note_real(out, "slice_A", dz));
    TRY(results_note_real(out, "slices", n_slices));
    return results_note_real(out, "configurations", (double)s->n * s->scan.configurations);
}

static int write_result(const struct state *s, const struct scan_result *r) {
    const struct waves_setup *o = &s->scan.waves;
    struct results *out = s->out;
    struct tsv *tsv = NULL;
    int64_t dims[] = {2 * o->half_y + 1, 2 * o->half_x + 1};
    double inside = 0;
    int e = ERR_OK;
    TRY_ALL_TO(out->comm, done, profile_table(s, r, &tsv));
    TRY_TO(done, results_table(out, "profile", tsv));
    TRY_TO(done, results_array(out, "mean", H5_F64, 2, dims, r->mean, "",
                               "mean of all patterns, fraction of the beam per pixel; centre in the middle"));
    for (int64_t i = 0; i < dims[0] * dims[1]; i++) inside += r->mean[i];
    TRY_ALL_TO(out->comm, done, results_scalar(out, inside, NAN, "", "intensity_in_pattern"));
done:
    tsv_destroy(&tsv);
    return e;
}

static void say(const struct state *s, int n_slices, double dz) {
    const struct scan *c = &s->scan;
    const struct waves_setup *o = &c->waves;
    double patterns = (double)c->nu * (double)c->nv, px = (2.0 * o->half_x + 1) * (2.0 * o->half_y + 1);
    if (o->probe.semi_angle > 0)
        log_note("diffraction: probe of %.3g mrad, %.3g A at half maximum, %.4g kV",
                 o->probe.semi_angle * 1e3, probe_fwhm(&o->probe), o->probe.electron.volt / 1e3);
    log_note(
        "diffraction: %.0f pattern%s of %d x %d (to %.3g 1/A) from %d x %d pixels of %.3g A, %d slice%s of "
        "%.3g A; %.0f MB a rank, %.3g MB on disk",
        patterns, patterns == 1 ? "" : "s", 2 * o->half_x + 1, 2 * o->half_y + 1,
        o->half_x * waves_pixel(o, 0), o->window.nx, o->window.ny, o->window.dx, n_slices,
        n_slices == 1 ? "" : "s", dz, scan_bytes(c, s->specimens, s->n) / 1e6, patterns * px * 4 / 1e6);
}

static void cite(const struct waves_setup *o) {
    cite_use(o->table == FORMFACTOR_LOBATO ? "lobato2014" : "kirkland2010");
    if (o->engine != WAVES_KINEMATIC) cite_use("cowley1957");
    if (o->engine == WAVES_PRISM) cite_use("ophus2017");
    cite_use("frigo2005");
    cite_use("barnett2019");
}

static int finish(void *state) {
    struct state *s = state;
    const struct comm *comm = s->out->comm;
    struct signal *signal = NULL;
    struct scan_result result = {0};
    char *path = NULL;
    double dz;
    int n_slices = specimen_slices(&s->specimens[0], s->scan.slice, &dz), e = ERR_OK;
    struct signal_shape shape = shape_of(&s->scan, "made by vitrine, pass diffraction");
    say(s, n_slices, dz);
    cite(&s->scan.waves);
    if (s->out->front) {
        TRY_ALL_TO(comm, out, mem_sprintf(&path, "%s.hspy", s->out->front));
        TRY_TO(out, signal_create(comm, path, &shape, &signal));
    }
    TRY_TO(out, scan_run(comm, &s->scan, s->specimens, s->n, signal, &result));
    TRY_TO(out, write_notes(s, n_slices, dz));
    TRY_TO(out, write_result(s, &result));
    TRY_TO(out, signal_close(&signal, true));
out:
    if (signal) {
        int closed = signal_close(&signal, false);
        if (!e) e = closed;
    }
    scan_free(&result);
    mem_free(&path);
    return e;
}

static void destroy(void *state) {
    struct state *s = state;
    if (!s) return;
    for (int k = 0; k < s->n; k++) specimen_destroy(&s->specimens[k]);
    mem_free(&s->specimens);
    mem_free(&s);
}

const struct pass_kind diffraction_pass = {.name = "diffraction",
                                           .input = PASS_FRAMES,
                                           .rows = diffraction_deck_rows,
                                           .check = diffraction_deck_check,
                                           .create = create,
                                           .frame = one_frame,
                                           .finish = finish,
                                           .destroy = destroy};
