-- Every version of every cost, with the day it was recorded and the day the next one replaced it
-- (NULL: still the newest). Result: cost_id, service (as counted), month, cents, since, until.
SELECT r.cost_id, s.counted_as AS service, r.service_month AS month, r.cents,
       r.since, r.until
FROM costs_versions r
JOIN services s ON s.service = r.service
WHERE NOT r.removed
ORDER BY r.cost_id, r.since
