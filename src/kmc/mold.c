/* mold - the lattice first, as it is what takes time and leaves checkpoints; then the fit, since everything
 * after it uses the fitted glass; then tables. */
#include "kmc/mold.h"
#include "kmc/mold_deck.h"
#include "kmc/mold_lattice_report.h"
#include "kmc/mold_report.h"
#include "base/cite.h"
#include "base/mem.h"
#include "base/rundir.h"

const struct deck_table mold_tables[] = {
    {"", mold_deck_rows, NULL}, {"mold.lattice", mold_lattice_report_rows, NULL}, {NULL, NULL, NULL}};

int mold_check(const struct comm *comm, struct deck *deck) {
    TRY(mold_deck_check(comm, deck));
    return deck_has(deck, "mold.lattice") ? mold_lattice_report_check(comm, deck) : ERR_OK;
}

static int continuum(const struct comm *comm, struct deck *deck, struct results *out) {
    struct mold_deck s;
    char *path = NULL;
    TRY(mold_deck_read(comm, deck, &s));
    int e = s.fits ? mold_report_fit(&s, out) : ERR_OK;
    if (!e) e = mold_report_dc(&s, out);
    if (!e) e = mold_report_length(&s, out);
    if (!e) e = mold_report_times(&s, out);
    if (!e && deck_has(deck, "mold.map")) e = mold_report_map(deck, &s, out);
    if (!e) e = mold_report_composition(&s, out);
    if (!e && deck_has(deck, "mold.window")) e = mold_report_window(deck, &s, out);
    if (!e && deck_has(deck, "mold.table")) e = deck_file(comm, deck, "mold.table.file", &path);
    if (!e && path) e = mold_report_table(deck, path, &s, out);
    mem_free(&path);
    mold_deck_destroy(&s);
    return e;
}

static int write_all(const struct rundir *at, struct deck *deck, const struct mold_options *o,
                     const struct mold_lattice_tasks *tasks, struct results_scalars *scalars) {
    struct h5 *h5 = NULL;
    struct results out = {0};
    int e = rundir_h5(at, o->anew, &h5);
    if (!e)
        e = err_agree(at->comm,
                      results_init(&out, at->comm, h5, "", at->dir, at->stem, "mold", NULL, false, scalars));
    if (!e && deck_has(deck, "mold.viscosity")) e = continuum(at->comm, deck, &out);
    if (!e && tasks->record) e = mold_lattice_report_write(deck, tasks, &out);
    results_destroy(&out);
    if (h5) {
        int closed = h5_close(&h5, e == ERR_OK);
        if (!e) e = closed;
    }
    return e;
}

int mold_run(const struct comm *comm, struct deck *deck, const struct mold_options *o,
             struct results_scalars *scalars) {
    struct rundir at = {0};
    struct mold_lattice_tasks tasks = {0};
    bool lattice = deck_has(deck, "mold.lattice");
    cite_use("liu2023");
    int e = rundir_open(&at, comm, deck, o->command);
    if (!e && o->anew) e = rundir_effective(&at);
    if (!e && lattice) e = mold_lattice_tasks_read(comm, deck, &tasks);
    if (!e && lattice) e = mold_lattice_tasks_run(deck, &at, o->restart, &tasks);
    if (!e) e = write_all(&at, deck, o, &tasks, scalars);
    if (!e && lattice) e = err_agree(comm, comm->rank == 0 ? mold_lattice_tasks_over(&at) : ERR_OK);
    mold_lattice_tasks_free(&tasks);
    rundir_close(&at);
    return e;
}
