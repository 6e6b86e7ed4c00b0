-- Nothing is left to be written while it is read.
SET client_min_messages = warning;
DROP SCHEMA making CASCADE;
VACUUM (FREEZE, ANALYZE);
CHECKPOINT;
