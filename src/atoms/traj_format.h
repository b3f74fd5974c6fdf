/* traj_format - what traj.c and the traj_*.c files share and nobody else includes. */
#ifndef ATOMS_TRAJ_FORMAT_H
#define ATOMS_TRAJ_FORMAT_H

#include "atoms/traj.h"

struct traj_text;

/* A frame before its atoms. Plain data: rank 0 reads it and sends it to all. */
struct traj_head {
    struct box box;
    bool boxed; /* false: the box is to be drawn around the atoms */
    int64_t n, step;
    double time;
    int fields;
    bool has_id;
};

/* An atom on its way from rank 0. */
struct traj_row {
    double x[3], v[3], f[3], stress[6];
    int64_t id;
    int32_t type, image[3], group;
};

struct traj_format {
    const char *name;
    /* Local, rank 0. Skip one frame from the current line and count its atoms; *n = -1 at the end of the
     * file. */
    int (*skip)(struct traj *traj, int64_t *n);
    /* Local, rank 0. Read what stands before the atoms; read one atom from a line. */
    int (*head)(struct traj *traj, struct traj_head *head);
    int (*row)(struct traj *traj, const struct traj_head *head, char *line, struct traj_row *row);
    /* Collective, may be NULL. What follows the atoms; ids: rank 0's original ids in order. */
    int (*tail)(struct traj *traj, struct traj_head *head, const int64_t *ids, struct frame *frame);
};

enum { TRAJ_COLUMNS = 64 };
/* Meaning of a column of text: one of these, plus the axis for vectors. */
enum traj_column {
    TRAJ_SKIP,
    TRAJ_ID,
    TRAJ_TYPE,
    TRAJ_ELEMENT,
    TRAJ_NUMBER,
    TRAJ_X = 8,    /* x y z */
    TRAJ_XS = 12,  /* scaled to the box */
    TRAJ_XU = 16,  /* unwrapped */
    TRAJ_XSU = 20, /* scaled, unwrapped */
    TRAJ_VEL = 24,
    TRAJ_FORCE = 28,
    TRAJ_IMG = 32,
    TRAJ_MOMENTUM = 36,
    TRAJ_COLUMN_GROUP = 40,
    TRAJ_COLUMN_STRESS = 48 /* xx yy zz xy xz yz, in the file's unit: bar A^3 in LAMMPS, eV elsewhere */
};

struct traj {
    struct comm comm;
    char *path, *group;
    const struct traj_format *format; /* NULL: H5MD */
    struct species species;           /* as found so far; its order never changes */
    bool named;                       /* species were given by the caller */
    bool models, told; /* names that are no elements were met; beside elements, which was told */
    int64_t n_frames, n_atoms;
    /* text */
    struct traj_text *text; /* rank 0 */
    struct traj_mark *mark; /* rank 0: where frames begin */
    uint8_t *column;        /* rank 0: meaning of each column */
    int n_columns;
    bool typed;               /* rank 0: the types of a data file have their species */
    int type_of[SPECIES_MAX]; /* rank 0: LAMMPS type of each species, 0 unknown */
    /* H5MD */
    struct h5 *h5;
    int64_t *value_of; /* [species.n]: number that stands for each species */
};

/* Local, rank 0. Index of a species by name, added when new; every name an element, or all of them models. */
int traj_species(struct traj *traj, const char *name, int *type) MUST_CHECK;
/* Collective. ids[i] of the n local rows that start at global row `first` become 1 .. n_global in their
 * order; already so: nothing happens and *moved = false. *repeated (row) and *bad (id): an id that occurs
 * again, ERR_INPUT without a message. sorted (rank 0, by mem, may be NULL): the original ids in order. */
int traj_order(const struct comm *comm, int64_t n_global, int64_t first, int n, int64_t *ids, bool *moved,
               int64_t *repeated, int64_t *bad, int64_t **sorted) MUST_CHECK;
/* Local. Wrap all local atoms into the box. */
void traj_wrap(struct frame *frame);
/* Collective. A box around atoms that came without one, not periodic. */
void traj_draw_box(const struct comm *comm, struct frame *frame);

#endif
