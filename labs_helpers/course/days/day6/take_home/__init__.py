"""The take-home folder for day 6's result: AWS CLI commands, CloudFormation templates, and a report."""
