/* synthetic - a film of fluctuating speckle whose answer is known, pixel by pixel.
 *
 * ln tau(r) is a Gaussian field with covariance sigma^2 exp(-r / xi) about ln tau_median; a wire has a layer
 * at its edges where tau is shorter by a ratio; a field of mobility divides tau. The field at pixel r is
 *
 *     E(t, r) = sum_k sqrt(S_k[tau(r)] / M) W_k(r) exp(2 pi i k t / M)
 *
 * with S the spectrum of f(t) = exp[-(t / tau)^beta] (circulant embedding, M >= 2 n_t: positive for beta <= 1
 * because f is convex) and W_k(r) complex white noise in k, filtered in space by the amplitude point spread
 * of the objective aperture (a Gaussian). So <E(0) E*(t)> = f(t) exactly in every pixel, whatever its
 * neighbours do, and g2 - 1 = A exp[-2 (t / tau)^beta] (Siegert), A = 1 / (1 + background)^2. Intensities
 * are |E|^2 with mean 1, then Poisson counts of a dose. Every number is keyed by (seed, pixel, k): the same
 * film on any number of ranks and in blocks of any size. Times in s, lengths in nm. Reference: zhang2018. */
#ifndef FILM_SYNTHETIC_H
#define FILM_SYNTHETIC_H

#include "analysis/film/series.h"

enum synthetic_section { SYNTHETIC_FILM, SYNTHETIC_SLAB, SYNTHETIC_RECTANGLE, SYNTHETIC_ROUND };
#define SYNTHETIC_SECTIONS "film|slab|rectangle|round"

struct synthetic_spec {
    int64_t n_t, ny, nx;
    double frame_time, pixel;
    double tau, sigma, beta, xi; /* median, width of ln tau, exponent, correlation length */
    const double *mobility; /* [ny * nx], > 0: tau of a pixel is divided by it; NAN: nothing there; NULL: 1 */
    int section;            /* film: no edge; wires run along y, centred */
    double width;           /* of the wire, nm */
    double layer, ratio;    /* thickness of the fast layer; tau(bulk) / tau(layer) */
    double speckle;         /* full width at half height of the intensity autocorrelation, nm */
    double background;      /* incoherent intensity over coherent */
    double dose;            /* counts a pixel and frame; 0: no noise */
    double ageing;          /* growth of tau over the film: tau(t) = tau (1 + ageing t / T) */
    double drift[2];        /* nm/s, y and x; films without edge. The truth is that of the first frame */
    double dark;            /* intensity outside the wire, over that inside */
    bool independent;       /* pixels know nothing of each other (xi and speckle unused) */
    uint64_t seed;
};

struct synthetic;

/* Local. memory: bytes a block may take. ERR_INPUT: what cannot be made. */
int synthetic_create(const struct synthetic_spec *spec, int64_t memory,
                     struct synthetic **synthetic) MUST_CHECK;
void synthetic_destroy(struct synthetic **synthetic);
/* Local. The film as a series, which takes the film. */
int synthetic_series(struct synthetic **synthetic, struct series *series) MUST_CHECK;
/* Local. The truth: ln tau of each pixel (NAN outside the wire), [ny * nx]; distance to the edge, nm
 * (INFINITY for films; negative outside). Owned by the film. */
const double *synthetic_log_tau(const struct synthetic *synthetic);
const double *synthetic_depth(const struct synthetic *synthetic);

#endif
