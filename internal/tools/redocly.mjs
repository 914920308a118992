// What the lint of openapi.yaml needs beyond redocly's own rules: two preprocessors, and the rules that
// its configuration cannot say. redocly.test.mjs shows of each rule that it finds what breaks it.

// In OpenAPI 3.0.3 a nullable reference is {nullable: true, allOf: [{$ref}]}. The validator that
// redocly holds examples against refuses to compile it, because no type stands beside nullable. Here
// it is taken for a schema that accepts anything but an array; the tests of internal/test/contract hold
// the examples against the contract once more, with a validator that knows the form.
const nullableReferences = () => ({
  Schema: {
    enter(schema) {
      if (schema.nullable && schema.allOf && !schema.type) {
        // The reference stays, so that what it names counts as used.
        schema.items = schema.allOf[0];
        delete schema.nullable;
        delete schema.allOf;
      }
    },
  },
});

// OpenAPI 3.0.3 cannot say what the lines of a file are: x-line names the schema of one, and x-notice
// that of what a stream says of itself. Here it
// stands where a reference is followed, so that what it names counts as used.
const lines = () => ({
  Schema: {
    enter(schema) {
      for (const name of ['x-line', 'x-notice']) {
        if (schema[name]) {
          schema.items = schema[name];
          delete schema[name];
          delete schema.type;
        }
      }
    },
  },
});

// What the service sends is implemented by others: it has no method in the SDKs, and no errors of ours.
const ofCallback = (ctx) => ctx.location.pointer.includes('/callbacks/');

// each calls the rule with every operation that the service has.
const each = (rule) => ({
  PathItem(item, ctx) {
    if (ofCallback(ctx)) return;
    for (const method of ['get', 'put', 'post', 'patch', 'delete']) {
      const operation = item[method];
      if (!operation) continue;
      const at = ctx.location.child([method]);
      const parameters = [...(item.parameters ?? []), ...(operation.parameters ?? [])].map(
        (parameter) => ctx.resolve(parameter).node,
      );
      rule({ operation, method, parameters, at, path: ctx.key, report: reporter(ctx, at), resolve: (node) => ctx.resolve(node).node });
    }
  },
});

const reporter = (ctx, at) => (message, ...where) => ctx.report({ message, location: where.length ? at.child(where) : at.key() });

const summaries = () => each(({ operation, report }) => {
  const { summary = '' } = operation;
  if (!/^[A-Z]/.test(summary)) report('Summarize the operation; the summary begins with a capital.', ...(operation.summary ? ['summary'] : []));
  else if (summary.endsWith('.')) report('A summary is a title, without a full stop.', 'summary');
  else if (summary.length > 60) report(`A summary has at most 60 characters, and this one ${summary.length}.`, 'summary');
});

// The SDKs call an operation by its tag and this name.
const sdkMethods = () => {
  const taken = new Map();
  return each(({ operation, report }) => {
    const method = operation['x-sdk-method'];
    if (method === undefined) return report('Name the method of the SDKs in x-sdk-method.');
    if (!/^[a-z]+([A-Z]+[a-z]*)*$/.test(method)) return report('x-sdk-method is lowerCamel, such as listForTask.', 'x-sdk-method');
    const full = `${operation.tags?.[0]}.${method}`;
    if (taken.has(full)) return report(`The SDKs have ${full} already, for ${taken.get(full)}.`, 'x-sdk-method');
    taken.set(full, operation.operationId);
  });
};

const paths = () => ({
  PathItem(_item, ctx) {
    if (!ofCallback(ctx) && !/^(\/([a-z0-9.-]+|\{[a-z_]+\}))+$/.test(ctx.key)) {
      ctx.report({ message: 'A path is kebab-case, with its parameters in snake_case.', location: ctx.location.key() });
    }
  },
});

// A status is listed where the operation has what leads to it. A record that is not found and a version
// that is stale can also be named in a body.
const statuses = () => each(({ operation, method, parameters, at, report }) => {
  const named = (name) => parameters.some((parameter) => parameter.name === name);
  const open = operation.security?.length === 0;
  const body = operation.requestBody !== undefined;
  const expected = {
    304: [named('If-None-Match'), 'it takes If-None-Match'],
    400: [true, 'any request can be malformed'],
    404: [parameters.some((parameter) => parameter.in === 'path'), 'its path names a record'],
    412: [named('If-Match'), 'it takes If-Match'],
    413: [body, 'it takes a body'],
    415: [body, 'it takes a body'],
    422: [true, 'any request can break the contract'],
    428: [named('If-Match'), 'it takes If-Match'],
    429: [true, 'requests are counted'],
    500: [true, 'anything can fail'],
    503: [true, 'the service can be overloaded'],
  };
  if (!open) expected[401] = [true, 'it asks who is calling'];
  if (method === 'post') expected[409] = [true, 'a request with the same Idempotency-Key can be under way'];
  if (method !== 'post' && operation.responses?.[409] !== undefined && !/conflict/.test(operation.description ?? '')) {
    report('Say in the description what is a conflict, or leave 409 out.', 'responses', '409');
  }
  for (const [status, [wanted, reason]] of Object.entries(expected)) {
    const listed = operation.responses?.[status] !== undefined;
    if (wanted && !listed) report(`List ${status}: ${reason}.`, 'responses');
    if (!wanted && listed && status !== '404' && status !== '412') report(`Leave ${status} out, or say what leads to it: not so that ${reason}.`, 'responses', status);
  }
});

const problems = () => each(({ operation, report, resolve }) => {
  for (const [status, answer] of Object.entries(operation.responses ?? {})) {
    if (!/^[45]/.test(status)) continue;
    const content = resolve(answer)?.content ?? {};
    const [mediaType, ...others] = Object.keys(content);
    if (mediaType !== 'application/problem+json' || others.length) report('An error is application/problem+json and nothing else.', 'responses', status);
    else if (content[mediaType].schema?.$ref !== '#/components/schemas/Problem') report('An error has the schema Problem.', 'responses', status);
  }
});

// What is sent to the service: whoever misspells a field is to learn it.
const closedRequests = () => ({
  RequestBody: {
    skip: (_body, _key, ctx) => ofCallback(ctx),
    Schema(schema, ctx) {
      // One without properties is a map, of names that the caller chooses.
      if (schema.properties && schema.additionalProperties !== false) {
        ctx.report({ message: 'Set additionalProperties to false in a schema of requests.', location: ctx.location.key() });
      }
    },
  },
});

const orders = () => each(({ operation, parameters, report, resolve }) => {
  const answer = resolve(operation.responses?.['200'] ?? {});
  const schema = resolve(answer?.content?.['application/json']?.schema ?? {});
  const list = schema?.properties?.data?.type === 'array' || parameters.some(({ name }) => name === 'cursor' || name === 'after');
  if (list && !/\b(first|order|ordered|sorted)\b/.test(operation.description ?? '')) {
    report('Say in which order the list is, such as newest first.', 'description');
  }
});

// Roles and relations as the descriptions name them, at the beginning of what says who may do it.
const who = /Nobody needs to be signed in|Everybody|[Aa]dmins?\b|[Mm]anagers?\b|[Uu]sers see|the caller can see|[Ww]hoever|the caller's|its author/;

const permissions = () => each(({ operation, report }) => {
  if (!who.test(operation.description ?? '')) report('Say who may do it.', 'description');
});

// Whoever follows the log of changes, or has a webhook, learns here what to wait for.
const events = () => each(({ operation, method, report }) => {
  if (method !== 'get' && !/\b[Ww]rites `[a-z_]+\.[a-z_]+`|[Nn]o event is written/.test(operation.description ?? '')) {
    report('Say which events it writes, such as: Writes `task.created`.', 'description');
  }
});

// Clients ask for what is in an open set with care, and rely on a closed one.
const enums = () => ({
  NamedSchemas: {
    Schema(schema, ctx) {
      if (!schema.enum) return;
      const open = schema['x-extensible-enum'], closed = schema['x-closed-enum'];
      if (open === undefined && closed === undefined) {
        ctx.report({ message: 'Say whether the set will grow: x-extensible-enum with the same values, or x-closed-enum with the reason why not.', location: ctx.location.child(['enum']) });
      } else if (open !== undefined && closed !== undefined) {
        ctx.report({ message: 'A set is open or closed, not both.', location: ctx.location.child(['x-closed-enum']) });
      } else if (open !== undefined && JSON.stringify(open) !== JSON.stringify(schema.enum)) {
        ctx.report({ message: 'x-extensible-enum has the values of enum, in the same order.', location: ctx.location.child(['x-extensible-enum']) });
      } else if (closed !== undefined && !/^[A-Z][^]*\.$/.test(closed)) {
        ctx.report({ message: 'x-closed-enum says in a full sentence why the set does not grow.', location: ctx.location.child(['x-closed-enum']) });
      }
    },
  },
});

const date = (text) => (/^\d{4}-\d\d-\d\d$/.test(text ?? '') && !Number.isNaN(Date.parse(text)) ? new Date(text) : undefined);

// checkDeprecated holds an operation or a parameter against the policy in the description of the contract.
const checkDeprecated = (node, report) => {
  const { deprecated, description = '', 'x-deprecated-on': on, 'x-sunset': sunset } = node;
  if (!deprecated) {
    for (const name of ['x-deprecated-on', 'x-sunset']) if (node[name] !== undefined) report(`${name} is for what is deprecated: true.`, name);
    return;
  }
  const from = date(on), until = date(sunset);
  if (!from) return report('Say in x-deprecated-on since when it is deprecated, as a date.', 'deprecated');
  if (!until) return report('Say in x-sunset until when it works, as a date.', 'deprecated');
  from.setUTCMonth(from.getUTCMonth() + 6);
  if (until < from) report('What is deprecated works for at least six months more.', 'x-sunset');
  if (!/\bUse `[^`]+`/.test(description)) report('Say in the description what to use instead: Use `…`.', 'description');
};

const deprecations = () => ({
  Operation: (operation, ctx) => checkDeprecated(operation, reporter(ctx, ctx.location)),
  Parameter(parameter, ctx) {
    const report = reporter(ctx, ctx.location);
    checkDeprecated(parameter, report);
    if (parameter.deprecated && parameter.required) report('A parameter that is required cannot be done without: deprecate the operation.', 'deprecated');
  },
});

// Those that can be left out have none: the explorer fills an example in, and would send every filter.
const parameterExamples = () => ({
  Parameter(parameter, ctx) {
    if (parameter.required && parameter.example === undefined && parameter.in === 'path') {
      ctx.report({ message: 'Give a parameter that is required an example.', location: ctx.location.key() });
    } else if (!parameter.required && (parameter.example ?? parameter.examples) !== undefined) {
      ctx.report({ message: 'Leave the example of a parameter that is optional to its description; the explorer would send it.', location: ctx.location.child(['example']) });
    }
  },
});

// A field is shown with a value: in the example of a body, or by an example of its own. A switch, one of
// a set and what refers to another schema are told by that.
const tellsItself = (schema) => schema.type === 'boolean' || schema.$ref || schema.allOf || schema.enum || (schema.items && (!schema.type || schema.items.$ref));

const fieldExamples = () => {
  const shown = new Set();
  const show = (schema, value, ctx, depth = 0) => {
    if (!schema || value === null || value === undefined || depth > 20) return;
    schema = ctx.resolve(schema).node ?? {};
    for (const part of schema.allOf ?? []) show(part, value, ctx, depth + 1);
    if (typeof value === 'string' && schema.items && !schema.type) {
      // A file: each line is a record. One of CSV has the same fields.
      for (const line of value.split('\n')) {
        const record = line.replace(/^data: /, '');
        if (record.startsWith('{')) show(schema.items, JSON.parse(record), ctx, depth + 1);
      }
    } else if (Array.isArray(value)) {
      for (const item of value) show(schema.items, item, ctx, depth + 1);
    } else if (typeof value === 'object') {
      // Behind a nullable reference: see nullableReferences.
      if (schema.items) show(schema.items, value, ctx, depth + 1);
      for (const [name, part] of Object.entries(value)) {
        const property = schema.properties?.[name];
        if (property && part !== null && !(Array.isArray(part) && part.length === 0)) shown.add(property);
        show(property ?? schema.additionalProperties, part, ctx, depth + 1);
      }
    }
  };
  return {
    MediaType: { leave: (body, ctx) => show(body.schema, body.example, ctx) },
    Root: {
      leave(root, ctx) {
        for (const [name, schema] of Object.entries(root.components?.schemas ?? {})) {
          for (const [field, property] of Object.entries(schema.properties ?? {})) {
            if (!shown.has(property) && property.example === undefined && !tellsItself(property)) {
              ctx.report({
                message: `Give ${name}.${field} an example: no body's example has a value for it.`,
                location: ctx.location.child(['components', 'schemas', name, 'properties', field]).key(),
              });
            }
          }
        }
      },
    },
  };
};

export default () => ({
  id: 'contract',
  preprocessors: { oas3: { 'nullable-references': nullableReferences, lines } },
  rules: {
    oas3: {
      paths,
      summaries,
      'sdk-methods': sdkMethods,
      statuses,
      problems,
      'closed-requests': closedRequests,
      orders,
      permissions,
      events,
      enums,
      deprecations,
      'parameter-examples': parameterExamples,
      'field-examples': fieldExamples,
    },
  },
});
