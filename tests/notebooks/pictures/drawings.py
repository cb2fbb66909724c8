"""The notebooks' pictures, each drawn by a function of its own."""

from __future__ import annotations

from collections.abc import Callable

from labs_helpers.course.shown.look.icons import Icon
from tests.notebooks.pictures.solid import (
    FILLS,
    LINES,
    WIDTH,
    Drawing,
    arrow,
    box,
    frame,
    path,
    pill,
    pill_height,
    text,
)  # fmt: skip

MIDDLE = WIDTH / 2


def day1_line() -> Drawing:
    layers = [
        ("your data", "you", "you"), ("who has access", "you", "you"), ("settings, code", "you", "you"),
        ("operating system", "you", "aws"), ("hosts, software", "aws", "aws"), ("data centers", "aws", "aws"),
    ]  # fmt: skip
    columns = (76, 236)
    parts = [pill(columns[0], 18, "a virtual server"), pill(columns[1], 18, "Amazon S3")]
    for at, (name, *whose) in enumerate(layers):
        for middle, side in zip(columns, whose, strict=True):
            parts.append(
                f'<rect x="{middle - 74}" y="{42 + 44 * at}" width="148" height="34" rx="6" fill="{FILLS[side]}"/>'
            )
            parts.append(text(middle, 59 + 44 * at, name, bold=at < 2))
    low, high = 40 + 44 * 4 - 3, 40 + 44 * 3 - 3
    parts += [
        path((2, low), (156, low), (156, high), (310, high), line="warn", wide=6),
        pill(columns[0], 322, "above: you", "you"),
        pill(columns[1], 322, "below: AWS", "aws"),
    ]
    return Drawing(
        "The line between AWS and its customer",
        "Above the line is what the customer secures: data, access, settings, code. Below it is what AWS secures: the "
        "service's software, hosts, data centers. On a virtual server the line is low, and in a service such as "
        "S3 it is higher, because the operating system is AWS's.",
        340,
        tuple(parts),
    )


def day2_request() -> Drawing:
    parts = (
        box(2, 6, 308, ["Your call", "s3:GetObject"], "you", Icon.PERSON),
        arrow((30, 56), (30, 82)),
        box(2, 84, 308, ["1 Who is it?", "key and signature"], "ink", Icon.KEY),
        arrow((30, 134), (30, 222), line="good"), pill(30, 178, "identified", "good", side=1),
        arrow((235, 134), (235, 158), line="bad"), box(160, 160, 150, ["✗ rejected", "wrong signature"], "bad"),
        box(2, 224, 308, ["2 Is it allowed?", "all policies"], "ink", Icon.POLICY),
        arrow((30, 274), (30, 362), line="good"), pill(30, 318, "allowed", "good", side=1),
        arrow((235, 274), (235, 298), line="bad"), box(160, 300, 150, ["✗ denied", "AccessDenied"], "bad"),
        box(2, 364, 308, ["3 Performed", "S3 does the work"], "good", Icon.BUCKET),
    )  # fmt: skip
    return Drawing(
        "How AWS handles a request",
        "A call is identified, then authorized, then performed. The first two steps can each stop it.",
        420,
        parts,
    )


def day2_decision() -> Drawing:
    gates = [
        ("1 Explicit deny?", ["in any policy"], "yes", "no"),
        ("2 Within limits?", ["SCP, RCP,", "boundary, session"], "no", "yes"),
        ("3 A grant?", ["identity or", "resource policy"], "no", "yes"),
    ]
    parts = [pill(85, 18, "identified request"), arrow((30, 30), (30, 50))]
    for at, (name, what, off, on) in enumerate(gates):
        y = 52 + 118 * at
        parts += [
            box(2, y, 166, [name, *what], "ink", high=70),
            arrow((168, y + 46), (216, y + 46), line="bad"),
            pill(193, y + 24, off, "bad"),
            arrow((30, y + 70), (30, y + 116), line="good"),
            pill(30, y + 92, on, "good", side=1),
        ]
    parts += [
        box(218, 52, 92, ["✗ denied"], "bad", high=306),
        box(2, 406, 166, ["✓ allowed"], "good", Icon.GATE, high=44),
    ]
    return Drawing(
        "How AWS evaluates a request",
        "An explicit deny denies it. Then every limit must leave room for it. Then something must grant it. Otherwise "
        "it is denied.",
        458,
        tuple(parts),
    )


def day3_tokens() -> Drawing:
    parts = (
        box(2, 6, 308, ["A user", "name, password, code"], "you", Icon.PERSON),
        arrow((30, 56), (30, 92)),
        box(2, 94, 308, ["User pool", "signs the tokens"], "aws", Icon.ACCOUNT),
        arrow((30, 144), (30, 196)),
        pill(30, 170, "ID, access, refresh token", side=1),
        box(2, 198, 308, ["Application", "keeps the tokens"], "you", Icon.GATE),
        arrow((30, 248), (30, 300)),
        pill(30, 274, "access token", side=1),
        arrow((190, 248), (190, 300)),
        pill(190, 274, "ID token", side=1),
        box(2, 302, 150, ["Your API", "verifies it"], "aws", Icon.TOKEN),
        box(160, 302, 150, ["Identity pool", "exchanges it"], "aws"),
        arrow((235, 352), (235, 404)),
        pill(235, 378, "a role's credentials", side=-1),
        box(100, 406, 210, ["S3", "checks the policies"], "aws", Icon.BUCKET),
    )
    return Drawing(
        "From sign-up to S3",
        "A user signs in through a user pool and gets tokens. An application or API verifies a token. An identity pool "
        "exchanges a token for credentials of an IAM role. With these credentials, the user gets access to a bucket.",
        464,
        parts,
    )


def day3_provider() -> Drawing:
    lanes = app, pool, work = 29, 146, 264
    steps = [
        (app, pool, "authorize:\nstate, PKCE\nand nonce", "you"),
        (pool, work, "authorize:\nown state", "aws"),
        (work, work, "Nell\nsigns in", "ink"),
        (work, pool, "code", "ink"),
        (pool, work, "code and\nsecret", "aws"),
        (work, pool, "ID token", "ink"),
        (pool, pool, "verifies,\nfinds Nell", "aws"),
        (pool, app, "own code", "good"),
    ]
    parts = [
        box(2, 6, 54, ["App"], "you"), box(96, 6, 100, ["Your pool"], "aws"),
        box(219, 6, 92, ["Provider"], "ink"),
    ]  # fmt: skip
    y = 52.0
    for start, end, said, fill in steps:
        high = pill_height(said)
        if start == end:
            out = start + 26
            parts.append(pill(start, y + high / 2, said, fill, side=-1))
            parts.append(arrow((start, y + 6), (out, y + 6), (out, y + high - 6), (end, y + high - 6)))
            y += high + 14
        else:
            parts.append(pill((start + end) / 2, y + high / 2, said, fill))
            parts.append(arrow((start, y + high + 8), (end, y + high + 8)))
            y += high + 22
    parts += [path((x, 38), (x, y), dashed=True, wide=2) for x in lanes]
    return Drawing(
        "Signing in with an external provider",
        "The application sends the browser to your pool, and your pool sends it on to the provider. The user signs in "
        "there. The provider sends the browser back to the pool with a code. The pool redeems the code, creates or "
        "finds a user, and sends the browser to the application with its own code.",
        int(y) + 2,
        tuple(parts),
    )


def day4_organization() -> Drawing:
    parts = [
        box(2, 6, 140, ["Root"], "ink", Icon.ACCOUNT, high=48),
        pill(142, 30, "SCPs for all", "warn", side=1),
        path((24, 54), (24, 354)),
    ]
    for y in (104, 216, 354):
        parts.append(arrow((24, y), (58, y)))
    parts += [
        box(60, 76, 250, ["Management", "account"], "aws", high=56),
        frame(60, 164, 250, 104, "OU Workloads"), pill(63, 268, "SCPs for work", "warn", side=1),
        box(76, 188, 218, ["prod", "an account"], "you", high=56),
        frame(60, 308, 250, 92, "OU Sandbox"), box(76, 332, 218, ["play", "an account"], "you", high=56),
    ]  # fmt: skip
    return Drawing(
        "An organization",
        "The root holds the management account and two OUs. The Workloads OU contains the prod account, and the "
        "Sandbox OU contains the play account. SCPs are attached to the root and to Workloads.",
        410,
        tuple(parts),
    )


def day5_envelope() -> Drawing:
    parts = (
        frame(2, 16, 308, 84, "KMS: the key never leaves", "aws"),
        box(42, 36, 228, ["KMS key", "encrypts small keys"], "aws", Icon.KEY, high=54),
        path((77, 100), (77, 118)),
        pill(77, 130, "GenerateDataKey"),
        arrow((77, 142), (77, 176)),
        box(2, 178, 150, ["Data key", "in plaintext"], "warn", Icon.KEY, high=54),
        path((77, 232), (77, 246)),
        pill(77, 258, "encrypts"),
        arrow((77, 270), (77, 310)),
        arrow((172, 100), (172, 310)),
        pill(172, 142, "the same,\nencrypted", "aws", side=1),
        arrow((280, 310), (280, 102), line="bad"),
        pill(280, 258, "Decrypt?", "bad", side=-1),
        frame(2, 296, 308, 102, "stored together, for example in S3", below=True),
        box(10, 312, 132, ["Your data", "encrypted"], "you", high=54),
        box(150, 312, 152, ["Data key", "encrypted"], "aws", Icon.KEY, high=54),
    )
    return Drawing(
        "Envelope encryption",
        "KMS generates a data key under a KMS key that never leaves KMS. The data key encrypts the data. The encrypted "
        "data key is stored next to the data. To read the data, you ask KMS to decrypt the data key.",
        414,
        parts,
    )


def day6_company() -> Drawing:
    parts = [
        box(2, 6, 110, ["Root"], "ink", Icon.ACCOUNT, high=46),
        pill(112, 29, "SCPs and RCPs for all", "warn", side=1),
        path((14, 52), (14, 434)),
    ]
    for y in (126, 287, 434):
        parts.append(arrow((14, y), (34, y)))
    parts += [
        frame(36, 84, 274, 84, "OU Security"),
        box(44, 104, 125, ["security", "emergency"], "aws", high=54),
        box(177, 104, 125, ["logs", "all trails"], "aws", high=54),
        arrow((240, 216), (240, 160), dashed=True, line="warn"),
        pill(240, 192, "trails", "warn", side=-1),
        frame(36, 216, 274, 142, "OU Workloads"), pill(39, 358, "Regions", "warn", side=1),
        frame(44, 250, 125, 86, "Production"), box(52, 272, 109, ["prod", "the shop"], "you", high=54),
        frame(177, 250, 125, 86, "Development"), box(185, 272, 109, ["dev", "building"], "you", high=54),
        frame(36, 394, 274, 80, "OU Sandbox"),
        box(52, 412, 242, ["sandbox", "experiments"], "you", high=54),
    ]  # fmt: skip
    return Drawing(
        "The company's cloud",
        "Guardrails for all accounts are attached to the organization's root. Below the root are three OUs: Security, "
        "with the accounts logs and security; Workloads, whose child OUs Production and Development contain the "
        "accounts prod and dev; and Sandbox, with one account. The trails of all accounts deliver to the account logs.",
        484,
        tuple(parts),
    )


def weekend_alarm() -> Drawing:
    parts = (
        box(2, 6, 308, ["A call", "attack or work?"], "you", Icon.PERSON),
        arrow((30, 56), (30, 92)),
        box(2, 94, 308, ["CloudTrail record", "who, what, from where"], "aws", Icon.POLICY),
        arrow((30, 144), (30, 196)),
        pill(30, 170, "stored", side=1),
        arrow((222, 144), (222, 196)),
        pill(222, 170, "sent", side=1),
        box(2, 198, 124, ["Bucket", "log files"], "aws", Icon.BUCKET),
        box(134, 198, 176, ["EventBridge", "the event bus"], "aws", Icon.GATE),
        arrow((30, 248), (30, 334)),
        pill(30, 272, "Sigma, SQL: later", side=1),
        arrow((282, 248), (282, 334)),
        pill(282, 306, "pattern: in minutes", side=-1),
        box(2, 336, 308, ["An alarm", "a phone rings"], "bad", Icon.PERSON),
    )
    return Drawing(
        "From a call to an alarm",
        "Each call leads to a CloudTrail record. Records are delivered to a bucket, where rules in Sigma and SQL are "
        "run on them later. CloudTrail also sends events to EventBridge, which compares each event with your patterns "
        "within minutes. Both lead to an alarm.",
        394,
        parts,
    )


def weekend_rule() -> Drawing:
    rows = [
        ("a name", [True, True, False, False], [True, True, False]),
        ("the effect", [True, True, True, True], [False, False, False]),
    ]
    parts = [pill(86, 18, "forms of the attack", "bad"), pill(250, 18, "look-alikes", "good")]
    for at, (name, forms, others) in enumerate(rows):
        y = 42 + 92 * at
        parts.append(box(2, y, 308, [f"A rule about {name}"], "ink", high=36))
        for column, hit in enumerate([*forms, *others]):
            x = 26 + 40 * column + (24 if column > 3 else 0)
            fill = "bad" if column < 4 else "good"
            ring = LINES["warn"] if hit else "none"
            parts.append(f'<circle cx="{x}" cy="{y + 60}" r="17" stroke="{ring}" stroke-width="4"/>')
            parts.append(f'<circle cx="{x}" cy="{y + 60}" r="12" fill="{FILLS[fill]}"/>')
    parts += [
        pill(MIDDLE, 236, "ring: an alarm", "warn"),
        pill(MIDDLE, 268, "name: misses two of four", "bad"),
        pill(MIDDLE, 300, "effect: exactly the four", "good"),
    ]
    return Drawing(
        "What a good rule finds",
        "An attack has four forms, and there are three calls that look like it. A rule about a call's name raises an "
        "alarm for two of the forms and for two look-alikes. A rule about the call's effect raises an alarm for all "
        "four forms and for nothing else.",
        318,
        tuple(parts),
    )


def weekend_languages() -> Drawing:
    ways = [
        ("Sigma", ["one stored record", "most products import it"], "ink", Icon.POLICY),
        ("EventBridge pattern", ["one event, within minutes", "fields of one list item"], "aws", Icon.GATE),
        ("SQL", ["many records together", "totals, joins, parts of texts"], "ink", Icon.BUCKET),
    ]
    asks = ["Does this record match?", "Does this event match?", "What do all records add up to?"]
    parts = []
    for at, ((name, what, fill, icon), asked) in enumerate(zip(ways, asks, strict=True)):
        y = 8 + 118 * at
        parts.append(box(2, y, 308, [name, *what], fill, icon))
        parts.append(pill(MIDDLE, y + 88, asked, "ink"))
    return Drawing(
        "Three languages for rules",
        "Sigma checks one stored record, and most products import it. An EventBridge pattern checks one event, within "
        "minutes, and can require several values in the same element of a list. SQL computes totals over many "
        "records, joins them, and extracts parts of texts.",
        362,
        tuple(parts),
    )


def day4_perimeter() -> Drawing:
    parts = (
        box(100, 6, 210, ["A bucket outside"], "bad", high=44),
        arrow((262, 122), (262, 52), line="bad"),
        pill(262, 70, "✗ an SCP", "bad", side=-1),
        frame(2, 98, 308, 232, "your organization", "ink"),
        box(20, 122, 272, ["Your identities", "users and roles"], "you", Icon.PERSON, high=54),
        arrow((48, 176), (48, 250), line="good"),
        pill(48, 213, "✓ from your networks", "good", side=1),
        box(20, 252, 272, ["Your resources", "buckets, keys, queues"], "you", Icon.BUCKET, high=54),
        arrow((262, 378), (262, 308), line="bad"),
        pill(262, 354, "✗ an RCP", "bad", side=-1),
        box(100, 378, 210, ["Outsider"], "bad", high=44),
    )
    return Drawing(
        "A data perimeter",
        "Inside the organization, your identities use your resources from your networks. An RCP keeps outsiders away "
        "from your resources. An SCP keeps your identities away from resources outside.",
        428,
        parts,
    )


DRAWINGS: dict[str, Callable[[], Drawing]] = {
    each.__name__.replace("_", "-"): each
    for each in (
        day1_line, day2_request, day2_decision, day3_tokens, day3_provider, day4_organization,
        day5_envelope, day6_company, weekend_alarm, weekend_rule, weekend_languages, day4_perimeter,
    )
}  # fmt: skip
"""Picture's name → the function that draws it."""
