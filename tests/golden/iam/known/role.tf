# What the database functions of telemetry may call.

data "aws_iam_policy_document" "udfgen_telemetry_invoke" {
  statement {
    effect  = "Allow"
    actions = ["lambda:InvokeFunction"]

    resources = [
      "arn:aws-cn:lambda:cn-north-1:123456789012:function:score-customer:live",
      "arn:aws-cn:lambda:cn-north-1:123456789012:function:score-customer:$LATEST",
      "arn:aws-cn:lambda:cn-north-1:123456789012:function:score-customer",
      "arn:aws-cn:lambda:cn-north-1:123456789012:function:score-customer:7",
      "arn:aws-cn:lambda:cn-north-1:123456789012:function:other:blue",
    ]
  }
}

data "aws_iam_policy_document" "udfgen_telemetry_trust" {
  statement {
    effect  = "Allow"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["ec2.amazonaws.com.cn"]
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
