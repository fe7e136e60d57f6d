/** Login with Vestibule for React: `const { user, isLoading } = useUser()`. */
import {
  createContext,
  createElement,
  useContext,
  useEffect,
  useMemo,
  useSyncExternalStore,
  type ReactNode,
} from "react";

import { Vestibule, type Options, type User } from "./browser.js";

export { Vestibule, VestibuleError, type User } from "./browser.js";

const Context = createContext<Vestibule | undefined>(undefined);

/** Provides the client to the application inside: `<VestibuleProvider issuer="https://id.example.com">`. */
export function VestibuleProvider({
  children,
  client,
  ...options
}: Options & { client?: Vestibule; children: ReactNode }) {
  const { issuer, sessionType } = options;
  const made = useMemo(
    () => client ?? new Vestibule({ ...(issuer ? { issuer } : {}), ...(sessionType ? { sessionType } : {}) }),
    [client, issuer, sessionType],
  );
  return createElement(Context.Provider, { value: made }, children);
}

/** The client of the surrounding provider. Throws without one. */
export function useVestibule(): Vestibule {
  const client = useContext(Context);
  if (!client) throw new Error("useVestibule: put a <VestibuleProvider> around the application.");
  return client;
}

export interface UserState {
  /** The signed-in user; null when no one is signed in, and while loading. */
  user: User | null;
  isLoading: boolean;
}

/** The signed-in user. Rerenders when the user changes, in this tab or another. */
export function useUser(): UserState {
  const client = useVestibule();
  const user = useSyncExternalStore(
    (changed) => client.onChange(changed),
    () => client.current,
    () => undefined,
  );
  useEffect(() => {
    if (user === undefined) void client.user().catch(() => undefined);
  }, [client, user]);
  return { user: user ?? null, isLoading: user === undefined };
}
