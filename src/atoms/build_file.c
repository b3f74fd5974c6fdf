/* build_file - the file's species, box, positions and velocities replace what a builder would make; species
 * of the deck's material, where given, must contain those of the file (matched by name, never by order). */
#include "atoms/build_file.h"
#include "atoms/traj.h"
#include "base/mem.h"

#include <stdio.h>

static const struct deck_row file_rows[] = {
    {DECK_FILE, "file", .value = DECK_REQUIRED, .help = "H5MD, extended XYZ, LAMMPS data or dump, also .gz."},
    {DECK_TEXT, "group", .help = "Stage to take from an H5MD file. Default: the last."},
    {DECK_INT, "frame", .bounds = "[0, inf)", .help = "Frame to take, counted from 0. Default: the last."},
    {DECK_TEXT, "names", .help = "Elements of types 1, 2, ... for LAMMPS files without names: 'Cu Zr'."},
    {DECK_END}};

int64_t build_file_index(const struct deck *deck, int64_t n) {
    return deck_has(deck, "build.frame") && deck_int(deck, "build.frame") < n ? deck_int(deck, "build.frame")
                                                                              : n - 1;
}

static void file_check(struct deck *deck, const char *path, const struct species *species, double len[3],
                       double *n) {
    (void)species, (void)path, (void)deck;
    for (int a = 0; a < 3; a++)
        len[a] = 1e30; /* not known before reading: later sections check when they run */
    *n = 0;
}

int build_file_match(struct frame *frame, const struct species *wanted) {
    int map[SPECIES_MAX];
    for (int s = 0; s < frame->species.n; s++) {
        map[s] = species_find(wanted, frame->species.name[s]);
        if (map[s] < 0)
            FAIL(ERR_DECK, "the file holds %s atoms, which the deck's material does not name",
                 frame->species.name[s]);
    }
    for (int i = 0; i < frame->n; i++) frame->type[i] = map[frame->type[i]];
    frame->species = *wanted;
    return ERR_OK;
}

static int file_run(const struct comm *comm, struct deck *deck, const char *path, struct frame *frame) {
    (void)path;
    char *found = NULL;
    struct traj *traj = NULL;
    struct species wanted = frame->species;
    int fields, e = ERR_OK;
    TRY(deck_file(comm, deck, "build.file", &found));
    if (!found) return deck_verdict(deck);
    TRY_TO(done, traj_open(comm, found, deck_has(deck, "build.group") ? deck_text(deck, "build.group") : NULL,
                           deck_has(deck, "build.names") ? deck_text(deck, "build.names") : NULL, &traj));
    TRY_TO(done, traj_read(traj, build_file_index(deck, traj_frames(traj)), frame, &fields));
    TRY_ALL_TO(comm, done, frame_stress(frame, false)); /* that of another run */
    frame->step = 0;
    frame->time = 0;
    TRY_ALL_TO(comm, done, build_file_match(frame, &wanted));
done:
    traj_close(&traj);
    mem_free(&found);
    return e;
}

const struct build_kind build_file_kind = {"file", true, false, file_rows, file_check, file_run};
