/* cite - the references that a run used, by key of docs/references.bib.
 *
 * Modules call cite_use("mendelev2007") when their method or data enters a run; the list is printed at the
 * end and written to /vitrine/citations. Keys are checked against docs/references.bib by the tests. */
#ifndef BASE_CITE_H
#define BASE_CITE_H

#include "base/comm.h"

struct h5;

/* Local; call on every rank alike. Repeated keys count once. */
void cite_use(const char *key);
int cite_count(void);
const char *cite_key(int k);
void cite_clear(void);
/* Collective. /vitrine/citations: one text dataset, a key per line. */
int cite_write(const struct comm *comm, struct h5 *h5) MUST_CHECK;

#endif
