"""The lines that tokenizers are compared on: pure functions of a seed, see make.py."""

import random
import unicodedata

WORDS = """
the of and water river morning friend nobody isn't WE'LL they'd I'm you're O'Brien rock'n'roll naïve café façade über Straße
coöperate Ærøskøbing œuvre jalapeño mañana ¿qué ¡hola! İstanbul ıspanak ğüzel şekil ÇOCUK žlutý kůň příliš zażółć gęślą jaźń
voda река утро друг никто съешь ещё этих мягких булок ЩЁЛК вода київ їжак ґанок ўсход ћирилица
νερό ποτάμι πρωί φίλος κανείς ΟΔΥΣΣΕΎΣ ἀρχὴ ᾧ ὕδωρ
מים נהר בֹּקֶר חָבֵר שָׁלוֹם אף־אחד ירושלים לֹא
ماء نهر صباح صديق لا أحد السَّلَامُ عَلَيْكُمْ پارسی گفتگو اُردُو ٱلله ﷺ
पानी नदी सुबह दोस्त कोई नहीं क्षत्रिय ज्ञान हिन्दी संस्कृतम् জল নদী সকাল বন্ধু தண்ணீர் நதி காலை నీరు నది ನೀರು വെള്ളം
น้ำ แม่น้ำ เช้า เพื่อน ไม่มีใคร ກາລະເມີດ ទឹក ရေ བོད་སྐད་
水 河川 早晨 朋友 沒有人 我们 漢字 简体字 みず かわ あさ ともだち カタカナ ｶﾀｶﾅ がぎぐ か゛ ヷ
물 강 아침 친구 아무도 한국어 각 ᄒ ᅡ ᆫ ꥠ
ውሃ ወንዝ ጠዋት წყალი მდინარე დილა ჯური ջուր գետ առավոտ ᎤᏍᏗ ᓄᓇᕗᑦ ᚠᚢᚦ 𐍈𐌹𐍃 𝒳𝓎𝔷 𐐨𐐩 𠀀𠮷
""".split()

EMOJI = """
😀 🤷🏽‍♀️ 👩‍👩‍👧‍👦 👨🏿‍🚀 🏳️‍🌈 🏴‍☠️ 🏴󠁧󠁢󠁳󠁣󠁴󠁿 🇺🇳🇩🇪 👍🏻👍🏿 ❤️ ❤︎ 1️⃣ #️⃣ ☎️ 🧑🏾‍🤝‍🧑🏻 🫠 🐈‍⬛ ✌🏼 👁️‍🗨️ © ™ ‼️ ㊗️ 🀄 💩💩💩
""".split()

COMPATIBLE = "ﬁ ﬃ ① ⑳ ㎏ ㏒ Å Ω K ½ ⅷ ² ₃ ﾊﾟ Ⓐ ª º ſ ẛ̣ ǆ ŉ ẚ ﷺ ﷽ ℡ ㈱ ︷ ﹖ Ａ １ 〿 ⼈ 豈 ΐ ΰ ΄ ẞ ß".split()

MARKS = (
    [chr(c) for c in (0x300, 0x301, 0x302, 0x303, 0x308, 0x30A, 0x30C, 0x31B, 0x323, 0x327, 0x328, 0x331, 0x334, 0x338, 0x345, 0x35C)]
    + [chr(c) for c in (0x5B0, 0x5B4, 0x5B7, 0x5BC, 0x5C1, 0x64B, 0x64E, 0x651, 0x670, 0x93C, 0x94D, 0xE38, 0xE48, 0xF71, 0x3099, 0x20D0, 0x20E3, 0x1D165)]
)  # fmt: skip

DIGITS = (
    "0123456789" + "٠١٢٣٤٥٦٧٨٩" + "۴۵۶" + "०१२३" + "๐๑๒" + "０１２３" + "𝟘𝟙𝟚" + "ⅠⅣⅫ" + "½¼²³₁" + "一〇" + "༠༡" + "፩፪"
)

SPACES = [
    " ",
    " ",
    " ",
    "\t",
    "\n",
    "\r\n",
    "\r",
    "\u00a0",
    "\u2003",
    "\u3000",
    "\u0085",
    "\u2028",
    "\u2029",
    "\u200b",
    "\u1680",
    "\u202f",
    "\v",
    "\f",
]

MARKUP = """
<|endoftext|> <|begin_of_text|> <|end_of_text|> <|eot_id|> <|start_header_id|>user<|end_header_id|> <|im_start|>system <|im_end|>
<s> </s> <unk> <pad> <bos> <eos> <start_of_turn>model <end_of_turn> <mask> [MASK] <|im_st <|endoftext <|ENDOFTEXT|> <S> < s > <|endoftext|
<|endoftext|><|endoftext|> x<s>y <0x41> <0xE2> ▁ ▁▁the Ġ Ġthe Ċ <unused7> [SEP] WholeWord wholeword WholeWords
""".split()

CODE = """
def f(x, *args, **kw): -> dict[str, int]: {"key": [1, 2.5e-10, null]} for(int i=0;i<n;++i){a[i]+=b[i]; std::vector<std::pair<int,float>> x != y && z || !w
#include\x20<stdio.h> \\frac{\\partial}{\\partial\x20x} SELECT\x20*\x20FROM\x20t; https://example.org/a?b=c&d=%20e#f user@example.org /usr/lib/x86_64 snake_case_name camelCaseName
HTTPServer2 0xDEADBEEF 1_000_000 3.14159 -1e-7f 100% $9.99 a.b.c:: ->> === <<= ``` /* */ //// ------ ====== ...... !!!??? "''" «»„“”‚‘’ – — … • ¶ § † ‡
""".split(" ")

BIDI = "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2069\u061c"


def pick(draw, items, low, high):
    return [draw.choice(items) for _ in range(draw.randint(low, high))]


def gap(draw):
    return " " if draw.random() < 0.7 else "".join(pick(draw, SPACES, 0, 4))


def joined(draw, items):
    return "".join(item + gap(draw) for item in items)


def words(draw):
    text = joined(draw, pick(draw, WORDS, 1, 12))
    return unicodedata.normalize(draw.choice(["NFC", "NFD", "NFKC", "NFKD"]), text) if draw.random() < 0.4 else text


def emoji(draw):
    return joined(draw, pick(draw, EMOJI + WORDS[:20], 1, 8)) + "".join(
        pick(draw, ["🏻", "🏿", "\u200d", "\ufe0f", "👩", "🇦"], 0, 6)
    )


def marks(draw):
    bases = pick(draw, [*"aeiouAEOnsZ ", "한", "ᄒ", "か", "ש", "ل", "क", "ཀ", "𝅘𝅥", *COMPATIBLE], 1, 10)
    return "".join(base + "".join(pick(draw, MARKS, 0, 5)) for base in bases)


def right_to_left(draw):
    return joined(draw, pick(draw, WORDS[60:90] + list(BIDI) + list("123()[]"), 2, 14))


def digits(draw):
    return "".join(
        "".join(pick(draw, draw.choice(["0123456789", DIGITS]), 1, 14))
        + draw.choice([" ", ",", ".", "", "\n", "a", "/"])
        for _ in range(draw.randint(1, 6))
    )


def code(draw):
    lines = []
    for _ in range(draw.randint(1, 4)):
        indent = draw.choice([" ", "\t", "  ", "    "]) * draw.randint(0, 6)
        lines.append(indent + " ".join(pick(draw, CODE, 1, 6)))
    return draw.choice(["\n", "\r\n", "\n\n"]).join(lines)


def spaces(draw):
    one = draw.choice(SPACES)
    runs = [
        one * draw.randint(1, 40) if draw.random() < 0.3 else "".join(pick(draw, SPACES, 1, 9))
        for _ in range(draw.randint(1, 4))
    ]
    return draw.choice(["", "x", "the"]) + "".join(run + draw.choice(["", "a", "!", "7", "é"]) for run in runs)


def controls(draw):
    points = [
        *range(0x20),
        *range(0x7F, 0xA0),
        0xAD,
        0xFEFF,
        0xFFFD,
        0xFFFE,
        0xFFFF,
        0xE000,
        0xF8FF,
        0x10FFFF,
        0x1FFFE,
        0xE0001,
        0x378,
    ]
    return "".join(draw.choice([chr(draw.choice(points)), draw.choice("ab 1.\n")]) for _ in range(draw.randint(1, 24)))


def junk(draw):
    """Characters that every Unicode library of today knows alike: those of Unicode 3.2."""
    old = unicodedata.ucd_3_2_0
    text = ""
    while len(text) < 24:
        point = draw.choice(
            [draw.randrange(0x80, 0x3000), draw.randrange(0x80, 0xD800), draw.randrange(0xE000, 0x110000)]
        )
        if old.category(chr(point)) != "Cn":
            text += chr(point)
    return text


def long_word(draw):
    n = draw.randint(50, 1500)
    return draw.choice(
        [
            lambda: draw.choice("aé水😀'0 ") * n,
            lambda: draw.choice(["ab", "the", "na", "=-", "हि", "한글"]) * (n // 2),
            lambda: "".join(draw.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(n)),
            lambda: "".join(WORDS)[: n // 2],
        ]
    )()


def markup(draw):
    return joined(draw, pick(draw, MARKUP + WORDS[:10], 1, 9))


def apostrophes(draw):
    ends = [
        "'s",
        "'S",
        "'t",
        "'re",
        "'RE",
        "'ve",
        "'m",
        "'ll",
        "'LL",
        "'d",
        "'D",
        "’s",
        "'",
        "''s",
        "'\u017f",
        "'K",
        "'x",
    ]
    return joined(
        draw,
        [
            draw.choice([*WORDS[:12], "", "7", "!"]) + draw.choice(ends) + draw.choice(["", "", "n", "'s"])
            for _ in range(draw.randint(1, 8))
        ],
    )


KINDS = [words, words, emoji, marks, right_to_left, digits, code, spaces, controls, junk, markup, markup, apostrophes]


def lines(count=2400, seed=20250911):
    draw = random.Random(seed)
    found = ["", " ", "\n", "a", "  a", "naïve 'tis  2024\n\n\tx"]
    while len(found) < count:
        kind = long_word if len(found) % 60 == 59 else draw.choice(KINDS)
        found.append(kind(draw))
    return found
