/* unit - one table of units; a number is scaled by shifting its decimal exponent before strtod sees it.
 *
 * Most units differ from ours by a power of ten: "2 fs" is read as "2e-3", so the result is the correctly
 * rounded double of 0.002 and not of 2 times a rounded 0.001. The few others (GPa, deg, C, min) are computed
 * in long double. Printing searches the shortest decimal that this same parser reads back to the same bits,
 * so the two are inverse by construction. Rejected: strtod and one multiplication (2 fs and 0.002 ps then
 * differ in the last bit, and some values have no text that reads back). */
#include "base/unit.h"
#include "base/deck.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PI_L 3.14159265358979323846264338327950288L

struct scale {
    const char *name;
    int shift;          /* internal = number * 10^shift * factor + offset */
    long double factor; /* 0 stands for 1, exactly */
    long double offset;
};

/* units of a dimension: the canonical one first, then the order in which a person expects them */
static const struct scale length_u[] = {{"A", 0, 0, 0},  {"pm", -2, 0, 0}, {"nm", 1, 0, 0}, {"um", 4, 0, 0},
                                        {"mm", 7, 0, 0}, {"cm", 8, 0, 0},  {"m", 10, 0, 0}, {NULL, 0, 0, 0}};
static const struct scale area_u[] = {{"A2", 0, 0, 0},   {"nm2", 2, 0, 0},  {"um2", 8, 0, 0},
                                      {"mm2", 14, 0, 0}, {"cm2", 16, 0, 0}, {"m2", 20, 0, 0},
                                      {NULL, 0, 0, 0}};
static const struct scale volume_u[] = {{"A3", 0, 0, 0},   {"nm3", 3, 0, 0}, {"um3", 12, 0, 0},
                                        {"cm3", 24, 0, 0}, {"m3", 30, 0, 0}, {NULL, 0, 0, 0}};
static const struct scale time_u[] = {{"ps", 0, 0, 0},       {"fs", -3, 0, 0},      {"ns", 3, 0, 0},
                                      {"us", 6, 0, 0},       {"ms", 9, 0, 0},       {"s", 12, 0, 0},
                                      {"min", 12, 60.0L, 0}, {"h", 12, 3600.0L, 0}, {NULL, 0, 0, 0}};
static const struct scale energy_u[] = {{"eV", 0, 0, 0},
                                        {"meV", -3, 0, 0},
                                        {"keV", 3, 0, 0},
                                        {"J", 19, 1 / 1.602176634L, 0},
                                        {"kJ/mol", 0, 1 / 96.48533212331001L, 0}, /* N_A e / 1000 */
                                        {"kcal/mol", 0, 4.184L / 96.48533212331001L, 0},
                                        {NULL, 0, 0, 0}};
static const struct scale mass_u[] = {{"g/mol", 0, 0, 0}, {"kg/mol", 3, 0, 0}, {NULL, 0, 0, 0}};
static const struct scale temperature_u[] = {
    {"K", 0, 0, 0}, {"mK", -3, 0, 0}, {"kK", 3, 0, 0}, {"C", 0, 0, 273.15L}, {NULL, 0, 0, 0}};
static const struct scale pressure_u[] = {{"GPa", 0, 1 / 160.2176634L, 0},
                                          {"MPa", -3, 1 / 160.2176634L, 0},
                                          {"kPa", -6, 1 / 160.2176634L, 0},
                                          {"Pa", -9, 1 / 160.2176634L, 0},
                                          {"bar", -4, 1 / 160.2176634L, 0},
                                          {"kbar", -1, 1 / 160.2176634L, 0},
                                          {"atm", -9, 101325 / 160.2176634L, 0},
                                          {"eV/A3", 0, 0, 0},
                                          {NULL, 0, 0, 0}};
static const struct scale heating_u[] = {{"K/s", -12, 0, 0},
                                         {"K/min", -12, 1 / 60.0L, 0},
                                         {"K/h", -12, 1 / 3600.0L, 0},
                                         {"K/ms", -9, 0, 0},
                                         {"K/us", -6, 0, 0},
                                         {"K/ns", -3, 0, 0},
                                         {"K/ps", 0, 0, 0},
                                         {"K/fs", 3, 0, 0},
                                         {"C/s", -12, 0, 0},
                                         {"C/min", -12, 1 / 60.0L, 0},
                                         {NULL, 0, 0, 0}};
static const struct scale velocity_u[] = {{"A/ps", 0, 0, 0},   {"A/fs", 3, 0, 0},   {"nm/ps", 1, 0, 0},
                                          {"nm/ns", -2, 0, 0}, {"m/s", -2, 0, 0},   {"km/s", 1, 0, 0},
                                          {"um/s", -8, 0, 0},  {"nm/s", -11, 0, 0}, {NULL, 0, 0, 0}};
static const struct scale frequency_u[] = {{"1/ps", 0, 0, 0},  {"1/fs", 3, 0, 0},  {"1/ns", -3, 0, 0},
                                           {"1/us", -6, 0, 0}, {"1/s", -12, 0, 0}, {"Hz", -12, 0, 0},
                                           {"kHz", -9, 0, 0},  {"MHz", -6, 0, 0},  {"GHz", -3, 0, 0},
                                           {"THz", 0, 0, 0},   {NULL, 0, 0, 0}};
static const struct scale strain_u[] = {{"1/s", -12, 0, 0}, {"1/min", -12, 1 / 60.0L, 0},
                                        {"1/us", -6, 0, 0}, {"1/ns", -3, 0, 0},
                                        {"1/ps", 0, 0, 0},  {NULL, 0, 0, 0}};
static const struct scale angle_u[] = {
    {"deg", 0, PI_L / 180, 0}, {"rad", 0, 0, 0}, {"mrad", -3, 0, 0}, {NULL, 0, 0, 0}};
static const struct scale density_u[] = {{"g/cm3", 0, 1 / 1.6605390666L, 0},
                                         {"kg/m3", -3, 1 / 1.6605390666L, 0},
                                         {"g/mol/A3", 0, 0, 0},
                                         {NULL, 0, 0, 0}};
static const struct scale wavenumber_u[] = {
    {"1/A", 0, 0, 0}, {"1/nm", -1, 0, 0}, {"1/um", -4, 0, 0}, {"1/pm", 2, 0, 0}, {NULL, 0, 0, 0}};
static const struct scale voltage_u[] = {{"kV", 3, 0, 0}, {"V", 0, 0, 0}, {"MV", 6, 0, 0}, {NULL, 0, 0, 0}};
/* eV ps/A^3: 1 Pa s = 10^12 ps * 10^-9 GPa */
static const struct scale viscosity_u[] = {{"Pa s", 3, 1 / 160.2176634L, 0},
                                           {"mPa s", 0, 1 / 160.2176634L, 0},
                                           {"eV ps/A3", 0, 0, 0},
                                           {NULL, 0, 0, 0}};
/* eV/A^2: 1 J/m^2 = 1/16.02176634 */
static const struct scale surface_u[] = {{"J/m2", -1, 1 / 1.602176634L, 0},
                                         {"mJ/m2", -4, 1 / 1.602176634L, 0},
                                         {"eV/A2", 0, 0, 0},
                                         {NULL, 0, 0, 0}};
static const struct scale surface_rate_u[] = {
    {"1/nm2/s", -14, 0, 0}, {"1/m2/s", -32, 0, 0}, {"1/A2/ps", 0, 0, 0}, {NULL, 0, 0, 0}};
static const struct scale volume_rate_u[] = {
    {"1/nm3/s", -15, 0, 0}, {"1/m3/s", -42, 0, 0}, {"1/A3/ps", 0, 0, 0}, {NULL, 0, 0, 0}};
/* 1 m^2/s = 10^20 A^2 / 10^12 ps */
static const struct scale diffusivity_u[] = {
    {"m2/s", 8, 0, 0}, {"cm2/s", 4, 0, 0}, {"nm2/s", -10, 0, 0}, {"A2/ps", 0, 0, 0}, {NULL, 0, 0, 0}};
static const struct scale bytes_u[] = {
    {"MB", 6, 0, 0},     {"B", 0, 0, 0},         {"kB", 3, 0, 0},           {"GB", 9, 0, 0}, {"TB", 12, 0, 0},
    {"kiB", 0, 1024, 0}, {"MiB", 0, 1048576, 0}, {"GiB", 0, 1073741824, 0}, {NULL, 0, 0, 0}};
static const struct scale duration_u[] = {{"s", 0, 0, 0},    {"ms", -3, 0, 0},   {"min", 0, 60, 0},
                                          {"h", 0, 3600, 0}, {"d", 0, 86400, 0}, {NULL, 0, 0, 0}};

static const struct dim {
    const char *name;
    const struct scale *units;
    const char *typical[2]; /* what a message proposes */
    const char *accepted;   /* in the order of size */
} dims[UNIT_COUNT] = {
    [UNIT_NONE] = {"plain number", NULL, {NULL, NULL}, ""},
    [UNIT_LENGTH] = {"length", length_u, {"nm", "A"}, "pm A nm um mm cm m"},
    [UNIT_AREA] = {"area", area_u, {"nm2", "A2"}, "A2 nm2 um2 mm2 cm2 m2"},
    [UNIT_VOLUME] = {"volume", volume_u, {"nm3", "A3"}, "A3 nm3 um3 cm3 m3"},
    [UNIT_TIME] = {"time", time_u, {"fs", "ps"}, "fs ps ns us ms s min h"},
    [UNIT_ENERGY] = {"energy", energy_u, {"eV", "meV"}, "meV eV keV kJ/mol kcal/mol J"},
    [UNIT_MASS] = {"mass", mass_u, {"g/mol", NULL}, "g/mol kg/mol"},
    [UNIT_TEMPERATURE] = {"temperature", temperature_u, {"K", NULL}, "mK K kK C"},
    [UNIT_PRESSURE] = {"pressure", pressure_u, {"GPa", "bar"}, "Pa kPa MPa GPa bar kbar atm eV/A3"},
    [UNIT_HEATING_RATE] = {"heating rate",
                           heating_u,
                           {"K/s", "K/ps"},
                           "K/h K/min K/s K/ms K/us K/ns K/ps K/fs C/min C/s"},
    [UNIT_VELOCITY] = {"velocity", velocity_u, {"A/ps", "m/s"}, "nm/s um/s m/s nm/ns A/ps nm/ps km/s A/fs"},
    [UNIT_FREQUENCY] = {"frequency",
                        frequency_u,
                        {"1/ps", "1/s"},
                        "1/s Hz kHz MHz GHz THz 1/us 1/ns 1/ps 1/fs"},
    [UNIT_STRAIN_RATE] = {"strain rate", strain_u, {"1/s", "1/ns"}, "1/min 1/s 1/us 1/ns 1/ps"},
    [UNIT_ANGLE] = {"angle", angle_u, {"deg", "mrad"}, "deg mrad rad"},
    [UNIT_DENSITY] = {"density", density_u, {"g/cm3", NULL}, "g/cm3 kg/m3 g/mol/A3"},
    [UNIT_WAVENUMBER] = {"wave number", wavenumber_u, {"1/A", "1/nm"}, "1/um 1/nm 1/A 1/pm"},
    [UNIT_VOLTAGE] = {"voltage", voltage_u, {"kV", NULL}, "V kV MV"},
    [UNIT_VISCOSITY] = {"viscosity", viscosity_u, {"Pa s", NULL}, "mPa s, Pa s, eV ps/A3"},
    [UNIT_SURFACE_ENERGY] = {"surface energy", surface_u, {"J/m2", "eV/A2"}, "mJ/m2 J/m2 eV/A2"},
    [UNIT_SURFACE_RATE] = {"rate per area", surface_rate_u, {"1/nm2/s", NULL}, "1/m2/s 1/nm2/s 1/A2/ps"},
    [UNIT_VOLUME_RATE] = {"rate per volume", volume_rate_u, {"1/nm3/s", NULL}, "1/m3/s 1/nm3/s 1/A3/ps"},
    [UNIT_DIFFUSIVITY] = {"diffusivity", diffusivity_u, {"m2/s", "A2/ps"}, "nm2/s cm2/s A2/ps m2/s"},
    [UNIT_BYTES] = {"amount of memory", bytes_u, {"GB", "MB"}, "B kB MB GB TB kiB MiB GiB"},
    [UNIT_DURATION] = {"duration", duration_u, {"h", "min"}, "ms s min h d"},
};

static char message[512];

const char *unit_name(enum unit_dim dim) {
    return dims[dim].name;
}

const char *unit_canonical(enum unit_dim dim) {
    return dims[dim].units ? dims[dim].units[0].name : "";
}

const char *unit_accepted(enum unit_dim dim) {
    return dims[dim].accepted;
}

/* Reduced units leave wall clock, memory and angles alone. */
static bool is_reduced(enum unit_dim dim, bool lj) {
    return lj && dim != UNIT_ANGLE && dim != UNIT_BYTES && dim != UNIT_DURATION;
}

/* "2.5e3nm": length of the number in front, 0 when there is none. */
static size_t number_length(const char *s) {
    const char *p = s;
    if (*p == '+' || *p == '-') p++;
    size_t whole = strspn(p, "0123456789"), part = 0;
    p += whole;
    if (*p == '.') {
        part = strspn(p + 1, "0123456789");
        p += 1 + part;
    }
    if (whole + part == 0) return 0;
    if (*p == 'e' || *p == 'E') {
        const char *q = p + 1;
        if (*q == '+' || *q == '-') q++;
        size_t n = strspn(q, "0123456789");
        if (n) p = q + n;
    }
    return (size_t)(p - s);
}

/* Unit text in the table's spelling: no '^', ASCII letters for the signs that people paste. */
static void spell(const char *s, char *out, size_t size) {
    static const char *const sign[][2] = {{"\xc3\x85", "A"},
                                          {"\xe2\x84\xab", "A"},
                                          {"\xc2\xb5", "u"},
                                          {"\xce\xbc", "u"},
                                          {"\xc2\xb0"
                                           "C",
                                           "C"},
                                          {"\xc2\xb0", "deg"},
                                          {"\xc2\xb2", "2"},
                                          {"\xc2\xb3", "3"},
                                          {"\xc2\xb7", " "},
                                          {"^", ""},
                                          {"*", " "}};
    size_t n = 0;
    while (*s && n + 4 < size) {
        size_t k = 0, m = sizeof sign / sizeof sign[0];
        while (k < m && strncmp(s, sign[k][0], strlen(sign[k][0]))) k++;
        if (k < m) {
            n += (size_t)snprintf(out + n, size - n, "%s", sign[k][1]);
            s += strlen(sign[k][0]);
        } else {
            out[n++] = *s++;
        }
    }
    while (n && out[n - 1] == ' ') n--;
    out[n] = 0;
}

static const struct scale *find(enum unit_dim dim, const char *unit) {
    if (!dims[dim].units) return NULL;
    for (const struct scale *u = dims[dim].units; u->name; u++)
        if (!strcmp(u->name, unit)) return u;
    return NULL;
}

static const char *article(const char *name) {
    return strchr("aeiou", name[0]) ? "an" : "a";
}

/* "a time such as '2 fs'", with the number the user wrote. */
static void wanted(enum unit_dim dim, const char *number, char *out, size_t size) {
    if (dim == UNIT_NONE) snprintf(out, size, "a plain number such as '%s'", number);
    else
        snprintf(out, size, "%s %s such as '%s %s'", article(dims[dim].name), dims[dim].name, number,
                 dims[dim].typical[0]);
}

/* The message about a number without unit, or with one that this dimension does not have. */
static int refuse_unit(const char *text, const char *number, const char *unit, enum unit_dim dim) {
    char want[128];
    const char *const *t = dims[dim].typical;
    wanted(dim, number, want, sizeof want);
    if (!*unit && t[1])
        snprintf(message, sizeof message, "needs a unit of %s; did you mean '%s %s' or '%s %s'?",
                 dims[dim].name, number, t[0], number, t[1]);
    else if (!*unit)
        snprintf(message, sizeof message, "needs a unit of %s; did you mean '%s %s'?", dims[dim].name, number,
                 t[0]);
    else {
        for (int d = 1; d < UNIT_COUNT; d++)
            if (find((enum unit_dim)d, unit)) {
                snprintf(message, sizeof message, "'%.80s' is %s %s; needs %s", text, article(dims[d].name),
                         dims[d].name, want);
                return ERR_DECK;
            }
        const char *names[64], *near = NULL;
        int n = 0;
        for (const struct scale *u = dims[dim].units; u && u->name; u++) names[n++] = u->name;
        near = deck_nearest(unit, names, n);
        if (!near) {
            n = 0;
            for (int d = 1; d < UNIT_COUNT; d++) {
                for (const struct scale *u = dims[d].units; u->name && n < 64; u++) names[n++] = u->name;
                if (!near) near = dim == UNIT_NONE ? deck_nearest(unit, names, n) : NULL;
                n = 0;
            }
        }
        if (near && dim != UNIT_NONE)
            snprintf(message, sizeof message, "unknown unit '%.40s'; did you mean '%s %s'? It needs %s", unit,
                     number, near, want);
        else
            snprintf(message, sizeof message, "'%.80s' is not a number with a known unit; needs %s", text,
                     want);
    }
    return ERR_DECK;
}

/* The number with its decimal exponent moved by shift, as strtod and strtold take it. */
static void shifted(const char *s, size_t len, int shift, char *out, size_t size) {
    size_t e = 0;
    while (e < len && s[e] != 'e' && s[e] != 'E') e++;
    long exponent = e < len ? strtol(s + e + 1, NULL, 10) : 0;
    if (exponent > 100000) exponent = 100000;
    if (exponent < -100000) exponent = -100000;
    snprintf(out, size, "%.*se%ld", (int)e, s, exponent + shift);
}

/* Internal value of a number of `len` characters in unit u (NULL: as it is). */
static int convert(const char *s, size_t len, const struct scale *u, double *value) {
    char text[400];
    if (len > 300) return ERR_DECK;
    shifted(s, len, u ? u->shift : 0, text, sizeof text);
    errno = 0;
    if (!u || (u->factor == 0.0L && u->offset == 0.0L)) {
        *value = strtod(text, NULL);
    } else {
        long double x = strtold(text, NULL);
        if (u->factor != 0) x *= u->factor;
        *value = (double)(x + u->offset);
    }
    if (!isfinite(*value)) return ERR_DECK;
    if (*value == 0 && !(u && u->offset != 0)) { /* underflow is a slip of the pen, not a zero */
        size_t mantissa = strcspn(text, "eE");
        for (size_t i = 0; i < mantissa; i++)
            if (text[i] >= '1' && text[i] <= '9') return ERR_DECK;
        *value = 0; /* no negative zero */
    }
    return ERR_OK;
}

int unit_parse(const char *text, enum unit_dim dim, bool lj, double *value, const char **why) {
    const char *s = text + strspn(text, " ");
    size_t len = number_length(s);
    char number[64], unit[64], want[128];
    *why = message;
    if (!len) {
        wanted(is_reduced(dim, lj) ? UNIT_NONE : dim, "1", want, sizeof want);
        snprintf(message, sizeof message, "'%.80s' is not a number; needs %s", text, want);
        return ERR_DECK;
    }
    snprintf(number, sizeof number, "%.*s", (int)(len < 40 ? len : 40), s);
    const char *rest = s + len + strspn(s + len, " ");
    spell(rest, unit, sizeof unit);
    const struct scale *u = NULL;
    if (is_reduced(dim, lj)) {
        if (*unit) {
            snprintf(message, sizeof message,
                     "'%.80s' has a unit, but with 'units: lj' numbers are reduced; needs a plain number "
                     "such as '%s'",
                     text, number);
            return ERR_DECK;
        }
    } else if (dim != UNIT_NONE || *unit) {
        u = find(dim, unit);
        if (!u) return refuse_unit(text, number, unit, dim);
    }
    if (convert(s, len, u, value)) {
        wanted(is_reduced(dim, lj) ? UNIT_NONE : dim, "1", want, sizeof want);
        snprintf(message, sizeof message,
                 "'%.80s' is too large, too small or too long for a number; needs %s", text, want);
        return ERR_DECK;
    }
    return ERR_OK;
}

/* Digits and exponent without a fraction, or ERR_DECK. */
static int whole_digits(const char *s, size_t len, long long *value) {
    char digits[400];
    int n = 0;
    long exponent = 0;
    bool negative = s[0] == '-', fraction = false;
    if (len > 300) return ERR_DECK;
    for (size_t i = 0; i < len; i++) {
        if (s[i] == 'e' || s[i] == 'E') {
            exponent += strtol(s + i + 1, NULL, 10);
            break;
        }
        if (s[i] == '.') fraction = true;
        if (s[i] < '0' || s[i] > '9') continue;
        digits[n++] = s[i];
        if (fraction) exponent--;
    }
    while (n > 1 && digits[n - 1] == '0' && exponent < 0) {
        n--;
        exponent++;
    }
    int start = 0;
    while (start < n && digits[start] == '0') start++;
    if (start == n) {
        *value = 0;
        return ERR_OK;
    }
    if (exponent < 0 || exponent > 18 || n - start + exponent > 19) return ERR_DECK;
    long long x = 0;
    for (int i = start; i < n + exponent; i++) {
        int digit = i < n ? digits[i] - '0' : 0;
        if (__builtin_mul_overflow(x, 10LL, &x) || __builtin_sub_overflow(x, (long long)digit, &x))
            return ERR_DECK;
    }
    if (!negative && x == LLONG_MIN) return ERR_DECK;
    *value = negative ? x : -x;
    return ERR_OK;
}

int unit_parse_int(const char *text, long long *value, const char **why) {
    const char *s = text + strspn(text, " ");
    size_t len = number_length(s);
    *why = message;
    if (len && s[len + strspn(s + len, " ")]) {
        snprintf(message, sizeof message,
                 "'%.80s' is more than a number; needs a whole number such as '%.*s'", text,
                 (int)(len < 40 ? len : 40), s);
        return ERR_DECK;
    }
    if (!len) {
        snprintf(message, sizeof message, "'%.80s' is not a number; needs a whole number such as '1'", text);
        return ERR_DECK;
    }
    if (whole_digits(s, len, value)) {
        snprintf(message, sizeof message,
                 "'%.80s' is not whole or too large; needs a whole number such as '1'", text);
        return ERR_DECK;
    }
    return ERR_OK;
}

/* Mantissa digits and exponent ("%.*Le") laid out as a person writes them: 0.002, 6912, 1e13. */
static void lay_out(const char *scientific, char *out, size_t size) {
    char digits[48];
    int n = 0, exponent = 0;
    bool negative = scientific[0] == '-';
    for (const char *p = scientific; *p; p++) {
        if (*p == 'e') {
            exponent = (int)strtol(p + 1, NULL, 10);
            break;
        }
        if (*p >= '0' && *p <= '9' && n < 40) digits[n++] = *p;
    }
    while (n > 1 && digits[n - 1] == '0') n--;
    digits[n] = 0;
    const char *sign = negative ? "-" : "";
    if (exponent < -4 || exponent > 8)
        snprintf(out, size, "%s%c%s%se%d", sign, digits[0], n > 1 ? "." : "", digits + 1, exponent);
    else if (exponent < 0) snprintf(out, size, "%s0.%.*s%s", sign, -exponent - 1, "00000000", digits);
    else if (n <= exponent + 1) snprintf(out, size, "%s%s%.*s", sign, digits, exponent + 1 - n, "000000000");
    else snprintf(out, size, "%s%.*s.%s", sign, exponent + 1, digits, digits + exponent + 1);
}

void unit_format(double value, enum unit_dim dim, bool lj, char out[64]) {
    const struct scale *u = is_reduced(dim, lj) || !dims[dim].units ? NULL : &dims[dim].units[0];
    char scientific[64], number[128];
    if (!isfinite(value)) {
        snprintf(out, 64, "%g", value);
        return;
    }
    long double x = value;
    if (u) {
        x -= u->offset;
        if (u->factor != 0) x /= u->factor;
        for (int k = 0; k < u->shift; k++) x /= 10;
        for (int k = 0; k > u->shift; k--) x *= 10;
    }
    for (int digits = 0; digits <= 21; digits++) {
        double back;
        snprintf(scientific, sizeof scientific, "%.*Le", digits, x);
        lay_out(scientific, number, sizeof number);
        if (convert(number, strlen(number), u, &back) == ERR_OK && back == value) break;
    }
    snprintf(out, 64, "%.40s%s%s", number, u ? " " : "", u ? u->name : "");
}
