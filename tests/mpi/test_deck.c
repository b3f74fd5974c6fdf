/* deck on several ranks: only rank 0 reads, every rank gets the same verdict, text and values. ranks: 1 3 */
#define _XOPEN_SOURCE 700
#include "tap.h"

#include "base/deck.h"
#include "deck_schema.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Whether every rank has rank 0's text. */
static bool same(const char *text) {
    char *first = NULL;
    if (tap_comm.rank == 0 && mem_strdup(&first, text)) return false;
    if (comm_bcast_string(&tap_comm, &first)) return false;
    bool equal = !strcmp(first, text);
    mem_free(&first);
    return equal;
}

static void write_text(const char *path, const char *text) {
    FILE *f = fopen(path, "w");
    if (!f) abort();
    fputs(text, f);
    fclose(f);
}

/* Ranks other than 0 get a path that does not exist: they must not look at it. */
static void test_open(const char *folder) {
    char path[256], file[256], expected[256];
    struct deck *deck = NULL;
    char *found = NULL, *effective = NULL;
    snprintf(path, sizeof path, "%s/deck.yml", folder);
    snprintf(file, sizeof file, "%s/a.xyz", folder);
    if (tap_comm.rank == 0) {
        write_text(path, good_deck);
        write_text(file, "1\n");
    }
    comm_barrier(&tap_comm);
    const char *sets[] = {"build={kind: file, file: a.xyz}"};
    snprintf(expected, sizeof expected, "%s", file);
    if (tap_comm.rank) snprintf(path, sizeof path, "/nowhere/deck.yml");
    tap_pass(deck_open(&tap_comm, path, test_schema, sets, 1, &deck),
             "a good deck opens, read by rank 0 alone");
    if (!deck) return;
    tap_ok(deck_real(deck, "md.time_step") == 0.001 && deck_count(deck, "md.stages") == 3,
           "every rank has the values");
    int e = deck_effective(deck, &effective);
    tap_ok(e == ERR_OK && same(effective), "the effective deck is the same text on each rank");
    mem_free(&effective);
    tap_pass(deck_file(&tap_comm, deck, "build.file", &found), "the file beside the deck");
    tap_ok(found && !strcmp(found, expected), "is found by rank 0 and known to all");
    mem_free(&found);
    deck_close(&deck);
    if (tap_comm.rank == 0) unlink(file);
    comm_barrier(&tap_comm);
    if (deck_open(&tap_comm, path, test_schema, sets, 1, &deck)) return;
    e = deck_file(&tap_comm, deck, "build.file", &found);
    tap_ok(e == ERR_OK && !found, "a missing file is no error by itself");
    e = deck_verdict(deck);
    tap_ok(e == ERR_DECK && strstr(err_message(), "was not found; looked for") != NULL, "but a mistake");
    err_clear();
    deck_close(&deck);
}

static void test_refused(const char *folder) {
    char path[256];
    struct deck *deck = NULL;
    snprintf(path, sizeof path, "%s/deck.yml", folder);
    if (tap_comm.rank == 0) write_text(path, "material: {composition: {Cu: 2}}\nmd: {time_step: 1 K}\n");
    comm_barrier(&tap_comm);
    int e = deck_open(&tap_comm, path, test_schema, NULL, 0, &deck);
    tap_ok(e == ERR_DECK && !deck, "a bad deck is refused on every rank");
    tap_ok(same(err_message()) && strstr(err_message(), "3 errors"),
           "with the same text, all mistakes in it");
    err_clear();
    comm_barrier(&tap_comm);
    if (tap_comm.rank == 0) unlink(path);
    comm_barrier(&tap_comm);
    e = deck_open(&tap_comm, path, test_schema, NULL, 0, &deck);
    tap_ok(e == ERR_INPUT && same(err_message()), "a missing deck too");
    err_clear();
}

/* The last rank runs out of memory, at each allocation in turn: nobody hangs, all get the same verdict. */
static void test_memory(void) {
    int e = ERR_MEMORY, n = 0;
    bool right = true;
    while (e == ERR_MEMORY && n < 3000) {
        struct deck *deck = NULL;
        if (tap_comm.rank == tap_comm.size - 1) mem_fail_after(n);
        e = deck_open_text(&tap_comm, "deck.yml", good_deck, test_schema, NULL, 0, &deck);
        mem_fail_after(-1);
        right = right && (e == ERR_OK) == (deck != NULL);
        int64_t codes[64];
        comm_gather_i64(&tap_comm, e, codes);
        for (int r = 0; r < tap_comm.size; r++) right = right && codes[r] == e;
        deck_close(&deck);
        err_clear();
        right = right && mem_blocks() == 0;
        n += 17;
    }
    tap_ok(right && e == ERR_OK && n > 100, "memory that runs out on one rank fails on all");
}

int main(int argc, char **argv) {
    char folder[64] = "/tmp/deck-mpi-XXXXXX";
    tap_begin(&argc, &argv);
    if (tap_comm.rank == 0 && !mkdtemp(folder)) abort();
    comm_bcast(&tap_comm, folder, sizeof folder);
    test_open(folder);
    test_refused(folder);
    test_memory();
    comm_barrier(&tap_comm);
    if (tap_comm.rank == 0) rmdir(folder);
    return tap_end();
}
