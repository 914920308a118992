// Swagger UI on this server's contract, calling with what signin.js holds.
"use strict";

// An example of an optional parameter is to be read. Filled in, as Swagger UI does, it would be sent:
// a list would come narrowed by all its filters at once.
function withoutExamples(contract) {
  const strip = (parameter) => {
    if (parameter && !parameter.required) {
      delete parameter.example;
      delete parameter.examples;
      if (parameter.schema) {
        delete parameter.schema.example;
      }
    }
  };
  Object.values(contract.components?.parameters ?? {}).forEach(strip);
  for (const item of Object.values(contract.paths)) {
    for (const operation of Object.values(item)) {
      (operation.parameters ?? []).forEach(strip);
    }
  }
  return contract;
}

// What holds for all operations is long, and the operations stand below it.
function folded(contract) {
  const [first, ...rest] = contract.info.description.split("\n\n");
  const title = "What holds for every operation: signing in, keys, versions, repeating, lists, errors, limits";
  contract.info.description = `${first}\n\n<details><summary>${title}</summary>\n\n${rest.join("\n\n")}\n\n</details>`;
  return contract;
}

// The form above signs in; a second way that keeps tokens elsewhere would only confuse. And a list of
// ids asks for a part that Swagger UI does not have, and complains that it has not.
const parts = (system) => ({
  components: {
    JsonSchema_string_uuid: (props) => system.React.createElement(system.getComponent("JsonSchema_string"), props),
  },
  wrapComponents: { authorizeBtn: () => () => null, authorizeOperationBtn: () => () => null },
});

async function start() {
  let contract;
  try {
    const response = await fetch("/openapi.json");
    contract = await response.json();
  } catch {
    document.getElementById("explorer").textContent = "The server did not give its contract. Load the page again in a moment.";
    return;
  }
  SwaggerUIBundle({
    spec: folded(withoutExamples(contract)),
    dom_id: "#explorer",
    deepLinking: true,
    // All tags are seen at once; a link to an operation opens its own.
    docExpansion: "none",
    displayRequestDuration: true,
    tryItOutEnabled: true,
    defaultModelsExpandDepth: 0,
    // Its default is a validator on a server of somebody else's.
    validatorUrl: null,
    plugins: [parts],
    async requestInterceptor(request) {
      const token = request.loadSpec ? undefined : await credential.token();
      if (token) {
        request.headers["Authorization"] = `Bearer ${token}`;
      }
      return request;
    },
  });
}

start();
