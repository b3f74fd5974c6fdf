/* voronoi_state - what the files of the voronoi pass share and nobody else includes. */
#ifndef ANALYSIS_STRUCTURE_VORONOI_STATE_H
#define ANALYSIS_STRUCTURE_VORONOI_STATE_H

#include "analysis/pass.h"
#include "analysis/structure/classes.h"
#include "analysis/structure/network.h"
#include "analysis/structure/voronoi.h"

struct voronoi_state_share {
    int64_t key, count; /* key: species and n3 .. n6 */
};

/* Sums over the closed cells of one species and class. */
struct voronoi_state_sums {
    int64_t cells, faces, faces2, fives,
        counted; /* counted: faces in the index; dense: cells with a density */
    int64_t dense;
    double volume, volume2, density, density2;
};

/* What is kept of one frame's cells while they are made: neighbours by id, for densities. */
struct voronoi_state_lists {
    int64_t *id, n, capacity;      /* neighbours whose faces are in the index, cell after cell */
    int64_t *start;                /* [frame->n] */
    int32_t *count;                /* [frame->n] */
    struct network_member *member; /* atoms of polyhedra of the network's index; centre: local row */
    int64_t n_member, capacity_member;
};

/* One atom on its way to the files. */
struct voronoi_state_item {
    double x[3], density;
    struct voronoi_cell cell;
    int32_t type, cluster;
};

struct voronoi_state_frame { /* the network in one frame */
    int64_t number, step, centres, covered, links[4], clusters, largest;
    double time;
    uint8_t wraps;
};

struct voronoi_state {
    struct pass_setup setup;
    struct results *out;
    struct voronoi_options options;
    bool ready, xyz, paraview;
    int network;       /* enum network_share; 0: no network */
    int16_t centre[4]; /* index of the network's polyhedra */
    struct species species;
    int64_t n_atoms, n_frames, n_self;
    struct voronoi_state_share *share;
    int64_t n_share;
    int64_t flags[SPECIES_MAX][3]; /* cells by flag, over all frames */
    struct voronoi_state_sums sums[SPECIES_MAX][CLASSES_COUNT];
    struct voronoi_state_frame *frames;
    int64_t *sizes, n_sizes, capacity_sizes; /* clusters of all frames: frame, size pairs */
    struct voronoi_state_lists lists;
    char *path[14];
    struct results_text text, xdmf;
};

/* voronoi_density.c. **Local.** Visitor that fills the lists. */
int voronoi_density_visit(void *user, const struct frame *frame, int i, const struct voronoi_cell *cell,
                          const struct voronoi_faces *faces);
/* **Collective.** density[i] (by mem): mass over volume of atom i and the neighbours it shares counted faces
 * with; NAN where one of them is not closed. g/cm3; number per sigma^3 in reduced units. */
int voronoi_density_compute(const struct comm *comm, const struct voronoi_state *s, const struct frame *frame,
                            const struct voronoi_cell *cells, double **density) MUST_CHECK;
void voronoi_density_forget(struct voronoi_state_lists *lists);
/* voronoi_links.c. **Collective.** Network of the frame's polyhedra; cluster[i] (by mem): number of the
 * cluster that atom i is a centre of, 1 = the largest, 0 none. */
int voronoi_links_find(struct voronoi_state *s, const struct frame *frame, int32_t **cluster) MUST_CHECK;
/* voronoi_files.c. **Collective.** Datasets; one frame's atoms into them and the xyz file. */
int voronoi_files_open(struct voronoi_state *s) MUST_CHECK;
int voronoi_files_write(struct voronoi_state *s, const struct frame *frame, const struct voronoi_cell *cells,
                        const double *density, const int32_t *cluster) MUST_CHECK;
/* voronoi_xdmf.c. **Collective.** The frame that was just written, in NAME.voronoi.xdmf. */
int voronoi_xdmf_frame(struct voronoi_state *s, double time) MUST_CHECK;
/* voronoi_shares.c. **Collective.** Count one frame's cells; tables and scalars at the end. */
int voronoi_shares_count(struct voronoi_state *s, const struct frame *frame, const struct voronoi_cell *cells,
                         const double *density) MUST_CHECK;
int voronoi_shares_finish(struct voronoi_state *s) MUST_CHECK;
/* **Local.** The filter and its thresholds in words: "none", "ovito edge 0.1 area 0 area_fraction 0.01". */
void voronoi_shares_filter(const struct voronoi_options *o, char text[128]);

#endif
