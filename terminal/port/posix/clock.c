/*
 * 时钟: a wall clock that can be set, and a monotonic one that cannot and begins anew with the engine. A porter has a
 * clock chip with a battery in the place of the file `clock`, which keeps the difference from the machine's own.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include "port.h"

static const char *const parts[] = {"year", "month", "day", "hour", "minute", "second"};
static const int64_t min[] = {1970, 1, 1, 0, 0, 0}, max[] = {2099, 12, 31, 23, 59, 59};
static const int64_t DAY_MS = 86400000;
static int64_t offset_ms, started_ms;
void clock_open(void) {
    size_t length;
    char *text = (char *)read_file(in_folder("clock"), &length);
    if (text != NULL) offset_ms = strtoll(text, NULL, 10);
    free(text);
}
/* Days from 1970-01-01 to the first of a month, in the Gregorian calendar; its years begin in March here. */
static int64_t days_before(int64_t year, int64_t month) {
    int64_t of = month > 2 ? year : year - 1, since_march = month > 2 ? month - 3 : month + 9;
    return of * 365 + of / 4 - of / 100 + of / 400 + (153 * since_march + 2) / 5 - 719468;
}
JSValue clock_now(JSContext *ctx, JSValueConst *argv) {
    int64_t ms = board_wall_ms() + offset_ms, days = ms / DAY_MS - (ms % DAY_MS < 0);
    (void)argv;
    int64_t second = (ms - days * DAY_MS) / 1000, year = 1969 + days / (days < 0 ? 365 : 366), month = 1;
    while (days_before(year + 1, 1) <= days) year++;
    while (month < 12 && days_before(year, month + 1) <= days) month++;
    days -= days_before(year, month);
    const int64_t value[] = {year, month, days + 1, second / 3600, second / 60 % 60, second % 60};
    JSValue now = JS_NewObject(ctx);
    for (int at = 0; at < 6; at++) object_set(ctx, now, parts[at], JS_NewInt64(ctx, value[at]));
    return now;
}
/* A day that its month does not have counts on into the next, as the registers of a clock chip do. */
JSValue clock_set(JSContext *ctx, JSValueConst *argv) {
    int64_t value[6] = {0};
    for (int at = 0; at < 6; at++) {
        JSValue part = JS_GetPropertyStr(ctx, argv[0], parts[at]);
        if (!arg_int(ctx, part, "clock: no such time", min[at], max[at], &value[at])) return JS_EXCEPTION;
    }
    int64_t days = days_before(value[0], value[1]) + value[2] - 1, minutes = value[3] * 60 + value[4];
    offset_ms = days * DAY_MS + (minutes * 60 + value[5]) * 1000 - board_wall_ms();
    char text[32];
    if (!write_file(in_folder("clock"), text, (size_t)sprintf(text, "%" PRId64 "\n", offset_ms)))
        warn("clock: what it was set to is not kept");
    return JS_UNDEFINED;
}
JSValue clock_monotonicMs(JSContext *ctx, JSValueConst *argv) {
    return (void)argv, JS_NewInt64(ctx, board_monotonic_ms() - started_ms);
}
void clock_reset(void) { started_ms = board_monotonic_ms(); }
/* A sleeper lies in the guest's heap, and goes with it. Its end is no deadline: later for 0 ms too, and no result. */
static void woken(void *of) {
    JSContext *ctx = vm_context();
    wait_settle(of, JS_UNDEFINED);
    js_free(ctx, of);
}
JSValue clock_sleep(JSContext *ctx, JSValueConst *argv) {
    double ms = -1;
    screen_show();
    JS_ToFloat64(ctx, &ms, argv[0]);
    if (!(ms >= 0 && ms <= TIMEOUT_MS_MAX)) return range_error(ctx, "time-out: 0 to %d ms", TIMEOUT_MS_MAX);
    struct wait *wait = js_mallocz(ctx, sizeof *wait);
    JSValue promise = wait == NULL ? JS_EXCEPTION : wait_begin(ctx, wait, JS_NewInt32(ctx, TIMEOUT_MS_MAX), "");
    if (!JS_IsException(promise)) timer_start(&wait->deadline, (int64_t)(ms + 0.999999), woken, wait);
    return promise;
}
