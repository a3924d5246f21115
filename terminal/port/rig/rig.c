/*
 * The test rig: in the place of board.c and stream.c. Time, chance and the line come from a driver at the other end of
 * standard input and output, so a run is the same every time. Not part of the product, and none of it is in its binary.
 *
 * Beside the words of pipe.c, fields separated by tabs (a blank is taken as well). Out:
 *   idle N           all that followed from the last word has happened; N: when the next timer is due, -1: none
 *   random N         wants N random bytes, and obeys words until `random HEX` comes
 *   dial, send HEX, hang-up
 *   rig ID NAME JSON the program has called device.rig.NAME with these arguments, an array. An instant call obeys words
 *                    until its `rig-answer` comes, a waiting one does not block
 *   heap JSON        used, peak and limit in bytes, and requests
 * In:
 *   time MONO WALL   the first one is the power: words before it are obeyed at once, and have no `idle` of their own
 *   dialled 0|1, bytes HEX, closed
 *   random HEX, rig-answer ID JSON
 *   rig-calls JSON   { name: 'instant' or 'waits' }, before the power; without it there is no device.rig
 *   fail-at K        the K-th request for memory from now fails
 *   cut CHIP N       the power goes inside the N-th operation of that chip from now (0: the next): exit code 99
 *   heap
 *   watchdog S       the last watchdog is of S seconds
 *   hang-on          the next event never ends
 * After its start and each word the rig says `idle`, but not after one that it obeyed while it waited for an answer.
 * A word that nobody knows ends the run.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "port.h"

#define EXIT_CUT 99
#define WAITING_MAX 8

const bool board_is_rig = true;

static bool powered;
static int64_t monotonic_ms, wall_ms;
static const struct stream_events *stream; /* NULL: hung up */
static bool is_open;
static char *drawn;                        /* hexadecimal, of the last `random` */
static char *calls;                        /* JSON of `rig-calls` */
static int last_id;
static char *answered;                     /* JSON, of the instant call `last_id` */
static struct waiting {
    int id;
    struct wait wait;
} waiting[WAITING_MAX];
static int cut_chip = -1;
static int64_t cut_after;

static void obey_next(void);

/* Bytes of `hex` in `out`, which may be the same memory. */
static size_t from_hex(const char *hex, uint8_t *out, size_t most) {
    size_t length = strlen(hex) / 2;
    if (length > most) die(EXIT_USAGE, "rig: more bytes than were asked for");
    for (size_t i = 0; i < length; i++) {
        char two[3] = {hex[2 * i], hex[2 * i + 1], '\0'}, *end;
        out[i] = (uint8_t)strtoul(two, &end, 16);
        if (end != two + 2) die(EXIT_USAGE, "rig: no hexadecimal digits: %s", two);
    }
    return length;
}

static char *kept(char *old, const char *text) { return free(old), strdup(text); }

static void time_is(char *rest) {
    powered = sscanf(rest, "%" SCNd64 " %" SCNd64, &monotonic_ms, &wall_ms) == 2;
    if (!powered) die(EXIT_USAGE, "rig: time MONO WALL");
}

static void dialled(char *rest) {
    if (stream == NULL || is_open) return;
    is_open = rest[0] == '1';
    stream->opened(is_open);
}

static void bytes_came(char *rest) {
    uint8_t *bytes = (uint8_t *)rest;
    size_t length = from_hex(rest, bytes, strlen(rest));
    if (is_open) stream->bytes(bytes, length);
}

static void host_closed(char *rest) {
    const struct stream_events *told = stream;
    bool was_open = is_open;
    (void)rest;
    stream = NULL;
    is_open = false;
    if (was_open) told->closed();
    else if (told != NULL) told->opened(false);
}

static void random_is(char *rest) { drawn = kept(drawn, rest); }
static void calls_are(char *rest) { calls = kept(calls, rest); }
static void fail_at(char *rest) { heap_fail_at(strtoull(rest, NULL, 10)); }
static void cut(char *rest) {
    if (sscanf(rest, "%d %" SCNd64, &cut_chip, &cut_after) != 2) die(EXIT_USAGE, "rig: cut CHIP N");
}

static void watchdog_is(char *rest) { watchdog_s = (unsigned)strtoul(rest, NULL, 10); }

static void never(void *of) {
    (void)of;
    for (;;) pause();
}

static void hang_on(char *rest) {
    static struct timer now;
    (void)rest;
    timer_start(&now, 0, never, NULL);
}

static void heap(char *rest) {
    (void)rest;
    struct heap_use use = heap_use();
    printf("heap {\"used\":%zu,\"peak\":%zu,\"limit\":%zu,\"requests\":%" PRIu64 "}\n", use.used, use.peak, use.limit,
        use.requests);
}

static void rig_answer(char *rest) {
    char *json;
    int id = (int)strtol(rest, &json, 10);
    json += strspn(json, "\t ");
    for (int i = 0; i < WAITING_MAX; i++) {
        if (!waiting[i].wait.pending || waiting[i].id != id) continue;
        wait_settle(&waiting[i].wait, JS_ParseJSON(vm_context(), json, strlen(json), "rig-answer"));
        return;
    }
    if (id == last_id) answered = kept(answered, json);
}

static const struct word {
    const char *name;
    void (*obey)(char *rest);
} words[] = {
    {"time", time_is}, {"dialled", dialled}, {"bytes", bytes_came}, {"closed", host_closed}, {"random", random_is},
    {"fail-at", fail_at}, {"cut", cut}, {"heap", heap}, {"rig-answer", rig_answer}, {"rig-calls", calls_are},
    {"watchdog", watchdog_is}, {"hang-on", hang_on},
};

static void obey(char *line) {
    size_t length = strcspn(line, "\t ");
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strlen(words[i].name) != length || memcmp(line, words[i].name, length) != 0) continue;
        words[i].obey(line[length] == '\0' ? line + length : line + length + 1);
        return;
    }
    if (!pipe_obey(line)) die(EXIT_USAGE, "rig: nobody knows the word: %s", line);
}

/* Waits for one line, and ends where they end. The line is this call's own: obeying it may wait for others. */
static void obey_next(void) {
    char *line = NULL;
    size_t size = 0;
    fflush(stdout);
    watchdog(false);
    ssize_t length = getline(&line, &size, stdin);
    watchdog(true);
    if (length < 0) exit(EXIT_ENDED);
    if (length > 0 && line[length - 1] == '\n') line[length - 1] = '\0';
    obey(line);
    free(line);
}

static void want_power(void) {
    while (!powered) obey_next();
}

/* ---- board.c */

int64_t board_monotonic_ms(void) { return want_power(), monotonic_ms; }
int64_t board_wall_ms(void) { return want_power(), wall_ms; }

void board_random(uint8_t *out, size_t length) {
    want_power();
    printf("random %zu\n", length);
    while (drawn == NULL) obey_next();
    if (from_hex(drawn, out, length) != length) die(EXIT_USAGE, "rig: fewer bytes than were asked for");
    free(drawn);
    drawn = NULL;
}

void board_wait(int64_t until_ms, struct pollfd *files, int count) {
    (void)files, (void)count; /* there are none but the driver's */
    want_power();
    if (until_ms >= 0 && until_ms <= monotonic_ms) return;
    printf("idle %" PRId64 "\n", until_ms);
    obey_next();
    event_end();
}

/* ---- stream.c */

void stream_dial(const struct stream_events *events) {
    stream = events;
    is_open = false;
    printf("dial\n");
}

void stream_send(const uint8_t *bytes, size_t length) {
    printf("send ");
    for (size_t i = 0; i < length; i++) printf("%02x", bytes[i]);
    printf("\n");
}

void stream_close(void) {
    stream = NULL;
    is_open = false;
    printf("hang-up\n");
}

/* ---- what only a rig has */

void flash_half_done(int chip) {
    if (chip != cut_chip || cut_after-- > 0) return;
    fflush(stdout);
    _exit(EXIT_CUT);
}

static JSValue instant_result(JSContext *ctx) {
    while (answered == NULL) obey_next();
    JSValue result = JS_ParseJSON(ctx, answered, strlen(answered), "rig-answer");
    free(answered);
    answered = NULL;
    return result;
}

static JSValue waiting_result(JSContext *ctx) {
    struct waiting *room = waiting;
    while (room < waiting + WAITING_MAX && room->wait.pending) room++;
    if (room == waiting + WAITING_MAX) return range_error(ctx, "rig: at most %d calls wait", WAITING_MAX);
    room->id = last_id;
    JSValue promise = wait_begin(ctx, &room->wait, JS_NewInt32(ctx, TIMEOUT_MS_MAX), "timeout");
    timer_stop(&room->wait.deadline); /* as long as the driver takes */
    return promise;
}

/* device.rig.NAME(…); `data` is the name. */
static JSValue rig_call(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv, int waits, JSValue *data) {
    (void)self;
    JSValue args = JS_NewArray(ctx);
    for (int i = 0; i < argc; i++) JS_SetPropertyUint32(ctx, args, (uint32_t)i, JS_DupValue(ctx, argv[i]));
    JSValue text = JS_JSONStringify(ctx, args, JS_UNDEFINED, JS_UNDEFINED);
    JS_FreeValue(ctx, args);
    const char *json = JS_ToCString(ctx, text), *name = JS_ToCString(ctx, data[0]);
    if (json == NULL || name == NULL) return JS_EXCEPTION;
    printf("rig %d %s %s\n", ++last_id, name, json);
    JS_FreeCString(ctx, json);
    JS_FreeCString(ctx, name);
    JS_FreeValue(ctx, text);
    return waits ? waiting_result(ctx) : instant_result(ctx);
}

bool board_install(JSContext *ctx, JSValueConst device) {
    JSPropertyEnum *names = NULL;
    uint32_t count = 0;
    want_power();
    if (calls == NULL) return true;
    JSValue kinds = JS_ParseJSON(ctx, calls, strlen(calls), "rig-calls"), rig = JS_NewObject(ctx);
    if (JS_GetOwnPropertyNames(ctx, &names, &count, kinds, JS_GPN_STRING_MASK | JS_GPN_ENUM_ONLY) != 0)
        die(EXIT_USAGE, "rig: rig-calls JSON");
    for (uint32_t i = 0; i < count; i++) {
        JSValue name = JS_AtomToString(ctx, names[i].atom), kind = JS_GetProperty(ctx, kinds, names[i].atom);
        const char *word = JS_ToCString(ctx, kind);
        bool waits = word != NULL && strcmp(word, "waits") == 0;
        JS_SetProperty(ctx, rig, names[i].atom, JS_NewCFunctionData(ctx, rig_call, 0, waits, 1, &name));
        JS_FreeCString(ctx, word);
        JS_FreeValue(ctx, kind);
        JS_FreeValue(ctx, name);
        JS_FreeAtom(ctx, names[i].atom);
    }
    js_free(ctx, names);
    JS_FreeValue(ctx, kinds);
    return object_set(ctx, device, "rig", rig);
}
