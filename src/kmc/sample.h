/* sample - one shape under one temperature history: lattice, velocities, nucleation channels, ready for
 * replicas. */
#ifndef KMC_SAMPLE_H
#define KMC_SAMPLE_H

#include "kmc/crystal.h"
#include "kmc/material.h"

struct sample_channel; /* a rate of the material */

struct sample {
    struct profile profile; /* owned */
    const struct schedule *schedule;
    const struct material *material;
    double diameter; /* widest, nm; INFINITY: bulk */
    double edge;     /* of voxels, nm */
    struct voxels *voxels;
    struct skin *skin;
    int n_classes;
    int *class_of;
    double *class_diameter;
    struct hazard **core, **layer;
    int n_channels;
    struct sample_channel *source;
    struct hazard **hazard;
    struct crystal_channel *channel;
    int n_melts;
    struct crystal_melt *melt;
    struct crystal_rates rates;
    struct crystal *crystal;
    uint64_t key;    /* hash of canonical shape and schedule */
    double expected; /* nuclei that the whole history would give in glass: 0 means nothing can happen */
};

/* Local. Takes the profile over (also when it fails); schedule and material must outlive the sample. edge <=
 * 0: the default for that diameter. columns: interfaces act. */
int sample_create(struct profile *profile, const struct schedule *schedule, const struct material *material,
                  double edge, struct sample **sample) MUST_CHECK;
void sample_destroy(struct sample **sample);
/* Local. Edge used when none is given, nm: a sixteenth of the thinnest part, between 0.5 and 4 nm (or 1/150
 * of the widest). */
double sample_edge(const struct profile *profile, double layer);
/* Local. Key of a replica: (shape, schedule, replica), never a row of the deck. */
uint64_t sample_key(const struct sample *sample, int64_t replica);
/* Local. Voxels and patches that sample_create would make, and bytes at most. */
void sample_estimate(const struct profile *profile, double edge, double layer, double *cells, double *bytes);

#endif
