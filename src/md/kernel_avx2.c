/* kernel_avx2 - four doubles at a time; the loops are in kernel_vec.h. */
#if defined(__x86_64__)
#include "md/kernel.h"

#include <immintrin.h>

#define W 4
#define KERNEL kernel_avx2
#define KERNEL_NAME "avx2"
typedef __m256d vd;
typedef __m256d vm;

static inline vd v_set(double x) {
    return _mm256_set1_pd(x);
}
static inline vd v_load(const double *p) {
    return _mm256_loadu_pd(p);
}
static inline void v_store(double *p, vd a) {
    _mm256_storeu_pd(p, a);
}
static inline vd v_load_single(const float *p) {
    return _mm256_cvtps_pd(_mm_loadu_ps(p));
}
static inline void v_store_single(float *p, vd a) {
    _mm_storeu_ps(p, _mm256_cvtpd_ps(a));
}
static inline vd v_fma(vd a, vd b, vd c) {
    return _mm256_fmadd_pd(a, b, c);
}
static inline vd v_fnma(vd a, vd b, vd c) {
    return _mm256_fnmadd_pd(a, b, c);
}
static inline vd v_min(vd a, vd b) {
    return _mm256_min_pd(a, b);
}
static inline vd v_sqrt(vd a) {
    return _mm256_sqrt_pd(a);
}
/* The number whose bits are the lower halves. */
static inline vd v_lower(vd a) {
    return _mm256_castsi256_pd(_mm256_slli_epi64(_mm256_castpd_si256(a), 32));
}
static inline vm v_less(vd a, vd b) {
    return _mm256_cmp_pd(a, b, _CMP_LT_OQ);
}
static inline vd v_keep(vm m, vd a) {
    return _mm256_and_pd(m, a);
}
static inline vd v_pick(vm m, vd a, vd b) {
    return _mm256_blendv_pd(b, a, m);
}
static inline int v_any(vm m) {
    return _mm256_movemask_pd(m) != 0;
}
/* Columns of four rows of four doubles at base + stride * k[step * .]: register transpose instead of gathers.
 */
#define HALVES(m, n, at)                                                                                     \
    _mm256_insertf128_pd(_mm256_castpd128_pd256(_mm_load_pd(base + (int64_t)stride * k[step * (m)] + (at))), \
                         _mm_load_pd(base + (int64_t)stride * k[step * (n)] + (at)), 1)
static inline void v_rows(const double *base, int stride, const int32_t *k, int step, vd c[4]) {
    vd a = HALVES(0, 2, 0), b = HALVES(1, 3, 0), e = HALVES(0, 2, 2), f = HALVES(1, 3, 2);
    c[0] = _mm256_unpacklo_pd(a, b);
    c[1] = _mm256_unpackhi_pd(a, b);
    c[2] = _mm256_unpacklo_pd(e, f);
    c[3] = _mm256_unpackhi_pd(e, f);
}
/* Sums over lanes of four vectors. */
static inline __m256d v_sum4(vd a, vd b, vd c, vd d) {
    __m256d ab = _mm256_hadd_pd(a, b), cd = _mm256_hadd_pd(c, d);
    return _mm256_add_pd(_mm256_permute2f128_pd(ab, cd, 0x20), _mm256_permute2f128_pd(ab, cd, 0x31));
}

/* Lanes of eight 32-bit numbers that a mask keeps, moved to the front. */
static int32_t front8[256][8] __attribute__((aligned(32)));

static void fill_fronts(void) {
    for (int m = 0; m < 256; m++) {
        int at = 0;
        for (int k = 0; k < 8; k++)
            if (m >> k & 1) front8[m][at++] = k;
    }
}

static inline unsigned v_less8(__m256 a, __m256 b) {
    return (unsigned)_mm256_movemask_ps(_mm256_cmp_ps(a, b, _CMP_LT_OQ));
}

/* Append those of eight rows that a mask keeps. */
static inline void v_keep8(int32_t **to, __m256i row, unsigned mask) {
    __m256i order = _mm256_load_si256((const __m256i *)front8[mask]);
    _mm256_storeu_si256((__m256i *)*to, _mm256_permutevar8x32_epi32(row, order));
    *to += __builtin_popcount(mask);
}

static inline __m256 outside2(__m256 x, __m256 middle, __m256 half_edge, __m256 r2) {
    __m256 d = _mm256_andnot_ps(_mm256_set1_ps(-0.0f), x - middle);
    d = _mm256_max_ps(d - half_edge, _mm256_setzero_ps());
    return _mm256_fmadd_ps(d, d, r2);
}

static void sift_rows(struct kernel_sift *s) {
    if (!front8[1 << 7][0]) fill_fronts();
    __m256 middle[3], half_edge[3], at[3];
    for (int c = 0; c < 3; c++) {
        middle[c] = _mm256_set1_ps(s->middle[c]);
        half_edge[c] = _mm256_set1_ps(s->half[c]);
    }
    const __m256 cut2 = _mm256_set1_ps(s->cut2);
    const float *const from[3] = {s->x, s->y, s->z};
    int n = 0;
    for (const struct kernel_chunk *q = s->chunk, *end = q + s->n_chunks; q < end; q++)
        for (int k = q->first, mask = (int)q->mask; mask; k += 8, mask >>= 8) {
            __m256 r2 = _mm256_setzero_ps();
            for (int c = 0; c < 3; c++) {
                at[c] = _mm256_loadu_ps(from[c] + k);
                r2 = outside2(at[c], middle[c], half_edge[c], r2);
            }
            unsigned in = (unsigned)mask & (unsigned)_mm256_movemask_ps(_mm256_cmp_ps(r2, cut2, _CMP_LT_OQ));
            __m256i order = _mm256_load_si256((const __m256i *)front8[in]);
            for (int c = 0; c < 3; c++)
                _mm256_storeu_ps(s->to[c] + n, _mm256_permutevar8x32_ps(at[c], order));
            int32_t *to = s->to_row + n;
            v_keep8(&to, _mm256_loadu_si256((const __m256i *)(s->row + k)), in);
            n += __builtin_popcount(in);
        }
    s->n = n;
}

static void select_rows(struct kernel_select *s) {
    if (!front8[1 << 7][0]) fill_fronts();
    const __m256 x = _mm256_set1_ps(s->at[0]), y = _mm256_set1_ps(s->at[1]), z = _mm256_set1_ps(s->at[2]);
    const __m256 near2 = _mm256_set1_ps(s->near2), cut2 = _mm256_set1_ps(s->cut2);
    const __m256i self = _mm256_set1_epi32(s->self);
    const float *const sx = s->x, *const sy = s->y, *const sz = s->z;
    const int32_t *const rows = s->row;
    int32_t *near = s->near, *far = s->far;
    const int zones = s->near2 < s->cut2, n = s->n;
    for (int k = 0; k < n; k += 8) {
        __m256 dx = _mm256_loadu_ps(sx + k) - x, dy = _mm256_loadu_ps(sy + k) - y;
        __m256 dz = _mm256_loadu_ps(sz + k) - z;
        __m256 r2 = _mm256_fmadd_ps(dx, dx, _mm256_fmadd_ps(dy, dy, dz * dz));
        __m256i row = _mm256_loadu_si256((const __m256i *)(rows + k));
        unsigned use = ~(unsigned)_mm256_movemask_ps(_mm256_castsi256_ps(_mm256_cmpeq_epi32(row, self)));
        use &= (unsigned)_mm256_movemask_ps(_mm256_cmp_ps(r2, cut2, _CMP_LT_OQ));
        unsigned in_near = use;
        if (zones) in_near &= (unsigned)_mm256_movemask_ps(_mm256_cmp_ps(r2, near2, _CMP_LT_OQ));
        v_keep8(&near, row, in_near);
        if (zones) v_keep8(&far, row, use & ~in_near);
    }
    s->n_near = (int)(near - s->near);
    s->n_far = (int)(far - s->far);
}

#define V_PREPARE() \
    if (!front8[1 << 7][0]) fill_fronts()
#include "md/kernel_vec.h"
#else
typedef int kernel_avx2_is_for_x86;
#endif
