// The tasks of a project as they are at the service: read once, and kept up to date by its events.
import { isApiError, type CoordinatorClient, type Event, type Task, type TaskStatus } from "@aicoordination/coordinator";

/** Who is told how the tasks stand. */
export interface Watcher {
  /** All tasks have been read, for the first time or anew. */
  loaded(tasks: Task[]): void;
  /** A task is new or has changed. */
  changed(task: Task): void;
  /** A task is not to be seen any more. */
  gone(taskId: string): void;
  /** Somebody has done something, also oneself elsewhere. */
  happened(event: Event, task: Task | undefined): void;
  /** Whether changes arrive as they happen, or the connection is being made again. */
  connection(state: "open" | "waiting"): void;
}

/** Where more tasks than this have changed, all of them are read at once. */
const many = 10;

/** The tasks of one project. */
export class ProjectTasks {
  readonly #client: CoordinatorClient;
  readonly #projectId: string;
  readonly #watcher: Watcher;
  readonly #tasks = new Map<string, Task>();
  /** What has happened since the tasks were read. */
  #news: Event[] = [];
  #catchingUp: Promise<void> | undefined;

  constructor(client: CoordinatorClient, projectId: string, watcher: Watcher) {
    this.#client = client;
    this.#projectId = projectId;
    this.#watcher = watcher;
  }

  get(taskId: string): Task | undefined {
    return this.#tasks.get(taskId);
  }

  /** Reads the tasks, and follows what changes until the signal ends it. */
  async follow(signal: AbortSignal): Promise<void> {
    // The place in the log comes first, so that no change can fall between reading and following.
    const { next_cursor } = await this.#client.events.list({ after: "now" }, { signal });
    await this.#load(signal);

    const failed = new AbortController();
    const events = this.#client.events.stream(
      { after: next_cursor, project_id: this.#projectId, entity_type: "task" },
      {
        signal: AbortSignal.any([signal, failed.signal]),
        onReset: () => this.#load(signal),
        onState: (state) => this.#watcher.connection(state),
      },
    );
    // Events are taken as fast as they come, and those that came while tasks were read are answered together.
    for await (const event of events) {
      this.#news.push(event);
      this.#catchingUp ??= this.#catchUp(signal)
        .catch((error: unknown) => failed.abort(error))
        .finally(() => (this.#catchingUp = undefined));
    }
  }

  /** Moves a task to another status, unless somebody else has changed it since it was read. */
  async move(taskId: string, status: TaskStatus, reason?: string): Promise<void> {
    const task = this.#tasks.get(taskId);
    if (!task) {
      return;
    }
    try {
      const moved = await this.#client.tasks.setStatus(taskId, { status, reason }, { ifMatch: task });
      this.#keep({ ...moved, included: task.included });
    } catch (error) {
      if (isApiError(error, "version_conflict", "not_found")) {
        await this.#read(taskId);
      }
      throw error;
    }
  }

  async #load(signal: AbortSignal): Promise<void> {
    const tasks = await this.#client.tasks
      .iterate({ project_id: [this.#projectId], include: ["assignee"], sort: "position" }, { signal })
      .toArray();
    this.#tasks.clear();
    for (const task of tasks) {
      this.#tasks.set(task.id, task);
    }
    this.#watcher.loaded(tasks);
  }

  /** Reads what has changed, until nothing has changed meanwhile. */
  async #catchUp(signal: AbortSignal): Promise<void> {
    while (this.#news.length > 0) {
      const before = new Map(this.#tasks);
      // What this page has done itself it has been answered already.
      const events = this.#news.splice(0).filter((event) => !this.#has(event));
      const changed = new Set(events.map((event) => event.entity_id));
      // Whether a task can begin depends on those that it waits for.
      const moved = new Set(events.filter((event) => event.changes["status"]).map((event) => event.entity_id));
      for (const task of this.#tasks.values()) {
        if (task.prerequisite_ids.some((id) => moved.has(id))) {
          changed.add(task.id);
        }
      }

      if (changed.size > many) {
        await this.#load(signal);
      } else {
        await Promise.all([...changed].map((id) => this.#read(id, signal)));
      }
      for (const event of events) {
        this.#watcher.happened(event, this.#tasks.get(event.entity_id) ?? before.get(event.entity_id));
      }
    }
  }

  /** Whether the task was read with this change already in it. */
  #has({ entity_id, version }: Event): boolean {
    const task = this.#tasks.get(entity_id);
    return task !== undefined && version !== null && task.version >= version;
  }

  async #read(taskId: string, signal?: AbortSignal): Promise<void> {
    try {
      this.#keep(await this.#client.tasks.get(taskId, { include: ["assignee"] }, { signal }));
    } catch (error) {
      // It was deleted, or is not for these eyes any more; nobody is told which.
      if (!isApiError(error, "not_found")) {
        throw error;
      }
      this.#tasks.delete(taskId);
      this.#watcher.gone(taskId);
    }
  }

  #keep(task: Task): void {
    // Answers may come in another order than they were given in.
    if ((this.#tasks.get(task.id)?.version ?? 0) > task.version) {
      return;
    }
    this.#tasks.set(task.id, task);
    this.#watcher.changed(task);
  }
}
