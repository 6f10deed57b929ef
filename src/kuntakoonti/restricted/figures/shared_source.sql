-- What the books of the services shared by a key must come to, found in another way than the
-- allocation: every cost counts once, by the rows of its latest day. Result: service, month,
-- source_cents.
WITH latest AS (
    SELECT cost_id, MAX(recorded_on) AS recorded_on
    FROM costs
    WHERE recorded_on <= (SELECT as_of FROM extraction)
    GROUP BY cost_id
),
newest AS (
    SELECT DISTINCT c.cost_id, c.service, c.service_month, c.cents
    FROM costs c
    JOIN latest l ON l.cost_id = c.cost_id AND l.recorded_on = c.recorded_on
    WHERE NOT c.removed
)
SELECT n.service, n.service_month AS month, CAST(SUM(n.cents) AS BIGINT) AS source_cents
FROM newest n
JOIN key_services k ON k.service = n.service
                   AND n.service_month BETWEEN k.first_month AND k.last_month
GROUP BY n.service, n.service_month
ORDER BY n.service, n.service_month
