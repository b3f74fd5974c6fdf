/* waves_float - the engines in single precision. */
#define _GNU_SOURCE /* sincos */
#include "analysis/microscope/waves.h"
#include "base/fft.h"
#include "base/mem.h"

#include <fftw3.h>
#include <gsl/gsl_integration.h>
#include <math.h>
#include <string.h>

#define REAL float
#define FFTW(name) fftwf_##name
#define REAL_SIN_COS sincosf

#include "analysis/microscope/plane.h"
#include "analysis/microscope/slices.h"
#include "analysis/microscope/engines.h"

const struct waves_kind waves_float = {"single", engines_create, engines_add, engines_leave, engines_destroy};
