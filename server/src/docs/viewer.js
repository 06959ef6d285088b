"use strict";
// Without `validatorUrl`, Swagger UI would send the address of the document to a validator on the internet.
SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#viewer",
  deepLinking: true,
  docExpansion: "none",
  filter: true,
  validatorUrl: "none",
});
