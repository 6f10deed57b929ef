-- On which day each client-month that is valid today was first recorded, whatever was changed since.
-- Only members' client-months (client_months), of one part of the clients (tables part, known_records).
-- Result: service, month, day, clients.
WITH held AS (
    SELECT r.client_id, r.service, c.month, MIN(r.since) AS day
    FROM known_records r
    JOIN calendar c ON r.first_day < c.day_after AND r.day_after > c.first_day
    WHERE hash(r.client_id) % (SELECT parts FROM part) = (SELECT number FROM part)
    GROUP BY r.client_id, r.service, c.month
),
valid AS (
    SELECT client_id, service, month
    FROM client_months
    WHERE hash(client_id) % (SELECT parts FROM part) = (SELECT number FROM part)
      AND municipality <> 'outside'
)
SELECT h.service, h.month, h.day, COUNT(*) AS clients
FROM held h
JOIN valid m ON m.client_id = h.client_id AND m.service = h.service AND m.month = h.month
WHERE h.day NOT IN (SELECT day FROM days_without_delay WHERE table_name = 'service_periods')
GROUP BY h.service, h.month, h.day
ORDER BY h.service, h.month, h.day
