"""Short answers and negations by language, as lists to read and extend. Knows words only, no rules.

Phrases are separated by ``|`` and words by spaces, spelt as people spell them: :mod:`streams.phrases` normalises them
once. Under ``universal`` stands what is said in most languages; it is added to each. A language that is not listed is
taken for English.
"""

from typing import Final

BACKCHANNELS: Final[dict[str, str]] = {
    "universal": "hm|hmm|mm|mmm|mhm|mm hmm|uh huh|aha|ah|oh|ok|okay",
    "en": (
        "i see|right|yeah|yes|yep|yup|sure|got it|alright|all right|i understand|cool|really|wow|"
        "oh i see|thanks|thank you"
    ),
    "de": "ach so|achso|ja|genau|verstehe|alles klar|gut|stimmt|klar|na gut|danke",
    "fr": "oui|ouais|d'accord|je vois|ah bon|ah oui|bien|très bien|compris|merci",
    "es": "sí|ya|ajá|claro|vale|entiendo|bien|bueno|ya veo|de acuerdo|gracias",
    "it": "sì|già|capito|ho capito|va bene|certo|bene|ah sì|grazie",
    "pt": "sim|tá|tá bom|certo|entendi|pois|pois é|claro|beleza|sei|obrigado|obrigada",
    "nl": "ja|oké|juist|precies|ik snap het|begrepen|goed|prima|dank je|bedankt",
    "pl": "tak|no|aha|rozumiem|jasne|dobra|dobrze|no tak|dziękuję|dzięki",
    "ru": "да|ага|угу|понятно|ясно|хорошо|ладно|так|понял|поняла|спасибо",
    "cs": "ano|jo|no|jasně|dobře|chápu|aha|no jo|rozumím|díky|děkuji",
    "tr": "evet|tamam|hı hı|anladım|peki|doğru|olur|öyle mi|teşekkürler",
    "ar": "نعم|اه|ايوه|ايوا|تمام|حسنا|طيب|فهمت|صح|شكرا",
    "he": "כן|אהה|אוקיי|אוקי|בסדר|הבנתי|נכון|טוב|תודה",
    "hi": "हाँ|हां|जी|जी हाँ|अच्छा|ठीक है|ठीक|समझ गया|समझ गई|सही|हम्म|शुक्रिया",
    "fa": "بله|آره|اره|خب|باشه|فهمیدم|درسته|آها|اوکی|مرسی",
    "zh": "嗯|嗯嗯|哦|噢|好|好的|是|是的|对|对对|知道了|明白|明白了|行|喔|嗯哼|謝謝|谢谢",
    "ja": (
        "はい|うん|うんうん|ええ|へえ|へー|そう|そうですか|そうなんだ|なるほど|わかった|わかりました|"
        "オッケー|ありがとう"
    ),
    "ko": "네|예|응|어|음|그래|그래요|알겠어|알겠어요|알겠습니다|그렇구나|아|맞아|오케이|고마워",
    "th": "อืม|อือ|ค่ะ|ครับ|ใช่|โอเค|เข้าใจแล้ว|อ๋อ|ได้|ขอบคุณ",
    "hu": "igen|aha|ühüm|értem|jó|rendben|oké|persze|világos|köszönöm",
    "fi": "joo|juu|niin|aivan|selvä|kyllä|hyvä|okei|ymmärrän|kiitos",
    "sv": "ja|jo|jaha|okej|just det|precis|jag förstår|bra|mm|visst|tack",
}
"""Said while listening; not an interruption."""

DENIALS: Final[dict[str, str]] = {
    "universal": "",
    "en": (
        "no|nope|nah|no thanks|no thank you|wrong|that's wrong|this is wrong|incorrect|that's incorrect|"
        "not that|not that one|that's not right|that isn't right|that's not it|that's not what i said|"
        "that's not what i meant|that's not what i want|that's not what i wanted|that's not what i asked|"
        "not what i said|not what i asked|i didn't say that|i said no|absolutely not|of course not|"
        "no way|not really|negative|no that's wrong|no not that|no that's not right|don't|do not|"
        "please don't"
    ),
    "de": (
        "nein|nee|nö|nein danke|falsch|das ist falsch|nicht das|stimmt nicht|das stimmt nicht|"
        "das war falsch|das habe ich nicht gesagt|das meinte ich nicht|das wollte ich nicht|"
        "auf keinen fall|keinesfalls|lieber nicht"
    ),
    "fr": (
        "non|nan|non merci|faux|c'est faux|pas ça|ce n'est pas ça|c'est pas ça|pas du tout|"
        "ce n'est pas ce que j'ai dit|c'est pas ce que j'ai dit|ce n'est pas ce que je veux|"
        "absolument pas|surtout pas"
    ),
    "es": (
        "no|no gracias|incorrecto|mal|eso no|ese no|está mal|eso está mal|no es eso|eso no es|"
        "no dije eso|eso no es lo que dije|no quiero eso|para nada|claro que no|qué va"
    ),
    "it": (
        "no|no grazie|sbagliato|è sbagliato|non quello|non questo|non è quello|non è giusto|"
        "non ho detto questo|non ho detto quello|non è quello che ho detto|assolutamente no|per niente"
    ),
    "pt": (
        "não|nao|não obrigado|não obrigada|errado|está errado|tá errado|isso não|não é isso|esse não|"
        "não foi isso|não foi o que eu disse|não disse isso|claro que não|de jeito nenhum"
    ),
    "nl": (
        "nee|neen|nee bedankt|nee dank je|fout|verkeerd|dat is fout|dat klopt niet|niet dat|niet die|"
        "dat zei ik niet|dat bedoel ik niet|zeker niet|absoluut niet"
    ),
    "pl": (
        "nie|nie dziękuję|źle|to źle|błąd|nie to|nie o to chodzi|to nie to|nie to powiedziałem|"
        "nie to powiedziałam|wcale nie"
    ),
    "ru": (
        "нет|не|неа|нет спасибо|неправильно|неверно|не то|это не то|не это|я не это сказал|"
        "я не это сказала|нет не то|ни за что|не надо"
    ),
    "cs": (
        "ne|nee|ne děkuji|ne díky|špatně|to je špatně|to ne|tohle ne|to není ono|to jsem neřekl|"
        "to jsem neřekla|vůbec ne"
    ),
    "tr": ("hayır|yok|hayır teşekkürler|yanlış|bu yanlış|o değil|bu değil|öyle değil|onu demedim|olmaz|istemiyorum"),
    "ar": "لا|كلا|لا شكرا|خطا|خطأ|هذا خطأ|غلط|ليس هذا|مش هذا|مو هذا|لم اقل هذا|لم أقل ذلك|لأ|ابدا",
    "he": "לא|לא תודה|לא נכון|זה לא נכון|טעות|לא זה|זה לא זה|לא את זה|לא אמרתי את זה|ממש לא|בשום אופן",
    "hi": ("नहीं|नही|ना|जी नहीं|नहीं धन्यवाद|गलत|यह गलत है|ये गलत है|यह नहीं|ये नहीं|वो नहीं|मैंने यह नहीं कहा|बिल्कुल नहीं"),
    "fa": "نه|خیر|نخیر|نه ممنون|اشتباه|اشتباهه|اشتباه است|غلط|این نه|اون نه|این نیست|اینو نگفتم|اصلا",
    "zh": (
        "不|不是|不对|不對|不要|没有|沒有|错了|錯了|不用|不行|不是这个|不是這個|不是那个|不是那個|"
        "我没说这个|不了|不用了|不用谢谢|别|別|不可以"
    ),
    "ja": (
        "いいえ|いや|違う|違います|ちがう|ちがいます|だめ|ダメ|そうじゃない|そうではない|それじゃない|"
        "それではない|違うよ|いいえ結構です|結構です|ううん|ノー"
    ),
    "ko": (
        "아니|아니요|아니오|아뇨|아니야|아닙니다|틀렸어|틀렸어요|그게 아니야|그거 아니야|그거 말고|"
        "아니 그거 말고|싫어|싫어요|안 돼|안돼|됐어|노"
    ),
    "th": "ไม่|ไม่ใช่|ไม่เอา|ผิด|ผิดแล้ว|ไม่ถูก|ไม่ถูกต้อง|ไม่ใช่อันนี้|ไม่ใช่อันนั้น|ไม่ค่ะ|ไม่ครับ|ไม่ใช่ค่ะ|ไม่ใช่ครับ|ไม่ต้อง|เปล่า",
    "hu": (
        "nem|nem köszönöm|rossz|ez rossz|hibás|helytelen|nem ez|nem az|nem ezt|nem azt|nem jó|"
        "nem ezt mondtam|nem azt mondtam|dehogy|egyáltalán nem"
    ),
    "fi": (
        "ei|eikä|ei kiitos|väärin|se on väärin|ei se|ei tuo|ei tämä|en sanonut niin|en tarkoittanut sitä|"
        "ei todellakaan|väärä"
    ),
    "sv": (
        "nej|nä|nej tack|fel|det är fel|inte det|inte den|det stämmer inte|det sa jag inte|"
        "det menade jag inte|absolut inte|verkligen inte"
    ),
}
""""No" as a whole utterance."""

CONFIRMATIONS: Final[dict[str, str]] = {
    "universal": "ok|okay",
    "en": (
        "yes|yeah|yep|yup|ya|sure|correct|right|that's right|that's correct|exactly|of course|absolutely|"
        "definitely|go ahead|do it|sounds good|please|please do|yes please|affirmative|yes i do|"
        "yes it is|yes that's right|yes do it|uh huh|mm hmm|mhm|true|indeed|that's it|that one|you got it"
    ),
    "de": (
        "ja|jawohl|jep|jo|ja bitte|bitte|genau|richtig|korrekt|stimmt|das stimmt|klar|sicher|na klar|"
        "natürlich|gerne|mach das|ja genau|ja gerne|in ordnung"
    ),
    "fr": (
        "oui|ouais|oui s'il te plaît|oui s'il vous plaît|exact|exactement|c'est ça|c'est exact|correct|"
        "d'accord|bien sûr|vas y|tout à fait|volontiers|oui merci"
    ),
    "es": (
        "sí|si|sí por favor|correcto|exacto|exactamente|eso es|claro|claro que sí|por supuesto|vale|"
        "de acuerdo|adelante|así es|hazlo|dale"
    ),
    "it": (
        "sì|si|sì grazie|sì per favore|esatto|esattamente|corretto|giusto|certo|certamente|va bene|"
        "d'accordo|procedi|fallo|proprio così"
    ),
    "pt": (
        "sim|sim por favor|correto|certo|exato|exatamente|isso|isso mesmo|claro|com certeza|pode|"
        "pode ser|tá bom|está bem|faça isso"
    ),
    "nl": (
        "ja|jawel|ja graag|graag|klopt|dat klopt|juist|correct|precies|inderdaad|zeker|natuurlijk|doe maar|prima|goed"
    ),
    "pl": ("tak|no|tak proszę|proszę|zgadza się|dokładnie|dobrze|jasne|oczywiście|pewnie|racja|zrób to|poprawnie"),
    "ru": (
        "да|ага|угу|да пожалуйста|верно|правильно|точно|именно|конечно|хорошо|давай|согласен|согласна|"
        "да конечно|всё верно"
    ),
    "cs": ("ano|jo|jasně|ano prosím|prosím|správně|přesně|přesně tak|souhlasím|dobře|určitě|samozřejmě|udělej to"),
    "tr": "evet|evet lütfen|doğru|aynen|tamam|olur|tabii|tabii ki|kesinlikle|elbette|yap|hı hı|onaylıyorum",
    "ar": "نعم|اجل|أجل|ايوه|ايوا|اه|بلى|صح|صحيح|هذا صحيح|بالضبط|طبعا|بالتأكيد|تمام|حسنا|موافق|نعم من فضلك|اكيد",
    "he": "כן|כן בבקשה|נכון|זה נכון|בדיוק|בטח|ברור|בסדר|אוקיי|אוקי|כמובן|תעשה את זה|סבבה|יאללה",
    "hi": "हाँ|हां|जी|जी हाँ|जी हां|हाँ जी|सही|सही है|बिल्कुल|ठीक है|ठीक|ज़रूर|हाँ कृपया|कर दो|हाँ कर दो",
    "fa": "بله|آره|اره|بلی|درسته|درست است|دقیقا|حتما|باشه|البته|موافقم|بله لطفا|همینه",
    "zh": ("是|是的|对|對|对的|對的|好|好的|可以|没错|沒錯|行|当然|當然|确认|確認|要|嗯|正确|正確|对对|好啊|好吧"),
    "ja": (
        "はい|うん|ええ|そう|そうです|そうだよ|その通り|その通りです|正しい|正解|合ってる|合っています|"
        "お願いします|お願い|いいよ|いいです|もちろん|オッケー|はいお願いします"
    ),
    "ko": (
        "네|예|응|어|맞아|맞아요|맞습니다|그래|그래요|좋아|좋아요|물론|당연하지|확인|오케이|그렇게 해|그렇게 해줘|해줘"
    ),
    "th": "ใช่|ใช่ค่ะ|ใช่ครับ|ค่ะ|ครับ|ถูก|ถูกต้อง|ได้|ตกลง|โอเค|แน่นอน|เอา|ได้ค่ะ|ได้ครับ|ใช่แล้ว",
    "hu": "igen|aha|igen kérem|kérem|így van|pontosan|helyes|persze|rendben|jó|természetesen|oké|csináld|jöhet",
    "fi": (
        "kyllä|joo|juu|kyllä kiitos|oikein|aivan|juuri niin|pitää paikkansa|totta kai|tietysti|tee se|"
        "okei|niin on|selvä"
    ),
    "sv": (
        "ja|japp|jo|ja tack|gärna|precis|rätt|det stämmer|stämmer|just det|okej|visst|självklart|gör det|"
        "absolut|korrekt"
    ),
}
""""Yes" as a whole utterance."""

CANCELLATIONS: Final[dict[str, str]] = {
    "universal": "stop|cancel",
    "en": (
        "never mind|nevermind|forget it|forget that|forget about it|cancel that|cancel it|stop it|"
        "stop that|quit|exit|abort|shut up|be quiet|quiet|enough|that's enough|don't bother|leave it|"
        "undo|undo that|no stop|no cancel|stop now|cancel this|no never mind|oh never mind|drop it|"
        "silence"
    ),
    "de": (
        "stopp|halt|abbrechen|abbruch|vergiss es|egal|schon gut|lass es|lass gut sein|hör auf|aufhören|"
        "sei still|ruhe|genug|das reicht|rückgängig|brich ab"
    ),
    "fr": (
        "arrête|arrêter|arrête ça|annule|annuler|annule ça|laisse tomber|oublie|oublie ça|tais toi|"
        "ça suffit|assez|peu importe|c'est bon laisse|silence"
    ),
    "es": (
        "para|detente|cancela|cancelar|cancela eso|olvídalo|déjalo|da igual|no importa|cállate|basta|"
        "silencio|alto|deshacer|ya basta|anula"
    ),
    "it": (
        "ferma|fermati|annulla|annullare|lascia stare|lascia perdere|dimentica|non importa|fa niente|"
        "basta|zitto|zitta|silenzio|smetti|smettila|alt"
    ),
    "pt": (
        "para|pare|cancela|cancelar|cancele|esquece|esqueça|deixa|deixa pra lá|deixa para lá|não importa|"
        "cala a boca|chega|silêncio|desfazer|basta"
    ),
    "nl": (
        "annuleer|annuleren|laat maar|vergeet het|hou op|stop maar|ophouden|genoeg|stil|wees stil|zwijg|"
        "afbreken|maakt niet uit|ongedaan maken"
    ),
    "pl": (
        "zatrzymaj|anuluj|przestań|nieważne|zapomnij|zostaw to|cisza|cicho|bądź cicho|dość|wystarczy|"
        "cofnij|przerwij|daj spokój|stój"
    ),
    "ru": (
        "стоп|хватит|отмена|отмени|отменить|остановись|перестань|забудь|неважно|не важно|замолчи|тихо|"
        "прекрати|достаточно|не надо|ладно забудь|отставить"
    ),
    "cs": (
        "zastav|zruš|zrušit|zruš to|přestaň|zapomeň|zapomeň na to|to nevadí|nech to|nech toho|ticho|"
        "buď zticha|dost|stačí|zpět"
    ),
    "tr": (
        "dur|iptal|iptal et|vazgeç|boş ver|boşver|unut|unut gitsin|kes|sus|yeter|kapat şunu|durdur|geri al|önemli değil"
    ),
    "ar": "توقف|قف|الغاء|إلغاء|الغ|الغي|الغ ذلك|انس|انس الامر|انسى|لا يهم|خلاص|اسكت|كفى|يكفي|بطل|وقف|تراجع",
    "he": (
        "עצור|עצרי|תעצור|תעצרי|די|בטל|תבטל|תבטלי|לבטל|עזוב|עזבי|תשכח מזה|לא משנה|שתוק|תשתוק|שקט|מספיק|תפסיק|תפסיקי|סטופ"
    ),
    "hi": (
        "रुको|रुक जाओ|रोको|बंद करो|रद्द करो|रद्द करें|कैंसल|कैंसिल|कैंसल करो|छोड़ो|छोड़ दो|रहने दो|जाने दो|"
        "भूल जाओ|कोई बात नहीं|चुप|चुप रहो|बस|स्टॉप|बस करो"
    ),
    "fa": (
        "بس|بسه|بس کن|توقف|ایست|لغو|لغو کن|لغوش کن|ولش کن|بیخیال|بی خیال|فراموشش کن|مهم نیست|ساکت|"
        "ساکت شو|خفه شو|کنسل|استاپ"
    ),
    "zh": (
        "停|停止|停下|停下来|停下來|取消|算了|别说了|別說了|不用了|闭嘴|閉嘴|安静|安靜|够了|夠了|没事了|"
        "没事|没关系|忘了吧|撤销|停一下|别放了"
    ),
    "ja": (
        "止めて|やめて|やめろ|止まれ|ストップ|キャンセル|キャンセルして|取り消し|取り消して|中止|"
        "もういい|もういいよ|いいやもういい|静かに|うるさい|黙って|忘れて|なんでもない|何でもない|"
        "やっぱりいい|やっぱいい"
    ),
    "ko": (
        "그만|그만해|멈춰|멈춰줘|취소|취소해|취소해줘|됐어|됐어요|아니 됐어|관둬|잊어버려|조용히 해|조용|"
        "조용히|스톱|정지|중지|신경 쓰지 마|그만둬"
    ),
    "th": "หยุด|หยุดเลย|ยกเลิก|ช่างมัน|ช่างเถอะ|ไม่เป็นไร|ลืมมันไป|พอ|พอแล้ว|เงียบ|หยุดพูด|หุบปาก|ไม่ต้องแล้ว|สต็อป",
    "hu": (
        "állj|állj meg|hagyd|hagyd abba|mégse|mégsem|felejtsd el|nem érdekes|mindegy|törlés|vond vissza|"
        "visszavonás|elég|csend|hallgass|fejezd be|leállít"
    ),
    "fi": (
        "seis|peruuta|peru|peru se|unohda|unohda se|antaa olla|ei mitään|lopeta|ole hiljaa|hiljaa|"
        "riittää|jo riittää|keskeytä|ei sittenkään|pysäytä"
    ),
    "sv": (
        "stopp|avbryt|sluta|glöm det|strunta i det|skit i det|det gör inget|lägg av|var tyst|tyst|"
        "det räcker|nog|ångra|låt bli|spelar ingen roll|avbryt det"
    ),
}
""""Stop" as a whole utterance."""

UNDOS: Final[dict[str, str]] = {
    "universal": "undo",
    "en": (
        "undo that|undo it|undo this|please undo|take that back|that's not what i said|that is not what i said|"
        "that isn't what i said|not what i said|that's not what i asked|that's not what i asked for|"
        "not what i asked|not what i asked for|that's not what i meant|that's not what i wanted|i didn't say that|"
        "i did not say that|i never said that|i didn't ask for that|no i didn't say that|"
        "no that's not what i said|no undo that"
    ),
    "de": (
        "rückgängig|mach das rückgängig|mach es rückgängig|rückgängig machen|nimm das zurück|"
        "das habe ich nicht gesagt|das hab ich nicht gesagt|so habe ich das nicht gesagt|das meinte ich nicht|"
        "das habe ich nicht gemeint|das wollte ich nicht|nein das habe ich nicht gesagt"
    ),
    "fr": (
        "annule ça|défais ça|défaire|reviens en arrière|ce n'est pas ce que j'ai dit|c'est pas ce que j'ai dit|"
        "je n'ai pas dit ça|j'ai pas dit ça|ce n'est pas ce que je voulais|c'est pas ce que je voulais|"
        "ce n'est pas ce que j'ai demandé|c'est pas ce que j'ai demandé|non je n'ai pas dit ça"
    ),
    "es": (
        "deshacer|deshaz|deshazlo|deshaz eso|no dije eso|no he dicho eso|yo no dije eso|eso no es lo que dije|"
        "no es lo que dije|eso no es lo que pedí|no es lo que pedí|eso no es lo que quería"
    ),
    "it": (
        "annulla questo|annulla quello|torna come prima|non ho detto questo|non ho detto quello|"
        "non è quello che ho detto|non è quello che ho chiesto|non è quello che volevo|non intendevo questo"
    ),
    "pt": (
        "desfazer|desfaz|desfaça|desfaz isso|desfaça isso|não foi o que eu disse|não disse isso|eu não disse isso|"
        "não foi isso que eu disse|não foi o que eu pedi|não foi isso que eu pedi|não era isso que eu queria"
    ),
    "nl": (
        "ongedaan maken|maak ongedaan|maak dat ongedaan|draai dat terug|dat zei ik niet|dat heb ik niet gezegd|"
        "dat bedoel ik niet|dat bedoelde ik niet|dat vroeg ik niet|dat wilde ik niet"
    ),
    "pl": (
        "cofnij|cofnij to|wycofaj to|nie to powiedziałem|nie to powiedziałam|tego nie powiedziałem|"
        "tego nie powiedziałam|nie o to prosiłem|nie o to prosiłam|nie o to mi chodziło"
    ),
    "ru": (
        "верни как было|верни обратно|отмени это|я не это сказал|я не это сказала|я этого не говорил|"
        "я этого не говорила|я не это просил|я не это просила|я не это имел в виду|я не это имела в виду"
    ),
    "cs": (
        "vrať to|vrať to zpět|vzít zpět|to jsem neřekl|to jsem neřekla|tohle jsem neřekl|tohle jsem neřekla|"
        "to jsem nechtěl|to jsem nechtěla|tak jsem to nemyslel|tak jsem to nemyslela"
    ),
    "tr": (
        "geri al|bunu geri al|onu geri al|onu demedim|bunu demedim|öyle demedim|ben öyle demedim|"
        "onu söylemedim|bunu istemedim|onu kastetmedim"
    ),
    "ar": (
        "تراجع|تراجع عن ذلك|لم اقل هذا|لم أقل ذلك|لم أقل هذا|ما قلت هذا|ما قلت كذا|"
        "هذا ليس ما قلته|ليس هذا ما قلته|لم اطلب هذا"
    ),
    "he": (
        "בטל את זה|תבטל את זה|תבטלי את זה|תחזיר אחורה|לא אמרתי את זה|זה לא מה שאמרתי|לא זה מה שאמרתי|"
        "זה לא מה שביקשתי|לא ביקשתי את זה|לא התכוונתי לזה"
    ),
    "hi": (
        "वापस करो|पहले जैसा करो|मैंने यह नहीं कहा|मैंने ये नहीं कहा|मैंने ऐसा नहीं कहा|यह नहीं कहा मैंने|मैंने यह नहीं माँगा|"
        "मैंने यह नहीं मांगा|मेरा यह मतलब नहीं था"
    ),
    "fa": (
        "برگردون|برگردان|برش گردون|اینو نگفتم|این را نگفتم|من اینو نگفتم|من این را نگفتم|اینو نخواستم|منظورم این نبود"
    ),
    "zh": (
        "撤销|撤銷|撤回|恢复原样|恢復原樣|我没说这个|我沒說這個|我没这么说|我沒這麼說|我不是这么说的|我不是這麼說的|"
        "我说的不是这个|我說的不是這個|我不是这个意思|我不是這個意思|我没让你这么做"
    ),
    "ja": (
        "元に戻して|取り消して|そんなこと言ってない|そんなこと言っていない|そうは言ってない|そうは言っていない|"
        "そう言ってない|それは言ってない|そんなこと頼んでない|そういう意味じゃない"
    ),
    "ko": (
        "되돌려|되돌려줘|되돌려 줘|실행 취소|그렇게 말 안 했어|그렇게 말하지 않았어|그런 말 안 했어|"
        "그 말이 아니야|내가 말한 건 그게 아니야|그거 말한 거 아니야"
    ),
    "th": "เลิกทำ|ย้อนกลับ|ทำกลับคืน|ไม่ได้พูดแบบนั้น|ฉันไม่ได้พูดแบบนั้น|ผมไม่ได้พูดแบบนั้น|ไม่ได้พูดอย่างนั้น|ไม่ได้สั่งแบบนั้น",
    "hu": (
        "vond vissza|vonja vissza|visszavonás|csináld vissza|nem ezt mondtam|nem azt mondtam|én nem ezt mondtam|"
        "nem ezt kértem|nem azt kértem|nem erre gondoltam"
    ),
    "fi": (
        "kumoa|kumoa se|kumoa tuo|peru tuo|en sanonut niin|en sanonut sitä|en minä sitä sanonut|"
        "en tarkoittanut sitä|en pyytänyt sitä|ei noin sanottu"
    ),
    "sv": (
        "ångra|ångra det|ångra det där|det sa jag inte|det sade jag inte|jag sa inte det|jag sa inte så|"
        "det menade jag inte|det bad jag inte om|det var inte det jag sa"
    ),
}
"""Takes back what was made of the words just said, and can mean nothing else."""

RETURNS: Final[dict[str, str]] = {
    "universal": "",
    "en": "go back|back|not that|not that one|no not that|no go back|that's wrong|no that's wrong",
    "de": "zurück|geh zurück|nicht das|nein nicht das|das ist falsch|das war falsch",
    "fr": "retour|reviens|pas ça|non pas ça|c'est faux",
    "es": "atrás|vuelve|vuelve atrás|eso no|ese no|no eso no|está mal",
    "it": "indietro|torna indietro|non quello|non questo|no non quello|è sbagliato",
    "pt": "volta|voltar|volte|isso não|esse não|não é isso|está errado",
    "nl": "terug|ga terug|niet dat|niet die|nee niet dat|dat is fout",
    "pl": "wstecz|wróć|nie to|to nie to|nie nie to",
    "ru": "назад|вернись|не то|не это|это не то|нет не то",
    "cs": "zpět|vrať se|to ne|tohle ne|to není ono",
    "tr": "geri|geri dön|o değil|bu değil|hayır o değil",
    "ar": "ارجع|رجوع|ليس هذا|مش هذا|مو هذا",
    "he": "חזור|תחזור|תחזרי|אחורה|לא זה|לא את זה",
    "hi": "वापस|वापस जाओ|पीछे जाओ|यह नहीं|ये नहीं|वो नहीं",
    "fa": "برگرد|برو عقب|این نه|اون نه|این نیست",
    "zh": "返回|回去|不是这个|不是這個|不是那个|不是那個",
    "ja": "戻って|戻る|それじゃない|それではない|そうじゃない",
    "ko": "돌아가|뒤로|뒤로 가|그거 말고|그게 아니야|그거 아니야",
    "th": "กลับไป|ไม่ใช่อันนี้|ไม่ใช่อันนั้น",
    "hu": "vissza|menj vissza|nem ez|nem az|nem ezt|nem azt",
    "fi": "takaisin|mene takaisin|ei se|ei tuo|ei tämä",
    "sv": "tillbaka|gå tillbaka|inte det|inte den|nej inte det",
}
"""Takes back likewise, unless the assistant has understood it as a request or an answer of its own."""

POLITE: Final[dict[str, str]] = {
    "universal": "please",
    "de": "bitte",
    "fr": "stp|svp",
    "es": "porfa|porfavor",
    "nl": "alsjeblieft|alstublieft",
    "pl": "proszę",
    "ru": "пожалуйста",
    "cs": "prosím",
    "tr": "lütfen",
    "he": "בבקשה",
    "hi": "कृपया|प्लीज़|प्लीज",
    "fa": "لطفا",
    "hu": "kérlek|kérem",
    "sv": "snälla",
    "ko": "제발",
}
"""Words that may stand with any of the phrases above and change nothing."""
