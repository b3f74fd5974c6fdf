/* fetch - values of atoms that live on other ranks, asked for by id. */
#ifndef ANALYSIS_STRUCTURE_FETCH_H
#define ANALYSIS_STRUCTURE_FETCH_H

#include "base/comm.h"

/* Collective. This rank has n atoms id[] with `width` numbers each (value[n * width]); it wants those of
 * n_want atoms want[] (any order, repeats allowed; each must live on some rank): out[n_want * width].
 */
int fetch_by_id(const struct comm *comm, int64_t n_global, int64_t n, const int64_t *id, int width,
                const double *value, int64_t n_want, const int64_t *want, double *out) MUST_CHECK;

#endif
