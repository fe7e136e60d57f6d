/** `const { user, isLoading } = useUser()`. */
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

/** Around the application: `<VestibuleProvider issuer="https://id.example.com">`. */
export function VestibuleProvider({
  children,
  client,
  ...options
}: Options & { client?: Vestibule; children: ReactNode }) {
  const { issuer, door } = options;
  const made = useMemo(
    () => client ?? new Vestibule({ ...(issuer ? { issuer } : {}), ...(door ? { door } : {}) }),
    [client, issuer, door],
  );
  return createElement(Context.Provider, { value: made }, children);
}

/** The client of the provider above. */
export function useVestibule(): Vestibule {
  const client = useContext(Context);
  if (!client) throw new Error("useVestibule: put a <VestibuleProvider> around the application.");
  return client;
}

export interface UserState {
  /** Who is signed in; null when nobody is, and as long as that is not known. */
  user: User | null;
  isLoading: boolean;
}

/** Who is signed in. Rerenders when that changes, in this tab or another. */
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
