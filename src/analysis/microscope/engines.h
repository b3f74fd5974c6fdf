/* engines - multislice, kinematic and prism over the same planes and slices.
 *
 * Probe by probe through all slices held: the wave stays in the second-level cache while transmission
 * functions stream past. When not all slices fit into max_bytes, they are made in portions and the waves of
 * the call wait in between.
 *
 * Prism with interpolation keeps each beam in real space, where the square around a probe is cut; without,
 * its pattern is kept, which is smaller and needs no transform a probe.
 *
 * Included by waves_float.c and waves_double.c after slices.h. */

struct waves {
    struct waves_setup o;
    struct species species;
    struct slices slices;
    struct plane plane, real; /* of the window */
    struct probe_beams beams;
    bool *strip_used; /* [plane.n_strips]: holds beams */
    complex_row *stack;
    REAL *phase;    /* one slice */
    int held;       /* slices that `stack` (multislice) or `phases` (curvature) has room for */
    int64_t serial; /* of the slab in them */
    int first_held;
    complex_row *propagator; /* strips; 1 / (nx ny) included */
    double dz;               /* it belongs to */
    complex_row *wave, *second, *waiting;
    complex_row *matrix;  /* prism: [beam][pattern], or with interpolation [beam][box] */
    int reach_x, reach_y; /* what finish_wave gives to each side; the pattern's half but with interpolation */
    int box_x, box_y, crop_x,
        crop_y; /* with interpolation: pixels of the box, of the square around a probe */
    struct fft *box, *crop;
    int64_t matrix_serial;
    complex_row *leaving; /* where engines_leave wants the wave; else NULL */
};

static void engines_destroy(struct waves **waves) {
    struct waves *w = *waves;
    if (!w) return;
    slices_destroy(&w->slices);
    plane_destroy(&w->plane);
    plane_destroy(&w->real);
    probe_free(&w->beams);
    mem_free(&w->strip_used);
    mem_free(&w->stack);
    mem_free(&w->phase);
    mem_free(&w->propagator);
    mem_free(&w->wave);
    mem_free(&w->second);
    mem_free(&w->waiting);
    mem_free(&w->matrix);
    fft_destroy(&w->box);
    fft_destroy(&w->crop);
    mem_free(waves);
}

static int64_t pattern_size(const struct waves *w) {
    return (int64_t)(2 * w->o.half_x + 1) * (2 * w->o.half_y + 1);
}

/* The numbers that finish_wave gives; those kept of a beam. */
static int64_t reach_size(const struct waves *w) {
    return (int64_t)(2 * w->reach_x + 1) * (2 * w->reach_y + 1);
}

static int64_t beam_size(const struct waves *w) {
    return w->box ? (int64_t)w->box_x * w->box_y : reach_size(w);
}

/* Every f-th beam, and grids in real space just fine enough for the pattern. */
static int create_interpolation(struct waves *w) {
    struct waves_setup *o = &w->o;
    int f = o->interpolation, half[2] = {waves_half(&o->window, 0), waves_half(&o->window, 1)};
    for (int b = 0; b < w->beams.n; b++) {
        w->beams.i[b] *= f;
        w->beams.j[b] *= f;
    }
    w->crop_x = waves_crop(o, 0);
    w->crop_y = waves_crop(o, 1);
    w->box_x = f * w->crop_x;
    w->box_y = f * w->crop_y;
    w->reach_x = half[0] < w->box_x / 2 - 1 ? half[0] : w->box_x / 2 - 1;
    w->reach_y = half[1] < w->box_y / 2 - 1 ? half[1] : w->box_y / 2 - 1;
    TRY(fft_create(w->box_y, w->box_x, sizeof(REAL) == sizeof(float), &w->box));
    return fft_create(w->crop_y, w->crop_x, sizeof(REAL) == sizeof(float), &w->crop);
}

static void mark_strips(struct waves *w) {
    for (int b = 0; b < w->beams.n; b++) {
        int x = w->beams.i[b] < 0 ? w->beams.i[b] + w->plane.nx : w->beams.i[b];
        for (int s = 0; s < w->plane.n_strips; s++)
            if (x >= w->plane.strip_at[s] && x < w->plane.strip_at[s] + w->plane.strip_n[s])
                w->strip_used[s] = true;
    }
}

static int create_parts(struct waves *w) {
    struct waves_setup *o = &w->o;
    int nx = o->window.nx, ny = o->window.ny, half = o->unlimited ? -1 : waves_half(&o->window, 0);
    TRY(probe_sample(&o->probe, 1 / waves_pixel(o, 0), 1 / waves_pixel(o, 1), &w->beams));
    w->reach_x = o->half_x;
    w->reach_y = o->half_y;
    if (o->engine == WAVES_PRISM && o->interpolation > 1) TRY(create_interpolation(w));
    TRY(plane_create(&w->plane, nx, ny, half, false));
    TRY(plane_create(&w->real, nx, ny, waves_half(&o->window, 0), true));
    TRY(slices_create(&w->slices, o));
    TRY(MEM_NEW(w->strip_used, w->plane.n_strips));
    mark_strips(w);
    TRY(MEM_NEW(w->phase, (int64_t)o->tile_ny * w->slices.real_row));
    TRY(MEM_NEW(w->wave, (int64_t)ny * w->plane.row));
    TRY(MEM_NEW(w->second, (int64_t)ny * w->plane.row));
    TRY(MEM_NEW(w->propagator, w->plane.n_strips * plane_block(&w->plane)));
    if (o->engine == WAVES_PRISM) TRY(MEM_NEW(w->matrix, w->beams.n * beam_size(w)));
    return ERR_OK;
}

static int engines_create(const struct waves_setup *setup, struct waves **waves) {
    struct waves *w = NULL;
    TRY(MEM_NEW(w, 1));
    w->o = *setup;
    w->species = *setup->species;
    w->o.species = &w->species;
    w->serial = w->matrix_serial = INT64_MIN;
    w->dz = NAN;
    int e = create_parts(w);
    if (e) engines_destroy(&w);
    *waves = w;
    return e;
}

/* --- the parts of a slice step */

/* exp(-i pi lambda dz k^2 - 2 pi i dz k tilt) / (nx ny) inside the band limit. */
static void set_propagator(struct waves *w, double dz) {
    const struct plane *p = &w->plane;
    const struct waves_grid *g = &w->o.window;
    double limit = waves_limit(g), lambda = w->o.probe.electron.lambda, norm = 1 / ((double)g->nx * g->ny);
    bool lean = w->o.engine != WAVES_KINEMATIC; /* kinematic: the atoms are sheared instead */
    if (dz == w->dz) return;
    w->dz = dz;
    for (int s = 0; s < p->n_strips; s++)
        for (int y = 0; y < p->ny; y++)
            for (int c = 0; c < p->strip_n[s]; c++) {
                double kx = plane_frequency(p->strip_at[s] + c, p->nx) / (g->nx * g->dx);
                double ky = plane_frequency(y, p->ny) / (g->ny * g->dy), k2 = kx * kx + ky * ky;
                double phase = -M_PI * lambda * dz * k2;
                if (lean) phase -= 2 * M_PI * dz * (kx * w->o.probe.tilt[0] + ky * w->o.probe.tilt[1]);
                if (w->o.still) phase = 0;
                double a = w->o.unlimited || sqrt(k2) < limit ? norm : 0;
                complex_row *to = w->propagator + s * plane_block(p) + c * p->column + y;
                (*to)[0] = (REAL)(a * cos(phase));
                (*to)[1] = (REAL)(a * sin(phase));
            }
}

static void beam_at(const struct waves *w, int b, double at_x, double at_y, double out[2]) {
    double phase = -2 * M_PI *
                   (w->beams.i[b] * at_x / (w->o.window.nx * w->o.window.dx) +
                    w->beams.j[b] * at_y / (w->o.window.ny * w->o.window.dy));
    double c = cos(phase), s = sin(phase), re = w->beams.c[b][0], im = w->beams.c[b][1];
    out[0] = re * c - im * s;
    out[1] = re * s + im * c;
}

/* The probe (or, with only >= 0, one plane wave of amplitude 1) along rows still to be transformed back. */
static void start_wave(struct waves *w, const struct waves_place *at, int only, complex_row *wave) {
    struct plane *p = &w->plane;
    memset(wave, 0, (size_t)p->ny * (size_t)p->row * sizeof *wave);
    for (int s = 0; s < p->n_strips; s++) {
        if (!w->strip_used[s]) continue;
        memset(p->block, 0, (size_t)plane_block(p) * sizeof *p->block);
        for (int b = only < 0 ? 0 : only; b < (only < 0 ? w->beams.n : only + 1); b++) {
            int x = (w->beams.i[b] < 0 ? w->beams.i[b] + p->nx : w->beams.i[b]) - p->strip_at[s];
            int y = w->beams.j[b] < 0 ? w->beams.j[b] + p->ny : w->beams.j[b];
            double c[2] = {1, 0};
            if (x < 0 || x >= p->strip_n[s]) continue;
            if (only < 0) beam_at(w, b, at->at[0], at->at[1], c);
            for (int k = 0; k < 2; k++) p->block[x * p->column + y][k] = (REAL)c[k];
        }
        plane_up(p, wave, s);
    }
}

/* Add weight |psi / (nx ny)|^2, or store psi / (nx ny), for the pixels of the pattern. */
static void finish_wave(struct waves *w, const complex_row *wave, double weight, double *out,
                        complex_row *amplitude) {
    struct plane *p = &w->plane;
    int hx = w->reach_x, hy = w->reach_y, nx = 2 * hx + 1;
    double norm = 1 / ((double)p->nx * p->ny), scale = weight * norm * norm;
    for (int s = 0; s < p->n_strips; s++) {
        int x0 = plane_frequency(p->strip_at[s], p->nx);
        if (x0 > hx || x0 + p->strip_n[s] - 1 < -hx) continue;
        plane_down(p, wave, s);
        for (int c = 0; c < p->strip_n[s]; c++) {
            int i = plane_frequency(p->strip_at[s] + c, p->nx);
            if (i < -hx || i > hx) continue;
            for (int j = -hy; j <= hy; j++) {
                const REAL *z = p->block[c * p->column + (j < 0 ? j + p->ny : j)];
                int64_t to = (int64_t)(j + hy) * nx + i + hx;
                double re = z[0], im = z[1];
                if (out) out[to] += scale * (re * re + im * im);
                else {
                    amplitude[to][0] = (REAL)(re * norm);
                    amplitude[to][1] = (REAL)(im * norm);
                }
            }
        }
    }
}

/* A beam of the matrix: its pattern, or the wave over the box. */
static void finish_beam(struct waves *w, const complex_row *wave, complex_row *out) {
    int hx = w->reach_x, hy = w->reach_y;
    complex_row *psi = w->box ? w->second : out;
    finish_wave(w, wave, 1, NULL, psi);
    if (!w->box) return;
    memset(out, 0, (size_t)beam_size(w) * sizeof *out);
    for (int j = -hy; j <= hy; j++)
        for (int i = -hx; i <= hx; i++)
            memcpy(out + (int64_t)(j < 0 ? j + w->box_y : j) * w->box_x + (i < 0 ? i + w->box_x : i),
                   psi + (int64_t)(j + hy) * (2 * hx + 1) + i + hx, sizeof *out);
    fft_back(w->box, out);
}

/* --- multislice */

static int hold_slices(struct waves *w, int n_slices) {
    int64_t one = (int64_t)w->o.tile_ny * w->slices.plane.row * (int64_t)sizeof *w->stack;
    int64_t most = w->o.max_bytes / one < 1 ? 1 : w->o.max_bytes / one;
    int held = n_slices < most ? n_slices : (int)most;
    if (held == w->held) return ERR_OK;
    mem_free(&w->stack);
    w->held = 0;
    w->serial = INT64_MIN;
    TRY(MEM_NEW(w->stack, held * (one / (int64_t)sizeof *w->stack)));
    w->held = held;
    return ERR_OK;
}

static void make_slices(struct waves *w, const struct waves_slab *slab, int first, int end) {
    int64_t size = (int64_t)w->o.tile_ny * w->slices.plane.row;
    if (w->serial == slab->serial && w->first_held == first) return;
    for (int k = first; k < end; k++) {
        slices_phase(&w->slices, &w->o, slab, k, k + 1, w->phase);
        slices_transmission(&w->slices, w->phase, w->stack + (k - first) * size);
    }
    w->serial = slab->serial;
    w->first_held = first;
}

static void through_slice(struct waves *w, const struct waves_place *at, int k, complex_row *wave) {
    const struct plane *p = &w->plane;
    int64_t tile_row = w->slices.plane.row, size = w->o.tile_ny * tile_row;
    const complex_row *t = w->stack + k * size + at->y * tile_row + at->x;
    for (int y = 0; y < p->ny; y++) {
        complex_row *row = wave + (int64_t)y * p->row;
        plane_row_back(p, row, p->line);
        plane_multiply(p->line, t + y * tile_row, p->nx);
        plane_row_forward(p, p->line, row);
        plane_clear(p, row);
    }
}

/* All slices for n waves; waves start as probes or (prism) as the plane waves of the aperture. */
static int all_slices(struct waves *w, const struct waves_slab *slab, const struct waves_place *place, int n,
                      double weight, double *out) {
    int64_t size = (int64_t)w->plane.ny * w->plane.row;
    bool prism = w->o.engine == WAVES_PRISM;
    TRY(hold_slices(w, slab->n_slices));
    if (w->held < slab->n_slices && !w->waiting)
        TRY(MEM_NEW(w->waiting, (prism ? w->beams.n : w->o.n_probes) * size));
    set_propagator(w, slab->dz);
    for (int first = 0; first < slab->n_slices; first += w->held) {
        int end = first + w->held < slab->n_slices ? first + w->held : slab->n_slices;
        make_slices(w, slab, first, end);
        for (int m = 0; m < n; m++) {
            const struct waves_place *at = prism ? place : place + m;
            complex_row *wave = w->waiting ? w->waiting + m * size : w->wave;
            if (first == 0) start_wave(w, at, prism ? m : -1, wave);
            for (int k = first; k < end; k++) {
                through_slice(w, at, k - first, wave);
                if (k + 1 < slab->n_slices) plane_filter(&w->plane, wave, w->propagator);
            }
            if (end < slab->n_slices) continue;
            if (prism) finish_beam(w, wave, w->matrix + m * beam_size(w));
            else if (w->leaving) finish_wave(w, wave, 1, NULL, w->leaving);
            else finish_wave(w, wave, weight, out + m * pattern_size(w), NULL);
        }
    }
    return ERR_OK;
}

/* --- prism */

/* sum += (re, im) m, n complex numbers. */
PLANE_CLONES static void add_beam(complex_row *restrict sum, const complex_row *restrict m, int n, REAL re,
                                  REAL im) {
    REAL *restrict x = &sum[0][0];
    const REAL *restrict y = &m[0][0];
    for (int i = 0; i < n; i++) {
        x[2 * i] += re * y[2 * i] - im * y[2 * i + 1];
        x[2 * i + 1] += re * y[2 * i + 1] + im * y[2 * i];
    }
}

static void combine_beams(struct waves *w, const struct waves_place *at, double weight, double *out) {
    int64_t n = pattern_size(w);
    complex_row *sum = w->second; /* at least as large as a pattern */
    memset(sum, 0, (size_t)n * sizeof *sum);
    for (int b = 0; b < w->beams.n; b++) {
        double c[2];
        const complex_row *m = w->matrix + b * n;
        beam_at(w, b, at->at[0], at->at[1], c);
        add_beam(sum, m, (int)n, (REAL)c[0], (REAL)c[1]);
    }
    for (int64_t i = 0; i < n; i++)
        out[i] += weight * ((double)sum[i][0] * sum[i][0] + (double)sum[i][1] * sum[i][1]);
}

/* The sum over the square around the probe, transformed. */
static void combine_crops(struct waves *w, const struct waves_place *at, double weight, double *out) {
    int hx = w->o.half_x, hy = w->o.half_y, nx = w->crop_x, ny = w->crop_y;
    double dx = w->o.window.nx * w->o.window.dx / w->box_x, dy = w->o.window.ny * w->o.window.dy / w->box_y;
    int x0 = (int)floor(at->at[0] / dx - nx / 2.0 + 0.5), y0 = (int)floor(at->at[1] / dy - ny / 2.0 + 0.5);
    double norm = 1 / ((double)nx * ny), scale = weight * norm * norm;
    complex_row *sum = w->second; /* at least as large as the square */
    x0 = (x0 % w->box_x + w->box_x) % w->box_x;
    y0 = (y0 % w->box_y + w->box_y) % w->box_y;
    int first = w->box_x - x0 < nx ? w->box_x - x0 : nx;
    memset(sum, 0, (size_t)nx * (size_t)ny * sizeof *sum);
    for (int b = 0; b < w->beams.n; b++) {
        double c[2];
        beam_at(w, b, at->at[0], at->at[1], c);
        for (int y = 0; y < ny; y++) {
            const complex_row *row = w->matrix + b * beam_size(w) + (int64_t)((y0 + y) % w->box_y) * w->box_x;
            add_beam(sum + y * nx, row + x0, first, (REAL)c[0], (REAL)c[1]);
            add_beam(sum + y * nx + first, row, nx - first, (REAL)c[0], (REAL)c[1]);
        }
    }
    fft_forward(w->crop, sum);
    for (int j = -hy; j <= hy; j++)
        for (int i = -hx; i <= hx; i++) {
            const REAL *z = sum[(int64_t)(j < 0 ? j + ny : j) * nx + (i < 0 ? i + nx : i)];
            out[(int64_t)(j + hy) * (2 * hx + 1) + i + hx] +=
                scale * ((double)z[0] * z[0] + (double)z[1] * z[1]);
        }
}

static int prism_patterns(struct waves *w, const struct waves_slab *slab, const struct waves_place *place,
                          int n, double weight, double *out) {
    const struct waves_place whole = {0};
    if (w->matrix_serial != slab->serial) TRY(all_slices(w, slab, &whole, w->beams.n, 1, NULL));
    w->matrix_serial = slab->serial;
    for (int m = 0; m < n; m++)
        (w->box ? combine_crops : combine_beams)(w, place + m, weight, out + m * pattern_size(w));
    return ERR_OK;
}

/* --- kinematic */

/* The real wave of an aberration-free probe, rows of 2 * real.row numbers, into `second`. */
static void real_probe(struct waves *w, const struct waves_place *at) {
    struct plane *p = &w->real;
    complex_row *wave = w->wave;
    memset(wave, 0, (size_t)p->ny * (size_t)p->row * sizeof *wave);
    for (int s = 0; s < p->n_strips; s++) {
        if (!w->strip_used[s]) continue; /* both planes cut the same strips from column 0 up */
        memset(p->block, 0, (size_t)plane_block(p) * sizeof *p->block);
        for (int b = 0; b < w->beams.n; b++) {
            double c[2];
            int x = w->beams.i[b] - p->strip_at[s];
            int y = w->beams.j[b] < 0 ? w->beams.j[b] + p->ny : w->beams.j[b];
            if (x < 0 || x >= p->strip_n[s]) continue;
            beam_at(w, b, at->at[0], at->at[1], c);
            for (int k = 0; k < 2; k++) p->block[x * p->column + y][k] = (REAL)c[k];
        }
        plane_up(p, wave, s);
    }
    for (int y = 0; y < p->ny; y++) FFTW(execute_dft_c2r)
    (p->real_back, (FFTW(complex) *)(wave + (int64_t)y * p->row), (REAL *)(w->second + (int64_t)y * p->row));
}

/* One real transform: I(-k) = I(k) to the last bit. */
static void flat_real(struct waves *w, const struct waves_place *at, double weight, double *out) {
    struct plane *p = &w->real;
    int hx = w->o.half_x, hy = w->o.half_y, nx = 2 * hx + 1;
    double norm = 1 / ((double)p->nx * p->ny), scale = weight * norm * norm;
    real_probe(w, at);
    for (int y = 0; y < p->ny; y++) {
        REAL *row = (REAL *)(w->second + (int64_t)y * p->row);
        const REAL *v = w->phase + (int64_t)(at->y + y) * w->slices.real_row + at->x;
        for (int x = 0; x < p->nx; x++) row[x] *= v[x];
        FFTW(execute_dft_r2c)(p->real_forward, row, (FFTW(complex) *)(w->wave + (int64_t)y * p->row));
    }
    for (int s = 0; s < p->n_strips && p->strip_at[s] <= hx; s++) {
        plane_down(p, w->wave, s);
        for (int c = 0; c < p->strip_n[s]; c++) {
            int i = p->strip_at[s] + c;
            if (i > hx) break;
            for (int j = i ? -hy : 0; j <= hy; j++) {
                const REAL *z = p->block[c * p->column + (j < 0 ? j + p->ny : j)];
                double intensity = scale * ((double)z[0] * z[0] + (double)z[1] * z[1]);
                out[(int64_t)(hy + j) * nx + hx + i] += intensity;
                if (i || j) out[(int64_t)(hy - j) * nx + hx - i] += intensity;
            }
        }
    }
}

/* One transform for all slices together (flat), or one per slice with its depth phase, by Horner's rule from
 * the entrance down: sum <- P sum + FT[phase_s psi0]. */
static void complex_pattern(struct waves *w, const struct waves_slab *slab, const struct waves_place *at,
                            double weight, double *out) {
    struct plane *p = &w->plane;
    int n = w->o.curvature ? slab->n_slices : 1;
    int64_t tile_row = w->slices.real_row, tile = w->o.tile_ny * tile_row, size = (int64_t)p->ny * p->row;
    complex_row *sum = w->second, *probe = w->waiting, *part = w->wave;
    const REAL *phases = w->o.curvature ? (const REAL *)w->stack : w->phase;
    start_wave(w, at, -1, probe);
    for (int y = 0; y < p->ny; y++) {
        plane_row_back(p, probe + (int64_t)y * p->row, p->line);
        memcpy(probe + (int64_t)y * p->row, p->line, (size_t)p->nx * sizeof *probe);
    }
    for (int k = 0; k < n; k++) {
        for (int y = 0; y < p->ny; y++) {
            complex_row *row = part + (int64_t)y * p->row;
            const complex_row *from = probe + (int64_t)y * p->row;
            const REAL *v = phases + k * tile + (at->y + y) * tile_row + at->x;
            for (int x = 0; x < p->nx; x++)
                for (int c = 0; c < 2; c++) p->line[x][c] = from[x][c] * v[x];
            plane_row_forward(p, p->line, row);
            plane_clear(p, row);
        }
        if (k == 0) memcpy(sum, part, (size_t)size * sizeof *sum);
        else { /* rows are transformed: columns of sum go forward, through P, and back */
            plane_filter(p, sum, w->propagator);
            for (int64_t i = 0; i < size; i++)
                for (int c = 0; c < 2; c++) sum[i][c] = part[i][c] + sum[i][c] * (REAL)p->nx;
        }
    }
    finish_wave(w, sum, weight, out, NULL);
}

static int kinematic_patterns(struct waves *w, const struct waves_slab *slab, const struct waves_place *place,
                              int n, double weight, double *out) {
    bool curved = w->o.curvature, real = !curved && w->beams.even;
    int64_t tile = (int64_t)w->o.tile_ny * w->slices.real_row;
    if (!real && !w->waiting) TRY(MEM_NEW(w->waiting, (int64_t)w->plane.ny * w->plane.row));
    if (w->serial != slab->serial) {
        if (!curved) slices_phase(&w->slices, &w->o, slab, 0, slab->n_slices, w->phase);
        else {
            mem_free(&w->stack);
            TRY(MEM_NEW(w->stack, slab->n_slices * tile / 2 + 1));
            for (int k = 0; k < slab->n_slices; k++)
                slices_phase(&w->slices, &w->o, slab, k, k + 1, (REAL *)w->stack + k * tile);
            set_propagator(w, slab->dz);
        }
        w->serial = slab->serial;
    }
    for (int m = 0; m < n; m++) {
        double *to = out + m * pattern_size(w);
        if (real) flat_real(w, place + m, weight, to);
        else complex_pattern(w, slab, place + m, weight, to);
    }
    return ERR_OK;
}

static int engines_add(struct waves *w, const struct waves_slab *slab, const struct waves_place *place, int n,
                       double weight, double *out) {
    if (w->o.engine == WAVES_KINEMATIC) return kinematic_patterns(w, slab, place, n, weight, out);
    if (w->o.engine == WAVES_PRISM) return prism_patterns(w, slab, place, n, weight, out);
    return all_slices(w, slab, place, n, weight, out);
}

/* All slices for one wave; what leaves the specimen, by frequency. */
static int engines_leave(struct waves *w, const struct waves_slab *slab, const struct waves_place *at,
                         double (*amplitude)[2]) {
    complex_row *out = NULL;
    if (w->o.engine != WAVES_MULTISLICE) FAIL(ERR_INTERNAL, "only multislice knows the wave that leaves");
    TRY(MEM_NEW(out, pattern_size(w)));
    w->leaving = out;
    int e = all_slices(w, slab, at, 1, 1, NULL);
    w->leaving = NULL;
    for (int64_t i = 0; i < pattern_size(w) && !e; i++)
        for (int c = 0; c < 2; c++) amplitude[i][c] = out[i][c];
    mem_free(&out);
    return e;
}
