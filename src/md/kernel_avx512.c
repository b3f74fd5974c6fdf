/* kernel_avx512 - eight doubles at a time; the loops are in kernel_vec.h. */
#if defined(__x86_64__)
#include "md/kernel.h"

#include <immintrin.h>

#define W 8
#define KERNEL kernel_avx512
#define KERNEL_NAME "avx512"
typedef __m512d vd;
typedef __mmask8 vm;

static inline vd v_set(double x) {
    return _mm512_set1_pd(x);
}
static inline vd v_load(const double *p) {
    return _mm512_loadu_pd(p);
}
static inline void v_store(double *p, vd a) {
    _mm512_storeu_pd(p, a);
}
static inline vd v_load_single(const float *p) {
    return _mm512_cvtps_pd(_mm256_loadu_ps(p));
}
static inline void v_store_single(float *p, vd a) {
    _mm256_storeu_ps(p, _mm512_cvtpd_ps(a));
}
static inline vd v_fma(vd a, vd b, vd c) {
    return _mm512_fmadd_pd(a, b, c);
}
static inline vd v_fnma(vd a, vd b, vd c) {
    return _mm512_fnmadd_pd(a, b, c);
}
static inline vd v_min(vd a, vd b) {
    return _mm512_min_pd(a, b);
}
static inline vd v_sqrt(vd a) {
    return _mm512_sqrt_pd(a);
}
/* The number whose bits are the lower halves. */
static inline vd v_lower(vd a) {
    return _mm512_castsi512_pd(_mm512_slli_epi64(_mm512_castpd_si512(a), 32));
}
static inline vm v_less(vd a, vd b) {
    return _mm512_cmp_pd_mask(a, b, _CMP_LT_OQ);
}
static inline vd v_keep(vm m, vd a) {
    return _mm512_maskz_mov_pd(m, a);
}
static inline vd v_pick(vm m, vd a, vd b) {
    return _mm512_mask_blend_pd(m, b, a);
}
static inline int v_any(vm m) {
    return m != 0;
}
/* Columns of eight rows of four doubles at base + stride * k[step * .]: register transpose instead of
 * gathers. */
#define ROW(m) (base + (int64_t)stride * k[step * (m)])
#define TWO(m, n) \
    _mm512_mask_broadcast_f64x4(_mm512_castpd256_pd512(_mm256_load_pd(ROW(m))), 0xf0, _mm256_load_pd(ROW(n)))
static inline void v_rows(const double *base, int stride, const int32_t *k, int step, vd c[4]) {
    vd a0 = TWO(0, 2), a1 = TWO(1, 3), b0 = TWO(4, 6), b1 = TWO(5, 7);
    vd al = _mm512_unpacklo_pd(a0, a1), ah = _mm512_unpackhi_pd(a0, a1);
    vd bl = _mm512_unpacklo_pd(b0, b1), bh = _mm512_unpackhi_pd(b0, b1);
    c[0] = _mm512_shuffle_f64x2(al, bl, 0x88);
    c[1] = _mm512_shuffle_f64x2(ah, bh, 0x88);
    c[2] = _mm512_shuffle_f64x2(al, bl, 0xdd);
    c[3] = _mm512_shuffle_f64x2(ah, bh, 0xdd);
}
/* Sums over lanes of four vectors. */
static inline __m256d half(vd a) {
    return _mm256_add_pd(_mm512_castpd512_pd256(a), _mm512_extractf64x4_pd(a, 1));
}
static inline __m256d v_sum4(vd a, vd b, vd c, vd d) {
    __m256d ab = _mm256_hadd_pd(half(a), half(b)), cd = _mm256_hadd_pd(half(c), half(d));
    return _mm256_add_pd(_mm256_permute2f128_pd(ab, cd, 0x20), _mm256_permute2f128_pd(ab, cd, 0x31));
}

/* Distance of x from an interval, squared distance so far on top. */
static inline __m512 outside2(__m512 x, __m512 middle, __m512 half_edge, __m512 r2) {
    __m512 d = _mm512_max_ps(_mm512_abs_ps(x - middle) - half_edge, _mm512_setzero_ps());
    return _mm512_fmadd_ps(d, d, r2);
}

static void sift_rows(struct kernel_sift *s) {
    __m512 middle[3], half_edge[3];
    for (int c = 0; c < 3; c++) {
        middle[c] = _mm512_set1_ps(s->middle[c]);
        half_edge[c] = _mm512_set1_ps(s->half[c]);
    }
    const __m512 cut2 = _mm512_set1_ps(s->cut2);
    const float *const from[3] = {s->x, s->y, s->z};
    float *const to[3] = {s->to[0], s->to[1], s->to[2]};
    const int32_t *const row = s->row;
    int32_t *const to_row = s->to_row;
    int n = 0;
    for (const struct kernel_chunk *q = s->chunk, *end = q + s->n_chunks; q < end; q++) {
        int k = q->first;
        __m512 x = _mm512_loadu_ps(from[0] + k), y = _mm512_loadu_ps(from[1] + k),
               z = _mm512_loadu_ps(from[2] + k);
        __m512 r2 = outside2(x, middle[0], half_edge[0], _mm512_setzero_ps());
        r2 = outside2(y, middle[1], half_edge[1], r2);
        r2 = outside2(z, middle[2], half_edge[2], r2);
        __mmask16 in = _mm512_mask_cmp_ps_mask((__mmask16)q->mask, r2, cut2, _CMP_LT_OQ);
        _mm512_storeu_ps(to[0] + n, _mm512_maskz_compress_ps(in, x));
        _mm512_storeu_ps(to[1] + n, _mm512_maskz_compress_ps(in, y));
        _mm512_storeu_ps(to[2] + n, _mm512_maskz_compress_ps(in, z));
        _mm512_storeu_si512(to_row + n, _mm512_maskz_compress_epi32(in, _mm512_loadu_si512(row + k)));
        n += __builtin_popcount(in);
    }
    s->n = n;
}

static void select_rows(struct kernel_select *s) {
    const __m512 x = _mm512_set1_ps(s->at[0]), y = _mm512_set1_ps(s->at[1]), z = _mm512_set1_ps(s->at[2]);
    const __m512 near2 = _mm512_set1_ps(s->near2), cut2 = _mm512_set1_ps(s->cut2);
    const __m512i self = _mm512_set1_epi32(s->self);
    const float *const sx = s->x, *const sy = s->y, *const sz = s->z;
    const int32_t *const rows = s->row;
    int32_t *near = s->near, *far = s->far;
    const int zones = s->near2 < s->cut2, n = s->n;
    for (int k = 0; k < n; k += 16) {
        __m512 dx = _mm512_loadu_ps(sx + k) - x, dy = _mm512_loadu_ps(sy + k) - y;
        __m512 dz = _mm512_loadu_ps(sz + k) - z;
        __m512 r2 = _mm512_fmadd_ps(dx, dx, _mm512_fmadd_ps(dy, dy, dz * dz));
        __m512i row = _mm512_loadu_si512(rows + k);
        __mmask16 in = _mm512_mask_cmp_ps_mask(_mm512_cmpneq_epi32_mask(row, self), r2, cut2, _CMP_LT_OQ);
        __mmask16 in_near = zones ? _mm512_mask_cmp_ps_mask(in, r2, near2, _CMP_LT_OQ) : in;
        _mm512_storeu_si512(near, _mm512_maskz_compress_epi32(in_near, row));
        near += __builtin_popcount(in_near);
        if (!zones) continue;
        in = (__mmask16)(in & ~in_near);
        _mm512_storeu_si512(far, _mm512_maskz_compress_epi32(in, row));
        far += __builtin_popcount(in);
    }
    s->n_near = (int)(near - s->near);
    s->n_far = (int)(far - s->far);
}

static inline unsigned v_less8(__m256 a, __m256 b) {
    return _mm256_cmp_ps_mask(a, b, _CMP_LT_OQ);
}
/* Append those of eight rows that a mask keeps. */
static inline void v_keep8(int32_t **to, __m256i row, unsigned mask) {
    _mm256_storeu_si256((__m256i *)*to, _mm256_maskz_compress_epi32((__mmask8)mask, row));
    *to += __builtin_popcount(mask);
}

#define V_PREPARE()
#include "md/kernel_vec.h"
#else
typedef int kernel_avx512_is_for_x86;
#endif
