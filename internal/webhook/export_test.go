package webhook

import "time"

// Ungate has deliveries of one entity overtake each other.
func (c *Courier) Ungate() { c.ungated = true }

// SetTimeout replaces within which an endpoint has to answer.
func (c *Courier) SetTimeout(timeout time.Duration) { c.timeout = timeout }

// SetBatch replaces how many events one transaction looks through.
func (c *Courier) SetBatch(batch int32) { c.batch = batch }

// Matches is matches.
func Matches(patterns []string, action string) bool { return matches(patterns, action) }

// ReadRetryAfter is readRetryAfter.
var ReadRetryAfter = readRetryAfter

// Jittered is jittered.
var Jittered = jittered
