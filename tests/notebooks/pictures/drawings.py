"""The notebooks' pictures, each drawn by a function of its own."""

from __future__ import annotations

from collections.abc import Callable

from tests.notebooks.pictures.signs import Sign
from tests.notebooks.pictures.solid import (
    FILLS,
    WIDTH,
    Drawing,
    arrow,
    box,
    frame,
    path,
    pill,
    pill_height,
    sign,
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
        box(2, 6, 308, ["Your call", "s3:GetObject"], "you", Sign.CALLER),
        arrow((30, 56), (30, 82)),
        box(2, 84, 308, ["Who is it?", "key and signature"], "ink", 1),
        arrow((30, 134), (30, 222), line="good"), pill(30, 178, "identified", "good", side=1),
        arrow((235, 134), (235, 158), line="bad"), box(160, 160, 150, ["✗ rejected", "wrong signature"], "bad"),
        box(2, 224, 308, ["Is it allowed?", "all policies"], "ink", 2),
        arrow((30, 274), (30, 362), line="good"), pill(30, 318, "allowed", "good", side=1),
        arrow((235, 274), (235, 298), line="bad"), box(160, 300, 150, ["✗ denied", "AccessDenied"], "bad"),
        box(2, 364, 308, ["Performed", "S3 does the work"], "good", 3),
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
    parts = [pill(80, 18, "identified request"), arrow((30, 30), (30, 50))]
    for at, (name, what, off, on) in enumerate(gates):
        y = 52 + 118 * at
        parts += [
            box(2, y, 156, [name, *what], "ink", high=70),
            arrow((158, y + 46), (216, y + 46), line="bad"),
            pill(188, y + 24, off, "bad"),
            arrow((30, y + 70), (30, y + 116), line="good"),
            pill(30, y + 92, on, "good", side=1),
        ]
    parts += [
        box(218, 52, 92, ["✗ denied"], "bad", high=306),
        box(2, 406, 156, ["✓ allowed"], "good", high=44),
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
        box(2, 6, 308, ["A user", "name, password, code"], "you", Sign.CALLER),
        arrow((30, 56), (30, 92)),
        box(2, 94, 308, ["User pool", "signs the tokens"], "aws", Sign.USER_POOL),
        arrow((30, 144), (30, 196)),
        pill(30, 170, "ID, access, refresh token", side=1),
        box(2, 198, 308, ["Application", "keeps the tokens"], "you", Sign.APPLICATION),
        arrow((30, 248), (30, 300)),
        pill(30, 274, "access token", side=1),
        arrow((190, 248), (190, 300)),
        pill(190, 274, "ID token", side=1),
        box(2, 302, 138, ["Your API", "verifies it"], "you", Sign.API),
        box(148, 302, 162, ["Identity pool", "exchanges it"], "aws", Sign.IDENTITY_POOL),
        arrow((235, 352), (235, 404)),
        pill(235, 378, "a role's credentials", side=-1),
        box(100, 406, 210, ["S3", "checks the policies"], "aws", Sign.BUCKET),
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
        box(2, 6, 140, ["Root"], "ink", Sign.ROOT, high=48),
        pill(142, 30, "SCPs for all", "warn", side=1),
        path((24, 54), (24, 354)),
    ]
    for y in (104, 216, 354):
        parts.append(arrow((24, y), (58, y)))
    parts += [
        box(60, 76, 250, ["Management", "account"], "aws", Sign.ACCOUNT, high=56),
        frame(60, 164, 250, 104, "OU Workloads"), pill(63, 268, "SCPs for work", "warn", side=1),
        box(76, 188, 218, ["prod", "an account"], "you", Sign.ACCOUNT, high=56),
        frame(60, 308, 250, 92, "OU Sandbox"), box(76, 332, 218, ["play", "an account"], "you", Sign.ACCOUNT, high=56),
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
        box(42, 36, 228, ["KMS key", "encrypts small keys"], "aws", Sign.KEY, high=54),
        path((77, 100), (77, 118)),
        pill(77, 130, "GenerateDataKey"),
        arrow((77, 142), (77, 176)),
        box(2, 178, 150, ["Data key", "in plaintext"], "warn", Sign.KEY, high=54),
        path((77, 232), (77, 246)),
        pill(77, 258, "encrypts"),
        arrow((77, 270), (77, 310)),
        arrow((166, 100), (166, 310)),
        pill(166, 142, "the same,\nencrypted", "aws", side=1),
        arrow((280, 310), (280, 102), line="bad"),
        pill(280, 258, "Decrypt?", "bad", side=-1),
        frame(2, 296, 308, 102, "stored together, for example in S3", below=True),
        box(10, 312, 126, ["Your data", "encrypted"], "you", Sign.SEALED, high=54),
        box(144, 312, 158, ["Data key", "encrypted"], "aws", Sign.SEALED, high=54),
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
        box(2, 6, 110, ["Root"], "ink", Sign.ROOT, high=46),
        pill(112, 29, "SCPs and RCPs for all", "warn", side=1),
        path((14, 52), (14, 434)),
    ]
    for y in (126, 287, 434):
        parts.append(arrow((14, y), (34, y)))
    parts += [
        frame(36, 84, 274, 84, "OU Security"),
        box(44, 104, 129, ["security", "emergency"], "aws", Sign.ACCOUNT, high=54),
        box(181, 104, 121, ["logs", "all trails"], "aws", Sign.ACCOUNT, high=54),
        arrow((240, 216), (240, 160), dashed=True, line="warn"),
        pill(240, 184, "trails", "warn", side=-1),
        frame(36, 216, 274, 142, "OU Workloads"), pill(39, 358, "Regions", "warn", side=1),
        frame(44, 250, 125, 86, "Production"), box(52, 272, 109, ["prod", "the shop"], "you", Sign.ACCOUNT, high=54),
        frame(177, 250, 125, 86, "Development"), box(185, 272, 109, ["dev", "building"], "you", Sign.ACCOUNT, high=54),
        frame(36, 394, 274, 80, "OU Sandbox"),
        box(52, 412, 242, ["sandbox", "experiments"], "you", Sign.ACCOUNT, high=54),
    ]  # fmt: skip
    return Drawing(
        "The company's cloud",
        "Guardrails for all accounts are attached to the organization's root. Below the root are three OUs: Security, "
        "with the logs and security accounts; Workloads, whose child OUs Production and Development contain the prod "
        "and dev accounts; and Sandbox, with one account. The trails of all accounts deliver to the logs account.",
        484,
        tuple(parts),
    )


def weekend_alarm() -> Drawing:
    parts = (
        box(2, 6, 308, ["A call", "attack or work?"], "you", Sign.CALLER),
        arrow((30, 56), (30, 92)),
        box(2, 94, 308, ["CloudTrail record", "who, what, from where"], "aws", Sign.RECORD),
        arrow((30, 144), (30, 196)),
        pill(30, 170, "stored", side=1),
        arrow((222, 144), (222, 196)),
        pill(222, 170, "sent", side=1),
        box(2, 198, 124, ["Bucket", "log files"], "aws", Sign.BUCKET),
        box(134, 198, 176, ["EventBridge", "the event bus"], "aws", Sign.EVENT),
        arrow((30, 248), (30, 334)),
        pill(30, 272, "Sigma, SQL: later", side=1),
        arrow((282, 248), (282, 334)),
        pill(282, 306, "pattern: in minutes", side=-1),
        box(2, 336, 308, ["An alarm", "a phone rings"], "bad", Sign.ALARM),
    )
    return Drawing(
        "From a call to an alarm",
        "Each call leads to a CloudTrail record. Records are delivered to a bucket, where rules in Sigma and SQL are "
        "run on them later. CloudTrail also sends events to EventBridge, which compares each event with your patterns "
        "within minutes. Both kinds of rules lead to an alarm.",
        394,
        parts,
    )


def weekend_rule() -> Drawing:
    rules = [
        ("a name", [True, True, False, False], [True, True, False], "2 missed, 2 false alarms"),
        ("the effect", [True, True, True, True], [False, False, False], "every call right"),
    ]
    parts = [pill(86, 18, "forms of the attack", "bad"), pill(250, 18, "look-alikes", "you")]
    for at, (name, forms, others, result) in enumerate(rules):
        y = 42 + 162 * at
        parts.append(box(2, y, 308, [f"A rule about {name}"], "ink", high=36))
        for column, hit in enumerate([*forms, *others]):
            parts.append(
                _call(4 + 41 * column + (21 if column > 3 else 0), y + 48, hit=hit, attack=column < 4)
            )
        is_right = [forms, others] == [[True] * 4, [False] * 3]
        parts.append(
            pill(MIDDLE, y + 128, f"{'✓' if is_right else '✗'} {result}", "good" if is_right else "bad")
        )
    parts += [
        f'<rect x="22" y="370" width="30" height="30" rx="6" fill="{FILLS["ink"]}"/>', sign(26, 374, Sign.ALARM, 22),
        pill(52, 385, "an alarm", side=1),
        f'<rect x="176" y="370" width="30" height="30" rx="6" fill="{FILLS["ink"]}"/>', _dash(191, 385),
        pill(206, 385, "no alarm", side=1),
    ]  # fmt: skip
    return Drawing(
        "What a good rule finds",
        "An attack has four forms, and there are three calls that look like it. A rule about a call's name raises an "
        "alarm for two of the forms and for two look-alikes. A rule about the call's effect raises an alarm for all "
        "four forms and for nothing else.",
        404,
        tuple(parts),
    )


def _call(x: float, y: float, *, hit: bool, attack: bool) -> str:
    """Return a call as a field: above, whether there is an alarm; below, whether that is right."""
    right = hit is attack
    ground = (
        f'<rect x="{x}" y="{y}" width="37" height="60" rx="6" fill="{FILLS["good" if right else "bad"]}"/>'
    )
    drawn = sign(x + 6.5, y + 6, Sign.ALARM, 24) if hit else _dash(x + 18.5, y + 18)
    return ground + drawn + text(x + 18.5, y + 46, "✓" if right else "✗", 16, bold=True)


def _dash(x: float, y: float) -> str:
    return f'<path d="M{x - 7:g} {y:g}h14" stroke="#fff" stroke-width="2.4" stroke-linecap="round"/>'


def weekend_languages() -> Drawing:
    ways = [
        ("Sigma", ["one stored record", "many products import it"], "ink", Sign.RECORD),
        ("EventBridge pattern", ["one event, within minutes", "fields of one list item"], "aws", Sign.EVENT),
        ("SQL", ["many records together", "totals, joins, parts of strings"], "ink", Sign.TABLE),
    ]
    asks = ["Does this record match?", "Does this event match?", "What do all records add up to?"]
    parts = []
    for at, ((name, what, fill, icon), asked) in enumerate(zip(ways, asks, strict=True)):
        y = 8 + 118 * at
        parts.append(box(2, y, 308, [name, *what], fill, icon))
        parts.append(pill(MIDDLE, y + 88, asked, "ink"))
    return Drawing(
        "Three languages for rules",
        "Sigma checks one stored record, and many products import it. An EventBridge pattern checks one event, within "
        "minutes, and can require several values in the same element of a list. SQL computes totals over many "
        "records, joins them, and extracts parts of strings.",
        362,
        tuple(parts),
    )


def day4_perimeter() -> Drawing:
    parts = (
        box(100, 6, 210, ["A bucket outside"], "bad", Sign.BUCKET, high=44),
        arrow((262, 122), (262, 52), line="bad"),
        pill(262, 66, "✗ an SCP", "bad", side=-1),
        frame(2, 98, 308, 232, "your organization", "ink"),
        box(20, 122, 272, ["Your identities", "users and roles"], "you", Sign.CALLER, high=54),
        arrow((48, 176), (48, 250), line="good"),
        pill(48, 213, "✓ from your networks", "good", side=1),
        box(20, 252, 272, ["Your resources", "buckets, keys, queues"], "you", Sign.RESOURCES, high=54),
        arrow((262, 378), (262, 308), line="bad"),
        pill(262, 354, "✗ an RCP", "bad", side=-1),
        box(100, 378, 210, ["Outsider"], "bad", Sign.OUTSIDER, high=44),
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
