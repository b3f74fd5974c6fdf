/* study_edge - column means average the speckle away; a tilted or bent wire is to be rotated first. */
#include "analysis/film/study_edge.h"
#include "base/mem.h"

#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <string.h>

int study_edge_depth(const double *mean, int64_t ny, int64_t nx, double pixel, double *depth) {
    double *column = NULL, *sorted = NULL;
    int e = ERR_OK;
    TRY_TO(out, MEM_NEW(column, nx));
    TRY_TO(out, MEM_NEW(sorted, nx));
    for (int64_t k = 0; k < ny * nx; k++) column[k % nx] += mean[k] / (double)ny;
    memcpy(sorted, column, (size_t)nx * sizeof *sorted);
    gsl_sort(sorted, 1, (size_t)nx);
    double in = gsl_stats_quantile_from_sorted_data(sorted, 1, (size_t)nx, 0.75);
    double away = gsl_stats_quantile_from_sorted_data(sorted, 1, (size_t)nx, 0.05), half = 0.5 * (in + away);
    int64_t left = nx / 2, right = nx / 2;
    while (left > 0 && column[left] >= half) left--;
    while (right < nx - 1 && column[right] >= half) right++;
    if (!(away < 0.8 * in) || column[nx / 2] < half || column[left] >= half || column[right] >= half) {
        e = err_set(ERR_INPUT, __FILE__, __LINE__,
                    "no wire along y with both edges in the image (columns from %.3g to %.3g); turn the film "
                    "or say edge: none",
                    away, in);
        goto out;
    }
    /* pixel centres are at (i + 1/2) pixel */
    double a = (double)left + 0.5 + (half - column[left]) / (column[left + 1] - column[left]);
    double b = (double)right + 0.5 - (half - column[right]) / (column[right - 1] - column[right]);
    for (int64_t k = 0; k < ny * nx; k++) {
        double x = (double)(k % nx) + 0.5;
        depth[k] = pixel * fmin(x - a, b - x);
    }
out:
    mem_free(&column);
    mem_free(&sorted);
    return e;
}
