/* shape - gamma by quadrature over directions; the overlap of two discs is known.
 *
 * Fixed Gauss-Legendre points (48) on the part of cos(theta) where discs overlap: the integrand has a
 * square-root end only where it vanishes; error below 1e-5 (tests). */
#include "analysis/structure/shape.h"
#include "base/mem.h"

#include <gsl/gsl_integration.h>
#include <math.h>
#include <string.h>

int shape_axis(const struct box *box) {
    int axis = -1, longest = 2;
    for (int a = 0; a < 3; a++) {
        if (box->periodic[a]) axis = axis == -1 ? a : -2;
        if (box->len[a] > box->len[longest]) longest = a;
    }
    return axis >= 0 ? axis : longest;
}

int shape_find(const struct comm *comm, const struct frame *frame, enum shape_kind kind, double diameter,
               struct shape *s) {
    double(*u)[6] = NULL, sum[6], n = (double)frame->n_global, m2[3];
    *s = (struct shape){.kind = kind, .axis = shape_axis(&frame->box), .radius = diameter / 2};
    s->endless = kind == SHAPE_ROD && frame->box.periodic[s->axis];
    for (int a = 0; a < 3; a++)
        if (frame->box.periodic[a] && !(kind == SHAPE_ROD && a == s->axis))
            FAIL(
                ERR_INPUT,
                "the box is periodic along %c, where a %s should end; read shape: box, or files whose box is "
                "open there",
                "xyz"[a], kind == SHAPE_ROD ? "rod" : "sphere");
    TRY(mem_agree(comm, &u, MEM_NEW(u, frame->n)));
    for (int i = 0; i < frame->n; i++)
        for (int a = 0; a < 3; a++) {
            double x = frame->x[i][a] - frame->box.lo[a];
            u[i][a] = x;
            u[i][3 + a] = x * x;
        }
    comm_sum_exact(comm, u[0], frame->n, 6, 6, sum);
    mem_free(&u);
    for (int a = 0; a < 3; a++) {
        s->centre[a] = frame->box.lo[a] + sum[a] / n;
        m2[a] = fmax(0, sum[3 + a] / n - sum[a] / n * sum[a] / n);
    }
    int x = (s->axis + 1) % 3, y = (s->axis + 2) % 3;
    if (!(s->radius > 0))
        s->radius = kind == SHAPE_ROD ? sqrt(2 * (m2[x] + m2[y])) : sqrt(5.0 / 3 * (m2[0] + m2[1] + m2[2]));
    s->length = s->endless ? frame->box.len[s->axis] : sqrt(12 * m2[s->axis]);
    return ERR_OK;
}

double shape_volume(const struct shape *s) {
    double r = s->radius;
    if (s->kind == SHAPE_ROD) return M_PI * r * r * s->length;
    return s->kind == SHAPE_SPHERE ? 4 * M_PI / 3 * r * r * r : NAN;
}

/* Share of a disc of radius R that overlaps its copy moved by d. */
static double discs(double d, double r) {
    double t = d / (2 * r);
    return t >= 1 ? 0 : 2 / M_PI * (acos(t) - t * sqrt(1 - t * t));
}

double shape_gamma(const struct shape *s, double r) {
    double t = r / (2 * s->radius), sum = 0;
    if (s->kind == SHAPE_SPHERE) return t >= 1 ? 0 : 1 - 1.5 * t + 0.5 * t * t * t;
    if (s->kind != SHAPE_ROD) return NAN;
    /* angle from the axis, from 0 to where the discs part; weight sin */
    double end = t >= 1 ? asin(1 / t) : M_PI / 2;
    gsl_integration_glfixed_table *table = gsl_integration_glfixed_table_alloc(48);
    for (size_t k = 0; table && k < 48; k++) {
        double theta, w;
        gsl_integration_glfixed_point(0, end, k, &theta, &w, table);
        double along = s->endless ? 1 : fmax(0, 1 - r * cos(theta) / s->length);
        sum += w * sin(theta) * discs(r * sin(theta), s->radius) * along;
    }
    gsl_integration_glfixed_table_free(table);
    return table ? sum : NAN;
}
