package httpapi

import (
	"context"

	"github.com/aicoordination/coordinator/gen/api"
	"github.com/aicoordination/coordinator/gen/server"
)

func (h *handlers) GetSecondFactor(ctx context.Context, _ server.GetSecondFactorRequestObject) (server.GetSecondFactorResponseObject, error) {
	found, err := h.Auth.SecondFactor(ctx, actorOf(ctx))
	if err != nil {
		return nil, err
	}
	return server.GetSecondFactor200JSONResponse{
		State: api.SecondFactorState(found.State), IsRequired: found.Required,
		ConfirmedAt: toNullable(found.ConfirmedAt), RecoveryCodesLeft: int32(found.RecoveryCodesLeft),
	}, nil
}

func (h *handlers) BeginSecondFactor(ctx context.Context, request server.BeginSecondFactorRequestObject) (server.BeginSecondFactorResponseObject, error) {
	enrolment, err := h.Auth.BeginSecondFactor(ctx, actorOf(ctx), request.Body.Password)
	if err != nil {
		return nil, err
	}
	return server.BeginSecondFactor201JSONResponse{Secret: enrolment.Secret, URI: enrolment.URI}, nil
}

func (h *handlers) ConfirmSecondFactor(ctx context.Context, request server.ConfirmSecondFactorRequestObject) (server.ConfirmSecondFactorResponseObject, error) {
	codes, err := h.Auth.ConfirmSecondFactor(ctx, actorOf(ctx), request.Body.Code)
	if err != nil {
		return nil, err
	}
	return server.ConfirmSecondFactor200JSONResponse{Codes: codes}, nil
}

func (h *handlers) ReplaceRecoveryCodes(ctx context.Context, request server.ReplaceRecoveryCodesRequestObject) (server.ReplaceRecoveryCodesResponseObject, error) {
	codes, err := h.Auth.ReplaceRecoveryCodes(ctx, actorOf(ctx), request.Body.Code)
	if err != nil {
		return nil, err
	}
	return server.ReplaceRecoveryCodes200JSONResponse{Codes: codes}, nil
}

func (h *handlers) RemoveSecondFactor(ctx context.Context, request server.RemoveSecondFactorRequestObject) (server.RemoveSecondFactorResponseObject, error) {
	err := h.Auth.RemoveSecondFactor(ctx, actorOf(ctx), request.Body.Password, request.Body.Code, request.Body.RecoveryCode)
	if err != nil {
		return nil, err
	}
	return server.RemoveSecondFactor204Response{}, nil
}

func (h *handlers) ResetUserSecondFactor(ctx context.Context, request server.ResetUserSecondFactorRequestObject) (server.ResetUserSecondFactorResponseObject, error) {
	if err := h.Auth.ResetSecondFactor(ctx, actorOf(ctx), request.UserID); err != nil {
		return nil, err
	}
	return server.ResetUserSecondFactor204Response{}, nil
}
