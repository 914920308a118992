package contract_test

import "net/http"

func clientProofs() map[string]proof {
	one := func(w *world) string { return "/api/v1/clients/" + w.client.ID.String() }
	in := func(path string) func(*world) string { return func(w *world) string { return one(w) + path } }
	contact := func(w *world) string { return one(w) + "/contacts/" + w.contact.ID.String() }
	notManaging := append(deniedTo(unauthenticated, anonymous), deniedTo(forbidden, lead, outsider)...)
	notSeeing := append(deniedTo(unauthenticated, anonymous), deniedTo(notFound, outsider)...)
	return map[string]proof{
		"listClients": {
			request: sending(http.MethodGet, at("/api/v1/clients"), nil), as: outsider, status: http.StatusOK,
			denied: append(deniedTo(unauthenticated, anonymous), denial{
				as: viewer, status: forbidden, because: "UserWhoAsksForDeletedOnes",
				request: sending(http.MethodGet, at("/api/v1/clients?include_deleted=true"), nil),
			}),
		},
		"createClient": {
			request: sending(http.MethodPost, at("/api/v1/clients"), fixed(map[string]any{"name": "Acme"})),
			as:      manager, status: http.StatusCreated,
			denied: notManaging,
		},
		"getClient": {
			request: sending(http.MethodGet, one, nil), as: viewer, status: http.StatusOK,
			denied: notSeeing,
		},
		"updateClient": {
			request: sending(http.MethodPatch, one, fixed(map[string]any{"name": "Acme"})),
			as:      otherManager, status: http.StatusOK,
			denied: notManaging,
		},
		"setClientStatus": {
			request: sending(http.MethodPut, func(w *world) string { return one(w) + "/status" }, fixed(map[string]any{"status": "prospect"})),
			as:      manager, status: http.StatusOK,
			denied: notManaging,
		},
		"restoreClient": {
			request: afterDeleting(one), as: admin, status: http.StatusOK,
			denied: append(deniedTo(unauthenticated, anonymous), deniedTo(forbidden, manager, lead, outsider)...),
		},
		"deleteClient": {
			request: sending(http.MethodDelete, one, nil), as: admin, status: http.StatusNoContent,
			denied: append(deniedTo(unauthenticated, anonymous), deniedTo(forbidden, manager, lead, outsider)...),
		},
		"replaceClient": {
			request: sending(http.MethodPut, one, fixed(map[string]any{"name": "Acme", "tags": []string{"new"}})),
			as:      otherManager, status: http.StatusOK, denied: notManaging,
		},
		"searchClients": {
			request: sending(http.MethodGet, at("/api/v1/clients/search?q=acme"), nil), as: outsider, status: http.StatusOK,
			denied: deniedTo(unauthenticated, anonymous),
		},
		"listClientProjects": {
			request: sending(http.MethodGet, in("/projects"), nil), as: viewer, status: http.StatusOK, denied: notSeeing,
		},
		"listClientContacts": {
			request: sending(http.MethodGet, in("/contacts"), nil), as: viewer, status: http.StatusOK, denied: notSeeing,
		},
		"createClientContact": {
			request: sending(http.MethodPost, in("/contacts"), fixed(map[string]any{"name": "Ana", "is_primary": true})),
			as:      otherManager, status: http.StatusCreated, denied: notManaging,
		},
		"getClientContact": {
			request: sending(http.MethodGet, contact, nil), as: viewer, status: http.StatusOK, denied: notSeeing,
		},
		"updateClientContact": {
			request: sending(http.MethodPatch, contact, fixed(map[string]any{"position": "CEO"})),
			as:      manager, status: http.StatusOK, denied: notManaging,
		},
		"replaceClientContact": {
			request: sending(http.MethodPut, contact, fixed(map[string]any{"name": "Ana"})),
			as:      manager, status: http.StatusOK, denied: notManaging,
		},
		"deleteClientContact": {
			request: sending(http.MethodDelete, contact, nil), as: manager, status: http.StatusNoContent, denied: notManaging,
		},
	}
}
