-- The erasure of personal text. What is erased loses its body and its salt, so that no guess at it can be proved; the digest
-- stays, which is as good as random then, and the ledger with it.
alter table shap.personal_text
    alter column salt drop not null,
    add column erased_on date,
    add constraint personal_text_is_whole_or_erased
        check ((body is null) = (salt is null) and (body is null) = (erased_on is not null)) not valid;

-- Who erased which text, when and why: a row for each text, never what it said. There is no counter-act.
create table shap.erasure (
    council_id bigint not null,
    record_id bigint not null default nextval('shap.record_id'),
    text_council_id bigint not null,  -- 0: of the directory that all councils share
    text_digest bytea not null,
    stood_in text[] not null,         -- the records: "return 301: note"
    publications bigint[] not null,   -- those that contained it when it was erased, by their records
    reason_digest bytea not null,
    day date not null,
    membership_id bigint not null references shap.membership,
    link bigint not null,
    primary key (council_id, record_id),
    constraint erasure_of_text foreign key (text_council_id, text_digest) references shap.personal_text,
    constraint erasure_once unique (text_council_id, text_digest),
    constraint erasure_link foreign key (council_id, link) references shap.link
);
call shap.keep_forever('shap.erasure');

-- Personal text is blanked by shap_eraser alone (logic/erase.sql), never rewritten.
create or replace function shap.refuse_rewrite() returns trigger
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
begin
    if tg_op = 'UPDATE' and current_user = 'shap_eraser' and new.body is null and new.salt is null and old.body is not null
       and (new.council_id, new.digest) = (old.council_id, old.digest) then
        return new;
    end if;
    raise exception using errcode = 'RPC09', message = 'text of records is erased, never rewritten',
        hint = 'Record a correction instead.';
end
$$;

-- Whose an e-mail address is, by the SHA-256 of it in lower case: not part of the ledger, so that it goes with the address.
-- Of people who were added before, the same hash stands in person.email_hash, and stays.
create table shap.person_address (
    email_hash bytea primary key,
    person_id bigint not null references shap.person
);
insert into shap.person_address (email_hash, person_id)
select p.email_hash, p.id from shap.person p where p.email_hash is not null;
