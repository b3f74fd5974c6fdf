/* kernel_mixed - eight pairs at a time in AVX2, also where there is AVX-512: loads and shuffles are the
 * limit, not arithmetic (see kernel_vec.h), and a row is half as wide. Two loops through buffers in L1 for
 * densities, as there. Measured (build/bench/kernels, AVX-512 machine): forces of Cu 134 instead of 161 ns an
 * atom, Cu-Zr 217 instead of 268, on a loaded machine; bench/notes.md has the drift. Dropped after trials:
 * Lennard-Jones (66 instead of 64 ns: nothing to gain), positions in single precision (an error of 2^-24 of
 * the box), single rows for energies as well (energies and virials are asked for every hundredth step, and
 * then come from the double kernels). */
#include "md/kernel_mixed.h"
#include "base/mem.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include <string.h>

#define INLINE static inline __attribute__((always_inline))
#define PAD \
    0x1p72f /* squared distance of padding, in steps: 2^20 A^2, far, and its powers are normal numbers */

typedef __m256 vf;

struct rows {
    float (*near)[8],
        (*far)[4]; /* near: c0 .. c3 of the density, slope of the pair energy; far: this alone */
    const float (*other)[8];
};

struct kernel_mixed {
    int32_t (*x)[4]; /* the fourth: a float, see the passes */
    int64_t capacity;
    int n; /* species with rows */
    struct rows *rows;
};

bool kernel_mixed_runs(void) {
    return kernel_now() != &kernel_plain;
}

static int copy_rows(const struct eam_pair *p, int64_t rows, struct rows *to) {
    TRY(MEM_NEW(to->near, rows));
    if (p->far) TRY(MEM_NEW(to->far, rows));
    for (int64_t k = 0; k < rows; k++)
        for (int c = 0; c < 4; c++) {
            to->near[k][c] = (float)p->near[k][c];
            if (c < 3) to->near[k][4 + c] = (float)p->near[k][5 + c];
            if (c < 3 && p->far) to->far[k][c] = (float)p->far[k][1 + c];
        }
    return ERR_OK;
}

int kernel_mixed_create(const struct eam_table *table, struct kernel_mixed **out) {
    struct kernel_mixed *m = NULL;
    int e = ERR_OK;
    TRY(MEM_NEW(m, 1));
    TRY_TO(out, MEM_NEW(m->rows, table->n * table->n));
    m->n = table->n;
    for (int k = 0; k < m->n * m->n; k++)
        TRY_TO(out, copy_rows(&table->pair[k], (int64_t)table->grid.rows + 1, &m->rows[k]));
    for (int a = 0; a < m->n; a++)
        for (int b = 0; b < m->n; b++)
            if (table->pair[a * m->n + b].other)
                m->rows[a * m->n + b].other = (const float(*)[8])m->rows[b * m->n + a].near;
out:
    if (e) kernel_mixed_destroy(&m);
    *out = m;
    return e;
}

void kernel_mixed_destroy(struct kernel_mixed **mixed) {
    struct kernel_mixed *m = *mixed;
    if (!m) return;
    for (int k = 0; m->rows && k < m->n * m->n; k++) {
        mem_free(&m->rows[k].near);
        mem_free(&m->rows[k].far);
    }
    mem_free(&m->rows);
    mem_free(&m->x);
    mem_free(mixed);
}

int kernel_mixed_positions(struct kernel_mixed *m, const struct kernel_atoms *a) {
    const int64_t rows = (int64_t)a->list->pad + 1;
    if (rows > m->capacity) {
        mem_free(&m->x);
        m->capacity = 0;
        TRY(MEM_NEW(m->x, rows + rows / 16));
        m->capacity = rows + rows / 16;
    }
    /* the low 32 bits of x / step + 1.5 * 2^52 are the nearest integer modulo 2^32 */
    const __m256d inv = _mm256_set1_pd(1 / KERNEL_MIXED_STEP), magic = _mm256_set1_pd(0x1.8p52);
    const __m256i low = _mm256_setr_epi32(0, 2, 4, 6, 0, 0, 0, 0);
    for (int64_t i = 0; i < rows; i++) {
        __m256i u = _mm256_castpd_si256(_mm256_fmadd_pd(_mm256_load_pd(a->x[i]), inv, magic));
        __m128i x = _mm256_castsi256_si128(_mm256_permutevar8x32_epi32(u, low));
        _mm_store_si128((__m128i *)m->x[i], _mm_insert_epi32(x, 0, 3));
    }
    const float pad = PAD;
    memcpy(&m->x[rows - 1][3], &pad, sizeof pad);
    return ERR_OK;
}

/* Columns of eight rows of four floats at base + stride k[.]. */
INLINE void columns(const float *base, int stride, const int32_t *k, vf c[4]) {
    vf a[4];
    for (int m = 0; m < 4; m++)
        a[m] = _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_load_ps(base + (int64_t)stride * k[m])),
                                    _mm_load_ps(base + (int64_t)stride * k[m + 4]), 1);
    vf al = _mm256_unpacklo_ps(a[0], a[1]), ah = _mm256_unpackhi_ps(a[0], a[1]);
    vf bl = _mm256_unpacklo_ps(a[2], a[3]), bh = _mm256_unpackhi_ps(a[2], a[3]);
    c[0] = _mm256_shuffle_ps(al, bl, 0x44);
    c[1] = _mm256_shuffle_ps(al, bl, 0xee);
    c[2] = _mm256_shuffle_ps(ah, bh, 0x44);
    c[3] = _mm256_shuffle_ps(ah, bh, 0xee);
}

/* Separations in steps; what the fourth lanes of the rows hold. */
INLINE vf separations(const int32_t (*x)[4], const __m256i at[3], const int32_t *j, vf d[3]) {
    vf c[4];
    columns((const float *)x[0], 4, j, c);
    for (int a = 0; a < 3; a++) d[a] = _mm256_cvtepi32_ps(_mm256_sub_epi32(_mm256_castps_si256(c[a]), at[a]));
    return c[3];
}

INLINE vf length2(const vf d[3], vf start) {
    vf r2 = _mm256_fmadd_ps(d[2], d[2], _mm256_fmadd_ps(d[1], d[1], _mm256_fmadd_ps(d[0], d[0], start)));
    return r2 * _mm256_set1_ps((float)(KERNEL_MIXED_STEP * KERNEL_MIXED_STEP));
}

/* Sums of the lanes, in double precision. */
INLINE __m256d sum4(vf a, vf b, vf c, vf d) {
    const vf v[4] = {a, b, c, d};
    __m256d s[4];
    for (int k = 0; k < 4; k++)
        s[k] =
            _mm256_cvtps_pd(_mm256_castps256_ps128(v[k])) + _mm256_cvtps_pd(_mm256_extractf128_ps(v[k], 1));
    __m256d ab = _mm256_hadd_pd(s[0], s[1]), cd = _mm256_hadd_pd(s[2], s[3]);
    return _mm256_permute2f128_pd(ab, cd, 0x20) + _mm256_permute2f128_pd(ab, cd, 0x31);
}

/* f = (2 step) (fx, fy, fz) and what was in the fourth lane, or f + that. */
INLINE void put_force(double f[4], const vf s[3], int add) {
    const __m256d scale =
        _mm256_setr_pd(2 * KERNEL_MIXED_STEP, 2 * KERNEL_MIXED_STEP, 2 * KERNEL_MIXED_STEP, 0);
    __m256d old = _mm256_load_pd(f), g = sum4(s[0], s[1], s[2], s[2]) * scale;
    if (add) g += old;
    _mm256_store_pd(f, _mm256_blend_pd(g, old, 8));
}

INLINE int any_less(vf a, float b) {
    return _mm256_movemask_ps(_mm256_cmp_ps(a, _mm256_set1_ps(b), _CMP_LT_OQ));
}

struct buffer {
    float *d[3], *s;
    int32_t *row;
};

struct grid {
    vf origin, base, inv, inv_extra, step, step_extra, rows;
};

INLINE struct grid grid_of(const struct eam_grid *g) {
    const double v[] = {g->origin, g->base, g->inv, g->inv_extra, g->step, g->step_extra, g->rows};
    vf w[7];
    for (int k = 0; k < 7; k++) w[k] = _mm256_set1_ps((float)v[k]);
    return (struct grid){w[0], w[1], w[2], w[3], w[4], w[5], w[6]};
}

/* As eam_table_row. */
INLINE vf find_rows(const struct grid *g, vf r2, int32_t *k) {
    const vf zero = _mm256_setzero_ps();
    vf e = r2 - g->origin;
    vf u = _mm256_fmadd_ps(_mm256_min_ps(e, zero), g->inv_extra, _mm256_fmadd_ps(e, g->inv, g->base));
    __m256i row = _mm256_cvttps_epi32(_mm256_min_ps(u, g->rows));
    _mm256_storeu_si256((__m256i *)k, row);
    vf m = _mm256_cvtepi32_ps(row) - g->base;
    return _mm256_fnmadd_ps(_mm256_min_ps(m, zero), g->step_extra, _mm256_fnmadd_ps(m, g->step, e));
}

/* Separations and rows of n neighbours into the buffer. Returns the smaller of closest and the least squared
 * distances. */
INLINE vf distances(const int32_t (*x)[4], const __m256i at[3], const int32_t *j, int n, const struct grid *g,
                    const struct buffer *buf, vf closest) {
    for (int m = 0; m < n; m += 8) {
        vf d[3], start = separations(x, at, j + m, d), r2 = length2(d, start);
        for (int c = 0; c < 3; c++) _mm256_storeu_ps(buf->d[c] + m, d[c]);
        _mm256_storeu_ps(buf->s + m, find_rows(g, r2, buf->row + m));
        closest = _mm256_min_ps(r2, closest);
    }
    return closest;
}

INLINE vf slope_of(const vf c[4], vf s) {
    vf w = _mm256_fmadd_ps(s, c[3], c[2]);
    return _mm256_fmadd_ps(s, _mm256_fmadd_ps(s, c[3], w + w), c[1]);
}

INLINE void add_force(vf f[3], const struct buffer *buf, int m, const vf q[4], vf s) {
    vf g = _mm256_fmadd_ps(s, _mm256_fmadd_ps(s, q[2], q[1]), q[0]);
    for (int c = 0; c < 3; c++) f[c] = _mm256_fmadd_ps(g, _mm256_loadu_ps(buf->d[c] + m), f[c]);
}

void kernel_mixed_density(struct kernel_mixed *mixed, struct kernel_eam *k) {
    struct kernel_atoms *a = &k->atoms;
    const struct list_zone *near = &a->list->near_zone, *far = &a->list->far_zone;
    const int32_t(*x)[4] = (const int32_t(*)[4])mixed->x;
    const int ns = a->n_species, room = a->list->most + 16 * LIST_BLOCK;
    float *work = (float *)k->work;
    const struct buffer buf = {
        {work, work + room, work + 2 * room}, work + 3 * room, (int32_t *)(work + 4 * room)};
    const struct grid grid = grid_of(&k->table->grid);
    const float min2 = (float)(EAM_TABLE_R_MIN * EAM_TABLE_R_MIN);
    const vf zero = _mm256_setzero_ps();
    for (int i = 0; i < a->n; i++) {
        const struct rows *rows = &mixed->rows[a->type[i] * ns];
        const __m256i at[3] = {_mm256_set1_epi32(x[i][0]), _mm256_set1_epi32(x[i][1]),
                               _mm256_set1_epi32(x[i][2])};
        const uint16_t *blocks = near->blocks + (int64_t)i * ns, *blocks_far = far->blocks + (int64_t)i * ns;
        int n = 0, n_far = 0;
        for (int b = 0; b < ns; b++) n += LIST_BLOCK * blocks[b], n_far += LIST_BLOCK * blocks_far[b];
        int64_t e = near->start[i];
        vf f[3] = {zero, zero, zero}, rho = zero, c[4], q[4];
        vf closest = distances(x, at, near->j + e, n, &grid, &buf, _mm256_set1_ps(1));
        for (int b = 0, m = 0; b < ns; b++)
            for (int end = m + LIST_BLOCK * blocks[b]; m < end; m += 8) {
                vf s = _mm256_loadu_ps(buf.s + m);
                columns(rows[b].near[0], 8, buf.row + m, c);
                columns(rows[b].near[0] + 4, 8, buf.row + m, q);
                vf w = _mm256_fmadd_ps(s, c[3], c[2]);
                rho += _mm256_fmadd_ps(s, _mm256_fmadd_ps(s, w, c[1]), c[0]);
                _mm256_storeu_ps(k->single + e + m, slope_of(c, s));
                add_force(f, &buf, m, q, s);
                if (!k->single_other) continue;
                if (rows[b].other) columns(rows[b].other[0], 8, buf.row + m, c);
                _mm256_storeu_ps(k->single_other + e + m, slope_of(c, s));
            }
        closest = distances(x, at, far->j + far->start[i], n_far, &grid, &buf, closest);
        for (int b = 0, m = 0; b < ns; b++)
            for (int end = m + LIST_BLOCK * blocks_far[b]; m < end; m += 8) {
                columns(rows[b].far[0], 4, buf.row + m, q);
                add_force(f, &buf, m, q, _mm256_loadu_ps(buf.s + m));
            }
        put_force(a->f[i], f, 0);
        a->x[i][3] = _mm256_cvtsd_f64(sum4(rho, rho, rho, rho));
        if (any_less(closest, min2)) a->close = i;
    }
}

void kernel_mixed_force(struct kernel_mixed *mixed, struct kernel_eam *k) {
    struct kernel_atoms *a = &k->atoms;
    const struct list_zone *z = &a->list->near_zone;
    const int32_t(*x)[4] = (const int32_t(*)[4])mixed->x;
    const int ns = a->n_species;
    for (int i = 0; i < a->list->pad; i++) { /* the padding's slopes are 0 */
        float w = (float)a->x[i][3];
        memcpy(&mixed->x[i][3], &w, sizeof w);
    }
    for (int i = 0; i < a->n; i++) {
        const __m256i at[3] = {_mm256_set1_epi32(x[i][0]), _mm256_set1_epi32(x[i][1]),
                               _mm256_set1_epi32(x[i][2])};
        const vf mine = _mm256_set1_ps((float)a->x[i][3]), zero = _mm256_setzero_ps();
        int64_t e = z->start[i];
        int n = 0;
        for (int b = 0; b < ns; b++) n += LIST_BLOCK * z->blocks[(int64_t)i * ns + b];
        vf f[3] = {zero, zero, zero};
        for (int m = 0; m < n; m += 8) {
            vf d[3], theirs = separations(x, at, z->j + e + m, d), a_ij = _mm256_loadu_ps(k->single + e + m);
            vf g = (mine + theirs) * a_ij;
            if (k->single_other)
                g = _mm256_fmadd_ps(theirs, _mm256_loadu_ps(k->single_other + e + m), mine * a_ij);
            for (int c = 0; c < 3; c++) f[c] = _mm256_fmadd_ps(g, d[c], f[c]);
        }
        put_force(a->f[i], f, 1);
    }
}
#else
bool kernel_mixed_runs(void) {
    return false;
}

int kernel_mixed_create(const struct eam_table *table, struct kernel_mixed **mixed) {
    (void)table;
    *mixed = NULL;
    FAIL(ERR_USAGE, "mixed precision needs a processor with AVX2");
}

void kernel_mixed_destroy(struct kernel_mixed **mixed) {
    (void)mixed;
}

int kernel_mixed_positions(struct kernel_mixed *mixed, const struct kernel_atoms *atoms) {
    (void)mixed, (void)atoms;
    return ERR_OK;
}

void kernel_mixed_density(struct kernel_mixed *mixed, struct kernel_eam *k) {
    (void)mixed, (void)k;
}

void kernel_mixed_force(struct kernel_mixed *mixed, struct kernel_eam *k) {
    (void)mixed, (void)k;
}
#endif
