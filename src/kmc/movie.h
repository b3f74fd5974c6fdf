/* movie - the microscope of the paper: a rod that crystallised, as bright-field, dark-field and diffraction
 * series.
 *
 * The beam runs along x of a rod (rows of images: y, columns: z, the axis), along z of a film (rows y,
 * columns x). Beside the specimen a margin shows the support alone: the background of (I_s - I_b)/I_b.
 * Intensities are those of optics; `average` contrast gives every crystal the mean over orientations,
 * `two_beam` its own. Units: nm, s, 1/nm. */
#ifndef KMC_MOVIE_H
#define KMC_MOVIE_H

#include "kmc/grainmap.h"
#include "kmc/optics.h"

enum movie_kind { MOVIE_BRIGHT, MOVIE_DARK, MOVIE_DIFFRACTION, MOVIE_KINDS };

struct movie_rules {
    bool wanted[MOVIE_KINDS];
    struct optics_rules optics;
    double pixel;   /* of images, nm; 0: a 64th of the widest diameter, 0.5 nm at least */
    double margin;  /* nm */
    double support; /* thickness of glass that scatters like the support, nm */
    bool two_beam;
    double frame;        /* s */
    double begin, end;   /* s; nan: the experiment */
    bool by_temperature; /* the axis of frames is a temperature */
    double dose;         /* counts a pixel of the direct beam, 0: no noise */
    double pattern_dose; /* counts of the first pattern, 0: no noise */
    int64_t pattern;     /* pixels of an edge */
    double k_max, blur;  /* 1/nm */
    double beam_eV;
};

/* What one frame says: relative to the background; coherent sums over what all of it scatters as glass. */
enum movie_signal {
    MOVIE_BRIGHT_FIELD, /* (I_s - I_b)/I_b of the specimen's region */
    MOVIE_DARK_FIELD,
    MOVIE_PEAK,    /* brightest point of all spots: N^2 of a grain */
    MOVIE_SPOT,    /* sum over an aperture around it: N^(4/3) */
    MOVIE_AVERAGE, /* all spots: N in the mean over orientations */
    MOVIE_VOLUME,  /* crystalline part of the volume */
    MOVIE_SIGNALS
};
extern const char *const movie_signal_names[MOVIE_SIGNALS];
extern const char *const movie_kind_names[MOVIE_KINDS];

struct movie {
    const struct movie_rules *rules;
    int64_t rows, columns, margin;       /* of an image; rows of the margin on each side */
    double edge_y, edge_x;               /* of a pixel */
    int64_t sample[4], background[2][4]; /* regions: first row, end row, first column, end column */
    float *image[2]; /* MOVIE_BRIGHT, MOVIE_DARK of the frame, without noise; direct = 1 */
    struct optics_pattern spots, pattern; /* spots alone; with the halo */
    double signal[MOVIE_SIGNALS];         /* of the frame */
    double first_sum;                     /* of the first pattern */
    struct movie_columns *hidden;
};

/* Local. Of a grain map with grains in front; the map is rearranged and may be cleared afterwards. */
int movie_create(const struct movie_rules *rules, struct grainmap *map, bool rod, const struct front *front,
                 struct movie **movie) MUST_CHECK;
void movie_destroy(struct movie **movie);
/* Local. Images, pattern and signals at time t (rising from call to call). */
void movie_frame(struct movie *movie, double t);
/* Local. Counts of a frame by its dose, or its intensities: out[rows * columns] or [pattern^2]. */
void movie_expose(const struct movie *movie, enum movie_kind kind, uint64_t seed, int64_t frame, float *out);

#endif
