-- The wide table: 27 columns of all kinds, as an app's accounts have them.
SET search_path = making;
SELECT count(*) AS pages FROM page \gset
CREATE TABLE public.account AS
SELECT i AS id,
    md5(i::text)::uuid AS public_id,
    lower(first_name || '.' || last_name) || pick(i, 3, 9999) || '@' || mail_domain AS email,
    first_name, last_name,
    '$2a$12$' || noise(i, 41, 53, 'base64') AS password_digest,
    noise(i, 42, 40, 'hex') AS api_token,
    '+' || (30 + pick(i, 4, 60)) || ' ' || (100 + pick(i, 5, 900)) || ' ' || (1000000 + pick(i, 6, 9000000)) AS phone,
    CASE WHEN pick(i, 7, 3) > 0 THEN initcap(company) || (ARRAY[' Ltd', ' GmbH', ' Inc.', ' & Sons'])[1 + pick(i, 8, 4)] END AS company,
    initcap(street) || ' ' || 1 + pick(i, 9, 180) AS street,
    lpad(pick(i, 10, 99999)::text, 5, '0') AS postcode,
    initcap(city) AS city,
    (ARRAY['US','US','US','GB','DE','DE','FR','CA','AU','NL','ES','JP'])[1 + pick(i, 11, 12)]::char(2) AS country,
    (ARRAY['en_US','en_US','en_GB','de_DE','fr_FR','es_ES'])[1 + pick(i, 12, 6)] AS locale,
    (ARRAY['active','active','active','active','trial','suspended','closed'])[1 + pick(i, 13, 7)] AS status,
    (ARRAY['free','free','free','basic','team','enterprise'])[1 + pick(i, 14, 6)] AS plan,
    round((exp(uniform(i, 15) * 12) / 3)::numeric, 2)::numeric(12, 2) AS balance,
    uniform(i, 16) AS score,
    exp(uniform(i, 17) * 9)::int AS visits,
    pick(i, 18, 5) > 0 AS active,
    ('10.' || pick(i, 19, 256) || '.' || pick(i, 20, 256) || '.' || pick(i, 21, 256))::inet AS last_ip,
    (ARRAY['new','vip','imported','beta','partner','churned','newsletter'])[1 + pick(i, 22, 4):2 + pick(i, 22, 7)] AS tags,
    jsonb_build_object('theme', (ARRAY['light','dark','system'])[1 + pick(i, 23, 3)], 'page_size', 10 * (1 + pick(i, 24, 10)),
        'time_zone', (ARRAY['UTC','Europe/Berlin','America/New_York','Asia/Tokyo'])[1 + pick(i, 25, 4)],
        'notify', jsonb_build_object('email', pick(i, 26, 2) = 0, 'push', pick(i, 27, 3) = 0),
        'referrer', 'https://' || mail_domain || '/' || street || '?id=' || pick(i, 28, 1000000)) AS settings,
    date '1950-01-01' + pick(i, 29, 20000) AS born,
    created_at,
    created_at + uniform(i, 30) * interval '300 days' AS updated_at,
    CASE WHEN pick(i, 31, 4) > 0 THEN substr(body, 1 + pick(i, 32, 3000), 20 + exp(uniform(i, 33) * 6.6)::int) END AS notes
FROM generate_series(1, greatest(1000, (1250000 * :scale)::int)::bigint) i
    JOIN page ON n = 1 + pick(i, 34, :pages)
    JOIN word w1 ON w1.rank = 100 + pick(i, 35, 5000)
    JOIN word w2 ON w2.rank = 100 + pick(i, 36, 9000)
    JOIN word w3 ON w3.rank = exp(ln(3000) * uniform(i, 37))::int + 200,
    LATERAL (SELECT
        (ARRAY['Anna','Ben','Carla','David','Emma','Felix','Grace','Hugo','Ines','Jonas','Kim','Lena','Maria','Noah','Olga',
            'Paul','Rosa','Sam','Tom','Vera'])[1 + (20 * uniform(i, 38) * uniform(i, 39))::int % 20] AS first_name,
        initcap(w1.word) AS last_name, w1.word AS company, w2.word || 'street' AS street, w3.word || 'ton' AS city,
        (ARRAY['mail.example','mail.example','post.example','web.example','corp.example'])[1 + pick(i, 40, 5)] AS mail_domain,
        timestamptz '2015-01-01 00:00+00' + i * interval '2 minutes 37.123456 seconds' AS created_at) AS person;
ALTER TABLE public.account ADD PRIMARY KEY (id);
