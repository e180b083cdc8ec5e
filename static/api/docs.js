// The page 接口说明: Swagger UI from this host; no validator badge, since that would ask another host.
const place = document.getElementById("swagger-ui");
const cookie = (name) => document.cookie.split("; ").find((row) => row.startsWith(`${name}=`))?.split("=")[1] ?? "";
window.SwaggerUIBundle({
  url: place.dataset.openapi,
  domNode: place,
  deepLinking: true,
  validatorUrl: null,
  tryItOutEnabled: false,
  defaultModelsExpandDepth: 0,
  requestInterceptor(request) {
    if (!["GET", "HEAD"].includes(request.method)) request.headers["X-CSRFToken"] = cookie("csrftoken");
    return request;
  },
});
