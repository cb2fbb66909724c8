-- One identity reads more than five different secrets.
SELECT max(eventTime), eventID
FROM trail
WHERE eventName = 'GetSecretValue' AND errorCode IS NULL
GROUP BY json_extract(userIdentity, '$.arn')
HAVING count(DISTINCT json_extract(requestParameters, '$.secretId')) > 5
