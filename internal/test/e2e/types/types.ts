// What must and what must not compile: the types are half of what the SDK is for. Nothing here is ever
// run; `tsc -p types` reads it, under the strictest settings that a program may have.
import {
  createClient,
  isApiError,
  taskStatusValues,
  type ApiKeyScope,
  type CoordinatorClient,
  type Download,
  type Event,
  type EventChanges,
  type ListTasksParams,
  type Open,
  type Problem,
  type RequestOptions,
  type Task,
  type TaskCreate,
  type TaskPage,
  type TaskRecord,
  type TaskStatus,
  type TaskUpdate,
  type User,
} from "@aicoordination/coordinator";

/** Compiles only where both are the same type. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function same<A, B>(..._: Same<A, B> extends true ? [] : ["these are different types"]): void {}

declare const client: CoordinatorClient;
declare const condition: boolean;

export async function methods(): Promise<void> {
  const task = await client.tasks.get("id");
  same<typeof task, Task>();
  const page = await client.tasks.list({ status: ["todo"], sort: "-due_date" });
  same<typeof page, TaskPage>();
  const nothing = await client.tasks.delete("id");
  same<typeof nothing, void>();
  const answer = await client.tasks.get("id").withResponse();
  same<typeof answer.data, Task>();
  same<typeof answer.etag, string | undefined>();
  const changed = await client.tasks.get("id", {}, { ifNoneMatch: '"1"' }).ifModified();
  same<typeof changed, Task | undefined>();
  // A registration opens the account or only begins to.
  const account = await client.users.register({ email: "", name: "", password: "" });
  same<typeof account, User | undefined>();

  // @ts-expect-error There is no such namespace.
  client.invoices;
  // @ts-expect-error A path without its parameter.
  await client.tasks.get();
  // @ts-expect-error A body without what is required.
  await client.tasks.create({ title: "No project" });
  // @ts-expect-error A field that a body does not have.
  await client.tasks.create({ project_id: "", title: "", version: 1 });
  // @ts-expect-error A value that the enumeration does not have.
  await client.tasks.setStatus("id", { status: "doing" });
  // @ts-expect-error A parameter that the operation does not have.
  await client.tasks.list({ colour: "red" });
  // @ts-expect-error A search is for something.
  await client.tasks.search();
  // @ts-expect-error Options come behind the parameters, not in their place.
  await client.tasks.list({ signal: AbortSignal.timeout(1) });
}

export async function walks(): Promise<void> {
  for await (const task of client.tasks.iterate({ status: taskStatusValues })) {
    same<typeof task, Task>();
  }
  for await (const page of client.tasks.iterateHistory("id").pages()) {
    same<(typeof page.data)[number], Event>();
  }
  for await (const change of client.events.stream()) {
    change satisfies Event;
  }
  // @ts-expect-error What is one record is no list.
  client.tasks.iterateReadiness;
}

/** Absent keeps, null clears; undefined is absent, so that a condition can be written where it belongs. */
export function requests(): void {
  ({ due_date: condition ? "2027-03-01" : undefined }) satisfies TaskUpdate;
  ({ due_date: null, title: "New" }) satisfies TaskUpdate;
  ({ page: undefined, status: condition ? ["todo"] : undefined }) satisfies ListTasksParams;
  ({ signal: undefined, ifMatch: undefined }) satisfies RequestOptions;
  // @ts-expect-error A title is never null.
  ({ title: null }) satisfies TaskUpdate;

  const tags = ["web"] as const;
  ({ project_id: "", title: "", tags }) satisfies TaskCreate;
}

/** Every field of an answer is there, and says whether it may be null. */
export function answers(task: Task, problem: Problem): void {
  same<Task["due_date"], string | null>();
  same<Task["version"], number>();
  same<Task["status"], TaskStatus>();
  // Only errors leave out what does not concern them.
  same<Problem["cycle"], string[] | undefined>();
  // @ts-expect-error It may be null.
  task.due_date.length;
  // @ts-expect-error A list may be empty.
  task.tags[0].length;
  // @ts-expect-error What was answered is not made of undefined.
  ({ ...task, due_date: undefined }) satisfies Task;
  void problem;
}

/** A set that will grow is open where it is read, closed where it is sent, and known to an editor. */
export async function enums(event: Event, changes: EventChanges): Promise<void> {
  same<Event["entity_type"], Open<"user" | "session" | "sign_in" | "api_key" | "invitation" | "signing_key" | "client" | "client_contact" | "project" | "task" | "time_entry" | "timer" | "comment" | "webhook">>();
  switch (event.entity_type) {
    case "task":
    case "project":
      break;
    default:
      // What is not known yet is a string.
      event.entity_type satisfies string;
  }
  const scope: ApiKeyScope = "tasks:read";
  await client.apiKeys.create({ name: "", scopes: [scope] });
  // @ts-expect-error There is no such scope to be asked for.
  await client.apiKeys.create({ name: "", scopes: ["tasks:fly"] });
  // @ts-expect-error A closed set has no other values, so that a switch can be complete.
  "paused" satisfies TaskStatus;
  changes["status"]?.old satisfies unknown;
}

export async function files(bytes: Uint8Array): Promise<void> {
  const file = await client.transfer.exportTasks({ format: "ndjson" });
  same<typeof file, Download<TaskRecord>>();
  for await (const record of file.lines()) {
    same<typeof record, TaskRecord>();
  }
  await client.transfer.importTasks([{ source: "jira", external_id: "1", title: condition ? "x" : undefined }]);
  await client.transfer.importTasks("", { contentType: "text/csv", dry_run: true });
  // Whatever memory they are in, as what Node reads from a file.
  await client.transfer.importTasks(bytes, { contentType: "text/csv" });
  // @ts-expect-error The service does not take this.
  await client.transfer.importTasks("", { contentType: "text/plain" });
  // @ts-expect-error A record of something else.
  await client.transfer.importTasks([{ colour: "red" }]);
}

export async function errors(): Promise<void> {
  try {
    await createClient({ baseUrl: "", apiKey: "" }).users.me();
  } catch (error) {
    if (isApiError(error, "version_conflict", "not_found")) {
      same<typeof error.code, "version_conflict" | "not_found">();
      error.problem?.detail satisfies string | undefined;
    }
    // @ts-expect-error There is no such code.
    isApiError(error, "out_of_coffee");
  }
}
