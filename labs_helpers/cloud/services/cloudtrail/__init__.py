"""AWS CloudTrail: trails, their deliveries, and the event history. moto stores the trails and their tags (`moto_view`).

`table` lists the permissions that operations require. `trail_events` converts the cloud's record into CloudTrail
events, `delivered_files` delivers these events to trails, and `history` implements LookupEvents.
https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/Welcome.html
"""
