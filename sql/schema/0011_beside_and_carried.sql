-- What a publication knew of other councils, which its report may name: of each the last link, under the council's id.
-- Absent where there is no other council. It is part of the entry that is hashed.
alter table shap.publication add column known_beside jsonb;

-- What was declared of milestones, or shared by hand, in the year before and goes on with them when a plan is rolled: the
-- record it comes from, in the plan the roll goes on from. Absent for what was said of this plan itself.
alter table shap.milestone_order add column from_record bigint;
alter table shap.same_work add column from_record bigint;
alter table shap.share add column from_record bigint;
