/*
 * 显示屏: two grids of cells, of which the secure element's hides the application's, and the pictures made of them.
 *
 * A porter replaces nothing here: the picture goes to the front (front_screen), which brings it onto the glass. The
 * drawing rules are those of docs/device.md.
 */
#include "port.h"

#include <string.h>

enum { ROWS_MAX = 10, COLUMNS_MAX = 24, NORMAL = 0, INVERSE = 1, LARGE = 2, FULL_QUALITY = 4 };

/* What covers several cells (wide: two columns, large: two rows) stands in the first; `right` and `below` lead back. */
struct cell {
    uint32_t character;
    uint8_t style, columns, right, below;
};
struct grid {
    struct cell cells[ROWS_MAX][COLUMNS_MAX];
};
struct range {
    uint32_t first, last;
};

const char *const styles[] = {STYLES, NULL};
static struct grid own, secures, machines;
static bool claimed, dirty, signed_on, owed, paper_out;

int grid_columns(void) { return config.compact ? 16 : 24; }
int grid_rows(void) { return config.compact ? 4 : 10; }

static bool in_ranges(uint32_t code_point, const struct range *ranges, size_t count) {
    for (size_t at = 0; at < count; at++)
        if (code_point >= ranges[at].first && code_point <= ranges[at].last) return true;
    return false;
}
int character_cells(uint32_t code_point) {
    static const struct range wide[] = {WIDE_RANGES};
    return in_ranges(code_point, wide, sizeof wide / sizeof *wide) ? 2 : 1;
}
bool is_undrawable(uint32_t code_point) {
    static const struct range undrawable[] = {UNDRAWABLE_RANGES};
    return in_ranges(code_point, undrawable, sizeof undrawable / sizeof *undrawable);
}

static int height_of(int style) { return style == LARGE ? 2 : 1; }

/* Blanks the whole character that the cell belongs to. */
static void vacate(struct grid *grid, int row, int column) {
    const struct cell *part = &grid->cells[row][column];
    int top = row - part->below, left = column - part->right;
    const struct cell first = grid->cells[top][left];
    const struct cell blank = {' ', first.style == INVERSE ? INVERSE : NORMAL, 1, 0, 0};
    for (int below = 0; below < height_of(first.style); below++)
        for (int right = 0; right < first.columns; right++) grid->cells[top + below][left + right] = blank;
}

static void place(struct grid *grid, int row, int column, uint32_t character, int columns, int style) {
    for (int below = 0; below < height_of(style); below++)
        for (int right = 0; right < columns; right++) vacate(grid, row + below, column + right);
    for (uint8_t below = 0; below < height_of(style); below++)
        for (uint8_t right = 0; right < columns; right++)
            grid->cells[row + below][column + right] =
                (struct cell){character, (uint8_t)style, (uint8_t)columns, right, below};
}

static void draw(struct grid *grid, int row, int column, const char *text, const char *end, int style) {
    if (row < 0 || row >= grid_rows() || column < 0) return;
    /* The lower half of a large character in the last row would be cut: half a character is a blank. */
    bool cut = style == LARGE && row == grid_rows() - 1;
    while (text < end && column < grid_columns()) {
        uint32_t character = next_character(&text, end);
        int columns = character_cells(character);
        if (!cut && column + columns <= grid_columns() && !is_undrawable(character)) {
            place(grid, row, column, character, columns, style);
            column += columns;
        } else {
            for (; columns > 0 && column < grid_columns(); columns--)
                place(grid, row, column++, ' ', 1, cut ? NORMAL : style);
        }
    }
}
void grid_draw(struct grid *grid, int row, int column, const char *text, int style) {
    draw(grid, row, column, text, text + strlen(text), style);
}
void grid_clear(struct grid *grid) {
    for (int row = 0; row < ROWS_MAX; row++)
        for (int column = 0; column < COLUMNS_MAX; column++)
            grid->cells[row][column] = (struct cell){' ', NORMAL, 1, 0, 0};
}

/* Text of a row without its trailing blanks, and its runs of style. */
static void picture_row(const struct grid *grid, int row, struct picture *picture, char *text) {
    size_t length = 0, kept = 0;
    int count = 0;
    for (int column = 0; column < picture->columns; column++) {
        const struct cell *cell = &grid->cells[row][column];
        if (cell->below == 1) text[length++] = ' ';
        else if (cell->right == 0) length += put_character(cell->character, text + length);
        if (length > 0 && text[length - 1] != ' ') kept = length;
        if (cell->style == NORMAL || cell->below == 1) continue;
        struct picture_run *runs = picture->runs[row];
        if (count > 0 && runs[count - 1].style == cell->style && runs[count - 1].to == column)
            runs[count - 1].to = column + 1;
        else runs[count++] = (struct picture_run){column, column + 1, cell->style};
    }
    text[kept] = '\0';
    picture->row[row] = text;
    picture->run_count[row] = count;
}

static void present(const struct grid *grid, struct picture picture) {
    static char text[ROWS_MAX][COLUMNS_MAX * 4 + 1];
    picture.columns = grid_columns();
    picture.rows = grid_rows();
    picture.quality = link_plugged() ? FULL_QUALITY : 0;
    for (int row = 0; row < picture.rows; row++) picture_row(grid, row, &picture, text[row]);
    front_screen(&picture);
}
void screen_line(const char *text, bool lit) {
    grid_clear(&machines);
    grid_draw(&machines, 0, 0, text, NORMAL);
    present(&machines, (struct picture){.lit = lit});
}

void screen_show(void) {
    if (!dirty || vm_context() == NULL) return;
    dirty = false;
    present(claimed ? &secures : &own, (struct picture){.signed_on = signed_on, .owed = owed, .paper_out = paper_out,
                                                        .secure = claimed, .lit = true});
}
void screen_changed(void) { dirty = true; }
struct grid *screen_claim(void) {
    grid_clear(&secures);
    claimed = true;
    screen_changed();
    return &secures;
}
void screen_release(void) {
    claimed = false;
    screen_changed();
}
void display_reset(void) {
    claimed = dirty = signed_on = owed = paper_out = false;
    grid_clear(&own);
    screen_changed();
}

CALL(display_size) {
    JSValue size = JS_NewObject(ctx);
    return object_set(ctx, size, "columns", JS_NewInt32(ctx, grid_columns())) &&
           object_set(ctx, size, "rows", JS_NewInt32(ctx, grid_rows())) ? size : JS_EXCEPTION;
}
CALL(display_clear) {
    grid_clear(&own);
    if (!claimed) screen_changed(); /* what is hidden is no change */
    return JS_UNDEFINED;
}
int index_in(JSValueConst value, int count) {
    double number = -1;
    if (JS_IsNumber(value)) JS_ToFloat64(NULL, &number, value);
    return number >= 0 && number < count && number == (int)number ? (int)number : -1;
}
CALL(display_draw) {
    int style;
    size_t length;
    if (!arg_name(ctx, argv[3], "display: style", styles, &style)) return JS_EXCEPTION;
    const char *text = JS_ToCStringLen(ctx, &length, argv[2]);
    if (text == NULL) return JS_EXCEPTION;
    draw(&own, index_in(argv[0], grid_rows()), index_in(argv[1], grid_columns()), text, text + length, style);
    JS_FreeCString(ctx, text);
    if (!claimed) screen_changed();
    return JS_UNDEFINED;
}
CALL(display_icons) {
    static const char *const names[] = {"signedOn", "owed", "paperOut"};
    bool *const icons[] = {&signed_on, &owed, &paper_out};
    for (size_t at = 0; at < 3; at++) {
        JSValue value = JS_GetPropertyStr(ctx, argv[0], names[at]);
        if (JS_IsException(value)) return value;
        *icons[at] = JS_ToBool(ctx, value) > 0;
        JS_FreeValue(ctx, value);
    }
    screen_changed();
    return JS_UNDEFINED;
}
