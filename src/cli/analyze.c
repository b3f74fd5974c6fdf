/* analyze - the words of the command become a deck of one entry, which is checked and run like any other.
 *
 * So that a key of a pass means the same here and in a deck, and every mistake is worded once. */
#include "cli/analyze.h"
#include "analysis/analysis.h"
#include "base/log.h"
#include "base/mem.h"
#include "cli/args.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define USAGE \
    "vitrine analyze PASS FILE... [--set KEY=VALUE]... | vitrine analyze ecm --plan [--set KEY=VALUE]..."

static const struct deck_row top_rows[] = {
    {.type = DECK_INT,
     .path = "seed",
     .value = "1",
     .bounds = "[0, inf)",
     .help = "Seed of all random numbers."},
    {.type = DECK_CHOICE,
     .path = "units",
     .value = "metal",
     .choices = "metal|lj",
     .help = "metal: numbers carry units; lj: all numbers are reduced."},
    {.type = DECK_TEXT, .path = "output.dir", .help = "Folder for results. Absent: out/NAME."},
    {.type = DECK_END}};

struct request {
    const struct comm *comm;
    const char **words, **files; /* files: the words after the first */
    const char *pass;
    char **sets;
    int n_files, n_sets;
    char *command;
};

static void forget(struct request *q) {
    for (int k = 0; k < q->n_sets; k++) mem_free(&q->sets[k]);
    mem_free(&q->sets);
    mem_free(&q->words);
    mem_free(&q->command);
}

/* **Local.** "bins=300" means a key of the entry; output.*, seed and units are the deck's own. */
static int add_set(struct request *q, const char *set) {
    static const char *const top[] = {"output.", "seed=", "units=", "analysis["};
    const char *front = "analysis[0].";
    if (!strchr(set, '=')) FAIL(ERR_USAGE, "--set %s has no '='; write --set KEY=VALUE", set);
    for (size_t k = 0; k < sizeof top / sizeof *top; k++)
        if (!strncmp(set, top[k], strlen(top[k]))) front = "";
    return mem_sprintf(&q->sets[q->n_sets++], "%s%s", front, set);
}

static int unknown_pass(const char *word) {
    const char *names[64];
    int n = 0;
    for (; pass_kinds[n] && n < 64; n++) names[n] = pass_kinds[n]->name;
    const char *near = deck_nearest(word, names, n);
    if (near) FAIL(ERR_USAGE, "there is no pass '%s'; did you mean '%s'?", word, near);
    FAIL(ERR_USAGE, "there is no pass '%s'; passes are " PASS_CHOICES, word);
}

static int join_words(int argc, char **argv, char **out) {
    size_t bytes = sizeof "vitrine";
    for (int k = 0; k < argc; k++) bytes += strlen(argv[k]) + 1;
    TRY(mem_new(out, bytes, 1, __FILE__, __LINE__));
    strcpy(*out, "vitrine");
    for (int k = 0; k < argc; k++) strcat(strcat(*out, " "), argv[k]);
    return ERR_OK;
}

static int read_words(struct request *q, int argc, char **argv) {
    const char *sets[ARGS_MAX];
    int n_sets = 0, n, plan = 0;
    const struct args_option options[] = {
        {.name = "--set", .list = sets, .n_list = &n_sets}, {.name = "--plan", .on = &plan}, {.name = NULL}};
    TRY(MEM_NEW(q->words, argc));
    TRY(MEM_NEW(q->sets, ARGS_MAX));
    TRY(join_words(argc, argv, &q->command));
    TRY(args_parse(argc, argv, options, q->words, argc, &n, USAGE));
    if (!n) FAIL(ERR_USAGE, "which pass? there are " PASS_CHOICES "\nusage: " USAGE);
    if (plan && (strcmp(q->words[0], "ecm") || n > 1))
        FAIL(ERR_USAGE, "--plan goes with ecm alone, and reads no file\nusage: " USAGE);
    q->pass = plan ? "plan" : q->words[0];
    q->files = q->words + 1;
    q->n_files = n - 1;
    const struct pass_kind *kind = pass_find(q->pass);
    if (!kind) return unknown_pass(q->pass);
    if (!q->n_files && kind->input != PASS_NOTHING) FAIL(ERR_USAGE, "which file?\nusage: " USAGE);
    for (int k = 0; k < n_sets; k++) TRY(add_set(q, sets[k]));
    return ERR_OK;
}

static int is_ending(const char *dot, const char *ending) {
    return dot && !strcmp(dot, ending);
}

/* **Local.** FILE of "FILE::/dataset", by mem; NULL for no file. */
static int without_dataset(const char *file, char **path) {
    const char *inside = file ? strstr(file, "::") : NULL;
    if (!file) return ERR_OK;
    return mem_strndup(path, file, inside ? (size_t)(inside - file) : strlen(file));
}

/* **Local.** Name without folder, dataset, .gz and one more ending; by mem. */
static int stem_of(const char *file, char **stem) {
    char *path = NULL;
    TRY(without_dataset(file, &path));
    const char *base = strrchr(path, '/');
    int e = mem_strdup(stem, base ? base + 1 : path);
    mem_free(&path);
    TRY(e);
    char *dot = strrchr(*stem, '.');
    if (is_ending(dot, ".gz") && dot > *stem) *dot = 0;
    dot = strrchr(*stem, '.');
    if (dot && dot > *stem) *dot = 0;
    return ERR_OK;
}

static int distinct_stems(const struct request *q) {
    for (int a = 0; a < q->n_files; a++)
        for (int b = 0; b < a; b++) {
            char *x = NULL, *y = NULL;
            int e = stem_of(q->files[a], &x);
            if (!e) e = stem_of(q->files[b], &y);
            int same = !e && !strcmp(x, y);
            mem_free(&x);
            mem_free(&y);
            TRY(e);
            if (same)
                FAIL(ERR_USAGE,
                     "%s and %s would write the same results; analyze them one by one with --set output.dir=",
                     q->files[b], q->files[a]);
        }
    return ERR_OK;
}

/* **Local.** mkdir -p. */
static int make_folder(const char *path) {
    char *part = NULL;
    TRY(mem_strdup(&part, path));
    int e = ERR_OK;
    for (char *p = part + 1; !e; p++) {
        if (*p && *p != '/') continue;
        char saved = *p;
        *p = 0;
        struct stat s;
        if (mkdir(part, 0777) && !(errno == EEXIST && stat(part, &s) == 0 && S_ISDIR(s.st_mode)))
            e = err_set(ERR_CREATE, __FILE__, __LINE__, "cannot make the folder %s: %s", part,
                        strerror(errno == EEXIST ? ENOTDIR : errno));
        *p = saved;
        if (!saved) break;
    }
    mem_free(&part);
    return e;
}

/* **Local.** 1: there is no such file; 0: there is; -1: it is one of the inputs. */
static int state_of(const struct request *q, const char *path) {
    struct stat target, input;
    if (stat(path, &target)) return 1;
    for (int k = 0; k < q->n_files; k++)
        if (!stat(q->files[k], &input) && input.st_dev == target.st_dev && input.st_ino == target.st_ino)
            return -1;
    return 0;
}

/* **Collective.** DIR/STEM.h5, or DIR/STEM.LABEL.h5 where the first is an input or holds a run. By mem. */
static int choose_target(const struct request *q, const char *dir, const char *stem, const char *label,
                         char **target) {
    const struct comm *comm = q->comm;
    TRY_ALL(comm, mem_sprintf(target, "%s/%s.h5", dir, stem));
    int64_t state = comm->rank == 0 ? state_of(q, *target) : -2;
    comm_max_i64(comm, &state, 1);
    if (state == 0) {
        struct h5 *h5 = NULL;
        TRY(h5_open(comm, *target, &h5));
        if (h5_exists(h5, "/particles") || h5_exists(h5, "/kmc")) state = -1;
        TRY(h5_close(&h5, false));
    }
    if (state >= 0) return ERR_OK;
    mem_free(target);
    TRY_ALL(comm, mem_sprintf(target, "%s/%s.%s.h5", dir, stem, label));
    state = comm->rank == 0 ? state_of(q, *target) : -2;
    comm_max_i64(comm, &state, 1);
    if (state < 0) FAIL(ERR_USAGE, "%s is an input and would be written; give --set name=LABEL", *target);
    return ERR_OK;
}

static void tell(const struct results_scalars *scalars, const char *target) {
    for (int k = 0; k < scalars->n; k++) {
        const struct results_scalar *s = &scalars->s[k];
        if (isnan(s->error)) log_note("%-28s %.5g %s", s->name, s->value, s->unit);
        else log_note("%-28s %.5g +- %.2g %s", s->name, s->value, s->error, s->unit);
    }
    log_note("written: %s and the tables beside it", target);
}

static int one_file(const struct request *q, const struct deck *deck, const char *file) {
    const struct comm *comm = q->comm;
    char *stem = NULL, *dir = NULL, *target = NULL, *path = NULL;
    struct results_scalars scalars = {0};
    int e = ERR_OK;
    TRY_ALL_TO(comm, out, stem_of(file ? file : q->pass, &stem));
    if (deck_has(deck, "output.dir")) TRY_ALL_TO(comm, out, mem_strdup(&dir, deck_text(deck, "output.dir")));
    else TRY_ALL_TO(comm, out, mem_sprintf(&dir, "out/%s", stem));
    TRY_ALL_TO(comm, out, without_dataset(file, &path));
    int64_t missing = comm->rank == 0 && file && access(path, R_OK) != 0 ? errno : 0;
    comm_max_i64(comm, &missing, 1);
    if (missing) { /* before a folder is made */
        e = err_set(ERR_INPUT, __FILE__, __LINE__, "cannot read %s: %s", file, strerror((int)missing));
        goto out;
    }
    TRY_ALL_TO(comm, out, comm->rank == 0 ? make_folder(dir) : ERR_OK);
    const char *label = deck_has(deck, "analysis[0].name") ? deck_text(deck, "analysis[0].name") : q->pass;
    TRY_TO(out, choose_target(q, dir, stem, label, &target));
    struct analysis_place place = {
        .source = file, .target = target, .dir = dir, .stem = stem, .command = q->command};
    TRY_TO(out, analysis_run(comm, deck, &place, &scalars));
    tell(&scalars, target);
out:
    results_scalars_free(&scalars);
    mem_free(&stem);
    mem_free(&dir);
    mem_free(&target);
    mem_free(&path);
    return e;
}

static int open_deck(const struct request *q, struct deck **deck) {
    struct deck_table schema[64] = {{"", top_rows, NULL}};
    char text[128];
    int n = 1;
    for (; pass_tables[n - 1].rows && n < 63; n++) schema[n] = pass_tables[n - 1];
    snprintf(text, sizeof text, "analysis: [{pass: %s}]\n", q->pass);
    TRY(deck_open_text(q->comm, "analyze", text, schema, (const char *const *)q->sets, q->n_sets, deck));
    TRY(analysis_check(q->comm, *deck, NULL, 0));
    return deck_verdict(*deck);
}

int analyze_run(const struct comm *comm, int argc, char **argv) {
    struct request q = {.comm = comm};
    struct deck *deck = NULL;
    int e = ERR_OK;
    TRY_ALL_TO(comm, out, read_words(&q, argc, argv));
    TRY_ALL_TO(comm, out, distinct_stems(&q));
    TRY_TO(out, open_deck(&q, &deck));
    if (!q.n_files) e = one_file(&q, deck, NULL);
    for (int k = 0; k < q.n_files && !e; k++) e = one_file(&q, deck, q.files[k]);
out:
    deck_close(&deck);
    forget(&q);
    return e;
}
