/* slices - from atoms to the phase that a slice gives an electron, and to its transmission function.
 *
 *     phase(r) = (gamma lambda / area) sum_k exp(2 pi i k r) sum_species f(k) exp(-B k^2 / 4) sum_atoms
 * exp(-2 pi i k r_a)
 *
 * The sum over atoms is a non-uniform Fourier transform: atoms are spread over SLICES_SPREAD pixels with the
 * "exponential of semicircle" kernel, transformed, and divided by the kernel's transform (barnett2019). The
 * band limit of two thirds is the oversampling of 1.5 that this needs; the error is below 1e-6 of f.
 * Rejected: bilinear deposition (wrong by per cents at large k), direct sums (3e9 terms a second: seconds per
 * tile), adding potentials in real space (a pole at each atom, 20 to 80 times slower in the programs
 * measured).
 *
 * Each atom belongs whole to the slice that holds its centre. exp(i phase) is band-limited again, so that a
 * product with a band-limited wave folds back only onto frequencies that the propagator cuts.
 *
 * Included by waves_float.c and waves_double.c after plane.h. */

#define SLICES_SPREAD 8
#define SLICES_BETA (2.04 * SLICES_SPREAD) /* for oversampling by 1.5 */

struct slices {
    struct plane plane, real; /* of the tile: for transmissions and for phases */
    int real_row;             /* numbers from one real row to the next */
    int n_species;
    REAL *factor[SPECIES_MAX];      /* [strip][PLANE_WIDTH][column] */
    complex_row *half[SPECIES_MAX]; /* transform of the spread atoms */
    complex_row *sum, *filter, *strip;
    REAL *grid;
};

static double kernel_at(double s) {
    return s * s < 1 ? exp(SLICES_BETA * (sqrt(1 - s * s) - 1)) : 0;
}

static double kernel_wave(double s, void *xi) {
    return kernel_at(s) * cos(M_PI * *(double *)xi * SLICES_SPREAD * s);
}

/* **Local.** 1 / transform of the kernel at the frequencies of n pixels. */
static int slices_deconvolution(int n, double **out) {
    gsl_integration_glfixed_table *t = gsl_integration_glfixed_table_alloc(64);
    if (!t) FAIL(ERR_MEMORY, "no memory for a quadrature rule");
    int e = MEM_NEW(*out, n);
    for (int i = 0; i < n && !e; i++) {
        double xi = (double)plane_frequency(i, n) / n;
        gsl_function f = {kernel_wave, &xi};
        (*out)[i] = 2 / (SLICES_SPREAD * gsl_integration_glfixed(&f, -1, 1, t));
    }
    gsl_integration_glfixed_table_free(t);
    return e;
}

static void slices_destroy(struct slices *s) {
    plane_destroy(&s->plane);
    plane_destroy(&s->real);
    for (int k = 0; k < SPECIES_MAX; k++) {
        mem_free(&s->factor[k]);
        mem_free(&s->half[k]);
    }
    mem_free(&s->sum);
    mem_free(&s->filter);
    mem_free(&s->strip);
    mem_free(&s->grid);
}

/* **Local.** Scattering factors times everything constant, where the band limit leaves them. */
static int slices_factors(struct slices *s, const struct waves_setup *o, const double *dec_x,
                          const double *dec_y) {
    const struct plane *p = &s->real;
    const struct waves_grid g = {p->nx, p->ny, o->window.dx, o->window.dy};
    double lx = g.nx * g.dx, ly = g.ny * g.dy, limit = waves_limit(&g);
    double scale = o->probe.electron.gamma * o->probe.electron.lambda / (lx * ly);
    for (int t = 0; t < s->n_species; t++) {
        int64_t size = plane_block(p);
        TRY(MEM_NEW(s->factor[t], p->n_strips * size));
        TRY(MEM_NEW(s->half[t], (int64_t)p->ny * p->row));
        for (int strip = 0; strip < p->n_strips; strip++)
            for (int y = 0; y < p->ny; y++)
                for (int c = 0; c < p->strip_n[strip]; c++) {
                    int x = p->strip_at[strip] + c;
                    double k = hypot(x / lx, plane_frequency(y, p->ny) / ly);
                    if (k >= limit) continue;
                    double f = formfactor_at(o->table, o->species->number[t], k);
                    s->factor[t][strip * size + c * p->column + y] =
                        (REAL)(scale * f * exp(-o->b_factor[t] * k * k / 4) * dec_x[x] * dec_y[y]);
                }
    }
    return ERR_OK;
}

/* **Local.** 1 / (nx ny) inside the band limit, 0 outside. */
static void slices_mask(struct slices *s, const struct waves_setup *o) {
    const struct plane *p = &s->plane;
    const struct waves_grid g = {p->nx, p->ny, o->window.dx, o->window.dy};
    double limit = waves_limit(&g);
    for (int strip = 0; strip < p->n_strips; strip++)
        for (int y = 0; y < p->ny; y++)
            for (int c = 0; c < p->strip_n[strip]; c++) {
                int x = plane_frequency(p->strip_at[strip] + c, p->nx);
                double k = hypot(x / (g.nx * g.dx), plane_frequency(y, p->ny) / (g.ny * g.dy));
                if (o->unlimited || k < limit)
                    s->filter[strip * plane_block(p) + c * p->column + y][0] =
                        (REAL)(1 / ((double)p->nx * p->ny));
            }
}

static int slices_create(struct slices *s, const struct waves_setup *o) {
    struct waves_grid g = {o->tile_nx, o->tile_ny, o->window.dx, o->window.dy};
    double *dec_x = NULL, *dec_y = NULL;
    int e = ERR_OK, half = waves_half(&g, 0);
    s->n_species = o->species->n;

    TRY_TO(out, plane_create(&s->real, g.nx, g.ny, half, true));
    s->real_row = 2 * s->real.row;
    TRY_TO(out, plane_create(&s->plane, g.nx, g.ny, o->unlimited ? -1 : half, false));
    TRY_TO(out, slices_deconvolution(g.nx, &dec_x));
    TRY_TO(out, slices_deconvolution(g.ny, &dec_y));
    TRY_TO(out, slices_factors(s, o, dec_x, dec_y));
    TRY_TO(out, MEM_NEW(s->sum, (int64_t)g.ny * s->real.row));
    TRY_TO(out, MEM_NEW(s->strip, plane_block(&s->real)));
    TRY_TO(out, MEM_NEW(s->grid, (int64_t)g.ny * s->real_row));
    TRY_TO(out, MEM_NEW(s->filter, s->plane.n_strips * plane_block(&s->plane)));
    slices_mask(s, o);
out:
    mem_free(&dec_x);
    mem_free(&dec_y);
    return e;
}

static void spread_atom(struct slices *s, double u, double v) {
    int nx = s->real.nx, ny = s->real.ny;
    int x0 = (int)floor(u - SLICES_SPREAD / 2.0) + 1, y0 = (int)floor(v - SLICES_SPREAD / 2.0) + 1;
    REAL wx[SLICES_SPREAD];
    int at[SLICES_SPREAD];
    for (int i = 0; i < SLICES_SPREAD; i++) {
        wx[i] = (REAL)kernel_at((x0 + i - u) * (2.0 / SLICES_SPREAD));
        at[i] = (x0 + i) % nx + ((x0 + i) % nx < 0 ? nx : 0);
    }
    for (int j = 0; j < SLICES_SPREAD; j++) {
        REAL wy = (REAL)kernel_at((y0 + j - v) * (2.0 / SLICES_SPREAD));
        int y = (y0 + j) % ny + ((y0 + j) % ny < 0 ? ny : 0);
        REAL *row = s->grid + (int64_t)y * s->real_row;
        for (int i = 0; i < SLICES_SPREAD; i++) row[at[i]] += wx[i] * wy;
    }
}

/* The atoms [from, to) of one species, spread and transformed along the rows; false when there are none. */
static bool spread_species(struct slices *s, const struct waves_setup *o, const struct waves_slab *slab,
                           int64_t from, int64_t to, int type) {
    bool any = false;
    for (int64_t a = from; a < to; a++) {
        if (slab->type[a] != type) continue;
        if (!any) memset(s->grid, 0, (size_t)s->real.ny * (size_t)s->real_row * sizeof *s->grid);
        any = true;
        spread_atom(s, slab->x[a][0] / o->window.dx, slab->x[a][1] / o->window.dy);
    }
    for (int y = 0; y < s->real.ny && any; y++) FFTW(execute_dft_r2c)
    (s->real.real_forward, s->grid + (int64_t)y * s->real_row,
     (FFTW(complex) *)(s->half[type] + (int64_t)y * s->real.row));
    return any;
}

/* **Local.** The phase of slices [first, end) together, rows of s->real_row numbers. */
static void slices_phase(struct slices *s, const struct waves_setup *o, const struct waves_slab *slab,
                         int first, int end, REAL *phase) {
    struct plane *p = &s->real;
    int64_t size = plane_block(p);
    bool any[SPECIES_MAX];
    for (int t = 0; t < s->n_species; t++)
        any[t] = spread_species(s, o, slab, slab->start[first], slab->start[end], t);
    for (int strip = 0; strip < p->n_strips; strip++) {
        memset(s->strip, 0, (size_t)size * sizeof *s->strip);
        for (int t = 0; t < s->n_species; t++) {
            if (!any[t]) continue;
            const REAL *f = s->factor[t] + strip * size;
            plane_down(p, s->half[t], strip);
            for (int64_t i = 0; i < size; i++)
                for (int c = 0; c < 2; c++) s->strip[i][c] += f[i] * p->block[i][c];
        }
        memcpy(p->block, s->strip, (size_t)size * sizeof *s->strip);
        plane_up(p, s->sum, strip);
    }
    for (int y = 0; y < p->ny; y++) {
        complex_row *row = s->sum + (int64_t)y * p->row;
        memset(row + p->half + 1, 0, (size_t)(p->row - p->half - 1) * sizeof *row);
        FFTW(execute_dft_c2r)(p->real_back, (FFTW(complex) *)row, phase + (int64_t)y * s->real_row);
    }
}

/* **Local.** exp(i phase), band-limited: ny rows of plane.row complex numbers. */
static void slices_transmission(struct slices *s, const REAL *phase, complex_row *t) {
    struct plane *p = &s->plane;
    for (int y = 0; y < p->ny; y++) {
        complex_row *row = t + (int64_t)y * p->row;
        const REAL *v = phase + (int64_t)y * s->real_row;
        for (int x = 0; x < p->nx; x++) REAL_SIN_COS(v[x], &p->line[x][1], &p->line[x][0]);
        plane_row_forward(p, p->line, row);
        plane_clear(p, row);
    }
    plane_filter(p, t, s->filter);
    for (int y = 0; y < p->ny; y++) {
        complex_row *row = t + (int64_t)y * p->row;
        plane_row_back(p, row, p->line);
        memcpy(row, p->line, (size_t)p->nx * sizeof *row);
    }
}
