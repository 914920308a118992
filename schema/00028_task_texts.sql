-- The words of each task, kept beside it. To rank a match, or to look whether a
-- task matches at all, takes them out of a row in place of parting the task's
-- texts, which takes thirty times as long. A column of tasks would be carried by
-- every change of one.
--
-- There is no index of the words here: tasks_search_idx has the same ones, and
-- every new task would pay for a second. What is walked from its end, where the
-- newest tasks are, is the primary key.
--
-- Each statement stands by itself, because none may keep tasks from those who
-- write to it while it goes through them, and can be repeated where the migration
-- was broken off.

-- +goose NO TRANSACTION
-- +goose Up
CREATE TABLE IF NOT EXISTS task_texts (
    task_id uuid NOT NULL,
    search tsvector NOT NULL,
    CONSTRAINT task_texts_pkey PRIMARY KEY (task_id),
    CONSTRAINT task_texts_task_id_fkey FOREIGN KEY (task_id) REFERENCES tasks (id) ON DELETE CASCADE
) WITH (fillfactor = 90);

-- Whoever writes tasks while this goes on writes them too, and is granted the rest
-- of what the schema has new only when all of it is done.
-- +goose StatementBegin
DO $$
DECLARE
    writer regrole;
BEGIN
    FOR writer IN
        SELECT DISTINCT a.grantee::regrole FROM pg_class c CROSS JOIN aclexplode(c.relacl) a
        WHERE c.oid = 'tasks'::regclass AND a.privilege_type = 'INSERT' AND a.grantee <> 0
    LOOP
        EXECUTE format('GRANT SELECT, INSERT, UPDATE ON task_texts TO %s', writer);
    END LOOP;
END $$;
-- +goose StatementEnd

-- Kept by triggers, since whoever writes tasks is to have them: imports, and
-- processes of the release before.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION tasks_keep_texts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO task_texts (task_id, search) VALUES (NEW.id, tasks_search(NEW.title, NEW.description))
    ON CONFLICT (task_id) DO UPDATE SET search = excluded.search;
    RETURN NULL;
END $$;
-- +goose StatementEnd

CREATE OR REPLACE TRIGGER tasks_texts_inserted AFTER INSERT ON tasks
    FOR EACH ROW EXECUTE FUNCTION tasks_keep_texts();
CREATE OR REPLACE TRIGGER tasks_texts_updated AFTER UPDATE OF title, description ON tasks
    FOR EACH ROW WHEN ((OLD.title, OLD.description) IS DISTINCT FROM (NEW.title, NEW.description))
    EXECUTE FUNCTION tasks_keep_texts();

-- The tasks that were there, some at a time: whoever changes the title of one
-- waits for the end of these and not of all. One that is changed or removed
-- meanwhile is left to the triggers.
-- +goose StatementBegin
DO $$
DECLARE
    last uuid := '00000000-0000-0000-0000-000000000000';
    batch uuid[];
BEGIN
    LOOP
        batch := ARRAY(SELECT t.id FROM tasks t WHERE t.id > last ORDER BY t.id LIMIT 1000);
        EXIT WHEN cardinality(batch) = 0;
        INSERT INTO task_texts (task_id, search)
        SELECT t.id, tasks_search(t.title, t.description) FROM tasks t
        WHERE t.id = ANY(batch) AND NOT EXISTS (SELECT FROM task_texts x WHERE x.task_id = t.id)
        ORDER BY t.id
        FOR KEY SHARE OF t
        ON CONFLICT (task_id) DO NOTHING;
        last := batch[cardinality(batch)];
        COMMIT;
    END LOOP;
END $$;
-- +goose StatementEnd

-- Which words are common decides how is searched for them.
ANALYZE task_texts;

-- +goose Down
DROP TRIGGER IF EXISTS tasks_texts_updated ON tasks;
DROP TRIGGER IF EXISTS tasks_texts_inserted ON tasks;
DROP FUNCTION IF EXISTS tasks_keep_texts;
DROP TABLE IF EXISTS task_texts;
