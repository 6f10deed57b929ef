-- Newest revision of every cost, and the municipality that a client's cost follows.
-- The client-month in that service; if there is none, the residence on the month's last day.
-- Result: one row per cost: cost_id, service (as counted), month, cents, group_id, municipality
-- (NULL for a group cost), by_residence (1 where the client was not in the service that month)
-- and client_id.
WITH newest AS (
    SELECT r.cost_id, s.counted_as AS service, r.client_id, r.group_id,
           r.service_month AS month, c.last_day, r.cents, m.municipality AS placed
    FROM newest_costs r
    JOIN services s ON s.service = r.service
    JOIN calendar c ON c.month = r.service_month
    LEFT JOIN client_months m ON m.client_id = r.client_id AND m.service = s.counted_as
                             AND m.month = r.service_month
),
homes AS (
    SELECT n.cost_id, r.municipality,
           ROW_NUMBER() OVER (
               PARTITION BY n.cost_id
               ORDER BY r.first_day DESC, r.recorded_on DESC, r.municipality
           ) AS choice
    FROM newest n
    JOIN newest_residences r ON r.client_id = n.client_id
     AND r.first_day <= n.last_day AND r.day_after > n.last_day
    WHERE n.placed IS NULL
)
SELECT n.cost_id, n.service, n.month, n.cents, n.group_id, n.client_id,
       CASE WHEN n.group_id IS NOT NULL THEN NULL
            ELSE COALESCE(n.placed, c.member, 'outside') END AS municipality,
       CASE WHEN n.group_id IS NULL AND n.placed IS NULL THEN 1 ELSE 0 END AS by_residence
FROM newest n
LEFT JOIN homes h ON h.cost_id = n.cost_id AND h.choice = 1
LEFT JOIN members c ON c.code = h.municipality
                    AND c.first_day <= n.last_day AND c.day_after > n.last_day
ORDER BY n.cost_id
