/* err - one way to fail.
 *
 * Every function that can fail returns `int`: ERR_OK (0) or an enum err_code. The message, with the file and
 * line of the first FAIL, is kept per process until main prints it. Under MPI a Collective function returns
 * the same code on every rank: a Local call that may fail on some ranks only is wrapped in TRY_ALL, which
 * makes one rank's failure everyone's (one MAXLOC reduction, one broadcast). No rank leaves while others
 * wait.
 *
 *     right                                            wrong
 *     TRY(deck_read(comm, path, &deck));               deck_read(comm, path, &deck);      // ignored
 *     TRY_ALL(comm, table_read(path, &t));             TRY(table_read(path, &t));         // others hang
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

struct comm;

/* code, exit status (sysexits.h numbers), text */
#define ERR_LIST(X)                       \
    X(OK, 0, "no error")                  \
    X(TIME, 75, "out of wall time")       \
    X(USAGE, 64, "wrong usage")           \
    X(DECK, 65, "error in the deck")      \
    X(INPUT, 66, "cannot use an input")   \
    X(PHYSICS, 70, "physics")             \
    X(INTERNAL, 70, "internal error")     \
    X(MEMORY, 71, "out of memory")        \
    X(CREATE, 73, "cannot create output") \
    X(WRITE, 74, "cannot write output")

#define ERR_ENUM(code, status, text) ERR_##code,
enum err_code { ERR_LIST(ERR_ENUM) ERR_COUNT };
#undef ERR_ENUM

#define MUST_CHECK __attribute__((warn_unused_result))

/* Return `code` from the calling function with a printf message: what is wrong and what to do. */
#define FAIL(code, ...) return err_set((code), __FILE__, __LINE__, __VA_ARGS__)
/* Pass an error on. */
#define TRY(call)                  \
    do {                           \
        int try_e_ = (call);       \
        if (try_e_) return try_e_; \
    } while (0)
/* Pass a Local failure of any rank on, on every rank. Collective. */
#define TRY_ALL(comm, call) TRY(err_agree((comm), (call)))
/* In functions that own something: `int e = ERR_OK;` ... TRY_TO(out, call) ... `out: destroy; return e;` */
#define TRY_TO(label, call) \
    do {                    \
        e = (call);         \
        if (e) goto label;  \
    } while (0)
#define TRY_ALL_TO(comm, label, call) TRY_TO(label, err_agree((comm), (call)))

/* Local. Store a message and return code. The first message since err_clear wins. */
int err_set(int code, const char *file, int line, const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/* Local. Put a line of context in front of the stored message ("while reading x: ..."); returns code. */
int err_context(int code, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Collective. The worst code over ranks, with that rank's message stored everywhere. */
int err_agree(const struct comm *comm, int code) MUST_CHECK;
/* Local. Message of the stored error ("" if none), its place "file.c:12", exit status and text of a code. */
const char *err_message(void);
const char *err_place(void);
int err_status(int code);
const char *err_text(int code);
/* Local. Forget the stored error (tests; attempts that may fail). */
void err_clear(void);

#endif
