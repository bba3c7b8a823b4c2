-- What a watch reads: the records of every kind in the order of the ledger. That of returns does not begin with the
-- council, for the reason given where the table is made.
create index return_by_link on shap."return" (link, council_id);
create index review_by_link on shap.review (council_id, link);
create index grant_by_link on shap."grant" (council_id, link);
create index sign_off_by_link on shap.sign_off (council_id, link);
create index counter_act_by_link on shap.counter_act (council_id, link);
create index when_reading_by_link on shap.when_reading (council_id, link) where version is null;
create index share_by_link on shap.share (council_id, link) where origin = 'added';
