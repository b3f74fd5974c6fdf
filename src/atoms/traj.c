/* traj - which format a file has, and what all formats share. The format of a file that is read comes from
 * its content: the HDF5 signature, "ITEM:" (dump), a bare number in the first line (XYZ), "N atoms" near the
 * top (LAMMPS data). */
#include "atoms/traj.h"
#include "atoms/traj_h5md.h"
#include "atoms/traj_lammps.h"
#include "atoms/traj_xyz.h"
#include "base/log.h"
#include "base/mem.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- shared by the formats --- */

/* Local. From now on all species are models, as if they had been added so. */
static void make_models(struct traj *traj) {
    struct species old = traj->species;
    memset(&traj->species, 0, sizeof traj->species);
    for (int s = 0; s < old.n; s++)
        if (species_add(&traj->species, old.name[s], 1)) err_clear();
    traj->models = true;
}

/* Local. A name such as Cu beside one that is no element is probably a mistake (B and N may well be models).
 */
static void tell_mixture(struct traj *traj) {
    const char *element = NULL, *other = NULL;
    for (int s = 0; s < traj->species.n; s++) {
        const char *name = traj->species.name[s];
        if (species_number(name) == 0) other = name;
        else if (strlen(name) > 1) element = name;
    }
    if (!element || !other || traj->told) return;
    log_warn("%s: %s is no element, so all species, %s too, are taken for models: mass 1, equal radii, "
             "reduced units",
             traj->path, other, element);
    traj->told = true;
}

int traj_species(struct traj *traj, const char *name, int *type) {
    *type = species_find(&traj->species, name);
    if (*type >= 0) return ERR_OK;
    if (traj->named) FAIL(ERR_INPUT, "species '%s' is not among the names that were given", name);
    if (!traj->models && species_number(name) == 0) make_models(traj);
    TRY(species_add(&traj->species, name, traj->models));
    *type = traj->species.n - 1;
    if (traj->models) tell_mixture(traj);
    return ERR_OK;
}

void traj_wrap(struct frame *frame) {
    for (int i = 0; i < frame->n; i++) {
        int image[3] = {frame->image[i][0], frame->image[i][1], frame->image[i][2]};
        box_wrap(&frame->box, frame->x[i], image);
        for (int a = 0; a < 3; a++) frame->image[i][a] = image[a];
    }
}

void traj_draw_box(const struct comm *comm, struct frame *frame) {
    double lo[3] = {INFINITY, INFINITY, INFINITY}, hi[3] = {-INFINITY, -INFINITY, -INFINITY};
    for (int i = 0; i < frame->n; i++)
        for (int a = 0; a < 3; a++) {
            lo[a] = fmin(lo[a], frame->x[i][a]);
            hi[a] = fmax(hi[a], frame->x[i][a]);
        }
    comm_min(comm, lo, 3);
    comm_max(comm, hi, 3);
    for (int a = 0; a < 3; a++) {
        frame->box.periodic[a] = false;
        frame->box.lo[a] = lo[a];
        frame->box.len[a] = hi[a] > lo[a] ? hi[a] - lo[a] : 1; /* a flat set of atoms still has a volume */
    }
}

/* --- formats --- */

enum kind { UNKNOWN, H5MD, XYZ, DATA, DUMP };

static enum kind kind_of_name(const char *path) {
    static const struct {
        const char *end;
        enum kind kind;
    } known[] = {{".h5", H5MD},   {".h5md", H5MD}, {".hdf5", H5MD}, {".xyz", XYZ},       {".extxyz", XYZ},
                 {".data", DATA}, {".lmp", DATA},  {".dump", DUMP}, {".lammpstrj", DUMP}};
    size_t n = strlen(path);
    bool packed = n > 3 && strcmp(path + n - 3, ".gz") == 0;
    if (packed) n -= 3;
    for (size_t k = 0; k < sizeof known / sizeof *known; k++) {
        size_t m = strlen(known[k].end);
        if (n > m && strncmp(path + n - m, known[k].end, m) == 0)
            return packed && known[k].kind == H5MD ? UNKNOWN : known[k].kind;
    }
    return UNKNOWN;
}

static bool whole_number(const char *line) {
    line += strspn(line, " \t");
    size_t n = strspn(line, "0123456789");
    return n > 0 && traj_text_done(line + n);
}

/* Local, rank 0. Leaves the text open, at its beginning. */
static int kind_of_content(struct traj *traj, int64_t *kind) {
    static const unsigned char signature[8] = {0x89, 'H', 'D', 'F', '\r', '\n', 0x1a, '\n'};
    unsigned char begin[8] = {0};
    FILE *file = fopen(traj->path, "rb");
    if (!file) FAIL(ERR_INPUT, "%s: cannot read it: %s", traj->path, strerror(errno));
    size_t n = fread(begin, 1, sizeof begin, file);
    fclose(file);
    *kind = H5MD;
    if (n == sizeof begin && memcmp(begin, signature, sizeof begin) == 0) return ERR_OK;
    *kind = UNKNOWN;
    if (n == 0) FAIL(ERR_INPUT, "%s: is empty", traj->path);
    TRY(traj_text_open(traj->path, &traj->text));
    bool blank = true; /* so far */
    for (int k = 0; k < 40 && *kind == UNKNOWN; k++) {
        char *line;
        TRY(traj_text_line(traj->text, &line));
        if (!line) break;
        if (strncmp(line, "ITEM:", 5) == 0) *kind = DUMP;
        else if (blank && whole_number(line) && kind_of_name(traj->path) != DATA) *kind = XYZ;
        else if (k > 0 && strstr(line, " atoms") && line[strspn(line, " \t0123456789")] == 'a') *kind = DATA;
        blank = blank && traj_text_done(line);
    }
    if (*kind == UNKNOWN)
        FAIL(ERR_INPUT, "%s: is no trajectory that can be read (H5MD, extended XYZ, LAMMPS data or dump)",
             traj->path);
    return traj_text_seek(traj->text, (struct traj_mark){0, 0});
}

bool traj_recognise(const char *path) {
    struct traj traj = {0};
    int64_t kind = UNKNOWN;
    int e = mem_strdup(&traj.path, path);
    if (!e) e = kind_of_content(&traj, &kind);
    if (e) err_clear();
    traj_text_close(&traj.text);
    mem_free(&traj.path);
    return kind != UNKNOWN;
}

/* Local; the same on every rank. "Cu Zr", also with commas. */
static int take_names(struct traj *traj, const char *names) {
    if (!names) return ERR_OK;
    for (const char *p = names; *p;) {
        char name[64];
        int s;
        p += strspn(p, " ,\t");
        size_t n = strcspn(p, " ,\t");
        if (n == 0) break;
        snprintf(name, sizeof name, "%.*s", (int)(n < 60 ? n : 60), p);
        TRY(traj_species(traj, name, &s));
        traj->type_of[s] = s + 1;
        p += n;
    }
    traj->named = traj->species.n > 0;
    return ERR_OK;
}

static int open_text(struct traj *traj, enum kind kind) {
    traj->format = kind == XYZ    ? &traj_xyz_format
                   : kind == DATA ? &traj_lammps_data_format
                                  : &traj_lammps_dump_format;
    TRY(traj_text_scan(traj));
    int e = ERR_OK;
    if (kind == DUMP && traj->comm.rank == 0 && !traj->named) e = traj_lammps_dump_species(traj);
    return err_agree(&traj->comm, e);
}

int traj_open(const struct comm *comm, const char *path, const char *group, const char *names,
              struct traj **traj) {
    int64_t kind = UNKNOWN;
    int e = MEM_NEW(*traj, 1);
    if (!e) {
        (*traj)->comm = *comm;
        e = mem_strdup(&(*traj)->path, path);
    }
    if (!e && group) e = mem_strdup(&(*traj)->group, group);
    if (!e) e = take_names(*traj, names);
    if (!e && comm->rank == 0) e = kind_of_content(*traj, &kind);
    e = err_agree(comm, e);
    comm_bcast(comm, &kind, sizeof kind);
    if (!e && group && kind != H5MD)
        e = err_set(ERR_USAGE, __FILE__, __LINE__,
                    "%s: has no stages; a stage can be chosen in H5MD files only", path);
    if (!e) e = kind == H5MD ? traj_h5md_open(*traj) : open_text(*traj, (enum kind)kind);
    if (e) traj_close(traj);
    return e;
}

void traj_close(struct traj **traj) {
    struct traj *t = *traj;
    if (!t) return;
    traj_text_close(&t->text);
    if (h5_close(&t->h5, false)) err_clear();
    mem_free(&t->path);
    mem_free(&t->group);
    mem_free(&t->mark);
    mem_free(&t->column);
    mem_free(&t->value_of);
    mem_free(traj);
}

int64_t traj_frames(const struct traj *traj) {
    return traj->n_frames;
}

int64_t traj_atoms(const struct traj *traj) {
    return traj->n_atoms;
}

const char *traj_format_name(const struct traj *traj) {
    return traj->format ? traj->format->name : "H5MD";
}

const char *traj_group(const struct traj *traj) {
    return traj->group ? traj->group : "";
}

int traj_read(struct traj *traj, int64_t k, struct frame *frame, int *fields) {
    if (k < 0 || k >= traj->n_frames)
        FAIL(ERR_INPUT, "%s: has no frame %lld; its frames are 0 to %lld", traj->path, (long long)k,
             (long long)traj->n_frames - 1);
    frame->filled = 1;
    return traj->format ? traj_text_read(traj, k, frame, fields) : traj_h5md_read(traj, k, frame, fields);
}

int traj_describe(struct traj *traj, char **text) {
    struct frame frame;
    int fields, e;
    int64_t counts[SPECIES_MAX];
    char species[SPECIES_MAX * 32] = "", box[160];
    frame_init(&frame);
    TRY_TO(out, traj_read(traj, traj->n_frames - 1, &frame, &fields));
    frame_count(&traj->comm, &frame, counts);
    for (int s = 0; s < frame.species.n; s++)
        sprintf(species + strlen(species), "%s%s %lld", s ? ", " : "", frame.species.name[s],
                (long long)counts[s]);
    const struct box *b = &frame.box;
    snprintf(box, sizeof box, "%.6g x %.6g x %.6g%s, periodic %c%c%c", b->len[0], b->len[1], b->len[2],
             traj->models ? "" : " A", b->periodic[0] ? 'x' : '-', b->periodic[1] ? 'y' : '-',
             b->periodic[2] ? 'z' : '-');
    char time[60] = "";
    if (fields & TRAJ_TIME)
        snprintf(time, sizeof time, ", last at %.6g%s", frame.time, traj->models ? "" : " ps");
    e = err_agree(&traj->comm,
                  mem_sprintf(text, "%s: %lld atoms (%s), %lld frame%s%s, box %s%s%s%s%s",
                              traj_format_name(traj), (long long)traj->n_atoms, species,
                              (long long)traj->n_frames, traj->n_frames == 1 ? "" : "s", time, box,
                              fields & TRAJ_V ? ", velocities" : "", fields & TRAJ_F ? ", forces" : "",
                              fields & TRAJ_IMAGE ? ", images" : "",
                              fields & TRAJ_STRESS ? ", stresses" : ""));
out:
    frame_destroy(&frame);
    return e;
}

/* --- writing --- */

struct traj_writer {
    struct comm comm;
    enum kind kind;
    char *path;
    struct h5 *h5;
    struct traj_output *output;
    int fields, deflate;
    int64_t n_frames, n_atoms;
};

int traj_create(const struct comm *comm, const char *path, int fields, int deflate,
                struct traj_writer **writer) {
    enum kind kind = kind_of_name(path);
    *writer = NULL;
    if (kind == UNKNOWN)
        FAIL(ERR_USAGE,
             "%s: its name does not tell a format; use .h5, .xyz, .data or .dump (text ones also with .gz)",
             path);
    int e = MEM_NEW(*writer, 1);
    if (!e) {
        **writer = (struct traj_writer){.comm = *comm, .kind = kind, .fields = fields, .deflate = deflate};
        e = mem_strdup(&(*writer)->path, path);
    }
    e = err_agree(comm, e);
    if (!e)
        e = kind == H5MD ? h5_create(comm, path, &(*writer)->h5)
                         : traj_text_create(comm, path, &(*writer)->output);
    if (e && *writer) {
        mem_free(&(*writer)->path);
        mem_free(writer);
    }
    return e;
}

static int write_text(struct traj_writer *w, const struct frame *frame) {
    struct frame copy;
    int64_t first;
    frame_init(&copy);
    int e = err_agree(&w->comm, frame_copy(&copy, frame));
    if (!e) e = frame_by_id(&w->comm, &copy, &first);
    if (!e) {
        traj_wrap(&copy);
        e = w->kind == XYZ    ? traj_xyz_write(w->output, &copy, w->fields)
            : w->kind == DATA ? traj_lammps_write_data(w->output, &copy, w->fields)
                              : traj_lammps_write_dump(w->output, &copy, w->fields);
    }
    frame_destroy(&copy);
    return e;
}

int traj_write(struct traj_writer *w, const struct frame *frame) {
    if (w->n_frames > 0 && w->kind == DATA)
        FAIL(ERR_USAGE, "%s: a LAMMPS data file holds one frame; write one frame or a .dump", w->path);
    if (w->n_frames > 0 && frame->n_global != w->n_atoms)
        FAIL(ERR_USAGE, "%s: a frame with %lld atoms after frames with %lld; write them into another file",
             w->path, (long long)frame->n_global, (long long)w->n_atoms);
    w->n_atoms = frame->n_global;
    w->fields = (w->fields & ~(TRAJ_GROUP | TRAJ_STRESS)) |
                (frame_grouped(&w->comm, frame) ? TRAJ_GROUP : 0) | (frame->stress ? TRAJ_STRESS : 0);
    if (w->kind != H5MD) TRY(write_text(w, frame));
    else {
        if (w->n_frames == 0) TRY(traj_h5md_begin(w->h5, "all", frame, w->fields, w->deflate));
        TRY(traj_h5md_append(w->h5, "all", frame));
    }
    w->n_frames++;
    return ERR_OK;
}

int traj_finish(struct traj_writer **writer, bool keep) {
    struct traj_writer *w = *writer;
    if (!w) return ERR_OK;
    int e = w->kind == H5MD ? h5_close(&w->h5, keep) : traj_text_finish(&w->output, keep);
    mem_free(&w->path);
    mem_free(writer);
    return e;
}
