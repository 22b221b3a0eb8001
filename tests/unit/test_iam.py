"""The policy of a spec: exactly its functions and qualifiers, in forms that their readers take."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import boto3  # type: ignore[import-untyped]
import hcl2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from moto import mock_aws

from udfgen import iam
from udfgen.errors import Origin, UsageError
from udfgen.ir import Aws, Binding, Invoke, Program
from udfgen.spec.target import PATTERN, parse_target

ORIGIN = Origin("spec.yaml", 1, 1)
ACCOUNT = "123456789012"

# https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html
RESOURCE = re.compile(r"arn:aws[a-z-]*:lambda:[a-z0-9-]+:[0-9]{12}:function:[A-Za-z0-9_.-]{1,64}(:[$A-Za-z0-9_.-]+)?")


def program(
    *targets: tuple[str, str | None], region: str = "eu-west-1", account: str | None = ACCOUNT, env: str | None = None
) -> Program:
    """Return a program whose bindings reach these targets with their qualifiers."""
    bindings = tuple(
        Binding(f"b{number}", target, qualifier, Invoke.SYNC, 1000, 1000, False, 0, False, False, ORIGIN)
        for number, (target, qualifier) in enumerate(targets)
    )
    return Program("sensors", env, Aws(region, account), bindings, (), {}, ORIGIN)


def resources(made: Program) -> list[str]:
    """Return the resources of the policy in JSON, which has the grammar of IAM and one statement."""
    document = json.loads(iam.as_json(made))
    assert list(document) == ["policy", "trust"]
    check_grammar(document["policy"], {"Resource"})
    check_grammar(document["trust"], {"Principal"})
    found: list[str] = document["policy"]["Statement"][0]["Resource"]
    return found


def check_grammar(policy: Mapping[str, Any], more: set[str]) -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html"""
    assert list(policy) == ["Version", "Statement"]
    assert policy["Version"] == "2012-10-17"
    (statement,) = policy["Statement"]
    assert set(statement) == {"Effect", "Action"} | more
    assert statement["Effect"] == "Allow"


BASE = f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function"


@pytest.mark.parametrize(
    ("target", "qualifier", "resource"),
    [
        ("score", None, f"{BASE}:score"),
        ("score", "live", f"{BASE}:score:live"),
        ("score", "12", f"{BASE}:score:12"),
        ("score", "$LATEST", f"{BASE}:score:$LATEST"),
        ("210987654321:function:score", "live", "arn:aws:lambda:eu-west-1:210987654321:function:score:live"),
        (
            "arn:aws:lambda:eu-west-1:210987654321:function:score",
            None,
            f"{BASE}:score".replace(ACCOUNT, "210987654321"),
        ),
        (
            "arn:aws-cn:lambda:eu-west-1:210987654321:function:score",
            "a",
            "arn:aws-cn:lambda:eu-west-1:210987654321:function:score:a",
        ),
    ],
)
def test_the_resource_of_a_binding(target: str, qualifier: str | None, resource: str) -> None:
    assert resources(program((target, qualifier))) == [resource]


def test_each_function_once_in_the_order_of_the_spec() -> None:
    made = program(("z", "1"), ("a", None), ("z", "1"), (f"{ACCOUNT}:function:z", "1"), ("z", "2"), (f"{BASE}:a", None))
    assert resources(made) == [f"{BASE}:z:1", f"{BASE}:a", f"{BASE}:z:2"]


def test_nothing_in_a_resource_stands_for_more_than_itself() -> None:
    made = program(("score.v2-x_y", "$LATEST.PUBLISHED"), ("a", "b"))
    assert all(RESOURCE.fullmatch(each) for each in resources(made))


@pytest.mark.parametrize(
    ("region", "partition", "service"),
    [
        ("eu-west-1", "aws", "ec2.amazonaws.com"),
        ("us-gov-west-1", "aws-us-gov", "ec2.amazonaws.com"),
        ("cn-north-1", "aws-cn", "ec2.amazonaws.com.cn"),
    ],
)
def test_partition_and_trust_follow_from_the_region(region: str, partition: str, service: str) -> None:
    made = program(("score", "live"), region=region)
    assert resources(made) == [f"arn:{partition}:lambda:{region}:{ACCOUNT}:function:score:live"]
    (statement,) = json.loads(iam.as_json(made))["trust"]["Statement"]
    assert (statement["Principal"], statement["Action"]) == ({"Service": service}, "sts:AssumeRole")
    assert f'identifiers = ["{service}"]' in iam.as_terraform(made)


def test_an_account_that_is_not_known_is_asked_for() -> None:
    with pytest.raises(UsageError, match=r"the ARN of score:live is not known without its account: set aws\.account"):
        iam.as_json(program((f"{ACCOUNT}:function:known", None), ("score", "live"), account=None))
    assert resources(program((f"{ACCOUNT}:function:known", None), account=None)) == [f"{BASE}:known"]


def test_a_policy_that_iam_would_not_take_is_told() -> None:
    few, many = (program(*((f"function-{number:040}", "live") for number in range(count))) for count in (90, 110))
    assert iam.warnings(few) == ()
    (told,) = iam.warnings(many)
    compact = json.dumps(json.loads(iam.as_json(many))["policy"], separators=(",", ":"))
    assert told.startswith(f"the policy has {len(compact)} characters, a role may have 10240: ")


def taken(policy: Any, trust: Any) -> None:
    """Make a role of both policies; moto refuses what does not follow IAM's grammar, as MalformedPolicyDocument."""
    with mock_aws():
        client = boto3.client("iam", region_name="eu-west-1", aws_access_key_id="x", aws_secret_access_key="y")
        client.create_role(RoleName="r", AssumeRolePolicyDocument=json.dumps(trust))
        client.put_role_policy(RoleName="r", PolicyName="invoke", PolicyDocument=json.dumps(policy))
        assert client.get_role_policy(RoleName="r", PolicyName="invoke")["PolicyDocument"] == policy


def test_iam_takes_the_policies() -> None:
    document = json.loads(iam.as_json(program(("score", "live"), ("score", "$LATEST"), ("log", None))))
    taken(document["policy"], document["trust"])


# --- Terraform --------------------------------------------------------------------------------------------------


def terraform(made: Program) -> dict[str, Any]:
    """Return the blocks of the text, as python-hcl2 reads it: by type and label."""
    found = hcl2.loads(iam.as_terraform(made) + "\n")
    blocks = [each for kind in ("data", "resource") for each in found[kind]]
    return {
        f"{type_.strip(chr(34))}.{label.strip(chr(34))}": body
        for each in blocks
        for type_, labelled in each.items()
        for label, body in labelled.items()
    }


def unquoted(text: str) -> str:
    """Return what a quoted template means; its `${` begin references still."""
    meant: str = json.loads(text)
    return meant


def test_terraform_has_the_same_resources() -> None:
    made = program(("score", "live"), ("log", None), ("score", "$LATEST"))
    blocks = terraform(made)
    assert list(blocks) == [
        "aws_iam_policy_document.udfgen_sensors_invoke",
        "aws_iam_policy_document.udfgen_sensors_trust",
        "aws_iam_role.udfgen_sensors",
        "aws_iam_role_policy.udfgen_sensors",
        "aws_iam_instance_profile.udfgen_sensors",
    ]
    (statement,) = blocks["aws_iam_policy_document.udfgen_sensors_invoke"]["statement"]
    assert [unquoted(each) for each in statement["resources"]] == resources(made)
    assert [unquoted(each) for each in statement["actions"]] == ["lambda:InvokeFunction"]


def test_every_reference_in_terraform_leads_to_a_block() -> None:
    text = iam.as_terraform(program(("score", None), account=None))
    blocks = terraform(program(("score", None), account=None))
    found = re.findall(r"\b(?:data\.)?(aws_\w+\.\w+)\.(?:id|json|name|account_id)\b", text)
    assert len(found) == 5
    assert set(found) <= set(blocks)


def test_terraform_finds_the_account_only_where_it_must() -> None:
    blocks = terraform(program(("score", "live"), (f"{ACCOUNT}:function:log", None), account=None))
    (statement,) = blocks["aws_iam_policy_document.udfgen_sensors_invoke"]["statement"]
    own = "${data.aws_caller_identity.udfgen_sensors.account_id}"
    assert [unquoted(each) for each in statement["resources"]] == [
        f"arn:aws:lambda:eu-west-1:{own}:function:score:live",
        f"{BASE}:log",
    ]
    assert "aws_caller_identity.udfgen_sensors" in blocks
    assert "aws_caller_identity.udfgen_sensors" not in terraform(program(("score", "live")))


def test_no_text_of_a_spec_begins_anything_in_terraform() -> None:
    """A spec's names have none of this; the door holds by itself."""
    hostile = 'x"${file("/etc/passwd")}%{ if true }\\\n'
    (statement,) = terraform(program((hostile, None)))["aws_iam_policy_document.udfgen_sensors_invoke"]["statement"]
    (resource,) = statement["resources"]
    assert re.search(r"(?<!\$)\$\{|(?<!%)%\{", resource) is None
    assert unquoted(resource).replace("$${", "${").replace("%%{", "%{") == f"{BASE}:{hostile}"


def test_an_environment_is_named() -> None:
    assert "may call" in iam.as_terraform(program(("score", None), env="dev"))
    assert "of sensors, dev may call" in iam.as_cloudformation(program(("score", None), env="dev"))


# --- CloudFormation ---------------------------------------------------------------------------------------------


def role(made: Program) -> dict[str, Any]:
    """Return the role's properties."""
    template = json.loads(iam.as_cloudformation(made))
    assert template["AWSTemplateFormatVersion"] == "2010-09-09"
    kinds = {name: each["Type"] for name, each in template["Resources"].items()}
    assert kinds == {"Role": "AWS::IAM::Role", "InstanceProfile": "AWS::IAM::InstanceProfile"}
    assert template["Resources"]["InstanceProfile"]["Properties"] == {"Roles": [{"Ref": "Role"}]}
    found: dict[str, Any] = template["Resources"]["Role"]["Properties"]
    return found


def test_cloudformation_has_the_same_policies() -> None:
    made = program(("score", "live"), ("log", None))
    policy, trust = (json.loads(iam.as_json(made))[each] for each in ("policy", "trust"))
    found = role(made)
    assert found["AssumeRolePolicyDocument"] == trust
    assert [each["PolicyDocument"] for each in found["Policies"]] == [policy]


def test_cloudformation_finds_the_account_only_where_it_must() -> None:
    found = role(program(("score", "$LATEST"), (f"{ACCOUNT}:function:log", None), account=None))
    (statement,) = found["Policies"][0]["PolicyDocument"]["Statement"]
    own = "arn:aws:lambda:eu-west-1:${AWS::AccountId}:function:score:$LATEST"
    assert statement["Resource"] == [{"Fn::Sub": own}, f"{BASE}:log"]


def test_no_text_of_a_spec_begins_anything_in_cloudformation() -> None:
    """A spec's names have none of this; `${!` is a literal `${` of Fn::Sub."""
    found = role(program(("x${AWS.Region}", None), account=None))
    (statement,) = found["Policies"][0]["PolicyDocument"]["Statement"]
    assert statement["Resource"] == [{"Fn::Sub": "arn:aws:lambda:eu-west-1:${AWS::AccountId}:function:x${!AWS.Region}"}]


# --- all of them ------------------------------------------------------------------------------------------------


@given(st.lists(st.from_regex(PATTERN, fullmatch=True).filter(lambda text: len(text) <= 256), min_size=1, max_size=4))
def test_whatever_a_spec_may_name_is_the_same_in_every_format(targets: list[str]) -> None:
    found = [parse_target(each) for each in targets]
    made = program(*((each.target, each.qualifier) for each in found))
    named = resources(made)
    assert all(each.startswith("arn:aws") and not set(each) & set('*?{}"\\ ') for each in named)
    (statement,) = terraform(made)["aws_iam_policy_document.udfgen_sensors_invoke"]["statement"]
    assert [unquoted(each) for each in statement["resources"]] == named
    (statement,) = role(made)["Policies"][0]["PolicyDocument"]["Statement"]
    assert statement["Resource"] == named
