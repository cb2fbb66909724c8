"""The organization tree and the access map, operated as by their buttons; tests/browser operates them in Chromium."""

from __future__ import annotations

import asyncio
import json
import re
from itertools import groupby

import boto3
import pytest
from botocore.exceptions import ClientError

from labs_helpers.cloud.services.organizations.state import Member, Organizations, Unit
from labs_helpers.course.days.day4 import landing_zone
from labs_helpers.course.days.day4.widgets import access_map
from labs_helpers.course.days.day4.widgets.access_map import OrganizationAccess
from labs_helpers.course.days.day4.widgets.organization_html import draft_name
from labs_helpers.course.days.day4.widgets.organization_tree import OrganizationTree
from labs_helpers.course.shown.access_map import HURTING, AccessMap

HOSTILE = '<img src=x onerror="alert(1)">'
KEEP = {"Version": "2012-10-17", "Statement": [
    {"Sid": "Keep", "Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*"}]}  # fmt: skip
ONLY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}


@pytest.fixture
def world(one_cloud):
    one_cloud.reset()
    return one_cloud, landing_zone.prepare(one_cloud)["landing"]


def organizations(cloud):
    return cloud.account(cloud.home).client("organizations")


# The tree


def test_tree_shows_every_unit_and_account_and_begins_at_a_member(world):
    cloud, org = world
    tree = OrganizationTree(cloud)
    for name in ("Root", "Security", "Workloads", "prod", org["prod"], "management account"):
        assert name in tree.text
    assert tree.tree.value in (org["prod"], org["play"], org["security"])
    assert "4 accounts, 4 OUs, 0 changes" in repr(tree)


def test_answer_says_which_level_refuses_by_which_statement(world):
    cloud, org = world
    made = organizations(cloud).create_policy(
        Name="Rail", Description="r", Type="SERVICE_CONTROL_POLICY", Content=json.dumps(KEEP)
    )
    organizations(cloud).attach_policy(
        PolicyId=made["Policy"]["PolicySummary"]["Id"], TargetId=org["workloads"]
    )
    tree = OrganizationTree(cloud).select("prod")
    assert not tree.ask("s3:DeleteBucket").allowed
    assert 'SCP at Workloads: denies (Rail, statement 1 "Keep")' in tree.text
    assert "denies" in tree.answer.value
    assert not tree.ask(principal="root").allowed
    assert tree.select("play").ask().allowed


def test_tree_begins_with_an_answer_and_answers_again_for_each_choice(world):
    cloud, _ = world
    tree = OrganizationTree(cloud)
    assert tree.decision is not None
    assert tree.decision.allowed
    for sign in ('class="sieve good"', 'class="verdict good"', "✓ allowed"):
        assert sign in tree.picture.value
    tree.select("Workloads").attach(KEEP)
    assert tree.decision is None
    assert "verdict" not in tree.picture.value
    tree.select("prod")
    assert tree.decision is not None
    assert 'class="sieve bad"' in tree.picture.value
    assert 'class="verdict bad"' in tree.picture.value


def test_allow_list_in_place_of_full_access_is_told_from_one_beside_it(world):
    cloud, org = world
    tree = OrganizationTree(cloud).select("Sandbox")
    assert tree.attach(ONLY, "OnlyS3")
    assert "Sandbox (OU" in tree.text
    assert "in place of FullAWSAccess" not in tree.text
    tree.preview.detach("p-FullAWSAccess", org["sandbox"])
    tree.find.value = "play"
    assert not tree.ask("ec2:DescribeInstances").allowed
    assert "OnlyS3, in place of FullAWSAccess" in tree.text


def test_preview_changes_nothing_until_it_is_applied(world):
    cloud, org = world
    calls = len(cloud.record)
    tree = OrganizationTree(cloud).select("Workloads")
    assert tree.attach(KEEP)
    assert tree.select("play").move("Workloads")
    assert not tree.ask("s3:DeleteBucket").allowed
    assert "← moved" in tree.text
    assert len(cloud.record) == calls
    assert cloud.would(f"arn:aws:iam::{org['play']}:root", "s3:DeleteBucket", "*").allowed
    assert tree.apply()
    assert not cloud.would(f"arn:aws:iam::{org['play']}:root", "s3:DeleteBucket", "*").allowed
    parents = organizations(cloud).list_parents(ChildId=org["play"])["Parents"]
    assert parents[0]["Id"] == org["workloads"]
    assert "not yet applied" not in tree.text


def test_discarded_changes_are_gone(world):
    cloud, _ = world
    tree = OrganizationTree(cloud).select("Workloads")
    assert tree.staged.layout.display == "none", "there is nothing to apply"
    tree.attach(KEEP)
    assert tree.staged.layout.display is None
    tree.discard()
    assert tree.staged.layout.display == "none"
    assert "0 changes" in repr(tree)
    assert tree.select("prod").ask("s3:DeleteBucket").allowed


def test_what_aws_refuses_at_apply_is_told(world):
    cloud, org = world
    tree = OrganizationTree(cloud).select("play")
    tree.move("Workloads")
    organizations(cloud).move_account(
        AccountId=org["play"], SourceParentId=org["sandbox"], DestinationParentId=org["security_unit"]
    )
    assert not tree.apply()
    assert "SourceParentNotFoundException" in tree.status.value


@pytest.mark.parametrize("draft", ["", "{", "null", "[]", HOSTILE, '{"Version": "2012-10-17", "Statement": []}' * 2,
                                   json.dumps({"Statement": KEEP["Statement"]}), "\ud800", "a" * 10**6])  # fmt: skip
def test_draft_that_is_none_is_told_and_changes_nothing(world, draft):
    cloud, _ = world
    tree = OrganizationTree(cloud).select("Workloads")
    assert not tree.attach(draft)
    assert tree.preview.changes == []
    assert "<img" not in tree.status.value


@pytest.mark.parametrize(("action", "principal", "resource"), [
    ("nonsense", None, None), ("", None, None), ("s3:GetObject", HOSTILE, None), ("s3:GetObject", "", None),
    ("s3:GetObject", "user/" + "x" * 100_000, None), ("s3:GetObject", None, HOSTILE), ("fantasy:Do", None, None),
    ("s3:GetObject", "arn:aws:iam::1:user/x", None), ("s3:GetObject", "root", "arn:aws:s3:::\u202e"),
])  # fmt: skip
def test_odd_questions_are_answered_or_explained(world, action, principal, resource):
    cloud, _ = world
    tree = OrganizationTree(cloud).select("prod")
    tree.ask(action, principal=principal, resource=resource)
    assert "<img" not in tree.status.value + tree.answer.value


def test_a_unit_is_asked_about_by_its_accounts(world):
    cloud, _ = world
    tree = OrganizationTree(cloud).select("Workloads")
    assert tree.ask("s3:DeleteBucket") is None
    assert "Choose an account" in tree.status.value
    tree._answer_for_chosen()
    assert "Choose an account" in tree.answer.value, "below the picture, where the answer would be"
    assert tree.status.value == ""


def test_names_are_text_in_every_form(world):
    cloud, org = world
    image = (
        '<img src="https://example.com/x.png">'  # what runs a script, Organizations itself refuses in a name
    )
    organizations(cloud).create_organizational_unit(ParentId=org["root"], Name=image)
    bundle = OrganizationTree(cloud)._repr_mimebundle_()
    assert image in bundle["text/plain"]
    assert "<img" not in bundle["text/html"]


def test_tree_needs_an_organization(one_cloud):
    one_cloud.reset()
    with pytest.raises(LookupError, match="isn't in an organization"):
        OrganizationTree(one_cloud)


# The access map


def test_map_tells_who_can_do_what_where(world):
    cloud, org = world
    found = OrganizationAccess(cloud).run()
    assert not found.running
    assert "prod" in found.text
    assert found.csv().count("\n") == len(found.map.principals) + 1
    bundle = found._repr_mimebundle_()
    assert "<table" in bundle["text/html"]
    assert org["prod"] in bundle["text/plain"]


def test_map_counts_who_can_do_everything_and_paints_it_as_a_risk(world):
    cloud, _ = world
    found = OrganizationAccess(cloud).run()
    everything = sum(all(row) for row in found.map.rows.values())
    assert everything == len(found.map.principals) == 4
    assert "All 4 users and roles can do all 20 actions." in found.html
    assert found.html.count("⚠ 20 of 20") == everything
    assert 'class="square warn"' in found.html
    assert 'class="square good"' not in found.html


def test_map_names_who_can_do_most_if_no_one_can_do_everything(world):
    cloud, _ = world
    boto3.client("iam").create_user(UserName="nina")
    grant = {"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [grant]})
    boto3.client("iam").put_user_policy(UserName="nina", PolicyName="own", PolicyDocument=document)
    users = [each for each in cloud.identities() if each.endswith("/nina")]
    found = OrganizationAccess(cloud, users).run()
    assert "No user or role can do all 20 actions." in found.html
    assert "⚠ 1 of 20" in found.html, "one dangerous action is a danger"
    named = f"Account {cloud.home} · nina"
    assert f"Look first at nina in Account {cloud.home}, which can do 1 of 20." in found.html
    assert found._who.options[0][0] == named


def test_list_of_the_map_names_an_identity_center_role_by_its_permission_set(world):
    cloud, org = world
    role = f"arn:aws:iam::{org['prod']}:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_DataReaders_fc9bcd46702662a7"
    assert OrganizationAccess(cloud)._named(role) == "prod · AWSReservedSSO_DataReaders"


def test_map_can_be_filtered_and_begins_with_who_can_do_most(world):
    cloud, org = world
    found = OrganizationAccess(cloud).run()
    counts = [sum(found.map.rows[each]) for each in found.shown]
    assert counts == sorted(counts, reverse=True)
    found.find.value = "PROD"
    assert [each.split(":")[4] for each in found.shown] == [org["prod"]]


def test_map_is_grouped_by_account_and_by_unit(world):
    cloud, _ = world
    found = OrganizationAccess(cloud).run()
    found.group.value = "account"
    accounts = [each.split(":")[4] for each in found.shown]
    assert len(list(groupby(accounts))) == len(set(accounts))
    assert 'scope="rowgroup" colspan="21"><span>prod</span></th>' in found.grid.value, (
        "the count of a group of one is its row's"
    )
    boto3.client("iam").create_user(UserName="nina")
    found = OrganizationAccess(cloud).run()
    found.group.value = "account"
    assert (
        f'Account {cloud.home}</span> <span class="of chip warn" style="--part: 50%">⚠ 20 of 40<'
        in found.grid.value
    )
    found.group.value = "OU"
    assert 'colspan="21"><span>Root / Workloads</span></th>' in found.grid.value


def test_map_of_a_preview_groups_by_the_unit_that_an_account_would_be_in(world):
    cloud, _ = world
    tree = OrganizationTree(cloud).select("prod")
    tree.move("Sandbox")
    found = OrganizationAccess(cloud, preview=tree.preview).run()
    found.group.value = "OU"
    assert "Root / Workloads" not in found.grid.value


def test_map_finds_actions_as_well_and_leaves_out_what_nobody_can_do(world):
    cloud, _ = world
    found = OrganizationAccess(cloud).run()
    found.find.value = "deletebucket"
    assert found.actions == ["s3:DeleteBucket"]
    assert len(found.shown) == len(found.map.principals)
    found.find.value, found.only_allowed.value = "", True
    assert all(found.map.radius(each)[0] for each in found.shown)


def test_a_cell_of_the_map_says_why(world):
    cloud, org = world
    found = OrganizationAccess(cloud).run()
    builder = f"arn:aws:iam::{org['prod']}:role/OrganizationAccountAccessRole"
    assert found.html.count('class="opens"') == len(found.map.principals), "a row expands in a narrow place"
    assert found.why(builder, "s3:DeleteBucket").effect == "ALLOW"
    assert "AdministratorAccess" in found._why.value
    assert "AdministratorAccess" in found.html
    with pytest.raises(LookupError):
        found.why(builder, "s3:ListBucket")


def test_map_is_computed_again_at_the_first_click_after_a_change_whichever_cell_it_changed(world):
    cloud, org = world
    found = OrganizationAccess(cloud).run()
    admin, builder = (
        f"arn:aws:iam::{org[each]}:role/OrganizationAccountAccessRole" for each in ("play", "prod")
    )
    found.why(admin, "s3:DeleteBucket")
    tree = OrganizationTree(cloud).select("Workloads")
    tree.attach(KEEP)
    tree.apply()
    found.why(builder, "s3:GetObject")
    assert found.map.radius(builder) == (19, 20)
    assert "19 of 20" in found.grid.value
    closed = "s3:DeleteBucket for OrganizationAccountAccessRole in prod."
    assert f"<strong>1 square closed</strong> since your last look: {closed}" in found._why.value
    assert found.grid.value.count(">closed</span>") == 1
    assert "since your last look" not in found.html, "an exported page has no marks of an old session"
    ((column, row),) = re.findall(r'data-column="(\d+)" data-row="(\d+)"[^>]* aria-current', found.grid.value)
    marked = found.map.principals[int(row)], found.map.actions[int(column)]
    assert marked == (builder, "s3:GetObject"), "a click's action arrives before its user or role"
    found.why(builder, "s3:DeleteBucket")
    assert "explicit deny" in found._why.value
    found.why(builder, "s3:GetObject")
    assert "since your last look" not in found._why.value
    found.why(builder, "s3:DeleteBucket")
    policies = tree.preview.organization.policies.values()
    draft = next(each.id for each in policies if each.name == "Keep")
    organizations(cloud).detach_policy(PolicyId=draft, TargetId=org["workloads"])
    found.group.value = "account"
    assert found.map.radius(builder) == (20, 20)
    assert "<strong>1 square opened</strong>" in found._why.value
    assert ">opened</span>" in found.grid.value
    boto3.client("iam").create_user(UserName="nina")
    found.why(builder, "s3:GetObject")
    assert "but no square has" in found._why.value
    assert "1 new user or role isn't in this map" in found._why.value


def test_map_tells_of_a_change_without_being_drawn_and_is_drawn_once_when_it_is_computed_again(
    world, monkeypatch
):
    cloud, org = world
    found = OrganizationAccess(cloud).run()
    builder = f"arn:aws:iam::{org['prod']}:role/OrganizationAccountAccessRole"
    drawn, compared = [], []
    table, since = OrganizationAccess._table, AccessMap.changed_since
    monkeypatch.setattr(OrganizationAccess, "_table", lambda *given: drawn.append(given) or table(*given))
    monkeypatch.setattr(AccessMap, "changed_since", lambda *given: compared.append(given) or since(*given))

    def is_marked():
        return "labs-outdated" in found.view._dom_classes

    boto3.client("iam").list_users()
    with pytest.raises(ClientError):
        boto3.client("iam").create_user(UserName="/")
    with cloud.record.aside():
        boto3.client("iam").create_user(UserName="aside")
    assert not is_marked()
    tree = OrganizationTree(cloud).select("Workloads")
    tree.attach(KEEP)
    assert not is_marked(), "a draft changes nothing"
    tree.apply()
    assert is_marked()
    assert "The cloud has changed." in found.outdated.value
    assert drawn == []
    found.why(builder, "s3:DeleteBucket")
    assert not is_marked()
    assert len(drawn) == len(compared) == 1
    found.why(builder, "s3:GetObject")
    assert len(drawn) == 2
    assert len(compared) == 1
    cloud.reset()
    assert is_marked()
    assert "The cloud was reset." in found.outdated.value
    assert found.again.layout.display == "none", "there is nothing to compute"


def test_reason_in_the_map_names_the_levels_of_the_organization(world):
    cloud, org = world
    builder = f"arn:aws:iam::{org['prod']}:role/OrganizationAccountAccessRole"
    tree = OrganizationTree(cloud).select("Workloads")
    tree.attach(KEEP)
    tree.select("prod").move("Sandbox")
    found = OrganizationAccess(cloud, [builder], preview=tree.preview)
    found.why(builder, "s3:DeleteBucket")
    for place in ("the root", "Sandbox", "prod"):
        assert f"Service control policy at {place}<" in found._why.value
    assert "service control policy, level 1" in found.why(builder, "s3:DeleteBucket").page().text


def test_map_of_a_preview_shows_what_would_be_less(world):
    cloud, org = world
    tree = OrganizationTree(cloud).select("Workloads")
    tree.attach(KEEP)
    now, then = OrganizationAccess(cloud).run().map, OrganizationAccess(cloud, preview=tree.preview).run().map
    assert now.radius()[0] - then.radius()[0] == 1
    assert now.accounts()[org["play"]] == then.accounts()[org["play"]]


def test_map_computes_on_the_loop_and_can_be_stopped(world, monkeypatch):
    cloud, _ = world
    monkeypatch.setattr(access_map, "AT_ONCE", 0)

    async def scene():
        found = OrganizationAccess(cloud)
        assert found.running
        found.stop()
        await asyncio.sleep(0.05)
        return found

    found = asyncio.run(scene())
    assert not found.running
    assert 0 < len(found.map.rows) < len(found.map.principals)
    assert "stopped" in found.grid.value
    assert found.run().map.rows.keys() == set(found.map.principals)


def test_hostile_names_are_text_in_the_map(world):
    cloud, org = world
    found = OrganizationAccess(cloud, [f"arn:aws:iam::{org['prod']}:user/{HOSTILE}"], {"s3:GetObject": "*"})
    assert "<img" not in found.grid.value


def primary(tree):
    buttons = (tree.asking, tree.what_if, tree.attaching, tree.moving, tree.previewing, tree.applying)
    return [each.description for each in buttons if each.button_style]


def test_one_button_at_a_time_is_the_next_step_and_each_names_what_it_acts_on(world):
    cloud, _ = world
    tree = OrganizationTree(cloud).select("Workloads")
    assert tree.moving.disabled
    assert primary(tree) == ["Ask from prod"]
    tree.what_if.click()
    assert primary(tree) == ["Attach to Workloads"]
    tree.attaching.click()
    assert "Choose an account" in tree.answer.value, "the hint stays until there is an answer"
    assert primary(tree) == ["See the effect on prod"], "the effect is shown before it is applied"
    tree.previewing.click()
    assert tree.previewing.layout.display == "none"
    assert not tree.decision.allowed
    assert tree.tree.label.startswith("prod")
    assert (tree.moving.description, tree.moving.disabled) == ("Move prod", True)
    tree.unit.label = next(each for each, _ in tree.unit.options if each.strip() == "Sandbox")
    assert tree.moving.description == "Move prod to Sandbox"
    assert primary(tree) == ["Apply"]
    tree.discard()
    assert primary(tree) == ["Attach to prod"]
    tree.select("Infrastructure").attach(KEEP)
    assert tree.asking.disabled, "it has no account"
    assert primary(tree) == ["Apply"], "there is no effect to see"


def test_a_draft_is_attached_once_to_a_node_until_its_text_changes(world):
    cloud, _ = world
    tree = OrganizationTree(cloud).select("Workloads")
    tree.attaching.click()
    assert tree.attaching.disabled
    assert not tree.select("prod").attaching.disabled
    assert tree.select("Workloads").attaching.disabled
    tree.draft.value = tree.draft.value.replace("s3:DeleteBucket", "s3:DeleteObject")
    assert not tree.attaching.disabled
    tree.discard()
    assert not tree.attaching.disabled


def test_applied_changes_are_named_and_no_policy_is_called_a_draft(world):
    cloud, _ = world
    tree = OrganizationTree(cloud).select("Workloads")
    tree.what_if.click()
    tree.attach()
    tree.select("play").move("Workloads")
    tree.apply()
    for words in (
        "✓ <span",
        "applied 2 changes",
        "DenyDeleteBucket is attached to Workloads; play has moved from Sandbox to Workloads",
    ):
        assert words in tree.pending.value
    assert 'class="draft"' not in tree.picture.value
    assert "Workloads (OU" in tree.text
    assert ": DenyDeleteBucket" in tree.text
    assert primary(tree) == ["Ask"]


def test_a_detached_policy_is_named_as_detached(world):
    cloud, org = world
    tree = OrganizationTree(cloud).select("Sandbox")
    assert tree.attach(ONLY, "OnlyS3")
    tree.preview.detach("p-FullAWSAccess", org["sandbox"])
    tree._show_tree()
    assert "attach OnlyS3 to Sandbox; detach FullAWSAccess from Sandbox" in tree.pending.value
    assert tree.apply()
    assert "OnlyS3 is attached to Sandbox; FullAWSAccess is detached from Sandbox" in tree.text


# The management account


def test_the_management_account_is_named_and_the_answer_says_why_no_scp_applies(world):
    cloud, _ = world
    tree = OrganizationTree(cloud).select(cloud.home)
    assert tree.tree.label == "Account 111122223333 (management)"
    assert tree.principal.value == "user/admin"
    assert tree.decision.allowed
    assert tree.attach(KEEP)
    assert tree.decision.allowed
    assert "SCPs don&#x27;t affect users and roles in the management account" in tree.answer.value
    assert "no SCP applies here" in tree.picture.value
    assert "No SCP applies to this caller" not in tree.answer.value, "the reason is given once"
    tree.ask(
        resource="arn:aws:s3:::a-bucket",
        principal=f"arn:aws:iam::{tree._first([*tree.preview.below(tree.preview.organization.root)])}:root",
    )
    assert "RCPs don&#x27;t affect resources in the management account" in tree.answer.value


def test_the_suggested_user_or_role_exists_in_the_chosen_account_and_a_typed_one_is_kept(world):
    cloud, _ = world
    boto3.client("iam").create_user(UserName="nina")
    tree = OrganizationTree(cloud).select("prod")
    builder = "role/OrganizationAccountAccessRole"
    assert tree.principal.value == tree.principal.options[0] == builder
    tree.select(cloud.home)
    assert set(tree.principal.options) == {"user/admin", "user/nina", "root"}
    assert tree.principal.value in tree.principal.options
    tree.select("play")
    assert tree.principal.value == builder
    tree.ask(principal="role/typed")
    assert "This user or role doesn&#x27;t exist." in tree.answer.value
    assert tree.select(cloud.home).principal.value == "role/typed"
    tree.ask(principal="root")
    assert tree.select("prod").principal.value == "root"
    assert "exist" not in tree.answer.value


def test_only_moves_that_change_something_are_offered(world):
    cloud, _ = world
    tree = OrganizationTree(cloud).select("prod")
    assert [label.strip() for label, _ in tree.unit.options] == [
        "Choose an OU",
        "Root",
        "Security",
        "Infrastructure",
        "Sandbox",
    ]
    assert not tree.move()
    assert "Choose an OU first." in tree.status.value
    assert not tree.move("Workloads")
    assert "prod is already in Workloads." in tree.status.value
    assert tree.move("Sandbox")
    assert "Sandbox" not in [label.strip() for label, _ in tree.unit.options]
    assert (tree.unit.value, tree.moving.disabled) == ("", True), "a second press moves nothing"
    for place in (cloud.home, "Workloads"):
        tree.select(place)
        assert tree.moving.layout.display == tree.unit.layout.display == "none"
    assert tree.select("play").moving.layout.display is None


def test_a_label_in_the_list_has_an_id_only_if_two_have_the_same_name(world):
    cloud, org = world
    for place in ("root", "workloads"):
        organizations(cloud).create_organizational_unit(ParentId=org[place], Name="Twin")
    labels = [label for label, _ in OrganizationTree(cloud).tree.options]
    assert "prod (account)" in labels
    assert len([each for each in labels if each.startswith("Twin (OU ou-")]) == 2


# Undo


def applied(cloud):
    """Return a tree that has attached the draft to Workloads and then moved play there."""
    tree = OrganizationTree(cloud).select("Workloads")
    tree.attach(KEEP)
    tree.select("play").move("Workloads")
    assert tree.apply()
    return tree


def state(cloud):
    """Return each OU's accounts and each policy's targets."""
    organization = cloud.part(Organizations).of(cloud.home)
    policies = {each.name: sorted(each.targets) for each in organization.policies.values()}
    return {each.id: sorted(each.accounts) for each in organization.units.values()}, policies


def policy_called(cloud, name):
    policies = cloud.part(Organizations).of(cloud.home).policies.values()
    return next(each.id for each in policies if each.name == name)


def can_undo(tree):
    return tree.undoing.layout.display is None and tree.staged.layout.display is None


def test_undo_reverses_what_was_applied_last_in_reverse_order_and_says_so(world):
    cloud, _ = world
    before = state(cloud)
    tree = applied(cloud)
    assert can_undo(tree)
    assert (
        "✓ applied 2 changes: Keep is attached to Workloads; play has moved from Sandbox to Workloads (undo() "
    ) in tree.text
    tree.select("prod")
    assert can_undo(tree), "another node doesn't take the way back"
    assert not tree.decision.allowed
    calls = len(cloud.record)
    tree.undoing.click()
    assert [each.operation for each in list(cloud.record)[calls:]] == [
        "MoveAccount", "DetachPolicy", "DeletePolicy",
    ]  # fmt: skip
    assert state(cloud) == before
    assert "✓ undone: play is back in Sandbox; Keep is no longer attached to Workloads\n" in tree.text
    assert tree.staged._dom_classes[-1] == "good"
    assert tree.decision.allowed, "the answer is computed again"
    assert not can_undo(tree)
    tree.attach(KEEP)
    tree.discard()
    assert "undone" not in tree.text + tree.pending.value
    assert not tree.undo()
    assert "There is nothing to undo" in tree.status.value


def test_undo_goes_away_while_changes_are_staged_and_when_the_cloud_is_reset(world):
    cloud, _ = world
    tree = applied(cloud)
    tree.select("Security").attach(ONLY)
    assert not can_undo(tree)
    assert not tree.undo()
    tree.select("prod").discard()
    assert can_undo(tree)
    assert "applied 2 changes" in tree.pending.value
    cloud.reset()
    assert not tree.undo()
    assert not can_undo(tree)
    assert "outdated" in tree.status.value
    assert "undo()" not in tree.text


def test_policy_that_is_attached_elsewhere_is_detached_but_stays(world):
    cloud, org = world
    tree = applied(cloud)
    policy = policy_called(cloud, "Keep")
    organizations(cloud).attach_policy(PolicyId=policy, TargetId=org["sandbox"])
    assert tree.undo()
    assert "Keep is no longer attached to Workloads, but still to Sandbox, so it isn't deleted" in tree.text
    assert state(cloud)[1]["Keep"] == [org["sandbox"]]


def detached(cloud, org):
    organizations(cloud).detach_policy(PolicyId=policy_called(cloud, "Keep"), TargetId=org["workloads"])


def moved(cloud, org):
    organizations(cloud).move_account(
        AccountId=org["play"], SourceParentId=org["workloads"], DestinationParentId=org["root"]
    )


def emptied(cloud, org):
    organizations(cloud).delete_organizational_unit(OrganizationalUnitId=org["sandbox"])


def closed(cloud, org):
    organizations(cloud).detach_policy(PolicyId="p-FullAWSAccess", TargetId=org["workloads"])


@pytest.mark.parametrize(("change", "why"), [
    (detached, "Keep is not attached to Workloads."),
    (moved, "play has left Workloads."),
    (emptied, "the organization has no OU Sandbox."),
    (closed, "the last policy of Workloads can't be detached: attach another one first."),
])  # fmt: skip
def test_what_can_no_longer_be_undone_is_told_and_nothing_is_changed(world, change, why):
    cloud, org = world
    tree = applied(cloud)
    change(cloud, org)
    then, calls = state(cloud), len(cloud.record)
    assert not tree.undo()
    assert (state(cloud), len(cloud.record)) == (then, calls)
    assert f"⚠ not undone: {why} Nothing was changed." in tree.text
    assert tree.staged._dom_classes[-1] == "warn"
    assert can_undo(tree), "the cause can be removed"


def test_what_was_undone_before_aws_rejects_a_call_is_told_and_the_rest_can_be_undone_later(world):
    cloud, org = world
    before = state(cloud)
    tree = applied(cloud)
    undo = tree._undo
    reversed_changes, undo._reversed = undo._reversed, lambda cloud: checked_before(undo, cloud, org)

    def checked_before(undo, cloud, org):
        preview = reversed_changes(cloud)
        detached(cloud, org)
        return preview

    assert not tree.undo()
    assert "not undone: AWS rejected the call: PolicyNotAttachedException" in tree.text
    assert "Undone before: play is back in Sandbox." in tree.text
    organizations(cloud).attach_policy(PolicyId=policy_called(cloud, "Keep"), TargetId=org["workloads"])
    del undo._reversed
    assert tree.undo()
    assert state(cloud) == before


def test_undo_after_a_rejected_apply_reverses_only_what_was_applied(world):
    cloud, org = world
    before = state(cloud)
    tree = OrganizationTree(cloud).select("Workloads")
    tree.attach(KEEP)
    tree.select("play").move("Workloads")
    organizations(cloud).move_account(
        AccountId=org["play"], SourceParentId=org["sandbox"], DestinationParentId=org["root"]
    )
    assert not tree.apply()
    tree.discard()
    assert "applied 1 change: Keep is attached to Workloads (undo()" in tree.text
    assert tree.undo()
    assert state(cloud)[1] == before[1]
    assert org["play"] in state(cloud)[0][org["root"]]


@pytest.mark.parametrize(("document", "name"), [
    (KEEP, "Keep"), (ONLY, "AllowS3"), ("{", "Guardrail"),
    ({**ONLY, "Statement": {"Effect": "Deny", "NotAction": "iam:*", "Resource": "*"}}, "Guardrail"),
    ({**ONLY, "Statement": {"Effect": "Deny", "Action": ["organizations:LeaveOrganization"], "Resource": "*"}},
     "DenyLeaveOrganization"),
])  # fmt: skip
def test_a_draft_is_named_by_its_statement(document, name):
    assert draft_name(document) == name


# A large organization


def test_tree_of_a_thousand_accounts_opens(world):
    cloud, org = world
    organization = cloud.part(Organizations).of(cloud.home)
    for number in range(100):
        organization.add_unit(Unit(f"ou-{number:04}-{number:08}", f"unit-{number}", org["workloads"]))
    for number in range(1000):
        unit = f"ou-{number % 100:04}-{number % 100:08}"
        organization.add_member(
            Member(f"{number:012}", f"a-{number}", f"a{number}@x", "CREATED", cloud.clock.now(), unit)
        )
    tree = OrganizationTree(cloud)
    tree.find.value = "a-77"
    assert len(tree.tree.options) == 11
    assert len(tree._repr_mimebundle_()["text/html"]) < 210_000


def test_the_twenty_actions_are_shown(world):
    cloud, _ = world
    html = OrganizationAccess(cloud).run().grid.value
    assert all(f">:{action.partition(':')[2]}</strong>" in html for action in HURTING)
