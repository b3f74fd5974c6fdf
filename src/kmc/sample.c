/* sample - rates of the material become hazards along the schedule: one velocity per class of diameters (4 %
 * wide), one nucleation channel per kind of place, driven by the largest rate over the classes (thinner parts
 * reject).
 *
 * A distribution of potency over a finite density of sites becomes 16 channels of equal density, at the
 * middles of equal parts of the (cut) normal distribution. */
#include "kmc/sample.h"
#include "base/mem.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CLASS_WIDTH 0.04
#define POTENCIES 16

struct sample_channel {
    enum front_birth birth;
    double potency;
    const struct sample *sample;
};

static double layer_of(const struct material *m) {
    return m->layer;
}

double sample_edge(const struct profile *p, double layer) {
    double edge = p->kind == PROFILE_BULK ? p->length / 100 : profile_thinnest(p) / 16;
    edge = fmin(fmax(edge, 0.5), fmax(4, profile_widest(p) < INFINITY ? profile_widest(p) / 150 : 4));
    return fmin(edge, voxels_coarsest(p, layer));
}

void sample_estimate(const struct profile *p, double edge, double layer, double *cells, double *bytes) {
    if (edge <= 0) edge = sample_edge(p, layer);
    double r = profile_widest(p) / 2, volume = p->lateral * p->lateral * p->length, area = 0, box = volume;
    if (p->kind == PROFILE_ROD) {
        volume = M_PI * r * r * p->length;
        box = 4 * r * r * p->length;
        area = 2 * M_PI * r * p->length;
    } else if (p->kind == PROFILE_FILM) area = 2 * p->lateral * p->lateral;
    *cells = volume / pow(edge, 3) + area / (edge * edge);
    /* a source a voxel, its arrival where classes of diameter differ, lists of what comes next; patches with
     * their channel of nuclei and the source each hands to the core */
    bool classes = profile_widest(p) > 1.0001 * profile_thinnest(p);
    *bytes = (classes ? 9 : 5) * box / pow(edge, 3) + 100 * area / (edge * edge);
}

/* --- classes of diameter */

static int classify(struct sample *s) {
    const struct voxels *v = s->voxels;
    const struct profile *p = &s->profile;
    double low = profile_thinnest(p), high = profile_widest(p);
    bool one = p->kind != PROFILE_ROD || low == high;
    s->n_classes = one ? 1 : (int)ceil(log(high / low) / CLASS_WIDTH) + 1;
    TRY(MEM_NEW(s->class_of, v->n[2]));
    TRY(MEM_NEW(s->class_diameter, s->n_classes));
    for (int c = 0; c < s->n_classes; c++) s->class_diameter[c] = one ? high : low * exp(c * CLASS_WIDTH);
    for (int k = 0; k < v->n[2] && !one; k++)
        s->class_of[k] = (int)fmin(s->n_classes - 1, round(log(2 * v->radius[k] / low) / CLASS_WIDTH));
    return ERR_OK;
}

/* --- rates as functions of temperature alone */

struct speed {
    const struct material *material;
    double d;
};

static double speed_core(const void *context, double T) {
    const struct speed *s = context;
    return material_growth(s->material, T, s->d);
}

static double speed_layer(const void *context, double T) {
    const struct speed *s = context;
    return material_growth_layer(s->material, T, s->d);
}

static double rate_of(const struct sample_channel *c, double T, double d) {
    const struct material *m = c->sample->material;
    switch (c->birth) {
    case FRONT_SURFACE:
        return material_surface_rate(m, T, d);
    case FRONT_BULK:
        return material_bulk_rate(m, T, d);
    case FRONT_LAYER:
        return material_layer_rate(m, T, d);
    case FRONT_INTERFACE:
        return material_interface_rate(m, T, d);
    default:
        return material_site_rate(m, T, d, c->potency);
    }
}

static double largest_rate(const void *context, double T) {
    const struct sample_channel *c = context;
    double most = 0;
    for (int k = 0; k < c->sample->n_classes; k++)
        most = fmax(most, rate_of(c, T, c->sample->class_diameter[k]));
    return most;
}

static double ratio(const void *context, int channel, int class, double t) {
    const struct sample *s = context;
    double T = schedule_temperature(s->schedule, t), most = largest_rate(&s->source[channel], T);
    return most > 0 ? rate_of(&s->source[channel], T, s->class_diameter[class]) / most : 0;
}

static int velocities(struct sample *s) {
    TRY(MEM_NEW(s->core, s->n_classes));
    TRY(MEM_NEW(s->layer, s->n_classes));
    for (int c = 0; c < s->n_classes; c++) {
        struct speed speed = {s->material, s->class_diameter[c]};
        double melting = material_melting(s->material, speed.d);
        TRY(hazard_create(s->schedule, speed_core, &speed, &melting, 1, &s->core[c]));
        if (s->skin->n == 0) s->layer[c] = NULL;
        else
            TRY(hazard_create(s->schedule, s->voxels->layer > 0 ? speed_layer : speed_core, &speed, &melting,
                              1, &s->layer[c]));
    }
    return ERR_OK;
}

static int add_channel(struct sample *s, enum front_birth birth, double potency, double density) {
    struct sample_channel *c = &s->source[s->n_channels];
    *c = (struct sample_channel){birth, potency, s};
    double *melting = NULL;
    TRY(MEM_NEW(melting, s->n_classes));
    for (int k = 0; k < s->n_classes; k++) melting[k] = material_melting(s->material, s->class_diameter[k]);
    int e = hazard_create(s->schedule, largest_rate, c, melting, s->n_classes, &s->hazard[s->n_channels]);
    mem_free(&melting);
    TRY(e);
    s->channel[s->n_channels] = (struct crystal_channel){birth, s->hazard[s->n_channels], density};
    s->n_channels++;
    double amount = birth == FRONT_BULK    ? s->voxels->volume
                    : birth == FRONT_LAYER ? s->skin->total_volume
                    : birth == FRONT_SITE  ? density * s->skin->total_area
                    : birth == FRONT_INTERFACE
                        ? 4 * s->profile.lateral * s->profile.length * s->profile.lateral / s->profile.column
                        : s->skin->total_area;
    double events = amount * hazard_total(s->hazard[s->n_channels - 1]);
    s->expected += birth == FRONT_SITE ? fmin(events, amount) : events;
    return ERR_OK;
}

static int channels(struct sample *s) {
    const struct material *m = s->material;
    TRY(MEM_NEW(s->source, POTENCIES + 3));
    TRY(MEM_NEW(s->hazard, POTENCIES + 3));
    TRY(MEM_NEW(s->channel, POTENCIES + 3));
    if (m->bulk.kind != MATERIAL_NONE && s->voxels->n_voxels) TRY(add_channel(s, FRONT_BULK, 0, 0));
    if (m->bulk.kind != MATERIAL_NONE && m->layer_nucleates && s->skin->total_volume > 0)
        TRY(add_channel(s, FRONT_LAYER, 0, 0));
    if (m->interface.kind != MATERIAL_NONE && s->profile.column > 0)
        TRY(add_channel(s, FRONT_INTERFACE, 0, 0));
    if (m->surface.kind == MATERIAL_NONE || s->skin->n == 0) return ERR_OK;
    if (!m->surface.finite) return add_channel(s, FRONT_SURFACE, 0, 0);
    int n = m->surface.spread > 0 ? POTENCIES : 1;
    for (int k = 0; k < n; k++) {
        double f = m->surface.potency;
        if (n > 1) f = fmax(0, f + m->surface.spread * gsl_cdf_ugaussian_Pinv((k + 0.5) / n));
        TRY(add_channel(s, FRONT_SITE, f, m->surface.density / n));
    }
    return ERR_OK;
}

static int by_time(const void *a, const void *b) {
    const struct crystal_melt *x = a, *y = b;
    if (x->t != y->t) return x->t < y->t ? -1 : 1;
    return (x->class > y->class) - (x->class < y->class);
}

/* Times at which the schedule rises through T. */
static int melts_at(struct sample *s, double T, int class) {
    double t = -1;
    while ((t = schedule_crossing(s->schedule, T, t, true)) < INFINITY && t >= 0) {
        TRY(MEM_GROW(s->melt, s->n_melts, s->n_melts + 1));
        s->melt[s->n_melts++] = (struct crystal_melt){t, class};
    }
    return ERR_OK;
}

/* Everything is liquid when the thickest part is; under Gibbs-Thomson thinner classes melt before. */
static int melts(struct sample *s) {
    double thick = material_melting(s->material, profile_widest(&s->profile));
    for (int c = 0; c < s->n_classes; c++) {
        double thin = material_melting(s->material, s->class_diameter[c]);
        if (s->n_classes > 1 && thin < thick) TRY(melts_at(s, thin, c));
    }
    TRY(melts_at(s, thick, -1));
    if (s->n_melts) qsort(s->melt, (size_t)s->n_melts, sizeof *s->melt, by_time);
    return ERR_OK;
}

int sample_create(struct profile *profile, const struct schedule *schedule, const struct material *material,
                  double edge, struct sample **sample) {
    struct sample *s = NULL;
    int e = MEM_NEW(s, 1);
    if (e) {
        profile_clear(profile);
        return e;
    }
    s->profile = *profile;
    memset(profile, 0, sizeof *profile);
    s->schedule = schedule;
    s->material = material;
    s->diameter = profile_widest(&s->profile);
    double layer = s->profile.kind == PROFILE_BULK ? 0 : layer_of(material);
    s->edge = edge > 0 ? edge : sample_edge(&s->profile, layer);
    TRY_TO(fail, voxels_create(&s->profile, s->edge, layer, &s->voxels));
    TRY_TO(fail, skin_create(s->voxels, &s->skin));
    TRY_TO(fail, classify(s));
    TRY_TO(fail, velocities(s));
    TRY_TO(fail, channels(s));
    TRY_TO(fail, melts(s));
    s->rates = (struct crystal_rates){
        .speeds = {s->n_classes, s->class_of, s->core, s->skin->n ? s->layer : NULL},
        .n_channels = s->n_channels,
        .channel = s->channel,
        .ratio = ratio,
        .context = s,
        .end = schedule_end(schedule),
        .n_melts = s->n_melts,
        .melt = s->melt,
    };
    TRY_TO(fail, crystal_create(s->voxels, s->skin, &s->rates, &s->crystal));
    s->key = profile_hash(&s->profile) * UINT64_C(0x9E3779B97F4A7C15) ^ schedule_hash(schedule);
    *sample = s;
    return ERR_OK;
fail:
    sample_destroy(&s);
    return e;
}

void sample_destroy(struct sample **sample) {
    struct sample *s = *sample;
    if (!s) return;
    crystal_destroy(&s->crystal);
    skin_destroy(&s->skin);
    voxels_destroy(&s->voxels);
    for (int c = 0; c < s->n_classes; c++) {
        if (s->core) hazard_destroy(&s->core[c]);
        if (s->layer) hazard_destroy(&s->layer[c]);
    }
    for (int k = 0; k < s->n_channels; k++) hazard_destroy(&s->hazard[k]);
    mem_free(&s->core);
    mem_free(&s->layer);
    mem_free(&s->class_of);
    mem_free(&s->class_diameter);
    mem_free(&s->source);
    mem_free(&s->hazard);
    mem_free(&s->channel);
    mem_free(&s->melt);
    profile_clear(&s->profile);
    mem_free(sample);
}

uint64_t sample_key(const struct sample *s, int64_t replica) {
    uint64_t x = s->key ^ ((uint64_t)replica + 1) * UINT64_C(0xD1B54A32D192ED03);
    x = (x ^ x >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ x >> 27) * UINT64_C(0x94D049BB133111EB);
    return x ^ x >> 31;
}
