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

enum kind { TEXT, NUMBER, OBJECT, LIST };
static const char *const wants[] = {"text of %d to %d bytes", "a whole number, %d to %d", "an object", "a list"};
/* What device.json may hold; nothing else may stand there. */
static const struct field {
    const char *of, *name; /* `of`: the object that it stands in, "": the whole */
    enum kind kind;
    int min, max; /* of a number, or of a text's length */
    bool optional;
} fields[] = {
    {"", "serial", TEXT, 1, 20, false},           {"", "model", TEXT, 1, 8, false},
    {"", "printer", TEXT, 1, 1000, true},         {"", "reader", TEXT, 1, 1000, true},
    {"", "heap", NUMBER, HEAP_MIN, HEAP_MAX, true}, {"", "setup", OBJECT, 0, 0, false},
    {"", "host", OBJECT, 0, 0, true},             {"host", "host", TEXT, 1, 253, false},
    {"host", "port", NUMBER, 1, 65535, false},    {"setup", "terminalId", TEXT, 8, 8, false},
    {"setup", "merchantId", TEXT, 15, 15, false}, {"setup", "merchantName", TEXT, 0, 200, false},
    {"setup", "tpdu", TEXT, 10, 10, false},       {"setup", "profile", TEXT, 1, 40, false},
    {"setup", "dialect", TEXT, 3, 4, false},      {"setup", "keySlot", NUMBER, 0, 9, false},
    {"setup", "parameters", OBJECT, 0, 0, false}, {"setup", "stores", LIST, 0, 0, false},
    {"setup", "update", OBJECT, 0, 0, true},      {"update", "tenant", TEXT, 1, 16, false},
    {"update", "root", TEXT, 2, 8192, false},
}, *const fields_end = fields + sizeof fields / sizeof fields[0];

const char *in_folder(const char *name) {
    static char paths[4][4096];
    static int turn;
    char *path = paths[turn++ % 4];
    if (snprintf(path, sizeof paths[0], "%s/%s", config.folder, name) >= (int)sizeof paths[0])
        die(EXIT_USAGE, "the name of the folder is too long");
    return path;
}

uint8_t *read_file(const char *path, size_t *length) {
    struct stat status;
    int file = open(path, O_RDONLY | O_CLOEXEC);
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
    int file = open(next, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600), folder = open(config.folder, O_RDONLY | O_CLOEXEC);
    bool done = file >= 0 && folder >= 0 && write(file, bytes, length) == (ssize_t)length && fsync(file) == 0;
    done = done && rename(next, path) == 0 && fsync(folder) == 0;
    if (!done) unlink(next);
    close(file);
    close(folder);
    return done;
}

static _Noreturn void fault(const struct field *field, const char *name, const char *why) {
    die(EXIT_USAGE, "%s: %s%s%s %s", in_folder("device.json"), field->of, *field->of != '\0' ? "." : "", name, why);
}

static void check(JSContext *ctx, const struct field *field, JSValueConst value) {
    char why[80] = "wants ";
    double size = -1;
    if (field->kind == NUMBER && JS_IsNumber(value)) JS_ToFloat64(ctx, &size, value);
    if (field->kind == TEXT && JS_IsString(value)) size = (double)strlen(JS_ToCString(ctx, value));
    if (field->kind >= OBJECT && JS_IsObject(value) && JS_IsArray(ctx, value) == (field->kind == LIST)) size = 0;
    snprintf(why + 6, sizeof why - 6, wants[field->kind], field->min, field->max);
    if (!(size >= field->min && size <= field->max && size == (int)size)) fault(field, field->name, why);
}

/* Every field of `object`, and of the objects in it. */
static void check_object(JSContext *ctx, const char *of, JSValueConst object) {
    JSPropertyEnum *names = NULL;
    uint32_t count = 0;
    JS_GetOwnPropertyNames(ctx, &names, &count, object, JS_GPN_STRING_MASK);
    for (uint32_t i = 0; i < count; i++) {
        const char *name = JS_AtomToCString(ctx, names[i].atom);
        const struct field *field = fields;
        while (field < fields_end && (strcmp(field->of, of) != 0 || strcmp(field->name, name) != 0)) field++;
        if (field == fields_end) fault(&(struct field){.of = of}, name, "nobody knows it");
    }
    for (const struct field *field = fields; field < fields_end; field++) {
        if (strcmp(field->of, of) != 0) continue;
        JSValue value = JS_GetPropertyStr(ctx, object, field->name);
        if (JS_IsUndefined(value) && field->optional) continue;
        if (JS_IsUndefined(value)) fault(field, field->name, "is not there");
        check(ctx, field, value);
        if (field->kind == OBJECT && strcmp(field->name, "parameters") != 0) check_object(ctx, field->name, value);
    }
}

/* Text as it is there; NULL where there is none. */
static const char *text_of(JSContext *ctx, JSValueConst object, const char *name) {
    JSValue value = JS_IsObject(object) ? JS_GetPropertyStr(ctx, object, name) : JS_UNDEFINED;
    return JS_IsUndefined(value) ? NULL : JS_ToCString(ctx, value);
}

static void keep(const char **kept, const char *text) {
    if (*kept == NULL && text != NULL) *kept = strdup(text);
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
    check_object(ctx, "", device);
    JSValue setup = JS_GetPropertyStr(ctx, device, "setup"), host = JS_GetPropertyStr(ctx, device, "host");
    JS_SetPropertyStr(ctx, device, "text", JS_JSONStringify(ctx, setup, JS_UNDEFINED, JS_UNDEFINED));
    const char *model = text_of(ctx, device, "model"), *port = text_of(ctx, host, "port"), *heap = text_of(ctx, device, "heap");
    config.compact = strcmp(model, "compact") == 0;
    if (!config.compact && strcmp(model, "standard") != 0) fault(fields, "model", "wants compact or standard");
    if (config.host == NULL && port != NULL) config.port = atoi(port);
    keep(&config.host, text_of(ctx, host, "host"));
    keep(&config.serial, text_of(ctx, device, "serial"));
    keep(&config.setup, text_of(ctx, device, "text"));
    keep(&config.printer, text_of(ctx, device, "printer"));
    keep(&config.reader, text_of(ctx, device, "reader"));
    if (config.host == NULL && !board_is_rig) fault(fields, "host", "is not there");
    if (config.heap_bytes == 0) config.heap_bytes = heap != NULL ? (size_t)atol(heap) : HEAP_DEFAULT;
    free(text);
}
