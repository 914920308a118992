package httpapi

import (
	"context"

	"github.com/aicoordination/coordinator/gen/api"
	"github.com/aicoordination/coordinator/gen/server"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/auth"
)

func (h *handlers) RegisterUser(ctx context.Context, request server.RegisterUserRequestObject) (server.RegisterUserResponseObject, error) {
	account := auth.Account{
		Email: request.Body.Email, Password: request.Body.Password, Name: request.Body.Name,
		InvitationToken: valueOr(request.Body.InvitationToken, ""),
	}
	if account.InvitationToken == "" {
		if err := h.Auth.Register(ctx, account); err != nil {
			return nil, err
		}
		return server.RegisterUser202Response{}, nil
	}
	row, err := h.Auth.AcceptInvitation(ctx, actorOf(ctx), account)
	if err != nil {
		return nil, err
	}
	return server.RegisterUser201JSONResponse{
		Body:    toUser(ctx, row),
		Headers: server.RegisterUser201ResponseHeaders{ETag: etag(row.Version)},
	}, nil
}

func (h *handlers) Login(ctx context.Context, request server.LoginRequestObject) (server.LoginResponseObject, error) {
	tokens, err := h.Auth.Login(ctx, actorOf(ctx), toCredentials(*request.Body), deviceOf(ctx))
	if err != nil {
		return nil, err
	}
	return server.Login200JSONResponse(toTokenPair(tokens)), nil
}

func (h *handlers) RefreshSession(ctx context.Context, request server.RefreshSessionRequestObject) (server.RefreshSessionResponseObject, error) {
	tokens, err := h.Auth.Refresh(ctx, actorOf(ctx), request.Body.RefreshToken)
	if err != nil {
		return nil, err
	}
	return server.RefreshSession200JSONResponse(toTokenPair(tokens)), nil
}

func (h *handlers) Logout(ctx context.Context, request server.LogoutRequestObject) (server.LogoutResponseObject, error) {
	var refreshToken *string
	if request.Body != nil {
		refreshToken = request.Body.RefreshToken
	}
	if err := h.Auth.Logout(ctx, actorOf(ctx), refreshToken); err != nil {
		return nil, err
	}
	return server.Logout204Response{}, nil
}

func (h *handlers) GetCurrentUser(ctx context.Context, _ server.GetCurrentUserRequestObject) (server.GetCurrentUserResponseObject, error) {
	row, err := h.Users.Get(ctx, actorOf(ctx), actorOf(ctx).ID)
	if apperr.Is(err, apperr.NotFound) {
		// It was deleted after its credential was looked at.
		return nil, apperr.New(apperr.Unauthenticated, "Your account is gone. Sign in with another.")
	}
	if err != nil {
		return nil, err
	}
	return server.GetCurrentUser200JSONResponse{
		Body:    toUser(ctx, row),
		Headers: server.GetCurrentUser200ResponseHeaders{ETag: etag(row.Version)},
	}, nil
}

func (h *handlers) ChangePassword(ctx context.Context, request server.ChangePasswordRequestObject) (server.ChangePasswordResponseObject, error) {
	if err := h.Auth.ChangePassword(ctx, actorOf(ctx), request.Body.CurrentPassword, request.Body.NewPassword); err != nil {
		return nil, err
	}
	return server.ChangePassword204Response{}, nil
}

func (h *handlers) UnlockUser(ctx context.Context, request server.UnlockUserRequestObject) (server.UnlockUserResponseObject, error) {
	if err := h.Auth.Unlock(ctx, actorOf(ctx), request.UserID); err != nil {
		return nil, err
	}
	return server.UnlockUser204Response{}, nil
}

func (h *handlers) RequestPasswordReset(ctx context.Context, request server.RequestPasswordResetRequestObject) (server.RequestPasswordResetResponseObject, error) {
	if err := h.Auth.RequestPasswordReset(ctx, request.Body.Email); err != nil {
		return nil, err
	}
	return server.RequestPasswordReset202Response{}, nil
}

func (h *handlers) ResetPassword(ctx context.Context, request server.ResetPasswordRequestObject) (server.ResetPasswordResponseObject, error) {
	if err := h.Auth.ResetPassword(ctx, actorOf(ctx), request.Body.Token, request.Body.Password); err != nil {
		return nil, err
	}
	return server.ResetPassword204Response{}, nil
}

func (h *handlers) RequestEmailVerification(ctx context.Context, _ server.RequestEmailVerificationRequestObject) (server.RequestEmailVerificationResponseObject, error) {
	if err := h.Auth.RequestEmailVerification(ctx, actorOf(ctx)); err != nil {
		return nil, err
	}
	return server.RequestEmailVerification202Response{}, nil
}

func (h *handlers) VerifyEmail(ctx context.Context, request server.VerifyEmailRequestObject) (server.VerifyEmailResponseObject, error) {
	if err := h.Auth.VerifyEmail(ctx, actorOf(ctx), request.Body.Token); err != nil {
		return nil, err
	}
	return server.VerifyEmail204Response{}, nil
}

func toCredentials(body api.Login) auth.Credentials {
	credentials := auth.Credentials{Email: body.Email, Password: body.Password, Code: body.Code, RecoveryCode: body.RecoveryCode}
	if token := fromNullable(body.DeviceToken); token != nil {
		credentials.DeviceToken = *token
	}
	return credentials
}

func toTokenPair(tokens auth.Tokens) api.TokenPair {
	var device *string
	if tokens.Device != "" {
		device = &tokens.Device
	}
	return api.TokenPair{
		AccessToken: tokens.Access, RefreshToken: tokens.Refresh, DeviceToken: toNullable(device),
		TokenType: api.TokenTypeBearer, ExpiresIn: int32(tokens.AccessTTL.Seconds()),
	}
}
