/** The user of a request. */
import { isObject } from "./transport.js";

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

type Members = Record<string, unknown>;

/**
 * The user of an access token, a forward-auth header, or an introspection; undefined without `sub`. Members of another
 * type than theirs count as missing.
 */
export function fromClaims(claims: Members, via: User["via"]): User | undefined {
  const id = text(claims, "sub");
  if (id === null) return undefined;
  return {
    id,
    via,
    username: text(claims, "preferred_username") ?? text(claims, "username"),
    name: text(claims, "name"),
    email: text(claims, "email"),
    roles: texts(claims["roles"]),
    scopes: (text(claims, "scope") ?? "").split(" ").filter(Boolean),
    aal: Number(/^aal([1-3])$/.exec(text(claims, "acr") ?? "")?.[1] ?? 1),
    sessionId: text(claims, "sid"),
  };
}

/** The user of the answer to `GET /api/session`; undefined when it names none. */
export function fromSession(answer: Members): User | undefined {
  const user = answer["user"];
  const id = isObject(user) ? text(user, "id") : null;
  if (!isObject(user) || id === null) return undefined;
  return {
    id,
    via: "session",
    username: text(user, "username"),
    name: text(user, "name"),
    email: text(user, "email"),
    roles: texts(user["roles"]),
    scopes: [],
    aal: Number.isInteger(answer["aal"]) ? (answer["aal"] as number) : 1,
    sessionId: text(answer, "sessionId"),
  };
}

function text(members: Members, name: string): string | null {
  const value = members[name];
  return typeof value === "string" && value ? value : null;
}

function texts(values: unknown): string[] {
  return Array.isArray(values) ? values.filter((value): value is string => typeof value === "string") : [];
}
