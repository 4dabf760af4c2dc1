// Shows our own document only: no other by the address, no validator on the internet.
SwaggerUIBundle({
  url: '/openapi.yaml',
  dom_id: '#swagger-ui',
  deepLinking: true,
  queryConfigEnabled: false,
  showExtensions: true,
  syntaxHighlight: false,
  validatorUrl: null,
});
