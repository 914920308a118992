package app

import (
	"context"
	"fmt"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/event"
)

// demoTime is time that somebody has worked on a task.
type demoTime struct {
	project, task string
	user          string
	// on is in days from today.
	on      int
	minutes int32
	note    string
	// unbilled is time that the client does not pay.
	unbilled bool
}

const (
	demoShop    = "Harbour Coffee web shop"
	demoBooking = "Northwind appointment booking"
	demoGuide   = "Northwind brand guide"
)

var demoTimes = []demoTime{
	{demoShop, "Interview the roasters", chloe, -20, 180, "Both roasteries.", false},
	{demoShop, "Interview the roasters", chloe, -19, 90, "Notes and photographs.", false},
	{demoShop, "Draw the page flow", chloe, -15, 240, "First draft.", false},
	{demoShop, "Draw the page flow", chloe, -13, 210, "Subscriptions.", false},
	{demoShop, "Photograph the beans", chloe, -7, 330, "", false},
	{demoShop, "Write the product texts", scout, -2, 25, "Twelve texts for review.", false},
	{demoShop, "Build the catalogue", ben, -4, 300, "List and filters.", false},
	{demoShop, "Build the catalogue", ben, -3, 270, "Product pages.", false},
	{demoShop, "Build the catalogue", ben, -1, 45, "A mistake of ours.", true},
	{demoBooking, "Agree on the data protection terms", demoManagerEmail, -31, 200, "", false},
	{demoBooking, "Connect the calendar", ben, -10, 420, "", false},
	{demoBooking, "Connect the calendar", ben, -5, 390, "Recurring appointments.", false},
	{demoBooking, "Connect the calendar", ben, -2, 360, "", false},
	{demoGuide, "Collect what the clinics use", chloe, -95, 450, "", false},
	{demoGuide, "Write the guide", chloe, -50, 480, "", false},
	{demoGuide, "Write the guide", chloe, -45, 510, "", false},
}

// time logs time at the rates that the demo's projects and people have.
func (l *demoLoader) time(ctx context.Context, worked demoTime) error {
	project, err := l.q.ProjectGet(ctx, db.ProjectGetParams{ID: demoID(worked.project), SeesAll: true})
	if err != nil {
		return err
	}
	userID := demoID(worked.user)
	user, err := l.q.TimeEntryGetUser(ctx, userID)
	if err != nil {
		return err
	}
	day := l.day(worked.on)
	params := db.TimeEntryInsertParams{
		ID:        demoID(fmt.Sprintf("%s/%s/time/%d", worked.project, worked.task, worked.on)),
		ProjectID: project.ID, TaskID: demoID(worked.project + "/" + worked.task), UserID: userID,
		SpentOn: day, Minutes: worked.minutes, Billable: !worked.unbilled,
		CostRateMinor: user.CostRateMinor, CostRateCurrency: user.CostRateCurrency, ActorID: &userID,
	}
	if worked.note != "" {
		params.Note = &worked.note
	}
	if params.Billable && project.HourlyRateMinor != nil {
		params.BillingRateMinor, params.BillingRateCurrency = project.HourlyRateMinor, project.Currency
	}
	row, err := l.q.TimeEntryInsert(ctx, params)
	if err != nil {
		return err
	}
	return event.Record(ctx, l.q, l.actor, event.Event{
		Entity: "time_entry", ID: row.ID, ProjectID: &row.ProjectID, Action: "created", After: row, Version: row.Version,
	})
}
