"""The notebooks' pictures, each drawn by a function of its own."""

from __future__ import annotations

from collections.abc import Callable

from labs_helpers.course.shown.look.icons import Icon
from tests.notebooks.pictures.solid import FILLS, LINES, WIDTH, Drawing, arrow, box, frame, path, pill, text

MIDDLE = WIDTH / 2


def day1_line() -> Drawing:
    layers = [
        ("your data", "you", "you"), ("who can access it", "you", "you"), ("settings, code", "you", "you"),
        ("operating system", "you", "aws"), ("hosts, software", "aws", "aws"), ("hardware, buildings", "aws", "aws"),
    ]  # fmt: skip
    parts = [pill(134, 18, "a virtual server", "ink"), pill(346, 18, "a service such as S3", "ink")]
    for at, (name, *whose) in enumerate(layers):
        for column, side in enumerate(whose):
            parts.append(
                f'<rect x="{34 + 212 * column}" y="{40 + 44 * at}" width="200" height="38" rx="6" '
                f'fill="{FILLS[side]}"/>'
            )
            parts.append(text(134 + 212 * column, 59 + 44 * at, name, 17 if at < 2 else 14, bold=at < 2))
    low, high = 40 + 44 * 4 - 3, 40 + 44 * 3 - 3
    parts += [
        path((22, low), (240, low), (240, high), (458, high), line="warn", wide=6),
        pill(134, 322, "above the line: you", "you"),
        pill(346, 322, "below the line: AWS", "aws"),
    ]
    return Drawing(
        "The line between AWS and its customer",
        "Above the line is what the customer secures: data, access, settings, code. Below it is what AWS secures: the "
        "service's software, hosts, hardware, buildings. On a virtual server the line is low, and in a service such as "
        "S3 it is higher, because the operating system is AWS's.",
        340,
        tuple(parts),
    )


def day2_request() -> Drawing:
    parts = (
        box(14, 6, 220, ["Your call", "s3:GetObject"], "you", Icon.PERSON),
        arrow((124, 62), (124, 92)),
        box(14, 94, 220, ["1 Who is it?", "key and signature"], "ink", Icon.KEY),
        arrow((234, 122), (306, 122), line="bad"),
        box(308, 94, 164, ["✗ rejected", "wrong signature"], "bad"),
        arrow((124, 150), (124, 196), line="good"),
        pill(124, 170, "identified", "good"),
        box(14, 198, 220, ["2 Is it allowed?", "all policies"], "ink", Icon.POLICY),
        arrow((234, 226), (306, 226), line="bad"),
        box(308, 198, 164, ["✗ denied", "AccessDenied"], "bad"),
        arrow((124, 254), (124, 300), line="good"),
        pill(124, 274, "allowed", "good"),
        box(14, 302, 220, ["3 Performed", "S3 does the work"], "good", Icon.BUCKET),
    )
    return Drawing(
        "How AWS handles a request",
        "A call is identified, then authorized, then performed. The first two steps can each stop it.",
        366,
        parts,
    )


def day2_decision() -> Drawing:
    gates = [
        ("1 An explicit deny?", "in any policy", "no", "yes"),
        ("2 Room in each limit?", "SCP, RCP, boundary, session", "yes", "no"),
        ("3 A grant?", "identity, resource policy", "yes", "no"),
    ]
    parts = [pill(150, 18, "a request, identified", "ink")]
    for at, (name, what, _, off) in enumerate(gates):
        y = 48 + 98 * at
        parts += [
            arrow((150, y - 18 if not at else y - 46), (150, y - 2), line="line" if not at else "good"),
            box(14, y, 272, [name, what], "ink", Icon.POLICY),
            arrow((286, y + 26), (364, y + 26), line="bad"),
            pill(326, y + 26, off, "bad"),
        ]
        if at:
            parts.append(pill(150, y - 24, gates[at - 1][2], "good"))
    parts += [
        box(366, 48, 108, ["✗ denied"], "bad", high=248),
        arrow((150, 296), (150, 342), line="good"),
        pill(150, 318, "yes", "good"),
        box(14, 344, 272, ["✓ allowed"], "good", Icon.GATE, high=44),
    ]
    return Drawing(
        "How AWS evaluates a request",
        "An explicit deny denies it. Then every limit must leave room for it. Then something must grant it. Otherwise "
        "it is denied.",
        396,
        tuple(parts),
    )


def day3_tokens() -> Drawing:
    parts = (
        box(130, 6, 220, ["A user", "name, password, code"], "you", Icon.PERSON),
        arrow((MIDDLE, 62), (MIDDLE, 92)),
        box(130, 94, 220, ["User pool", "signs the tokens"], "aws", Icon.ACCOUNT),
        arrow((MIDDLE, 150), (MIDDLE, 198)),
        pill(MIDDLE, 172, "ID, access, refresh token", "ink"),
        box(130, 200, 220, ["Application", "keeps the tokens"], "you", Icon.GATE),
        arrow((180, 256), (180, 280), (112, 280), (112, 318)),
        pill(112, 288, "access token", "ink"),
        arrow((300, 256), (300, 280), (366, 280), (366, 318)),
        pill(366, 288, "ID token", "ink"),
        box(10, 320, 204, ["Your API", "verifies the token"], "aws", Icon.TOKEN),
        box(262, 320, 208, ["Identity pool", "exchanges it"], "aws", Icon.TOKEN),
        arrow((366, 376), (366, 424)),
        pill(366, 398, "a role's credentials", "ink"),
        box(262, 426, 208, ["S3", "checks the policies"], "aws", Icon.BUCKET),
    )
    return Drawing(
        "From sign-up to S3",
        "A user signs in through a user pool and gets tokens. An application or API verifies a token. An identity pool "
        "exchanges a token for credentials of an IAM role. With these credentials, the user gets access to a bucket.",
        490,
        parts,
    )


def day3_provider() -> Drawing:
    app, pool, work = 80, 240, 400
    rows: list[tuple[int, int, str, str]] = [
        (app, pool, "authorize: state, nonce, PKCE", "you"),
        (pool, work, "authorize: the pool's own state", "aws"),
        (work, pool, "code, to /oauth2/idpresponse", "ink"),
        (pool, work, "code and client secret", "aws"),
        (work, pool, "ID token", "ink"),
        (pool, app, "the pool's own code", "good"),
    ]
    notes = {2: (work, "Nell signs in"), 5: (pool, "verifies, finds the user")}
    parts = [path((x, 50), (x, 444), dashed=True, wide=2) for x in (app, pool, work)]
    parts += [
        box(6, 6, 148, ["Application"], "you"), box(166, 6, 148, ["Your pool"], "aws"),
        box(326, 6, 148, ["Provider"], "ink"),
    ]  # fmt: skip
    y = 84
    for at, (start, end, said, fill) in enumerate(rows):
        if at in notes:
            x, note = notes[at]
            parts.append(pill(x, y - 10, note, "ink"))
            y += 36
        parts.append(arrow((start, y + 12), (end, y + 12), line="line"))
        parts.append(pill(min(max((start + end) / 2, 128), 352), y - 10, said, fill))
        y += 50
    return Drawing(
        "Signing in with an external provider",
        "The application sends the browser to your pool, and your pool sends it on to the provider. The user signs in "
        "there. The provider sends the browser back to the pool with a code. The pool redeems the code, creates or "
        "finds a user, and sends the browser to the application with its own code.",
        456,
        tuple(parts),
    )


def day4_organization() -> Drawing:
    parts = [
        box(150, 6, 180, ["Root"], "ink", Icon.ACCOUNT, high=48),
        pill(MIDDLE, 66, "SCPs for all", "warn"),
        path((MIDDLE, 78), (MIDDLE, 96)),
        path((80, 96), (400, 96)),
    ]
    for x in (80, 240, 400):
        parts.append(arrow((x, 96), (x, 126)))
    parts += [
        box(6, 128, 148, ["Management", "account"], "aws", high=56),
        frame(166, 128, 148, 176, "OU Workloads"), frame(326, 128, 148, 176, "OU Sandbox"),
        pill(240, 168, "SCPs for work", "warn"),
        arrow((240, 180), (240, 222)), arrow((400, 146), (400, 222)),
        box(176, 224, 128, ["prod", "an account"], "you"), box(336, 224, 128, ["play", "an account"], "you"),
    ]  # fmt: skip
    return Drawing(
        "An organization",
        "The root holds the management account and two OUs. The Workloads OU contains the prod account, and the "
        "Sandbox OU contains the play account. SCPs are attached to the root and to Workloads.",
        314,
        tuple(parts),
    )


def day5_envelope() -> Drawing:
    parts = (
        frame(80, 16, 320, 84, "KMS: the key never leaves", "aws"),
        box(120, 36, 240, ["KMS key", "encrypts small keys"], "aws", Icon.KEY),
        arrow((150, 92), (150, 172)),
        pill(124, 134, "GenerateDataKey", "ink"),
        arrow((300, 92), (300, 296)),
        pill(300, 134, "the same, encrypted", "aws"),
        arrow((440, 296), (440, 64), (366, 64), line="bad"),
        pill(398, 222, "Decrypt: allowed?", "bad"),
        box(10, 174, 216, ["Data key", "in plaintext"], "warn", Icon.KEY),
        arrow((118, 230), (118, 296)),
        pill(118, 260, "encrypts", "ink"),
        frame(10, 284, 460, 100, "stored together, for example in S3", below=True),
        box(24, 298, 200, ["Your data", "encrypted"], "you", Icon.BUCKET),
        box(256, 298, 200, ["Data key", "encrypted"], "aws", Icon.KEY),
    )
    return Drawing(
        "Envelope encryption",
        "KMS generates a data key under a KMS key that never leaves KMS. The data key encrypts the data. The encrypted "
        "data key is stored next to the data. To read the data, you ask KMS to decrypt the data key.",
        400,
        parts,
    )


def day6_company() -> Drawing:
    parts = [
        box(140, 6, 200, ["Root"], "ink", Icon.ACCOUNT, high=46),
        pill(MIDDLE, 64, "SCPs and RCPs for all", "warn"),
        path((MIDDLE, 76), (MIDDLE, 92)), path((82, 92), (404, 92)),
    ]  # fmt: skip
    for x in (82, 246, 404):
        parts.append(arrow((x, 92), (x, 118)))
    parts += [
        frame(6, 120, 152, 300, "OU Security"),
        box(14, 152, 136, ["logs", "all trails"], "aws", Icon.POLICY),
        box(14, 352, 136, ["security", "emergency"], "aws", Icon.KEY),
        frame(172, 120, 150, 300, "OU Workloads"),
        pill(247, 154, "Regions", "warn"),
        frame(180, 188, 134, 100, "Production"),
        box(190, 212, 114, ["prod", "the shop"], "you", high=64),
        frame(180, 310, 134, 100, "Development"),
        box(190, 334, 114, ["dev", "building"], "you", high=64),
        frame(336, 120, 138, 300, "OU Sandbox"),
        box(344, 212, 122, ["sandbox", "experiments"], "you", high=64),
        arrow((190, 236), (82, 236), (82, 210), dashed=True, line="warn"),
        arrow((190, 366), (170, 366), (166, 330), (82, 330), (82, 210), dashed=True, line="warn"),
        pill(82, 272, "trails", "warn"),
    ]
    return Drawing(
        "The company's cloud",
        "Guardrails for all accounts are attached to the organization's root. Below the root are three OUs: Security, "
        "with the accounts logs and security; Workloads, whose child OUs Production and Development contain the "
        "accounts prod and dev; and Sandbox, with one account. The trails of all accounts deliver to the account logs.",
        430,
        tuple(parts),
    )


def weekend_alarm() -> Drawing:
    parts = (
        box(120, 6, 240, ["A call", "attack or work?"], "you", Icon.PERSON),
        arrow((MIDDLE, 62), (MIDDLE, 92)),
        box(110, 94, 260, ["CloudTrail record", "who, what, from where"], "aws", Icon.POLICY),
        arrow((180, 150), (180, 176), (118, 176), (118, 212)),
        pill(112, 182, "stored", "ink"),
        arrow((300, 150), (300, 176), (362, 176), (362, 212)),
        pill(368, 182, "sent", "ink"),
        box(10, 214, 216, ["Bucket", "log files"], "aws", Icon.BUCKET),
        box(254, 214, 216, ["EventBridge", "the event bus"], "aws", Icon.GATE),
        arrow((118, 270), (118, 320), (180, 320), (180, 348)),
        pill(118, 298, "Sigma, SQL: later", "ink"),
        arrow((362, 270), (362, 320), (300, 320), (300, 348)),
        pill(362, 298, "pattern: in minutes", "ink"),
        box(120, 350, 240, ["An alarm", "a phone rings"], "bad", Icon.PERSON),
    )
    return Drawing(
        "From a call to an alarm",
        "Each call leads to a CloudTrail record. Records are delivered to a bucket, where rules in Sigma and SQL are "
        "run on them later. CloudTrail also sends events to EventBridge, which compares each event with your patterns "
        "within minutes. Both lead to an alarm.",
        414,
        parts,
    )


def weekend_rule() -> Drawing:
    rows = [
        ("a name", [True, True, False, False], [True, True, False]),
        ("the effect", [True, True, True, True], [False, False, False]),
    ]
    parts = [pill(246, 18, "forms of the attack", "bad"), pill(408, 18, "look-alikes", "good")]
    for at, (name, forms, others) in enumerate(rows):
        y = 44 + 88 * at
        parts.append(box(8, y, 152, ["A rule about", name], "ink", high=64))
        for column, hit in enumerate([*forms, *others]):
            x = 190 + 40 * column + (24 if column > 3 else 0)
            fill = "bad" if column < 4 else "good"
            ring = LINES["warn"] if hit else "none"
            parts.append(f'<circle cx="{x}" cy="{y + 32}" r="17" stroke="{ring}" stroke-width="4"/>')
            parts.append(f'<circle cx="{x}" cy="{y + 32}" r="12" fill="{FILLS[fill]}"/>')
    parts += [
        pill(246, 222, "ring: an alarm", "warn"),
        pill(120, 256, "name: misses two of four", "bad"),
        pill(360, 256, "effect: exactly the four", "good"),
    ]
    return Drawing(
        "What a good rule finds",
        "An attack has four forms, and there are three calls that look like it. A rule about a call's name raises an "
        "alarm for two of the forms and for two look-alikes. A rule about the call's effect raises an alarm for all "
        "four forms and for nothing else.",
        274,
        tuple(parts),
    )


def weekend_languages() -> Drawing:
    ways = [
        ("Sigma", ["one stored record", "any product imports it"], "ink", Icon.POLICY),
        ("EventBridge pattern", ["one event, within minutes", "lists: fields together"], "aws", Icon.GATE),
        ("SQL", ["many records together", "totals, joins, texts"], "ink", Icon.BUCKET),
    ]
    asks = ["Does this record match?", "Does this event match?", "What do all records add up to?"]
    parts = []
    for at, ((name, what, fill, icon), asked) in enumerate(zip(ways, asks, strict=True)):
        y = 8 + 118 * at
        parts.append(box(90, y, 300, [name, *what], fill, icon))
        parts.append(pill(MIDDLE, y + 90, asked, "ink"))
    return Drawing(
        "Three languages for rules",
        "Sigma compares one stored record, and most products import it. An EventBridge pattern compares one event, "
        "within minutes, and can compare the fields of a list's elements together. SQL computes totals over many "
        "records, joins them, and takes texts apart.",
        362,
        tuple(parts),
    )


def day4_perimeter() -> Drawing:
    parts = (
        frame(112, 20, 256, 336, "your organization", "ink"),
        box(130, 48, 220, ["Your identities", "users and roles"], "you", Icon.PERSON),
        box(130, 280, 220, ["Your resources", "buckets, keys, queues"], "you", Icon.BUCKET),
        arrow((MIDDLE, 104), (MIDDLE, 278), line="good"),
        pill(MIDDLE, 190, "✓ from your networks", "good"),
        box(2, 142, 104, ["Outsider"], "bad", high=56),
        arrow((54, 198), (54, 308), (122, 308), line="bad"),
        pill(66, 256, "✗ an RCP", "bad"),
        box(374, 142, 104, ["Outside", "a bucket"], "bad", high=56),
        arrow((350, 76), (426, 76), (426, 136), line="bad"),
        pill(412, 104, "✗ an SCP", "bad"),
    )
    return Drawing(
        "A data perimeter",
        "Inside the organization, your identities use your resources from your networks. An RCP keeps outsiders away "
        "from your resources. An SCP keeps your identities away from resources outside.",
        366,
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
