package contract_test

import "net/http"

func statisticsProofs() map[string]proof {
	of := func(path func(*world) string) *requestMaker {
		return sending(http.MethodGet, func(w *world) string { return path(w) + "/statistics?from=2026-01-01&to=2026-12-31" }, nil)
	}
	invisible := append(deniedTo(unauthenticated, anonymous), deniedTo(notFound, outsider)...)
	return map[string]proof{
		"getProjectStatistics": {
			request: of(func(w *world) string { return "/api/v1/projects/" + w.project.ID.String() }),
			as:      viewer, status: http.StatusOK, denied: invisible,
		},
		"getUserStatistics": {
			request: of(func(w *world) string { return "/api/v1/users/" + w.id(contributor).String() }),
			as:      viewer, status: http.StatusOK, denied: invisible,
		},
		"getClientStatistics": {
			request: of(func(w *world) string { return "/api/v1/clients/" + w.client.ID.String() }),
			as:      viewer, status: http.StatusOK, denied: invisible,
		},
		"getOverview": {
			request: sending(http.MethodGet, at("/api/v1/statistics/overview"), nil), as: outsider, status: http.StatusOK,
			denied: append(deniedTo(unauthenticated, anonymous), denial{
				as: viewer, status: http.StatusUnprocessableEntity, because: "PeriodThatEndsBeforeItBegins",
				request: sending(http.MethodGet, at("/api/v1/statistics/overview?from=2026-02-01&to=2026-01-31"), nil),
			}),
		},
	}
}
