"""What was built on Day 6, to take home: AWS CLI commands, CloudFormation templates, a report."""
