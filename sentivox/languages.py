"""Whisper's languages, and the language family of each, which has a recogniser.

Codes, order and English names are those of Whisper's tokenizer. Families follow Glottolog's
top-level groups, except that Indo-European is split into its branches and that Sino-Tibetan,
Austroasiatic and the like stay whole, since Whisper knows few of their languages.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import langcodes


class LanguageFamily(StrEnum):
    """A group of languages with one recogniser."""

    GERMANIC = "germanic"
    ROMANCE = "romance"
    SLAVIC = "slavic"
    BALTIC = "baltic"
    CELTIC = "celtic"
    HELLENIC = "hellenic"
    ALBANIAN = "albanian"
    ARMENIAN = "armenian"
    INDO_ARYAN = "indo_aryan"
    IRANIAN = "iranian"
    URALIC = "uralic"
    TURKIC = "turkic"
    MONGOLIC = "mongolic"
    BASQUE = "basque"
    KARTVELIAN = "kartvelian"
    AFROASIATIC = "afroasiatic"
    DRAVIDIAN = "dravidian"
    SINO_TIBETAN = "sino_tibetan"
    JAPONIC = "japonic"
    KOREANIC = "koreanic"
    KRA_DAI = "kra_dai"
    AUSTROASIATIC = "austroasiatic"
    AUSTRONESIAN = "austronesian"
    NIGER_CONGO = "niger_congo"
    MULTILINGUAL = "multilingual"
    """Not a family: one recogniser for all languages without one of their own."""


FAMILIES = tuple(family for family in LanguageFamily if family is not LanguageFamily.MULTILINGUAL)
"""The families that languages belong to."""


@dataclass(frozen=True, slots=True)
class Language:
    """A language by Whisper's code."""

    code: str
    name: str
    """English name in lower case, as in OpenAI's `verbose_json`."""
    family: LanguageFamily

    @property
    def native_name(self) -> str:
        """Name in the language itself, in its own script."""
        tag = _CLDR_CODES.get(self.code, self.code)
        return langcodes.Language.get(tag).autonym()


_TABLE = """
en english        germanic      | zh chinese        sino_tibetan  | de german         germanic
es spanish        romance       | ru russian        slavic        | ko korean         koreanic
fr french         romance       | ja japanese       japonic       | pt portuguese     romance
tr turkish        turkic        | pl polish         slavic        | ca catalan        romance
nl dutch          germanic      | ar arabic         afroasiatic   | sv swedish        germanic
it italian        romance       | id indonesian     austronesian  | hi hindi          indo_aryan
fi finnish        uralic        | vi vietnamese     austroasiatic | he hebrew         afroasiatic
uk ukrainian      slavic        | el greek          hellenic      | ms malay          austronesian
cs czech          slavic        | ro romanian       romance       | da danish         germanic
hu hungarian      uralic        | ta tamil          dravidian     | no norwegian      germanic
th thai           kra_dai       | ur urdu           indo_aryan    | hr croatian       slavic
bg bulgarian      slavic        | lt lithuanian     baltic        | la latin          romance
mi maori          austronesian  | ml malayalam      dravidian     | cy welsh          celtic
sk slovak         slavic        | te telugu         dravidian     | fa persian        iranian
lv latvian        baltic        | bn bengali        indo_aryan    | sr serbian        slavic
az azerbaijani    turkic        | sl slovenian      slavic        | kn kannada        dravidian
et estonian       uralic        | mk macedonian     slavic        | br breton         celtic
eu basque         basque        | is icelandic      germanic      | hy armenian       armenian
ne nepali         indo_aryan    | mn mongolian      mongolic      | bs bosnian        slavic
kk kazakh         turkic        | sq albanian       albanian      | sw swahili        niger_congo
gl galician       romance       | mr marathi        indo_aryan    | pa punjabi        indo_aryan
si sinhala        indo_aryan    | km khmer          austroasiatic | sn shona          niger_congo
yo yoruba         niger_congo   | so somali         afroasiatic   | af afrikaans      germanic
oc occitan        romance       | ka georgian       kartvelian    | be belarusian     slavic
tg tajik          iranian       | sd sindhi         indo_aryan    | gu gujarati       indo_aryan
am amharic        afroasiatic   | yi yiddish        germanic      | lo lao            kra_dai
uz uzbek          turkic        | fo faroese        germanic      | ht haitian_creole romance
ps pashto         iranian       | tk turkmen        turkic        | nn nynorsk        germanic
mt maltese        afroasiatic   | sa sanskrit       indo_aryan    | lb luxembourgish  germanic
my myanmar        sino_tibetan  | bo tibetan        sino_tibetan  | tl tagalog        austronesian
mg malagasy       austronesian  | as assamese       indo_aryan    | tt tatar          turkic
haw hawaiian      austronesian  | ln lingala        niger_congo   | ha hausa          afroasiatic
ba bashkir        turkic        | jw javanese       austronesian  | su sundanese      austronesian
yue cantonese     sino_tibetan
"""


def _read(table: str) -> dict[str, Language]:
    cells = (cell.split() for row in table.strip().splitlines() for cell in row.split("|"))
    return {
        code: Language(code, name.replace("_", " "), LanguageFamily(family))
        for code, name, family in cells
    }


LANGUAGES: dict[str, Language] = _read(_TABLE)

UNSPACED = frozenset({"zh", "yue", "ja", "th", "lo", "my", "bo", "km"})
"""Languages written without spaces between words."""

_CLDR_CODES = {"jw": "jv", "tl": "fil"}


def family_of(code: str) -> LanguageFamily:
    """The family of a code in LANGUAGES; KeyError for any other."""
    return LANGUAGES[code].family
