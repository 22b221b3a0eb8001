"""Least privilege: the policy for exactly the Lambda functions of a spec, and the role of the database's machine.

`udfgen iam` writes it as JSON, as Terraform or as a CloudFormation template.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from udfgen.endpoint import partition
from udfgen.errors import UsageError
from udfgen.ir import Binding, Program

VERSION = "2012-10-17"
"""https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html"""

INVOKE = "lambda:InvokeFunction"
ASSUME = "sts:AssumeRole"

LONGEST = 10_240
"""Characters of a role's inline policies, white space not counted.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
"""

# Where the service has another name than everywhere else.
# https://docs.amazonaws.cn/en_us/aws/latest/userguide/iam.html
MACHINES = {"aws-cn": "ec2.amazonaws.com.cn"}
MACHINE = "ec2.amazonaws.com"


@dataclass(frozen=True, slots=True)
class Arn:
    """A Lambda function, version or alias in the resource of a policy. `account` None: whoever applies it has it.

    Lambda compares the resource with both the name and the qualifier of a call: without a qualifier, `$LATEST` and an
    alias are three resources. https://docs.aws.amazon.com/lambda/latest/dg/lambda-api-permissions-ref.html
    """

    partition: str
    region: str
    account: str | None
    function: str

    def text(self, account: str) -> str:
        """Return the ARN, with what stands for the account where it is not known."""
        return f"arn:{self.partition}:lambda:{self.region}:{self.account or account}:function:{self.function}"


def reached(program: Program) -> tuple[Arn, ...]:
    """Return the functions that the spec's bindings reach, each once, in the spec's order."""
    return tuple(dict.fromkeys(_arn(program, each) for each in program.bindings))


def _arn(program: Program, binding: Binding) -> Arn:
    """Return the resource of a binding: its target is `name`, `account:function:name` or an ARN."""
    *before, name = binding.target.split(":")
    own, account = (before[1], before[4]) if before[:1] == ["arn"] else (None, before[0] if before else None)
    region = program.aws.region
    function = f"{name}:{binding.qualifier}" if binding.qualifier else name
    return Arn(own or partition(region), region, account or program.aws.account, function)


def warnings(program: Program) -> tuple[str, ...]:
    """Return what IAM would not take: a policy that is longer than those of a role may be."""
    document = _policy([each.text("0" * 12) for each in reached(program)])
    length = len(json.dumps(document, separators=(",", ":")))
    if length <= LONGEST:
        return ()
    return (
        f"the policy has {length} characters, a role may have {LONGEST}: divide its resources among managed policies",
    )


def _policy(resources: list[Any]) -> dict[str, Any]:
    return {"Version": VERSION, "Statement": [{"Effect": "Allow", "Action": INVOKE, "Resource": resources}]}


def _trust(program: Program) -> dict[str, Any]:
    principal = {"Service": _machine(program)}
    return {"Version": VERSION, "Statement": [{"Effect": "Allow", "Principal": principal, "Action": ASSUME}]}


def _machine(program: Program) -> str:
    return MACHINES.get(partition(program.aws.region), MACHINE)


def _purpose(program: Program) -> str:
    return f"What the database functions of {_named(program)} may call"


def _named(program: Program) -> str:
    return f"{program.name}, {program.environment}" if program.environment else program.name


# --- JSON -------------------------------------------------------------------------------------------------------


def as_json(program: Program) -> str:
    """Return one document with `policy` and `trust`, each as IAM takes it; UsageError for an account unknown."""
    unknown = [each.function for each in reached(program) if each.account is None]
    if unknown:
        raise UsageError(
            f"the ARN of {unknown[0]} is not known without its account: set aws.account in the spec, or choose "
            "--format terraform or cloudformation, which take the account that applies them"
        )
    resources = [each.text("") for each in reached(program)]
    return _json({"policy": _policy(resources), "trust": _trust(program)})


def _json(document: Mapping[str, Any]) -> str:
    return json.dumps(document, indent=2)


# --- CloudFormation ---------------------------------------------------------------------------------------------


def as_cloudformation(program: Program) -> str:
    """Return a template of the role, its policy and its instance profile, in JSON.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-role.html
    """
    role = {
        "Description": _purpose(program),
        "AssumeRolePolicyDocument": _trust(program),
        "Policies": [
            {"PolicyName": "invoke", "PolicyDocument": _policy([_resource(each) for each in reached(program)])}
        ],
    }
    template = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": _purpose(program),
        "Resources": {
            "Role": {"Type": "AWS::IAM::Role", "Properties": role},
            "InstanceProfile": {
                "Type": "AWS::IAM::InstanceProfile",
                "Properties": {"Roles": [{"Ref": "Role"}]},
            },
        },
        "Outputs": {"InstanceProfile": {"Value": {"Ref": "InstanceProfile"}}},
    }
    return _json(template)


def _resource(arn: Arn) -> str | dict[str, str]:
    """Return an ARN, by Fn::Sub where the stack's account belongs into it; `${!` is a literal `${` there."""
    if arn.account:
        return arn.text("")
    before, _, behind = arn.text("\0").replace("${", "${!").partition("\0")
    return {"Fn::Sub": f"{before}${{AWS::AccountId}}{behind}"}


# --- Terraform --------------------------------------------------------------------------------------------------

TERRAFORM = """\
# {purpose}.
{caller}
data "aws_iam_policy_document" "{label}_invoke" {{
  statement {{
    effect  = "Allow"
    actions = ["{invoke}"]

    resources = [
{resources}
    ]
  }}
}}

data "aws_iam_policy_document" "{label}_trust" {{
  statement {{
    effect  = "Allow"
    actions = ["{assume}"]

    principals {{
      type        = "Service"
      identifiers = [{machine}]
    }}
  }}
}}

resource "aws_iam_role" "{label}" {{
  description        = {description}
  assume_role_policy = data.aws_iam_policy_document.{label}_trust.json
}}

resource "aws_iam_role_policy" "{label}" {{
  role   = aws_iam_role.{label}.id
  policy = data.aws_iam_policy_document.{label}_invoke.json
}}

resource "aws_iam_instance_profile" "{label}" {{
  role = aws_iam_role.{label}.name
}}
"""
CALLER = """
data "aws_caller_identity" "{label}" {{}}
"""


def as_terraform(program: Program) -> str:
    """Return a role, its policy and its instance profile for Terraform's provider of AWS; names are Terraform's.

    https://developer.hashicorp.com/terraform/language/expressions/strings
    """
    label = f"udfgen_{program.name}"
    functions = reached(program)
    caller = CALLER.format(label=label) if any(each.account is None for each in functions) else ""
    text = TERRAFORM.format(
        label=label,
        purpose=_purpose(program),
        description=_quoted(_purpose(program)),
        caller=caller,
        invoke=INVOKE,
        assume=ASSUME,
        machine=_quoted(_machine(program)),
        resources="\n".join(f"      {each}," for each in _terraform_resources(functions, label)),
    )
    return text.rstrip("\n")


def _terraform_resources(functions: tuple[Arn, ...], label: str) -> Iterator[str]:
    own = f"${{data.aws_caller_identity.{label}.account_id}}"
    for each in functions:
        yield _quoted(each.text("\0")).replace("\\u0000", own)


def _quoted(text: str) -> str:
    """Return a Terraform string that means a text: as in JSON, and `${` and `%{` begin nothing when doubled."""
    return json.dumps(text, ensure_ascii=False).replace("${", "$${").replace("%{", "%%{")


FORMATS: Mapping[str, Callable[[Program], str]] = {
    "json": as_json,
    "terraform": as_terraform,
    "cloudformation": as_cloudformation,
}
