/* schema - all tables of deck rows together: the only list of what a deck may hold. */
#ifndef CLI_SCHEMA_H
#define CLI_SCHEMA_H

#include "base/deck.h"

/* Local. The schema, ended by rows == NULL; built once, never freed (static). */
const struct deck_table *schema_tables(void);

#endif
