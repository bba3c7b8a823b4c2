-- What makes the cost of a report or a return that of its plan, however many plans and returns there are.

-- Returns that correct others, which every report asks for: the few of a plan, without reading all of it.
create index return_corrections on shap."return" (plan_id, reference, corrects, council_id) where corrects is not null;

-- No key but the first begins as that does, for the reason given where returns' table is made: a plan made while nothing was
-- known of the table took this one, and read half of a version for each milestone that was looked up.
alter table shap.milestone
    drop constraint milestone_place_unique,
    add constraint milestone_place_unique unique (place, version, plan_id, council_id);
