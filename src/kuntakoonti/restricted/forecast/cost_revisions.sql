-- Every version of every cost, with the day it was recorded and the day the next one replaced it
-- (NULL: still the newest). Result: cost_id, service (as counted), month, cents, since, until.
WITH counted(service, counted_as) AS (VALUES {services}),
revisions AS (
    SELECT cost_id, service, service_month, cents, recorded_on,
           LEAD(recorded_on) OVER (PARTITION BY cost_id ORDER BY recorded_on, line) AS until
    FROM costs
    WHERE recorded_on <= DATE '{as_of}'
)
SELECT r.cost_id, s.counted_as AS service, r.service_month AS month, r.cents,
       r.recorded_on AS since, r.until
FROM revisions r
JOIN counted s ON s.service = r.service
ORDER BY r.cost_id, r.recorded_on
