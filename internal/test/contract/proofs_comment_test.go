package contract_test

import "net/http"

func commentProofs() map[string]proof {
	unseen := append(deniedTo(unauthenticated, anonymous), deniedTo(notFound, outsider)...)
	comment := func(suffix string) func(*world) string {
		return func(w *world) string { return "/api/v1/comments/" + w.comment.ID.String() + suffix }
	}
	body := fixed(map[string]any{"body": "Good."})
	agents := fixed(map[string]any{"body": "Better.", "ai": map[string]any{"provider": "p", "model": "m"}})
	proofs := map[string]proof{
		"listComments": {
			request: sending(http.MethodGet, at("/api/v1/comments"), nil), as: outsider, status: http.StatusOK,
			denied: append(deniedTo(unauthenticated, anonymous), denial{
				as: lead, status: forbidden, because: "DeletedOnesToALead",
				request: sending(http.MethodGet, at("/api/v1/comments?include_deleted=true"), nil),
			}),
		},
		"getComment": {request: sending(http.MethodGet, comment(""), nil), as: viewer, status: http.StatusOK, denied: unseen},
		"updateComment": {
			request: sending(http.MethodPatch, comment(""), fixed(map[string]any{"body": "Better."})), as: agent, status: http.StatusOK,
			denied: append(deniedTo(forbidden, admin, manager, lead, viewer), unseen...),
		},
		"replaceComment": {
			request: sending(http.MethodPut, comment(""), agents), as: agent, status: http.StatusOK,
			denied: append(deniedTo(forbidden, admin, manager, lead, viewer), unseen...),
		},
		"deleteComment": {
			request: sending(http.MethodDelete, comment(""), nil), as: manager, status: http.StatusNoContent,
			denied: append(deniedTo(forbidden, otherManager, lead, viewer), unseen...),
		},
		"restoreComment": {
			request: afterDeleting(comment("")), as: manager, status: http.StatusOK,
			// Users do not see what others have deleted; its author knows of it.
			denied: append(append(deniedTo(forbidden, otherManager, agent), deniedTo(notFound, lead)...), unseen...),
		},
		"listCommentFeedback": {request: sending(http.MethodGet, comment("/feedback"), nil), as: viewer, status: http.StatusOK, denied: unseen},
		"setCommentFeedback": {
			request: sending(http.MethodPut, comment("/feedback"), fixed(map[string]any{"verdict": "accepted"})), as: viewer, status: http.StatusOK,
			denied: append(deniedTo(forbidden, agent), unseen...),
		},
		"removeCommentFeedback": {
			request: sending(http.MethodDelete, comment("/feedback"), nil), as: viewer, status: http.StatusNoContent,
			denied: append(deniedTo(forbidden, agent), unseen...),
		},
		"getAgentQuality": {
			request: sending(http.MethodGet, func(w *world) string { return "/api/v1/users/" + w.id(agent).String() + "/quality" }, nil),
			as:      viewer, status: http.StatusOK,
			denied: append([]denial{{
				as: admin, status: http.StatusConflict, because: "OfAPerson",
				request: sending(http.MethodGet, func(w *world) string { return "/api/v1/users/" + w.id(lead).String() + "/quality" }, nil),
			}}, unseen...),
		},
	}
	for name, path := range map[string]func(*world) string{
		"Task":    func(w *world) string { return "/api/v1/tasks/" + w.first.ID.String() + "/comments" },
		"Project": func(w *world) string { return "/api/v1/projects/" + w.project.ID.String() + "/comments" },
		"Client":  func(w *world) string { return "/api/v1/clients/" + w.client.ID.String() + "/comments" },
	} {
		proofs["list"+name+"Comments"] = proof{request: sending(http.MethodGet, path, nil), as: viewer, status: http.StatusOK, denied: unseen}
		proofs["create"+name+"Comment"] = proof{
			request: sending(http.MethodPost, path, body), as: viewer, status: http.StatusCreated,
			denied: append([]denial{{as: agent, status: http.StatusUnprocessableEntity, because: "AgentWithoutProvenance"}}, unseen...),
		}
	}
	return proofs
}
