/* plane - two-dimensional Fourier transforms of one array, cut to the frequencies that a band limit leaves.
 *
 * Rows are transformed one by one, columns eight at a time through a strip that stays in the first-level
 * cache; a product with a filter happens while the strip is there, so forward transform, filter and inverse
 * transform of a slice cost one pass over the columns and one over the rows. Columns beyond the band limit
 * are known to be zero and are left out. Measured for 256^2, single: 0.34 ms per slice (two transforms, two
 * products) against 0.30 with FFTW's own 2-D transform planned by measurement and 3.4 with it planned by
 * estimate. Estimate plans of these one-dimensional pieces are the same every time; measured plans are not,
 * and with them patterns would differ in the last digits from run to run (rejected).
 *
 * Included by waves_float.c and waves_double.c, which define REAL and FFTW(). Forward: exp(-2 pi i k x), no
 * factors anywhere. */

#define PLANE_WIDTH 8

typedef REAL complex_row[2];

struct plane {
    int nx, ny, row; /* row: complex numbers from one row to the next, a multiple of PLANE_WIDTH */
    int half;        /* columns 0 .. half and nx - half .. nx - 1 are kept */
    int n_strips, *strip_at, *strip_n; /* first column and columns of each strip */
    FFTW(plan) row_forward, row_back, column_forward, column_back, real_forward, real_back;
    complex_row *strip; /* [ny][PLANE_WIDTH] */
};

static int plane_row(int nx) {
    return (nx + PLANE_WIDTH - 1) / PLANE_WIDTH * PLANE_WIDTH;
}

static void plane_destroy(struct plane *p) {
    FFTW(plan) * plans[] = {&p->row_forward, &p->row_back,     &p->column_forward,
                            &p->column_back, &p->real_forward, &p->real_back};
    for (int k = 0; k < 6; k++) {
        if (*plans[k]) FFTW(destroy_plan)(*plans[k]);
        *plans[k] = NULL;
    }
    mem_free(&p->strip_at);
    mem_free(&p->strip_n);
    mem_free(&p->strip);
}

static void add_strips(struct plane *p, int from, int to) {
    for (int x = from; x < to; x += PLANE_WIDTH) {
        p->strip_at[p->n_strips] = x;
        p->strip_n[p->n_strips++] = to - x < PLANE_WIDTH ? to - x : PLANE_WIDTH;
    }
}

/* **Local.** half < 0: all columns are kept. real: the arrays are real in space and hold columns 0 .. half.
 */
static int plane_create(struct plane *p, int nx, int ny, int half, bool real) {
    int one = ny, scratch_n = plane_row(nx);
    complex_row *scratch = NULL;
    *p = (struct plane){.nx = nx, .ny = ny, .row = plane_row(nx), .half = half};
    if (half < 0 || 2 * half + 1 >= nx) p->half = nx / 2;
    TRY(MEM_NEW(p->strip_at, nx / PLANE_WIDTH + 2));
    TRY(MEM_NEW(p->strip_n, nx / PLANE_WIDTH + 2));
    TRY(MEM_NEW(p->strip, (int64_t)ny * PLANE_WIDTH));
    if (real) add_strips(p, 0, p->half + 1);
    else if (2 * p->half + 1 >= nx) add_strips(p, 0, nx);
    else {
        add_strips(p, 0, p->half + 1);
        add_strips(p, nx - p->half, nx);
    }
    TRY(MEM_NEW(scratch, 2 * scratch_n));
    complex_row *second = scratch + scratch_n;
    FFTW(complex) *s = (FFTW(complex) *)p->strip, *r = (FFTW(complex) *)scratch;
    p->row_forward = FFTW(plan_dft_1d)(nx, r, r, FFTW_FORWARD, FFTW_ESTIMATE);
    p->row_back = FFTW(plan_dft_1d)(nx, r, r, FFTW_BACKWARD, FFTW_ESTIMATE);
    p->real_forward = FFTW(plan_dft_r2c_1d)(nx, (REAL *)scratch, (FFTW(complex) *)second, FFTW_ESTIMATE);
    p->real_back = FFTW(plan_dft_c2r_1d)(nx, (FFTW(complex) *)second, (REAL *)scratch, FFTW_ESTIMATE);
    p->column_forward = FFTW(plan_many_dft)(1, &one, PLANE_WIDTH, s, &one, PLANE_WIDTH, 1, s, &one,
                                            PLANE_WIDTH, 1, FFTW_FORWARD, FFTW_ESTIMATE);
    p->column_back = FFTW(plan_many_dft)(1, &one, PLANE_WIDTH, s, &one, PLANE_WIDTH, 1, s, &one, PLANE_WIDTH,
                                         1, FFTW_BACKWARD, FFTW_ESTIMATE);
    mem_free(&scratch);
    if (!p->row_forward || !p->row_back || !p->real_forward || !p->real_back || !p->column_forward ||
        !p->column_back)
        FAIL(ERR_INTERNAL, "FFTW made no plan for %d x %d", nx, ny);
    return ERR_OK;
}

/* a *= b, n complex numbers. The clones differ in speed, not in results: no contraction. */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__)
__attribute__((target_clones("avx512f", "avx2", "default"), optimize("O3")))
#endif
static void
plane_multiply(complex_row *restrict a, const complex_row *restrict b, int n) {
    REAL *restrict x = &a[0][0];
    const REAL *restrict y = &b[0][0];
    for (int i = 0; i < n; i++) {
        REAL re = x[2 * i] * y[2 * i] - x[2 * i + 1] * y[2 * i + 1];
        REAL im = x[2 * i] * y[2 * i + 1] + x[2 * i + 1] * y[2 * i];
        x[2 * i] = re;
        x[2 * i + 1] = im;
    }
}

static void plane_gather(const struct plane *p, const complex_row *a, int s) {
    int n = p->strip_n[s];
    const complex_row *from = a + p->strip_at[s];
    for (int y = 0; y < p->ny; y++)
        memcpy(p->strip + y * PLANE_WIDTH, from + (int64_t)y * p->row, (size_t)n * sizeof *a);
}

static void plane_scatter(const struct plane *p, complex_row *a, int s) {
    int n = p->strip_n[s];
    complex_row *to = a + p->strip_at[s];
    for (int y = 0; y < p->ny; y++)
        memcpy(to + (int64_t)y * p->row, p->strip + y * PLANE_WIDTH, (size_t)n * sizeof *a);
}

static void plane_column_forward(const struct plane *p) {
    FFTW(execute)(p->column_forward);
}

static void plane_column_back(const struct plane *p) {
    FFTW(execute)(p->column_back);
}

static void plane_row_forward(const struct plane *p, complex_row *row) {
    FFTW(execute_dft)(p->row_forward, (FFTW(complex) *)row, (FFTW(complex) *)row);
}

static void plane_row_back(const struct plane *p, complex_row *row) {
    FFTW(execute_dft)(p->row_back, (FFTW(complex) *)row, (FFTW(complex) *)row);
}

/* Zero the columns that are not kept. */
static void plane_clear(const struct plane *p, complex_row *row) {
    int n = p->nx - 2 * p->half - 1;
    if (n > 0) memset(row + p->half + 1, 0, (size_t)n * sizeof *row);
}

/* Columns: forward, times filter (NULL: 1; strip by strip, [strip][ny][PLANE_WIDTH]), back. */
static void plane_filter(const struct plane *p, complex_row *a, const complex_row *filter) {
    int64_t size = (int64_t)p->ny * PLANE_WIDTH;
    for (int s = 0; s < p->n_strips; s++) {
        plane_gather(p, a, s);
        plane_column_forward(p);
        plane_multiply(p->strip, filter + s * size, (int)size);
        plane_column_back(p);
        plane_scatter(p, a, s);
    }
}

/* The signed frequency of index i of n. */
static int plane_frequency(int i, int n) {
    return i <= n / 2 ? i : i - n;
}
