/*
 * 时钟: a wall clock that can be set, and a monotonic one that cannot and begins anew with the engine. A porter has a
 * clock chip with a battery in the place of the file `clock`, which keeps the difference from the machine's own.
 */
#define _DEFAULT_SOURCE /* timegm: it and gmtime only count here, there are no zones */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "port.h"

_Static_assert(sizeof(time_t) == 8, "a terminal outlives January 2038");
static const char *const parts[] = {"year", "month", "day", "hour", "minute", "second"};
static const int min[] = {1970, 1, 1, 0, 0, 0}, max[] = {2099, 12, 31, 23, 59, 59};
static const int64_t END_MS = 4102444800000; /* of 2099 */
static int64_t offset_ms, started_ms;

/* What is no number, or leads out of the years that the contract knows, counts as never set. */
void clock_open(void) {
    size_t length;
    char *text = (char *)read_file(in_folder("clock"), &length), *end;
    if (text == NULL) return;
    int64_t wall_ms = board_wall_ms(), offset = strtoll(text, &end, 10);
    bool number = end > text && end + (*end == '\n') == text + length;
    if (number && offset >= -wall_ms && offset < END_MS - wall_ms) offset_ms = offset;
    else warn("%s: holds no time that a clock can show: the machine's own counts", in_folder("clock"));
    free(text);
}

CALL(clock_now) {
    int64_t ms = board_wall_ms() + offset_ms;
    time_t seconds = ms / 1000 - (ms % 1000 < 0);
    struct tm at;
    gmtime_r(&seconds, &at);
    const int value[] = {at.tm_year + 1900, at.tm_mon + 1, at.tm_mday, at.tm_hour, at.tm_min, at.tm_sec};
    JSValue now = JS_NewObject(ctx);
    for (int part = 0; part < 6; part++) object_set(ctx, now, parts[part], JS_NewInt32(ctx, value[part]));
    return now;
}

/* A day that its month does not have counts on into the next, as the registers of a clock chip do. */
CALL(clock_set) {
    int64_t value[6];
    for (int part = 0; part < 6; part++) {
        JSValue given = JS_GetPropertyStr(ctx, argv[0], parts[part]);
        if (!arg_int(ctx, given, "clock: no such time", min[part], max[part], &value[part])) return JS_EXCEPTION;
    }
    struct tm at = {.tm_year = (int)value[0] - 1900, .tm_mon = (int)value[1] - 1, .tm_mday = (int)value[2],
                    .tm_hour = (int)value[3], .tm_min = (int)value[4], .tm_sec = (int)value[5]};
    offset_ms = (int64_t)timegm(&at) * 1000 - board_wall_ms();
    char text[32];
    if (!write_file(in_folder("clock"), text, (size_t)sprintf(text, "%" PRId64 "\n", offset_ms)))
        warn("clock: what it was set to is not kept");
    return JS_UNDEFINED;
}

CALL(clock_monotonicMs) { return JS_NewInt64(ctx, board_monotonic_ms() - started_ms); }
void clock_reset(void) { started_ms = board_monotonic_ms(); }

/* A sleeper lies in the guest's heap, and goes with it. Its end is no deadline: later for 0 ms too, and no result. */
static void woken(void *of) {
    JSContext *ctx = vm_context();
    wait_settle(of, JS_UNDEFINED);
    js_free(ctx, of);
}

CALL(clock_sleep) {
    double ms = -1;
    screen_show();
    if (JS_IsNumber(argv[0])) JS_ToFloat64(ctx, &ms, argv[0]);
    if (!(ms >= 0 && ms <= TIMEOUT_MS_MAX)) return range_error(ctx, "time-out: 0 to %d ms", TIMEOUT_MS_MAX);
    struct wait *wait = js_mallocz(ctx, sizeof *wait);
    JSValue promise = wait == NULL ? JS_EXCEPTION : wait_begin(ctx, wait, JS_NewInt32(ctx, TIMEOUT_MS_MAX), "");
    if (!JS_IsException(promise)) timer_start(&wait->deadline, (int64_t)(ms + 0.999999), woken, wait);
    return promise;
}
