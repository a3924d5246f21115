/*
 * Values across the border of the engine: what a call is given, checked, and what it gives. A porter leaves this file as it is.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "port.h"

JSValue range_error(JSContext *ctx, const char *format, ...) {
    char text[160];
    va_list rest;
    va_start(rest, format);
    vsnprintf(text, sizeof text, format, rest);
    va_end(rest);
    return JS_ThrowRangeError(ctx, "%s", text);
}

bool object_set(JSContext *ctx, JSValueConst object, const char *name, JSValue value) {
    return !JS_IsException(value) && JS_SetPropertyStr(ctx, object, name, value) >= 0;
}

JSValue kind_object(JSContext *ctx, const char *kind) {
    JSValue object = JS_NewObject(ctx);
    return object_set(ctx, object, "kind", JS_NewString(ctx, kind)) ? object : JS_EXCEPTION;
}

JSValue new_bytes(JSContext *ctx, const void *bytes, size_t length) {
    JSValue args[3] = {JS_NewArrayBufferCopy(ctx, bytes, length), JS_UNDEFINED, JS_UNDEFINED};
    JSValue made = JS_IsException(args[0]) ? JS_EXCEPTION : JS_NewTypedArray(ctx, 3, args, JS_TYPED_ARRAY_UINT8);
    JS_FreeValue(ctx, args[0]);
    return made;
}

bool arg_int(JSContext *ctx, JSValueConst value, const char *what, int64_t min, int64_t max, int64_t *whole) {
    double number = (double)min - 1;
    if (JS_IsNumber(value)) JS_ToFloat64(ctx, &number, value);
    bool good = number >= (double)min && number <= (double)max && number == (double)(int64_t)number;
    if (good) *whole = (int64_t)number;
    else range_error(ctx, "%s: %lld to %lld, got %g", what, (long long)min, (long long)max, number);
    return good;
}

bool arg_bytes(JSContext *ctx, JSValueConst value, const char *what, size_t min, size_t max, const uint8_t **bytes,
               size_t *length) {
    size_t offset = 0, each = 0, all;
    JSValue buffer = JS_GetTypedArrayBuffer(ctx, value, &offset, length, &each);
    uint8_t *start = JS_IsException(buffer) ? NULL : JS_GetArrayBuffer(ctx, &all, buffer);
    JS_FreeValue(ctx, buffer);
    if (start != NULL) *bytes = start + offset;
    if (start != NULL && each == 1 && *length >= min && *length <= max) return true;
    if (start == NULL) JS_FreeValue(ctx, JS_GetException(ctx));
    if (start == NULL || each != 1) range_error(ctx, "%s: wants a Uint8Array", what);
    else range_error(ctx, "%s: %zu to %zu bytes, got %zu", what, min, max, *length);
    return false;
}

bool arg_text(JSContext *ctx, JSValueConst value, const char *what, char *text, size_t size) {
    size_t length = 0;
    const char *got = JS_IsString(value) ? JS_ToCStringLen(ctx, &length, value) : NULL;
    bool good = got != NULL && length < size;
    for (size_t i = 0; good && i < length; i++) {
        /* a lone surrogate, ED A0 80 to ED BF BF, becomes U+FFFD; NUL another control character */
        bool lone = got[i] == '\xed' && (unsigned char)got[i + 1] >= 0xa0;
        text[i] = got[i] == '\0' ? '\x01' : got[i];
        if (lone) memcpy(text + i, "\xef\xbf\xbd", 3), i += 2;
    }
    if (good) text[length] = '\0';
    else range_error(ctx, "%s: wants text of at most %zu bytes of UTF-8", what, size - 1);
    JS_FreeCString(ctx, got);
    return good;
}

bool arg_name(JSContext *ctx, JSValueConst value, const char *what, const char *const *names, int *index) {
    char text[32];
    if (!arg_text(ctx, value, what, text, sizeof text)) return false;
    for (*index = 0; names[*index] != NULL; ++*index)
        if (strcmp(text, names[*index]) == 0) return true;
    range_error(ctx, "%s: no such word: %s", what, text);
    return false;
}

void thrown_line(JSContext *ctx, char *line, size_t size) {
    JSValue thrown = JS_GetException(ctx);
    const char *said = JS_ToCString(ctx, thrown);
    snprintf(line, size, "%s", said != NULL ? said : "what it threw has no text");
    for (char *c = line; *c != '\0'; c++)
        if ((unsigned char)*c < ' ') *c = ' ';
    JS_FreeCString(ctx, said);
    JS_FreeValue(ctx, thrown);
}
