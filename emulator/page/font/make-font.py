#!/usr/bin/python3
"""Makes shuaka-lcd.woff2, the 16-pixel font of screen and paper, from GNU Unifont.

  apt-get install fonts-unifont python3-fonttools python3-brotli
  /usr/bin/python3 emulator/page/font/make-font.py

ASCII is 8 pixels wide, everything of GB 2312 is 16: half and full, as on a terminal. The result is committed;
nothing in the build needs Python.
"""
import pathlib
from fontTools import subset
from fontTools.ttLib import TTFont

SOURCE = "/usr/share/fonts/opentype/unifont/unifont.otf"
TARGET = pathlib.Path(__file__).with_name("shuaka-lcd.woff2")
NAME = "Shuaka LCD"


def characters():
    yield from (chr(c) for c in range(0x20, 0x7F))
    for high in range(0xA1, 0xF8):  # GB 2312: rows 1-9 signs, 16-87 characters
        for low in range(0xA1, 0xFF):
            try:
                yield bytes((high, low)).decode("gb2312")
            except UnicodeDecodeError:
                pass
    yield from "\u00a0\u00a5\u2014\u2500\u2502\u250c\u2510\u2514\u2518\u2588\u2591\u25b2\u25bc\u25cf\u2022\u2026\ufffd"


options = subset.Options()
options.flavor = "woff2"
options.hinting = False
options.layout_features = []
options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14]
options.prune_unicode_ranges = False
options.notdef_outline = True
options.desubroutinize = False

font = TTFont(SOURCE)
subsetter = subset.Subsetter(options)
subsetter.populate(text="".join(characters()))
subsetter.subset(font)
for record in font["name"].names:
    if record.nameID in (1, 3, 4):
        record.string = NAME
    if record.nameID == 6:
        record.string = NAME.replace(" ", "")
font.flavor = "woff2"
font.save(TARGET)
print(TARGET, TARGET.stat().st_size)

half, full = font["hmtx"][font.getBestCmap()[0x41]][0], font["hmtx"][font.getBestCmap()[0x4E2D]][0]
assert full == 2 * half, (half, full)
