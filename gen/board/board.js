// Code generated from internal/test/e2e/board and gen/ts; DO NOT EDIT.

// gen/ts/src/retry.ts
var base = 500;
var longest = 8e3;
var patience = 6e4;
function isPassing(status) {
  return status === 408 || status === 429 || status >= 500;
}
function pause(repeat, asked = 0) {
  return asked * 1e3 > patience ? void 0 : asked * 1e3 + jitter(repeat, base, longest);
}
function jitter(repeat, first, most) {
  return Math.random() * Math.min(most, first * 2 ** (repeat - 1));
}
function retryAfter(headers) {
  const text = headers.get("Retry-After")?.trim();
  if (!text) {
    return void 0;
  }
  if (/^\d+$/.test(text)) {
    return Number(text);
  }
  const at = Date.parse(text);
  const now = Date.parse(headers.get("Date") ?? "") || Date.now();
  return Number.isNaN(at) ? void 0 : Math.max(0, (at - now) / 1e3);
}
function sleep(milliseconds, signal) {
  return unlessAborted(
    signal,
    (done) => {
      const timer = setTimeout(done, Math.min(milliseconds, 2 ** 31 - 1));
      return () => clearTimeout(timer);
    }
  );
}
function join(shared, signal) {
  return unlessAborted(signal, (done, failed2) => {
    shared.then(done, failed2);
  });
}
function unlessAborted(signal, begin) {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    const aborted = () => {
      stop?.();
      reject(signal?.reason);
    };
    const over = () => signal?.removeEventListener("abort", aborted);
    signal?.addEventListener("abort", aborted, { once: true });
    const stop = begin(
      (value) => (over(), resolve(value)),
      (reason) => (over(), reject(reason))
    );
  });
}

// gen/ts/src/errors.ts
var CoordinatorError = class extends Error {
  name = "CoordinatorError";
  /** The id to name when asking for help: the service writes it into its log. */
  requestId;
  constructor(message, options2 = {}) {
    super(message, "cause" in options2 ? { cause: options2.cause } : void 0);
    this.requestId = options2.requestId;
  }
};
var ApiError = class extends CoordinatorError {
  name = "ApiError";
  /** The HTTP status. */
  status;
  /** What went wrong, for programs. It is missing where something on the way has answered, such as a proxy. */
  code;
  /** Everything that is wrong with the request, field by field; empty where no field is to blame. */
  errors;
  /** The whole answer, with what some codes add to it; missing where `code` is. */
  problem;
  headers;
  /** In how many seconds the service asks to be called again. */
  retryAfter;
  /**
   * Whether an earlier attempt of this call to `PUT`, `PATCH` or `DELETE` got no answer, and so may have
   * done what this answer refuses: `version_conflict` is then perhaps the conflict with oneself. Read
   * the record to know. It never is with a `POST`, whose repeats get the answer of the first.
   */
  uncertain;
  constructor(response, body, options2 = {}) {
    const problem = isProblem(body) ? body : void 0;
    super(problem?.detail ?? explain(response), {
      ...options2,
      requestId: problem?.request_id ?? response.headers.get("X-Request-ID") ?? options2.requestId
    });
    this.status = response.status;
    this.code = problem?.code;
    this.errors = problem?.errors ?? [];
    this.problem = problem;
    this.headers = response.headers;
    this.retryAfter = retryAfter(response.headers);
    this.uncertain = options2.uncertain ?? false;
  }
};
var ConnectionError = class extends CoordinatorError {
  name = "ConnectionError";
  /** The key that was sent with the `POST`. */
  idempotencyKey;
  constructor(message, options2 = {}) {
    super(message, options2);
    this.idempotencyKey = options2.idempotencyKey;
  }
};
var TimeoutError = class extends ConnectionError {
  name = "TimeoutError";
};
function isApiError(error, ...codes) {
  return error instanceof Error && error.name === "ApiError" && (codes.length === 0 || codes.includes(error.code ?? ""));
}
function explain({ status, statusText, type, headers }) {
  if (type === "opaqueredirect" || status > 300 && status < 400 && status !== 304) {
    return `The answer leads to ${headers.get("Location") ?? "another address"}: give the address of the service itself as baseUrl.`;
  }
  return `${`The answer was ${status} ${statusText}`.trimEnd()}.`;
}
function isProblem(value) {
  const problem = value;
  return typeof problem?.code === "string" && typeof problem.detail === "string" && typeof problem.status === "number";
}

// gen/ts/src/path.ts
function fillPath(template, values) {
  let at = 0;
  return template.replace(/{(\w+)}/g, (_, name) => {
    const value = values[at++];
    const text = typeof value === "number" ? String(value) : value;
    if (typeof text !== "string" || text === "" || text === "." || text === "..") {
      throw new TypeError(`${name} is ${JSON.stringify(value) ?? "undefined"}: give the id of the record.`);
    }
    return encodeURIComponent(text);
  });
}
function pathLength(template) {
  return template.split("{").length - 1;
}

// gen/ts/src/resource.ts
function call(transport, method, template, takes = "", access) {
  return ((...given) => promised(async () => {
    const { path, body, params, options: options2 } = sort(template, takes, given);
    return transport.json({ method, path, query: params, body, anonymous: access === "anonymous", options: options2 });
  }));
}
function sort(template, takes, given) {
  const length = pathLength(template);
  const rest = given.slice(length);
  return {
    path: fillPath(template, given.slice(0, length)),
    body: takes.startsWith("body") ? rest.shift() : void 0,
    params: takes.endsWith("params") ? rest.shift() : void 0,
    options: rest.shift()
  };
}
function promised(send) {
  const answer = send();
  const data = answer.then(({ data: data2, response }) => {
    if (response.status === 304) {
      throw new ApiError(response, void 0);
    }
    return data2;
  });
  return Object.assign(data, {
    async withResponse() {
      const [known, { response }] = await Promise.all([data, answer]);
      return { data: known, response, ...describe(response) };
    },
    async ifModified() {
      data.catch(() => {
      });
      const { data: known, response } = await answer;
      return response.status === 304 ? void 0 : known;
    }
  });
}
function describe({ headers }) {
  return {
    etag: headers.get("ETag") ?? void 0,
    requestId: headers.get("X-Request-ID") ?? void 0,
    replayed: headers.get("Idempotency-Replayed") === "true"
  };
}

// gen/ts/src/pages.ts
var pageSize = 100;
function iterate(transport, template, by) {
  return ((...given) => {
    const { path, params, options: options2 } = sort(template, "params", given);
    async function* pages() {
      let query = { page_size: pageSize, ...params };
      while (query !== void 0) {
        const { data: page } = await transport.json({
          method: "GET",
          path,
          query,
          options: withoutCondition(options2)
        });
        yield page;
        query = following(page, by, query);
      }
    }
    async function* items() {
      for await (const page of pages()) {
        yield* page.data;
      }
    }
    return {
      [Symbol.asyncIterator]: items,
      pages,
      async toArray() {
        const all = [];
        for await (const item of items()) {
          all.push(item);
        }
        return all;
      }
    };
  });
}
function following({ page, ...feed }, by, query) {
  if (!(page ?? feed).has_more) {
    return void 0;
  }
  switch (by) {
    case "after":
      return { ...query, after: feed.next_cursor };
    case "page":
      return { ...query, page: (page?.page ?? 1) + 1 };
    case "cursor": {
      const { page: _, ...rest } = query;
      return page?.next_cursor ? { ...rest, cursor: page.next_cursor } : void 0;
    }
  }
}
function withoutCondition(options2) {
  return options2 && { ...options2, ifNoneMatch: void 0 };
}

// gen/ts/src/api/apiKeys.ts
function apiKeysApi(transport) {
  return {
    list: call(transport, "GET", "/api/v1/api-keys", "params"),
    iterate: iterate(transport, "/api/v1/api-keys", "cursor"),
    create: call(transport, "POST", "/api/v1/api-keys", "body"),
    get: call(transport, "GET", "/api/v1/api-keys/{api_key_id}"),
    update: call(transport, "PATCH", "/api/v1/api-keys/{api_key_id}", "body"),
    revoke: call(transport, "DELETE", "/api/v1/api-keys/{api_key_id}")
  };
}

// gen/ts/src/api/audit.ts
function auditApi(transport) {
  return {
    list: call(transport, "GET", "/api/v1/audit-log", "params"),
    iterate: iterate(transport, "/api/v1/audit-log", "cursor")
  };
}

// gen/ts/src/api/clients.ts
function clientsApi(transport) {
  return {
    list: call(transport, "GET", "/api/v1/clients", "params"),
    iterate: iterate(transport, "/api/v1/clients", "cursor"),
    create: call(transport, "POST", "/api/v1/clients", "body"),
    get: call(transport, "GET", "/api/v1/clients/{client_id}", "params"),
    replace: call(transport, "PUT", "/api/v1/clients/{client_id}", "body"),
    update: call(transport, "PATCH", "/api/v1/clients/{client_id}", "body"),
    delete: call(transport, "DELETE", "/api/v1/clients/{client_id}"),
    setStatus: call(transport, "PUT", "/api/v1/clients/{client_id}/status", "body"),
    restore: call(transport, "POST", "/api/v1/clients/{client_id}/restore"),
    getHistory: call(transport, "GET", "/api/v1/clients/{client_id}/history", "params"),
    iterateHistory: iterate(transport, "/api/v1/clients/{client_id}/history", "cursor"),
    search: call(transport, "GET", "/api/v1/clients/search", "params"),
    searchAll: iterate(transport, "/api/v1/clients/search", "page"),
    listProjects: call(transport, "GET", "/api/v1/clients/{client_id}/projects", "params"),
    iterateProjects: iterate(transport, "/api/v1/clients/{client_id}/projects", "cursor"),
    listContacts: call(transport, "GET", "/api/v1/clients/{client_id}/contacts", "params"),
    iterateContacts: iterate(transport, "/api/v1/clients/{client_id}/contacts", "cursor"),
    createContact: call(transport, "POST", "/api/v1/clients/{client_id}/contacts", "body"),
    getContact: call(transport, "GET", "/api/v1/clients/{client_id}/contacts/{contact_id}"),
    replaceContact: call(transport, "PUT", "/api/v1/clients/{client_id}/contacts/{contact_id}", "body"),
    updateContact: call(transport, "PATCH", "/api/v1/clients/{client_id}/contacts/{contact_id}", "body"),
    deleteContact: call(transport, "DELETE", "/api/v1/clients/{client_id}/contacts/{contact_id}"),
    getContactHistory: call(
      transport,
      "GET",
      "/api/v1/clients/{client_id}/contacts/{contact_id}/history",
      "params"
    ),
    iterateContactHistory: iterate(
      transport,
      "/api/v1/clients/{client_id}/contacts/{contact_id}/history",
      "cursor"
    ),
    getStatistics: call(transport, "GET", "/api/v1/clients/{client_id}/statistics", "params")
  };
}

// gen/ts/src/api/comments.ts
function commentsApi(transport) {
  return {
    listForClient: call(transport, "GET", "/api/v1/clients/{client_id}/comments", "params"),
    iterateForClient: iterate(transport, "/api/v1/clients/{client_id}/comments", "cursor"),
    createForClient: call(transport, "POST", "/api/v1/clients/{client_id}/comments", "body"),
    listForProject: call(transport, "GET", "/api/v1/projects/{project_id}/comments", "params"),
    iterateForProject: iterate(transport, "/api/v1/projects/{project_id}/comments", "cursor"),
    createForProject: call(transport, "POST", "/api/v1/projects/{project_id}/comments", "body"),
    listForTask: call(transport, "GET", "/api/v1/tasks/{task_id}/comments", "params"),
    iterateForTask: iterate(transport, "/api/v1/tasks/{task_id}/comments", "cursor"),
    createForTask: call(transport, "POST", "/api/v1/tasks/{task_id}/comments", "body"),
    list: call(transport, "GET", "/api/v1/comments", "params"),
    iterate: iterate(transport, "/api/v1/comments", "cursor"),
    get: call(transport, "GET", "/api/v1/comments/{comment_id}", "params"),
    replace: call(transport, "PUT", "/api/v1/comments/{comment_id}", "body"),
    update: call(transport, "PATCH", "/api/v1/comments/{comment_id}", "body"),
    delete: call(transport, "DELETE", "/api/v1/comments/{comment_id}"),
    restore: call(transport, "POST", "/api/v1/comments/{comment_id}/restore"),
    getHistory: call(transport, "GET", "/api/v1/comments/{comment_id}/history", "params"),
    iterateHistory: iterate(transport, "/api/v1/comments/{comment_id}/history", "cursor"),
    listFeedback: call(transport, "GET", "/api/v1/comments/{comment_id}/feedback", "params"),
    iterateFeedback: iterate(transport, "/api/v1/comments/{comment_id}/feedback", "cursor"),
    setFeedback: call(transport, "PUT", "/api/v1/comments/{comment_id}/feedback", "body"),
    removeFeedback: call(transport, "DELETE", "/api/v1/comments/{comment_id}/feedback")
  };
}

// gen/ts/src/hooks.ts
var secret = /auth|cookie|token|secret|password|session|credential|(?<!^idempotency-)key/i;
function withoutSecrets(headers) {
  const shown = new Headers();
  headers.forEach((value, name) => shown.append(name, secret.test(name) ? "***" : value));
  return shown;
}
function tell(hook, event) {
  if (hook) {
    void (async () => hook(event()))().catch(() => {
    });
  }
}

// gen/ts/src/sse.ts
async function* readMessages(body) {
  let id;
  let next = { event: "", data: void 0, id, retry: void 0 };
  for await (const line of body ? readLines(body) : []) {
    if (line === "") {
      id = next.id;
      yield next;
      next = { event: "", data: void 0, id, retry: void 0 };
      continue;
    }
    const [, name, value = ""] = /^([^:]*)(?:: ?([\s\S]*))?$/.exec(line) ?? [];
    if (name === "event") {
      next.event = value;
    } else if (name === "data") {
      next.data = next.data === void 0 ? value : `${next.data}
${value}`;
    } else if (name === "id" && !value.includes("\0")) {
      next.id = value;
    } else if (name === "retry" && /^\d+$/.test(value)) {
      next.retry = Number(value);
    }
  }
}
async function* readLines(body) {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = "";
  try {
    for (; ; ) {
      const { done, value } = await reader.read();
      if (done) {
        return;
      }
      text += decoder.decode(value, { stream: true });
      const lines = text.split(/\r\n|\n|\r(?!$)/);
      text = lines.pop() ?? "";
      yield* lines;
    }
  } finally {
    await reader.cancel().catch(() => {
    });
  }
}

// gen/ts/src/stream.ts
var StreamResetError = class extends CoordinatorError {
  name = "StreamResetError";
  notice;
  cursor;
  constructor(notice2, cursor) {
    super(notice2.detail);
    this.notice = notice2;
    this.cursor = cursor;
  }
};
var defaultSilence = 45e3;
var firstPause = 2e3;
var longestPause = 3e4;
function stream(transport, path) {
  return ((query, options2) => open(transport, { method: "GET", path, query }, options2));
}
function open(transport, call2, options2 = {}) {
  const { onReset, onState, silence = defaultSilence, ...request } = options2;
  const { signal } = request;
  let cursor;
  async function* messages() {
    let retry = firstPause;
    let wasOpen = false;
    let failures = 0;
    for (; ; ) {
      let asked = 0;
      failures++;
      try {
        const headers = new Headers(request.headers);
        if (cursor !== void 0) {
          headers.set("Last-Event-ID", cursor);
        }
        const retries = wasOpen ? { retries: 0 } : {};
        const response = await transport.send({
          ...call2,
          accept: "text/event-stream",
          silence,
          options: { ...request, headers, ...retries }
        });
        const type = response.headers.get("Content-Type") ?? "nothing";
        if (!type.startsWith("text/event-stream")) {
          await response.body?.cancel();
          throw new ConnectionError(`GET ${transport.baseUrl}${call2.path}: the answer is ${type}, and no stream of events.`);
        }
        wasOpen = true;
        tell(onState, () => "open");
        for await (const message of readMessages(response.body)) {
          failures = 0;
          retry = message.retry ?? retry;
          cursor = message.id ?? cursor;
          yield message;
          if (message.event === "end") {
            break;
          }
        }
      } catch (error) {
        const passes = error instanceof ApiError ? isPassing(error.status) : error instanceof ConnectionError;
        if (!wasOpen || !passes || signal?.aborted || failures > (request.retries ?? Infinity)) {
          throw error;
        }
        asked = error instanceof ApiError && error.retryAfter || 0;
      }
      tell(onState, () => "waiting");
      await sleep(Math.max(retry, asked * 1e3) + jitter(failures + 1, retry, longestPause), signal);
    }
  }
  async function* follow() {
    for await (const { event, data } of messages()) {
      if (data === void 0) {
        continue;
      }
      const content = JSON.parse(data);
      if (event !== "reset" && event !== "end") {
        yield { ...content, cursor: cursor ?? "" };
        continue;
      }
      const notice2 = content;
      if (event === "reset" || notice2.code === "access_changed") {
        if (!onReset) {
          throw new StreamResetError(notice2, cursor);
        }
        await onReset(notice2);
      }
    }
  }
  return {
    get cursor() {
      return cursor;
    },
    [Symbol.asyncIterator]: follow
  };
}

// gen/ts/src/api/events.ts
function eventsApi(transport) {
  return {
    list: call(transport, "GET", "/api/v1/events", "params"),
    iterate: iterate(transport, "/api/v1/events", "after"),
    stream: stream(transport, "/api/v1/events/stream")
  };
}

// gen/ts/src/api/health.ts
function healthApi(transport) {
  return {
    check: call(transport, "GET", "/health", "", "anonymous"),
    details: call(transport, "GET", "/health/detailed"),
    live: call(transport, "GET", "/livez", "", "anonymous"),
    ready: call(transport, "GET", "/readyz", "", "anonymous")
  };
}

// gen/ts/src/api/invitations.ts
function invitationsApi(transport) {
  return {
    list: call(transport, "GET", "/api/v1/invitations", "params"),
    iterate: iterate(transport, "/api/v1/invitations", "cursor"),
    create: call(transport, "POST", "/api/v1/invitations", "body"),
    revoke: call(transport, "DELETE", "/api/v1/invitations/{invitation_id}")
  };
}

// gen/ts/src/api/projects.ts
function projectsApi(transport) {
  return {
    list: call(transport, "GET", "/api/v1/projects", "params"),
    iterate: iterate(transport, "/api/v1/projects", "cursor"),
    create: call(transport, "POST", "/api/v1/projects", "body"),
    get: call(transport, "GET", "/api/v1/projects/{project_id}", "params"),
    replace: call(transport, "PUT", "/api/v1/projects/{project_id}", "body"),
    update: call(transport, "PATCH", "/api/v1/projects/{project_id}", "body"),
    delete: call(transport, "DELETE", "/api/v1/projects/{project_id}"),
    setStatus: call(transport, "PUT", "/api/v1/projects/{project_id}/status", "body"),
    restore: call(transport, "POST", "/api/v1/projects/{project_id}/restore"),
    clone: call(transport, "POST", "/api/v1/projects/{project_id}/clone", "body"),
    listMembers: call(transport, "GET", "/api/v1/projects/{project_id}/team", "params"),
    iterateMembers: iterate(transport, "/api/v1/projects/{project_id}/team", "cursor"),
    setMemberRole: call(transport, "PUT", "/api/v1/projects/{project_id}/team/{user_id}/role", "body"),
    addMember: call(transport, "POST", "/api/v1/projects/{project_id}/team/{user_id}", "body"),
    removeMember: call(transport, "DELETE", "/api/v1/projects/{project_id}/team/{user_id}"),
    getStatistics: call(transport, "GET", "/api/v1/projects/{project_id}/statistics", "params"),
    getHistory: call(transport, "GET", "/api/v1/projects/{project_id}/history", "params"),
    iterateHistory: iterate(transport, "/api/v1/projects/{project_id}/history", "cursor")
  };
}

// gen/ts/src/api/statistics.ts
function statisticsApi(transport) {
  return {
    getOverview: call(transport, "GET", "/api/v1/statistics/overview", "params")
  };
}

// gen/ts/src/api/tasks.ts
function tasksApi(transport) {
  return {
    list: call(transport, "GET", "/api/v1/tasks", "params"),
    iterate: iterate(transport, "/api/v1/tasks", "cursor"),
    create: call(transport, "POST", "/api/v1/tasks", "body"),
    bulk: call(transport, "POST", "/api/v1/tasks/bulk", "body"),
    get: call(transport, "GET", "/api/v1/tasks/{task_id}", "params"),
    replace: call(transport, "PUT", "/api/v1/tasks/{task_id}", "body"),
    update: call(transport, "PATCH", "/api/v1/tasks/{task_id}", "body"),
    delete: call(transport, "DELETE", "/api/v1/tasks/{task_id}"),
    search: call(transport, "GET", "/api/v1/tasks/search", "params"),
    searchAll: iterate(transport, "/api/v1/tasks/search", "page"),
    getReadiness: call(transport, "GET", "/api/v1/tasks/{task_id}/readiness"),
    setPosition: call(transport, "PUT", "/api/v1/tasks/{task_id}/position", "body"),
    restore: call(transport, "POST", "/api/v1/tasks/{task_id}/restore"),
    assign: call(transport, "PUT", "/api/v1/tasks/{task_id}/assign", "body"),
    setStatus: call(transport, "PUT", "/api/v1/tasks/{task_id}/status", "body"),
    addDependency: call(transport, "POST", "/api/v1/tasks/{task_id}/dependencies", "body"),
    removeDependency: call(transport, "DELETE", "/api/v1/tasks/{task_id}/dependencies/{prerequisite_id}"),
    getHistory: call(transport, "GET", "/api/v1/tasks/{task_id}/history", "params"),
    iterateHistory: iterate(transport, "/api/v1/tasks/{task_id}/history", "cursor")
  };
}

// gen/ts/src/api/time.ts
function timeApi(transport) {
  return {
    log: call(transport, "POST", "/api/v1/tasks/{task_id}/time", "body"),
    startTimer: call(transport, "POST", "/api/v1/tasks/{task_id}/timer", "body"),
    getTimer: call(transport, "GET", "/api/v1/timer"),
    discardTimer: call(transport, "DELETE", "/api/v1/timer"),
    stopTimer: call(transport, "POST", "/api/v1/timer/stop", "body"),
    listEntries: call(transport, "GET", "/api/v1/time-entries", "params"),
    iterateEntries: iterate(transport, "/api/v1/time-entries", "cursor"),
    getEntry: call(transport, "GET", "/api/v1/time-entries/{time_entry_id}", "params"),
    replaceEntry: call(transport, "PUT", "/api/v1/time-entries/{time_entry_id}", "body"),
    updateEntry: call(transport, "PATCH", "/api/v1/time-entries/{time_entry_id}", "body"),
    deleteEntry: call(transport, "DELETE", "/api/v1/time-entries/{time_entry_id}"),
    getEntryHistory: call(transport, "GET", "/api/v1/time-entries/{time_entry_id}/history", "params"),
    iterateEntryHistory: iterate(transport, "/api/v1/time-entries/{time_entry_id}/history", "cursor")
  };
}

// gen/ts/src/download.ts
function download(transport, template) {
  return (async (...given) => {
    const { path, params, options: options2 } = sort(template, "params", given);
    return new Download(await transport.send({ method: "GET", path, query: params, accept: "*/*", options: options2 }));
  });
}
var Download = class {
  /** The answer, for its headers. */
  response;
  constructor(response) {
    this.response = response;
  }
  /** The bytes as they come. */
  get body() {
    return this.response.body ?? new Blob([]).stream();
  }
  /** What the file is, such as `application/x-ndjson`. */
  get contentType() {
    return (this.response.headers.get("Content-Type") ?? "").split(";")[0].trim();
  }
  /** The name that the service gave to the file. */
  get filename() {
    return /filename="?([^";]+)"?/.exec(this.response.headers.get("Content-Disposition") ?? "")?.[1];
  }
  /** The whole file as text. */
  text() {
    return this.response.text();
  }
  /** The whole file. */
  blob() {
    return this.response.blob();
  }
  /** The records of a file of JSON lines, one by one as they come. */
  async *lines() {
    if (!this.contentType.endsWith("ndjson")) {
      throw new TypeError(`The file is ${this.contentType}, which has no JSON lines: read its text, or ask for ndjson.`);
    }
    const reader = this.body.getReader();
    const decoder = new TextDecoder();
    let rest = "";
    try {
      for (; ; ) {
        const { done, value } = await reader.read();
        const lines = (rest + decoder.decode(value, { stream: !done })).split("\n");
        rest = done ? "" : lines.pop() ?? "";
        for (const line of lines) {
          if (line.trim() !== "") {
            yield JSON.parse(line);
          }
        }
        if (done) {
          return;
        }
      }
    } finally {
      await reader.cancel().catch(() => {
      });
    }
  }
};

// gen/ts/src/upload.ts
function upload(transport, template, usual) {
  return ((...given) => promised(async () => {
    const { path, body, params = {}, options: options2 } = sort(template, "body, params", given);
    const { contentType, ...query } = params;
    const type = contentType ?? (body instanceof Blob && body.type !== "" ? body.type : usual);
    return transport.json({
      method: "POST",
      path,
      query,
      body: Array.isArray(body) ? jsonLines(body) : body,
      contentType: String(type),
      options: options2
    });
  }));
}
function jsonLines(records) {
  return records.map((record) => `${JSON.stringify(record)}
`).join("");
}

// gen/ts/src/api/transfer.ts
function transferApi(transport) {
  return {
    exportClients: download(transport, "/api/v1/clients/export"),
    importClients: upload(transport, "/api/v1/clients/import", "application/x-ndjson"),
    exportProjects: download(transport, "/api/v1/projects/export"),
    importProjects: upload(transport, "/api/v1/projects/import", "application/x-ndjson"),
    exportTasks: download(transport, "/api/v1/tasks/export"),
    importTasks: upload(transport, "/api/v1/tasks/import", "application/x-ndjson"),
    exportTimeEntries: download(transport, "/api/v1/time-entries/export"),
    importTimeEntries: upload(transport, "/api/v1/time-entries/import", "application/x-ndjson")
  };
}

// gen/ts/src/api/users.ts
function usersApi(transport) {
  return {
    register: call(transport, "POST", "/api/v1/users/register", "body", "anonymous"),
    login: call(transport, "POST", "/api/v1/users/login", "body", "anonymous"),
    refreshSession: call(transport, "POST", "/api/v1/users/refresh", "body", "anonymous"),
    logout: call(transport, "POST", "/api/v1/users/logout", "body"),
    changePassword: call(transport, "POST", "/api/v1/users/me/password", "body"),
    me: call(transport, "GET", "/api/v1/users/me"),
    requestPasswordReset: call(transport, "POST", "/api/v1/users/password-reset", "body", "anonymous"),
    resetPassword: call(transport, "POST", "/api/v1/users/password-reset/confirm", "body", "anonymous"),
    requestEmailVerification: call(transport, "POST", "/api/v1/users/me/email-verification"),
    verifyEmail: call(transport, "POST", "/api/v1/users/email-verification", "body", "anonymous"),
    getSecondFactor: call(transport, "GET", "/api/v1/users/me/second-factor"),
    beginSecondFactor: call(transport, "POST", "/api/v1/users/me/second-factor", "body"),
    confirmSecondFactor: call(transport, "POST", "/api/v1/users/me/second-factor/confirm", "body"),
    replaceRecoveryCodes: call(transport, "POST", "/api/v1/users/me/second-factor/recovery-codes", "body"),
    removeSecondFactor: call(transport, "POST", "/api/v1/users/me/second-factor/remove", "body"),
    listSessions: call(transport, "GET", "/api/v1/users/me/sessions", "params"),
    iterateSessions: iterate(transport, "/api/v1/users/me/sessions", "cursor"),
    revokeOtherSessions: call(transport, "DELETE", "/api/v1/users/me/sessions"),
    revokeSession: call(transport, "DELETE", "/api/v1/users/me/sessions/{session_id}"),
    list: call(transport, "GET", "/api/v1/users", "params"),
    iterate: iterate(transport, "/api/v1/users", "cursor"),
    get: call(transport, "GET", "/api/v1/users/{user_id}"),
    replace: call(transport, "PUT", "/api/v1/users/{user_id}", "body"),
    update: call(transport, "PATCH", "/api/v1/users/{user_id}", "body"),
    delete: call(transport, "DELETE", "/api/v1/users/{user_id}"),
    restore: call(transport, "POST", "/api/v1/users/{user_id}/restore"),
    unlock: call(transport, "POST", "/api/v1/users/{user_id}/unlock"),
    resetSecondFactor: call(transport, "DELETE", "/api/v1/users/{user_id}/second-factor"),
    revokeSessions: call(transport, "DELETE", "/api/v1/users/{user_id}/sessions"),
    getPreferences: call(transport, "GET", "/api/v1/users/{user_id}/preferences"),
    replacePreferences: call(transport, "PUT", "/api/v1/users/{user_id}/preferences", "body"),
    updatePreferences: call(transport, "PATCH", "/api/v1/users/{user_id}/preferences", "body"),
    getWorkload: call(transport, "GET", "/api/v1/users/{user_id}/workload", "params"),
    listActivity: call(transport, "GET", "/api/v1/users/{user_id}/activity", "params"),
    iterateActivity: iterate(transport, "/api/v1/users/{user_id}/activity", "cursor"),
    getHistory: call(transport, "GET", "/api/v1/users/{user_id}/history", "params"),
    iterateHistory: iterate(transport, "/api/v1/users/{user_id}/history", "cursor"),
    getQuality: call(transport, "GET", "/api/v1/users/{user_id}/quality", "params"),
    createAgent: call(transport, "POST", "/api/v1/agents", "body"),
    getStatistics: call(transport, "GET", "/api/v1/users/{user_id}/statistics", "params"),
    getJWKS: call(transport, "GET", "/.well-known/jwks.json", "", "anonymous")
  };
}

// gen/ts/src/api/webhooks.ts
function webhooksApi(transport) {
  return {
    list: call(transport, "GET", "/api/v1/webhooks", "params"),
    iterate: iterate(transport, "/api/v1/webhooks", "cursor"),
    create: call(transport, "POST", "/api/v1/webhooks", "body"),
    get: call(transport, "GET", "/api/v1/webhooks/{webhook_id}"),
    update: call(transport, "PATCH", "/api/v1/webhooks/{webhook_id}", "body"),
    delete: call(transport, "DELETE", "/api/v1/webhooks/{webhook_id}"),
    rotateSecret: call(transport, "POST", "/api/v1/webhooks/{webhook_id}/rotate-secret", "body"),
    enable: call(transport, "POST", "/api/v1/webhooks/{webhook_id}/enable"),
    disable: call(transport, "POST", "/api/v1/webhooks/{webhook_id}/disable"),
    test: call(transport, "POST", "/api/v1/webhooks/{webhook_id}/test"),
    listDeliveries: call(transport, "GET", "/api/v1/webhooks/{webhook_id}/deliveries", "params"),
    iterateDeliveries: iterate(transport, "/api/v1/webhooks/{webhook_id}/deliveries", "cursor"),
    getDelivery: call(transport, "GET", "/api/v1/webhooks/{webhook_id}/deliveries/{delivery_id}"),
    redeliver: call(transport, "POST", "/api/v1/webhooks/{webhook_id}/deliveries/{delivery_id}/redeliver")
  };
}

// gen/ts/src/api.ts
function bindApi(transport) {
  return {
    users: usersApi(transport),
    invitations: invitationsApi(transport),
    apiKeys: apiKeysApi(transport),
    clients: clientsApi(transport),
    projects: projectsApi(transport),
    tasks: tasksApi(transport),
    statistics: statisticsApi(transport),
    audit: auditApi(transport),
    events: eventsApi(transport),
    time: timeApi(transport),
    comments: commentsApi(transport),
    transfer: transferApi(transport),
    webhooks: webhooksApi(transport),
    health: healthApi(transport)
  };
}

// gen/ts/src/contract.ts
var commaSeparated = ["include"];

// gen/ts/src/request.ts
function prepare(baseUrl, client2, call2) {
  const { method, path, query, contentType, accept, options: options2 = {} } = call2;
  const headers = new Headers(client2.headers);
  new Headers(options2.headers).forEach((value, name) => headers.set(name, value));
  const set = (name, value) => {
    if (value !== void 0) {
      headers.set(name, value);
    }
  };
  set("Accept", accept ?? "application/json");
  set("If-Match", options2.ifMatch === void 0 ? void 0 : toTag(options2.ifMatch));
  set("If-None-Match", options2.ifNoneMatch);
  set("X-Request-ID", options2.requestId ?? headers.get("X-Request-ID") ?? randomId());
  if (method === "POST") {
    set("Idempotency-Key", options2.idempotencyKey ?? headers.get("Idempotency-Key") ?? randomId());
  }
  let body;
  if (call2.body !== void 0) {
    set("Content-Type", contentType ?? "application/json");
    body = contentType === void 0 ? JSON.stringify(call2.body) : call2.body;
  }
  return {
    method,
    url: baseUrl + path + toQuery(query),
    headers,
    body,
    requestId: headers.get("X-Request-ID") ?? "",
    idempotencyKey: headers.get("Idempotency-Key") ?? void 0,
    repeatable: !isStream(body)
  };
}
function toBaseUrl(text) {
  let url;
  try {
    url = new URL(text);
  } catch (cause) {
    throw new TypeError(`baseUrl is no address: ${JSON.stringify(text)}. Give one such as "https://coordinator.example".`, { cause });
  }
  if (!/^https?:$/.test(url.protocol) || url.username || url.password || url.search || url.hash) {
    throw new TypeError("baseUrl has to be http: or https:, without a user, a query and a fragment.");
  }
  const address = (url.origin + url.pathname).replace(/\/+$/, "");
  if (address.endsWith("/api/v1")) {
    throw new TypeError("baseUrl has /api/v1 in it, which each call adds by itself: leave it out.");
  }
  return address;
}
function toQuery(query) {
  const found = [];
  const add = (name, value) => found.push(`${encodeURIComponent(name)}=${encodeURIComponent(value instanceof Date ? value.toISOString() : String(value))}`);
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value === void 0 || value === null) {
      continue;
    }
    if (!Array.isArray(value)) {
      add(name, value);
    } else if (!commaSeparated.includes(name)) {
      value.forEach((each) => add(name, each));
    } else if (value.length > 0) {
      add(name, value.join(","));
    }
  }
  return found.length === 0 ? "" : `?${found.join("&")}`;
}
function toTag(match) {
  const version = typeof match === "object" ? match.version : match;
  return typeof version === "string" && /^\*$|"/.test(version) ? version : `"${version}"`;
}
function randomId() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
function isStream(body) {
  return typeof body === "object" && body !== null && ("getReader" in body || Symbol.asyncIterator in body);
}

// gen/ts/src/session.ts
function toCredentials(client2, transport) {
  const { apiKey, token, session } = client2;
  if ([apiKey, token, session].filter((given) => given !== void 0).length > 1) {
    throw new TypeError("Give one of apiKey, token and session.");
  }
  if (session !== void 0) {
    return new SessionKeeper(session, client2.onSession, transport);
  }
  const source = typeof token === "function" ? token : void 0;
  const fixed = typeof token === "function" ? void 0 : token ?? apiKey;
  return {
    token: async () => source ? source() : fixed,
    renew: async (refused) => source?.(refused),
    end: async () => {
    }
  };
}
function toSession(pair) {
  const at = "expires_at" in pair ? pair.expires_at : new Date(Date.now() + pair.expires_in * 1e3).toISOString();
  return { ...pair, expires_at: at };
}
var SessionKeeper = class {
  #transport;
  #tell;
  #session;
  /**
   * What the refresh of this session is known by, however often it is tried: a refresh token is good for
   * ten seconds after its first use, and ends the session later, but the answer to the same request is
   * to be had for days.
   */
  #key = randomId();
  #refreshing;
  constructor(session, tell2, transport) {
    this.#session = toSession(session);
    this.#tell = tell2;
    this.#transport = transport;
  }
  async token() {
    const session = this.#session;
    if (!session) {
      return void 0;
    }
    const left = Date.parse(session.expires_at) - Date.now();
    if (left > Math.min(60, session.expires_in / 5) * 1e3) {
      return session.access_token;
    }
    try {
      return await this.#refresh(session);
    } catch (error) {
      if (this.#session === session && left > 0) {
        return session.access_token;
      }
      throw error;
    }
  }
  async renew(refused) {
    const session = this.#session;
    return session?.access_token === refused && session ? this.#refresh(session) : session?.access_token;
  }
  async end() {
    if (this.#session) {
      this.#session = void 0;
      await this.#tell?.(null);
    }
  }
  #refresh(session) {
    this.#refreshing ??= this.#exchange(session).finally(() => this.#refreshing = void 0);
    return this.#refreshing;
  }
  async #exchange(old) {
    let pair;
    try {
      const answer = await this.#transport.json({
        method: "POST",
        path: "/api/v1/users/refresh",
        body: { refresh_token: old.refresh_token },
        anonymous: true,
        options: { idempotencyKey: this.#key }
      });
      pair = answer.data;
    } catch (error) {
      if (isApiError(error, "unauthenticated", "validation_failed")) {
        await this.end();
      }
      throw error;
    }
    const session = toSession({ ...pair, device_token: pair.device_token ?? old.device_token });
    if (this.#session === old) {
      this.#session = session;
      this.#key = randomId();
      await this.#tell?.(session);
    }
    return session.access_token;
  }
};

// gen/ts/src/body.ts
async function readJSON(response, deadline) {
  try {
    const text = await response.text();
    return { data: text === "" && !response.headers.has("Content-Type") ? void 0 : JSON.parse(text), response };
  } catch (cause) {
    throw deadline.explain(cause, "the answer is incomplete, or not JSON");
  } finally {
    deadline.release();
  }
}
var emptyStatuses = [204, 205, 304];
function watch(response, deadline, silence) {
  deadline.stop();
  if (!response.body || emptyStatuses.includes(response.status)) {
    deadline.release();
    return response;
  }
  const reader = response.body.getReader();
  const body = new ReadableStream(
    {
      async pull(controller) {
        try {
          deadline.start(silence);
          const { done, value } = await reader.read();
          deadline.stop();
          if (!done) {
            controller.enqueue(value);
            return;
          }
          deadline.release();
          controller.close();
        } catch (cause) {
          deadline.release();
          controller.error(deadline.explain(cause, "the connection was lost in the middle of the answer"));
        }
      },
      cancel(reason) {
        deadline.release();
        return reader.cancel(reason);
      }
    },
    { highWaterMark: 0 }
  );
  return new Response(body, response);
}

// gen/ts/src/deadline.ts
var Deadline = class {
  #controller = new AbortController();
  #caller;
  #request;
  #aborted = () => this.#controller.abort(this.#caller?.reason);
  #timer;
  #limit = 0;
  constructor(caller, request) {
    this.#caller = caller;
    this.#request = request;
    caller?.addEventListener("abort", this.#aborted, { once: true });
    if (caller?.aborted) {
      this.#aborted();
    }
  }
  get signal() {
    return this.#controller.signal;
  }
  /** Counts from now. */
  start(limit) {
    this.stop();
    this.#limit = limit;
    if (limit < 2 ** 31) {
      this.#timer = setTimeout(() => this.#controller.abort(this), limit);
    }
  }
  /** Counts no longer. */
  stop() {
    clearTimeout(this.#timer);
  }
  /** Lets go of the caller's signal: everything is answered. */
  release() {
    this.stop();
    this.#caller?.removeEventListener("abort", this.#aborted);
  }
  /** What to throw where `fetch` or a body has thrown. */
  explain(cause, what) {
    if (this.#caller?.aborted) {
      return this.#caller.reason;
    }
    const { method, url, requestId, idempotencyKey } = this.#request;
    const about = `${method} ${url.replace(/\?.*/, "")}`;
    return this.signal.reason === this ? new TimeoutError(`${about}: nothing came for ${this.#limit / 1e3} seconds.`, { requestId, idempotencyKey }) : new ConnectionError(`${about}: ${what}.`, { cause, requestId, idempotencyKey });
  }
};

// gen/ts/src/attempt.ts
var answerLimit = 3e4;
var uploadLimit = 3e5;
async function attempt(one, token, read) {
  const { client: client2, call: call2, request } = one;
  const event = { ...one.event };
  const options2 = call2.options ?? {};
  const timeout = options2.timeout ?? client2.timeout;
  const headers = new Headers(request.headers);
  if (token !== void 0 && !headers.has("Authorization")) {
    headers.set("Authorization", `Bearer ${token}`);
  }
  tell(client2.hooks?.onRequest, () => ({ ...event, headers: withoutSecrets(headers) }));
  const deadline = new Deadline(options2.signal, request);
  try {
    const began = performance.now();
    deadline.start(timeout ?? (call2.contentType === void 0 ? answerLimit : uploadLimit));
    const response = await toResponse(client2, request, headers, deadline);
    const duration = performance.now() - began;
    tell(client2.hooks?.onResponse, () => ({ ...event, status: response.status, duration, headers: withoutSecrets(response.headers) }));
    if (!response.ok && response.status !== 304) {
      throw await toError(response, deadline, one);
    }
    return await read(response, deadline, call2.silence ?? timeout ?? answerLimit);
  } catch (error) {
    deadline.release();
    throw error;
  }
}
async function toResponse(client2, { method, url, body, repeatable }, headers, deadline) {
  const send = client2.fetch ?? fetch;
  try {
    const duplex = repeatable ? {} : { duplex: "half" };
    return await send(url, { method, headers, body: body ?? null, signal: deadline.signal, redirect: "manual", ...duplex });
  } catch (cause) {
    throw deadline.explain(cause, "no answer came");
  }
}
async function toError(response, deadline, { request, uncertain }) {
  const about = { requestId: request.requestId, uncertain };
  if (!/json/.test(response.headers.get("Content-Type") ?? "")) {
    await response.body?.cancel().catch(() => {
    });
    deadline.release();
    return new ApiError(response, void 0, about);
  }
  try {
    const { data } = await readJSON(response, deadline);
    return new ApiError(response, data, about);
  } catch (cause) {
    if (!(cause instanceof ConnectionError)) {
      throw cause;
    }
    return new ApiError(response, void 0, { ...about, cause });
  }
}

// gen/ts/src/transport.ts
var defaultRetries = 3;
function createTransport(client2) {
  const baseUrl = toBaseUrl(client2.baseUrl);
  async function run(call2, read) {
    const request = prepare(baseUrl, client2, call2);
    const { method, url, requestId } = request;
    const event = { method, url, requestId, attempt: 0 };
    try {
      return await untilAnswered({ client: client2, call: call2, request, event, uncertain: false }, read);
    } catch (error) {
      tell(client2.hooks?.onError, () => ({ ...event, error }));
      throw error;
    }
  }
  async function untilAnswered(one, read) {
    const { call: call2, request, event } = one;
    const { signal } = call2.options ?? {};
    const retries = call2.options?.retries ?? client2.retries ?? defaultRetries;
    let renewed;
    for (let repeats = 0; ; ) {
      signal?.throwIfAborted();
      const token = call2.anonymous ? void 0 : renewed ?? await join(credentials.token(), signal);
      event.attempt++;
      try {
        return await attempt(one, token, read);
      } catch (error) {
        if (one.uncertain && request.method === "DELETE" && isApiError(error, "not_found")) {
          return read(new Response(null, { status: 204 }), new Deadline(void 0, request), 0);
        }
        if (signal?.aborted || !request.repeatable || !(error instanceof CoordinatorError)) {
          throw error;
        }
        if (!call2.anonymous && renewed === void 0 && wantsAnother(error)) {
          renewed = await join(credentials.renew(token), signal);
          if (renewed === void 0 || renewed === token) {
            throw error;
          }
          continue;
        }
        const delay = delayAfter(error, request, ++repeats);
        if (delay === void 0 || repeats > retries) {
          throw error;
        }
        one.uncertain ||= mayBeDone(error, request);
        tell(client2.hooks?.onRetry, () => ({ ...event, error, delay }));
        await sleep(delay, signal);
      }
    }
  }
  const transport = {
    baseUrl,
    send: (call2) => run(call2, watch),
    json: (call2) => run(call2, readJSON),
    async signOut() {
      try {
        await transport.send({ method: "POST", path: "/api/v1/users/logout" });
      } catch (error) {
        if (!isApiError(error, "unauthenticated")) {
          throw error;
        }
      }
      await credentials.end();
    }
  };
  const credentials = toCredentials(client2, transport);
  return transport;
}
function wantsAnother(error) {
  return error instanceof ApiError && error.status === 401 && (error.code ?? "unauthenticated") === "unauthenticated";
}
function delayAfter(error, request, repeat) {
  if (!(error instanceof ApiError)) {
    return pause(repeat);
  }
  const isPassed = isPassing(error.status) || // An answer whose end is missing, which has the reason in it.
  error.cause !== void 0 || // An earlier attempt, whose answer was lost, is still under way.
  request.method === "POST" && error.code === "request_in_progress";
  return isPassed ? pause(repeat, error.retryAfter) : void 0;
}
function mayBeDone(error, { method }) {
  return method !== "GET" && method !== "POST" && (error instanceof ApiError ? error.status >= 500 : !isUnsent(error));
}
function isUnsent({ cause }) {
  const { code } = cause?.cause ?? {};
  return code === "ECONNREFUSED" || code === "ENOTFOUND";
}

// gen/ts/src/signin.ts
async function login(options2, request) {
  const { email, password, code, recovery_code, device_token, ...client2 } = options2;
  const { data } = await createTransport(client2).json({
    method: "POST",
    path: "/api/v1/users/login",
    body: { email, password, code, recovery_code, device_token },
    anonymous: true,
    options: request
  });
  const session = toSession(data);
  await options2.onSession?.(session);
  return session;
}

// gen/ts/src/client.ts
function createClient(options2) {
  const transport = createTransport(options2);
  return { ...bindApi(transport), signOut: transport.signOut };
}
async function signIn(options2, request) {
  const { email, password, code, recovery_code, device_token, ...client2 } = options2;
  return createClient({ ...client2, session: await login(options2, request) });
}

// gen/ts/src/enums.ts
var taskStatusValues = [
  "backlog",
  "todo",
  "in_progress",
  "in_review",
  "blocked",
  "done",
  "cancelled"
];

// internal/test/e2e/board/src/dom.ts
function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}
function byId(id) {
  const found = document.getElementById(id);
  if (!found) {
    throw new Error(`The page has no element ${id}.`);
  }
  return found;
}

// internal/test/e2e/board/src/words.ts
var statusNames = {
  backlog: "Backlog",
  todo: "To do",
  in_progress: "In progress",
  in_review: "In review",
  blocked: "Blocked",
  done: "Done",
  cancelled: "Cancelled"
};
function explain2(error) {
  if (isApiError(error, "illegal_transition")) {
    const allowed = (error.problem?.allowed ?? []).map((status) => statusNames[status] ?? status);
    return `${error.message} It can go to: ${allowed.join(", ")}.`;
  }
  return error instanceof Error ? error.message : String(error);
}
function told(event, task) {
  const who = event.actor?.name ?? "The service";
  const what = task ? `“${task.title}”` : "a task";
  const to = event.changes["status"]?.new;
  if (event.action === "task.created") {
    return `${who} added ${what}.`;
  }
  if (event.action === "task.deleted") {
    return `${who} deleted ${what}.`;
  }
  return to ? `${who} moved ${what} to ${statusNames[to] ?? to}.` : `${who} changed ${what}.`;
}

// internal/test/e2e/board/src/dialogs.ts
function say(place2, text, ...more) {
  place2.replaceChildren(text, ...more);
  place2.hidden = text === "" && place2.getAttribute("role") !== "status";
}
function signInForm(submit) {
  const section = byId("sign-in");
  const form2 = section.querySelector("form");
  const button = form2.querySelector("button");
  const refusal = section.querySelector(".refusal");
  const code = form2.querySelector("[data-code]");
  const askForCode = (asked) => {
    const field = code.querySelector("input");
    code.hidden = !asked;
    field.disabled = !asked;
    field.required = asked;
    if (asked) {
      field.focus();
    }
  };
  form2.addEventListener("submit", async (event) => {
    event.preventDefault();
    const typed = Object.fromEntries(new FormData(form2));
    button.disabled = true;
    say(refusal, "");
    try {
      await submit(typed);
      form2.reset();
      askForCode(false);
    } catch (error) {
      if (isApiError(error, "second_factor_required")) {
        askForCode(true);
      }
      say(refusal, explain2(error));
    } finally {
      button.disabled = false;
    }
  });
  return {
    show() {
      section.hidden = false;
      button.focus();
    },
    hide() {
      section.hidden = true;
    }
  };
}
var toast = byId("refusal");
toast.querySelector("button").addEventListener("click", hideRefusal);
function showRefusal(text) {
  toast.querySelector("p").textContent = text;
  toast.hidden = false;
}
function hideRefusal() {
  toast.hidden = true;
}
async function askForStatus(task) {
  const dialog = byId("move");
  const others = taskStatusValues.filter((status) => status !== task.status);
  const answer = await answered(
    dialog,
    `Move “${task.title}” to`,
    () => dialog.querySelector(".choices").replaceChildren(
      ...others.map((status) => element("button", { className: "button", value: status }, statusNames[status]))
    )
  );
  return others.find((status) => status === answer);
}
async function askForReason(question) {
  const dialog = byId("reason");
  const field = dialog.querySelector("textarea");
  return await answered(dialog, question, () => field.value = "") === "move" ? field.value : void 0;
}
function stopAsking() {
  document.querySelectorAll("dialog[open]").forEach((dialog) => dialog.close(""));
}
var asking = Promise.resolve();
function answered(dialog, question, prepare2) {
  const answer = asking.then(() => {
    dialog.querySelector("h2").textContent = question;
    prepare2();
    dialog.returnValue = "";
    dialog.showModal();
    return new Promise((resolve) => {
      dialog.addEventListener("close", () => resolve(dialog.returnValue), { once: true });
    });
  });
  asking = answer;
  return answer;
}

// internal/test/e2e/board/src/columns.ts
var Columns = class {
  #root;
  #moved;
  #columns = /* @__PURE__ */ new Map();
  #cards = /* @__PURE__ */ new Map();
  #dragged;
  constructor(root, moved) {
    this.#root = root;
    this.#moved = moved;
    root.replaceChildren(...taskStatusValues.map((status) => this.#column(status)));
  }
  /** Says that the cards are being fetched. */
  set busy(busy) {
    this.#root.setAttribute("aria-busy", String(busy));
  }
  /** Shows these tasks and no others. */
  fill(tasks2) {
    this.#cards.clear();
    for (const { list } of this.#columns.values()) {
      list.replaceChildren();
    }
    for (const task of tasks2) {
      this.#place(task);
    }
    this.#count();
  }
  /** Shows a task as it is now, and where it belongs. */
  show(task) {
    this.#place(task);
    this.#count();
  }
  remove(taskId) {
    this.#cards.get(taskId)?.remove();
    this.#cards.delete(taskId);
    this.#count();
  }
  /** Draws attention to a card that somebody else has changed. */
  announce(taskId) {
    const card = this.#cards.get(taskId);
    card?.classList.add("news");
    card?.addEventListener("animationend", () => card.classList.remove("news"), { once: true });
  }
  /** Says that a card waits for the service to agree. */
  setMoving(taskId, moving) {
    this.#cards.get(taskId)?.classList.toggle("moving", moving);
  }
  #column(status) {
    const id = `lane-${status}`;
    const count = element("span");
    const title = element("h2", { id }, statusNames[status], count);
    const list = element("ul");
    const lane = element("section", { className: "lane" }, title, list);
    lane.setAttribute("aria-labelledby", id);
    lane.dataset["status"] = status;
    this.#columns.set(status, { list, count });
    lane.addEventListener("dragover", (event) => {
      if (this.#dragged !== void 0) {
        event.preventDefault();
        lane.classList.add("over");
      }
    });
    lane.addEventListener("dragleave", (event) => {
      if (!lane.contains(event.relatedTarget)) {
        lane.classList.remove("over");
      }
    });
    lane.addEventListener("drop", (event) => {
      event.preventDefault();
      lane.classList.remove("over");
      if (this.#dragged !== void 0 && !list.contains(this.#cards.get(this.#dragged) ?? null)) {
        this.#moved(this.#dragged, status);
      }
    });
    return lane;
  }
  #place(task) {
    const old = this.#cards.get(task.id);
    const hadFocus = old?.contains(document.activeElement) ?? false;
    const card = this.#card(task);
    this.#cards.set(task.id, card);
    old?.remove();
    const { list } = this.#columns.get(task.status);
    const next = [...list.children].find((other) => other.dataset["position"] > task.position);
    list.insertBefore(card, next ?? null);
    if (hadFocus) {
      card.querySelector("button")?.focus();
    }
  }
  #card(task) {
    const menu = element("button", { type: "button", className: "button" }, "Move …");
    menu.setAttribute("aria-label", `Move ${task.title}`);
    menu.addEventListener("click", async () => {
      const status = await askForStatus(task);
      if (status) {
        this.#moved(task.id, status);
      }
    });
    const card = element(
      "li",
      { className: "card", draggable: true },
      element("h3", {}, task.title),
      element("p", {}, ...facts(task)),
      ...task.status === "blocked" && task.status_reason ? [element("p", { className: "why" }, task.status_reason)] : [],
      menu
    );
    card.dataset["task"] = task.id;
    card.dataset["position"] = task.position;
    card.addEventListener("dragstart", (event) => {
      this.#dragged = task.id;
      event.dataTransfer.effectAllowed = "move";
      event.dataTransfer.setData("text/plain", task.title);
      card.classList.add("dragged");
    });
    card.addEventListener("dragend", () => {
      this.#dragged = void 0;
      card.classList.remove("dragged");
    });
    return card;
  }
  #count() {
    for (const { list, count } of this.#columns.values()) {
      count.textContent = String(list.childElementCount);
    }
  }
};
var dates = new Intl.DateTimeFormat("en", { day: "numeric", month: "short", timeZone: "UTC" });
function facts(task) {
  const told2 = [];
  if (task.priority === "high" || task.priority === "urgent") {
    told2.push(element("span", { className: `mark ${task.priority}` }, task.priority === "high" ? "High" : "Urgent"));
  }
  const isOpen = task.status !== "done" && task.status !== "cancelled";
  if (isOpen && task.is_blocked) {
    told2.push(element("span", { className: "mark waits" }, "Waiting"));
  }
  told2.push(element("span", {}, task.included?.assignee?.name ?? (task.assignee_id ? "Assigned" : "Nobody yet")));
  if (task.due_date) {
    const isLate = isOpen && task.due_date < (/* @__PURE__ */ new Date()).toISOString().slice(0, 10);
    told2.push(element("span", { className: isLate ? "late" : "" }, `${isLate ? "Was due" : "Due"} ${dates.format(new Date(task.due_date))}`));
  }
  return told2;
}

// internal/test/e2e/board/src/session.ts
var place = "coordinator.board";
function options(ended2) {
  return {
    baseUrl: location.origin,
    onSession(session) {
      if (session) {
        sessionStorage.setItem(place, JSON.stringify(session));
      } else {
        sessionStorage.removeItem(place);
        ended2();
      }
    }
  };
}
function enter(credentials, ended2) {
  return signIn({ ...options(ended2), ...credentials });
}
function resume(ended2) {
  try {
    const kept = JSON.parse(sessionStorage.getItem(place) ?? "null");
    return kept ? createClient({ ...options(ended2), session: kept }) : void 0;
  } catch {
    return void 0;
  }
}

// internal/test/e2e/board/src/tasks.ts
var many = 10;
var ProjectTasks = class {
  #client;
  #projectId;
  #watcher;
  #tasks = /* @__PURE__ */ new Map();
  /** What has happened since the tasks were read. */
  #news = [];
  #catchingUp;
  constructor(client2, projectId, watcher) {
    this.#client = client2;
    this.#projectId = projectId;
    this.#watcher = watcher;
  }
  get(taskId) {
    return this.#tasks.get(taskId);
  }
  /** Reads the tasks, and follows what changes until the signal ends it. */
  async follow(signal) {
    const { next_cursor } = await this.#client.events.list({ after: "now" }, { signal });
    await this.#load(signal);
    const failed2 = new AbortController();
    const events = this.#client.events.stream(
      { after: next_cursor, project_id: this.#projectId, entity_type: "task" },
      {
        signal: AbortSignal.any([signal, failed2.signal]),
        onReset: () => this.#load(signal),
        onState: (state) => this.#watcher.connection(state)
      }
    );
    for await (const event of events) {
      this.#news.push(event);
      this.#catchingUp ??= this.#catchUp(signal).catch((error) => failed2.abort(error)).finally(() => this.#catchingUp = void 0);
    }
  }
  /** Moves a task to another status, unless somebody else has changed it since it was read. */
  async move(taskId, status, reason) {
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
  async #load(signal) {
    const tasks2 = await this.#client.tasks.iterate({ project_id: [this.#projectId], include: ["assignee"], sort: "position" }, { signal }).toArray();
    this.#tasks.clear();
    for (const task of tasks2) {
      this.#tasks.set(task.id, task);
    }
    this.#watcher.loaded(tasks2);
  }
  /** Reads what has changed, until nothing has changed meanwhile. */
  async #catchUp(signal) {
    while (this.#news.length > 0) {
      const before = new Map(this.#tasks);
      const events = this.#news.splice(0).filter((event) => !this.#has(event));
      const changed = new Set(events.map((event) => event.entity_id));
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
  #has({ entity_id, version }) {
    const task = this.#tasks.get(entity_id);
    return task !== void 0 && version !== null && task.version >= version;
  }
  async #read(taskId, signal) {
    try {
      this.#keep(await this.#client.tasks.get(taskId, { include: ["assignee"] }, { signal }));
    } catch (error) {
      if (!isApiError(error, "not_found")) {
        throw error;
      }
      this.#tasks.delete(taskId);
      this.#watcher.gone(taskId);
    }
  }
  #keep(task) {
    if ((this.#tasks.get(task.id)?.version ?? 0) > task.version) {
      return;
    }
    this.#tasks.set(task.id, task);
    this.#watcher.changed(task);
  }
};

// internal/test/e2e/board/src/main.ts
var projects = byId("project");
var connection = byId("connection");
var notice = byId("notice");
var columns = new Columns(byId("columns"), (taskId, status) => void move(taskId, status));
var client;
var tasks;
var leaving = new AbortController();
var form = signInForm(async (credentials) => void open2(await enter(credentials, ended)));
byId("sign-out").addEventListener("click", () => client?.signOut().catch((error) => showRefusal(explain2(error))));
projects.addEventListener("change", () => void choose(projects.value));
client = resume(ended);
if (client) {
  void open2(client);
} else {
  form.show();
}
async function open2(signedIn) {
  client = signedIn;
  form.hide();
  byId("work").hidden = false;
  projects.focus();
  say(notice, "Loading the projects …");
  try {
    const [me, all] = await Promise.all([client.users.me(), client.projects.iterate({ sort: "name" }).toArray()]);
    if (client !== signedIn) {
      return;
    }
    byId("who").textContent = me.name;
    projects.replaceChildren(...all.map((project) => element("option", { value: project.id }, project.name)));
    const chosen = all.find((project) => project.id === location.hash.slice(1)) ?? all.find((project) => project.status === "active") ?? all[0];
    if (!chosen) {
      say(notice, "You are on no project's team yet.");
      return;
    }
    projects.value = chosen.id;
    await choose(chosen.id);
  } catch (error) {
    failed(error, () => void open2(signedIn));
  }
}
async function choose(projectId) {
  leaving.abort();
  leaving = new AbortController();
  const { signal } = leaving;
  history.replaceState(null, "", `#${projectId}`);
  hideRefusal();
  say(notice, "Loading the tasks …");
  columns.busy = true;
  columns.fill([]);
  const here = (tell2) => (...given) => signal.aborted || tell2(...given);
  tasks = new ProjectTasks(client, projectId, {
    loaded: here((all) => {
      columns.busy = false;
      columns.fill(all);
      say(notice, all.length === 0 ? "This project has no tasks yet." : "");
    }),
    changed: here((task) => {
      columns.show(task);
      say(notice, "");
    }),
    gone: here((taskId) => columns.remove(taskId)),
    happened: here((event, task) => {
      columns.announce(event.entity_id);
      byId("activity").textContent = told(event, task);
    }),
    connection: here((state) => {
      connection.textContent = state === "open" ? "Live" : "Connecting again …";
      connection.classList.toggle("good", state === "open");
      connection.classList.toggle("waiting", state === "waiting");
    })
  });
  try {
    await tasks.follow(signal);
  } catch (error) {
    if (!signal.aborted) {
      failed(error, () => void choose(projectId));
    }
  }
}
async function move(taskId, status, reason) {
  const board = tasks;
  const task = board?.get(taskId);
  if (!board || !task) {
    return;
  }
  hideRefusal();
  columns.setMoving(taskId, true);
  try {
    await board.move(taskId, status, reason);
    say(byId("activity"), `You moved “${task.title}” to ${statusNames[status]}.`);
  } catch (error) {
    if (tasks !== board) {
      return;
    }
    columns.setMoving(taskId, false);
    if (isApiError(error, "validation_failed") && reason === void 0 && error.errors.some(({ pointer }) => pointer === "/reason")) {
      const given = await askForReason(error.message);
      return given === void 0 ? void 0 : move(taskId, status, given);
    }
    showRefusal(explain2(error));
  }
}
function ended() {
  leaving.abort();
  stopAsking();
  client = tasks = void 0;
  byId("work").hidden = true;
  columns.fill([]);
  form.show();
}
function failed(error, again) {
  columns.busy = false;
  if (isApiError(error, "unauthenticated")) {
    return;
  }
  connection.textContent = "";
  say(notice, explain2(error), element("button", { type: "button", className: "button", onclick: again }, "Try again"));
}
