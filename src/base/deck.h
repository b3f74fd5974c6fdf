/* deck - input decks: restricted YAML checked against tables of rows.
 *
 * One table of rows per module drives parsing, bounds, defaults, did-you-mean, `vitrine describe`,
 * docs/deck.md, the man page and the effective deck. All mistakes of a deck are reported in one go with file,
 * line, column, the source line and a caret; nothing runs after a mistake. Paths: "md.time_step",
 * "md.stages[2].name", "material.composition".
 *
 * Which rows apply may depend on a sibling: `.when = "kind=rod|taper"`. A key whose `when` does not hold is a
 * mistake that says so ("'diameter' belongs to kind: rod"). Several conditions are joined by ", "; "key!=a"
 * and "key=*" (is given) work too. Rows of one path may differ in `when`; the first that holds counts.
 *
 * With `units: lj` numbers are reduced: a default with a unit does not apply (the key is then required)
 * unless it is 0 or names its reduced value, "2 fs; lj 0.005"; bounds with units keep only their sign. An
 * absent optional section brings none of its defaults; a section with the default "{}" is always there. */
#ifndef BASE_DECK_H
#define BASE_DECK_H

#include "base/comm.h"
#include "base/unit.h"

#include <stdbool.h>
#include <stdint.h>

enum deck_type {
    DECK_END,  /* ends a table */
    DECK_MAP,  /* section; its keys are rows of their own */
    DECK_LIST, /* list of mappings: rows of the items have the path "NAME[].KEY" */
    DECK_INT,  /* whole number, 1e6 allowed */
    DECK_REAL, /* number with unit of `dim` */
    DECK_BOOL, /* true | false */
    DECK_TEXT,
    DECK_FILE,   /* path, kept as written; deck_file() finds it */
    DECK_CHOICE, /* one of `choices`, separated by | */
    DECK_INTS,   /* list of n whole numbers: [1, 2, 3] */
    DECK_REALS,  /* list of numbers with unit of `dim` */
    DECK_TEXTS,  /* list of words */
    DECK_TABLE   /* mapping with free keys to numbers of `dim`: {Cu: 0.64, Zr: 0.36}, {Cu-Cu: 2.3 A} */
};

#define DECK_REQUIRED ((const char *)1) /* must be given */
#define DECK_OPTIONAL NULL              /* may be absent: deck_has() is false */

struct deck_row {
    enum deck_type type;
    const char *path; /* below the table's prefix; "stages[].name" */
    enum unit_dim dim;
    const char *value; /* default as deck text, DECK_REQUIRED or DECK_OPTIONAL (NULL) */
    const char
        *bounds; /* interval with units: "(0 fs, 20 fs]", "[1, inf)"; NULL = any; lists: each element */
    const char *choices; /* "nve|nvt|npt"; lists: number of elements as "3" or "1.." */
    const char *when;    /* "kind=rod|taper": sibling key and its values; NULL = always */
    const char *help;    /* one or two sentences */
    bool inert;          /* changes no number of the run itself: a restart may change it */
};

/* Tables by prefix ("md", "md.stages[].build", ""); ends with rows == NULL. The same rows may serve two
 * prefixes. `when` holds for all rows of the table, on top of their own (each kind of builder: {"build",
 * kind->rows, "kind=rod"}). */
struct deck_table {
    const char *prefix;
    const struct deck_row *rows;
    const char *when;
};

struct deck;

/* Collective. Rank 0 reads the file; every rank gets the same verdict. sets: n "key=value" texts, applied
 * after parsing, checked like the deck ("--set md.time_step='1 fs'"). With mistakes: ERR_DECK, all of them in
 * the message, sorted by line, "N errors" last. ERR_INPUT when the file cannot be read. The caller owns *deck
 * (deck_close). */
int deck_open(const struct comm *comm, const char *path, const struct deck_table *schema,
              const char *const *sets, int n_sets, struct deck **deck) MUST_CHECK;
/* Collective. The same from a text in memory; `name` stands for the file in messages. */
int deck_open_text(const struct comm *comm, const char *name, const char *text,
                   const struct deck_table *schema, const char *const *sets, int n_sets,
                   struct deck **deck) MUST_CHECK;
/* Collective. The same, but mistakes wait for deck_verdict, so that modules can add what they find in the
 * parts that are clean; only a deck that is no YAML is refused at once. */
int deck_read(const struct comm *comm, const char *path, const struct deck_table *schema,
              const char *const *sets, int n_sets, struct deck **deck) MUST_CHECK;
void deck_close(struct deck **deck);

/* Local. Values in internal units. path is printf-like: deck_real(d, "md.stages[%d].rate", k). Asking for a
 * key that the schema lacks, or an absent optional one, is a programming error and aborts with the path. */
#define DECK_PATH_ARGS const struct deck *deck, const char *path, ...
#define DECK_PATH_CHECK __attribute__((format(printf, 2, 3)))
bool deck_has(DECK_PATH_ARGS) DECK_PATH_CHECK;   /* given, or has a default, and its `when` holds */
bool deck_given(DECK_PATH_ARGS) DECK_PATH_CHECK; /* written by the user in the deck or by --set */
int64_t deck_int(DECK_PATH_ARGS) DECK_PATH_CHECK;
double deck_real(DECK_PATH_ARGS) DECK_PATH_CHECK;
bool deck_bool(DECK_PATH_ARGS) DECK_PATH_CHECK;
const char *deck_text(DECK_PATH_ARGS) DECK_PATH_CHECK; /* TEXT, FILE, CHOICE; owned by the deck */
int deck_choice(DECK_PATH_ARGS) DECK_PATH_CHECK;       /* index into the row's choices */
int deck_count(DECK_PATH_ARGS) DECK_PATH_CHECK;        /* elements of a list or TABLE; 0 when absent */
double deck_real_at(const struct deck *deck, int k, const char *path, ...)
    __attribute__((format(printf, 3, 4)));
int64_t deck_int_at(const struct deck *deck, int k, const char *path, ...)
    __attribute__((format(printf, 3, 4)));
const char *deck_text_at(const struct deck *deck, int k, const char *path, ...)
    __attribute__((format(printf, 3, 4)));
const char *deck_key_at(const struct deck *deck, int k, const char *path, ...)
    __attribute__((format(printf, 3, 4)));
/* Local. units: lj in this deck; file name as given; stem (NAME of the outputs); text as read. */
bool deck_lj(const struct deck *deck);
const char *deck_name(const struct deck *deck);
const char *deck_stem(const struct deck *deck);
const char *deck_source(const struct deck *deck);

/* Local, on every rank alike. Checks by modules that rows cannot express: a mistake at the place of `path`
 * (or of its nearest parent present). deck_verdict gives ERR_DECK with all of them, like deck_open. */
void deck_mistake(struct deck *deck, const char *path, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
int deck_verdict(struct deck *deck) MUST_CHECK;
/* Local. No mistake so far in the value or section `path`, in a section around it, or in a key that might be
 * a misspelling of it: its values may be read. */
bool deck_clean(const struct deck *deck, const char *path);
/* Collective. Find an input file: beside the deck, in VITRINE_POTENTIALS (colon-separated), in the folder of
 * lammps-data; *found by mem (the caller frees). A missing file becomes a deck_mistake that lists where it
 * looked; then *found = NULL and the return is still ERR_OK. The effective deck, which lies elsewhere, names
 * a file found beside the deck by its full path. "FILE::/dataset" is sought as FILE. */
int deck_file(const struct comm *comm, struct deck *deck, const char *path, char **found) MUST_CHECK;
/* Local. What deck_file found for this key; NULL: it was not asked, or found nothing. Owned by the deck. */
const char *deck_found(DECK_PATH_ARGS) DECK_PATH_CHECK;

/* Local. The deck with every key, given or default, in canonical units; it runs again. Text by mem. */
int deck_effective(const struct deck *deck, char **text) MUST_CHECK;
/* Local. The effective deck without what is inert: two runs with the same text compute the same. */
int deck_identity(const struct deck *deck, char **text) MUST_CHECK;
/* Local. The manual of a section or key ("" = all sections) for a terminal; ERR_USAGE with did-you-mean for
 * an unknown one. The same as Markdown (docs/deck.md) and as the roff body of the man page. Texts by mem. */
int deck_describe(const struct deck_table *schema, const char *key, char **text) MUST_CHECK;
int deck_markdown(const struct deck_table *schema, char **text) MUST_CHECK;
int deck_roff(const struct deck_table *schema, char **text) MUST_CHECK;
/* Local. The candidate nearest to word (weighted edit distance), or NULL when none is near. */
const char *deck_nearest(const char *word, const char *const *candidates, int n);

#endif
