/* ranks: 1 2 4 8
 * Ghosts and bytes against the geometry of the bricks: a halo of range r around a brick a x b x c holds, by
 * Steiner's formula, density * [2 r (ab + bc + ca) + pi r^2 (a + b + c) + 4/3 pi r^3] atoms. docs/scaling.md
 * stands on this count. 32,000 random atoms: a halo of n atoms fluctuates by sqrt(n), and 6 sigma is allowed
 * (false alarm 2e-9 a rank). */
#include "tap.h"

#include "atoms/halo.h"
#include "base/rng.h"

#include <math.h>

#define ATOMS 32000

static int fill(struct frame *f) {
    frame_init(f);
    f->n_global = ATOMS;
    f->species.n = 1;
    for (int a = 0; a < 3; a++) {
        f->box.len[a] = cbrt(ATOMS);
        f->box.periodic[a] = true;
    }
    TRY(frame_reserve(f, ATOMS));
    for (int64_t id = 1 + tap_comm.rank; id <= ATOMS; id += tap_comm.size) {
        double u[4];
        rng_uniform(7, RNG_TEST, (uint64_t)id, 0, u);
        rng_uniform(7, RNG_TEST, (uint64_t)id, 1, u + 2);
        for (int a = 0; a < 3; a++) f->x[f->n][a] = u[a] * f->box.len[a];
        f->id[f->n++] = id;
    }
    return ERR_OK;
}

static double steiner(const double e[3], double r) {
    return 2 * r * (e[0] * e[1] + e[1] * e[2] + e[2] * e[0]) + M_PI * r * r * (e[0] + e[1] + e[2]) +
           4. / 3 * M_PI * r * r * r;
}

int main(int argc, char **argv) {
    struct frame f;
    struct domain domain;
    struct halo *halo = NULL;
    double range = 2.8, edge[3];
    tap_begin(&argc, &argv);
    domain_init(&domain);
    tap_pass(fill(&f), "32,000 atoms");
    tap_pass(domain_cut(&tap_comm, &domain, &f, NULL), "cut");
    tap_pass(domain_migrate(&tap_comm, &domain, &f), "migrate");
    tap_pass(halo_create(&tap_comm, &halo), "halo");
    tap_pass(halo_build(halo, &domain, &f, range), "ghosts");
    for (int a = 0; a < 3; a++)
        edge[a] = (domain.hi[tap_comm.rank][a] - domain.lo[tap_comm.rank][a]) * f.box.len[a];
    double expected = steiner(edge, range);
    printf("# rank %d: %d ghosts, %.0f expected, %lld bytes sent to %d partners\n", tap_comm.rank, f.n_ghost,
           expected, (long long)halo_bytes(halo), halo_partners(halo));
    tap_ok(fabs(f.n_ghost - expected) < 6 * sqrt(expected), "ghosts are those of the brick's geometry");
    int64_t sent = halo_bytes(halo), ghosts = f.n_ghost;
    comm_sum_i64(&tap_comm, &sent, 1);
    comm_sum_i64(&tap_comm, &ghosts, 1);
    tap_ok(sent <= 24 * ghosts && (tap_comm.size > 1 ? sent > 0 : sent == 0),
           "24 bytes a ghost, own images not sent");
    tap_ok(halo_partners(halo) <= tap_comm.size - 1, "one message per partner rank");
    halo_destroy(&halo);
    domain_destroy(&domain);
    frame_destroy(&f);
    return tap_end();
}
