-- The tables as the migrations in src/store/migrations make them.
-- Made by `npm run db:dump`; not edited by hand.

CREATE OR REPLACE FUNCTION public.entry_without_texts(body jsonb)
 RETURNS jsonb
 LANGUAGE sql
 IMMUTABLE
AS $function$
      SELECT (body - 'text') || jsonb_build_object('lines', (
        SELECT jsonb_agg(line - 'text' ORDER BY place)
        FROM jsonb_array_elements(body -> 'lines') WITH ORDINALITY AS lines (line, place)))
    $function$
;

CREATE OR REPLACE FUNCTION public.erase_person(book text, changes jsonb)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
    BEGIN
      IF book = 'source_record' THEN
        UPDATE source_record SET raw = change.raw, normalised = change.normalised,
          fingerprint = change.fingerprint, salt = NULL
        FROM jsonb_to_recordset(changes) AS change (id bigint, raw jsonb, normalised jsonb, fingerprint text)
        WHERE source_record.id = change.id;
      ELSIF book = 'journal_entry' THEN
        UPDATE journal_entry SET body = change.body, salt = NULL
        FROM jsonb_to_recordset(changes) AS change (id bigint, body jsonb) WHERE journal_entry.position = change.id;
      ELSIF book = 'audit' THEN
        UPDATE audit SET detail = change.detail, salt = NULL
        FROM jsonb_to_recordset(changes) AS change (id bigint, detail jsonb) WHERE audit.id = change.id;
      ELSE
        RAISE EXCEPTION 'rows of % are never changed or deleted', book;
      END IF;
    END $function$
;

CREATE OR REPLACE FUNCTION public.lock_for_erasure()
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
    BEGIN
      LOCK TABLE source_record, journal_entry, audit IN SHARE ROW EXCLUSIVE MODE;
    END $function$
;

CREATE OR REPLACE FUNCTION public.number_transaction()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
    BEGIN
      PERFORM pg_current_xact_id();
      RETURN NULL;
    END $function$
;

CREATE OR REPLACE FUNCTION public.present()
 RETURNS timestamp with time zone
 LANGUAGE sql
AS $function$SELECT clock_timestamp()$function$
;

CREATE OR REPLACE FUNCTION public.refuse_all_but_erasure()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
    BEGIN
      IF NEW.salt IS NULL AND to_jsonb(NEW) - TG_ARGV = to_jsonb(OLD) - TG_ARGV THEN
        IF TG_TABLE_NAME <> 'journal_entry' THEN
          RETURN NEW;
        ELSIF entry_without_texts(to_jsonb(NEW) -> 'body') = entry_without_texts(to_jsonb(OLD) -> 'body') THEN
          RETURN NEW;
        END IF;
      END IF;
      RAISE EXCEPTION 'rows of % are never changed or deleted', TG_TABLE_NAME;
    END $function$
;

CREATE OR REPLACE FUNCTION public.refuse_change()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
    BEGIN
      RAISE EXCEPTION 'rows of % are never changed or deleted', TG_TABLE_NAME;
    END $function$
;

CREATE OR REPLACE FUNCTION public.require_erasure()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
    DECLARE
      changed bigint := coalesce(to_jsonb(NEW) -> 'id', to_jsonb(NEW) -> 'position')::bigint;
    BEGIN
      IF EXISTS (
        SELECT FROM erasure WHERE book = TG_TABLE_NAME AND row_id = changed AND transaction = pg_current_xact_id()
      ) THEN
        RETURN NULL;
      END IF;
      RAISE EXCEPTION 'rows of % are never changed or deleted', TG_TABLE_NAME;
    END $function$
;

CREATE TABLE access_token (
  connection text NOT NULL,
  data_key text NOT NULL,
  body text NOT NULL,
  kept_at timestamp with time zone NOT NULL DEFAULT present(),
  CONSTRAINT access_token_data_key_fkey FOREIGN KEY (data_key) REFERENCES data_key(id),
  CONSTRAINT access_token_pkey PRIMARY KEY (connection)
);

CREATE TABLE audit (
  id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  actor text NOT NULL,
  action text NOT NULL,
  pipeline text,
  resource text,
  external_id text,
  detail jsonb NOT NULL,
  salt uuid DEFAULT gen_random_uuid(),
  CONSTRAINT audit_loss_is_noted TRIGGER DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT audit_pkey PRIMARY KEY (id)
);
CREATE INDEX audit_document ON public.audit USING btree (pipeline, resource, external_id, id);
CREATE TRIGGER audit_is_append_only BEFORE DELETE ON public.audit FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_is_never_emptied BEFORE TRUNCATE ON public.audit FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_loses_persons_only BEFORE UPDATE ON public.audit FOR EACH ROW EXECUTE FUNCTION refuse_all_but_erasure('detail', 'salt');
CREATE CONSTRAINT TRIGGER audit_loss_is_noted AFTER UPDATE ON public.audit DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION require_erasure();
CREATE TRIGGER audit_numbers_transaction BEFORE INSERT ON public.audit FOR EACH STATEMENT EXECUTE FUNCTION number_transaction();

CREATE TABLE backfill (
  id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  pipeline text NOT NULL,
  period_from timestamp with time zone NOT NULL,
  period_until timestamp with time zone NOT NULL,
  state text NOT NULL DEFAULT 'reading'::text,
  place jsonb NOT NULL DEFAULT 'null'::jsonb,
  expected integer,
  read integer NOT NULL DEFAULT 0,
  unchanged integer NOT NULL DEFAULT 0,
  entries integer NOT NULL DEFAULT 0,
  parked integer NOT NULL DEFAULT 0,
  holder text,
  held_until timestamp with time zone,
  started_at timestamp with time zone NOT NULL DEFAULT present(),
  moved_at timestamp with time zone NOT NULL DEFAULT present(),
  CONSTRAINT backfill_check CHECK ((period_from < period_until)),
  CONSTRAINT backfill_pipeline_period_from_period_until_key UNIQUE (pipeline, period_from, period_until),
  CONSTRAINT backfill_pkey PRIMARY KEY (id),
  CONSTRAINT backfill_state_check CHECK ((state = ANY (ARRAY['reading'::text, 'read'::text])))
);

CREATE TABLE connection_address (
  connection text NOT NULL,
  address text NOT NULL,
  since timestamp with time zone NOT NULL DEFAULT present(),
  CONSTRAINT connection_address_pkey PRIMARY KEY (connection)
);

CREATE TABLE cursor (
  pipeline text NOT NULL,
  value jsonb NOT NULL,
  moved_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT cursor_pkey PRIMARY KEY (pipeline)
);

CREATE TABLE customer_link (
  id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  pair text NOT NULL,
  left_id text,
  right_id text,
  state text NOT NULL,
  bases jsonb NOT NULL,
  unclear jsonb NOT NULL,
  addresses jsonb NOT NULL,
  seen jsonb NOT NULL,
  intent jsonb,
  marked_at timestamp with time zone,
  recent jsonb NOT NULL DEFAULT '[]'::jsonb,
  parked jsonb,
  created_at timestamp with time zone NOT NULL DEFAULT present(),
  changed_at timestamp with time zone NOT NULL DEFAULT present(),
  CONSTRAINT customer_link_check CHECK (((left_id IS NOT NULL) OR (right_id IS NOT NULL))),
  CONSTRAINT customer_link_pkey PRIMARY KEY (id),
  CONSTRAINT customer_link_state_check CHECK ((state = ANY (ARRAY['creating'::text, 'linked'::text, 'closed'::text])))
);
CREATE UNIQUE INDEX customer_link_left ON public.customer_link USING btree (pair, left_id) WHERE (state <> 'closed'::text);
CREATE INDEX customer_link_left_closed ON public.customer_link USING btree (pair, left_id) WHERE (state = 'closed'::text);
CREATE UNIQUE INDEX customer_link_right ON public.customer_link USING btree (pair, right_id) WHERE (state <> 'closed'::text);
CREATE INDEX customer_link_right_closed ON public.customer_link USING btree (pair, right_id) WHERE (state = 'closed'::text);

CREATE TABLE customer_task (
  pair text NOT NULL,
  side text NOT NULL,
  external_id text NOT NULL,
  pipeline text NOT NULL,
  resource text NOT NULL,
  number text NOT NULL,
  revision integer NOT NULL,
  asked bigint NOT NULL DEFAULT 1,
  attempts integer NOT NULL DEFAULT 0,
  is_by_person boolean NOT NULL DEFAULT false,
  due_at timestamp with time zone NOT NULL DEFAULT present(),
  CONSTRAINT customer_task_pkey PRIMARY KEY (pair, side, external_id),
  CONSTRAINT customer_task_side_check CHECK ((side = ANY (ARRAY['left'::text, 'right'::text])))
);
CREATE INDEX customer_task_due ON public.customer_task USING btree (pair, due_at);

CREATE TABLE data_key (
  id text NOT NULL,
  state text NOT NULL DEFAULT 'active'::text,
  master_key text NOT NULL,
  wrapped_key text NOT NULL,
  messages bigint NOT NULL DEFAULT 0,
  created_at timestamp with time zone NOT NULL DEFAULT present(),
  wrapped_at timestamp with time zone NOT NULL DEFAULT present(),
  CONSTRAINT data_key_pkey PRIMARY KEY (id),
  CONSTRAINT data_key_state_check CHECK ((state = ANY (ARRAY['active'::text, 'retiring'::text])))
);
CREATE UNIQUE INDEX data_key_active ON public.data_key USING btree (state) WHERE (state = 'active'::text);

CREATE TABLE erasure (
  id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  forgetting text NOT NULL,
  actor text NOT NULL,
  book text NOT NULL,
  row_id bigint NOT NULL,
  sealed_as text NOT NULL,
  stands_as text NOT NULL,
  transaction xid8 NOT NULL DEFAULT pg_current_xact_id(),
  CONSTRAINT erasure_pkey PRIMARY KEY (id)
);
CREATE INDEX erasure_row ON public.erasure USING btree (book, row_id, id);
CREATE TRIGGER erasure_is_append_only BEFORE DELETE OR UPDATE ON public.erasure FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER erasure_is_never_emptied BEFORE TRUNCATE ON public.erasure FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER erasure_numbers_transaction BEFORE INSERT ON public.erasure FOR EACH STATEMENT EXECUTE FUNCTION number_transaction();

CREATE TABLE error_item (
  id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  pipeline text NOT NULL,
  resource text NOT NULL,
  external_id text NOT NULL,
  number text NOT NULL,
  revision integer NOT NULL,
  stage text NOT NULL,
  plan_revision text NOT NULL,
  problems jsonb NOT NULL,
  state text NOT NULL DEFAULT 'open'::text,
  retries integer NOT NULL DEFAULT 0,
  opened_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  changed_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  automatic_retries integer NOT NULL DEFAULT 0,
  asked_at timestamp with time zone,
  CONSTRAINT error_item_pkey PRIMARY KEY (id),
  CONSTRAINT error_item_stage_check CHECK ((stage = ANY (ARRAY['read'::text, 'map'::text, 'post'::text, 'reconcile'::text]))),
  CONSTRAINT error_item_state_check CHECK ((state = ANY (ARRAY['open'::text, 'retrying'::text, 'resolved'::text, 'ignored'::text])))
);
CREATE INDEX error_item_awaits ON public.error_item USING btree (id) WHERE ((state = ANY (ARRAY['open'::text, 'retrying'::text])) AND (problems @> '[{"code": "lookup/not-linked"}]'::jsonb));
CREATE UNIQUE INDEX error_item_open ON public.error_item USING btree (pipeline, resource, external_id) WHERE (state = ANY (ARRAY['open'::text, 'retrying'::text]));

CREATE TABLE forgotten (
  hash text NOT NULL,
  forgetting text NOT NULL,
  at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT forgotten_pkey PRIMARY KEY (hash)
);

CREATE TABLE forgotten_salt (
  salt uuid NOT NULL DEFAULT gen_random_uuid()
);

CREATE TABLE held_entry (
  connection text NOT NULL,
  reference text NOT NULL,
  company text NOT NULL,
  body jsonb NOT NULL,
  document text,
  found_at timestamp with time zone NOT NULL DEFAULT present(),
  settled_at timestamp with time zone,
  CONSTRAINT held_entry_pkey PRIMARY KEY (connection, reference)
);
CREATE INDEX held_entry_open ON public.held_entry USING btree (connection) WHERE (settled_at IS NULL);

CREATE TABLE hint (
  pipeline text NOT NULL,
  resource text NOT NULL,
  external_id text NOT NULL,
  reports bigint NOT NULL,
  event_id text,
  attempts integer NOT NULL DEFAULT 0,
  not_before timestamp with time zone NOT NULL,
  received_at timestamp with time zone NOT NULL DEFAULT present(),
  CONSTRAINT hint_pkey PRIMARY KEY (pipeline, resource, external_id)
);
CREATE INDEX hint_due ON public.hint USING btree (pipeline, not_before);

CREATE TABLE hint_event (
  connection text NOT NULL,
  event_id text NOT NULL,
  received_at timestamp with time zone NOT NULL DEFAULT present(),
  CONSTRAINT hint_event_pkey PRIMARY KEY (connection, event_id)
);
CREATE INDEX hint_event_age ON public.hint_event USING btree (received_at);

CREATE TABLE journal_entry (
  "position" bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  idempotency_key text NOT NULL,
  pipeline text NOT NULL,
  plan_revision text NOT NULL,
  resource text NOT NULL,
  external_id text NOT NULL,
  number text NOT NULL,
  revision integer NOT NULL,
  kind text NOT NULL,
  company text NOT NULL,
  sink_connection text NOT NULL,
  body jsonb NOT NULL,
  provenance jsonb NOT NULL,
  created_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  salt uuid DEFAULT gen_random_uuid(),
  CONSTRAINT journal_entry_idempotency_key_key UNIQUE (idempotency_key),
  CONSTRAINT journal_entry_kind_check CHECK ((kind = ANY (ARRAY['post'::text, 'reversal'::text]))),
  CONSTRAINT journal_entry_loss_is_noted TRIGGER DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT journal_entry_pkey PRIMARY KEY ("position")
);
CREATE INDEX journal_entry_company ON public.journal_entry USING btree (sink_connection, company);
CREATE INDEX journal_entry_day ON public.journal_entry USING btree (sink_connection, ((body ->> 'postingDate'::text)));
CREATE INDEX journal_entry_document ON public.journal_entry USING btree (pipeline, resource, external_id, "position");
CREATE INDEX journal_entry_number ON public.journal_entry USING btree (number);
CREATE TRIGGER journal_entry_is_append_only BEFORE DELETE ON public.journal_entry FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER journal_entry_is_never_emptied BEFORE TRUNCATE ON public.journal_entry FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER journal_entry_loses_persons_only BEFORE UPDATE ON public.journal_entry FOR EACH ROW EXECUTE FUNCTION refuse_all_but_erasure('body', 'salt');
CREATE CONSTRAINT TRIGGER journal_entry_loss_is_noted AFTER UPDATE ON public.journal_entry DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION require_erasure();
CREATE TRIGGER journal_entry_numbers_transaction BEFORE INSERT ON public.journal_entry FOR EACH STATEMENT EXECUTE FUNCTION number_transaction();

CREATE TABLE ledger_gate (
  connection text NOT NULL,
  instance text NOT NULL,
  timeline text NOT NULL,
  generation integer NOT NULL DEFAULT 0,
  state text NOT NULL DEFAULT 'open'::text,
  reason text NOT NULL DEFAULT ''::text,
  changed_at timestamp with time zone NOT NULL DEFAULT present(),
  CONSTRAINT ledger_gate_pkey PRIMARY KEY (connection),
  CONSTRAINT ledger_gate_state_check CHECK ((state = ANY (ARRAY['open'::text, 'copied'::text, 'went-back'::text])))
);

CREATE TABLE ledger_writer (
  connection text NOT NULL,
  fence bigint NOT NULL,
  paused_until timestamp with time zone,
  failures integer NOT NULL DEFAULT 0,
  taken_at timestamp with time zone NOT NULL,
  CONSTRAINT ledger_writer_pkey PRIMARY KEY (connection)
);

CREATE TABLE migration (
  migration_id integer NOT NULL,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  name text NOT NULL,
  CONSTRAINT migration_pkey PRIMARY KEY (migration_id)
);

CREATE TABLE plan_revision (
  id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  pipeline text NOT NULL,
  content_hash text NOT NULL,
  git_commit text NOT NULL,
  is_dirty boolean NOT NULL,
  files jsonb NOT NULL,
  recorded_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT plan_revision_content_hash_pipeline_git_commit_is_dirty_key UNIQUE (content_hash, pipeline, git_commit, is_dirty),
  CONSTRAINT plan_revision_pkey PRIMARY KEY (id)
);
CREATE TRIGGER plan_revision_is_append_only BEFORE DELETE OR UPDATE ON public.plan_revision FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER plan_revision_is_never_emptied BEFORE TRUNCATE ON public.plan_revision FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER plan_revision_numbers_transaction BEFORE INSERT ON public.plan_revision FOR EACH STATEMENT EXECUTE FUNCTION number_transaction();

CREATE TABLE posting (
  idempotency_key text NOT NULL,
  "position" bigint NOT NULL,
  sink_connection text NOT NULL,
  document text NOT NULL,
  state text NOT NULL DEFAULT 'pending'::text,
  attempts integer NOT NULL DEFAULT 0,
  fence bigint,
  sent_at timestamp with time zone,
  not_before timestamp with time zone NOT NULL DEFAULT present(),
  receipt jsonb,
  settled_at timestamp with time zone,
  CONSTRAINT posting_idempotency_key_fkey FOREIGN KEY (idempotency_key) REFERENCES journal_entry(idempotency_key),
  CONSTRAINT posting_pkey PRIMARY KEY (idempotency_key),
  CONSTRAINT posting_position_key UNIQUE ("position"),
  CONSTRAINT posting_state_check CHECK ((state = ANY (ARRAY['pending'::text, 'sending'::text, 'unknown'::text, 'posted'::text, 'rejected'::text, 'superseded'::text])))
);
CREATE INDEX posting_document ON public.posting USING btree (document);
CREATE INDEX posting_open ON public.posting USING btree (sink_connection, "position") WHERE (state = ANY (ARRAY['pending'::text, 'sending'::text, 'unknown'::text, 'rejected'::text]));
CREATE INDEX posting_open_document ON public.posting USING btree (document, "position") WHERE (state = ANY (ARRAY['pending'::text, 'sending'::text, 'unknown'::text, 'rejected'::text]));
CREATE INDEX posting_receipt ON public.posting USING btree (((receipt ->> 'reference'::text)));

CREATE TABLE seal (
  id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  book text NOT NULL,
  from_id bigint NOT NULL,
  to_id bigint NOT NULL,
  ids bigint[] NOT NULL,
  leaves bytea NOT NULL,
  previous_root bytea NOT NULL,
  root bytea NOT NULL,
  sealed_at timestamp with time zone NOT NULL,
  CONSTRAINT seal_pkey PRIMARY KEY (id),
  CONSTRAINT seal_previous_root_key UNIQUE (previous_root),
  CONSTRAINT seal_root_key UNIQUE (root)
);
CREATE INDEX seal_book ON public.seal USING btree (book, to_id);
CREATE TRIGGER seal_is_append_only BEFORE DELETE OR UPDATE ON public.seal FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER seal_is_never_emptied BEFORE TRUNCATE ON public.seal FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TABLE secret (
  name text NOT NULL,
  version integer NOT NULL,
  data_key text NOT NULL,
  body text NOT NULL,
  set_at timestamp with time zone NOT NULL DEFAULT present(),
  set_by text NOT NULL,
  CONSTRAINT secret_data_key_fkey FOREIGN KEY (data_key) REFERENCES data_key(id),
  CONSTRAINT secret_pkey PRIMARY KEY (name)
);

CREATE TABLE source_record (
  id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  pipeline text NOT NULL,
  resource text NOT NULL,
  external_id text NOT NULL,
  revision integer NOT NULL,
  number text NOT NULL,
  origin jsonb NOT NULL,
  fingerprint text NOT NULL,
  fingerprint_version integer NOT NULL,
  raw jsonb NOT NULL,
  normalised jsonb NOT NULL,
  fetched_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  salt uuid DEFAULT gen_random_uuid(),
  CONSTRAINT source_record_loss_is_noted TRIGGER DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT source_record_pipeline_resource_external_id_revision_key UNIQUE (pipeline, resource, external_id, revision),
  CONSTRAINT source_record_pkey PRIMARY KEY (id)
);
CREATE INDEX source_record_number ON public.source_record USING btree (number);
CREATE INDEX source_record_order ON public.source_record USING btree (pipeline, ((normalised #>> '{document,order,id}'::text[])));
CREATE INDEX source_record_record_order ON public.source_record USING btree (pipeline, ((normalised #>> '{record,order,id}'::text[]))) WHERE ((normalised #>> '{record,order,id}'::text[]) IS NOT NULL);
CREATE TRIGGER source_record_is_append_only BEFORE DELETE ON public.source_record FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER source_record_is_never_emptied BEFORE TRUNCATE ON public.source_record FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER source_record_loses_persons_only BEFORE UPDATE ON public.source_record FOR EACH ROW EXECUTE FUNCTION refuse_all_but_erasure('raw', 'normalised', 'fingerprint', 'salt');
CREATE CONSTRAINT TRIGGER source_record_loss_is_noted AFTER UPDATE ON public.source_record DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION require_erasure();
CREATE TRIGGER source_record_numbers_transaction BEFORE INSERT ON public.source_record FOR EACH STATEMENT EXECUTE FUNCTION number_transaction();
