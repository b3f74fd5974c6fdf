/* regions - patterns of a scan integrated over all of it, and over as many bright as dark positions.
 *
 * Bright and dark are judged by a map of the scan's size (HAADF), or by the intensity that each pattern has
 * in an annulus: above mean + threshold * standard deviation, below mean - threshold * standard deviation. Of
 * the larger class only the most extreme positions are taken, so that both patterns hold equally many
 * (averages of unequal numbers differ in their speckle). Sums are exact: the same on any number of ranks. */
#ifndef ANALYSIS_MICROSCOPE_REGIONS_H
#define ANALYSIS_MICROSCOPE_REGIONS_H

#include "analysis/microscope/pattern.h"

enum regions_name { REGIONS_ALL, REGIONS_BRIGHT, REGIONS_DARK, REGIONS_MOST };
extern const char *const regions_names[REGIONS_MOST];

struct regions {
    int n;                       /* 1, or 3 */
    int64_t count[REGIONS_MOST]; /* patterns of each */
    double *contrast;            /* [items]: the map that divided them; NULL */
    uint8_t *member;             /* [items]: 0, REGIONS_BRIGHT, REGIONS_DARK */
    float *image[REGIONS_MOST];  /* mean pattern */
};

/* Collective. map: [items] (not kept), or NULL; annulus: k from, k to (1/A), or NULL; neither: one region.
 * ERR_INPUT: a class is empty. ERR_TIME. */
int regions_integrate(const struct pattern *pattern, const float *map, const double annulus[2],
                      double threshold, struct regions *regions) MUST_CHECK;
void regions_destroy(struct regions *regions);

#endif
