/** The generated endpoints with their cache tags, and the few that differ between the session types. */
import { sessionType } from "../app/config";
import {
  generated,
  type AttemptView,
  type BrowserLogin,
  type CurrentSession,
  type FinishPasskeyRegistration,
  type LoginAnswer,
  type LoginRequest,
  type LoginStart,
  type PasskeyRegistration,
  type PasskeyRegistrationRequest,
  type PostAuthRegisterApiResponse,
  type PostLoginByAttemptStepsApiArg,
  type PostUsersApiResponse,
  type RegistrationRequest,
  type SafeUser,
  type TokenLogin,
  type TokenLoginRequest,
} from "./generated";
import { isObject } from "./problem";
import { noteSession } from "./sessionEnd";
import { forgetTokens, hasAccessToken, keepAccessToken, refresh } from "./tokenSession";

export * from "./generated";

/** A step that may come next, and a step of a sign-in as it is sent. */
export type StepView = NonNullable<LoginAnswer["steps"]>[number];
export type Step = PostLoginByAttemptStepsApiArg["body"];

const byToken = sessionType === "token";
const delivery = byToken ? { tokenDelivery: "cookie" as const } : {};
/** The secrets that bind attempts to this page in a token session; a cookie session has a cookie for that. */
const secrets = new Map<string, string>();

interface Kept {
  accessToken?: string | null;
  attempt?: AttemptView | null;
}

function kept<Answer extends Kept>(answer: Answer): Answer {
  if (answer.accessToken) keepAccessToken(answer.accessToken);
  if (answer.attempt?.secret) secrets.set(answer.attempt.id, answer.attempt.secret);
  return answer;
}

function isSession(data: unknown): data is Pick<CurrentSession, "user" | "expiresAt"> {
  return isObject(data) && "user" in data;
}

const tagged = generated.enhanceEndpoints({
  addTagTypes: ["User", "Sessions", "Activity", "Methods", "ApiKeys"],
  endpoints: {
    getAccountMethods: { providesTags: ["Methods"] },
    postAccountPasskeys: { invalidatesTags: ["Methods", "Activity"] },
    patchAccountPasskeysById: { invalidatesTags: ["Methods", "Activity"] },
    deleteAccountPasskeysById: { invalidatesTags: ["Methods", "Activity"] },
    postAccountTotpByCeremony: { invalidatesTags: ["Methods", "Activity"] },
    deleteAccountTotp: { invalidatesTags: ["Methods", "Activity"] },
    postAccountRecoveryCodes: { invalidatesTags: ["Methods", "Activity"] },
    putAccountSecondFactor: { invalidatesTags: ["Methods", "Activity"] },
    deleteAccountPassword: { invalidatesTags: ["Methods", "Sessions", "Activity"] },
    deleteAccountTrustedDevicesById: { invalidatesTags: ["Methods", "Activity"] },
    postAccountCancelRecovery: { invalidatesTags: ["Methods", "Activity"] },
    getAccountApiKeys: { providesTags: ["ApiKeys"] },
    postAccountApiKeys: { invalidatesTags: ["ApiKeys", "Activity"] },
    deleteAccountApiKeysById: { invalidatesTags: ["ApiKeys", "Activity"] },
    getSessions: { providesTags: ["Sessions"] },
    getAccountActivity: { providesTags: ["Activity"] },
    patchAccount: { invalidatesTags: ["User", "Activity"] },
    postAuthVerifyEmail: { invalidatesTags: ["User", "Activity"] },
    postAuthChangePassword: { invalidatesTags: ["Sessions", "Activity", "Methods"] },
    deleteSessions: { invalidatesTags: ["Sessions", "Activity"] },
    deleteSessionsById: { invalidatesTags: ["Sessions", "Activity"] },
  },
});

export const api = tagged.injectEndpoints({
  endpoints: (build) => ({
    /** The signed-in user; null when no one is signed in. */
    currentUser: build.query<SafeUser | null, void>({
      providesTags: ["User"],
      queryFn: async (_, queryApi, __, send) => {
        if (byToken && !hasAccessToken() && !(await refresh(queryApi))) return { data: null };
        const answer = await send(byToken ? "/api/auth/profile" : "/api/session");
        if (answer.error && answer.error.status !== 401) return { error: answer.error };
        if (!isSession(answer.data)) return { data: null };
        noteSession(answer.data.expiresAt);
        return { data: answer.data.user };
      },
    }),
    /** Begin to sign in; without an identifier for a passkey that names its account. */
    beginLogin: build.mutation<LoginAnswer, string>({
      query: (identifier) => ({
        url: "/api/login",
        method: "POST",
        body: { identifier, sessionType, ...delivery } satisfies LoginStart,
      }),
      transformResponse: (answer: LoginAnswer) => kept(answer),
    }),
    /** Take one step of an attempt. */
    takeStep: build.mutation<LoginAnswer, { attempt: string; step: Step }>({
      invalidatesTags: (answer) =>
        answer?.status === "signed_in" ? ["Sessions", "Activity", "Methods"] : [],
      query: ({ attempt, step }) => ({
        url: `/api/login/${attempt}/steps`,
        method: "POST",
        body: { ...step, secret: secrets.get(attempt) } satisfies Step,
      }),
      transformResponse: (answer: LoginAnswer) => kept(answer),
    }),
    /** Register with a passkey: get its options; `finishPasskeyRegistration` sends the browser's answer to them. */
    beginPasskeyRegistration: build.mutation<PasskeyRegistration, PasskeyRegistrationRequest>({
      query: (who) => ({ url: "/api/registration", method: "POST", body: { ...who, sessionType } }),
      transformResponse: (answer: PasskeyRegistration) => kept(answer),
    }),
    finishPasskeyRegistration: build.mutation<LoginAnswer, { attempt: string; credential: object }>({
      query: ({ attempt, credential }) => ({
        url: `/api/registration/${attempt}`,
        method: "POST",
        body: { credential, secret: secrets.get(attempt) } satisfies FinishPasskeyRegistration,
      }),
      transformResponse: (answer: LoginAnswer) => kept(answer),
    }),
    signIn: build.mutation<SafeUser, LoginRequest>({
      invalidatesTags: ["Sessions", "Activity"],
      query: (credentials) => ({
        url: byToken ? "/api/auth/login" : "/api/session",
        method: "POST",
        body: { ...credentials, ...delivery } satisfies TokenLoginRequest,
      }),
      transformResponse: (answer: BrowserLogin | TokenLogin) => kept<Kept & BrowserLogin>(answer).user,
    }),
    signUp: build.mutation<SafeUser | null, RegistrationRequest>({
      query: (body) => ({ url: byToken ? "/api/auth/register" : "/api/users", method: "POST", body }),
      transformResponse: ({ user }: PostUsersApiResponse | PostAuthRegisterApiResponse) => user ?? null,
    }),
    /** End the session. One that is over already is no error. */
    signOut: build.mutation<null, void>({
      query: () => ({
        ...(byToken
          ? { url: "/api/auth/logout", method: "POST" }
          : { url: "/api/session", method: "DELETE" }),
        validateStatus: (response) => response.ok || response.status === 401,
      }),
      transformResponse: () => {
        forgetTokens();
        return null;
      },
    }),
  }),
});

export const {
  useLazyGetAccountActivityQuery,
  useLazyGetAccountExportQuery,
  useCurrentUserQuery,
  useBeginLoginMutation,
  useTakeStepMutation,
  useBeginPasskeyRegistrationMutation,
  useFinishPasskeyRegistrationMutation,
  useSignInMutation,
  useSignUpMutation,
  useSignOutMutation,
} = api;
