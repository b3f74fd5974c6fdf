/* deck: values, exact texts of mistakes, --set, the effective deck, the manual, broken YAML, failing
 * allocations. Expected texts were written by hand from the rules in base/deck.h. */
#define _XOPEN_SOURCE 700
#include "base/deck.h"
#include "base/mem.h"
#include "deck_schema.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

static struct comm self;

static struct deck *open_sets(const char *text, const char *const *sets, int n) {
    struct deck *deck = NULL;
    if (deck_open_text(&self, "in/deck.yml", text, test_schema, sets, n, &deck))
        fail_msg("refused:\n%s", err_message());
    return deck;
}

static void refused_sets(const char *text, const char *const *sets, int n, const char *expected) {
    struct deck *deck = NULL;
    int64_t before = mem_blocks();
    assert_int_equal(deck_open_text(&self, "deck.yml", text, test_schema, sets, n, &deck), ERR_DECK);
    assert_null(deck);
    assert_string_equal(err_message(), expected);
    assert_int_equal(err_status(ERR_DECK), 65);
    err_clear();
    assert_int_equal(mem_blocks(), before);
}

static void refused(const char *text, const char *expected) {
    refused_sets(text, NULL, 0, expected);
}

static void test_values(void **state) {
    (void)state;
    struct deck *d = open_sets(good_deck, NULL, 0);
    assert_int_equal(deck_int(d, "seed"), 1);
    assert_true(deck_has(d, "seed") && !deck_given(d, "seed"));
    assert_int_equal(deck_choice(d, "units"), 0);
    assert_string_equal(deck_text(d, "output.dir"), "out"); /* the section's default is {} */
    assert_int_equal(deck_count(d, "material.composition"), 2);
    assert_string_equal(deck_key_at(d, 1, "material.composition"), "Zr");
    assert_true(deck_real_at(d, 1, "material.composition") == 0.36);
    assert_int_equal(deck_int(d, "build.n_atoms"), 6912);
    assert_int_equal(deck_int_at(d, 2, "build.cells"), 3);
    assert_true(deck_real_at(d, 2, "build.axis") == 1);
    assert_false(deck_has(d, "build.diameter"));
    assert_true(deck_real(d, "md.time_step") == 0.001 && deck_given(d, "md.time_step"));
    assert_false(deck_bool(d, "md.minimise"));
    assert_int_equal(deck_count(d, "md.stages"), 3);
    assert_true(deck_real(d, "md.stages[%d].temperature", 1) == 298.15);
    assert_true(deck_real(d, "md.stages[%d].rate", 1) == 10); /* K/ps */
    assert_string_equal(deck_text(d, "md.stages[2].name"), "cut # it");
    assert_string_equal(deck_text(d, "md.stages[2].ensemble"), "nve");
    assert_true(deck_real(d, "md.stages[2].build.diameter") == 40);
    assert_string_equal(deck_text_at(d, 1, "md.stages[2].build.layers"), "b c");
    assert_false(deck_has(d, "md.stages[0].build"));
    assert_false(deck_has(d, "md.stages[2].temperature"));
    assert_false(deck_has(d, "md.stages[7].name"));
    assert_false(deck_lj(d));
    assert_string_equal(deck_name(d), "in/deck.yml");
    assert_string_equal(deck_stem(d), "deck");
    assert_string_equal(deck_source(d), good_deck);
    deck_close(&d);
    assert_null(d);
    deck_close(&d);
    d = open_sets("material: {composition: {Cu: 1}}\n", NULL, 0);
    assert_false(deck_has(d, "md") || deck_has(d, "md.time_step") || deck_has(d, "analysis"));
    assert_int_equal(deck_count(d, "md.stages"), 0);
    deck_close(&d);
}

static void test_unknown_keys(void **state) {
    (void)state;
    refused("material: {composition: {Cu: 1}}\nmd:\n  stages:\n    - {name: a}\n  n_stesp: 5\n  tiem_step: 1 "
            "fs\n",
            "deck.yml:5:3: error: unknown key 'n_stesp' in 'md'; 'vitrine describe md' lists the keys\n"
            "      n_stesp: 5\n"
            "      ^\n"
            "deck.yml:6:3: error: unknown key 'tiem_step'; did you mean 'time_step'?\n"
            "      tiem_step: 1 fs\n"
            "      ^\n"
            "2 errors");
    /* a misspelt required key is one mistake, not two */
    refused("materal: {composition: {Cu: 1}}\n",
            "deck.yml:1:1: error: unknown key 'materal'; did you mean 'material'?\n"
            "    materal: {composition: {Cu: 1}}\n"
            "    ^\n"
            "1 error");
    refused(
        "material: {composition: {Cu: 1}}\nbuild: {kind: rod, diameter: 4 nm, seed: 3, time_step: 1 fs}\n",
        "deck.yml:2:36: error: unknown key 'seed' in 'build'; it belongs to the top level of the deck\n"
        "    build: {kind: rod, diameter: 4 nm, seed: 3, time_step: 1 fs}\n"
        "                                       ^\n"
        "deck.yml:2:45: error: unknown key 'time_step' in 'build'; did you mean 'md.time_step'?\n"
        "    build: {kind: rod, diameter: 4 nm, seed: 3, time_step: 1 fs}\n"
        "                                                ^\n"
        "2 errors");
}

static void test_wrong_values(void **state) {
    (void)state;
    refused(
        "seed: -1\nunits: metall\nmaterial: {composition: {Cu: 0.64 K, Zr: -0.36}}\n"
        "build: {kind: random_alloy, n_atoms: 2.5, cells: [1, 2], axis: 3, layers: [a, b, c]}\n"
        "md:\n  time_step: 50 fs\n  pressure: 2 K\n  minimise: yes\n"
        "  stages: {name: a}\n",
        "deck.yml:1:7: error: '-1' is out of bounds; 'seed' must lie in [0, inf)\n"
        "    seed: -1\n"
        "          ^\n"
        "deck.yml:2:8: error: 'metall' is no 'units'; it can be metal or lj\n"
        "    units: metall\n"
        "           ^\n"
        "deck.yml:3:30: error: '0.64 K' is a temperature; 'Cu' needs a plain number such as '0.64'\n"
        "    material: {composition: {Cu: 0.64 K, Zr: -0.36}}\n"
        "                                 ^\n"
        "deck.yml:3:42: error: '-0.36' is out of bounds; 'Zr' must lie in (0, 1]\n"
        "    material: {composition: {Cu: 0.64 K, Zr: -0.36}}\n"
        "                                             ^\n"
        "deck.yml:4:38: error: '2.5' is not whole or too large; 'n_atoms' needs a whole number such as '1'\n"
        "    build: {kind: random_alloy, n_atoms: 2.5, cells: [1, 2], axis: 3, layers: [a, b, c]}\n"
        "                                         ^\n"
        "deck.yml:4:50: error: 2 elements; 'cells' needs exactly 3\n"
        "    build: {kind: random_alloy, n_atoms: 2.5, cells: [1, 2], axis: 3, layers: [a, b, c]}\n"
        "                                                     ^\n"
        "deck.yml:4:64: error: this is one value; 'axis' needs a list such as '[1, 2]'\n"
        "    build: {kind: random_alloy, n_atoms: 2.5, cells: [1, 2], axis: 3, layers: [a, b, c]}\n"
        "                                                                   ^\n"
        "deck.yml:4:75: error: 3 elements; 'layers' needs 1 to 2\n"
        "    build: {kind: random_alloy, n_atoms: 2.5, cells: [1, 2], axis: 3, layers: [a, b, c]}\n"
        "                                                                              ^\n"
        "deck.yml:6:14: error: '50 fs' is out of bounds; 'time_step' must lie in (0 fs, 20 fs]\n"
        "      time_step: 50 fs\n"
        "                 ^\n"
        "deck.yml:7:13: error: '2 K' is a temperature; 'pressure' needs a pressure such as '2 GPa'\n"
        "      pressure: 2 K\n"
        "                ^\n"
        "deck.yml:8:13: error: 'minimise' needs true or false; did you mean 'true'?\n"
        "      minimise: yes\n"
        "                ^\n"
        "deck.yml:9:11: error: this is a section of keys; 'stages' needs a list of items, each beginning "
        "with '- '\n"
        "      stages: {name: a}\n"
        "              ^\n"
        "12 errors");
}

static void test_missing(void **state) {
    (void)state;
    refused("md:\n  time_step: 1\n  stages:\n    - {ensemble: nvt}\n    - x\n",
            "deck.yml: error: missing key 'material' in the deck; it needs a section of keys\n"
            "deck.yml:2:14: error: 'time_step' needs a unit of time; did you mean '1 fs' or '1 ps'?\n"
            "      time_step: 1\n"
            "                 ^\n"
            "deck.yml:4:7: error: missing key 'name' in this item of 'stages'; it needs a word or text\n"
            "        - {ensemble: nvt}\n"
            "          ^\n"
            "deck.yml:4:7: error: missing key 'temperature' in this item of 'stages'; it needs a temperature "
            "such as '1 K'\n"
            "        - {ensemble: nvt}\n"
            "          ^\n"
            "deck.yml:5:7: error: each item of 'stages' needs keys, such as '- {name: ...}'\n"
            "        - x\n"
            "          ^\n"
            "5 errors");
    refused("material: {composition: {}}\nbuild:\nmd: {stages: []}\n",
            "deck.yml:1:25: error: 0 elements; 'composition' needs at least 1\n"
            "    material: {composition: {}}\n"
            "                            ^\n"
            "deck.yml:2:1: error: 'build' has no value; it needs a section of keys\n"
            "    build:\n"
            "    ^\n"
            "deck.yml:3:14: error: 0 elements; 'stages' needs at least 1\n"
            "    md: {stages: []}\n"
            "                 ^\n"
            "3 errors");
}

static void test_when(void **state) {
    (void)state;
    refused("material: {composition: {Cu: 1}}\nbuild: {kind: rod, diameter: 4 nm, n_atoms: 5}\n"
            "md: {stages: [{name: a, rate: 1 K/s}]}\n",
            "deck.yml:2:36: error: 'n_atoms' belongs to kind: random_alloy; here kind is rod\n"
            "    build: {kind: rod, diameter: 4 nm, n_atoms: 5}\n"
            "                                       ^\n"
            "deck.yml:3:25: error: 'rate' belongs to ensemble: nvt or npt; here ensemble is nve\n"
            "    md: {stages: [{name: a, rate: 1 K/s}]}\n"
            "                            ^\n"
            "2 errors");
    /* of two conditions, one of the whole table, the one that fails is named */
    refused("material: {composition: {Cu: 1}}\nbuild: {kind: rod, diameter: 4 nm, ratio: 2}\n",
            "deck.yml:2:36: error: 'ratio' belongs to kind: taper; here kind is rod\n"
            "    build: {kind: rod, diameter: 4 nm, ratio: 2}\n"
            "                                       ^\n"
            "1 error");
    refused("material: {composition: {Cu: 1}}\nbuild: {kind: file, file: a, ratio: 2}\n",
            "deck.yml:2:30: error: 'ratio' belongs to kind other than file and cells and kind: taper; here "
            "kind is file\n"
            "    build: {kind: file, file: a, ratio: 2}\n"
            "                                 ^\n"
            "1 error");
    /* where the kind itself is wrong its keys are left alone; of two rows of one path the one that applies
     * counts */
    refused("material: {composition: {Cu: 1}}\nbuild: {kind: rodd, diameter: 4 nm}\n"
            "md: {stages: [{name: a, temperature: 0 K}, {name: b, ensemble: nvt, temperature: 0 K}]}\n",
            "deck.yml:2:15: error: 'rodd' is no 'kind'; did you mean 'rod'? It can be random_alloy, rod, "
            "taper or file\n"
            "    build: {kind: rodd, diameter: 4 nm}\n"
            "                  ^\n"
            "deck.yml:3:82: error: '0 K' is out of bounds; 'temperature' must lie in (0 K, inf)\n"
            "    md: {stages: [{name: a, temperature: 0 K}, {name: b, ensemble: nvt, temperature: 0 K}]}\n"
            "                                                                                     ^\n"
            "2 errors");
}

static void test_reduced(void **state) {
    (void)state;
    struct deck *d = open_sets("units: lj\nmaterial: {composition: {A: 1}}\n"
                               "md: {stages: [{name: a, ensemble: nvt, temperature: 0.5}]}\n",
                               NULL, 0);
    assert_true(deck_lj(d));
    assert_true(deck_real(d, "md.time_step") == 0.005); /* the default's reduced form */
    assert_true(deck_real(d, "md.pressure") == 0);      /* zero is zero in any units */
    assert_true(deck_real(d, "md.stages[0].temperature") == 0.5);
    deck_close(&d);
    refused("units: lj\nmaterial: {composition: {A: 1}}\n"
            "md: {time_step: 2 fs, stages: [{name: a, ensemble: nvt, temperature: -1}]}\n",
            "deck.yml:3:17: error: '2 fs' has a unit, but with 'units: lj' numbers are reduced; 'time_step' "
            "needs a plain "
            "number such as '2'\n"
            "    md: {time_step: 2 fs, stages: [{name: a, ensemble: nvt, temperature: -1}]}\n"
            "                    ^\n"
            "deck.yml:3:70: error: '-1' is out of bounds; 'temperature' must lie in (0 K, inf)\n"
            "    md: {time_step: 2 fs, stages: [{name: a, ensemble: nvt, temperature: -1}]}\n"
            "                                                                         ^\n"
            "2 errors");
}

static void test_set(void **state) {
    (void)state;
    const char *sets[] = {"md.stages[quench].rate=1e12 K/s",
                          "md.stages[0].name=first",
                          "build.cells=[4, 5, 6]",
                          "output.dir=a=b",
                          "md.stages[2].build={kind: taper, diameter: 1 nm}",
                          "seed=1e9"};
    struct deck *d = open_sets(good_deck, sets, 6);
    assert_true(deck_real(d, "md.stages[1].rate") == 1);
    assert_string_equal(deck_text(d, "md.stages[0].name"), "first");
    assert_int_equal(deck_int_at(d, 0, "build.cells"), 4);
    assert_string_equal(deck_text(d, "output.dir"), "a=b");
    assert_true(deck_real(d, "md.stages[2].build.diameter") == 10);
    assert_int_equal(deck_int(d, "seed"), 1000000000);
    assert_true(deck_given(d, "seed"));
    deck_close(&d);
    const char *wrong[] = {"md.time_step=50 fs",
                           "md.stages[9].rate=1 K/s",
                           "md.stages[qench].rate=1 K/s",
                           "foo",
                           "=3",
                           "build.cells=[1,2",
                           "a.b=1",
                           "seed.x=1",
                           "md..x=1",
                           "md.stages[0=1",
                           "md[0].x=2",
                           "md.stages.x=2"};
    refused_sets(
        good_deck, wrong, 12,
        "--set md.time_step=50 fs: error: '50 fs' is out of bounds; 'time_step' must lie in (0 fs, 20 fs]\n"
        "--set md.stages[9].rate=1 K/s: error: no item '9' in 'stages', which has 3 items: 'melt', 'quench', "
        "'cut # it'\n"
        "--set md.stages[qench].rate=1 K/s: error: no item 'qench' in 'stages', which has 3 items: 'melt', "
        "'quench', "
        "'cut # it'\n"
        "--set foo: error: no '='; write --set KEY=VALUE, such as --set md.time_step='1 fs'\n"
        "--set =3: error: no '='; write --set KEY=VALUE, such as --set md.time_step='1 fs'\n"
        "--set build.cells=[1,2: error: not YAML: flow sequence without a closing bracket\n"
        "--set a.b=1: error: unknown key 'a'; 'vitrine describe' lists the keys\n"
        "--set seed.x=1: error: this is a section of keys; 'seed' needs a whole number\n"
        "--set md..x=1: error: 'md..x' is no key; write --set md.time_step='1 fs'\n"
        "--set md.stages[0=1: error: 'stages[' lacks its ']'\n"
        "--set md[0].x=2: error: 'md' is no list\n"
        "--set md.stages.x=2: error: 'stages' is no section, so it has no key 'x'; name an item, as in "
        "'stages[0].name'\n"
        "12 errors");
}

static const char effective_text[] =
    "# every key that applies; \"# default\" marks values equal to the default\n"
    "seed: 1  # default\n"
    "units: metal  # default\n"
    "output:\n"
    "  dir: out  # default\n"
    "  every: 1 ps  # default\n"
    "material:\n"
    "  composition: {Cu: 0.64, Zr: 0.36}\n"
    "build:\n"
    "  kind: random_alloy\n"
    "  n_atoms: 6912\n"
    "  cells: [1, 2, 3]  # default\n"
    "  axis: [0, 0, 1]\n"
    "md:\n"
    "  time_step: 0.001 ps\n"
    "  pressure: 0 GPa  # default\n"
    "  minimise: false  # default\n"
    "  stages:\n"
    "    - name: melt\n"
    "      ensemble: npt\n"
    "      temperature: 2000 K\n"
    "    - name: quench\n"
    "      ensemble: npt\n"
    "      temperature: 298.15 K\n"
    "      rate: 1e13 K/s\n"
    "    - name: \"cut # it\"\n"
    "      ensemble: nve  # default\n"
    "      build:\n"
    "        kind: rod\n"
    "        diameter: 40 A\n"
    "        cells: [1, 2, 3]  # default\n"
    "        layers: [a, b c]\n"
    "analysis:\n"
    "  - pass: voronoi\n";

static void test_effective(void **state) {
    (void)state;
    struct deck *d = open_sets(good_deck, NULL, 0);
    char *once = NULL, *twice = NULL;
    assert_int_equal(deck_effective(d, &once), ERR_OK);
    deck_close(&d);
    assert_string_equal(once, effective_text);
    d = open_sets(once, NULL, 0);
    assert_int_equal(deck_effective(d, &twice), ERR_OK);
    deck_close(&d);
    assert_string_equal(twice, once);
    mem_free(&once);
    mem_free(&twice);
}

/* Texts that YAML would read as something else survive the way through the effective deck. */
static void test_effective_quotes(void **state) {
    (void)state;
    static const char *const odd[] = {"",          "true",     "- a", "a: b", "a # b", "'q'",   "\\\"", "[x",
                                      "two  gaps", " lead",    "*a",  "&a",   "~",     "tail ", "@x",   "%y",
                                      "{",         "\xc3\xa9", "...", "---",  "| a",   "a\nb"};
    for (size_t k = 0; k < sizeof odd / sizeof odd[0]; k++) {
        char set[64];
        int n = snprintf(set, sizeof set, "output.dir=\"");
        for (const char *p = odd[k]; *p; p++) {
            if (*p == '\n') n += snprintf(set + n, sizeof set - (size_t)n, "\\n");
            else n += snprintf(set + n, sizeof set - (size_t)n, *p == '"' || *p == '\\' ? "\\%c" : "%c", *p);
        }
        snprintf(set + n, sizeof set - (size_t)n, "\"");
        const char *sets[] = {set};
        char *text = NULL;
        struct deck *d = open_sets(good_deck, sets, 1);
        assert_string_equal(deck_text(d, "output.dir"), odd[k]);
        assert_int_equal(deck_effective(d, &text), ERR_OK);
        deck_close(&d);
        d = open_sets(text, NULL, 0);
        assert_string_equal(deck_text(d, "output.dir"), odd[k]);
        deck_close(&d);
        mem_free(&text);
    }
}

static void test_late_mistakes(void **state) {
    (void)state;
    struct deck *d = open_sets(good_deck, NULL, 0);
    assert_int_equal(deck_verdict(d), ERR_OK);
    deck_mistake(d, "md.stages[1].build.diameter", "nearest parent is %s", "the stage");
    deck_mistake(d, "build.n_atoms", "too few");
    deck_mistake(d, "seed", "a default has the deck for its place");
    assert_int_equal(deck_verdict(d), ERR_DECK);
    assert_string_equal(err_message(), "in/deck.yml: error: a default has the deck for its place\n"
                                       "in/deck.yml:3:38: error: too few\n"
                                       "    build: {kind: random_alloy, n_atoms: 6912, axis: [0, 0, 1]}\n"
                                       "                                         ^\n"
                                       "in/deck.yml:8:7: error: nearest parent is the stage\n"
                                       "        - name: quench\n"
                                       "          ^\n"
                                       "3 errors");
    err_clear();
    deck_close(&d);
}

static void put_file(const char *folder, const char *name, const char *text) {
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static void test_files(void **state) {
    (void)state;
    char a[] = "/tmp/deck-a-XXXXXX", b[] = "/tmp/deck-b-XXXXXX", path[512], want[1024], real[4096];
    assert_true(mkdtemp(a) && mkdtemp(b));
    put_file(a, "near.xyz", "1\n");
    put_file(b, "far.xyz", "1\n");
    put_file(a, "deck.yml", "material: {composition: {Cu: 1}}\nbuild: {kind: file, file: near.xyz}\n");
    snprintf(path, sizeof path, "%s/deck.yml", a);
    snprintf(want, sizeof want, "/nowhere::%s", b);
    setenv("VITRINE_POTENTIALS", want, 1);
    struct deck *d = NULL;
    char *found = NULL, *text = NULL;
    assert_int_equal(deck_open(&self, path, test_schema, NULL, 0, &d), ERR_OK);
    assert_int_equal(deck_file(&self, d, "build.file", &found), ERR_OK);
    snprintf(want, sizeof want, "%s/near.xyz", a);
    assert_string_equal(found, want);
    mem_free(&found);
    /* the effective deck lies elsewhere, so a file beside the deck is named in full */
    assert_int_equal(deck_effective(d, &text), ERR_OK);
    assert_non_null(realpath(want, real));
    snprintf(want, sizeof want, "file: %.900s\n", real);
    assert_non_null(strstr(text, want));
    mem_free(&text);
    deck_close(&d);
    const char *sets[] = {"build.file=far.xyz"}, *none[] = {"build.file=no.xyz"};
    assert_int_equal(deck_open(&self, path, test_schema, sets, 1, &d), ERR_OK);
    assert_int_equal(deck_file(&self, d, "build.file", &found), ERR_OK);
    snprintf(want, sizeof want, "%s/far.xyz", b);
    assert_string_equal(found, want);
    mem_free(&found);
    deck_close(&d);
    assert_int_equal(deck_open(&self, path, test_schema, none, 1, &d), ERR_OK);
    assert_int_equal(deck_file(&self, d, "build.file", &found), ERR_OK);
    assert_null(found);
    assert_int_equal(deck_verdict(d), ERR_DECK);
    snprintf(want, sizeof want,
             "--set build.file=no.xyz: error: file 'no.xyz' was not found; looked for '%s/no.xyz', "
             "'/nowhere/no.xyz', "
             "'%s/no.xyz', '/usr/share/lammps/potentials/no.xyz' (VITRINE_POTENTIALS can name more "
             "folders)\n1 error",
             a, b);
    assert_string_equal(err_message(), want);
    err_clear();
    deck_close(&d);
    unsetenv("VITRINE_POTENTIALS");
    for (int k = 0; k < 3; k++) {
        snprintf(path, sizeof path, "%s/%s", k == 2 ? b : a,
                 k == 0   ? "near.xyz"
                 : k == 1 ? "deck.yml"
                          : "far.xyz");
        unlink(path);
    }
    rmdir(a);
    rmdir(b);
}

static void test_unreadable(void **state) {
    (void)state;
    struct deck *d = NULL;
    assert_int_equal(deck_open(&self, "/nowhere/deck.yml", test_schema, NULL, 0, &d), ERR_INPUT);
    assert_string_equal(err_message(), "cannot read deck '/nowhere/deck.yml': No such file or directory");
    err_clear();
    assert_int_equal(deck_open(&self, "/tmp", test_schema, NULL, 0, &d), ERR_INPUT);
    assert_string_equal(err_message(), "cannot read deck '/tmp': it is a folder");
    err_clear();
    assert_int_equal(mem_blocks(), 0);
}

static void test_yaml_refused(void **state) {
    (void)state;
    refused("", "deck.yml:1:1: error: the deck is empty; 'vitrine describe' lists the keys\n1 error");
    refused("# only a comment\n",
            "deck.yml:1:1: error: the deck is empty; 'vitrine describe' lists the keys\n"
            "    # only a comment\n    ^\n1 error");
    refused("seed: 1\n\tx: 2\nmd:\tx\n",
            "deck.yml:2:1: error: a tab; indent and separate with spaces\n     x: 2\n    ^\n"
            "deck.yml:3:4: error: a tab; indent and separate with spaces\n    md: x\n       ^\n"
            "2 errors");
    refused("seed: \xff\n",
            "deck.yml:1:7: error: byte 0xff is not UTF-8; save the deck as UTF-8\n    seed: ?\n          ^\n"
            "1 error");
    refused(
        "seed: 1\nseed: 2\nmaterial: &m {composition: {Cu: 1, Cu: !x 2}}\nmd: *m\n",
        "deck.yml:2:1: error: key 'seed' again; it was given on line 1\n    seed: 2\n    ^\n"
        "deck.yml:3:12: error: an anchor (&); write the value out where it is needed\n"
        "    material: &m {composition: {Cu: 1, Cu: !x 2}}\n               ^\n"
        "deck.yml:3:36: error: key 'Cu' again; it was given on line 3\n"
        "    material: &m {composition: {Cu: 1, Cu: !x 2}}\n                                       ^\n"
        "deck.yml:3:40: error: a tag (!); the kind of a value follows from its key\n"
        "    material: &m {composition: {Cu: 1, Cu: !x 2}}\n                                           ^\n"
        "deck.yml:4:5: error: an alias (*); write the value out\n    md: *m\n        ^\n"
        "5 errors");
    refused("seed: 1\n---\nseed: 2\n",
            "deck.yml:2:1: error: a second document; one file holds one deck\n    ---\n    ^\n1 error");
    refused("seed: [1, 2\nmd: 3\n", "deck.yml:3:1: error: not YAML: flow sequence without a closing bracket; "
                                    "the '[' of line 1 is still open\n1 error");
    refused("- a\n- b\n",
            "deck.yml:1:1: error: a deck consists of lines 'key: value'; 'vitrine describe' lists the keys\n"
            "    - a\n    ^\n1 error");
    refused("[a]: 1\n", "deck.yml:1:1: error: a key must be a word\n    [a]: 1\n    ^\n1 error");
}

/* A line longer than the screen is cut around the caret. */
static void test_long_line(void **state) {
    (void)state;
    char text[600];
    int n = snprintf(text, sizeof text, "material: {composition: {Cu: 1}}\nmd: {stages: [{name: ");
    memset(text + n, 'a', 300);
    snprintf(text + n + 300, sizeof text - (size_t)n - 300, ", foo: 3}]}\n");
    struct deck *d = NULL;
    assert_int_equal(deck_open_text(&self, "deck.yml", text, test_schema, NULL, 0, &d), ERR_DECK);
    const char *line = strchr(err_message(), '\n') + 1, *caret = strchr(line, '\n') + 1;
    assert_true(caret - line < 130 && !strncmp(line, "    ...aaa", 10));
    assert_int_equal(line[strchr(caret, '^') - caret], 'f');
    err_clear();
}

/* Every truncation and every single damaged byte of a deck: a verdict, never a crash or a leak. */
static void test_damaged(void **state) {
    (void)state;
    char text[sizeof good_deck];
    static const char damage[] = "\t:{}[]-,#&*!|>'\"%@`\x01\xff\xc3 \n?";
    int refusals = 0;
    for (size_t n = 0; n < sizeof good_deck; n++) {
        struct deck *d = NULL;
        memcpy(text, good_deck, sizeof text);
        text[n] = 0;
        refusals += deck_open_text(&self, "deck.yml", text, test_schema, NULL, 0, &d) != ERR_OK;
        deck_close(&d);
        err_clear();
    }
    for (size_t n = 0; n + 1 < sizeof good_deck; n++) {
        struct deck *d = NULL;
        memcpy(text, good_deck, sizeof text);
        text[n] = damage[n % (sizeof damage - 1)];
        int e = deck_open_text(&self, "deck.yml", text, test_schema, NULL, 0, &d);
        assert_true(e == ERR_OK || e == ERR_DECK);
        deck_close(&d);
        err_clear();
    }
    assert_true(refusals > 300); /* most of 480 truncations end within a word or lack a key */
    assert_int_equal(mem_blocks(), 0);
}

static void deep(const char *unit, int times, const char *end) {
    size_t len = strlen(unit) * (size_t)times + strlen(end) + 1;
    char *text = calloc(len, 1);
    struct deck *d = NULL;
    assert_non_null(text);
    for (int k = 0; k < times; k++) memcpy(text + strlen(unit) * (size_t)k, unit, strlen(unit));
    strcat(text, end);
    assert_int_equal(deck_open_text(&self, "deck.yml", text, test_schema, NULL, 0, &d), ERR_DECK);
    free(text);
    err_clear();
    assert_int_equal(mem_blocks(), 0);
}

static void test_deep_and_binary(void **state) {
    (void)state;
    deep("[", 100000, "\n");
    deep("{a: ", 100000, "\n");
    deep("- ", 100000, "\n");
    deep("a: {", 30, "\n");
    deep("\x7f\x45\x4c\x46\x02\x01\x01", 5000, "\n");
    deep("\x80\xbf\n", 5000, "\n");
    deep("? ", 3000, "\n");
    deep("''", 3000, "\n");
}

/* Each allocation fails in turn: an error each time, nothing left behind, and success after the last. */
static void allocations(const char *text, int expected) {
    const char *sets[] = {"md.stages[0].name=first", "output.dir=x"};
    for (int k = 0;; k++) {
        struct deck *d = NULL;
        char *effective = NULL;
        mem_fail_after(k);
        int e = deck_open_text(&self, "deck.yml", text, test_schema, sets, 2, &d);
        if (!e) e = deck_effective(d, &effective);
        mem_fail_after(-1);
        mem_free(&effective);
        deck_close(&d);
        err_clear();
        assert_int_equal(mem_blocks(), 0);
        if (e == expected) {
            assert_true(k > 100);
            return;
        }
        assert_int_equal(e, ERR_MEMORY);
        assert_true(k < 5000);
    }
}

static void test_allocations(void **state) {
    (void)state;
    allocations(good_deck, ERR_OK);
    allocations(
        "seed: -1\nmatrial: 3\nmd: {time_step: 1, stages: [{name: a}, {rate: 3 K/s}, x], minimise: maybe}\n"
        "build: {kind: rot, cells: [1, 2, x, 4]}\n",
        ERR_DECK);
    for (int k = 0;; k++) {
        char *text = NULL;
        mem_fail_after(k);
        int e = deck_markdown(test_schema, &text);
        mem_fail_after(-1);
        mem_free(&text);
        err_clear();
        assert_int_equal(mem_blocks(), 0);
        if (!e) break;
        assert_int_equal(e, ERR_MEMORY);
        assert_true(k < 5000);
    }
}

static void test_nearest(void **state) {
    (void)state;
    static const char *const words[] = {"time_step", "temperature", "name", "nm", "n_atoms", "kind"};
    assert_string_equal(deck_nearest("timestep", words, 6), "time_step");
    assert_string_equal(deck_nearest("tmie_step", words, 6), "time_step");
    assert_string_equal(deck_nearest("temp", words, 6), "temperature");
    assert_string_equal(deck_nearest("Name", words, 6), "name");
    assert_string_equal(deck_nearest("nn", words, 6), "nm");
    assert_string_equal(deck_nearest("natoms", words, 6), "n_atoms");
    assert_null(deck_nearest("pressure", words, 6));
    assert_null(deck_nearest("x", words, 6));
    assert_null(deck_nearest("", words, 6));
}

static void test_manual(void **state) {
    (void)state;
    char *text = NULL;
    assert_int_equal(deck_describe(test_schema, "build", &text), ERR_OK);
    assert_non_null(strstr(text, "build\n  The starting atoms.\n"
                                 "  kind               random_alloy | rod | taper | file; required\n"
                                 "                     What to build.\n"
                                 "  n_atoms            whole number in [1, inf); required\n"
                                 "                     only with kind: random_alloy\n"
                                 "                     Number of atoms.\n"));
    mem_free(&text);
    assert_int_equal(deck_describe(test_schema, "md.time_step", &text), ERR_OK);
    assert_string_equal(text, "md.time_step\n"
                              "  time_step          time in (0 fs, 20 fs]; default 2 fs; lj 0.005\n"
                              "                     Time step.\n"
                              "                     units: fs ps ns us ms s min h\n");
    mem_free(&text);
    assert_int_equal(deck_describe(test_schema, "md.tim_step", &text), ERR_USAGE);
    assert_string_equal(err_message(), "no key or section 'md.tim_step'; did you mean 'md.time_step'?");
    err_clear();
    assert_int_equal(deck_describe(test_schema, "", &text), ERR_OK);
    assert_non_null(strstr(text, "The same keys as 'build'."));
    mem_free(&text);
    assert_int_equal(deck_markdown(test_schema, &text), ERR_OK);
    assert_non_null(strstr(
        text,
        "| `diameter` | length in (0 A, inf) | required | Only with kind: rod or taper. Diameter. |\n"));
    mem_free(&text);
    assert_int_equal(deck_roff(test_schema, &text), ERR_OK);
    assert_non_null(strstr(
        text, ".TP\n.B n_atoms\n.I whole number in [1, inf)\n(required; only with kind: random_alloy)\n"));
    mem_free(&text);
}

static int all_freed(void **state) {
    (void)state;
    err_clear();
    return mem_blocks() == 0 ? 0 : -1;
}

int main(int argc, char **argv) {
    struct comm world;
    if (comm_init(&argc, &argv, &world)) return 1;
    self = comm_self();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_values, all_freed),
        cmocka_unit_test_teardown(test_unknown_keys, all_freed),
        cmocka_unit_test_teardown(test_wrong_values, all_freed),
        cmocka_unit_test_teardown(test_missing, all_freed),
        cmocka_unit_test_teardown(test_when, all_freed),
        cmocka_unit_test_teardown(test_reduced, all_freed),
        cmocka_unit_test_teardown(test_set, all_freed),
        cmocka_unit_test_teardown(test_effective, all_freed),
        cmocka_unit_test_teardown(test_effective_quotes, all_freed),
        cmocka_unit_test_teardown(test_late_mistakes, all_freed),
        cmocka_unit_test_teardown(test_files, all_freed),
        cmocka_unit_test_teardown(test_unreadable, all_freed),
        cmocka_unit_test_teardown(test_yaml_refused, all_freed),
        cmocka_unit_test_teardown(test_long_line, all_freed),
        cmocka_unit_test_teardown(test_damaged, all_freed),
        cmocka_unit_test_teardown(test_deep_and_binary, all_freed),
        cmocka_unit_test_teardown(test_allocations, all_freed),
        cmocka_unit_test_teardown(test_nearest, all_freed),
        cmocka_unit_test_teardown(test_manual, all_freed),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    comm_finalize();
    return failed;
}
