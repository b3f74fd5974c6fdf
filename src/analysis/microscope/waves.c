/* waves - what the grids of all engines have in common. */
#include "analysis/microscope/waves.h"

#include <math.h>

double waves_limit(const struct waves_grid *grid) {
    return 1 / (3 * fmax(grid->dx, grid->dy));
}

int waves_half(const struct waves_grid *grid, int axis) {
    double edge = axis ? grid->ny * grid->dy : grid->nx * grid->dx;
    int most = (axis ? grid->ny : grid->nx) / 2 - 1;
    int half = (int)ceil(waves_limit(grid) * edge * (1 - 1e-12)) - 1;
    return half < most ? half : most;
}

double waves_pixel(const struct waves_setup *o, int axis) {
    double edge = axis ? o->window.ny * o->window.dy : o->window.nx * o->window.dx;
    return fmax(1, o->interpolation) / edge;
}

int waves_crop(const struct waves_setup *o, int axis) {
    return waves_friendly(2.5 * (axis ? o->half_y : o->half_x) + 4);
}

int waves_friendly(double n) {
    for (int m = 2 * (int)fmax(1, ceil(n / 2 - 1e-9));; m += 2) {
        int rest = m;
        for (int p = 2; p <= 5; p += p == 2 ? 1 : 2)
            while (rest % p == 0) rest /= p;
        if (rest == 1) return m;
    }
}

double waves_bytes(const struct waves_setup *o, int n_slices, bool single) {
    double real = single ? 4 : 8, window = (double)(o->window.nx + 15) * o->window.ny;
    double tile = (double)(o->tile_nx + 15) * o->tile_ny;
    double pattern = (2.0 * o->half_x + 1) * (2.0 * o->half_y + 1);
    double one = 2 * real * tile, stack = fmin(n_slices * one, fmax((double)o->max_bytes, one));
    double bytes = 6 * 2 * real * window + (4 + 1.5 * o->species->n) * one;
    double r = o->probe.semi_angle / o->probe.electron.lambda, waves = o->n_probes;
    if (o->engine == WAVES_PRISM) {
        double f = fmax(1, o->interpolation);
        waves = M_PI * (r / waves_pixel(o, 0) + 1) * (r / waves_pixel(o, 1) + 1);
        bytes += waves * 2 * real * (f > 1 ? f * f * waves_crop(o, 0) * waves_crop(o, 1) : pattern);
    }
    if (o->engine == WAVES_KINEMATIC) stack = o->curvature ? n_slices * one : 0;
    else if (stack < n_slices * one) bytes += waves * 2 * real * window;
    return bytes + stack + o->n_probes * pattern * 8;
}
