"""What CloudTrail shows of EC2: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/monitor-with-cloudtrail.html"""

from labs_helpers.services.trail import REMOVED, TrailFacts

TRAIL = TrailFacts(
    error_prefix="Client.",
    hides=REMOVED,
    members=dict.fromkeys(("UserData", "KeyMaterial"), REMOVED),
    types={
        "instance": "AWS::EC2::Instance", "security-group": "AWS::EC2::SecurityGroup", "vpc": "AWS::EC2::VPC",
        "vpc-endpoint": "AWS::EC2::VPCEndpoint", "subnet": "AWS::EC2::Subnet",
    },
)  # fmt: skip
