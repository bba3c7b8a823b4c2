-- The one function that blanks personal text, of the one role that may.

-- Erases texts under the link taken for it: each loses its body and salt, and its erasure goes on record; with an e-mail
-- address goes the hash that it is found by. A definer of shap_eraser, who may do this and nothing else. Who may ask for it,
-- and that each text is there, is the caller's to see to. Tables written: erasure, personal_text, person_address.
create or replace function shap.erase_texts(council bigint, link bigint, membership_id bigint, day date, today date,
                                            reason_digest bytea, texts shap.text_to_erase[], people bigint[]) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
    insert into shap.erasure (council_id, text_council_id, text_digest, stood_in, publications, reason_digest, day,
                              membership_id, link)
    select council, t.text_council_id, t.digest, t.stood_in, t.publications, erase_texts.reason_digest, erase_texts.day,
           erase_texts.membership_id, erase_texts.link
      from unnest(texts) t;
    update shap.personal_text p set body = null, salt = null, erased_on = today
      from unnest(texts) t where p.council_id = t.text_council_id and p.digest = t.digest;
    delete from shap.person_address a where a.person_id = any (people);
end
$$;
revoke all on function shap.erase_texts(bigint, bigint, bigint, date, date, bytea, shap.text_to_erase[], bigint[]) from public;
grant execute on function shap.erase_texts(bigint, bigint, bigint, date, date, bytea, shap.text_to_erase[], bigint[]) to shap_api;
