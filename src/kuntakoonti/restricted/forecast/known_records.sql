-- Every version of a period that was ever known: its days on which the service was offered, and from
-- which day until which it was the newest. Made into the table known_records.
-- Result: client_id, service (as counted), first_day, day_after, since, until.
SELECT r.client_id, s.counted_as AS service,
       GREATEST(r.first_day, s.first_day) AS first_day, LEAST(r.day_after, s.day_after) AS day_after,
       r.since, COALESCE(r.until, DATE '9999-12-31') AS until
FROM service_periods_versions r
JOIN services s ON s.service = r.service
WHERE NOT r.removed AND r.first_day < r.day_after
  AND r.first_day < s.day_after AND r.day_after > s.first_day
