package app

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/aicoordination/coordinator/internal/auth"
	"github.com/aicoordination/coordinator/internal/config"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/seal"
)

// RotateKeys makes a new signing key and says what becomes of those before it.
func RotateKeys(ctx context.Context, cfg config.KeysRotate, stdout io.Writer) error {
	return withDatabase(ctx, cfg.Database, func(d *database) error {
		if err := dbx.CheckMigrated(ctx, d.db); err != nil {
			return err
		}
		secret, err := seal.LoadSecret(cfg.SecretKey.Reveal(), keysDir(cfg.DataDir))
		if err != nil {
			return err
		}
		row, err := auth.RotateKeys(ctx, d.db, secret, auth.Rotation{
			Revoke: cfg.Revoke, SecretLost: cfg.SecretLost, TokenTTL: config.DefaultAccessTokenTTL, Now: time.Now(),
		})
		if err != nil {
			return err
		}
		text := "The one before it verifies until the next rotation."
		if cfg.Revoke {
			text = "Those before it are dropped: every access token is refused, and clients refresh."
		}
		_, err = fmt.Fprintf(stdout, "The key %s signs from now on. %s\n", row.KID, text)
		return err
	})
}

// ListKeys prints every signing key and what it does.
func ListKeys(ctx context.Context, cfg config.Database, stdout io.Writer) error {
	return withDatabase(ctx, cfg, func(d *database) error {
		if err := dbx.CheckMigrated(ctx, d.db); err != nil {
			return err
		}
		keys, err := auth.ListKeys(ctx, d.db)
		if err != nil {
			return err
		}
		table := tabwriter.NewWriter(stdout, 0, 0, 2, ' ', 0)
		at := func(moment *time.Time) string { return moment.UTC().Format(time.RFC3339) }
		for _, key := range keys {
			state := "signs"
			switch end := auth.TokensEnd(key); {
			case key.DroppedAt != nil:
				state = "dropped " + at(key.DroppedAt)
			case end != nil:
				state = fmt.Sprintf("verifies; retired %s, its tokens end %s", at(key.RetiredAt), at(end))
			}
			fmt.Fprintf(table, "%s\tcreated %s\t%s\n", key.KID, at(&key.CreatedAt), state)
		}
		return table.Flush()
	})
}
