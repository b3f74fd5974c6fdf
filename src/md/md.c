/* md - a run: check, build, then stage after stage: cut the decomposition, begin, step, record, write,
 * checkpoint.
 *
 * Drift and rotation are taken out at the start of a stage and every STILL_EVERY steps, at fixed steps, so
 * that a restart does the same. Nothing that is written feeds back into the motion. */
#include "md/md.h"
#include "md/checkpoint.h"
#include "md/kernel.h"
#include "md/output.h"
#include "md/velocity.h"
#include "atoms/build.h"
#include "atoms/traj.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/stop.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#define STILL_EVERY 1000
#define LINES_PER_STAGE 10

struct run {
    const struct comm *comm;
    struct deck *deck;
    struct system system;
    struct integrate integrate;
    struct output output;
    struct checkpoint state;
    char hash[17];
    double dt, mass, started, last_checkpoint, speed_from;
    int64_t thermo_every, frame_every, total_steps, steps_before, speed_step;
    bool still_rotation;
};

static int describe(struct run *r) {
    char *text = NULL;
    const struct frame *f = &r->system.frame;
    TRY(mem_agree(r->comm, &text, pot_describe(r->system.pot, &text)));
    log_note("%s", text);
    log_note("%lld atoms, box %.4g x %.4g x %.4g %s, %d rank%s, kernels: %s", (long long)f->n_global,
             f->box.len[0], f->box.len[1], f->box.len[2], r->system.lj ? "" : "A", r->comm->size,
             r->comm->size > 1 ? "s" : "", kernel_now()->name);
    mem_free(&text);
    return ERR_OK;
}

static double total_mass(const struct run *r) {
    int64_t counts[SPECIES_MAX];
    double mass = 0;
    frame_count(r->comm, &r->system.frame, counts);
    for (int s = 0; s < r->system.frame.species.n; s++)
        mass += (double)counts[s] * r->system.frame.species.mass[s];
    return mass;
}

static double first_temperature(const struct run *r) {
    if (deck_has(r->deck, "md.initial_temperature")) return deck_real(r->deck, "md.initial_temperature");
    for (int k = 0; k < stage_count(r->deck); k++) {
        struct stage s = stage_get(r->deck, k);
        if (s.runs && s.ensemble != STAGE_NVE) return isnan(s.t_start) ? s.t_end : s.t_start;
    }
    return 0;
}

static double kinetic_temperature(struct run *r) {
    double sum = 0;
    const struct frame *f = &r->system.frame;
    for (int i = 0; i < f->n; i++) {
        const double *v = f->v[i];
        sum += system_inertia(&r->system, f->type[i]) * (v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
    }
    comm_sum(r->comm, &sum, 1);
    return sum / (integrate_dof(f, STAGE_NOSE_HOOVER, true) * r->system.kb);
}

static int draw(struct run *r, double temperature) {
    double dof = integrate_dof(&r->system.frame, STAGE_NOSE_HOOVER, true);
    return velocity_draw(&r->system, temperature, dof, (uint64_t)r->state.draws++);
}

static int build(struct run *r, const struct species *species) {
    TRY(build_run(r->comm, r->deck, "build", species, &r->system.frame));
    bool moving = kinetic_temperature(r) > 0;
    if (moving && !deck_has(r->deck, "md.initial_temperature")) return ERR_OK;
    return draw(r, first_temperature(r));
}

static int change_atoms(struct run *r, const struct stage *s) {
    char path[128];
    snprintf(path, sizeof path, "md.stages[%d].build", s->index);
    double before = kinetic_temperature(r);
    system_release(&r->system);
    struct species species = r->system.frame.species;
    TRY(build_run(r->comm, r->deck, path, &species, &r->system.frame));
    const char *kind = deck_text(r->deck, "%s.kind", path);
    if (!strcmp(kind, "replicate") || !strcmp(kind, "nanoglass"))
        TRY(draw(r, before)); /* copies move alike */
    r->mass = total_mass(r);
    log_note("%s: %lld atoms", s->name, (long long)r->system.frame.n_global);
    return ERR_OK;
}

/* ---- output of a step */
static int write_frame(struct run *r) {
    integrate_flush(&r->integrate, &r->system);
    if (r->output.fields & TRAJ_STRESS) TRY(system_stress(&r->system));
    TRY(output_frame(&r->output, &r->system.frame));
    return frame_stress(&r->system.frame, false);
}

static int write_checkpoint(struct run *r, int64_t stage, int64_t done) {
    char *path = NULL;
    integrate_flush(&r->integrate, &r->system);
    TRY(output_close_part(&r->output));
    r->state.stage = stage;
    r->state.done = done;
    r->state.n_parts = r->output.n_parts;
    TRY(mem_agree(r->comm, &path, rundir_path(&r->output.at, "checkpoint.h5", &path)));
    int e = checkpoint_write(&r->system, &r->integrate, &r->state, r->hash, path);
    mem_free(&path);
    r->last_checkpoint = comm_time();
    return e;
}

static int keep_record(struct run *r, const struct stage *s, int64_t done, bool print) {
    TRY_ALL(r->comm,
            record_add(&r->output.record, &r->integrate, &r->system, stage_target(s, done), r->mass));
    if (print) record_print(&r->output.record.row[r->output.record.n - 1]);
    return ERR_OK;
}

static void progress(struct run *r, const struct stage *s, int64_t done) {
    if (!log_progress_due()) return;
    double now = comm_time(), steps = (double)(r->steps_before + done - r->speed_step);
    double speed =
        now > r->speed_from ? steps * (double)r->system.frame.n_global / (now - r->speed_from) / 1e6 : 0;
    log_progress_at((double)(r->steps_before + done), "%s  step %lld  %.4g%s  %.4g%s  %.2f Matom-step/s",
                    s->name, (long long)r->system.frame.step, r->system.frame.time, r->system.lj ? "" : " ps",
                    integrate_temperature(&r->integrate, &r->system), r->system.lj ? "" : " K", speed);
    r->speed_from = now;
    r->speed_step = r->steps_before + done;
}

/* ---- a stage */
static int begin_walls(struct run *r, int stage, bool resting) {
    r->system.walled = wall_wanted(r->deck, stage);
    if (!r->system.walled) return ERR_OK;
    return wall_begin(&r->system.wall, r->comm, r->deck, stage, &r->system.frame, r->system.mvv, resting);
}

static int begin_stage(struct run *r, const struct stage *s) {
    TRY(begin_walls(r, s->index, false));
    if (!r->system.walled) TRY(velocity_still(&r->system, r->still_rotation));
    TRY(system_cut(&r->system));
    TRY(integrate_begin(&r->integrate, &r->system, s, r->dt));
    log_note("\nstage %s: %s, %lld steps", s->name, (const char *[]){"nve", "nvt", "npt"}[s->ensemble],
             (long long)s->n_steps);
    double imbalance = system_imbalance(&r->system);
    if (r->comm->size > 1)
        log_note("decomposition: the busiest rank has %.3f times the mean work", imbalance);
    record_print_header(r->system.lj);
    TRY(keep_record(r, s, 0, true));
    return write_frame(r);
}

static int after_step(struct run *r, const struct stage *s, int64_t done, bool full) {
    int64_t line = s->n_steps / LINES_PER_STAGE;
    line = line < r->thermo_every ? r->thermo_every : line / r->thermo_every * r->thermo_every;
    bool last = done == s->n_steps;
    if (full && (done % r->thermo_every == 0 || last)) TRY(keep_record(r, s, done, done % line == 0 || last));
    if (done % r->frame_every == 0 || last) TRY(write_frame(r));
    if (done % STILL_EVERY == 0 && !r->system.walled) {
        integrate_flush(&r->integrate, &r->system);
        TRY(velocity_still(&r->system, r->still_rotation));
    }
    progress(r, s, done);
    if (r->integrate.sums.stop && !last) {
        TRY(write_checkpoint(r, s->index, done));
        enum stop_reason why = (enum stop_reason)r->integrate.sums.stop;
        FAIL(ERR_TIME, "stopped by %s at step %lld; %sgo on with --restart %s/%s.checkpoint.h5",
             stop_text(why), (long long)r->system.frame.step, why == STOP_FILE ? "remove the file and " : "",
             r->output.at.dir, r->output.at.stem);
    }
    if (r->integrate.sums.due && !last) TRY(write_checkpoint(r, s->index, done));
    return ERR_OK;
}

static int run_stage(struct run *r, const struct stage *s, int64_t done) {
    double every = deck_real(r->deck, "md.checkpoint_every");
    output_stage(&r->output, s->name);
    if (done == 0) TRY(begin_stage(r, s));
    double from = comm_time();
    int64_t from_step = done;
    while (done < s->n_steps) {
        bool full = (done + 1) % r->thermo_every == 0 || done + 1 == s->n_steps;
        int due = r->comm->rank == 0 && comm_time() - r->last_checkpoint > every;
        TRY(integrate_step(&r->integrate, &r->system, done, full, due));
        TRY(after_step(r, s, ++done, full));
    }
    integrate_flush(&r->integrate, &r->system);
    log_progress_end();
    if (r->system.walled && r->system.wall.piston)
        log_note("piston at z = %.6g, moving at %.3g; the atoms press with %.4g of the %.4g asked for",
                 r->system.wall.place, r->system.wall.speed, r->system.wall.force, r->system.wall.push);
    double seconds = comm_time() - from, steps = (double)(s->n_steps - from_step);
    log_note("%s: %.0f steps in %.4g s, %.4g Matom-step/s", s->name, steps, seconds,
             steps * (double)r->system.frame.n_global / seconds / 1e6);
    return output_stage_end(&r->output);
}

static int run_stages(struct run *r) {
    log_progress_begin("md", (double)r->total_steps);
    r->speed_from = comm_time();
    for (int64_t k = r->state.stage; k < stage_count(r->deck); k++) {
        struct stage s = stage_get(r->deck, (int)k);
        int64_t done = k == r->state.stage ? r->state.done : 0;
        if (done == 0 && s.builds) TRY(change_atoms(r, &s));
        if (s.runs) TRY(run_stage(r, &s, done));
        else if (s.builds) {
            output_stage(&r->output, s.name);
            TRY(output_frame(&r->output, &r->system.frame));
        }
        r->steps_before += s.n_steps;
    }
    return ERR_OK;
}

static int resume(struct run *r, const struct species *species, const char *path) {
    r->system.frame.species = *species;
    TRY(checkpoint_read(&r->system, &r->integrate, &r->state, r->hash, path));
    if (r->state.stage >= stage_count(r->deck) ||
        r->state.done >= stage_get(r->deck, (int)r->state.stage).n_steps)
        FAIL(ERR_INPUT,
             "%s is damaged: the deck has no such stage or step; restart from an earlier checkpoint", path);
    TRY(output_keep_parts(&r->output, r->state.n_parts));
    struct stage s = stage_get(r->deck, (int)r->state.stage);
    r->integrate.stage = s;
    r->integrate.dt = r->dt;
    struct thermostat_chain chain = r->integrate.barostat.chain;
    double rate[3], mass = r->integrate.barostat.mass;
    memcpy(rate, r->integrate.barostat.rate, sizeof rate);
    barostat_init(&r->integrate.barostat, &s, r->integrate.dof, 1);
    r->integrate.barostat.chain = chain;
    r->integrate.barostat.mass = mass;
    memcpy(r->integrate.barostat.rate, rate, sizeof rate);
    for (int64_t k = 0; k < r->state.stage; k++) r->steps_before += stage_get(r->deck, (int)k).n_steps;
    r->speed_step = r->steps_before + r->state.done;
    log_note("restart from %s: stage %s, step %lld", path, s.name, (long long)r->system.frame.step);
    TRY(begin_walls(r, s.index, true));
    return integrate_resume(&r->integrate, &r->system);
}

static int open_run(struct run *r, const struct species *species, const struct md_plan *plan,
                    const struct md_options *options) {
    const char *simd = options->simd ? options->simd : deck_text(r->deck, "md.simd");
    TRY_ALL(r->comm, kernel_choose(simd));
    TRY(system_create(r->comm, r->deck, species, &r->system));
    TRY(deck_verdict(r->deck));
    if (plan->recompute) pot_save_memory(r->system.pot);
    if (plan->bytes > 0)
        log_note("memory: about %.3g MB on each rank%s", plan->bytes / 1e6,
                 plan->recompute ? ", with pair derivatives computed twice to stay within md.memory" : "");
    TRY(output_open(&r->output, r->comm, r->deck, options->command));
    TRY(rundir_hash(&r->output.at, r->hash));
    if (options->restart) TRY(resume(r, species, options->restart));
    else TRY(output_fresh(&r->output, r->hash));
    TRY(rundir_effective(&r->output.at));
    if (!options->restart) TRY(build(r, species));
    r->mass = total_mass(r);
    return describe(r);
}

/* Collective. The most memory any rank has had: counted blocks, and all of the process with MPI and HDF5 in
 * it. */
static void report_memory(const struct run *r, double n_most) {
    struct rusage use = {0};
    getrusage(RUSAGE_SELF, &use);
    double most[2] = {(double)mem_peak(), (double)use.ru_maxrss * 1024};
    comm_max(r->comm, most, 2);
    log_note("memory: %.4g MB on the largest rank, %.4g bytes an atom; %.4g MB with libraries", most[0] / 1e6,
             most[0] * r->comm->size / n_most, most[1] / 1e6);
}

/* Collective. After a failure: keep what can be kept, and say where. The first error stays the one to report.
 */
static void rescue(struct run *r, int code) {
    if (code == ERR_PHYSICS) {
        int e = output_close_part(&r->output);
        if (!e)
            log_note("frames and records until then are in %s/%s.part-*.h5", r->output.at.dir,
                     r->output.at.stem);
        if (!e) e = output_crash(&r->output, &r->system.frame);
        (void)e;
    }
    if (code == ERR_WRITE && r->state.n_parts > 0) {
        int same =
            err_context(code, "step %lld (when there is room, go on with --restart %s/%s.checkpoint.h5)",
                        (long long)r->system.frame.step, r->output.at.dir, r->output.at.stem);
        (void)same;
    }
}

int md_run(const struct comm *comm, struct deck *deck, const struct md_options *options) {
    struct run r;
    struct md_plan plan;
    struct species species;
    memset(&r, 0, sizeof r);
    TRY(md_check(comm, deck, &plan));
    TRY(build_species(comm, deck, &species));
    r.comm = comm;
    r.deck = deck;
    r.dt = deck_real(deck, "md.time_step");
    r.thermo_every = deck_int(deck, "md.thermo_every");
    r.frame_every = deck_int(deck, "md.trajectory.every");
    r.total_steps = plan.n_steps;
    r.still_rotation = !deck_bool(deck, "md.rotation");
    r.started = r.last_checkpoint = comm_time();
    int e = open_run(&r, &species, &plan, options);
    if (!e) e = run_stages(&r);
    if (!e)
        system_release(&r.system); /* parts are joined a frame at a time: it takes the place of the lists */
    if (!e) e = output_finish(&r.output);
    if (e && r.output.stage) rescue(&r, e);
    if (!e)
        log_note("md: %lld steps in %.4g s, %.3g Matom-step/s; %lld list builds, %lld prunings",
                 (long long)plan.n_steps, comm_time() - r.started,
                 plan.atom_steps / (comm_time() - r.started) / 1e6, (long long)r.system.n_builds,
                 (long long)r.system.n_prunes);
    if (!e) report_memory(&r, plan.n_most);
    output_destroy(&r.output);
    system_destroy(&r.system);
    return e;
}

/* Mean temperature over the steps of a run, NAN when no stage has one; whether most steps need the virial. */
static double mean_temperature(const struct deck *deck, bool *virial) {
    double sum = 0, steps = 0, pressed = 0;
    *virial = false;
    for (int k = 0; k < stage_count(deck); k++) {
        struct stage s = stage_get(deck, k);
        if (!s.runs || s.ensemble == STAGE_NVE) continue;
        sum += (double)s.n_steps * ((isnan(s.t_start) ? s.t_end : s.t_start) + s.t_end) / 2;
        steps += (double)s.n_steps;
        if (s.ensemble == STAGE_NPT) pressed += (double)s.n_steps;
    }
    *virial = pressed > steps / 2;
    return steps > 0 ? sum / steps : NAN;
}

/* Time whole cycles from list build to list build: a few steps alone would see one or none. */
static int time_cycles(struct run *r, bool virial, double *per_step) {
    enum { CYCLES = 4, STEPS_MOST = 200 };
    const double patience = 10; /* s */
    double from = NAN, to = NAN, began = comm_time(), now = began;
    int first = 0, last = 0, builds = 0, k = 0;
    for (int more = 1; more; k++) {
        int64_t before = r->system.n_builds;
        TRY(integrate_step(&r->integrate, &r->system, k, virial, 0));
        now = comm_time();
        comm_max(r->comm, &now, 1);
        if (k == 1) { /* warm; in case no build comes */
            began = now;
            first = k;
        }
        if (r->system.n_builds > before) {
            if (builds++ == 0) {
                from = now;
                first = k;
            } else {
                to = now;
                last = k;
            }
        }
        more = builds <= CYCLES && k < STEPS_MOST && (now - began < patience || k < 4);
    }
    if (last == 0) {
        from = first > 1 ? from : began;
        to = now;
        last = k - 1;
    }
    *per_step = (to - from) / (last - first);
    return ERR_OK;
}

int md_measure(const struct comm *comm, struct deck *deck, double *speed) {
    struct run r;
    struct species species;
    memset(&r, 0, sizeof r);
    r.comm = comm;
    r.deck = deck;
    r.dt = deck_real(deck, "md.time_step");
    *speed = NAN;
    bool virial;
    double hot = mean_temperature(deck, &virial), per_step = NAN;
    TRY(build_species(comm, deck, &species));
    int e = system_create(comm, deck, &species, &r.system);
    if (!e) e = deck_verdict(deck);
    if (!e) e = build(&r, &species);
    if (!e) e = system_cut(&r.system);
    struct stage s = {.ensemble = STAGE_NVE, .n_steps = INT32_MAX};
    if (!e) e = integrate_begin(&r.integrate, &r.system, &s, r.dt);
    for (int k = 0; k < 2 && !e; k++)
        e = integrate_step(&r.integrate, &r.system, k, false, 0); /* as the run begins */
    if (!e && hot > 0) {
        e = draw(&r, 2 * hot); /* half of it goes into the lattice */
        if (!e) e = integrate_begin(&r.integrate, &r.system, &s, r.dt);
    }
    if (!e) e = time_cycles(&r, virial, &per_step);
    if (!e) *speed = (double)r.system.frame.n_global / per_step;
    system_destroy(&r.system);
    return e;
}
