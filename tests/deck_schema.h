/* deck_schema - the tables that the tests of deck check against: every type of row, rows of one path that
 * differ in `when`, one set of rows below two prefixes. */
#ifndef TESTS_DECK_SCHEMA_H
#define TESTS_DECK_SCHEMA_H

#include "base/deck.h"

#define R DECK_REQUIRED
/* rows by position, without the last field */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"
static const struct deck_row top_rows[] = {
    {DECK_INT, "seed", UNIT_NONE, "1", "[0, inf)", NULL, NULL, "Seed of every random number."},
    {DECK_CHOICE, "units", UNIT_NONE, "metal", NULL, "metal|lj", NULL, "Units of the deck."},
    {DECK_MAP, "output", UNIT_NONE, "{}", NULL, NULL, NULL, "What is written."},
    {DECK_TEXT, "output.dir", UNIT_NONE, "out", NULL, NULL, NULL, "Folder."},
    {DECK_REAL, "output.every", UNIT_TIME, "1 ps; lj 1", "(0 ps, inf)", NULL, NULL, "Interval of frames."},
    {DECK_MAP, "material", UNIT_NONE, R, NULL, NULL, NULL, "What it is made of."},
    {DECK_TABLE, "material.composition", UNIT_NONE, R, "(0, 1]", "1..", NULL, "Fractions by symbol."},
    {DECK_MAP, "build", UNIT_NONE, DECK_OPTIONAL, NULL, NULL, NULL, "The starting atoms."},
    {DECK_MAP, "md", UNIT_NONE, DECK_OPTIONAL, NULL, NULL, NULL, "Molecular dynamics."},
    {DECK_LIST, "analysis", UNIT_NONE, DECK_OPTIONAL, NULL, NULL, NULL, "Passes."},
    {DECK_TEXT, "analysis[].pass", UNIT_NONE, R, NULL, NULL, NULL, "Name of the pass."},
    {.type = DECK_END}};
static const struct deck_row build_rows[] = {
    {DECK_CHOICE, "kind", UNIT_NONE, R, NULL, "random_alloy|rod|taper|file", NULL, "What to build."},
    {DECK_INT, "n_atoms", UNIT_NONE, R, "[1, inf)", NULL, "kind=random_alloy", "Number of atoms."},
    {DECK_REAL, "diameter", UNIT_LENGTH, R, "(0 A, inf)", NULL, "kind=rod|taper", "Diameter."},
    {DECK_FILE, "file", UNIT_NONE, R, NULL, NULL, "kind=file", "File of atoms."},
    {DECK_INTS, "cells", UNIT_NONE, "[1, 2, 3]", "[1, inf)", "3", NULL, "Cells along the axes."},
    {DECK_REALS, "axis", UNIT_NONE, DECK_OPTIONAL, NULL, "3", NULL, "Direction."},
    {DECK_TEXTS, "layers", UNIT_NONE, DECK_OPTIONAL, NULL, "1..2", NULL, "Names."},
    {.type = DECK_END}};
static const struct deck_row md_rows[] = {
    {DECK_REAL, "time_step", UNIT_TIME, "2 fs; lj 0.005", "(0 fs, 20 fs]", NULL, NULL, "Time step."},
    {DECK_REAL, "pressure", UNIT_PRESSURE, "0 GPa", NULL, NULL, NULL, "Pressure of npt."},
    {DECK_BOOL, "minimise", UNIT_NONE, "false", NULL, NULL, NULL, "Relax first."},
    {DECK_LIST, "stages", UNIT_NONE, R, NULL, "1..", NULL, "What happens, in order."},
    {DECK_TEXT, "stages[].name", UNIT_NONE, R, NULL, NULL, NULL, "Name of the stage."},
    {DECK_CHOICE, "stages[].ensemble", UNIT_NONE, "nve", NULL, "nve|nvt|npt", NULL, "Ensemble."},
    {DECK_REAL, "stages[].temperature", UNIT_TEMPERATURE, R, "(0 K, inf)", NULL, "ensemble=nvt|npt",
     "Target."},
    {DECK_REAL, "stages[].temperature", UNIT_TEMPERATURE, DECK_OPTIONAL, "[0 K, inf)", NULL, "ensemble=nve",
     "Start."},
    {DECK_REAL, "stages[].rate", UNIT_HEATING_RATE, DECK_OPTIONAL, "(0 K/s, inf)", NULL, "ensemble=nvt|npt",
     "Rate."},
    {DECK_MAP, "stages[].build", UNIT_NONE, DECK_OPTIONAL, NULL, NULL, NULL, "Cut or build anew."},
    {.type = DECK_END}};
static const struct deck_row hcp_rows[] = {{DECK_REAL, "ratio", UNIT_NONE, "1.633", "(0.5, 5)", NULL,
                                            "cells=*, kind=taper", "Two conditions, one of the table."},
                                           {.type = DECK_END}};
#undef R
static const struct deck_table test_schema[] = {{"", top_rows, NULL},
                                                {"build", build_rows, NULL},
                                                {"build", hcp_rows, "kind!=file"},
                                                {"md", md_rows, NULL},
                                                {"md.stages[].build", build_rows, NULL},
                                                {"md.stages[].build", hcp_rows, "kind!=file"},
                                                {NULL, NULL, NULL}};

static const char good_deck[] = "# a deck with a bit of everything\n"
                                "material: {composition: {Cu: 0.64, Zr: 0.36}}\n"
                                "build: {kind: random_alloy, n_atoms: 6912, axis: [0, 0, 1]}\n"
                                "md:\n"
                                "  time_step: 1 fs\n"
                                "  stages:\n"
                                "    - {name: melt, ensemble: npt, temperature: 2000 K}\n"
                                "    - name: quench\n"
                                "      ensemble: npt\n"
                                "      temperature: 25 C\n"
                                "      rate: 1e13 K/s\n"
                                "    - name: \"cut # it\"\n"
                                "      build: {kind: rod, diameter: 4 nm, layers: [a, \"b c\"]}\n"
                                "analysis:\n"
                                "  - pass: voronoi\n";

#endif
