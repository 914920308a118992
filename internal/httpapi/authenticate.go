package httpapi

import (
	"context"
	"strings"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/auth"
	"github.com/aicoordination/coordinator/internal/obs"
)

// authenticate puts the actor into the request's context. A credential that is
// sent must be good, also where none is needed; signing in is the exception,
// because whoever does it may well hold a token that has run out.
func authenticate(service *auth.Service) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			ctx := c.Request().Context()
			var actor access.Actor
			o := operationOf(c)
			header := c.Request().Header.Get(echo.HeaderAuthorization)
			if header != "" && !ignoresCredentials(o) {
				token, err := bearerToken(header)
				if err != nil {
					return err
				}
				if actor, err = recognise(ctx, service, o.permission, token, c.RealIP()); err != nil {
					return err
				}
			}
			actor.RequestID = obs.RequestID(ctx)
			scopeOf(ctx).actor = actor
			return next(c)
		}
	}
}

// recognise returns whose the credential is, as it stands at this moment where
// the operation decides over accounts and credentials.
func recognise(ctx context.Context, service *auth.Service, permission access.Permission, credential, ip string) (access.Actor, error) {
	switch isKey := auth.IsAPIKey(credential); {
	case isKey && permission.Current:
		return service.AuthenticateAPIKeyAnew(ctx, credential, ip)
	case isKey:
		return service.AuthenticateAPIKey(ctx, credential, ip)
	case permission.Current:
		return service.AuthenticateAnew(ctx, credential)
	default:
		return service.Authenticate(ctx, credential)
	}
}

func ignoresCredentials(o *operation) bool {
	security := o.route.Operation.Security
	return security != nil && len(*security) == 0
}

func bearerToken(header string) (string, error) {
	scheme, token, _ := strings.Cut(header, " ")
	token = strings.TrimSpace(token)
	if !strings.EqualFold(scheme, "Bearer") || token == "" {
		return "", apperr.New(apperr.Unauthenticated, "Send the access token or the API key as Authorization: Bearer <token>.")
	}
	return token, nil
}

// authorize holds the operation's permission row against the actor.
func authorize(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		o := operationOf(c)
		permission := o.permission
		if permission.Anonymous {
			return next(c)
		}
		actor := actorOf(c.Request().Context())
		if actor.Role == "" {
			return apperr.New(apperr.Unauthenticated, "Sign in with POST /api/v1/users/login and send the access token as Authorization: Bearer <token>.")
		}
		if permission.SessionOnly && actor.SessionID == uuid.Nil {
			return apperr.New(apperr.Forbidden, "This is done by people who have signed in, and not with an API key.")
		}
		if err := refuseWithoutSecondFactor(permission, actor); err != nil {
			return err
		}
		if actor.APIKeyID != uuid.Nil && !actor.Scopes.Has(o.scope) {
			return apperr.New(apperr.Forbidden, "This takes an API key with the scope %s. Make one that has it.", o.scope)
		}
		if permission.Unlimited && actor.Limited {
			return apperr.New(apperr.Forbidden, "This is about more than some projects and clients. Use an API key that is not limited to any.")
		}
		if !actor.Role.AtLeast(permission.MinRole) {
			return apperr.New(apperr.Forbidden, "This takes the role %s; yours is %s.", permission.MinRole, actor.Role)
		}
		return next(c)
	}
}

// refuseWithoutSecondFactor keeps a session that owes a second factor to what
// it takes to set one up. Having none is no lack of a credential: a client that
// signed in again would stand where it was, so that is not told by a 401.
func refuseWithoutSecondFactor(permission access.Permission, actor access.Actor) error {
	switch {
	case permission.Enrolment || actor.SecondFactorDue == "":
		return nil
	case actor.SecondFactorDue == access.DuePass:
		return apperr.New(apperr.SecondFactorRequired, "This session was opened without your second factor. Sign in again, with a code.")
	default:
		return apperr.New(apperr.SecondFactorSetup, "The role %s requires a second factor. Set it up with POST /api/v1/users/me/second-factor.", actor.Role)
	}
}
