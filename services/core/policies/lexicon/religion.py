"""Words for religion. Wishes for a holiday are none."""

WEIGHTS: dict[float, tuple[str, ...]] = {
    1.0: (
        # Hebrew
        "אלוהים", "אלהים", "אלוקים", "[הקב\"ה|הקדוש ברוך הוא]", "בורא עולם", "ריבונו של עולם", "השם יתברך",
        "דת", "דתות", "דתי", "דתית", "דתיים", "דתיות", "הדתה", "אנטי דתי",
        "בית כנסת", "בתי כנסת", "מסגד", "מסגדים", "כנסייה", "כנסיה", "כנסיות",
        "תפילה", "תפילת", "תפילות", "תפילותינו", "להתפלל", "מתפלל", "מתפללת", "מתפללים", "התפללתי", "התפללנו",
        "התפללו", "נתפלל", "תתפללו", "תהילים", "תפילין", "ציצית", "מזוזה",
        "רבנים", "רבנות", "רבני", "הרב הראשי", "הרב [שלי|שלנו|שלו|שלה]", "רב [הקהילה|העיר]",
        "[שומר|שומרת|שומרים|לשמור] כשרות",
        "הרבי", "אדמו\"ר", "הרבנית", "כומר", "כמרים", "אימאם", "אפיפיור",
        # Bare, these letters are mostly "from the team of".
        "המצוות", "קיום מצוות", "[מקיים|מקיימת|מקיימים|לקיים|תרי\"ג] מצוות", "מצוות [עשה|לא תעשה|הדת|היהדות|התורה|השם]",
        "לימוד תורה", "לומדי תורה", "שיעור תורה", "דבר תורה", "ספר תורה", "התורה אומרת",
        "שומר[|ת|י|ים] [תורה|מצוות|שבת]", "שמירת מצוות", "שמירת שבת", "חילול שבת", "מחלל[|ת|י] שבת", "קדושת השבת",
        "חרדי", "חרדית", "חרדיות", "חרדיים",
        "אסלאם", "איסלאם", "מוסלמי", "מוסלמית", "מוסלמים", "מוסלמיות", "קוראן", "ג'יהאד",
        "נצרות", "נוצרי", "נוצרית", "נוצרים", "נוצריות", "יהדות", "הברית החדשה", "בודהיזם", "הינדואיזם",
        "גיור", "להתגייר", "התגיירה", "התגייר", "המרת דת", "אתאיסט*", "אתאיזם", "כפירה",
        "חזר[|ה|ו|תי|נו] בתשובה", "חזרה בתשובה", "לחזור בתשובה", "חוזר[|ת|ים] בתשובה", "מחזיר* בתשובה",
        "יצא[|ה|ו|תי|נו] בשאלה", "יציאה בשאלה", "לצאת בשאלה", "יוצא* בשאלה", "כפייה דתית",
        "אברך", "אברכים", "בחור[|י] ישיבה", "ישיבת הסדר", "הר הבית", "ברכת [כהנים|הכהנים]",
        "מאמינים באל", "מאמין באל", "מאמינה באל", "אמונה באל", "אין אל", "ביאת המשיח", "עבודת השם", "יראת שמיים",
        "דבר האל", "חסדי האל", "רצון האל", "בן האלוהים", "כתבי הקודש", "טומאה", "פולחן דתי", "אללה",
        # English
        "god", "gods", "jesus", "christ", "christians", "christianity", "quran", "koran", "torah", "talmud",
        "allah",
        "islam", "islamic", "muslim", "muslims", "judaism", "hindu", "hindus", "hinduism", "buddhist", "buddhists",
        "buddhism", "atheist", "atheists", "atheism", "agnostic about god", "religion", "religions", "religious",
        "prayer", "prayers", "pray for", "pray to", "prayed for", "prayed to", "praying for", "praying to",
        "let us pray", "church", "churches", "mosque", "mosques", "synagogue", "synagogues", "rabbi", "rabbis",
        "priest", "priests", "imam", "imams", "pope", "pastor", "clergy", "holy bible", "the bible says",
        "scripture",
        "scriptures", "salvation", "messiah", "sermon", "sermons", "theology", "blasphemy", "heresy", "evangelical",
        "evangelicals", "creationism", "holy spirit", "praise the lord", "lord and savio[u|]r", "our lord",
        "christian [faith|values|church|prayer|religion|beliefs]", "convert* to [islam|judaism|christianity]",
        "keep[|s|ing] the sabbath", "sunday [mass|worship|sermon]", "[my|his|her|our|your] faith in god",
    ),
    0.6: (
        "יהודי", "יהודים", "יהודייה", "חילוני", "חילונית", "חילונים", "חילוניות", "חרדים", "תנ\"ך", "משיח", "נביא",
        "נביאים", "כיפה", "כיפות", "הכותל", "חטא", "חטאים", "כשרות", "רבנית", "בית מדרש", "מסורתי", "עבירה",
        "קדושה",
        "bible", "gospel", "worship", "secular", "jewish", "jew", "jews", "sins", "sinner", "sinners", "sabbath",
        "holy",
        "praying", "pray", "prayed", "catholic", "catholics", "protestant", "protestants", "prophet", "heathen",
        "infidel", "infidels",
    ),
    0.5: (
        "תורה", "התורה", "אמונה", "אמונות", "מאמין", "מאמינה", "מאמינים", "קדוש", "קדושים", "רמדאן", "צום", "שטן",
        "מצווה", "הלכה", "גאולה", "רבי", "ברכה", "שבת", "ישיבות", "כופרים", "שמיים",
        "faith", "christian", "lord", "amen", "blessed", "bless", "temple", "ramadan", "heaven", "bishop", "sin",
        "soul", "souls", "spiritual", "believers", "devout", "divine",
    ),
}  # fmt: skip

#: Wordings in which such a word says nothing about religion.
HARMLESS: tuple[str, ...] = (
    "אלוהים אדירים", "אלוהים ישמור", "תודה לאל", "חס וחלילה", "בעזרת השם", "ברוך השם", "בר מצווה", "בת מצווה",
    "בר המצווה", "בת המצווה", "שבת שלום", "סוף שבת", "בערב שבת", "צום לסירוגין", "ברכה חמה", "ברכה לבבית",
    "כיפת ברזל", "רמדאן כרים", "חג שמח", "כלל הדתות והמגדרים", "ללא הבדל דת", "בלי הבדל דת",
    "בלי קשר לדת", "ללא קשר לדת", "דת גזע ומין", "דת, גזע", "דת, מין",
    "oh my god", "omg", "thank god", "for god[']s sake", "god mode", "god object", "god class", "god forbid",
    "god knows", "holy grail", "holy cow", "holy moly", "bless you", "leap of faith", "good faith", "bad faith",
    "in good faith", "keep the faith", "christian [joined|from|will|is|and|leads|wrote|gave]", "religious about",
    "python bible", "bible of", "prayer wheel", "prayers answered", "soul of", "amen to that", "feeling blessed",
    "so blessed", "regardless of religion", "race, religion", "religion, gender", "religion, race",
    "match made in heaven",
    "landlord", "sin and cos", "temple run", "hail mary",
)  # fmt: skip
