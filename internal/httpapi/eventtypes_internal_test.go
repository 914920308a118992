package httpapi

import (
	"regexp"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/aicoordination/coordinator/gen/server"
	"github.com/aicoordination/coordinator/internal/event"
)

// A misspelt type is refused and not waited for in vain, and none is refused
// that there is.
func TestTypesOfEventsAreThoseThereAre(t *testing.T) {
	t.Parallel()
	doc, err := openapi3.NewLoader().LoadFromData(server.SpecJSON())
	if err != nil {
		t.Fatal(err)
	}
	followed := regexp.MustCompile(doc.Components.Parameters["FollowedType"].Value.Schema.Value.Items.Value.Pattern)
	sent := regexp.MustCompile(doc.Components.Schemas["WebhookEventType"].Value.Pattern)
	for _, entity := range doc.Components.Schemas["EntityType"].Value.Enum {
		entity := entity.(string)
		for _, action := range []string{"*", "created"} {
			if eventType := entity + "." + action; !followed.MatchString(eventType) {
				t.Errorf("%s cannot be followed", eventType)
			}
			if eventType, leaves := entity+"."+action, event.MayLeave(entity, entity+".created", false); sent.MatchString(eventType) != leaves {
				t.Errorf("that %s is ever sent is %t, and taking it for a webhook is not", eventType, leaves)
			}
		}
	}
	for _, misspelt := range []string{"taks.updated", "task", "task.", "tasks.*", "*.created"} {
		if followed.MatchString(misspelt) || sent.MatchString(misspelt) {
			t.Errorf("%s is taken", misspelt)
		}
	}
	if !sent.MatchString("*") {
		t.Error("all cannot be asked for")
	}
}
