/* optics - single scattering for the pattern, two beams for images: enough to ask when a crystal is noticed.
 * Rejected: multislice of the grain map (a voxel is larger than a unit cell; the microscope room does it from
 * atoms). */
#include "kmc/optics.h"

#include <math.h>

#define WIDTH                                                                                               \
    0.49 /* standard deviation of a sphere's peak times its diameter: 1.16 / 2.355 (Scherrer, full width at \
            half maximum over 2.355) */
#define REACH 4.0 /* standard deviations of a peak that are drawn */

static const struct family {
    int h[3], n;
    double ratio; /* xi / xi(111) of platinum, as 1/f(g) of its scattering factors (lobato2014) */
} families[] = {{{1, 1, 1}, 8, 1}, {{2, 0, 0}, 6, 1.111}, {{2, 2, 0}, 12, 1.513}, {{3, 1, 1}, 24, 1.789}};
#define N_FAMILIES 4

double optics_wavelength(double eV) {
    const double mc2 = 510998.95, hc = 1239.841984; /* eV, eV nm */
    return hc / sqrt(eV * (eV + 2 * mc2));
}

/* **Local.** All permutations and signs of a family, in a fixed order. */
static int members(const int h[3], int out[24][3]) {
    int n = 0;
    for (int p = 0; p < 6; p++) {
        int a = p / 2, b = (a + 1 + p % 2) % 3, c = 3 - a - b;
        for (int s = 0; s < 8; s++) {
            int v[3], same = 0;
            v[a] = s & 1 ? -h[0] : h[0];
            v[b] = s & 2 ? -h[1] : h[1];
            v[c] = s & 4 ? -h[2] : h[2];
            for (int m = 0; m < n && !same; m++)
                same = out[m][0] == v[0] && out[m][1] == v[1] && out[m][2] == v[2];
            if (same) continue;
            for (int i = 0; i < 3; i++) out[n][i] = v[i];
            n++;
        }
    }
    return n;
}

void optics_beams(const struct optics_rules *r, const float q[4], struct optics_beam beam[OPTICS_BEAMS]) {
    double x = q[0], y = q[1], z = q[2], w = q[3];
    double R[3][3] = {{1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)},
                      {2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)},
                      {2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)}};
    int n = 0;
    for (int f = 0; f < N_FAMILIES; f++) {
        int h[24][3], m = members(families[f].h, h);
        for (int k = 0; k < m; k++, n++) {
            double g[3] = {0};
            for (int i = 0; i < 3; i++)
                for (int j = 0; j < 3; j++) g[i] += R[i][j] * h[k][j] / r->lattice;
            double square = g[0] * g[0] + g[1] * g[1] + g[2] * g[2];
            beam[n] =
                (struct optics_beam){(float)g[1], (float)g[2], (float)(-g[0] - square * r->wavelength / 2),
                                     (float)(1 / (families[f].ratio * r->extinction))};
        }
    }
}

static double two_beams(const struct optics_beam *b, double t) {
    double s = hypot(b->deviation, b->inverse), a = sin(M_PI * t * s) * b->inverse / s;
    return a * a;
}

double optics_direct(const struct optics_beam *beam, int n, double t) {
    double left = 1;
    for (int k = 0; k < n; k++) left *= 1 - two_beams(&beam[k], t);
    return left;
}

static int in_aperture(const struct optics_rules *r, double across, double along) {
    if (isnan(r->azimuth)) return fabs(hypot(across, along) - r->dark_k) <= r->aperture;
    return hypot(across - r->dark_k * sin(r->azimuth), along - r->dark_k * cos(r->azimuth)) <= r->aperture;
}

double optics_dark(const struct optics_rules *r, const struct optics_beam *beam, int n, double t) {
    double sum = 0;
    for (int k = 0; k < n; k++)
        if (in_aperture(r, beam[k].across, beam[k].along)) sum += two_beams(&beam[k], t);
    return fmin(1, sum);
}

/* **Local.** Integral of I_g over s is pi^2 t / xi^2; s of random orientations has the density 1/2g. */
static double family_rate(const struct optics_rules *r, int f) {
    const int *h = families[f].h;
    double g = sqrt(h[0] * h[0] + h[1] * h[1] + h[2] * h[2]) / r->lattice;
    return families[f].n * pow(M_PI / (families[f].ratio * r->extinction), 2) / (2 * g);
}

double optics_mean_loss(const struct optics_rules *r) {
    double sum = 0;
    for (int f = 0; f < N_FAMILIES; f++) sum += family_rate(r, f);
    return sum;
}

/* **Local.** Part of all azimuths that the aperture takes of a ring at k. */
static double azimuths(const struct optics_rules *r, double k) {
    if (isnan(r->azimuth)) return fabs(k - r->dark_k) <= r->aperture;
    if (k <= 0 || fabs(k - r->dark_k) >= r->aperture) return 0;
    double c = (k * k + r->dark_k * r->dark_k - r->aperture * r->aperture) / (2 * k * r->dark_k);
    return acos(fmax(-1, fmin(1, c))) / M_PI;
}

double optics_mean_dark(const struct optics_rules *r) {
    double sum = 0;
    for (int f = 0; f < N_FAMILIES; f++) {
        const int *h = families[f].h;
        double g = sqrt(h[0] * h[0] + h[1] * h[1] + h[2] * h[2]) / r->lattice;
        sum += family_rate(r, f) * azimuths(r, g);
    }
    return sum;
}

/* A ring of the glass: what it has of the total, where, how wide. */
struct ring {
    double rate, k, width;
};

/* **Local.** The second ring lies at 1.7 times the first, as in the structure factors of metallic glasses,
 * and is twice as wide. */
static void rings(const struct optics_rules *r, struct ring ring[2]) {
    ring[0] = (struct ring){family_rate(r, 0) + family_rate(r, 1), r->halo, r->halo_width};
    ring[1] = (struct ring){family_rate(r, 2) + family_rate(r, 3), 1.7 * r->halo, 2 * r->halo_width};
}

double optics_glass_dark(const struct optics_rules *r) {
    const int steps = 400;
    struct ring ring[2];
    double total = 0;
    rings(r, ring);
    for (int m = 0; m < 2; m++) {
        double sum = 0, all = 0;
        for (int k = 0; k < steps; k++) {
            double z = 8.0 * (k + 0.5) / steps - 4, at = ring[m].k + z * ring[m].width;
            double weight = at > 0 ? at * exp(-z * z / 2) : 0; /* times k: a ring in a plane */
            sum += weight * azimuths(r, at);
            all += weight;
        }
        total += ring[m].rate * sum / all;
    }
    return total;
}

/* **Local.** Adds a Gaussian spot of that sum: each pixel gets its exact integral. */
static void stamp(struct optics_pattern *p, double row, double column, double sigma, double sum) {
    double reach = REACH * sigma + 1, part[2][256];
    int64_t low[2], high[2];
    const double at[2] = {row, column};
    for (int a = 0; a < 2; a++) {
        low[a] = (int64_t)fmax(0, ceil(at[a] - reach));
        high[a] = (int64_t)fmin((double)p->n - 1, floor(at[a] + reach));
        if (high[a] - low[a] > 255) high[a] = low[a] + 255;
        for (int64_t k = low[a]; k <= high[a]; k++)
            part[a][k - low[a]] = 0.5 * (erf(((double)k + 0.5 - at[a]) / (M_SQRT2 * sigma)) -
                                         erf(((double)k - 0.5 - at[a]) / (M_SQRT2 * sigma)));
    }
    for (int64_t j = low[0]; j <= high[0]; j++)
        for (int64_t i = low[1]; i <= high[1]; i++)
            p->intensity[j * p->n + i] += sum * part[0][j - low[0]] * part[1][i - low[1]];
}

void optics_add_grain(const struct optics_rules *r, const struct optics_beam *beam, int n, double volume,
                      struct optics_pattern *p) {
    (void)r;
    double width = WIDTH / cbrt(6 * volume / M_PI), blurred = hypot(width, p->blur);
    double half = (double)(p->n / 2);
    for (int k = 0; k < n; k++) {
        const struct optics_beam *b = &beam[k];
        double z = b->deviation / width;
        if (fabs(z) > REACH) continue;
        /* over s it integrates to pi^2 volume / xi^2, as two beams do */
        double sum = pow(M_PI * b->inverse, 2) * volume * exp(-z * z / 2) / (sqrt(2 * M_PI) * width);
        stamp(p, half + b->across / p->pixel, half + b->along / p->pixel, blurred / p->pixel, sum);
    }
}

void optics_add_halo(const struct optics_rules *r, double volume, struct optics_pattern *p) {
    double half = (double)(p->n / 2), scale[2], width[2];
    struct ring ring[2];
    rings(r, ring);
    for (int m = 0; m < 2; m++) {
        width[m] = hypot(ring[m].width, p->blur);
        double plane = 2 * M_PI * sqrt(2 * M_PI) * ring[m].k * width[m]; /* of exp(-..) */
        scale[m] = ring[m].rate * volume * p->pixel * p->pixel / plane;
    }
    for (int64_t j = 0; j < p->n; j++)
        for (int64_t i = 0; i < p->n; i++) {
            double k = p->pixel * hypot((double)j - half, (double)i - half);
            for (int m = 0; m < 2; m++)
                p->intensity[j * p->n + i] += scale[m] * exp(-0.5 * pow((k - ring[m].k) / width[m], 2));
        }
}
