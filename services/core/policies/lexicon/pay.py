"""Words for what somebody earns, and for other money, which amounts belong to more often."""

WEIGHTS: dict[float, tuple[str, ...]] = {
    1.0: (
        "שכר", "השכר", "שכרו", "שכרה", "שכרי", "משכורת", "משכורות", "משכורתי", "המשכורת שלי", "משכורתה",
        "משתכר", "משתכרת", "משתכרים", "משתכרות", "להשתכר", "השתכרתי", "תשתכרו",
        "מרוויח", "מרוויחה", "מרוויחים", "מרוויחות", "הרווחתי", "להרוויח", "ירוויח", "תרוויח", "תרוויחו", "נרוויח",
        "תלוש", "תלושי", "תלושים", "בונוס", "בונוסים", "מענק [חתימה|התמדה|שימור|הצטרפות|פרישה]", "תגמול חודשי",
        "משלמים לנו", "משלמים לי", "משלמים לעובדים", "משלמים למפתחים", "שילמו לי", "משלמים פה", "משלמים כאן",
        "משלמים למתחילים",
        "salary", "salaries", "wage", "wages", "payslip", "payslips", "paycheck", "paychecks", "compensation",
        "remuneration", "earn", "earns", "earned", "earning", "earnings", "pay", "pays", "paying", "paid", "ote",
        "bonus",
        "bonuses", "stipend", "severance", "sign-on", "take-home", "tc", "total comp",
    ),
    0.7: (
        "ברוטו", "נטו", "תגמול", "הכנסה", "עמלות", "שעתי", "gross", "package", "base", "comp", "raise", "rsu",
        "rsus",
        "equity", "makes", "making", "hourly", "net", "payroll", "income", "stock options", "תנאים", "החבילה",
        "מתחילים",
        "מציעים", "offers", "offering", "offer", "offered", "starting", "range", "לשעה", "an hour", "per hour",
        "כולל סוציאליות",
    ),
    0.5: (
        "לחודש", "בחודש", "חודשי", "לשנה", "בשנה", "שנתי", "בסיס", "per month", "a month", "per year", "a year",
        "annually",
        "annual", "per annum", "monthly", "yearly", "month", "year", "junior", "senior", "juniors", "seniors",
        "ג'וניור", "ג'וניורית", "סניור",
        "משרה", "משרת", "position", "role", "עובד", "עובדת", "עובדים",
    ),
}  # fmt: skip

#: Wordings in which such a word says nothing about pay.
HARMLESS: tuple[str, ...] = (
    "שכר דירה", "שכר הדירה", "שכר לימוד", "שכר הלימוד", "תלוש[|י] [שי|קנייה|מתנה|מתנות]", "תלושי הקנייה",
    "pay attention", "pays attention", "paying attention", "paid attention", "pay off", "pays off", "paid off",
    "pay for", "pays for", "paid for", "paying for", "pay per", "pay it forward", "paid plan", "paid plans",
    "paid media",
    "paid ads", "paid campaign", "earned media", "base camp", "data base", "code base", "a range of",
    "pay as you go",
    "pays you back", "customers pay", "clients pay", "users pay", "you pay", "you only pay", "paid users",
    "paid tier",
)  # fmt: skip

#: An amount that stands nearer to one of these is a price, a turnover, a budget or a gift.
OTHER_MONEY: tuple[str, ...] = (
    "מחיר", "מחירי", "מחירים", "המחיר", "במחיר", "עלות", "עולה", "עולות", "עלו", "עלה", "יעלה", "הנחה", "הנחות",
    "מבצע",
    "מחזור", "הכנסות", "ההכנסות", "מכירות", "גייסנו", "גייסה", "גייסו", "גיוס הון", "סבב", "שווי", "תקציב",
    "השקעה", "השקענו",
    "משקיעים", "משקיע", "עסקה", "עסקאות", "תרומה", "תרומות", "תרמנו", "תרמו", "אספנו", "כרטיס", "כרטיסים",
    "מנוי", "מנויים",
    "לקוח", "לקוחות", "חיסכון", "חסכנו", "חוסך", "חוסכים", "חסך", "פרס", "פרסים", "קנס", "חשבונית", "דמי",
    "אגרה", "שוק",
    "מענק מחקר", "מלגה", "מלגות", "שכר דירה", "שכר לימוד", "קניתי", "קנינו", "קנייה", "מוצר", "מוצרים", "לרכישה",
    "תלוש[|י] [שי|קנייה|מתנה|מתנות]", "שובר", "השקה", "אקזיט", "נמכרה",
    "price", "prices", "priced", "pricing", "cost", "costs", "fee", "fees", "discount", "revenue", "revenues",
    "turnover",
    "sales", "arr", "mrr", "raised", "funding", "round", "series [a|b|c|d]", "valuation", "budget", "invest",
    "invested",
    "investment", "investments", "investors", "deal", "deals", "donated", "donation", "donations", "charity",
    "ticket",
    "tickets", "subscription", "plan", "license", "licenses", "customer", "customers", "client", "clients", "save",
    "saves", "saved", "savings", "worth", "prize", "prizes", "invoice", "invoices", "market", "grant",
    "scholarship",
    "gift card", "gift cards", "voucher", "rent", "tuition", "profit", "profits", "buyers", "seat", "per user",
    "users pay",
    "sold", "bought", "contract", "acquisition", "fundraiser", "shoppers",
)  # fmt: skip
