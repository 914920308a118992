// A file of its own, because the content security policy refuses inline scripts.
SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#explorer",
  deepLinking: true,
  displayRequestDuration: true,
  persistAuthorization: true,
  tryItOutEnabled: true,
  // Its default is a validator on a server of somebody else's.
  validatorUrl: null,
});
