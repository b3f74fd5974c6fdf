/* projection - the potential by the engines' own slices, taken as one; images by whole FFTs.
 *
 * Rejected: dividing columns into cubes (empty ones among filled ones thin
 * the specimen). */
#define _GNU_SOURCE /* sincos */
#include "analysis/microscope/projection.h"
#include "base/fft.h"
#include "base/mem.h"

#include <fftw3.h>
#include <gsl/gsl_integration.h>
#include <gsl/gsl_sort.h>
#include <math.h>
#include <string.h>

#define REAL double
#define FFTW(name) fftw_##name
#define REAL_SIN_COS sincos
#pragma GCC diagnostic ignored "-Wunused-function" /* of the engines' parts some are needed */

#include "analysis/microscope/plane.h"
#include "analysis/microscope/slices.h"

struct projection_grid projection_plan(const struct specimen *specimen, double pixel) {
    struct projection_grid g;
    g.nx = waves_friendly(specimen->edge[0] / pixel);
    g.ny = waves_friendly(specimen->edge[1] / pixel);
    g.dx = specimen->edge[0] / g.nx;
    g.dy = specimen->edge[1] / g.ny;
    return g;
}

int projection_phase(const struct specimen *specimen, const struct projection_grid *grid,
                     const struct formfactor_electron *electron, enum formfactor_table table,
                     const double b_factor[SPECIES_MAX], double **phase) {
    struct waves_setup o = {.window = {grid->nx, grid->ny, grid->dx, grid->dy},
                            .tile_nx = grid->nx,
                            .tile_ny = grid->ny,
                            .probe.electron = *electron,
                            .table = table,
                            .species = &specimen->species};
    struct slices slices = {0};
    struct specimen_request request = {.edge = {specimen->edge[0], specimen->edge[1]},
                                       .n_slices = 1,
                                       .dz = specimen->thickness > 0 ? specimen->thickness : 1,
                                       .scale = {1, 1}};
    struct specimen_cut cut = {0};
    double *rows = NULL;
    memcpy(o.b_factor, b_factor, sizeof o.b_factor);
    int e = slices_create(&slices, &o);
    if (!e) e = specimen_cut(specimen, &request, &cut);
    if (!e) e = MEM_NEW(rows, (int64_t)grid->ny * slices.real_row);
    if (!e) e = MEM_NEW(*phase, (int64_t)grid->ny * grid->nx);
    if (!e) {
        slices_phase(&slices, &o, &cut.slab, 0, 1, rows);
        for (int y = 0; y < grid->ny; y++)
            memcpy(*phase + (int64_t)y * grid->nx, rows + (int64_t)y * slices.real_row,
                   (size_t)grid->nx * sizeof **phase);
    }
    slices_destroy(&slices);
    specimen_cut_free(&cut);
    mem_free(&rows);
    return e;
}

/* --- exit waves --- */

static int thin_wave(const struct specimen *specimen, const struct projection_grid *grid,
                     const struct formfactor_electron *electron, enum formfactor_table table,
                     const double b_factor[SPECIES_MAX], double (*wave)[2]) {
    double *phase = NULL;
    TRY(projection_phase(specimen, grid, electron, table, b_factor, &phase));
    for (int64_t i = 0; i < (int64_t)grid->nx * grid->ny; i++) sincos(phase[i], &wave[i][1], &wave[i][0]);
    mem_free(&phase);
    return ERR_OK;
}

/* **Local.** A plane wave through all slices; psi(k) onto the grid, and back to places. */
static int sliced_wave(const struct specimen *specimen, const struct waves_setup *o, double slice,
                       double (*wave)[2]) {
    struct specimen_request request = {.edge = {specimen->edge[0], specimen->edge[1]}, .scale = {1, 1}};
    struct specimen_cut cut = {0};
    struct waves *waves = NULL;
    struct fft *fft = NULL;
    const struct waves_place corner = {0};
    int width = 2 * o->half_x + 1, nx = o->window.nx, ny = o->window.ny;
    double(*psi)[2] = NULL;
    request.n_slices = specimen_slices(specimen, slice, &request.dz);
    int e = specimen_cut(specimen, &request, &cut);
    if (!e) e = waves_double.create(o, &waves);
    if (!e) e = MEM_NEW(psi, (int64_t)width * (2 * o->half_y + 1));
    if (!e) e = fft_create(ny, nx, false, &fft);
    if (!e) e = waves_double.leave(waves, &cut.slab, &corner, psi);
    for (int j = -o->half_y; j <= o->half_y && !e; j++)
        for (int i = -o->half_x; i <= o->half_x; i++)
            memcpy(wave[(int64_t)((j + ny) % ny) * nx + (i + nx) % nx],
                   psi[(int64_t)(j + o->half_y) * width + i + o->half_x], sizeof *wave);
    if (!e) fft_back(fft, wave);
    fft_destroy(&fft);
    waves_double.destroy(&waves);
    specimen_cut_free(&cut);
    mem_free(&psi);
    return e;
}

int projection_exit(const struct specimen *specimen, const struct projection_grid *grid,
                    const struct formfactor_electron *electron, enum formfactor_table table,
                    const double b_factor[SPECIES_MAX], const double tilt[2], double slice,
                    double (**wave)[2]) {
    struct waves_setup o = {
        .engine = WAVES_MULTISLICE,
        .window = {grid->nx, grid->ny, grid->dx, grid->dy},
        .tile_nx = grid->nx,
        .tile_ny = grid->ny,
        .probe = {.electron = *electron, .tilt = {tilt ? tilt[0] : 0, tilt ? tilt[1] : 0}},
        .table = table,
        .species = &specimen->species,
        .n_probes = 1,
        .max_bytes = 1 << 27};
    memcpy(o.b_factor, b_factor, sizeof o.b_factor);
    o.half_x = waves_half(&o.window, 0);
    o.half_y = waves_half(&o.window, 1);
    TRY(MEM_NEW(*wave, (int64_t)grid->ny * grid->nx));
    int e = slice > 0 ? sliced_wave(specimen, &o, slice, *wave)
                      : thin_wave(specimen, grid, electron, table, b_factor, *wave);
    if (e) mem_free(wave);
    return e;
}

/* --- HRTEM --- */

static void transfer(const struct projection_lens *l, double k, double out[2]) {
    double chi = M_PI * l->lambda * k * k * (l->cs * l->lambda * l->lambda * k * k / 2 - l->defocus);
    double focus = M_PI * l->lambda * l->spread * k * k;
    double slope = M_PI * l->angle * (l->cs * l->lambda * l->lambda * k * k * k - l->defocus * k);
    double a = exp(-focus * focus / 2 - slope * slope);
    if (l->aperture > 0 && k * l->lambda > l->aperture) a = 0;
    out[0] = a * cos(chi);
    out[1] = -a * sin(chi);
}

int projection_hrtem(const struct projection_grid *g, const struct projection_lens *lens, double (*wave)[2],
                     double *image) {
    int64_t n = (int64_t)g->nx * g->ny;
    struct fft *fft = NULL;
    TRY(fft_create(g->ny, g->nx, false, &fft));
    fft_forward(fft, wave);
    for (int y = 0; y < g->ny; y++)
        for (int x = 0; x < g->nx; x++) {
            double t[2], *w = wave[(int64_t)y * g->nx + x], re = w[0];
            transfer(lens,
                     hypot(plane_frequency(x, g->nx) / (g->nx * g->dx),
                           plane_frequency(y, g->ny) / (g->ny * g->dy)),
                     t);
            w[0] = (re * t[0] - w[1] * t[1]) / (double)n;
            w[1] = (re * t[1] + w[1] * t[0]) / (double)n;
        }
    fft_back(fft, wave);
    for (int64_t i = 0; i < n; i++) image[i] = wave[i][0] * wave[i][0] + wave[i][1] * wave[i][1];
    fft_destroy(&fft);
    return ERR_OK;
}

/* --- dark field --- */

/* **Local.** Number of the mode of a box of length l that is nearest to k. */
static int nearest_mode(double k, double l) {
    return (int)lround(k * l);
}

int projection_aperture_plan(const struct projection_grid *g, double pixel, struct projection_aperture *a) {
    double lx = g->nx * g->dx, ly = g->ny * g->dy;
    double limit = waves_limit(&(struct waves_grid){g->nx, g->ny, g->dx, g->dy});
    a->nx = 2 * (int)fmax(1, round(0.5 * lx / pixel)); /* any even size: pixels stay square */
    a->ny = 2 * (int)fmax(1, round(0.5 * ly / pixel));
    if (fmax(lx / a->nx, ly / a->ny) > 0.5 / a->radius)
        FAIL(ERR_INPUT,
             "pixels of %g A are too large for the aperture, which resolves %g A; take smaller ones", pixel,
             1 / a->radius);
    if (hypot(a->k[0], a->k[1]) + a->radius > limit)
        FAIL(ERR_INPUT, "the aperture reaches to %g 1/A, the waves only to %g; take a finer grid",
             hypot(a->k[0], a->k[1]) + a->radius, limit);
    return ERR_OK;
}

/* **Local.** The modes inside the aperture, focused, onto the image's own grid. */
static void select_modes(const struct projection_grid *g, const struct projection_lens *lens,
                         const struct projection_aperture *a, const double (*wave)[2], double (*psi)[2]) {
    double lx = g->nx * g->dx, ly = g->ny * g->dy, scale = 1 / ((double)g->nx * g->ny);
    int mx = nearest_mode(a->k[0], lx), my = nearest_mode(a->k[1], ly);
    for (int j = 0; j < a->ny; j++)
        for (int i = 0; i < a->nx; i++) {
            int x = plane_frequency(i, a->nx), y = plane_frequency(j, a->ny);
            double qx = (x + mx) / lx - a->k[0], qy = (y + my) / ly - a->k[1], t[2];
            if (hypot(qx, qy) >= a->radius) continue;
            const double *from =
                wave[(int64_t)((y + my + 2 * g->ny) % g->ny) * g->nx + (x + mx + 2 * g->nx) % g->nx];
            double *to = psi[(int64_t)j * a->nx + i], re, im;
            double turn = -2 * M_PI * (qy * a->shift[0] + qx * a->shift[1]);
            transfer(lens, hypot(qx, qy), t);
            re = scale * (from[0] * t[0] - from[1] * t[1]);
            im = scale * (from[0] * t[1] + from[1] * t[0]);
            to[0] = re * cos(turn) - im * sin(turn);
            to[1] = re * sin(turn) + im * cos(turn);
        }
}

int projection_darkfield(const struct projection_grid *g, const struct projection_lens *lens,
                         const struct projection_aperture *a, double (*wave)[2], double *image) {
    struct fft *forward = NULL, *back = NULL;
    double(*psi)[2] = NULL;
    int64_t n = (int64_t)a->nx * a->ny;
    int e = fft_create(g->ny, g->nx, false, &forward);
    if (!e) e = fft_create(a->ny, a->nx, false, &back);
    if (!e) e = MEM_NEW(psi, n);
    if (!e) {
        fft_forward(forward, wave);
        select_modes(g, lens, a, (const double(*)[2])wave, psi);
        fft_back(back, psi);
        for (int64_t i = 0; i < n; i++) image[i] = psi[i][0] * psi[i][0] + psi[i][1] * psi[i][1];
    }
    fft_destroy(&forward);
    fft_destroy(&back);
    mem_free(&psi);
    return e;
}

/* --- incoherent images --- */

struct ring_integrand {
    enum formfactor_table table;
    int number;
};

static double ring(double k, void *data) {
    const struct ring_integrand *r = data;
    double f = formfactor_at(r->table, r->number, k);
    return f * f * 2 * M_PI * k;
}

double projection_cross_section(const struct formfactor_electron *electron, enum formfactor_table table,
                                int number, double inner, double outer) {
    struct ring_integrand r = {table, number};
    gsl_function f = {ring, &r};
    gsl_integration_glfixed_table *t = gsl_integration_glfixed_table_alloc(64);
    if (!t) return NAN;
    double sum = gsl_integration_glfixed(&f, inner / electron->lambda, outer / electron->lambda, t);
    gsl_integration_glfixed_table_free(t);
    return electron->gamma * electron->gamma * electron->lambda * electron->lambda * sum;
}

/* **Local.** Each atom onto the four pixels around it, periodic; per A^2. */
static void deposit(const struct specimen *s, const struct projection_grid *g, const double *weight,
                    double *out) {
    double area = g->dx * g->dy;
    for (int64_t i = 0; i < s->n; i++) {
        double u = s->x[i][0] / g->dx, v = s->x[i][1] / g->dy, w = weight[s->type[i]] / area;
        int x = (int)floor(u), y = (int)floor(v);
        for (int c = 0; c < 4; c++) {
            double share = (c & 1 ? u - x : 1 - (u - x)) * (c & 2 ? v - y : 1 - (v - y));
            int px = ((x + (c & 1)) % g->nx + g->nx) % g->nx, py = ((y + (c >> 1)) % g->ny + g->ny) % g->ny;
            out[(int64_t)py * g->nx + px] += w * share;
        }
    }
}

int projection_incoherent(const struct specimen *specimen, const struct projection_grid *g,
                          const double *weight, double fwhm, double *out) {
    double sigma = fwhm / 2.3548200450309493, *grid = NULL;
    complex_row *wave = NULL;
    struct fft *fft = NULL;
    int64_t n = (int64_t)g->nx * g->ny;
    int e = MEM_NEW(grid, n);
    if (!e) e = MEM_NEW(wave, n);
    if (!e) e = fft_create(g->ny, g->nx, false, &fft);
    if (!e) {
        deposit(specimen, g, weight, grid);
        for (int64_t i = 0; i < n; i++) wave[i][0] = grid[i];
        fft_forward(fft, wave);
        for (int y = 0; y < g->ny; y++)
            for (int x = 0; x < g->nx; x++) {
                double kx = plane_frequency(x, g->nx) / (g->nx * g->dx);
                double ky = plane_frequency(y, g->ny) / (g->ny * g->dy);
                double a = exp(-2 * M_PI * M_PI * sigma * sigma * (kx * kx + ky * ky)) / (double)n;
                for (int c = 0; c < 2; c++) wave[(int64_t)y * g->nx + x][c] *= a;
            }
        fft_back(fft, wave);
        for (int64_t i = 0; i < n; i++) out[i] += wave[i][0];
    }
    fft_destroy(&fft);
    mem_free(&grid);
    mem_free(&wave);
    return e;
}

/* --- columns --- */

struct column_work {
    int64_t *start, *order, n_cells;
    double *depth;
};

static int64_t cell_of(const struct specimen *s, const struct projection_columns *c, int64_t i) {
    int x = (int)(s->x[i][0] / c->dx), y = (int)(s->x[i][1] / c->dy);
    x = x < 0 ? 0 : x >= c->nx ? c->nx - 1 : x;
    y = y < 0 ? 0 : y >= c->ny ? c->ny - 1 : y;
    return (int64_t)y * c->nx + x;
}

static int sort_atoms(const struct specimen *s, const struct projection_columns *c, struct column_work *w) {
    int64_t *fill = NULL;
    w->n_cells = (int64_t)c->nx * c->ny;
    TRY(MEM_NEW(w->start, w->n_cells + 1));
    TRY(MEM_NEW(w->order, s->n));
    TRY(MEM_NEW(w->depth, s->n));
    TRY(MEM_NEW(fill, w->n_cells));
    for (int64_t i = 0; i < s->n; i++) w->start[cell_of(s, c, i) + 1]++;
    for (int64_t k = 0; k < w->n_cells; k++) w->start[k + 1] += w->start[k];
    for (int64_t i = 0; i < s->n; i++) {
        int64_t cell = cell_of(s, c, i), to = w->start[cell] + fill[cell]++;
        w->order[to] = i;
        w->depth[to] = s->x[i][2];
    }
    mem_free(&fill);
    return ERR_OK;
}

/* **Local.** Sum of the gaps that count, and for each piece one atom: the cube root of the volume of an atom,
 * since matter reaches half of that beyond its outermost atoms. */
static double depth_of(double *z, int64_t n, double area, double gap) {
    double sum = 0;
    int64_t pieces = n > 0;
    gsl_sort(z, 1, (size_t)n);
    for (int64_t i = 1; i < n; i++) {
        if (z[i] - z[i - 1] < gap) sum += z[i] - z[i - 1];
        else pieces++;
    }
    double depth = sum;
    for (int k = 0; k < 5 && n > 0; k++) depth = sum + (double)pieces * cbrt(area * depth / (double)n);
    return depth;
}

static void fill_cell(const struct specimen *s, struct column_work *w, int64_t cell, double gap,
                      struct projection_columns *c) {
    int64_t first = w->start[cell], n = w->start[cell + 1] - first, count[SPECIES_MAX] = {0};
    double mass = 0, volume;
    for (int64_t i = first; i < first + n; i++) {
        int type = s->type[w->order[i]];
        count[type]++;
        mass += s->species.mass[type];
    }
    c->thickness[cell] = depth_of(w->depth + first, n, c->dx * c->dy, gap);
    volume = c->thickness[cell] * c->dx * c->dy;
    c->number_density[cell] = volume > 0 ? (double)n / volume : NAN;
    c->density[cell] = volume > 0 ? mass / volume * 1.66053906660 : NAN;
    for (int t = 0; t < s->species.n; t++) c->fraction[t][cell] = n ? (double)count[t] / (double)n : NAN;
}

int projection_columns_make(const struct specimen *specimen, double cell, double gap,
                            struct projection_columns *c) {
    struct column_work w = {0};
    *c = (struct projection_columns){.nx = (int)fmax(1, floor(specimen->edge[0] / cell)),
                                     .ny = (int)fmax(1, floor(specimen->edge[1] / cell))};
    c->dx = specimen->edge[0] / c->nx;
    c->dy = specimen->edge[1] / c->ny;
    int64_t n = (int64_t)c->nx * c->ny;
    int e = MEM_NEW(c->thickness, n);
    if (!e) e = MEM_NEW(c->number_density, n);
    if (!e) e = MEM_NEW(c->density, n);
    for (int t = 0; t < specimen->species.n && !e; t++) e = MEM_NEW(c->fraction[t], n);
    if (!e) e = sort_atoms(specimen, c, &w);
    for (int64_t k = 0; k < n && !e; k++) fill_cell(specimen, &w, k, gap, c);
    mem_free(&w.start);
    mem_free(&w.order);
    mem_free(&w.depth);
    return e;
}

void projection_columns_free(struct projection_columns *c) {
    mem_free(&c->thickness);
    mem_free(&c->number_density);
    mem_free(&c->density);
    for (int t = 0; t < SPECIES_MAX; t++) mem_free(&c->fraction[t]);
}
