/* image_turns - whole frames are the pieces: one image is a chain of transforms over the whole plane.
 *
 * Rejected: tiles or slices of one image shared by ranks, whose transforms would have to be sent to and fro.
 */
#include "analysis/microscope/image_turns.h"
#include "base/mem.h"

#include <math.h>

static bool compares(const struct image_turns *t) {
    return deck_has(t->deck, "%s.interface_width", t->at);
}

/* **Local.** The pixels of this frame: a box that breathes keeps those of the first, a little wider or
 * narrower. */
static int plan(struct image_turns *t, const struct specimen *sp, struct projection_grid *g) {
    if (!t->seen) t->first = projection_plan(sp, deck_real(t->deck, "%s.grid", t->at));
    const struct projection_grid *f = &t->first;
    *g = (struct projection_grid){f->nx, f->ny, sp->edge[0] / f->nx, sp->edge[1] / f->ny};
    if (fabs(g->dy / f->dy - 1) > 0.1 || fabs(g->dx / f->dx - 1) > 0.1)
        FAIL(ERR_INPUT, "the box has changed from %.4g x %.4g to %.4g x %.4g nm; image frames of one box",
             f->nx * f->dx / 10, f->ny * f->dy / 10, sp->edge[0] / 10, sp->edge[1] / 10);
    return ERR_OK;
}

static struct image_interfaces how(const struct image_turns *t, const struct projection_grid *g,
                                   int64_t frame) {
    struct image_interfaces h = {.beam = deck_choice(t->deck, "%s.beam", t->at),
                                 .nx = g->nx,
                                 .ny = g->ny,
                                 .step = {g->dy, g->dx},
                                 .width = deck_real(t->deck, "%s.interface_width", t->at),
                                 .seed = (uint64_t)deck_int(t->deck, "seed"),
                                 .stream = (uint64_t)frame};
    for (int c = 0; c < 2; c++) h.range[c] = deck_real_at(t->deck, c, "%s.fringe_range", t->at);
    return h;
}

/* **Local.** The image of this rank's frame, if it has one, and where its fringes are. */
static int make(struct image_turns *t, struct image_turns_made *m) {
    int64_t n = (int64_t)t->grid.nx * t->grid.ny, frame = t->done + t->comm->rank;
    if (frame >= t->seen) return ERR_OK;
    TRY(MEM_NEW(m->image, n));
    TRY(image_atoms_make(t->deck, t->at, &t->mine, &t->grid, m->image));
    if (!t->walls) return ERR_OK;
    struct image_interfaces h = how(t, &t->grid, frame);
    TRY(MEM_NEW(m->fringed, n));
    return image_interfaces_compare(m->image, &h, t->walls, m->fringed, &m->found);
}

/* **Collective.** n numbers of rank `owner` on every rank, by mem. */
static int hand(const struct comm *comm, int owner, const double *mine, int64_t n, double **all) {
    int64_t count;
    return comm_gather_items(comm, mine, comm->rank == owner ? n : 0, sizeof *mine, all, &count);
}

/* **Collective.** What rank `owner` has made, to everyone and to `take`. */
static int hand_out(struct image_turns *t, int owner, const struct image_turns_made *mine) {
    struct image_turns_made m = {0};
    struct image_interfaces_result *found = NULL;
    int64_t n = (int64_t)t->first.nx * t->first.ny, count;
    int e = hand(t->comm, owner, mine->image, n, &m.image);
    if (!e && compares(t)) e = hand(t->comm, owner, mine->fringed, n, &m.fringed);
    if (!e && compares(t)) e = hand(t->comm, owner, t->walls, n, &m.walls);
    if (!e)
        e = comm_gather_items(t->comm, &mine->found, t->comm->rank == owner, sizeof mine->found, &found,
                              &count);
    if (!e) m.found = found[0];
    if (!e) e = t->take(t->state, &m);
    mem_free(&m.image);
    mem_free(&m.fringed);
    mem_free(&m.walls);
    mem_free(&found);
    return e;
}

int image_turns_finish(struct image_turns *t) {
    struct image_turns_made mine = {0};
    int ready = (int)(t->seen - t->done);
    if (!ready) return ERR_OK;
    int e = err_agree(t->comm, make(t, &mine));
    for (int k = 0; k < ready && !e; k++) e = hand_out(t, k, &mine);
    t->done = t->seen;
    mem_free(&mine.image);
    mem_free(&mine.fringed);
    image_turns_free(t);
    return e;
}

int image_turns_add(struct image_turns *t, struct frame *frame) {
    struct specimen sp;
    struct projection_grid g;
    double *walls = NULL, thickness = 0;
    if (deck_has(t->deck, "%s.thickness", t->at)) thickness = deck_real(t->deck, "%s.thickness", t->at);
    TRY(specimen_gather(t->comm, frame, deck_choice(t->deck, "%s.beam", t->at), thickness, &sp));
    int e = err_agree(t->comm, plan(t, &sp, &g));
    if (!e && compares(t)) {
        struct image_interfaces h = how(t, &g, t->seen);
        e = mem_agree(t->comm, &walls, MEM_NEW(walls, (int64_t)g.nx * g.ny));
        if (!e) e = image_interfaces_mask(t->comm, frame, &h, walls);
    }
    if (!e && t->seen % t->comm->size == t->comm->rank) {
        t->mine = sp;
        t->walls = walls;
        t->grid = g;
    } else {
        specimen_destroy(&sp);
        mem_free(&walls);
    }
    if (!e && ++t->seen % t->comm->size == 0) e = image_turns_finish(t);
    return e;
}

void image_turns_free(struct image_turns *t) {
    specimen_destroy(&t->mine);
    mem_free(&t->walls);
}
