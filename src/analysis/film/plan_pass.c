/* plan_pass - synthetic films of independent pixels (ecm_bias) over lengths and doses.
 *
 * Nothing is read off a formula: each row of the table is a film that was made and fitted. */
#include "analysis/film/ecm_bias.h"
#include "analysis/film/plan_pass.h"
#include "base/cite.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/unit.h"

#include <math.h>

#define ME .when = "pass=plan"

const struct deck_row plan_pass_rows[] = {
    {.type = DECK_REAL,
     .path = "at_temperature",
     .dim = UNIT_TEMPERATURE,
     .bounds = "(0 K, inf)",
     ME,
     .help = "tau follows from known: and activation: when expected_tau is absent."},
    {.type = DECK_REAL,
     .path = "expected_tau",
     .dim = UNIT_TIME,
     .bounds = "(0 s, inf)",
     ME,
     .help = "Median relaxation time of the field."},
    {.type = DECK_REAL,
     .path = "known_tau",
     .dim = UNIT_TIME,
     .value = "350 s",
     .bounds = "(0 s, inf)",
     ME,
     .help = "tau at known_temperature (Zhang 2018: 350 s at 507 K)."},
    {.type = DECK_REAL,
     .path = "known_temperature",
     .dim = UNIT_TEMPERATURE,
     .value = "507 K",
     .bounds = "(0 K, inf)",
     ME,
     .help = "Where known_tau holds."},
    {.type = DECK_REAL,
     .path = "activation",
     .dim = UNIT_ENERGY,
     .value = "3.7 eV",
     .bounds = "[0 eV, inf)",
     ME,
     .help = "Activation energy of tau (Zhang 2018: 3.7 eV in the bulk)."},
    {.type = DECK_REAL,
     .path = "expected_sigma",
     .value = "0.6",
     .bounds = "[0, 5]",
     ME,
     .help = "Expected width of ln tau."},
    {.type = DECK_REAL,
     .path = "expected_beta",
     .value = "0.6",
     .bounds = "[0.1, 1]",
     ME,
     .help = "Expected stretching exponent."},
    {.type = DECK_REALS,
     .path = "lengths",
     .value = "[10, 20, 40, 100, 200]",
     .choices = "1..",
     .bounds = "[2, 10000]",
     ME,
     .help = "Lengths of films to try, in tau."},
    {.type = DECK_REALS,
     .path = "doses",
     .value = "[10, 100]",
     .choices = "1..",
     .bounds = "[0, 4000]",
     ME,
     .help = "Counts a pixel and frame to try; 0: no noise."},
    {.type = DECK_REAL,
     .path = "frames_per_tau",
     .value = "50",
     .bounds = "[2, 100000]",
     ME,
     .help = "Frame time is tau over this (Zhang 2018: 200)."},
    {.type = DECK_INT,
     .path = "plan_pixels",
     .value = "1024",
     .bounds = "[256, 1000000]",
     ME,
     .help = "Pixels of each film."},
    {.type = DECK_END}};

struct state {
    struct results *out;
    const struct deck *deck;
    const char *at;
    double tau, sigma, beta, per_tau;
    uint64_t seed;
    int64_t pixels;
};

static int check(const struct comm *comm, struct deck *deck, const char *at) {
    (void)comm;
    if (!deck_has(deck, "%s.at_temperature", at) && !deck_has(deck, "%s.expected_tau", at))
        deck_mistake(deck, at, "for which film? give at_temperature: or expected_tau:");
    return ERR_OK;
}

static double expected(const struct deck *deck, const char *at) {
    if (deck_has(deck, "%s.expected_tau", at)) return 1e-12 * deck_real(deck, "%s.expected_tau", at);
    double t = deck_real(deck, "%s.at_temperature", at), t0 = deck_real(deck, "%s.known_temperature", at);
    return 1e-12 * deck_real(deck, "%s.known_tau", at) *
           exp(deck_real(deck, "%s.activation", at) / UNIT_KB * (1 / t - 1 / t0));
}

static int create(const struct pass_setup *setup, void **state) {
    struct state *s = NULL;
    const struct deck *deck = setup->deck;
    TRY(mem_agree(setup->comm, &s, MEM_NEW(s, 1)));
    *state = s;
    *s = (struct state){.out = setup->out,
                        .deck = deck,
                        .at = setup->at,
                        .tau = expected(deck, setup->at),
                        .sigma = deck_real(deck, "%s.expected_sigma", setup->at),
                        .beta = deck_real(deck, "%s.expected_beta", setup->at),
                        .per_tau = deck_real(deck, "%s.frames_per_tau", setup->at),
                        .seed = (uint64_t)deck_int(deck, "seed"),
                        .pixels = deck_int(deck, "%s.plan_pixels", setup->at)};
    cite_use("zhang2018");
    return ERR_OK;
}

static int one_film(struct state *s, double length, double dose, struct tsv *tsv) {
    struct ecm_options ecm = {.convention = KWW_FIELD, .lag_share = 0.5, .n_lags = 50};
    struct ecm_bias_options o = {.n_t = (int64_t)llround(length * s->per_tau),
                                 .frame_time = s->tau / s->per_tau,
                                 .dose = dose,
                                 .pixels = s->pixels,
                                 .memory = (int64_t)1 << 30,
                                 .seed = s->seed,
                                 .ecm = &ecm};
    double theta[ECM_STATS_COUNT] = {log(s->tau), s->sigma * s->sigma, s->beta, 0}, bias[ECM_STATS_COUNT],
           error[ECM_STATS_COUNT];
    TRY(ecm_bias_at(s->out->comm, &o, theta, bias, error));
    double width = sqrt(fmax(0, theta[1] + bias[1]));
    double own = sqrt(fmax(0, bias[1])); /* scatter that equal pixels would show */
    return tsv_add(tsv, length, o.n_t, o.frame_time, (double)o.n_t * o.frame_time, dose,
                   exp(bias[ECM_STATS_TAU]), exp(bias[ECM_STATS_TAU]) * error[ECM_STATS_TAU],
                   s->beta + bias[2], width, own);
}

static int finish(void *state) {
    struct state *s = state;
    struct tsv *tsv = NULL;
    int e = ERR_OK;
    log_note("expected tau %.4g s: at least 5 tau of equilibration, then a film", s->tau);
    TRY_ALL_TO(s->out->comm, out,
               tsv_create("length_tau:r frames:i frame_time_s:r duration_s:r dose:r tau_raw_over_true:r "
                          "tau_raw_over_true_error:r beta_raw:r tau_sigma_ln_raw:r scatter_of_fits:r",
                          &tsv));
    for (int k = 0; k < deck_count(s->deck, "%s.lengths", s->at); k++)
        for (int m = 0; m < deck_count(s->deck, "%s.doses", s->at); m++) {
            double length = deck_real_at(s->deck, k, "%s.lengths", s->at);
            double dose = deck_real_at(s->deck, m, "%s.doses", s->at);
            e = one_film(s, length, dose, tsv);
            if (e == ERR_PHYSICS || e == ERR_INPUT) { /* a film that says nothing: left out, by name */
                log_warn("%g tau at dose %g: %s", length, dose, err_message());
                err_clear();
                e = ERR_OK;
            }
            TRY_TO(out, e);
        }
    TRY_TO(out, results_table(s->out, "plan", tsv));
    TRY_ALL_TO(s->out->comm, out, results_scalar(s->out, s->tau, NAN, "s", "expected_tau_s"));
out:
    tsv_destroy(&tsv);
    return e;
}

static void destroy(void *state) {
    struct state *s = state;
    mem_free(&s);
}

const struct pass_kind plan_pass = {.name = "plan",
                                    .input = PASS_NOTHING,
                                    .rows = plan_pass_rows,
                                    .check = check,
                                    .create = create,
                                    .finish = finish,
                                    .destroy = destroy};
