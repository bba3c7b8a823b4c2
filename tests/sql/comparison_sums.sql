-- What the totals of comparisons must hold, as functions that name what does not. \ir after copeland_fixture.sql.
reset role;
-- What must hold of every movement; null: it does.
create function test.sums(r shap_v1.movement_report) returns text language sql as $$
    select string_agg(broken, ', ') from (
        select 'the totals' as broken where r.total_before + r.total_added - r.total_removed <> r.total_after
        union all select 'the class ' || c.milestone_class from unnest(r.classes) c
                   where c.before + c.came - c.went + c.added - c.removed <> c.after
        union all select 'the classes before' where (select sum(c.before) from unnest(r.classes) c) <> r.total_before
        union all select 'the classes after' where (select sum(c.after) from unnest(r.classes) c) <> r.total_after
        union all select 'what came is what went' where (select sum(c.came - c.went) from unnest(r.classes) c) <> 0
        union all select 'added' where cardinality(r.added) <> r.total_added or (select sum(c.added) from unnest(r.classes) c) <> r.total_added
        union all select 'removed' where cardinality(r.removed) <> r.total_removed or (select sum(c.removed) from unnest(r.classes) c) <> r.total_removed
        union all select 'the changes before of ' || c.milestone_class from unnest(r.classes) c
                   where c.before <> (select coalesce(sum(h.milestones), 0) from unnest(r.changes) h where h.class_before = c.milestone_class)
        union all select 'the changes after of ' || c.milestone_class from unnest(r.classes) c
                   where c.after <> (select coalesce(sum(h.milestones), 0) from unnest(r.changes) h where h.class_after = c.milestone_class)
        union all select 'the names of a change' from unnest(r.changes) h
                   where cardinality(h."references") <> case when h.class_before is distinct from h.class_after then h.milestones else 0 end
        union all select 'the exceptions' where r.exceptions_after - r.exceptions_before <> cardinality(r.new_exceptions) - cardinality(r.no_longer_exceptions)
                   + (select count(*) from unnest(r.added) m where m.class_after in ('overdue', 're_dated', 'will_not_be_delivered'))
                   - (select count(*) from unnest(r.removed) m where m.class_before in ('overdue', 're_dated', 'will_not_be_delivered'))
        union all select 'completed' where cardinality(r.completed) - cardinality(r.reopened) <> (
                   select sum(c.after - c.before - c.added + c.removed) from unnest(r.classes) c where c.milestone_class in ('complete', 'signed_off'))
        union all select 'overdue' where cardinality(r.became_overdue) <> (select c.came from unnest(r.classes) c where c.milestone_class = 'overdue')
        union all select 'silent' where cardinality(r.fell_silent) <> (select c.came from unnest(r.classes) c where c.milestone_class = 'no_return')
        union all select 'signed off' where cardinality(r.signed_off) <> (select c.came from unnest(r.classes) c where c.milestone_class = 'signed_off')
        union all select 'undeliverable' where cardinality(r.undeliverable) <> (select c.came from unnest(r.classes) c where c.milestone_class = 'will_not_be_delivered')
    ) b
$$;

-- What must hold of every such report; null: it does.
create function test.sums(r shap_v1.councils_report) returns text language sql as $$
    select string_agg(broken, ', ') from (
        select 'the classes of ' || coalesce(a.council, 'all') as broken from unnest(r.councils || r.total) a
         where a.covered <> a.signed_off + a.complete + a.will_not_be_delivered + a.overdue + a.re_dated + a.ongoing_answered
                            + a.undated + a.not_yet_due + a.no_return
        union all
        select 'the total' where row((r.total).covered, (r.total).total, (r.total).signed_off, (r.total).complete, (r.total).will_not_be_delivered,
                (r.total).overdue, (r.total).re_dated, (r.total).ongoing_answered, (r.total).undated, (r.total).not_yet_due,
                (r.total).no_return, (r.total).exceptions, (r.total).due, (r.total).on_target)::text is distinct from (
            select row(coalesce(sum(a.covered), 0), coalesce(sum(a.total), 0), coalesce(sum(a.signed_off), 0), coalesce(sum(a.complete), 0),
                       coalesce(sum(a.will_not_be_delivered), 0), coalesce(sum(a.overdue), 0), coalesce(sum(a.re_dated), 0),
                       coalesce(sum(a.ongoing_answered), 0), coalesce(sum(a.undated), 0), coalesce(sum(a.not_yet_due), 0),
                       coalesce(sum(a.no_return), 0), coalesce(sum(a.exceptions), 0), coalesce(sum(a.due), 0), coalesce(sum(a.on_target), 0))::text
              from unnest(r.councils) a)) b
$$;
