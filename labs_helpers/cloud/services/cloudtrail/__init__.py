"""AWS CloudTrail: trails, their deliveries, and the event history. moto keeps the trails and their tags (`moto_view`).

`table` lists the permissions that operations require. `events` writes the cloud's record as CloudTrail events,
`delivery` delivers them for trails, and `history` answers LookupEvents.
https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/Welcome.html
"""
