-- The database that tests/bench/rights begins with: the sample's quarter as the tests of sql/ make it, at 31 December
-- 2010, with the tokens rita (reader), sam (contributor of the supporting people team) and cora (coordinator).
\ir ../sql/copeland_fixture.sql
\ir ../sql/copeland_quarter.sql
reset role;
vacuum analyze;
