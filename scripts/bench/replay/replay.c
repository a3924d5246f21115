/*
 * Runs the application's bytecode against a tape of what a device has answered before: the port's own engine, heap and
 * order of settling (terminal/port/posix: vm.c, heap.c, value.c), and no device. So one run of a terminal can be had again,
 * to the call, on a processor that has no port, and its heap compared.
 *
 *     replay BYTECODE TAPE      bytecode: program.bc; the tape, one entry a line:
 *     C NAME JSON               the next instant call is NAME and gives this (bytes: { "hex": "…" }, nothing: -)
 *     S ID JSON                 then the ID-th waiting call is settled with this
 *     M NAME                    then the heap is said
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "port.h"

enum { CALLS_MAX = 65536, BYTECODE_AT = 72, MAC_BYTES = 32 };

struct config config = {.heap_bytes = 4 * 1024 * 1024};
const bool board_is_rig = true;
static char **answers, **events;
static size_t answer_count, event_count, answered;
static struct wait waiting[CALLS_MAX];
static int waited;
static uint8_t *program;
static size_t program_length;
static bool over;

_Noreturn void die(int code, const char *format, ...) {
    va_list rest;
    va_start(rest, format);
    vfprintf(stderr, format, rest);
    fputc('\n', stderr);
    exit(code);
}
void warn(const char *format, ...) { (void)format; }
bool board_install(JSContext *ctx, JSValueConst device) { return (void)ctx, (void)device, true; }
void timer_start(struct timer *timer, int64_t ms, void (*fire)(void *of), void *of) {
    (void)timer, (void)ms, (void)fire, (void)of; /* what is late is on the tape */
}
void timer_stop(struct timer *timer) { (void)timer; }
const uint8_t *program_bytecode(size_t *length) {
    *length = program_length - BYTECODE_AT - MAC_BYTES;
    return program + BYTECODE_AT;
}
void machine_ended(const char *why, bool hung, bool restart) {
    (void)hung, (void)restart;
    over = true;
    printf("ended %s\n", why);
}

static JSValue bytes_of(JSContext *ctx, JSValue hex) {
    size_t length;
    const char *text = JS_ToCStringLen(ctx, &length, hex);
    uint8_t *bytes = malloc(length / 2 + 1);
    for (size_t i = 0; i < length / 2; i++) sscanf(text + 2 * i, "%2hhx", &bytes[i]);
    JSValue made = new_bytes(ctx, bytes, length / 2);
    JS_FreeCString(ctx, text);
    JS_FreeValue(ctx, hex);
    return free(bytes), made;
}
/* `value` (taken over), with bytes where they are, two levels deep. */
static JSValue revived(JSContext *ctx, JSValue value, int depth) {
    if (!JS_IsObject(value)) return value;
    JSValue hex = JS_GetPropertyStr(ctx, value, "hex");
    if (JS_IsString(hex)) return JS_FreeValue(ctx, value), bytes_of(ctx, hex);
    JSPropertyEnum *names = NULL;
    uint32_t count = 0;
    if (depth > 0) JS_GetOwnPropertyNames(ctx, &names, &count, value, JS_GPN_STRING_MASK | JS_GPN_ENUM_ONLY);
    for (uint32_t i = 0; i < count; i++) {
        JS_SetProperty(ctx, value, names[i].atom, revived(ctx, JS_GetProperty(ctx, value, names[i].atom), depth - 1));
        JS_FreeAtom(ctx, names[i].atom);
    }
    js_free(ctx, names);
    return value;
}
static JSValue value_of(JSContext *ctx, const char *json) {
    return *json == '-' ? JS_UNDEFINED : revived(ctx, JS_ParseJSON(ctx, json, strlen(json), "tape"), 2);
}

static JSValue INSTANT(JSContext *ctx, const char *name) {
    size_t length = strlen(name);
    if (answered == answer_count) die(1, "the tape has no more answers, and %s is called", name);
    const char *answer = answers[answered++];
    if (strncmp(answer, name, length) != 0 || answer[length] != ' ') die(1, "%s is called, and the tape has %s", name, answer);
    return value_of(ctx, answer + length + 1);
}
static JSValue WAITS(JSContext *ctx, const char *name) {
    if (waited == CALLS_MAX) die(1, "too many calls wait, the last is %s", name);
    return wait_begin(ctx, &waiting[waited++], JS_NewInt32(ctx, TIMEOUT_MS_MAX), "timeout");
}
#define ROW(peripheral, method, kind)                                      \
    JSValue peripheral##_##method(JSContext *ctx, JSValueConst *argv) {    \
        return (void)argv, kind(ctx, #peripheral "." #method);             \
    }
DEVICE_CALLS(ROW)

static uint8_t *whole_file(const char *path, size_t *length) {
    FILE *file = fopen(path, "rb");
    size_t room = 16 * 1024 * 1024;
    uint8_t *bytes = malloc(room);
    if (file == NULL || bytes == NULL) die(1, "%s cannot be read", path);
    *length = fread(bytes, 1, room - 1, file);
    bytes[*length] = '\0';
    return fclose(file), bytes;
}
static void read_tape(char *text) {
    answers = malloc(CALLS_MAX * 16 * sizeof *answers), events = malloc(CALLS_MAX * sizeof *events);
    for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n"))
        if (*line == 'C') answers[answer_count++] = line + 2;
        else events[event_count++] = line;
}

int main(int count, char **words) {
    size_t length;
    if (count != 3) die(2, "replay BYTECODE TAPE");
    program = whole_file(words[1], &program_length);
    read_tape((char *)whole_file(words[2], &length));
    vm_start();
    for (size_t i = 0; i < event_count && !over; i++) {
        struct heap_use use = heap_use();
        if (*events[i] == 'M') printf("%s %zu %zu\n", events[i] + 2, use.used, use.peak);
        if (*events[i] != 'S') continue;
        char *json;
        long id = strtol(events[i] + 2, &json, 10);
        if (id >= waited || !wait_settle(&waiting[id], value_of(vm_context(), json + 1))) die(1, "nobody waits: %s", events[i]);
        vm_drain();
    }
    return answered == answer_count && !over ? 0 : 1;
}
