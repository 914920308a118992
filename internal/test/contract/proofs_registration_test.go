package contract_test

import (
	"maps"
	"net/http"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/auth"
	"github.com/aicoordination/coordinator/internal/test/apitest"
)

func registrationProofs() map[string]proof {
	const prefix = "/api/v1/invitations"
	one := func(w *world) string { return prefix + "/" + w.invitation.ID.String() }
	invite := func(role db.Role) *requestMaker {
		return sending(http.MethodPost, at(prefix), fixed(map[string]any{"email": "mia@agency.example", "role": role}))
	}
	// What needs no credential can be denied to nobody: its denial is the refusal
	// of what it does not take.
	refused := func(request *requestMaker) []denial {
		return []denial{{as: anonymous, status: http.StatusUnprocessableEntity, because: "NotAccepted", request: request}}
	}
	const reset, verify = "/api/v1/users/password-reset/confirm", "/api/v1/users/email-verification"
	return map[string]proof{
		"createInvitation": {
			request: invite(db.RoleManager), as: manager, status: http.StatusCreated,
			denied: append(append(deniedTo(unauthenticated, anonymous), deniedTo(forbidden, lead, agent, outsider)...),
				denial{as: manager, status: forbidden, because: "RoleAboveOnesOwn", request: invite(db.RoleAdmin)},
				denial{as: manager, status: forbidden, because: "RegistrationClosed", options: &apitest.Options{
					Auth: func(c *auth.Config) { c.Registration = auth.RegistrationClosed },
				}}),
		},
		"listInvitations": {
			request: sending(http.MethodGet, at(prefix+"?state=pending&state=expired&sort=-expires_at"), nil), as: manager, status: http.StatusOK,
			denied: append(deniedTo(unauthenticated, anonymous), deniedTo(forbidden, lead, outsider)...),
		},
		"revokeInvitation": {
			request: sending(http.MethodDelete, one, nil), as: manager, status: http.StatusNoContent,
			denied: append(append(deniedTo(unauthenticated, anonymous), deniedTo(notFound, otherManager)...), deniedTo(forbidden, lead, outsider)...),
		},
		"requestEmailVerification": {
			request: sending(http.MethodPost, at("/api/v1/users/me/email-verification"), nil), as: viewer, status: http.StatusAccepted,
			denied: deniedTo(unauthenticated, anonymous),
		},
		"verifyEmail": {
			request: oneTimeToken(db.TokenPurposeEmailVerification, verify, nil), as: anonymous, status: http.StatusNoContent,
			denied: refused(oneTimeToken(db.TokenPurposePasswordReset, verify, nil)),
		},
		"requestPasswordReset": {
			request: sending(http.MethodPost, at("/api/v1/users/password-reset"), fixed(map[string]any{"email": "nobody@agency.example"})),
			as:      anonymous, status: http.StatusAccepted,
			denied: refused(sending(http.MethodPost, at("/api/v1/users/password-reset"), fixed(map[string]any{"email": "nobody"}))),
		},
		"resetPassword": {
			request: oneTimeToken(db.TokenPurposePasswordReset, reset, map[string]any{"password": "an entirely new password"}), as: anonymous, status: http.StatusNoContent,
			denied: refused(oneTimeToken(db.TokenPurposeEmailVerification, reset, map[string]any{"password": "an entirely new password"})),
		},
	}
}

// oneTimeToken returns the maker of a request with a token that was mailed to
// the viewer for the purpose.
func oneTimeToken(purpose db.TokenPurpose, path string, body map[string]any) *requestMaker {
	return sending(http.MethodPost, at(path), func(w *world) any {
		sent := map[string]any{"token": w.oneTimeToken(w.people[viewer], purpose)}
		maps.Copy(sent, body)
		return sent
	})
}
