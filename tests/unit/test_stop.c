/* Reasons to stop: signals, wall time, SLURM's end, a stop file. */
#define _GNU_SOURCE
#include "base/stop.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

static void test_signals(void **state) {
    (void)state;
    const int number[] = {SIGUSR1, SIGTERM, SIGINT};
    const enum stop_reason reason[] = {STOP_USR1, STOP_TERM, STOP_INT};
    const char *const text[] = {"SIGUSR1", "SIGTERM", "SIGINT"};
    for (int k = 0; k < 3; k++) {
        stop_init(0, 0, NULL);
        assert_int_equal(stop_wanted(), STOP_NONE);
        raise(number[k]);
        assert_int_equal(stop_wanted(), reason[k]);
        assert_int_equal(stop_wanted(), reason[k]);
        assert_string_equal(stop_text(stop_wanted()), text[k]);
        stop_finish();
        assert_int_equal(stop_wanted(), STOP_NONE);
    }
    stop_init(0, 0, NULL);
    raise(SIGTERM);
    raise(SIGUSR1); /* the larger reason stays */
    assert_int_equal(stop_wanted(), STOP_TERM);
    stop_finish();
    struct sigaction now;
    sigaction(SIGUSR1, NULL, &now);
    assert_true(now.sa_handler == SIG_DFL);
}

static void test_walltime(void **state) {
    (void)state;
    stop_init(1000, 10, NULL);
    assert_int_equal(stop_wanted(), STOP_NONE);
    stop_init(1000, 1001, NULL); /* the margin is all there is */
    assert_int_equal(stop_wanted(), STOP_WALLTIME);
    stop_init(1e-6, 0, NULL); /* counted from the start of the process, which has passed */
    usleep(30000);
    assert_int_equal(stop_wanted(), STOP_WALLTIME);
    char end[32];
    snprintf(end, sizeof end, "%ld", (long)time(NULL) + 60);
    setenv("SLURM_JOB_END_TIME", end, 1);
    stop_init(1e6, 10, NULL);
    assert_int_equal(stop_wanted(), STOP_NONE);
    stop_init(1e6, 120, NULL);
    assert_int_equal(stop_wanted(), STOP_WALLTIME);
    stop_init(0, 120, NULL);
    assert_int_equal(stop_wanted(), STOP_WALLTIME);
    unsetenv("SLURM_JOB_END_TIME");
    stop_finish();
}

static void test_file(void **state) {
    (void)state;
    char path[] = "/tmp/vitrine-stop-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    stop_init(0, 0, path);
    assert_int_equal(stop_wanted(), STOP_FILE);
    assert_string_equal(stop_text(STOP_FILE), "stop file");
    unlink(path);
    stop_init(0, 0, path);
    assert_int_equal(stop_wanted(), STOP_NONE);
    stop_finish();
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_signals), cmocka_unit_test(test_walltime),
                                       cmocka_unit_test(test_file)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
