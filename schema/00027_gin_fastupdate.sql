-- The last inverted indexes that put what is written on a list first, which every
-- search then goes through, and whoever fills it puts in its place for all.

-- +goose Up
ALTER INDEX users_skills_idx SET (fastupdate = off);
ALTER INDEX clients_tags_idx SET (fastupdate = off);
ALTER INDEX projects_tags_idx SET (fastupdate = off);

-- +goose Down
ALTER INDEX projects_tags_idx RESET (fastupdate);
ALTER INDEX clients_tags_idx RESET (fastupdate);
ALTER INDEX users_skills_idx RESET (fastupdate);
