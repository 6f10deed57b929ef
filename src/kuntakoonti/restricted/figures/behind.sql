-- The records behind all client-months: newest revisions whose days fall in the month.
-- Result: municipality, service, month, record_id.
SELECT m.municipality, m.service, m.month, r.record_id
FROM client_months m
JOIN calendar c ON c.month = m.month
JOIN newest_service_periods r ON r.client_id = m.client_id
                             AND r.first_day < c.day_after AND r.day_after > c.first_day
JOIN services s ON s.service = r.service AND s.counted_as = m.service
