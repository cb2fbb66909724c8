"""Actions that let a principal run code with a role, by passing the role or by using a resource that already has it.

Actions are listed by the service that the role trusts. Each action, or each group of actions on one line, is sufficient
by itself.
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from __future__ import annotations

Ways = dict[str, tuple[tuple[str, ...], ...]]

PASSED: Ways = {
    "lambda.amazonaws.com": (
        ("lambda:CreateFunction", "lambda:InvokeFunction"),
        ("lambda:CreateFunction", "lambda:CreateEventSourceMapping"),
        ("lambda:CreateFunction", "lambda:AddPermission"),
    ),
    "ec2.amazonaws.com": (("ec2:RunInstances",), ("ec2:RequestSpotInstances",)),
    "ecs-tasks.amazonaws.com": (
        ("ecs:RegisterTaskDefinition", "ecs:RunTask"),
        ("ecs:RegisterTaskDefinition", "ecs:StartTask"),
        ("ecs:RegisterTaskDefinition", "ecs:CreateService"),
    ),
    "glue.amazonaws.com": (
        ("glue:CreateJob", "glue:StartJobRun"),
        ("glue:CreateJob", "glue:CreateTrigger"),
        ("glue:UpdateJob", "glue:StartJobRun"),
        ("glue:UpdateJob", "glue:CreateTrigger"),
        ("glue:CreateDevEndpoint",),
    ),
    "cloudformation.amazonaws.com": (
        ("cloudformation:CreateStack",),
        ("cloudformation:CreateStackSet", "cloudformation:CreateStackInstances"),
        ("cloudformation:UpdateStackSet",),
    ),
    "codebuild.amazonaws.com": (
        ("codebuild:CreateProject", "codebuild:StartBuild"),
        ("codebuild:CreateProject", "codebuild:StartBuildBatch"),
    ),
    "sagemaker.amazonaws.com": (
        ("sagemaker:CreateNotebookInstance",),
        ("sagemaker:CreateTrainingJob",),
        ("sagemaker:CreateProcessingJob",),
    ),
    "states.amazonaws.com": (("states:CreateStateMachine", "states:StartExecution"),),
    "tasks.apprunner.amazonaws.com": (("apprunner:CreateService",),),
    "bedrock-agentcore.amazonaws.com": (
        (
            "bedrock-agentcore:CreateCodeInterpreter",
            "bedrock-agentcore:StartCodeInterpreterSession",
            "bedrock-agentcore:InvokeCodeInterpreter",
        ),
    ),
    "datapipeline.amazonaws.com": (
        (
            "datapipeline:CreatePipeline",
            "datapipeline:PutPipelineDefinition",
            "datapipeline:ActivatePipeline",
        ),
    ),
}
"""The actions needed in addition to `iam:PassRole` on the role."""

RUNNING: Ways = {
    "lambda.amazonaws.com": (("lambda:UpdateFunctionCode",),),
    "ec2.amazonaws.com": (
        ("ssm:StartSession",),
        ("ssm:SendCommand",),
        ("ec2-instance-connect:SendSSHPublicKey",),
        ("ec2:ModifyInstanceAttribute", "ec2:StopInstances", "ec2:StartInstances"),
        ("ec2:CreateLaunchTemplateVersion", "ec2:ModifyLaunchTemplate"),
    ),
    "glue.amazonaws.com": (("glue:UpdateDevEndpoint",),),
    "cloudformation.amazonaws.com": (
        ("cloudformation:UpdateStack",),
        ("cloudformation:CreateChangeSet", "cloudformation:ExecuteChangeSet"),
    ),
    "codebuild.amazonaws.com": (("codebuild:StartBuild",), ("codebuild:StartBuildBatch",)),
    "sagemaker.amazonaws.com": (
        ("sagemaker:CreatePresignedNotebookInstanceUrl",),
        (
            "sagemaker:CreateNotebookInstanceLifecycleConfig",
            "sagemaker:StopNotebookInstance",
            "sagemaker:UpdateNotebookInstance",
            "sagemaker:StartNotebookInstance",
        ),
    ),
    "tasks.apprunner.amazonaws.com": (("apprunner:UpdateService",),),
    "bedrock-agentcore.amazonaws.com": (
        ("bedrock-agentcore:StartCodeInterpreterSession", "bedrock-agentcore:InvokeCodeInterpreter"),
    ),
}
"""The actions needed if a resource (function, instance, stack, project, or notebook) already runs with the role."""
