/* The table of elements and lists of species. */
#include "atoms/species.h"
#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static void test_table(void **state) {
    (void)state;
    /* atomic numbers: the periodic table; masses: standard atomic weights 2021 (doi 10.1515/pac-2019-0603) */
    assert_int_equal(species_number("Cu"), 29);
    assert_int_equal(species_number("Zr"), 40);
    assert_int_equal(species_number("Pt"), 78);
    assert_int_equal(species_number("Lr"), 103);
    assert_int_equal(species_number("cu"), 0);
    assert_int_equal(species_number(""), 0);
    assert_string_equal(species_symbol(46), "Pd");
    assert_string_equal(species_symbol(104), "");
    assert_true(species_mass(29) == 63.546 && species_mass(40) == 91.224 && species_mass(18) == 39.95);
    assert_true(species_mass(0) == 0 && species_mass(104) == 0 && species_radius(-1) == 0);
    /* metallic radii for 12 neighbours: Pt 1.39, Pd 1.37, Cu 1.28, Zr 1.60, Al 1.43 A (handbooks) */
    assert_true(species_radius(78) == 1.39 && species_radius(46) == 1.37 && species_radius(40) == 1.60);
    for (int z = 1; z <= 103; z++) {
        assert_int_equal(species_number(species_symbol(z)), z);
        assert_true(species_mass(z) > 1 && species_radius(z) > 0.2 && species_radius(z) < 3);
        int back = species_from_mass(species_mass(z)); /* Cm and Bk share 247 */
        assert_true(species_mass(back) == species_mass(z));
    }
    assert_int_equal(species_from_mass(63.55), 29);
    assert_int_equal(species_from_mass(1.008), 1);
    assert_int_equal(species_from_mass(1000), 0);
    assert_int_equal(species_from_mass(36.9), 0); /* nothing within 0.5 of it */
}

static void refused(struct species *s, const char *name, int model, const char *message) {
    assert_int_equal(species_add(s, name, model), ERR_INPUT);
    assert_string_equal(err_message(), message);
    err_clear();
}

static void test_list(void **state) {
    (void)state;
    struct species s = {0};
    assert_int_equal(species_add(&s, "Cu", 0), ERR_OK);
    assert_int_equal(species_add(&s, "Zr", 0), ERR_OK);
    assert_int_equal(species_add(&s, "A", 1), ERR_OK);
    assert_int_equal(species_find(&s, "Zr"), 1);
    assert_int_equal(species_find(&s, "Al"), -1);
    assert_true(s.n == 3 && s.mass[1] == 91.224 && s.number[0] == 29 && s.radius[0] == 1.28);
    assert_true(s.mass[2] == 1 && s.number[2] == 0 && s.radius[2] == 0.5);
    struct species ka = {0};
    assert_int_equal(species_add(&ka, "B", 1), ERR_OK); /* a model's B is not boron */
    assert_true(ka.mass[0] == 1 && ka.number[0] == 0);
    refused(&s, "Cu", 0, "species 'Cu' occurs twice");
    refused(&s, "zr", 0, "species 'zr' is not an element; did you mean 'Zr'?");
    refused(&s, "Xx", 0, "species 'Xx' is not an element; give a chemical symbol such as Cu");
    refused(&s, "", 1, "a species without a name");
    refused(&s, "longname", 1, "species 'longname': a name has at most 7 characters");
    for (int z = 1; s.n < SPECIES_MAX; z++)
        if (species_find(&s, species_symbol(z)) < 0)
            assert_int_equal(species_add(&s, species_symbol(z), 0), ERR_OK);
    refused(&s, "Pt", 0, "species 'Pt': at most 16 species are possible");
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_table), cmocka_unit_test(test_list)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
