"""Number words by language, as lists to read and extend. Knows words only, no rules.

Left out are words for one that are the article as well ("ein", "un", "bir"), Persian نه, which is "no" as well,
and ordinals. A language that is not listed is taken for English.
"""

from typing import Final, NamedTuple


class Numerals(NamedTuple):
    """How a language counts.

    Attributes:
        small: the words for 0, 1, 2 ... in order, alternatives split by ``/``, ``-`` for none.
        tens: the words for 20, 30 ... 90, likewise.
        large: the words for 100, 1,000, 10,000, likewise.
        joined: how tens and a unit make one word, from ``{unit}``, ``{tens}`` and ``{stem}`` (tens less a letter).
        parts: words that count only inside joined ones, ``word=value``.
        connectors: words between the parts of one number.
        unspaced: numbers are found anywhere, not only between spaces.
    """

    small: str
    tens: str = ""
    large: str = ""
    joined: str = ""
    parts: str = ""
    connectors: str = ""
    unspaced: bool = False


NUMERALS: Final[dict[str, Numerals]] = {
    "en": Numerals(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
        "seventeen eighteen nineteen",
        "twenty thirty forty fifty sixty seventy eighty ninety",
        "hundred thousand",
        connectors="and",
    ),
    "de": Numerals(
        "null eins zwei/zwo drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn "
        "siebzehn achtzehn neunzehn",
        "zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig",
        "hundert tausend",
        joined="{unit}und{tens}",
        parts="ein=1",
    ),
    "fr": Numerals(
        "zéro - deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize",
        "vingt trente quarante cinquante soixante septante huitante nonante",
        "cent/cents mille",
        connectors="et",
    ),
    "es": Numerals(
        "cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince "
        "dieciséis/dieciseis diecisiete dieciocho diecinueve",
        "veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa",
        "cien/ciento mil",
        joined="{tens}{unit}",
        parts="veinti=20 dós=2 trés=3 séis=6",
        connectors="y",
    ),
    "it": Numerals(
        "zero uno due tre quattro cinque sei sette otto nove dieci undici dodici tredici quattordici quindici sedici "
        "diciassette diciotto diciannove",
        "venti trenta quaranta cinquanta sessanta settanta ottanta novanta",
        "cento mille/mila",
        joined="{tens}{unit} {stem}{unit}",
        parts="tré=3",
    ),
    "pt": Numerals(
        "zero - dois/duas três quatro cinco seis/meia sete oito nove dez onze doze treze catorze/quatorze quinze "
        "dezesseis/dezasseis dezessete/dezassete dezoito dezenove/dezanove",
        "vinte trinta quarenta cinquenta sessenta setenta oitenta noventa",
        "cem/cento mil",
        connectors="e",
    ),
    "nl": Numerals(
        "nul één twee drie vier vijf zes zeven acht negen tien elf twaalf dertien veertien vijftien zestien zeventien "
        "achttien negentien",
        "twintig dertig veertig vijftig zestig zeventig tachtig negentig",
        "honderd duizend",
        joined="{unit}en{tens} {unit}ën{tens}",
        parts="een=1",
    ),
    "pl": Numerals(
        "zero jeden/jedna dwa/dwie trzy cztery pięć sześć siedem osiem dziewięć dziesięć jedenaście dwanaście "
        "trzynaście czternaście piętnaście szesnaście siedemnaście osiemnaście dziewiętnaście",
        "dwadzieścia trzydzieści czterdzieści pięćdziesiąt sześćdziesiąt siedemdziesiąt osiemdziesiąt dziewięćdziesiąt",
        "sto tysiąc",
    ),
    "ru": Numerals(
        "ноль/нуль один/одна два/две три четыре пять шесть семь восемь девять десять одиннадцать двенадцать "
        "тринадцать четырнадцать пятнадцать шестнадцать семнадцать восемнадцать девятнадцать",
        "двадцать тридцать сорок пятьдесят шестьдесят семьдесят восемьдесят девяносто",
        "сто тысяча",
    ),
    "cs": Numerals(
        "nula jeden/jedna dva/dvě tři čtyři pět šest sedm osm devět deset jedenáct dvanáct třináct čtrnáct patnáct "
        "šestnáct sedmnáct osmnáct devatenáct",
        "dvacet třicet čtyřicet padesát šedesát sedmdesát osmdesát devadesát",
        "sto tisíc",
    ),
    "tr": Numerals(
        "sıfır - iki üç dört beş altı yedi sekiz dokuz on",
        "yirmi otuz kırk elli altmış yetmiş seksen doksan",
        "yüz bin",
    ),
    "ar": Numerals(
        "صفر واحد/واحدة اثنان/اثنين/اثنتين ثلاثة/ثلاث أربعة/أربع خمسة/خمس ستة/ست سبعة/سبع ثمانية/ثماني/ثمان تسعة/تسع "
        "عشرة/عشر",
        "عشرون/عشرين ثلاثون/ثلاثين أربعون/أربعين خمسون/خمسين ستون/ستين سبعون/سبعين ثمانون/ثمانين تسعون/تسعين",
        "مئة/مائة ألف",
    ),
    "he": Numerals(
        "אפס אחד/אחת שתיים/שניים/שני/שתי שלוש/שלושה ארבע/ארבעה חמש/חמישה שש/שישה שבע/שבעה שמונה תשע/תשעה עשר/עשרה",
        "עשרים שלושים ארבעים חמישים שישים שבעים שמונים תשעים",
        "מאה אלף",
    ),
    "hi": Numerals(
        "शून्य - दो तीन चार पाँच/पांच छह/छः सात आठ नौ दस ग्यारह बारह तेरह चौदह पंद्रह/पन्द्रह सोलह सत्रह अठारह उन्नीस "
        "बीस इक्कीस बाईस तेईस चौबीस पच्चीस",
        "- तीस चालीस पचास साठ सत्तर अस्सी नब्बे",
        "सौ हज़ार/हजार",
    ),
    "fa": Numerals(
        "صفر - دو سه چهار پنج شش هفت هشت - ده یازده دوازده سیزده چهارده پانزده شانزده هفده هجده نوزده",
        "بیست سی چهل پنجاه شصت هفتاد هشتاد نود",
        "صد هزار",
        connectors="و",
    ),
    "ko": Numerals(
        "영/공 하나/한 둘/두 셋/세 넷/네 다섯 여섯 일곱 여덟 아홉 열",
        "스물/스무/이십 서른/삼십 마흔/사십 쉰/오십 예순/육십 일흔/칠십 여든/팔십 아흔/구십",
        "백 천 만",
    ),
    "hu": Numerals(
        "nulla - kettő/két három négy öt hat hét nyolc kilenc tíz",
        "húsz harminc negyven ötven hatvan hetven nyolcvan kilencven",
        "száz ezer",
        joined="{tens}{unit}",
        parts="tizen=10 huszon=20 egy=1",
    ),
    "fi": Numerals(
        "nolla yksi kaksi kolme neljä viisi kuusi seitsemän kahdeksan yhdeksän kymmenen yksitoista kaksitoista "
        "kolmetoista neljätoista viisitoista kuusitoista seitsemäntoista kahdeksantoista yhdeksäntoista",
        "kaksikymmentä kolmekymmentä neljäkymmentä viisikymmentä kuusikymmentä seitsemänkymmentä kahdeksankymmentä "
        "yhdeksänkymmentä",
        "sata tuhat",
        joined="{tens}{unit}",
    ),
    "sv": Numerals(
        "noll - två tre fyra fem sex sju åtta nio tio elva tolv tretton fjorton femton sexton sjutton arton nitton",
        "tjugo trettio fyrtio femtio sextio sjuttio åttio nittio",
        "hundra tusen",
        joined="{tens}{unit}",
        parts="ett=1 en=1",
    ),
    "zh": Numerals("零/〇 一 二/两/兩 三 四 五 六 七 八 九 十", large="百 千 万/萬", unspaced=True),
    "ja": Numerals("零/〇/ゼロ 一 二 三 四 五 六 七 八 九 十", large="百 千 万", unspaced=True),
    "th": Numerals("ศูนย์ หนึ่ง/เอ็ด สอง/ยี่ สาม สี่ ห้า หก เจ็ด แปด เก้า สิบ", large="ร้อย พัน", unspaced=True),
}
