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

import { Vestibule, type Options, type State, type User, type VestibuleError } from "./browser.js";

export { Vestibule, VestibuleError, type User } from "./browser.js";

const RETRY_MS = 5_000;
const LOADING: State = { user: undefined, error: undefined };
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
  /** The signed-in user; null when no one is signed in, while loading, and when that could not be looked up. */
  user: User | null;
  isLoading: boolean;
  /** Why the user could not be looked up: Vestibule does not answer, or not to this origin. It is tried again. */
  error: VestibuleError | null;
}

/** The signed-in user. Rerenders when the user changes, in this tab or another. */
export function useUser(): UserState {
  const client = useVestibule();
  const state = useSyncExternalStore(
    (changed) => client.onChange(changed),
    () => client.state,
    () => LOADING,
  );
  useEffect(() => {
    if (state.user !== undefined) return undefined;
    const timer = setTimeout(() => void client.user().catch(() => undefined), state.error ? RETRY_MS : 0);
    return () => clearTimeout(timer);
  }, [client, state]);
  return { user: state.user ?? null, isLoading: state.user === undefined && !state.error, error: state.error ?? null };
}
