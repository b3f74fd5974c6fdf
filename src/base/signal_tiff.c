/* signal_tiff - images and multi-page stacks through libtiff: any of 8, 16, 32 (64 float) bits, one sample.
 *
 * Pages are found once (their offsets are kept: looking for page n from the front would cost n directories).
 * Calibration is ImageJ's: unit in the description, resolution in pixels per unit, finterval between frames.
 * Rejected: tiled files and colour (cameras do not write them). */
#include "base/mem.h"
#include "base/signal_file.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <tiffio.h>
#include <unistd.h>

struct signal_tiff {
    TIFF *file;
    char *path;
    uint64_t *offset; /* of each page's directory */
    int64_t n_pages, width, height, at;
    uint16_t bits, format;
    uint32_t strip_rows;
    char *strip; /* one, decoded */
};

static char complaint[256];

static void note(const char *module, const char *fmt, va_list args) {
    (void)module;
    vsnprintf(complaint, sizeof complaint, fmt, args);
}

static void silence(void) {
    TIFFSetErrorHandler(note);
    TIFFSetWarningHandler(NULL);
    complaint[0] = 0;
}

bool signal_tiff_is(const char *path) {
    const char *dot = strrchr(path, '.');
    return dot && (!strcasecmp(dot, ".tif") || !strcasecmp(dot, ".tiff"));
}

/* **Local.** What every page must have alike. */
static int check_page(struct signal_tiff *t, int64_t page) {
    uint32_t width = 0, height = 0, rows = 0;
    uint16_t bits = 1, samples = 1, format = SAMPLEFORMAT_UINT;
    TIFFGetField(t->file, TIFFTAG_IMAGEWIDTH, &width);
    TIFFGetField(t->file, TIFFTAG_IMAGELENGTH, &height);
    TIFFGetFieldDefaulted(t->file, TIFFTAG_BITSPERSAMPLE, &bits);
    TIFFGetFieldDefaulted(t->file, TIFFTAG_SAMPLESPERPIXEL, &samples);
    TIFFGetFieldDefaulted(t->file, TIFFTAG_SAMPLEFORMAT, &format);
    TIFFGetFieldDefaulted(t->file, TIFFTAG_ROWSPERSTRIP, &rows);
    if (TIFFIsTiled(t->file)) FAIL(ERR_INPUT, "%s: is in tiles; save it in strips", t->path);
    if (samples != 1) FAIL(ERR_INPUT, "%s: has %u colours; save it in grey", t->path, samples);
    bool real = format == SAMPLEFORMAT_IEEEFP;
    if (real ? bits != 32 && bits != 64 : bits != 8 && bits != 16 && bits != 32)
        FAIL(ERR_INPUT, "%s: %u-bit %s numbers are not read; save it in 16 or 32 bits", t->path, bits,
             real ? "real" : "whole");
    if (page == 0) {
        t->width = width;
        t->height = height;
        t->bits = bits;
        t->format = format;
    } else if (t->width != width || t->height != height || t->bits != bits || t->format != format)
        FAIL(ERR_INPUT, "%s: page %lld is not like the first", t->path, (long long)page);
    return ERR_OK;
}

static int find_pages(struct signal_tiff *t) {
    int64_t room = 0;
    do {
        if (t->n_pages == room) {
            TRY(MEM_GROW(t->offset, room, 2 * room + 64));
            room = 2 * room + 64;
        }
        TRY(check_page(t, t->n_pages));
        t->offset[t->n_pages++] = TIFFCurrentDirOffset(t->file);
    } while (TIFFReadDirectory(t->file));
    if (complaint[0])
        FAIL(ERR_INPUT, "%s: is damaged after page %lld: %s", t->path, (long long)t->n_pages - 1, complaint);
    return ERR_OK;
}

static int go_to(struct signal_tiff *t, int64_t page) {
    if (t->at == page) return ERR_OK;
    if (!TIFFSetSubDirectory(t->file, t->offset[page]))
        FAIL(ERR_INPUT, "%s: cannot read page %lld: %s", t->path, (long long)page, complaint);
    t->at = page;
    uint32_t rows = 0;
    TIFFGetFieldDefaulted(t->file, TIFFTAG_ROWSPERSTRIP, &rows);
    t->strip_rows = rows > t->height || rows == 0 ? (uint32_t)t->height : rows;
    mem_free(&t->strip);
    return MEM_NEW(t->strip, TIFFStripSize(t->file));
}

/* **Local.** The number after "KEY=" of ImageJ's description; `otherwise` when there is none. */
static double described(const char *text, const char *key, double otherwise) {
    const char *p = text ? strstr(text, key) : NULL;
    char *end;
    if (!p) return otherwise;
    double v = strtod(p + strlen(key), &end);
    return end > p + strlen(key) ? v : otherwise;
}

static int calibrate(struct signal *s) {
    struct signal_tiff *t = s->tiff;
    struct signal_axis *y = &s->shape.axis[s->shape.n_dims - 2], *x = y + 1;
    const char *text = NULL, *unit;
    float rx = 0, ry = 0;
    TIFFGetField(t->file, TIFFTAG_IMAGEDESCRIPTION, &text);
    TIFFGetField(t->file, TIFFTAG_XRESOLUTION, &rx);
    TIFFGetField(t->file, TIFFTAG_YRESOLUTION, &ry);
    if (text && described(text, "images=", (double)t->n_pages) > (double)t->n_pages)
        FAIL(ERR_INPUT,
             "%s: ImageJ's description speaks of %g images, the file has %lld pages; save it as BigTIFF",
             s->path, described(text, "images=", 0), (long long)t->n_pages);
    double interval = described(text, "finterval=", 0);
    if (s->shape.n_dims == 3 && interval > 0) {
        s->shape.axis[0].scale = interval;
        s->shape.axis[0].units = "s";
    }
    unit = text ? strstr(text, "unit=") : NULL;
    if (!unit || rx <= 0 || ry <= 0) return ERR_OK;
    char *word = NULL;
    TRY(mem_strndup(&word, unit + 5, strcspn(unit + 5, "\r\n")));
    int e = signal_file_keep(s, word, &x->units);
    mem_free(&word);
    y->units = x->units;
    x->scale = 1 / (double)rx;
    y->scale = 1 / (double)ry;
    return e;
}

int signal_tiff_open(struct signal *s) {
    struct signal_tiff *t = NULL;
    TRY(MEM_NEW(t, 1));
    s->tiff = t;
    TRY(mem_strdup(&t->path, s->path));
    if (access(s->path, R_OK)) FAIL(ERR_INPUT, "%s: cannot read it", s->path);
    silence();
    t->file = TIFFOpen(s->path, "r");
    if (!t->file) FAIL(ERR_INPUT, "%s: is not a TIFF file (%s)", s->path, complaint);
    TRY(find_pages(t));
    t->at = -1;
    TRY(go_to(t, 0));
    struct signal_shape *p = &s->shape;
    p->signal_type = p->title = p->quantity = p->note = "";
    p->type = H5_F32;
    int n = 0;
    if (t->n_pages > 1) p->axis[n++] = (struct signal_axis){"t", "px", t->n_pages, 1, 0, true};
    p->axis[n++] = (struct signal_axis){"y", "px", t->height, 1, 0, false};
    p->axis[n++] = (struct signal_axis){"x", "px", t->width, 1, 0, false};
    p->n_dims = n;
    return calibrate(s);
}

static float value(const struct signal_tiff *t, const char *p) {
    if (t->format == SAMPLEFORMAT_IEEEFP)
        return t->bits == 64 ? (float)*(const double *)p : *(const float *)p;
    if (t->format == SAMPLEFORMAT_INT)
        return t->bits == 8    ? (float)*(const int8_t *)p
               : t->bits == 16 ? (float)*(const int16_t *)p
                               : (float)*(const int32_t *)p;
    return t->bits == 8    ? (float)*(const uint8_t *)p
           : t->bits == 16 ? (float)*(const uint16_t *)p
                           : (float)*(const uint32_t *)p;
}

int signal_tiff_read(struct signal_tiff *t, int64_t page, int64_t row, int64_t n_rows, float *data) {
    if (page < 0 || page >= t->n_pages || row < 0 || row + n_rows > t->height)
        FAIL(ERR_INTERNAL, "%s: has no page %lld, rows %lld to %lld", t->path, (long long)page,
             (long long)row, (long long)(row + n_rows));
    TRY(go_to(t, page));
    int64_t bytes = t->bits / 8 * t->width, rows = t->strip_rows;
    for (int64_t strip = row / rows; strip * rows < row + n_rows; strip++) {
        int64_t from = strip * rows, end = from + rows < t->height ? from + rows : t->height;
        if (TIFFReadEncodedStrip(t->file, (uint32_t)strip, t->strip, (tmsize_t)((end - from) * bytes)) < 0)
            FAIL(ERR_INPUT, "%s: cannot read page %lld: %s", t->path, (long long)page, complaint);
        int64_t a = from > row ? from : row, b = end < row + n_rows ? end : row + n_rows;
        for (int64_t i = (a - from) * t->width; i < (b - from) * t->width; i++)
            data[(from - row) * t->width + i] = value(t, t->strip + i * (t->bits / 8));
    }
    return ERR_OK;
}

void signal_tiff_close(struct signal_tiff **tiff) {
    if (!*tiff) return;
    if ((*tiff)->file) TIFFClose((*tiff)->file);
    mem_free(&(*tiff)->offset);
    mem_free(&(*tiff)->strip);
    mem_free(&(*tiff)->path);
    mem_free(tiff);
}

/* --- writing --- */

/* **Local.** ImageJ knows "\u00c5" as such a text; TIFF descriptions are ASCII, so 1/A is written. */
static void ascii_unit(const char *units, char out[32]) {
    size_t n = 0;
    for (const char *p = units; *p && n < 30; p++) {
        if (!strncmp(p, "\xc3\x85", 2)) {
            out[n++] = 'A';
            p++;
        } else out[n++] = *p;
    }
    out[n] = 0;
}

static int put_page(TIFF *tiff, const struct signal_shape *shape, int64_t page, int64_t pages,
                    const float *data) {
    const struct signal_axis *y = &shape->axis[shape->n_dims - 2], *x = y + 1;
    char text[256], unit[32];
    ascii_unit(x->units, unit);
    TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, (uint32_t)x->size);
    TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, (uint32_t)y->size);
    TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, 32);
    TIFFSetField(tiff, TIFFTAG_SAMPLEFORMAT, SAMPLEFORMAT_IEEEFP);
    TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, 1);
    TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISBLACK);
    TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP, (uint32_t)y->size);
    TIFFSetField(tiff, TIFFTAG_RESOLUTIONUNIT, RESUNIT_NONE);
    TIFFSetField(tiff, TIFFTAG_XRESOLUTION, (float)(1 / fabs(x->scale)));
    TIFFSetField(tiff, TIFFTAG_YRESOLUTION, (float)(1 / fabs(y->scale)));
    if (page == 0) {
        int n = snprintf(text, sizeof text, "ImageJ=1.53a\nimages=%lld\n", (long long)pages);
        if (pages > 1)
            n += snprintf(text + n, sizeof text - (size_t)n, "frames=%lld\nfinterval=%g\n", (long long)pages,
                          shape->axis[0].scale);
        snprintf(text + n, sizeof text - (size_t)n, "unit=%s\n", unit);
        TIFFSetField(tiff, TIFFTAG_IMAGEDESCRIPTION, text);
    }
    if (TIFFWriteEncodedStrip(tiff, 0, (void *)data, (tmsize_t)(x->size * y->size * 4)) < 0) return 1;
    return !TIFFWriteDirectory(tiff);
}

static int put(const char *path, const struct signal_shape *shape, const float *data) {
    int64_t pages = shape->n_dims == 3 ? shape->axis[0].size : 1;
    int64_t size = shape->axis[shape->n_dims - 1].size * shape->axis[shape->n_dims - 2].size;
    char *partial = NULL;
    TRY(h5_partial(path, &partial));
    silence();
    TIFF *tiff = TIFFOpen(partial, pages * size > (int64_t)900000000 ? "w8" : "w");
    int bad = !tiff;
    for (int64_t k = 0; k < pages && !bad; k++) bad = put_page(tiff, shape, k, pages, data + k * size);
    if (tiff) TIFFClose(tiff);
    int e = ERR_OK;
    if (bad) {
        unlink(partial);
        e = err_set(ERR_WRITE, __FILE__, __LINE__, "%s: cannot write it: %s", path, complaint);
    } else e = h5_settle(partial, path);
    mem_free(&partial);
    return e;
}

int signal_put_tiff(const struct comm *comm, const char *path, const struct signal_shape *shape,
                    const float *data) {
    if (shape->n_dims < 2 || shape->n_dims > 3)
        FAIL(ERR_INTERNAL, "%s: a TIFF holds an image or a stack, not %d axes", path, shape->n_dims);
    return err_agree(comm, comm->rank == 0 ? put(path, shape, data) : ERR_OK);
}
