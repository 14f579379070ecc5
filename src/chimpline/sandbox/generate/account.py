"""An account made from a seed and sizes: the same ones make the same account."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from chimpline.sandbox.generate import words
from chimpline.sandbox.generate.campaigns import generate_campaigns
from chimpline.sandbox.generate.shops import generate_shops
from chimpline.sandbox.instants import START, at
from chimpline.sandbox.model.account import Account, Options
from chimpline.sandbox.model.audience import Audience
from chimpline.sandbox.model.automation import Automation
from chimpline.sandbox.model.member import STATUSES, Member, digest
from chimpline.sandbox.model.segment.segments import Segment

LATEST = START - 3600  # nothing in a fresh account is younger than an hour
NAMES = ("Newsletter", "Customers / Kunden", "Partners (партнёры) 🤝", "Staff", "Tests")
MERGE_FIELDS: tuple[tuple[str, str, str, dict[str, Any], Sequence[Any]], ...] = (
    ("FNAME", "First Name", "text", {"size": 25}, words.FIRST),
    ("LNAME", "Last Name", "text", {"size": 25}, words.LAST),
    ("ADDRESS", "Address", "address", {"default_country": 164}, words.ADDRESSES),
    ("PHONE", "Phone Number", "phone", {"phone_format": "none"}, words.PHONES),
    ("BIRTHDAY", "Birthday", "birthday", {"date_format": "MM/DD"}, words.BIRTHDAYS),
    ("LTV", "LTV", "number", {}, words.NUMBERS),
    ("JOINED_AT", "select", "date", {"date_format": "MM/DD/YYYY"}, words.DATES),
    ("SITE", "Web site", "url", {}, words.URLS),
    ("PHOTO", "Photo", "imageurl", {}, words.IMAGES),
    ("PLAN", "Plan", "radio", {"choices": list(words.PLANS[1:])}, words.PLANS),
    ("CITY", "City", "dropdown", {"choices": list(words.CITIES[1:])}, words.CITIES),
    ("ZIP", "Zip", "zip", {}, words.ZIPS),
    ("MMERGE14", "좋아하는 색 🎨 (favourite colour)", "text", {"size": 25}, words.COLOURS),
    ("MMERGE15", "First Name", "text", {"size": 25}, words.NICKNAMES),
)
# By audience: which of them it has. The second one disagrees with the first about LTV.
LAYOUTS = (range(14), (0, 1, 5, 12), (0, 2))
# (status, the share of members up to which it reaches)
STATUS_SHARES = (
    ("subscribed", 0.70),
    ("unsubscribed", 0.82),
    ("cleaned", 0.88),
    ("pending", 0.91),
    ("transactional", 0.95),
    ("archived", 1.0),
)


def generate(options: Options) -> Account:
    account = Account(options)
    rng = random.Random(f"chimpline sandbox {options.seed}")
    sizes = _sizes(options)
    for number, size in enumerate(sizes):
        audience = _audience(account, rng, number)
        _members(account, audience, rng, size, largest=number == 0)
        _segments(account, audience, rng, number)
        audience.index_all()
        account.audiences[audience.id] = audience
    folder = {"name": "Folder / Mappe 📁", "id": digest(options.seed, "folder")[:10]}
    account.records["campaign_folders"] = [folder]
    generate_campaigns(account, rng)
    _automations(account, rng)
    generate_shops(account)
    return account


def _sizes(options: Options) -> list[int]:
    count = options.audiences
    if count == 0:
        return []
    largest = options.members if count == 1 else int(options.members * options.largest_share)
    sizes = [largest]
    left = options.members - largest
    for place in range(1, count):
        size = left if place == count - 1 else (left * 3) // 4
        sizes.append(size)
        left -= size
    return sizes


def _audience(account: Account, rng: random.Random, number: int) -> Audience:
    list_id = digest(account.options.seed, account.options.account_id, "list", number)[:10]
    created = at(2012 + number * 4, 3, 4) + rng.randrange(86400)
    audience = Audience(account, list_id, number, NAMES[number % len(NAMES)], created)
    for place in LAYOUTS[number % len(LAYOUTS)]:
        tag, name, kind, choices, _ = MERGE_FIELDS[place]
        if tag == "LTV" and number % len(LAYOUTS) == 1:
            kind, choices = "text", {"size": 25}
        audience.add_merge_field(tag, name, kind, options=dict(choices))
    if number % len(LAYOUTS) != 2:
        _interests(account, audience)
    if number % len(LAYOUTS) == 1:
        audience.marketing_permissions = digest(list_id, "permission")[:10]
    return audience


def _interests(account: Account, audience: Audience) -> None:
    groups: list[tuple[str, str, tuple[str, ...]]] = [
        ("Fav Pizza Toppings", "checkboxes", ("Pineapple", "Not pineapple", "Käse 🧀"))
    ]
    if audience.number == 0:
        groups += (
            ("Language", "radio", ("한국어", "English")),
            ("Internal", "hidden", ("Pineapple",)),  # a name twice, in two categories
        )
    for place, (title, kind, names) in enumerate(groups):
        audience.add_category(
            digest(account.options.seed, audience.id, "category", place)[:10], title, kind
        )
        for order, name in enumerate(names):
            interest_id = digest(account.options.seed, audience.id, "interest", place, order)[:10]
            audience.add_interest(audience.categories[-1], interest_id, name)


def _pools(audience: Audience) -> list[Sequence[Any]]:
    by_tag = {tag: pool for tag, _, _, _, pool in MERGE_FIELDS}
    pools = [by_tag[field.tag] for field in audience.merge_fields]
    for place, field in enumerate(audience.merge_fields):
        if field.tag == "LTV" and field.type == "text":
            pools[place] = words.NUMBERS_AS_TEXT
    return pools


def _members(
    account: Account, audience: Audience, rng: random.Random, size: int, *, largest: bool
) -> None:
    options = account.options
    bulk = 0
    if largest:
        share = int(size * options.bulk_share)
        bulk = share if options.bulk_members is None else min(size, options.bulk_members)
    first = max(0, min(len(STATUSES), size - bulk))  # the first ones show each status once
    bulk_second = at(2024, 5, 6) + 43200
    imports = [rng.randrange(audience.created, LATEST) for _ in range(40)]
    pools = _pools(audience)
    lengths = [len(pool) for pool in pools]
    bits = audience.interest_bits
    random_, below = rng.random, rng.getrandbits
    period = LATEST - audience.created
    for number in range(size):
        box = words.MAILBOX[below(8) % len(words.MAILBOX)]
        domain = words.DOMAINS[below(6) % len(words.DOMAINS)]
        plus = "+news" if number % 97 == 0 else ""
        draw = random_()
        status = next(name for name, share in STATUS_SHARES if draw < share)
        if number < first:
            status = STATUSES[number]
        values = [pool[below(10) % length] for pool, length in zip(pools, lengths, strict=True)]
        if options.merge_field_bytes:
            values[0] += "é" * (options.merge_field_bytes // len("é".encode()))
        member = Member(number, f"{box}{number}{plus}@{domain}", status, values)
        member.opted = audience.created + int(period * random_() * 0.9)
        member.changed = member.opted + int((LATEST - member.opted) * random_())
        if draw * 1000 % 1 < 0.1:  # a part came and changed with one of forty imports
            member.changed = imports[below(6) % 40]
            member.opted = min(member.opted, member.changed)
        if draw * 1000 % 1 > 0.5:
            member.signed_up = member.opted - 60
            member.ip_signup = 0xC6336400 + number % 250
        if first <= number < first + bulk:
            member.changed = member.opted = bulk_second
            member.signed_up = 0
        if size - number <= options.members_without_last_changed and largest:
            member.changed = 0
        _details(member, rng, bits)
        audience.members.append(member)
        audience.by_id[member.id] = number


def _details(member: Member, rng: random.Random, interest_bits: int) -> None:
    dice = rng.getrandbits(48)
    member.interests = dice & ((1 << interest_bits) - 1)
    dice >>= 8
    member.ip_opt = 0xBA06F387 - (dice & 0xFFF)
    member.rating = 1 + (dice >> 3) % 5
    member.vip = (dice >> 6) % 64 == 0
    member.language = words.LANGUAGES[(dice >> 9) % len(words.LANGUAGES)]
    member.client = words.CLIENTS[(dice >> 12) % len(words.CLIENTS)]
    member.place = (dice >> 15) % 4
    member.source = words.SOURCES[(dice >> 18) % len(words.SOURCES)]
    member.email_type = "text" if (dice >> 21) % 16 == 0 else "html"
    if (dice >> 24) % 4:
        member.open_rate = ((dice >> 20) % 10000) / 10000 or 0
        member.click_rate = round(member.open_rate / 4, 4) or 0
    if (dice >> 28) % 64 == 0:
        member.note = member.opted + 60
    if member.status == "unsubscribed":
        member.reason = words.REASONS[(dice >> 30) % len(words.REASONS)]


def _segments(account: Account, audience: Audience, rng: random.Random, number: int) -> None:
    """Tags, saved segments and a fuzzy one, over members of all statuses."""
    many = account.options.tags_of_one_member if number == 0 else 0
    names = words.TAGS[: 6 if number < 2 else 1]
    names += tuple(f"tag {place:02d}" for place in range(max(0, many - len(names))))
    first_id = 4_788_000 + number * 1000
    for place, name in enumerate(names):
        created = audience.created + 86400 * (place + 1)
        segment = Segment(first_id + place, name, "static", created, {})
        audience.segments[segment.id] = segment
    size = len(audience.members)
    for segment in list(audience.segments.values())[: len(words.TAGS)]:
        for chosen in rng.sample(range(size), size // 12):
            _tag(audience, chosen, segment)
    if many and size:
        for segment in audience.segments.values():
            _tag(audience, 0, segment)
    saved = first_id + 900
    for place, (name, kind) in enumerate((("Four stars", "saved"), ("Like these", "fuzzy"))):
        if number > 1 and kind == "fuzzy":
            continue
        conditions = [
            {"condition_type": "MemberRating", "field": "rating", "op": "greater", "value": 3}
        ]
        segment = Segment(
            saved + place,
            name,
            kind,
            audience.created + 86400 * 30,
            {"match": "any", "conditions": conditions},
        )
        segment.updated += 86400 * (place + 1)
        for member in audience.living() if kind == "fuzzy" else ():
            if member.rating > 4 and member.number % 3 == 0:
                segment.join(member.number, segment.created)
        audience.segments[segment.id] = segment
    empty = Segment(saved + 2, "Nobody 🚫", "saved", audience.created + 86400 * 40, {})
    nobody = {"condition_type": "TextMerge", "field": "FNAME", "op": "is", "value": "Nobody 🚫"}
    empty.options = {"match": "all", "conditions": [nobody]}
    audience.segments[empty.id] = empty


def _tag(audience: Audience, number: int, segment: Segment) -> None:
    member = audience.members[number]
    if member is not None and segment.id not in member.tags:
        segment.join(number, max(segment.created, member.opted))
        member.tags = (segment.id, *member.tags)


def _automations(account: Account, rng: random.Random) -> None:
    audiences = list(account.audiences.values())
    if not audiences:
        return
    for number, status in enumerate(("sending", "paused", "save", "sending")):
        audience = audiences[number % len(audiences)]
        automation_id = digest(account.options.seed, account.options.account_id, "auto", number)
        created = at(2021) + rng.randrange(86400 * 900)
        many = (1, 2, account.options.automation_emails)[number % 3]
        emails = [digest(automation_id, place)[:10] for place in range(many)]
        started = 0 if status == "save" else created + 3600
        account.automations[automation_id[:10]] = Automation(
            account,
            automation_id[:10],
            number,
            audience,
            f"Welcome series {number} 👋",
            status,
            created,
            started,
            emails_sent=0 if status == "save" else 40 + number,
            email_ids=emails,
        )
