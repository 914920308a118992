package auth

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/internal/seal"
)

const (
	// deviceTokenTTL is how long a device is known after its last sign-in: each
	// returns a new token, so one that is used does not end.
	deviceTokenTTL = 90 * 24 * time.Hour
	// deviceTokenPrefix lets scanners of logs and repositories recognise one.
	deviceTokenPrefix = "dt_"
)

// devices makes and reads the tokens by which a device is known that has
// signed in before. Such a token opens nothing: it only says by which counter
// the failures of a sign-in are counted. It is sealed under the secret key for
// the account and its present password hash, and stored nowhere: with the
// password all devices are forgotten, also those of whoever knew the old one.
type devices struct{ box *seal.Box }

func newDevices(secret []byte) (devices, error) {
	box, err := seal.New(secret, "known-devices")
	if err != nil {
		return devices{}, fmt.Errorf("preparing the tokens of devices: %w", err)
	}
	return devices{box: box}, nil
}

// token returns the token of the user's device that is in use now.
func (d devices) token(userID uuid.UUID, passwordHash string, deviceID uuid.UUID, now time.Time) string {
	text := binary.BigEndian.AppendUint64(deviceID[:], uint64(now.Unix()))
	return deviceTokenPrefix + base64.RawURLEncoding.EncodeToString(d.box.Seal(text, deviceContext(userID, passwordHash)))
}

// read returns which device of the user the token is of; ok is false for one
// that is of somebody else, was not made here or has ended.
func (d devices) read(token string, userID uuid.UUID, passwordHash *string, now time.Time) (deviceID uuid.UUID, ok bool) {
	encoded, ok := strings.CutPrefix(token, deviceTokenPrefix)
	if !ok || passwordHash == nil {
		return uuid.Nil, false
	}
	sealed, err := base64.RawURLEncoding.Strict().DecodeString(encoded)
	if err != nil {
		return uuid.Nil, false
	}
	text, err := d.box.Open(sealed, deviceContext(userID, *passwordHash))
	if err != nil || len(text) != len(deviceID)+8 {
		return uuid.Nil, false
	}
	copy(deviceID[:], text)
	usedAt := time.Unix(int64(binary.BigEndian.Uint64(text[len(deviceID):])), 0)
	return deviceID, now.Before(usedAt.Add(deviceTokenTTL))
}

func deviceContext(userID uuid.UUID, passwordHash string) []byte {
	return append(userID[:], passwordHash...)
}
