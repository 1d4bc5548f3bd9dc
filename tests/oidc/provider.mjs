// An OpenID provider for tests: the real one, with its own pages for signing in as whoever one says.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { Provider } from "oidc-provider";

const told = () => JSON.parse(readFileSync(process.argv[2], "utf8"));
const { issuer, port, audience } = told();

function start() {
  const provider = new Provider(issuer, {
    clients: told().clients,
    jwks: { keys: told().keys },
    cookies: { keys: ["only-for-tests"] },
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name", "groups"] },
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, ...told().accounts[id] }) }),
    pkce: { required: () => true },
    features: {
      devInteractions: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => undefined,
        getResourceServerInfo: () => ({ audience, scope: "api", accessTokenFormat: "jwt", accessTokenTTL: 300 }),
      },
    },
  });
  return provider.callback();
}

let answer = start();
createServer((request, response) => {
  if (request.method === "POST" && request.url === "/started-anew") {
    answer = start();
    response.writeHead(204).end();
  } else {
    answer(request, response);
  }
}).listen(port, "127.0.0.1");
