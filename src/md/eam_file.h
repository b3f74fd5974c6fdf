/* eam_file - EAM tables as published: setfl (eam/alloy), its Finnis-Sinclair variant (eam/fs), single-element
 * funcfl.
 *
 * The format is recognised from the content, never from the file's name. Units of the files: eV and A.
 *   setfl:  3 comment lines; "N name..."; "n_rho d_rho n_r d_r cutoff"; per element a line "Z mass a
 * lattice", F(rho), density (fs: N densities); then r * phi(r) of the pairs (a, b <= a). funcfl: comment; "Z
 * mass a lattice"; the same five numbers; F(rho); charge Z(r); density. In eam/fs the density at an atom i
 * from its neighbour j is in the block of j's element, under i's element. */
#ifndef MD_EAM_FILE_H
#define MD_EAM_FILE_H

#include "base/comm.h"

enum eam_format { EAM_FUNCFL, EAM_ALLOY, EAM_FS };

struct eam_file {
    enum eam_format format;
    int n;          /* elements */
    char **name;    /* [n] as written; funcfl: the symbol of the atomic number */
    double *mass;   /* [n] g/mol */
    int *number;    /* [n] atomic number as written */
    double *a;      /* [n] lattice constant, A, as written; nothing is computed from it */
    char **lattice; /* [n] "fcc", as written */
    int *line;      /* [n] line of the element's header, for messages */
    int n_rho, n_r; /* points of F and of the functions of r */
    double d_rho, d_r, cutoff;
    double rho_max;  /* end of the table of F */
    double *embed;   /* [n][n_rho] F, eV */
    double *density; /* [n][n_r]; fs: [n][n][n_r], block (neighbour, centre) */
    double *rphi;    /* [n (n + 1) / 2][n_r] r * phi, eV A; pair a >= b at a (a + 1) / 2 + b */
};

/* Collective. Rank 0 reads, everyone parses. ERR_INPUT names file, line and remedy. The caller destroys. */
int eam_file_read(const struct comm *comm, const char *path, struct eam_file *file) MUST_CHECK;
/* Local. Parse a text; `name` stands for the file in messages. */
int eam_file_parse(const char *text, const char *name, struct eam_file *file) MUST_CHECK;
/* Local. Room for what format, n, n_rho and n_r say; names are left to the caller. */
int eam_file_allocate(struct eam_file *file) MUST_CHECK;
void eam_file_destroy(struct eam_file *file);
/* Local. Index of an element by symbol, -1 when absent. */
int eam_file_find(const struct eam_file *file, const char *symbol);
const char *eam_file_format_name(enum eam_format format);

#endif
