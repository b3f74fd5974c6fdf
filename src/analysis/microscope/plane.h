/* plane - two-dimensional Fourier transforms of one array, cut to the frequencies that a band limit leaves.
 *
 * Rows are transformed one by one, columns eight at a time: they are gathered into a strip, transformed into
 * rows of a small block that stays in the first-level cache, multiplied by a filter there, and transformed
 * back. So forward transform, filter and inverse transform of a slice cost one pass over the columns and one
 * over the rows, and columns beyond the band limit, known to be zero, are left out. Rows are an odd multiple
 * of 64 bytes apart, because columns of a power of two collide in the cache.
 *
 * Measured for 256^2, single (ms per slice: two transforms, two products): 0.21; FFTW's 2-D transform planned
 * by measurement 0.30, by estimate 3.4; these pieces in place 0.34. Plans by estimate are the same every
 * time; measured plans are not, and with them patterns would differ in the last digits from run to run
 * (rejected).
 *
 * Included by waves_float.c and waves_double.c, which define REAL and FFTW(). Forward: exp(-2 pi i k x), no
 * factors anywhere. */

#define PLANE_WIDTH 8

typedef REAL complex_row[2];

struct plane {
    int nx, ny;
    int row, column;                   /* complex numbers from one row, one column of a block to the next */
    int half;                          /* columns 0 .. half and nx - half .. nx - 1 are kept */
    int n_strips, *strip_at, *strip_n; /* first column and columns of each strip */
    FFTW(plan) row_forward, row_back, column_forward, column_back, real_forward, real_back;
    complex_row *gathered; /* [ny][PLANE_WIDTH], then [PLANE_WIDTH][column] */
    complex_row *block;    /* [PLANE_WIDTH][column]: the columns of one strip, transformed */
    complex_row *line;     /* a row between two transforms */
};

static int plane_up_to(int n) {
    return (n + PLANE_WIDTH - 1) / PLANE_WIDTH;
}

static int64_t plane_block(const struct plane *p) {
    return (int64_t)PLANE_WIDTH * p->column;
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
    mem_free(&p->gathered);
    mem_free(&p->block);
    mem_free(&p->line);
}

static void add_strips(struct plane *p, int from, int to) {
    for (int x = from; x < to; x += PLANE_WIDTH) {
        p->strip_at[p->n_strips] = x;
        p->strip_n[p->n_strips++] = to - x < PLANE_WIDTH ? to - x : PLANE_WIDTH;
    }
}

static int plan_transforms(struct plane *p, complex_row *scratch) {
    int one = p->ny;
    FFTW(complex) *g = (FFTW(complex) *)p->gathered, *b = (FFTW(complex) *)p->block;
    FFTW(complex) *r = (FFTW(complex) *)scratch, *l = (FFTW(complex) *)p->line;
    p->row_forward = FFTW(plan_dft_1d)(p->nx, l, r, FFTW_FORWARD, FFTW_ESTIMATE);
    p->row_back = FFTW(plan_dft_1d)(p->nx, r, l, FFTW_BACKWARD, FFTW_ESTIMATE);
    p->real_forward = FFTW(plan_dft_r2c_1d)(p->nx, (REAL *)l, r, FFTW_ESTIMATE);
    p->real_back = FFTW(plan_dft_c2r_1d)(p->nx, r, (REAL *)l, FFTW_ESTIMATE);
    p->column_forward = FFTW(plan_many_dft)(1, &one, PLANE_WIDTH, g, &one, PLANE_WIDTH, 1, b, &one, 1,
                                            p->column, FFTW_FORWARD, FFTW_ESTIMATE);
    p->column_back = FFTW(plan_dft_1d)(p->ny, b, g, FFTW_BACKWARD, FFTW_ESTIMATE);
    if (!p->row_forward || !p->row_back || !p->real_forward || !p->real_back || !p->column_forward ||
        !p->column_back)
        FAIL(ERR_INTERNAL, "FFTW made no plan for %d x %d", p->nx, p->ny);
    return ERR_OK;
}

/* **Local.** half < 0: all columns are kept. real: the arrays are real in space and hold columns 0 .. half.
 */
static int plane_create(struct plane *p, int nx, int ny, int half, bool real) {
    complex_row *scratch = NULL;
    *p = (struct plane){.nx = nx, .ny = ny, .half = half};
    p->row = PLANE_WIDTH * (plane_up_to(nx) | 1);
    p->column = PLANE_WIDTH * plane_up_to(ny);
    if (half < 0 || 2 * half + 1 >= nx) p->half = nx / 2;
    TRY(MEM_NEW(p->strip_at, nx / PLANE_WIDTH + 2));
    TRY(MEM_NEW(p->strip_n, nx / PLANE_WIDTH + 2));
    TRY(MEM_NEW(p->gathered, plane_block(p)));
    TRY(MEM_NEW(p->block, plane_block(p)));
    TRY(MEM_NEW(p->line, p->row));
    if (real) add_strips(p, 0, p->half + 1);
    else if (2 * p->half + 1 >= nx) add_strips(p, 0, nx);
    else {
        add_strips(p, 0, p->half + 1);
        add_strips(p, nx - p->half, nx);
    }
    TRY(MEM_NEW(scratch, p->row));
    int e = plan_transforms(p, scratch);
    mem_free(&scratch);
    return e;
}

/* The clones differ in speed, not in results: no contraction. */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__)
#define PLANE_CLONES __attribute__((target_clones("avx512f", "avx2", "default"), optimize("O3")))
#else
#define PLANE_CLONES
#endif

/* a *= b, n complex numbers. */
PLANE_CLONES static void plane_multiply(complex_row *restrict a, const complex_row *restrict b, int n) {
    REAL *restrict x = &a[0][0];
    const REAL *restrict y = &b[0][0];
    for (int i = 0; i < n; i++) {
        REAL re = x[2 * i] * y[2 * i] - x[2 * i + 1] * y[2 * i + 1];
        REAL im = x[2 * i] * y[2 * i + 1] + x[2 * i + 1] * y[2 * i];
        x[2 * i] = re;
        x[2 * i + 1] = im;
    }
}

/* The columns of strip s, transformed, into the block. */
static void plane_down(const struct plane *p, const complex_row *a, int s) {
    int n = p->strip_n[s];
    const complex_row *from = a + p->strip_at[s];
    for (int y = 0; y < p->ny; y++)
        memcpy(p->gathered + y * PLANE_WIDTH, from + (int64_t)y * p->row, (size_t)n * sizeof *a);
    FFTW(execute)(p->column_forward);
}

/* The block, transformed back, to the columns of strip s. */
static void plane_up(const struct plane *p, complex_row *a, int s) {
    int n = p->strip_n[s];
    complex_row *to = a + p->strip_at[s];
    for (int c = 0; c < n; c++) FFTW(execute_dft)
    (p->column_back, (FFTW(complex) *)(p->block + c * p->column),
     (FFTW(complex) *)(p->gathered + c * p->column));
    for (int y = 0; y < p->ny; y++) {
        complex_row *row = to + (int64_t)y * p->row;
        const complex_row *from = p->gathered + y;
        if (n == PLANE_WIDTH)
            for (int c = 0; c < PLANE_WIDTH; c++) memcpy(row + c, from + c * p->column, sizeof *row);
        else
            for (int c = 0; c < n; c++) memcpy(row + c, from + c * p->column, sizeof *row);
    }
}

static void plane_row_forward(const struct plane *p, complex_row *line, complex_row *row) {
    FFTW(execute_dft)(p->row_forward, (FFTW(complex) *)line, (FFTW(complex) *)row);
}

static void plane_row_back(const struct plane *p, complex_row *row, complex_row *line) {
    FFTW(execute_dft)(p->row_back, (FFTW(complex) *)row, (FFTW(complex) *)line);
}

/* Zero the columns that are not kept. */
static void plane_clear(const struct plane *p, complex_row *row) {
    int n = p->nx - 2 * p->half - 1;
    if (n > 0) memset(row + p->half + 1, 0, (size_t)n * sizeof *row);
}

/* Columns: forward, times filter ([strip][PLANE_WIDTH][column]), back. */
static void plane_filter(const struct plane *p, complex_row *a, const complex_row *filter) {
    int64_t size = plane_block(p);
    for (int s = 0; s < p->n_strips; s++) {
        plane_down(p, a, s);
        plane_multiply(p->block, filter + s * size, (int)size);
        plane_up(p, a, s);
    }
}

/* The signed frequency of index i of n. */
static int plane_frequency(int i, int n) {
    return i <= n / 2 ? i : i - n;
}
