-- What the books must come to, found in another way than the allocation: every cost counts once, by
-- the rows of its latest day. Result: service (as counted), month, by_key (whether the service is shared
-- by a key in the month), source_cents.
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
SELECT COALESCE(k.service, s.counted_as) AS service, n.service_month AS month,
       k.service IS NOT NULL AS by_key, CAST(SUM(n.cents) AS BIGINT) AS source_cents
FROM newest n
LEFT JOIN key_services k ON k.service = n.service
                        AND n.service_month BETWEEN k.first_month AND k.last_month
LEFT JOIN services s ON s.service = n.service
WHERE k.service IS NOT NULL OR s.service IS NOT NULL
GROUP BY ALL
ORDER BY ALL
