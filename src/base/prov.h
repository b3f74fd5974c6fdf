/* prov - provenance: which program, compiler, libraries, machine, ranks and time made a result.
 *
 * The commit and build flags come from the Makefile (build/version.h); everything is written to
 * /vitrine/provenance. */
#ifndef BASE_PROV_H
#define BASE_PROV_H

#include "base/comm.h"

struct h5;

/* Local. "0.1.0", the commit ("a1b2c3d" or "a1b2c3d-modified" or "unknown"). */
const char *prov_version(void);
const char *prov_commit(void);
/* Local. The screenful of `vitrine version --full` (by mem): compiler, flags, MPI, HDF5, GSL, FFTW, libfyaml,
 * zlib, Voro++, Random123, KIM yes/no. */
int prov_text(char **text) MUST_CHECK;
/* Local. FNV-1a 64-bit hash of a text as 16 hex digits: the identity of a deck. */
void prov_hash(const char *text, char out[17]);
/* Collective. Attributes of /vitrine/provenance: version, commit, compiler, flags, libraries, host, ranks,
 * date (UTC, ISO 8601), command, deck_hash; datasets /vitrine/deck and /vitrine/effective (text). deck texts
 * may be NULL. */
int prov_write(const struct comm *comm, struct h5 *h5, const char *command, const char *deck,
               const char *effective) MUST_CHECK;

#endif
