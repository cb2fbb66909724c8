"""Day 6's result to take home: AWS CLI commands, CloudFormation templates, and a report."""
