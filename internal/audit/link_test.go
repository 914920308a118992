package audit

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"pgregory.net/rapid"

	"github.com/aicoordination/coordinator/internal/test/expect"
)

func testChain(t testing.TB) chain {
	t.Helper()
	c, err := newChain([]byte("a secret that is long enough to be one"))
	expect.OK(t, err)
	return c
}

func anyText() *rapid.Generator[string] {
	return rapid.StringOfN(rapid.RuneFrom([]rune("a\x00\x01ä")), 0, 3, -1)
}

func anyID() *rapid.Generator[uuid.UUID] {
	return rapid.Custom(func(t *rapid.T) uuid.UUID { return uuid.UUID{15: rapid.Byte().Draw(t, "id")} })
}

func anySealed() *rapid.Generator[sealed] {
	return rapid.Custom(func(t *rapid.T) sealed {
		return sealed{
			id: rapid.Int64Range(0, 2).Draw(t, "id"), transactionID: rapid.StringMatching("[12]{1,2}").Draw(t, "transaction"),
			occurredAt: time.UnixMicro(rapid.Int64Range(0, 2).Draw(t, "at")), actorID: rapid.Ptr(anyID(), true).Draw(t, "actor"),
			credential: anyText().Draw(t, "credential"), requestID: rapid.Ptr(anyText(), true).Draw(t, "request"),
			entityType: anyText().Draw(t, "type"), entityID: anyID().Draw(t, "entity"), projectID: rapid.Ptr(anyID(), true).Draw(t, "project"),
			action: anyText().Draw(t, "action"), changes: anyText().Draw(t, "changes"), version: rapid.Ptr(rapid.Int64Range(0, 2), true).Draw(t, "version"),
		}
	})
}

// Two events, positions or hashes before that differ in anything, also in
// where one value ends and the next begins, or in what is absent and what is
// empty, have different hashes.
func TestNothingElseHasTheSameHash(t *testing.T) {
	t.Parallel()
	c := testChain(t)
	compare := cmp.AllowUnexported(sealed{})
	rapid.Check(t, func(t *rapid.T) {
		a, b := anySealed().Draw(t, "a"), anySealed().Draw(t, "b")
		before, at := []byte(anyText().Draw(t, "before")), rapid.Int64Range(1, 2).Draw(t, "at")
		same := bytes.Equal(c.next(1, []byte("before"), a), c.next(1, []byte("before"), b))
		if same != cmp.Equal(a, b, compare) {
			t.Fatalf("%+v and %+v have the same hash: %t", a, b, same)
		}
		if bytes.Equal(c.next(1, []byte("before"), a), c.next(at, before, a)) && (at != 1 || string(before) != "before") {
			t.Fatal("the position or the hash before does not matter")
		}
	})
}

// What was sealed once has to verify with every later version.
func TestAnEncodedEventIsTheSameForever(t *testing.T) {
	t.Parallel()
	id := uuid.MustParse("01a205d6-094d-7175-8850-015aea3aea24")
	hash := testChain(t).next(7, bytes.Repeat([]byte{1}, hashLen), sealed{
		id: 7, transactionID: "900", occurredAt: time.Date(2026, 11, 22, 9, 30, 0, 1000, time.UTC), actorID: &id, credential: "session:x",
		requestID: new("r"), entityType: "task", entityID: id, action: "task.created", changes: "{}", version: new(int64(3)),
	})
	// Another hash means that no chain that was sealed before verifies any more:
	// raise encodingVersion and keep the old encoding for the old links.
	const want = "7:32147ac6981036a0bae93c83afc862fa04dd9245bdad85e83d9489efa82af20c"
	if got := (Head{Position: 7, Hash: hash}).String(); got != want {
		t.Errorf("it is sealed as %s, want %s", got, want)
	}
}

func TestAHeadIsReadAsItIsPrinted(t *testing.T) {
	t.Parallel()
	head := Head{Position: 12, Hash: bytes.Repeat([]byte{0xab}, hashLen)}
	got, err := ParseHead(head.String())
	if err != nil || !cmp.Equal(got, head) {
		t.Errorf("%s is read as %v, %v", head, got, err)
	}
	for _, text := range []string{"", "12", "12:", ":" + strings.Repeat("ab", hashLen), "-1:" + strings.Repeat("ab", hashLen), "12:" + strings.Repeat("ab", hashLen-1), "12:" + strings.Repeat("xy", hashLen)} {
		if _, err := ParseHead(text); err == nil || !strings.Contains(err.Error(), "coordinator audit head") {
			t.Errorf("%q gives %v", text, err)
		}
	}
}
