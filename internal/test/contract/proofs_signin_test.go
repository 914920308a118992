package contract_test

import (
	"net/http"

	"github.com/aicoordination/coordinator/internal/test/apitest"
)

func signInProofs() map[string]proof {
	change := func(current string) *requestMaker {
		return sending(http.MethodPost, at("/api/v1/users/me/password"), fixed(map[string]any{
			"current_password": current, "new_password": "seven stray balloons",
		}))
	}
	return map[string]proof{
		"changePassword": {
			request: change(apitest.Password), as: viewer, status: http.StatusNoContent,
			denied: append(deniedTo(unauthenticated, anonymous), denial{
				as: viewer, status: http.StatusUnprocessableEntity, because: "WrongPassword", request: change("not the password"),
			}),
		},
		"unlockUser": {
			request: sending(http.MethodPost, func(w *world) string {
				return "/api/v1/users/" + w.people[contributor].ID.String() + "/unlock"
			}, nil),
			as: admin, status: http.StatusNoContent,
			denied: append(deniedTo(unauthenticated, anonymous), deniedTo(forbidden, manager, lead, viewer)...),
		},
	}
}
