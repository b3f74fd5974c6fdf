/* schema - gathers the tables of the rooms. The order here is the order of the manual and of effective decks.
 */
#include "cli/schema.h"
#include "analysis/analysis.h"
#include "analysis/structure/tgfit.h"
#include "atoms/build.h"
#include "kmc/movie_deck.h"
#include "kmc/setup.h"
#include "kmc/rates.h"
#include "kmc/mold.h"
#include "md/md.h"
#include "md/pot.h"
#include "md/stage.h"
#include "md/wall.h"

#include <stdio.h>

#define MOST 256

static const struct deck_row top_rows[] = {
    {DECK_INT, "seed", .value = "1", .bounds = "[0, 9e15]",
     .help = "Seed of every random number. The same deck and seed give the same run on any number of ranks."},
    {DECK_CHOICE, "units", .value = "metal", .choices = "metal|lj",
     .help = "metal: numbers with units (A, ps, eV, K, GPa). lj: bare reduced Lennard-Jones numbers."},
    {DECK_MAP, "output", .value = "{}", .help = "Where results go."},
    {DECK_TEXT, "output.dir",
     .help = "Folder for all results. Default: out/NAME, NAME being the deck's name without .yml.",
     .inert = true},
    {DECK_END}};

static const struct deck_row section_rows[] = {
    {DECK_MAP, "potential", .help = "What acts between the atoms."},
    {DECK_MAP, "build", .help = "How the atoms are made."},
    {DECK_END}};

static const struct deck_row summary_rows[] = {
    {DECK_MAP, "summary", .value = "{}",
     .help = "What goes into NAME.summary.tsv beside the scalars of passes.", .inert = true},
    {DECK_END}};

static struct deck_table tables[MOST + 1];
static char conditions[MOST][48];

static int add_builders(int n, const char *prefix, bool top) {
    tables[n++] = (struct deck_table){prefix, build_rows, NULL};
    for (int k = 0; build_kinds[k] && n < MOST; k++) {
        if (top ? !build_kinds[k]->from_nothing : !build_kinds[k]->changes) continue;
        snprintf(conditions[n], sizeof conditions[n], "kind=%s", build_kinds[k]->name);
        tables[n] = (struct deck_table){prefix, build_kinds[k]->rows, conditions[n]};
        n++;
    }
    return n;
}

const struct deck_table *schema_tables(void) {
    int n = 0;
    if (tables[0].rows) return tables;
    tables[n++] = (struct deck_table){"", top_rows, NULL};
    tables[n++] = (struct deck_table){"", build_material_rows, NULL};
    tables[n++] = (struct deck_table){"", section_rows, NULL};
    tables[n++] = (struct deck_table){"potential", md_potential_rows, NULL};
    for (int k = 0; pot_kinds[k]; k++) {
        bool seen = false; /* kinds that share their rows (eam, zhou) */
        for (int m = 0; m < n; m++) seen |= tables[m].rows == pot_kinds[k]->rows;
        if (!seen) tables[n++] = (struct deck_table){"potential", pot_kinds[k]->rows, NULL};
    }
    n = add_builders(n, "build", true);
    tables[n++] = (struct deck_table){"", md_rows, NULL};
    tables[n++] = (struct deck_table){"md.stages[]", stage_rows, NULL};
    tables[n++] = (struct deck_table){"md.stages[].wall", wall_rows, NULL};
    tables[n++] = (struct deck_table){"md.stages[].fixed", wall_fixed_rows, NULL};
    n = add_builders(n, "md.stages[].build", false);
    for (int k = 0; rates_tables[k].rows && n < MOST; k++) tables[n++] = rates_tables[k];
    tables[n++] = (struct deck_table){"", setup_rows, NULL};
    tables[n++] = (struct deck_table){"", movie_deck_rows, NULL};
    for (int k = 0; mold_tables[k].rows && n < MOST; k++) tables[n++] = mold_tables[k];
    for (int k = 0; pass_tables[k].rows && n < MOST; k++) tables[n++] = pass_tables[k];
    tables[n++] = (struct deck_table){"", summary_rows, NULL};
    tables[n++] = (struct deck_table){"summary", tgfit_rows, NULL};
    return tables;
}
