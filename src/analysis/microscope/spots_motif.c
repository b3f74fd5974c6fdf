/* spots_motif - places of spots along zone axes, from the lattices' rules and the icosahedron's vectors, and
 * how well they fit.
 *
 * The best rotation and scale are sought among those that put one of the motif's short vectors onto one of
 * the spots: exhaustive, a few thousand trials. Rejected: correlation of polar histograms (blind to lengths).
 */
#include "analysis/microscope/spots.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const int zones[][3] = {{0, 0, 1}, {0, 1, 1}, {1, 1, 1}, {1, 1, 2}, {0, 1, 3}};
#define N_ZONES 5

static bool allowed(bool fcc, int h, int k, int l) {
    if (fcc) return (h & 1) == (k & 1) && (k & 1) == (l & 1);
    return ((h + k + l) & 1) == 0;
}

static double dot(const double *a, const double *b) {
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

/* **Local.** Two unit vectors perpendicular to `axis` and to each other. */
static void plane_of(const double axis[3], double u[3], double v[3]) {
    int small = 0;
    for (int c = 1; c < 3; c++)
        if (fabs(axis[c]) < fabs(axis[small])) small = c;
    double e[3] = {0}, a = dot(axis, axis);
    e[small] = 1;
    for (int c = 0; c < 3; c++) u[c] = e[c] - axis[small] * axis[c] / a;
    double n = sqrt(dot(u, u)), m = sqrt(a);
    for (int c = 0; c < 3; c++) u[c] /= n;
    for (int c = 0; c < 3; c++)
        v[c] = (axis[(c + 1) % 3] * u[(c + 2) % 3] - axis[(c + 2) % 3] * u[(c + 1) % 3]) / m;
}

static void add(struct spots_motif *motif, const double axis[3], const double g[3], double longest) {
    double u[3], v[3], length = sqrt(dot(g, g));
    if (fabs(dot(axis, g)) > 1e-9 * sqrt(dot(axis, axis)) * length) return;
    if (length > longest || motif->n == SPOTS_MOTIF_MOST) return;
    plane_of(axis, u, v);
    motif->g[motif->n][0] = dot(g, u);
    motif->g[motif->n++][1] = dot(g, v);
}

static void normalise(struct spots_motif *motif) {
    double least = INFINITY;
    for (int i = 0; i < motif->n; i++) least = fmin(least, hypot(motif->g[i][0], motif->g[i][1]));
    for (int i = 0; i < motif->n; i++)
        for (int c = 0; c < 2; c++) motif->g[i][c] /= least;
}

/* **Local.** Reflections up to twice the shortest of the zone. */
static void crystal(bool fcc, const int zone[3], struct spots_motif *motif) {
    double axis[3] = {zone[0], zone[1], zone[2]}, shortest = INFINITY;
    snprintf(motif->name, sizeof motif->name, "%s %d%d%d", fcc ? "fcc" : "bcc", zone[0], zone[1], zone[2]);
    for (int turn = 0; turn < 2; turn++)
        for (int h = -6; h <= 6; h++)
            for (int k = -6; k <= 6; k++)
                for (int l = -6; l <= 6; l++) {
                    if ((!h && !k && !l) || !allowed(fcc, h, k, l)) continue;
                    double g[3] = {h, k, l};
                    if (fabs(dot(axis, g)) > 1e-9) continue;
                    if (turn == 0) shortest = fmin(shortest, sqrt(dot(g, g)));
                    else add(motif, axis, g, 2.01 * shortest);
                }
}

/* **Local.** Five-fold vectors (0, +-1, +-tau) and cyclic; their differences of neighbours are two-fold, sums
 * of three neighbours three-fold: the shortest vectors of icosahedral order. */
static void icosahedron(int fold, struct spots_motif *motif) {
    const double t = (1 + sqrt(5)) / 2;
    double v[12][3];
    int n = 0;
    snprintf(motif->name, sizeof motif->name, "ico %d", fold);
    for (int c = 0; c < 3; c++)
        for (int s = 0; s < 4; s++, n++) {
            v[n][c] = 0;
            v[n][(c + 1) % 3] = s & 1 ? 1 : -1;
            v[n][(c + 2) % 3] = s & 2 ? t : -t;
        }
    const double axes[3][3] = {{0, 0, 1}, {1, 1, 1}, {0, 1, t}};
    const double *axis = axes[fold == 2 ? 0 : fold == 3 ? 1 : 2];
    for (int i = 0; i < 12; i++) {
        add(motif, axis, v[i], 10);
        for (int j = 0; j < 12; j++) {
            double d[3] = {v[i][0] - v[j][0], v[i][1] - v[j][1], v[i][2] - v[j][2]};
            bool near = dot(v[i], v[j]) > 0;
            if (i == j || !near) continue;
            bool known = false; /* every two-fold vector is the difference of two pairs */
            double u1[3], u2[3];
            plane_of(axis, u1, u2);
            for (int m = 0; m < motif->n; m++)
                known |= hypot(motif->g[m][0] - dot(d, u1), motif->g[m][1] - dot(d, u2)) < 1e-6;
            if (!known) add(motif, axis, d, 10);
            for (int k = j + 1; k < 12 && j > i; k++) {
                if (dot(v[i], v[k]) <= 0 || dot(v[j], v[k]) <= 0) continue;
                double s[3] = {v[i][0] + v[j][0] + v[k][0], v[i][1] + v[j][1] + v[k][1],
                               v[i][2] + v[j][2] + v[k][2]};
                add(motif, axis, s, 10);
            }
        }
    }
}

bool spots_motif_get(int i, struct spots_motif *motif) {
    memset(motif, 0, sizeof *motif);
    if (i < 0 || i >= 2 * N_ZONES + 3) return false;
    if (i < 2 * N_ZONES) crystal(i < N_ZONES, zones[i % N_ZONES], motif);
    else icosahedron(i == 2 * N_ZONES ? 5 : i == 2 * N_ZONES + 1 ? 3 : 2, motif);
    normalise(motif);
    return true;
}

/* **Local.** Compare at one rotation and scale; the motif's places beyond the farthest spot are not expected.
 */
static struct spots_match try_one(const struct spots_motif *motif, const struct spot *spots, int n,
                                  double tolerance, double rotation, double scale, double farthest) {
    struct spots_match m = {.scale = scale, .rotation = rotation};
    bool seen[SPOTS_MOTIF_MOST] = {false};
    double c = cos(rotation), s = sin(rotation), square = 0;
    int hit = 0;
    for (int i = 0; i < n; i++) {
        double best = tolerance * spots[i].k, x = spots[i].k * cos(spots[i].phi),
               y = spots[i].k * sin(spots[i].phi);
        int at = -1;
        for (int j = 0; j < motif->n; j++) {
            double gx = scale * (c * motif->g[j][0] - s * motif->g[j][1]);
            double gy = scale * (s * motif->g[j][0] + c * motif->g[j][1]);
            double d = hypot(gx - x, gy - y);
            if (d < best) best = d, at = j;
        }
        if (at < 0) continue;
        m.explained++;
        seen[at] = true;
        square += best * best / (spots[i].k * spots[i].k);
    }
    for (int j = 0; j < motif->n; j++) {
        if (scale * hypot(motif->g[j][0], motif->g[j][1]) > farthest * (1 + tolerance)) continue;
        m.expected++;
        hit += seen[j];
    }
    m.rms = m.explained ? sqrt(square / m.explained) : NAN;
    m.score = m.expected ? (double)m.explained / n * hit / m.expected : 0;
    return m;
}

struct spots_match spots_compare(const struct spots_motif *motif, const struct spot *spots, int n,
                                 double tolerance) {
    struct spots_match best = {.score = 0, .scale = NAN, .rotation = NAN, .rms = NAN};
    double farthest = 0;
    for (int i = 0; i < n; i++) farthest = fmax(farthest, spots[i].k);
    for (int i = 0; i < n; i++)
        for (int j = 0; j < motif->n; j++) {
            double length = hypot(motif->g[j][0], motif->g[j][1]);
            if (length > 1.8) continue;
            struct spots_match m =
                try_one(motif, spots, n, tolerance, spots[i].phi - atan2(motif->g[j][1], motif->g[j][0]),
                        spots[i].k / length, farthest);
            if (m.score > best.score + 1e-9 || (m.score > best.score - 1e-9 && m.rms < best.rms)) best = m;
        }
    return best;
}
