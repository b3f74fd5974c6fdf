/* probe - an aperture on a grid.
 *
 * Near-parallel probes have an aperture of few pixels (1 nm at 300 kV in a 5-nm window: a radius of 2.6), so
 * a hard edge would make the spot's width jump with the window; the edge falls linearly over one pixel
 * instead. Rejected: sub-pixel area averages (same effect, more code). */
#include "analysis/microscope/probe.h"
#include "base/mem.h"

#include <math.h>

#define AIRY 0.514497 /* (2 J1(x) / x)^2 = 1/2 at x = 1.616340: FWHM = 2 x lambda / (2 pi alpha) */

double probe_fwhm(const struct probe *probe) {
    return AIRY * probe->electron.lambda / probe->semi_angle;
}

double probe_angle(const struct formfactor_electron *electron, double fwhm) {
    return AIRY * electron->lambda / fwhm;
}

double probe_room(const struct probe *probe, double thickness) {
    double a = probe->semi_angle;
    if (a <= 0) return 0;
    /* the beam is widest at one of the faces */
    double far = fmax(fabs(probe->defocus), fabs(thickness - probe->defocus));
    double lean = hypot(probe->tilt[0], probe->tilt[1]) * thickness;
    return 2.5 * probe_fwhm(probe) + 2 * a * far + 2 * fabs(probe->cs) * a * a * a + 2 * lean;
}

static double amplitude(const struct probe *p, double k, double pixel) {
    double edge = p->semi_angle / p->electron.lambda;
    if (edge <= 0) return k == 0;
    return fmin(1, fmax(0, (edge - k) / pixel + 0.5));
}

static double chi(const struct probe *p, double k) {
    double l = p->electron.lambda, k2 = k * k;
    return M_PI * l * k2 * (0.5 * p->cs * l * l * k2 - p->defocus);
}

int probe_sample(const struct probe *probe, double lx, double ly, struct probe_beams *beams) {
    double edge = probe->semi_angle / probe->electron.lambda, pixel = 1 / fmin(lx, ly);
    double sum = 0;
    int mx = (int)ceil((edge + pixel) * lx), my = (int)ceil((edge + pixel) * ly);
    int64_t most = (int64_t)(2 * mx + 1) * (2 * my + 1);
    *beams = (struct probe_beams){.even = probe->defocus == 0 && probe->cs == 0};
    int e = MEM_NEW(beams->i, most);
    if (!e) e = MEM_NEW(beams->j, most);
    if (!e) e = MEM_NEW(beams->c, most);
    if (e) {
        probe_free(beams);
        return e;
    }
    for (int j = -my; j <= my; j++)
        for (int i = -mx; i <= mx; i++) {
            double k = hypot(i / lx, j / ly), a = amplitude(probe, k, pixel);
            if (a == 0) continue;
            double phase = beams->even ? 0 : -chi(probe, k);
            int n = beams->n++;
            beams->i[n] = i;
            beams->j[n] = j;
            beams->c[n][0] = a * cos(phase);
            beams->c[n][1] = a * sin(phase);
            sum += a * a;
        }
    for (int n = 0; n < beams->n; n++)
        for (int p = 0; p < 2; p++) beams->c[n][p] /= sqrt(sum);
    return ERR_OK;
}

void probe_free(struct probe_beams *beams) {
    mem_free(&beams->i);
    mem_free(&beams->j);
    mem_free(&beams->c);
    beams->n = 0;
}
