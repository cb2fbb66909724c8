SELECT max(eventTime), eventID
FROM trail
WHERE eventName = 'GetSecretValue'
GROUP BY json_extract(userIdentity, '$.arn')
HAVING count(DISTINCT json_extract(requestParameters, '$.secretId')) > 5
