/* record - rows are kept in memory until the file part they belong to is closed: a row is 160 bytes, a part
 * holds a few thousand. One table of columns names them everywhere: HDF5, TSV, terminal. */
#include "md/record.h"
#include "base/h5.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/tsv.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *name, *suffix, *unit, *what;
} columns[RECORD_COLUMNS] = {
    {"temperature", "_K", "K", "instantaneous temperature from the kinetic energy"},
    {"target", "_K", "K", "target temperature (nan in nve)"},
    {"potential_energy", "_eV_atom", "eV", "potential energy per atom"},
    {"kinetic_energy", "_eV_atom", "eV", "kinetic energy per atom"},
    {"total_energy", "_eV_atom", "eV", "potential + kinetic energy per atom"},
    {"conserved", "_eV_atom", "eV", "quantity the equations of motion conserve at constant target, per atom"},
    {"pressure", "_GPa", "GPa", "mean of the diagonal of the pressure tensor, of the matter"},
    {"pxx", "_GPa", "GPa", "pressure tensor xx"},
    {"pyy", "_GPa", "GPa", "pressure tensor yy"},
    {"pzz", "_GPa", "GPa", "pressure tensor zz"},
    {"pxy", "_GPa", "GPa", "pressure tensor xy"},
    {"pxz", "_GPa", "GPa", "pressure tensor xz"},
    {"pyz", "_GPa", "GPa", "pressure tensor yz"},
    {"volume", "_A3_atom", "Angstrom3", "volume of the matter per atom"},
    {"density", "_g_cm3", "g/cm3", "mass density of the matter (number density in reduced units)"},
    {"lx", "_A", "Angstrom", "box edge x"},
    {"ly", "_A", "Angstrom", "box edge y"},
    {"lz", "_A", "Angstrom", "box edge z"},
    {"piston", "_A", "Angstrom", "z of the piston"},
    {"piston_pressure", "_GPa", "GPa", "pressure of the atoms on the piston"},
};

static char names[2][RECORD_COLUMNS][40];

const char *record_name(enum record_column c, bool lj) {
    if (!names[lj][c][0])
        snprintf(names[lj][c], sizeof names[lj][c], "%s%s", columns[c].name, lj ? "" : columns[c].suffix);
    return names[lj][c];
}

const char *record_unit(enum record_column c, bool lj) {
    return lj ? "" : columns[c].unit;
}

void record_destroy(struct record *r) {
    mem_free(&r->row);
    r->n = r->capacity = 0;
}

int record_append(struct record *r, const struct record_row *row) {
    if (r->n == r->capacity) {
        int64_t c = r->capacity + r->capacity / 2 + 64;
        TRY(MEM_GROW(r->row, r->n, c));
        r->capacity = c;
    }
    r->row[r->n++] = *row;
    return ERR_OK;
}

int record_add(struct record *r, const struct integrate *in, const struct system *s, double target,
               double mass) {
    struct record_row row = {.step = s->frame.step, .time = s->frame.time};
    double *v = row.value, p[6], n = (double)s->frame.n_global,
           volume = box_volume(&s->frame.box) * s->frame.filled;
    double to_gpa = s->lj ? 1 : UNIT_GPA;
    integrate_pressure(in, s, p);
    v[RECORD_TEMPERATURE] = integrate_temperature(in, s);
    v[RECORD_TARGET] = in->stage.ensemble == STAGE_NVE ? NAN : target;
    v[RECORD_POTENTIAL] = in->sums.potential / n;
    v[RECORD_KINETIC] = 0.5 * (in->sums.kin[0] + in->sums.kin[1] + in->sums.kin[2]) / n;
    v[RECORD_TOTAL] = v[RECORD_POTENTIAL] + v[RECORD_KINETIC];
    v[RECORD_CONSERVED] = integrate_conserved(in, s, target) / n;
    v[RECORD_PRESSURE] = (p[0] + p[1] + p[2]) / 3 * to_gpa;
    for (int a = 0; a < 6; a++) v[RECORD_PXX + a] = p[a] * to_gpa;
    v[RECORD_VOLUME] = volume / n;
    v[RECORD_DENSITY] = s->lj ? n / volume : mass / volume * UNIT_GCM3;
    for (int a = 0; a < 3; a++) v[RECORD_LX + a] = s->frame.box.len[a];
    bool piston = s->walled && s->wall.piston;
    v[RECORD_PISTON] = piston ? s->wall.place : NAN;
    v[RECORD_PISTON_PRESSURE] =
        piston ? s->wall.force / (s->frame.box.len[0] * s->frame.box.len[1]) * to_gpa : NAN;
    return record_append(r, &row);
}

static int write_column(const struct record *r, struct h5 *h5, const char *stage, int c, bool lj,
                        double *work, const char *steps) {
    char path[400], link[400];
    snprintf(path, sizeof path, "/observables/%s/%s/value", stage, columns[c].name);
    for (int64_t k = 0; k < r->n; k++) work[k] = r->row[k].value[c];
    TRY(h5_write(h5, path, H5_F64, 1, &r->n, work, record_unit((enum record_column)c, lj), columns[c].what));
    for (int which = 0; which < 2; which++) {
        const char *name = which ? "time" : "step";
        snprintf(path, sizeof path, "%s/%s", steps, name);
        snprintf(link, sizeof link, "/observables/%s/%s/%s", stage, columns[c].name, name);
        if (c > 0) TRY(h5_link(h5, path, link));
    }
    return ERR_OK;
}

int record_write(const struct record *r, struct h5 *h5, const char *stage, bool lj) {
    double *work = NULL;
    int64_t *step = NULL;
    char path[400], steps[320];
    int e = ERR_OK;
    if (r->n == 0) return ERR_OK;
    e = MEM_NEW(work, r->n);
    if (!e) e = MEM_NEW(step, r->n);
    TRY_ALL_TO(h5_comm(h5), done, e);
    snprintf(steps, sizeof steps, "/observables/%s/%s", stage, columns[0].name);
    for (int64_t k = 0; k < r->n; k++) {
        step[k] = r->row[k].step;
        work[k] = r->row[k].time;
    }
    snprintf(path, sizeof path, "%s/step", steps);
    TRY_TO(done, h5_write(h5, path, H5_I64, 1, &r->n, step, "", "time step"));
    snprintf(path, sizeof path, "%s/time", steps);
    TRY_TO(done, h5_write(h5, path, H5_F64, 1, &r->n, work, lj ? "" : "ps", "simulated time"));
    int shown = isnan(r->row[0].value[RECORD_PISTON]) ? RECORD_PISTON : RECORD_COLUMNS;
    for (int c = 0; c < shown; c++) TRY_TO(done, write_column(r, h5, stage, c, lj, work, steps));
done:
    mem_free(&work);
    mem_free(&step);
    return e;
}

int record_read(struct record *r, struct h5 *h5, const char *stage, bool lj) {
    double *work = NULL;
    int64_t *step = NULL, dims[H5_MAX_DIMS], first = r->n;
    char path[320];
    int n_dims, e = ERR_OK;
    (void)lj;
    snprintf(path, sizeof path, "/observables/%s/%s/step", stage, columns[0].name);
    if (!h5_exists(h5, path)) return ERR_OK;
    TRY(h5_shape(h5, path, &n_dims, dims));
    e = MEM_NEW(work, dims[0]);
    if (!e) e = MEM_NEW(step, dims[0]);
    TRY_ALL_TO(h5_comm(h5), done, e);
    TRY_TO(done, h5_read(h5, path, H5_I64, step));
    snprintf(path, sizeof path, "/observables/%s/%s/time", stage, columns[0].name);
    TRY_TO(done, h5_read(h5, path, H5_F64, work));
    for (int64_t k = 0; k < dims[0] && !e; k++) {
        struct record_row row = {.step = step[k], .time = work[k]};
        e = record_append(r, &row);
    }
    TRY_ALL_TO(h5_comm(h5), done, e);
    for (int c = 0; c < RECORD_COLUMNS; c++) {
        snprintf(path, sizeof path, "/observables/%s/%s/value", stage, columns[c].name);
        bool there = c < RECORD_PISTON || h5_exists(h5, path);
        if (there) TRY_TO(done, h5_read(h5, path, H5_F64, work));
        for (int64_t k = 0; k < dims[0]; k++) r->row[first + k].value[c] = there ? work[k] : NAN;
    }
done:
    mem_free(&work);
    mem_free(&step);
    return e;
}

int record_tsv_columns(bool lj, bool piston, char **out) {
    char text[1024];
    size_t at = (size_t)snprintf(text, sizeof text, "stage:t step:i time%s:r", lj ? "" : "_ps");
    for (int c = 0; c < (piston ? RECORD_COLUMNS : RECORD_PISTON); c++)
        at += (size_t)snprintf(text + at, sizeof text - at, " %s:r", record_name((enum record_column)c, lj));
    return mem_strdup(out, text);
}

int record_tsv_add(const struct record *r, const char *stage, struct tsv *tsv) {
    for (int64_t k = 0; k < r->n; k++) {
        const double *v = r->row[k].value;
        TRY(tsv_add(tsv, stage, r->row[k].step, r->row[k].time, v[0], v[1], v[2], v[3], v[4], v[5], v[6],
                    v[7], v[8], v[9], v[10], v[11], v[12], v[13], v[14], v[15], v[16], v[17], v[18], v[19]));
    }
    return ERR_OK;
}

void record_print_header(bool lj) {
    log_note("%12s %12s %12s %14s %14s %12s %12s", "step", lj ? "time" : "time_ps",
             record_name(RECORD_TEMPERATURE, lj), lj ? "E_pot/N" : "E_pot_eV_atom",
             lj ? "E_tot/N" : "E_tot_eV_atom", record_name(RECORD_PRESSURE, lj),
             record_name(RECORD_DENSITY, lj));
}

void record_print(const struct record_row *row) {
    const double *v = row->value;
    log_note("%12lld %12.4g %12.6g %14.8g %14.8g %12.5g %12.6g", (long long)row->step, row->time,
             v[RECORD_TEMPERATURE], v[RECORD_POTENTIAL], v[RECORD_TOTAL], v[RECORD_PRESSURE],
             v[RECORD_DENSITY]);
}
