/* deck_manual - the manual of the keys, from the rows that check them: for a terminal, as Markdown, as roff.
 *
 * One walk over the compiled schema calls a writer for each section and key; the three forms differ only in
 * the writer. Rejected: three hand-written texts, which drift. A section that serves twice (build in a stage)
 * is written once. */
#include "base/deck_tree.h"
#include "base/mem.h"

#include <stdio.h>
#include <string.h>

#define WIDE 76 /* characters of help in a line of the terminal form */

enum form { TERMINAL, MARKDOWN, ROFF };

/* A string as this form wants it. */
static void put(struct text *out, enum form form, const char *s) {
    if (form == ROFF && (*s == '.' || *s == '\'')) text_add(out, "\\&");
    for (; *s; s++) {
        if (form == MARKDOWN && (*s == '|' || *s == '<' || *s == '*')) text_add(out, "\\%c", *s);
        else if (form == ROFF && *s == '\\') text_add(out, "\\e");
        else if (form == ROFF && *s == '-') text_add(out, "\\-");
        else text_put(out, s, 1);
    }
}

/* "length in (0 A, inf)", "one of: nve | nvt", "list of 3 whole numbers" */
static void type_text(const struct deck_row *row, struct text *t) {
    const char *dim = row->dim == UNIT_NONE ? "number" : unit_name(row->dim);
    switch (row->type) {
    case DECK_MAP:
        text_add(t, "section");
        break;
    case DECK_LIST:
        text_add(t, "list of items");
        break;
    case DECK_INT:
        text_add(t, "whole number");
        break;
    case DECK_REAL:
        text_add(t, "%s", dim);
        break;
    case DECK_BOOL:
        text_add(t, "true or false");
        break;
    case DECK_TEXT:
        text_add(t, "text");
        break;
    case DECK_FILE:
        text_add(t, "file");
        break;
    case DECK_INTS:
        text_add(t, "list of whole numbers");
        break;
    case DECK_REALS:
        text_add(t, "list, each a %s", dim);
        break;
    case DECK_TEXTS:
        text_add(t, "list of words");
        break;
    case DECK_TABLE:
        text_add(t, "table {name: %s}", dim);
        break;
    case DECK_CHOICE:
        for (const char *p = row->choices; *p; p++) text_add(t, *p == '|' ? " | " : "%c", *p);
        break;
    default:
        break;
    }
    if (row->bounds) text_add(t, " in %s", row->bounds);
    if (row->choices && row->type != DECK_CHOICE) {
        size_t n = strlen(row->choices);
        if (n > 2 && !strcmp(row->choices + n - 2, ".."))
            text_add(t, ", at least %.*s", (int)n - 2, row->choices);
        else text_add(t, ", %s of them", row->choices);
    }
}

/* Words in lines of at most WIDE characters behind the margin of the terminal form. */
static void put_wrapped(struct text *out, const char *s) {
    while (*s) {
        size_t n = strlen(s);
        if (n > WIDE)
            for (n = WIDE; n > 1 && s[n] != ' ';) n--;
        if (n <= 1) n = strlen(s);
        text_add(out, "  %-18s %.*s\n", "", (int)n, s);
        s += n;
        s += strspn(s, " ");
    }
}

static const char *default_text(const struct deck_row *row) {
    return row->value == DECK_REQUIRED ? "required" : row->value ? row->value : "optional";
}

/* "kind=rod|taper" as "kind: rod or taper" */
static void when_text(const char *when, struct text *t) {
    for (const char *p = when; *p; p++) {
        if (*p == '|') text_add(t, " or ");
        else if (!strncmp(p, "!=", 2)) text_add(t, " is not ");
        else if (!strncmp(p, "=*", 2)) text_add(t, " is given");
        else if (*p == '=') text_add(t, ": ");
        else if (*p == ',') text_add(t, " and");
        else text_add(t, "%c", *p);
        if (!strncmp(p, "!=", 2) || !strncmp(p, "=*", 2)) p++;
    }
}

static bool same_text(const char *a, const char *b) {
    return a == b || (a && b && a != DECK_REQUIRED && b != DECK_REQUIRED && !strcmp(a, b));
}

/* Rows of one path that say the same and differ in `when` are written as one. */
static bool same_row(const struct deck_row *a, const struct deck_row *b) {
    return a->type == b->type && a->dim == b->dim && same_text(a->value, b->value) &&
           same_text(a->bounds, b->bounds) && same_text(a->choices, b->choices) &&
           same_text(a->help, b->help);
}

static bool repeats(const struct deck_spec *spec, int k) {
    for (int m = 0; m < k; m++)
        if (same_row(spec->rows[m], spec->rows[k])) return true;
    return false;
}

/* Type and condition of row k; "" without a condition. */
static int row_texts(const struct deck_spec *spec, int k, char **type, char **when) {
    struct text t = {0}, w = {0};
    type_text(spec->rows[k], &t);
    for (int m = k; m < spec->n_rows; m++) {
        const char *one = spec->when[m];
        if (!one || !same_row(spec->rows[k], spec->rows[m])) continue;
        size_t key = strcspn(one, "!=") + 1; /* "kind: rod or taper" from "kind=rod" and "kind=taper" */
        bool again = m > k && spec->when[k] && !strncmp(one, spec->when[k], key) &&
                     !strchr(spec->when[k], ',') && !strchr(one, ',');
        if (m > k) text_add(&w, " or ");
        when_text(again ? one + key : one, &w);
    }
    int e = text_take(&t, type);
    if (e) {
        text_drop(&w);
        return e;
    }
    return text_take(&w, when);
}

static int row_terminal(const struct deck_spec *spec, int k, struct text *out) {
    const struct deck_row *row = spec->rows[k];
    char *t = NULL, *w = NULL;
    int e = row_texts(spec, k, &t, &w);
    if (!e) {
        text_add(out, "  %-18s %s; %s%s\n", spec->name, t,
                 row->value && row->value != DECK_REQUIRED ? "default " : "", default_text(row));
        if (*w) text_add(out, "  %-18s only with %s\n", "", w);
        put_wrapped(out, row->help ? row->help : "");
    }
    mem_free(&t);
    mem_free(&w);
    return e;
}

static int row_markdown(const struct deck_spec *spec, int k, struct text *out) {
    const struct deck_row *row = spec->rows[k];
    char *t = NULL, *w = NULL;
    int e = row_texts(spec, k, &t, &w);
    if (!e) {
        bool literal = row->value && row->value != DECK_REQUIRED;
        text_add(out, "| `%s` | ", spec->name);
        put(out, MARKDOWN, t);
        text_add(out, " | %s%s%s | ", literal ? "`" : "", default_text(row), literal ? "`" : "");
        if (*w) {
            text_add(out, "Only with ");
            put(out, MARKDOWN, w);
            text_add(out, ". ");
        }
        put(out, MARKDOWN, row->help ? row->help : "");
        text_add(out, " |\n");
    }
    mem_free(&t);
    mem_free(&w);
    return e;
}

static int row_roff(const struct deck_spec *spec, int k, struct text *out) {
    const struct deck_row *row = spec->rows[k];
    char *t = NULL, *w = NULL;
    int e = row_texts(spec, k, &t, &w);
    if (!e) {
        text_add(out, ".TP\n.B ");
        put(out, ROFF, spec->name);
        text_add(out, "\n.I ");
        put(out, ROFF, t);
        text_add(out, "\n(%s", row->value && row->value != DECK_REQUIRED ? "default " : "");
        put(out, ROFF, default_text(row));
        if (*w) text_add(out, "; only with ");
        put(out, ROFF, w);
        text_add(out, ")\n");
        put(out, ROFF, row->help ? row->help : "");
        text_add(out, "\n");
    }
    mem_free(&t);
    mem_free(&w);
    return e;
}

static int put_row(const struct deck_spec *spec, int k, enum form form, struct text *out) {
    if (repeats(spec, k)) return ERR_OK;
    if (form == TERMINAL) return row_terminal(spec, k, out);
    return form == MARKDOWN ? row_markdown(spec, k, out) : row_roff(spec, k, out);
}

/* Whether two sections have the very same rows, so that one description serves both. */
static bool same_rows(const struct deck_spec *a, const struct deck_spec *b) {
    const struct deck_spec *p = a->first, *q = b->first;
    for (; p && q; p = p->next, q = q->next)
        if (!p->n_rows || !q->n_rows || p->n_rows != q->n_rows || p->rows[0] != q->rows[0] ||
            !same_text(p->when[0], q->when[0]))
            return false;
    return !p && !q && a->first;
}

static const struct deck_spec *twin(const struct deck_spec *at, const struct deck_spec *of, bool *past) {
    for (const struct deck_spec *c = at->first; c && !*past; c = c->next) {
        if (c == of) *past = true;
        else if (same_rows(c, of)) return c;
        const struct deck_spec *below = *past ? NULL : twin(c, of, past);
        if (below) return below;
    }
    return NULL;
}

/* "md.stages[]" for a list, "the top level" */
static void section_title(const struct deck_spec *spec, enum form form, struct text *out) {
    const char *tail = spec->list ? "[]" : "";
    const char *help = spec->n_rows ? spec->rows[0]->help : NULL;
    if (form == ROFF) {
        text_add(out, ".SS ");
        put(out, form, spec->parent ? spec->path : "Top level");
        text_add(out, "%s\n", tail);
        if (help) put(out, form, help);
        text_add(out, help ? "\n" : "");
        return;
    }
    text_add(out, form == MARKDOWN ? "## %s%s\n\n" : "%s%s\n", spec->parent ? spec->path : "Top level", tail);
    if (!help) return;
    text_add(out, form == TERMINAL ? "  " : "");
    put(out, form, help);
    text_add(out, form == MARKDOWN ? "\n\n" : "\n");
}

/* A section: its own keys, then the sections below it. */
static int put_section(const struct deck *deck, const struct deck_spec *spec, enum form form,
                       struct text *out) {
    bool past = false;
    const struct deck_spec *other = spec->parent ? twin(deck->schema, spec, &past) : NULL;
    section_title(spec, form, out);
    if (other) {
        text_add(out,
                 form == TERMINAL   ? "  The same keys as '%s'.\n\n"
                 : form == MARKDOWN ? "The same keys as `%s`.\n\n"
                                    : "The same keys as %s.\n",
                 other->path);
        return ERR_OK;
    }
    if (form == MARKDOWN) text_add(out, "| key | value | default | meaning |\n|---|---|---|---|\n");
    for (const struct deck_spec *c = spec->first; c; c = c->next)
        for (int k = 0; k < c->n_rows; k++) TRY(put_row(c, k, form, out));
    if (form != ROFF) text_add(out, "\n");
    for (const struct deck_spec *c = spec->first; c; c = c->next)
        if (c->first) TRY(put_section(deck, c, form, out));
    return ERR_OK;
}

/* One key in full: its rows and the units it takes. */
static int put_key(const struct deck_spec *spec, struct text *out) {
    text_add(out, "%s\n", spec->path);
    for (int k = 0; k < spec->n_rows; k++) {
        const struct deck_row *row = spec->rows[k];
        if (repeats(spec, k)) continue;
        TRY(row_terminal(spec, k, out));
        if (row->dim != UNIT_NONE) text_add(out, "  %-18s units: %s\n", "", unit_accepted(row->dim));
    }
    return ERR_OK;
}

/* Every key that is called `name`, wherever it is. */
static int put_named(const struct deck_spec *at, const char *name, struct text *out, int *n) {
    for (const struct deck_spec *c = at->first; c; c = c->next) {
        if (!strcmp(c->name, name)) {
            if ((*n)++) text_add(out, "\n");
            TRY(put_key(c, out));
        }
        TRY(put_named(c, name, out, n));
    }
    return ERR_OK;
}

static int unknown(const struct deck *deck, const char *key) {
    const char **names = NULL;
    int n = 0, room = 0;
    for (const struct deck_spec *s = deck->specs; s; s = s->made) room += 2;
    TRY(MEM_NEW(names, room));
    for (const struct deck_spec *s = deck->specs; s; s = s->made) {
        if (!s->parent) continue;
        names[n++] = s->path;
        names[n++] = s->name;
    }
    const char *near = deck_nearest(key, names, n);
    mem_free(&names);
    if (near) FAIL(ERR_USAGE, "no key or section '%s'; did you mean '%s'?", key, near);
    FAIL(ERR_USAGE, "no key or section '%s'; 'vitrine describe' lists them all", key);
}

static int describe(const struct deck *deck, const char *key, struct text *out) {
    if (!*key) return put_section(deck, deck->schema, TERMINAL, out);
    const struct deck_spec *spec = deck_spec_find(deck, key);
    int n = 0;
    if (spec && spec->first) return put_section(deck, spec, TERMINAL, out);
    if (spec) return put_key(spec, out);
    TRY(put_named(deck->schema, key, out, &n));
    return n ? ERR_OK : unknown(deck, key);
}

static void units_markdown(struct text *out) {
    text_add(out, "## Units\n\nOf each quantity these units are understood; the effective deck uses the "
                  "canonical one.\n\n"
                  "| quantity | canonical | accepted |\n|---|---|---|\n");
    for (int d = 1; d < UNIT_COUNT; d++)
        text_add(out, "| %s | `%s` | %s |\n", unit_name((enum unit_dim)d), unit_canonical((enum unit_dim)d),
                 unit_accepted((enum unit_dim)d));
}

static int whole(const struct deck *deck, enum form form, struct text *out) {
    if (form == MARKDOWN)
        text_add(
            out,
            "# Keys of a deck\n\nWritten by `make docs` from the tables that check the decks.\n\n"
            "A deck is YAML without its surprises: mappings, lists, values and comments; no anchors, tags, "
            "tabs "
            "or second documents. Numbers of a quantity carry their unit (`2 fs`, `4 nm`, `1e12 K/s`; the "
            "table "
            "at the end lists them all), unless the deck says `units: lj`. All mistakes are reported at "
            "once, "
            "with line and column, and nothing runs after a mistake.\n\n"
            "Every key can be given on the command line: `--set md.time_step='1 fs'`, "
            "`--set md.stages[quench].rate='1e12 K/s'` (an item by its `name:` or its number from 0), "
            "`--set build.cells='[10, 10, 10]'`. A run writes `NAME.effective.yml`: every key that applies, "
            "given or default, in canonical units; it is a deck and runs again.\n\n"
            "A default written `2 fs; lj 0.005` is 2 fs, and 0.005 with `units: lj`.\n\n");
    TRY(put_section(deck, deck->schema, form, out));
    if (form == MARKDOWN) units_markdown(out);
    return ERR_OK;
}

/* Local. Compile the schema, write, hand over. */
static int manual(const struct deck_table *schema, const char *key, enum form form, char **text) {
    struct deck own = {0};
    struct text out = {0};
    int e = deck_spec_build(&own, schema);
    if (!e) e = key ? describe(&own, key, &out) : whole(&own, form, &out);
    if (e) text_drop(&out);
    else e = text_take(&out, text);
    deck_spec_free(&own);
    return e;
}

int deck_describe(const struct deck_table *schema, const char *key, char **text) {
    return manual(schema, key, TERMINAL, text);
}

int deck_markdown(const struct deck_table *schema, char **text) {
    return manual(schema, NULL, MARKDOWN, text);
}

int deck_roff(const struct deck_table *schema, char **text) {
    return manual(schema, NULL, ROFF, text);
}
