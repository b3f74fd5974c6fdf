/* radial - least squares by GSL (Levenberg-Marquardt with its own derivatives).
 *
 * Errors come from the covariance scaled by the scatter about the fit. Rejected: the height-weighted centre
 * of a peak (depends on where it is cut), a background of a fixed shape (inelastic tails differ between
 * instruments). */
#include "analysis/microscope/radial.h"
#include "base/mem.h"

#include <gsl/gsl_blas.h>
#include <gsl/gsl_multifit_nlinear.h>
#include <math.h>

#define SHARP (4 * M_LN2)

void radial_add(const struct polar_geometry *g, const float *image, double *sum, double *weight) {
    for (int y = 0; y < g->ny; y++)
        for (int x = 0; x < g->nx; x++) {
            int64_t i = (int64_t)y * g->nx + x;
            double k, phi;
            if (g->bad && g->bad[i]) continue;
            polar_where(g, x, y, &k, &phi);
            double at = (k - g->k_first) / g->k_step;
            int low = (int)floor(at);
            for (int c = 0; c < 2; c++) {
                double w = c ? at - low : 1 - (at - low);
                if (low + c < 0 || low + c >= g->n_k) continue;
                sum[low + c] += w * image[i];
                weight[low + c] += w;
            }
        }
}

/* --- background --- */

/* **Local.** A straight line in log I over log k through the points within two and a half steps of an anchor,
 * so that one noisy point does not decide; its value there. */
static int at_anchor(const double *k, const double *intensity, int n, double at, double *value) {
    double count = 0, x = 0, y = 0, xx = 0, xy = 0, reach = 2.5 * (k[n - 1] - k[0]) / (n - 1);
    for (int i = 0; i < n; i++) {
        if (!(fabs(k[i] - at) <= reach) || !(intensity[i] > 0)) continue;
        double u = log(k[i] / at), v = log(intensity[i]);
        count++;
        x += u;
        y += v;
        xx += u * u;
        xy += u * v;
    }
    if (count < 2)
        FAIL(ERR_INPUT,
             "the profile (%.4g to %.4g 1/A) is not above 0 around the background's anchor %.4g 1/A", k[0],
             k[n - 1], at);
    *value = exp((y * xx - x * xy) / (count * xx - x * x));
    return ERR_OK;
}

int radial_background(const double *k, double *intensity, int n, const double *anchor, int n_anchors,
                      double *background) {
    double *v = NULL;
    if (n_anchors < 2 || n < 3) FAIL(ERR_INPUT, "a background needs two anchors or more");
    for (int a = 1; a < n_anchors; a++)
        if (!(anchor[a] > anchor[a - 1])) FAIL(ERR_INPUT, "the background's anchors must increase");
    TRY(MEM_NEW(v, n_anchors));
    int e = ERR_OK;
    for (int a = 0; a < n_anchors && !e; a++) e = at_anchor(k, intensity, n, anchor[a], &v[a]);
    for (int i = 0, a = 0; i < n && !e; i++) {
        while (a < n_anchors - 2 && k[i] > anchor[a + 1]) a++;
        double u = log(k[i] / anchor[a]) / log(anchor[a + 1] / anchor[a]);
        background[i] = v[a] * exp(u * log(v[a + 1] / v[a])); /* beyond the ends: the last line goes on */
        intensity[i] -= background[i];
    }
    mem_free(&v);
    return e;
}

/* --- peaks --- */

struct points {
    const double *q, *intensity;
    int n, n_peaks;
};

static int residual(const gsl_vector *p, void *data, gsl_vector *f) {
    const struct points *d = data;
    for (int i = 0; i < d->n; i++) {
        double sum = -d->intensity[i];
        for (int m = 0; m < d->n_peaks; m++) {
            double t =
                (d->q[i] - gsl_vector_get(p, (size_t)(3 * m))) / gsl_vector_get(p, (size_t)(3 * m + 1));
            sum += gsl_vector_get(p, (size_t)(3 * m + 2)) * exp(-SHARP * t * t);
        }
        gsl_vector_set(f, (size_t)i, sum);
    }
    return GSL_SUCCESS;
}

static int derivative(const gsl_vector *p, void *data, gsl_matrix *j) {
    const struct points *d = data;
    for (int i = 0; i < d->n; i++)
        for (int m = 0; m < d->n_peaks; m++) {
            double w = gsl_vector_get(p, (size_t)(3 * m + 1)), h = gsl_vector_get(p, (size_t)(3 * m + 2));
            double t = (d->q[i] - gsl_vector_get(p, (size_t)(3 * m))) / w, g = exp(-SHARP * t * t);
            gsl_matrix_set(j, (size_t)i, (size_t)(3 * m), h * g * 2 * SHARP * t / w);
            gsl_matrix_set(j, (size_t)i, (size_t)(3 * m + 1), h * g * 2 * SHARP * t * t / w);
            gsl_matrix_set(j, (size_t)i, (size_t)(3 * m + 2), g);
        }
    return GSL_SUCCESS;
}

static void take(const gsl_multifit_nlinear_workspace *w, const gsl_matrix *covariance,
                 struct radial_peak *peak, int n_peaks, int n) {
    double norm = gsl_blas_dnrm2(gsl_multifit_nlinear_residual(w));
    double scatter = norm * norm / fmax(1, n - 3 * n_peaks);
    const gsl_vector *x = gsl_multifit_nlinear_position(w);
    for (int m = 0; m < n_peaks; m++) {
        double *to[3][2] = {{&peak[m].q, &peak[m].q_error},
                            {&peak[m].fwhm, &peak[m].fwhm_error},
                            {&peak[m].height, &peak[m].height_error}};
        for (int c = 0; c < 3; c++) {
            size_t i = (size_t)(3 * m + c);
            *to[c][0] = gsl_vector_get(x, i);
            *to[c][1] = sqrt(scatter * gsl_matrix_get(covariance, i, i));
        }
        peak[m].fwhm = fabs(peak[m].fwhm);
    }
}

static double value_at(const double *q, const double *intensity, int n, double at) {
    int i = 0;
    while (i < n - 1 && q[i + 1] <= at) i++;
    return intensity[i];
}

int radial_fit(const double *q, const double *intensity, int n, struct radial_peak *peak, int n_peaks) {
    struct points d = {q, intensity, n, n_peaks};
    size_t np = (size_t)(3 * n_peaks);
    if (n_peaks < 1) return ERR_OK;
    if (n < 3 * n_peaks + 1) FAIL(ERR_INPUT, "%d points of a profile cannot hold %d peaks", n, n_peaks);
    gsl_multifit_nlinear_fdf fdf = {residual, derivative, NULL, (size_t)n, np, &d, 0, 0, 0};
    gsl_multifit_nlinear_parameters par = gsl_multifit_nlinear_default_parameters();
    gsl_multifit_nlinear_workspace *w =
        gsl_multifit_nlinear_alloc(gsl_multifit_nlinear_trust, &par, (size_t)n, np);
    gsl_vector *start = gsl_vector_alloc(np);
    gsl_matrix *covariance = gsl_matrix_alloc(np, np);
    int e =
        w && start && covariance ? ERR_OK : err_set(ERR_MEMORY, __FILE__, __LINE__, "no memory for a fit");
    if (!e) {
        for (int m = 0; m < n_peaks; m++) {
            gsl_vector_set(start, (size_t)(3 * m), peak[m].q);
            gsl_vector_set(start, (size_t)(3 * m + 1), peak[m].fwhm > 0 ? peak[m].fwhm : 0.6);
            gsl_vector_set(start, (size_t)(3 * m + 2), value_at(q, intensity, n, peak[m].q));
        }
        int info, status = gsl_multifit_nlinear_init(start, &fdf, w);
        if (!status) status = gsl_multifit_nlinear_driver(500, 1e-10, 1e-10, 0, NULL, NULL, &info, w);
        if (status && status != GSL_ENOPROG)
            e = err_set(ERR_PHYSICS, __FILE__, __LINE__,
                        "the fit of %d peaks does not converge (%s); give peaks:", n_peaks,
                        gsl_strerror(status));
        else if (gsl_multifit_nlinear_covar(gsl_multifit_nlinear_jac(w), 0, covariance))
            e = err_set(ERR_PHYSICS, __FILE__, __LINE__, "the fit of %d peaks has no errors", n_peaks);
        else take(w, covariance, peak, n_peaks, n);
    }
    if (w) gsl_multifit_nlinear_free(w);
    gsl_vector_free(start);
    gsl_matrix_free(covariance);
    return e;
}

/* **Local.** Smoothed with a Gaussian of standard deviation s points, and its second derivative, at point i.
 */
static void smooth(const double *intensity, int n, int i, double s, double *value, double *curvature) {
    double sum = 0, weight = 0, second = 0;
    int reach = (int)ceil(4 * s);
    for (int j = i - reach; j <= i + reach; j++) {
        double v = intensity[j < 0 ? 0 : j >= n ? n - 1 : j], t = (j - i) / s, g = exp(-t * t / 2);
        sum += g * v;
        weight += g;
        second += g * (t * t - 1) * v;
    }
    *value = sum / weight;
    *curvature = second / weight;
}

int radial_maxima(const double *q, const double *intensity, int n, double width, double level,
                  struct radial_peak *peak, int most) {
    double s = fmax(1, width / 2.355 / ((q[n - 1] - q[0]) / (n - 1))), top = 0, v[3], c[3];
    int found = 0;
    if (most < 1) return 0;
    for (int i = 0; i < n; i++) {
        smooth(intensity, n, i, s, &v[0], &c[0]);
        top = fmax(top, v[0]);
    }
    for (int i = 1; i + 1 < n; i++) {
        for (int k = 0; k < 3; k++) smooth(intensity, n, i - 1 + k, s, &v[k], &c[k]);
        if (!(c[1] < 0 && c[1] <= c[0] && c[1] < c[2]) || v[1] < level * top) continue;
        if (-c[1] < 0.1 * level * top) continue; /* hardly bent */
        int at = found;
        if (found == most) { /* drop the lowest */
            at = 0;
            for (int m = 1; m < found; m++)
                if (peak[m].height < peak[at].height) at = m;
            if (peak[at].height >= v[1]) continue;
            for (int m = at; m + 1 < found; m++) peak[m] = peak[m + 1];
            at = found - 1;
        } else found++;
        peak[at] = (struct radial_peak){.q = q[i], .fwhm = width, .height = v[1]};
    }
    return found;
}
