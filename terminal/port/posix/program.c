/*
 * 引导 boot chain: which program runs, and its bytecode. Never a byte goes into the engine that was not verified: the
 * program built in has the hash of build_info.h, one in a slot that of its boot record (terminal/boot), bytecode a MAC
 * under a key of this device, over the name of the engine and the hash of the source that it was made from. A porter finds
 * program.js in the firmware, and a place for program.bc: a file, or sectors of their own.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "build_info.h"
#include "port.h"

#define TRIES 3
#define PROGRAM_BYTES_MAX (1024 * 1024) /* of the whole chip */
#define STACK_BYTES (1024 * 1024)
static const char next_script[] = "\n//# next script\n";
static const uint8_t built_for[] = BUILD_ENGINE;

/* program.bc: this header, bytecode, and HMAC-SHA-256 over all before it. */
struct header {
    char magic[8];
    uint8_t engine[32], source[32];
};
#define MAC_BYTES 32
#define MAGIC "SKBC 1\n"

static struct source {
    uint8_t *bytes; /* NUL after them */
    size_t length;
    uint8_t hash[32];
} factory, slot, *chosen; /* `slot`: what the first stage had loaded last, the very bytes that it hashed */
static struct started started;
static uint8_t *sealed; /* all of program.bc */
static size_t sealed_length;

const struct started *program_started(void) { return &started; }

const uint8_t *program_factory(size_t *length) {
    *length = factory.length;
    return factory.bytes;
}

/* In the binary's own folder, where the build puts the program. */
static const char *beside_binary(const char *name) {
    static char path[4096];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 64);
    while (length > 0 && path[length - 1] != '/') length--;
    sprintf(path + (length > 0 ? length : 0), "%s", name);
    return path;
}

void program_open(const char *path) {
    static const uint8_t right[] = BUILD_PROGRAM_SHA256;
    bool is_named = path != NULL;
    if (!is_named) path = in_folder("program.js");
    factory.bytes = read_file(path, &factory.length);
    if (factory.bytes == NULL && !is_named) factory.bytes = read_file(path = beside_binary("program.js"), &factory.length);
    if (factory.bytes == NULL) die(EXIT_PROGRAM, "%s: there is no program", path);
    sha256(factory.bytes, factory.length, factory.hash);
    if (!board_is_rig && !equal_bytes(factory.hash, right, sizeof right))
        die(EXIT_PROGRAM, "%s: is damaged, or not the program that this runtime was built for", path);
}

/* ---- the first stage, and its `board` */

static JSValue load(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv) {
    uint32_t address = 0, length = 0;
    (void)self, (void)argc;
    JS_ToUint32(ctx, &address, argv[0]);
    JS_ToUint32(ctx, &length, argv[1]);
    free(slot.bytes);
    slot.length = length <= PROGRAM_BYTES_MAX ? length : 0;
    slot.bytes = calloc(1, slot.length + 1);
    if (slot.bytes == NULL) die(EXIT_STORAGE, "no memory for a program of %zu bytes", slot.length);
    bool inside = slot.length == length && chip_read(PROGRAMS, address, slot.bytes, length);
    sha256(slot.bytes, slot.length, slot.hash);
    return new_bytes(ctx, slot.hash, inside ? sizeof slot.hash : 0); /* without a hash it is never run */
}

/* Evaluates build/boot.js in an engine of its own, and reads its `boot.choice`. */
static struct {
    bool hung, look; /* `look`: nothing is written, and the heap is left to the program that has it */
    char kind[8], place[8], why[200];
    int attempt, reverted;
} choice;

static void first_stage(void) {
    char board[200];
    const char *const texts[] = {board, BUILD_BOOT,
        "[boot.choice].map((c) => [c.kind, c.place || '-', c.attempt | 0, c.reverted | 0, c.why].join('\t'))[0]"};
    snprintf(board, sizeof board, "var board = { slots: { ...device.slots%s }, secure: device.secure, load, hung: %s }",
             choice.look ? ", program: () => 'failed', erase: () => 'failed'" : "", choice.hung ? "true" : "false");
    if (!choice.look) heap_start(config.heap_bytes);
    JSRuntime *runtime = choice.look ? JS_NewRuntime() : JS_NewRuntime2(&heap_functions, NULL);
    JSContext *ctx = JS_NewContext(runtime);
    JSValue global = JS_GetGlobalObject(ctx), value = JS_UNDEFINED;
    object_set(ctx, global, "load", JS_NewCFunction(ctx, load, "load", 2));
    install_device(ctx);
    for (int i = 0; i < 3 && !JS_IsException(value); i++) {
        JS_FreeValue(ctx, value);
        value = JS_Eval(ctx, texts[i], strlen(texts[i]), "boot.js", JS_EVAL_TYPE_GLOBAL);
    }
    const char *said = JS_IsException(value) ? NULL : JS_ToCString(ctx, value);
    if (said == NULL) thrown_line(ctx, choice.why, sizeof choice.why);
    else sscanf(said, "%7s %7s %d %d %199[^\n]", choice.kind, choice.place, &choice.attempt, &choice.reverted, choice.why);
    JS_FreeCString(ctx, said);
    JS_FreeValue(ctx, value);
    JS_FreeValue(ctx, global);
    JS_FreeContext(ctx);
    JS_FreeRuntime(runtime);
}

bool program_choose(bool hung, char *line, char *why, size_t size) {
    memset(&choice, 0, sizeof choice);
    choice.hung = hung;
    strcpy(choice.kind, "halt");
    bool chose = vm_enter(first_stage), runs = chose && strcmp(choice.kind, "run") == 0;
    snprintf(line, size, "%s", runs || !chose ? "" : "停机 HALTED");
    snprintf(why, size, "%s", chose ? choice.why : "out of memory: the heap is full in the first stage");
    if (choice.attempt > 0) snprintf(line, size, "试运行 TRIAL %d/%d", choice.attempt, TRIES);
    else if (choice.reverted > 0) snprintf(line, size, "回退 REVERT %d", choice.reverted);
    started = (struct started){.trial = choice.attempt > 0, .attempt = choice.attempt};
    memcpy(started.place, choice.place, sizeof started.place);
    chosen = strcmp(choice.place, "factory") == 0 ? &factory : &slot;
    return runs;
}

/* What would run if nothing could be written? The program before, until this one is confirmed. */
bool program_in_trial(void) {
    memset(&choice, 0, sizeof choice);
    choice.look = true;
    first_stage();
    return strcmp(choice.place, started.place) != 0;
}

/* ---- bytecode */

/* Strict, as RFC 3629 has it: what is evaluated is exactly what was hashed. And no NUL, at which C text would end. */
static bool is_utf8(const char *at, const char *end) {
    while (at < end) {
        const char *from = at;
        uint32_t character = next_character(&at, end);
        bool replaced = character >= 0x80 && at - from == 1;
        if (replaced || character == 0 || (character >= 0xd800 && character < 0xe000)) return false;
    }
    return true;
}

static void seal(const uint8_t *bytes, size_t length, uint8_t mac[MAC_BYTES]) {
    uint8_t key[32];
    device_key("bytecode", key);
    hmac_sha256(key, sizeof key, bytes, length, mac);
    wipe(key, sizeof key);
}

/* Why program.bc is not to be run; NULL: it is right, or not there. */
static const char *open_sealed(void) {
    uint8_t mac[MAC_BYTES];
    const struct header *header = (const struct header *)(const void *)sealed;
    if (sealed_length < sizeof *header + MAC_BYTES || memcmp(header->magic, MAGIC, sizeof MAGIC) != 0)
        return "is no bytecode of mine";
    seal(sealed, sealed_length - MAC_BYTES, mac);
    if (!equal_bytes(mac, sealed + sealed_length - MAC_BYTES, MAC_BYTES)) return "is damaged, or of another device";
    if (memcmp(header->engine, built_for, sizeof built_for) != 0) return "is of another engine";
    return memcmp(header->source, chosen->hash, sizeof chosen->hash) != 0 ? "is of another program" : NULL;
}

/* The one name that a bare engine makes for itself. Named first in the bytecode, all others get the numbers after it. */
static const char first_name[] = "AggregateError";

static bool add_script(JSContext *ctx, JSValueConst scripts, uint32_t index, const char *from, size_t length) {
    char name[32] = "terminal.js", *text = strndup(from, length); /* the engine wants NUL after it */
    if (text == NULL) die(EXIT_STORAGE, "no memory");
    if (index > 1) snprintf(name, sizeof name, "script%u.js", index);
    JSValue script = JS_Eval(ctx, text, length, name, JS_EVAL_TYPE_GLOBAL | JS_EVAL_FLAG_COMPILE_ONLY);
    free(text);
    return !JS_IsException(script) && JS_SetPropertyUint32(ctx, scripts, index, script) >= 0;
}

/* An array of what is compiled and stripped, in an engine that has room for it: `first_name`, and then each script. */
static JSValue compiled(JSContext *ctx) {
    const char *from = (char *)chosen->bytes, *end = from + chosen->length;
    JSValue scripts = JS_NewArray(ctx);
    bool good = add_script(ctx, scripts, 0, first_name, sizeof first_name - 1);
    for (uint32_t i = 1; good && from != NULL; i++) {
        const char *next = strstr(from, next_script);
        good = add_script(ctx, scripts, i, from, (size_t)((next != NULL ? next : end) - from));
        from = next != NULL ? next + sizeof next_script - 1 : NULL;
    }
    if (good) return scripts;
    JS_FreeValue(ctx, scripts);
    return JS_EXCEPTION;
}

static bool compile(char *why, size_t size) {
    struct header header = {MAGIC, BUILD_ENGINE, {0}};
    JSRuntime *runtime = JS_NewRuntime();
    JS_SetStripInfo(runtime, JS_STRIP_SOURCE | JS_STRIP_DEBUG);
    JS_SetMaxStackSize(runtime, STACK_BYTES);
    JSContext *ctx = JS_NewContext(runtime);
    size_t length = 0;
    JSValue scripts = compiled(ctx);
    uint8_t *bytecode = JS_IsException(scripts) ? NULL : JS_WriteObject(ctx, &length, scripts, JS_WRITE_OBJ_BYTECODE);
    memcpy(header.source, chosen->hash, sizeof chosen->hash);
    if (bytecode == NULL) thrown_line(ctx, why, size);
    else {
        sealed_length = sizeof header + length + MAC_BYTES;
        if ((sealed = malloc(sealed_length)) == NULL) die(EXIT_STORAGE, "no memory");
        memcpy(sealed, &header, sizeof header);
        memcpy(sealed + sizeof header, bytecode, length);
        seal(sealed, sizeof header + length, sealed + sizeof header + length);
    }
    js_free(ctx, bytecode);
    JS_FreeValue(ctx, scripts);
    JS_FreeContext(ctx);
    JS_FreeRuntime(runtime);
    return bytecode != NULL;
}

bool program_load(char *why, size_t size) {
    free(sealed);
    sealed = read_file(in_folder("program.bc"), &sealed_length);
    const char *fault = sealed == NULL ? "" : open_sealed();
    if (fault == NULL) return true;
    if (*fault != '\0') warn("%s: %s, it is compiled again", in_folder("program.bc"), fault);
    free(sealed);
    sealed = NULL;
    if (!is_utf8((const char *)chosen->bytes, (const char *)chosen->bytes + chosen->length)) {
        snprintf(why, size, "the program is no text: its bytes are no UTF-8, or one is NUL");
        return false;
    }
    if (!compile(why, size)) return false;
    if (!write_file(in_folder("program.bc"), sealed, sealed_length))
        warn("%s: cannot be written, it is compiled at every start", in_folder("program.bc"));
    return true;
}

const uint8_t *program_bytecode(size_t *length) {
    *length = sealed_length - sizeof(struct header) - MAC_BYTES;
    return sealed + sizeof(struct header);
}

