/*
 * device.json of the device's folder, and the files beside it. A porter reads serial number, model and set-up from where the
 * factory has put them, and gives read_file and write_file a file system, or two areas of flash in turn.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "port.h"

#define HEAP_DEFAULT (2 * 1024 * 1024)
#define FILE_BYTES_MAX (16 * 1024 * 1024)

struct config config;
static const char *model;

enum kind { TEXT, HEX, NUMBER, OBJECT, LIST };
static const char *const wants[] = {"wants text of %d to %d bytes", "wants %d to %d hexadecimal digits, two a byte",
                                    "wants a whole number, %d to %d", "wants an object", "wants a list"};
/* What device.json may hold; nothing else may stand there. */
static const struct field {
    const char *of, *name; /* `of`: the object that it stands in, "": the whole */
    enum kind kind;
    int min, max; /* of a number, or of a text's length */
    bool optional;
    void *kept; /* of a text, const char *, of a number, int: where it goes, unless the command line has filled it already */
} fields[] = {
    {"", "serial", TEXT, 1, 20, false, &config.serial},       {"", "model", TEXT, 1, 8, false, &model},
    {"", "printer", TEXT, 1, 1000, true, &config.printer},    {"", "reader", TEXT, 1, 1000, true, &config.reader},
    {"", "setup", OBJECT, 0, 0, false, NULL},                 {"", "host", OBJECT, 0, 0, true, NULL},
    {"host", "host", TEXT, 1, 253, false, &config.host},      {"host", "port", NUMBER, 1, 65535, false, &config.port},
    {"", "heap", NUMBER, HEAP_MIN, HEAP_MAX, true, &config.heap_bytes},
    {"setup", "terminalId", TEXT, 8, 8, false, NULL},         {"setup", "merchantId", TEXT, 15, 15, false, NULL},
    {"setup", "merchantName", TEXT, 0, 200, false, NULL},     {"setup", "tpdu", TEXT, 10, 10, false, NULL},
    {"setup", "profile", TEXT, 1, 40, false, NULL},           {"setup", "dialect", TEXT, 3, 4, false, NULL},
    {"setup", "keySlot", NUMBER, 0, 9, false, NULL},          {"setup", "parameters", OBJECT, 0, 0, false, NULL},
    {"setup", "stores", LIST, 0, 0, false, NULL},             {"setup", "update", OBJECT, 0, 0, true, NULL},
    {"update", "tenant", TEXT, 1, 16, false, NULL},           {"update", "root", HEX, 2, 2 * ROOT_BYTES_MAX, false, NULL},
}, *const fields_end = fields + sizeof fields / sizeof fields[0];

const char *in_folder(const char *name) {
    static char paths[4][4096];
    static int turn;
    char *path = paths[turn++ % 4];
    if (snprintf(path, sizeof paths[0], "%s/%s", config.folder, name) >= (int)sizeof paths[0])
        die(EXIT_USAGE, "the name of the folder is too long");
    return path;
}

/* O_NONBLOCK: opening a FIFO that nobody writes must not wait for somebody. */
uint8_t *read_file(const char *path, size_t *length) {
    struct stat status;
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0 && errno == ENOENT) return NULL;
    if (file < 0 || fstat(file, &status) != 0) die(EXIT_STORAGE, "%s: %s", path, strerror(errno));
    if (!S_ISREG(status.st_mode) || status.st_size > FILE_BYTES_MAX) die(EXIT_STORAGE, "%s: no file of mine", path);
    *length = (size_t)status.st_size;
    uint8_t *bytes = calloc(1, *length + 1);
    if (bytes == NULL || read(file, bytes, *length) != (ssize_t)*length) die(EXIT_STORAGE, "%s: cannot be read", path);
    close(file);
    return bytes;
}

bool write_file(const char *path, const void *bytes, size_t length) {
    char next[4200];
    snprintf(next, sizeof next, "%s.next", path);
    int file = open(next, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NONBLOCK, 0600);
    int folder = open(config.folder, O_RDONLY | O_CLOEXEC);
    bool done = file >= 0 && folder >= 0 && write(file, bytes, length) == (ssize_t)length && fsync(file) == 0;
    done = done && rename(next, path) == 0 && fsync(folder) == 0;
    if (!done) unlink(next);
    close(file);
    close(folder);
    return done;
}

static _Noreturn void fault(const char *of, const char *name, const char *why) {
    die(EXIT_USAGE, "%s: %s%s%s %s", in_folder("device.json"), of, *of != '\0' ? "." : "", name, why);
}

/* One field, as it must be, or the end; text has no NUL in it, which C would not see behind. */
static void take(JSContext *ctx, const struct field *field, JSValueConst value) {
    char why[80];
    double size = -1;
    size_t length = 0;
    const char *text = field->kind <= HEX && JS_IsString(value) ? JS_ToCStringLen(ctx, &length, value) : NULL;
    if (text != NULL && strlen(text) == length) size = (double)length;
    if (field->kind == HEX && (length % 2 != 0 || (text != NULL && strspn(text, "0123456789abcdefABCDEF") != length))) size = -1;
    if (field->kind == NUMBER && JS_IsNumber(value)) JS_ToFloat64(ctx, &size, value);
    if (field->kind >= OBJECT && JS_IsObject(value) && JS_IsArray(ctx, value) == (field->kind == LIST)) size = 0;
    snprintf(why, sizeof why, wants[field->kind], field->min, field->max);
    if (!(size >= field->min && size <= field->max && size == (int)size)) fault(field->of, field->name, why);
    const char **kept = field->kind == TEXT ? field->kept : NULL;
    int *number = field->kind == NUMBER ? field->kept : NULL;
    if (kept != NULL && *kept == NULL) *kept = strdup(text);
    if (number != NULL && *number == 0) *number = (int)size;
}

/* Every field of `object`, and of the objects in it. */
static void take_object(JSContext *ctx, const char *of, JSValueConst object) {
    JSPropertyEnum *names = NULL;
    uint32_t count = 0;
    JS_GetOwnPropertyNames(ctx, &names, &count, object, JS_GPN_STRING_MASK);
    for (uint32_t i = 0; i < count; i++) {
        const char *name = JS_AtomToCString(ctx, names[i].atom);
        const struct field *field = fields;
        while (field < fields_end && (strcmp(field->of, of) != 0 || strcmp(field->name, name) != 0)) field++;
        if (field == fields_end) fault(of, name, "nobody knows it");
    }
    for (const struct field *field = fields; field < fields_end; field++) {
        if (strcmp(field->of, of) != 0) continue;
        JSValue value = JS_GetPropertyStr(ctx, object, field->name);
        if (JS_IsUndefined(value) && field->optional) continue;
        if (JS_IsUndefined(value)) fault(of, field->name, "is not there");
        take(ctx, field, value);
        if (field->kind == OBJECT && strcmp(field->name, "parameters") != 0) take_object(ctx, field->name, value);
    }
}

void config_load(void) {
    size_t length;
    char why[200] = "holds no object";
    uint8_t *text = read_file(in_folder("device.json"), &length);
    if (text == NULL) die(EXIT_USAGE, "%s: is not there", in_folder("device.json"));
    heap_start(HEAP_DEFAULT);
    JSContext *ctx = JS_NewContext(JS_NewRuntime2(&heap_functions, NULL)); /* dropped as it stands at the next heap_start */
    JSValue device = JS_ParseJSON(ctx, (const char *)text, length, "device.json");
    if (JS_IsException(device)) thrown_line(ctx, why, sizeof why);
    if (!JS_IsObject(device) || JS_IsArray(ctx, device)) die(EXIT_USAGE, "%s: %s", in_folder("device.json"), why);
    take_object(ctx, "", device);
    config.compact = strcmp(model, "compact") == 0;
    if (!config.compact && strcmp(model, "standard") != 0) fault("", "model", "wants compact or standard");
    if (config.host == NULL && !board_is_rig) fault("", "host", "is not there");
    JSValue setup = JS_JSONStringify(ctx, JS_GetPropertyStr(ctx, device, "setup"), JS_UNDEFINED, JS_UNDEFINED);
    config.setup = strdup(JS_ToCString(ctx, setup));
    if (config.heap_bytes == 0) config.heap_bytes = HEAP_DEFAULT;
    free(text);
}
