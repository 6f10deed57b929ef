-- On which day each client-month that is valid today was first recorded, whatever was changed since.
-- Result: service, month, day, clients. Only members' client-months (client_months).
WITH held AS (
    SELECT r.client_id, s.counted_as AS service, c.month, MIN(r.since) AS day
    FROM service_periods_versions r
    JOIN services s ON s.service = r.service
    JOIN calendar c ON r.first_day < c.day_after AND r.day_after > c.first_day
    WHERE NOT r.removed
    GROUP BY r.client_id, s.counted_as, c.month
)
SELECT h.service, h.month, h.day, COUNT(*) AS clients
FROM held h
JOIN client_months m ON m.client_id = h.client_id AND m.service = h.service AND m.month = h.month
WHERE m.municipality <> 'outside'
  AND h.day NOT IN (SELECT day FROM days_without_delay WHERE table_name = 'service_periods')
GROUP BY h.service, h.month, h.day
ORDER BY h.service, h.month, h.day
