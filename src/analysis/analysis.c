/* analysis - one trajectory is opened per entry and read frame by frame; results are added to one HDF5 file.
 *
 * Adding works on a copy that replaces the file at the end (base/h5), so the trajectory may lie in the very
 * file that grows. Rejected: feeding several passes from one reading (passes move atoms between ranks as they
 * like). Every frame is looked at before a pass sees it: NaN and atoms on top of each other are refused by
 * name. */
#include "analysis/analysis.h"
#include "atoms/overlap.h"
#include "atoms/traj.h"
#include "base/cite.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/prov.h"
#include "base/signal.h"
#include "base/stop.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TOO_CLOSE 0.01 /* A or sigma: the same atom twice */

const struct deck_row analysis_rows[] = {
    {.type = DECK_LIST,
     .path = "analysis",
     .help = "What to measure, in this order, when all stages are done.",
     .inert = true},
    {.type = DECK_CHOICE,
     .path = "analysis[].pass",
     .value = DECK_REQUIRED,
     .choices = PASS_CHOICES,
     .help = PASS_HELP},
    {.type = DECK_TEXT,
     .path = "analysis[].name",
     .help = "Label in the names of what is written (letters, digits, - and _). Needed where a pass occurs "
             "twice."},
    {.type = DECK_TEXT,
     .path = "analysis[].of",
     .help =
         "What is read: a stage's frames (absent: the last stage written), or, for passes that look at "
         "images, "
         "a file or the name of an earlier pass that writes one. In a deck without build and md, a file."},
    {.type = DECK_TEXT,
     .path = "analysis[].frames",
     .value = "last",
     .help = "last, all, a number (from 0; negative: from the end), or a slice first:end:step."},
    {.type = DECK_TEXTS,
     .path = "analysis[].elements",
     .choices = "1..",
     .help = "Element of each atom type, for LAMMPS files that do not name them."},
    {.type = DECK_END}};

/* --- frames */

static int whole(const char *s, size_t n, int64_t none, int64_t *value) {
    char *end;
    if (n == 0) {
        *value = none;
        return 1;
    }
    errno = 0;
    *value = strtoll(s, &end, 10);
    return end == s + n && !errno && *value > INT64_MIN / 4 && *value < INT64_MAX / 4;
}

static int64_t clamp(int64_t x, int64_t n) {
    if (x < 0) x += n;
    return x < 0 ? 0 : x > n ? n : x;
}

/* **Local.** 0 when the text is no choice of frames. n < 0: only the form is looked at. */
static int read_frames(const char *text, int64_t n, struct analysis_frames *f) {
    const char *part[3] = {text, NULL, NULL};
    size_t len[3] = {strcspn(text, ":"), 0, 0};
    int parts = 1;
    *f = (struct analysis_frames){n - 1, 1, n > 0};
    if (!strcmp(text, "last")) return 1;
    *f = (struct analysis_frames){0, 1, n};
    if (!strcmp(text, "all")) return 1;
    for (const char *p = text + len[0]; *p; p += len[parts++] + 1) {
        if (parts == 3) return 0;
        part[parts] = p + 1;
        len[parts] = strcspn(p + 1, ":");
    }
    int64_t first, end, step = 1;
    if (!whole(part[0], len[0], 0, &first)) return 0;
    if (parts == 1) {
        if (!len[0]) return 0;
        if (first < 0) first += n;
        *f = (struct analysis_frames){first, 1, first >= 0 && first < n};
        return 1;
    }
    if (!whole(part[1], len[1], n, &end) || (parts == 3 && !whole(part[2], len[2], 1, &step)) || step < 1)
        return 0;
    first = clamp(first, n);
    end = clamp(end, n);
    *f = (struct analysis_frames){first, step, end > first ? (end - first + step - 1) / step : 0};
    return 1;
}

#define FRAMES_FORM "needs last, all, a number, or a slice first:end:step with a positive step"

int analysis_frames_parse(const char *text, int64_t n, struct analysis_frames *frames) {
    if (!read_frames(text, n, frames)) FAIL(ERR_DECK, "frames: '%s' " FRAMES_FORM, text);
    if (frames->count < 1)
        FAIL(ERR_DECK, "frames: '%s' is none of the %lld frame%s there are", text, (long long)n,
             n == 1 ? "" : "s");
    return ERR_OK;
}

/* --- checks of the list */

static const char *label_of(const struct deck *deck, int k) {
    return deck_has(deck, "analysis[%d].name", k) ? deck_text(deck, "analysis[%d].name", k)
                                                  : deck_text(deck, "analysis[%d].pass", k);
}

static void check_label(struct deck *deck, int k) {
    char path[64];
    const char *label = label_of(deck, k), *pass = deck_text(deck, "analysis[%d].pass", k);
    snprintf(path, sizeof path, "analysis[%d].%s", k,
             deck_has(deck, "analysis[%d].name", k) ? "name" : "pass");
    size_t good = strspn(label, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-");
    if (!*label || label[good])
        deck_mistake(deck, path, "'%s' becomes part of file names; use letters, digits, - and _", label);
    for (int m = 0; m < k; m++) {
        if (strcmp(label_of(deck, m), label)) continue;
        if (!strcmp(deck_text(deck, "analysis[%d].pass", m), pass) && !deck_has(deck, "analysis[%d].name", k))
            deck_mistake(deck, path, "pass %s occurs twice; give each a name:", pass);
        else deck_mistake(deck, path, "the name '%s' is taken by an earlier pass; choose another", label);
        return;
    }
    for (int m = 0; m < k && !deck_has(deck, "analysis[%d].name", k); m++)
        if (!strcmp(deck_text(deck, "analysis[%d].pass", m), pass)) {
            deck_mistake(deck, path, "pass %s occurs twice; give each a name:", pass);
            return;
        }
}

/* **Local.** The number of the earlier entry with this label, or -1. */
static int earlier(const struct deck *deck, int k, const char *label) {
    for (int m = 0; m < k; m++)
        if (!strcmp(label_of(deck, m), label)) return m;
    return -1;
}

static int is_stage(const char *of, const char *const *stages, int n_stages) {
    for (int m = 0; m < n_stages; m++)
        if (!strcmp(stages[m], of)) return 1;
    return 0;
}

static void no_stage(struct deck *deck, const char *path, const char *of, const char *const *stages, int n) {
    const char *near = deck_nearest(of, stages, n);
    if (near) deck_mistake(deck, path, "no stage is called '%s'; did you mean '%s'?", of, near);
    else deck_mistake(deck, path, "no stage is called '%s'; name one of md.stages", of);
}

/* **Collective.** Whether what an entry reads is there. */
static int check_source(const struct comm *comm, struct deck *deck, int k, const char *const *stages,
                        int n_stages) {
    const struct pass_kind *kind = pass_find(deck_text(deck, "analysis[%d].pass", k));
    char path[64], *found = NULL;
    snprintf(path, sizeof path, "analysis[%d].of", k);
    if (kind->input == PASS_NOTHING || !stages) return ERR_OK;
    bool file = kind->input == PASS_FILE || n_stages == 0;
    if (!deck_has(deck, "%s", path)) {
        if (kind->input == PASS_FILE)
            deck_mistake(deck, path, "pass %s reads images: give of: FILE, or the name of an earlier pass",
                         kind->name);
        else if (file) deck_mistake(deck, path, "the deck makes no atoms: give of: FILE, or build: and md:");
        return ERR_OK;
    }
    const char *of = deck_text(deck, "%s", path);
    if (kind->input != PASS_FILE && is_stage(of, stages, n_stages)) return ERR_OK;
    if (kind->input != PASS_FRAMES && earlier(deck, k, of) >= 0) return ERR_OK;
    if (!file && !(kind->input == PASS_EITHER && signal_is_file(of))) {
        no_stage(deck, path, of, stages, n_stages);
        return ERR_OK;
    }
    TRY(deck_file(comm, deck, path, &found));
    mem_free(&found);
    return ERR_OK;
}

int analysis_check(const struct comm *comm, struct deck *deck, const char *const *stages, int n_stages) {
    for (int k = 0; k < deck_count(deck, "analysis"); k++) {
        char path[64];
        struct analysis_frames f;
        check_label(deck, k);
        const char *frames = deck_text(deck, "analysis[%d].frames", k);
        snprintf(path, sizeof path, "analysis[%d].frames", k);
        if (!read_frames(frames, 1, &f)) deck_mistake(deck, path, "'%s' " FRAMES_FORM, frames);
        TRY(check_source(comm, deck, k, stages, n_stages));
        const struct pass_kind *kind = pass_find(deck_text(deck, "analysis[%d].pass", k));
        snprintf(path, sizeof path, "analysis[%d]", k);
        if (kind->check) TRY(kind->check(comm, deck, path));
    }
    return ERR_OK;
}

/* --- running */

static int not_finite(const struct frame *frame) {
    for (int i = 0; i < frame->n; i++)
        for (int a = 0; a < 3; a++)
            if (!isfinite(frame->x[i][a]))
                FAIL(ERR_INPUT, "atom %lld has a position that is not a number", (long long)frame->id[i]);
    return ERR_OK;
}

/* **Collective.** Refuse NaN and the same atom twice. */
static int check_frame(const struct comm *comm, const struct frame *frame) {
    struct overlap o;
    TRY_ALL(comm, not_finite(frame));
    TRY(overlap_find(comm, frame, TOO_CLOSE, &o));
    if (o.n_pairs)
        FAIL(ERR_INPUT,
             "atoms %lld and %lld are %.3g apart, closer than 0.01 (%lld such pair%s); remove one of them",
             (long long)o.id[0], (long long)o.id[1], o.closest, (long long)o.n_pairs,
             o.n_pairs == 1 ? "" : "s");
    return ERR_OK;
}

struct entry {
    const struct comm *comm;
    const struct deck *deck;
    const struct analysis_place *place;
    const struct pass_kind *kind;
    struct results out;
    int k;
    char at[32];
    char *source; /* what it reads, by mem; NULL: nothing */
    bool file;    /* a signal */
};

/* Collective. A signal or the wall time ends an analysis between two frames or two entries. */
static int check_stop(const struct comm *comm) {
    int64_t why = stop_wanted();
    comm_max_i64(comm, &why, 1);
    if (!why) return ERR_OK;
    return err_set(ERR_TIME, __FILE__, __LINE__,
                   "stopped by %s in the analysis; what its passes completed is kept",
                   stop_text((enum stop_reason)why));
}

/* **Local.** Where the entry reads: the file it names, what an earlier entry wrote, or the place's source. */
static int find_source(struct entry *en) {
    const struct analysis_place *place = en->place;
    const char *source = place->source,
               *of = deck_has(en->deck, "%s.of", en->at) ? deck_text(en->deck, "%s.of", en->at) : NULL;
    const char *found = of ? deck_found(en->deck, "%s.of", en->at) : NULL;
    if (en->kind->input == PASS_NOTHING) return ERR_OK;
    if (found) source = found;
    en->file =
        en->kind->input == PASS_FILE || (en->kind->input == PASS_EITHER && source && signal_is_file(source));
    int writer = of && !found && en->kind->input != PASS_FRAMES ? earlier(en->deck, en->k, of) : -1;
    if (writer >= 0) {
        en->file = true;
        bool named = deck_has(en->deck, "analysis[%d].name", writer);
        if (!named && !strcmp(of, "diffraction")) /* its scan then goes without a label */
            return mem_sprintf(&en->source, "%s/%s.hspy", place->dir, place->stem);
        return mem_sprintf(&en->source, "%s/%s.%s.hspy", place->dir, place->stem, of);
    }
    return source ? mem_strdup(&en->source, source) : ERR_OK;
}

static int feed(struct entry *en, struct traj *traj, const struct analysis_frames *f, void *state) {
    struct frame frame;
    frame_init(&frame);
    int e = ERR_OK;
    for (int64_t m = 0; m < f->count && !e; m++) {
        int fields = 0;
        int64_t number = f->first + m * f->step;
        frame_destroy(&frame);
        frame_init(&frame);
        TRY_TO(out, traj_read(traj, number, &frame, &fields));
        if (en->kind->fields & ~fields) {
            e = err_set(ERR_INPUT, __FILE__, __LINE__, "%s lacks %s, which pass %s needs", en->source,
                        en->kind->fields & ~fields & TRAJ_V ? "velocities" : "forces or images",
                        en->kind->name);
            goto out;
        }
        e = check_frame(en->comm, &frame);
        if (!e) e = en->kind->frame(state, &frame);
        if (e) e = err_context(e, "%s, frame %lld", en->source, (long long)number);
        if (!e && m + 1 < f->count) e = check_stop(en->comm);
        log_progress_at((double)(m + 1), "frame %lld", (long long)number);
    }
out:
    frame_destroy(&frame);
    return e;
}

static int join_elements(const struct entry *en, char **names) {
    *names = NULL;
    for (int k = 0; k < deck_count(en->deck, "%s.elements", en->at); k++) {
        char *longer = NULL;
        int e = mem_sprintf(&longer, "%s%s%s", *names ? *names : "", k ? " " : "",
                            deck_text_at(en->deck, k, "%s.elements", en->at));
        mem_free(names);
        *names = longer;
        TRY(e);
    }
    return ERR_OK;
}

static int over_frames(struct entry *en, struct pass_setup *setup, void **state) {
    bool stage = deck_has(en->deck, "%s.of", en->at) && !deck_found(en->deck, "%s.of", en->at);
    const char *of = stage ? deck_text(en->deck, "%s.of", en->at) : NULL;
    const char *frames = deck_text(en->deck, "%s.frames", en->at);
    struct traj *traj = NULL;
    char *names = NULL;
    struct analysis_frames f;
    int e = ERR_OK;
    TRY_ALL_TO(en->comm, out, join_elements(en, &names));
    TRY_TO(out, traj_open(en->comm, en->source, of, names, &traj));
    e = analysis_frames_parse(frames, traj_frames(traj), &f);
    if (e) {
        e = err_context(e, "%s", en->source);
        goto out;
    }
    setup->n_frames = f.count;
    TRY_TO(out, en->kind->create(setup, state));
    log_progress_begin(en->out.label, (double)f.count);
    e = feed(en, traj, &f, *state);
    log_progress_end();
out:
    mem_free(&names);
    traj_close(&traj);
    return e;
}

static int note_entry(struct entry *en) {
    struct results *out = &en->out;
    const char *source = en->source ? en->source : "", *base = strrchr(source, '/');
    TRY(h5_remove(out->h5, out->group));
    TRY(h5_group(out->h5, out->group));
    TRY(results_note_text(out, "pass", en->kind->name));
    TRY(results_note_text(out, "source", base ? base + 1 : source));
    if (deck_has(en->deck, "%s.of", en->at))
        TRY(results_note_text(out, "of", deck_text(en->deck, "%s.of", en->at)));
    return results_note_text(out, "frames", deck_text(en->deck, "%s.frames", en->at));
}

static int run_entry(struct entry *en) {
    void *state = NULL;
    struct pass_setup setup = {.comm = en->comm, .deck = en->deck, .at = en->at, .out = &en->out};
    int e = ERR_OK;
    TRY_ALL(en->comm, find_source(en));
    TRY(note_entry(en));
    if (!en->file && en->kind->input != PASS_NOTHING) {
        TRY_TO(out, over_frames(en, &setup, &state));
    } else {
        TRY_TO(out, en->kind->create(&setup, &state));
        if (en->file) TRY_TO(out, en->kind->file(state, en->source));
    }
    e = en->kind->finish(state);
out:
    en->kind->destroy(state);
    return e;
}

static int open_target(const struct comm *comm, const struct deck *deck, const struct analysis_place *place,
                       struct h5 **h5) {
    int64_t there = comm->rank == 0 && access(place->target, F_OK) == 0;
    comm_max_i64(comm, &there, 1);
    if (there && !place->anew) return h5_append(comm, place->target, h5);
    TRY(h5_create(comm, place->target, h5));
    int e = ERR_OK;
    if (place->command) {
        char *effective = NULL;
        e = err_agree(comm, deck_effective(deck, &effective));
        if (!e) e = prov_write(comm, *h5, place->command, deck_source(deck), effective);
        mem_free(&effective);
    }
    int closed = e ? h5_close(h5, false) : ERR_OK;
    return e ? e : closed;
}

int analysis_run(const struct comm *comm, const struct deck *deck, const struct analysis_place *place,
                 struct results_scalars *scalars) {
    int n = deck_count(deck, "analysis"), e = ERR_OK, done = 0;
    struct h5 *h5 = NULL;
    if (!n) return ERR_OK;
    TRY(open_target(comm, deck, place, &h5));
    for (int k = 0; k < n && !e; k++) {
        struct entry en = {.comm = comm, .deck = deck, .place = place, .k = k};
        const char *pass = deck_text(deck, "analysis[%d].pass", k);
        snprintf(en.at, sizeof en.at, "analysis[%d]", k);
        en.kind = pass_find(pass);
        const char *label = deck_has(deck, "%s.name", en.at) ? deck_text(deck, "%s.name", en.at) : NULL;
        e = err_agree(comm, results_init(&en.out, comm, h5, "/analysis", place->dir, place->stem, pass, label,
                                         deck_lj(deck), scalars));
        if (!e && k > 0) e = check_stop(comm);
        if (!e) e = run_entry(&en);
        if (!e) done++;
        else if (e != ERR_WRITE && en.out.group && h5_remove(h5, en.out.group)) done = 0;
        results_destroy(&en.out);
        mem_free(&en.source);
    }
    if (!e) e = cite_write(comm, h5);
    bool keep = !e || (done && e != ERR_WRITE);
    int closed = h5_close(&h5, keep);
    return e ? e : closed;
}
