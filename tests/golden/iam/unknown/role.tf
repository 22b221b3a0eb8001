# What the database functions of telemetry may call.

data "aws_caller_identity" "udfgen_telemetry" {}

data "aws_iam_policy_document" "udfgen_telemetry_invoke" {
  statement {
    effect  = "Allow"
    actions = ["lambda:InvokeFunction"]

    resources = [
      "arn:aws:lambda:eu-west-1:${data.aws_caller_identity.udfgen_telemetry.account_id}:function:score-customer:live",
      "arn:aws:lambda:eu-west-1:210987654321:function:other",
    ]
  }
}

data "aws_iam_policy_document" "udfgen_telemetry_trust" {
  statement {
    effect  = "Allow"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["ec2.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "udfgen_telemetry" {
  description        = "What the database functions of telemetry may call"
  assume_role_policy = data.aws_iam_policy_document.udfgen_telemetry_trust.json
}

resource "aws_iam_role_policy" "udfgen_telemetry" {
  role   = aws_iam_role.udfgen_telemetry.id
  policy = data.aws_iam_policy_document.udfgen_telemetry_invoke.json
}

resource "aws_iam_instance_profile" "udfgen_telemetry" {
  role = aws_iam_role.udfgen_telemetry.name
}
