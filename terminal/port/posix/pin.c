/*
 * The PIN, on a screen of the secure element's own: an application chooses among its prompts and cannot change them.
 * Digits are numbers in `kept.pins`, overwritten in the event that ends an entry, whichever it is. To port: draw on
 * your screen, and have the keys come to secure_press before anybody else sees them.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "secure.h"

#define FEN_MAX 999999999999
enum { COST_MS = 10000, DIFFERENCES_MAX = 3, PAN_MIN = 13, PAN_MAX = 19, ROW_BYTES = 80 };
enum text { ENTER, AGAIN, OLD, OLD_AGAIN, NEW, NEW_AGAIN, DIFFER, KEYS_HINT, BYPASS_HINT,
            INJECTION, NOBODY, SEND_IN, ANY_KEY };
static const char *const texts[][2] = {
    {"请输入密码", "Enter PIN"},             {"密码错请重新输入", "Wrong PIN, again"}, {"请输入原密码", "Old PIN"},
    {"原密码错请重输", "Wrong: old again"},  {"请输入新密码", "New PIN"},              {"再次输入新密码", "New PIN again"},
    {"两次不一致请重输", "Differ: new PIN"}, {"确认 清除 取消", "Enter Clear Canc"},   {"无密码请按确认", "No PIN: Enter"},
    {"密钥注入", "Key injection"},           {"本机无身份证书", "No certificate"},     {"请送厂家维修", "Send to maker"},
    {"按任意键返回", "Press any key"},
};

/* What is asked for: fixed before the first digit. */
static struct {
    struct wait wait;
    struct grid *grid;
    bool change, bypass, english, telling; /* telling: why there is no injection, until a key */
    enum text first; /* the prompt that it begins with */
    int slot, differences;
    int64_t amount_fen; /* -1: none */
    char pan[PAN_MAX + 2];
} asked;
static int64_t counted_at_ms;

/* 20 blocks in a row, and one more every 10 s with power. */
void pin_count_credit(void) {
    int64_t now = board_monotonic_ms(), credit = kept.device.credit_ms + now - counted_at_ms;
    kept.device.credit_ms = (uint32_t)(credit < PIN_CREDIT_MS_MAX ? credit : PIN_CREDIT_MS_MAX);
    counted_at_ms = now;
}
void pin_reset(void) {
    wipe(&kept.pins, sizeof kept.pins);
    memset(&asked, 0, sizeof asked);
    counted_at_ms = board_monotonic_ms();
}
static void ended(void) {
    wipe(&kept.pins, sizeof kept.pins);
    screen_release();
}
bool pin_pending(void) { return asked.wait.pending; }
void pin_cancel(void) { wait_settle_kind(&asked.wait, "cancelled"); }

/* The texts are ASCII, or Chinese with three bytes and two cells a character. An inverse one fills its row. */
static void draw_centred(int row, enum text text, int style) {
    char line[ROW_BYTES];
    const char *words = texts[text][asked.english];
    int space = grid_columns(), right;
    for (const char *at = words; *at != '\0'; at += (*at & 0x80) != 0 ? 3 : 1) space -= (*at & 0x80) != 0 ? 2 : 1;
    right = style == 0 ? 0 : space - space / 2;
    snprintf(line, sizeof line, "%*s%s%*s", space / 2, "", words, right, "");
    grid_draw(asked.grid, row, 0, line, style);
}
static enum text prompt(void) {
    if (!asked.change || kept.pins.old.count == 0) return asked.first;
    return kept.pins.fresh.count > 0 ? NEW_AGAIN : asked.differences > 0 ? DIFFER : NEW;
}
static void draw(void) {
    int columns = grid_columns(), rows = grid_rows(), count = kept.pins.typed.count;
    bool roomy = rows > 6;
    char line[ROW_BYTES], amount[24];
    grid_clear(asked.grid);
    draw_centred(0, prompt(), 1);
    if (asked.amount_fen >= 0) {
        snprintf(amount, sizeof amount, "%" PRId64 ".%02d", asked.amount_fen / 100, (int)(asked.amount_fen % 100));
        snprintf(line, sizeof line, "RMB%*s", columns - 3, amount);
        grid_draw(asked.grid, roomy ? 3 : 1, 0, line, 0);
    }
    snprintf(line, sizeof line, "%.*s", count, "************");
    grid_draw(asked.grid, roomy ? 5 : 2, (columns - count) / 2, line, roomy ? 2 : 0);
    draw_centred(rows - 1, count == 0 && asked.bypass ? BYPASS_HINT : KEYS_HINT, 0);
    screen_changed();
}
/* 密钥注入 on a device without a certificate: nobody is asked for passwords. */
static void draw_told(void) {
    bool roomy = grid_rows() > 6;
    grid_clear(asked.grid);
    draw_centred(0, INJECTION, 1);
    draw_centred(roomy ? 2 : 1, NOBODY, 0);
    draw_centred(roomy ? 4 : 2, SEND_IN, 0);
    draw_centred(grid_rows() - 1, ANY_KEY, 0);
    screen_changed();
}
/* Its blocks, counted durably before one leaves. */
static void encrypt(void) {
    const struct slot *slot = slot_with(asked.slot, PIK);
    const struct digits *of[] = {asked.change ? &kept.pins.old : &kept.pins.typed, &kept.pins.fresh};
    uint32_t count = asked.change ? 2 : 1, cost = count * COST_MS;
    uint8_t blocks[2][BLOCK_BYTES];
    int bytes = 0;
    pin_count_credit();
    kept.device.credit_ms -= cost < kept.device.credit_ms ? cost : kept.device.credit_ms;
    bool made = state_save() && slot != NULL;
    for (uint32_t at = 0; made && at < count; at++)
        bytes = pin_block(slot, of[at]->digit, of[at]->count, asked.pan, blocks[at]);
    wipe(&kept.pins, sizeof kept.pins);
    JSContext *ctx = vm_context();
    JSValue result = kind_object(ctx, made ? "entered" : "noKey");
    for (uint32_t at = 0; made && at < count; at++)
        made = object_set(ctx, result, count == 1 ? "block" : at == 0 ? "oldBlock" : "newBlock",
                          new_bytes(ctx, blocks[at], (size_t)bytes));
    wait_settle(&asked.wait, result);
}
static void enter(void) {
    struct digits *typed = &kept.pins.typed, *old = &kept.pins.old, *fresh = &kept.pins.fresh;
    if (typed->count < PIN_MIN) {
        if (typed->count > 0 || !asked.bypass || !wait_settle_kind(&asked.wait, "bypassed")) front_beep("bad");
        return;
    }
    if (!asked.change || (fresh->count > 0 && equal_bytes(fresh, typed, sizeof *typed))) encrypt();
    else if (old->count == 0) *old = *typed;
    else if (fresh->count == 0) *fresh = *typed;
    else {
        wipe(fresh, sizeof *fresh);
        if (++asked.differences == DIFFERENCES_MAX) wait_settle_kind(&asked.wait, "different");
    }
    wipe(typed, sizeof *typed);
}
/* Ten digits, enter, clear and cancel: the other keys do nothing here, and are nobody else's either. */
bool secure_press(int key) {
    const char *name = keys[key];
    struct digits *typed = &kept.pins.typed;
    if (!asked.wait.pending) return false;
    if (asked.telling) return wait_settle_kind(&asked.wait, "noIdentity");
    if (name[1] == '\0' && typed->count < PIN_MAX) typed->digit[typed->count++] = (uint8_t)(name[0] - '0');
    if (strcmp(name, "clear") == 0) wipe(typed, sizeof *typed); /* all: nobody can see which digit was the wrong one */
    if (strcmp(name, "enter") == 0) enter();
    if (strcmp(name, "cancel") == 0) pin_cancel();
    if (asked.wait.pending) draw();
    return true;
}
/* The fields of a PinRequest, or of a PinChangeRequest, whose `again` stands in the place of `bypass`. */
enum { SLOT, PAN, AMOUNT, PROMPT, LOCALE, FLAG, TIMEOUT, FIELDS };
static JSValue ask(JSContext *ctx, const JSValue *field, bool change) {
    static const char *const prompts[] = {"enter", "again", NULL}, *const locales[] = {"zh", "en", NULL};
    char pan[PAN_MAX + 2];
    int again = 0, english = 0, slot = index_in(field[SLOT], SLOTS);
    int64_t amount = -1, cost = change ? 2 * COST_MS : COST_MS;
    bool flag = JS_ToBool(ctx, field[FLAG]) > 0, has_amount = !change && !JS_IsUndefined(field[AMOUNT]);
    pin_count_credit();
    if (!arg_text(ctx, field[PAN], "PAN", pan, sizeof pan)) return JS_EXCEPTION;
    if (has_amount && !arg_int(ctx, field[AMOUNT], "PIN: amount", 0, FEN_MAX, &amount)) return JS_EXCEPTION;
    if (strlen(pan) < PAN_MIN || strlen(pan) > PAN_MAX || strspn(pan, "0123456789") != strlen(pan))
        return range_error(ctx, "PIN: wants a PAN of %d digits or more", PAN_MIN);
    if (slot_with(slot, PIK) == NULL) return settled_kind(ctx, "noKey");
    if (kept.device.credit_ms < cost) {
        JSValue wait_ms = JS_NewInt64(ctx, cost - kept.device.credit_ms);
        return settled(ctx, kind_with(ctx, "tooOften", "waitMs", wait_ms));
    }
    if (!arg_name(ctx, field[LOCALE], "locale", locales, &english)) return JS_EXCEPTION;
    if (!change && !arg_name(ctx, field[PROMPT], "prompt", prompts, &again)) return JS_EXCEPTION;
    memcpy(asked.pan, pan, sizeof pan);
    asked.telling = false, asked.change = change, asked.english = english, asked.bypass = !change && flag;
    asked.first = change ? (flag ? OLD_AGAIN : OLD) : again ? AGAIN : ENTER;
    asked.slot = slot, asked.amount_fen = amount, asked.differences = 0, asked.wait.ended = ended;
    JSValue promise = wait_begin(ctx, &asked.wait, field[TIMEOUT], "timeout");
    if (asked.wait.pending) asked.grid = screen_claim(), draw(), screen_show();
    return promise;
}
static JSValue begin(JSContext *ctx, JSValueConst *argv, bool change) {
    const char *names[] = {"slot", "pan", "amountFen", "prompt", "locale", change ? "again" : "bypass", "timeoutMs"};
    JSValue field[FIELDS], result = JS_EXCEPTION;
    bool taken = take_fields(ctx, argv[0], FIELDS, names, field);
    screen_show();
    if (taken) result = asked.wait.pending ? settled_kind(ctx, "busy") : ask(ctx, field, change);
    free_fields(ctx, FIELDS, field);
    return result;
}
CALL(secure_enterPin) { return begin(ctx, argv, false); }
CALL(secure_changePin) { return begin(ctx, argv, true); }
CALL(secure_inject) {
    static const char *const locales[] = {"zh", "en", NULL};
    enum { IDLE_MS = 60000 };
    int english = 0;
    JSValue locale = JS_GetPropertyStr(ctx, argv[0], "locale");
    screen_show();
    if (asked.wait.pending) return settled_kind(ctx, "busy");
    bool good = arg_name(ctx, locale, "locale", locales, &english);
    JS_FreeValue(ctx, locale);
    if (!good) return JS_EXCEPTION;
    asked.english = english, asked.telling = true, asked.wait.ended = ended;
    JSValue result = wait_begin(ctx, &asked.wait, JS_NewInt32(ctx, IDLE_MS), "noIdentity");
    if (asked.wait.pending) asked.grid = screen_claim(), draw_told(), screen_show();
    return result;
}
