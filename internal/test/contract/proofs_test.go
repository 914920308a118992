package contract_test

import (
	"net/http"
	"slices"

	"github.com/aicoordination/coordinator/internal/auth"
	"github.com/aicoordination/coordinator/internal/test/apitest"
)

// What needs no credential can be denied to nobody: its denial is the refusal
// of a request that it does not take.
func refusedUnknownParameter(path string) []denial {
	return []denial{{
		as: anonymous, status: http.StatusUnprocessableEntity, because: "UnknownParameter",
		request: sending(http.MethodGet, at(path+"?verbose=true"), nil),
	}}
}

func healthProofs() map[string]proof {
	probe := func(path string) proof {
		return proof{
			request: sending(http.MethodGet, at(path), nil),
			as:      anonymous, status: http.StatusOK,
			denied: refusedUnknownParameter(path),
		}
	}
	return map[string]proof{
		"health":         probe("/health"),
		"healthDetailed": probe("/health/detailed"),
		"livez":          probe("/livez"),
		"readyz":         probe("/readyz"),
	}
}

func userProofs() map[string]proof {
	const prefix = "/api/v1/users"
	register := sending(http.MethodPost, at(prefix+"/register"), fixed(map[string]any{
		"email": "new@agency.example", "password": "a long enough password", "name": "New",
	}))
	login := func(password string) *requestMaker {
		return sending(http.MethodPost, at(prefix+"/login"), func(w *world) any {
			return map[string]any{"email": w.people[viewer].Email, "password": password}
		})
	}
	refresh := sending(http.MethodPost, at(prefix+"/refresh"), func(w *world) any {
		return map[string]any{"refresh_token": w.Login(w.people[viewer]).RefreshToken}
	})
	return map[string]proof{
		"registerUser": {
			request: register, as: anonymous, status: http.StatusAccepted,
			denied: []denial{{
				as: anonymous, status: forbidden, because: "RegistrationClosed",
				options: &apitest.Options{Auth: func(c *auth.Config) { c.Registration = auth.RegistrationClosed }},
			}},
		},
		"login": {
			request: login(apitest.Password), as: anonymous, status: http.StatusOK,
			denied: []denial{{as: anonymous, status: unauthenticated, because: "WrongPassword", request: login("not the password")}},
		},
		"refreshSession": {
			request: refresh, as: anonymous, status: http.StatusOK,
			denied: []denial{{
				as: anonymous, status: unauthenticated, because: "UnknownToken",
				request: sending(http.MethodPost, at(prefix+"/refresh"), fixed(map[string]any{"refresh_token": "no token of ours, but as long as one is"})),
			}},
		},
		"logout": {
			request: sending(http.MethodPost, at(prefix+"/logout"), nil), as: viewer, status: http.StatusNoContent,
			denied: deniedTo(unauthenticated, anonymous),
		},
		"getCurrentUser": {
			request: sending(http.MethodGet, at(prefix+"/me"), nil), as: viewer, status: http.StatusOK,
			denied: deniedTo(unauthenticated, anonymous),
		},
	}
}

func projectProofs() map[string]proof {
	one := func(w *world) string { return "/api/v1/projects/" + w.project.ID.String() }
	in := func(path string) func(*world) string { return func(w *world) string { return one(w) + path } }
	newcomer := func(w *world) string { return one(w) + "/team/" + w.newcomer.ID.String() }
	member := func(w *world) string { return one(w) + "/team/" + w.people[viewer].ID.String() }
	// A user is refused for its role before the project is looked at, so that
	// one it cannot see is refused in the same words.
	notManaging := slices.Concat(deniedTo(unauthenticated, anonymous), deniedTo(forbidden, otherManager, lead, outsider))
	return map[string]proof{
		"listProjects": {
			request: sending(http.MethodGet, at("/api/v1/projects"), nil), as: outsider, status: http.StatusOK,
			denied: deniedTo(unauthenticated, anonymous),
		},
		"createProject": {
			request: sending(http.MethodPost, at("/api/v1/projects"), fixed(map[string]any{"name": "Relaunch"})),
			as:      manager, status: http.StatusCreated,
			denied: append(deniedTo(unauthenticated, anonymous), deniedTo(forbidden, lead, outsider)...),
		},
		"getProject": {
			request: sending(http.MethodGet, one, nil), as: viewer, status: http.StatusOK,
			denied: append(deniedTo(unauthenticated, anonymous), deniedTo(notFound, outsider)...),
		},
		"updateProject": {
			request: sending(http.MethodPatch, one, fixed(map[string]any{"name": "Relaunch"})),
			as:      manager, status: http.StatusOK, denied: notManaging,
		},
		"replaceProject": {
			request: sending(http.MethodPut, one, fixed(map[string]any{"name": "Relaunch"})),
			as:      manager, status: http.StatusOK, denied: notManaging,
		},
		"cloneProject": {
			request: sending(http.MethodPost, in("/clone"), fixed(map[string]any{"starts_on": "2027-01-11"})),
			as:      otherManager, status: http.StatusCreated,
			denied: append(deniedTo(unauthenticated, anonymous), deniedTo(forbidden, lead, outsider)...),
		},
		"deleteProject": {
			request: sending(http.MethodDelete, one, nil), as: manager, status: http.StatusNoContent, denied: notManaging,
		},
		"restoreProject": {
			request: afterDeleting(one), as: manager, status: http.StatusOK, denied: notManaging,
		},
		"listProjectMembers": {
			request: sending(http.MethodGet, in("/team"), nil), as: viewer, status: http.StatusOK,
			denied: append(deniedTo(unauthenticated, anonymous), deniedTo(notFound, outsider)...),
		},
		"setProjectMemberRole": {
			request: sending(http.MethodPut, func(w *world) string { return member(w) + "/role" }, fixed(map[string]any{"role": "lead"})),
			as:      manager, status: http.StatusOK, denied: notManaging,
		},
		"setProjectStatus": {
			request: sending(http.MethodPut, in("/status"), fixed(map[string]any{"status": "on_hold"})),
			as:      admin, status: http.StatusOK, denied: notManaging,
		},
		"addProjectMember": {
			request: sending(http.MethodPost, newcomer, nil), as: manager, status: http.StatusCreated, denied: notManaging,
		},
		"removeProjectMember": {
			request: sending(http.MethodDelete, member, nil), as: manager, status: http.StatusNoContent, denied: notManaging,
		},
	}
}

func taskProofs() map[string]proof {
	first := func(path string) func(*world) string {
		return func(w *world) string { return "/api/v1/tasks/" + w.first.ID.String() + path }
	}
	notContributing := slices.Concat(deniedTo(unauthenticated, anonymous), deniedTo(forbidden, otherManager, viewer), deniedTo(notFound, outsider))
	return map[string]proof{
		"listTasks": {
			request: sending(http.MethodGet, at("/api/v1/tasks"), nil), as: outsider, status: http.StatusOK,
			denied: deniedTo(unauthenticated, anonymous),
		},
		"createTask": {
			request: sending(http.MethodPost, at("/api/v1/tasks"), func(w *world) any {
				return map[string]any{"project_id": w.project.ID, "title": "Draw"}
			}),
			as: contributor, status: http.StatusCreated, denied: notContributing,
		},
		"getTask": {
			request: sending(http.MethodGet, first(""), nil), as: viewer, status: http.StatusOK,
			denied: append(deniedTo(unauthenticated, anonymous), deniedTo(notFound, outsider)...),
		},
		"updateTask": {
			request: sending(http.MethodPatch, first(""), fixed(map[string]any{"title": "Draw"})),
			as:      contributor, status: http.StatusOK, denied: notContributing,
		},
		"deleteTask": {
			request: sending(http.MethodDelete, first(""), nil), as: contributor, status: http.StatusNoContent,
			denied: append(slices.Clone(notContributing), denial{
				as: contributor, status: forbidden, because: "ContributorWhoDidNotCreateIt",
				request: sending(http.MethodDelete, func(w *world) string { return "/api/v1/tasks/" + w.second.ID.String() }, nil),
			}),
		},
		"restoreTask": {
			request: afterDeleting(first("")), as: contributor, status: http.StatusOK,
			denied: slices.Concat(deniedTo(unauthenticated, anonymous), deniedTo(forbidden, otherManager), deniedTo(notFound, viewer, outsider)),
		},
		"assignTask": {
			request: sending(http.MethodPut, first("/assign"), func(w *world) any {
				return map[string]any{"assignee_id": w.people[contributor].ID}
			}),
			as: lead, status: http.StatusOK, denied: notContributing,
		},
		"setTaskStatus": {
			request: sending(http.MethodPut, first("/status"), fixed(map[string]any{"status": "in_progress"})),
			as:      contributor, status: http.StatusOK, denied: notContributing,
		},
		"addTaskDependency": {
			request: new(requestMaker(func(w *world) apitest.Request {
				// second waits for first already; the removal of that comes first.
				token := w.Token(w.people[admin])
				existing := "/api/v1/tasks/" + w.second.ID.String() + "/dependencies"
				w.Do(apitest.Request{Method: http.MethodDelete, Path: existing + "/" + w.first.ID.String(), Token: token})
				return apitest.Request{
					Method: http.MethodPost, Path: "/api/v1/tasks/" + w.first.ID.String() + "/dependencies",
					Body: map[string]any{"prerequisite_id": w.second.ID},
				}
			})),
			as: contributor, status: http.StatusCreated, denied: notContributing,
		},
		"removeTaskDependency": {
			request: sending(http.MethodDelete, func(w *world) string {
				return "/api/v1/tasks/" + w.second.ID.String() + "/dependencies/" + w.first.ID.String()
			}, nil),
			as: contributor, status: http.StatusNoContent, denied: notContributing,
		},
	}
}
