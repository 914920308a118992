package contract_test

import (
	"net/http"
	"slices"
)

func sessionProofs() map[string]proof {
	const mine = "/api/v1/users/me/sessions"
	one := func(w *world) string { return mine + "/" + w.session.ID.String() }
	return map[string]proof{
		"listSessions": {
			request: sending(http.MethodGet, at(mine), nil), as: outsider, status: http.StatusOK,
			denied: deniedTo(unauthenticated, anonymous),
		},
		"revokeSession": {
			request: sending(http.MethodDelete, one, nil), as: outsider, status: http.StatusNoContent,
			// It is nobody else's, and an admin ends a user's sessions all together.
			denied: append(deniedTo(unauthenticated, anonymous), deniedTo(notFound, viewer, manager, admin)...),
		},
		"revokeOtherSessions": {
			request: sending(http.MethodDelete, at(mine), nil), as: outsider, status: http.StatusNoContent,
			denied: deniedTo(unauthenticated, anonymous),
		},
		"revokeUserSessions": {
			request: sending(http.MethodDelete, func(w *world) string { return "/api/v1/users/" + w.people[outsider].ID.String() + "/sessions" }, nil),
			as:      admin, status: http.StatusNoContent,
			denied: slices.Concat(deniedTo(unauthenticated, anonymous), deniedTo(forbidden, manager, lead, outsider)),
		},
		"getJWKS": {
			request: sending(http.MethodGet, at("/.well-known/jwks.json"), nil), as: anonymous, status: http.StatusOK,
			denied: refusedUnknownParameter("/.well-known/jwks.json"),
		},
	}
}
