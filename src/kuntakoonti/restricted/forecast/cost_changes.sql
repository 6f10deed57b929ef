-- When each cost was known: every version comes on the day it was recorded and goes on the day the
-- next one replaced it, to each municipality by its share (table shares: cost_id, municipality,
-- share). Whole cents are summed, which no order changes; parts of a group's cost stay rows.
-- Result: municipality (or 'outside', 'unallocated'), service, month, day, amount.
WITH versions AS (
    SELECT h.municipality, s.counted_as AS service, r.service_month AS month, r.cents, h.share,
           r.since, r.until
    FROM costs_versions r
    JOIN services s ON s.service = r.service
    JOIN shares h ON h.cost_id = r.cost_id
    WHERE NOT r.removed
),
changes AS (
    SELECT municipality, service, month, since AS day, cents, share FROM versions
    UNION ALL
    SELECT municipality, service, month, until AS day, -cents AS cents, share
    FROM versions
    WHERE until IS NOT NULL
)
SELECT municipality, service, month, day, CAST(SUM(cents) AS DOUBLE) AS amount
FROM changes
WHERE share = 1
GROUP BY municipality, service, month, day
UNION ALL
SELECT municipality, service, month, day, cents * share AS amount
FROM changes
WHERE share <> 1
ORDER BY municipality, service, month, day, amount
