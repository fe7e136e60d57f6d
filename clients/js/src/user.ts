/** The user of a request. */
import type { JWTPayload } from "jose";

/** The user of a request. `id` never changes; access tokens carry neither name nor email address. */
export interface User {
  id: string;
  via: "token" | "session" | "proxy" | "api_key";
  username: string | null;
  name: string | null;
  email: string | null;
  roles: readonly string[];
  scopes: readonly string[];
  /** The assurance level: 1, or 2 with a second factor. */
  aal: number;
  sessionId: string | null;
}

/** The user of an access token, a forward-auth header, or an introspection. */
export function fromClaims(claims: JWTPayload, via: User["via"]): User {
  const text = (name: string) => (typeof claims[name] === "string" && claims[name] ? (claims[name] as string) : null);
  const level = Number((text("acr") ?? "aal1").slice(3));
  return {
    id: claims.sub ?? "",
    via,
    username: text("preferred_username") ?? text("username"),
    name: text("name"),
    email: text("email"),
    roles: Array.isArray(claims["roles"]) ? (claims["roles"] as string[]) : [],
    scopes: (text("scope") ?? "").split(" ").filter(Boolean),
    aal: Number.isInteger(level) ? level : 1,
    sessionId: text("sid"),
  };
}
