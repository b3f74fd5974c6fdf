/* traj_text - lines of text files, plain or .gz, for the trajectory formats: numbered, checked, distributed.
 *
 * Rank 0 reads and parses; atoms go out in blocks to the ranks that hold them in file order. Positions A,
 * time ps. */
#ifndef ATOMS_TRAJ_TEXT_H
#define ATOMS_TRAJ_TEXT_H

#include "atoms/traj_format.h"

struct traj_mark { /* where a frame begins */
    int64_t offset, line;
};

/* Local, rank 0. Open, close; the next line without its end (NULL at the end of the file), valid until the
 * next call; where we are; go back to a mark. */
int traj_text_open(const char *path, struct traj_text **text) MUST_CHECK;
void traj_text_close(struct traj_text **text);
int traj_text_line(struct traj_text *text, char **line) MUST_CHECK;
/* Local. As above, but the end of the file is an error: "the file ends before `what`". */
int traj_text_need(struct traj_text *text, const char *what, char **line) MUST_CHECK;
struct traj_mark traj_text_tell(const struct traj_text *text);
int traj_text_seek(struct traj_text *text, struct traj_mark mark) MUST_CHECK;
/* Local. ERR_INPUT "PATH:LINE: ..." about the line last read. */
int traj_text_failed(const struct traj_text *text, const char *fmt, ...)
    __attribute__((format(printf, 2, 3))) MUST_CHECK;
/* Local. Take a word, a finite real, a whole number from *p; `what` names it in messages. Words end in NUL.
 */
int traj_text_word(struct traj_text *text, char **p, const char *what, char **word) MUST_CHECK;
int traj_text_real(struct traj_text *text, char **p, const char *what, double *value) MUST_CHECK;
int traj_text_int(struct traj_text *text, char **p, const char *what, int64_t *value) MUST_CHECK;
/* Local. Whether only blanks are left. */
bool traj_text_done(const char *p);
/* Local, rank 0. One vector component or scalar of a row by its column's meaning. */
int traj_text_column(struct traj *traj, const struct traj_head *head, int meaning, char **p,
                     struct traj_row *row) MUST_CHECK;

/* Collective. Scan the frames of traj->text; read frame k. */
int traj_text_scan(struct traj *traj) MUST_CHECK;
int traj_text_read(struct traj *traj, int64_t k, struct frame *frame, int *fields) MUST_CHECK;
/* Local. The rank that holds 0-based row i of n in blocks. */
int traj_text_owner(int64_t i, int64_t n, int size);

/* Writing. print: append a line for local row i of the frame to out (at most 512 characters), returns its
 * length. */
struct traj_output;
typedef int (*traj_text_print)(const struct frame *frame, int i, int fields, char *out);
/* Collective. Begin PATH.partial (compressed if the path ends in .gz); rank 0's text; atoms of all ranks in
 * rank order; finish: keep renames. */
int traj_text_create(const struct comm *comm, const char *path, struct traj_output **output) MUST_CHECK;
int traj_text_put(struct traj_output *output, const char *text) MUST_CHECK;
int traj_text_rows(struct traj_output *output, const struct frame *frame, int fields,
                   traj_text_print print) MUST_CHECK;
int traj_text_finish(struct traj_output **output, bool keep) MUST_CHECK;

#endif
