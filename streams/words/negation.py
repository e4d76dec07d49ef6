"""What turns a request around, and how a reply admits failure, by language. Knows words only, no rules.

Groups are separated by ``|``; the words of a group negate alike, and its first stands for all of them. Written as
people spell; :mod:`streams.phrases` normalises. A language that is not listed is taken for English.
"""

from typing import Final

NEGATIONS: Final[dict[str, str]] = {
    "en": (
        "no nope|"
        "not cannot cant dont doesnt didnt isnt arent wasnt werent wont wouldnt couldnt "
        "shouldnt hasnt havent hadnt mustnt neednt aint|"
        "never|none nothing nobody nowhere|neither nor|without|except"
    ),
    "de": (
        "nein nee nö|nicht|kein keine keinen keinem keiner keines keinerlei|nie niemals|nichts niemand|ohne|weder|außer"
    ),
    "fr": "non|pas|jamais|rien|aucun aucune|personne|sans|ni|sauf",
    "es": "no|nunca jamás|nada|nadie|ningún ninguno ninguna|sin|ni|tampoco|excepto",
    "it": "no|non|mai|niente nulla|nessuno nessuna nessun|senza|né|tranne",
    "pt": "não nao|nunca jamais|nada|ninguém|nenhum nenhuma|sem|nem|exceto",
    "nl": "nee neen|niet|nooit|niets niks|niemand|geen|zonder|behalve",
    "pl": "nie|nigdy|nic|nikt|żaden żadna żadne|bez|ani|oprócz",
    "ru": "не|нет|ни|никогда|ничего|никто|нельзя|без|кроме",
    "cs": "ne|nikdy|nic|nikdo|žádný žádná žádné žádnou|bez|ani|není|kromě",
    "tr": "hayır|değil|yok|hiç|asla|hariç",
    "ar": "لا ولا|ليس ليست وليس|لم ولم|لن ولن|مش مو|بدون بلا وبدون|غير|ابدا|كلا|الا",
    "he": "לא ולא שלא|אל ואל|אין ואין שאין|בלי ללא ובלי|לעולם|אף|חוץ",
    "hi": "नहीं नही|मत|न ना|बिना",
    "fa": "نه نخیر خیر|نیست|هیچ|هرگز|بدون|نکن نکنید نباش نزن نرو نذار نگذار نگذارید|نباید|جز",
    "ko": "안 못",
    "hu": "nem|ne|soha sosem|nincs nincsen|semmi|senki|se sem|nélkül|kivéve",
    "fi": "ei en et emme ette eivät eikä|älä älkää|ilman|paitsi",
    "sv": "nej|inte ej|aldrig|ingen inget inga|ingenting|utan|förutom",
}
"""Words between spaces that negate."""

NEGATION_FORMS: Final[dict[str, tuple[str, str]]] = {
    "cs": (
        "ne",
        r"ne(?!bo$|ž$|děl|chť|konečn|tflix|moc|ustál|jlep|jbli)\w{4,}",
    ),
    "tr": (
        "me",
        r"(?!sinema|tema|elma|klima|firma|drama|kelime|arama|hatırlatma|oynatma|dondurma)\w{2,}(?:m[ae](?:y[ıi]n(?:[ıi]z)?|d[ıi]\w*|z)?|m[ıiuü]yor\w*|s[ıiuü]z)",
    ),
    "fa": (
        "نکن",
        r"نمي\w+",
    ),
    "ko": (
        "안",
        r"\w*(?:않|없|지마|말아|말고|말라|금지)\w*|마|마요|마라|마세요",
    ),
    "hu": (
        "nélkül",
        r"\w{3,}(?:tlan|tlen|talan|telen)(?:ul|ül)?",
    ),
}
"""Negation that is part of a word: what stands for it, and the pattern of whole words that hold it, normalised.

A noun that only looks like one (Turkish has many in -ma) is taken for a negation, unless named. That errs on the safe
side: a rewrite is refused, not wrongly made.
"""

NEGATION_PARTS: Final[dict[str, tuple[str, str]]] = {
    "zh": (
        r"[不没沒别別勿无無未甭]",
        "特别|特別|分别|分別|级别|級別|类别|類別|区别|區別|性别|性別|个别|无线|無線|无论|無論|不过|不過|未来|未來",
    ),
    "ja": (
        r"ない|なかっ|ません|ずに|なし|無し|いいえ|じゃなく|(?<=[うくぐすつぬぶむる])な(?=$|よ)",
        "少ない|すくない|危ない|あぶない|つない|はなし|かなし",
    ),
    "th": (r"ไม่|อย่า|ห้าม|ไร้|เปล่า", "ไม่เป็นไร"),
}
"""For languages without spaces: the pattern of what negates wherever it stands, and words in which it does not."""

FAILED_REPLIES: Final[dict[str, str]] = {
    "en": (
        r"^(?:\W|i'?m |i am |oh |we'?re )*(?:sorry|apologies)\b|(?:do|did|could)(?: not|n'?t) (?:quite |really )?"
        r"(?:understand|catch|"
        r"get that|hear)|not sure (?:what|how)|apologi[sz]e"
    ),
    "de": "^.{0,12}(?:entschuldig|tut mir leid|verzeih)|(?:nicht|leider) (?:ganz )?verst(?:anden|ehe)",
    "fr": "^.{0,12}(?:désolé|pardon)|pas (?:bien )?compris|ne comprends pas",
    "es": "^.{0,12}(?:perdón|lo siento|disculp)|no (?:te |le |lo )?(?:he )?entend|no entiendo",
    "it": "^.{0,12}(?:scusa|mi dispiace|spiacente)|non ho capito|non capisco",
    "pt": "^.{0,12}(?:desculp|sinto muito|lamento)|não (?:te )?entend",
    "nl": "^.{0,12}(?:sorry|het spijt me)|niet (?:goed )?(?:begrepen|verstaan)|begrijp .{0,12}niet",
    "pl": "^.{0,12}(?:przepraszam|przykro mi)|nie (?:zrozumia|rozumiem)",
    "ru": "^.{0,12}(?:извини|прости|к сожалению)|не (?:поня|расслыша|понимаю)",
    "cs": "^.{0,12}(?:promiň|omlouvám|bohužel)|nerozum|nepochopil",
    "tr": "^.{0,12}(?:üzgünüm|özür|maalesef|pardon)|anla(?:ya)?m[ae]?d[ıi]m",
    "ar": "^.{0,12}(?:عذرا|آسف|اسف|معذرة|المعذرة)|لم (?:أفهم|افهم)",
    "he": "^.{0,12}(?:סליחה|מצטער)|לא הבנתי|לא מבינה?",
    "hi": "^.{0,12}(?:माफ|माफ़|क्षमा|सॉरी)|समझ नहीं",
    "fa": "^.{0,12}(?:ببخشید|متاسف|متأسف)|متوجه نشدم|نفهمیدم",
    "zh": "^.{0,6}(?:抱歉|对不起|對不起|不好意思)|(?:没|沒)(?:有)?(?:听|聽)(?:懂|清)|不(?:明白|理解)",
    "ja": "^.{0,6}(?:すみません|申し訳|ごめん)|(?:わかり|分かり|理解でき|聞き取れ)ません",
    "ko": "^.{0,6}(?:죄송|미안)|이해하지 못|못 알아|알아듣지 못",
    "th": "^.{0,6}(?:ขอโทษ|ขออภัย)|ไม่เข้าใจ",
    "hu": "^.{0,12}(?:sajnál|bocsánat|elnézést|sajnos)|nem értem|nem értettem",
    "fi": "^.{0,12}(?:anteeksi|pahoittelen|valitettavasti)|en ymmärr?ä|en ymmärtänyt",
    "sv": "^.{0,12}(?:förlåt|ursäkta|tyvärr|beklagar)|förstod? .{0,8}inte|förstår inte",
}
"""Patterns, in lower case, of a reply that failed: an apology that opens it, or not having understood."""
