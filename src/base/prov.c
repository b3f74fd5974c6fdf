/* prov - versions of libraries are asked at run time where the library can say, else taken from its header.
 */
#include "base/prov.h"
#include "base/h5.h"
#include "base/mem.h"
#include "version.h"

#include <fftw3.h>
#include <gsl/gsl_version.h>
#include <hdf5.h>
#include <libfyaml.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>
#ifdef HAVE_KIM
#include <KIM_Version.h>
#define KIM_TEXT KIM_VERSION_STRING
#else
#define KIM_TEXT "no"
#endif

const char *prov_version(void) {
    return VERSION_TEXT;
}

const char *prov_commit(void) {
    return VERSION_COMMIT;
}

static int libraries(char **text) {
    char mpi[MPI_MAX_LIBRARY_VERSION_STRING] = "";
    int n = 0;
    unsigned major, minor, release;
    MPI_Get_library_version(mpi, &n);
    mpi[strcspn(mpi, ",\n")] = 0;
    H5get_libversion(&major, &minor, &release);
    return mem_sprintf(text,
                       "MPI %s\nHDF5 %u.%u.%u\nGSL %s\nFFTW %s\nlibfyaml %s\nzlib %s\nVoro++ "
                       "linked\nRandom123 Philox4x32-10\n"
                       "KIM %s\n",
                       mpi, major, minor, release, gsl_version, fftw_version, fy_library_version(),
                       zlibVersion(), KIM_TEXT);
}

int prov_text(char **text) {
    char *libs = NULL;
    TRY(libraries(&libs));
    int e = mem_sprintf(text, "vitrine %s\ncommit %s\ncompiler %s\nflags %s\nprefix %s\n%s", VERSION_TEXT,
                        VERSION_COMMIT, VERSION_COMPILER, VERSION_FLAGS, VERSION_PREFIX, libs);
    mem_free(&libs);
    return e;
}

void prov_hash(const char *text, char out[17]) {
    uint64_t h = 0xcbf29ce484222325u; /* FNV-1a, 64 bits: offset basis and prime */
    for (const unsigned char *p = (const unsigned char *)text; *p; p++) h = (h ^ *p) * 0x100000001b3u;
    snprintf(out, 17, "%016llx", (unsigned long long)h);
}

/* Rank 0's words, so that every rank writes the same. */
struct stamp {
    char host[256], date[32];
};

static struct stamp stamp_of(const struct comm *comm) {
    struct stamp stamp = {0};
    time_t t = time(NULL);
    struct tm utc;
    gethostname(stamp.host, sizeof stamp.host - 1);
    gmtime_r(&t, &utc);
    strftime(stamp.date, sizeof stamp.date, "%Y-%m-%dT%H:%M:%SZ", &utc);
    comm_bcast(comm, &stamp, sizeof stamp);
    return stamp;
}

int prov_write(const struct comm *comm, struct h5 *h5, const char *command, const char *deck,
               const char *effective) {
    const char *at = "/vitrine/provenance";
    struct stamp stamp = stamp_of(comm);
    int64_t ranks = comm->size;
    char *libs = NULL, hash[17] = "";
    if (deck) prov_hash(deck, hash);
    TRY_ALL(comm, libraries(&libs));
    const char *const rows[][2] = {{"version", VERSION_TEXT},
                                   {"commit", VERSION_COMMIT},
                                   {"compiler", VERSION_COMPILER},
                                   {"flags", VERSION_FLAGS},
                                   {"libraries", libs},
                                   {"host", stamp.host},
                                   {"date", stamp.date},
                                   {"command", command ? command : ""},
                                   {"deck_hash", hash}};
    int e = h5_group(h5, at);
    for (size_t k = 0; k < sizeof rows / sizeof *rows && !e; k++)
        e = h5_attr_text(h5, at, rows[k][0], rows[k][1]);
    if (!e) e = h5_attr_i64(h5, at, "ranks", &ranks, 1);
    if (!e && deck) e = h5_write_text(h5, "/vitrine/deck", deck, "the deck as it was given");
    if (!e && effective)
        e = h5_write_text(h5, "/vitrine/effective", effective, "every key with its value and unit");
    mem_free(&libs);
    return e;
}
