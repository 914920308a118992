package contract_test

import (
	"net/http"
	"slices"

	"github.com/aicoordination/coordinator/internal/test/apitest"
)

func profileProofs() map[string]proof {
	one := func(w *world) string { return "/api/v1/users/" + w.people[contributor].ID.String() }
	ofAdmin := func(w *world) string { return "/api/v1/users/" + w.people[admin].ID.String() }
	of := func(path string) func(*world) string { return func(w *world) string { return one(w) + path } }
	notSeeing := append(deniedTo(unauthenticated, anonymous), deniedTo(notFound, outsider)...)
	// Who sees somebody may not change them, and who does not finds nobody.
	notItself := append(slices.Clone(notSeeing), deniedTo(forbidden, manager, lead, viewer)...)
	notAdmin := append(deniedTo(unauthenticated, anonymous), deniedTo(forbidden, manager, contributor, outsider)...)
	reading := func(path string) proof {
		return proof{request: sending(http.MethodGet, of(path), nil), as: viewer, status: http.StatusOK, denied: notSeeing}
	}
	return map[string]proof{
		"listUsers": {
			request: sending(http.MethodGet, at("/api/v1/users"), nil), as: outsider, status: http.StatusOK,
			denied: append(deniedTo(unauthenticated, anonymous), denial{
				as: lead, status: forbidden, because: "DeletedOnesAreForManagers",
				request: sending(http.MethodGet, at("/api/v1/users?include_deleted=true"), nil),
			}),
		},
		"getUser": reading(""),
		"updateUser": {
			request: sending(http.MethodPatch, one, fixed(map[string]any{"title": "Designer"})),
			as:      contributor, status: http.StatusOK,
			denied: append(slices.Clone(notItself), denial{
				as: contributor, status: forbidden, because: "OwnRole",
				request: sending(http.MethodPatch, one, fixed(map[string]any{"role": "admin"})),
			}, denial{
				as: admin, status: forbidden, because: "OwnRoleOfAnAdmin",
				request: sending(http.MethodPatch, ofAdmin, fixed(map[string]any{"role": "user"})),
			}, denial{
				as: admin, status: forbidden, because: "RoleWithAnAPIKey",
				request: new(requestMaker(func(w *world) apitest.Request {
					return apitest.Request{Method: http.MethodPatch, Path: one(w), Token: w.APIKey(w.people[admin], nil, nil), Body: map[string]any{"role": "manager"}}
				})),
			}),
		},
		"replaceUser": {
			request: sending(http.MethodPut, one, fixed(map[string]any{"email": "c@agency.example", "name": "C", "role": "manager"})),
			as:      admin, status: http.StatusOK,
			denied: append(slices.Clone(notAdmin), denial{
				as: admin, status: forbidden, because: "OwnRole",
				request: sending(http.MethodPut, ofAdmin, fixed(map[string]any{"email": "a@agency.example", "name": "A", "role": "user"})),
			}),
		},
		"deleteUser": {
			request: sending(http.MethodDelete, one, nil), as: admin, status: http.StatusNoContent, denied: notItself,
		},
		"restoreUser": {
			// In the world of the denials the contributor is gone for good.
			request: afterDeleting(one), as: admin, status: http.StatusOK,
			denied: append(deniedTo(unauthenticated, anonymous), deniedTo(forbidden, manager, viewer, outsider)...),
		},
		"getUserPreferences": {
			request: sending(http.MethodGet, of("/preferences"), nil), as: contributor, status: http.StatusOK, denied: notItself,
		},
		"updateUserPreferences": {
			request: sending(http.MethodPatch, of("/preferences"), fixed(map[string]any{"locale": "de-AT"})),
			as:      contributor, status: http.StatusOK, denied: notItself,
		},
		"replaceUserPreferences": {
			request: sending(http.MethodPut, of("/preferences"), fixed(map[string]any{"locale": "de-AT"})),
			as:      admin, status: http.StatusOK, denied: notItself,
		},
		"getUserWorkload":  reading("/workload?weeks=26"),
		"listUserActivity": reading("/activity"),
		"getUserHistory":   reading("/history"),
	}
}

func historyProofs() map[string]proof {
	reading := func(path func(*world) string) proof {
		return proof{
			request: sending(http.MethodGet, func(w *world) string { return path(w) + "/history" }, nil),
			as:      viewer, status: http.StatusOK,
			denied: append(deniedTo(unauthenticated, anonymous), deniedTo(notFound, outsider)...),
		}
	}
	return map[string]proof{
		"getClientHistory":    reading(func(w *world) string { return "/api/v1/clients/" + w.client.ID.String() }),
		"getProjectHistory":   reading(func(w *world) string { return "/api/v1/projects/" + w.project.ID.String() }),
		"getTaskHistory":      reading(func(w *world) string { return "/api/v1/tasks/" + w.first.ID.String() }),
		"getCommentHistory":   reading(func(w *world) string { return "/api/v1/comments/" + w.comment.ID.String() }),
		"getTimeEntryHistory": reading(func(w *world) string { return "/api/v1/time-entries/" + w.entry.ID.String() }),
		"getClientContactHistory": reading(func(w *world) string {
			return "/api/v1/clients/" + w.client.ID.String() + "/contacts/" + w.contact.ID.String()
		}),
		"listAuditLog": {
			request: sending(http.MethodGet, at("/api/v1/audit-log?action=task.created&from=2026-01-01T00:00:00Z"), nil),
			as:      admin, status: http.StatusOK,
			denied: append(deniedTo(unauthenticated, anonymous), deniedTo(forbidden, manager, lead, outsider)...),
		},
	}
}
