/* kernel_vec - the force loops at any vector width; included once by kernel_avx2.c and once by
 * kernel_avx512.c, which define W, the vector types vd (doubles) and vm (mask) and the v_ functions.
 *
 * What is done and why:
 *
 * - rows of four doubles are loaded whole and transposed in registers; gathers cost 2 to 3 times as much.
 *
 * - the density pass runs over an atom's list twice, through buffers that stay in L1: first positions,
 *   distances and row numbers, then rows. In one loop each vector is one chain of about 100 cycles and the
 *   scheduler fills up.
 *
 * - without energies, rows of densities and pair slopes are one row of four doubles (eam_table.h): two
 * transposes in place of three, a tenth of the density pass of Cu-Zr.
 *
 * - slopes of the densities are kept for the force pass, whose loop is then a row of positions and one load.
 *
 * - lists are pruned with a small margin, so pairs beyond the cutoff are few; they read a zero row.
 *
 * - one loop over all species of neighbours: shorter, and fewer loop ends to mispredict.
 *
 * - cutoffs are drawn in by 1e-13, so that pairs at a cutoff (crystals!) are outside in every kernel.
 *
 * - all variants (with energy, with virial) sum forces in the same way: asking for more changes no bit. A
 * barostat asks for the diagonal of the virial alone: a third of its operations less.
 *
 * - Lennard-Jones and the force pass load rows one vector ahead, across atoms: 64 to 60 ns an atom. The
 * density pass lost by it (registers).
 *
 * - Lennard-Jones above 100,000 atoms, where rows come from the third cache, asks for every second row 320
 * entries (4 atoms) ahead: 80 to 76 ns at 256,000 atoms; below it costs 3 %. The density pass gains nothing
 * by it, and the force pass, which waits for memory already, loses a fifth.
 *
 * Tried and dropped: 128-bit loads in place of 256-bit ones (a sixth slower at AVX-512), gathers (half as
 * fast), reciprocal estimates with two Newton steps in place of the division (a tenth slower), conversions to
 * integers (adding 2^52 is cheaper), a mask for pairs that are too close (the least distance is cheaper),
 * densities in one loop pipelined in registers and two atoms interleaved (no gain), additions as
 * multiply-adds by one (the pipes of shuffles are then freer; no gain), a force pass that begins with the
 * atoms whose slopes the density pass left in the caches (no gain), slopes fetched 0.5 to 8 KB ahead (no
 * gain). Not tried: packing the pairs inside the cutoff together before rows are read (a sixth of the entries
 * lie outside).
 *
 * The floor, for 8 pairs at AVX-512 on a core with four 256-bit pipes (Zen 4): density 63 vector operations,
 * 32 cycles, of which 27 for shuffles; force 25, 13 cycles; Lennard-Jones 29, 15 cycles. Measured at 3.7 GHz:
 * 57, 18 and 22 cycles (build/bench/kernels); Lennard-Jones without atom ends 20. Loads, inserts and shuffles
 * of one transpose alone take 8.4 cycles, with three additions 12: the pipes are not as free as counts say.
 */
#include "md/pot.h"

#define INLINE static inline __attribute__((always_inline))

/* Ask for a cache line. */
INLINE void v_fetch(const void *p) {
    _mm_prefetch(p, _MM_HINT_T0);
}

struct sums {
    vd f[3], e, w[6];
};

INLINE void sums_zero(struct sums *s) {
    s->e = v_set(0);
    for (int c = 0; c < 3; c++) s->f[c] = v_set(0);
    for (int c = 0; c < 6; c++) s->w[c] = v_set(0);
}

/* The force is summed alike with and without virial: what is recorded must not change a bit of the run. */
INLINE void sums_pair(struct sums *s, const vd d[3], vd g, int virial) {
    for (int c = 0; c < 3; c++) s->f[c] = v_fma(g, d[c], s->f[c]);
    if (virial == POT_FORCES) return;
    vd h[3];
    for (int c = 0; c < 3; c++) {
        h[c] = g * d[c];
        s->w[c] = v_fnma(h[c], d[c], s->w[c]);
    }
    if (virial == POT_DIAGONAL) return;
    s->w[3] = v_fnma(h[0], d[1], s->w[3]);
    s->w[4] = v_fnma(h[0], d[2], s->w[4]);
    s->w[5] = v_fnma(h[1], d[2], s->w[5]);
}

/* The virial of one atom goes to the total as multiples of a quantum (comm_round): sums are exact, in any
 * order. */
INLINE void sums_settle(struct sums *s, vd total[6], vd shift, int virial) {
    for (int c = 0; c < (virial == POT_DIAGONAL ? 3 : 6); c++) {
        total[c] += (s->w[c] + shift) - shift;
        s->w[c] = v_set(0);
    }
}

/* Add the virial of all atoms to the result, component by component. */
INLINE void sums_virial(const vd w[6], double virial[6]) {
    double t[4];
    _mm256_storeu_pd(t, v_sum4(w[0], w[1], w[2], w[3]));
    for (int c = 0; c < 4; c++) virial[c] += t[c];
    _mm256_storeu_pd(t, v_sum4(w[4], w[5], w[5], w[5]));
    virial[4] += t[0];
    virial[5] += t[1];
}

/* Rows are loaded one vector ahead: entries follow each other from atom to atom, and behind the last ones
 * lies a block of padding. */
struct ahead {
    const int32_t *j; /* entries whose rows are in r */
    vd r[4];
};

INLINE void ahead_begin(struct ahead *a, const double (*x)[4], const int32_t *j) {
    if (a->j == j) return;
    a->j = j;
    v_rows(x[0], 4, j, 1, a->r);
}

/* The rows at a->j, then on to the next vector. */
INLINE vd ahead_next(struct ahead *a, const double (*x)[4], const vd at[3], vd d[3], vd *w) {
    for (int c = 0; c < 3; c++) d[c] = a->r[c] - at[c];
    *w = a->r[3];
    a->j += W;
    v_rows(x[0], 4, a->j, 1, a->r);
    return v_fma(d[2], d[2], v_fma(d[1], d[1], d[0] * d[0]));
}

/* --- Lennard-Jones */

#define FAR 100000 /* atoms from which rows are asked for ahead */

INLINE void lj_atoms(struct kernel_lj *k, const int energy, const int virial, const int slope,
                     const int far) {
    struct kernel_atoms *a = &k->atoms;
    const struct list_zone *z = &a->list->near_zone;
    const double(*x)[4] = (const double(*)[4])a->x;
    const int ns = a->n_species;
    const __m256d scale = _mm256_setr_pd(2, 2, 2, 0.5);
    const vd shift_w = v_set(a->quantum * 0x1.8p52);
    vd w[6];
    struct sums s;
    struct ahead ahead = {0};
    sums_zero(&s);
    for (int c = 0; c < 6; c++) w[c] = v_set(0);
    for (int i = 0; i < a->n; i++) {
        const int32_t *j = z->j + z->start[i];
        const vd at[3] = {v_set(x[i][0]), v_set(x[i][1]), v_set(x[i][2])};
        ahead_begin(&ahead, x, j);
        s.e = v_set(0);
        for (int c = 0; c < 3; c++) s.f[c] = v_set(0);
        for (int b = 0; b < ns; b++) {
            const struct kernel_lj_pair *p = &k->pair[a->type[i] * ns + b];
            const vd cut2 = v_set(p->cut2), q12 = v_set(-6 * p->p12), q6 = v_set(3 * p->p6);
            const vd p12 = v_set(p->p12), p6 = v_set(-p->p6), shift = v_set(p->shift), tilt = v_set(p->slope);
            vd closest = cut2;
            const int32_t *end = j + LIST_BLOCK * z->blocks[(int64_t)i * ns + b];
            for (; j < end; j += W) {
                for (int m = 0; far && m < W; m += 2) v_fetch(x[j[LIST_AHEAD + m]]);
                vd d[3], unused, r2 = ahead_next(&ahead, x, at, d, &unused);
                vm in = v_less(r2, cut2);
                closest = v_min(r2, closest);
                vd i2 = v_set(1) / r2, i6 = i2 * i2 * i2, g = i2 * i6 * v_fma(q12, i6, q6), e = shift;
                if (slope) {
                    vd r = v_sqrt(r2);
                    g += v_set(0.5) * tilt / r;
                    e = v_fma(tilt, r, shift);
                }
                sums_pair(&s, d, v_keep(in, g), virial);
                if (energy) s.e += v_keep(in, v_fma(i6, v_fma(p12, i6, p6), e));
            }
            if (v_any(v_less(closest, v_set(p->min2)))) a->close = i;
        }
        _mm256_store_pd(a->f[i], _mm256_mul_pd(scale, v_sum4(s.f[0], s.f[1], s.f[2], s.e)));
        if (virial) sums_settle(&s, w, shift_w, virial);
    }
    if (virial) sums_virial(w, a->virial);
}

static void lj(struct kernel_lj *k) {
    if (k->force_shift) lj_atoms(k, 1, POT_VIRIAL, 1, 0);
    else if (k->atoms.want == POT_FORCES && k->atoms.n > FAR) lj_atoms(k, 0, 0, 0, 1);
    else if (k->atoms.want == POT_FORCES) lj_atoms(k, 0, 0, 0, 0);
    else if (k->atoms.want == POT_DIAGONAL) lj_atoms(k, 0, POT_DIAGONAL, 0, 0);
    else lj_atoms(k, 1, POT_VIRIAL, 0, 0);
}

/* --- embedded atoms: densities and pair forces */

struct buffer {
    double *d[3], *s;
    int32_t *row; /* the low halves of 64 bits, at even places */
};

struct grid {
    vd origin, half, whole, inv, inv_extra, step, step_extra, rows;
};

#define MAGIC 0x1p52 /* adding it rounds to an integer, which is then in the low bits */

INLINE struct grid grid_of(const struct eam_grid *g) {
    return (struct grid){v_set(g->origin),    v_set(g->base - 0.5), v_set(MAGIC + g->base), v_set(g->inv),
                         v_set(g->inv_extra), v_set(g->step),       v_set(g->step_extra),   v_set(g->rows)};
}

/* Rows of squared distances into k, as numbers of 64 bits; returns the offsets in them. As eam_table_row, but
 * u is rounded to the nearest integer after 1/2 is taken off. */
INLINE vd find_rows(const struct grid *g, vd r2, int32_t *k) {
    vd e = r2 - g->origin, zero = v_set(0);
    vd u = v_fma(v_min(e, zero), g->inv_extra, v_fma(e, g->inv, g->half));
    u = v_min(u, g->rows) + v_set(MAGIC);
    v_store((double *)k, u);
    vd m = u - g->whole;
    return v_fnma(v_min(m, zero), g->step_extra, v_fnma(m, g->step, e));
}

/* Positions and rows of n neighbours (whole blocks) into the buffer. Returns the smaller of closest
 * and the least squared distances. */
INLINE vd distances(const double (*x)[4], const vd at[3], const int32_t *j, int n, const struct grid *g,
                    const struct buffer *buf, vd closest) {
    for (int m = 0; m < n; m += W) {
        vd r[4], d[3];
        v_rows(x[0], 4, j + m, 1, r);
        for (int c = 0; c < 3; c++) d[c] = r[c] - at[c];
        vd r2 = v_fma(d[2], d[2], v_fma(d[1], d[1], d[0] * d[0]));
        for (int c = 0; c < 3; c++) v_store(buf->d[c] + m, d[c]);
        v_store(buf->s + m, find_rows(g, r2, buf->row + 2 * m));
        closest = v_min(r2, closest);
    }
    return closest;
}

/* Tables of each block: those of species in turn, as many as the atom has blocks of them. Writes a whole
 * chunk at a time: how many are right would be a branch that no processor predicts. Returns the number of
 * blocks. */
INLINE int tables_of(const struct eam_pair *pairs, const uint16_t *blocks, int ns,
                     const struct eam_pair **block) {
    int n = 0;
    for (int b = 0; b < ns; b++) {
        int m = 0;
        do {
            for (int q = 0; q < 8; q++) block[n + m + q] = &pairs[b];
            m += 8;
        } while (m < blocks[b]);
        n += blocks[b];
    }
    return n;
}

/* Density rows c0 + c1 s + c2 s^2 + c3 s^3, value and slope; pair energy rows the same with 2 c2 and 3 c3. */
INLINE vd density_value(const vd c[4], vd s) {
    return v_fma(s, v_fma(s, v_fma(s, c[3], c[2]), c[1]), c[0]);
}
INLINE vd density_slope(const vd c[4], vd s) {
    vd w = v_fma(s, c[3], c[2]);
    return v_fma(s, v_fma(s, c[3], w + w), c[1]);
}
INLINE vd pair_value(const vd c[4], vd s) {
    return v_fma(s, v_fma(s, v_fma(s, c[3] * v_set(1.0 / 3), c[2] * v_set(0.5)), c[1]), c[0]);
}
INLINE vd pair_slope(const vd c[4], vd s) {
    return v_fma(s, v_fma(s, c[3], c[2]), c[1]);
}

/* Rows of densities and pair energies; without c0 of the energies from half as much memory, and the same
 * numbers. */
INLINE void eam_rows(const double (*near)[8], const double (*brief)[4], const int32_t *row, const int energy,
                     vd c[4], vd q[4]) {
    if (energy) {
        v_rows(near[0], 8, row, 2, c);
        v_rows(near[0] + 4, 8, row, 2, q);
        return;
    }
    vd r[4];
    v_rows(brief[0], 4, row, 2, r);
    c[0] = r[0], c[1] = r[1], c[2] = v_lower(r[1]), c[3] = r[2];
    q[0] = v_set(0), q[1] = r[3], q[2] = v_lower(r[3]), q[3] = v_lower(r[2]);
}

INLINE void eam_density_atoms(struct kernel_eam *k, const int energy, const int virial, const int unlike) {
    struct kernel_atoms *a = &k->atoms;
    const struct list *list = a->list;
    const struct list_zone *near = &list->near_zone, *far = &list->far_zone;
    const double(*x)[4] = (const double(*)[4])a->x;
    const int ns = a->n_species, room = list->most + 16 * LIST_BLOCK;
    const struct buffer buf = {
        {k->work, k->work + room, k->work + 2 * room}, k->work + 3 * room, (int32_t *)(k->work + 4 * room)};
    const struct eam_pair **block = (const struct eam_pair **)(k->work + 5 * room);
    const struct grid grid = grid_of(&k->table->grid);
    const vd min2 = v_set(EAM_TABLE_R_MIN * EAM_TABLE_R_MIN);
    const __m256d scale = _mm256_setr_pd(2, 2, 2, 0.5);
    double *keep = k->slope, *keep_other = k->slope_other;
    float *single = k->single, *single_other = k->single_other;
    const vd shift_w = v_set(a->quantum * 0x1.8p52);
    vd w[6];
    struct sums s;
    sums_zero(&s);
    for (int c = 0; c < 6; c++) w[c] = v_set(0);
    for (int i = 0; i < a->n; i++) {
        const struct eam_pair *pairs = &k->table->pair[a->type[i] * ns];
        const vd at[3] = {v_set(x[i][0]), v_set(x[i][1]), v_set(x[i][2])};
        const int n = LIST_BLOCK * tables_of(pairs, near->blocks + (int64_t)i * ns, ns, block);
        int64_t e = near->start[i];
        vd closest = distances(x, at, near->j + e, n, &grid, &buf, min2 + min2);
        vd rho = v_set(0);
        s.e = v_set(0);
        for (int c = 0; c < 3; c++) s.f[c] = v_set(0);
        for (int m = 0; m < n; m += W) {
            const struct eam_pair *p = block[m / LIST_BLOCK];
            vd t = v_load(buf.s + m), c[4], q[4];
            eam_rows((const double(*)[8])p->near, (const double(*)[4])p->brief, buf.row + 2 * m, energy, c,
                     q);
            const vd d[3] = {v_load(buf.d[0] + m), v_load(buf.d[1] + m), v_load(buf.d[2] + m)};
            rho += density_value(c, t);
            if (keep) v_store(keep + e + m, density_slope(c, t));
            else if (single) v_store_single(single + e + m, density_slope(c, t));
            sums_pair(&s, d, pair_slope(q, t), virial);
            if (energy) s.e += pair_value(q, t);
            if (!unlike) continue;
            if (p->other) eam_rows(p->other, p->other_brief, buf.row + 2 * m, energy, c, q);
            if (keep_other) v_store(keep_other + e + m, density_slope(c, t));
            else v_store_single(single_other + e + m, density_slope(c, t));
        }
        const int n_far = LIST_BLOCK * tables_of(pairs, far->blocks + (int64_t)i * ns, ns, block);
        closest = distances(x, at, far->j + far->start[i], n_far, &grid, &buf, closest);
        for (int m = 0; m < n_far; m += W) {
            vd t = v_load(buf.s + m), q[4];
            v_rows(block[m / LIST_BLOCK]->far[0], 4, buf.row + 2 * m, 2, q);
            const vd d[3] = {v_load(buf.d[0] + m), v_load(buf.d[1] + m), v_load(buf.d[2] + m)};
            sums_pair(&s, d, pair_slope(q, t), virial);
            if (energy) s.e += pair_value(q, t);
        }
        _mm256_store_pd(a->f[i], _mm256_mul_pd(scale, v_sum4(s.f[0], s.f[1], s.f[2], s.e)));
        a->x[i][3] = _mm256_cvtsd_f64(v_sum4(rho, rho, rho, rho));
        if (v_any(v_less(closest, min2))) a->close = i;
        if (virial) sums_settle(&s, w, shift_w, virial);
    }
    if (virial) sums_virial(w, a->virial);
}

static void eam_density(struct kernel_eam *k) {
    int unlike = k->slope_other || k->single_other;
    if (unlike && k->atoms.want == POT_FORCES) eam_density_atoms(k, 0, 0, 1);
    else if (unlike) eam_density_atoms(k, 1, POT_VIRIAL, 1);
    else if (k->atoms.want == POT_FORCES) eam_density_atoms(k, 0, 0, 0);
    else if (k->atoms.want == POT_DIAGONAL) eam_density_atoms(k, 0, POT_DIAGONAL, 0);
    else eam_density_atoms(k, 1, POT_VIRIAL, 0);
}

/* --- embedded atoms: forces of the embedding */

enum kept { COMPUTED, DOUBLES, SINGLES };

INLINE void eam_force_atoms(struct kernel_eam *k, const int virial, const enum kept kept, const int unlike) {
    struct kernel_atoms *a = &k->atoms;
    const struct list_zone *z = &a->list->near_zone;
    const double(*x)[4] = (const double(*)[4])a->x, *slope = k->slope, *slope_other = k->slope_other;
    const float *single = k->single, *single_other = k->single_other;
    const int ns = a->n_species;
    const struct eam_pair **block = (const struct eam_pair **)k->work;
    const struct grid grid = grid_of(&k->table->grid);
    const vd shift_w = v_set(a->quantum * 0x1.8p52);
    vd w[6];
    struct sums s;
    struct ahead ahead = {0};
    sums_zero(&s);
    for (int c = 0; c < 6; c++) w[c] = v_set(0);
    for (int i = 0; i < a->n; i++) {
        const vd at[3] = {v_set(x[i][0]), v_set(x[i][1]), v_set(x[i][2])}, mine = v_set(x[i][3]),
                 zero = v_set(0);
        const uint16_t *blocks = z->blocks + (int64_t)i * ns;
        int64_t e = z->start[i];
        int n = 0;
        ahead_begin(&ahead, x, z->j + e);
        for (int b = 0; b < ns; b++) n += LIST_BLOCK * blocks[b];
        if (kept == COMPUTED) tables_of(&k->table->pair[a->type[i] * ns], blocks, ns, block);
        for (int c = 0; c < 3; c++) s.f[c] = zero;
        for (int m = 0; m < n; m += W) {
            vd d[3], theirs, g, r2 = ahead_next(&ahead, x, at, d, &theirs);
            if (kept != COMPUTED) {
                vd a_ij = kept == DOUBLES ? v_load(slope + e + m) : v_load_single(single + e + m);
                g = mine + theirs;
                if (!unlike) {
                    g *= a_ij;
                } else {
                    vd a_ji =
                        kept == DOUBLES ? v_load(slope_other + e + m) : v_load_single(single_other + e + m);
                    g = v_fma(theirs, a_ji, mine * a_ij);
                }
            } else {
                const struct eam_pair *p = block[m / LIST_BLOCK];
                int32_t row[2 * W];
                vd c[4], t = find_rows(&grid, r2, row);
                v_rows(p->near[0], 8, row, 2, c);
                g = mine * density_slope(c, t);
                if (p->other) v_rows(p->other[0], 8, row, 2, c);
                g = v_fma(theirs, density_slope(c, t), g);
            }
            sums_pair(&s, d, g, virial);
        }
        __m256d f = _mm256_load_pd(a->f[i]);
        f = _mm256_fmadd_pd(_mm256_set1_pd(2), v_sum4(s.f[0], s.f[1], s.f[2], zero), f);
        _mm256_store_pd(a->f[i], f);
        if (virial) sums_settle(&s, w, shift_w, virial);
    }
    if (virial) sums_virial(w, a->virial);
}

static void eam_force(struct kernel_eam *k) {
    int virial = k->atoms.want & POT_VIRIAL, unlike = k->slope_other || k->single_other;
    if (k->single && unlike) eam_force_atoms(k, POT_VIRIAL, SINGLES, 1);
    else if (k->single && virial) eam_force_atoms(k, POT_VIRIAL, SINGLES, 0);
    else if (k->single) eam_force_atoms(k, 0, SINGLES, 0);
    else if (!k->slope) eam_force_atoms(k, POT_VIRIAL, COMPUTED, 0);
    else if (unlike && virial) eam_force_atoms(k, POT_VIRIAL, DOUBLES, 1);
    else if (unlike) eam_force_atoms(k, 0, DOUBLES, 1);
    else if (virial == POT_VIRIAL) eam_force_atoms(k, POT_VIRIAL, DOUBLES, 0);
    else if (virial) eam_force_atoms(k, POT_DIAGONAL, DOUBLES, 0);
    else eam_force_atoms(k, 0, DOUBLES, 0);
}

/* --- inner lists */

#define MASKS 64

/* Columns of eight rows of four floats at base + 4 k[.]. */
INLINE void singles(const float *base, const int32_t *k, __m256 c[3]) {
    __m256 a[4];
    for (int m = 0; m < 4; m++)
        a[m] = _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_load_ps(base + 4 * (int64_t)k[m])),
                                    _mm_load_ps(base + 4 * (int64_t)k[m + 4]), 1);
    __m256 al = _mm256_unpacklo_ps(a[0], a[1]), ah = _mm256_unpackhi_ps(a[0], a[1]);
    __m256 bl = _mm256_unpacklo_ps(a[2], a[3]), bh = _mm256_unpackhi_ps(a[2], a[3]);
    c[0] = _mm256_shuffle_ps(al, bl, 0x44);
    c[1] = _mm256_shuffle_ps(al, bl, 0xee);
    c[2] = _mm256_shuffle_ps(ah, bh, 0x44);
}

/* Masks of many blocks first, then what they keep: where a store goes depends on all masks before it, and
 * loads behind such a store wait (74 and 54 ns an atom of Cu). Building lists gained nothing by the same. */
INLINE void prune_atoms(struct kernel_prune *p, const int zones) {
    const int ns = p->n_species;
    const float *const rows = p->x[0];
    for (int i = p->from; i < p->to; i++) {
        const __m256 at[3] = {_mm256_set1_ps(p->x[i][0]), _mm256_set1_ps(p->x[i][1]),
                              _mm256_set1_ps(p->x[i][2])};
        const int32_t *j = p->outer->j + p->outer->start[i];
        p->near->start[i] = p->near->used;
        p->far->start[i] = p->far->used;
        for (int b = 0; b < ns; b++) {
            const int64_t seg = (int64_t)i * ns + b;
            const __m256 near2 = _mm256_set1_ps(p->near2[p->type[i] * ns + b]),
                         cut2 = _mm256_set1_ps(p->cut2[p->type[i] * ns + b]);
            int32_t *near0 = p->near->j + p->near->used, *near = near0;
            int32_t *far0 = p->far->j + p->far->used, *far = far0;
            const int32_t *end = j + LIST_BLOCK * p->outer->blocks[seg];
            while (j < end) {
                uint8_t in_near[MASKS], in_far[MASKS];
                const int n = end - j < 8 * MASKS ? (int)(end - j) / 8 : MASKS;
                for (int k = 0; k < n; k++) {
                    __m256 d[3];
                    singles(rows, j + 8 * k, d);
                    for (int c = 0; c < 3; c++) d[c] -= at[c];
                    __m256 r2 = _mm256_fmadd_ps(d[2], d[2], _mm256_fmadd_ps(d[1], d[1], d[0] * d[0]));
                    unsigned m = v_less8(r2, near2);
                    in_near[k] = (uint8_t)m;
                    if (zones) in_far[k] = (uint8_t)(v_less8(r2, cut2) & ~m);
                }
                for (int k = 0; k < n; k++, j += 8) {
                    __m256i row = _mm256_loadu_si256((const __m256i *)j);
                    v_keep8(&near, row, in_near[k]);
                    if (zones) v_keep8(&far, row, in_far[k]);
                }
            }
            list_zone_close(p->near, &p->near->blocks[seg], (int)(near - near0), p->pad);
            list_zone_close(p->far, &p->far->blocks[seg], (int)(far - far0), p->pad);
        }
    }
}

static void prune(struct kernel_prune *p) {
    int zones = 0;
    V_PREPARE();
    for (int k = 0; k < p->n_species * p->n_species; k++) zones |= p->near2[k] < p->cut2[k];
    if (zones) prune_atoms(p, 1);
    else prune_atoms(p, 0);
}

const struct kernel KERNEL = {KERNEL_NAME, W, lj, eam_density, eam_force, sift_rows, select_rows, prune};
