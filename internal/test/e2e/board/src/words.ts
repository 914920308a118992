// What people read.
import { isApiError, type Event, type Task, type TaskStatus } from "@aicoordination/coordinator";

/** How a status is called on the board. */
export const statusNames: Record<TaskStatus, string> = {
  backlog: "Backlog",
  todo: "To do",
  in_progress: "In progress",
  in_review: "In review",
  blocked: "Blocked",
  done: "Done",
  cancelled: "Cancelled",
};

/** What the service says of a refusal, which is written to be read by people. */
export function explain(error: unknown): string {
  if (isApiError(error, "illegal_transition")) {
    const allowed = (error.problem?.allowed ?? []).map((status) => statusNames[status as TaskStatus] ?? status);
    return `${error.message} It can go to: ${allowed.join(", ")}.`;
  }
  return error instanceof Error ? error.message : String(error);
}

/** A change in words. */
export function told(event: Event, task: Task | undefined): string {
  const who = event.actor?.name ?? "The service";
  const what = task ? `“${task.title}”` : "a task";
  const to = event.changes["status"]?.new as TaskStatus | undefined;
  if (event.action === "task.created") {
    return `${who} added ${what}.`;
  }
  if (event.action === "task.deleted") {
    return `${who} deleted ${what}.`;
  }
  return to ? `${who} moved ${what} to ${statusNames[to] ?? to}.` : `${who} changed ${what}.`;
}
