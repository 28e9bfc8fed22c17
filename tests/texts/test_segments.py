"""Encodings and segments, against the published table and against another implementation."""

from __future__ import annotations

import subprocess
import sys

import pytest
import smsutil
from hypothesis import given
from hypothesis import strategies as st

from textrequest_ext import Segments, UnexpectedArgumentError, segments

# The GSM 7 bit default alphabet of 3GPP TS 23.038 as code points, in the order of the codes 0x00 to 0x7F.
# 0x1B escapes to the extension table.
PUBLISHED = [
    "0040",
    "00A3",
    "0024",
    "00A5",
    "00E8",
    "00E9",
    "00F9",
    "00EC",
    "00F2",
    "00C7",
    "000A",
    "00D8",
    "00F8",
    "000D",
    "00C5",
    "00E5",
    "0394",
    "005F",
    "03A6",
    "0393",
    "039B",
    "03A9",
    "03A0",
    "03A8",
    "03A3",
    "0398",
    "039E",
    "ESC",
    "00C6",
    "00E6",
    "00DF",
    "00C9",
    "0020",
    "0021",
    "0022",
    "0023",
    "00A4",
    "0025",
    "0026",
    "0027",
    "0028",
    "0029",
    "002A",
    "002B",
    "002C",
    "002D",
    "002E",
    "002F",
    "0030",
    "0031",
    "0032",
    "0033",
    "0034",
    "0035",
    "0036",
    "0037",
    "0038",
    "0039",
    "003A",
    "003B",
    "003C",
    "003D",
    "003E",
    "003F",
    "00A1",
    "0041",
    "0042",
    "0043",
    "0044",
    "0045",
    "0046",
    "0047",
    "0048",
    "0049",
    "004A",
    "004B",
    "004C",
    "004D",
    "004E",
    "004F",
    "0050",
    "0051",
    "0052",
    "0053",
    "0054",
    "0055",
    "0056",
    "0057",
    "0058",
    "0059",
    "005A",
    "00C4",
    "00D6",
    "00D1",
    "00DC",
    "00A7",
    "00BF",
    "0061",
    "0062",
    "0063",
    "0064",
    "0065",
    "0066",
    "0067",
    "0068",
    "0069",
    "006A",
    "006B",
    "006C",
    "006D",
    "006E",
    "006F",
    "0070",
    "0071",
    "0072",
    "0073",
    "0074",
    "0075",
    "0076",
    "0077",
    "0078",
    "0079",
    "007A",
    "00E4",
    "00F6",
    "00F1",
    "00FC",
    "00E0",
]
# The extension table by code.
EXTENSION = {
    0x0A: 0x000C, 0x14: 0x005E, 0x28: 0x007B, 0x29: 0x007D, 0x2F: 0x005C,
    0x3C: 0x005B, 0x3D: 0x007E, 0x3E: 0x005D, 0x40: 0x007C, 0x65: 0x20AC,
}  # fmt: skip
BASIC = {chr(int(code, 16)) for code in PUBLISHED if code != "ESC"}
EXTENDED = {chr(code) for code in EXTENSION.values()}

texts = st.text(
    st.one_of(
        st.sampled_from("a]€~"),
        st.sampled_from(sorted(BASIC | EXTENDED)),
        st.sampled_from("“ç😀ж"),
        st.characters(exclude_categories=["Cs"], exclude_characters="\x1b"),
    ),
    min_size=1,  # smsutil takes an empty text for UCS-2
    max_size=500,
)
long_texts = st.lists(
    st.tuples(st.sampled_from(["a", "]", "😀", "ж", "é"]), st.integers(1, 200)), min_size=1, max_size=8
).map(lambda runs: "".join(character * times for character, times in runs))


def test_every_character_counts_as_in_the_published_table() -> None:
    assert len(PUBLISHED) == 128
    for code in range(0x11000):
        character = chr(code)
        counted = segments(character)
        if character in BASIC | EXTENDED:
            units = 2 if character in EXTENDED else 1
            assert counted == Segments("GSM-7", units, 1), hex(code)
        else:
            units = 2 if code > 0xFFFF else 1
            assert counted == Segments("UCS-2", units, 1, (character,)), hex(code)


@pytest.mark.parametrize(
    ("text", "encoding", "units", "count"),
    [
        ("", "GSM-7", 0, 1),
        ("a" * 160, "GSM-7", 160, 1),
        ("a" * 161, "GSM-7", 161, 2),
        ("a" * 306, "GSM-7", 306, 2),
        ("a" * 307, "GSM-7", 307, 3),
        ("]" * 80, "GSM-7", 160, 1),
        ("]" * 81, "GSM-7", 162, 2),
        # A pair is not split: each segment has 76 pairs and one septet that stays empty.
        ("]" * 152, "GSM-7", 304, 2),
        ("]" * 153, "GSM-7", 306, 3),
        ("a" * 152 + "]" + "b" * 152, "GSM-7", 306, 3),
        ("a" * 151 + "]" + "b" * 153, "GSM-7", 306, 2),
        ("ж" * 70, "UCS-2", 70, 1),
        ("ж" * 71, "UCS-2", 71, 2),
        ("ж" * 134, "UCS-2", 134, 2),
        ("ж" * 135, "UCS-2", 135, 3),
        ("😀" * 35, "UCS-2", 70, 1),
        ("😀" * 66, "UCS-2", 132, 2),
        pytest.param("😀" * 67, "UCS-2", 134, 3, id="67 emoji"),
        ("ж" * 66 + "😀" + "ж" * 66, "UCS-2", 134, 3),
        ("ж" + "]" * 69, "UCS-2", 70, 1),
    ],
)
def test_characters_of_two_units_are_not_split(text: str, encoding: str, units: int, count: int) -> None:
    counted = segments(text)
    assert (counted.encoding, counted.units, counted.segments) == (encoding, units, count)


def test_the_characters_that_force_ucs2_are_listed_once_in_order() -> None:
    assert segments("Çava “oui” ça… “non”").ucs2_characters == ("“", "”", "ç", "…")
    assert segments("[Ça] costs 5 €").ucs2_characters == ()


@given(st.one_of(texts, long_texts))
def test_counts_are_those_of_smsutil(text: str) -> None:
    expected = smsutil.split(text)
    counted = segments(text)
    assert counted.encoding == {"gsm0338": "GSM-7", "utf_16_be": "UCS-2"}[expected.encoding]
    assert counted.segments == len(expected.parts)
    assert counted.units == sum(part.bytes for part in expected.parts) // (
        1 if counted.encoding == "GSM-7" else 2
    )


@pytest.mark.parametrize("body", [None, b"text", 7, ["a"]])
def test_other_types_are_refused(body: object) -> None:
    with pytest.raises(UnexpectedArgumentError, match="body: must be a str"):
        segments(body)  # type: ignore[arg-type]


def test_nothing_is_imported_before_the_first_use() -> None:
    script = (
        "import sys, textrequest_ext; "
        "assert not [name for name in sys.modules if 'textrequest_ext._texts' in name]; "
        "assert textrequest_ext.segments('a').units == 1"
    )
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
