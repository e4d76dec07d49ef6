"""Number words by language, as lists to read and extend. Knows words only, no rules.

Left out are words for one that are the article as well ("ein", "un", "bir"), Persian نه, which is "no" as well, and
ordinals that are mostly something else: the room in Spanish and Portuguese ("cuarto", "quarto"), "before" in Hindi
(पहले), "play" in Finnish ("toista"). A language that is not listed is taken for English.
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
        ordinals: the words for first, second, third ... in order, or their stems, alternatives split by ``/``.
        ordinal_tens: those for 20th, 30th ... 90th, likewise.
        ordinal_large: those for 100th, 1,000th, likewise.
        endings: what stems of ordinals end in, ``-`` for nothing.
        apart: words that are never joined to a number before them: "thirty second" is a duration.
        ordinal_mark: what stands before a number to make it an ordinal, where numbers are found anywhere.
        unspaced: numbers are found anywhere, not only between spaces.
    """

    small: str
    tens: str = ""
    large: str = ""
    joined: str = ""
    parts: str = ""
    connectors: str = ""
    ordinals: str = ""
    ordinal_tens: str = ""
    ordinal_large: str = ""
    endings: str = "-"
    apart: str = ""
    ordinal_mark: str = ""
    unspaced: bool = False


NUMERALS: Final[dict[str, Numerals]] = {
    "en": Numerals(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
        "seventeen eighteen nineteen",
        "twenty thirty forty fifty sixty seventy eighty ninety",
        "hundred thousand",
        connectors="and",
        ordinals="first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth "
        "fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth",
        ordinal_tens="twentieth thirtieth fortieth fiftieth sixtieth seventieth eightieth ninetieth",
        ordinal_large="hundredth thousandth",
        apart="second",
    ),
    "de": Numerals(
        "null eins zwei/zwo drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn "
        "siebzehn achtzehn neunzehn",
        "zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig",
        "hundert tausend",
        joined="{unit}und{tens}",
        parts="ein=1",
        ordinals="erst zweit dritt viert fünft sechst siebt/siebent acht neunt zehnt elft zwölft dreizehnt vierzehnt "
        "fünfzehnt sechzehnt siebzehnt achtzehnt neunzehnt",
        ordinal_tens="zwanzigst dreißigst vierzigst fünfzigst sechzigst siebzigst achtzigst neunzigst",
        ordinal_large="hundertst tausendst",
        endings="e er es en em",
    ),
    "fr": Numerals(
        "zéro - deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize",
        "vingt trente quarante cinquante soixante septante huitante nonante",
        "cent/cents mille",
        connectors="et",
        ordinals="premier/première/unième deuxième troisième quatrième cinquième sixième septième huitième "
        "neuvième dixième onzième douzième treizième quatorzième quinzième seizième",
        ordinal_tens="vingtième trentième quarantième cinquantième soixantième septantième huitantième nonantième",
        ordinal_large="centième millième",
    ),
    "es": Numerals(
        "cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince "
        "dieciséis/dieciseis diecisiete dieciocho diecinueve",
        "veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa",
        "cien/ciento mil",
        joined="{tens}{unit}",
        parts="veinti=20 dós=2 trés=3 séis=6",
        connectors="y",
        ordinals="primero/primera/primer segundo/segunda tercero/tercera/tercer cuarta quinto/quinta sexto/sexta "
        "séptimo/séptima octavo/octava noveno/novena décimo/décima undécimo/undécima duodécimo/duodécima",
        ordinal_tens="vigésimo/vigésima trigésimo/trigésima cuadragésimo/cuadragésima quincuagésimo/quincuagésima",
        ordinal_large="centésimo/centésima milésimo/milésima",
    ),
    "it": Numerals(
        "zero uno due tre quattro cinque sei sette otto nove dieci undici dodici tredici quattordici quindici sedici "
        "diciassette diciotto diciannove",
        "venti trenta quaranta cinquanta sessanta settanta ottanta novanta",
        "cento mille/mila",
        joined="{tens}{unit} {stem}{unit}",
        parts="tré=3 unesimo=1 duesimo=2 treesimo=3 quattresimo=4 cinquesimo=5 seiesimo=6 settesimo=7 "
        "ottesimo=8 novesimo=9 unesima=1 duesima=2 treesima=3 quattresima=4 cinquesima=5 seiesima=6 settesima=7 "
        "ottesima=8 novesima=9",
        ordinals="prim second terz quart quint sest settim ottav non decim undicesim dodicesim tredicesim "
        "quattordicesim quindicesim sedicesim diciassettesim diciottesim diciannovesim",
        ordinal_tens="ventesim trentesim quarantesim cinquantesim sessantesim settantesim ottantesim novantesim",
        ordinal_large="centesim millesim",
        endings="o a",
    ),
    "pt": Numerals(
        "zero - dois/duas três quatro cinco seis/meia sete oito nove dez onze doze treze catorze/quatorze quinze "
        "dezesseis/dezasseis dezessete/dezassete dezoito dezenove/dezanove",
        "vinte trinta quarenta cinquenta sessenta setenta oitenta noventa",
        "cem/cento mil",
        connectors="e",
        ordinals="primeiro/primeira segundo/segunda terceiro/terceira quarta quinto/quinta sexto/sexta sétimo/sétima "
        "oitavo/oitava nono/nona décimo/décima",
        ordinal_tens="vigésimo/vigésima trigésimo/trigésima quadragésimo/quadragésima quinquagésimo/quinquagésima",
        ordinal_large="centésimo/centésima milésimo/milésima",
    ),
    "nl": Numerals(
        "nul één twee drie vier vijf zes zeven acht negen tien elf twaalf dertien veertien vijftien zestien zeventien "
        "achttien negentien",
        "twintig dertig veertig vijftig zestig zeventig tachtig negentig",
        "honderd duizend",
        joined="{unit}en{tens} {unit}ën{tens}",
        parts="een=1",
        ordinals="eerste tweede derde vierde vijfde zesde zevende achtste negende tiende elfde twaalfde "
        "dertiende veertiende vijftiende zestiende zeventiende achttiende negentiende",
        ordinal_tens="twintigste dertigste veertigste vijftigste zestigste zeventigste tachtigste negentigste",
        ordinal_large="honderdste duizendste",
    ),
    "pl": Numerals(
        "zero jeden/jedna dwa/dwie trzy cztery pięć sześć siedem osiem dziewięć dziesięć jedenaście dwanaście "
        "trzynaście czternaście piętnaście szesnaście siedemnaście osiemnaście dziewiętnaście",
        "dwadzieścia trzydzieści czterdzieści pięćdziesiąt sześćdziesiąt siedemdziesiąt osiemdziesiąt dziewięćdziesiąt",
        "sto tysiąc",
        ordinals="pierwsz drug trzec czwart piąt szóst siódm ósm dziewiąt dziesiąt jedenast dwunast trzynast czternast "
        "piętnast szesnast siedemnast osiemnast dziewiętnast",
        ordinal_tens="dwudziest trzydziest czterdziest pięćdziesiąt sześćdziesiąt siedemdziesiąt osiemdziesiąt "
        "dziewięćdziesiąt",
        ordinal_large="setn tysięczn",
        endings="y a e ego ej emu ym ą i ia ie iego iej iemu im ią",
    ),
    "ru": Numerals(
        "ноль/нуль один/одна два/две три четыре пять шесть семь восемь девять десять одиннадцать двенадцать "
        "тринадцать четырнадцать пятнадцать шестнадцать семнадцать восемнадцать девятнадцать",
        "двадцать тридцать сорок пятьдесят шестьдесят семьдесят восемьдесят девяносто",
        "сто тысяча",
        ordinals="перв втор трет четверт/четвёрт пят шест седьм восьм девят десят одиннадцат двенадцат "
        "тринадцат четырнадцат пятнадцат шестнадцат семнадцат восемнадцат девятнадцат",
        ordinal_tens="двадцат тридцат сороков пятидесят шестидесят семидесят восьмидесят девяност",
        ordinal_large="сот тысячн",
        endings="ый ой ая ое ого ому ым ом ую ий ья ье ью ьего ьей ьему ьим ьем",
    ),
    "cs": Numerals(
        "nula jeden/jedna dva/dvě tři čtyři pět šest sedm osm devět deset jedenáct dvanáct třináct čtrnáct patnáct "
        "šestnáct sedmnáct osmnáct devatenáct",
        "dvacet třicet čtyřicet padesát šedesát sedmdesát osmdesát devadesát",
        "sto tisíc",
        ordinals="prvn/prv druh třet čtvrt pát šest sedm osm devát desát jedenáct dvanáct třináct čtrnáct "
        "patnáct šestnáct sedmnáct osmnáct devatenáct",
        ordinal_tens="dvacát třicát čtyřicát padesát šedesát sedmdesát osmdesát devadesát",
        ordinal_large="st tisíc",
        endings="ý á é ého ému ém ým ou í ího ímu ím",
    ),
    "tr": Numerals(
        "sıfır - iki üç dört beş altı yedi sekiz dokuz on",
        "yirmi otuz kırk elli altmış yetmiş seksen doksan",
        "yüz bin",
        ordinals="birinci ikinci üçüncü dördüncü beşinci altıncı yedinci sekizinci dokuzuncu onuncu",
        ordinal_tens="yirminci otuzuncu kırkıncı ellinci altmışıncı yetmişinci sekseninci doksanıncı",
        ordinal_large="yüzüncü bininci",
    ),
    "ar": Numerals(
        "صفر واحد/واحدة اثنان/اثنين/اثنتين ثلاثة/ثلاث أربعة/أربع خمسة/خمس ستة/ست سبعة/سبع ثمانية/ثماني/ثمان تسعة/تسع "
        "عشرة/عشر",
        "عشرون/عشرين ثلاثون/ثلاثين أربعون/أربعين خمسون/خمسين ستون/ستين سبعون/سبعين ثمانون/ثمانين تسعون/تسعين",
        "مئة/مائة ألف",
        ordinals="أول/أولى/الأول/الأولى ثاني/ثانية/الثاني/الثانية ثالث/ثالثة/الثالث/الثالثة رابع/رابعة/الرابع/الرابعة "
        "خامس/خامسة/الخامس/الخامسة سادس/سادسة/السادس/السادسة سابع/سابعة/السابع/السابعة ثامن/ثامنة/الثامن/الثامنة "
        "تاسع/تاسعة/التاسع/التاسعة عاشر/عاشرة/العاشر/العاشرة",
        apart="ثانية",
    ),
    "he": Numerals(
        "אפס אחד/אחת שתיים/שניים/שני/שתי שלוש/שלושה ארבע/ארבעה חמש/חמישה שש/שישה שבע/שבעה שמונה תשע/תשעה עשר/עשרה",
        "עשרים שלושים ארבעים חמישים שישים שבעים שמונים תשעים",
        "מאה אלף",
        ordinals="ראשון/ראשונה/הראשון/הראשונה שנייה/שניה/השני/השנייה/השניה שלישי/שלישית/השלישי/השלישית "
        "רביעי/רביעית/הרביעי/הרביעית חמישי/חמישית/החמישי/החמישית שישי/שישית/השישי/השישית שביעי/שביעית/השביעי/השביעית "
        "שמיני/שמינית/השמיני/השמינית תשיעי/תשיעית/התשיעי/התשיעית עשירי/עשירית/העשירי/העשירית",
        apart="שנייה שניה",
    ),
    "hi": Numerals(
        "शून्य - दो तीन चार पाँच/पांच छह/छः सात आठ नौ दस ग्यारह बारह तेरह चौदह पंद्रह/पन्द्रह सोलह सत्रह अठारह उन्नीस "
        "बीस इक्कीस बाईस तेईस चौबीस पच्चीस",
        "- तीस चालीस पचास साठ सत्तर अस्सी नब्बे",
        "सौ हज़ार/हजार",
        ordinals="पहला/पहली दूसरा/दूसरी/दूसरे तीसरा/तीसरी/तीसरे चौथा/चौथी/चौथे पाँचवाँ/पांचवां/पाँचवीं/पांचवीं/पाँचवें/पांचवें "
        "छठा/छठी/छठे/छठवाँ/छठवां सातवाँ/सातवां/सातवीं/सातवें आठवाँ/आठवां/आठवीं/आठवें नौवाँ/नौवां/नौवीं/नौवें दसवाँ/दसवां/दसवीं/दसवें",
    ),
    "fa": Numerals(
        "صفر - دو سه چهار پنج شش هفت هشت - ده یازده دوازده سیزده چهارده پانزده شانزده هفده هجده نوزده",
        "بیست سی چهل پنجاه شصت هفتاد هشتاد نود",
        "صد هزار",
        connectors="و",
        ordinals="اول دوم سوم چهارم پنجم ششم هفتم هشتم نهم دهم یازدهم دوازدهم سیزدهم چهاردهم پانزدهم شانزدهم "
        "هفدهم هجدهم نوزدهم",
        ordinal_tens="بیستم - چهلم پنجاهم شصتم هفتادم هشتادم نودم",
        ordinal_large="صدم هزارم",
        endings="- ین",
    ),
    "ko": Numerals(
        "영/공 하나/한 둘/두 셋/세 넷/네 다섯 여섯 일곱 여덟 아홉 열",
        "스물/스무/이십 서른/삼십 마흔/사십 쉰/오십 예순/육십 일흔/칠십 여든/팔십 아흔/구십",
        "백 천 만",
        ordinals="첫/첫째/첫번째 둘째/두번째 셋째/세번째 넷째/네번째 다섯째/다섯번째 여섯째/여섯번째 일곱째/일곱번째 "
        "여덟째/여덟번째 아홉째/아홉번째 열째/열번째",
    ),
    "hu": Numerals(
        "nulla - kettő/két három négy öt hat hét nyolc kilenc tíz",
        "húsz harminc negyven ötven hatvan hetven nyolcvan kilencven",
        "száz ezer",
        joined="{tens}{unit}",
        parts="tizen=10 huszon=20 egy=1 egyedik=1 kettedik=2",
        ordinals="első második harmadik negyedik ötödik hatodik hetedik nyolcadik kilencedik tizedik",
        ordinal_tens="huszadik harmincadik negyvenedik ötvenedik hatvanadik hetvenedik nyolcvanadik kilencvenedik",
        ordinal_large="századik ezredik",
        endings="- et at t én án i",
    ),
    "fi": Numerals(
        "nolla yksi kaksi kolme neljä viisi kuusi seitsemän kahdeksan yhdeksän kymmenen yksitoista kaksitoista "
        "kolmetoista neljätoista viisitoista kuusitoista seitsemäntoista kahdeksantoista yhdeksäntoista",
        "kaksikymmentä kolmekymmentä neljäkymmentä viisikymmentä kuusikymmentä seitsemänkymmentä kahdeksankymmentä "
        "yhdeksänkymmentä",
        "sata tuhat",
        joined="{tens}{unit}",
        ordinals="ensimmäinen/ensimmäisen/ensimmäistä toinen/toisen kolmas/kolmannen/kolmatta "
        "neljäs/neljännen/neljättä viides/viidennen/viidettä kuudes/kuudennen/kuudetta "
        "seitsemäs/seitsemännen/seitsemättä kahdeksas/kahdeksannen/kahdeksatta yhdeksäs/yhdeksännen/yhdeksättä "
        "kymmenes/kymmenennen/kymmenettä yhdestoista kahdestoista kolmastoista neljästoista viidestoista "
        "kuudestoista seitsemästoista kahdeksastoista yhdeksästoista",
        ordinal_tens="kahdeskymmenes kolmaskymmenes neljäskymmenes viideskymmenes kuudeskymmenes seitsemäskymmenes "
        "kahdeksaskymmenes yhdeksäskymmenes",
        ordinal_large="sadas tuhannes",
    ),
    "sv": Numerals(
        "noll - två tre fyra fem sex sju åtta nio tio elva tolv tretton fjorton femton sexton sjutton arton nitton",
        "tjugo trettio fyrtio femtio sextio sjuttio åttio nittio",
        "hundra tusen",
        joined="{tens}{unit}",
        parts="ett=1 en=1",
        ordinals="första/förste andra/andre tredje fjärde femte sjätte sjunde åttonde nionde tionde elfte "
        "tolfte trettonde fjortonde femtonde sextonde sjuttonde artonde nittonde",
        ordinal_tens="tjugonde trettionde fyrtionde femtionde sextionde sjuttionde åttionde nittionde",
        ordinal_large="hundrade tusende",
    ),
    "zh": Numerals("零/〇 一 二/两/兩 三 四 五 六 七 八 九 十", large="百 千 万/萬", ordinal_mark="第", unspaced=True),
    "ja": Numerals("零/〇/ゼロ 一 二 三 四 五 六 七 八 九 十", large="百 千 万", ordinal_mark="第", unspaced=True),
    "th": Numerals("ศูนย์ หนึ่ง/เอ็ด สอง/ยี่ สาม สี่ ห้า หก เจ็ด แปด เก้า สิบ", large="ร้อย พัน", ordinal_mark="ที่", unspaced=True),
}
