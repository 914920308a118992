package doctor

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"time"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/audit"
	"github.com/aicoordination/coordinator/internal/auth"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/seal"
)

// oldKey is when a signing key is worth changing: whoever has got it meanwhile
// signs tokens until then.
const oldKey = 180 * 24 * time.Hour

const mendSecret = "set COORDINATOR_SECRET_KEY, or COORDINATOR_DATA_DIR, to what the service had when it first started on this database"

func secretKey(ctx context.Context, s Subject) Outcome {
	secret, err := seal.FindSecret(s.Config.SecretKey.Reveal(), s.KeysDir)
	isMissing := errors.Is(err, fs.ErrNotExist)
	if err != nil && !isMissing {
		return broken("set COORDINATOR_SECRET_KEY to what `openssl rand -base64 32` prints, or mend the file in "+s.KeysDir, "%v", err)
	}
	if s.DB == nil {
		if isMissing {
			return warning("", "there is none yet; the first start makes one in %s", s.KeysDir)
		}
		return well("it is readable; whether it is that of the database could not be looked at")
	}
	start, err := db.New(s.DB).EventChainStart(ctx)
	hasChain := err == nil
	if isMissing && hasChain {
		return broken(mendSecret, "there is none in %s, and the database was filled under one", s.KeysDir)
	}
	if isMissing {
		return warning("keep a copy of it then", "there is none yet; the first start makes one in %s", s.KeysDir)
	}
	if hasChain {
		mine, err := audit.Start(secret)
		if err != nil {
			return broken(mendSecret, "%v", err)
		}
		if !bytes.Equal(start, mine) {
			return broken(mendSecret, "the audit chain was begun under another one")
		}
	}
	// Before the first start there is no table to read; that is for another check.
	isCurrent := dbx.CheckMigrated(ctx, s.DB) == nil
	if err := canRead(ctx, s.DB, secret); isCurrent && err != nil {
		return broken(mendSecret, "%v", plain(err))
	}
	return well("it opens the signing keys, and the audit chain begins with it")
}

func canRead(ctx context.Context, d *dbx.DB, secret []byte) error {
	_, err := auth.CheckKeys(ctx, d, secret)
	return err
}

func signingKey(ctx context.Context, s Subject) Outcome {
	rows, err := db.New(s.DB).SigningKeyListLive(ctx)
	if err != nil {
		return broken("run `coordinator migrate up`", "%v", plain(err))
	}
	if len(rows) == 0 {
		return well("there is none yet; the first start makes one")
	}
	days := int(time.Since(rows[0].CreatedAt) / (24 * time.Hour))
	if time.Since(rows[0].CreatedAt) > oldKey {
		return warning("run `coordinator keys rotate`, which signs nobody out", "it is %d days old", days)
	}
	return well("it is %d days old", days)
}
