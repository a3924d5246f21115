/*
 * The front for a person at an ANSI terminal, with the keys of `npx shuaka terminal`; a card reader that types works.
 * A porter replaces all of this with his glass (tty_screen) and his key matrix (operator_press).
 */
#define _DEFAULT_SOURCE /* cfmakeraw */
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>
#include "port.h"
enum { FRAME_MS = 33, STEADY_MS = 1000, PAPER_LINES = 64, TYPED_MAX = 250, HINTS = 3, CTRL_C = 3, ESC = 27 };
static const char *const words[2][8] = {
    {"已签到", "待冲正", "缺纸", "网线已拔", "已关机", "c 刷卡  l 网线  o 装纸/取纸  T 拆机  M 送修  q 退出",
     "0-9 数字  . * 00  Enter 确认  Backspace 清除  Esc 取消  m 菜单  ↑↓ F1-F4", "磁道 ;…? 或第几张卡 1-9, Esc 返回: "},
    {"signed on", "reversal owed", "no paper", "cable pulled", "power off",
     "c swipe  l cable  o paper  T tamper  M maker  q quit",
     "0-9 digits  . * 00  Enter  Backspace clear  Esc cancel  m menu  ↑↓ F1-F4", "tracks ;…? or card 1-9, Esc back: "}};
static char *const strokes[][2] = {
    {"\r", "enter"},   {"\n", "enter"},    {"\x7f", "clear"}, {"\b", "clear"},  {"m", "menu"},      {"\x1b", "cancel"},
    {"*", "00"},       {".", "00"},        {"\x1b[A", "up"},  {"\x1bOA", "up"}, {"\x1b[B", "down"}, {"\x1bOB", "down"},
    {"\x1bOP", "f1"},  {"\x1b[11~", "f1"}, {"\x1b[[A", "f1"}, {"\x1bOQ", "f2"}, {"\x1b[12~", "f2"}, {"\x1b[[B", "f2"},
    {"\x1bOR", "f3"},  {"\x1b[13~", "f3"}, {"\x1b[[C", "f3"}, {"\x1bOS", "f4"}, {"\x1b[14~", "f4"}, {"\x1b[[D", "f4"}};
static struct termios before;
static bool entered, changing, prompting;
static struct timer frame;
static struct picture shown; /* its rows stay display.c's: always those of the last picture */
static struct line {
    char text[130];
    const char *style;
    int left;
} paper[PAPER_LINES];
static int paper_count;
static char typed[TYPED_MAX + 1], note[160];
/* As much of the text as fits into `cells`, of which it gives the rest. Nothing in it can steer the terminal. */
static int out(const char *text, int cells, const char *style) {
    const char *end = text + strlen(text);
    for (printf("\x1b[0%sm", style); text < end;) {
        char bytes[4];
        uint32_t character = next_character(&text, end);
        if (character_cells(character) > cells) break;
        cells -= character_cells(character);
        fwrite(bytes, 1, put_character(is_undrawable(character) ? ' ' : character, bytes), stdout);
    }
    return fputs("\x1b[0m", stdout), cells;
}
static void draw_row(int row) {
    static const char *const looks[] = {"", ";7", ";1"};
    const char *next = shown.row[row], *end = next + strlen(next);
    for (int cell = 0, run = 0; cell < shown.columns;) {
        const struct picture_run *of = run < shown.run_count[row] ? &shown.runs[row][run] : NULL;
        const char *at = next < end ? next : " ";
        int cells = next < end ? character_cells(next_character(&next, end)) : 1;
        out(at, cells, of != NULL && cell >= of->from ? looks[of->style] : "");
        cell += cells;
        run += of != NULL && cell >= of->to;
    }
}
/* The frame, what is in it, and the icons below it. */
static void draw_device(int row) {
    const bool on[] = {shown.signed_on, shown.owed, shown.paper_out, shown.quality == 0, !shown.lit};
    if (row == 0 || row == shown.rows + 1) {
        fputs(row == 0 ? "┌" : "└", stdout);
        for (int column = 0; column < shown.columns; column++) fputs("─", stdout);
        fputs(row == 0 ? "┐" : "┘", stdout);
    } else if (row <= shown.rows) {
        fputs("│", stdout);
        draw_row(row - 1);
        fputs("│", stdout);
    } else {
        for (int at = 0; at < 5; at++) printf(on[at] ? " %s " : "", words[config.english][at]);
        out(" ▂▄▆█", 1 + shown.quality, "");
    }
}
static void draw_paper(const struct line *line, int cells) {
    printf("▏%*s", line->left, "");
    out(line->text, cells - line->left - 1, line->style);
}
/* The device, the last lines of its paper, and what the keys do. */
static void draw(void *of) {
    const char *const *text = words[config.english];
    struct winsize size = {.ws_row = 0};
    ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
    if (size.ws_row == 0 || size.ws_col == 0) size.ws_row = 24, size.ws_col = 80; /* a serial line knows no size */
    int rows = size.ws_row - HINTS, top = shown.rows + 3, room = rows > top ? rows - top : 0;
    int first = paper_count > room ? paper_count - room : 0;
    for (int row = 0; row < rows; row++) {
        int line = first + row - top;
        printf("\x1b[%d;1H\x1b[K", row + 1);
        if (row < top) draw_device(row);
        else if (line < paper_count) draw_paper(&paper[line], size.ws_col);
    }
    const char *const hints[HINTS] = {prompting ? operator_cards() : note, text[prompting ? 7 : 6], text[5]};
    for (int row = 0; row < HINTS; row++) {
        printf("\x1b[%d;1H\x1b[K", rows + row + 1);
        int left = out(hints[row], size.ws_col, row > 0 ? ";2" : "");
        out(row == 1 ? typed : "", left, "");
    }
    changing = fflush(stdout) > 0;
    timer_start(&frame, STEADY_MS, draw, of); /* the window may have got another size, or somebody written into it */
}
static void changed(void) {
    if (entered && !changing) timer_start(&frame, FRAME_MS, draw, NULL);
    changing = entered;
}
void tty_screen(const struct picture *picture) { shown = *picture, changed(); }
void tty_stopped(const char *why) { snprintf(note, sizeof note, "%s", why), changed(); }
void tty_paper(const char *text, enum align align, bool large) {
    if (paper_count == PAPER_LINES) memmove(paper, paper + 1, sizeof *paper * (size_t)--paper_count);
    struct line *line = &paper[paper_count++];
    int room = config.compact ? 24 : 32;
    for (const char *at = text, *end = text + strlen(text); at < end;)
        room -= character_cells(next_character(&at, end));
    *line = (struct line){.left = align == LEFT ? 0 : align == RIGHT ? room : room / 2, .style = large ? ";1" : ""};
    snprintf(line->text, sizeof line->text, "%s", text), changed();
}
void tty_slip_end(void) { tty_paper("┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄", CENTRE, false); }

/* A keystroke while tracks are typed, or the place of a card in the reader's file. */
static void type(char key) {
    size_t length = strlen(typed);
    bool entry = key == '\r' || key == '\n', place = length == 1 && *typed >= '1' && *typed <= '9';
    prompting = !entry && key != ESC;
    if (entry) place ? operator_card(*typed - '0') : operator_swipe_line(typed);
    if ((key == 0x7f || key == '\b') && length > 0) typed[length - 1] = '\0';
    if (key >= ' ' && key <= '~' && length < TYPED_MAX) typed[length] = key;
    if (!prompting) wipe(typed, sizeof typed);
}
static void act(char key) {
    prompting = key == 'c' || key == 's';
    if (key == ';' || key == '%' || key == '+') type(key);
    if (key == 'l') operator_cable(!link_plugged());
    if (key == 'o') operator_paper(paper_is_out(), 0);
    if (key == 'T' || key == 'M') key == 'T' ? operator_tamper() : operator_service();
    if (key == 'q' || key == CTRL_C) operator_quit();
}
/* Obeys the first keystroke of what a terminal sent at once; gives how many bytes it has. */
static size_t stroke(const char *input) {
    char name[2] = {*input, '\0'}, *key = *input >= '0' && *input <= '9' ? name : NULL;
    size_t length = *input == ESC && (input[1] == '[' || input[1] == 'O') ? 2 : 1;
    if (length == 2) length += strspn(input + 2, "[0123456789;"), length += input[length] != '\0';
    for (size_t at = 0; at < sizeof strokes / sizeof *strokes; at++)
        if (strlen(strokes[at][0]) == length && strncmp(strokes[at][0], input, length) == 0) key = strokes[at][1];
    note[0] = '\0';
    if (prompting && *input != CTRL_C) type(length == 1 ? *input : '\0');
    else if (key != NULL) operator_press(key);
    else if (length == 1) act(*input);
    return length;
}
static void hear(int file, void *of) {
    static char input[256];
    ssize_t count = read(file, input, sizeof input - 1);
    input[count > 0 ? count : 0] = '\0';
    if (count <= 0) watch(file, 0, NULL, of), operator_quit(); /* the terminal was closed */
    for (const char *next = input; *next != '\0';) next += stroke(next);
    wipe(input, sizeof input); /* digits of a PIN, or a track */
    changed();
}
void tty_start(void) {
    if (!isatty(STDOUT_FILENO) || tcgetattr(STDIN_FILENO, &before) != 0)
        die(EXIT_USAGE, "no terminal here; --pipe runs without one");
    struct termios raw = before;
    cfmakeraw(&raw), tcsetattr(STDIN_FILENO, TCSANOW, &raw);
    fputs("\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J", stdout); /* alternate screen, no cursor, no line wrap */
    watch(STDIN_FILENO, POLLIN, hear, NULL), entered = true;
}
void tty_end(void) {
    if (!entered) return;
    entered = false, timer_stop(&frame);
    fputs("\x1b[?7h\x1b[?25h\x1b[?1049l", stdout), fflush(stdout);
    tcsetattr(STDIN_FILENO, TCSANOW, &before);
}
