/* Potentials out of decks: pair tables in either order, mixing, cutoffs, shifts, table options. Dimer
 * energies by hand. */
#include "md_fixture.h"

#include "base/cite.h"
#include "cli/schema.h"

static struct deck *open_deck(const char *potential, bool lj) {
    struct comm comm = comm_self();
    struct deck *deck = NULL;
    char *text = NULL;
    must(mem_sprintf(&text, "%smaterial: {species: [%s]}\npotential: {%s}\n", lj ? "units: lj\n" : "",
                     lj ? "A, B" : "Cu, Zr", potential));
    must(deck_open_text(&comm, "t.yml", text, schema_tables(), NULL, 0, &deck));
    mem_free(&text);
    return deck;
}

static struct pot *create(struct deck *deck, const struct species *species) {
    struct comm comm = comm_self();
    struct pot *pot = NULL;
    must(pot_create(&comm, deck, species, &pot));
    return pot;
}

/* Energy of a pair of types a and b at distance r. */
static double dimer(struct pot *pot, const struct species *species, int a, int b, double r) {
    struct fixture t;
    fixture_init(&t, species, (double[3]){40, 40, 40}, false);
    fixture_add(&t, 1, 1, 1, a);
    fixture_add(&t, 1 + r, 1, 1, b);
    double E = fixture_energy(&t, pot);
    fixture_destroy(&t);
    return E;
}

static double lj(double epsilon, double sigma, double r) {
    double q = pow(sigma / r, 6);
    return 4 * epsilon * (q * q - q);
}

static void pairs(void **state) {
    (void)state;
    struct species s = fixture_species("A B", true);
    struct deck *deck =
        open_deck("kind: lj, epsilon: {A-A: 1, B-A: 1.5, B-B: 0.5}, sigma: {A: 1, A-B: 0.8, B: 0.88}, "
                  "cutoff: {B-B: 3}, shift: none",
                  true);
    struct pot *pot = create(deck, &s);
    assert_non_null(pot);
    assert_double_equal(dimer(pot, &s, 0, 0, 1.2), lj(1, 1, 1.2), 1e-14);
    assert_double_equal(dimer(pot, &s, 0, 1, 1.2), lj(1.5, 0.8, 1.2), 1e-14);
    assert_double_equal(dimer(pot, &s, 1, 1, 1.2), lj(0.5, 0.88, 1.2), 1e-14);
    assert_double_equal(pot_cutoff(pot, 0, 0), 2.5, 0);
    assert_double_equal(pot_cutoff(pot, 1, 0), 2, 0);
    assert_double_equal(pot_cutoff(pot, 1, 1), 3, 0);
    assert_double_equal(pot_cutoff_max(pot), 3, 0);
    pot_destroy(&pot);
    deck_close(&deck);
    cite_clear();
    assert_int_equal(mem_blocks(), 0);
}

/* Energy of a dimer at r with shifts energy and force (default energy): definitions in pot_lj.h. */
static void shifts_and_mixing(void **state) {
    (void)state;
    struct species s = fixture_species("A B", true);
    const char *const shift[] = {"", ", shift: force"};
    for (int k = 0; k < 2; k++) {
        char text[256];
        snprintf(text, sizeof text,
                 "kind: lj, epsilon: {A: 1, B: 0.25}, sigma: {A: 1, B: 0.6}, mixing: lorentz_berthelot, "
                 "cutoff_sigma: 3%s",
                 shift[k]);
        struct deck *deck = open_deck(text, true);
        struct pot *pot = create(deck, &s);
        double eps = 0.5, sigma = 0.8, rc = 2.4, r = 1.1, q = pow(sigma / rc, 6);
        double E = lj(eps, sigma, r) - lj(eps, sigma, rc);
        if (k == 1) E -= (r - rc) * 4 * eps * (-12 * q * q + 6 * q) / rc;
        assert_double_equal(dimer(pot, &s, 0, 1, r), E, 1e-14);
        assert_double_equal(dimer(pot, &s, 0, 1, rc), 0, 0);
        pot_destroy(&pot);
        deck_close(&deck);
    }
    cite_clear();
    assert_int_equal(mem_blocks(), 0);
}

static void mistakes(void **state) {
    (void)state;
    struct species s = fixture_species("A B", true);
    struct deck *deck =
        open_deck("kind: lj, epsilon: {A: 1, A-B: 2, B-A: 3, A-C: 1}, sigma: {A: 1, B: 1}", true);
    struct pot *pot = create(deck, &s);
    assert_null(pot);
    assert_int_equal(deck_verdict(deck), ERR_DECK);
    assert_non_null(strstr(err_message(), "pair B-A is given twice with different values"));
    assert_non_null(strstr(err_message(), "'A-C' is no pair of this material's species; write it as A-B"));
    assert_non_null(strstr(err_message(), "pair B-B is missing; give it"));
    assert_non_null(
        strstr(err_message(), "pair A-B is missing; give it or choose mixing: lorentz_berthelot"));
    err_clear();
    deck_close(&deck);
    cite_clear();
    assert_int_equal(mem_blocks(), 0);
}

/* Zhou's Cu-Zr dimer: phi_ab(r) + F_a(rho_b) + F_b(rho_a) from the formulas themselves; rows of the deck's
 * resolution, whose slopes have 21 bits (eam_table.c): with many rows that is what is left. */
static void zhou(void **state) {
    (void)state;
    struct species s = fixture_species("Cu Zr", false);
    const char *const options[] = {"kind: zhou, tables: file", "kind: zhou",
                                   "kind: zhou, table_rows: 20000, cutoff: 8 A"};
    const double tolerance[] = {1e-13, 1e-5, 1e-8};
    for (int k = 0; k < 3; k++) {
        struct deck *deck = open_deck(options[k], false);
        struct pot *pot = create(deck, &s);
        const struct eam_zhou *cu = eam_zhou_find("Cu"), *zr = eam_zhou_find("Zr");
        double phi, f[2], F[2], slope, r = 2.77;
        eam_zhou_pair(cu, zr, r, &phi, &slope);
        eam_zhou_density(zr, r, &f[0], &slope);
        eam_zhou_density(cu, r, &f[1], &slope);
        eam_zhou_embed(cu, f[0], &F[0], &slope);
        eam_zhou_embed(zr, f[1], &F[1], &slope);
        assert_double_equal(dimer(pot, &s, 0, 1, r), phi + F[0] + F[1], tolerance[k]);
        assert_double_equal(pot_cutoff_max(pot), k == 2 ? 8 : 9, 1e-12);
        char *text = NULL;
        must(pot_describe(pot, &text));
        assert_non_null(
            strstr(text, k ? "table rows (pair forces within" : "its own functions; kernel plain"));
        mem_free(&text);
        pot_destroy(&pot);
        deck_close(&deck);
    }
    cite_clear();
    assert_int_equal(mem_blocks(), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(pairs), cmocka_unit_test(shifts_and_mixing),
                                       cmocka_unit_test(mistakes), cmocka_unit_test(zhou)};
    struct comm comm;
    if (comm_init(NULL, NULL, &comm)) return 1;
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    comm_finalize();
    return failed;
}
