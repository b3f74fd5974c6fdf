/* frame - atoms as arrays: what builders make, potentials push, files hold and passes read.
 *
 * Rows of four doubles (x, y, z, w), 32-byte aligned, so that a force kernel loads an atom with one
 * instruction; w of x is scratch of the potential (embedding derivative). Local atoms are rows [0, n), ghost
 * copies of other ranks' atoms (or periodic images) follow in [n, n + n_ghost). Only x, type and id exist for
 * ghosts. Distributed: each rank holds some atoms; n_global over all ranks. ids are 1 .. n_global, each on
 * one rank. */
#ifndef ATOMS_FRAME_H
#define ATOMS_FRAME_H

#include "atoms/box.h"
#include "atoms/species.h"
#include "base/comm.h"

#include <stdbool.h>
#include <stdint.h>

#define FRAME_LARGE 500000 /* atoms of a rank above which scratch is given back between uses */

struct frame {
    struct box box;
    struct species species;
    int64_t n_global;
    int n, n_ghost;
    int capacity, capacity_ghost; /* rows allocated in all arrays; rows in x, type, id */
    int64_t step;
    double time;    /* ps */
    double filled;  /* share of the box volume that is matter: 1 in bulk, less for a rod in vacuum */
    double (*x)[4]; /* A */
    double (*v)[4]; /* A/ps; w unused, 0 */
    double (*f)[4]; /* eV/A; w = energy of the atom, eV */
    int64_t *id;
    int32_t *type;       /* index into species */
    int32_t (*image)[3]; /* box lengths travelled: unwrapped = x + image * len */
    double (*stress)[6]; /* stress times the atom's volume, eV, positive in tension: xx yy zz xy xz yz; NULL
                            (on all ranks) where it is not known */
    int32_t *group;      /* what a builder says of an atom: 0 nothing; k in column k of a nanoglass, -k there
                            and at an interface */
};

/* Local. Zero the struct (capacity 0); free its arrays. */
void frame_init(struct frame *frame);
void frame_destroy(struct frame *frame);
/* Local. Room for at least `capacity` rows in all arrays, growing by a sixteenth at least; keeps contents. */
int frame_reserve(struct frame *frame, int64_t capacity) MUST_CHECK;
/* Local. Make the stresses, zero, or drop them; the same on every rank. */
int frame_stress(struct frame *frame, bool known) MUST_CHECK;
/* Local. Room for `total` rows, local and ghost, in x, type and id. */
int frame_reserve_ghosts(struct frame *frame, int64_t total) MUST_CHECK;
/* Local. dst = copy of the local atoms and the header of src. */
int frame_copy(struct frame *dst, const struct frame *src) MUST_CHECK;
/* Local. Rearrange local atoms: new row k = old row order[k], k < n_new <= n (order holds distinct rows). */
int frame_permute(struct frame *frame, const int *order, int n_new) MUST_CHECK;
/* Collective. Send each local atom to the rank target[i]: those that stay come first, in their order, then
 * arrivals by source rank and row. Ghosts are dropped. */
int frame_migrate(const struct comm *comm, struct frame *frame, const int *target) MUST_CHECK;
/* Collective. Block distribution in id order: rank r gets ids [r*n_global/size + 1, (r+1)*n_global/size],
 * sorted. *first = 0-based global row of its first atom. Used by writers; ERR_INTERNAL when ids are not 1 ..
 * n_global. */
int frame_by_id(const struct comm *comm, struct frame *frame, int64_t *first) MUST_CHECK;
/* Local. The distribution that frame_by_id makes: 0-based row where the block of `rank` begins (rank = size:
 * n_global); the rank that holds a row. */
int64_t frame_block(int64_t n_global, int size, int rank);
int frame_block_owner(int64_t row, int64_t n_global, int size);
/* Collective. Drop atoms with keep[i] == 0 and renumber ids 1 .. n_global keeping their order. */
int frame_select(const struct comm *comm, struct frame *frame, const uint8_t *keep) MUST_CHECK;
/* Collective. Whether any atom has a group other than 0. */
bool frame_grouped(const struct comm *comm, const struct frame *frame);
/* Collective. counts[t] = atoms of species t on all ranks. */
void frame_count(const struct comm *comm, const struct frame *frame, int64_t counts[SPECIES_MAX]);
/* Collective. Mass density in g/cm3 of the box. */
double frame_density(const struct comm *comm, const struct frame *frame);
#endif
