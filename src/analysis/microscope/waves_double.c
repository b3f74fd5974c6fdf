/* waves_double - the engines in double precision. */
#define _GNU_SOURCE /* sincos */
#include "analysis/microscope/waves.h"
#include "base/fft.h"
#include "base/mem.h"

#include <fftw3.h>
#include <gsl/gsl_integration.h>
#include <math.h>
#include <string.h>

#define REAL double
#define FFTW(name) fftw_##name
#define REAL_SIN_COS sincos

#include "analysis/microscope/plane.h"
#include "analysis/microscope/slices.h"
#include "analysis/microscope/engines.h"

const struct waves_kind waves_double = {"double", engines_create, engines_add, engines_leave,
                                        engines_destroy};
