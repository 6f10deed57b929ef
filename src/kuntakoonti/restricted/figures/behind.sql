-- The records behind the client-months of one municipality: newest revisions whose days fall in
-- the asked months. Result: service, month, record_id.
WITH calendar(month, first_day, day_after) AS (VALUES {calendar}),
counted(service, counted_as) AS (VALUES {services}),
revisions AS (
    SELECT record_id, client_id, service, first_day, day_after, removed,
           ROW_NUMBER() OVER (PARTITION BY record_id ORDER BY recorded_on DESC, line DESC) AS age
    FROM service_periods
    WHERE recorded_on <= DATE '{as_of}'
)
SELECT m.service, m.month, r.record_id
FROM client_months m
JOIN calendar c ON c.month = m.month
JOIN revisions r ON r.client_id = m.client_id AND r.age = 1 AND NOT r.removed
                AND r.first_day < c.day_after AND r.day_after > c.first_day
JOIN counted s ON s.service = r.service AND s.counted_as = m.service
WHERE m.municipality = '{municipality}'
ORDER BY m.service, m.month, r.record_id
