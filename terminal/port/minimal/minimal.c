/*
 * The smallest port: display, keypad and link. What else the contract has answers as an absent part answers, or ends
 * the run where the contract has no answer for that: ABSENT, below.
 *
 *     shuaka-device-minimal PROGRAM.js [HOST PORT]
 *
 * Of ../posix it keeps what knows no hardware: the engine's vm.c, value.c, heap.c, loop.c; display.c, charset.c,
 * clock.c, inbox.c. With board.c and stream.c of ../posix it is a device whose keys are words, with those of the rig
 * (rig.c) the conformance suite drives it, with yours it is a port. It runs one program, ends when the run ends (its
 * supervisor starts it again), keeps nothing without power, and believes its file: a product verifies (program.c).
 */
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../posix/port.h"

enum { QUEUED_MAX = 32, SEND_BYTES_MAX = 4096, UNREAD_BYTES_MAX = 65536, COMPILE_STACK_BYTES = 1024 * 1024 };

struct config config = {.heap_bytes = 2 * 1024 * 1024};

/* ---- display: brings a picture onto the glass, here as the word `screen`. It is whole whenever the program waits. */

void front_screen(const struct picture *picture) {
    static const char *const truth[] = {"false", "true"};
    printf("screen {\"columns\":%d,\"rows\":[", picture->columns);
    for (int row = 0; row < picture->rows; row++) {
        printf("%s{\"text\":\"", row > 0 ? "," : "");
        for (const char *at = picture->row[row]; *at != '\0'; at++)
            printf(*at == '"' || *at == '\\' ? "\\%c" : "%c", *at);
        printf("\",\"runs\":[");
        for (int at = 0; at < picture->run_count[row]; at++) {
            const struct picture_run *run = &picture->runs[row][at];
            printf("%s{\"from\":%d,\"to\":%d,\"style\":\"%s\"}", at ? "," : "", run->from, run->to, styles[run->style]);
        }
        printf("]}");
    }
    printf("],\"icons\":{\"signedOn\":%s,\"owed\":%s,\"paperOut\":%s},", truth[picture->signed_on],
           truth[picture->owed], truth[picture->paper_out]);
    printf("\"quality\":%d,\"secure\":false,\"lit\":%s}\n", picture->quality, truth[picture->lit]);
}

/* ---- keypad: a porter calls key_pressed() in the event that his key matrix makes */

const char *const keys[] = {KEYS, NULL};
static int queue[QUEUED_MAX], queued; /* the oldest first */
static struct wait key_wait;

static JSValue key_result(JSContext *ctx, int key) {
    JSValue result = kind_object(ctx, "key");
    return object_set(ctx, result, "key", JS_NewString(ctx, keys[key])) ? result : JS_EXCEPTION;
}
static bool key_pressed(const char *name) {
    for (int key = 0; keys[key] != NULL; key++) {
        if (strcmp(keys[key], name) != 0) continue;
        if (key_wait.pending) wait_settle(&key_wait, key_result(vm_context(), key));
        else if (queued < QUEUED_MAX) queue[queued++] = key;
        return true;
    }
    return false;
}
CALL(keypad_next) {
    screen_show();
    if (key_wait.pending) return settled_kind(ctx, "busy");
    if (queued == 0) return wait_begin(ctx, &key_wait, argv[0], "timeout");
    int key = queue[0];
    memmove(queue, queue + 1, (size_t)--queued * sizeof queue[0]);
    return settled(ctx, key_result(ctx, key));
}
CALL(keypad_cancel) { return wait_settle_kind(&key_wait, "cancelled"), JS_UNDEFINED; }
CALL(keypad_flush) { return queued = 0, JS_UNDEFINED; }

/* ---- link: over stream_dial(), stream_send() and stream_close(), which are a porter's modem, and its three events */

static enum { NONE, DIALLING, OPEN } line;
static bool plugged = true;
static uint8_t unread[UNREAD_BYTES_MAX];
static size_t unread_length;
static void given_up(void);
static struct wait open_wait = {.ended = given_up}, receive_wait;

static void hang_up(bool keep_unread) {
    if (line != NONE) stream_close();
    line = NONE;
    if (!keep_unread) unread_length = 0;
}
/* The wait for an answer has ended without one. */
static void given_up(void) {
    if (line == DIALLING) hang_up(false);
}
static void opened(bool open) {
    line = open ? OPEN : NONE;
    wait_settle_kind(&open_wait, open ? "open" : "refused");
}
static JSValue all_unread(JSContext *ctx) {
    JSValue result = kind_object(ctx, "bytes");
    bool whole = object_set(ctx, result, "bytes", new_bytes(ctx, unread, unread_length));
    return unread_length = 0, whole ? result : JS_EXCEPTION;
}
static void arrived(const uint8_t *bytes, size_t length) {
    if (length > UNREAD_BYTES_MAX - unread_length) return hang_up(false); /* a host that will not stop */
    memcpy(unread + unread_length, bytes, length);
    unread_length += length;
    if (receive_wait.pending) wait_settle(&receive_wait, all_unread(vm_context()));
}
static void closed(void) {
    hang_up(true);
    wait_settle_kind(&receive_wait, "closed");
}
static const struct stream_events events = {opened, arrived, closed};

CALL(link_open) {
    screen_show();
    if (open_wait.pending || receive_wait.pending) return settled_kind(ctx, "busy");
    hang_up(false);
    if (!plugged) return settled_kind(ctx, "noLine");
    JSValue promise = wait_begin(ctx, &open_wait, argv[0], "timeout");
    if (!open_wait.pending) return promise; /* 0 ms: no host answers at once */
    line = DIALLING;
    stream_dial(&events);
    return promise;
}
CALL(link_send) {
    const uint8_t *bytes;
    size_t length;
    screen_show();
    if (!arg_bytes(ctx, argv[0], "link: bytes to send", 1, SEND_BYTES_MAX, &bytes, &length)) return JS_EXCEPTION;
    if (line != OPEN) return settled_kind(ctx, "closed");
    stream_send(bytes, length);
    return settled_kind(ctx, "sent");
}
CALL(link_receive) {
    screen_show();
    if (open_wait.pending || receive_wait.pending) return settled_kind(ctx, "busy");
    if (unread_length > 0) return settled(ctx, all_unread(ctx));
    return line == OPEN ? wait_begin(ctx, &receive_wait, argv[0], "timeout") : settled_kind(ctx, "closed");
}
CALL(link_cancel) {
    wait_settle_kind(&open_wait, "cancelled");
    return wait_settle_kind(&receive_wait, "cancelled"), JS_UNDEFINED;
}
CALL(link_close) {
    hang_up(false);
    wait_settle_kind(&open_wait, "cancelled");
    return wait_settle_kind(&receive_wait, "closed"), JS_UNDEFINED;
}
CALL(link_quality) { return JS_NewInt32(ctx, plugged ? 4 : 0); }
CALL(link_security) { return JS_NewString(ctx, "plain"); }

bool link_plugged(void) { return plugged; }
void operator_cable(bool plug) {
    plugged = plug;
    screen_changed();
    if (plug) return;
    hang_up(true);
    wait_settle_kind(&open_wait, "noLine");
    wait_settle_kind(&receive_wait, "closed");
}

/* ---- info: a device has these where its factory has put them */

static JSValue parsed(JSContext *ctx, const char *json) { return JS_ParseJSON(ctx, json, strlen(json), "minimal"); }

CALL(info_identity) {
    return parsed(ctx, "{\"maker\":\"Example\",\"model\":\"minimal\",\"serial\":\"MIN00001\","
                       "\"runtime\":\"minimal 1.0.0\"}");
}
CALL(info_setup) {
    return parsed(ctx, "{\"terminalId\":\"10000001\",\"merchantId\":\"898320153110001\",\"merchantName\":\"Example\","
                       "\"tpdu\":\"6000030000\",\"profile\":\"mall\",\"dialect\":\"cup\",\"keySlot\":1,"
                       "\"parameters\":{},\"stores\":[]}");
}
CALL(info_restart) { return vm_restart(), JS_UNDEFINED; }

/* ---- what is absent, and what it answers. What has no answer is a bug of the program that asks: the run ends. */

#define ABSENT(name, answer) CALL(name) { return answer; }
#define NO_SUCH range_error(ctx, "%s: this device has none", __func__)
#define NO_KEY kind_object(ctx, "noKey")
#define NO_SECTORS parsed(ctx, "{\"sectorBytes\":4096,\"sectorCount\":0,\"unitBytes\":4}")
#define WORD(word) JS_NewString(ctx, word)
#define PROMISE(kind) (screen_show(), settled_kind(ctx, kind))

static struct wait card_wait;
CALL(reader_wait) {
    screen_show();
    return card_wait.pending ? settled_kind(ctx, "busy") : wait_begin(ctx, &card_wait, argv[0], "timeout");
}
CALL(reader_cancel) { return wait_settle_kind(&card_wait, "cancelled"), JS_UNDEFINED; }
ABSENT(secure_enterPin, PROMISE("noKey"))
ABSENT(secure_changePin, PROMISE("noKey"))
ABSENT(secure_inject, PROMISE("noIdentity"))
ABSENT(secure_renewMaster, PROMISE("noIdentity"))
ABSENT(secure_cancel, JS_UNDEFINED)
ABSENT(secure_mac, NO_KEY)
ABSENT(secure_verifyMac, JS_FALSE)
ABSENT(secure_encryptTrack, NO_KEY)
ABSENT(secure_loadWorkingKeys, NO_KEY)
ABSENT(secure_slot, parsed(ctx, "{\"version\":0}"))
ABSENT(secure_raiseFloor, WORD("storage"))
ABSENT(secure_floor, NO_SUCH) ABSENT(secure_random, NO_SUCH) ABSENT(secure_deviceTag, NO_SUCH)
ABSENT(secure_hash, NO_SUCH) ABSENT(secure_verify, NO_SUCH) ABSENT(secure_sign, NO_SUCH)
ABSENT(secure_reportKey, NO_SUCH)
ABSENT(printer_columns, JS_NewInt32(ctx, 32))
ABSENT(printer_paper, WORD("out"))
ABSENT(printer_print, PROMISE("fault"))
ABSENT(flash_geometry, NO_SECTORS)
ABSENT(flash_read, NO_SUCH) ABSENT(flash_program, NO_SUCH) ABSENT(flash_erase, NO_SUCH)
ABSENT(slots_geometry, NO_SECTORS)
ABSENT(slots_read, NO_SUCH) ABSENT(slots_program, NO_SUCH) ABSENT(slots_erase, NO_SUCH) ABSENT(slots_hash, NO_SUCH)
ABSENT(slots_running, parsed(ctx, "{\"place\":\"factory\",\"trial\":false}"))
ABSENT(slots_factory, NO_SUCH) ABSENT(slots_readFactory, NO_SUCH)

/* No storage: what clock.c wants kept is lost. */
const char *in_folder(const char *name) { return name; }
uint8_t *read_file(const char *path, size_t *length) { return (void)path, *length = 0, NULL; }
bool write_file(const char *path, const void *bytes, size_t length) {
    return (void)path, (void)bytes, (void)length, false;
}

/* ---- the program as vm.c takes it: bytecode of an array of the one name that a bare engine makes, and the script */

static uint8_t *bytecode;
static size_t bytecode_length;
const uint8_t *program_bytecode(size_t *length) { return *length = bytecode_length, bytecode; }

static void program_read(const char *path) {
    FILE *file = fopen(path, "r");
    char *texts[] = {"AggregateError", NULL}, why[160] = "is not there";
    size_t room = 0;
    if (file == NULL || getdelim(&texts[1], &room, '\0', file) < 0) die(EXIT_PROGRAM, "%s: %s", path, why);
    fclose(file);
    JSRuntime *runtime = JS_NewRuntime(); /* it stays, for the bytecode is its own */
    JS_SetMaxStackSize(runtime, COMPILE_STACK_BYTES);
    JSContext *ctx = JS_NewContext(runtime);
    JSValue list = JS_NewArray(ctx);
    for (uint32_t i = 0; i < 2; i++) {
        int flags = JS_EVAL_TYPE_GLOBAL | JS_EVAL_FLAG_COMPILE_ONLY;
        JSValue script = JS_Eval(ctx, texts[i], strlen(texts[i]), "program.js", flags);
        if (JS_IsException(script)) thrown_line(ctx, why, sizeof why), die(EXIT_PROGRAM, "%s: %s", path, why);
        JS_SetPropertyUint32(ctx, list, i, script);
    }
    bytecode = JS_WriteObject(ctx, &bytecode_length, list, JS_WRITE_OBJ_BYTECODE);
    free(texts[1]);
}

/* ---- what main.c and pipe.c are to the whole port: the words of what is there, one run, and its end */

bool pipe_obey(char *word) {
    char *rest = word + strcspn(word, "\t");
    if (*rest != '\0') *rest++ = '\0';
    if (strcmp(word, "key") == 0) return key_pressed(rest);
    if (strcmp(word, "cable") == 0) return operator_cable(*rest == '1'), true;
    return strcmp(word, "paper") == 0; /* there is none, in or out */
}

static void complain(const char *format, va_list rest) {
    fputs("shuaka-device-minimal: ", stderr);
    vfprintf(stderr, format, rest);
    fputc('\n', stderr);
}
void warn(const char *format, ...) {
    va_list rest;
    va_start(rest, format);
    complain(format, rest);
    va_end(rest);
}
void die(int code, const char *format, ...) {
    va_list rest;
    va_start(rest, format);
    complain(format, rest);
    exit(code);
}

void machine_ended(const char *why, bool hung, bool restart) {
    die(EXIT_HALTED, "%s%s", restart ? "info.restart()" : why, hung ? ", without end" : "");
}

/* A line is an event of the loop, as an interrupt is on hardware; without a buffer, of which poll(2) would not know. */
static void word_came(int file, void *of) {
    char word[80];
    (void)file, (void)of;
    if (fgets(word, sizeof word, stdin) == NULL) exit(EXIT_ENDED);
    word[strcspn(word, "\n")] = '\0';
    if (!pipe_obey(word)) warn("nobody knows the word: %s", word);
}

int main(int count, char **words) {
    if (count == 4) config.host = words[2], config.port = atoi(words[3]);
    if (count != 2 && config.port < 1) die(EXIT_USAGE, "wanted: shuaka-device-minimal PROGRAM.js [HOST PORT]");
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (!board_is_rig) setvbuf(stdin, NULL, _IONBF, 0), watch(STDIN_FILENO, POLLIN, word_came, NULL);
    program_read(words[1]);
    charset_open(), clock_reset(), display_reset();
    vm_start(), event_end();
    for (;;) loop_once();
}
