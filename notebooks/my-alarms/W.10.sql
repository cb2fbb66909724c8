WITH policies AS (
  SELECT eventID, coalesce(json_extract(requestParameters, '$.policyDocument'),
    json_extract(requestParameters, '$.assumeRolePolicyDocument')) AS policy
  FROM trail WHERE eventName IN ('UpdateAssumeRolePolicy', 'CreateRole'))
SELECT eventID FROM policies, json_tree(policy) AS part
WHERE part.type = 'text' AND part.fullkey LIKE '%.Principal.AWS%'
  AND json_extract(policy, substr(fullkey, 1, instr(fullkey, '.Principal')) || 'Effect') = 'Allow'
  AND NOT part.value REGEXP '(111122223333|222233334444|333344445555|555566667777|666677778888|444455556666|888899990000)'
