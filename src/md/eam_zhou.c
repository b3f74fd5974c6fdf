/* eam_zhou - parameters as published with the generator (EAM_code of the tool eam_database of LAMMPS, which
 * holds the numbers of zhou2004), formulas evaluated directly. Tables of the same functions (setfl files made
 * by that generator) add rounding and a cutoff of sqrt(5) r_e that lies exactly on the fifth fcc shell;
 * formulas have neither. */
#include "md/eam_zhou.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#define PARTS(fn0, fn1, fn2, fn3, f0, f2, f3) \
    {fn0, fn1, fn2, fn3}, {                   \
        f0, 0, f2, f3                         \
    }

/* clang-format off */
static const struct eam_zhou table[] = {
    {"Cu", 2.556162, 1.554485, 21.175871, 21.175395, 8.127620, 4.334731, 0.396620, 0.548085, 0.308782, 0.756515,
     PARTS(-2.170269, -0.263788, 1.088878, -0.817603, -2.19, 0.561830, -2.100595), -2.100595, 0.310490, -2.186568, 0.85, 1.15},
    {"Ag", 2.891814, 1.106232, 14.604100, 14.604144, 9.132010, 4.870405, 0.277758, 0.419611, 0.339710, 0.750758,
     PARTS(-1.729364, -0.255882, 0.912050, -0.561432, -1.75, 0.744561, -1.150650), -1.150650, 0.783924, -1.748423, 0.85, 1.15},
    {"Au", 2.885034, 1.529021, 19.991632, 19.991509, 9.516052, 5.075228, 0.229762, 0.356666, 0.356570, 0.748798,
     PARTS(-2.937772, -0.500288, 1.601954, -0.835530, -2.98, 1.706587, -1.134778), -1.134778, 1.021095, -2.978815, 0.85, 1.15},
    {"Ni", 2.488746, 2.007018, 27.562015, 27.562031, 8.383453, 4.471175, 0.429046, 0.633531, 0.443599, 0.820658,
     PARTS(-2.693513, -0.076445, 0.241442, -2.375626, -2.70, 0.265390, -0.152856), -0.152856, 0.445470, -2.700000, 0.85, 1.15},
    {"Pd", 2.750897, 1.595417, 21.335246, 21.940073, 8.697397, 4.638612, 0.406763, 0.598880, 0.397263, 0.754799,
     PARTS(-2.321006, -0.473983, 1.615343, -0.231681, -2.36, 1.481742, -1.675615), -1.675615, 1.130000, -2.352753, 0.85, 1.15},
    {"Pt", 2.771916, 2.336509, 33.367564, 35.205357, 7.105782, 3.789750, 0.556398, 0.696037, 0.385255, 0.770510,
     PARTS(-1.455568, -2.149952, 0.528491, 1.222875, -4.17, 3.010561, -2.420128), -2.420128, 1.450000, -4.145597, 0.25, 1.15},
    {"Al", 2.863924, 1.403115, 20.418205, 23.195740, 6.613165, 3.527021, 0.314873, 0.365551, 0.379846, 0.759692,
     PARTS(-2.807602, -0.301435, 1.258562, -1.247604, -2.83, 0.622245, -2.488244), -2.488244, 0.785902, -2.824528, 0.85, 1.15},
    {"Fe", 2.481987, 1.885957, 20.041463, 20.041463, 9.818270, 5.236411, 0.392811, 0.646243, 0.170306, 0.340613,
     PARTS(-2.534992, -0.059605, 0.193065, -2.282322, -2.54, 0.200269, -0.148770), -0.148770, 0.391750, -2.539945, 0.85, 1.15},
    {"Mg", 3.196291, 0.544323, 7.132600, 7.132600, 10.228708, 5.455311, 0.137518, 0.225930, 0.5, 1.0,
     PARTS(-0.896473, -0.044291, 0.162232, -0.689950, -0.90, 0.122838, -0.226010), -0.226010, 0.431425, -0.899702, 0.85, 1.15},
    {"Co", 2.505979, 1.975299, 27.206789, 27.206789, 8.679625, 4.629134, 0.421378, 0.640107, 0.5, 1.0,
     PARTS(-2.541799, -0.219415, 0.733381, -1.589003, -2.56, 0.705845, -0.687140), -0.687140, 0.694608, -2.559307, 0.85, 1.15},
    {"Ti", 2.933872, 1.863200, 25.565138, 25.565138, 8.775431, 4.680230, 0.373601, 0.570968, 0.5, 1.0,
     PARTS(-3.203773, -0.198262, 0.683779, -2.321732, -3.22, 0.608587, -0.750710), -0.750710, 0.558572, -3.219176, 0.85, 1.15},
    {"Zr", 3.199978, 2.230909, 30.879991, 30.879991, 8.559190, 4.564902, 0.424667, 0.640054, 0.5, 1.0,
     PARTS(-4.485793, -0.293129, 0.990148, -3.202516, -4.51, 0.928602, -0.981870), -0.981870, 0.597133, -4.509025, 0.85, 1.15},
};
/* clang-format on */

const struct eam_zhou *eam_zhou_at(int k) {
    return k >= 0 && k < (int)(sizeof table / sizeof *table) ? &table[k] : NULL;
}

const struct eam_zhou *eam_zhou_find(const char *symbol) {
    for (int k = 0; eam_zhou_at(k); k++)
        if (!strcmp(table[k].name, symbol)) return &table[k];
    return NULL;
}

/* Local. g exp(-decay (x - 1)) / (1 + (x - centre)^20) with x = r / re, and its derivative with respect to r.
 */
static double term(double g, double decay, double centre, double re, double r, double *slope) {
    double x = r / re, y = x - centre, y4 = y * y * y * y, y19 = y4 * y4 * y4 * y4 * y * y * y,
           bottom = 1 + y19 * y;
    double value = g * exp(-decay * (x - 1)) / bottom;
    *slope = -value * (decay + 20 * y19 / bottom) / re;
    return value;
}

void eam_zhou_density(const struct eam_zhou *z, double r, double *value, double *slope) {
    *value = term(z->fe, z->beta, z->lambda, z->re, r, slope);
}

static double pair_like(const struct eam_zhou *z, double r, double *slope) {
    double s1, s2;
    double v = term(z->A, z->alpha, z->kappa, z->re, r, &s1) - term(z->B, z->beta, z->lambda, z->re, r, &s2);
    *slope = s1 - s2;
    return v;
}

void eam_zhou_pair(const struct eam_zhou *a, const struct eam_zhou *b, double r, double *value,
                   double *slope) {
    if (a == b) {
        *value = pair_like(a, r, slope);
        return;
    }
    double fa, fb, dfa, dfb, da, db;
    eam_zhou_density(a, r, &fa, &dfa);
    eam_zhou_density(b, r, &fb, &dfb);
    double pa = pair_like(a, r, &da), pb = pair_like(b, r, &db), q = fb / fa, dq = q * (dfb / fb - dfa / fa);
    *value = 0.5 * (q * pa + pb / q);
    *slope = 0.5 * (dq * pa + q * da - dq / (q * q) * pb + db / q);
}

static void cubic(const double c[4], double c3, double x, double per, double *value, double *slope) {
    *value = ((c3 * x + c[2]) * x + c[1]) * x + c[0];
    *slope = ((3 * c3 * x + 2 * c[2]) * x + c[1]) * per;
}

void eam_zhou_embed(const struct eam_zhou *z, double rho, double *value, double *slope) {
    double low = z->low * z->rho_e, high = z->high * z->rho_e;
    if (rho < low) {
        cubic(z->Fn, z->Fn[3], rho / low - 1, 1 / low, value, slope);
    } else if (rho < high) {
        cubic(z->F, rho < z->rho_e ? z->F[3] : z->F3_high, rho / z->rho_e - 1, 1 / z->rho_e, value, slope);
    } else {
        double l = log(rho / z->rho_s), p = z->Fe * exp(z->eta * l);
        *value = p * (1 - z->eta * l);
        *slope = -p * z->eta * z->eta * l / rho;
    }
}
