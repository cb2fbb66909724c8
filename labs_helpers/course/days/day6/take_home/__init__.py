"""The result of day 6 to take home: AWS CLI commands, CloudFormation templates, a report."""
