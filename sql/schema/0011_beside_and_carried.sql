-- What a publication knew of other councils, which its report may name: of each the last link, under the council's id.
-- Absent where there is no other council. It is part of the entry that is hashed.
alter table shap.publication add column known_beside jsonb;
