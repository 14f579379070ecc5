"""Names and values to make contacts from."""

from __future__ import annotations

from typing import Any

FIRST = (
    "Ada", "Björk", "Chloé", "Dmitri", "Émilie", "Fatima", "Gretel", "Håkon", "Inês", "José",
    "Kenji", "Łukasz", "María", "Nguyễn", "Oğuz", "Priya", "Qiáng", "Renée", "Søren", "Tomáš",
    "Ümit", "Výborný", "Wei", "Xochitl", "Yağmur", "Zoë", "박", "さくら", "Ольга", "محمد",
    "O'Neil", 'Dwayne "Rock"', "Anne\\Marie", "🦜 Polly", "",
)  # fmt: skip
LAST = (
    "Lovelace", "Groucock", "Müller", "Silveira", "Ñandú", "Çelik", "Ødegård", "王", "佐藤", "김",
    "Иванова", "D'Angelo", "van der Berg", "St. John-Smythe", "Þórsdóttir", "Smith", "García",
    "O\u2019Connor", "<b>Bold</b>", "",
)  # fmt: skip
MAILBOX = (
    "ada", "bea", "Carl", "dana", "eli", "Fay", "gus", "hana", "ivo", "june", "kai", "lea", "max",
    "nia", "otto", "pia", "quin", "ria", "sam", "tia",
)  # fmt: skip
DOMAINS = ("example.com", "example.org", "example.net", "mail.example.com", "Shop.example.com")
ADDRESSES: tuple[Any, ...] = (
    "",
    {
        "addr1": "1 Main St",
        "addr2": "",
        "city": "Berlin",
        "state": "BE",
        "zip": "10115",
        "country": "DE",
    },
    {
        "addr1": "675 Ponce De Leon Ave NE",
        "addr2": "Suite 5000",
        "city": "Atlanta",
        "state": "GA",
        "zip": "30308",
        "country": "US",
    },
    {
        "addr1": "세종대로 110",
        "addr2": "",
        "city": "서울",
        "state": "",
        "zip": "04524",
        "country": "KR",
    },
)
PHONES = ("", "+5583999999999", "(404) 555-0101", "030 901820", "+82-2-120")
DATES = ("", "1980-12-21", "2020-02-29", "1969-07-20", "2031-01-01")
URLS = ("", "https://example.com/?a=1&b=2", "http://bücher.example/", "https://example.org/ü")
IMAGES = ("", "https://example.com/a.png", "https://example.com/b.jpg")
PLANS = ("", "free", "team", "enterprise")
CITIES = ("", "Berlin", "São Paulo", "서울", "Zürich")
BIRTHDAYS = ("", "02/29", "12/31", "01/01")
ZIPS = ("", "01067", "30308", "00501")
COLOURS = ("", "파랑", "🟥 red", "green", "null", "0")
NUMBERS: tuple[Any, ...] = ("", 0, 3, 668.3, -1.5, 1000000, 0.1)
NUMBERS_AS_TEXT = ("", "3", "668.30", "a lot", "-1.5")
NICKNAMES = ("", "Bobby", "J.", "Мышка")
LANGUAGES = ("", "", "en", "de", "pt", "ko")
CLIENTS = ("", "", "Gmail", "Apple Mail", "Outlook 2016")
SOURCES = ("Import", "API - Generic", "Hosted Signup Form", "Admin Add")
REASONS = ("N/A (Unsubscribed by admin)", "No longer interested", "", "Never signed up")
TAGS = ("VIP ✨", "newsletter", "Berlin 2024", "churn-risk", "from: import", "새 고객")
LINKS = (
    "/",
    "/bananas?utm_source=mail&utm_campaign=x",
    "/ü/ö",
    "/cart",
    "/unsubscribe?u=*|UNIQID|*",
)
