/* grainmap - which grain is where, and since when, on a regular grid: for pictures, ParaView, a virtual
 * microscope. */
#ifndef KMC_GRAINMAP_H
#define KMC_GRAINMAP_H

#include "base/results.h"
#include "kmc/sample.h"

struct grainmap {
    int64_t n[3];     /* x, y, z */
    double edge[3];   /* nm */
    double origin[3]; /* corner, nm */
    int32_t *grain;   /* [n z][n y][n x]: number, -1 glass, -2 outside */
    float *time;      /* s at which it became crystalline; inf: glass */
};

/* Local. From the state of a sample; pixel edge in nm (0: the voxels'). The caller clears. */
int grainmap_init(const struct sample *sample, double edge, struct grainmap *map) MUST_CHECK;
void grainmap_clear(struct grainmap *map);
/* Collective; rank 0's map. Datasets GROUP/grain and GROUP/time; file NAME.LABEL.vti (VTK ImageData). */
int grainmap_write(struct results *out, const char *group, const char *label,
                   struct grainmap *map) MUST_CHECK;

#endif
