/* test_material - closed forms of the rates, switches, limits; deck defaults equal the built-in set; bad
 * decks are named. */
#include "base/mem.h"
#include "base/unit.h"
#include "kmc/lab.h"
#include "kmc/rates.h"

#include <gsl/gsl_errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define C 273.15
/* cmocka's own comparison rounds to float */
#define NEAR(a, b, eps)                                                               \
    do {                                                                              \
        double a_ = (a), b_ = (b);                                                    \
        if (!(fabs(a_ - b_) <= (eps))) fail_msg("%s = %.15g, not %.15g", #a, a_, b_); \
    } while (0)

/* Anchors of the built-in parameter set are met where they are given, for a bulk sample and before the limit.
 */
static void anchors(void **state) {
    (void)state;
    struct material m;
    material_default(&m);
    NEAR(material_surface_rate(&m, 240 + C, INFINITY), 1e-4, 1e-16);
    m.limit.kind = CURVE_NONE;
    NEAR(material_growth_layer(&m, 240 + C, INFINITY), 2, 1e-12);
    NEAR(material_growth(&m, 285 + C, INFINITY), 0.3, 1e-12);
    NEAR(material_growth(&m, 285 + C, 11.6), 0.3 * exp(-1), 1e-12); /* M(d0) = 1/e */
    /* the neck: exp[(11.6/9)^3 - (11.6/17)^3] */
    NEAR(material_confinement(&m, 17) / material_confinement(&m, 9), 6.19, 0.01);
    material_default(&m);
    /* 65 and 180 nm/s in 17 nm at 330 and 394 C (Sohn 2015, Fig. 4), to which the faster front was fitted */
    NEAR(fmax(material_growth_layer(&m, 330 + C, 17), material_growth(&m, 330 + C, 17)), 65, 0.65);
    NEAR(fmax(material_growth_layer(&m, 394 + C, 17), material_growth(&m, 394 + C, 17)), 180, 1.8);
    /* 1/u = 1/2 + 1/u_D, u_D = 154 exp(-(0.467/k)(1/513.15 - 1/630.15)) */
    double u_d = 154 * exp(-0.467 / UNIT_KB * (1 / 513.15 - 1 / 630.15));
    NEAR(material_growth_layer(&m, 513.15, INFINITY), 1 / (1 / 2.0 + 1 / u_d), 1e-12);
    assert_true(material_surface_rate(&m, 795, INFINITY) == 0);
    assert_true(material_growth(&m, 796, INFINITY) == 0);
}

/* Driving forces and barriers of this alloy: Thompson-Spaepen, linear, Hoffman at 515 and 613 K in kJ/mol; W*
 * and sigma (estimates from dh = 11.4 kJ/mol, T_l = 795 K). */
static void thermodynamics(void **state) {
    (void)state;
    const double kJ = 96.48533212331001;
    static const double T[] = {515, 613};
    static const double dg[3][2] = {{4.02, 2.61}, {3.16, 2.27}, {2.60, 2.01}}; /* in the order of the enum */
    static const double sigma[] = {0.06, 0.08, 0.11};
    static const double W[3][2] = {{3.8, 6.2}, {9.1, 14.7}, {23.6, 38.2}};
    struct material m;
    material_default(&m);
    for (int k = 0; k < 3; k++)
        for (int i = 0; i < 2; i++) {
            m.driving = (enum material_driving)k;
            NEAR(material_driving_force(&m, T[i], INFINITY) * kJ, dg[k][i], 0.01);
            m.driving = MATERIAL_THOMPSON_SPAEPEN;
            m.interface_energy = sigma[k] / 0.1602176634;
            NEAR(material_barrier(&m, T[i], INFINITY) / W[k][i], 1, 0.02);
        }
    assert_true(isinf(material_barrier(&m, 800, INFINITY)));
    /* f = (2 + cos)(1 - cos)^2/4: 0, 1/2, 1 */
    NEAR(material_potency(0), 0, 1e-15);
    NEAR(material_potency(M_PI / 2), 0.5, 1e-15);
    NEAR(material_potency(M_PI), 1, 1e-15);
}

/* Diffuse-interface barrier: classical with sigma = width dh/Omega when the driving force is small
 * (granasy1993) */
static void diffuse(void **state) {
    (void)state;
    struct material m;
    material_default(&m);
    double T = 0.999 * m.melting;
    m.interface_energy = m.diffuse_width * m.fusion_heat / m.atomic_volume;
    double classical = material_barrier(&m, T, INFINITY);
    m.diffuse = true;
    NEAR(material_barrier(&m, T, INFINITY) / classical, 1, 0.01);
    assert_true(material_barrier(&m, 515, INFINITY) < classical);
}

/* Viscosity of the default VFT set in Pa s; 6 eta R / gamma: 36 s for 42 nm at 523 K, 4e-4 s for 6 nm at 613
 * K without confinement */
static void viscous(void **state) {
    (void)state;
    struct material m;
    material_default(&m);
    NEAR(curve_value(&m.viscosity, 507) / 4.6e9, 1, 0.03);
    NEAR(curve_value(&m.viscosity, 613) / 2.0e4, 1, 0.05);
    m.confined = false;
    NEAR(material_rayleigh_plateau(&m, 523, 42), 36, 2);
    NEAR(material_rayleigh_plateau(&m, 613, 6) / 4e-4, 1, 0.15);
    NEAR(material_rayleigh_plateau(&m, 523, 42), 6 * curve_value(&m.viscosity, 523) * 21e-9, 1e-9);
    /* nu = kT/(3 pi a^3 eta), SI */
    double nu = 1.380649e-23 * 523 / (3 * M_PI * pow(0.243e-9, 3) * curve_value(&m.viscosity, 523));
    NEAR(material_attempts(&m, 523) / nu, 1, 1e-6);
    /* viscous growth u = a nu (1 - exp(-dmu/kT)) is 128 nm/s at 330 C */
    m.inward.kind = MATERIAL_THEORY;
    m.limit.kind = CURVE_NONE;
    NEAR(material_growth(&m, 330 + C, INFINITY) / 128, 1, 0.1);
}

/* The fast layer equals a catalytic surface: f = 1 - ln(20 x 5.07)/W*: 0.5 at 9.24 kT, 0.80 at 23.6 kT */
static void layer_and_catalysis(void **state) {
    (void)state;
    static const double W[] = {9.24, 23.6}, f[] = {0.5, 0.80};
    for (int k = 0; k < 2; k++) {
        struct material m;
        material_default(&m);
        m.layer_energy = NAN; /* the ratio at all temperatures */
        m.layer_ratio = 20;
        m.interface_energy *= cbrt(W[k] / material_barrier(&m, 515, INFINITY));
        m.surface = (struct material_nucleation){
            .kind = MATERIAL_THEORY, .sites = 5.07 * 17, .potency = 1, .in_layer = true};
        double layer = material_surface_rate(&m, 515, 40);
        m.surface = (struct material_nucleation){.kind = MATERIAL_THEORY, .sites = 17, .potency = f[k]};
        NEAR(log(material_surface_rate(&m, 515, 40) / layer), 0, 0.12); /* f of two digits */
        m.surface.potency = f[k] - 0.1;
        assert_true(material_surface_rate(&m, 515, 40) > 1.5 * layer);
        m.surface.potency = f[k] + 0.1;
        assert_true(material_surface_rate(&m, 515, 40) < layer / 1.5);
    }
}

static void gibbs_thomson(void **state) {
    (void)state;
    struct material m;
    material_default(&m);
    double I = material_surface_rate(&m, 500, 10), u = material_growth(&m, 500, 10);
    m.gibbs_thomson = true;
    /* 2 sigma Omega / (dh d) = 2 x 0.11 J/m2 x 14.4e-30 m3 / (1.893e-20 J x 10 nm) */
    NEAR(material_melting(&m, 10), 795 * (1 - 2 * 0.11 * 14.4e-30 / (11400 / 6.02214076e23 * 10e-9)), 1e-3);
    NEAR(material_melting(&m, INFINITY), 795, 0);
    assert_true(material_surface_rate(&m, 500, 10) < I && material_growth(&m, 500, 10) < u);
    NEAR(material_surface_rate(&m, 500, 1e9), material_surface_rate(&m, 500, INFINITY), 1e-12);
}

/* A table of ln y in 1/T is exact for an Arrhenius law; nothing outside. */
static void tables(void **state) {
    (void)state;
    struct curve law = {CURVE_ARRHENIUS, 3, 500, 1.5, 0, 0, NULL}, table = {0};
    double T[9], y[9], low, high;
    for (int i = 0; i < 9; i++) T[i] = 440 + 20 * i, y[i] = curve_value(&law, T[i]);
    assert_int_equal(curve_set_points(&table, 9, T, y, true), 0);
    for (double t = 440; t <= 600; t += 7.7) NEAR(curve_value(&table, t) / curve_value(&law, t), 1, 1e-9);
    assert_true(isnan(curve_value(&table, 439)) && isnan(curve_value(&table, 601)));
    curve_range(&table, &low, &high);
    NEAR(low, 440, 1e-9);
    NEAR(high, 600, 1e-9);
    y[3] = -1;
    assert_int_equal(curve_set_points(&table, 9, T, y, true), ERR_INPUT);
    T[3] = T[2], y[3] = 1;
    assert_int_equal(curve_set_points(&table, 9, T, y, true), ERR_INPUT);
    assert_non_null(strstr(err_message(), "not positive"));
    err_clear();
    curve_clear(&table);
}

/* --- from decks */
static int read(const char *text, struct material *m, char **message) {
    struct comm comm = comm_self();
    struct deck *deck = NULL;
    const double d[] = {6, 1000};
    struct lab lab = {0};
    int e = deck_open_text(&comm, "test.yml", text, rates_tables, NULL, 0, &deck);
    if (!e) e = lab_read(&comm, deck, 2, d, &lab);
    if (!e) e = deck_verdict(deck);
    if (!e && m) *m = lab.material; /* no tables in these decks */
    *message = NULL;
    if (e) assert_int_equal(mem_strdup(message, err_message()), 0);
    err_clear();
    lab_clear(&lab);
    deck_close(&deck);
    return e;
}

#define RAMP "  schedules: [{name: r, start: 170 C, segments: [{to: 350 C, rate: 0.67 K/s}]}]\n"

static void deck_defaults(void **state) {
    (void)state;
    struct material m, built;
    char *message;
    assert_int_equal(read("kmc:\n  material: {}\n" RAMP, &m, &message), 0);
    material_default(&built);
    for (const struct material_parameter *p = material_parameters; p->name; p++) {
        double a = *material_number(&m, p), b = *material_number(&built, p);
        if (material_acts(&built, p) && fabs(a - b) > 2e-4 * fabs(b))
            fail_msg("%s: %.12g, not %.12g", p->name, a, b);
        assert_int_equal(material_acts(&m, p), material_acts(&built, p));
    }
    for (double T = 450; T < 620; T += 13)
        for (double d = 6; d < 400; d *= 2) {
            NEAR(material_surface_rate(&m, T, d) / material_surface_rate(&built, T, d), 1, 1e-9);
            NEAR(material_growth(&m, T, d) / material_growth(&built, T, d), 1, 1e-9);
            NEAR(material_growth_layer(&m, T, d) / material_growth_layer(&built, T, d), 1, 1e-9);
        }
}

static void bad_decks(void **state) {
    (void)state;
    static const struct {
        const char *deck, *says[2];
    } bad[] = {
        {"kmc:\n  material: {surface: {energy: -1 eV}}\n" RAMP, {"energy", "-1"}},
        {"kmc:\n  material: {interface_energy: -0.1 J/m2}\n" RAMP, {"interface_energy", "J/m2"}},
        {"kmc:\n  material: {surface: {rate: 1e300 1/nm2/s, energy: 20 eV, at: 20 C}}\n" RAMP,
         {"the rate of surface is inf", "C"}},
        {"kmc:\n  material: {surface: {kind: theory}, barrier: {kind: diffuse}, driving_force: {kind: "
         "turnbull}, "
         "fusion_heat: 1e-9 eV, melting: 3000 K, gibbs_thomson: {kind: cylinder}}\n" RAMP,
         {"melting point is below 0 K", "6 nm"}},
        {"kmc:\n  material: {surface: {contact_angle: 60 deg, potency: 0.3}}\n" RAMP,
         {"either potency or contact_angle", ""}},
        {"kmc:\n  material: {provenance: [{key: colour, kind: measured, from: eye}]}\n" RAMP,
         {"'colour'", "no parameter"}},
        {"kmc:\n  material: {viscosity: {kind: table}}\n" RAMP, {"needs a `file`", "viscosity"}},
        {"kmc:\n  schedules: [{name: r, segments: [{to: 350 C}]}]\n",
         {"either a `rate` or a `duration`", ""}},
        {"kmc:\n  schedules: [{name: r, segments: [{kind: hold}]}]\n", {"a hold needs a `duration`", ""}},
        {"kmc:\n  schedules: [{name: r, segments: [{to: 350 C, duration: -3 s}]}]\n", {"duration", "-3"}},
        {"kmc:\n  schedules: [{name: r, segments: [{to: 350 C, rate: 1 K/s}, {kind: mould, to: 260 C, rate: "
         "1 K/s}]}]\n",
         {"the mould comes first", "r"}},
        {"kmc:\n  schedules: [{name: r, segments: [{to: 350 C, rate: 1 K/s}]}, {name: r, segments: [{to: 350 "
         "C, rate: 1 K/s}]}]\n",
         {"two schedules are called 'r'", ""}},
    };
    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) {
        char *message;
        assert_int_equal(read(bad[k].deck, NULL, &message), ERR_DECK);
        for (int i = 0; i < 2; i++)
            if (!strstr(message, bad[k].says[i]))
                fail_msg("deck %zu: no '%s' in:\n%s", k, bad[k].says[i], message);
        mem_free(&message);
    }
}

/* A table that ends before the ramp does, and one whose time goes backwards. */
static void bad_tables(void **state) {
    (void)state;
    char *message;
    FILE *f = fopen("short_table.tsv", "w");
    assert_non_null(f);
    fputs("T_C\tu_nm_per_s\n170\t0.1\n300\t5\n", f);
    fclose(f);
    f = fopen("backwards.tsv", "w");
    assert_non_null(f);
    fputs("time_s\tT_C\n0\t25\n10\t200\n5\t300\n", f);
    fclose(f);
    assert_int_equal(
        read("kmc:\n  material: {lateral: {kind: table, file: short_table.tsv}}\n" RAMP, NULL, &message),
        ERR_DECK);
    assert_non_null(strstr(message, "the table covers 170 to 300 C, but the schedules need 170 to 350 C"));
    mem_free(&message);
    assert_int_equal(read("kmc:\n  schedules: [{name: r, segments: [{kind: table, file: backwards.tsv}]}]\n",
                          NULL, &message),
                     ERR_DECK);
    assert_non_null(strstr(message, "time goes backwards (5 s after 10 s)"));
    mem_free(&message);
    remove("short_table.tsv");
    remove("backwards.tsv");
}

static int balance(void **state) {
    (void)state;
    assert_int_equal(mem_blocks(), 0);
    return 0;
}

int main(int argc, char **argv) {
    struct comm comm;
    if (comm_init(&argc, &argv, &comm)) return 1;
    gsl_set_error_handler_off();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(anchors),   cmocka_unit_test(thermodynamics),      cmocka_unit_test(diffuse),
        cmocka_unit_test(viscous),   cmocka_unit_test(layer_and_catalysis), cmocka_unit_test(gibbs_thomson),
        cmocka_unit_test(tables),    cmocka_unit_test(deck_defaults),       cmocka_unit_test(bad_decks),
        cmocka_unit_test(bad_tables)};
    int failed = cmocka_run_group_tests(tests, NULL, balance);
    comm_finalize();
    return failed;
}
