-- name: UserInsert :one
INSERT INTO users (id, kind, email, name, role, password_hash, created_by, updated_by)
VALUES (@id, @kind, @email, @name, @role, @password_hash, @created_by, @created_by)
RETURNING *;

-- name: UserGetByID :one
SELECT * FROM users WHERE id = @id AND deleted_at IS NULL;

-- name: UserGetByEmail :one
SELECT * FROM users WHERE lower(email) = lower(@email) AND deleted_at IS NULL;

-- name: UserExistsAdmin :one
-- Tells a first start from a later one; deleted users count.
SELECT EXISTS (SELECT 1 FROM users WHERE role = 'admin');

-- name: UserGetRole :one
-- Held until the end of the transaction, so that the role that was checked is
-- still the role when the reference to the user is written.
SELECT role FROM users WHERE id = @id AND deleted_at IS NULL FOR SHARE;

-- name: UserLockPerson :one
-- For whatever is about to name somebody: a person, and no agent, who is not
-- deleted meanwhile.
SELECT id FROM users WHERE id = @id AND kind = 'human' AND deleted_at IS NULL FOR SHARE;
