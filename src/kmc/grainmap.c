/* grainmap - sampled, not copied: a pixel asks the skin patch above it or the voxel around it. VTK ImageData
 * with appended raw data: one read for ParaView, no text of numbers. */
#include "kmc/grainmap.h"
#include "base/mem.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static void from_skin(const struct sample *s, int64_t patch, int32_t *grain, float *time) {
    const struct front *f = crystal_front(s->crystal);
    *grain = (int32_t)front_grain_skin(f, patch);
    *time = (float)front_time_skin(f, patch);
}

static bool from_core(const struct sample *s, const double x[3], int32_t *grain, float *time) {
    const struct voxels *v = s->voxels;
    const struct front *f = crystal_front(s->crystal);
    int at[3];
    if (!voxels_at(v, x, at) || !voxels_kind(v, at[0], at[1], at[2])) return false;
    uint32_t handle = voxels_find(v, at[0], at[1], at[2]);
    *grain = handle == UINT32_MAX ? -1 : (int32_t)front_grain_core(f, handle);
    *time = handle == UINT32_MAX ? INFINITY : (float)front_time_core(f, handle);
    return true;
}

static void rod_pixel(const struct sample *s, double x[3], int32_t *grain, float *time) {
    const struct voxels *v = s->voxels;
    int k = (int)fmin(v->n[2] - 1, fmax(0, x[2] / v->h[2]));
    double r = hypot(x[0], x[1]), core = v->radius[k] - v->layer;
    if (r > v->radius[k]) return;
    if (r > core) {
        from_skin(s, skin_patch_rod(s->skin, k, atan2(x[1], x[0])), grain, time);
        return;
    }
    for (int step = 0; step < 8; step++) { /* at the rim the cell may have no voxel: look inward */
        if (from_core(s, x, grain, time)) return;
        for (int a = 0; a < 2; a++) x[a] -= 0.25 * v->h[a] * x[a] / fmax(r, 1e-9);
    }
    from_skin(s, skin_patch_rod(s->skin, k, atan2(x[1], x[0])), grain, time);
}

static void film_pixel(const struct sample *s, double x[3], int32_t *grain, float *time) {
    const struct voxels *v = s->voxels;
    int i = (int)(x[0] / v->h[0]) % v->n[0], j = (int)(x[1] / v->h[1]) % v->n[1];
    bool low = x[2]<v->layer, high = x[2]> s->profile.length - v->layer;
    if (s->skin->n && (low || high)) from_skin(s, skin_patch_film(s->skin, high, i, j), grain, time);
    else (void)from_core(s, x, grain, time);
}

int grainmap_init(const struct sample *s, double edge, struct grainmap *map) {
    const struct profile *p = &s->profile;
    double size[3] = {p->lateral, p->lateral, p->length};
    memset(map, 0, sizeof *map);
    if (edge <= 0) edge = s->edge;
    if (p->kind == PROFILE_ROD) size[0] = size[1] = s->diameter;
    for (int a = 0; a < 3; a++) {
        map->n[a] = (int64_t)fmax(1, round(size[a] / edge));
        map->edge[a] = size[a] / (double)map->n[a];
        map->origin[a] = p->kind == PROFILE_ROD && a < 2 ? -size[a] / 2 : 0;
    }
    int64_t n = map->n[0] * map->n[1] * map->n[2];
    TRY(MEM_NEW(map->grain, n));
    int e = MEM_NEW(map->time, n);
    for (int64_t m = 0; m < n && !e; m++) {
        int64_t at[3] = {m % map->n[0], m / map->n[0] % map->n[1], m / map->n[0] / map->n[1]};
        double x[3];
        for (int a = 0; a < 3; a++) x[a] = map->origin[a] + ((double)at[a] + 0.5) * map->edge[a];
        map->grain[m] = -2;
        map->time[m] = INFINITY;
        if (p->kind == PROFILE_ROD) rod_pixel(s, x, &map->grain[m], &map->time[m]);
        else film_pixel(s, x, &map->grain[m], &map->time[m]);
    }
    if (e) grainmap_clear(map);
    return e;
}

void grainmap_clear(struct grainmap *map) {
    mem_free(&map->grain);
    mem_free(&map->time);
}

static int write_vti(struct results *out, const char *label, const struct grainmap *map) {
    struct results_text text;
    char suffix[256], head[1024];
    int64_t n = map->n[0] * map->n[1] * map->n[2];
    uint64_t bytes = 4 * (uint64_t)n;
    bool root = out->comm->rank == 0;
    snprintf(suffix, sizeof suffix, "%s.vti", label);
    TRY(results_text_open(out, suffix, &text));
    int length = snprintf(
        head, sizeof head,
        "<?xml version=\"1.0\"?>\n<VTKFile type=\"ImageData\" version=\"1.0\" byte_order=\"LittleEndian\" "
        "header_type=\"UInt64\">\n<ImageData WholeExtent=\"0 %lld 0 %lld 0 %lld\" Origin=\"%.9g %.9g %.9g\" "
        "Spacing=\"%.9g %.9g %.9g\">\n<Piece Extent=\"0 %lld 0 %lld 0 %lld\">\n<CellData Scalars=\"grain\">\n"
        "<DataArray type=\"Int32\" Name=\"grain\" format=\"appended\" offset=\"0\"/>\n"
        "<DataArray type=\"Float32\" Name=\"time_s\" format=\"appended\" offset=\"%llu\"/>\n"
        "</CellData>\n</Piece>\n</ImageData>\n<AppendedData encoding=\"raw\">\n_",
        (long long)map->n[0], (long long)map->n[1], (long long)map->n[2], map->origin[0], map->origin[1],
        map->origin[2], map->edge[0], map->edge[1], map->edge[2], (long long)map->n[0], (long long)map->n[1],
        (long long)map->n[2], (unsigned long long)(bytes + 8));
    static const char tail[] = "\n</AppendedData>\n</VTKFile>\n";
    int e = results_text_put(&text, head, root ? length : 0);
    if (!e) e = results_text_put(&text, (const char *)&bytes, root ? 8 : 0);
    if (!e) e = results_text_put(&text, (const char *)map->grain, root ? (int64_t)bytes : 0);
    if (!e) e = results_text_put(&text, (const char *)&bytes, root ? 8 : 0);
    if (!e) e = results_text_put(&text, (const char *)map->time, root ? (int64_t)bytes : 0);
    if (!e) e = results_text_put(&text, tail, root ? (int64_t)sizeof tail - 1 : 0);
    int closed = results_text_close(&text, e == ERR_OK);
    return e ? e : closed;
}

int grainmap_write(struct results *out, const char *group, const char *label, struct grainmap *map) {
    char path[256];
    comm_bcast(out->comm, map->n, sizeof map->n);
    comm_bcast(out->comm, map->edge, sizeof map->edge);
    comm_bcast(out->comm, map->origin, sizeof map->origin);
    int64_t dims[3] = {map->n[2], map->n[1], map->n[0]}, mine = out->comm->rank == 0 ? dims[0] : 0;
    int64_t first = out->comm->rank == 0 ? 0 : dims[0];
    snprintf(path, sizeof path, "%s/grain", group);
    TRY(h5_write_rows(out->h5, path, H5_I32, 3, dims, first, mine, map->grain, 4, "",
                      "grain at each pixel [z][y][x]; -1 glass, -2 outside"));
    TRY(h5_attr_f64(out->h5, path, "edge_nm", map->edge, 3));
    TRY(h5_attr_f64(out->h5, path, "origin_nm", map->origin, 3));
    snprintf(path, sizeof path, "%s/time", group);
    TRY(h5_write_rows(out->h5, path, H5_F32, 3, dims, first, mine, map->time, 4, "s",
                      "when the pixel became crystalline [z][y][x]; inf: never"));
    return write_vti(out, label, map);
}
